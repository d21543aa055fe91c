"""Predictions as a person reads them: one in full, many as one line each; what is not sure is said to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from ..prediction import Prediction, TaskPrediction

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_BAR_CHARACTERS = 24
_SHOWN_SCORES = 5
_SURE_WIDTH = 8  # "not sure"
_NUMBER_WIDTH = 5
_LEAST_LABELS, _LEAST_TEXT = 12, 5
_LOOKED_AT = 50  # failed items held back while looking for one that says what columns there are


def show(predictions: Iterable[Prediction], console: Console, top: int | None = None) -> None:
    """Print one prediction in full, several as a table that grows line by line; `top` scores of each task."""
    stream = iter(predictions)
    first = list(islice(stream, 2))
    if len(first) == 1:
        for line in detail(first[0], top or _SHOWN_SCORES):
            console.print(line)
    elif first:
        for line in rows(chain(first, stream), console.width):
            console.print(line)


def detail(prediction: Prediction, top: int = _SHOWN_SCORES) -> Iterator[Text]:
    """Lines on one prediction: its input, per task the labels and the highest scores or the values, the bundle."""
    from rich.text import Text

    yield Text.assemble((_one_line(prediction.input), "bold"), (_place(prediction), "dim"))
    if prediction.error is not None:
        yield Text(f"  {prediction.error.message}", style=_style(prediction))
        return
    for name, task in prediction.tasks.items():
        yield Text("")
        yield Text.assemble("  ", (name, "cyan"), _origin(task), "  ", *_verdict(task))
        yield from _scores(task, top)
        yield from _values(task)
    yield Text("")
    told = f", in relation to this {prediction.relative_to}'s usual" if prediction.relative_to else ""
    yield Text(f"  {', '.join(prediction.bundles)}{told}", style="dim")


def rows(predictions: Iterable[Prediction], width: int) -> Iterator[Text]:
    """A heading and one line per prediction: id, confidence, labels per task, one number per dimension, text.

    Of faces and segments it is also told where they are and when they end, as far as the width allows.
    """
    from rich.text import Text

    stream = iter(predictions)
    held: list[Prediction] = []
    while not (held and held[-1].ok) and len(held) < _LOOKED_AT and (one := next(stream, None)) is not None:
        held.append(one)
    tasks = held[-1].tasks if held else {}
    held += islice(stream, 1)  # of a film the whole comes first, then its faces
    named = [name for name, task in tasks.items() if task.scores is not None]
    told = [(name, dimension) for name, task in tasks.items() for dimension in task.values or ()]
    ids = max(10, min(24, width // 6))
    fixed = ids + (2 + _SURE_WIDTH) * bool(named) + (1 + _NUMBER_WIDTH) * len(told)
    placed: list[_Column] = []
    for column in _PLACED:
        if any(map(column.cell, held)) and fixed + column.width + (2 + _LEAST_LABELS) * len(named) <= width:
            placed.append(column)
            fixed += column.width
    wide = max(_LEAST_LABELS, min(30, (width - fixed - 16) // max(len(named), 1)))
    room = width - fixed - (2 + wide) * len(named) - 2

    def line(
        id: str, sure: str, labels: Iterable[str], numbers: Iterable[str], where: Iterable[str], text: str, style: str
    ) -> Text:
        made = Text(_end(id, ids), style="bold" if style == "bold" else "", no_wrap=True, overflow="ellipsis")
        if named:
            made.append("  " + _fit(sure, _SURE_WIDTH), style=style or "dim")
        for label in labels:
            made.append("  " + _fit(label, wide), style=style or "green")
        made.append("".join(" " + number.rjust(_NUMBER_WIDTH) for number in numbers), style=style if not named else "")
        for column, cell in zip(placed, where, strict=True):
            # the gap stays where a cell is longer than the column
            made.append(" " + cell.rjust(column.width - 1), style=style if style == "bold" else "dim")
        return made.append("  " + text, style="dim") if text and room >= _LEAST_TEXT else made

    relative_to: str | None = None
    yield line(
        "id",
        "sure",
        named,
        (dimension[:_NUMBER_WIDTH] for _, dimension in told),
        (one.name for one in placed),
        "input",
        "bold",
    )
    for one in chain(held, stream):
        if one.error is not None:
            yield Text.assemble(_end(one.id, ids), "  ", (one.error.message, _style(one)))
            continue
        relative_to = relative_to or one.relative_to
        main = _under(one, named, 0) if named else None
        sure = "" if main is None or main.confidence is None else f"{main.confidence:.2f}"
        unsure = main is not None and main.abstain
        yield line(
            one.id,
            "not sure" if unsure else sure,
            (", ".join(its.labels) or "-" if (its := _under(one, named, i)) else "" for i in range(len(named))),
            (_number(one, name, dimension) for name, dimension in told),
            (column.cell(one) for column in placed),
            "" if one.id.startswith(one.input) else _one_line(one.input),  # an id begins with its file
            "yellow" if unsure else "",
        )
    if relative_to:
        yield Text(f"in relation to each {relative_to}'s usual", style="dim")


def _place(prediction: Prediction) -> str:
    """Whose it is, where in the picture, and when."""
    track, start_s, end_s = prediction.track, prediction.start_s, prediction.end_s
    box = None if track is None else track.box
    told = "" if track is None else f"  {track.kind} {_one_line(str(track.id))}"
    told += "" if box is None else f" at {box[0]}, {box[1]} to {box[2]}, {box[3]}"
    told += ", taken for one: none was detected" if track is not None and track.detected is False else ""
    return told + ("" if start_s is None or end_s is None else f"  {start_s:g} to {end_s:g} s")


def _box(prediction: Prediction) -> str:
    """Its left upper corner, its width and its height, in pixels."""
    if prediction.track is None or prediction.track.box is None:
        return ""
    left, top, right, bottom = prediction.track.box
    return f"{left},{top} {right - left}x{bottom - top}"


def _end_s(prediction: Prediction) -> str:
    return "" if prediction.end_s is None else f"{prediction.end_s:.1f}"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that is shown where there is something for it, with the gap before it."""

    name: str
    width: int
    cell: Callable[[Prediction], str]


