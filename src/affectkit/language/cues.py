"""What a prediction rests on, in plain sentences of which every number was measured.

A `Statement` is one sentence with what was measured and the numbers in it. A number in the text that is none of its
values, rounded as it is written, is refused; so a paragraph made of statements can be traced number by number. What
stands between “ and ” is quoted and no claim of ours. `face.py` tells of faces, `voice.py` of voices, `words.py` of
words, `fused.py` of how they agree; here are the statement itself and what joins them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import DataError
from . import fused, voice

_QUOTED = re.compile(r"“[^”]*”")
_CLOCK = re.compile(r"(?<![\w.:])(\d+):([0-5]\d)(?![\w:])")
_NUMBER = re.compile(r"(?<![\w.])([-+]?)(\d+(?:\.(\d+))?)(?!\w|\.\d)")
_LONGEST = 80  # characters of a quotation


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence and where its numbers come from.

    Args:
        text: the sentence, with its full stop.
        source: what was measured ("prosody", "scores per frame", "occlusion of words").
        values: the numbers in it, unrounded, in the unit of the text; times in seconds.

    Raises:
        DataError: a number in the text that is none of the values.
    """

    text: str
    source: str
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        strange = untraced(self.text, self.values)
        if strange:
            told = ", ".join(f"{value:g}" for value in self.values) or "none"
            raise DataError(f"a value for each number in {self.text!r}", f"{strange[0]}, but {told}", "add its value")

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "source": self.source, "values": list(self.values)}


def untraced(text: str, values: Sequence[float]) -> list[str]:
    """The numbers of a text that are none of the values when these are rounded alike; "0:12" is 12.0 to 13 seconds."""
    plain = _QUOTED.sub(" ", text)
    found = [
        clock[0]
        for clock in _CLOCK.finditer(plain)
        if not any(value >= 0 and int(value) == 60 * int(clock[1]) + int(clock[2]) for value in values)
    ]
    for number in _NUMBER.finditer(_CLOCK.sub(" ", plain)):
        sign, digits, places = number[1], number[2], len(number[3] or "")
        # without a sign it may be the size of a value; with one it must be the value itself
        written = {f"{value:+.{places}f}" if sign else f"{abs(value):.{places}f}" for value in values}
        if sign + digits not in written:
            found.append(number[0])
    return found


def paragraph(statements: Iterable[Statement]) -> str:
    """The statements one after the other, and nothing else."""
    return " ".join(one.text for one in statements)


def clock(t_s: float) -> str:
    """A time as players show it: 0:12, the seconds cut off."""
    return f"{int(t_s) // 60}:{int(t_s) % 60:02d}"


def quoted(text: str) -> str:
    """Somebody else's words, on one line and not too long."""
    plain = " ".join(text.replace("“", '"').replace("”", '"').split())
    return f"“{plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + '…'}”"


def named(label: str) -> str:
    """A label as it stands in a sentence; one with figures in it is quoted, since they are no measure."""
    return quoted(label) if re.search(r"\d", label) else label


def leading(modality: str, label: str, score: float) -> Statement:
    """What is said first of all: "The text reads as joy (0.81)."."""
    return Statement(f"The {modality} reads as {named(label)} ({score:.2f}).", "score of the label", (score,))


def measured(modality: str, dimension: str, value: float) -> Statement:
    """What is said first of all where a dimension is explained: "The valence of the text is +0.42."."""
    return Statement(f"The {named(dimension)} of the {modality} is {value:+.2f}.", "value of the dimension", (value,))


def chosen(kind: str, number: int, among: int, box: Sequence[float]) -> Statement:
    """Which one of several in a picture is told of, and where it is (left, top, right, bottom)."""
    left, top, right, bottom = box
    where = f"from {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f} px"
    text = f"Of the {among} found in the picture the largest is explained: {kind} {number}, {where}."
    return Statement(text, "boxes in the picture", (among, number, *box))


def agreement(said: Sequence[fused.Said], disagreement: float | None) -> Statement:
    """How modalities agree, as `fused.sentence` puts it."""
    text = fused.sentence(said, disagreement)
    values = [one.share for one in said]
    if disagreement is not None:
        values += [disagreement, 1.0]  # "by 0.55 of 1"
    return Statement(f"{text[:1].upper()}{text[1:]}.", "fused prediction", tuple(values))


def sounding(
    found: Sequence[voice.Phrase], label: str, score: float, start_s: float, end_s: float, who: str = "the voice"
) -> Statement:
    """How a voice sounds where the label is highest, beside the same voice's usual."""
    when = f"Where {who} reads most as {named(label)} ({score:.2f}, {clock(start_s)} to {clock(end_s)})"
    values = [score, start_s, end_s, *(phrase.difference for phrase in found)]
    return Statement(f"{when}, it is {voice.sentence(found)}.", "prosody", tuple(values))


def stretches(parts: Sequence[tuple[float, float, float]], label: str, most: int = 2) -> tuple[Statement, ...]:
    """The stretches (start_s, end_s, effect) of a sound that speak most for a label."""
    best = sorted((part for part in parts if part[2] >= _LEAST_EFFECT), key=lambda part: -part[2])[:most]
    if not best:
        return ()
    told = [f"{start_s:.1f} to {end_s:.1f} s ({effect:+.2f})" for start_s, end_s, effect in best]
    text = f"What speaks most for {named(label)} is heard from {' and from '.join(told)}."
    return (Statement(text, "covering of stretches", tuple(number for part in best for number in part)),)


def cells(parts: Sequence[tuple[float, float, float, float, float]], label: str) -> tuple[Statement, ...]:
    """The cell (left, top, right, bottom, effect) of a picture that speaks most for a label."""
    best = max(parts, key=lambda part: part[4], default=None)
    if best is None or best[4] < _LEAST_EFFECT:
        return ()
    left, top, right, bottom, effect = best
    where = f"from {left:.0f}, {top:.0f} to {right:.0f}, {bottom:.0f} px"
    text = f"The part of the picture {where} speaks most for {named(label)} ({effect:+.2f})."
    return (Statement(text, "covering of cells", best),)


def missing(reasons: Mapping[str, str]) -> tuple[Statement, ...]:
    """What was not read, and why; the reason is quoted."""
    return tuple(
        Statement(f"Nothing is said of the {name}: {quoted(why)}.", "missing modalities")
        for name, why in reasons.items()
    )


_LEAST_EFFECT = 0.01  # below it, a part changes nothing that is worth a sentence
