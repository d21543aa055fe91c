"""ROC-AUC: the mean over names of the chance that a true case scores above another one, equal scores counting half.

Each name against all others, as scikit-learn's roc_auc_score with average="macro" (multi_class="ovr" for single-label
tasks). Names without a true case or without another one have no AUC and are left out of the mean. It does not see how
rare a name is: read it beside the average precision. Range [0, 1]; a score that says nothing reaches 0.5. NaN when no
name has both kinds of cases.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Bools, Floats, Prepared, arrays, decide, ratio, total

CARD = {
    "title": "ROC-AUC",
    "higher_is_better": True,
    "low": 0.0,
    "high": 1.0,
    "kinds": ["single", "multi", "distribution"],
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """Macro ROC-AUC of truth (n, k) in [0, 1] against scores (n, k) of any scale."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    yes = decide(t, j, task)
    names = [_chance(yes[:, d], s[:, d], j[:, d]) for d in range(t.shape[1])]

    def of(weights: Floats) -> Floats:
        pairs = np.stack([above_and_all(weights) for above_and_all in names])  # (k, 2, m)
        each, there = ratio(pairs[:, 0], pairs[:, 1]), pairs[:, 1] > 0
        return ratio(np.where(there, each, 0.0).sum(0), there.sum(0))

    return Prepared(len(t), of)


def _chance(yes: Bools, scores: Floats, judged: Bools) -> Callable[[Floats], Floats]:
    """Weights (m, n) -> (2, m): pairs of a true case and another in which the true one is above, and all pairs."""
    true, other = yes.nonzero()[0], (judged & ~yes).nonzero()[0]
    other = other[scores[other].argsort(kind="stable")]
    ranked = scores[other]
    first, after = np.searchsorted(ranked, scores[true]), np.searchsorted(ranked, scores[true], side="right")

    def of(weights: Floats) -> Floats:
        below = np.zeros((len(weights), len(other) + 1))
        np.cumsum(weights[:, other], 1, out=below[:, 1:])
        mine = weights[:, true]
        return np.stack([(mine * (below[:, first] + below[:, after])).sum(1) / 2, mine.sum(1) * below[:, -1]])

    return of
