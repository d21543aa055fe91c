"""The 56 mood and theme tags of MTG-Jamendo that are in its official splits.

Reference: Bogdanov et al., The MTG-Jamendo Dataset for Automatic Music Tagging, Machine Learning for Music Discovery
Workshop, ICML 2019. More than half of the tags name a use, a theme or a sound (film, summer, slow): they say nothing of
an emotion, go to neutral and have no valence. The shares of the others are ours ("own") where Plutchik's wheel does not
have the word. Known faults: tags are the uploaders', so a missing tag does not mean no.
"""

from __future__ import annotations

from ..hub import COARSE, UNKNOWN, Point, coarse
from ._rm77 import rm77

CARD = {"title": "MTG-Jamendo moods and themes", "reference": "bogdanov2019jamendo", "kind": "names"}

NAMES = (
    *("action", "adventure", "advertising", "background", "ballad", "calm", "children", "christmas", "commercial"),
    *("cool", "corporate", "dark", "deep", "documentary", "drama", "dramatic", "dream", "emotional", "energetic"),
    *("epic", "fast", "film", "fun", "funny", "game", "groovy", "happy", "heavy", "holiday", "hopeful", "inspiring"),
    *("love", "meditative", "melancholic", "melodic", "motivational", "movie", "nature", "party", "positive"),
    *("powerful", "relaxing", "retro", "romantic", "sad", "sexy", "slow", "soft", "soundscape", "space", "sport"),
    *("summer", "trailer", "travel", "upbeat", "uplifting"),
)

SYNONYMS = {
    "joy": "happy",
    "happiness": "happy",
    "joyful": "happy",
    "amusement": "funny",
    "hope": "hopeful",
    "optimism": "hopeful",
    "melancholy": "melancholic",
    "relaxed": "relaxing",
    "sadness": "sad",
}

_MOODS = {
    "calm": Point({"joy": 1.0}, "Plutchik: serenity, mild joy", *rm77("relaxed")),
    "dark": Point({"fear": 0.5, "sadness": 0.5}, "own: threat and gloom", *rm77("solemn", "troubled")),
    "dramatic": Point({"anticipation": 1.0}, "own: suspense", *rm77("tense")),
    "emotional": Point(dict.fromkeys(COARSE[:8], 0.125), "own: any of the eight", (UNKNOWN,) * 3, "of either sign"),
    "energetic": Point({"joy": 0.5, "anticipation": 0.5}, "own: ready to move", *rm77("vigorous")),
    "epic": Point({"joy": 0.5, "surprise": 0.5}, "own: grand and moving", *rm77("awed", "triumphant")),
    "fun": Point({"joy": 1.0}, "own: enjoyment", *rm77("enjoyment")),
    "funny": Point({"joy": 1.0}, "own: amusement", *rm77("enjoyment")),
    "happy": coarse("joy"),
    "hopeful": Point({"trust": 0.5, "anticipation": 0.5}, "Plutchik: hope, anticipation + trust", *rm77("hopeful")),
    "inspiring": Point({"joy": 0.5, "anticipation": 0.5}, "Plutchik: optimism, joy + anticipation", *rm77("inspired")),
    "love": Point({"joy": 0.5, "trust": 0.5}, "Plutchik: joy + trust", *rm77("loved")),
    "meditative": Point({"joy": 0.5, "neutral": 0.5}, "own: calm, hardly joy", *rm77("quiet", "relaxed")),
    "melancholic": Point({"sadness": 1.0}, "Plutchik: pensiveness, mild sadness", *rm77("sad", "solemn")),
    "motivational": Point(
        {"joy": 0.5, "anticipation": 0.5}, "Plutchik: optimism, joy + anticipation", *rm77("capable", "inspired")
    ),
    "party": Point({"joy": 1.0}, "own: enjoyment, excitement", *rm77("enjoyment", "excited")),
    "positive": Point({"joy": 1.0}, "own: pleased", *rm77("happy")),
    "powerful": Point({"joy": 0.5, "anticipation": 0.5}, "own: strong and sure", *rm77("powerful")),
    "relaxing": Point({"joy": 1.0}, "Plutchik: serenity, mild joy", *rm77("relaxed")),
    "romantic": Point({"joy": 0.5, "trust": 0.5}, "Plutchik: love, joy + trust", *rm77("in love")),
    "sad": coarse("sadness"),
    "sexy": Point({"joy": 0.5, "anticipation": 0.5}, "own: desire looks ahead", *rm77("sexually excited")),
    "upbeat": Point({"joy": 1.0}, "own: cheerful", *rm77("elated", "joyful")),
    "uplifting": Point({"joy": 1.0}, "own: cheering", *rm77("elated", "inspired")),
}
_THEME = Point({"neutral": 1.0}, "own: no emotion but a use, theme or sound", (UNKNOWN,) * 3, "none")

HUB = {name: _MOODS.get(name, _THEME) for name in NAMES}
