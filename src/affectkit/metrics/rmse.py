"""Root mean squared error per dimension: sqrt(mean((truth - score)^2)).

In the unit of the values, from 0 up. NaN where nothing is judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, arrays, names, per_name, quotient

CARD = {
    "title": "Root mean squared error",
    "higher_is_better": False,
    "low": 0.0,
    "high": None,
    "kinds": ["continuous", "ordinal"],
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> dict[str, float]:
    """Root mean squared error per dimension of truth (n, k) against values (n, k) on the same scale."""
    return per_name(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    squared = quotient((t - s) ** 2, j, names(task, t.shape[1]))

    def of(weights: Floats) -> Floats:
        return np.sqrt(squared.of(weights))

    return Prepared(squared.n, of, squared.names)
