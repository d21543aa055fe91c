"""Praat TextGrid: one interval tier per task and per speaker, `ekman@Anna`; what lies between is left blank.

Reference: Boersma and Weenink, Praat, doing phonetics by computer, the page "TextGrid file formats" of its manual.
Written in the long form and in UTF-8, times to the microsecond, confidences in whole per cent, values to two places.
Read as Praat does: of a text file count only free-standing numbers, quoted texts and flags, so the long and the short
form are one; UTF-8 and UTF-16. Point tiers have no spans and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from ..errors import DataError
from ..prediction import Prediction
from . import _spans, _tiers

CARD = {
    "title": "Praat TextGrid",
    "suffix": ".textgrid",
    "passes": 1,
    "spans": True,
    "inputs": 1,
    "step_s": 0.000001,
    "keeps": [
        "start_s",
        "end_s",
        "track",
        "tasks.labels",
        "tasks.confidence",
        "tasks.abstain",
        "tasks.values",
    ],
    "loses": ["track.box", "track.quality", "track.detected"],
}

_PER_S = 1_000_000
_TOKEN = re.compile(
    r'"(?P<string>(?:[^"]|"")*)"|(?<!\S)(?P<number>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(?!\S)|<(?P<flag>\w+)>|![^\n]*'
)
_BINARY = b"ooBinaryFile"


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write the grid when all segments are there; what failed or says nothing is left out.

    Raises:
        UsageError: a prediction without a span, or a second input.
    """
    tiers, _ = _tiers.tiers(predictions, CARD)
    last = max((segment.end for tier in tiers for segment in tier.segments), default=0)
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_seconds(last)}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"] if tiers else ["tiers? <absent>"]
    for number, tier in enumerate(tiers, 1):
        segments = list(_filled(tier.segments, last))
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(tier.name)}"]
        lines += ["        xmin = 0", f"        xmax = {_seconds(last)}", f"        intervals: size = {len(segments)}"]
        for place, one in enumerate(segments, 1):
            lines += [
                f"        intervals [{place}]:",
                f"            xmin = {_seconds(one.start)}",
                f"            xmax = {_seconds(one.end)}",
                f"            text = {_quoted(one.text)}",
            ]
    file.write("\n".join([*lines, ""]).encode())


def _filled(segments: Iterable[_tiers.Segment], last: int) -> Iterator[_tiers.Segment]:
    """The segments with blank ones between: the intervals of a tier leave no gap."""
    at = 0
    for one in segments:
        if one.start > at:
            yield _tiers.Segment(at, one.start, "")
        yield one
        at = one.end
    if at < last:
        yield _tiers.Segment(at, last, "")


def _seconds(microseconds: int) -> str:
    """Never in the form 1e-06."""
    whole, left = divmod(microseconds, _PER_S)
    return f"{whole}.{left:06}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def read(file: BinaryIO) -> Iterator[Prediction]:
    """The predictions by time; what has the same span and speaker is one of them.

    Raises:
        DataError: no TextGrid in a text form, an encoding other than UTF-8 and UTF-16, one that is cut off, or times
            that go backwards.
    """
    data = file.read()
    if data.startswith(_BINARY):
        raise DataError("a TextGrid as text", "a binary one", "save it in Praat as a text file")
    found = _Tokens(_spans.decoded(data, "a TextGrid", wide=True))
    head = [one for kind, one in found.tokens[:2] if kind == "string"]
    if head not in (["ooTextFile", "TextGrid"], ["ooTextFile short", "TextGrid"]):
        what = 'File type = "ooTextFile" and Object class = "TextGrid"'
        raise DataError(what, ", ".join(map(repr, head)) or "neither", "give a .TextGrid file")
    found.at = 2
    found.number(), found.number()
    tiers = []
    if found.next("flag") == "exists":
        tiers = [_tier(found) for _ in range(found.count())]
    yield from _tiers.joined(tiers, "")


def _tier(found: _Tokens) -> tuple[str, list[tuple[float, float, str]]]:
    kind, name = found.next("string"), found.next("string")
    found.number(), found.number()
    intervals: list[tuple[float, float, str]] = []
    for _ in range(found.count()):
        start_s = found.number()
        if kind == "TextTier":
            found.next("string")
            continue
        end_s = found.number()
        if not 0 <= start_s <= end_s or (intervals and start_s < intervals[-1][1]):
            times = f"{start_s:g} to {end_s:g} s"
            raise DataError(f"times that go forwards in the tier {name}", times, "correct it in Praat")
        intervals.append((start_s, end_s, found.next("string")))
    return name, intervals


class _Tokens:
    """What counts in a text file of Praat, taken one by one."""

    def __init__(self, text: str) -> None:
        every = _TOKEN.finditer(text)
        self.tokens = [(m.lastgroup, m[m.lastgroup]) for m in every if m.lastgroup is not None]  # None: a comment
        self.at = 0

    def next(self, kind: str) -> str:
        """The next token, which must be of a kind.

        Raises:
            DataError: the file ends, or it is another kind.
        """
        its, token = self.tokens[self.at] if self.at < len(self.tokens) else (None, "")
        if its != kind:
            found = "the end of the file" if its is None else f"{token!r}"
            raise DataError(f"a {kind} after {self.at} values of the TextGrid", found, "save it again in Praat")
        self.at += 1
        return token.replace('""', '"') if kind == "string" else token

    def number(self) -> float:
        return float(self.next("number"))

    def count(self) -> int:
        """How many follow.

        Raises:
            DataError: no whole number.
        """
        token = self.next("number")
        if not token.isdecimal():
            raise DataError("how many follow, in the TextGrid", token, "save it again in Praat")
        return int(token)
