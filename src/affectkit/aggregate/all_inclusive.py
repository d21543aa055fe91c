"""All-inclusive: every item is kept, with the shares of its votes as its value.

Reference: Chou, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition, 2025 (its rule AR). With
`hard` the value is the whole of one of the names that lead, drawn where several do, as the paper trains hard labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics import Floats
from ..sample import Rating, Value
from ..task import Task
from . import distribution, several, shares, votes_of

CARD = {
    "title": "All-inclusive",
    "reference": "chou2025revisiting",
    "gives": {"single": "distribution", "distribution": "distribution", "multi": "multi"},
    "claims": [
        {
            "claim": "share of voice clips that the all-inclusive rule loses",
            "corpus": "crema_d",
            "task": "crema_d.voice",
            "metric": "lost",
            "paper": 0.0,
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Config:
    """Shares, or one of the names that lead.

    Args:
        hard: give the whole to one name; where any number of names may be right, this changes nothing.
        seed: decides between names that lead together.
    """

    hard: bool = False
    seed: int = 0


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """Name -> share of the votes for each item; None where nobody voted."""
    votes = votes_of(ratings, task, CARD)
    found = shares(votes)
    if config.hard and not several(votes):
        found = np.where(np.isnan(found), np.nan, _drawn(np.nan_to_num(found), config.seed))
    return distribution(found, task)


def _drawn(found: Floats, seed: int) -> Floats:
    """One of the largest of each row (n, k) becomes 1, the others 0."""
    leads = found == found.max(1, keepdims=True)
    # one number per item, whatever its votes, so that an item's draw depends on its place alone
    wanted = (np.random.default_rng(seed).random(len(found)) * leads.sum(1)).astype(np.intp)
    return np.asarray(leads & (leads.cumsum(1) == wanted[:, None] + 1), np.float64)
