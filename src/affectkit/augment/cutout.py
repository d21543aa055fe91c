"""Cutout: a part of the picture is covered, so that a face is told by more than its most telling part.

Reference: DeVries and Taylor, Improved Regularization of Convolutional Neural Networks with Cutout, 2017. The middle of
what covers it lies anywhere in the picture, so that it may hang over the edge. Differs from the paper: it has the
colour of the picture's mean, and as many times fewer pixels as the picture in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Picture
from . import picture as checked

CARD = {
    "title": "Cutout",
    "reference": "devries2017cutout",
    "takes": "face",
    "extra": None,
    "worse": {"field": "side", "values": [0.2, 0.3, 0.4, 0.5, 0.6]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How large.

    Args:
        side: of what covers it, as a share of the picture's; a pixel at least.
        covered: share of pictures that are.

    Raises:
        DataError: a share outside [0, 1].
    """

    side: float = 0.3
    covered: float = 1.0

    def __post_init__(self) -> None:
        for name in ("side", "covered"):
            if not 0 <= getattr(self, name) <= 1:
                raise DataError(f"a share from 0 to 1 for {name}", f"{getattr(self, name):g}", "0.3 of a side is usual")


def apply(config: Config, picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture (h, w, 3) uint8 with a part covered."""
    made: Picture = batch(config, checked(picture)[None], rng)[0]
    return made


def batch(config: Config, pictures: Picture, rng: np.random.Generator) -> Picture:
    """Pictures (n, h, w, 3) uint8, some with a part covered."""
    n, *size = pictures.shape[:3]
    made = pictures.copy()
    covered = rng.random(n) < config.covered
    middle = rng.integers(0, size, (n, 2))
    sides = np.maximum(np.round(config.side * np.asarray(size)), 1).astype(np.int64)
    low = middle - sides // 2
    for i in np.flatnonzero(covered):
        (top, left), (bottom, right) = np.maximum(low[i], 0), low[i] + sides
        made[i, top:bottom, left:right] = np.round(pictures[i].mean((0, 1)))
    return made


def toy() -> Config:
    return Config(side=0.5)
