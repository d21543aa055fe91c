"""Action units of the face by their FACS numbers, each an intensity from 0 (not there) to 1 (as strong as can be).

Reference: Ekman and Friesen, Facial Action Coding System: A Technique for the Measurement of Facial Movement, 1978.
AU12 is also called "lip corner puller" and "AU 12". Emotions are read off by the combinations in `PROTOTYPES`, after
the tables of FACS and EMFACS as later work quotes them. An emotion is there as far as the weakest unit of its
combination; a combination that contains another one takes from it. The neutral share is what the strongest unit of all
leaves. A face where neither reaches a half is unknown, and so are trust and anticipation, which have no combination.
Known faults: quoted tables differ from each other (disgust, fear); contempt is of one side of the face, which the
numbers alone do not say; people who feel an emotion often do not show its combination. Numbers of head, eyes and gross
behaviour (50 and above) are left out.
"""

from __future__ import annotations

import numpy as np

from ..hub import COARSE, UNKNOWN, Floats, Point, Points, coarse, nearest
from ._rm77 import rm77

CARD = {
    "title": "Facial action units",
    "reference": "ekman1978facs",
    "kind": "dimensions",
    "range": [0.0, 1.0],
    "tells": [
        "AU1",
        "AU2",
        "AU4",
        "AU5",
        "AU6",
        "AU7",
        "AU9",
        "AU10",
        "AU12",
        "AU14",
        "AU15",
        "AU17",
        "AU20",
        "AU23",
        "AU24",
        "AU25",
        "AU26",
        "AU27",
    ],
}

ACTIONS = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    8: "lips toward each other",
    9: "nose wrinkler",
    10: "upper lip raiser",
    11: "nasolabial deepener",
    12: "lip corner puller",
    13: "sharp lip puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    18: "lip pucker",
    19: "tongue show",
    20: "lip stretcher",
    21: "neck tightener",
    22: "lip funneler",
    23: "lip tightener",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    27: "mouth stretch",
    28: "lip suck",
    29: "jaw thrust",
    30: "jaw sideways",
    31: "jaw clencher",
    32: "lip bite",
    33: "cheek blow",
    34: "cheek puff",
    35: "cheek suck",
    36: "tongue bulge",
    37: "lip wipe",
    38: "nostril dilator",
    39: "nostril compressor",
    41: "lid droop",
    42: "slit",
    43: "eyes closed",
    44: "squint",
    45: "blink",
    46: "wink",
}
"""FACS number -> what moves."""

PROTOTYPES = {
    "joy": ((6, 12),),
    "sadness": ((1, 4, 15),),
    "surprise": ((1, 2, 5, 26), (1, 2, 5, 27)),
    "fear": ((1, 2, 4, 5, 20, 25), (1, 2, 4, 5, 20, 26)),
    "anger": ((4, 5, 7, 23), (4, 5, 7, 24)),
    "disgust": ((9,), (10, 17)),
    "contempt": ((12, 14),),
}
"""Emotion -> combinations of units any of which shows it; the first is what the emotion becomes."""

NAMES = tuple(f"AU{number}" for number in ACTIONS)

SYNONYMS = {
    **{action: f"AU{number}" for number, action in ACTIONS.items()},
    **{f"AU {number}": f"AU{number}" for number in ACTIONS},
    **{f"AU{number:02}": f"AU{number}" for number in ACTIONS if number < 10},
}

_CONTEMPT = Point({"disgust": 0.5, "anger": 0.5}, "Plutchik: disgust + anger", *rm77("contemptuous"))
_EMOTIONS = {name: _CONTEMPT if name == "contempt" else coarse(name) for name in PROTOTYPES}
_HALF = 0.5


def shown(intensities: Floats) -> Floats:
    """How far each emotion of `PROTOTYPES` is there, from intensities (n, 44) in [0, 1]: (n, 7) float64 in [0, 1]."""
    found = np.zeros((len(intensities), len(PROTOTYPES)))
    weakest = {
        units: intensities[:, [NAMES.index(f"AU{unit}") for unit in units]].min(axis=1)
        for combinations in PROTOTYPES.values()
        for units in combinations
    }
    for column, combinations in enumerate(PROTOTYPES.values()):
        for units in combinations:
            larger = [weakest[other] for other in weakest if set(other) > set(units)]
            left = weakest[units] * (1 - np.max(larger, axis=0)) if larger else weakest[units]
            found[:, column] = np.maximum(found[:, column], left)
    return found


def to_hub(values: Floats) -> Points:
    """Points of n faces from intensities (n, 44) float64 in [0, 1]; a unit that is not given counts as not there."""
    values = np.nan_to_num(values)
    emotions = shown(values)
    still = 1 - values.max(axis=1, keepdims=True, initial=0.0)
    weights = np.concatenate([emotions, still], axis=1)
    weights[weights.max(axis=1) < _HALF] = 0.0
    points = [*_EMOTIONS.values(), coarse("neutral")]
    shares = np.array([[p.coarse.get(c, 0.0) for c in COARSE] for p in points])
    vad = np.array([p.vad for p in points])
    with np.errstate(invalid="ignore"):
        weights /= weights.sum(axis=1, keepdims=True)  # 0 / 0: unknown
    return Points(weights @ shares, weights @ vad)


def from_hub(points: Points) -> Floats:
    """Intensities (n, 44) float64 in [0, 1]: each unit by the shares of the emotions whose first combination has it.

    What lies in trust and anticipation tells nothing; a point all of which lies there is unknown.
    """
    told = ~np.isnan(points.coarse).any(axis=1)
    shares = np.nan_to_num(points.coarse)
    if not told.all():
        near = nearest(Points(points.coarse[~told], points.vad[~told]), [coarse(c) for c in COARSE])
        shares[~told] = near
    units, known = np.zeros((len(COARSE), len(NAMES))), np.zeros(len(COARSE))
    known[COARSE.index("neutral")] = 1.0  # a still face
    for name, (first, *_) in PROTOTYPES.items():
        if name in COARSE:
            known[COARSE.index(name)] = 1.0
            units[COARSE.index(name), [NAMES.index(f"AU{unit}") for unit in first]] = 1.0
    weight = (shares @ known)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0, shares @ units / weight, UNKNOWN)
