"""Light on a picture: brighter or darker, more or less contrast, and the tones between black and white moved.

Each pixel changes by its own value alone. A network that evens out each picture's mean and deviation sees of brightness
and contrast what they drive to black or white; of the tones in between it sees all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Picture
from . import picture as checked

CARD = {
    "title": "Light",
    "takes": "face",
    "extra": None,
    "worse": {"field": "brightness", "values": [0.1, 0.2, 0.3, 0.4, 0.5]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How far at most; how far in each picture is drawn evenly.

    Args:
        brightness: added to all pixels or taken away, as a share of white.
        contrast: by which share differences from the picture's mean grow, or shrink as many times.
        gamma: by which share the exponent of a pixel's share of white grows, or shrinks as many times.

    Raises:
        DataError: a number below 0.
    """

    brightness: float = 0.2
    contrast: float = 0.25
    gamma: float = 0.25

    def __post_init__(self) -> None:
        for name in ("brightness", "contrast", "gamma"):
            if not getattr(self, name) >= 0:
                raise DataError(f"{name} of at least 0", f"{getattr(self, name):g}", "0 leaves it out")


def apply(config: Config, picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture (h, w, 3) uint8 in other light."""
    made: Picture = batch(config, checked(picture)[None], rng)[0]
    return made


def batch(config: Config, pictures: Picture, rng: np.random.Generator) -> Picture:
    """Pictures (n, h, w, 3) uint8, each in other light."""
    n = len(pictures)
    added = rng.uniform(-config.brightness, config.brightness, (n, 1))
    factor = np.exp(rng.uniform(-1, 1, (n, 1)) * np.log1p(config.contrast))
    power = np.exp(rng.uniform(-1, 1, (n, 1)) * np.log1p(config.gamma))
    flat = pictures.reshape(n, -1)
    mean = (flat.mean(1, keepdims=True) / 255) ** power
    tones = ((np.arange(256) / 255) ** power - mean) * factor + mean + added  # (n, 256): what becomes of each value
    table = np.round(np.clip(tones, 0, 1) * 255).astype(np.uint8)
    return np.take(table, flat + np.arange(0, 256 * n, 256, dtype=np.int32)[:, None]).reshape(pictures.shape)


def toy() -> Config:
    return Config(brightness=0.4)
