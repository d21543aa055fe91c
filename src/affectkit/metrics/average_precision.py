"""Average precision: the mean over names of AP = sum over cuts, best first, of (recall gained) x (precision there).

This is the PR-AUC of most papers: the area under the steps of the precision-recall curve, not under straight lines
between its points, which would flatter. Items of equal score are one cut, as in scikit-learn. Names without a true
case have no AP and are left out of the mean. Range [0, 1]; a score that says nothing reaches the share of true cases.
NaN when no name has a true case.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, arrays, decide, ratio, total

CARD = {
    "title": "Average precision",
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
    """Macro average precision of truth (n, k) in [0, 1] against scores (n, k) of any scale."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    n, k = t.shape
    ranked = np.where(j, -s, np.inf).T  # (k, n) smallest first; what nobody judged comes last
    order = ranked.argsort(1, kind="stable")
    ranked = np.take_along_axis(ranked, order, 1)
    ends = np.ones((k, n), bool)
    ends[:, :-1] = ranked[:, 1:] != ranked[:, :-1]
    last = np.minimum.accumulate(np.where(ends, np.arange(n), n)[:, ::-1], 1)[:, ::-1]  # last item of the same score

    true = np.take_along_axis(decide(t, j, task).T, order, 1)
    name, place = true.nonzero()  # the true cases, name after name, best first
    item, cut = order[name, place], name * n + last[name, place]
    places = name * n + place
    upto, start = np.searchsorted(places, cut, side="right"), np.searchsorted(places, name * n)

    def of(weights: Floats) -> Floats:
        found = np.empty(len(weights))
        for i, w in enumerate(weights):
            mine = w[item]
            hits = np.append(0.0, np.cumsum(mine))
            said = np.cumsum(w[order], 1).ravel()[cut]
            precision = (hits[upto] - hits[start]) / np.maximum(said, np.finfo(np.float64).tiny)
            positive = np.bincount(name, mine, k)
            each = ratio(np.bincount(name, mine * precision, k), positive)
            found[i] = np.nanmean(each) if positive.any() else np.nan
        return found

    return Prepared(n, of)
