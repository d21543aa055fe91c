"""How far raters agree: Krippendorff's alpha for names, steps, numbers and sets, and the intraclass correlations.

Alpha compares the disagreement within items with that between all votes: 1 is full agreement, 0 what chance gives,
below 0 less than that. It takes any number of votes per item, anonymous ones too; an item with one vote says nothing.
Reference: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011; Passonneau, Measuring Agreement on Set-Valued
Items (MASI) for Semantic and Pragmatic Annotation, LREC 2006; Shrout and Fleiss, Intraclass Correlations: Uses in
Assessing Rater Reliability, Psychological Bulletin 1979.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from ..metrics import Floats, ratio
from ..metrics._votes import Ints, Votes
from ..task import Kind

_LARGEST = 30_000_000  # numbers in a table of items by different sets: 240 MB


class Level(StrEnum):
    """What the difference of two values means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


def alpha(item: ArrayLike, value: ArrayLike, count: ArrayLike | None = None, level: Level | str = "nominal") -> float:
    """Krippendorff's alpha of m votes, in [-1, 1]; NaN where no item has two votes or all votes are for one value.

    Args:
        item: (m,) which item each vote is of, numbers or names.
        value: (m,) what it is for: names, or numbers for the levels ordinal and interval.
        count: (m,) how many votes each row stands for; None is one.
        level: nominal (the same or not), ordinal (how many votes lie between) or interval (the squared difference).

    Raises:
        DataError: lengths differ, a count is below 0, a number is not finite, or there is no such level.
    """
    wanted = _level(level)
    items, known, code, c = _compared(item, value, count)
    if len(known) < 2:
        return float("nan")
    per_item, per_value = np.bincount(items, c), np.bincount(code, c)
    n = per_value.sum()
    if wanted is Level.NOMINAL:
        cell = np.bincount(np.unique(items * len(known) + code, return_inverse=True)[1], c)
        owner = np.unique(items * len(known) + code) // len(known)
        within = per_item**2 - np.bincount(owner, cell**2)
        between = n**2 - (per_value**2).sum()
    else:
        # ordinal: two values are as far apart as their mean ranks, which is how Krippendorff counts what lies between
        place = known if wanted is Level.INTERVAL else per_value.cumsum() - per_value / 2
        x = _numbers(place)[code]
        x = x - np.average(x, weights=c)
        within = 2 * (per_item * np.bincount(items, c * x * x) - np.bincount(items, c * x) ** 2)
        between = 2 * n * (c * x * x).sum()
    return float(1 - (n - 1) * (within / (per_item - 1)).sum() / between)


def set_alpha(
    item: ArrayLike,
    sets: Sequence[frozenset[str]],
    count: ArrayLike | None = None,
    distance: Callable[[frozenset[str], frozenset[str]], float] | None = None,
) -> float:
    """Krippendorff's alpha of m votes that are sets of names, by default at MASI distance; NaN as in `alpha`.

    Raises:
        DataError: lengths differ, a count is below 0, or there are too many different sets to compare.
    """
    between = masi if distance is None else distance
    different = sorted(set(sets), key=sorted)
    number = {one: i for i, one in enumerate(different)}
    items, known, code, c = _compared(item, [number[one] for one in sets], count)
    if len(known) < 2:
        return float("nan")
    n, v = int(items.max()) + 1, len(known)
    if n * v > _LARGEST:
        found = f"{v:,} different sets on {n:,} items"
        raise DataError(f"items times sets up to {_LARGEST:,}", found, "compare name by name instead")
    apart = np.array([[between(different[a], different[b]) for b in known] for a in known])
    votes = np.bincount(items * v + code, c, n * v).reshape(n, v)
    per_value = votes.sum(0)
    within = ((votes @ apart) * votes).sum(1) / (votes.sum(1) - 1)
    return float(1 - (per_value.sum() - 1) * within.sum() / (per_value @ apart @ per_value))


def masi(a: frozenset[str], b: frozenset[str]) -> float:
    """Distance of two sets in [0, 1]: 1 - (their Jaccard share) * (1 equal, 2/3 one in the other, 1/3 overlapping)."""
    if a == b:
        return 0.0
    common = len(a & b)
    shape = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - shape * common / len(a | b)


def icc(grid: ArrayLike) -> dict[str, float]:
    """Intraclass correlations of items by raters; NaN where nothing varies.

    Shrout and Fleiss call them (1,1) where each item has raters of its own, (2,1) where raters are a sample of all, and
    (3,1) where they are the only ones of interest; (1,k), (2,k) and (3,k) are those of the mean of all k raters.

    Args:
        grid: (n, k) float, NaN where a rater did not judge an item; such items are left out.

    Raises:
        DataError: fewer than two items that all raters judged, or fewer than two raters.
    """
    whole = np.asarray(grid, np.float64)
    whole = whole[~np.isnan(whole).any(1)] if whole.ndim == 2 else np.zeros((0, 0))
    n, k = whole.shape
    if n < 2 or k < 2:
        raise DataError("two items or more that two raters or more judged", f"{n} by {k}", "choose raters in common")
    # of equal numbers rounding would leave a variance, so they are put to exactly 0
    x = whole - whole.mean() if whole.min() < whole.max() else np.zeros_like(whole)
    rows, columns = x.mean(1), x.mean(0)
    item = k * (rows**2).sum() / (n - 1)
    within = ((x - rows[:, None]) ** 2).sum() / (n * (k - 1))
    rater = n * (columns**2).sum() / (k - 1)
    error = ((x - rows[:, None] - columns) ** 2).sum() / ((n - 1) * (k - 1))
    spread = (rater - error) / n
    return {
        "1,1": _share(item - within, item + (k - 1) * within),
        "2,1": _share(item - error, item + (k - 1) * error + k * spread),
        "3,1": _share(item - error, item + (k - 1) * error),
        "1,k": _share(item - within, item),
        "2,k": _share(item - error, item + spread),
        "3,k": _share(item - error, item),
    }


