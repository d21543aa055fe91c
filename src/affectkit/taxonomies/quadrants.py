"""Russell's four quadrants of valence (V) and arousal (A), each high (H) or low (L).

Reference: Russell, A circumplex model of affect, Journal of Personality and Social Psychology 39, 1980; numbered Q1 to
Q4 as in EMOPIA (Hung et al., ISMIR 2021). A name goes to the quadrant of the signs of its valence and arousal; what
lies on an axis (neutral at the origin) has no quadrant. Nothing is said of dominance.
"""

from __future__ import annotations

import numpy as np

from ..hub import UNKNOWN, Floats, Point, Points
from ._rm77 import Vad, rm77

CARD = {
    "title": "Valence-arousal quadrants",
    "reference": "russell1980circumplex",
    "kind": "names",
    "reads": ["valence", "arousal"],
}

NAMES = ("HVHA", "LVHA", "LVLA", "HVLA")

SYNONYMS = {
    "Q1": "HVHA",
    "high valence high arousal": "HVHA",
    "positive high": "HVHA",
    "Q2": "LVHA",
    "low valence high arousal": "LVHA",
    "negative high": "LVHA",
    "Q3": "LVLA",
    "low valence low arousal": "LVLA",
    "negative low": "LVLA",
    "Q4": "HVLA",
    "high valence low arousal": "HVLA",
    "positive low": "HVLA",
}


def _two(*terms: str) -> tuple[Vad, str]:
    (valence, arousal, _), source = rm77(*terms)
    return (valence, arousal, UNKNOWN), source


HUB = {
    "HVHA": Point({"joy": 1.0}, "Russell 1980: happy, delighted, excited", *_two("excited", "happy")),
    "LVHA": Point({"anger": 0.5, "fear": 0.5}, "Russell 1980: angry, afraid", *_two("angry", "fearful")),
    "LVLA": Point({"sadness": 1.0}, "Russell 1980: sad, gloomy, depressed", *_two("bored", "depressed", "sad")),
    "HVLA": Point({"joy": 1.0}, "Russell 1980: serene, content (Plutchik's mild joy)", *_two("leisurely", "relaxed")),
}


def from_hub(points: Points) -> Floats:
    """1 for the quadrant a point lies in, else 0: (n, 4) float64; all 0 on an axis or where a sign is unknown."""
    valence, arousal = points.vad[:, 0], points.vad[:, 1]
    high_v, low_v, high_a, low_a = valence > 0, valence < 0, arousal > 0, arousal < 0
    inside = [high_v & high_a, low_v & high_a, low_v & low_a, high_v & low_a]
    return np.column_stack(inside).astype(np.float64)
