"""RTTM: who speaks when, one line of ten fields per segment, and the emotion in the field for a subtype.

    SPEAKER call 1 12.000 1.500 <NA> joy Anna 0.81 <NA>

Reference: NIST, The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan, appendix A. The surest label
of the first task with labels is the subtype, and its confidence is in the field for that. The name is the speaker
(or face); where no tracks are known it is the label, as tools for emotion diarisation expect it. `turns` reads a
diarisation of one's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from ..errors import DataError, UsageError
from ..prediction import Prediction, TaskPrediction
from ..task import Kind
from . import _cues, _spans

CARD = {
    "title": "RTTM",
    "suffix": ".rttm",
    "passes": 1,
    "spans": True,
    "step_s": 0.001,
    "keeps": ["start_s", "end_s", "track"],
    "loses": ["track.box", "track.quality", "track.detected"],
}

_ABSENT = "<NA>"
_SPEAKER = "SPEAKER"
_OTHERS = ("SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "NON-SPEECH", "FILLER", "EDIT", "IP", "SU")
_TYPES = frozenset((_SPEAKER, *_OTHERS, "CB", "A/P", "SPKR-INFO"))
_FIELDS = (9, 10)  # before 2006 there was no field for the look-ahead
_DIGITS = 6  # of a sum of two decimals, no more are meant


@dataclass(frozen=True, slots=True)
class _Line:
    file: str
    start_s: float
    end_s: float
    subtype: str
    name: str
    confidence: float | None


def write(predictions: Iterable[Prediction], file: BinaryIO) -> None:
    """Write a line for each segment as it comes; several inputs go by their names without folder and suffix.

    Raises:
        UsageError: a prediction without a span.
    """
    inputs: dict[str, str] = {}
    for start, end, one in _spans.timed(predictions, CARD):
        stem = PurePath(one.input).stem
        # a second input of that name goes by its whole path
        where = _spans.safe(stem if inputs.setdefault(stem, one.input) == one.input else one.input, " ;")
        said = next((t for t in one.tasks.values() if t.labels), None)
        label = _spans.escaped(said.labels[0], " ") if said else _ABSENT
        sure = f"{said.confidence:.2f}" if said and said.confidence is not None else _ABSENT
        name = label
        if one.track:
            name = _spans.name(one.track).replace(" ", r"\u{20}")
            name += r"\u{}" * (name == label)  # nothing, spelt: else it would be read as no track
        span = f"{start / 1000:.3f} {(end - start) / 1000:.3f}"
        file.write(f"{_SPEAKER} {where} 1 {span} {_ABSENT} {label} {name} {sure} {_ABSENT}\n".encode())


def read(file: BinaryIO) -> Iterator[Prediction]:
    """A prediction for each line of a speaker, with the task "emotion" where it has a subtype.

    Raises:
        DataError: a line that is none of RTTM, by its number.
    """
    for number, line in enumerate(_lines(file.read(), "RTTM"), 1):
        tasks: dict[str, TaskPrediction] = {}
        if line.subtype != _ABSENT:
            label = (_spans.unescaped(line.subtype),)
            tasks["emotion"] = TaskPrediction("emotion", "", Kind.SINGLE, labels=label, confidence=line.confidence)
        where, track = (
            _spans.unescaped(line.file),
            None if line.name in (line.subtype, _ABSENT) else _spans.track(line.name),
        )
        yield Prediction(f"{where}#{number}", where, tasks, line.start_s, line.end_s, track)


def turns(path: str | Path, file: str | None = None) -> list[tuple[str, float, float]]:
    """Who speaks when, of a diarisation of one's own: (speaker, start_s, end_s), sorted by time.

    Args:
        path: an RTTM file.
        file: the recording, as the second field has it; needed where the file tells of several.

    Raises:
        InputError: no file, or an empty one.
        DataError: a line that is none of RTTM, by its number; or nobody speaks in it.
        UsageError: several recordings and `file` is none of them.
    """
    lines = list(_lines(_cues.content(path, "RTTM"), str(path)))
    if not lines:
        raise DataError(f"lines of the type SPEAKER in {path}", "none", "give a diarisation")
    files = sorted({line.file for line in lines})
    if (len(files) > 1) if file is None else (file not in files):
        found = ", ".join(files[:5]) + (f" and {len(files) - 5:,} more" if len(files) > 5 else "")
        what = "one recording" if file is None else f"the recording {file}"
        raise UsageError(f"{what} in {path}", found, "name one of them, or keep its lines alone")
    own = (line for line in lines if file in (None, line.file))
    return sorted(
        ((_spans.unescaped(line.name), line.start_s, line.end_s) for line in own), key=lambda turn: (turn[1:], turn[0])
    )


def _lines(data: bytes, title: str) -> Iterator[_Line]:
    """The lines of speakers; of other types only the name is looked at, and a turn of no length covers nothing."""
    for number, text in enumerate(_spans.decoded(data, title).split("\n"), 1):
        fields = text.split()
        if not fields or text.lstrip().startswith(";"):
            continue
        where = f"line {number} of {title}"
        if fields[0] not in _TYPES:
            raise DataError(f"a type such as SPEAKER in {where}", repr(fields[0][:40]), "correct or remove the line")
        if fields[0] != _SPEAKER:
            continue
        if len(fields) not in _FIELDS:
            raise DataError(
                f"ten fields in {where}", f"{len(fields)}", "write <NA> for what is absent, and no blanks in names"
            )
        start_s, lasts_s = _number(fields[3], where), _number(fields[4], where)
        sure = None if fields[8] == _ABSENT else _number(fields[8], where)
        if lasts_s:
            end_s = round(start_s + lasts_s, _DIGITS)
            yield _Line(fields[1], start_s, end_s, fields[6], fields[7], sure)


def _number(field: str, where: str) -> float:
    try:
        found = float(field)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise DataError(f"a number from 0 on in {where}", repr(field), "correct or remove the line")
    return found
