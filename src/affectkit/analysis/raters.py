"""What votes say of items and of raters: how divided each item is, how well one rater does, who leans which way.

Reference: the entropy of votes is Shannon's, in bits; the ceiling is what a system would reach that is as good as one
rater, measured against the other votes as the system is against all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import find
from ..errors import DataError
from ..metrics import Floats, flat, ratio
from ..metrics._votes import Votes
from ..sample import Value
from ..task import Kind


@dataclass(frozen=True, slots=True)
class Shift:
    """How one rater differs from the others on the same items.

    Args:
        rater: the rater's id.
        by: name -> how much more often than the others the rater chose it, in [-1, 1]; dimension -> how much higher
            they set it, in the scale's units; NaN where there is nothing to compare.
        n: on how many items they can be compared.
    """

    rater: str
    by: dict[str, float]
    n: int


def entropy(votes: Votes) -> Floats:
    """Entropy of each item's votes in bits, (n,) float64; NaN where nobody voted.

    Where several names may be right, the mean over names of the entropy of yes and no.

    Raises:
        DataError: the votes are numbers.
    """
    task = votes.task
    if task.scaled:
        raise DataError("votes for names", f"the {task.kind} task {task.id!r}", "numbers have a deviation instead")
    if task.kind is Kind.MULTI:
        yes = ratio(votes.sums, votes.judges)
        both, known = _bits(yes) + _bits(1 - yes), votes.judges > 0
        return ratio(np.where(known, both, 0.0).sum(1), known.sum(1))
    total = votes.sums.sum(1, keepdims=True)
    return np.where(total[:, 0] > 0, np.nansum(_bits(ratio(votes.sums, total)), 1), np.nan)


def deviation(votes: Votes) -> Floats:
    """Standard deviation of each item's votes per dimension, (n, k) float64 in the scale's units; NaN below two votes.

    Raises:
        DataError: the votes are names.
    """
    if not votes.task.scaled:
        raise DataError(
            "votes that are numbers", f"the {votes.task.kind} task {votes.task.id!r}", "names have an entropy instead"
        )
    judges = votes.judges
    mean = ratio(votes.sums, judges)
    far = np.where(votes.judged, (votes.values - np.nan_to_num(mean)[votes.item]) ** 2, 0.0)
    total = np.zeros(mean.shape)
    np.add.at(total, votes.item, far * votes.count[:, None])
    return np.sqrt(ratio(total, judges - 1))


def unanimous(votes: Votes) -> float:
    """Share of the items with two votes or more on which all votes are the same; NaN without such items."""
    many = votes.per_item[votes.item] > 1
    items = votes.item[many]
    first = np.unique(items, return_index=True)[1]
    if not len(first):
        return float("nan")
    values = np.concatenate([votes.values, votes.judged], 1)[many]
    leader = first[np.unique(items, return_inverse=True)[1]]
    other = (values != values[leader]).any(1)
    return 1 - len(np.unique(items[other])) / len(first)


def ceiling(votes: Votes, metrics: Sequence[str] | None = None) -> dict[str, float]:
    """What one rater reaches on the task's metrics, or on `metrics`, with the other votes on the item as the truth.

    Every vote is left out once and counts alike; nothing is drawn. Of several names that lead among the others, metrics
    of one name take the first. Numbers are first scaled to [-1, 1], as truth and predictions are.

    Raises:
        UnknownName: no such metric.
        DataError: no item has two votes.
    """
    task = votes.task
    others, judged = votes.rest()
    kept = judged.any(1)
    if not kept.any():
        raise DataError(
            f"an item with two votes in task {task.id!r}", "none", "choose a task that several people rated"
        )
    truth, said = others[kept], votes.values[kept]
    if task.range is not None:
        low, high = task.range
        truth, said = (2 * (x - low) / (high - low) - 1 for x in (truth, said))
    found: dict[str, float] = {}
    for name in task.defaults.metrics if metrics is None else metrics:
        score = find.load("metrics", name).score(truth, said, judged[kept], votes.count[kept], task)
        found |= flat(name, score)
    return found


def shifts(votes: Votes) -> list[Shift]:
    """How each known rater differs from the other votes on the same items, by rater; empty where none is known."""
    others, judged = votes.rest()
    apart = np.where(judged, votes.values - others, 0.0)
    found = []
    for number, rater in enumerate(votes.raters):
        own = votes.rater == number
        compared = own & judged.any(1)
        mean = ratio(votes.count[own] @ apart[own], votes.count[own] @ judged[own])
        by = dict(zip(votes.task.names, mean.tolist(), strict=True))
        found.append(Shift(rater, by, len(np.unique(votes.item[compared]))))
    return found


def equal(votes: Votes, wanted: Sequence[Value]) -> float:
    """Share of votes that are for the one name wanted of their item, in [0, 1]; items without one are left out.

    Args:
        wanted: (n,) a name of the task or None.

    Raises:
        DataError: another number of items, or votes that are not for one name.
    """
    if len(wanted) != votes.n:
        raise DataError(f"{votes.n} names wanted", f"{len(wanted)}", "give one per item, None where there is none")
    column = {name: i for i, name in enumerate(votes.task.names)}
    place = np.array([column.get(v, -1) if isinstance(v, str) else -1 for v in wanted], np.intp)[votes.item]
    told = place >= 0
    hits = votes.count[told] @ (votes.chosen[told] == place[told])
    return float(ratio(hits, votes.count[told].sum()))


def _bits(p: Floats) -> Floats:
    return np.asarray(-p * np.log2(np.where(p > 0, p, 1.0)))
