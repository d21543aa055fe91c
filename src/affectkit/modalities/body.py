"""Bodies: one person cut out of a picture by the box that a corpus or detector gives, in 8-bit colour.

The cut has no margin; a box that reaches beyond the picture is clipped, and without a box the whole picture is taken to
be the person. Longer sides than 512 pixels are made that long, as in `scene`, of which a body is a part: models of
people in context take both. How files come to one form stands in `_picture`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..sample import Media
from . import _picture
from ._picture import Picture

CARD = {
    "title": "Body",
    "form": "uint8 (height, width, 3)",
    "rate": None,
    "unit": "sRGB, 0 to 255",
    "noun": "picture",
    "suffixes": [],
    "reads": [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"],
    "extra": None,
}
LONGEST_PX = 512
"""Pixels of the longer side, to which larger cuts are made smaller."""


def open(media: Media) -> Iterator[Picture]:
    """Yield the one person of a sample: (height, width, 3) uint8, sRGB, the longer side at most 512 pixels.

    An array is a picture, (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) uint8, or the bytes of a picture's file, (n,)
    uint8, which keeps a corpus that lies in one large file small in memory.

    Raises:
        InputError: a text, an array of another form, a file that is not there or no whole picture, or a box that lies
            beyond it.
    """
    yield _picture.read(media, LONGEST_PX)


def read(media: Media) -> Picture:
    """The person, (height, width, 3) uint8, sRGB, the longer side at most 512 pixels."""
    return next(open(media))


blank, key, shown, picture = _picture.blank, _picture.key, _picture.shown, _picture.png


def toy(rng: np.random.Generator) -> Media:
    """A synthetic person in a field of 48 x 64 pixels, with the box: a head, a trunk, and arms up or down."""
    y, x = np.mgrid[0:64, 0:48]
    left, top = rng.integers(2, 14), rng.integers(2, 10)
    x_in, y_in = x - left, y - top  # inside a box of 32 x 52
    person = (x_in - 16) ** 2 + (y_in - 7) ** 2 < 40
    person |= (np.abs(x_in - 16) < 6) & (y_in > 13) & (y_in < 50)
    reach = rng.uniform(-1, 1)
    arms = np.abs(y_in - 20 - reach * (np.abs(x_in - 16) - 6)) < 2.5
    person |= arms & (np.abs(x_in - 16) < 15)
    whole = np.where(person[..., None], rng.uniform(120, 255, 3), np.array([70.0, 110.0, 60.0]))
    picture = (whole * rng.uniform(0.9, 1.0, whole.shape)).astype(np.uint8)
    return Media(array=picture, box=(int(left), int(top), int(left) + 32, int(top) + 52))
