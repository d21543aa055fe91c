"""What the columns of a table mean, as far as somebody says it: options after the path, or a card beside the table."""

from __future__ import annotations

import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .. import find
from ..errors import DataError, UnknownName, UsageError
from . import Spec

OWN = "own"
"""The scheme of names that no taxonomy holds: they are learnt, but cannot be converted."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a table means; columns unless something else is said. In a text "+" joins several, ".." the ends of a range.

    Args:
        text: what was written. A column of paths goes under its modality's name instead, or under `file`, where the
            suffix tells the modality; paths are relative to the table.
        start_s, end_s: the span of a longer file, in seconds.
        label: a name, several names in one cell, or a list of them.
        labels: one column per name, with 1 or 0; an empty cell was not judged.
        votes: one column per name, with the number of votes or the share of them.
        values: one column per dimension, numbers on the scale `range`.
        scheme: taxonomy of the names (of the dimensions, where there are no names); "own" for names of one's own.
        dimensions: taxonomy of the dimensions, or "own".
        names: all names that could be chosen, not columns; whole numbers in `label` count them from 0.
        rename: card only: a label as it stands in the table -> name.
        kind: of the task with names: single, multi or distribution; of one with numbers: continuous or ordinal.
        id: of each row; without it, the row's number.
        rater: who judged; then rows of one id are judgements of one item.
        group: what a split must not cut, for example user+dialogue.
        split: train, dev or test (or near words, or folds by number: the last is test, the one before dev); or one of
            these three words, when all rows belong to it.
        seed: of the random split, where there is no column.
        table: card only: the table's file, when its name is not that of the card.
        task, target, view, rule, title, licence, languages: as in `Task`, `Rating` and a corpus's CARD, no columns.
    """

    text: str = ""
    file: str = ""
    start_s: str = ""
    end_s: str = ""
    label: str = ""
    labels: tuple[str, ...] = ()
    votes: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    range: tuple[float, ...] = ()
    scheme: str = ""
    dimensions: str = ""
    names: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    id: str = ""
    rater: str = ""
    group: tuple[str, ...] = ()
    split: str = ""
    seed: int = 0
    table: str = ""
    task: str = ""
    target: str = ""
    view: str = ""
    rule: str = "as given"
    title: str = ""
    licence: str = "unknown"
    languages: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether columns of names are told."""
        return bool(self.label or self.labels or self.votes)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns it tells, `split` among them only where it is one."""
        single = (self.text, self.file, self.start_s, self.end_s, self.label, self.id, self.rater)
        return tuple(c for c in (*single, *self.labels, *self.votes, *self.values, *self.group) if c)

    def written(self) -> str:
        """What differs from the defaults, as it is written in a spec; `rename` cannot be."""
        default, said = Options(), []
        for one in fields(self):
            value = getattr(self, one.name)
            if value != getattr(default, one.name) and not isinstance(value, Mapping):
                said.append(f"{one.name}={written(value)}")
        return ",".join(said)


def written(value: Any) -> str:
    """An option's value as text: numbers as the ends of a range, names joined by "+"."""
    if not isinstance(value, tuple):
        return str(value)
    numbers = bool(value) and isinstance(value[0], float)
    return (".." if numbers else "+").join(f"{v:g}" if numbers else str(v) for v in value)


@dataclass(frozen=True, slots=True)
class Settled:
    """The table's path, its options, columns of paths by modality, and the card's name where there is one."""

    path: Path
    options: Options
    media: dict[str, str]
    card: str


def settled(asked: Spec) -> Settled:
    """What is told of a table; a spec's options go before the card's.

    Raises:
        UsageError: an option that does not exist or has another form, or a card without its table.
        DataError: a card that is no JSON.
    """
    path = Path(asked.where)
    beside = path / "card.json" if path.is_dir() else path.with_name(path.name.split(".")[0] + ".json")
    options: dict[str, Any] = {}
    media: dict[str, str] = {}
    hints = typing.get_type_hints(Options)
    modalities = [m for m in find.names("modalities") if m not in hints]
    card: Mapping[str, Any] = {}
    if beside.is_file() and isinstance(found := _json(beside, strict=beside == path), dict):
        if beside == path or set(found) & set(hints):  # another JSON file may bear the same name by chance
            card = found
        path = _table(path, card) if beside == path else path
    for source, pairs in ((beside.name, card), (asked.where, asked.options)):
        for key, value in pairs.items():
            if key in modalities:
                media[key] = str(value)
            elif key in hints:
                options[key] = _read(source, key, value, hints[key])
            else:
                raise UnknownName.among(f"an option of {source}", key, [*hints, *modalities])
    made = Options(**options)
    if made.range and not (len(made.range) == 2 and made.range[0] < made.range[1]):
        raise UsageError("the ends of the range as LOW..HIGH", repr(written(made.range)), "for example range=1..5")
    return Settled(path, made, media, beside.name if card else "")


def _json(path: Path, strict: bool) -> Any:
    """What a file holds; None for one that is no JSON, unless it was asked for."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        if strict:
            raise DataError(f"JSON in {path}", str(error), "correct it") from error
        return None


def _table(path: Path, card: Mapping[str, Any]) -> Path:
    """The table that a card describes: the one it names, else the only other file of its name."""
    if card.get("table"):
        return path.parent / str(card["table"])
    stem = path.name.split(".")[0]
    near = [p for p in sorted(path.parent.iterdir()) if p.name.split(".")[0] == stem and p != path]
    if len(near) != 1:
        found = ", ".join(p.name for p in near) or "none"
        raise UsageError(f"one table beside {path}", found, 'name it in the card: "table": "mine.csv"')
    return near[0]


def _read(source: str, key: str, value: Any, hint: Any) -> Any:
    """An option's value in its type."""
    try:
        if typing.get_origin(hint) is tuple:
            number = typing.get_args(hint)[0] is float
            parts = value.split(".." if number else "+") if isinstance(value, str) else list(value)
            return tuple((float if number else str)(part) for part in parts)
        return hint(value) if hint in (str, int) else {str(k): str(v) for k, v in value.items()}
    except (ValueError, TypeError, AttributeError) as error:
        form = {"range": "LOW..HIGH", "seed": "a whole number", "rename": "an object in the card"}.get(key, "a list")
        raise UsageError(f"the option {key} of {source} as {form}", repr(value), "correct it") from error