_PLACED = (_Column("box, px", 22, _box), _Column("end_s", 7, _end_s))


def _style(prediction: Prediction) -> str:
    """Red for what failed; what has nothing in it is no fault."""
    return "red" if prediction.failed else "yellow"


def _verdict(task: TaskPrediction) -> list[str | tuple[str, str]]:
    if task.scores is None:
        return []
    sure = "" if task.confidence is None else f"  confidence {task.confidence:.2f}"
    labels = ", ".join(task.labels) or ("none of these" if task.lost is None else "no label has a place here")
    if task.abstain:
        return [("not sure", "yellow"), f": {labels}", (sure, "dim")]
    return [(labels, "bold green"), (sure, "dim")]


def _scores(task: TaskPrediction, top: int) -> Iterator[Text]:
    from rich.text import Text

    best = sorted((task.scores or {}).items(), key=lambda pair: -pair[1])[:top]
    wide = max((len(name) for name, _ in best), default=0)
    for name, score in best:
        bar = "━" * round(_BAR_CHARACTERS * score)
        yield Text.assemble(f"    {name:<{wide}} {score:5.2f} ", (bar, "green" if name in task.labels else "dim"))


def _values(task: TaskPrediction) -> Iterator[Text]:
    from rich.text import Text

    wide = max((len(name) for name in task.values or {}), default=0)
    for name, value in (task.values or {}).items():
        line = Text(f"    {name:<{wide}} {value:+5.2f} ")
        if task.low is not None and task.high is not None and name in task.low:
            line.append(f" 90 % within {task.low[name]:+.2f} and {task.high[name]:+.2f}", style="dim")
        yield line


def _under(one: Prediction, named: Sequence[str], i: int) -> TaskPrediction | None:
    """What stands in the i-th column of names: that task; for the first, where a prediction has none of the columns
    (a face of a video, whose columns are those of all modalities together), its own first task with names."""
    if i == 0 and not any(name in one.tasks for name in named):
        return next((task for task in one.tasks.values() if task.scores is not None), None)
    return one.tasks.get(named[i])


def _origin(task: TaskPrediction) -> str:
    if task.converted_from is None:
        return ""
    lost = task.lost or {}
    bits, mass = lost.get("bits"), lost.get("mass")
    said = [f"{bits:.2f} bits lost"] if bits else []
    said += [f"{mass:.0%} has no place"] if mass else []
    return f" (from {task.converted_from}{': ' if said else ''}{', '.join(said)})"


def _number(prediction: Prediction, task: str, dimension: str) -> str:
    values = prediction.tasks[task].values if task in prediction.tasks else None
    return f"{values[dimension]:+.2f}" if values and dimension in values else ""


def _fit(text: str, width: int) -> str:
    """Exactly `width` characters."""
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def _end(id: str, width: int) -> str:
    """Exactly `width` characters of an id, whose end tells more than its beginning."""
    return id.ljust(width) if len(id) <= width else "…" + id[1 - width :]


def _one_line(text: str) -> str:
    """A text as one line without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text[:300]).strip()
