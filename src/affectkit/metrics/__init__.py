"""Metrics, one per file: `score(truth, scores, judged=None, weight=None, task=None) -> float | {name: float}`.

Arrays are (n, k): truth as votes or values, scores as probabilities, decisions (0 or 1) or values. `judged` (n, k) bool
leaves out what nobody judged; `weight` (n,) counts items, so that a weight of 2 is the same as the item twice. A metric
returns full precision; rounding belongs to reports. What several metrics share stands here; thresholds are tuned in
`analysis`, never in a metric.

A metric may also give `prepare(truth, scores, judged=None, task=None) -> Prepared`: all work that does not depend on
the weights, done once. A bootstrap of a thousand folds is then a thousand weights on one `Prepared`, often one product
of matrices; a metric without it is called again per fold.

A CARD that says `"of": "decisions"` is of the names decided on (0 or 1, thresholds applied), any other of scores. One
that says `"by_item": False` compares two whole sets, so that it does not see which item said what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..task import Kind, Task

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

T = TypeVar("T")

_ROUNDING = 1e-12  # a variance below this share of the mean square is what rounding leaves of zero


@dataclass(frozen=True, slots=True)
class Prepared:
    """A metric waiting for weights.

    Args:
        n: how many items it was prepared on.
        of: weights (m, n) float64, at least 0 -> values (m,) float64, or (m, k) where there are `names`.
        names: what the k values are called, for metrics that give one value per dimension.
    """

    n: int
    of: Callable[[Floats], Floats]
    names: tuple[str, ...] | None = None


def total(prepared: Prepared, weight: ArrayLike | None = None) -> float:
    """The one value of a prepared metric at one weight (n,); None counts every item once."""
    return float(prepared.of(_weights(prepared.n, weight))[0])


def per_name(prepared: Prepared, weight: ArrayLike | None = None) -> dict[str, float]:
    """The values by name of a prepared metric at one weight (n,); None counts every item once."""
    return dict(zip(prepared.names or (), prepared.of(_weights(prepared.n, weight))[0].tolist(), strict=True))


@overload
def flat(metric: str, value: Mapping[str, T]) -> dict[str, T]: ...
@overload
def flat(metric: str, value: T) -> dict[str, T]: ...
def flat(metric: str, value: Any) -> dict[str, Any]:
    """Values under the names they bear in files: {"macro_f1": .5}, {"ccc.valence": .6, "ccc.arousal": .4}."""
    return {f"{metric}.{name}": v for name, v in value.items()} if isinstance(value, Mapping) else {metric: value}


def arrays(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None) -> tuple[Floats, Floats, Bools]:
    """Truth and scores (n, k) float64, 0 where nobody judged, and judged (n, k) bool; one-dimensional input is k = 1.

    Raises:
        DataError: shapes differ, there is no item, or a judged number is not finite.
    """
    t, s = _table(truth), _table(scores)
    if t.shape != s.shape:
        raise DataError("truth and scores of one shape", f"{t.shape} and {s.shape}", "align items and names")
    if t.size == 0:
        raise DataError("at least one item", "none", "check the split or the filter")
    j = np.ones(t.shape, bool) if judged is None else np.asarray(judged, bool)
    j = j[:, None] if j.ndim == 1 else j
    if j.shape != t.shape:
        raise DataError(f"judged of shape {t.shape}", str(j.shape), "give one yes or no per item and name")
    for what, values in (("truth", t), ("scores", s)):
        wrong = ~np.isfinite(values) & j
        if wrong.any():
            raise DataError(f"finite {what}", f"{wrong.sum()} that are not", "look for overflow or missing values")
    return (t, s, j) if j.all() else (np.where(j, t, 0.0), np.where(j, s, 0.0), j)


def names(task: Task | None, k: int) -> tuple[str, ...]:
    """The task's names, or the columns' numbers "0", "1" ... without a task."""
    if task is not None and len(task.names) != k:
        raise DataError(
            f"{len(task.names)} columns for task {task.id!r}", str(k), "align the arrays with the task's names"
        )
    return tuple(str(i) for i in range(k)) if task is None else task.names


def one_of(task: Task | None) -> bool:
    """Whether exactly one name is right per item (single, distribution); without a task any number may be."""
    return task is not None and task.kind in (Kind.SINGLE, Kind.DISTRIBUTION)


def best(values: Floats, judged: Bools) -> NDArray[np.intp]:
    """Column of the largest judged value of each row, (n,); the first of equals."""
    first: NDArray[np.intp] = (values if judged.all() else np.where(judged, values, -np.inf)).argmax(1)
    return first


def decide(values: Floats, judged: Bools, task: Task | None) -> Bools:
    """Yes or no per name: the largest judged value of a row for single and distribution tasks, else values >= 0.5."""
    yes: Bools = np.arange(values.shape[1]) == best(values, judged)[:, None] if one_of(task) else values >= 0.5
    return yes & judged


def shares(values: Floats, judged: Bools, what: str) -> Floats:
    """Each row's judged values (n, k) divided by their sum; a row of zeros stays one.

    Raises:
        DataError: a value is negative; `what` names them.
    """
    if values.min() < 0:
        raise DataError(f"{what} of at least 0", f"{values.min():g}", "give votes, shares or probabilities")
    held = np.where(judged, values, 0.0)
    sums = held.sum(1, keepdims=True)
    return np.asarray(held / np.where(sums > 0, sums, 1.0))


def ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    """above / below, NaN where below is not positive."""
    found = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=found, where=np.asarray(below) > 0)
    return found


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted numbers per name, (m, k) float64: `hits` (true and said), `true`, `said`; `judged` (m, k) bool: any."""

    hits: Floats
    true: Floats
    said: Floats
    judged: Bools

    @property
    def f1(self) -> Floats:
        """F1 per name (m, k) in [0, 1]; 0 for a name with no true and no said case."""
        return f1(self.hits, self.true, self.said)


