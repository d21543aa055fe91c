"""What a model's numbers say: calibrated scores, labels, a confidence, "not sure", intervals, other label schemes.

Names: score = activation(slope * logit + bias) per name (Platt, Probabilistic Outputs for Support Vector Machines,
1999). Confidence: sigmoid(a * log(s / (1 - s)) + b), s the score of the first label. Dimensions: slope * x + bias
within [-1, 1], and an interval of fixed half width (split conformal). Of outputs that are centred on the voice they
come from, score = activation((x - usual of the voice + centre) / temperature). A balanced decision takes the name with
the largest score / prior ** strength (Menon et al., Long-Tail Learning via Logit Adjustment, ICLR 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..analysis import thresholds as cuts
from ..analysis.calibration import logit, sigmoid, softmax
from ..errors import BundleError, DataError, UsageError
from ..prediction import TaskPrediction
from ..task import Kind, Task

if TYPE_CHECKING:
    from ..hub import Conversion

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_DIGITS = 6  # of what the model's float32 gives, no more are meant
_HALF = 0.5  # decides where a card has no thresholds


ACTIVATIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "sigmoid": sigmoid,
    "softmax": softmax,
    "identity": lambda x: np.clip(x, -1, 1),
}
"""What turns calibrated logits (n, k) into scores in [0, 1], or numbers into values in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Head:
    """One task of a bundle's card.

    Args:
        task: what is predicted.
        output: name of the model's output.
        activation, slope (k,), bias (k,): calibration.
        thresholds: (k,) scores from which a name is said; None for kinds that say one name.
        apart: another output, whose best name tells which thresholds hold (a text's language); they, (its names, k).
        silent: whether an item may be left without a name (multi), as people left some.
        confidence: (slope, bias) on the log odds of the first label's score; None where there is none.
        abstain: the confidence below which the answer is "not sure".
        half_width: (k,) half of the 90 % interval, for dimensions.
        relative: how outputs centred on a voice are read; None where the card does not tell.
        balance: (k,) what scores are multiplied by where a decision leans towards rare names; None where
            the card does not tell.
    """

    task: Task
    output: str
    activation: Callable[[Floats], Floats]
    slope: Floats
    bias: Floats
    thresholds: Floats | None
    apart: tuple[str, Floats] | None
    silent: bool
    confidence: tuple[float, float] | None
    abstain: float | None
    half_width: Floats | None
    relative: Relative | None = None
    balance: Floats | None = None

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Head:
        """From an entry of the card's `tasks`.

        Raises:
            BundleError: something is missing, or an array has another length than the task has names.
        """
        try:
            task = Task.from_json(entry["task"])
            sure, apart, even = entry["confidence"], entry.get("apart"), entry.get("balance")
            head = cls(
                task,
                str(entry["output"]),
                ACTIVATIONS[entry["activation"]],
                np.asarray(entry["slope"], np.float64),
                np.asarray(entry["bias"], np.float64),
                _array(entry["thresholds"]),
                None if apart is None else (str(apart["output"]), np.asarray(apart["thresholds"], np.float64)),
                bool(entry.get("silent", False)),
                None if sure is None else (float(sure["slope"]), float(sure["bias"])),
                entry["abstain"],
                _array(entry["half_width"]),
                balance=None if even is None else np.asarray(even["prior"], np.float64) ** -float(even["strength"]),
            )
        except (KeyError, TypeError, ValueError, DataError) as error:
            raise BundleError(
                "a complete task in the card", f"a fault in {error}", "export the bundle again"
            ) from error
        for name in ("slope", "bias", "thresholds", "half_width", "balance"):
            given = getattr(head, name)
            if given is not None and given.shape != (len(task.names),):
                raise BundleError(
                    f"{len(task.names)} numbers in {name} of task {task.id!r}", str(given.shape), "export it again"
                )
        told = entry.get("relative")
        return head if told is None else replace(head, relative=Relative.of(told, head))

    @property
    def centred(self) -> Head:
        """The calibration of outputs that are centred on a voice; where the card has none, this one."""
        return self if self.relative is None else self.relative.head

    def scores(self, output: Floats) -> Floats:
        """Calibrated scores in [0, 1], or values in [-1, 1], (n, k), from the model's output (n, k)."""
        return self.activation(self.slope * output + self.bias)

    def said(
        self,
        scores: Floats,
        threshold: float | None = None,
        outputs: Mapping[str, NDArray[Any]] | None = None,
        balanced: bool = False,
    ) -> Bools:
        """Names said, (n, k) bool, for scores (n, k): for multi all that reach their thresholds.

        Where none does, the best one is said, unless the task may be silent.
        `outputs` are those of the whole model, (n, ...) each; they tell which thresholds hold where these differ.
        `balanced` leans towards rare names where one of several is decided on, as far as the card tells.
        """
        if self.task.kind is not Kind.MULTI:
            scores = scores * self.balance if balanced and self.balance is not None else scores
            return np.asarray(np.arange(scores.shape[1]) == scores.argmax(1)[:, None])
        cut = np.full(scores.shape[1], _HALF) if self.thresholds is None else self.thresholds
        if threshold is not None:
            cut = np.full(scores.shape[1], threshold)
        elif self.apart is not None and outputs is not None:
            other, rows = self.apart
            cut = rows[outputs[other].argmax(1)]
        return cuts.decide(scores, cut, fallback=not self.silent)

    def sure(self, first: Floats) -> Floats:
        """The chance (n,) that first labels with these scores (n,) are right; NaN where the card does not tell."""
        if self.confidence is None:
            return np.full(len(first), np.nan)
        slope, bias = self.confidence
        return sigmoid(slope * logit(first) + bias)

    def say(
        self,
        scores: Floats,
        threshold: float | None = None,
        outputs: Mapping[str, Floats] | None = None,
        balanced: bool = False,
    ) -> TaskPrediction:
        """What scores (k,) of one item say; `threshold` takes the place of the card's thresholds.

        `outputs` are the whole model's of this item, (k,) each.
        """
        task = self.task
        if task.scaled:
            return TaskPrediction(task.target, task.scheme, task.kind, task.view, **self._values(scores))
        rows = None if outputs is None else {name: y[None] for name, y in outputs.items()}
        told = np.flatnonzero(self.said(scores[None], threshold, rows, balanced)[0])
        labels = told[np.argsort(-scores[told], kind="stable")].tolist()
        known = self.confidence is not None and labels
        sure = round(float(self.sure(scores[labels[:1]])[0]), _DIGITS) if known else None
        return TaskPrediction(
            task.target,
            task.scheme,
            task.kind,
            task.view,
            scores=_named(task.names, scores),
            labels=tuple(task.names[i] for i in labels),
            confidence=sure,
            abstain=sure is not None and self.abstain is not None and sure < self.abstain,
        )

    def _values(self, values: Floats) -> dict[str, Any]:
        names = self.task.names
        low = high = None
        if self.half_width is not None:
            low = _named(names, np.clip(values - self.half_width, -1, 1))
            high = _named(names, np.clip(values + self.half_width, -1, 1))
        return {"values": _named(names, values), "low": low, "high": high}


