"""Co-occurrence distance: the Frobenius distance between the matrices of which names go together, truth's and scores'.

An entry [a, b] is the share of the cases of b in which a occurs too, its diagonal is 1, and the column of a name that
never occurs is 0. It compares two whole sets, not item with item: a system that says the right pairs of the wrong items
reaches 0, so read it beside an F1. From 0 up, at most the number of names. An item counts for a pair only where
both names were judged. NaN when nothing is judged.
Reference: Chou & Lee, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition, 2025. Differs: the
paper's matrices are counts of votes, and whether they were scaled before the distance is not certain; here they are,
so that the figure does not grow with the number of items. Shares of votes are to be decided on first (the paper says
a name above 1 / number of names) and given as 0 and 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, arrays, decide, total

CARD = {
    "title": "Co-occurrence distance",
    "reference": "chou2025revisiting",
    "higher_is_better": False,
    "low": 0.0,
    "high": None,
    "kinds": ["multi"],
    "of": "decisions",
    "by_item": False,
}


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """Co-occurrence distance of truth (n, k) in [0, 1] from scores or decisions (n, k), decided by `metrics.decide`."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    yes, said = (decide(values, j, task).astype(np.float64) for values in (t, s))
    every, heard = j.astype(np.float64), j.any(1).astype(np.float64)

    def of(weights: Floats) -> Floats:
        apart = [np.linalg.norm(_together(yes, every, w) - _together(said, every, w)) for w in weights]
        return np.where(weights @ heard > 0, apart, np.nan)

    return Prepared(len(t), of)


def _together(yes: Floats, judged: Floats, weight: Floats) -> Floats:
    """(k, k): the share of the cases of column b, where a was judged too, in which row a occurs."""
    cases = yes * weight[:, None]
    both, own = yes.T @ cases, judged.T @ cases
    return both / np.maximum(own, np.finfo(np.float64).tiny)
