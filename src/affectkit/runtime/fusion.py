"""Late fusion on one clock: what several modalities say of the same half seconds as one, and how far they differ.

Each bundle's calibrated scores go through the label algebra to one space: nine coarse names (shares that sum to 1) and
valence, arousal and dominance. Time is cut into cells of `STEP_S`; a modality has a say in the cells that it covers
(a face that is seen, a stretch with speech, a turn of a transcript) and none in the others: nothing is filled with 0.

Modality m in cell c has the shares p, the calibrated confidence q (the chance that its first label is right) and the
part r of the cell that it covers. Of any set of cells, of one cell as of the whole file,

    weight          w = q * r
    fused shares    P = sum w * p / sum w          over all its pairs (m, c); valence, arousal, dominance alike
    confidence      Q = sum w * s / sum w          s = q where the pair's own first name is the fused one,
                                                   else min(p of the fused name, 1 - q)
    disagreement    D = the mean over cells with two modalities or more of (J + V) / 2
                    J = generalised Jensen-Shannon divergence of their p, divided by log(how many they are)
                    V = mean over pairs of modalities of the root mean square of half their difference in the dimensions
                        that both tell

J and V are 0 for modalities that say the same and 1 for opposite ones that are sure. J alone would take fear and
sadness for as far apart as joy and sadness, V alone fear and anger for nearly the same. The p are not weighted by q in
J, since a modality that is not sure has a flat p already. Several faces or voices of one cell are one modality, their
mean weighted by q and r.

A mean, not a product: face, voice and words of one person err together, so that agreement is no second proof.
References: Stone, The Opinion Pool, Annals of Mathematical Statistics, 1961; Kittler et al., On Combining Classifiers,
IEEE TPAMI, 1998 (the sum rule bears errors of its members best); Lin, Divergence Measures Based on the Shannon Entropy,
IEEE Transactions on Information Theory, 1991.
Known limits: q is calibrated per bundle, Q is not calibrated again; it is rather too low where modalities agree. With
several faces nobody knows which of them speaks. A task without a calibrated confidence counts as q = 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import hub
from ..prediction import TaskPrediction
from ..task import Kind, View
from . import timeline
from .say import Floats, Head

SCHEME, DIMENSIONS = "plutchik_neutral", "vad"
"""The label schemes in which modalities are told together: the coarse names of the hub, and its dimensions."""
EMOTION, VAD = "emotion", "vad"
"""The ids of the fused tasks."""
STEP_S = 0.5
"""Seconds of a cell."""

_UNKNOWN = 0.5  # the confidence of what does not tell it
_LEAST = 1e-6  # a modality that is not sure at all still counts where there is no other
_NAMED = (Kind.SINGLE, Kind.MULTI, Kind.DISTRIBUTION)
_DIGITS = 6
_EXACT_S = 1e-9

Ints = NDArray[np.int64]


class Opinions(NamedTuple):
    """What a modality says of n stretches, in the common space.

    Args:
        shares: (n, 9) of the coarse names, each row sums to 1; NaN where it tells no names.
        vad: (n, 3) in [-1, 1]; NaN where a dimension is not told.
        sure: (n,) calibrated confidence in [0, 1].
        least: the confidence below which its bundle is "not sure".
    """

    shares: Floats
    vad: Floats
    sure: Floats
    least: float


@dataclass(frozen=True, slots=True)
class Common:
    """How the outputs of a bundle are told in the common space.

    Args:
        names: the task that tells names, and what takes its scores to coarse names; None where there is none.
        dims: the task that tells dimensions; None takes them from the names.
        to_vad: what takes the scores of one of them to valence, arousal and dominance.
    """

    names: Head | None
    coarse: hub.Conversion | None
    dims: Head | None
    to_vad: hub.Conversion | None

    @classmethod
    def of(cls, heads: Iterable[Head]) -> Common:
        """Of a bundle's tasks: the first with names of a label scheme, and the first with dimensions of one."""
        told = [head for head in heads if head.task.scheme]
        names = next((head for head in told if head.task.kind in _NAMED), None)
        dims = next((h for h in told if h.task.kind is Kind.CONTINUOUS and hub.scheme(h.task.scheme).holds), None)
        coarse = None if names is None else _to(SCHEME, names)
        source = names if dims is None else dims
        return cls(names, coarse, dims, None if source is None else _to(DIMENSIONS, source))

    def __call__(self, outputs: Mapping[str, Floats], relative: Iterable[str] = ()) -> Opinions:
        """Opinions of outputs (n, k) each; those named in `relative` are centred on a voice."""
        n, relative = len(next(iter(outputs.values()))), set(relative)
        shares, vad = np.full((n, len(hub.COARSE)), np.nan), np.full((n, len(hub.VAD)), np.nan)
        sure, least = np.full(n, _UNKNOWN), 0.0
        if self.names is not None and self.coarse is not None:
            head = self.names.centred if self.names.output in relative else self.names
            scores = head.scores(outputs[head.output])
            shares, sure = self._shares(head, scores, outputs), self._sure(head, scores, outputs)
            least = head.abstain or 0.0
            if self.dims is None and self.to_vad is not None:
                vad = np.asarray(self.to_vad(scores).scores)
        if self.dims is not None and self.to_vad is not None:
            values = self.dims.scores(outputs[self.dims.output])
            vad = np.asarray(self.to_vad(_scaled(values, (-1.0, 1.0), self.to_vad.source.range)).scores)
        if self.to_vad is not None:
            vad = _scaled(vad, self.to_vad.target.range, (-1.0, 1.0))
        return Opinions(shares, vad, sure, least)

    def _shares(self, head: Head, scores: Floats, outputs: Mapping[str, Floats]) -> Floats:
        assert self.coarse is not None
        found = np.array(self.coarse(scores).scores)
        if head.silent:  # that no name holds is an answer too, and what people call neutral
            found[:, hub.COARSE.index("neutral")] += np.prod(1 - scores, 1)
        total = found.sum(1, keepdims=True)
        return np.where(total > 0, found / np.where(total > 0, total, 1), 1 / found.shape[1])

    def _sure(self, head: Head, scores: Floats, outputs: Mapping[str, Floats]) -> Floats:
        if head.confidence is None:
            return np.full(len(scores), _UNKNOWN)
        said = head.said(scores, outputs=outputs)
        first = np.where(said, scores, -1).max(1)
        return np.where(said.any(1), head.sure(np.maximum(first, 0)), np.prod(1 - scores, 1))


