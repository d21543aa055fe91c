"""A metric within each group of items, and its mean over groups, with the same people drawn for all of them.

Where what is asked goes along with something else (anger is shouted), the figure on all items can be had by the other
thing alone. Within a level of it that way is closed: `mean` is the figure for which each level counts alike. A speaker
who has items in several groups is drawn for all of them at once, so that means and differences have honest intervals.
`subgroups` serves groups that no speaker shares, and tells what gap chance would make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..task import Task
from . import significance
from .significance import Interval, Metric


@dataclass(frozen=True, slots=True)
class Strata:
    """Figures by group.

    Args:
        whole: of all items that are in a group.
        each: group -> its figure, NaN where it does not exist.
        mean: of the groups that have one.
    """

    whole: Interval
    each: Mapping[str, Interval]
    mean: Interval


def strata(
    metric: Metric,
    truth: ArrayLike,
    scores: ArrayLike,
    over: Sequence[Any] | NDArray[Any],
    groups: Sequence[Any] | NDArray[Any] | None = None,
    judged: ArrayLike | None = None,
    task: Task | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Strata:
    """The metric of each group with its bootstrap interval, and their mean.

    Args:
        over: (n,) the group of each item, "" where it is in none: such items are left out.
        groups: (n,) what is drawn as a whole, such as the speaker, who may be in several groups; None draws items.

    Raises:
        DataError: no item in a group, arrays of another length, or a metric of several values.
    """
    t, s, kind = np.asarray(truth), np.asarray(scores), np.asarray(over).astype(str)
    if kind.shape != t.shape[:1]:
        raise DataError(f"{len(t)} groups", f"{kind.shape}", "give the group of every item")
    chosen = kind != ""
    if not chosen.any():
        raise DataError("items that are in a group", "none", "check which groups the corpus has")
    t, s, kind = t[chosen], s[chosen], kind[chosen]
    j = None if judged is None else np.asarray(judged)[chosen]
    unit = None if groups is None else np.asarray(groups)[chosen]
    drawn = np.concatenate([np.ones((1, len(t))), *significance.drawn(len(t), unit, folds, seed)])

    def measured(rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        prepared = significance.prepare(metric, t[rows], s[rows], None if j is None else j[rows], task)
        if prepared.names is not None:
            raise DataError("a metric of one value", ", ".join(prepared.names), "measure each of them apart")
        there = drawn[:, rows]
        values = np.full(len(drawn), np.nan)
        some = there.any(1)  # a small group may be missing from a fold
        values[some] = significance.columns(prepared, there[some])[:, 0]
        return values

    def told(values: NDArray[np.float64], n: int) -> Interval:
        return Interval(float(values[0]), *significance.within(values[1:], level), n)

    names = sorted(set(kind.tolist()))
    values = {name: measured(kind == name) for name in names}
    counted = [v for v in values.values() if np.isfinite(v[0])]
    mean = np.mean(counted, axis=0) if counted else np.full(len(drawn), np.nan)
    each = {name: told(v, int((kind == name).sum())) for name, v in values.items()}
    return Strata(told(measured(np.ones(len(t), bool)), len(t)), each, told(mean, len(t)))
