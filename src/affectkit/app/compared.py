"""Two systems on the same test items: two runs, or two files of predictions beside one truth.

Systems whose test items differ are refused: a difference between them would be one of items. Items are told apart by
corpus and id, and the second system's are brought into the first's order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora
from ..analysis import compare, significance
from ..analysis.compare import Compared, Pair, Seeds
from ..errors import AffectError, DataError, UsageError
from ..metrics import flat
from ..task import Task
from ..train.figures import Groups, Said
from ..train.mixture import Mixture
from . import answers, judged
from .answers import listed

if TYPE_CHECKING:
    from ..train.run import Run

_NAMED = 5  # ids in a message


@dataclass(frozen=True)
class Both:
    """What two systems say of the same items: a pair per task and metric.

    Args:
        names: of the systems.
        seeds: system -> "task metric" -> the figure over its seeds, where it has several.
        notes: what else is to be said.
    """

    names: tuple[str, str]
    pairs: Sequence[Pair]
    seeds: Mapping[str, Mapping[str, Seeds]]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Side:
    """One system on one task: its items and what it says of them."""

    part: Mixture
    said: Said
    scored: bool = True

    def take(self, rows: NDArray[np.int64]) -> _Side:
        return replace(self, part=self.part.take(rows), said=self.said.take(rows))


def runs(a: Path, b: Path, on: Sequence[str] = (), metrics: Sequence[str] = ()) -> Both:
    """Two runs on the tasks that both learnt: of each the mean output of its seeds.

    Args:
        on: corpora to measure on; the runs' own test parts when left out.

    Raises:
        UsageError: no run, no task in common, or no finished seed.
        DataError: the test items differ.
    """
    from ..train import alike, evaluate, run

    opened = [run.open_run(folder) for folder in (a, b)]
    names = _named(a.resolve().name, b.resolve().name)
    shared = [t for t in opened[0].tasks if t in opened[1].tasks]
    if not shared:
        have = " and ".join(", ".join(t.id for t in one.tasks) for one in opened)
        raise UsageError("two runs with a task in common", have, "train both on one corpus and task")
    tests, owns = [], []
    for given in opened:
        own = given.mixture()
        owns.append(own)
        tests.append((given.resplit(alike.read(on, shared)) if on else own).part("test"))
    kept = [t for t in shared if all(t.id in test.targets for test in tests)]
    items = {t.id: _same(t, names, tests, "measure both on one corpus with --on") for t in kept}
    systems = [
        evaluate.of_run(one, run.finished(one), own, test) for one, own, test in zip(opened, owns, tests, strict=True)
    ]
    pairs: list[Pair] = []
    for task in kept:
        parts = [test.take(rows) for test, rows in zip(tests, items[task.id], strict=True)]
        said = [its[task.id].take(rows) for its, rows in zip(systems, items[task.id], strict=True)]
        if len(parts[0]):
            cards = {name: corpora.card(name) for name in np.unique(parts[0].corpus).tolist()}
            one, other = (_Side(part, its) for part, its in zip(parts, said, strict=True))
            pairs += _pairs(task, one, other, metrics, cards)
    if not pairs:
        raise _nothing(kept, metrics)
    seeds = {
        name: _over_seeds(one, own, test, pairs)
        for name, one, own, test in zip(names, opened, owns, tests, strict=True)
        if len(one.seeds) > 1
    }
    notes = []
    for name, given, own in zip(names, opened, owns, strict=True):
        if len(given.seeds) > 1:
            notes.append(f"{name}: mean output of {len(given.seeds)} seeds")
        if leak := evaluate.leak(given, own):
            notes.append(f"{name}: LEAK ALLOWED: {leak}")
    return Both(names, pairs, seeds, tuple(notes))


def files(a: str, b: str, truth: str, tasks: Sequence[str] = (), metrics: Sequence[str] = ()) -> Both:
    """Two files of predictions beside one truth.

    Raises:
        UsageError, UnknownName: a file, column or task that is not there.
        DataError: predictions of different items, or of none.
    """
    held = judged.truth(truth, tasks)
    names = _named(*(corpora.parse(one).where for one in (a, b)))
    pairs: list[Pair] = []
    notes = dict.fromkeys(held.notes)
    for task in held.part.tasks:
        found = [judged.judged(held, task, answers.read(one, task)) for one in (a, b)]
        notes |= dict.fromkeys(line for one in found for line in (*one.how, *judged.gaps(one)))
        wide = replace(task, names=tuple(dict.fromkeys(n for one in found for n in one.task.names)))
        sides = [_widened(_Side(one.part, one.said, one.scored), one.task, wide) for one in found]
        order = _same(task, names, [side.part for side in sides], "give both files the same items")
        a_side, b_side = (side.take(rows) for side, rows in zip(sides, order, strict=True))
        pairs += _pairs(wide, a_side, b_side, metrics, {truth: held.card})
    if not pairs:
        raise _nothing(held.part.tasks, metrics)
    return Both(names, pairs, {}, (held.which, *notes))


def lines(both: Both, folds: int, seed: int = 0) -> list[Compared]:
    """The table of the comparison."""
    return compare.compare(both.pairs, folds, seed)


def _named(a: str, b: str) -> tuple[str, str]:
    """Two names that differ."""
    return (a, b) if a != b else (f"{a} (A)", f"{b} (B)")


def _nothing(tasks: Sequence[Task], metrics: Sequence[str]) -> AffectError:
    """The error where there is nothing to compare."""
    if metrics:
        return judged.unfit(metrics, [str(t.kind) for t in tasks])
    return DataError("test items of a common task", "none", "measure both on one corpus with --on")


def _same(task: Task, names: Sequence[str], parts: Sequence[Mixture], fix: str) -> list[NDArray[np.int64]]:
    """The rows of each part that somebody judged on a task, in one order of items.

    Raises:
        DataError: items that only one has, named; or truths that differ.
    """
    rows = [np.flatnonzero(part.judged[task.id].any(1)) for part in parts]
    keys = [list(zip(p.corpus[r].tolist(), p.ids[r].tolist(), strict=True)) for p, r in zip(parts, rows, strict=True)]
    only = [sorted(set(keys[i]) - set(keys[1 - i])) for i in (0, 1)]
    if any(only):
        said = [
            f"{len(its):,} only in {name} ({listed([id for _, id in its], _NAMED)})"
            for name, its in zip(names, only, strict=True)
            if its
        ]
        raise DataError(f"the same test items of {task.id!r} in both", ", ".join(said), fix)
    place = {key: i for i, key in enumerate(keys[1])}
    rows[1] = rows[1][np.asarray([place[key] for key in keys[0]], np.int64)]
    a, b = (part.targets[task.id][r] for part, r in zip(parts, rows, strict=True))
    other = np.unique(np.nonzero(a != b)[0])
    if len(other):
        ids = listed(parts[0].ids[rows[0][other]].tolist(), _NAMED)
        raise DataError(f"the same truth of {task.id!r} in both", f"{len(other):,} items that differ ({ids})", fix)
    return rows


def _pairs(
    task: Task, a: _Side, b: _Side, metrics: Sequence[str], cards: Mapping[str, Mapping[str, Any]]
) -> list[Pair]:
    """A pair per metric; groups are drawn and swapped whole where all items are of one corpus that has some."""
    names = np.unique(a.part.corpus).tolist()
    groups = Groups.of(a.part, cards[names[0]]) if len(names) == 1 else None
    drawn = None if groups is None else groups.ids
    told, seen = a.part.targets[task.id], a.part.judged[task.id]
    return [
        Pair(task, metric, told, a.said.given(metric), b.said.given(metric), seen, drawn)
        for metric in judged.metrics(task, a.scored and b.scored, metrics)
    ]


def _widened(side: _Side, own: Task, wide: Task) -> _Side:
    """The side with a column for every name that either system says."""
    k = len(wide.names)
    to = [wide.names.index(name) for name in own.names]

    def spread(values: NDArray[Any], empty: Any) -> NDArray[Any]:
        made = np.full((len(values), k), empty, values.dtype)
        made[:, to] = values
        return made

    targets = {own.id: spread(side.part.targets[own.id], 0)}
    seen = side.part.judged[own.id]
    judged_any = {own.id: spread(seen, False) | (seen.any(1, keepdims=True) & ~np.isin(np.arange(k), to))}
    said = None if side.said.said is None else spread(side.said.said, False)
    return replace(
        side,
        part=replace(side.part, targets=targets, judged=judged_any),
        said=Said(spread(side.said.scores, 0.0), said, side.said.confidence),
    )


def _over_seeds(one: Run, own: Mixture, test: Mixture, pairs: Sequence[Pair]) -> dict[str, Seeds]:
    """ "task metric" -> the figure over a run's seeds."""
    from ..train import evaluate

    values: dict[str, list[float]] = {}
    for seed in one.seeds:
        said = evaluate.of_run(one, [seed], own, test)
        for pair in pairs:
            rows = np.flatnonzero(test.judged[pair.task.id].any(1))
            told, seen = (of[pair.task.id][rows] for of in (test.targets, test.judged))
            scores = said[pair.task.id].take(rows).given(pair.metric)
            prepared = significance.prepare(pair.metric, told, scores, seen, pair.task)
            found = significance.columns(prepared, np.ones((1, prepared.n)))[0].tolist()
            its: Any = found[0] if prepared.names is None else dict(zip(prepared.names, found, strict=True))
            for metric, value in flat(pair.metric, its).items():
                values.setdefault(f"{pair.task.id} {metric}", []).append(value)
    return {key: compare.over_seeds(each) for key, each in values.items() if np.isfinite(each).all()}
