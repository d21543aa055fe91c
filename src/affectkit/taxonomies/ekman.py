"""Ekman's six basic emotions.

Reference: Ekman, An argument for basic emotions, Cognition and Emotion 6, 1992. Joy is his enjoyment or happiness.
"""

from __future__ import annotations

from ..hub import coarse

CARD = {"title": "Ekman's six", "reference": "ekman1992argument", "kind": "names"}

NAMES = ("anger", "disgust", "fear", "joy", "sadness", "surprise")

SYNONYMS = {
    "angry": "anger",
    "mad": "anger",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "enjoyment": "joy",
    "happiness": "joy",
    "happy": "joy",
    "joyful": "joy",
    "sad": "sadness",
    "unhappy": "sadness",
    "surprised": "surprise",
}

HUB = {name: coarse(name) for name in NAMES}
