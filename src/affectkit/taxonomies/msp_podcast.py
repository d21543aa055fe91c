"""The sixteen names that raters of the MSP-Podcast corpus could choose several of for one clip of speech.

Reference: Lotfian and Busso, Building Naturalistic Emotionally Balanced Speech Corpus by Retrieving Emotional Speech
from Existing Podcast Recordings, IEEE Transactions on Affective Computing 10, 2019. Eight of them, those of FER+, were
also the choice for the one main emotion. Coarse shares follow GoEmotions' map to Ekman ("D20"), Plutchik, or are a
choice of ours ("own") with its ground.
"""

from __future__ import annotations

from ..hub import Point
from . import ferplus
from ._rm77 import rm77

CARD = {"title": "MSP-Podcast, all names", "reference": "lotfian2019building", "kind": "names"}

NAMES = (
    *ferplus.NAMES,
    "amusement",
    "annoyance",
    "concern",
    "confusion",
    "depression",
    "disappointment",
    "excitement",
    "frustration",
)

SYNONYMS = {
    **ferplus.SYNONYMS,
    "amused": "amusement",
    "annoyed": "annoyance",
    "concerned": "concern",
    "confused": "confusion",
    "depressed": "depression",
    "disappointed": "disappointment",
    "dissapointed": "disappointment",  # so in the files
    "excited": "excitement",
    "frustrated": "frustration",
}

HUB = {
    **ferplus.HUB,
    "amusement": Point({"joy": 1.0}, "D20: joy", *rm77("enjoyment")),
    "annoyance": Point({"anger": 1.0}, "Plutchik: mild anger", *rm77("mildly annoyed")),
    "concern": Point({"fear": 0.5, "sadness": 0.5}, "own: fear for somebody, and pity", *rm77("troubled")),
    "confusion": Point({"surprise": 1.0}, "D20: surprise", *rm77("confused")),
    "depression": Point({"sadness": 1.0}, "own: lasting sadness", *rm77("depressed")),
    "disappointment": Point({"sadness": 1.0}, "D20: sadness", *rm77("discouraged")),
    "excitement": Point({"joy": 0.75, "anticipation": 0.25}, "own: D20 joy, looking ahead", *rm77("excited")),
    "frustration": Point(
        {"anger": 0.5, "sadness": 0.5}, "own: between annoyance and disappointment", *rm77("displeased", "distressed")
    ),
}
