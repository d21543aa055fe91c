"""Plurality: the name with most votes; an item on which several share the top is lost.

Reference: Chou, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition, 2025 (its rule PR).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..sample import Rating, Value
from ..task import Task
from . import one_name, votes_of

CARD = {
    "title": "Plurality",
    "reference": "chou2025revisiting",
    "gives": {"single": "single", "distribution": "single"},
    "claims": [
        {
            "claim": "share of voice clips that plurality loses",
            "corpus": "crema_d",
            "task": "crema_d.voice",
            "metric": "lost",
            "paper": 0.0855,
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Config:
    """Nothing to choose."""


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """The name of each item; None where nobody voted or several names lead."""
    found = votes_of(ratings, task, CARD).sums
    top = found.max(1, keepdims=True)
    return one_name((found == top) & (top > 0), task)
