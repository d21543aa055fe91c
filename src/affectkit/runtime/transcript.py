"""Transcripts of one's own: turns with their times, from subtitles (SRT, WebVTT) or JSON, in the order of time.

JSON is a list of turns, or an object that holds them under "segments" (Whisper and what is built on it, which also tell
the language) or "transcription" (whisper.cpp, with "offsets" in milliseconds). A turn has a text, a start and an end
("start_s" or "start", in seconds), and a speaker where that is known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import find
from ..errors import DataError, InputError, UsageError

_JSON = ".json"
_LISTS = ("segments", "transcription")
_CODES: Mapping[str, str] = {
    "af": "afr", "am": "amh", "ar": "arq", "de": "deu", "en": "eng", "es": "esp", "ha": "hau", "hi": "hin",
    "id": "ind", "ig": "ibo", "jv": "jav", "mr": "mar", "om": "orm", "pt": "ptbr", "ro": "ron", "ru": "rus",
    "rw": "kin", "so": "som", "su": "sun", "sv": "swe", "sw": "swa", "ti": "tir", "tt": "tat", "uk": "ukr",
    "xh": "xho", "yo": "yor", "zh": "chn", "zu": "zul",
}  # fmt: skip
"""Two letters (ISO 639-1) -> how BRIGHTER and bundles trained on it call the language."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said, and when.

    Raises:
        UsageError: no text, or an end that is not after the start.
    """

    start_s: float
    end_s: float
    text: str
    speaker: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.end_s < math.inf:
            raise UsageError(
                f"a turn that ends after it starts, from 0 s on ({self.text[:40]!r})",
                f"{self.start_s:g} to {self.end_s:g} s",
                "correct its times",
            )
        if not self.text.strip():
            raise UsageError(f"a text in the turn at {self.start_s:g} s", "nothing", "leave the turn out")


@dataclass(frozen=True, slots=True)
class Transcript:
    """Turns in time.

    Args:
        turns: by their start.
        language: where the file tells it ("en"); None where it does not.
    """

    turns: tuple[Turn, ...]
    language: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", tuple(sorted(self.turns, key=lambda turn: (turn.start_s, turn.end_s))))

    @property
    def text(self) -> str:
        return " ".join(turn.text for turn in self.turns)


def read(path: str | Path) -> Transcript:
    """A transcript of a file, by its suffix.

    Raises:
        UsageError: a suffix that no reader of transcripts has.
        InputError: no file, or an empty one.
        DataError: the file is no transcript of its kind, or no turn of it has a text.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == _JSON:
        made = _of_json(path)
    else:
        parts = [name for name, card in find.cards("formats").items() if card["suffix"] == suffix]
        readers = [part for part in (find.load("formats", name) for name in parts) if hasattr(part, "transcript")]
        if not readers:
            need = "a transcript that ends in .srt, .vtt or .json"
            raise UsageError(need, str(path), "convert it, or correct the path")
        said = readers[0].transcript(path)
        made = Transcript(
            tuple(Turn(start_s, end_s, text, who) for start_s, end_s, who, text in said if end_s > start_s)
        )
    if not made.turns:
        raise DataError(f"turns with a text in {path}", "none", "give the transcript of the recording")
    return made


def same(language: str, codes: Iterable[str]) -> bool:
    """Whether a language is among those a card names, in whichever of the two codes."""
    code = _code(language)
    return any(_code(other) == code for other in codes)


def _code(language: str) -> str:
    plain = language.strip().lower().replace("_", "-").split("-")[0]
    return _CODES.get(plain, plain)


def _of_json(path: Path) -> Transcript:
    if not path.is_file():
        raise InputError(f"a transcript at {path}", "none", "correct the path")
    data = path.read_bytes()
    if not data.strip():
        raise InputError(f"a transcript at {path}", "an empty file", "get it again, or leave it out")
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # bytes that are no UTF-8 too
        raise DataError(f"JSON in {path}", str(error), "correct the file, or give subtitles") from error
    language, rows = None, found
    if isinstance(found, dict):
        told = found.get("language")
        language = told if isinstance(told, str) and told else None
        rows = next((found[name] for name in _LISTS if isinstance(found.get(name), list)), None)
    if not isinstance(rows, list):
        what = f"a list of turns, or one under {' or '.join(_LISTS)}, in {path}"
        raise DataError(what, type(found).__name__, "give the transcript of the recording")
    turns = (_turn(row, f"turn {number} of {path}") for number, row in enumerate(rows, 1))
    return Transcript(tuple(turn for turn in turns if turn is not None), language)


def _turn(row: Any, where: str) -> Turn | None:
    """A turn, or None where it says nothing."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        found = ", ".join(row) if isinstance(row, dict) else repr(row)[:40]
        raise DataError(f"a text, a start and an end in {where}", found or "nothing", "add what is missing")
    text = " ".join(row["text"].split())
    if not text:
        return None
    offsets = row.get("offsets")
    if isinstance(offsets, dict):
        start_s, end_s = (_seconds(offsets.get(key), where, 1000) for key in ("from", "to"))
    else:
        start_s, end_s = (_seconds(row.get(f"{key}_s", row.get(key)), where) for key in ("start", "end"))
    who = row.get("speaker")
    try:
        return Turn(start_s, end_s, text, str(who) if who not in (None, "") else None)
    except UsageError as error:
        raise DataError(f"an end after the start in {where}", error.found, error.fix) from error


def _seconds(value: Any, where: str, per_s: float = 1) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(f"a start and an end in seconds in {where}", repr(value), "add what is missing")
    return float(value) / per_s
