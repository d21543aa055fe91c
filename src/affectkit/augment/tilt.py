"""Spectral tilt: a straight line over the bands of a spectrogram, as another microphone or another voice has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Sound
from . import spectrogram as checked

CARD = {
    "title": "Spectral tilt",
    "takes": "log_mel",
    "extra": None,
    "worse": {"field": "tilt_db", "values": [3.0, 6.0, 12.0, 24.0]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How steep.

    Args:
        tilt_db: how much louder the highest band becomes than the lowest; below 0 is duller.

    Raises:
        DataError: more than 100 dB either way.
    """

    tilt_db: float = 6.0

    def __post_init__(self) -> None:
        if not -100 <= self.tilt_db <= 100:
            raise DataError("a tilt_db from -100 to 100", f"{self.tilt_db:g}", "6 is clearly heard")


def apply(config: Config, spectrogram: Sound, rng: np.random.Generator) -> Sound:
    """The spectrogram (frames, mels) in bel with the line added; the mean over bands stays."""
    made = checked(spectrogram)
    half_bel = config.tilt_db / 20
    mels = made.shape[1]
    line = np.linspace(-half_bel, half_bel, mels) if mels > 1 else np.zeros(1)
    return made + line.astype(np.float32)


def toy() -> Config:
    return Config(tilt_db=12.0)
