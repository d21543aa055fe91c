"""Seconded: the shares of the votes for names that several raters chose; what one rater chose alone is dropped.

Reference: Barsoum et al., Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
Distribution, ICMI 2016, whose code takes a single vote for a slip of the hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics import ratio
from ..sample import Rating, Value
from ..task import Task
from . import distribution, votes_of

CARD = {
    "title": "Seconded",
    "reference": "barsoum2016training",
    "gives": {"single": "distribution", "distribution": "distribution"},
}


@dataclass(frozen=True, slots=True)
class Config:
    """What counts.

    Args:
        least: how many votes a name must have.
    """

    least: int = 2


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """Name -> share of the votes that count, for each item; None where no name has enough votes."""
    votes = votes_of(ratings, task, CARD)
    kept = np.where(votes.sums >= config.least, votes.sums, 0.0)
    found = ratio(kept, np.broadcast_to(kept.sum(1, keepdims=True), kept.shape))
    return distribution(np.where(votes.judges > 0, found, np.nan), task)
