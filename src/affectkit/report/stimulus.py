"""What many people said of stimuli over time: a page with a picture for each, and the tables behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import __version__
from ..analysis.stimulus import Course, Person, Stimulus, Window
from . import charts, page
from .page import Cell, Section

CLEAR = 0.05
"""A window stands out below this p, which counts all windows of its curve."""
_METHOD = (
    "Thin lines are people, the thick one is their mean, the band holds the middle half of them. Synchrony is the mean "
    "correlation of pairs of people, in windows as over the whole; p is the share of draws that reach it when each "
    "trace is turned around its own circle by chance. A thick line in the chart of synchrony marks a window that no "
    "more than one draw in twenty reaches anywhere. Delay is by how much a person is later than the mean of the others."
)
_CAUTION = (
    "These are people's own ratings, moved by hand with their own delay. People who all rest at the same value at the "
    "start, or let go of a stick at the same time, move together for that reason too."
)


def html(title: str, found: Sequence[Stimulus], facts: Mapping[str, str]) -> str:
    """The page.

    Raises:
        MissingExtra: matplotlib is not there.
    """
    sections = [Section(one.id, "\n".join(_parts(one, f"t{i}"))) for i, one in enumerate(found)]
    before = page.facts(facts) + page.paragraph(_METHOD, "quiet") + page.paragraph(_CAUTION, "quiet")
    return page.whole(title, before, sections, page.text(f"Made by affectkit {__version__}."))


def picture(one: Stimulus, course: Course, key: str) -> str:
    """The single traces, their mean and the band of the middle half, as part of a page."""
    d = one.traces.names.index(course.name)
    people = one.traces.values[..., d]
    return charts.traces(key, one.traces.t_s, people, course.mean, (course.low, course.high), course.name)


def _parts(one: Stimulus, key: str) -> Iterator[str]:
    traces = one.traces
    length = f"{traces.t_s[-1] - traces.t_s[0]:.0f} s at {traces.rate_hz:.3g} moments a second"
    yield page.paragraph(f"{len(traces.people)} people; {length}.")
    yield page.bullets([f"left out: {who}, {why}" for who, why in traces.left_out.items()])
    yield page.table(["dimension", "pairs", "95 % interval", "p", "with the rest", "p", "never move"], summary(one))
    for d, course in enumerate(one.courses):
        told = [w for w in course.windows if not math.isnan(w.pairs)]
        spans = [(w.start_s, w.end_s, w.pairs, w.p_any < CLEAR) for w in told]
        caption = f"{course.name}: {len(traces.people)} people, their mean, and the middle half of them"
        yield page.part(
            course.name,
            page.figure(picture(one, course, f"{key}{d}"), caption),
            page.figure(charts.windows(f"{key}{d}w", spans, float(traces.t_s[-1]), "synchrony"), "mean of pairs"),
            page.table(
                ["person", "concordance", "correlation", "higher by", "deviation", "later by (s)", "correlation then"],
                [person(p) for p in course.people],
            ),
        )


def summary(one: Stimulus) -> list[list[Cell]]:
    """A row per dimension: pairs, interval, p, with the rest, p, who never moves."""
    return [
        [c.name, c.pairs.value, (c.pairs.low, c.pairs.high), c.pairs_p, c.rest, c.rest_p, ", ".join(c.constant) or None]
        for c in one.courses
    ]


def person(p: Person) -> list[Cell]:
    """A row: the name, and the figures of one person."""
    return [p.person, p.ccc, p.r, p.shift, p.deviation, p.delay_s, p.delay_r]


def plain(one: Stimulus) -> dict[str, Any]:
    """All but the curves, for JSON; what cannot be told is null."""
    return {
        "stimulus": one.id,
        "people": list(one.traces.people),
        "left_out": dict(one.traces.left_out),
        "rate_hz": one.traces.rate_hz,
        "start_s": float(one.traces.t_s[0]),
        "end_s": float(one.traces.t_s[-1]),
        "dimensions": {c.name: _plain_course(c) for c in one.courses},
    }


def _plain_course(c: Course) -> dict[str, Any]:
    pairs = {"value": _known(c.pairs.value), "low": _known(c.pairs.low), "high": _known(c.pairs.high), "n": c.pairs.n}
    return {
        "mean": float(c.mean.mean()),
        "deviation": float(c.deviation.mean()),
        "synchrony": {
            "pairs": pairs | {"p": _known(c.pairs_p)},
            "rest": {"value": _known(c.rest), "p": _known(c.rest_p)},
        },
        "windows": [_fields(w) for w in c.windows],
        "people": [_fields(p) for p in c.people],
        "constant": list(c.constant),
    }


def _fields(one: Person | Window) -> dict[str, Any]:
    return {name: _known(getattr(one, name)) for name in type(one).__slots__}


def _known(value: Any) -> Any:
    """The value, None for NaN, which JSON does not have."""
    return None if isinstance(value, float) and math.isnan(value) else value


def curves(found: Sequence[Stimulus]) -> Iterator[dict[str, Any]]:
    """A row per stimulus, moment and dimension."""
    for one in found:
        for c in one.courses:
            for at, t_s in enumerate(one.traces.t_s):
                yield {
                    "stimulus": one.id,
                    "dimension": c.name,
                    "t_s": round(float(t_s), 3),
                    "mean": float(c.mean[at]),
                    "deviation": float(c.deviation[at]),
                    "low": float(c.low[at]),
                    "high": float(c.high[at]),
                    "people": len(one.traces.people),
                }
