"""Predictions with a start and an end as short texts, and back: what subtitles, tiers and turns share.

A task is a text such as "joy 81 %, pride" (the surest label, how sure, the others), "joy? 34 %" where the model is not
sure, "-" where it says no label, or "valence +0.62 arousal +0.20". What a format would take for its own signs is
written as `\\u{2c}`, its number in Unicode, so that every label comes back as it was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import DataError, UsageError
from ..prediction import Prediction, TaskPrediction, Track
from ..task import Kind

APART = " · "
"""Stands between the tasks of a text."""

_UNSAFE = re.compile(r"\\|^ | \Z")
_SIGNS = re.compile(r"\\|^ | \Z|[,·%:?<>+\[\]]|-(?=\d)|^-\Z")
_SPELT = re.compile(r"\\u\{((?:10|[0-9a-f])?[0-9a-f]{0,4})\}")
_NOTHING = "-"
_NUMBER = re.compile(r"(.+?) ([+-]\d+\.\d+)(?: |\Z)")
_NUMBERS = re.compile(r"(?:.+? [+-]\d+\.\d+(?: |\Z))+")
_FIRST = re.compile(r"(?P<label>.*?)(?P<unsure>\?)?(?: (?P<percent>\d{1,3}) %)?", re.DOTALL)
_NAMED, _NUMBERED = "emotion", "dimensions"
_SPEAKER = "speaker"
_MARKS = ":@#[]<>"  # a track's name stands among them, in one format or another


def passing(predictions: Iterable[Prediction], card: Mapping[str, Any]) -> Iterator[Prediction]:
    """The predictions as they come; stops at the first that a format cannot hold, as its card tells.

    Those without a task (an item that failed, a recording without speech) have nothing to hold.

    Raises:
        UsageError: the card says `spans` and there is none, or `inputs` (1) and there is a second one.
        DataError: a span that is none.
    """
    first: str | None = None
    for one in predictions:
        if card.get("spans") and one.tasks:
            _span(one, card["title"])
            first = one.input if first is None else first
            if "inputs" in card and one.input != first:
                fix = "give one input, or write RTTM, CSV or JSON"
                raise UsageError(f"one input in a file of {card['title']}", f"{first} and {one.input}", fix)
        yield one


def timed(predictions: Iterable[Prediction], card: Mapping[str, Any]) -> Iterator[tuple[int, int, Prediction]]:
    """(start, end, prediction) of those that say something; times in whole steps of the card's `step_s`.

    A span lasts at least a step: readers refuse one that ends where it starts.

    Raises:
        UsageError, DataError: as `passing`.
    """
    per_s = round(1 / card["step_s"])
    for one in passing(predictions, card):
        if one.tasks:
            start, end = (round(time_s * per_s) for time_s in _span(one, card["title"]))
            yield start, max(end, start + 1), one


def _span(one: Prediction, title: str) -> tuple[float, float]:
    if one.start_s is None or one.end_s is None:
        fix = "ask for segments (--segments), or write CSV or JSON"
        raise UsageError(f"a start and an end of each prediction in {title}", f"{one.id} without", fix)
    if not 0 <= one.start_s < one.end_s < math.inf:
        found = f"{one.start_s:g} to {one.end_s:g} s in {one.id}"
        raise DataError("a span from 0 s on that ends after its start", found, "correct start_s and end_s")
    return one.start_s, one.end_s


# ---- texts -----------------------------------------------------------------------------------------------------------


def safe(text: str, also: str = "") -> str:
    """A text on one line: what cannot be printed, a backslash, outer blanks and characters of `also` are spelt."""
    return _written(text, _UNSAFE, also)


def escaped(text: str, also: str = "") -> str:
    """As `safe`, and without the signs that `say` and `line` write."""
    return _written(text, _SIGNS, also)


def _written(text: str, signs: re.Pattern[str], also: str) -> str:
    if not text:
        return r"\u{}"  # a name of nothing would be no name
    at = {sign.start() for sign in signs.finditer(text)}
    return "".join(
        rf"\u{{{ord(c):x}}}" if i in at or c in also or not c.isprintable() else c for i, c in enumerate(text)
    )


def unescaped(text: str) -> str:
    """What `safe` or `escaped` was given."""
    return _SPELT.sub(lambda found: chr(int(found[1], 16)) if found[1] else "", text)


def say(task: TaskPrediction) -> str:
    """One task as a text: labels and how sure the first is, in per cent; or values to two places."""
    if task.values:
        return " ".join(f"{escaped(name)} {value:+.2f}" for name, value in task.values.items())
    first = escaped(task.labels[0]) if task.labels else _NOTHING
    sure = f" {100 * task.confidence:.0f} %" if task.labels and task.confidence is not None else ""
    return ", ".join([f"{first}{'?' * task.abstain}{sure}", *map(escaped, task.labels[1:])])


def heard(text: str) -> TaskPrediction:
    """The task that a text says; scheme, scores and intervals are not in it, and its target is the usual one."""
    text = text.strip()
    if _NUMBERS.fullmatch(text):
        values = {unescaped(name): float(value) for name, value in _NUMBER.findall(text)}
        return TaskPrediction(_NUMBERED, "", Kind.CONTINUOUS, values=values)
    head, *others = text.split(", ")
    first = _FIRST.fullmatch(head)
    assert first is not None  # its label takes whatever there is
    labels = () if first["label"] == _NOTHING else tuple(map(unescaped, (first["label"], *others)))
    return TaskPrediction(
        _NAMED,
        "",
        Kind.MULTI if len(labels) > 1 else Kind.SINGLE,
        labels=labels,
        confidence=int(first["percent"]) / 100 if first["percent"] else None,
        abstain=bool(first["unsure"]),
    )


def line(tasks: Mapping[str, TaskPrediction]) -> str:
    """All tasks as one text; their ids stand in it where there are several with names, or several with values."""
    several = {sort for sort in (True, False) if sum(bool(t.values) == sort for t in tasks.values()) > 1}
    told = ((f"{escaped(id)}: " if bool(t.values) in several else "", say(t)) for id, t in tasks.items())
    return APART.join(before + text for before, text in told)


def tasks(text: str) -> dict[str, TaskPrediction]:
    """The tasks of a `line`, by their ids, or by what they usually are ("emotion", "dimensions").

    Raises:
        DataError: two of one id.
    """
    found: dict[str, TaskPrediction] = {}
    for part in text.split(APART):
        before, told, after = part.rpartition(": ")
        task = heard(after)
        id = unescaped(before) if told else task.target
        if id in found:
            raise DataError("each task once in a text", f"{id} twice in {text!r}", "write the task's id before it")
        found[id] = task
    return found


def name(track: Track) -> str:
    """The id of a speaker, which is a name; face:2 for any other track."""
    id = safe(str(track.id), _MARKS)
    return id if track.kind == _SPEAKER else f"{safe(track.kind, _MARKS)}:{id}"


def track(text: str) -> Track:
    """The track of a `name`."""
    kind, told, id = text.rpartition(":")
    return Track(unescaped(kind) if told else _SPEAKER, unescaped(id))


# ---- bytes -----------------------------------------------------------------------------------------------------------


def decoded(data: bytes, title: str, wide: bool = False) -> str:
    """A file's text: UTF-8, and where it is `wide` UTF-16 with its mark; without the mark, ends of lines as "\\n".

    Raises:
        DataError: another encoding.
    """
    utf16 = wide and data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        known = f"UTF-8{' or UTF-16' * wide} in {title}"
        found = f"byte 0x{data[error.start]:02x} at {error.start:,}"
        raise DataError(known, found, "save it as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
