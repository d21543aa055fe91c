"""Thresholds per name, chosen on dev: from which score on a name is said.

A name's best threshold depends on how rare and how hard it is (half of the best F1, for calibrated scores), so one cut
for all names costs macro F1. The search is exact: F1 changes only where a score lies, so every gap between two
neighbouring scores is tried.
`even` takes the other usual point, where as many items are said as are true, so that precision equals recall.
`expected` takes the point that would be best if scores were right about how likely a name is. It asks no labels, so
that luck of the few true cases of a rare name does not decide; but scores must be calibrated.
Reference: Lipton et al., Optimal Thresholding of Classifiers to Maximize F1 Measure, ECML 2014; Ye et al., Optimizing
F-Measures: A Tale of Two Approaches, ICML 2012 (`tune` is the one, `expected` the other).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..metrics import Bools, Floats, arrays, f1

_EQUAL = 1e-12  # F1s nearer than this are the same F1


def tune(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, prior: float = 0.0) -> Floats:
    """The threshold per name, (k,) float64, that maximises F1 when `score >= threshold` says the name.

    It lies in the middle between two neighbouring scores; of several gaps with the same F1 the widest is taken. A name
    without a true case gets the threshold that is best for all names pooled.

    Args:
        truth: (n, k), true where >= 0.5.
        scores: (n, k) of any scale.
        judged: (n, k) bool; what nobody judged is left out.
        prior: above 0, each name's F1 is computed as if so many true cases more had been seen, which behave like those
            of all names pooled. It steadies names with few true cases and hardly moves the others.

    Raises:
        DataError: no name has a true case, or the prior is negative.
    """
    t, s, j = arrays(truth, scores, judged)
    yes = (t >= 0.5) & j
    if not yes.any():
        raise DataError("at least one true case to tune thresholds on", "none", "check the split or the filter")
    if not prior >= 0:
        raise DataError("a prior of at least 0 true cases", f"{prior}", "use 0 for none")
    pooled = float(_sweep(yes[j][:, None], s[j][:, None], np.ones((j.sum(), 1), bool), None, 0.0)[0])
    found = _sweep(yes, s, j, _Pool(yes[j], s[j]) if prior else None, prior)
    return np.where(yes.any(0), found, pooled)


def even(truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None) -> Floats:
    """The threshold per name, (k,) float64, at which precision is nearest to recall: as many are said as are true.

    Precision is hits / said and recall hits / true, so they are equal where said = true. It lies in the middle between
    two neighbouring scores; where equal scores let none do, it is the gap whose number is nearest, the higher one of
    two. A name without a true case gets the threshold of all names pooled.

    Args:
        truth: (n, k), true where >= 0.5.
        scores: (n, k) of any scale.
        judged: (n, k) bool; what nobody judged is left out.

    Raises:
        DataError: no name has a true case.
    """
    t, s, j = arrays(truth, scores, judged)
    yes = (t >= 0.5) & j
    if not yes.any():
        raise DataError("at least one true case to tune thresholds on", "none", "check the split or the filter")
    pooled = _even(s[j], int(yes.sum()))
    cuts = [_even(s[j[:, k], k], int(yes[:, k].sum())) if yes[:, k].any() else pooled for k in range(t.shape[1])]
    return np.asarray(cuts, np.float64)


def expected(scores: ArrayLike, judged: ArrayLike | None = None) -> Floats:
    """The threshold per name, (k,) float64, with the best F1 of expected counts, if scores are probabilities.

    At or above a score, as many hits are expected as the scores there sum to, and as many true cases in all as all sum
    to. The threshold lies in the middle between two neighbouring scores; of several gaps with the same F1 the widest is
    taken. A name that nobody was asked about gets 1.

    Args:
        scores: (n, k) probabilities in [0, 1].
        judged: (n, k) bool; what nobody judged is left out.

    Raises:
        DataError: a score outside [0, 1].
    """
    s, _, j = arrays(scores, scores, judged)
    if (wrong := s[j & ~((s >= 0) & (s <= 1))]).size:
        raise DataError("probabilities from 0 to 1", f"{wrong[0]:g}", "calibrate the scores")
    ladder = _Ladder.of(s, j)
    hits = np.where(ladder.place <= ladder.last, np.take_along_axis(s, ladder.order, 0), 0.0).cumsum(0)
    cut = ladder.best(f1(hits, hits[-1], ladder.said))
    return np.where(j.any(0), cut, 1.0)


def _even(scores: Floats, true: int) -> float:
    """The cut of scores (n,) at or above which the number nearest to `true` lies."""
    values, counts = np.unique(-scores, return_counts=True)  # the best first
    said = counts.cumsum()
    place = int(np.abs(said - true).argmin())
    if place + 1 == len(values):
        return float(-values[place])
    middle = -(values[place] + values[place + 1]) / 2
    return float(middle if middle > -values[place + 1] else -values[place])


def decide(scores: ArrayLike, thresholds: ArrayLike, judged: ArrayLike | None = None, fallback: bool = True) -> Bools:
    """Names said, (n, k) bool: scores (n, k) at or above thresholds (k,), or each item's own (n, k).

    Args:
        fallback: say the best-scoring name where none reaches its threshold; False leaves such items without a name.
    """
    _, s, j = arrays(scores, scores, judged)
    cut = np.asarray(thresholds, np.float64)
    if cut.shape not in (s.shape, s.shape[1:]):
        raise DataError(f"{s.shape[1]} thresholds", str(cut.shape), "give one per name")
    said: Bools = (s >= cut) & j
    if fallback:
        silent = ~said.any(1) & j.any(1)
        said[silent, np.where(j, s, -np.inf).argmax(1)[silent]] = True
    return said


class _Pool:
    """Shares, per true case of all names, of true and of all cases at or above a score."""

    def __init__(self, yes: Bools, scores: Floats) -> None:
        self.every, self.true = np.sort(scores), np.sort(scores[yes])

    def at(self, cuts: Floats) -> tuple[Floats, Floats]:
        n = len(self.true)
        return 1 - np.searchsorted(self.true, cuts) / n, (len(self.every) - np.searchsorted(self.every, cuts)) / n


@dataclass(frozen=True)
class _Ladder:
    """Every name's scores in their order, best first and unjudged last, and the cuts between them.

    Args:
        order: (n, k) rows of the scores.
        place: (n, 1) numbers of the steps.
        last: (k,) the step of the lowest judged score.
        cuts, gaps: (n, k) what says all scores down to a step, and how wide the gap is that it lies in.
    """

    order: NDArray[np.int64]
    place: NDArray[np.int64]
    last: NDArray[np.int64]
    cuts: Floats
    gaps: Floats

    @classmethod
    def of(cls, scores: Floats, judged: Bools) -> _Ladder:
        order = np.where(judged, -scores, np.inf).argsort(0, kind="stable")
        ranked = np.take_along_axis(scores, order, 0)
        last, names = np.maximum(judged.sum(0) - 1, 0), range(scores.shape[1])
        below = np.concatenate([ranked[1:], ranked[-1:]])
        below[last, names] = ranked[last, names]  # nothing lies under the lowest score: its cut is the score itself
        gaps = ranked - below
        middle = ranked - gaps / 2
        cuts = np.where(middle > below, middle, ranked)  # two scores so near that no number lies between
        return cls(order, np.arange(len(scores))[:, None], last, cuts, gaps)

    @property
    def said(self) -> Floats:
        """(n, 1) how many items are said down to a step."""
        return self.place.astype(np.float64) + 1

    def best(self, reached: Floats) -> Floats:
        """The cut (k,) where most is reached (n, k); of several the one in the widest gap."""
        possible = (self.place == self.last) | ((self.place < self.last) & (self.gaps > 0))
        reached = np.where(possible, reached, -1.0)
        widest = np.where(reached >= reached.max(0) - _EQUAL, self.gaps, -1.0).argmax(0)
        return np.asarray(np.take_along_axis(self.cuts, widest[None], 0)[0])


def _sweep(yes: Bools, scores: Floats, judged: Bools, pool: _Pool | None, prior: float) -> Floats:
    """The best threshold per name (k,), each name on its own."""
    ladder = _Ladder.of(scores, judged)
    hits = np.take_along_axis(yes, ladder.order, 0).cumsum(0, dtype=np.float64)
    said, true = ladder.said, yes.sum(0).astype(np.float64)
    if pool is None:
        return ladder.best(f1(hits, true, said))
    more_hits, more_said = pool.at(ladder.cuts)
    return ladder.best(f1(hits + prior * more_hits, true + prior, said + prior * more_said))
