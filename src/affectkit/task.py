"""`Task`: what is predicted, from whose point of view, in which scheme. A model carries its tasks in its weights' card.

A task gives *defaults* (activation, objective, metrics, monitor) that a method may replace and say so; thresholds,
temperatures and abstain points belong to a bundle, not to a task.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from .errors import DataError


class Kind(StrEnum):
    """How a value of the task looks."""

    SINGLE = "single"
    MULTI = "multi"
    DISTRIBUTION = "distribution"
    CONTINUOUS = "continuous"
    ORDINAL = "ordinal"
    OPEN = "open"


class View(StrEnum):
    """Whose emotion it is, told by whom (felt: self-report, also what a stimulus evokes)."""

    EXPRESSED = "expressed"
    INTENDED = "intended"
    PERCEIVED = "perceived"
    FELT = "felt"


class Grain(StrEnum):
    """What one value covers."""

    SAMPLE = "sample"
    SEGMENT = "segment"
    FRAME = "frame"


Closed = TypeVar("Closed", Kind, View, Grain)


@dataclass(frozen=True, slots=True)
class Defaults:
    """Names of parts that serve a kind of task when nobody chose others; `monitor` is what early stopping watches."""

    activation: str
    objective: str
    metrics: tuple[str, ...]
    monitor: str


_DEFAULTS = {
    Kind.SINGLE: Defaults("softmax", "ce", ("macro_f1", "weighted_f1", "accuracy"), "macro_f1"),
    Kind.MULTI: Defaults(
        "sigmoid", "bce", ("macro_f1", "micro_f1", "weighted_f1", "average_precision"), "average_precision"
    ),
    Kind.DISTRIBUTION: Defaults("softmax", "soft_ce", ("macro_f1", "accuracy", "brier"), "macro_f1"),
    Kind.CONTINUOUS: Defaults("identity", "mse", ("pearson", "ccc", "rmse"), "pearson"),
    Kind.ORDINAL: Defaults("identity", "mse", ("pearson", "rmse"), "pearson"),
    Kind.OPEN: Defaults("identity", "bce", (), ""),
}


@dataclass(frozen=True, slots=True)
class Task:
    """What is predicted.

    Args:
        id: unique inside a corpus or bundle ("goemotions", "vad.reader").
        target: "emotion", "dimensions", "sentiment", "empathy" ...
        kind: the form of a value.
        scheme: name of the taxonomy file; "" where names are no affect labels (a text's language).
        names: labels or dimensions, in stored order; empty only for an open vocabulary.
        range: the corpus's own scale (low, high), for continuous and ordinal tasks only.
        view: whose emotion it is.
        shown: modalities the rater was given; None means all of the sample.
        grain: what one value covers.

    Raises:
        DataError: no names, a name twice, a kind, view or grain that does not exist, or a range where none belongs (or
            none where one does).
    """

    id: str
    target: str
    kind: Kind
    scheme: str
    names: tuple[str, ...]
    range: tuple[float, float] | None = None
    view: View | None = None
    shown: tuple[str, ...] | None = None
    grain: Grain = Grain.SAMPLE

    def __post_init__(self) -> None:
        put = object.__setattr__  # frozen: coercion of JSON's plain strings and lists happens once, here
        put(self, "kind", _one_of(Kind, self.kind, self.id))
        put(self, "view", None if self.view is None else _one_of(View, self.view, self.id))
        put(self, "grain", _one_of(Grain, self.grain, self.id))
        for field in ("names", "shown"):
            listed = getattr(self, field)
            if isinstance(listed, str):  # a tuple of it would be its letters
                raise DataError(f"several {field} in task {self.id!r}", f"the text {listed!r}", f"write ({listed!r},)")
            put(self, field, None if listed is None else tuple(listed))
        put(self, "range", None if self.range is None else (float(self.range[0]), float(self.range[1])))
        if len(set(self.names)) != len(self.names):
            twice = sorted({n for n in self.names if self.names.count(n) > 1})
            raise DataError(f"distinct names in task {self.id!r}", f"{', '.join(twice)} twice", "remove the repeats")
        if not self.names and self.kind is not Kind.OPEN:
            raise DataError(f"at least one name in task {self.id!r}", "none", "list the labels or dimensions")
        if self.scaled != (self.range is not None):
            need = "a (low, high) range" if self.scaled else "no range"
            raise DataError(f"{need} for the {self.kind} task {self.id!r}", repr(self.range), "correct `range`")
        if self.range is not None and not -math.inf < self.range[0] < self.range[1] < math.inf:
            raise DataError(f"finite low < high in the range of task {self.id!r}", repr(self.range), "correct `range`")

    @property
    def scaled(self) -> bool:
        """Whether values are numbers on a scale rather than names."""
        return self.kind in (Kind.CONTINUOUS, Kind.ORDINAL)

    @property
    def defaults(self) -> Defaults:
        """Parts that serve this task when a method chooses none."""
        return _DEFAULTS[self.kind]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "target": self.target,
            "kind": str(self.kind),
            "scheme": self.scheme,
            "names": list(self.names),
            "range": None if self.range is None else list(self.range),
            "view": None if self.view is None else str(self.view),
            "shown": None if self.shown is None else list(self.shown),
            "grain": str(self.grain),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Task:
        return cls(**data)


def _one_of(closed: type[Closed], value: str, task: str) -> Closed:
    try:
        return closed(value)
    except ValueError as error:
        what = closed.__name__.lower()
        raise DataError(
            f"the {what} of task {task!r} among {', '.join(closed)}", repr(value), f"correct `{what}`"
        ) from error
