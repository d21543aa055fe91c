"""Micro F1: F1 = 2 TP / (2 TP + FP + FN) of all names counted together.

Range [0, 1]; for single-label tasks it equals the accuracy. 0 when nothing is true and nothing is said.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, f1, tally, total

CARD = {
    "title": "Micro F1",
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
    """Micro F1 of truth (n, k) in [0, 1] against scores or decisions (n, k), decided as in `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, tallied = tally(truth, scores, judged, task)

    def of(weights: Floats) -> Floats:
        found = tallied(weights)
        return f1(found.hits.sum(1), found.true.sum(1), found.said.sum(1))

    return Prepared(n, of)
