"""One item judged from several modalities: how far the judgements agree, and which stands nearest to that of all.

People who only read, only hear or only see a moment often judge it otherwise than people who are given everything. A
*view* is a task whose `shown` says what its raters were given; views of one question have the same names or dimensions.
Each item has one value per view: the name that most of its raters chose, or their mean. Between two views stand
Krippendorff's alpha of these values, with the two views as two raters, and for names the share of equal ones. The
differences between views are paired: the same items are drawn for all.
Reference: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011; the question is that of Sun et al.,
EmotionTalk, 2025, and Cao et al., CREMA-D, IEEE Transactions on Affective Computing 2014.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..metrics import Floats
from ..sample import Rating, target
from ..task import Kind, Task
from . import _agreed, significance
from ._agreed import Cells
from .significance import Difference, Interval


@dataclass(frozen=True, slots=True)
class Pair:
    """How far two views agree.

    Args:
        a, b: the ids of the two tasks.
        alpha: name of a dimension, or "" for names -> Krippendorff's alpha of the two, nominal or interval.
        equal: the share of items with the same name; None for dimensions.
    """

    a: str
    b: str
    alpha: Mapping[str, Interval]
    equal: Interval | None


@dataclass(frozen=True, slots=True)
class Views:
    """What was found of views of one question.

    Args:
        views: task id -> the modalities its raters were given.
        items: how many items have a value in every view.
        pairs: every two views.
        whole: the view that was given all that any other was; None where there is none.
        nearest: of the other views, the one that agrees best with `whole`, by the mean of alpha over dimensions.
        lead: view -> alpha of the nearest with `whole` less that of this one, on the same folds.
    """

    views: Mapping[str, tuple[str, ...]]
    items: int
    pairs: tuple[Pair, ...]
    whole: str | None
    nearest: str | None
    lead: Mapping[str, Difference]


def questions(tasks: Iterable[Task]) -> list[tuple[Task, ...]]:
    """The tasks that ask one thing of raters who were given different modalities, two or more of each question."""
    found: dict[Any, list[Task]] = {}
    for task in tasks:
        if task.shown is not None and task.kind is not Kind.OPEN:
            same = (task.target, task.kind, task.scheme, task.names, task.range, task.view, task.grain)
            found.setdefault(same, []).append(task)
    return [tuple(its) for its in found.values() if len({task.shown for task in its}) > 1]


def views(
    ratings: Sequence[Sequence[Rating]],
    tasks: Sequence[Task],
    groups: Sequence[Any] | NDArray[Any] | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Views:
    """How far views of one question agree, on the items that have a value in every one of them.

    An item whose raters are divided evenly has no one name and is left out; votes for several names (multi) are
    compared name by name.

    Args:
        ratings: of each item.
        tasks: views of one question, as `questions` finds them.
        groups: (n,) speaker, dialogue ... of each item: whole groups are drawn; None draws items.

    Raises:
        DataError: fewer than two views, or than two items that have a value in all.
    """
    if len(tasks) < 2:
        raise DataError("two views or more of one question", f"{len(tasks)}", "choose tasks with other `shown`")
    values = [_values(task, ratings) for task in tasks]
    kept = np.flatnonzero(np.all([~np.isnan(v).any(1) for v in values], axis=0))
    if len(kept) < 2:
        names = ", ".join(task.id for task in tasks)
        raise DataError(f"two items or more with a value in each of {names}", f"{len(kept)}", "compare fewer views")
    its = None if groups is None else np.asarray(groups)[kept]
    waiting = [_waiting(tasks[0], a[kept], b[kept]) for a, b in combinations(values, 2)]
    blocks = [np.stack([of(np.ones((1, len(kept)))) for of in waiting])]
    blocks += [np.stack([of(w) for of in waiting]) for w in significance.drawn(len(kept), its, folds, seed)]
    found = np.concatenate(blocks, axis=1)  # (pairs, 1 + folds, dimensions and, for one name, the share of equal ones)
    return _told(tasks, found, len(kept), level)


def _told(tasks: Sequence[Task], found: Floats, n: int, level: float) -> Views:
    """What the values of all pairs (pairs, 1 + folds, k) say."""
    named = not _by_column(tasks[0])
    columns = ("",) if named else tasks[0].names

    def between(values: Floats) -> Interval:
        return Interval(float(values[0]), *significance.within(values[1:], level), n)

    pairs = []
    for (a, b), of_pair in zip(combinations(tasks, 2), found, strict=True):
        alpha = {name: between(of_pair[:, i]) for i, name in enumerate(columns)}
        pairs.append(Pair(a.id, b.id, alpha, between(of_pair[:, len(columns)]) if named else None))
    whole = _whole(tasks)
    nearest, lead = None, {}
    if whole is not None:
        mean = found[:, :, : len(columns)].mean(2)
        near = {
            (b if a == whole else a).id: of_pair
            for (a, b), of_pair in zip(combinations(tasks, 2), mean, strict=True)
            if whole in (a, b)
        }
        nearest = max(near, key=lambda id: np.nan_to_num(near[id][0], nan=-np.inf))
        for id, its in near.items():
            if id != nearest:
                gap = near[nearest] - its
                ends = significance.within(gap[1:], level)
                lead[id] = Difference(float(gap[0]), *ends, significance.chance(gap[1:]))
    return Views(
        {task.id: task.shown or () for task in tasks},
        n,
        tuple(pairs),
        None if whole is None else whole.id,
        nearest,
        lead,
    )


def _whole(tasks: Sequence[Task]) -> Task | None:
    """The one view that was given all that the others were."""
    everything = {modality for task in tasks for modality in task.shown or ()}
    found = [task for task in tasks if set(task.shown or ()) == everything]
    return found[0] if len(found) == 1 and len(tasks) > 2 else None


def _by_column(task: Task) -> bool:
    """Whether each name or dimension is compared for itself: numbers, and where several names may be right."""
    return task.scaled or task.kind is Kind.MULTI


def _values(task: Task, ratings: Sequence[Sequence[Rating]]) -> Floats:
    """Each item's value, (n, k) for numbers and several names, (n, 1) the column of the one name; NaN for none."""
    rows = [target(task, [r for r in its if r.task == task.id]) for its in ratings]
    values = np.asarray([value for value, _ in rows], np.float64).reshape(len(rows), len(task.names))
    judged = np.asarray([told for _, told in rows], bool).reshape(values.shape)
    if task.scaled:
        return np.where(judged, values, np.nan)
    if task.kind is Kind.MULTI:
        return np.where(judged, values >= 0.5, np.nan)
    order = np.sort(values, axis=1)
    clear = order[:, -1] > 0
    if values.shape[1] > 1:
        clear &= order[:, -1] > order[:, -2] + 1e-6
    return np.where(clear, values.argmax(1), np.nan)[:, None]


def _waiting(task: Task, a: Floats, b: Floats) -> Callable[[Floats], Floats]:
    """Alpha of each column and, for one name, the share of equal ones: weights (m, n) -> (m, k)."""
    of = []
    item = np.tile(np.arange(len(a)), 2)
    for one, other in zip(a.T, b.T, strict=True):
        known, code = np.unique(np.concatenate([one, other]), return_inverse=True)
        cells = Cells.of(item, code, np.ones(len(code)), len(known))
        of.append(_agreed.interval(cells, known) if task.scaled else _agreed.nominal(cells))
    if not _by_column(task):
        same = (a[:, 0] == b[:, 0]).astype(np.float64)
        of.append(lambda weights: np.asarray(weights @ same / weights.sum(1)))
    return lambda weights: np.stack([each(weights) for each in of], 1)
