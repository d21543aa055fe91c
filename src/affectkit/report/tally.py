"""What a stream of predictions says, counted as they pass: labels, confidences, values, spans, failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ..prediction import Prediction, TaskPrediction
from ..task import Kind
from .content import Spoken

MOST_SPANS = 3000
"""Predictions with a time that are kept for a chart over time."""


@dataclass(slots=True)
class Tally:
    """Counts of predictions; `spoken` when all have passed.

    Args:
        items, failed: how many there were, and how many of them failed.
        errors: a failure's sentence -> how many items have it.
        bundles: name@version -> how many items it spoke for.
        inputs: how many files or texts they came from is the length of it.
    """

    items: int = 0
    failed: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    bundles: Counter[str] = field(default_factory=Counter)
    inputs: set[str] = field(default_factory=set)
    _tasks: dict[str, _Task] = field(default_factory=dict)

    @classmethod
    def of(cls, predictions: Iterable[Prediction]) -> Tally:
        tally = cls()
        for prediction in predictions:
            tally.add(prediction)
        return tally

    def add(self, prediction: Prediction) -> None:
        """Count one more."""
        self.items += 1
        self.bundles.update(prediction.bundles)
        self.inputs.add(prediction.input)
        if prediction.error is not None:
            self.failed += 1
            self.errors[f"{prediction.error.kind}: {prediction.error.message}"] += 1
        for id, said in prediction.tasks.items():
            if id not in self._tasks:
                self._tasks[id] = _Task(said.kind)
            self._tasks[id].add(prediction, said)

    def spoken(self) -> tuple[Spoken, ...]:
        """What is said, task by task."""
        return tuple(task.spoken(id) for id, task in self._tasks.items())


@dataclass(slots=True)
class _Task:
    kind: Kind
    n: int = 0
    silent: int = 0
    abstained: int = 0
    first: Counter[str] = field(default_factory=Counter)
    any: Counter[str] = field(default_factory=Counter)
    names: dict[str, None] = field(default_factory=dict)
    confidence: list[float] = field(default_factory=list)
    values: list[dict[str, float]] = field(default_factory=list)
    spans: list[tuple[str, float, float, str, dict[str, float]]] = field(default_factory=list)

    def add(self, prediction: Prediction, said: TaskPrediction) -> None:
        values = dict(said.values or {})
        self.n += 1
        self.names |= dict.fromkeys(values if said.values is not None else said.scores or said.labels)
        if said.values is not None:
            self.values.append(values)
        else:
            self.silent += not said.labels
            self.abstained += said.abstain
            self.any.update(set(said.labels))
            self.first.update(said.labels[:1])
            if said.confidence is not None:
                self.confidence.append(said.confidence)
        start, end = prediction.start_s, prediction.end_s
        if start is not None and end is not None and len(self.spans) < MOST_SPANS:
            self.spans.append((prediction.input, start, end, said.labels[0] if said.labels else "", values))

    def spoken(self, id: str) -> Spoken:
        names = tuple(self.names)
        values = np.asarray([[v.get(n, np.nan) for n in names] for v in self.values], np.float64)
        return Spoken(
            id,
            self.kind,
            names,
            self.n,
            dict(self.first.most_common()),
            dict(self.any.most_common()),
            self.silent,
            self.abstained,
            np.asarray(self.confidence, np.float64),
            values.reshape(len(self.values), len(names) if self.values else 0),
            tuple((i, a, b, label, tuple(v.get(n, np.nan) for n in names)) for i, a, b, label, v in self.spans),
        )
