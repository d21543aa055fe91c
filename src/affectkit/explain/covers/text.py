"""A text: its words are left out, each in its place in the sentence; a run of signs or emoji is a word too.

Where writing has no spaces (Han, kana), each character is one. Of a long text neighbouring words are taken together. A
text of which nothing is left becomes an ellipsis, since models refuse an empty one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from .._values import Bools, Unit

UNIT = Unit.CHARACTERS
NOTHING = "…"
"""What stands for a text that is covered whole."""

_ALONE = (("\u3041", "\u3096"), ("\u30a1", "\u30fa"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"))
_LINKS = "'’-"  # between letters they make one word
_FOLLOWS = ("Mn", "Mc", "Me", "Cf")  # vowel signs, accents, joiners, variants of emoji: with what they follow
_WORD = re.compile(r"L[Lm]*(?:-L[Lm]*)*|Am*|(?:[S-]m*)+|m+")  # over a text's `_kind`s


def fits(given: Any) -> bool:
    """Whether it is a text."""
    return isinstance(given, str)


def parts(given: str, rate_hz: float | None, most: int) -> tuple[tuple[float, ...], ...]:
    """Words as (start, end) in characters; of more than `most`, neighbours together."""
    words = [found.span() for found in _WORD.finditer("".join(map(_kind, given)))]
    together = -(-len(words) // most)
    runs = [words[i : i + together] for i in range(0, len(words), together)]
    return tuple((run[0][0], run[-1][1]) for run in runs)


def cover(given: str, rate_hz: float | None, parts: Sequence[tuple[float, ...]]) -> Callable[[Bools], str]:
    """A function that leaves words out of the text."""

    def without(covered: Bools) -> str:
        kept, at = [], 0
        for (start, end), gone in zip(parts, covered, strict=True):
            if gone:
                kept.append(given[at : int(start)])
                at = int(end)
        return " ".join("".join([*kept, given[at:]]).split()) or NOTHING

    return without


def _kind(letter: str) -> str:
    """Letter, character that is a word alone, mark on what precedes it, link, sign or space."""
    if letter.isspace():
        return " "
    if letter in _LINKS:
        return "-"
    if unicodedata.category(letter) in _FOLLOWS:
        return "m"
    if any(first <= letter <= last for first, last in _ALONE):
        return "A"
    return "L" if letter.isalnum() or letter == "_" else "S"
