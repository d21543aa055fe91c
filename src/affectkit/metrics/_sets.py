"""Sets of words of two sides, placed on wheels and counted: what the metrics of open vocabularies are made of.

Not a metric itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import find
from ..errors import DataError
from ..task import Task
from ..taxonomies._words import Wheel
from . import Bools, Floats

Sets = Sequence[Iterable[str]]
OWN = "wheel"
"""The scheme whose wheel is taken where neither a task nor the caller names one."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many places on each of w wheels the sets of n items take, each (w, n) float64; 0 for what nobody judged.

    `true` and `said` are the places of each side, `common` those of both.
    """

    common: Floats
    true: Floats
    said: Floats

    @property
    def kept(self) -> Bools:
        """Which items a wheel has a place for: (w, n), at least one true place."""
        return self.true > 0


def counts(
    truth: Sets,
    said: Sets,
    judged: ArrayLike | None,
    task: Task | None,
    wheels: Sequence[Wheel] | None,
    level: int,
) -> Counts:
    """The counts of two sides on the given wheels, else on the wheel of the task's scheme, else on our own.

    A word without a place on a wheel is left out there: it neither helps nor harms.

    Raises:
        DataError: not one set of words per item on both sides, no item, no wheel, or a scheme without a wheel.
    """
    t, s = _sets(truth, "truth"), _sets(said, "scores")
    if len(t) != len(s):
        raise DataError("as many sets in truth as in scores", f"{len(t)} and {len(s)}", "align the items")
    if not t:
        raise DataError("at least one item", "none", "check the split or the filter")
    j = np.ones(len(t), bool) if judged is None else np.asarray(judged, bool)
    if j.shape != (len(t),):
        raise DataError(f"judged of shape ({len(t)},)", str(j.shape), "give one yes or no per item")
    used = _wheels(task) if wheels is None else tuple(wheels)
    if not used:
        raise DataError("at least one wheel", "none", "leave `wheels` out for our own")
    found = np.array([_on(wheel, level, t, s) for wheel in used], np.float64) * j
    return Counts(*found.transpose(1, 0, 2))


def _on(wheel: Wheel, level: int, truth: list[frozenset[str]], said: list[frozenset[str]]) -> list[list[int]]:
    """Places in common, true and said, per item."""
    place = {word: wheel.place(word, level) for word in frozenset().union(*truth, *said)}
    pairs = [({place[w] for w in t} - {None}, {place[w] for w in s} - {None}) for t, s in zip(truth, said, strict=True)]
    return [[len(t & s) for t, s in pairs], [len(t) for t, _ in pairs], [len(s) for _, s in pairs]]


def _wheels(task: Task | None) -> tuple[Wheel, ...]:
    scheme = OWN if task is None else task.scheme
    wheel = getattr(find.load("taxonomies", scheme), "WHEEL", None)
    if wheel is None:
        raise DataError(f"a scheme with a wheel for words, such as {OWN}", scheme, "name the wheels in `wheels`")
    return (wheel,)


def _sets(values: Sets, what: str) -> list[frozenset[str]]:
    if isinstance(values, str):
        raise DataError(f"a set of words per item in {what}", f"the text {values!r}", "put the items in a list")
    found = []
    for value in values:
        if isinstance(value, str):
            raise DataError(
                f"a set of words per item in {what}", f"the text {value!r}", "read it with the wheel's `parse` first"
            )
        if not isinstance(value, Iterable) or not all(isinstance(word, str) for word in value):
            raise DataError(f"a set of words per item in {what}", f"{value!r}", "give the words, not their scores")
        found.append(frozenset(value))
    return found
