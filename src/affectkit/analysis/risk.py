"""What is gained by keeping silent: risk against coverage, the area under that curve, and the point of a bundle.

Items are answered from the surest down; at each coverage the risk is the share of answers that are wrong. Items of
equal confidence come in any order, so their mean order is taken: the area does not depend on how a file is sorted.
Reference: El-Yaniv & Wiener, On the Foundations of Noise-Free Selective Classification, JMLR 2010; Geifman & El-Yaniv,
Selective Classification for Deep Neural Networks, NeurIPS 2017; Geifman et al., Bias-Reduced Uncertainty Estimation,
ICLR 2019 (the excess over the best order).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..metrics import Floats
from ..task import Task
from . import significance
from .reliability import answers, wilson
from .significance import Interval


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points (m,) each, the surest items first: answer what is at least this sure, and so much is answered and wrong.

    `low` and `high` are Wilson's interval of the risk; a point is one confidence, however many items have it.
    """

    confidence: Floats
    coverage: Floats
    risk: Floats
    low: Floats
    high: Floats


def curve(confidence: ArrayLike, right: ArrayLike, level: float = 0.95) -> Curve:
    """Risk against coverage; the last point answers all.

    Args:
        confidence: (n,) in [0, 1].
        right: (n,) bool.

    Raises:
        DataError: no item, NaN, a confidence outside [0, 1], or a level outside (0, 1).
    """
    points, kept, wrong = _kept(*answers(confidence, right))
    low, high = wilson(wrong, kept, level)
    return Curve(points, kept / kept[-1], wrong / kept, low, high)


def aurc(confidence: ArrayLike, right: ArrayLike) -> float:
    """The area under the curve: the mean of the risks at 1, 2 ... n answers; in [0, 1], 0 when all is right."""
    _, kept, wrong = _kept(*answers(confidence, right))
    n = np.arange(1.0, kept[-1] + 1)
    # between two points the wrong answers come evenly: the mean over all orders of equal items
    return float((np.interp(n, np.append(0, kept), np.append(0, wrong)) / n).mean())


def excess(confidence: ArrayLike, right: ArrayLike) -> float:
    """How much of the area the order of the confidences costs: 0 when every right answer is surer than a wrong one."""
    c, r = answers(confidence, right)
    return aurc(c, r) - aurc(r, r)


def area(
    confidence: ArrayLike,
    right: ArrayLike,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """`aurc` with its bootstrap interval, over items or whole groups of them."""
    c, r = answers(confidence, right)
    found = significance.bootstrap(_drawn, r, c, groups=groups, folds=folds, seed=seed, level=level)
    assert isinstance(found, Interval)  # a metric of one value
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """What an abstain point keeps: the share of n items answered, and the share of those that are wrong, each with its
    interval; a risk of nothing is NaN."""

    coverage: Interval
    risk: Interval


def at(confidence: ArrayLike, right: ArrayLike, point: float, level: float = 0.95) -> Kept:
    """Coverage and risk on items the point was not chosen on; `calibration.abstain_point` chooses it, on dev.

    Items of at least `point` are answered. Intervals are Wilson's.

    Raises:
        DataError: no item, NaN, a point or a confidence outside [0, 1].
    """
    c, r = answers(confidence, right)
    if not 0 <= point <= 1:
        raise DataError("an abstain point between 0 and 1", f"{point}", "take that of the bundle's card")
    said = c >= point
    n, wrong = int(said.sum()), float((1 - r[said]).sum())
    (low, risk_low), (high, risk_high) = (end.tolist() for end in wilson([n, wrong], [len(c), n], level))
    risk = Interval(wrong / n, risk_low, risk_high, n) if n else Interval(np.nan, np.nan, np.nan, 0)
    return Kept(Interval(n / len(c), low, high, len(c)), risk)


def _kept(c: Floats, r: Floats) -> tuple[Floats, Floats, Floats]:
    """Distinct confidences from the highest down, and how many items are at least so sure, and wrong among them."""
    points, place, counts = np.unique(-c, return_inverse=True, return_counts=True)
    return -points, counts.cumsum().astype(np.float64), np.bincount(place, 1 - r).cumsum()


def _drawn(
    right: ArrayLike, confidence: ArrayLike, judged: ArrayLike | None, weight: Floats | None, task: Task | None
) -> float:
    """`aurc` of a fold: an item drawn twice stands there twice."""
    c, r = np.asarray(confidence), np.asarray(right)
    if weight is None:
        return aurc(c, r)
    times = weight.astype(np.int64)
    return aurc(np.repeat(c, times), np.repeat(r, times))
