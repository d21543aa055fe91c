"""Valence, arousal and dominance, each from 1 to 5: the five steps of EmoBank and of IEMOCAP.

Reference: Buechel and Hahn, EmoBank: Studying the Impact of Annotation Perspective and Representation Format on
Dimensional Emotion Analysis, EACL 2017. Only the scale differs from `vad`: it is taken as linear, its middle as 0.
"""

from __future__ import annotations

from . import vad

CARD = {
    "title": "Valence, arousal, dominance from 1 to 5",
    "reference": "buechel2017emobank",
    "kind": "dimensions",
    "range": [1.0, 5.0],
}

NAMES = vad.NAMES

SYNONYMS = vad.SYNONYMS
