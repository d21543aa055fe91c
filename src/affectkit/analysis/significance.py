"""How sure a figure is, and whether one system beats another: the bootstrap, over items or over groups of items.

Items of one speaker, dialogue or song are not independent: given `groups`, whole groups are drawn. A fold is a weight
per item, so a metric that gives `prepare` sees its arrays once. Both systems of a pair are scored on the same folds.
Reference: Efron & Tibshirani, An Introduction to the Bootstrap, 1993; Berg-Kirkpatrick et al., An Empirical
Investigation of Statistical Significance in NLP, EMNLP 2012.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import find
from ..errors import DataError
from ..metrics import Floats, Prepared
from ..task import Task

Scorer = Callable[..., float | Mapping[str, float]]
Metric = str | ModuleType | Scorer
"""The name of a metric, its module, or a function `score(truth, scores, judged, weight, task)`."""

_CELLS = 4_000_000  # numbers in one block of folds: 32 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure on n items, and where it lies in `level` of the folds; NaN where it cannot be computed."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The first system's figure minus the second's, its interval, and a two-sided p: could chance give its sign?"""

    value: float
    low: float
    high: float
    p: float


def bootstrap(
    metric: Metric,
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    task: Task | None = None,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval | dict[str, Interval]:
    """A metric's percentile interval; by dimension where the metric gives one value per dimension.

    Args:
        groups: (n,) speaker, dialogue, song ... of each item; None draws items.
        folds: how many samples with replacement.

    Raises:
        DataError: fewer than one fold, a level outside (0, 1), or groups of another length.
    """
    names, values, n = resampled(metric, truth, [scores], judged, task, groups, folds, seed, level)
    found = [Interval(float(v[0]), *within(v[1:], level), n) for v in values[0].T]
    return found[0] if names is None else dict(zip(names, found, strict=True))


def averaged(
    metric: Metric,
    truth: ArrayLike,
    scores: ArrayLike,
    over: Sequence[Any] | NDArray[Any],
    judged: ArrayLike | None = None,
    task: Task | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Interval, dict[str, Interval]]:
    """The mean of a metric over kinds of items, each counting alike, and the metric of each kind.

    Items are drawn within their kind, so that every fold holds all kinds.

    Args:
        over: (n,) the kind of each item, such as its language.

    Raises:
        DataError: no item, or a metric that gives several values.
    """
    known, kind = np.unique(np.asarray(over), return_inverse=True)
    if not len(known):
        raise DataError("items to average over", "none", "check the split or the filter")
    t, s, j = np.asarray(truth), np.asarray(scores), None if judged is None else np.asarray(judged)
    each = []
    for i in range(len(known)):
        rows = kind == i
        own = None if j is None else j[rows]
        names, (values,), _ = resampled(metric, t[rows], [s[rows]], own, task, None, folds, seed + i, level)
        if names is not None:
            raise DataError("a metric of one value", ", ".join(names), "average each of them apart")
        each.append(values[:, 0])
    mean = np.mean(each, axis=0)
    counts = np.bincount(kind)
    found = {
        str(name): Interval(float(v[0]), *within(v[1:], level), int(n))
        for name, v, n in zip(known, each, counts, strict=True)
    }
    return Interval(float(mean[0]), *within(mean[1:], level), len(t)), found


def paired(
    metric: Metric,
    truth: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    judged: ArrayLike | None = None,
    task: Task | None = None,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Difference | dict[str, Difference]:
    """The figure of scores `a` minus that of `b`, on the same folds; by dimension where the metric gives several.

    p is twice the smaller share of folds in which the difference is not above, or not below, zero (one fold more than
    were drawn is counted, so that p is never 0); two equal systems have p = 1. Other arguments as in `bootstrap`.
    """
    names, values, _ = resampled(metric, truth, [a, b], judged, task, groups, folds, seed, level)
    found = [Difference(float(v[0]), *within(v[1:], level), chance(v[1:])) for v in (values[0] - values[1]).T]
    return found[0] if names is None else dict(zip(names, found, strict=True))


def resampled(
    metric: Metric,
    truth: ArrayLike,
    systems: Sequence[ArrayLike],
    judged: ArrayLike | None,
    task: Task | None,
    groups: Sequence[Any] | NDArray[Any] | None,
    folds: int,
    seed: int,
    level: float,
) -> tuple[tuple[str, ...] | None, list[Floats], int]:
    """The names, and for each system values (1 + folds, k): all items once, then the folds; and the number of items.

    Arguments as in `bootstrap`; `systems` are the scores of each, all on the same folds.
    """
    if folds < 1:
        raise DataError("at least one fold", f"{folds}", "1000 is usual")
    if not 0 < level < 1:
        raise DataError("a level between 0 and 1", f"{level}", "0.95 is usual")
    prepared = [prepare(metric, truth, scores, judged, task) for scores in systems]
    n = prepared[0].n
    every = chain([np.ones((1, n))], drawn(n, groups, folds, seed))
    blocks = [[columns(p, weights) for p in prepared] for weights in every]
    return prepared[0].names, [np.concatenate(of_system) for of_system in zip(*blocks, strict=True)], n


def drawn(n: int, groups: Sequence[Any] | NDArray[Any] | None, folds: int, seed: int) -> Iterator[Floats]:
    """Blocks of weights (m, n): how often each item was drawn."""
    group, units = drawn_together(n, groups)
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // n)
    for start in range(0, folds, block):
        m = min(block, folds - start)
        chosen = rng.integers(0, units, (m, units)) + units * np.arange(m)[:, None]
        counts = np.bincount(chosen.ravel(), minlength=m * units).reshape(m, units)
        yield counts[:, group].astype(np.float64)


def drawn_together(n: int, groups: Sequence[Any] | NDArray[Any] | None) -> tuple[NDArray[np.intp], int]:
    """The unit (n,) that each item is drawn with, counted from 0, and how many units there are: items or groups."""
    if groups is None:
        return np.arange(n), n
    if len(groups) != n:
        raise DataError(f"{n} groups", f"{len(groups)}", "give the group of every item")
    known, group = np.unique(np.asarray(groups), return_inverse=True)
    return group, len(known)


def prepare(
    metric: Metric, truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None, task: Task | None
) -> Prepared:
    """A metric waiting for weights, whether it is a name, a module or a function."""
    part = find.load("metrics", metric) if isinstance(metric, str) else metric
    if hasattr(part, "prepare"):
        found: Prepared = part.prepare(truth, scores, judged, task)
        return found
    score: Scorer = part.score if isinstance(part, ModuleType) else part
    whole = score(truth, scores, judged, None, task)
    names = tuple(whole) if isinstance(whole, Mapping) else None

    def of(weights: Floats) -> Floats:
        each = [score(truth, scores, judged, w, task) for w in weights]
        return np.array([list(v.values()) if isinstance(v, Mapping) else v for v in each], np.float64)

    return Prepared(len(np.asarray(truth)), of, names)


def columns(prepared: Prepared, weights: Floats) -> Floats:
    """Values (m, k) at weights (m, n); k is 1 for a metric of one value."""
    found = prepared.of(weights)
    return found[:, None] if found.ndim == 1 else found


def within(values: Floats, level: float) -> tuple[float, float]:
    """The middle `level` of the folds in which the figure exists."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def chance(differences: Floats) -> float:
    """Twice the smaller share of folds with a difference not above, or not below, zero; one more fold is counted."""
    finite = differences[np.isfinite(differences)]
    if not len(finite):
        return float("nan")
    tail = min((finite <= 0).sum(), (finite >= 0).sum())
    return float(min(1.0, 2 * (tail + 1) / (len(finite) + 1)))
