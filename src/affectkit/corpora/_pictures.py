"""What readers of pictures share: numbers in their tables, and small pictures for imitations.

Not a corpus itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import DataError

if TYPE_CHECKING:
    import numpy as np


def numbers(row: Mapping[str, str], columns: tuple[str, ...], of: str) -> tuple[float, ...]:
    """The numbers in some columns of a row.

    Raises:
        DataError: no number in one of them.
    """
    try:
        return tuple(float(row[column]) for column in columns)
    except (KeyError, TypeError, ValueError) as error:
        found = ", ".join(repr(row.get(column)) for column in columns)
        raise DataError(f"numbers in {', '.join(columns)} of {of}", found, "get the corpus again") from error


def picture(rng: np.random.Generator, light: float, kind: str = "jpeg", rough: float = 25.0) -> bytes:
    """A picture file of 32 x 24 pixels for an imitation: a dark ground under a sky as bright as `light`, in [0, 1].

    Args:
        rough: levels between which its pixels vary by chance.
    """
    import numpy as np
    from PIL import Image

    scene = np.full((24, 32, 3), 40.0)
    scene[:16] = 30 + 190 * light * np.array([0.7, 0.8, 1.0])
    pixels = scene + 12.5 + rough * (rng.random(scene.shape) - 0.5)
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, kind, quality=90)
    return file.getvalue()
