"""Present-only balanced accuracy: the mean of recall over the names that have a true case in the truth.

For a test part without some of the names (another corpus, a small one, a fold). What is said beyond the present names
stays an error, because it lowers the recall of the name that was true, but adds no name to the mean. Multi tasks, and
without a task: recall is the mean over yes and no, of those that occur. Range [0, 1]; for single-label tasks it is
scikit-learn's balanced_accuracy_score. NaN when no name has a true case.
Reference: Li et al., NeuroGaze-Distill, 2025 (arXiv 2509.11916), which calls it bACC.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, ratio, recall, total

CARD = {
    "title": "Present-only balanced accuracy",
    "reference": "li2025neurogaze",
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
    """Balanced accuracy over the names present in truth (n, k), against scores or decisions (n, k)."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, recalled = recall(truth, scores, judged, task)

    def of(weights: Floats) -> Floats:
        found = recalled(weights)
        each = found.shares.sum(2) / np.maximum((found.cases > 0).sum(2), 1)
        present = found.cases[:, :, 0] > 0
        return ratio((each * present).sum(1), present.sum(1))

    return Prepared(n, of)
