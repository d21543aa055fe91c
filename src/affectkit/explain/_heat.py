"""An explained picture as a picture: what speaks for the label in orange, what speaks against it in blue.

The two colours are told apart by people who see no red or no green (Okabe and Ito, Color Universal Design, 2008); the
picture lies grey under them, so that no colour of its own is taken for heat, and in its own colours beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._values import Explanation, Floats

if TYPE_CHECKING:
    from PIL import ImageDraw

Picture = NDArray[np.uint8]

FOR, AGAINST = (230, 120, 0), (0, 100, 190)
"""sRGB of what speaks for the label and against it."""
_INK, _QUIET, _PAPER = (30, 34, 40), (95, 102, 112), (255, 255, 255)
_SIDE_PX = 400  # of the longer side of each of the two pictures
_MARGIN_PX, _HEAD_PX, _FOOT_PX = 20, 74, 66
_BAR_PX = 14
_STRONGEST = 0.8  # share of colour where the effect is largest
_GREYS = (70, 220)  # from dark to light: neither hides the colours


def draw(picture: Picture, explanation: Explanation) -> Picture:
    """The picture (h, w, 3) uint8 as it was read, and beside it the same with its cells coloured; with a legend."""
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    scale = _SIDE_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    plain = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
    heat = Image.fromarray(_coloured(np.asarray(plain), explanation, size[0] / width, size[1] / height))
    wide = max(2 * size[0] + 3 * _MARGIN_PX, 2 * _SIDE_PX)
    page = Image.new("RGB", (wide, size[1] + _HEAD_PX + _FOOT_PX), _PAPER)
    left = (wide - 2 * size[0] - _MARGIN_PX) // 2
    page.paste(plain, (left, _HEAD_PX))
    page.paste(heat, (left + size[0] + _MARGIN_PX, _HEAD_PX))
    pen = ImageDraw.Draw(page)
    _write(pen, (left, 12), f"{explanation.label}  {explanation.score:.2f}", 24, _INK)
    _write(pen, (left + size[0] + _MARGIN_PX, 48), "effect of covering each cell", 14, _QUIET)
    _write(pen, (left, 48), "the picture as it is read", 14, _QUIET)
    _legend(pen, (left, _HEAD_PX + size[1] + 14), 2 * size[0] + _MARGIN_PX, _largest(explanation.effect))
    return np.asarray(page)


def shade(effect: float, largest: float) -> tuple[tuple[int, int, int], float]:
    """The colour of an effect, and how much of it, from 0 to 1."""
    return (FOR if effect > 0 else AGAINST), min(1.0, abs(effect) / largest) if largest > 0 else 0.0


def _coloured(picture: Picture, explanation: Explanation, across: float, down: float) -> Picture:
    low, high = _GREYS
    grey = picture @ np.array([0.299, 0.587, 0.114])
    made = np.repeat((low + grey * (high - low) / 255)[..., None], 3, 2)
    largest = _largest(explanation.effect)
    for cell, effect in zip(explanation.parts, explanation.effect.tolist(), strict=True):
        left, right = (round(cell[i] * across) for i in (0, 2))
        top, bottom = (round(cell[i] * down) for i in (1, 3))
        colour, share = shade(effect, largest)
        here = made[top:bottom, left:right]
        here += (np.asarray(colour) - here) * (_STRONGEST * share)
    return made.round().astype(np.uint8)


def _legend(pen: ImageDraw.ImageDraw, at: tuple[int, int], wide: int, largest: float) -> None:
    """A bar from the strongest against to the strongest for, as on a middle grey, with numbers under it."""
    left, top = at
    middle = np.full(3, sum(_GREYS) / 2)
    for x in range(wide):
        colour, share = shade(2 * x / (wide - 1) - 1, 1.0)
        mixed = middle + (np.asarray(colour) - middle) * _STRONGEST * share
        pen.line([(left + x, top), (left + x, top + _BAR_PX)], fill=tuple(int(v) for v in mixed))
    below = top + _BAR_PX + 5
    _write(pen, (left, below), f"speaks against: -{largest:.2g}", 14, _INK)
    _write(pen, (left + wide // 2, below), "0", 14, _INK, "ma")
    _write(pen, (left + wide, below), f"speaks for: +{largest:.2g}", 14, _INK, "ra")


def _write(pen: Any, at: tuple[int, int], text: str, height_px: int, colour: Any, anchor: str = "la") -> None:
    from PIL import ImageFont

    pen.text(at, text, fill=colour, font=ImageFont.load_default(height_px), anchor=anchor)


def _largest(effect: Floats) -> float:
    return float(np.abs(effect).max())
