"""Accuracy: the share that is right.

Single and distribution tasks: the share of items whose first name is the true one. Multi tasks, and without a task: the
share of judged cells (item and name) decided right, which is 1 - Hamming loss; it is high wherever names are rare, so
read it beside an F1. Range [0, 1]. NaN when nothing is judged.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, arrays, best, decide, one_of, quotient, total

CARD = {
    "title": "Accuracy",
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
    """Accuracy of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    if one_of(task):
        heard = j.any(1)
        return quotient((best(t, j) == best(s, j)) & heard, heard)
    right = (decide(t, j, task) == decide(s, j, task)) & j
    return quotient(right.sum(1), j.sum(1))
