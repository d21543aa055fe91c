"""Intersection: the names that everybody chose who could; an item on which nothing is left is lost.

Reference: Kowtal and Joshi, L3Cube-MahaEmotions, 2025. Of one name per vote it keeps the items on which all agree. Of
sets of names, an item for which nobody chose any name keeps the empty set. Figures hold for the items kept: say how
many they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..sample import Rating, Value
from ..task import Task
from . import one_name, set_of_names, several, votes_of

CARD = {
    "title": "Intersection",
    "reference": "kowtal2025mahaemotions",
    "gives": {"single": "single", "distribution": "single", "multi": "multi"},
}


@dataclass(frozen=True, slots=True)
class Config:
    """Nothing to choose."""


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """The name, or set of names, of each item; None where raters have nothing in common."""
    votes = votes_of(ratings, task, CARD)
    found, cast = votes.sums, votes.per_item
    if not several(votes):
        return one_name((found == cast[:, None]) & (found > 0), task)
    everybody = (found == votes.judges) & (found > 0)
    return set_of_names(everybody, (cast > 0) & (everybody.any(1) | ~(found > 0).any(1)), task)
