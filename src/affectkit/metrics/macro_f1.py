"""Macro F1: the unweighted mean over names of F1 = 2 TP / (2 TP + FP + FN).

Range [0, 1]. A name with no true and no said case scores 0, as scikit-learn has it with zero_division=0; a name nobody
judged is left out of the mean. NaN when nothing is judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, ratio, tally, total

CARD = {
    "title": "Macro F1",
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
    """Macro F1 of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, tallied = tally(truth, scores, judged, task)

    def of(weights: Floats) -> Floats:
        found = tallied(weights)
        return ratio(found.f1.sum(1), found.judged.sum(1, dtype=np.float64))

    return Prepared(n, of)
