"""Wheel F1 of a corpus: F1 of mean precision and mean recall, of sets of words grouped by emotion wheels.

Per wheel, words are put in their place (`level` 1: the cores); an item without a true place is left out; P = common /
said (0 when nothing said has a place), R = common / true; both are averaged over items first, F = 2 P R / (P + R) (0
when both are 0), and F is averaged over the wheels. Range [0, 1]; NaN when a wheel keeps no item.
Reference: Lian et al., AffectGPT, ICML 2025, whose five wheels `analysis.wheels.mer_unibench` reads; without `wheels`
it is our own. Words without a place cost nothing, so the figure flatters lists of rare words: report how many there
were.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from ..taxonomies._words import Wheel
from . import Floats, Prepared, ratio, total
from ._sets import Sets, counts

CARD = {
    "title": "Wheel F1 (corpus)",
    "reference": "lian2025affectgpt",
    "higher_is_better": True,
    "low": 0.0,
    "high": 1.0,
    "kinds": ["open"],
    "of": "decisions",
}


def score(
    truth: Sets,
    scores: Sets,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
    *,
    wheels: Sequence[Wheel] | None = None,
    level: int = 1,
) -> float:
    """Wheel F1 of true words against said words, a set per item; `judged` (n,) bool leaves items out."""
    return total(prepare(truth, scores, judged, task, wheels=wheels, level=level), weight)


def prepare(
    truth: Sets,
    scores: Sets,
    judged: ArrayLike | None = None,
    task: Task | None = None,
    *,
    wheels: Sequence[Wheel] | None = None,
    level: int = 1,
) -> Prepared:
    """The metric waiting for weights."""
    found = counts(truth, scores, judged, task, wheels, level)
    precision, recall = (np.nan_to_num(ratio(found.common, of)) for of in (found.said, found.true))

    def of(weights: Floats) -> Floats:
        kept = weights @ found.kept.T.astype(np.float64)  # (m, w)
        p, r = (ratio(weights @ (part * found.kept).T, kept) for part in (precision, recall))
        values: Floats = np.where(kept > 0, np.nan_to_num(ratio(2 * p * r, p + r)), np.nan).mean(1)
        return values

    return Prepared(found.true.shape[1], of)
