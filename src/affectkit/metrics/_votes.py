"""Votes as arrays: what agreement among raters and the rules of aggregation are made of.

Not a metric itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..sample import Rating, Series, Value, target
from ..task import Task
from . import Bools, Floats, ratio

Ints = NDArray[np.intp]

_CONSENSUS = "consensus"
"""The rater of a value that others' votes have become already: no vote."""


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """What raters said of n items in one task: m votes, of which identical anonymous ones of an item may be one row.

    Args:
        task: the task they are of.
        n: how many items there are; an item may have no vote.
        item: (m,) intp in [0, n).
        rater: (m,) intp into `raters`, -1 for an anonymous vote.
        count: (m,) float64 of at least 1: how many votes a row stands for.
        values: (m, k) float64: 0 or 1 per name, shares, or numbers in `task.range`; 0 where nobody could judge.
        judged: (m, k) bool: what this rater could judge.
        raters: the known raters' ids, sorted.
    """

    task: Task
    n: int
    item: Ints
    rater: Ints
    count: Floats
    values: Floats
    judged: Bools
    raters: tuple[str, ...]

    @property
    def per_item(self) -> Floats:
        """How many votes each item has: (n,) float64."""
        return np.bincount(self.item, self.count, self.n).astype(np.float64)  # whole numbers where there is no vote

    @property
    def sums(self) -> Floats:
        """The sum of each item's votes, (n, k) float64: for names, how many chose each."""
        return self._by_item(self.values)

    @property
    def judges(self) -> Floats:
        """How many of an item's raters could judge each name or dimension: (n, k) float64."""
        return self._by_item(self.judged.astype(np.float64))

    @property
    def of_names(self) -> bool:
        """Whether every vote is for one name, or for several alike: neither numbers nor unequal shares."""
        alike = (self.values == 0) | (self.values == self.values.max(1, initial=0, keepdims=True))
        return not self.task.scaled and bool(alike.all())

    @property
    def chosen(self) -> Ints:
        """The column of the one name each vote is for: (m,).

        Raises:
            DataError: a vote is for several names or for shares of them.
        """
        one = np.count_nonzero(self.values, 1) == 1
        if not (self.of_names and one.all()):
            found = f"{(~one).sum()} votes for several or none" if self.of_names else "numbers or unequal shares"
            raise DataError(f"one name per vote in task {self.task.id!r}", found, "choose a task whose votes are names")
        best: Ints = self.values.argmax(1)
        return best

    def grid(self, column: int) -> Floats:
        """Items by known raters, (n, r) float64: what each said of a name or dimension, NaN where they did not.

        A rater who judged an item several times counts with their mean.
        """
        size, known = (self.n, len(self.raters)), (self.rater >= 0) & self.judged[:, column]
        cell = self.item[known] * size[1] + self.rater[known]
        length = size[0] * size[1]
        total = np.bincount(cell, (self.values[:, column] * self.count)[known], length)
        return ratio(total, np.bincount(cell, self.count[known], length)).reshape(size)

    def rest(self) -> tuple[Floats, Bools]:
        """The mean of the other votes on each vote's item, (m, k) float64, and where there is one and the vote judged.

        Other votes are all but one: those that share a row with it as well.
        """
        total = self.sums[self.item] - self.values
        others = self.judges[self.item] - self.judged
        return total / np.maximum(others, 1), self.judged & (others > 0)

    def _by_item(self, what: Floats) -> Floats:
        found = np.zeros((self.n, what.shape[1]))
        np.add.at(found, self.item, what * self.count[:, None])
        return found


def read(ratings: Iterable[Sequence[Rating]], task: Task) -> Votes:
    """The votes in each item's ratings for one task; a consensus is no vote, and a rater who passed gave none.

    Raises:
        DataError: a value is not of the task, or the task's vocabulary is open.
    """
    known: dict[Any, tuple[Floats, Bools]] = {}
    items: list[int] = []
    kept: list[Rating] = []
    rows: list[tuple[Floats, Bools]] = []
    n = 0
    for item, its in enumerate(ratings):
        n += 1
        for rating in its:
            if rating.task != task.id or rating.value is None or rating.rater == _CONSENSUS:
                continue
            key = _key(rating)
            if key not in known:  # few different values come many times
                known[key] = _row(task, rating)
            items.append(item)
            kept.append(rating)
            rows.append(known[key])
    raters = tuple(sorted({r.rater for r in kept if r.rater is not None}))
    place: dict[str | None, int] = {rater: i for i, rater in enumerate(raters)} | {None: -1}
    empty = np.zeros((0, len(task.names)))
    return Votes(
        task,
        n,
        np.array(items, np.intp),
        np.array([place[r.rater] for r in kept], np.intp),
        np.array([r.count for r in kept], np.float64),
        np.stack([values for values, _ in rows]) if rows else empty,
        np.stack([judged for _, judged in rows]) if rows else empty.astype(bool),
        raters,
    )


def _key(rating: Rating) -> tuple[Any, ...]:
    value = rating.value
    return tuple(value.items()) if isinstance(value, Mapping) else value, rating.judged


def _row(task: Task, rating: Rating) -> tuple[Floats, Bools]:
    """A vote's values (k,), numbers on the task's own scale, and what was judged (k,)."""
    values, judged = target(task, (rating,))
    if not task.scaled:
        return values.astype(np.float64), judged
    return np.where(judged, _numbers(rating.value), 0.0), judged


def _numbers(value: Value) -> Floats:
    return np.asarray(value.values.mean(0) if isinstance(value, Series) else value, np.float64)
