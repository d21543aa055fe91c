"""Anybody's predictions of one task as arrays: a table whose columns are told or found, or what affectkit writes.

A table has a column of labels, a column of scores per label, both, or a column per dimension; what is not told in
options after its path ("theirs.csv:id=utt,label=pred,prefix=score_") is found by the columns' names, and said. A row
that cannot be read is kept by name, to be counted as a missing prediction.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import corpora, find, hub
from ..corpora import _table
from ..corpora._columns import blank, labels, mark_of, number, plain, shown
from ..errors import DataError, UnknownName, UsageError
from ..metrics import Bools, Floats
from ..prediction import Prediction, TaskPrediction
from ..task import Kind, Task

_IDS = ("id", "sample id", "utterance id", "item", "item id")
_LABELS = (
    "prediction",
    "predictions",
    "predicted",
    "predicted label",
    "pred",
    "label",
    "labels",
    "emotion",
    "emotions",
)
_CONFIDENCE = ("confidence",)
_AFFIX = re.compile(
    r"^(?:scores?|prob(?:s|ability)?|p|pred(?:iction)?)[ _.:-]|[ _.:-](?:score|prob(?:ability)?|pred)$", re.I
)
_OWN = re.compile(r"tasks(?:\..+)?")
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Told:
    """What a table's columns mean, as far as it is told.

    Args:
        id, label, confidence: columns.
        prefix: what stands before the name in columns of scores or values.
        range: the scale of values, LOW..HIGH; the truth's own when left out.
        task: of predictions that affectkit wrote, the task that is meant.
    """

    id: str = ""
    label: str = ""
    confidence: str = ""
    prefix: str = ""
    range: str = ""
    task: str = ""

    @property
    def ends(self) -> tuple[float, float] | None:
        """The ends of the scale.

        Raises:
            UsageError: they are no LOW..HIGH.
        """
        if not self.range:
            return None
        ends = [number(part) for part in self.range.split("..")]
        if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0] >= ends[1]:
            raise UsageError("the ends of the range as LOW..HIGH", repr(self.range), "for example range=1..5")
        return ends[0], ends[1]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a file says of n items.

    Args:
        name: of the file.
        ids: (n,) of the items; None where rows have none.
        rows: (n,) number of the row of each, from 1.
        total: how many rows the file has, those that cannot be read too.
        names: of the columns: the task's, and behind them others that its scheme knows and the file has.
        scores: (n, k) in [0, 1], or values in [-1, 1]; of labels alone, 1 for those said.
        said: (n, k) names decided on; None for dimensions.
        confidence: (n,) in [0, 1], NaN where it is not told; None where no row tells it.
        low, high: (n, k) ends of 90 % intervals, for dimensions, where every row has them.
        scored: whether there are scores or values, not labels alone.
        bad: id or row -> why it cannot be read.
        notes: what was found by its name, and what else is to be said.
    """

    name: str
    ids: tuple[str, ...] | None
    rows: NDArray[np.int64]
    total: int
    names: tuple[str, ...]
    scores: Floats
    said: Bools | None
    confidence: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    scored: bool = True
    bad: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read(spec: str, task: Task) -> Answers:
    """What a file says of a task.

    Raises:
        UnknownName: a column, an option or a task of the file that is not there; the nearest are offered.
        UsageError: no file, or what its columns mean must be said.
        DataError: labels that the task's scheme lacks, an id twice, numbers that are no scores, or no row to read.
    """
    asked = corpora.parse(spec)
    known = [f.name for f in dataclasses.fields(Told)]
    for key in asked.options:
        if key not in known:
            raise UnknownName.among(f"an option of {asked.where}", key, known)
    told, path = Told(**asked.options), Path(asked.where)
    if not path.is_file():
        raise UsageError(f"a file of predictions at {asked.where}", "none", "correct the path")
    table = _table.read(path)
    if any(_OWN.fullmatch(column) for column in table.columns):
        found = _written(path, task, told)
    else:
        found = _Reading(table, asked.where, task, told).answers()
    if not len(found.rows):
        why = f": {next(iter(found.bad.values()))}" if found.bad else ""
        raise DataError(f"predictions of {task.id!r} in {path.name}", f"none that can be read{why}", "look into it")
    twice = [id for id, n in Counter(found.ids or ()).items() if n > 1]
    if twice:
        raise DataError(f"each id once in {path.name}", f"{listed(twice)} more than once", "keep one row per item")
    return found


def listed(names: Sequence[str], most: int = _SHOWN) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


