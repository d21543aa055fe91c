"""Higher or lower on the mel axis: about what a shorter or longer throat does to a voice.

Reference: Jaitly and Hinton, Vocal Tract Length Perturbation (VTLP) Improves Speech Recognition, ICML workshop on deep
learning for audio, speech and language processing, 2013. Differs from the paper, which stretches the axis of
frequency: above 1 kHz, where the mel axis is logarithmic, a shift is such a stretch; below, it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Sound
from . import spectrogram as checked

CARD = {
    "title": "Shift on the mel axis",
    "reference": "jaitly2013vocal",
    "takes": "log_mel",
    "extra": None,
    "worse": {"field": "bands", "values": [1.0, 2.0, 4.0, 8.0]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How far.

    Args:
        bands: upwards; below 0 is downwards. Parts of a band are taken from its neighbours in proportion.

    Raises:
        DataError: a number that is not finite.
    """

    bands: float = 2.0

    def __post_init__(self) -> None:
        if not np.isfinite(self.bands):
            raise DataError("a finite number of bands", f"{self.bands}", "2 is clearly heard")


def apply(config: Config, spectrogram: Sound, rng: np.random.Generator) -> Sound:
    """The spectrogram (frames, mels) shifted; the outermost band fills what is left empty."""
    given = checked(spectrogram)
    last = given.shape[1] - 1
    source = np.clip(np.arange(last + 1) - config.bands, 0, last)
    below = np.floor(source).astype(np.int64)
    part = (source - below).astype(np.float32)
    return given[:, below] * (1 - part) + given[:, np.minimum(below + 1, last)] * part


def toy() -> Config:
    return Config(bands=1.5)
