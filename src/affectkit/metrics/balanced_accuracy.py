"""Balanced accuracy: the unweighted mean over names of recall, the share of a name's true cases that is found.

Also called UAR, unweighted average recall, and macro recall. Multi tasks, and without a task: each name is a question
of its own, and its recall the mean of that of yes and that of no. Range [0, 1]. A kind of cases that does not occur
has recall 0, as scikit-learn's recall_score with all labels and zero_division=0; its balanced_accuracy_score leaves
such names out, which is `present_balanced_accuracy` here. A name nobody judged is left out. NaN when nothing is judged.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, ratio, recall, total

CARD = {
    "title": "Balanced accuracy (UAR)",
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
    """Balanced accuracy of truth (n, k) in [0, 1] against scores or decisions (n, k), decided by `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, recalled = recall(truth, scores, judged, task)

    def of(weights: Floats) -> Floats:
        found = recalled(weights)
        return ratio(found.shares.mean(2).sum(1), (found.judged > 0).sum(1))

    return Prepared(n, of)
