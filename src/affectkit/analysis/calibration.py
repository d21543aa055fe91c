"""Scores made honest on dev: logits to probabilities, a confidence for the first name, half widths, the abstain point.

Everything is a handful of numbers that travels in a bundle: slope and bias per name (Platt), a temperature, slope and
bias of the confidence, a half width per dimension, one abstain point. Newton's method in numpy; nothing random.
Reference: Platt, Probabilistic Outputs for Support Vector Machines, 1999; Guo et al., On Calibration of Modern Neural
Networks, ICML 2017; Lei et al., Distribution-Free Predictive Inference for Regression, JASA 2018 (split conformal).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..metrics import Bools, Floats, arrays

_LOWEST_SLOPE = 0.05  # a calibrated score rises with its logit, whatever the noise of a rare name says
_PULL = 1.0  # how many squared logits draw a slope to 1: felt only by names with a handful of cases
_EDGE = 1e-6  # probabilities are kept this far from 0 and 1 before a logit is taken
_STEPS = 50
_ENOUGH = 1e-10  # a Newton step below this is the end


def sigmoid(x: ArrayLike) -> Floats:
    """1 / (1 + exp(-x)), float64 in [0, 1], without overflow."""
    x = np.asarray(x, np.float64)
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, small) / (1.0 + small))


def logit(p: ArrayLike) -> Floats:
    """log(p / (1 - p)) of probabilities, kept 1e-6 away from 0 and 1; float64 in [-13.9, 13.9]."""
    p = np.clip(np.asarray(p, np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(p) - np.log1p(-p))


def softmax(x: ArrayLike) -> Floats:
    """Shares (n, k) float64 that sum to 1 per row; -inf gets 0."""
    x = np.asarray(x, np.float64)
    shares = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(shares / shares.sum(-1, keepdims=True))


def platt(
    logits: ArrayLike, truth: ArrayLike, judged: ArrayLike | None = None, weight: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Slope and bias per name, (k,) float64 each: sigmoid(slope * logit + bias) is the probability of the name.

    Maximum likelihood with Platt's targets (a true case is (P + 1) / (P + 2), another 1 / (N + 2)) and a slight pull
    of the slope to 1, so that a name with no true case stays finite. The slope is at least 0.05, so the order of scores
    never changes. A name nobody judged keeps slope 1 and bias 0.

    Args:
        logits: (n, k) before the sigmoid.
        truth: (n, k) in [0, 1], also shares of votes.
        judged: (n, k) bool; what nobody judged is left out.
        weight: (n,) how often each item counts.
    """
    t, x, j = arrays(truth, logits, judged)
    w = j * (np.ones(len(x)) if weight is None else _same_length(weight, len(x), "weights"))[:, None]
    true, other = (w * t).sum(0), (w * (1 - t)).sum(0)
    goal = t * (true + 1) / (true + 2) + (1 - t) / (other + 2)

    slope, bias = _newton(x, goal, w, np.ones(x.shape[1]), np.zeros(x.shape[1]), free=np.ones(x.shape[1], bool))
    # the loss is convex: where the best slope is too low, the best allowed one is the lowest
    low = slope < _LOWEST_SLOPE
    if low.any():
        bound = np.full(low.sum(), _LOWEST_SLOPE)
        slope[low], bias[low] = _newton(x[:, low], goal[:, low], w[:, low], bound, 0 * bound, free=bound < 0)
    return slope, bias


def temperature(
    logits: ArrayLike, truth: ArrayLike, judged: ArrayLike | None = None, weight: ArrayLike | None = None
) -> float:
    """The temperature in [0.01, 100] with which softmax(logits / temperature) fits the truth best.

    Above 1 the scores were too sure, below 1 not sure enough. The likelihood has one peak; its slope is bisected.

    Args:
        logits: (n, k) before the softmax.
        truth: (n, k) one-hot or shares; an item without a true case is left out.
    """
    t, x, j = arrays(truth, logits, judged)
    w = np.ones(len(x)) if weight is None else _same_length(weight, len(x), "weights")
    heard = t.sum(1) > 0
    t, x, j, w = t[heard], x[heard], j[heard], w[heard]
    if not len(t):
        raise DataError("at least one true case to fit a temperature on", "none", "check the split or the filter")
    shares = t / t.sum(1, keepdims=True)
    reached = (shares * x).sum(1)
    low, high = math.log(0.01), math.log(100.0)  # of 1 / temperature
    for _ in range(_STEPS):
        middle = (low + high) / 2
        expected = (softmax(np.where(j, x * math.exp(middle), -np.inf)) * x).sum(1)
        if float(w @ (reached - expected)) > 0:
            low = middle
        else:
            high = middle
    return math.exp(-(low + high) / 2)


