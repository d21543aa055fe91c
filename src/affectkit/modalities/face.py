"""Faces: pictures in 8-bit colour, from any file that Pillow decodes.

Finding faces in larger pictures belongs to a detector; here a picture, or the part in its `Media.box`, is taken to be
one. How files of every kind come to one form stands in `_picture`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..sample import Media
from . import _picture
from ._picture import Picture

CARD = {
    "title": "Face",
    "form": "uint8 (height, width, 3)",
    "rate": None,
    "unit": "sRGB, 0 to 255",
    "noun": "picture",
    "suffixes": [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"],
    # read where Pillow can: AVIF where it was built so, HEIC and JPEG XL with a plug-in, SVG never; else each says so
    "tried": [".svg", ".heic", ".heif", ".avif", ".jxl"],
    "in_videos": True,
    "extra": None,
}


def open(media: Media) -> Iterator[Picture]:
    """Yield the one picture of a sample: (height, width, 3) uint8, sRGB.

    An array is a picture, (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) uint8, or the bytes of a picture's file, (n,)
    uint8, which keeps a corpus that lies in one large file small in memory.

    Raises:
        InputError: a text, an array of another form, a file that is not there or no whole picture, or a box that lies
            beyond it.
    """
    yield _picture.read(media)


def read(media: Media) -> Picture:
    """The picture, (height, width, 3) uint8, sRGB."""
    return next(open(media))


blank, key, shown, picture = _picture.blank, _picture.key, _picture.shown, _picture.png


def toy(rng: np.random.Generator) -> Media:
    """A synthetic face of 48 x 48 pixels: an oval with two eyes and a mouth that goes up or down."""
    y, x = np.mgrid[-1:1:48j, -1:1:48j]
    bend = rng.uniform(-1, 1)
    face = np.full((48, 48), 40.0)
    face[(x / 0.7) ** 2 + (y / 0.9) ** 2 < 1] = rng.uniform(120, 220)
    face[(np.abs(np.abs(x) - 0.3) < 0.08) & (np.abs(y + 0.3) < 0.08)] = 20
    face[(np.abs(y - 0.45 + bend * (x**2 - 0.05)) < 0.05) & (np.abs(x) < 0.35)] = 20
    return Media(array=(face + rng.uniform(0, 20, face.shape)).astype(np.uint8))