@dataclass(frozen=True, slots=True)
class Relative:
    """How a task's outputs are read once the usual of their voice has been taken off.

    Args:
        least: windows that a voice must have for its usual to be known.
        head: the task with the calibration that then holds.
    """

    least: int
    head: Head

    @classmethod
    def of(cls, entry: Mapping[str, Any], plain: Head) -> Relative:
        """From the entry `relative` of a task: `least_windows`, `centre` (k,), `temperature`, and `confidence` and
        `abstain` where they differ from the task's.

        Raises:
            BundleError: something is missing, not positive, or of another length than the task has names.
        """
        try:
            least, temperature = int(entry["least_windows"]), float(entry["temperature"])
            centre, sure = np.asarray(entry["centre"], np.float64), entry.get("confidence")
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"a complete entry `relative` of task {plain.task.id!r}", f"a fault in {error}", "export it again"
            ) from error
        if centre.shape != plain.slope.shape or least < 2 or not temperature > 0:
            found = f"centre {centre.shape}, least_windows {least}, temperature {temperature:g}"
            need = f"{len(plain.slope)} numbers, at least 2 windows and a temperature above 0 in `relative`"
            raise BundleError(need, found, "export it again")
        return cls(
            least,
            replace(
                plain,
                slope=np.full(centre.shape, 1 / temperature),
                bias=centre / temperature,
                confidence=plain.confidence if sure is None else (float(sure["slope"]), float(sure["bias"])),
                abstain=entry.get("abstain", plain.abstain),
            ),
        )


class Say:
    """Predictions for all tasks of a bundle, and for further label schemes.

    Args:
        heads: the bundle's tasks.
        top: give only so many scores per task, the highest first.
        taxonomy: a label scheme to convert to as well, unless the bundle speaks it by itself.
        threshold: takes the place of the card's thresholds.
        derived: the card's `dimensions_from`: {"task": an id, "to": the dimensions that its names become}.
        balanced: lean towards rare names where one of several is decided on.
    """

    def __init__(
        self,
        heads: Sequence[Head],
        top: int | None = None,
        taxonomy: str | None = None,
        threshold: float | None = None,
        derived: Mapping[str, str] | None = None,
        balanced: bool = False,
    ) -> None:
        self._heads, self._top, self._threshold, self._balanced = heads, top, threshold, balanced
        self._others: list[Other] = []
        if derived is not None:
            its = [head for head in heads if head.task.id == derived["task"]]
            if not its:
                raise BundleError("the task of `dimensions_from`", f"no {derived['task']!r}", "export the bundle again")
            self._others.append(Other.of(derived["to"], its))
        spoken = {head.task.scheme for head in heads} | {other.name for other in self._others}
        if taxonomy is not None and taxonomy not in spoken:
            self._others.append(Other.of(taxonomy, heads))

    def __call__(self, outputs: Mapping[str, Floats], relative: Collection[str] = ()) -> dict[str, TaskPrediction]:
        """Task id -> what is said, for one item's outputs (k,); those named in `relative` are centred on a voice."""
        said = {}
        for plain in self._heads:
            head = plain.centred if plain.output in relative else plain
            scores = head.scores(outputs[head.output])
            said[head.task.id] = head.say(scores, self._threshold, outputs, self._balanced)
            for other in self._others:
                if other.head is plain:
                    said[other.name] = other.say(scores, said[head.task.id])
        return {name: self._topped(one) for name, one in said.items()}

    def _topped(self, said: TaskPrediction) -> TaskPrediction:
        if self._top is None or said.scores is None:
            return said
        best = sorted(said.scores.items(), key=lambda pair: -pair[1])
        return replace(said, scores=dict(best[: self._top]))


