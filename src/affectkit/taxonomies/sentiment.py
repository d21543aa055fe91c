"""Sentiment: negative, neutral, positive, and ambiguous.

Reference: the sentiment groups of GoEmotions (Demszky et al., ACL 2020), the only ones with ambiguous: there it is the
surprise family. A name gives its neutral share to neutral, its surprise share to ambiguous, and the rest by the sign of
its valence; a bare valence goes to the nearest of negative, neutral and positive. Arousal and dominance stay unknown.
"""

from __future__ import annotations

import numpy as np

from ..hub import COARSE, UNKNOWN, Floats, Point, Points, nearest
from ._rm77 import Vad, rm77

CARD = {"title": "Sentiment", "reference": "demszky2020goemotions", "kind": "names", "reads": ["valence"]}

NAMES = ("negative", "neutral", "positive", "ambiguous")

SYNONYMS = {
    "neg": "negative",
    "bad": "negative",
    "pos": "positive",
    "good": "positive",
    "neu": "neutral",
    "mixed": "ambiguous",
}


def _one(*terms: str) -> tuple[Vad, str]:
    (valence, _, _), source = rm77(*terms)
    return (valence, UNKNOWN, UNKNOWN), source


_NEGATIVE = {"anger": 0.25, "disgust": 0.25, "fear": 0.25, "sadness": 0.25}
HUB = {
    "negative": Point(_NEGATIVE, "D20: its names, in equal parts", *_one("angry", "disgusted", "fearful", "sad")),
    "neutral": Point({"neutral": 1.0}, "itself", (0.0, UNKNOWN, UNKNOWN), "the origin of the RM77 scale"),
    "positive": Point({"joy": 1.0}, "D20: its names are those of joy", *_one("excited", "happy", "relaxed")),
    "ambiguous": Point({"surprise": 1.0}, "D20: its names are those of surprise", (UNKNOWN,) * 3, "of either sign"),
}


def from_hub(points: Points) -> Floats:
    """Shares (n, 4) float64 of negative, neutral, positive and ambiguous; they sum to less where no sign is known."""
    told = ~np.isnan(points.coarse).any(axis=1, keepdims=True)
    neutral, ambiguous = (np.nan_to_num(points.coarse)[:, COARSE.index(c)] for c in ("neutral", "surprise"))
    rest, valence = 1 - neutral - ambiguous, points.vad[:, 0]
    shares = np.column_stack([rest * (valence < 0), neutral, rest * (valence > 0), ambiguous])
    near = nearest(points, [HUB[name] for name in NAMES], reads=("valence",))
    return np.where(told, shares, near)