# ---- predictions as affectkit writes them ----------------------------------------------------------------------------


def _written(path: Path, task: Task, told: Told) -> Answers:
    suffixes = {str(card.get("suffix")): name for name, card in find.cards("formats").items()}
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"predictions that end in {', '.join(sorted(suffixes))}", path.name, "write them again")
    with path.open("rb") as file:
        predictions: list[Prediction] = list(find.load("formats", suffixes[path.suffix.lower()]).read(file))
    id = _task_of(predictions, task, told, path.name)
    good: list[tuple[int, Prediction, TaskPrediction]] = []
    bad: dict[str, str] = {}
    for row, one in enumerate(predictions, 1):
        its = one.tasks.get(id)
        if its is None:
            bad[one.id] = one.error.message if one.error else f"no task {id}"
        elif task.scaled and not set(task.names) <= set(its.values or ()):
            bad[one.id] = f"no value of {', '.join(sorted(set(task.names) - set(its.values or ())))}"
        else:
            good.append((row, one, its))
    place = _Names(task)
    others = {n for _, _, its in good for n in (*(its.scores or ()), *its.labels)} if not task.scaled else set()
    column = place.columns(Counter(others), path.name)
    names = place.names
    ids, rows = tuple(one.id for _, one, _ in good), np.asarray([row for row, *_ in good], np.int64)
    notes = (f"{path.name}: predictions by affectkit, task {id}",)
    if task.scaled:
        ends: list[Floats | None] = []
        for field_ in ("values", "low", "high"):
            each = [getattr(its, field_) for *_, its in good]
            whole = all(one is not None and set(task.names) <= set(one) for one in each)
            ends.append(np.asarray([[one[n] for n in names] for one in each], np.float64) if whole else None)
        values = ends[0] if ends[0] is not None else np.zeros((0, len(names)))
        low, high = ends[1:]
        return Answers(path.name, ids, rows, len(predictions), names, values, None, None, low, high, True, bad, notes)
    scores, said = np.zeros((2, len(good), len(names)))
    for i, (*_, its) in enumerate(good):
        for name, score in (its.scores or {}).items():
            scores[i, column[name]] = score
        for name in its.labels:
            said[i, column[name]] = 1
    sure = np.asarray([np.nan if its.confidence is None else its.confidence for *_, its in good], np.float64)
    scored = bool(good) and all(its.scores is not None for *_, its in good)
    return Answers(
        path.name,
        ids,
        rows,
        len(predictions),
        names,
        scores if scored else said,
        said > 0,
        None if np.isnan(sure).all() else sure,
        scored=scored,
        bad=bad,
        notes=notes,
    )


def _task_of(predictions: Sequence[Prediction], task: Task, told: Told, name: str) -> str:
    """The task of a file that is meant: the one told, that of the same id, or the only one of the same scheme."""
    have = {id: its for one in predictions for id, its in one.tasks.items()}
    if told.task or task.id in have:
        if (asked := told.task or task.id) not in have:
            raise UnknownName.among(f"a task in {name}", asked, have)
        return asked
    alike = [id for id, its in have.items() if its.scheme == task.scheme and (its.values is not None) == task.scaled]
    if len(alike) != 1:
        found = ", ".join(f"{id} ({its.scheme})" for id, its in have.items()) or "none"
        raise UsageError(
            f"one task of the scheme {task.scheme} in {name}", found, f"write {name}:task=NAME, or convert them first"
        )
    return alike[0]


# ---- names -----------------------------------------------------------------------------------------------------------


class _Names:
    """The columns of a task's names, with room for others of its scheme."""

    def __init__(self, task: Task) -> None:
        self.task, self.names = task, task.names
        known = not task.scaled and task.scheme in find.names("taxonomies")
        self.scheme = hub.scheme(task.scheme) if known or (task.scaled and task.scheme) else None
        self._own = {plain(name): name for name in task.names}

    def find(self, label: str) -> str | None:
        """The name that a label stands for: the task's own spelling first, then the scheme's; None for neither."""
        if (own := self._own.get(plain(label))) is not None:
            return own
        found = None if self.scheme is None else self.scheme.find(label)
        return None if found is None or self.scheme is None else self.scheme.names[found]

    def columns(self, counts: Counter[str], where: str) -> dict[str, int]:
        """Label -> its column; `names` grow by what only the scheme knows.

        Raises:
            DataError: labels that nobody knows, counted, the nearest offered.
        """
        found = {label: self.find(label) for label in counts}
        unknown = Counter({label: counts[label] for label, name in found.items() if name is None})
        if unknown:
            raise DataError(f"labels of {self.task.id!r} in {where}", self._nearest(unknown), "correct or rename them")
        others = sorted({n for n in found.values() if n is not None} - set(self.names))
        self.names = (*self.names, *others)
        return {label: self.names.index(name) for label, name in found.items() if name is not None}

    def _nearest(self, unknown: Counter[str]) -> str:
        index = dict(self._own)
        if self.scheme is not None:
            index = {spelt: self.scheme.names[place] for spelt, place in self.scheme.index.items()} | index
        said = []
        for label, n in unknown.most_common(_SHOWN):
            near = difflib.get_close_matches(plain(label), index, n=1, cutoff=0.6)
            said.append(f"{label!r} ({n:,} time{'s' * (n > 1)}{f', nearest {index[near[0]]}' if near else ''})")
        more = f" and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
        return ", ".join(said) + more


