"""Where and how a face lies in its picture: turned, larger or smaller, beside the middle, mirrored.

One change from old to new places, between pixels by straight lines; what comes in from outside repeats the edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from . import Floats, Picture
from . import picture as checked

CARD = {
    "title": "Placing of a face",
    "takes": "face",
    "extra": None,
    "worse": {"field": "degrees", "values": [5.0, 10.0, 20.0, 30.0, 45.0]},
}


@dataclass(frozen=True, slots=True)
class Config:
    """How far at most; how far in each picture is drawn evenly.

    Args:
        degrees: turned to either side.
        scale: made larger or smaller by this share.
        shift: moved by this share of its sides.
        mirrored: share of pictures that are.

    Raises:
        DataError: a number below 0, or shares above 1.
    """

    degrees: float = 11.0
    scale: float = 0.12
    shift: float = 0.06
    mirrored: float = 0.5

    def __post_init__(self) -> None:
        for name, most in (("degrees", 180), ("scale", 1), ("shift", 1), ("mirrored", 1)):
            if not 0 <= getattr(self, name) <= most:
                raise DataError(f"{name} from 0 to {most}", f"{getattr(self, name):g}", "0 leaves it out")


def apply(config: Config, picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture (h, w, 3) uint8, placed otherwise."""
    made: Picture = batch(config, checked(picture)[None], rng)[0]
    return made


def batch(config: Config, pictures: Picture, rng: np.random.Generator) -> Picture:
    """Pictures (n, h, w, 3) uint8, each placed otherwise."""
    import cv2

    n, height, width = pictures.shape[:3]
    angle = np.radians(rng.uniform(-config.degrees, config.degrees, n))
    factor = np.exp(rng.uniform(-1, 1, n) * np.log1p(config.scale))
    shift = rng.uniform(-config.shift, config.shift, (n, 2)) * (width, height)
    side = np.where(rng.random(n) < config.mirrored, -1.0, 1.0)
    made = np.empty_like(pictures)
    for out, given, way in zip(made, pictures, ways((height, width), angle, factor, shift, side), strict=True):
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(given, way, (width, height), out, flags, cv2.BORDER_REPLICATE)
    return made


def ways(size: tuple[int, int], angle: Floats, factor: Floats, shift: Floats, side: Floats) -> Floats:
    """(n, 2, 3): from a new place (x, y, 1), pixels from the top left one's middle, to the old place (x, y).

    Args:
        size: height and width.
        angle: (n,) radians, to the right.
        factor: (n,) how many times as large.
        shift: (n, 2) pixels to the right and down.
        side: (n,) -1 for mirrored, 1 for not.
    """
    middle = np.asarray([(size[1] - 1) / 2, (size[0] - 1) / 2])
    cos, sin = np.cos(angle) / factor, np.sin(angle) / factor
    turn = np.stack([np.stack([cos * side, sin * side], 1), np.stack([-sin, cos], 1)], 1)
    start = middle - (turn @ (middle + shift)[:, :, None])[:, :, 0]
    return np.concatenate([turn, start[:, :, None]], 2)


def toy() -> Config:
    return Config(degrees=30.0, mirrored=0.0)
