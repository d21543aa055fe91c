"""Two ways to be moved by another's misfortune, each from 1 (not at all) to 7 (extremely): empathy and distress.

Reference: Batson, Fultz and Schoenrade, Distress and Empathy: Two Qualitatively Distinct Vicarious Emotions with
Different Motivational Consequences, Journal of Personality 55, 1987. Each value is the mean over several adjectives:
empathy (empathic concern) is warm, tender, sympathetic, softhearted, moved, compassionate; distress is worried, upset,
troubled, perturbed, grieved, disturbed, alarmed, distressed.
The hub has neither. Empathy stands where RM77 has affectionate, distress at the mean of distressed, troubled and upset,
with shares of ours ("own"); what is felt of neither is neutral. Back, each is the projection on its own point, so that
whatever is warm looks like empathy: a conversion from labels tells no more than that.
"""

from __future__ import annotations

import numpy as np

from ..hub import COARSE, Floats, Point, Points, coarse
from ._rm77 import rm77

CARD = {
    "title": "Empathy and distress",
    "reference": "batson1987distress",
    "kind": "dimensions",
    "range": [1.0, 7.0],
    "reads": ["valence", "arousal", "dominance"],
    "tells": ["empathy", "distress"],
}

NAMES = ("empathy", "distress")
_LOW, _HIGH = 1.0, 7.0

SYNONYMS = {
    "empathic concern": "empathy",
    "compassion": "empathy",
    "sympathy": "empathy",
    "personal distress": "distress",
}

POINTS = {
    "empathy": Point(
        {"trust": 0.5, "sadness": 0.5}, "own: care for one who suffers, trust + sadness", *rm77("affectionate")
    ),
    "distress": Point(
        {"sadness": 0.5, "fear": 0.5},
        "own: grieved and alarmed, sadness + fear",
        *rm77("distressed", "troubled", "upset"),
    ),
}
"""Where each stands in the hub when it is all that is felt."""


def to_hub(values: Floats) -> Points:
    """Points of n persons from values (n, 2) float64 in [1, 7]: the mean of both, weighted by how far each is felt."""
    felt = np.clip((values - _LOW) / (_HIGH - _LOW), 0.0, 1.0)
    known = np.nan_to_num(felt)
    # the stronger of the two leaves the rest to neutral
    weights = np.column_stack([known, 1 - known.max(axis=1, initial=0.0)])
    weights[np.isnan(felt).all(axis=1)] = np.nan
    weights /= weights.sum(axis=1, keepdims=True)
    points = [*POINTS.values(), coarse("neutral")]
    shares = np.array([[p.coarse.get(c, 0.0) for c in COARSE] for p in points])
    return Points(weights @ shares, weights @ np.array([p.vad for p in points]))


def from_hub(points: Points) -> Floats:
    """Values (n, 2) float64 in [1, 7]: how far an item lies towards each point, over the dimensions that are known."""
    told = ~np.isnan(points.vad)
    there = np.array([p.vad for p in POINTS.values()])
    length = told @ (there**2).T
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.nan_to_num(points.vad) @ there.T / length
    values: Floats = _LOW + (_HIGH - _LOW) * np.where(length > 0, np.clip(along, 0.0, 1.0), np.nan)
    return values
