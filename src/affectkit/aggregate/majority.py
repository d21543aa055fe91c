"""Majority: the name that more than half of the votes are for; an item without one is lost.

Reference: Chou, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition, 2025 (its rule MR). Where
several names may be right, each stands that more than half of those chose who could; then no item is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DataError
from ..sample import Rating, Value
from ..task import Task
from . import one_name, set_of_names, several, votes_of

CARD = {
    "title": "Majority",
    "reference": "chou2025revisiting",
    "gives": {"single": "single", "distribution": "single", "multi": "multi"},
    "claims": [
        {
            "claim": "share of voice clips that majority loses",
            "corpus": "crema_d",
            "task": "crema_d.voice",
            "metric": "lost",
            "paper": 0.3580,
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Config:
    """How much more than half is asked for.

    Args:
        share: the share of votes that a name must exceed, in [0.5, 1).
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0.5 <= self.share < 1:
            raise DataError("a share from 0.5 to below 1", f"{self.share:g}", "below half is plurality")


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """The name, or set of names, of each item; None where no name has more than the share."""
    votes = votes_of(ratings, task, CARD)
    cast = votes.per_item
    if several(votes):
        return set_of_names(votes.sums > config.share * votes.judges, cast > 0, task)
    return one_name(votes.sums > config.share * cast[:, None], task)
