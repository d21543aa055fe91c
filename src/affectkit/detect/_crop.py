"""Cut faces out of pictures, upright and of one size; say how much there is to see in a cut, and what may be one.

Not a detector itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from . import Face

Picture = NDArray[np.uint8]

_LEAST_PX = 16  # side of what may be a face that was cut out already; less shows nobody's expression
_SQUARE = 1.25  # times its shorter side that its longer one is at most
_FINEST = 16  # times the side at most that a large face is first cut out at, before it is made smaller
_ENOUGH_PX = 96  # a face of so many pixels and more is large enough
_SHARP = 0.5  # the edges of a sharp face vary half as much as its light does
_VARIED = 32.0  # grey levels: the spread of a face in good light
_DARK, _BRIGHT = 5, 250  # grey levels beyond which nothing is to be told apart


def cut(picture: Picture, face: Face, side: int, margin: float = 0.0) -> Picture:
    """The face by itself, (side, side, 3) uint8, sRGB.

    The box is made square about its middle, as long as its longer side, and widened at each edge by `margin` of that.
    Where the eyes are known, the picture is turned about the point between them until they lie level. What lies beyond
    the picture is filled with the pixels of its edge. A box that fits is given as it stands in the picture.

    Args:
        picture: (height, width, 3) uint8, sRGB.
        face: where it is.
        side: pixels of the cut.
        margin: share of the box's side, 0 or more.

    Raises:
        InputError: a side below 1 or a margin below 0.
    """
    import cv2

    if side < 1 or not 0 <= margin < math.inf:
        found = f"{side} px and {margin:g}"
        raise InputError("a cut of at least 1 px and a margin of 0 or more", found, "correct the sizes")
    left, top, right, bottom = face.box
    wide = max(right - left, bottom - top) * (1 + 2 * margin)
    middle = np.array([left + right, top + bottom]) / 2
    turn = np.eye(2)
    if face.eyes is not None:
        first, second = (np.array(eye, np.float64) for eye in face.eyes)
        lean = math.atan2(second[1] - first[1], second[0] - first[0])
        turn = np.array([[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]])
        between = (first + second) / 2
        middle = between + turn @ (middle - between)
    # many pixels of a large face become one: it is cut out at a multiple of the side, then averaged
    fine = side * min(max(round(wide / side), 1), _FINEST)
    scale = wide / fine
    # pixel (i, j) of the cut covers the point (i + 1/2, j + 1/2), and likewise in the picture
    corner = middle + turn @ np.full(2, (1 - fine) / 2 * scale) - 0.5
    way = np.column_stack([turn * scale, corner])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut_out: Any = cv2.warpAffine(picture, way, (fine, fine), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if fine > side:
        cut_out = cv2.resize(cut_out, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cut_out, np.uint8)


def whole(picture: Picture, most_px: int) -> list[Face]:
    """A picture as a face that somebody has cut out already, where it may be one; else none.

    Its sides are from 16 to `most_px` pixels, the longer at most 1.25 times the shorter, and it is not of one colour.
    """
    height, width = picture.shape[:2]
    short, long = sorted((height, width))
    fits = short >= _LEAST_PX and long <= min(most_px, _SQUARE * short)
    if not fits or bool((picture == picture[:1, :1]).all()):
        return []
    return [Face((0.0, 0.0, float(width), float(height)))]


def quality(crop: Picture, face: Face, shape: Sequence[int]) -> float:
    """How much there is to see of a face, from 0 (nothing) to 1: the geometric mean of four shares, each at most 1.

    - size: shorter side of the crop / 96 px;
    - sharpness: spread of the Laplacian / (0.5 x spread of the grey), of the crop at no more than 96 px; 0 where all is
      grey of one level;
    - light: spread of the grey / 32 levels, times the share of pixels that are neither below 5 nor above 250;
    - there: share of the face's box that lies inside the picture.

    Spread is the standard deviation. The formula and its numbers are ours, set by eye: good for ranking pictures of one
    face and for leaving out the worst, not a measure of whether an expression is read rightly.

    Args:
        crop: the face cut out at its own size, (height, width, 3) uint8, sRGB.
        face: where it was.
        shape: of the picture it was cut from: height, width, and what else there is.
    """
    import cv2

    height, width = crop.shape[:2]
    short = min(height, width)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    if short > _ENOUGH_PX:
        to = (max(1, round(width * _ENOUGH_PX / short)), max(1, round(height * _ENOUGH_PX / short)))
        grey = cv2.resize(grey, to, interpolation=cv2.INTER_AREA)
    spread = float(grey.std())
    if spread == 0:
        return 0.0
    edges = float(cv2.Laplacian(grey, cv2.CV_64F).std())
    seen = float(((grey >= _DARK) & (grey <= _BRIGHT)).mean())
    left, top, right, bottom = face.box
    inside_x = max(0.0, min(right, shape[1]) - max(left, 0.0))
    inside_y = max(0.0, min(bottom, shape[0]) - max(top, 0.0))
    shares = (
        short / _ENOUGH_PX,
        edges / (_SHARP * spread),
        min(1.0, spread / _VARIED) * seen,
        inside_x * inside_y / face.area_px,
    )
    return float(math.prod(min(1.0, share) for share in shares) ** (1 / len(shares)))
