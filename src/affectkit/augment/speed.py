"""Speed: tempo and pitch together, as a tape that runs faster or slower.

Reference: Ko, Peddinti, Povey and Khudanpur, Audio Augmentation for Speech Recognition, Interspeech 2015.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..modalities.speech import RATE_HZ
from . import Sound, fitted
from . import sound as checked

CARD = {
    "title": "Speed",
    "reference": "ko2015audio",
    "takes": "speech",
    "length": "changed",
    "extra": None,
    "worse": {"field": "factor", "values": [0.7, 0.8, 0.9, 1.1, 1.25, 1.4]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How fast.

    Args:
        factor: above 1 is faster, shorter and higher.

    Raises:
        DataError: below a quarter or above four times.
    """

    factor: float = 1.1

    def __post_init__(self) -> None:
        if not 0.25 <= self.factor <= 4:
            raise DataError("a factor from 0.25 to 4", f"{self.factor:g}", "0.9 and 1.1 are usual")


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) at another speed, (length(config, n),)."""
    import soxr

    clean = checked(sound)
    return fitted(soxr.resample(clean, RATE_HZ * config.factor, RATE_HZ), length(config, len(clean)))


def length(config: Config, n: int) -> int:
    """How many samples n become."""
    return max(round(n / config.factor), 1)


def toy() -> Config:
    return Config(factor=1.25)
