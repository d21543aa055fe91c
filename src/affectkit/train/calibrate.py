"""The numbers of a bundle's card, fitted on dev: slopes and biases, thresholds, confidence, abstain point, intervals.

Nothing here sees test. The rules by which these numbers are used are `runtime.say.Head`'s, in training as in serving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..analysis import calibration, thresholds
from ..metrics import macro_f1
from ..runtime import relative as relation
from ..runtime.say import Head
from ..task import Kind, Task
from .mixture import Mixture

Outputs = Mapping[str, NDArray[np.float32]]
"""task id -> (n, k) logits or dimensions."""

KEPT_RIGHT = 0.7
"""Share of first labels that should be right among those not abstained from, on dev."""
_PRIORS = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0)
_HALVES = 20
_STRENGTHS = tuple(i / 10 for i in range(11))
_FEWEST = 40
"""Items below which thresholds are not tuned apart."""
_HALF = 0.5
_TINY = 1e-9  # scores are not nearer to 0 and 1 than that, so that they have logits
_NEVER = 2.0
"""A threshold that no score reaches."""


def entries(
    tasks: Sequence[Task], part: Mixture, raw: Outputs, apart: str = "", tempered: bool = True, even: bool = False
) -> list[dict[str, Any]]:
    """The card's entries for all tasks of a model, from its outputs on what `run.told` gives: dev, mostly.

    Of no samples at all, as where a method chooses nothing and a split has no dev, scores are taken as they are.

    Args:
        apart: the task by whose best name the others' thresholds are tuned apart (a text's language); "" for none.
        tempered: whether scores of which one name is right get a temperature.
        even: whether thresholds lie where precision equals recall, rather than where F1 is best.
    """
    if not len(part):
        return [_as_it_is(task) for task in tasks]
    made = []
    for task in tasks:
        other = (apart, raw[apart]) if apart and task.id != apart else None
        made.append(entry(task, raw[task.id], part.targets[task.id], part.judged[task.id], other, tempered, even))
    return made


def entry(
    task: Task,
    raw: NDArray[np.float32],
    truth: NDArray[np.float32],
    judged: NDArray[np.bool_],
    apart: tuple[str, NDArray[np.float32]] | None = None,
    tempered: bool = True,
    even: bool = False,
) -> dict[str, Any]:
    """The card's entry for a task, from outputs (n, k), truth (n, k) and judged (n, k) on dev.

    Args:
        apart: another output and its values (n, names), by whose best name thresholds are tuned apart.
        tempered, even: as in `entries`.
    """
    rows = judged.any(1)
    raw, truth, judged = raw[rows], truth[rows], judged[rows]
    if task.scaled:
        return _entry(task, _dimensions(raw, truth, judged))
    return _entry(task, _names(task, raw, truth, judged, apart and (apart[0], apart[1][rows]), tempered, even))


def centred(
    raw: NDArray[np.float32], voices: NDArray[np.str_], judged: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Outputs (n, k) without the usual of their own voice (n,), as `runtime.relative` takes it off.

    Args:
        judged: (n, k) names that could be chosen: only these are made equally likely within a voice.
    """
    made = raw.astype(np.float32).copy()
    for voice in np.unique(voices):
        rows = np.flatnonzero(voices == voice)
        names = np.flatnonzero(np.ones(raw.shape[1], bool) if judged is None else judged[rows].any(0))
        at = np.ix_(rows, names)
        made[at] = raw[at] - relation.usual(raw[at].astype(np.float64))
    return made


def relative(
    task: Task,
    raw: NDArray[np.float32],
    truth: NDArray[np.float32],
    judged: NDArray[np.bool_],
    voices: NDArray[np.str_],
    least: int,
) -> dict[str, Any]:
    """The card's entry `relative`: how outputs are read once the usual of their voice has been taken off.

    Args:
        voices: (n,) whose voice each sample is.
        least: windows that a voice must have.
    """
    found = entry(task, centred(raw, voices, judged), truth, judged)
    return {
        "least_windows": least,
        "centre": [0.0] * len(task.names),
        "temperature": 1 / found["slope"][0],
        "confidence": found["confidence"],
        "abstain": found["abstain"],
    }


