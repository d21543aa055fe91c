"""EMOTIC's 26 categories of what people in pictures seem to feel, several at once; they come with V, A, D from 1 to 10.

Reference: Kosti et al., Context Based Emotion Recognition using EMOTIC Dataset, IEEE Transactions on Pattern Analysis
and Machine Intelligence 42, 2020. Each category is defined there by a few words; shares follow these words by way of
Plutchik's wheel or GoEmotions' map to Ekman ("D20"), else they are ours ("own"). Known faults: fatigue is none of the
eight and goes to neutral; pleasure, happiness and peace share their coarse name and differ in arousal alone.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "EMOTIC", "reference": "kosti2020emotic", "kind": "names"}

NAMES = (
    "affection",
    "anger",
    "annoyance",
    "anticipation",
    "aversion",
    "confidence",
    "disapproval",
    "disconnection",
    "disquietment",
    "doubt/confusion",
    "embarrassment",
    "engagement",
    "esteem",
    "excitement",
    "fatigue",
    "fear",
    "happiness",
    "pain",
    "peace",
    "pleasure",
    "sadness",
    "sensitivity",
    "suffering",
    "surprise",
    "sympathy",
    "yearning",
)

SYNONYMS = {
    "love": "affection",
    "angry": "anger",
    "annoyed": "annoyance",
    "disgust": "aversion",
    "disgusted": "aversion",
    "disapproving": "disapproval",
    "disquiet": "disquietment",
    "nervousness": "disquietment",
    "doubt": "doubt/confusion",
    "confusion": "doubt/confusion",
    "embarrassed": "embarrassment",
    "interest": "engagement",
    "admiration": "esteem",
    "respect": "esteem",
    "excited": "excitement",
    "afraid": "fear",
    "joy": "happiness",
    "happy": "happiness",
    "contentment": "peace",
    "serenity": "peace",
    "sad": "sadness",
    "surprised": "surprise",
    "desire": "yearning",
}

HUB = {
    "affection": Point({"joy": 0.5, "trust": 0.5}, "Plutchik: love, joy + trust", *rm77("affectionate")),
    "anger": coarse("anger"),
    "annoyance": Point({"anger": 1.0}, "Plutchik: mild anger", *rm77("mildly annoyed")),
    "anticipation": coarse("anticipation"),
    "aversion": coarse("disgust"),
    "confidence": Point({"trust": 1.0}, "own: trust in oneself", *rm77("capable", "proud")),
    "disapproval": Point({"anger": 1.0}, "D20", *rm77("displeased")),
    "disconnection": Point({"disgust": 1.0}, "Plutchik: boredom, mild disgust", *rm77("bored", "uninterested")),
    "disquietment": Point({"fear": 1.0}, "Plutchik: apprehension, mild fear", *rm77("anxious", "tense")),
    "doubt/confusion": Point({"surprise": 1.0}, "D20", *rm77("confused")),
    "embarrassment": Point({"sadness": 1.0}, "D20", *rm77("embarrassed")),
    "engagement": Point({"anticipation": 1.0}, "Plutchik: interest, mild anticipation", *rm77("interested")),
    "esteem": Point({"trust": 1.0}, "Plutchik: admiration, strong trust", *rm77("respectful", "impressed")),
    "excitement": Point({"joy": 1.0}, "D20", *rm77("excited")),
    "fatigue": Point({"neutral": 1.0}, "own: none of the eight", *rm77("fatigued")),
    "fear": coarse("fear"),
    "happiness": coarse("joy"),
    "pain": Point({"sadness": 1.0}, "own: suffering of the body", *rm77("pain")),
    "peace": Point({"joy": 1.0}, "Plutchik: serenity, mild joy", *rm77("relaxed", "untroubled")),
    "pleasure": Point({"joy": 1.0}, "own: joy of the senses", *rm77("enjoyment")),
    "sadness": coarse("sadness"),
    "sensitivity": Point({"fear": 0.5, "sadness": 0.5}, "own: wounded and vulnerable", *rm77("upset")),
    "suffering": Point({"sadness": 1.0}, "Plutchik: grief, strong sadness", *rm77("anguished", "distressed")),
    "surprise": coarse("surprise"),
    "sympathy": Point({"trust": 0.5, "sadness": 0.5}, "own: sad for somebody dear", *rm77("affectionate", "sad")),
    "yearning": Point({"anticipation": 1.0}, "own: wanting looks ahead", *rm77("aroused", "hopeful")),
}
