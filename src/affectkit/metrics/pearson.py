"""Pearson correlation per dimension: r = cov(truth, scores) / (sd(truth) sd(scores)).

Range [-1, 1]. NaN when truth or scores are constant or fewer than two items are judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, moments, names, per_name

CARD = {
    "title": "Pearson correlation",
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
    """Pearson's r per dimension of truth (n, k) against values (n, k) of any scale."""
    return per_name(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, k, taken = moments(truth, scores, judged)

    def of(weights: Floats) -> Floats:
        found = taken(weights)
        return np.clip(found.covariance / np.sqrt(found.truth_variance * found.scores_variance), -1.0, 1.0)

    return Prepared(n, of, names(task, k))