def confidence(score_of_first_label: ArrayLike, right: ArrayLike) -> tuple[float, float]:
    """Slope and bias: sigmoid(slope * logit(score) + bias) is the probability that the first label is right.

    Args:
        score_of_first_label: (n,) in [0, 1].
        right: (n,) bool, whether it was.
    """
    s = _probabilities(score_of_first_label)
    slope, bias = platt(logit(s), _same_length(right, len(s), "answers"))
    return float(slope[0]), float(bias[0])


def half_width(truth: ArrayLike, values: ArrayLike, level: float = 0.9, judged: ArrayLike | None = None) -> Floats:
    """Half width per dimension, (k,) float64: value +- half width holds the truth of a new item with chance >= level.

    Split conformal: the ceil((n + 1) level)-th smallest absolute residual of n items the model was not fitted on. It
    promises nothing for items of another kind than these.

    Raises:
        DataError: too few items for the level, which must lie between 0 and 1.
    """
    t, v, j = arrays(truth, values, judged)
    if not 0 < level < 1:
        raise DataError("a level between 0 and 1", f"{level}", "0.9 is usual")
    n = j.sum(0)
    rank = np.ceil((n + 1) * level - 1e-9).astype(int)  # 1e-9: 10 * 0.9 is a little more than 9
    if (rank > n).any():
        need = math.ceil(level / (1 - level) - 1e-9)
        raise DataError(
            f"at least {need} judged items for level {level:g}", f"{n.min()}", "use more items or a lower level"
        )
    residuals: Floats = np.sort(np.where(j, np.abs(t - v), np.inf), 0)
    return np.asarray(np.take_along_axis(residuals, rank[None] - 1, 0)[0])


def abstain_point(confidence: ArrayLike, right: ArrayLike, target: float) -> float:
    """The smallest confidence at which the items kept (confidence >= point) are right in at least a share `target`.

    0 when all may be kept. 1 when no point reaches the target: then only what is wholly sure is kept.

    Args:
        confidence: (n,) in [0, 1].
        right: (n,) bool.
        target: share in [0, 1].
    """
    if not 0 <= target <= 1:
        raise DataError("a target between 0 and 1", f"{target}", "0.7 asks for seven right of ten")
    c = _probabilities(confidence)
    order = (-c).argsort(kind="stable")
    c, r = c[order], _same_length(right, len(c), "answers")[order]
    share = r.cumsum() / np.arange(1, len(c) + 1)
    whole = np.append(c[1:] < c[:-1], True)  # items of equal confidence are kept together
    good = ((share >= target) & whole).nonzero()[0]
    if not len(good):
        return 1.0
    return 0.0 if good[-1] == len(c) - 1 else float(c[good[-1]])


def _newton(x: Floats, goal: Floats, w: Floats, slope: Floats, bias: Floats, free: Bools) -> tuple[Floats, Floats]:
    """Newton's method for k logistic fits at once; where `free` (k,) is False the slope stays."""

    def loss(slope: Floats, bias: Floats) -> Floats:
        z = slope * x + bias
        cost: Floats = (w * (np.logaddexp(0, z) - goal * z)).sum(0) + _PULL / 2 * (slope - 1) ** 2
        return cost

    now = loss(slope, bias)
    for _ in range(_STEPS):
        p = sigmoid(slope * x + bias)
        gap, curve = w * (p - goal), w * p * (1 - p)
        g_slope, g_bias = (gap * x).sum(0) + _PULL * (slope - 1), gap.sum(0)
        h_slope, h_both, h_bias = (curve * x * x).sum(0) + _PULL, (curve * x).sum(0), curve.sum(0) + _EDGE
        h_both, g_slope = np.where(free, h_both, 0.0), np.where(free, g_slope, 0.0)
        size = h_slope * h_bias - h_both**2
        d_slope, d_bias = (h_bias * g_slope - h_both * g_bias) / size, (h_slope * g_bias - h_both * g_slope) / size
        for _ in range(_STEPS):  # a step that climbs went too far
            after = loss(slope - d_slope, bias - d_bias)
            climbs = after > now + _ENOUGH
            if not climbs.any():
                break
            d_slope, d_bias = np.where(climbs, d_slope / 2, d_slope), np.where(climbs, d_bias / 2, d_bias)
        slope, bias, now = slope - d_slope, bias - d_bias, after
        if max(np.abs(d_slope).max(), np.abs(d_bias).max()) < _ENOUGH:
            break
    return slope, bias


def _same_length(values: ArrayLike, n: int, what: str) -> NDArray[np.float64]:
    found = np.asarray(values, np.float64)
    if found.shape != (n,):
        raise DataError(f"{n} {what}", str(found.shape), "give one per item")
    return found


def _probabilities(values: ArrayLike) -> Floats:
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not len(found):
        raise DataError("a confidence per item", f"shape {found.shape}", "give an array (n,)")
    if not ((found >= 0) & (found <= 1)).all():
        raise DataError("confidences between 0 and 1", f"{found.min():g} to {found.max():g}", "apply a sigmoid first")
    return found
