"""Soft labels with a prior: each name's votes and a little more, as shares: (alpha + votes) / (alpha C + all votes).

Reference: Ando et al., Soft-Target Training with Ambiguous Emotional Utterances for DNN-Based Speech Emotion
Classification, ICASSP 2018; alpha 0.75 as in Chou, 2025. C counts the names that somebody could choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..metrics import ratio
from ..sample import Rating, Value
from ..task import Task
from . import distribution, votes_of

CARD = {
    "title": "Soft with a prior",
    "reference": "ando2018soft",
    "gives": {"single": "distribution", "distribution": "distribution"},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How much every name has before the first vote.

    Args:
        alpha: in votes, at least 0.
    """

    alpha: float = 0.75

    def __post_init__(self) -> None:
        if not self.alpha >= 0:
            raise DataError("a prior of at least 0 votes", f"{self.alpha:g}", "0.75 is usual")


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """Name -> share for each item; None where nobody voted."""
    votes = votes_of(ratings, task, CARD)
    could = votes.judges > 0
    raised = np.where(could, votes.sums + config.alpha, np.nan)
    whole = np.where(could, np.nansum(raised, 1, keepdims=True), 0.0)
    return distribution(ratio(raised, whole), task)
