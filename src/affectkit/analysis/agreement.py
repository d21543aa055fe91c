"""How far raters agree: Krippendorff's alpha for names, steps, numbers and sets, and the intraclass correlations.

Alpha compares the disagreement within items with that between all votes: 1 is full agreement, 0 what chance gives,
below 0 less than that. It takes any number of votes per item, anonymous ones too; an item with one vote says nothing.
`intervals` tells how sure each figure is, by drawing items again, or whole groups of items that belong together.
Reference: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011; Passonneau, Measuring Agreement on Set-Valued
Items (MASI) for Semantic and Pragmatic Annotation, LREC 2006; Shrout and Fleiss, Intraclass Correlations: Uses in
Assessing Rater Reliability, Psychological Bulletin 1979.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..metrics import Floats
from ..metrics._votes import Votes
from ..task import Kind
from . import _agreed, significance
from ._agreed import Cells, Of
from .significance import Interval

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
    return _alpha("alpha", item, value, count, level).once()["alpha"]


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
    return _set_alpha("alpha", item, sets, count, masi if distance is None else distance).once()["alpha"]


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
    return _icc("", grid).once()


def icc_one_way(item: ArrayLike, value: ArrayLike, count: ArrayLike | None = None) -> float:
    """ICC(1,1) of m votes whose raters need not be known and whose number may differ between items; NaN as in `icc`.

    Args:
        item, value, count: as in `alpha`; items with one vote are left out.
    """
    return _one_way("icc", item, value, count).once()["icc"]


def of_votes(votes: Votes) -> dict[str, float]:
    """What fits the votes' kind, each under a name such as "alpha_nominal" or "alpha_interval.valence".

    Names get the nominal alpha; where votes are for several names, one for each name and that of the sets; numbers the
    ordinal and interval alphas and ICC(1,1), with the other ICCs where at least two items were judged by all known
    raters.

    Raises:
        DataError: votes are unequal shares of names.
    """
    return {name: value for figure in _figures(votes) for name, value in figure.once().items()}


def intervals(
    votes: Votes,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Interval]:
    """What `of_votes` gives, each figure with its percentile interval and the number of items it is of.

    Items with two votes or more are drawn again with all their votes, the same items for every figure of a fold.

    Args:
        groups: (n,) speaker, dialogue ... of each of the votes' items: whole groups are drawn; None draws items.
        folds: how many samples with replacement.

    Raises:
        DataError: as `of_votes`; fewer than one fold, a level outside (0, 1), or groups of another length.
    """
    if folds < 1:
        raise DataError("at least one fold", f"{folds}", "1000 is usual")
    if not 0 < level < 1:
        raise DataError("a level between 0 and 1", f"{level}", "0.95 is usual")
    if groups is not None and len(groups) != votes.n:
        raise DataError(f"{votes.n} groups", f"{len(groups)}", "give the group of every item")
    found = list(_figures(votes))
    several = np.flatnonzero(votes.per_item > 1)
    if not len(several):
        return {name: Interval(v, v, v, 0) for figure in found for name, v in figure.once().items()}
    its = None if groups is None else np.asarray(groups)[several]
    blocks: list[list[Floats]] = []
    for drawn in significance.drawn(len(several), its, folds, seed):
        weights = np.zeros((len(drawn), votes.n))
        weights[:, several] = drawn
        blocks.append([figure.of(weights[:, figure.items]) for figure in found])
    made: dict[str, Interval] = {}
    for number, figure in enumerate(found):
        values = np.concatenate([block[number] for block in blocks])
        for (name, value), column in zip(figure.once().items(), values.T, strict=True):
            made[name] = Interval(value, *significance.within(column, level), len(figure.items))
    return made


# ---- figures that wait for weights -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Figure:
    """Figures on some items: `of` gives values (m, k), one per name, for weights (m, n) of those `items` (n,)."""

    names: tuple[str, ...]
    items: NDArray[Any]
    of: Of

    @classmethod
    def single(cls, name: str, items: NDArray[Any], of: Of) -> _Figure:
        return cls((name,), items, lambda weights: of(weights)[:, None])

    @classmethod
    def none(cls, name: str) -> _Figure:
        """A figure that does not exist."""
        return cls((name,), np.zeros(0, np.intp), lambda weights: np.full((len(weights), 1), np.nan))

    def once(self) -> dict[str, float]:
        """The figures with every item counted once."""
        return dict(zip(self.names, self.of(np.ones((1, len(self.items))))[0].tolist(), strict=True))


def _figures(votes: Votes) -> Iterator[_Figure]:
    task, columns = votes.task, range(len(votes.task.names))
    if task.scaled:
        for i in columns:
            yield from _of_numbers(votes, i)
        return
    several = votes.of_names and (np.count_nonzero(votes.values, 1) != 1).any()
    if task.kind is not Kind.MULTI and not several:
        yield _alpha("alpha_nominal", votes.item, votes.chosen, votes.count, Level.NOMINAL)
        return
    yield _set_alpha("alpha_masi", votes.item, _sets(votes), votes.count, masi)
    for i in columns:
        j, name = votes.judged[:, i], f"alpha_nominal.{task.names[i]}"
        yield _alpha(name, votes.item[j], votes.values[j, i] > 0, votes.count[j], Level.NOMINAL)


def _of_numbers(votes: Votes, column: int) -> Iterator[_Figure]:
    j, name = votes.judged[:, column], votes.task.names[column]
    item, value, count = votes.item[j], votes.values[j, column], votes.count[j]
    for level in (Level.ORDINAL, Level.INTERVAL):
        yield _alpha(f"alpha_{level}.{name}", item, value, count, level)
    yield _one_way(f"icc_1_1.{name}", item, value, count)
    grid = votes.grid(column)
    if grid.shape[1] > 1 and (~np.isnan(grid).any(1)).sum() > 1:
        its = _icc("", grid)
        yield _Figure(tuple(f"icc_{form.replace(',', '_')}.{name}" for form in its.names), its.items, its.of)


def _alpha(name: str, item: ArrayLike, value: ArrayLike, count: ArrayLike | None, level: Level | str) -> _Figure:
    wanted = _level(level)
    ids, known, cells = _compared(item, value, count)
    if cells is None:
        return _Figure.none(name)
    if wanted is Level.NOMINAL:
        return _Figure.single(name, ids, _agreed.nominal(cells))
    numbers = _numbers(known)
    of = _agreed.ordinal(cells) if wanted is Level.ORDINAL else _agreed.interval(cells, numbers)
    return _Figure.single(name, ids, of)


def _set_alpha(
    name: str,
    item: ArrayLike,
    sets: Sequence[frozenset[str]],
    count: ArrayLike | None,
    distance: Callable[[frozenset[str], frozenset[str]], float],
) -> _Figure:
    different = sorted(set(sets), key=sorted)
    number = {one: i for i, one in enumerate(different)}
    ids, known, cells = _compared(item, [number[one] for one in sets], count)
    if cells is None:
        return _Figure.none(name)
    n, v = len(ids), len(known)
    if n * v > _LARGEST:
        found = f"{v:,} different sets on {n:,} items"
        raise DataError(f"items times sets up to {_LARGEST:,}", found, "compare name by name instead")
    apart = np.array([[distance(different[a], different[b]) for b in known] for a in known])
    return _Figure.single(name, ids, _agreed.by_distance(cells, apart))


def _one_way(name: str, item: ArrayLike, value: ArrayLike, count: ArrayLike | None) -> _Figure:
    ids, known, cells = _compared(item, value, count)
    return _Figure.none(name) if cells is None else _Figure.single(name, ids, _agreed.one_way(cells, _numbers(known)))


def _icc(name: str, grid: ArrayLike) -> _Figure:
    whole = np.asarray(grid, np.float64)
    kept = np.flatnonzero(~np.isnan(whole).any(1)) if whole.ndim == 2 else np.zeros(0, np.intp)
    n, k = (len(kept), whole.shape[1]) if whole.ndim == 2 else (0, 0)
    if n < 2 or k < 2:
        raise DataError("two items or more that two raters or more judged", f"{n} by {k}", "choose raters in common")
    return _Figure(tuple(f"{name}{form}" for form in _agreed.FORMS), kept, _agreed.icc(whole[kept]))


def _sets(votes: Votes) -> list[frozenset[str]]:
    names = votes.task.names
    return [frozenset(n for n, v in zip(names, row, strict=True) if v > 0) for row in votes.values.tolist()]


def _compared(
    item: ArrayLike, value: ArrayLike, count: ArrayLike | None
) -> tuple[NDArray[Any], NDArray[Any], Cells | None]:
    """The items with two votes or more, the values there are, and their votes; None where nothing can be compared."""
    i, v = np.asarray(item), np.asarray(value)
    c = np.ones(i.shape) if count is None else np.asarray(count, np.float64)
    if i.ndim != 1 or i.shape != v.shape or i.shape != c.shape:
        raise DataError("an item, a value and a count for each vote", f"{i.shape}, {v.shape}, {c.shape}", "align them")
    if not (c >= 0).all():
        raise DataError("counts of at least 0", f"{c.min():g}", "leave out what nobody voted")
    numbered = np.unique(i, return_inverse=True)[1]
    kept = (np.bincount(numbered, c)[numbered] > 1) & (c > 0) if len(i) else np.zeros(0, bool)
    ids, own = np.unique(i[kept], return_inverse=True)
    known, code = np.unique(v[kept], return_inverse=True)
    return ids, known, Cells.of(own, code, c[kept], len(known)) if len(known) > 1 else None


def _level(level: Level | str) -> Level:
    try:
        return Level(level)
    except ValueError as error:
        raise DataError(f"a level among {', '.join(Level)}", repr(level), "correct `level`") from error


def _numbers(values: np.ndarray) -> Floats:
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise DataError("finite numbers for this level", f"{values.tolist()[-1]!r}", "names have the level nominal")
    return values.astype(np.float64)
