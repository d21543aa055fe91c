"""GoEmotions: 27 emotions and neutral, chosen for what people write in online comments.

Reference: Demszky et al., GoEmotions: A Dataset of Fine-Grained Emotions, ACL 2020, whose maps to Ekman's six and to
sentiment are in `DIRECT`. Coarse shares follow Plutchik's wheel (strong and mild forms, sums of two) where it names the
label in the same sense, else the Ekman map ("D20"), else a choice of ours ("own") with its ground. Differs from the
wheel in pride (there anger and joy) and disapproval (there surprise and sadness): GoEmotions defines them otherwise.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "GoEmotions", "reference": "demszky2020goemotions", "kind": "names"}

NAMES = (
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
)

SYNONYMS = {
    "admiring": "admiration",
    "amused": "amusement",
    "angry": "anger",
    "annoyed": "annoyance",
    "approving": "approval",
    "care": "caring",
    "confused": "confusion",
    "curious": "curiosity",
    "disappointed": "disappointment",
    "disapproving": "disapproval",
    "disgusted": "disgust",
    "embarrassed": "embarrassment",
    "excited": "excitement",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "grateful": "gratitude",
    "thankful": "gratitude",
    "grieving": "grief",
    "happiness": "joy",
    "happy": "joy",
    "joyful": "joy",
    "loving": "love",
    "anxiety": "nervousness",
    "nervous": "nervousness",
    "hope": "optimism",
    "optimistic": "optimism",
    "proud": "pride",
    "realisation": "realization",
    "relieved": "relief",
    "guilt": "remorse",
    "regret": "remorse",
    "sad": "sadness",
    "surprised": "surprise",
    "none": "neutral",
    "no emotion": "neutral",
}

HUB = {
    "admiration": Point({"trust": 1.0}, "Plutchik: strong trust", *rm77("impressed", "respectful")),
    "amusement": Point({"joy": 1.0}, "D20", *rm77("enjoyment")),
    "anger": coarse("anger"),
    "annoyance": Point({"anger": 1.0}, "Plutchik: mild anger", *rm77("mildly annoyed")),
    "approval": Point(
        {"joy": 0.5, "trust": 0.5}, "own: D20 joy, Plutchik's acceptance (mild trust)", *rm77("appreciative")
    ),
    "caring": Point({"joy": 0.5, "trust": 0.5}, "own: D20 joy, near Plutchik's love", *rm77("affectionate")),
    "confusion": Point({"surprise": 1.0}, "D20", *rm77("confused")),
    "curiosity": Point({"trust": 0.5, "surprise": 0.5}, "Plutchik: trust + surprise", *rm77("curious")),
    "desire": Point(
        {"joy": 0.5, "anticipation": 0.5}, "own: D20 joy, wanting looks ahead", *rm77("aroused", "hopeful")
    ),
    "disappointment": Point({"sadness": 1.0}, "D20", *rm77("discouraged")),
    "disapproval": Point({"anger": 1.0}, "D20", *rm77("displeased")),
    "disgust": coarse("disgust"),
    "embarrassment": Point({"sadness": 1.0}, "D20", *rm77("embarrassed")),
    "excitement": Point({"joy": 1.0}, "D20", *rm77("excited")),
    "fear": coarse("fear"),
    "gratitude": Point({"joy": 1.0}, "D20", *rm77("thankful")),
    "grief": Point({"sadness": 1.0}, "Plutchik: strong sadness", *rm77("anguished", "despairing")),
    "joy": coarse("joy"),
    "love": Point({"joy": 0.5, "trust": 0.5}, "Plutchik: joy + trust", *rm77("loved")),
    "nervousness": Point(
        {"fear": 0.5, "anticipation": 0.5}, "Plutchik: anxiety, fear + anticipation", *rm77("anxious", "tense")
    ),
    "optimism": Point({"joy": 0.5, "anticipation": 0.5}, "Plutchik: joy + anticipation", *rm77("hopeful")),
    "pride": Point({"joy": 1.0}, "D20", *rm77("proud")),
    "realization": Point({"surprise": 1.0}, "D20", *rm77("curious", "surprised")),
    "relief": Point({"joy": 1.0}, "D20", *rm77("consoled", "relaxed")),
    "remorse": Point({"sadness": 0.5, "disgust": 0.5}, "Plutchik: sadness + disgust", *rm77("guilty", "regretful")),
    "sadness": coarse("sadness"),
    "surprise": coarse("surprise"),
    "neutral": coarse("neutral"),
}

_EKMAN = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "joy": (
        *("joy", "amusement", "approval", "excitement", "gratitude", "love"),
        *("optimism", "relief", "pride", "admiration", "desire", "caring"),
    ),
    "sadness": ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    "surprise": ("surprise", "realization", "confusion", "curiosity"),
}
_SENTIMENT = {
    "positive": _EKMAN["joy"],
    "negative": (*_EKMAN["anger"], *_EKMAN["disgust"], *_EKMAN["fear"], *_EKMAN["sadness"]),
    "ambiguous": _EKMAN["surprise"],
    "neutral": ("neutral",),
}
DIRECT = {
    "ekman": {name: group for group, names in _EKMAN.items() for name in names},
    "ekman_neutral": {name: group for group, names in _EKMAN.items() for name in names} | {"neutral": "neutral"},
    "sentiment": {name: group for group, names in _SENTIMENT.items() for name in names},
}
