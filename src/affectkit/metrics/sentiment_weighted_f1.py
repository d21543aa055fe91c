"""Weighted F1 of the sign of sentiment: positive against the rest, neutral truth left out, per dimension.

An item counts where its truth is not 0; it is positive when above 0, and so is what was said: a said 0 counts as
negative. The F1 of each of the two classes is weighted by its number of true cases. Range [0, 1]; a class with no true
and no said case weighs nothing; NaN when no truth differs from 0.
Reference: Lian et al., AffectGPT, ICML 2025, as for MOSI, MOSEI and SIMS. Values must have their neutral point at 0:
rescale a scale from 1 to 5 first. Differs: there a language model turns words into a sign; here use
`hub.convert(words, scheme, "vad")`, whose valence has it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..task import Task
from . import Floats, Prepared, arrays, f1, names, per_name, ratio

CARD = {
    "title": "Weighted F1 of sentiment",
    "reference": "lian2025affectgpt",
    "higher_is_better": True,
    "low": 0.0,
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
    """Weighted F1 of the signs of truth (n, k) and scores (n, k), both on scales with 0 as neutral, per dimension."""
    return per_name(prepare(truth, scores, judged, task), weight)


def prepare(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, task: Task | None = None) -> Prepared:
    """The metric waiting for weights."""
    t, s, j = arrays(truth, scores, judged)
    kept = j & (t != 0)
    # (2, n, k): positive, negative
    true, said = (np.stack((v > 0, v <= 0)) & kept for v in (t, s))
    hits = (true & said).astype(np.float64)

    def of(weights: Floats) -> Floats:
        found, cases, claimed = (np.tensordot(weights, part.astype(np.float64), (1, 1)) for part in (hits, true, said))
        return ratio((f1(found, cases, claimed) * cases).sum(1), cases.sum(1))  # from (m, 2, k)

    return Prepared(len(t), of, names(task, t.shape[1]))
