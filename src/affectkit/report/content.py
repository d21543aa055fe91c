"""What a report tells, as plain values: whoever gathers them needs no HTML, whoever makes the page needs no model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..task import Kind, Task

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_CLOSED = {"nd", "noderivatives", "noncommercial-noderivatives", "research", "request", "agreement", "unknown", "eula"}
"""Words of a licence under which texts are not passed on, or by which nobody knows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on n items with its 95 % interval.

    Args:
        fresh: its value on the samples that are not in the training part too; None where that was not asked.
        seeds: mean and deviation over the seeds of a run; None for one seed.
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    fresh: float | None = None
    seeds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was said of n items for one task, beside what people say of them.

    Args:
        ids: (n,) of the items.
        truth, judged: (n, k) votes in [0, 1] or values in [-1, 1], and bool whether anybody could tell.
        scores: (n, k) float64 in [0, 1], or values in [-1, 1].
        said: (n, k) bool, the names decided on; None for dimensions.
        confidence: (n,) float64 that the first label is right, NaN where nothing is said; None where it is not told.
        right: (n,) float64, 1 where the first label is right, 0 where it is not, NaN where nobody knows or nothing is
            said; None for dimensions.
        texts: what is shown of the items: a text, or the file name and span of a sound; None where nothing is, or is
            not to be passed on. `noun` says what they are.
        pictures: row -> a small PNG, of the items that went wrong.
        groups: kind -> (n,) the id of each item's group, "" for none.
        units: (n,) what a bootstrap draws as a whole, such as the dialogue of each item; None for single items.
        apart: (n,) float64, how far the raters of an item were apart, NaN with fewer than two; `unit` says in what.
        thresholds: name -> the score from which it is said.
        abstain: the confidence below which the answer is "not sure".
        low, high: (n, k) float64, the 90 % interval of each value; None where there is none.
    """

    task: Task
    ids: tuple[str, ...]
    truth: Floats
    judged: Bools
    scores: Floats
    said: Bools | None = None
    confidence: Floats | None = None
    right: Floats | None = None
    texts: tuple[str, ...] | None = None
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    units: NDArray[Any] | None = None
    apart: Floats | None = None
    unit: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    abstain: float | None = None
    low: Floats | None = None
    high: Floats | None = None
    noun: str = "text"
    pictures: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One task of one corpus.

    Args:
        corpus: its title.
        stamp: how the figures came about, such as {"split": ..., "protocol": ...}.
    """

    corpus: str
    stamp: Mapping[str, str]
    figures: tuple[Figure, ...]
    judged: Judged


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """What predictions say for one task, where no truth is known.

    Args:
        kind, names: of the task; names are labels or dimensions.
        n: predictions that have the task.
        first: label -> how often it is the first one said; `any`: how often it is said at all.
        silent: how many say nothing, and `abstained`: how many are not sure.
        confidence: (m,) float64 of those that have one.
        values: (m, k) float64 in [-1, 1], dimensions only; NaN where one is absent.
        spans: (input, start_s, end_s, first label or "", values (k,)) of predictions with a time.
    """

    task: str
    kind: Kind
    names: tuple[str, ...]
    n: int
    first: Mapping[str, int]
    any: Mapping[str, int]
    silent: int
    abstained: int
    confidence: Floats
    values: Floats
    spans: tuple[tuple[str, float, float, str, tuple[float, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit of a corpus's split found.

    Args:
        findings: (how grave, what was found, how many, of how many), the gravest first.
        unchecked: what could not be looked at, and why.
    """

    corpus: str
    stamp: str
    findings: tuple[tuple[str, str, int, int], ...]
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a page tells; what is empty has no section.

    Args:
        facts: what it is of, such as {"command": ..., "trained on": ...}.
        notes: sentences the reader should know beforehand.
        errors: a failure's sentence -> how many items have it.
        licences: what is licensed -> its licence.
    """

    title: str
    facts: Mapping[str, str]
    chapters: tuple[Chapter, ...] = ()
    spoken: tuple[Spoken, ...] = ()
    notes: tuple[str, ...] = ()
    errors: Mapping[str, int] = field(default_factory=dict)
    audits: tuple[Audited, ...] = ()
    licences: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[str, ...] = ()


def shareable(licence: str) -> bool:
    """Whether texts under a licence may stand on a page that is passed on; what nobody knows may not."""
    words = set(re.findall(r"[a-z]+", licence.lower()))
    return bool(words) and not words & _CLOSED