def icc_one_way(item: ArrayLike, value: ArrayLike, count: ArrayLike | None = None) -> float:
    """ICC(1,1) of m votes whose raters need not be known and whose number may differ between items; NaN as in `icc`.

    Args:
        item, value, count: as in `alpha`; items with one vote are left out.
    """
    items, known, code, c = _compared(item, value, count)
    per_item = np.bincount(items, c)
    n, total = len(per_item), per_item.sum()
    if n < 2 or len(known) < 2:
        return float("nan")
    x = _numbers(known)[code]
    x = x - np.average(x, weights=c)
    means = np.bincount(items, c * x) / per_item
    between = (per_item * means**2).sum() / (n - 1)
    within = (c * (x - means[items]) ** 2).sum() / (total - n)
    size = (total - (per_item**2).sum() / total) / (n - 1)
    return _share(between - within, between + (size - 1) * within)


def of_votes(votes: Votes) -> dict[str, float]:
    """What fits the votes' kind, each under a name such as "alpha_nominal" or "alpha_interval.valence".

    Names get the nominal alpha; where votes are for several names, one for each name and that of the sets; numbers the
    ordinal and interval alphas and ICC(1,1), with the other ICCs where at least two items were judged by all known
    raters.

    Raises:
        DataError: votes are unequal shares of names.
    """
    task, columns = votes.task, range(len(votes.task.names))
    if task.scaled:
        return {f"{what}.{task.names[i]}": v for i in columns for what, v in _of_numbers(votes, i).items()}
    several = votes.of_names and (np.count_nonzero(votes.values, 1) != 1).any()
    if task.kind is not Kind.MULTI and not several:
        return {"alpha_nominal": alpha(votes.item, votes.chosen, votes.count)}
    found = {"alpha_masi": set_alpha(votes.item, _sets(votes), votes.count)}
    for i in columns:
        j = votes.judged[:, i]
        found[f"alpha_nominal.{task.names[i]}"] = alpha(votes.item[j], votes.values[j, i] > 0, votes.count[j])
    return found


def _of_numbers(votes: Votes, column: int) -> dict[str, float]:
    j = votes.judged[:, column]
    item, value, count = votes.item[j], votes.values[j, column], votes.count[j]
    found = {f"alpha_{level}": alpha(item, value, count, level) for level in (Level.ORDINAL, Level.INTERVAL)}
    found["icc_1_1"] = icc_one_way(item, value, count)
    grid = votes.grid(column)
    if grid.shape[1] > 1 and (~np.isnan(grid).any(1)).sum() > 1:
        found |= {f"icc_{name.replace(',', '_')}": v for name, v in icc(grid).items()}
    return found


def _sets(votes: Votes) -> list[frozenset[str]]:
    names = votes.task.names
    return [frozenset(n for n, v in zip(names, row, strict=True) if v > 0) for row in votes.values.tolist()]


def _compared(item: ArrayLike, value: ArrayLike, count: ArrayLike | None) -> tuple[Ints, np.ndarray, Ints, Floats]:
    """Item (m,) from 0 on, the values there are, the value's place among them (m,), and counts (m,), of items with two
    votes or more."""
    i, v = np.asarray(item), np.asarray(value)
    c = np.ones(i.shape) if count is None else np.asarray(count, np.float64)
    if i.ndim != 1 or i.shape != v.shape or i.shape != c.shape:
        raise DataError("an item, a value and a count for each vote", f"{i.shape}, {v.shape}, {c.shape}", "align them")
    if not (c >= 0).all():
        raise DataError("counts of at least 0", f"{c.min():g}", "leave out what nobody voted")
    numbered = np.unique(i, return_inverse=True)[1]
    kept = (np.bincount(numbered, c)[numbered] > 1) & (c > 0) if len(i) else np.zeros(0, bool)
    known, code = np.unique(v[kept], return_inverse=True)
    return np.unique(numbered[kept], return_inverse=True)[1], known, code, c[kept]


def _level(level: Level | str) -> Level:
    try:
        return Level(level)
    except ValueError as error:
        raise DataError(f"a level among {', '.join(Level)}", repr(level), "correct `level`") from error


def _numbers(values: np.ndarray) -> Floats:
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise DataError("finite numbers for this level", f"{values.tolist()[-1]!r}", "names have the level nominal")
    return values.astype(np.float64)


def _share(above: float, below: float) -> float:
    return float(ratio(above, below))