@dataclass(slots=True)
class Spoke:
    """What one modality says in each cell; all are sums over its tracks until they are divided.

    Args:
        covered: (c,) seconds that its tracks cover, together.
        shares, values, known: (c, 9), (c, 3) and (c, 3) seconds * q times shares, values, and whether a value is known.
        named, sure, least: (c,) seconds * q with names, seconds * q, and seconds * the abstain point.
        bundles: those that spoke; `relative` whether scores were centred on a voice.
        end_s: where the last stretch ends.
        views: whose emotion its tasks tell.
    """

    covered: Floats
    shares: Floats
    values: Floats
    known: Floats
    named: Floats
    sure: Floats
    least: Floats
    bundles: set[str] = field(default_factory=set)
    relative: bool = False
    end_s: float = 0.0
    views: set[View | None] = field(default_factory=set)

    @classmethod
    def empty(cls, cells: int) -> Spoke:
        names, dims = len(hub.COARSE), len(hub.VAD)
        one = [np.zeros(cells) for _ in range(4)]
        return cls(
            one[0], np.zeros((cells, names)), np.zeros((cells, dims)), np.zeros((cells, dims)), one[1], one[2], one[3]
        )

    def hear(self, spans: Floats, told: Opinions, step_s: float = STEP_S) -> None:
        """Add what is said of stretches (n, 2), in seconds from 0 on."""
        self.end_s = max(self.end_s, float(np.max(spans, initial=0.0)))
        for cell, row, seconds in overlaps(spans, len(self.covered), step_s):
            q = max(float(told.sure[row]), _LEAST)
            self.covered[cell] += seconds
            self.sure[cell] += seconds * q
            self.least[cell] += seconds * told.least
            if not np.isnan(told.shares[row, 0]):
                self.named[cell] += seconds * q
                self.shares[cell] += seconds * q * told.shares[row]
            there = ~np.isnan(told.vad[row])
            self.known[cell] += seconds * q * there
            self.values[cell] += seconds * q * np.nan_to_num(told.vad[row])


