"""What a training learns from votes: which items, and what of each, by rules of `aggregate`.

A rule is written as a part with its settings: "majority", "all_inclusive:hard=true", "soft:alpha=0.75". What is
measured never goes through here: dev and test keep the shares of all votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .. import aggregate, settings
from ..sample import Rating, target
from ..task import Kind, Task
from .mixture import Mixture

Ratings = Sequence[Sequence[Rating]]
"""The ratings of each item."""


def by(rule: str, ratings: Ratings, task: Task) -> list[Rating | None]:
    """What a rule makes of each item's votes; None where it loses the item.

    Raises:
        UnknownName: no such rule or setting.
        DataError: the rule does not take the task's kind.
    """
    _, its = settings.part(aggregate.KIND, rule)
    return aggregate.by(rule.partition(":")[0], ratings, task, its)


def relabelled(data: Mixture, rows: NDArray[np.int64], keep: str, label: str) -> Mixture:
    """The mixture in which `rows` learn names by rules; an item without a vote of its own keeps its consensus.

    Args:
        rows: of the training part.
        keep: the rule that tells which items are learnt from: those that it loses are not judged any more.
        label: the rule that tells what is learnt of an item, of all its votes.
    """
    targets, judged = dict(data.targets), dict(data.judged)
    for task in data.tasks:
        if task.scaled:
            continue
        voted = rows[[any(_vote(r, task) for r in data.ratings[i]) for i in rows.tolist()]]
        ratings = [data.ratings[i] for i in voted.tolist()]
        kept, found = by(keep, ratings, task), by(label, ratings, task)
        found = [one if k is not None else None for one, k in zip(found, kept, strict=True)]
        told = np.asarray([one is not None for one in found], bool)
        targets[task.id], judged[task.id] = targets[task.id].copy(), judged[task.id].copy()
        targets[task.id][voted] = np.where(judged[task.id][voted], values(found, task), 0.0)
        judged[task.id][voted] &= told[:, None]
    return replace(data, targets=targets, judged=judged)


def values(found: Sequence[Rating | None], task: Task) -> NDArray[np.float32]:
    """What rules say as targets (n, k); zeros for the items they lose."""
    wide = task if task.scaled else replace(task, kind=Kind.DISTRIBUTION)  # which takes a name, names and shares
    made = np.zeros((len(found), len(task.names)), np.float32)
    for row, one in zip(made, found, strict=True):
        if one is not None:
            row[:] = target(wide, (one,))[0]
    return made


def _vote(rating: Rating, task: Task) -> bool:
    return rating.task == task.id and rating.value is not None and rating.rater != "consensus"
