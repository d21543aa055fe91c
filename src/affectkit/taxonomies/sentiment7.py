"""Sentiment in seven steps, from very negative to very positive; the order of the names is the order of the scale.

Reference: Zadeh et al., MOSI: Multimodal Corpus of Sentiment Intensity and Subjectivity Analysis in Online Opinion
Videos, 2016, where -3 to 3 are strongly negative, negative, weakly negative, neutral and the same upwards. Points,
conversion and faults as in `sentiment5`.
"""

from __future__ import annotations

from ..hub import Floats, Points
from .sentiment5 import nearest_step, steps

CARD = {"title": "Sentiment, seven steps", "reference": "zadeh2016mosi", "kind": "names", "reads": ["valence"]}

NAMES = (
    "very negative",
    "negative",
    "slightly negative",
    "neutral",
    "slightly positive",
    "positive",
    "very positive",
)

SYNONYMS = {
    "-3": "very negative",
    "-2": "negative",
    "-1": "slightly negative",
    "0": "neutral",
    "1": "slightly positive",
    "2": "positive",
    "3": "very positive",
    "strongly negative": "very negative",
    "weakly negative": "slightly negative",
    "weakly positive": "slightly positive",
    "strongly positive": "very positive",
    "neg": "negative",
    "neu": "neutral",
    "pos": "positive",
}

HUB = steps(NAMES)

DIRECT = {
    "sentiment": {name: "negative" if number < 3 else "positive" for number, name in enumerate(NAMES) if number != 3}
    | {"neutral": "neutral"}
}


def from_hub(points: Points) -> Floats:
    """Shares (n, 7) float64; they sum to less where no valence is known."""
    return nearest_step(points, HUB)
