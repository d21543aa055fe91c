"""Wheel F1 per item: the mean over items of the F1 of each item's two sets of words, grouped by emotion wheels.

Per item and wheel F = 2 common / (true + said), over places as in `wheel_f1`; averaged over the wheels that have a
place for the item's truth, then over the items with such a wheel. Range [0, 1]; NaN when no item has one.
Reference: Lian et al., AffectGPT-R1, 2025, as a reward; not the same number as `wheel_f1`, which averages precision
and recall first. Differs: a wheel without a place for the truth is left out of an item's mean, so that a perfect
answer is always worth 1; no penalty for long lists.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from ..taxonomies._words import Wheel
from . import Floats, Prepared, f1, quotient, total
from ._sets import Sets, counts

CARD = {
    "title": "Wheel F1 (per item)",
    "reference": "lian2025affectgptr1",
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
    """Mean F1 of true words against said words, a set per item; `judged` (n,) bool leaves items out."""
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
    value, counted = _items(truth, scores, judged, task, wheels, level)
    return quotient(value, counted)


def per_item(truth: Sets, scores: Sets, *, wheels: Sequence[Wheel] | None = None, level: int = 1) -> Floats:
    """F1 of each item (n,) float64 in [0, 1], as a reward needs it; NaN where no wheel has a place for its truth."""
    value, counted = _items(truth, scores, None, None, wheels, level)
    return np.where(counted > 0, value, np.nan)


def _items(
    truth: Sets,
    scores: Sets,
    judged: ArrayLike | None,
    task: Task | None,
    wheels: Sequence[Wheel] | None,
    level: int,
) -> tuple[Floats, Floats]:
    """Each item's mean over its wheels, and 1 where it has a wheel, else 0: (n,) float64 both."""
    found = counts(truth, scores, judged, task, wheels, level)
    wheels_of = found.kept.sum(0)
    values = (f1(found.common, found.true, found.said) * found.kept).sum(0) / np.maximum(wheels_of, 1)
    return values, (wheels_of > 0).astype(np.float64)
