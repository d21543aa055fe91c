"""Segments in tiers, one per task and per track (`ekman@Anna`), and back: what ELAN and Praat share.

Within a tier nothing overlaps: a segment that begins before the last one ended goes into a second tier
(`ekman@Anna #2`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..prediction import Prediction, TaskPrediction, Track
from . import _spans

_NAME = re.compile(r"(?P<task>.+?)(?:@(?P<track>[^@#]+))?(?: #(?P<row>\d+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Segment:
    """A text of a tier between two times in `step_s`, counted from 0."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Tier:
    """One task of one track; `task` and `track` as they are written in the tier's name."""

    task: str
    track: str
    row: int
    segments: list[Segment]

    @property
    def name(self) -> str:
        return self.task + f"@{self.track}" * bool(self.track) + f" #{self.row}" * (self.row > 1)


def tiers(predictions: Iterable[Prediction], card: Mapping[str, Any]) -> tuple[list[Tier], str]:
    """The tiers in the order in which they first occur, segments by time, and the input; holds all in memory.

    Raises:
        UsageError: a prediction without a span, or a second input.
    """
    found: dict[tuple[str, str, int], Tier] = {}
    ends: dict[str, list[int]] = {}
    where = ""
    for start, end, one in sorted(_spans.timed(predictions, card), key=lambda each: each[:2]):
        where = one.input
        track = _spans.name(one.track) if one.track else ""
        rows = ends.setdefault(track, [])
        # one row for all tasks of a prediction, so that they are found together again
        row = next((i for i, last in enumerate(rows) if last <= start), len(rows))
        rows[row : row + 1] = [end]
        for id, task in one.tasks.items():
            key = (_spans.safe(id, "@#"), track, row + 1)
            found.setdefault(key, Tier(*key, [])).segments.append(Segment(start, end, _spans.say(task)))
    return list(found.values()), where


def joined(tiers: Iterable[tuple[str, Iterable[tuple[float, float, str]]]], where: str) -> Iterator[Prediction]:
    """The predictions of (name, segments as (start_s, end_s, text)), by time; blank texts say nothing."""
    found: dict[tuple[float, float, str, int], dict[str, TaskPrediction]] = {}
    for name, segments in tiers:
        parts = _NAME.fullmatch(name)
        id, track, row = (parts["task"], parts["track"] or "", int(parts["row"] or 1)) if parts else (name, "", 1)
        for start_s, end_s, text in segments:
            if text.strip():
                found.setdefault((start_s, end_s, track, row), {})[_spans.unescaped(id)] = _spans.heard(text)
    for number, (key, tasks) in enumerate(sorted(found.items(), key=lambda item: item[0]), 1):
        start_s, end_s, track, _ = key
        its: Track | None = _spans.track(track) if track else None
        yield Prediction(f"#{number}", where, tasks, start_s, end_s, its)
