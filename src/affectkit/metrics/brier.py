"""Brier score: the squared distance between scores and truth.

Single and distribution tasks: the sum over judged names of (score - share)^2, averaged over items, range [0, 2]; the
truth is first made into shares that sum to 1. Multi tasks, and without a task: the average of (score - truth)^2 over
judged cells, range [0, 1]. NaN when nothing is judged.
Reference: Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 1950.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, arrays, one_of, quotient, total

CARD = {
    "title": "Brier score",
    "higher_is_better": False,
    "low": 0.0,
    "high": 2.0,
    "kinds": ["single", "multi", "distribution"],
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """Brier score of truth (n, k), votes, shares or 0 and 1, against probabilities (n, k) in [0, 1]."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    if one_of(task):
        votes = t.sum(1, keepdims=True)
        shares = t / np.where(votes > 0, votes, 1.0)
        return quotient(((s - shares) ** 2).sum(1), j.any(1))
    return quotient(((s - t) ** 2).sum(1), j.sum(1))
