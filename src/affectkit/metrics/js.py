"""Jensen-Shannon divergence between truth and scores: the mean KL divergence of each from their average, in bits.

The mean over items; truth (votes or shares) and scores are first made into shares of the judged names. It is finite
and treats both alike, unlike `kl`. Range [0, 1]: 1 where no name has a share in both. (Its root is the distance that
scipy gives.) An item without a vote is left out; NaN when none has one. Scores that are all 0 share nothing with any
truth, but have no divergence of their own: such an item counts as 1.
Reference: Lin, Divergence Measures Based on the Shannon Entropy, IEEE Transactions on Information Theory 1991.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, arrays, quotient, shares, total

CARD = {
    "title": "Jensen-Shannon divergence",
    "reference": "lin1991divergence",
    "higher_is_better": False,
    "low": 0.0,
    "high": 1.0,
    "kinds": ["single", "distribution"],
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """JS divergence, in bits, between votes or shares (n, k) and scores (n, k), both at least 0."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    p, q = shares(t, j, "votes"), shares(s, j, "scores")
    voted, silent = p.sum(1) > 0, q.sum(1) == 0
    middle = (p + q) / 2
    each = (_bits(p, middle) + _bits(q, middle)) / 2
    return quotient(np.where(silent, 1.0, np.clip(each, 0.0, 1.0)) * voted, voted)


def _bits(p: Floats, q: Floats) -> Floats:
    """KL divergence per row, in bits; q is above 0 wherever p is."""
    there = p > 0
    return np.asarray((p * np.log2(np.where(there, p, 1.0) / np.where(there, q, 1.0))).sum(1))
