"""Mean absolute error per dimension: mean(|truth - score|).

In the unit of the values, from 0 up. NaN where nothing is judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, arrays, names, per_name, quotient

CARD = {
    "title": "Mean absolute error",
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
    """Mean absolute error per dimension of truth (n, k) against values (n, k) on the same scale."""
    return per_name(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    return quotient(np.abs(t - s), j, names(task, t.shape[1]))