def f1(hits: Floats, true: Floats, said: Floats) -> Floats:
    """2 hits / (true + said), 0 where that is 0 / 0."""
    return 2 * hits / np.maximum(true + said, np.finfo(np.float64).tiny)


def tally(
    truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None, task: Task | None
) -> tuple[int, Callable[[Floats], Tally]]:
    """How many items there are, and weights (m, n) -> `Tally`: what every F1 is made of."""
    t, s, j = arrays(truth, scores, judged)
    yes, said = decide(t, j, task), decide(s, j, task)
    hits = (yes & said).astype(np.float64)
    trues, saids = yes.astype(np.float64), said.astype(np.float64)
    every = None if j.all() else j.astype(np.float64)

    def of(weights: Floats) -> Tally:
        judged_any = np.ones((len(weights), t.shape[1]), bool) if every is None else weights @ every > 0
        return Tally(weights @ hits, weights @ trues, weights @ saids, judged_any)

    return len(t), of


@dataclass(frozen=True, slots=True)
class Recall:
    """Weighted numbers of cases, each float64: `found` and `cases` (m, k, s), `judged` (m, k).

    The s kinds of cases of a name are those in which it is true (s = 1, where exactly one name is right per item), or
    those in which it is true and those in which it is not (s = 2).
    """

    found: Floats
    cases: Floats
    judged: Floats

    @property
    def shares(self) -> Floats:
        """The share found of each kind of cases (m, k, s) in [0, 1]; 0 where there is no case."""
        return self.found / np.maximum(self.cases, np.finfo(np.float64).tiny)


def recall(
    truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None, task: Task | None
) -> tuple[int, Callable[[Floats], Recall]]:
    """How many items there are, and weights (m, n) -> `Recall`: what every balanced accuracy is made of."""
    t, s, j = arrays(truth, scores, judged)
    yes, said = decide(t, j, task), decide(s, j, task)
    kinds = [(yes, yes & said)] if one_of(task) else [(yes, yes & said), (j & ~yes, j & ~yes & ~said)]
    cases, found = (np.stack(part, 2).astype(np.float64) for part in zip(*kinds, strict=True))
    every = j.astype(np.float64)

    def of(weights: Floats) -> Recall:
        return Recall(np.tensordot(weights, found, 1), np.tensordot(weights, cases, 1), weights @ every)

    return len(t), of


def quotient(above: ArrayLike, below: ArrayLike, names: tuple[str, ...] | None = None) -> Prepared:
    """Weighted sum of `above` by that of `below`, (n,) each, or (n, k) with names; NaN where `below` adds up to 0."""
    a, b = np.asarray(above, np.float64), np.asarray(below, np.float64)
    return Prepared(len(b), lambda weights: ratio(weights @ a, weights @ b), names)


@dataclass(frozen=True, slots=True)
class Moments:
    """Weighted moments per dimension, each (m, k) float64; a variance is NaN where the values are constant."""

    truth_variance: Floats
    scores_variance: Floats
    covariance: Floats
    shift: Floats
    """Mean of the truth minus mean of the scores."""


def moments(
    truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None
) -> tuple[int, int, Callable[[Floats], Moments]]:
    """How many items and dimensions, and weights (m, n) -> `Moments`: what every linear correlation is made of."""
    t, s, j = arrays(truth, scores, judged)
    n, k = t.shape
    counted = j.astype(np.float64)
    every = np.maximum(counted.sum(0), 1)
    # centred first, so that sums of squares lose no digits to the means
    t_centre, s_centre = t.sum(0) / every, s.sum(0) / every
    x, y = (t - t_centre) * counted, (s - s_centre) * counted
    columns = np.concatenate([counted, x, y, x * x, y * y, x * y], 1)

    def of(weights: Floats) -> Moments:
        w, *sums = np.split(weights @ columns, 6, 1)
        ex, ey, exx, eyy, exy = (ratio(part, w) for part in sums)
        return Moments(
            variance(exx - ex * ex, exx), variance(eyy - ey * ey, eyy), exy - ex * ey, ex - ey + t_centre - s_centre
        )

    return n, k, of


def variance(value: Floats, square: Floats) -> Floats:
    """The variance, NaN where it is nothing but rounding of the mean square it was taken from."""
    return np.where(value > _ROUNDING * square, value, np.nan)


def _table(values: ArrayLike) -> Floats:
    found = np.asarray(values, np.float64)
    if found.ndim not in (1, 2):
        raise DataError("an array (items, names)", f"{found.ndim} dimensions", "flatten frames into items first")
    return found[:, None] if found.ndim == 1 else found


def _weights(n: int, weight: ArrayLike | None) -> Floats:
    w = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    if w.shape != (n,):
        raise DataError(f"{n} weights", str(w.shape), "give one per item")
    if not (np.isfinite(w) & (w >= 0)).all():
        raise DataError("weights of at least 0", f"{w.min()}", "leave items out with 0")
    return w[None]
