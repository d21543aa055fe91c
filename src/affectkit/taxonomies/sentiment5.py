"""Sentiment in five steps, from very negative to very positive; the order of the names is the order of the scale.

Reference: Socher et al., Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank, EMNLP 2013,
whose labels they are. The steps are equally far apart in valence, from -1 to 1, which is ours. A name of another scheme
gives its neutral share to neutral and the rest to the step nearest to its valence. Arousal and dominance stay unknown.
Known faults: the terms of RM77 lie between -0.72 and 0.87, so few names reach an end of the scale.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..hub import COARSE, UNKNOWN, Floats, Point, Points, nearest

CARD = {"title": "Sentiment, five steps", "reference": "socher2013recursive", "kind": "names", "reads": ["valence"]}

NAMES = ("very negative", "negative", "neutral", "positive", "very positive")

SYNONYMS = {
    "very bad": "very negative",
    "neg": "negative",
    "bad": "negative",
    "neu": "neutral",
    "pos": "positive",
    "good": "positive",
    "very good": "very positive",
}

_NEGATIVE = {"anger": 0.25, "disgust": 0.25, "fear": 0.25, "sadness": 0.25}


def steps(names: tuple[str, ...]) -> dict[str, Point]:
    """The points of an odd number of steps in order: neutral in the middle, valence from -1 to 1."""
    middle = len(names) // 2
    found = {}
    for number, name in enumerate(names):
        shares = {"neutral": 1.0} if number == middle else _NEGATIVE if number < middle else {"joy": 1.0}
        source = "itself" if number == middle else "as `sentiment` has its sign"
        valence = number / middle - 1
        found[name] = Point(shares, source, (valence, UNKNOWN, UNKNOWN), "own: equal steps")
    return found


def nearest_step(points: Points, steps: Mapping[str, Point]) -> Floats:
    """Shares (n, k) float64 of k steps: the neutral share to the middle, the rest to the step nearest in valence."""
    neutral = np.nan_to_num(points.coarse[:, [COARSE.index("neutral")]])
    middle = np.eye(len(steps))[len(steps) // 2]
    rest: Floats = (1 - neutral) * nearest(points, list(steps.values()), reads=("valence",))
    shares: Floats = neutral * middle + rest
    return shares


HUB = steps(NAMES)

DIRECT = {
    "sentiment": {name: "negative" if number < 2 else "positive" for number, name in enumerate(NAMES) if number != 2}
    | {"neutral": "neutral"}
}


def from_hub(points: Points) -> Floats:
    """Shares (n, 5) float64; they sum to less where no valence is known."""
    return nearest_step(points, HUB)
