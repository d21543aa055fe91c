"""Macro F1: the unweighted mean over names of F1 = 2 TP / (2 TP + FP + FN).

Range [0, 1]. A name with no true and no predicted case scores 0, as scikit-learn has it with zero_division=0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import counts

CARD = {"title": "Macro F1", "higher_is_better": True, "low": 0.0, "high": 1.0, "kinds": ["single", "multi", "distribution"]}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """Macro F1 of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    tp, fp, fn = counts(truth, scores, judged, weight, task)
    return float(np.mean(2 * tp / np.maximum(2 * tp + fp + fn, np.finfo(float).tiny)))
