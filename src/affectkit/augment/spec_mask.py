"""SpecAugment without its warp: stretches of time and bands of pitch of a spectrogram are wiped out.

A mask's width is drawn from 0 to its most, its place uniformly; what is wiped out becomes the mean of the spectrogram.
Reference: Park et al., SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition, Interspeech
2019. Differs from the paper: no time warp, which it found to help least, and masks of the sizes that a clip of a few
seconds bears.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Sound
from . import spectrogram as checked

CARD = {
    "title": "SpecAugment masks",
    "reference": "park2019specaugment",
    "takes": "log_mel",
    "extra": None,
    "worse": {"field": "time_masks", "values": [1, 2, 4, 8]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How many masks, and how wide.

    Args:
        time_masks, mel_masks: how many of each.
        time_frames, mel_bands: the widest.
        time_share: of all frames, the widest too, so that a short clip is not wiped out.

    Raises:
        DataError: a number below 0, or a share above 1.
    """

    time_masks: int = 2
    time_frames: int = 40
    time_share: float = 0.2
    mel_masks: int = 2
    mel_bands: int = 8

    def __post_init__(self) -> None:
        for name in ("time_masks", "time_frames", "mel_masks", "mel_bands"):
            if getattr(self, name) < 0:
                raise DataError(f"{name} of at least 0", str(getattr(self, name)), "0 leaves such masks out")
        if not 0 <= self.time_share <= 1:
            raise DataError("a time_share from 0 to 1", f"{self.time_share:g}", "0.2 is usual")


def apply(config: Config, spectrogram: Sound, rng: np.random.Generator) -> Sound:
    """The spectrogram (frames, mels) with masks."""
    made = checked(spectrogram)
    frames, mels = made.shape
    mean = made.mean(dtype=np.float64)
    for _ in range(config.time_masks):
        made[_stretch(frames, min(config.time_frames, int(config.time_share * frames)), rng)] = mean
    for _ in range(config.mel_masks):
        made[:, _stretch(mels, min(config.mel_bands, mels), rng)] = mean
    return made


def toy() -> Config:
    return Config(time_masks=3, mel_masks=3)


def _stretch(n: int, widest: int, rng: np.random.Generator) -> slice:
    width = int(rng.integers(widest + 1))
    start = int(rng.integers(n - width + 1))
    return slice(start, start + width)
