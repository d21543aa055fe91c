"""The eight names that FER+ asked its raters for, of faces: Ekman's six, neutral and contempt, in its columns' order.

Reference: Barsoum et al., Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
Distribution, ICMI 2016. Contempt is Plutchik's dyad of that name, disgust + anger. AffectNet has the same eight.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77
from .ekman_neutral import SYNONYMS as _EKMAN

CARD = {"title": "FER+", "reference": "barsoum2016training", "kind": "names"}

NAMES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")

SYNONYMS = {
    **{word: name for word, name in _EKMAN.items() if name in NAMES},
    "enjoyment": "happiness",
    "joy": "happiness",
    "happy": "happiness",
    "joyful": "happiness",
    "contemptuous": "contempt",
}

HUB = {
    "neutral": coarse("neutral"),
    "happiness": Point({"joy": 1.0}, "Ekman: joy is his happiness", *rm77("happy")),
    "surprise": coarse("surprise"),
    "sadness": coarse("sadness"),
    "anger": coarse("anger"),
    "disgust": coarse("disgust"),
    "fear": coarse("fear"),
    "contempt": Point({"disgust": 0.5, "anger": 0.5}, "Plutchik: disgust + anger", *rm77("contemptuous")),
}
