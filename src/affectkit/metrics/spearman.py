"""Spearman correlation per dimension: Pearson's r of the ranks, equal values sharing their mean rank.

With weights an item counts in the ranks as often as it counts elsewhere. Range [-1, 1]. NaN when truth or scores are
constant or fewer than two items are judged.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Bools, Floats, Prepared, arrays, names, per_name, ratio, variance

CARD = {
    "title": "Spearman correlation",
    "higher_is_better": True,
    "low": -1.0,
    "high": 1.0,
    "kinds": ["continuous", "ordinal"],
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> dict[str, float]:
    """Spearman's rho per dimension of truth (n, k) against values (n, k) of any scale."""
    return per_name(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    n, k = t.shape
    pairs = [(_ranker(t[:, d], j[:, d]), _ranker(s[:, d], j[:, d]), j[:, d]) for d in range(k)]

    def of(weights: Floats) -> Floats:
        return np.stack([_r(x(weights), y(weights), weights * heard) for x, y, heard in pairs], 1)

    return Prepared(n, of, names(task, k))


def _ranker(values: Floats, judged: Bools) -> Callable[[Floats], Floats]:
    """Weights (m, n) -> mean ranks (m, n), from 0, counted among the judged."""
    order = values.argsort(kind="stable")
    ranked = values[order]
    first, after = np.searchsorted(ranked, ranked), np.searchsorted(ranked, ranked, side="right")

    def of(weights: Floats) -> Floats:
        below = np.zeros((len(weights), len(values) + 1))
        np.cumsum((weights * judged)[:, order], 1, out=below[:, 1:])
        ranks = np.empty(weights.shape)
        ranks[:, order] = (below[:, first] + below[:, after]) / 2
        return ranks

    return of


def _r(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Weighted correlation (m,) of x and y, all (m, n)."""
    n = weights.sum(1, keepdims=True)
    mx, my = ratio((weights * x).sum(1, keepdims=True), n), ratio((weights * y).sum(1, keepdims=True), n)
    cov, vx, vy = ((weights * a * b).sum(1) for a, b in ((x - mx, y - my), (x - mx, x - mx), (y - my, y - my)))
    spread = variance(vx, (weights * x * x).sum(1)) * variance(vy, (weights * y * y).sum(1))
    return np.asarray(np.clip(cov / np.sqrt(spread), -1.0, 1.0))
