"""RAVDESS's eight names, as its actors were asked for them: Ekman's six, neutral, and calm.

Reference: Livingstone and Russo, The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), PLoS ONE 13,
2018. Calm is there because neutral often sounds a little unpleasant: half neutral and half Plutchik's serenity, mild
joy ("own").
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "RAVDESS", "reference": "livingstone2018ravdess", "kind": "names"}

NAMES = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")

SYNONYMS = {
    "none": "neutral",
    "no emotion": "neutral",
    "relaxed": "calm",
    "happiness": "happy",
    "joy": "happy",
    "joyful": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "afraid": "fearful",
    "scared": "fearful",
    "disgusted": "disgust",
    "surprise": "surprised",
}

HUB = {
    "neutral": coarse("neutral"),
    "calm": Point({"neutral": 0.5, "joy": 0.5}, "own: between neutral and serenity", *rm77("relaxed", "quiet")),
    "happy": Point({"joy": 1.0}, "D20: joy", *rm77("happy")),
    "sad": coarse("sadness"),
    "angry": coarse("anger"),
    "fearful": coarse("fear"),
    "disgust": coarse("disgust"),
    "surprised": coarse("surprise"),
}
