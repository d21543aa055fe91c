"""Union: every name that somebody chose.

Reference: Kowtal and Joshi, L3Cube-MahaEmotions, 2025. No item is lost, but its names are more than one rater chose:
figures on them cannot be put beside those on one label per item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..sample import Rating, Value
from ..task import Task
from . import set_of_names, votes_of

CARD = {
    "title": "Union",
    "reference": "kowtal2025mahaemotions",
    "gives": {"single": "multi", "distribution": "multi", "multi": "multi"},
}


@dataclass(frozen=True, slots=True)
class Config:
    """Nothing to choose."""


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """The set of names of each item; None where nobody voted."""
    votes = votes_of(ratings, task, CARD)
    return set_of_names(votes.sums > 0, votes.per_item > 0, task)
