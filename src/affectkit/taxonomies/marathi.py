"""The eleven emotions of L3Cube-MahaEmotions, chosen for Marathi tweets: Ekman's six, neutral, and four more.

Reference: Kowtal and Joshi, L3Cube-MahaEmotions: A Marathi Emotion Recognition Dataset with Synthetic Annotations using
CoTR prompting and Large Language Models, arXiv 2506.00863, 2025. Respect, excitement, pride and sarcasm have shares as
GoEmotions has them or, where it does not, of ours ("own"). The corpus also exists with anger and disgust as one class;
that class is not a name here.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "MahaEmotions", "reference": "kowtal2025mahaemotions", "kind": "names"}

NAMES = (
    "happiness",
    "sadness",
    "respect",
    "anger",
    "fear",
    "surprise",
    "disgust",
    "excitement",
    "pride",
    "sarcasm",
    "neutral",
)

SYNONYMS = {
    "joy": "happiness",
    "happy": "happiness",
    "sad": "sadness",
    "respectful": "respect",
    "angry": "anger",
    "afraid": "fear",
    "scared": "fear",
    "surprised": "surprise",
    "disgusted": "disgust",
    "excited": "excitement",
    "proud": "pride",
    "sarcastic": "sarcasm",
    "none": "neutral",
    "no emotion": "neutral",
}

HUB = {
    "happiness": coarse("joy"),
    "sadness": coarse("sadness"),
    "respect": Point({"trust": 1.0}, "Plutchik: admiration, strong trust", *rm77("respectful")),
    "anger": coarse("anger"),
    "fear": coarse("fear"),
    "surprise": coarse("surprise"),
    "disgust": coarse("disgust"),
    "excitement": Point({"joy": 1.0}, "GoEmotions' map to Ekman", *rm77("excited")),
    "pride": Point({"joy": 1.0}, "GoEmotions' map to Ekman", *rm77("proud")),
    "sarcasm": Point({"disgust": 0.5, "anger": 0.5}, "own: Plutchik's contempt, disgust + anger", *rm77("scornful")),
    "neutral": coarse("neutral"),
}
