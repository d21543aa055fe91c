"""Converting many items: the rows of a table of scores or the samples of a corpus, block by block, with one loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora, find, hub
from ..errors import DataError, InputError, UnknownName, UsageError
from ..sample import Sample, target
from ..task import Kind, Task
from . import scores

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = Mapping[str, Sequence[Any]]

_MORE_THAN_ONE = 1.01  # shares that were rounded may add up to a little more than 1
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted: the scheme `to`, and how a file is read and written.

    Args:
        column: a file's column of labels or of mappings; None where there is a column per label.
        prefix: what stands before the label in the names of a file's columns.
        kind: how scores add up; None finds it out.
        labels: write the highest label instead of a score per label.
    """

    to: str
    column: str | None = None
    prefix: str = ""
    kind: str | None = None
    labels: bool = False


@dataclass(slots=True)
class Work:
    """A conversion under way.

    Args:
        blocks: the converted rows; to be gone through once, and what follows is complete afterwards.
        running: the conversion, with what is lost so far.
        notes: what was found out or guessed, for the user to know.
        items, failed, blank: how many rows there were, could not be read, and had nothing to convert.
        first: what is wrong with the first row that could not be read.
    """

    blocks: Iterator[Columns]
    running: hub.Running
    notes: list[str] = field(default_factory=list)
    items: int = 0
    failed: int = 0
    blank: int = 0
    first: str | None = None

    def fail(self, message: str, number: int) -> None:
        """Count one row that cannot be read."""
        self.failed += 1
        self.first = self.first or f"row {number}: {message}"


# ---- files -----------------------------------------------------------------------------------------------------------


def of_file(path: Path, source: str, asked: Asked) -> Work:
    """The rows of a table, its columns of scores replaced by those of another scheme.

    Raises:
        UsageError: no such column, no column named after a label, or a kept column that bears a name of the scheme.
        DataError: a table that cannot be read.
    """
    start = hub.scheme(source)
    table = scores.read(path)
    taken, names = _columns(table, path, start, asked)
    first = next(table.blocks)
    cells = _Labels(start) if asked.column is not None else _Numbers(start)
    values, _ = cells.array(first, taken)
    kind, notes = _kind(values, cells.sets, start, asked)
    conversion = hub.conversion(source, asked.to, kind, names)
    kept = [name for name in table.header if name not in taken]
    clash = sorted(set(kept) & set(_header(conversion, asked)))
    if clash:
        raise UsageError(
            f"no column of {path.name} beside the scores that is called as in {asked.to}",
            ", ".join(clash),
            "rename it, or take it out",
        )
    missing = [name for name in start.names if name not in conversion.given]
    if missing and asked.column is None:
        notes.append(f"no column for {', '.join(missing)}")
    guessed = asked.kind is None and kind is Kind.DISTRIBUTION and not start.dimensional

    def blocks() -> Iterator[Columns]:
        for block in chain([first], table.blocks):
            values, bad = cells.array(block, taken)
            if guessed:
                _still_shares(values, block)
            for place, message in sorted(bad.items()):
                work.fail(message, block.first + place)
            good: Bools = np.array(~np.isnan(values).all(axis=1))
            good[list(bad)] = False
            work.items += len(block)
            work.blank += int((~good).sum()) - len(bad)
            yield {**{name: block.columns[name] for name in kept}, **_made(work.running, values, good, asked)}

    work = Work(blocks(), conversion.running(), notes)
    return work


def _columns(table: scores.Table, path: Path, start: hub.Scheme, asked: Asked) -> tuple[list[str], list[str] | None]:
    """The columns to read, and which of the source's names each stands for (None: all of them, in one column)."""
    if asked.column is not None:
        if asked.column not in table.header:
            listed = ", ".join(table.header[:20])
            raise UsageError(f"the column {asked.column!r} in {path.name}", listed, "name one of them with --column")
        if start.dimensional:
            raise UsageError(f"a column per dimension of {start.name}", "a column of labels", "leave --column out")
        return [asked.column], None
    named = {name: name.removeprefix(asked.prefix) for name in table.header if name.startswith(asked.prefix)}
    taken = {name: label for name, label in named.items() if start.find(label) is not None}
    if not taken:
        raise UsageError(
            f"columns of {path.name} that are named after labels of {start.name}",
            ", ".join(table.header[:20]),
            "name the column of labels with --column, or what stands before the labels with --prefix",
        )
    return list(taken), list(taken.values())


