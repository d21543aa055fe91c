"""Plutchik's eight primary emotions.

Reference: Plutchik, Emotion: A Psychoevolutionary Synthesis, 1980. Strong and mild forms on the wheel (ecstasy,
serenity) are synonyms of their primary emotion: their strength is not kept. Neutral is not one of the eight.
"""

from __future__ import annotations

from ..hub import coarse

CARD = {"title": "Plutchik's eight", "reference": "plutchik1980emotion", "kind": "names"}

NAMES = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation")

SYNONYMS = {
    "happiness": "joy",
    "happy": "joy",
    "joyful": "joy",
    "ecstasy": "joy",
    "serenity": "joy",
    "trusting": "trust",
    "admiration": "trust",
    "acceptance": "trust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "terror": "fear",
    "apprehension": "fear",
    "surprised": "surprise",
    "amazement": "surprise",
    "distraction": "surprise",
    "sad": "sadness",
    "grief": "sadness",
    "pensiveness": "sadness",
    "disgusted": "disgust",
    "loathing": "disgust",
    "boredom": "disgust",
    "angry": "anger",
    "rage": "anger",
    "annoyance": "anger",
    "vigilance": "anticipation",
    "interest": "anticipation",
}

HUB = {name: coarse(name) for name in NAMES}
