"""Mikels' eight emotions of pictures, four pleasant and four unpleasant: the labels of EmoSet, in its order.

Reference: Mikels et al., Emotional category data on images from the International Affective Picture System, Behavior
Research Methods 37, 2005. Pleasant or unpleasant as EmoSet has it (Yang et al., ICCV 2023). Differs from Plutchik's
wheel in awe: there it is fear + surprise, here it is pleasant.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "Mikels' eight", "reference": "mikels2005emotional", "kind": "names"}

NAMES = ("amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness")

SYNONYMS = {
    "amused": "amusement",
    "awed": "awe",
    "content": "contentment",
    "contented": "contentment",
    "excited": "excitement",
    "angry": "anger",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "sad": "sadness",
}

HUB = {
    "amusement": Point({"joy": 1.0}, "GoEmotions' map to Ekman", *rm77("enjoyment")),
    "awe": Point({"joy": 0.5, "surprise": 0.5}, "own: surprise that pleases", *rm77("awed", "fascinated")),
    "contentment": Point({"joy": 1.0}, "Plutchik: serenity, mild joy", *rm77("relaxed", "untroubled")),
    "excitement": Point({"joy": 1.0}, "GoEmotions' map to Ekman", *rm77("excited")),
    "anger": coarse("anger"),
    "disgust": coarse("disgust"),
    "fear": coarse("fear"),
    "sadness": coarse("sadness"),
}

DIRECT = {"sentiment": {name: "positive" if number < 4 else "negative" for number, name in enumerate(NAMES)}}
