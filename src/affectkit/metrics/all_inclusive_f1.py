"""Macro F1 on the all-inclusive test: every item counts, and a name is true or said where its share is above chance.

Truth and scores are made into shares of the C judged names of an item, and those above 1 / C are its names: neutral .2,
anger .4, sadness .4, happiness 0 has anger and sadness. A uniform item has no name. F1 = 2 TP / (2 TP + FP + FN), and
its unweighted mean over names is given, in [0, 1]; a name with no true and no said case scores 0. An item without a
vote is left out; NaN when none has one.
Reference: Chou & Lee, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition, 2025. Differs: a
share within a millionth of 1 / C counts as equal to it, since votes are stored in single precision.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Bools, Prepared, arrays, macro_f1, shares, total

CARD = {
    "title": "Macro F1, all-inclusive",
    "reference": "chou2025revisiting",
    "higher_is_better": True,
    "low": 0.0,
    "high": 1.0,
    "kinds": ["single", "distribution"],
}

_EQUAL = 1e-6


def score(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> float:
    """All-inclusive macro F1 of votes or shares (n, k) against scores (n, k), both at least 0."""
    return total(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    yes, said, could = decided(truth, scores, judged)
    return macro_f1.prepare(yes, said, could)


def decided(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None) -> tuple[Bools, Bools, Bools]:
    """Which names are true, said and judged, (n, k) bool each; an item without a vote is not judged."""
    t, s, j = arrays(truth, scores, judged)
    could = j & ((t * j).sum(1, keepdims=True) > 0)
    chance = 1 / np.maximum(could.sum(1, keepdims=True), 1)
    yes, said = (could & (shares(v, could, what) > chance + _EQUAL) for v, what in ((t, "votes"), (s, "scores")))
    return yes, said, could
