"""Hit rate: the share of items in which the said words hold the true one, grouped by emotion wheels.

Per wheel, words are put in their place (`level` 1: the cores); an item without a true place is left out; a hit is a
said place that is also true. The rate is averaged over the wheels. Range [0, 1]; NaN when a wheel keeps no item.
Reference: Lian et al., AffectGPT, ICML 2025: one true word and a list of said ones. With several true words one of them
is enough. Not accuracy: false words cost nothing, so the longest list wins; read it beside `wheel_f1`.
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
    "title": "Hit rate",
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
    """Hit rate of true words in said words, a set per item; `judged` (n,) bool leaves items out."""
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
    hits, kept = (found.common > 0).astype(np.float64), found.kept.astype(np.float64)

    def of(weights: Floats) -> Floats:
        rates: Floats = ratio(weights @ hits.T, weights @ kept.T).mean(1)
        return rates

    return Prepared(found.true.shape[1], of)