def _kind(values: Floats, sets: bool, start: hub.Scheme, asked: Asked) -> tuple[Kind | str, list[str]]:
    """How scores add up: as asked, or as the first rows tell; and what was found out."""
    if asked.kind is not None or start.dimensional:
        return asked.kind or Kind.SINGLE, []
    if sets:
        return Kind.MULTI, []
    sums = np.nan_to_num(values).sum(axis=1)
    over = np.flatnonzero(sums > _MORE_THAN_ONE)
    if not over.size or np.nanmax(values) > 1:
        return Kind.DISTRIBUTION, []
    said = f"scores of row {over[0] + 1} add up to {sums[over[0]]:.2f}: taken as several labels at once, --kind multi"
    return Kind.MULTI, [said]


def _still_shares(values: Floats, block: scores.Block) -> None:
    sums = np.nan_to_num(values).sum(axis=1)
    over = np.flatnonzero((sums > _MORE_THAN_ONE) & (np.nan_to_num(values).max(axis=1) <= 1))
    if over.size:
        raise DataError(
            f"scores that add up to at most 1, as in the first {scores.ROWS:,} rows",
            f"{sums[over[0]]:.2f} in row {block.first + int(over[0])}",
            "say --kind multi, or --kind distribution",
        )


class _Numbers:
    """Reads a column per label: numbers, or texts of numbers."""

    sets = False

    def __init__(self, start: hub.Scheme) -> None:
        self._start = start
        self._low, self._high = start.range

    def array(self, block: scores.Block, columns: Sequence[str]) -> tuple[Floats, dict[int, str]]:
        """(n, k) float64 with NaN in bad rows, and place -> what is wrong with the row."""
        bad = dict(block.bad)
        whole = np.empty((len(block), len(columns)))
        for number, name in enumerate(columns):
            cells = block.columns[name]
            try:
                whole[:, number] = np.array(cells, np.float64)
            except (TypeError, ValueError):
                whole[:, number] = [self._number(cell, name, place, bad) for place, cell in enumerate(cells)]
        dimensional = self._start.dimensional
        wrong = np.isinf(whole) | (whole < self._low) | (dimensional & (whole > self._high))
        wrong |= ~np.array(dimensional) & np.isnan(whole)
        for place in np.flatnonzero(wrong.any(axis=1)).tolist():
            column = int(np.flatnonzero(wrong[place])[0])
            need = f"in [{self._low:g}, {self._high:g}]" if dimensional else "of at least 0"
            found = block.columns[columns[column]][place]
            bad.setdefault(place, _said(f"a number {need} in {columns[column]!r}", found))
        whole[list(bad)] = np.nan
        return whole, bad

    def _number(self, cell: Any, name: str, place: int, bad: dict[int, str]) -> float:
        if cell is scores.ABSENT:
            return np.nan if self._start.dimensional else 0.0
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return np.nan
        try:
            return float(cell)
        except (TypeError, ValueError):
            bad.setdefault(place, _said(f"a number in {name!r}", cell))
            return np.nan


class _Labels:
    """Reads one column: a label, several joined by |, a list of labels, or a mapping of scores; nothing is NaN."""

    def __init__(self, start: hub.Scheme) -> None:
        self._start = start
        self._found: dict[str, tuple[int, ...]] = {}
        self.sets = True

    def array(self, block: scores.Block, columns: Sequence[str]) -> tuple[Floats, dict[int, str]]:
        """As in `_Numbers`; a row without a label is NaN and not bad."""
        bad = dict(block.bad)
        whole = np.zeros((len(block), len(self._start.names)))
        for place, cell in enumerate(block.columns[columns[0]]):
            if place in bad or cell in (None, scores.ABSENT) or (isinstance(cell, str | list | dict) and not cell):
                whole[place] = np.nan
                continue
            try:
                self._row(cell, whole[place])
            except UnknownName as error:
                bad[place] = str(error)
            except (TypeError, ValueError):
                bad[place] = _said("a label, labels, or scores from 0 to 1 by label", cell)
        whole[list(bad)] = np.nan
        return whole, bad

    def _row(self, cell: Any, row: Floats) -> None:
        if isinstance(cell, Mapping):
            self.sets = False
            for label, score in cell.items():
                if not 0 <= float(score) <= 1:
                    raise ValueError
                row[self._start.column(label)] = float(score)
            return
        for label in cell if isinstance(cell, list) else [str(cell)]:
            if label not in self._found:
                self._found[label] = tuple(self._start.column(one) for one in label.split("|"))
            row[list(self._found[label])] = 1.0


