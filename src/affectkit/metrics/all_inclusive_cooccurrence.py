"""Co-occurrence distance on the all-inclusive test: that of `cooccurrence`, of names whose share is above chance.

Which names of an item are true and said is decided as in `all_inclusive_f1`. From 0 up, at most the number of names; an
item without a vote is left out; NaN when none has one. It compares two whole sets, not item with item.
Reference: Chou & Lee, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition, 2025.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Prepared, all_inclusive_f1, cooccurrence, total

CARD = {
    "title": "Co-occurrence distance, all-inclusive",
    "reference": "chou2025revisiting",
    "higher_is_better": False,
    "low": 0.0,
    "high": None,
    "kinds": ["single", "distribution"],
    "by_item": False,
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """All-inclusive co-occurrence distance of votes or shares (n, k) from scores (n, k), both at least 0."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    return cooccurrence.prepare(*all_inclusive_f1.decided(truth, scores, judged))
