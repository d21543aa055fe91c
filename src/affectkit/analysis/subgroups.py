"""A metric by group of items (speaker, person, language ...), and the gap between the best and the worst group.

Some group is always the worst: beside the gap stands the one that chance makes among groups of the same sizes, drawn
from all items alike. Groups with few items are told apart and are neither best nor worst. A metric that counts names
nobody has (macro F1) falls in every small group; one of the names that are present (`present_f1`) does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import find
from ..errors import DataError
from ..metrics import Floats
from ..task import Task
from . import significance
from .significance import Interval, Metric

FEWEST = 20
"""Items that a group needs to be compared with others."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The best group's figure minus the worst's, in the metric's own direction, so that it is never below 0.

    Args:
        interval: its interval, of these two groups: which are best and worst is held to be known, so that it is a
            little too hopeful of a gap where many groups are near each other; `chance` and `p` are not.
        chance: the mean gap among groups of the same sizes when it is chance who belongs to which.
        p: how often that gap is as large.
    """

    best: str
    worst: str
    interval: Interval
    chance: float
    p: float


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Figures by group: `each` of at least `fewest` items, `small` of fewer; no gap below two groups with a figure."""

    each: Mapping[str, Interval]
    small: Mapping[str, Interval]
    gap: Gap | None


def subgroups(
    metric: Metric,
    truth: ArrayLike,
    scores: ArrayLike,
    over: Sequence[Any] | NDArray[Any],
    judged: ArrayLike | None = None,
    task: Task | None = None,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    fewest: int = FEWEST,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    shuffles: int = 200,
) -> Subgroups | dict[str, Subgroups]:
    """The metric of each group with its bootstrap interval, and the gap; by dimension where the metric gives several.

    A metric that is a function, and so has no CARD, is taken to be better when higher.

    Args:
        over: (n,) the group of each item, "" where it is in none: such items are left out.
        groups: (n,) what is drawn as a whole within a group of `over` (the dialogues of a speaker); None draws items.
        fewest: items that a group needs to be compared.
        shuffles: how often items are dealt out anew to see what gap chance makes.

    Raises:
        DataError: no item in a group, arrays of another length, or a unit of `groups` that lies in two of `over`.
    """
    t, s, kind = np.asarray(truth), np.asarray(scores), np.asarray(over).astype(str)
    if kind.shape != t.shape[:1]:
        raise DataError(f"{len(t)} groups", f"{kind.shape}", "give the group of every item")
    unit, _ = significance.drawn_together(len(t), groups)
    chosen = kind != ""
    if not chosen.any():
        raise DataError("items that are in a group", "none", "check which groups the corpus has")
    t, s, kind, unit = t[chosen], s[chosen], kind[chosen], unit[chosen]
    j = None if judged is None else np.asarray(judged)[chosen]

    known, group, counts = np.unique(kind, return_inverse=True, return_counts=True)
    values: dict[str, Floats] = {}
    names: tuple[str, ...] | None = None
    for i, name in enumerate(known.tolist()):
        rows = group == i
        own = None if j is None else j[rows]
        given = (own, task, None if groups is None else unit[rows], folds, seed + i, level)
        names, (values[name],), _ = significance.resampled(metric, t[rows], [s[rows]], *given)
    large = (counts >= fewest).nonzero()[0]
    k = len(names or ("",))
    by_chance = _shuffled(metric, (t, s, j), task, unit, group, large, k, seed, shuffles)
    sizes = dict(zip(known.tolist(), counts.tolist(), strict=True))
    higher = _higher(metric)
    found = [
        _told({g: v[:, d] for g, v in values.items()}, sizes, fewest, by_chance[..., d], higher, level)
        for d in range(k)
    ]
    return found[0] if names is None else dict(zip(names, found, strict=True))


def _told(
    values: Mapping[str, Floats], sizes: Mapping[str, int], fewest: int, by_chance: Floats, higher: bool, level: float
) -> Subgroups:
    """One value of the metric: figures per group, and the gap. `by_chance` (shuffles, groups)."""
    made = {g: Interval(float(v[0]), *significance.within(v[1:], level), sizes[g]) for g, v in values.items()}
    each = {g: found for g, found in made.items() if found.n >= fewest}
    small = {g: found for g, found in made.items() if found.n < fewest}
    ranked = sorted((g for g in each if np.isfinite(each[g].value)), key=lambda g: each[g].value, reverse=higher)
    if len(ranked) < 2:
        return Subgroups(each, small, None)
    best, worst = ranked[0], ranked[-1]
    between = (values[best] - values[worst]) * (1 if higher else -1)
    n = each[best].n + each[worst].n
    interval = Interval(float(between[0]), *significance.within(between[1:], level), n)
    gaps = np.asarray([np.ptp(row[np.isfinite(row)]) for row in by_chance if np.isfinite(row).sum() > 1])
    p = (1 + (gaps >= between[0] - 1e-10).sum()) / (1 + len(gaps))
    mean = float(gaps.mean()) if len(gaps) else float("nan")
    return Subgroups(each, small, Gap(best, worst, interval, mean, float(p)))


def _shuffled(
    metric: Metric,
    arrays: tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None],
    task: Task | None,
    unit: NDArray[np.intp],
    group: NDArray[np.intp],
    large: NDArray[np.intp],
    k: int,
    seed: int,
    shuffles: int,
) -> Floats:
    """The metric (shuffles, large groups, k) when units are dealt out anew to as many groups of as many units."""
    t, s, j = arrays
    _, first, unit = np.unique(unit, return_index=True, return_inverse=True)
    of_unit = group[first]
    if (of_unit[unit] != group).any():
        raise DataError("units that lie in one group each", "some in two", "draw by another kind of group")
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(shuffles if len(large) > 1 else 0):
        dealt = rng.permutation(of_unit)[unit]
        row = []
        for g in large:
            rows = dealt == g
            own = None if j is None else j[rows]
            prepared = significance.prepare(metric, t[rows], s[rows], own, task)
            row.append(significance.columns(prepared, np.ones((1, prepared.n)))[0])
        made.append(row)
    return np.reshape(np.asarray(made, np.float64), (len(made), len(large), k))


def _higher(metric: Metric) -> bool:
    """Whether more is better."""
    if isinstance(metric, str):
        return bool(find.card("metrics", metric)["higher_is_better"])
    return bool(metric.CARD["higher_is_better"]) if isinstance(metric, ModuleType) else True
