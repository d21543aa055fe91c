"""Ekman's six basic emotions and neutral: the seven labels of many corpora (MELD, FER, RAF).

Reference: Ekman, An argument for basic emotions, Cognition and Emotion 6, 1992. Neutral is not his: corpora add it for
items that show none of the six.
"""

from __future__ import annotations

from ..hub import coarse
from . import ekman

CARD = {"title": "Ekman's six and neutral", "reference": "ekman1992argument", "kind": "names"}

NAMES = (*ekman.NAMES, "neutral")

SYNONYMS = {**ekman.SYNONYMS, "none": "neutral", "no emotion": "neutral"}

HUB = {name: coarse(name) for name in NAMES}