def overlaps(spans: Floats, cells: int, step_s: float) -> Iterable[tuple[int, int, float]]:
    """(cell, row, seconds) for each stretch (n, 2) and each of the first `cells` cells that it covers a part of."""
    for row, (start_s, end_s) in enumerate(np.asarray(spans, np.float64).tolist()):
        for cell in range(max(int(start_s / step_s + _EXACT_S), 0), min(math.ceil(end_s / step_s - _EXACT_S), cells)):
            seconds = min(end_s, (cell + 1) * step_s) - max(start_s, cell * step_s)
            if seconds > _EXACT_S:
                yield cell, row, seconds


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one modality says of a span: shares (9,), valence, arousal, dominance (3,) with NaN for what is not told,
    and its mean confidence."""

    shares: Floats
    vad: Floats
    sure: float


@dataclass(frozen=True, slots=True)
class Fused:
    """What all modalities say of a span together.

    Args:
        shares: (9,) of the coarse names; NaN where nobody tells names.
        vad: (3,) in [-1, 1]; NaN where nobody tells a dimension.
        confidence, abstain: of the first name.
        disagreement: in [0, 1]; None where at no time two modalities spoke.
        by: modality -> what it says alone, of those that spoke.
        view: whose emotion it is, where all agree on that.
    """

    shares: Floats
    vad: Floats
    confidence: float
    abstain: bool
    disagreement: float | None
    by: Mapping[str, Opinion]
    view: View | None

    def tasks(self, taxonomy: str | None = None, top: int | None = None) -> dict[str, TaskPrediction]:
        """The fused tasks; names of another label scheme where one is named that has names."""
        found: dict[str, TaskPrediction] = {}
        if not np.isnan(self.shares[0]):
            found[EMOTION] = self._emotion(taxonomy, top)
        told = {d: round(float(v), _DIGITS) for d, v in zip(hub.VAD, self.vad, strict=True) if not np.isnan(v)}
        if told:  # no interval: nobody has measured how far the modalities err together
            found[VAD] = TaskPrediction("dimensions", DIMENSIONS, Kind.CONTINUOUS, self.view, values=told)
        return found

    def _emotion(self, taxonomy: str | None, top: int | None) -> TaskPrediction:
        names: tuple[str, ...] = hub.COARSE
        scores, lost = self.shares, None
        if taxonomy is not None and taxonomy != SCHEME and not hub.scheme(taxonomy).dimensional:
            converted = hub.conversion(SCHEME, taxonomy, Kind.DISTRIBUTION)(self.shares[None])
            names, scores, lost = converted.names, np.asarray(converted.scores)[0], converted.lost.to_json()
        order = np.argsort(-scores, kind="stable")
        kept = order[:top] if top is not None else np.arange(len(scores))
        said = scores.max() > 0
        own = lost is None
        return TaskPrediction(
            "emotion",
            SCHEME if own else str(taxonomy),
            Kind.DISTRIBUTION,
            self.view,
            scores={names[i]: round(float(scores[i]), _DIGITS) for i in kept.tolist()},
            labels=(names[int(order[0])],) if said else (),
            # of a label that was converted nobody knows how sure it is
            confidence=round(self.confidence, _DIGITS) if own else None,
            abstain=self.abstain and own,
            converted_from=None if own else SCHEME,
            lost=lost,
        )


class Fusion:
    """All modalities over one grid of cells.

    Args:
        spoke: modality -> what it says in each cell, (c, ...) alike for all.
    """

    def __init__(self, spoke: Mapping[str, Spoke], step_s: float = STEP_S) -> None:
        self.names, self._all = tuple(spoke), tuple(spoke.values())
        covered = np.stack([one.covered for one in self._all], 1)
        self.there = covered > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            # 0 / 0 is NaN: absent, never zero
            self.sure = np.stack([one.sure for one in self._all], 1) / covered
            self.least = np.stack([one.least for one in self._all], 1) / covered
            self.shares = np.stack([one.shares / one.named[:, None] for one in self._all], 1)
            self.vad = np.stack([one.values / one.known for one in self._all], 1)
        weight = np.nan_to_num(self.sure) * np.minimum(covered / step_s, 1.0)
        self.weight = np.where(self.there, weight, 0.0)
        self.disagreement = np.asarray([disagreement(p, v) for p, v in zip(self.shares, self.vad, strict=True)])

    def of(self, cells: slice | Ints) -> Fused | None:
        """What is said of some cells together; None where nobody spoke."""
        there, weight = self.there[cells], self.weight[cells]
        if not there.any():
            return None
        shares, vad, sure = self.shares[cells], self.vad[cells], self.sure[cells]
        pooled = _pooled(shares, weight, (0, 1))
        named = weight * ~np.isnan(shares[..., 0])
        confidence = least = 0.0
        if named.sum() > 0:
            first = int(pooled.argmax())
            q, p = np.nan_to_num(sure), np.nan_to_num(shares)
            own = np.where(p.argmax(2) == first, q, np.minimum(p[..., first], 1 - q))
            confidence = float((named * own).sum() / named.sum())
            least = float((named * np.nan_to_num(self.least[cells])).sum() / named.sum())
        apart = self.disagreement[cells]
        apart = apart[~np.isnan(apart)]
        used = np.flatnonzero(there.any(0))
        by = {
            self.names[m]: Opinion(
                _pooled(shares[:, m], weight[:, m], 0),
                _pooled(vad[:, m], weight[:, m], 0),
                float(np.average(np.nan_to_num(sure[:, m]), weights=weight[:, m])),
            )
            for m in used.tolist()
        }
        views = {view for m in used.tolist() for view in self._all[m].views}
        return Fused(
            pooled,
            _pooled(vad, weight, (0, 1)),
            confidence,
            confidence < least,
            float(apart.mean()) if len(apart) else None,
            by,
            views.pop() if len(views) == 1 else None,
        )

    def segments(self) -> list[tuple[int, int]]:
        """Ranges of cells (from, to before) in which the answer stays the same; cells without any are left out."""
        cells = np.flatnonzero(self.weight.sum(1) > 0)
        if not len(cells):
            return []
        touch = np.diff(cells) == 1
        each = [one for i in cells if (one := self.of(slice(i, i + 1))) is not None]
        # what is not told is the same in all cells of one bundle; where it comes or goes, a segment may end
        both = np.nan_to_num(np.stack([np.concatenate([one.shares, one.vad]) for one in each]))
        first = both[:, : len(hub.COARSE)].argmax(1)
        found = timeline.joined(first, both, np.asarray(touch))
        return [(int(cells[begin]), int(cells[end - 1]) + 1) for begin, end in found]


def disagreement(shares: Floats, vad: Floats) -> float:
    """How far m modalities are apart, in [0, 1], by shares (m, 9) and values (m, 3); NaN where fewer than two speak."""
    named = shares[~np.isnan(shares[:, 0])]
    parts = [divergence(named)] if len(named) > 1 else []
    far = [
        math.sqrt(float((((a - b)[both] / 2) ** 2).mean()))
        for i, a in enumerate(vad)
        for b in vad[:i]
        if (both := ~np.isnan(a - b)).any()
    ]
    parts += [sum(far) / len(far)] if far else []
    return sum(parts) / len(parts) if parts else math.nan


def divergence(shares: Floats) -> float:
    """The generalised Jensen-Shannon divergence of m > 1 distributions (m, k), equally weighted, over log m."""
    return min(max((_entropy(shares.mean(0)) - sum(map(_entropy, shares)) / len(shares)) / math.log(len(shares)), 0), 1)


def _entropy(shares: Floats) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())


def _pooled(values: Floats, weight: Floats, axis: Any) -> Floats:
    """The weighted mean (k,) of values (..., k) that are known; NaN where none is."""
    share = weight[..., None] * ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((share * np.nan_to_num(values)).sum(axis) / share.sum(axis))


def _to(scheme: str, head: Head) -> hub.Conversion:
    task = head.task
    return hub.conversion(task.scheme, scheme, Kind.SINGLE if task.scaled else task.kind, task.names)


def _scaled(values: Floats, low_high: Sequence[float], to: Sequence[float]) -> Floats:
    (low, high), (to_low, to_high) = low_high, to
    return np.asarray(to_low + (values - low) * (to_high - to_low) / (high - low))
