"""The seven labels of RED, the Romanian emotions dataset: six of Plutchik's eight, and neutral.

Reference: Ciobotaru et al., RED v2: Enhancing RED Dataset for Multi-Label Emotion Detection, LREC 2022. Disgust and
anticipation are missing. The order is that of the published arrays; the Romanian names are synonyms. The first version
of RED had five of them (no surprise, no trust).
"""

from __future__ import annotations

from ..hub import coarse

CARD = {"title": "RED", "reference": "ciobotaru2022red", "kind": "names"}

NAMES = ("sadness", "surprise", "fear", "anger", "neutral", "trust", "joy")

SYNONYMS = {
    "tristete": "sadness",
    "tristețe": "sadness",
    "sad": "sadness",
    "surpriza": "surprise",
    "surpriză": "surprise",
    "surprised": "surprise",
    "frica": "fear",
    "frică": "fear",
    "afraid": "fear",
    "furie": "anger",
    "angry": "anger",
    "neutru": "neutral",
    "none": "neutral",
    "incredere": "trust",
    "încredere": "trust",
    "bucurie": "joy",
    "happiness": "joy",
    "happy": "joy",
}

HUB = {name: coarse(name) for name in NAMES}
