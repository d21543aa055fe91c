"""Plutchik's eight primary emotions and neutral: the labels of XED, and the coarse names of the hub.

Reference: Plutchik, Emotion: A Psychoevolutionary Synthesis, 1980. Neutral is not one of his eight: corpora add it for
items that show none of them.
"""

from __future__ import annotations

from ..hub import coarse
from . import plutchik

CARD = {"title": "Plutchik's eight and neutral", "reference": "plutchik1980emotion", "kind": "names"}

NAMES = (*plutchik.NAMES, "neutral")

SYNONYMS = {**plutchik.SYNONYMS, "none": "neutral", "no emotion": "neutral"}

HUB = {name: coarse(name) for name in NAMES}
