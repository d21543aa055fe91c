"""Present-only macro F1: the mean of F1 = 2 TP / (2 TP + FP + FN) over the names that have a true case in the truth.

For a test part without some of the names (another corpus, a small one, a fold), where macro F1 counts each absent name
as 0. What is said beyond the present names stays an error, because it is missing where it was true, but adds no name
to the mean. Range [0, 1]; equal to macro F1 where every name occurs. NaN when no name has a true case.
Reference: Li et al., NeuroGaze-Distill, 2025 (arXiv 2509.11916).
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, ratio, tally, total

CARD = {
    "title": "Present-only macro F1",
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
    """Macro F1 over the names present in truth (n, k), against scores or decisions (n, k); see `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, tallied = tally(truth, scores, judged, task)

    def of(weights: Floats) -> Floats:
        found = tallied(weights)
        present = found.true > 0
        return ratio((found.f1 * present).sum(1), present.sum(1))

    return Prepared(n, of)
