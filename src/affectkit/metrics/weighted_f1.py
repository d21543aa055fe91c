"""Weighted F1: the mean over names of F1 = 2 TP / (2 TP + FP + FN), each weighted by its number of true cases.

Range [0, 1]. 0 when nothing is true, as scikit-learn has it with zero_division=0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, tally, total

CARD = {
    "title": "Weighted F1",
    "higher_is_better": True,
    "low": 0.0,
    "high": 1.0,
    "kinds": ["single", "multi", "distribution"],
    "of": "decisions",
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """Weighted F1 of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, tallied = tally(truth, scores, judged, task)

    def of(weights: Floats) -> Floats:
        found = tallied(weights)
        shares = found.true / np.maximum(found.true.sum(1, keepdims=True), np.finfo(np.float64).tiny)
        return np.asarray((found.f1 * shares).sum(1))

    return Prepared(n, of)
