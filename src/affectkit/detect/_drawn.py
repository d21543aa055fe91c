"""Drawn faces for `toy` and tests: plain enough to draw in a few lines, and face enough for detectors.

Not a detector itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]

BOX = (0.1, 0.15, 0.9, 0.95)
"""Left, top, right, bottom of the face, from the brows to the chin, in shares of the drawing's side."""
EYES = ((0.365, 0.46), (0.635, 0.46))
"""Middles of the eyes, the left one in the picture first, in shares of the side."""


def face(side: int, rng: np.random.Generator) -> Picture:
    """One face from in front under dark hair on grey: (side, side, 3) uint8, light and skin by chance."""
    import cv2

    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]

    def oval(at_x: float, at_y: float, wide: float, high: float) -> NDArray[np.bool_]:
        return np.asarray(((x - at_x) / wide) ** 2 + ((y - at_y) / high) ** 2 < 1)

    skin = rng.uniform(165, 215)
    drawn = np.full((side, side), rng.uniform(90, 130))
    drawn[oval(0, -0.15, 0.72, 0.85)] = skin * 0.3  # hair
    drawn[oval(0, 0.1, 0.6, 0.8)] = skin
    drawn[oval(0, 0.1, 0.6, 0.8) & (np.abs(x) > 0.45)] = skin * 0.8  # cheeks turn away from the light
    for middle in (-0.27, 0.27):
        drawn[oval(middle, -0.1, 0.2, 0.13)] = skin * 0.72
        drawn[oval(middle, -0.22, 0.2, 0.05)] = skin * 0.4  # brow
        drawn[oval(middle, -0.08, 0.12, 0.06)] = skin * 1.1
        drawn[oval(middle, -0.08, 0.06, 0.06)] = skin * 0.2
        drawn[oval(middle * 0.37, 0.26, 0.05, 0.04)] = skin * 0.5  # nostril
    drawn[oval(0, 0.1, 0.06, 0.2)] = skin * 1.1
    drawn[oval(0, 0.52, 0.25, 0.07)] = skin * 0.45  # mouth
    drawn = cv2.GaussianBlur(drawn, (0, 0), side / 60) + rng.normal(0, 3, drawn.shape)
    return np.repeat(np.clip(drawn, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def group(rng: np.random.Generator, rows: int = 2, columns: int = 3, side: int = 64) -> tuple[Picture, list[Box]]:
    """So many faces in rows: the picture (rows * side, columns * side, 3) uint8, and the box of each in pixels."""
    lines = [np.hstack([face(side, rng) for _ in range(columns)]) for _ in range(rows)]
    left, top, right, bottom = (share * side for share in BOX)
    places = [(column * side, row * side) for row in range(rows) for column in range(columns)]
    return np.vstack(lines), [(left + x, top + y, right + x, bottom + y) for x, y in places]
