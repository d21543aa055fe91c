"""Fewer pitches: the sound at a lower rate and back, so that nothing above half that rate is left.

Reference: Shannon, Communication in the Presence of Noise, Proceedings of the IRE 37, 1949.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..modalities.speech import RATE_HZ
from . import Sound, fitted
from . import sound as checked

CARD = {
    "title": "Bandwidth",
    "reference": "shannon1949communication",
    "takes": "speech",
    "extra": None,
    "worse": {"field": "rate_hz", "values": [12000.0, 8000.0, 6000.0, 4000.0, 3000.0]},
}
_LOWEST_HZ = 200.0


@dataclass(frozen=True, slots=True)
class Config:
    """How much is left.

    Args:
        rate_hz: the lower rate; pitches up to nearly half of it are kept.

    Raises:
        DataError: a rate that is not lower, or below 200 Hz.
    """

    rate_hz: float = 8000.0

    def __post_init__(self) -> None:
        if not _LOWEST_HZ <= self.rate_hz <= RATE_HZ:
            raise DataError(f"a rate from {_LOWEST_HZ:g} to {RATE_HZ:,} Hz", f"{self.rate_hz:g}", "8000 is a telephone")


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) without high pitches, (n,)."""
    import soxr

    clean = checked(sound)
    if config.rate_hz == RATE_HZ:
        return clean
    spare = np.zeros(RATE_HZ // 20, np.float32)  # so that a sound of few samples has some at the lower rate too
    low = soxr.resample(np.concatenate([spare, clean, spare]), RATE_HZ, config.rate_hz)
    return fitted(soxr.resample(low, config.rate_hz, RATE_HZ)[len(spare) :], len(clean))


def toy() -> Config:
    return Config(rate_hz=1000.0)
