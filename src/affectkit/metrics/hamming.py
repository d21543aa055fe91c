"""Hamming loss: the share that is wrong, 1 - accuracy.

Single and distribution tasks: the share of items whose first name is not the true one, as in scikit-learn. Multi tasks,
and without a task: the share of judged cells (item and name) decided wrong; it is low wherever names are rare, so read
it beside an F1. Range [0, 1]. NaN when nothing is judged.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, accuracy, total

CARD = {
    "title": "Hamming loss",
    "higher_is_better": False,
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
    """Hamming loss of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    right = accuracy.prepare(truth, scores, judged, task)
    return Prepared(right.n, lambda weights: 1 - right.of(weights))
