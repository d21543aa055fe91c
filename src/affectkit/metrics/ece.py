"""Expected calibration error of the first name: how far its score is from the share of times it is right.

ECE = sum over bins of |sum of (right - score)| / n, the score being the largest of an item, in 15 bins of equal width
that hold their upper edge. Right is the true name in single and distribution tasks; in multi tasks, and without a task,
one of the true names (truth >= 0.5). Range [0, 1]. NaN when nothing is judged.
Reference: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from ..task import Task
from . import Floats, Prepared, arrays, best, one_of, ratio, total

CARD = {
    "title": "Expected calibration error",
    "higher_is_better": False,
    "low": 0.0,
    "high": 1.0,
    "kinds": ["single", "multi", "distribution"],
}
BINS = 15


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """Top-1 calibration error of truth (n, k) in [0, 1] against probabilities (n, k) in [0, 1]."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    if s.min() < 0 or s.max() > 1:
        raise DataError(
            "probabilities between 0 and 1", f"{s.min():g} to {s.max():g}", "apply the task's activation first"
        )
    rows, first = np.arange(len(s)), best(s, j)
    confidence = s[rows, first]
    right = best(t, j) == first if one_of(task) else t[rows, first] >= 0.5
    counted = j.any(1).astype(np.float64)
    bin_of = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.zeros((len(s), BINS))
    gaps[rows, bin_of] = (right - confidence) * counted

    def of(weights: Floats) -> Floats:
        return ratio(np.abs(weights @ gaps).sum(1), weights @ counted)

    return Prepared(len(s), of)
