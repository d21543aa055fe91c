"""A picture: cells of a grid are replaced by what stands there when the picture is blurred.

A grey or black patch has edges that no picture has, and a model answers to these; a blurred cell takes the detail away
and leaves colour and light (Fong and Vedaldi, Interpretable Explanations of Black Boxes by Meaningful Perturbation,
ICCV 2017). The blur is as wide as a cell (standard deviation), so that of what lies in a cell little is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._values import Bools, Unit

UNIT = Unit.PIXELS
Picture = NDArray[np.uint8]

_FINE_PX = 12  # side of a cell while it is blurred: in a large picture a blur so wide would take minutes


def fits(given: Any) -> bool:
    """Whether it is a picture (h, w, 3) uint8."""
    return isinstance(given, np.ndarray) and given.dtype == np.uint8 and given.ndim == 3


def parts(given: Picture, rate_hz: float | None, most: int) -> tuple[tuple[float, ...], ...]:
    """Cells (left, top, right, bottom) of a grid of at most `most`, as square as they can be, row by row."""
    height, width = given.shape[:2]
    side = math.sqrt(height * width / most)
    rows = max(1, min(height, most, int(height / side + 1e-9)))
    columns = max(1, min(width, most // rows))
    x, y = (np.linspace(0, n, k + 1).round().astype(int).tolist() for n, k in ((width, columns), (height, rows)))
    return tuple((x[j], y[i], x[j + 1], y[i + 1]) for i in range(rows) for j in range(columns))


def cover(given: Picture, rate_hz: float | None, parts: Sequence[tuple[float, ...]]) -> Callable[[Bools], Picture]:
    """A function that blurs cells of the picture."""
    import cv2

    cells = [tuple(int(side) for side in cell) for cell in parts]
    wide = max(max(right - left, bottom - top) for left, top, right, bottom in cells)
    shrink = max(1.0, wide / _FINE_PX)
    height, width = given.shape[:2]
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    small = cv2.resize(given, size, interpolation=cv2.INTER_AREA) if shrink > 1 else given
    blurred = cv2.GaussianBlur(small, (0, 0), wide / shrink, borderType=cv2.BORDER_REPLICATE)
    blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR) if shrink > 1 else blurred

    def without(covered: Bools) -> Picture:
        made = given.copy()
        for (left, top, right, bottom), gone in zip(cells, covered, strict=True):
            if gone:
                made[top:bottom, left:right] = blurred[top:bottom, left:right]
        return made

    return without
