"""Cues of subtitles: a line of times and the text below it, as SubRip and WebVTT have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from ..errors import DataError, InputError

Said = tuple[float, float, str | None, str]
"""What somebody said: (start_s, end_s, speaker or None, text)."""

_ARROW = "-->"
_TIME = r"(?:(\d+):)?([0-5]?\d):([0-5]\d)[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*{_ARROW}\s*{_TIME}(?:\s.*)?")


@dataclass(frozen=True, slots=True)
class Cue:
    """`name` is the line above the times ("" for none), `text` the lines below, joined by line ends."""

    name: str
    start_s: float
    end_s: float
    text: str


def cues(text: str, title: str, blanks: bool) -> Iterator[Cue]:
    """The cues of a file.

    Args:
        blanks: a blank line does not end a text, which goes on to the next times; else what follows a blank line and
            has no times (a note, a style) is left out.

    Raises:
        DataError: a line with an arrow and no times, or an end before its start.
    """
    lines = text.split("\n")
    times = [number for number, line in enumerate(lines) if _ARROW in line]
    for at, after in zip(times, [*times, len(lines)][1:], strict=True):
        where = f"line {at + 1} of {title}"
        found = _TIMES.fullmatch(lines[at])
        if found is None:
            what = f"times such as 00:00:01.000 --> 00:00:02.500 in {where}"
            raise DataError(what, repr(lines[at]), "correct the line")
        start_s, end_s = _seconds(*found.groups()[:4]), _seconds(*found.groups()[4:])
        if end_s < start_s:
            raise DataError(f"an end after the start in {where}", f"{start_s:g} to {end_s:g} s", "correct the line")
        below = lines[at + 1 : after]
        if not blanks:
            below = list(takewhile(str.strip, below))
        elif after < len(lines) and below and below[-1].strip().isdecimal():
            below.pop()  # the next cue's number
        yield Cue(lines[at - 1].strip() if at else "", start_s, end_s, "\n".join(below).strip())


def _seconds(hours: str | None, minutes: str, seconds: str, parts: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(parts.ljust(3, "0"))) / 1000


def clock(milliseconds: int, point: str) -> str:
    """00:01:02.500, with `point` before the milliseconds."""
    seconds, left = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{point}{left:03}"


def content(path: str | Path, title: str) -> bytes:
    """The bytes of a file of one's own.

    Raises:
        InputError: no file, or an empty one.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"a file of {title} at {path}", "none", "correct the path")
    data = path.read_bytes()
    if not data.strip():
        raise InputError(f"a file of {title} at {path}", "an empty file", "get it again, or leave it out")
    return data
