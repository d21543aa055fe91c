"""The seven emotions of the ISEAR survey: Ekman's six without surprise, with shame and guilt.

Reference: Scherer and Wallbott, Evidence for Universality and Cultural Variation of Differential Emotion Response
Patterning, Journal of Personality and Social Psychology 66, 1994. Enisear has the same seven. Shame is Plutchik's dyad
of that name; guilt has the shares of his remorse, since his dyad of guilt (joy and fear) is another feeling ("own").
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "ISEAR", "reference": "scherer1994evidence", "kind": "names"}

NAMES = ("joy", "fear", "anger", "sadness", "disgust", "shame", "guilt")

SYNONYMS = {
    "happiness": "joy",
    "happy": "joy",
    "joyful": "joy",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "angry": "anger",
    "sad": "sadness",
    "disgusted": "disgust",
    "ashamed": "shame",
    "guilty": "guilt",
    "remorse": "guilt",
}

HUB = {
    "joy": coarse("joy"),
    "fear": coarse("fear"),
    "anger": coarse("anger"),
    "sadness": coarse("sadness"),
    "disgust": coarse("disgust"),
    "shame": Point({"fear": 0.5, "disgust": 0.5}, "Plutchik: fear + disgust", *rm77("shamed")),
    "guilt": Point({"sadness": 0.5, "disgust": 0.5}, "own: Plutchik's remorse, sadness + disgust", *rm77("guilty")),
}
