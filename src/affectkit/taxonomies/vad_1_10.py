"""Valence, arousal and dominance, each from 1 to 10: the ten steps of EMOTIC.

Reference: Kosti et al., Context Based Emotion Recognition using EMOTIC Dataset, IEEE Transactions on Pattern Analysis
and Machine Intelligence 42, 2020. Only the scale differs from `vad`: it is taken as linear, its middle as 0.
"""

from __future__ import annotations

from . import vad

CARD = {
    "title": "Valence, arousal, dominance from 1 to 10",
    "reference": "kosti2020emotic",
    "kind": "dimensions",
    "range": [1.0, 10.0],
}

NAMES = vad.NAMES

SYNONYMS = vad.SYNONYMS