def _as_it_is(task: Task) -> dict[str, Any]:
    """An entry that changes no score and knows no confidence."""
    k = len(task.names)
    found: dict[str, Any] = dict.fromkeys(("thresholds", "confidence", "abstain", "half_width"))
    return _entry(task, found | {"silent": False, "slope": [1.0] * k, "bias": [0.0] * k})


def _entry(task: Task, found: dict[str, Any]) -> dict[str, Any]:
    return {"task": task.to_json(), "output": task.id, "activation": task.defaults.activation, **found}


def first(scores: NDArray[np.float64], said: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The column of the first label of each row: the best-scoring one of those said."""
    return np.where(said, scores, -1.0).argmax(1)


def right(task: Task, truth: NDArray[np.float32], first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,) whether first labels are right: among the true names, or the true name."""
    if task.kind is Kind.MULTI:
        return truth[np.arange(len(truth)), first] >= 0.5
    return truth.argmax(1) == first


def _names(
    task: Task,
    raw: NDArray[np.float32],
    truth: NDArray[np.float32],
    judged: NDArray[np.bool_],
    apart: tuple[str, NDArray[np.float32]] | None,
    tempered: bool,
    even: bool,
) -> dict[str, Any]:
    k = raw.shape[1]
    found: dict[str, Any] = dict.fromkeys(("thresholds", "confidence", "abstain", "half_width")) | {"silent": False}
    if task.kind is Kind.MULTI:
        found["silent"] = not ((truth >= 0.5) & judged).any(1).all()
        slope, bias = calibration.platt(raw, truth, judged)
        found |= {"slope": slope.tolist(), "bias": bias.tolist()}
        tuned = calibration.sigmoid(raw * slope + bias)
        if even:
            found["thresholds"] = thresholds.even(truth, tuned, judged).tolist()
        else:
            found["thresholds"] = _tuned(tuned, truth, judged, found["silent"])
        if apart is not None:
            each = _tuned_apart(tuned, truth, judged, found["silent"], apart[1], found["thresholds"])
            found["apart"] = {"output": apart[0], "thresholds": each}
    else:
        cool = 1 / calibration.temperature(raw, truth, judged) if tempered else 1.0
        found |= {"slope": [cool] * k, "bias": [0.0] * k}
    head = Head.of(_entry(task, found))
    scores = head.scores(raw.astype(np.float64))
    said = head.said(scores, outputs=apart and {apart[0]: apart[1]})
    top = first(scores, said)
    told = judged[np.arange(len(scores)), top] & said.any(1)  # of a label that nobody could choose, nobody knows
    reached, hit = scores[np.arange(len(scores)), top][told], right(task, truth, top)[told]
    slope_1, bias_1 = calibration.confidence(reached, hit)
    found["confidence"] = {"slope": slope_1, "bias": bias_1}
    sure = Head.of(_entry(task, found)).sure(reached)
    found["abstain"] = calibration.abstain_point(sure, hit, KEPT_RIGHT)
    if task.kind is not Kind.MULTI:
        found["balance"] = _balance(scores, truth, judged)
    return found


def _balance(
    scores: NDArray[np.float64], truth: NDArray[np.float32], judged: NDArray[np.bool_]
) -> dict[str, Any] | None:
    """How common names are, and the strength at which scores / prior ** strength have the best macro-F1.

    None where a name never comes, whose prior nobody knows. The strength is the one that did best in the mean of many
    halves, so that one lucky item of a rare name decides little.
    """
    prior = (truth * judged).sum(0) / np.maximum(judged.sum(0), 1)
    if not len(scores) or not (prior > 0).all():
        return None
    names, right = np.arange(scores.shape[1]), truth.argmax(1)
    wanted = (names == right[:, None]).astype(np.float32)
    said = [names == (scores * prior**-s).argmax(1)[:, None] for s in _STRENGTHS]
    rng = np.random.default_rng(0)
    halves = [rng.permutation(len(scores)) < len(scores) // 2 for _ in range(_HALVES)]
    reached = [sum(macro_f1.score(wanted[h], one[h], judged[h]) for h in halves) for one in said]
    return {"prior": prior.tolist(), "strength": _STRENGTHS[int(np.argmax(reached))]}


def _tuned(
    scores: NDArray[np.float64], truth: NDArray[np.float32], judged: NDArray[np.bool_], silent: bool
) -> list[float]:
    """Thresholds in the way that does best on halves they were not tuned on.

    Ways are the one that trusts the scores, and those that trust the labels, each with its prior.
    """

    def cuts(rows: NDArray[np.bool_], prior: float | None) -> NDArray[np.float64]:
        if prior is None:
            return _foreseen(scores[rows], truth[rows], judged[rows])
        return thresholds.tune(truth[rows], scores[rows], judged[rows], prior)

    rng, ways = np.random.default_rng(0), (*_PRIORS, None)
    reached = np.zeros(len(ways))
    for _ in range(_HALVES):
        half = rng.permutation(len(scores)) < len(scores) // 2
        for i, prior in enumerate(ways):
            said = thresholds.decide(scores[~half], cuts(half, prior), judged[~half], fallback=not silent)
            reached[i] += macro_f1.score(truth[~half], said, judged[~half])
    return [float(c) for c in cuts(np.ones(len(scores), bool), ways[int(reached.argmax())])]


def _foreseen(
    scores: NDArray[np.float64], truth: NDArray[np.float32], judged: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Thresholds (k,) that calibrated scores foretell to be best; a name without a true case gets that of all pooled.

    Scores are calibrated anew on these very rows: calibrated on more, they would know the labels of the other half.
    """

    def cut(s: NDArray[np.float64], t: NDArray[np.float32], j: NDArray[np.bool_]) -> NDArray[np.float64]:
        x = _logits(s)
        slope, bias = calibration.platt(x, t, j)
        found = thresholds.expected(calibration.sigmoid(x * slope + bias), j)
        return calibration.sigmoid((_logits(found) - bias) / slope)

    own, there = cut(scores, truth, judged), ((truth >= _HALF) & judged).any(0)
    if there.all():
        return own
    return np.where(there, own, cut(scores[judged][:, None], truth[judged][:, None], judged[judged][:, None]))


def _logits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    near = np.clip(scores, _TINY, 1 - _TINY)
    return np.asarray(np.log(near / (1 - near)))


def _tuned_apart(
    scores: NDArray[np.float64],
    truth: NDArray[np.float32],
    judged: NDArray[np.bool_],
    silent: bool,
    other: NDArray[np.float32],
    common: list[float],
) -> list[list[float]]:
    """Thresholds for every best name of another output (n, names); the common ones where there are too few items.

    What could not be chosen in most of the items there, such as disgust in a language whose raters were not asked for
    it, is not said there: nothing was learnt of it, and the others are taken for that language by mistake.
    """
    best = other.argmax(1)
    made = []
    for name in range(other.shape[1]):
        rows = best == name
        enough = rows.sum() >= _FEWEST and (truth[rows] * judged[rows] >= 0.5).any()
        if not enough:
            made.append(common)
            continue
        cut = _tuned(scores[rows], truth[rows], judged[rows], silent)
        asked = judged[rows].mean(0) >= _HALF
        made.append([c if there else _NEVER for c, there in zip(cut, asked, strict=True)])
    return made


def _dimensions(raw: NDArray[np.float32], truth: NDArray[np.float32], judged: NDArray[np.bool_]) -> dict[str, Any]:
    """Slope and bias by least squares per dimension, and the 90 % half width of what they leave."""
    slope, bias = np.ones(raw.shape[1]), np.zeros(raw.shape[1])
    for d in range(raw.shape[1]):
        x, y = (a[judged[:, d], d].astype(np.float64) for a in (raw, truth))
        if len(x):  # else the half width says what is missing
            away = x - x.mean()
            spread = away @ away
            slope[d] = away @ y / spread if spread > 0 else 0.0  # an output that never changes says the mean
            bias[d] = y.mean() - slope[d] * x.mean()
    values = np.clip(raw * slope + bias, -1.0, 1.0)
    return {
        "slope": slope.tolist(),
        "bias": bias.tolist(),
        "thresholds": None,
        "silent": False,
        "confidence": None,
        "abstain": None,
        "half_width": calibration.half_width(truth, values, 0.9, judged).tolist(),
    }
