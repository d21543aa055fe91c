"""How a voice sounds beside the same speaker's usual, in words: "louder (+4.2 dB) than this speaker's usual".

Measures of a stretch of speech (`features/prosody.py`) are compared with the median of the same measures over the
recording. A phrase is said where the difference is outside the speaker's usual spread and large enough to be heard; it
carries the number that it was made from. That a voice is louder or higher says how it sounds, not what is felt.
Known limits: a speaker who turns away from the microphone becomes quieter too, and a recorder that levels by itself
hides loudness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..features.prosody import UNITS

_NORMAL = 1.4826  # median absolute deviation to standard deviation, of normal values
_EVEN = "as usual for this speaker"
_WORDS = {
    "level_db": ("louder", "quieter", 1.0),
    "pitch_semitones": ("higher", "lower", 1.0),
    "rate_per_s": ("faster", "slower", 0.5),
    "pitch_range_semitones": ("livelier in pitch", "flatter in pitch", 1.5),
    "level_range_db": ("more uneven in level", "more even in level", 3.0),
    "high_db": ("brighter", "duller", 2.0),
}
"""Measure -> the words for more and for less, and the least difference that is worth a word."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A speaker's usual in one measure: the median over `n` segments, and their spread (a standard deviation)."""

    median: float
    spread: float
    n: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase and what it was made from.

    Args:
        measure: the name in `prosody.UNITS`.
        word: "louder".
        value, usual: of the segment and of the speaker, in `unit`; of pitch, semitones above 27.5 Hz.
        spreads: their difference in the speaker's usual spreads, or in the least differences worth a word where that
            is more.
        unit: of all numbers but `spreads`.
    """

    measure: str
    word: str
    value: float
    usual: float
    spreads: float
    unit: str

    @property
    def difference(self) -> float:
        return self.value - self.usual

    def __str__(self) -> str:
        return f"{self.word} ({self.difference:+.1f} {self.unit})"


def usual(segments: Sequence[Mapping[str, float]], fewest: int = 5) -> dict[str, Usual]:
    """A speaker's usual, from measures of the segments of one recording; what fewer than `fewest` have is left out.

    Raises:
        DataError: a measure that has no words, or no number.
    """
    found: dict[str, Usual] = {}
    for name in dict.fromkeys(name for segment in segments for name in segment):
        values = np.asarray([_number(name, segment[name]) for segment in segments if name in segment])
        if len(values) >= fewest:
            median = float(np.median(values))
            found[name] = Usual(median, _NORMAL * float(np.median(np.abs(values - median))), len(values))
    return found


def phrases(
    segment: Mapping[str, float], own: Mapping[str, Usual], least_spreads: float = 1.0, most: int = 3
) -> tuple[Phrase, ...]:
    """What is different in a segment, at most `most` phrases, the farthest from the speaker's usual first.

    Args:
        least_spreads: how far from the usual a measure must be, see `Phrase.spreads`.

    Raises:
        DataError: a measure that has no words, or no number.
    """
    found = []
    for name, value in segment.items():
        _number(name, value)
        if name not in own:
            continue
        more, less, least = _WORDS[name]
        difference = value - own[name].median
        spreads = difference / max(own[name].spread, least)
        if abs(spreads) >= least_spreads:
            word = more if difference > 0 else less
            found.append(Phrase(name, word, float(value), own[name].median, spreads, UNITS[name]))
    return tuple(sorted(found, key=lambda phrase: -abs(phrase.spreads))[:most])


def sentence(found: Sequence[Phrase]) -> str:
    """Phrases as one clause: "louder (+4.2 dB) and higher (+3.1 semitones) than this speaker's usual"."""
    if not found:
        return _EVEN
    said = [str(phrase) for phrase in found]
    joined = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return f"{joined} than this speaker's usual"


def _number(name: str, value: float) -> float:
    if name not in _WORDS:
        raise DataError(f"measures among {', '.join(_WORDS)}", repr(name), "leave the others out")
    if not np.isfinite(value):
        raise DataError(f"a finite number for {name}", repr(value), "leave out what was not measured")
    return value