def _said(expected: str, cell: Any) -> str:
    found = "nothing" if cell is None or cell == "" else repr(cell)
    return str(InputError(expected, found, "correct the row"))


# ---- corpora ---------------------------------------------------------------------------------------------------------


def of_corpus(spec: str, id: str | None, asked: Asked) -> Work:
    """The samples of a corpus: id, split, and its ratings for one task in another scheme.

    Raises:
        UsageError: no such corpus or task, or a task with an open vocabulary.
    """
    task = _task(spec, id)
    scheme = hub.scheme(task.scheme)
    # intensities of names stand side by side, each from 0 to 1: they are no shares
    kind = asked.kind or (Kind.MULTI if task.scaled else task.kind)
    conversion = hub.conversion(task.scheme, asked.to, kind, task.names)
    low, high = scheme.range

    def blocks() -> Iterator[Columns]:
        samples = corpora.samples(spec)
        while taken := list(islice(samples, scores.ROWS)):
            values, judged = _targets(task, taken)
            if task.scaled:
                values = low + (values + 1) / 2 * (high - low)
                values[~judged] = np.nan if scheme.dimensional else 0.0
            good: Bools = np.array(judged.any(axis=1))
            work.items += len(taken)
            work.blank += int((~good).sum())
            ids, splits = [sample.id for sample in taken], [sample.split for sample in taken]
            yield {"id": ids, "split": splits, **_made(work.running, values, good, asked)}

    work = Work(blocks(), conversion.running(), list(corpora.notices(spec)))
    return work


def _task(spec: str, id: str | None) -> Task:
    try:
        tasks = {task.id: task for task in corpora.tasks(spec)}
    except UnknownName as error:
        need = "a corpus, or a label or file with its scheme in --from"
        raise UsageError(need, error.found, error.fix) from error
    if id is not None and id not in tasks:
        raise UnknownName.among(f"a task of {spec}", id, tasks)
    task = tasks[id] if id is not None else next(iter(tasks.values()))
    if task.kind is Kind.OPEN:
        closed = [one.id for one in tasks.values() if one.kind is not Kind.OPEN]
        fix = f"name another with --task: {', '.join(closed)}" if closed else "choose another corpus"
        raise UsageError(f"a task of {spec} with a closed set of names", task.id, fix)
    if task.scheme not in find.names("taxonomies"):
        raise UsageError(f"a task of {spec} with names of a taxonomy", f"names of its own in {task.id}", "name another")
    return task


def _targets(task: Task, samples: Iterable[Sample]) -> tuple[Floats, Bools]:
    found = [target(task, sample.ratings) for sample in samples]
    return np.array([values for values, _ in found], np.float64), np.array([judged for _, judged in found])


# ---- both ------------------------------------------------------------------------------------------------------------


def _header(conversion: hub.Conversion, asked: Asked) -> list[str]:
    if not asked.labels:
        return list(conversion.target.names)
    if conversion.target.dimensional:
        raise UsageError("a scheme of labels for --labels", f"the dimensions of {asked.to}", "leave --labels out")
    return [asked.column or asked.to]


def _made(running: hub.Running, values: Floats, good: Bools, asked: Asked) -> dict[str, list[Any]]:
    """The converted columns; None in rows that are not good and where a dimension is unknown."""
    end = running.conversion.target
    out = np.full((len(values), len(end.names)), np.nan)
    out[good] = running(values[good])
    header = _header(running.conversion, asked)
    if not asked.labels:
        return {name: _cells(out[:, number]) for number, name in enumerate(header)}
    highest = np.nan_to_num(out).max(axis=1, keepdims=True, initial=0.0)
    top = (out >= highest - 10**-_DIGITS) & (out > 0)
    return {header[0]: ["|".join(end.names[i] for i in np.flatnonzero(row)) or None for row in top]}


def _cells(column: Floats) -> list[float | None]:
    rounded: list[float | None] = np.round(column, _DIGITS).tolist()
    return [None if value != value else value for value in rounded] if np.isnan(column).any() else rounded
