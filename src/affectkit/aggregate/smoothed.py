"""Smoothed shares: each name gives a little of its share to the others: (1 - s) p + s (1 - p) / (C - 1).

Reference: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016. Differs from the paper,
which adds s / C to every name: this is the form in which the labels of EMO-SUPERB are given out. C counts the names
that somebody could choose; where that is one, nothing is smoothed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..sample import Rating, Value
from ..task import Task
from . import distribution, shares, votes_of

CARD = {
    "title": "Smoothed shares",
    "reference": "szegedy2016rethinking",
    "gives": {"single": "distribution", "distribution": "distribution"},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How much is given away.

    Args:
        smoothing: the share s in [0, 0.5).
    """

    smoothing: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < 0.5:
            raise DataError("smoothing from 0 to below 0.5", f"{self.smoothing:g}", "0.05 is usual")


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """Name -> share for each item; None where nobody voted."""
    p = shares(votes_of(ratings, task, CARD))
    others = (~np.isnan(p)).sum(1, keepdims=True) - 1
    s = np.where(others > 0, config.smoothing, 0.0)
    return distribution((1 - s) * p + s * (1 - p) / np.maximum(others, 1), task)
