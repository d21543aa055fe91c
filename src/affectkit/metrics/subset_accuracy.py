"""Subset accuracy: the share of items with every judged name decided right.

Range [0, 1]; for single-label tasks it equals the accuracy. NaN when nothing is judged.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, arrays, decide, quotient, total

CARD = {
    "title": "Subset accuracy",
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
    """Subset accuracy of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    heard = j.any(1)
    return quotient((decide(t, j, task) == decide(s, j, task)).all(1) & heard, heard)
