"""Coefficient of determination per dimension: R2 = 1 - sum((truth - score)^2) / sum((truth - mean(truth))^2).

The share of the truth's variance that the scores explain: 1 is perfect, 0 no better than always saying the mean, and
below 0 worse; there is no lower end. NaN when the truth is constant or fewer than two items are judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, arrays, names, per_name, ratio, variance

CARD = {
    "title": "Coefficient of determination (R2)",
    "higher_is_better": True,
    "low": None,
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
    """R2 per dimension of truth (n, k) against values (n, k) on the same scale."""
    return per_name(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    counted = j.astype(np.float64)
    x = (t - t.sum(0) / np.maximum(counted.sum(0), 1)) * counted  # centred, so that squares lose no digits to the mean
    columns = np.concatenate([counted, x, x * x, (t - s) ** 2], 1)  # what nobody judged is 0 in both

    def of(weights: Floats) -> Floats:
        w, *sums = np.split(weights @ columns, 4, 1)
        ex, exx, error = (ratio(part, w) for part in sums)
        return 1 - error / variance(exx - ex * ex, exx)

    return Prepared(len(t), of, names(task, t.shape[1]))
