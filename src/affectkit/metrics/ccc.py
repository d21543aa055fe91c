"""Concordance correlation per dimension: 2 cov / (var(truth) + var(scores) + (mean(truth) - mean(scores))^2).

Unlike Pearson's r it also asks for the right level and spread; variances divide by n. Range [-1, 1]. NaN when truth or
scores are constant or fewer than two items are judged.
Reference: Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, Biometrics 1989.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, moments, names, per_name

CARD = {
    "title": "Concordance correlation",
    "higher_is_better": True,
    "low": -1.0,
    "high": 1.0,
    "kinds": ["continuous", "ordinal"],
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> dict[str, float]:
    """Concordance per dimension of truth (n, k) against values (n, k) on the same scale."""
    return per_name(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    n, k, taken = moments(truth, scores, judged)

    def of(weights: Floats) -> Floats:
        found = taken(weights)
        return 2 * found.covariance / (found.truth_variance + found.scores_variance + found.shift**2)

    return Prepared(n, of, names(task, k))
