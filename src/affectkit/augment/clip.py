"""Hard clipping: a microphone or an amplifier driven too far, which cuts off what is beyond a height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Sound
from . import sound as checked

CARD = {
    "title": "Clipping",
    "takes": "speech",
    "extra": None,
    "worse": {"field": "over_db", "values": [3.0, 6.0, 12.0, 18.0, 24.0, 30.0]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How much.

    Args:
        over_db: how far the highest peak of the sound lies above the height at which it is cut off.

    Raises:
        DataError: below 0 or above 120 dB.
    """

    over_db: float = 12.0

    def __post_init__(self) -> None:
        if not 0 <= self.over_db <= 120:
            raise DataError("an over_db from 0 to 120", f"{self.over_db:g}", "12 is loud distortion")


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) cut off, (n,); the level is not made up for."""
    clean = checked(sound)
    height = np.abs(clean).max() * np.float32(10 ** (-config.over_db / 20))
    return np.clip(clean, -height, height)


def toy() -> Config:
    return Config()
