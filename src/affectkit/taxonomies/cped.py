"""CPED's thirteen emotions of Chinese television dialogue; two gather what is positive or negative and not named.

Reference: Chen et al., CPED: A Large-Scale Chinese Personalized and Emotional Dialogue Dataset for Conversational AI,
2022; the names are those of its files. Coarse shares follow GoEmotions' map to Ekman ("D20") or are a choice of ours
("own") with its ground. The map to sentiment is the corpus's: in its files each emotion goes with one sentiment,
astonished with negative. Depress is no diagnosis: it is what raters called a low mood.
"""

from __future__ import annotations

from ..hub import Point, coarse
from . import sentiment
from ._rm77 import rm77

CARD = {"title": "CPED", "reference": "chen2022cped", "kind": "names"}

NAMES = (
    "happy",
    "grateful",
    "relaxed",
    "positive-other",
    "neutral",
    "anger",
    "sadness",
    "fear",
    "depress",
    "disgust",
    "astonished",
    "worried",
    "negative-other",
)

SYNONYMS = {
    "joy": "happy",
    "happiness": "happy",
    "gratitude": "grateful",
    "relief": "relaxed",
    "other-positive": "positive-other",
    "angry": "anger",
    "sad": "sadness",
    "feared": "fear",
    "depressed": "depress",
    "disgusted": "disgust",
    "surprise": "astonished",
    "surprised": "astonished",
    "worry": "worried",
    "other-negative": "negative-other",
}

_POSITIVE, _NEGATIVE = sentiment.HUB["positive"], sentiment.HUB["negative"]
HUB = {
    "happy": Point({"joy": 1.0}, "D20: joy", *rm77("happy")),
    "grateful": Point({"joy": 0.75, "trust": 0.25}, "own: D20 joy, and trust in who gave", *rm77("thankful")),
    "relaxed": Point({"joy": 0.75, "trust": 0.25}, "own: Plutchik's serenity, and safety", *rm77("relaxed")),
    "positive-other": Point(
        {"joy": 0.5, "trust": 0.5}, "own: Plutchik's two positive primaries", _POSITIVE.vad, _POSITIVE.vad_source
    ),
    "neutral": coarse("neutral"),
    "anger": coarse("anger"),
    "sadness": coarse("sadness"),
    "fear": coarse("fear"),
    "depress": Point({"sadness": 1.0}, "own: sadness that lasts", *rm77("depressed")),
    "disgust": coarse("disgust"),
    "astonished": Point({"surprise": 1.0}, "Plutchik: strong surprise", *rm77("astonished")),
    "worried": Point({"fear": 0.5, "anticipation": 0.5}, "Plutchik: fear + anticipation", *rm77("anxious", "tense")),
    "negative-other": Point(
        _NEGATIVE.coarse, "own: the negative primaries in equal parts", _NEGATIVE.vad, _NEGATIVE.vad_source
    ),
}

_SENTIMENT = {
    "positive": ("happy", "grateful", "relaxed", "positive-other"),
    "neutral": ("neutral",),
    "negative": ("anger", "sadness", "fear", "depress", "disgust", "astonished", "worried", "negative-other"),
}
DIRECT = {"sentiment": {name: group for group, names in _SENTIMENT.items() for name in names}}
