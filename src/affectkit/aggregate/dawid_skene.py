"""Dawid and Skene: raters weighted by how reliable they turn out, found together with the names by EM.

Reference: Dawid and Skene, Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm, Applied
Statistics 1979. Each rater has a table of errors: the chance that they say b where a is true. The value of an item is
the chance of each name given all votes. Where several names may be right, each is a question of its own with two
answers. Differs from the paper: a small count in every cell of a table keeps what was never said from being
impossible; anonymous votes count as those of one rater, whose table is the crowd's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..metrics import Floats
from ..metrics._votes import Ints, Votes
from ..sample import Rating, Value
from ..task import Task
from . import distribution, several, votes_of

CARD = {
    "title": "Dawid and Skene",
    "reference": "dawid1979maximum",
    "gives": {"single": "distribution", "distribution": "distribution", "multi": "multi"},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How long EM goes on, and what a table of errors holds before the first vote.

    Args:
        rounds: at most so many.
        tolerance: a round that changes no chance by more is the last.
        prior: votes in every cell of a table, above 0.
    """

    rounds: int = 100
    tolerance: float = 1e-6
    prior: float = 0.01

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise DataError("at least one round", f"{self.rounds}", "100 is usual")
        if not self.prior > 0:
            raise DataError("a prior above 0 votes", f"{self.prior:g}", "0.01 is usual")


def aggregate(ratings: Sequence[Sequence[Rating]], task: Task, config: Config) -> list[Value]:
    """Name -> its chance for each item; None where nobody voted."""
    votes = votes_of(ratings, task, CARD)
    if not several(votes):
        # a vote for several names is a part of a vote for each
        row, said = np.nonzero(votes.values)
        part = votes.values[row, said] / votes.values.sum(1)[row]
        return distribution(_chances(votes, row, said, votes.count[row] * part, len(task.names), config), task)
    found = np.full((votes.n, len(task.names)), np.nan)
    for name in range(len(task.names)):
        row = np.nonzero(votes.judged[:, name])[0]
        said = (votes.values[row, name] > 0.5).astype(np.intp)
        found[:, name] = _chances(votes, row, said, votes.count[row], 2, config)[:, 1]
    return distribution(found, task)


def _chances(votes: Votes, row: Ints, said: Ints, count: Floats, k: int, config: Config) -> Floats:
    """(n, k) float64: the chance of each answer; NaN where no vote is counted.

    Args:
        votes: the votes.
        row: (m,) which of them are counted.
        said, count: (m,) the answer of each in [0, k), and how often it counts.
    """
    item, raters = votes.item[row], len(votes.raters) + 1
    rater = votes.rater[row] % raters  # the last one's are the anonymous votes
    cast = np.bincount(item * k + said, count, votes.n * k).reshape(votes.n, k)
    seen = cast.sum(1) > 0
    chance = np.zeros((votes.n, k))
    chance[seen] = cast[seen] / cast[seen].sum(1, keepdims=True)
    for _ in range(config.rounds):
        common, errors = _tables(chance, item, rater * k + said, count, raters, config.prior)
        weight = np.zeros((votes.n, k))
        np.add.at(weight, item, np.log(errors)[rater, :, said] * count[:, None])
        weight = np.exp(weight + np.log(common) - (weight + np.log(common)).max(1, keepdims=True))
        new = np.where(seen[:, None], weight / weight.sum(1, keepdims=True), 0.0)
        change, chance = np.abs(new - chance).max(initial=0.0), new
        if change < config.tolerance:
            break
    return np.where(seen[:, None], chance, np.nan)


def _tables(chance: Floats, item: Ints, cell: Ints, count: Floats, raters: int, prior: float) -> tuple[Floats, Floats]:
    """How common each answer is (k,), and each rater's errors (raters, k true, k said), both of chances (n, k)."""
    k = chance.shape[1]
    common = chance.sum(0) + prior
    true = [np.bincount(cell, chance[item, j] * count, raters * k).reshape(raters, k) for j in range(k)]
    errors = np.stack(true, 1) + prior
    return common / common.sum(), errors / errors.sum(2, keepdims=True)
