"""Plutchik's 24 dyads: emotions made of two basic ones that lie one (primary), two or three petals apart on the wheel.

Reference: Plutchik, Emotion: A Psychoevolutionary Synthesis, 1980; the wheel of 2001 calls disappointment disapproval.
A basic emotion alone is no dyad and has no place here. Known faults: the same word means other things elsewhere (pride
is joy + anger here, guilt joy + fear), and a conversion by name does not see that; for most dyads nobody has shown that
people who feel both parts use the word. Valence, arousal and dominance are those of the nearest terms of RM77.
"""

from __future__ import annotations

import numpy as np

from ..hub import COARSE, Floats, Point, Points, nearest
from ._rm77 import rm77

CARD = {"title": "Plutchik's dyads", "reference": "plutchik1980emotion", "kind": "names"}

PRIMARY = {
    "love": ("joy", "trust"),
    "submission": ("trust", "fear"),
    "awe": ("fear", "surprise"),
    "disappointment": ("surprise", "sadness"),
    "remorse": ("sadness", "disgust"),
    "contempt": ("disgust", "anger"),
    "aggressiveness": ("anger", "anticipation"),
    "optimism": ("anticipation", "joy"),
}
SECONDARY = {
    "guilt": ("joy", "fear"),
    "curiosity": ("trust", "surprise"),
    "despair": ("fear", "sadness"),
    "unbelief": ("surprise", "disgust"),
    "envy": ("sadness", "anger"),
    "cynicism": ("disgust", "anticipation"),
    "pride": ("anger", "joy"),
    "hope": ("anticipation", "trust"),
}
TERTIARY = {
    "delight": ("joy", "surprise"),
    "sentimentality": ("trust", "sadness"),
    "shame": ("fear", "disgust"),
    "outrage": ("surprise", "anger"),
    "pessimism": ("sadness", "anticipation"),
    "morbidness": ("disgust", "joy"),
    "dominance": ("anger", "trust"),
    "anxiety": ("anticipation", "fear"),
}
PARTS = {**PRIMARY, **SECONDARY, **TERTIARY}
"""Dyad -> the two basic emotions it is made of."""

NAMES = tuple(PARTS)

SYNONYMS = {
    "alarm": "awe",
    "disapproval": "disappointment",
    "aggression": "aggressiveness",
    "disbelief": "unbelief",
    "shock": "unbelief",
    "fatalism": "hope",
}

_TERMS = {
    "love": ("loved",),
    "submission": ("meek",),
    "awe": ("awed",),
    "disappointment": ("discouraged",),
    "remorse": ("guilty", "regretful"),
    "contempt": ("contemptuous",),
    "aggressiveness": ("aggressive", "hostile"),
    "optimism": ("hopeful", "joyful"),
    "guilt": ("guilty",),
    "curiosity": ("curious",),
    "despair": ("despairing",),
    "unbelief": ("astonished", "disgusted"),
    "envy": ("angry", "sad"),
    "cynicism": ("scornful", "skeptical"),
    "pride": ("proud",),
    "hope": ("hopeful",),
    "delight": ("joyful", "surprised"),
    "sentimentality": ("affectionate", "sad"),
    "shame": ("shamed",),
    "outrage": ("angry", "astonished"),
    "pessimism": ("discouraged",),
    "morbidness": ("disgusted", "joyful"),
    "dominance": ("controlling",),
    "anxiety": ("anxious",),
}

HUB = {
    name: Point(dict.fromkeys(parts, 0.5), f"Plutchik: {parts[0]} + {parts[1]}", *rm77(*_TERMS[name]))
    for name, parts in PARTS.items()
}


def from_hub(points: Points) -> Floats:
    """Shares (n, 24) float64: a dyad gets four times the product of the shares of its two parts.

    So half joy and half trust is love, and joy alone is nothing. Where several dyads would get more than 1 together,
    they share it. A point without coarse shares goes to the nearest dyad.
    """
    first, second = (np.array([COARSE.index(PARTS[name][part]) for name in NAMES]) for part in (0, 1))
    told = ~np.isnan(points.coarse).any(axis=1, keepdims=True)
    shares = np.nan_to_num(points.coarse)
    made = 4 * shares[:, first] * shares[:, second]
    made /= np.maximum(made.sum(axis=1, keepdims=True), 1)
    return np.where(told, made, nearest(points, [HUB[name] for name in NAMES]))
