"""Mean: each dimension's mean over the raters who judged it, on the corpus's own scale.

An item with a dimension that nobody judged is lost. A trace over time counts with its mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..metrics import ratio
from ..sample import Rating, Value
from ..task import Task
from . import votes_of

CARD = {"title": "Mean", "gives": {"continuous": "continuous", "ordinal": "ordinal"}}


@dataclass(frozen=True, slots=True)
class Config:
    """Nothing to choose."""


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """The numbers of each item, in `task.range`; None where a dimension was not judged."""
    votes = votes_of(ratings, task, CARD)
    found = ratio(votes.sums, votes.judges)
    return [None if np.isnan(row).any() else tuple(row.tolist()) for row in found]
