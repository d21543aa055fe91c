"""A table's columns while their meaning is being found: what is told, what was guessed, and what a cell holds."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UnknownName, UsageError
from ..sample import SPLITS
from . import Spec
from ._options import Options
from ._table import Table

MOST = 0.95
"""The share of cells or labels that has to fit before a guess is made from them."""
_YES = {"1": True, "1.0": True, "true": True, "yes": True, "0": False, "0.0": False, "false": False, "no": False}
_JOINED = ("|", ";", ",")
_WHOLE = re.compile(r"^(-?\d+)\.0+$")
"""A whole number as programs write it where cells are empty beside it."""


@dataclass
class Columns:
    """A table and what is known of it.

    Args:
        table: its rows.
        asked: the spec it was asked for by.
        options: what is told and, as it goes on, guessed.
        media: modality -> column of paths.
        guessed: names of the options that were.
        notices: what else is to be said.
    """

    table: Table
    asked: Spec
    options: Options
    media: dict[str, str]
    guessed: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Raises:
        UnknownName: a column that is not there; the nearest are offered.
        """
        split = self.options.split
        part = () if not split or (split in SPLITS and split not in self.table.columns) else (split,)
        for column in (*self.options.columns, *self.media.values(), *part):
            if column not in self.table.columns:
                raise UnknownName.among(f"a column of {self.table.name}", column, self.table.columns)

    def guess(self, option: str, found: Any) -> None:
        """Settle an option that nobody told."""
        if found and not getattr(self.options, option):
            self.options = replace(self.options, **{option: found})
            self.guessed.append(option)

    def fail(self, expected: str, found: str, fix: str) -> UsageError:
        """The error for a meaning that must be said; `fix` is what to add to the spec."""
        again = fix.partition("=")[0]
        told = "".join(f"{key}={value}," for key, value in self.asked.options.items() if key != again)
        return UsageError(f"{expected} in {self.table.name}", found, f"write --on {self.asked.where}:{told}{fix}")

    @property
    def spec(self) -> str:
        """The spec that needs no guess."""
        media = "".join(f"{modality}={column}," for modality, column in self.media.items())
        return f"{self.asked.where}:{media}{self.options.written()}"

    def read_as(self) -> Iterator[str]:
        """What was guessed, in the reading of the file and of its columns."""
        yield from self.table.said
        if self.guessed:
            yield f"read as {self.spec} (guessed: {', '.join(self.guessed)})"

    def free(self) -> list[str]:
        """Columns that no option names."""
        used = {*self.options.columns, *self.media.values(), self.options.split}
        return [c for c in self.table.columns if c not in used]

    def called(self, names: Sequence[str]) -> list[str]:
        """Those of them that are called like one of `names`, in their order."""
        left = self.free()
        return [c for n in names for c in left if plain(c) == n]

    def cells(self, column: str) -> Iterator[Any]:
        return (row.cells.get(column) for row in self.table.rows)

    def filled(self, column: str) -> list[Any]:
        return [cell for cell in self.cells(column) if not blank(cell)]

    def distinct(self, column: str) -> bool:
        """Whether most rows have a cell of their own there: ids, texts."""
        return len(set(map(str, self.filled(column)))) * 2 > len(self.table.rows)

    def wordy(self, column: str) -> bool:
        """Whether a column looks written: three words or more in most rows, and cells that differ."""
        long = sum(isinstance(cell, str) and len(cell.split()) > 2 for cell in self.filled(column))
        return long * 2 > len(self.table.rows) and self.distinct(column)

    def numeric(self, column: str) -> bool:
        filled = self.filled(column)
        return bool(filled) and sum(number(cell) is not None for cell in filled) >= MOST * len(filled)


def plain(name: str) -> str:
    """A name without case; spaces, hyphens and underscores are one space."""
    return re.sub(r"[\s_-]+", " ", name.strip().casefold())


def blank(cell: Any) -> bool:
    """Whether nothing stands in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or (isinstance(cell, float) and cell != cell)


def shown(cell: Any) -> str:
    """A cell for a message."""
    return "an empty cell" if blank(cell) else repr(cell)


def number(cell: Any, empty: float | None = None) -> float | None:
    """A cell as a finite number; None for anything else, `empty` for an empty cell."""
    if blank(cell):
        return empty
    try:
        found = float(cell)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def yes(cell: Any) -> bool | str | None:
    """Yes or no; None for an empty cell; else the cell as text."""
    return None if blank(cell) else _YES.get(str(cell).strip().lower(), str(cell))


def labels(cell: Any, mark: str) -> list[str]:
    """The labels in a cell: of a list, written as one or not, or parted by `mark`; whole numbers as such."""
    if isinstance(cell, str) and cell.strip().startswith("["):
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            cell = ast.literal_eval(cell.strip())  # JSON's lists of texts and numbers are Python's too
    if isinstance(cell, list | tuple):
        return [found for one in cell for found in labels(one, "")]
    if blank(cell):
        return []
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    parts = str(cell).split(mark) if mark else [str(cell)]
    return [_WHOLE.sub(r"\1", part.strip()) for part in parts if part.strip()]


def mark_of(cells: Iterable[Any]) -> str:
    """What parts several labels in one cell; "" where nothing does."""
    texts = [c.strip() for c in cells if isinstance(c, str) and not c.strip().startswith("[")]
    return next((mark for mark in _JOINED if any(mark in text.strip(mark) for text in texts)), "")
