"""The five labels of the Indonesian Twitter emotion dataset (EmoT in IndoNLU): anger, fear, happy, love, sadness.

Reference: Saputri et al., Emotion Classification on Indonesian Twitter Dataset, IALP 2018. Love lies in the hub where
GoEmotions' love does.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "EmoT", "reference": "saputri2018emotion", "kind": "names"}

NAMES = ("anger", "fear", "happy", "love", "sadness")

SYNONYMS = {
    "angry": "anger",
    "marah": "anger",
    "afraid": "fear",
    "takut": "fear",
    "joy": "happy",
    "happiness": "happy",
    "senang": "happy",
    "cinta": "love",
    "sad": "sadness",
    "sedih": "sadness",
}

HUB = {
    "anger": coarse("anger"),
    "fear": coarse("fear"),
    "happy": coarse("joy"),
    "love": Point({"joy": 0.5, "trust": 0.5}, "Plutchik: joy + trust", *rm77("loved")),
    "sadness": coarse("sadness"),
}
