"""How far a confidence can be relied on: the reliability curve, and isotonic calibration.

The curve is in bins of equal width (those of the metric `ece`) or of equal mass, with the share that was right in each
and its Wilson interval. Isotonic calibration is the rising step function nearest to the answers, found by pooling
adjacent violators, with straight lines between its steps.
Reference: DeGroot & Fienberg, The Comparison and Evaluation of Forecasters, 1983; Wilson, Probable Inference, JASA
1927; Zadrozny & Elkan, Transforming Classifier Scores into Accurate Multiclass Probability Estimates, KDD 2002.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from ..metrics import Floats

BINS = 15


@dataclass(frozen=True, slots=True)
class Bin:
    """Items whose confidence lies in one bin.

    Args:
        low, high: the bin's ends; of a bin of equal mass its smallest and largest confidence.
        n: how many items.
        score: their mean confidence.
        share: of them that are right, with its interval from `share_low` to `share_high`.
    """

    low: float
    high: float
    n: int
    score: float
    share: float
    share_low: float
    share_high: float


def curve(
    confidence: ArrayLike, right: ArrayLike, bins: int = BINS, mass: bool = False, level: float = 0.95
) -> tuple[Bin, ...]:
    """The reliability curve, lowest bin first; bins without an item are left out.

    Args:
        confidence: (n,) in [0, 1].
        right: (n,) bool, or shares in [0, 1].
        bins: how many there may be.
        mass: bins hold equally many items, not equally much of the scale; equal confidences stay together.

    Raises:
        DataError: fewer than one bin, no item, or a confidence outside [0, 1].
    """
    c, r = answers(confidence, right)
    if bins < 1:
        raise DataError("at least one bin", f"{bins}", f"{BINS} is usual")
    if mass:
        _, place, counts = np.unique(c, return_inverse=True, return_counts=True)
        before = counts.cumsum() - counts
        where = (before * bins // len(c))[place]
    else:
        where = np.clip(np.ceil(c * bins).astype(int) - 1, 0, bins - 1)
    n = np.bincount(where, minlength=bins)
    scores, shares = (np.bincount(where, v, bins) / np.maximum(n, 1) for v in (c, r))
    low, high = wilson(shares * n, n, level)
    found = []
    for b in np.flatnonzero(n):
        its = c[where == b]
        ends = (its.min(), its.max()) if mass else (b / bins, (b + 1) / bins)
        ends = (float(ends[0]), float(ends[1]))
        found.append(Bin(*ends, int(n[b]), float(scores[b]), float(shares[b]), float(low[b]), float(high[b])))
    return tuple(found)


def wilson(right: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Low and high end of Wilson's interval of the shares right / n, any shape; of no item it is 0 to 1.

    Raises:
        DataError: a level outside (0, 1), or more right answers than items.
    """
    k, m = np.asarray(right, np.float64), np.asarray(n, np.float64)
    if not 0 < level < 1:
        raise DataError("a level between 0 and 1", f"{level}", "0.95 is usual")
    if not ((k >= 0) & (k <= m + 1e-9)).all():  # 1e-9: sums of shares
        raise DataError("between 0 and n right answers", f"up to {k.max():g} of {m.max():g}", "count them again")
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    share = k / np.maximum(m, 1)
    middle = (k + z2 / 2) / (m + z2)
    half = np.sqrt(z2) / (m + z2) * np.sqrt(np.maximum(m * share * (1 - share), 0) + z2 / 4)
    low, high = np.minimum(middle - half, share), np.maximum(middle + half, share)  # rounding may pass the share by
    return np.maximum(low, 0), np.minimum(high, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Isotonic:
    """A rising curve from scores to shares: straight lines between points (scores, shares), (m,) each; level outside.

    The first and the last score of a step are both points, so that steps stay level.
    """

    scores: Floats
    shares: Floats

    def at(self, scores: ArrayLike) -> Floats:
        """The calibrated scores, in [0, 1], of scores of any shape."""
        return np.asarray(np.interp(np.asarray(scores, np.float64), self.scores, self.shares))


def isotonic(scores: ArrayLike, right: ArrayLike, weight: ArrayLike | None = None) -> Isotonic:
    """The rising curve nearest to the answers (least squares).

    It can make two scores equal, and it needs more items than Platt's two numbers: some hundreds.

    Args:
        scores: (n,) of any scale, also logits.
        right: (n,) bool, or shares in [0, 1].
        weight: (n,) how often each item counts.

    Raises:
        DataError: no item, or a number that is not finite.
    """
    s, r = _finite(scores, right)
    w = np.ones(len(s)) if weight is None else np.asarray(weight, np.float64)
    if w.shape != s.shape or not (w >= 0).all() or not w.any():
        raise DataError(f"{len(s)} weights of at least 0, not all 0", f"shape {w.shape}", "give one per item")
    values, place = np.unique(s[w > 0], return_inverse=True)
    mass, sums = np.bincount(place, w[w > 0]), np.bincount(place, (w * r)[w > 0])
    steps: list[tuple[float, float, int]] = []  # sum, weight, how many scores
    for total, much in zip(sums.tolist(), mass.tolist(), strict=True):
        many = 1
        while steps and steps[-1][0] * much >= total * steps[-1][1]:  # not below: one step
            before, its, n = steps.pop()
            total, much, many = total + before, much + its, many + n
        steps.append((total, much, many))
    ends = np.cumsum([n for *_, n in steps])
    starts = np.append(0, ends[:-1])
    shares = np.asarray([total / much for total, much, _ in steps])
    points, at = np.unique(np.concatenate([starts, ends - 1]), return_index=True)
    return Isotonic(values[points], np.concatenate([shares, shares])[at])


def answers(confidence: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
    """Confidences in [0, 1] and whether the answers were right, (n,) float64 each.

    Raises:
        DataError: another shape, no item, NaN, or a confidence outside [0, 1].
    """
    c, r = _finite(confidence, right)
    if c.min() < 0 or c.max() > 1:
        raise DataError("confidences between 0 and 1", f"{c.min():g} to {c.max():g}", "calibrate them first")
    return c, r


def _finite(scores: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
    s, r = np.asarray(scores, np.float64), np.asarray(right, np.float64)
    if s.ndim != 1 or s.shape != r.shape or not len(s):
        raise DataError(
            "a score and an answer per item", f"shapes {s.shape} and {r.shape}", "give two arrays (n,), not empty"
        )
    if strange := int((~np.isfinite(s) | ~np.isfinite(r)).sum()):
        raise DataError("finite scores and answers", f"{strange} that are not", "leave out items without an answer")
    if r.min() < 0 or r.max() > 1:
        raise DataError("answers from 0 (wrong) to 1 (right)", f"{r.min():g} to {r.max():g}", "compare with the truth")
    return s, r
