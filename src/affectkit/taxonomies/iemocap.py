"""IEMOCAP's nine emotions and "other", as raters of acted conversations could choose them.

Reference: Busso et al., IEMOCAP: Interactive Emotional Dyadic Motion Capture Database, Language Resources and
Evaluation 42, 2008; the synonyms hold the three letters by which its files name them. Coarse shares follow GoEmotions'
map to Ekman ("D20") or are a choice of ours ("own") with its ground. Other says only that none of the rest fits: an
equal part of every primary emotion, and no valence.
"""

from __future__ import annotations

from ..hub import COARSE, UNKNOWN, Point, coarse
from ._rm77 import rm77

CARD = {"title": "IEMOCAP", "reference": "busso2008iemocap", "kind": "names"}

NAMES = (
    "anger",
    "happiness",
    "excited",
    "sadness",
    "frustration",
    "fear",
    "surprise",
    "disgust",
    "neutral",
    "other",
)

SYNONYMS = {
    "ang": "anger",
    "angry": "anger",
    "hap": "happiness",
    "happy": "happiness",
    "joy": "happiness",
    "exc": "excited",
    "excitement": "excited",
    "sad": "sadness",
    "fru": "frustration",
    "frustrated": "frustration",
    "fea": "fear",
    "fearful": "fear",
    "sur": "surprise",
    "surprised": "surprise",
    "dis": "disgust",
    "disgusted": "disgust",
    "neu": "neutral",
    "neutral state": "neutral",
    "oth": "other",
}

HUB = {
    "anger": coarse("anger"),
    "happiness": Point({"joy": 1.0}, "D20: joy", *rm77("happy")),
    "excited": Point({"joy": 0.75, "anticipation": 0.25}, "own: D20 joy, looking ahead", *rm77("excited")),
    "sadness": coarse("sadness"),
    "frustration": Point(
        {"anger": 0.5, "sadness": 0.5}, "own: between annoyance and disappointment", *rm77("displeased", "distressed")
    ),
    "fear": coarse("fear"),
    "surprise": coarse("surprise"),
    "disgust": coarse("disgust"),
    "neutral": coarse("neutral"),
    "other": Point(
        {name: 0.125 for name in COARSE if name != "neutral"},
        "own: any of the eight, in equal parts",
        (UNKNOWN,) * 3,
        "it says nothing of them",
    ),
}