@dataclass(frozen=True, slots=True)
class Other:
    """One of a bundle's tasks in another label scheme, by the label algebra, with what is lost.

    Args:
        name: the other scheme.
        head: the task that is converted.
        conversion: its scores -> the other scheme's.
        places: for each name of the task, the numbers of the names it mostly becomes; empty where there is no place.
    """

    name: str
    head: Head
    conversion: Conversion
    places: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, taxonomy: str, heads: Sequence[Head]) -> Other:
        """A scheme that says which dimensions it reads is made from dimensions, any other from names, where there are.

        Raises:
            UsageError: the bundle has no task that can be converted.
        """
        from .. import hub

        by_dimensions = "reads" in find.card("taxonomies", taxonomy)
        fit = sorted((h for h in heads if h.task.kind in _CONVERTED), key=lambda h: h.task.scaled is not by_dimensions)
        if not fit:
            raise UsageError("a bundle with names or dimensions to convert", "none", "leave --taxonomy out")
        task = fit[0].task
        kind = Kind.SINGLE if task.scaled else task.kind
        conversion = hub.conversion(task.scheme, taxonomy, kind, task.names)
        places: tuple[tuple[int, ...], ...] = ()
        if not task.scaled and not conversion.target.dimensional:
            whole = np.asarray(conversion(np.eye(len(task.names))).scores)
            places = tuple(tuple(np.flatnonzero((row > 0) & (row == row.max())).tolist()) for row in whole)
        return cls(taxonomy, fit[0], conversion, places)

    def say(self, scores: Floats, said: TaskPrediction) -> TaskPrediction:
        """The task's scores (k,), or values in [-1, 1], and what was said of them, in the other scheme."""
        task, end = self.head.task, self.conversion.target
        given = _scaled(scores, (-1, 1), self.conversion.source.range) if task.scaled else scores
        converted = self.conversion(given[None])
        row = np.asarray(converted.scores)[0]
        common: dict[str, Any] = {
            "scheme": self.name,
            "view": task.view,
            "converted_from": task.id,
            "lost": converted.lost.to_json(),
        }
        if end.dimensional:
            told = ~np.isnan(row)
            values = _scaled(row, end.range, (-1, 1))
            names = [name for name, known in zip(end.names, told, strict=True) if known]
            return TaskPrediction("dimensions", kind=Kind.CONTINUOUS, values=_named(names, values[told]), **common)
        kind = Kind.SINGLE if task.scaled else task.kind
        labels = self._labels(row, task, said)
        # no confidence: what was calibrated is the task's own first label, not where it went
        return TaskPrediction(
            "emotion" if task.scaled else task.target,
            kind=kind,
            scores=_named(end.names, row),
            labels=tuple(end.names[i] for i in labels),
            abstain=said.abstain,
            **common,
        )

    def _labels(self, row: Floats, task: Task, said: TaskPrediction) -> list[int]:
        """Where the labels that were said went; of dimensions, the best name, if any."""
        found: Iterable[int]
        if task.scaled:
            found = [int(row.argmax())] if row.max() > 0 else []
        else:
            found = {place for label in said.labels for place in self.places[task.names.index(label)]}
        return sorted(found, key=lambda i: (-row[i], i))


_CONVERTED = (Kind.SINGLE, Kind.MULTI, Kind.DISTRIBUTION, Kind.CONTINUOUS)


def _array(given: Any) -> Floats | None:
    return None if given is None else np.asarray(given, np.float64)


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    # + 0.0 makes a rounded -0.0 plain 0.0
    return {name: round(value, _DIGITS) + 0.0 for name, value in zip(names, values.tolist(), strict=True)}


def _scaled(values: Floats, low_high: tuple[float, float], to: tuple[float, float]) -> Floats:
    (low, high), (to_low, to_high) = low_high, to
    return to_low + (values - low) * (to_high - to_low) / (high - low)
