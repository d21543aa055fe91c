"""A whole picture as a square of one size: what networks on photographs usually read.

A picture loses its proportions and nothing else; filled up to a square instead, its new edges would say something.
Reference: Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019, for one.
A picture that is larger both ways is averaged over areas, any other drawn out linearly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError

CARD = {
    "title": "Picture stretched to a square",
    "reference": "tan2019efficientnet",
    "takes": "scene",
    "form": "uint8 (square_px, square_px, 3), sRGB",
    "extra": None,
}


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        square_px: pixels of a side.

    Raises:
        UsageError: fewer than 1.
    """

    square_px: int = 224

    def __post_init__(self) -> None:
        if self.square_px < 1:
            raise UsageError("a square of at least 1 px", str(self.square_px), "for example square_px=224")


def toy() -> Config:
    return Config(square_px=24)


def extract(config: Config, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture (h, w, 3) as (square_px, square_px, 3) uint8."""
    import cv2

    size = (config.square_px, config.square_px)
    smaller = min(picture.shape[:2]) >= config.square_px
    made = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(made, np.uint8)
