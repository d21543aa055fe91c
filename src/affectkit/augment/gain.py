"""Another level: all samples times one number; nothing is cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Sound
from . import sound as checked

CARD = {
    "title": "Gain",
    "takes": "speech",
    "extra": None,
    "worse": {"field": "gain_db", "values": [20.0, 10.0, -10.0, -20.0, -40.0, -60.0]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How loud.

    Args:
        gain_db: below 0 is quieter.

    Raises:
        DataError: more than 120 dB either way.
    """

    gain_db: float = -20.0

    def __post_init__(self) -> None:
        if not -120 <= self.gain_db <= 120:
            raise DataError("a gain_db from -120 to 120", f"{self.gain_db:g}", "-20 is a far microphone")


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) at another level, (n,)."""
    return checked(sound) * np.float32(10 ** (config.gain_db / 20))


def toy() -> Config:
    return Config(gain_db=-12.0)
