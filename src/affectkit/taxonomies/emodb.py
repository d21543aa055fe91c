"""EmoDB's seven names: five of Ekman's six, boredom, and neutral.

Reference: Burkhardt et al., A Database of German Emotional Speech, Interspeech 2005. Boredom is Plutchik's mild
disgust.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "EmoDB", "reference": "burkhardt2005emodb", "kind": "names"}

NAMES = ("anger", "boredom", "disgust", "fear", "happiness", "sadness", "neutral")

SYNONYMS = {
    "wut": "anger",
    "angry": "anger",
    "langeweile": "boredom",
    "bored": "boredom",
    "ekel": "disgust",
    "angst": "fear",
    "anxiety": "fear",
    "freude": "happiness",
    "happy": "happiness",
    "joy": "happiness",
    "trauer": "sadness",
    "sad": "sadness",
    "none": "neutral",
    "no emotion": "neutral",
}

HUB = {
    "anger": coarse("anger"),
    "boredom": Point({"disgust": 1.0}, "Plutchik: boredom, mild disgust", *rm77("bored")),
    "disgust": coarse("disgust"),
    "fear": coarse("fear"),
    "happiness": Point({"joy": 1.0}, "D20: joy", *rm77("happy")),
    "sadness": coarse("sadness"),
    "neutral": coarse("neutral"),
}
