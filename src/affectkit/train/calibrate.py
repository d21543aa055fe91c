"""The numbers of a bundle's card, fitted on dev: slopes and biases, thresholds, confidence, abstain point, intervals.

Nothing here sees test. The rules by which a predictor uses these numbers are written in `runtime.predict`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis import calibration, thresholds
from ..metrics import macro_f1
from ..task import Kind, Task

KEPT_RIGHT = 0.7
"""Share of first labels that should be right among those not abstained from, on dev."""
_PRIORS = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0)
_HALVES = 20


def entry(
    task: Task, raw: NDArray[np.float32], truth: NDArray[np.float32], judged: NDArray[np.bool_]
) -> dict[str, Any]:
    """The card's entry for a task, from outputs (n, k), truth (n, k) and judged (n, k) on dev."""
    rows = judged.any(1)
    raw, truth, judged = raw[rows], truth[rows], judged[rows]
    found = {"task": task.to_json(), "output": task.id, "activation": task.defaults.activation}
    return found | (_dimensions(raw, truth, judged) if task.scaled else _names(task, raw, truth, judged))


def scores(entry: dict[str, Any], raw: NDArray[np.float32]) -> NDArray[np.float64]:
    """Outputs (n, k) as calibrated scores in [0, 1] or values in [-1, 1]."""
    x = raw * np.asarray(entry["slope"]) + np.asarray(entry["bias"])
    return {"sigmoid": calibration.sigmoid, "softmax": calibration.softmax, "identity": _clipped}[entry["activation"]](
        x
    )


def said(entry: dict[str, Any], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Names decided on, (n, k) bool, for scores as `scores` gives them."""
    if entry["thresholds"] is None:
        return np.arange(scores.shape[1]) == scores.argmax(1)[:, None]
    return thresholds.decide(scores, entry["thresholds"])


def first(scores: NDArray[np.float64], said: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The column of the first label of each row: the best-scoring one of those said."""
    return np.where(said, scores, -1.0).argmax(1)


def confidences(entry: dict[str, Any], scores: NDArray[np.float64], said: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) the chance that the first label is right."""
    top = scores[np.arange(len(scores)), first(scores, said)]
    fit = entry["confidence"]
    return calibration.sigmoid(fit["slope"] * calibration.logit(top) + fit["bias"])


def _names(
    task: Task, raw: NDArray[np.float32], truth: NDArray[np.float32], judged: NDArray[np.bool_]
) -> dict[str, Any]:
    k = raw.shape[1]
    found: dict[str, Any] = {"thresholds": None, "half_width": None}
    if task.kind is Kind.MULTI:
        slope, bias = calibration.platt(raw, truth, judged)
        found |= {"slope": slope.tolist(), "bias": bias.tolist()}
        calibrated = calibration.sigmoid(raw * slope + bias)
        found["thresholds"] = _tuned(calibrated, truth, judged)
    else:
        cool = 1 / calibration.temperature(raw, truth, judged)
        found |= {"slope": [cool] * k, "bias": [0.0] * k}
    probe = {**found, "activation": task.defaults.activation}
    its = scores(probe, raw)
    yes = said(probe, its)
    top = first(its, yes)
    right = (truth[np.arange(len(its)), top] >= 0.5) if task.kind is Kind.MULTI else truth.argmax(1) == top
    slope_1, bias_1 = calibration.confidence(its[np.arange(len(its)), top], right)
    found["confidence"] = {"slope": slope_1, "bias": bias_1}
    sure = confidences({**probe, **found}, its, yes)
    found["abstain"] = calibration.abstain_point(sure, right, KEPT_RIGHT)
    return found


def _tuned(scores: NDArray[np.float64], truth: NDArray[np.float32], judged: NDArray[np.bool_]) -> list[float]:
    """Thresholds with the prior that does best on halves of dev it was not tuned on."""
    rng = np.random.default_rng(0)
    reached = np.zeros(len(_PRIORS))
    for _ in range(_HALVES):
        half = rng.permutation(len(scores)) < len(scores) // 2
        for i, prior in enumerate(_PRIORS):
            cut = thresholds.tune(truth[half], scores[half], judged[half], prior)
            reached[i] += macro_f1.score(
                truth[~half], thresholds.decide(scores[~half], cut, judged[~half]), judged[~half]
            )
    best = _PRIORS[int(reached.argmax())]
    return [float(c) for c in thresholds.tune(truth, scores, judged, best)]


def _dimensions(raw: NDArray[np.float32], truth: NDArray[np.float32], judged: NDArray[np.bool_]) -> dict[str, Any]:
    """Slope and bias by least squares per dimension, and the 90 % half width of what they leave."""
    slope, bias = np.ones(raw.shape[1]), np.zeros(raw.shape[1])
    for d in range(raw.shape[1]):
        seen = judged[:, d]
        slope[d], bias[d] = np.polyfit(raw[seen, d].astype(np.float64), truth[seen, d].astype(np.float64), 1)
    values = _clipped(raw * slope + bias)
    return {
        "slope": slope.tolist(),
        "bias": bias.tolist(),
        "thresholds": None,
        "confidence": None,
        "abstain": None,
        "half_width": calibration.half_width(truth, values, 0.9, judged).tolist(),
    }


def _clipped(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(x, -1.0, 1.0)
