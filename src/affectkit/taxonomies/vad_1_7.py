"""Valence, arousal and dominance, each from 1 to 7: the seven steps of OASIS and of many rating studies.

Reference: Kurdi, Lozano and Banaji, Introducing the Open Affective Standardized Image Set (OASIS), Behavior Research
Methods 49, 2017 (valence and arousal). Only the scale differs from `vad`: it is taken as linear, its middle as 0.
"""

from __future__ import annotations

from . import vad

CARD = {
    "title": "Valence, arousal, dominance from 1 to 7",
    "reference": "kurdi2017oasis",
    "kind": "dimensions",
    "range": [1.0, 7.0],
}

NAMES = vad.NAMES

SYNONYMS = vad.SYNONYMS
