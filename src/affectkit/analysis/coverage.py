"""Whether intervals hold what they promise: how often they hold the truth, and how wide they are.

A split conformal interval (`calibration.half_width`) holds its promise over all items of one kind together; within a
group it may hold less, and this is where it shows.
Reference: Vovk et al., Algorithmic Learning in a Random World, 2005; Lei et al., Distribution-Free Predictive Inference
for Regression, JASA 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..metrics import Bools, Floats, arrays, names
from ..task import Task
from . import calibration, significance
from .reliability import wilson
from .significance import Interval


@dataclass(frozen=True, slots=True)
class Covered:
    """The share of items whose interval holds their truth, and the mean width, in units of the scale."""

    share: Interval
    width: float


def covered(
    truth: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    judged: ArrayLike | None = None,
    task: Task | None = None,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    level: float = 0.95,
    folds: int = 1000,
    seed: int = 0,
) -> dict[str, Covered]:
    """Dimension -> how the intervals from `low` to `high` (ends included) cover the truth, (n, k) each.

    Args:
        groups: (n,) speaker, song ... of each item: the interval of the share is then a bootstrap of whole groups;
            None gives Wilson's, as if items were independent.
        level: of the interval of the share, not of the intervals that are looked at.

    Raises:
        DataError: shapes differ, nothing was judged, a number is not finite, or an interval ends before it begins.
    """
    t, a, j = arrays(truth, low, judged)
    _, b, _ = arrays(truth, high, judged)
    if (a > b).any():
        raise DataError("intervals whose low end comes first", f"{(a > b).sum()} that end before", "exchange the ends")
    inside = (a <= t) & (t <= b) & j
    n = j.sum(0)
    known = names(task, t.shape[1])
    if not n.all():
        raise DataError("judged items in every dimension", f"none in {known[int(n.argmin())]}", "leave it out")
    widths = np.where(j, b - a, 0.0).sum(0) / n
    shares = inside.sum(0) / n
    if groups is None:
        ends = np.stack(wilson(inside.sum(0), n, level), 1)
    else:
        held, counted = inside.astype(np.float64), j.astype(np.float64)
        _, (values,), _ = significance.resampled(_share, held, [counted], None, None, groups, folds, seed, level)
        ends = np.asarray([significance.within(v, level) for v in values[1:].T])
    return {
        name: Covered(Interval(float(shares[i]), float(ends[i, 0]), float(ends[i, 1]), int(n[i])), float(widths[i]))
        for i, name in enumerate(known)
    }


def by_group(
    truth: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    over: Sequence[Any] | NDArray[Any],
    judged: ArrayLike | None = None,
    task: Task | None = None,
    level: float = 0.95,
) -> dict[str, dict[str, Covered]]:
    """Group -> dimension -> how the intervals cover the truth; dimensions without a judged item are left out.

    Args:
        over: (n,) the group of each item.

    Raises:
        DataError: as `covered`, or groups of another length.
    """
    t, a, j = arrays(truth, low, judged)
    _, b, _ = arrays(truth, high, judged)
    known, group = np.unique(np.asarray(over), return_inverse=True)
    if len(group) != len(t):
        raise DataError(f"{len(t)} groups", f"{len(group)}", "give the group of every item")
    labels = names(task, t.shape[1])
    found: dict[str, dict[str, Covered]] = {}
    for i, name in enumerate(known):
        rows = group == i
        told = np.flatnonzero(j[rows].any(0))
        truths, lows, highs, own = (v[np.ix_(rows, told)] for v in (t, a, b, j))
        each = covered(truths, lows, highs, own, level=level) if len(told) else {}
        found[str(name)] = dict(zip((labels[c] for c in told), each.values(), strict=True))
    return found


def conformal(
    held_truth: ArrayLike,
    held_values: ArrayLike,
    values: ArrayLike,
    level: float = 0.9,
    judged: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Low and high end (n, k) of split conformal intervals around values (n, k), from items held out of training.

    Args:
        held_truth, held_values: (m, k) of the held-out items; `judged` (m, k) is theirs.

    Raises:
        DataError: too few held-out items for the level.
    """
    v = np.asarray(values, np.float64)
    v = v[:, None] if v.ndim == 1 else v
    half = calibration.half_width(held_truth, held_values, level, judged)
    return v - half, v + half


def _share(held: Floats, counted: Floats, judged: Bools | None, weight: Floats | None, task: Task | None) -> Any:
    """The share of judged items that are held, by dimension, as a metric."""
    w = np.ones(len(held)) if weight is None else weight
    with np.errstate(invalid="ignore"):
        return dict(enumerate(((w @ held) / (w @ counted)).tolist()))
