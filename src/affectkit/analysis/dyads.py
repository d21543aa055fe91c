"""One listener, one story: the protocols of OMG-Empathy, for predictions of what somebody feels while they listen.

Concordance is taken clip by clip, never over frames of several clips; one of constants is 0. From the table of
listeners by stories come two figures: the *personalised* track is the mean over each listener's stories, then over
listeners; the *generalised* one the mean over each story's listeners, then over stories. Where every listener has every
story both are the mean of all cells and thus equal; the tracks then differ in what a model may use, not in how it is
measured.
Reference: Barros, Churamani, Lim and Wermter, The OMG-Empathy Dataset, ACII 2019, and the challenge's program.
Differs from it: a table need not be complete (absent cells are left out and counted); files are paired by their
numbers; where lengths differ it waits for ever, here that is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from ..metrics import Floats
from .significance import Interval, within
from .stimulus import concordance

Clip = tuple[int, int]
"""Listener and story."""


@dataclass(frozen=True, slots=True, eq=False)
class Dyads:
    """Concordance of each listener with each story.

    Args:
        listeners, stories: their numbers, rising.
        ccc: (n, s) float64, NaN where there is no clip.
        constant: clips whose prediction or truth never moves, which count as 0.
    """

    listeners: tuple[int, ...]
    stories: tuple[int, ...]
    ccc: Floats
    constant: tuple[Clip, ...]

    @property
    def by_listener(self) -> Floats:
        """(n,) the mean over a listener's stories."""
        found: Floats = np.nanmean(self.ccc, axis=1)
        return found

    @property
    def by_story(self) -> Floats:
        """(s,) the mean over a story's listeners."""
        found: Floats = np.nanmean(self.ccc, axis=0)
        return found

    @property
    def personalised(self) -> float:
        return float(self.by_listener.mean())

    @property
    def generalised(self) -> float:
        return float(self.by_story.mean())

    @property
    def complete(self) -> bool:
        """Whether every listener has every story, so that both tracks have the same mean."""
        return not np.isnan(self.ccc).any()

    def interval(self, folds: int = 1000, seed: int = 0, level: float = 0.95) -> Interval:
        """The personalised mean with its interval over listeners drawn again: how sure it is for other listeners."""
        each, rng = self.by_listener, np.random.default_rng(seed)
        drawn = each[rng.integers(0, len(each), (folds, len(each)))].mean(1)
        return Interval(self.personalised, *within(drawn, level), int((~np.isnan(self.ccc)).sum()))


def score(truth: ArrayLike, said: ArrayLike) -> float:
    """Concordance of one clip's values (m,) with what was said of it, in [-1, 1]; 0 where one of them is constant.

    Raises:
        DataError: other lengths, no value, or a number that is not finite.
    """
    t, s = np.asarray(truth, np.float64), np.asarray(said, np.float64)
    if t.shape != s.shape or t.ndim != 1 or not t.size:
        raise DataError(f"one value for each of {t.size:,} frames", f"{s.size:,}", "give a value for every frame")
    if not (np.isfinite(t).all() and np.isfinite(s).all()):
        raise DataError("finite values", "NaN or infinity", "correct the file")
    found = concordance(t, s)
    return 0.0 if np.isnan(found) else found


def table(truth: Mapping[Clip, ArrayLike], said: Mapping[Clip, ArrayLike]) -> Dyads:
    """The concordance of each clip that both hold.

    Raises:
        DataError: no clip in common, or as `score`, with the clip's name.
    """
    both = sorted(set(truth) & set(said))
    if not both:
        raise DataError("predictions for clips of the truth", "none", "name them Subject_1_Story_2.csv as there")
    listeners, stories = (tuple(sorted({clip[at] for clip in both})) for at in (0, 1))
    found, constant = np.full((len(listeners), len(stories)), np.nan), []
    for clip in both:
        try:
            value = score(truth[clip], said[clip])
        except DataError as error:
            whose = f"{error.expected} of Subject_{clip[0]}_Story_{clip[1]}"
            raise DataError(whose, error.found, error.fix) from error
        found[listeners.index(clip[0]), stories.index(clip[1])] = value
        if np.isnan(concordance(truth[clip], said[clip])):
            constant.append(clip)
    return Dyads(listeners, stories, found, tuple(constant))


def held(values: ArrayLike, frames: int) -> Floats:
    """Values at a lower or higher rate, each held for its share of `frames`: (m,) -> (frames,) float64."""
    x = np.asarray(values, np.float64)
    if not x.size or frames < 1:
        raise DataError("at least one value and one frame", f"{x.size} and {frames}", "correct the file")
    found: Floats = x[np.arange(frames) * len(x) // frames]
    return found
