"""Kullback-Leibler divergence from scores to truth, KL(truth || scores) = sum of share x ln(share / score), in nats.

The mean over items; truth (votes or shares) and scores are first made into shares of the judged names. A score of 0
where there are votes would be infinite: scores are kept above 2.2e-16, so one item costs at most 36. From 0 up; for
single-label tasks it is the log loss. An item without a vote is left out; NaN when none has one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, arrays, quotient, shares, total

CARD = {
    "title": "Kullback-Leibler divergence",
    "higher_is_better": False,
    "low": 0.0,
    "high": None,
    "kinds": ["single", "distribution"],
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """KL divergence, in nats, of votes or shares (n, k) from scores (n, k), both at least 0."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    p, q = shares(t, j, "votes"), shares(s, j, "scores")
    voted = p.sum(1) > 0
    surprise = np.log(np.where(p > 0, p, 1.0)) - np.log(np.maximum(q, np.finfo(np.float64).eps))
    return quotient(np.maximum((p * surprise).sum(1), 0.0), voted)  # rounding may leave a little less than 0
