"""Alpha and the intraclass correlations waiting for a weight per item: one count of the votes serves all folds.

Each function takes votes once and gives `of`: weights (m, n), at least 0 -> values (m, ...). A weight of 2 is the same
as the item twice, under two names; NaN where a fold holds nothing to compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..metrics import Floats, ratio
from ..metrics._votes import Ints

Of = Callable[[Floats], Floats]

_DENSE, _FULL = (
    8_000_000,
    16,
)  # numbers in a table of items by values, in all (64 MB) and per row; else rows are counted
_ROUNDING = 1e-12  # a variance below this share of the mean square is what rounding leaves of zero


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Votes on n items for v values, every item with two votes or more.

    Args:
        item, code: (m,) which item in [0, n) each row is of, and for which value in [0, v).
        count: (m,) float64 above 0, how many votes it stands for.
        per: (n,) float64, the votes of each item.
        table: (n, v) float64, the votes of each item for each value; None where that is too large.
    """

    item: Ints
    code: Ints
    count: Floats
    v: int
    per: Floats
    table: Floats | None

    @classmethod
    def of(cls, item: Ints, code: Ints, count: Floats, v: int) -> Cells:
        n = int(item.max()) + 1
        per = np.bincount(item, count, n).astype(np.float64)
        made = cls(item, code, count, v, per, None)
        return replace(made, table=made.whole()) if n * v <= min(_DENSE, _FULL * len(item)) else made

    def whole(self) -> Floats:
        """The votes of each item for each value, (n, v), however large."""
        n = len(self.per)
        cells = np.bincount(self.item * self.v + self.code, self.count, n * self.v)
        return np.asarray(cells, np.float64).reshape(n, self.v)

    def sums(self, weights: Floats) -> Floats:
        """The votes for each value in each fold, (m, v)."""
        if self.table is not None:
            return weights @ self.table
        return np.stack([np.bincount(self.code, self.count * w[self.item], self.v) for w in weights])

    def by_item(self, of_value: Floats) -> Floats:
        """The sum over each item's votes of something of their values, (n,), from (v,)."""
        if self.table is not None:
            return self.table @ of_value
        return np.bincount(self.item, self.count * of_value[self.code], len(self.per)).astype(np.float64)

    def squares(self) -> Floats:
        """The sum over values of each item's squared votes, (n,)."""
        if self.table is not None:
            return np.asarray((self.table**2).sum(1))
        cell, place = np.unique(self.item * self.v + self.code, return_inverse=True)
        return np.bincount(cell // self.v, np.bincount(place, self.count) ** 2, len(self.per)).astype(np.float64)


def nominal(cells: Cells) -> Of:
    """Alpha of names."""
    within = (cells.per**2 - cells.squares()) / (cells.per - 1)

    def of(weights: Floats) -> Floats:
        n = weights @ cells.per
        return _alpha(n, weights @ within, n**2 - (cells.sums(weights) ** 2).sum(1))

    return of


def interval(cells: Cells, place: Floats) -> Of:
    """Alpha of numbers by their squared differences; `place` (v,) is where each value stands."""
    x = _centred(place, cells)
    one, two = cells.by_item(x), cells.by_item(x * x)
    within = 2 * (cells.per * two - one**2) / (cells.per - 1)

    def of(weights: Floats) -> Floats:
        n = weights @ cells.per
        return _alpha(n, weights @ within, _spread(n, weights @ one, weights @ two))

    return of


def ordinal(cells: Cells) -> Of:
    """Alpha of steps, by how many votes lie between: two values are as far apart as their mean ranks in the fold."""

    def of(weights: Floats) -> Floats:
        n, many = weights @ cells.per, cells.sums(weights)
        ranks = many.cumsum(1) - many / 2 - n[:, None] / 2
        within = np.empty(len(weights))
        for fold, (w, r) in enumerate(zip(weights, ranks, strict=True)):
            apart = cells.per * cells.by_item(r * r) - cells.by_item(r) ** 2
            within[fold] = w @ (2 * apart / (cells.per - 1))
        return _alpha(n, within, _spread(n, (many * ranks).sum(1), (many * ranks**2).sum(1)))

    return of


def by_distance(cells: Cells, apart: Floats) -> Of:
    """Alpha of anything, by how far two values are apart, (v, v)."""
    table = cells.whole()
    within = ((table @ apart) * table).sum(1) / (cells.per - 1)

    def of(weights: Floats) -> Floats:
        n, many = weights @ cells.per, cells.sums(weights)
        return _alpha(n, weights @ within, ((many @ apart) * many).sum(1))

    return of


def one_way(cells: Cells, place: Floats) -> Of:
    """ICC(1,1) of numbers, whoever gave them and however many an item has."""
    x = _centred(place, cells)
    total, square = cells.by_item(x), cells.by_item(x * x)
    means = total / cells.per
    inside = np.maximum(square - total * means, 0)

    def of(weights: Floats) -> Floats:
        n, votes, mean = weights.sum(1), weights @ cells.per, weights @ total
        few = np.maximum(n - 1, 1)
        between = (weights @ (total * means) - ratio(mean**2, votes)) / few
        within = ratio(weights @ inside, votes - n)
        size = (votes - ratio(weights @ cells.per**2, votes)) / few
        spread = _spread(votes, mean, weights @ square) > 0
        return np.where((n > 1) & spread, ratio(between - within, between + (size - 1) * within), np.nan)

    return of


FORMS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")
"""Shrout and Fleiss' names of the intraclass correlations, in the order of `icc`."""


def icc(grid: Floats) -> Of:
    """The six intraclass correlations, values (m, 6), of items by raters (n, k) without a gap."""
    k = grid.shape[1]
    # of equal numbers rounding would leave a variance, so they are put to exactly 0
    x = grid - grid.mean() if grid.min() < grid.max() else np.zeros_like(grid)
    rows = x.mean(1)
    inside = ((x - rows[:, None]) ** 2).sum(1)

    def of(weights: Floats) -> Floats:
        n = weights.sum(1)
        few = np.maximum(n - 1, 1)
        mean = weights @ rows / n
        columns = weights @ x / n[:, None] - mean[:, None]
        left = weights @ inside
        leaning = n * (columns**2).sum(1)
        item = k * np.maximum(weights @ rows**2 - n * mean**2, 0) / few
        within, rater = left / (n * (k - 1)), leaning / (k - 1)
        error = np.maximum(left - leaning, 0) / (few * (k - 1))
        lean = (rater - error) / n
        pairs = (
            (item - within, item + (k - 1) * within),
            (item - error, item + (k - 1) * error + k * lean),
            (item - error, item + (k - 1) * error),
            (item - within, item),
            (item - error, item + lean),
            (item - error, item),
        )
        found = np.stack([ratio(above, below) for above, below in pairs], 1)
        return np.where((n > 1)[:, None], found, np.nan)

    return of


def _alpha(n: Floats, within: Floats, between: Floats) -> Floats:
    return np.asarray(1 - (n - 1) * ratio(within, between))


def _spread(n: Floats, one: Floats, two: Floats) -> Floats:
    """Twice the squared differences of all pairs, from the sum and the sum of squares; exactly 0 for equal numbers."""
    found = 2 * (n * two - one**2)
    return np.where(found > _ROUNDING * n * two, found, 0.0)


def _centred(place: Floats, cells: Cells) -> Floats:
    """Values about their mean, so that large ones lose no digits."""
    return np.asarray(place - np.average(place[cells.code], weights=cells.count))
