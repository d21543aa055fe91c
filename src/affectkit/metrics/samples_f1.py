"""Samples F1: the mean over items of F1 = 2 TP / (2 TP + FP + FN), counted over the item's judged names.

Range [0, 1]; for single-label tasks it equals the accuracy. An item with nothing true and nothing said is wholly right
and scores 1, as scikit-learn has it with zero_division=1. NaN when nothing is judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, arrays, decide, quotient, total

CARD = {
    "title": "Samples F1",
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
    """Samples F1 of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    yes, said, heard = decide(t, j, task), decide(s, j, task), j.any(1)
    hits, named = (yes & said).sum(1), yes.sum(1) + said.sum(1)
    each = np.where(named > 0, 2 * hits / np.maximum(named, 1), 1.0)
    return quotient(each * heard, heard)
