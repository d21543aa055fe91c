"""Valence, arousal and dominance, each from 0 to 1: scores as networks for speech and music give them.

Reference: Wagner et al., Dawn of the Transformer Era in Speech Emotion Recognition: Closing the Valence Gap, IEEE
Transactions on Pattern Analysis and Machine Intelligence 45, 2023. Only the scale differs from `vad`: it is taken as
linear, its middle as 0.
"""

from __future__ import annotations

from . import vad

CARD = {
    "title": "Valence, arousal, dominance from 0 to 1",
    "reference": "wagner2023dawn",
    "kind": "dimensions",
    "range": [0.0, 1.0],
}

NAMES = vad.NAMES

SYNONYMS = vad.SYNONYMS
