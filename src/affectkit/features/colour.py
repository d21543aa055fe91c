"""Colour: how bright, colourful and saturated a picture is, and which hue it has.

Reference: Hasler and Süsstrunk, Measuring Colourfulness in Natural Images, SPIE Human Vision and Electronic Imaging
VIII, 2003 (colourfulness); Yang et al., EmoSet, ICCV 2023 (brightness and colourfulness as attributes of a picture).
All are taken from the 8-bit values as they stand, without undoing sRGB's curve.
Differs from EmoSet: its formulas were never published. Those here are ours: brightness is the mean of the largest
channel or of luma, colourfulness that of Hasler and Süsstrunk, and neither is made one of eleven levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError

CARD = {
    "title": "Brightness, colourfulness, saturation and hue",
    "reference": "hasler2003measuring",
    "takes": "scene",
    "form": "float32 (1, 6): brightness (largest channel, luma), colourfulness, saturation, hue (cosine, sine)",
    "extra": None,
}
EXTREME = 109.0
"""The colourfulness that the paper's raters called extremely; 0 not, 15 slightly, 33 moderately, 45 averagely, 59
quite, 82 highly."""

Picture = NDArray[np.uint8]

_WHITE = 255.0
_LUMA = (0.299, 0.587, 0.114)  # of ITU-R BT.601
_FAR = 0.3  # the paper's weight for how far the mean colour is from grey


@dataclass(frozen=True)
class Config:
    """No settings."""


def extract(config: Config, picture: Picture) -> NDArray[np.float32]:
    """(1, 6) float32 of a picture (h, w, 3): the numbers below as shares from 0 to 1, hue from -1 to 1.

    Colourfulness is told in `EXTREME` and ends at 1; the hue's cosine and sine are as long as it is concentrated.
    """
    degrees, concentration = hue(picture)
    angle = np.deg2rad(degrees)
    found = (
        brightness(picture),
        brightness(picture, "luma"),
        min(colourfulness(picture) / EXTREME, 1.0),
        saturation(picture),
        concentration * np.cos(angle),
        concentration * np.sin(angle),
    )
    return np.asarray([found], np.float32)


def brightness(picture: Picture, mode: str = "hsv") -> float:
    """How bright a picture (h, w, 3) uint8 is, from 0 (black) to 1 (white).

    Args:
        mode: "hsv": the mean over pixels of max(R, G, B) / 255; "luma": of (.299 R + .587 G + .114 B) / 255.

    Raises:
        UsageError: another mode.
    """
    if mode not in _MODES:
        raise UsageError(f"a mode among {', '.join(_MODES)}", repr(mode), "correct `mode`")
    return float(_MODES[mode](picture).mean() / _WHITE)


def colourfulness(picture: Picture) -> float:
    """How colourful a picture (h, w, 3) uint8 is, 0 for grey, about 109 for extremely colourful.

    With rg = R - G and yb = (R + G) / 2 - B of values from 0 to 255, it is the length of their deviations over the
    pixels and .3 times that of their means: sqrt(sd(rg)² + sd(yb)²) + .3 sqrt(mean(rg)² + mean(yb)²).
    """
    red, green, blue = np.moveaxis(picture.astype(np.float64), 2, 0)
    both = (red - green, (red + green) / 2 - blue)
    spread, mean = np.std(both, (1, 2)), np.mean(both, (1, 2))
    return float(np.hypot(spread[0], spread[1]) + _FAR * np.hypot(mean[0], mean[1]))


def saturation(picture: Picture) -> float:
    """How saturated a picture (h, w, 3) uint8 is, from 0 (grey) to 1: the mean of (max - min) / max; 0 of black."""
    most, least = picture.max(2).astype(np.float64), picture.min(2)
    return float(((most - least) / np.maximum(most, 1)).mean())


def hue(picture: Picture) -> tuple[float, float]:
    """The hue of a picture (h, w, 3) uint8 in degrees from 0 to 360 (red 0, green 120, blue 240), and how concentrated
    it is, from 0 to 1.

    Hue is an angle, so pixels are added as arrows: a = R - (G + B) / 2 and b = sqrt(3) / 2 (G - B), longer where there
    is more colour. The sum's direction is the hue, its length by the sum of all lengths the concentration; grey has
    none, (0, 0).
    """
    red, green, blue = np.moveaxis(picture.astype(np.float64), 2, 0)
    a, b = red - (green + blue) / 2, np.sqrt(3) / 2 * (green - blue)
    length, whole = float(np.hypot(a.sum(), b.sum())), float(np.hypot(a, b).sum())
    if length <= _NONE * max(whole, 1.0):
        return 0.0, 0.0
    return float(np.rad2deg(np.arctan2(b.sum(), a.sum())) % 360), length / whole


def toy() -> Config:
    return Config()


def _largest(picture: Picture) -> NDArray[np.float64]:
    return np.asarray(picture.max(2), np.float64)


def _luma(picture: Picture) -> NDArray[np.float64]:
    return np.asarray(picture.astype(np.float64) @ np.asarray(_LUMA))


_MODES = {"hsv": _largest, "luma": _luma}
_NONE = 1e-12  # of the whole: arrows that cancel out but for rounding
