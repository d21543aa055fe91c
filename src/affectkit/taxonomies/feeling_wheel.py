"""The inner ring of the feeling wheel (joyful, mad, peaceful, powerful, sad, scared) and neutral: EmoryNLP's seven.

Reference: Willcox, The Feeling Wheel: A Tool for Expanding Awareness of Emotions and Increasing Spontaneity and
Intimacy, Transactional Analysis Journal 12, 1982. Neutral is the corpus's (Zahiri and Choi 2018). Peaceful and powerful
have no counterpart among the coarse names: their shares are ours ("own"), after the words of the outer rings. The map
to sentiment is the one that work on EmoryNLP uses (COSMIC, Ghosal et al. 2020). Surprise and disgust have no place
here.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "Feeling wheel and neutral", "reference": "willcox1982feeling", "kind": "names"}

NAMES = ("joyful", "mad", "neutral", "peaceful", "powerful", "sad", "scared")

SYNONYMS = {
    "joy": "joyful",
    "happy": "joyful",
    "happiness": "joyful",
    "anger": "mad",
    "angry": "mad",
    "none": "neutral",
    "no emotion": "neutral",
    "peace": "peaceful",
    "power": "powerful",
    "sadness": "sad",
    "fear": "scared",
    "afraid": "scared",
    "fearful": "scared",
}

HUB = {
    "joyful": coarse("joy"),
    "mad": coarse("anger"),
    "neutral": coarse("neutral"),
    "peaceful": Point(
        {"joy": 0.5, "trust": 0.5}, "own: content and trusting lie outside it", *rm77("relaxed", "secure", "untroubled")
    ),
    "powerful": Point(
        {"joy": 0.5, "anticipation": 0.5}, "own: proud and hopeful lie outside it", *rm77("powerful", "proud")
    ),
    "sad": coarse("sadness"),
    "scared": coarse("fear"),
}

_SENTIMENT = {
    "positive": ("joyful", "peaceful", "powerful"),
    "negative": ("mad", "sad", "scared"),
    "neutral": ("neutral",),
}
DIRECT = {"sentiment": {name: group for group, names in _SENTIMENT.items() for name in names}}