# ---- tables ----------------------------------------------------------------------------------------------------------


class _Reading:
    """A table while the meaning of its columns is being found."""

    def __init__(self, table: _table.Table, where: str, task: Task, told: Told) -> None:
        self.table, self.where, self.task, self.told = table, where, task, told
        self.names = _Names(task)
        self.used: list[str] = []
        self.notes: list[str] = []
        self.bad = {fault.where: f"{fault.kind}: {fault.found}" for fault in table.faults}

    def answers(self) -> Answers:
        """All that can be read."""
        id = self._column("id", _IDS)
        sure = self._column("confidence", _CONFIDENCE)
        of_names = self._per_name()
        label = "" if self.task.scaled else self._column("label", _LABELS)
        if not of_names and not label:
            what = "a column per dimension" if self.task.scaled else "a column of labels, or one of scores per label,"
            fix = (
                "prefix=TEXT before the names" if self.task.scaled else "label=COLUMN, or prefix=TEXT before the names"
            )
            raise UsageError(f"{what} in {self.table.name}", ", ".join(self.table.columns), f"write {self.where}:{fix}")
        return self._dimensions(id, of_names) if self.task.scaled else self._labels(id, label, of_names, sure)

    def _column(self, option: str, usual: Sequence[str]) -> str:
        """The column told for an option, else the first that is called like one of `usual`; "" for none."""
        columns = self.table.columns
        if asked := getattr(self.told, option):
            if asked not in columns:
                raise UnknownName.among(f"a column of {self.table.name}", asked, columns)
            self.used.append(asked)
            return str(asked)
        free = [c for c in columns if c not in self.used]
        found = next((c for name in usual for c in free if plain(c) == name), "")
        if found:
            self.used.append(found)
            self.notes.append(f"{self.table.name}: {option} is the column {found}")
        return found

    def _per_name(self) -> dict[str, str]:
        """Column -> the name it holds numbers of."""
        prefix, found = self.told.prefix, dict[str, str]()
        for column in self.table.columns:
            if column in (*self.used, self.told.label) or not column.startswith(prefix):
                continue
            bare = column[len(prefix) :]
            spellings = [bare] if prefix else [bare, _AFFIX.sub("", bare)]
            name = next((n for s in spellings if (n := self.names.find(s)) is not None), None)
            if name is not None and (name in self.task.names or not self.task.scaled):
                found[column] = name
        twice = [name for name, n in Counter(found.values()).items() if n > 1]
        if twice:
            its = ", ".join(c for c, name in found.items() if name == twice[0])
            raise UsageError(f"one column for {twice[0]}", its, f"write {self.where}:prefix=TEXT before the names")
        if prefix and not found:
            what = f"columns that begin with {prefix!r} and end with a name of {self.task.id!r}"
            raise UsageError(what, ", ".join(self.table.columns), "correct the prefix")
        if len(found) < 2 and len(self.task.names) > 1:
            return {}  # one column called "joy" or "a" may be anything
        lacking = [name for name in self.task.names if name not in found.values()]
        if lacking and self.task.scaled:
            what = f"a column per dimension in {self.table.name}"
            raise UsageError(what, f"none of {', '.join(lacking)}", f"write {self.where}:prefix=TEXT before the names")
        if lacking:
            self.notes.append(f"{self.table.name}: no column of {', '.join(lacking)}: scored 0")
        return found

    def _rows(self, id: str) -> Iterator[tuple[str, _table.Row]]:
        """Rows under their id, or under their place where there are no ids; a row without its id is bad."""
        for row in self.table.rows:
            if id and blank(row.cells.get(id)):
                self.bad[row.where] = f"no id in {id}"
            else:
                yield str(row.cells[id]) if id else row.where, row

    def _numbers(self, its: str, row: _table.Row, columns: Mapping[str, str]) -> list[float] | None:
        """The numbers of a row; None, and a word on why, where one is missing."""
        told = {c: number(row.cells.get(c)) for c in columns}
        if (lacking := next((c for c, v in told.items() if v is None), None)) is not None:
            self.bad[its] = f"no number in {lacking}: {shown(row.cells.get(lacking))}"
            return None
        return [v for v in told.values() if v is not None]

    def _dimensions(self, id: str, columns: Mapping[str, str]) -> Answers:
        found = [(its, row.number, v) for its, row in self._rows(id) if (v := self._numbers(its, row, columns))]
        low, high = ends = self.told.ends or self.task.range or (-1.0, 1.0)
        order = [list(columns.values()).index(name) for name in self.task.names]
        given = np.asarray([v for *_, v in found], np.float64).reshape(len(found), len(columns))[:, order]
        self.notes.append(f"{self.table.name}: values on the scale {low:g} to {high:g}")
        outside = ((given < low) | (given > high)).mean() if len(found) else 0.0
        if outside > 0.5:
            raise UsageError(
                f"values from {low:g} to {high:g} in {self.table.name}",
                f"{outside:.0%} outside, from {given.min():g} to {given.max():g}",
                f"write {self.where}:range=LOW..HIGH",
            )
        values = 2 * (given - ends[0]) / (ends[1] - ends[0]) - 1
        ids = tuple(its for its, *_ in found) if id else None
        rows = np.asarray([n for _, n, _ in found], np.int64)
        total = len(self.table.rows) + len(self.table.faults)
        notes = tuple(self.notes)
        return Answers(self.table.name, ids, rows, total, self.task.names, values, None, bad=self.bad, notes=notes)

    def _labels(self, id: str, label: str, columns: Mapping[str, str], sure: str) -> Answers:
        several = self.task.kind is Kind.MULTI
        mark = mark_of(row.cells.get(label) for row in self.table.rows) if label and several else ""
        found: list[tuple[str, int, list[float], list[str], float]] = []
        for its, row in self._rows(id):
            numbers = self._numbers(its, row, columns) if columns else []
            names = labels(row.cells.get(label), mark) if label else []
            confidence = number(row.cells.get(sure), np.nan) if sure else np.nan
            if confidence is None:
                self.bad[its] = f"no number in {sure}: {shown(row.cells.get(sure))}"
            elif label and not several and len(names) != 1:
                self.bad[its] = f"{len(names)} labels in {label}"
            elif numbers is not None:
                found.append((its, row.number, numbers, names, confidence))
        column = self.names.columns(Counter(n for *_, names, _ in found for n in names), self.table.name)
        places = self.names.columns(Counter(columns.values()), self.table.name)
        k = len(self.names.names)
        scores, said = np.zeros((len(found), k)), np.zeros((len(found), k), bool)
        if columns:
            where = [places[name] for name in columns.values()]
            scores[:, where] = np.asarray([v for _, _, v, *_ in found], np.float64).reshape(len(found), len(where))
            self._check("scores", scores, "apply a softmax or sigmoid first, or name a column of labels")
        if label:
            for i, (*_, names, _) in enumerate(found):
                said[i, [column[n] for n in names]] = True
            if not columns:
                scores = said.astype(np.float64)
        else:
            said = scores >= 0.5 if several else np.arange(k) == scores.argmax(1)[:, None]
        confidence_of = np.asarray([c for *_, c in found], np.float64)
        self._check("confidences", confidence_of[np.isfinite(confidence_of)], "calibrate them first")
        return Answers(
            self.table.name,
            tuple(its for its, *_ in found) if id else None,
            np.asarray([n for _, n, *_ in found], np.int64),
            len(self.table.rows) + len(self.table.faults),
            self.names.names,
            scores,
            said,
            None if np.isnan(confidence_of).all() else confidence_of,
            scored=bool(columns),
            bad=self.bad,
            notes=tuple(self.notes),
        )

    def _check(self, what: str, values: Floats, fix: str) -> None:
        """Raises:
        DataError: numbers that are no probabilities.
        """
        if values.size and (values.min() < 0 or values.max() > 1):
            found = f"{values.min():g} to {values.max():g}"
            raise DataError(f"{what} between 0 and 1 in {self.table.name}", found, fix)
