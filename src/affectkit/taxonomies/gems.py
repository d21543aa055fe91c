"""The Geneva Emotional Music Scale: nine factors of what music makes people feel, and their three families.

Reference: Zentner, Grandjean and Scherer, Emotions evoked by the sound of music, Emotion 8, 2008. The terms of a factor
are its synonyms: the 27 that MuVi's listeners could tick (Chua et al., arXiv 2202.10453); which of them were ticked is
kept by `gems_terms`. Shares are ours ("own") where Plutchik's wheel does not have the factor. Known faults: the scale
is of felt emotion; half of its factors have no counterpart among the coarse names and are told apart by arousal alone.
"""

from __future__ import annotations

from ..hub import Point, coarse
from ._rm77 import rm77

CARD = {"title": "Geneva Emotional Music Scale", "reference": "zentner2008emotions", "kind": "names"}

TERMS = {
    "wonder": ("filled with wonder", "allured", "moved"),
    "transcendence": ("fascinated", "overwhelmed", "feeling of transcendence"),
    "tenderness": ("tender", "affectionate", "mellow"),
    "nostalgia": ("nostalgic", "sentimental", "dreamy"),
    "peacefulness": ("serene", "calm", "soothed"),
    "power": ("strong", "energetic", "triumphant"),
    "joyful activation": ("animated", "bouncy", "joyful"),
    "tension": ("tense", "agitated", "nervous"),
    "sadness": ("sad", "tearful", "blue"),
}
"""Factor -> its terms."""

FAMILIES = {
    "sublimity": ("wonder", "transcendence", "tenderness", "nostalgia", "peacefulness"),
    "vitality": ("power", "joyful activation"),
    "unease": ("tension", "sadness"),
}
"""Family -> its factors: the scale's second order."""

NAMES = tuple(TERMS)

SYNONYMS = {
    **{term: name for name, terms in TERMS.items() for term in terms},
    "joy": "joyful activation",
    "happiness": "joyful activation",
    "nervousness": "tension",
}

HUB = {
    "wonder": Point({"joy": 0.5, "surprise": 0.5}, "own: surprise that pleases", *rm77("fascinated", "wonder")),
    "transcendence": Point({"surprise": 1.0}, "own: overcome by what is greater", *rm77("fascinated", "overwhelmed")),
    "tenderness": Point({"joy": 0.5, "trust": 0.5}, "Plutchik: love, joy + trust", *rm77("affectionate")),
    "nostalgia": Point({"joy": 0.5, "sadness": 0.5}, "own: bitter and sweet", *rm77("leisurely", "sad")),
    "peacefulness": Point({"joy": 1.0}, "Plutchik: serenity, mild joy", *rm77("relaxed", "untroubled")),
    "power": Point({"joy": 0.5, "anticipation": 0.5}, "own: strong and sure", *rm77("strong", "triumphant")),
    "joyful activation": Point({"joy": 1.0}, "itself", *rm77("elated", "joyful")),
    "tension": Point({"fear": 0.5, "anger": 0.5}, "own: nervous and agitated", *rm77("tense")),
    "sadness": coarse("sadness"),
}
