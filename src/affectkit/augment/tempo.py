"""Tempo alone: pieces of the sound are moved closer or apart where they fit, so that the pitch stays (WSOLA).

Each piece of 40 ms is taken up to 10 ms before or after its due place, where it is most like what would have followed
the piece before it, and the pieces are cross-faded.
Reference: Verhelst and Roelands, An Overlap-Add Technique Based on Waveform Similarity (WSOLA) for High Quality
Time-Scale Modification of Speech, ICASSP 1993.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..modalities.speech import RATE_HZ
from . import Sound
from . import sound as checked

CARD = {
    "title": "Tempo",
    "reference": "verhelst1993overlap",
    "takes": "speech",
    "length": "changed",
    "extra": None,
    "worse": {"field": "factor", "values": [0.6, 0.75, 0.9, 1.1, 1.3, 1.6]},
}
_PIECE = RATE_HZ // 25  # 40 ms: two periods of the lowest voice
_HOP = _PIECE // 2
_AWAY = RATE_HZ // 100  # 10 ms to either side: a period of most voices
_FAINT = 1e-6  # of the energy of the strongest piece


@dataclass(frozen=True, slots=True)
class Config:
    """How fast.

    Args:
        factor: above 1 is faster and shorter.

    Raises:
        DataError: below a quarter or above four times.
    """

    factor: float = 1.1

    def __post_init__(self) -> None:
        if not 0.25 <= self.factor <= 4:
            raise DataError("a factor from 0.25 to 4", f"{self.factor:g}", "0.9 and 1.1 are usual")


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) at another tempo, (length(config, n),)."""
    clean = checked(sound)
    n = length(config, len(clean))
    pieces = -(-n // _HOP) + 1
    due = np.rint(np.arange(pieces) * _HOP * config.factor).astype(np.int64)
    before = _PIECE // 2 + _AWAY
    padded = np.zeros(int(due[-1]) + 2 * (before + _PIECE), np.float32)
    padded[before : before + len(clean)] = clean[: len(padded) - before]
    fade = np.hanning(_PIECE + 1)[:-1]
    made = np.zeros((pieces + 1) * _HOP)
    start = _AWAY  # of the first piece
    for k, place in enumerate(due.tolist()):
        if k:
            start = place + _nearest(padded[place : place + 2 * _AWAY + _PIECE], padded[start + _HOP :][:_PIECE])
        made[k * _HOP : k * _HOP + _PIECE] += fade * padded[start : start + _PIECE]
    return made[_HOP : _HOP + n].astype(np.float32)


def length(config: Config, n: int) -> int:
    """How many samples n become."""
    return max(round(n / config.factor), 1)


def toy() -> Config:
    return Config(factor=1.3)


def _nearest(where: Sound, wanted: Sound) -> int:
    """The place in `where` whose piece is most like `wanted` (_PIECE,); the middle one where all is silent."""
    sums = np.concatenate([[0.0], np.cumsum(where.astype(np.float64) ** 2)])
    energy = sums[_PIECE:] - sums[:-_PIECE]
    like = np.correlate(where, wanted, "valid")
    if not np.any(like):
        return _AWAY
    # what is next to silent is like nothing: its energy is what rounding left
    return int((like / np.sqrt(np.maximum(energy, _FAINT * energy.max()))).argmax())
