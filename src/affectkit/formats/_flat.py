"""Predictions as rows of a table, columns named by their place in the JSON with dots between, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import DataError
from ..prediction import Prediction, flatten

_HEAD = (
    "id",
    "input",
    "start_s",
    "end_s",
    "modalities.used",
    "modalities.missing",
    "modalities.disagreement",
    "bundles",
    "relative_to",
)
_TAIL = ("error.kind", "error.message")
_TRACK = ("track.kind", "track.id", "track.box", "track.quality", "track.detected")
# a task's id may hold dots: what follows it decides where it ends
_TASK = re.compile(
    r"tasks\.(?P<task>.+?)\.(?P<field>target|scheme|view|kind|labels|confidence|abstain|converted_from"
    r"|(?P<map>scores|values|low|high)(?:\.(?P<name>.+))?)"
)
_NUMBERS = ("scores", "values", "low", "high", "confidence", "start_s", "end_s", "disagreement", "quality")


def columns(predictions: Iterable[Prediction]) -> list[str]:
    """The columns of all predictions, those of tasks in the order in which they first occur."""
    found: dict[str, None] = {}
    seen: set[tuple[Any, ...]] = set()
    tracked = False
    for prediction in predictions:
        tracked |= prediction.track is not None
        # predictions of one bundle have one shape: flatten one of them, not all
        shape = tuple(
            (name, *map(tuple, (t.scores or (), t.values or (), t.low or ())), t.converted_from)
            for name, t in prediction.tasks.items()
        )
        if shape not in seen:
            seen.add(shape)
            found |= dict.fromkeys(c for c in flatten(prediction) if _TASK.fullmatch(c))
    # a mapping that is absent in one row and full in another leaves its bare name: drop it
    full = {c.rsplit(".", 1)[0] for c in found}
    return [*_HEAD, *(_TRACK if tracked else ()), *(c for c in found if c not in full), *_TAIL]


def kind(column: str) -> type:
    """What the cells of a column hold: float, bool, or str (lists joined by "|", and a track's number or name)."""
    match = _TASK.fullmatch(column)
    field = (match["map"] or match["field"]) if match else column.rsplit(".", 1)[-1]
    if field in _NUMBERS:
        return float
    return {"abstain": bool, "detected": bool}.get(field, str)


def cells(prediction: Prediction, names: Iterable[str]) -> list[Any]:
    """One row; None where there is nothing."""
    flat = flatten(prediction)
    if (track := flat.get("track.id")) is not None:
        flat["track.id"] = str(track)
    return [_printable(flat.get(name)) for name in names]


def back(row: Mapping[str, Any]) -> Prediction:
    """The prediction of a row; cells as `kind` says, or as text; None or "" where there is nothing.

    Raises:
        DataError: the columns or cells are not those of predictions.
    """
    try:
        full = {name: cell for name, cell in row.items() if cell is not None and cell != ""}
        data: dict[str, Any] = {name: full.get(name) for name in ("start_s", "end_s", "relative_to")}
        data["start_s"], data["end_s"] = (_float(data[name]) for name in ("start_s", "end_s"))
        data |= {"id": row["id"] or "", "input": full.get("input", ""), "bundles": _list(full.get("bundles"))}
        data["modalities"] = {
            "used": _list(full.get("modalities.used")),
            "missing": _list(full.get("modalities.missing")),
            "disagreement": _float(full.get("modalities.disagreement")),
        }
        box = _list(full.get("track.box"))
        track = {
            "kind": full.get("track.kind"),
            "id": str(full.get("track.id", 0)),
            "box": [int(v) for v in box] or None,
            "quality": _float(full.get("track.quality")),
            "detected": _bool(full.get("track.detected")),
        }
        data["track"] = track if track["kind"] else None
        error = {"kind": full.get("error.kind"), "message": full.get("error.message", "")}
        data["error"] = error if error["kind"] else None
        data["tasks"] = _tasks(full)
        return Prediction.from_json(data)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError("a table of predictions", f"a fault in {error}", "give one that affectkit wrote") from error


def _tasks(full: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tasks: dict[str, dict[str, Any]] = {}
    for column, cell in full.items():
        if (match := _TASK.fullmatch(column)) is None:
            continue
        task = tasks.setdefault(match["task"], {})
        if match["map"]:
            task.setdefault(match["map"], {})[match["name"]] = float(cell)
        else:
            task[match["field"]] = cell
    for task in tasks.values():
        task["labels"] = _list(task.get("labels"))
        task["confidence"] = _float(task.get("confidence"))
        task["abstain"] = bool(_bool(task.get("abstain")))
    return tasks


def _printable(cell: Any) -> Any:
    """A lone surrogate (a file name that is no UTF-8) cannot be written: it is spelled out."""
    return cell.encode("utf-8", "backslashreplace").decode() if isinstance(cell, str) and not cell.isascii() else cell


def _list(cell: str | None) -> list[str]:
    return cell.split("|") if cell else []


def _bool(cell: Any) -> bool | None:
    return None if cell is None else str(cell).lower() == "true"


def _float(cell: Any) -> float | None:
    return None if cell is None else float(cell)
