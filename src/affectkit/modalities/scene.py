"""Scenes: whole pictures in 8-bit colour, the longer side at most 512 pixels, from any file that Pillow decodes.

What a picture does to who looks at it lies in all of it: things, places, people, light, colours. The bound keeps many
pictures small in memory and is more than the encoders here take; smaller ones stay as they are. A suffix does not tell
a scene from a face, so this modality is asked for by name. How files come to one form stands in `_picture`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..sample import Media
from . import _picture
from ._picture import Picture

CARD = {
    "title": "Scene",
    "form": "uint8 (height, width, 3)",
    "rate": None,
    "unit": "sRGB, 0 to 255",
    "noun": "picture",
    "suffixes": [],
    "reads": [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"],
    "extra": None,
}
LONGEST_PX = 512
"""Pixels of the longer side, to which larger pictures are made smaller."""


def open(media: Media) -> Iterator[Picture]:
    """Yield the one picture of a sample: (height, width, 3) uint8, sRGB, the longer side at most 512 pixels.

    An array is a picture, (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) uint8, or the bytes of a picture's file, (n,)
    uint8, which keeps a corpus that lies in one large file small in memory.

    Raises:
        InputError: a text, an array of another form, a file that is not there or no whole picture, or a box that lies
            beyond it.
    """
    yield _picture.read(media, LONGEST_PX)


def read(media: Media) -> Picture:
    """The picture, (height, width, 3) uint8, sRGB, the longer side at most 512 pixels."""
    return next(open(media))


blank, key, shown, picture = _picture.blank, _picture.key, _picture.shown, _picture.png


def toy(rng: np.random.Generator) -> Media:
    """A synthetic landscape of 96 x 64 pixels: a sky with a sun over hills, bright or dull."""
    y, x = np.mgrid[0:64, 0:96]
    light = rng.uniform(0.4, 1.0)
    scene = np.empty((64, 96, 3))
    scene[:] = light * np.array([90.0, 150.0, 230.0]) * (0.6 + 0.4 * y[..., None] / 64)
    sun_x, sun_y = rng.integers(10, 86), rng.integers(8, 24)
    scene[(x - sun_x) ** 2 + (y - sun_y) ** 2 < 36] = light * np.array([255.0, 230.0, 120.0])
    hills = 40 + 6 * np.sin(x / rng.uniform(8, 16) + rng.uniform(0, 6))
    scene[y > hills] = light * np.array([60.0, rng.uniform(80, 160), 50.0])
    return Media(array=np.clip(scene + rng.uniform(0, 16, scene.shape), 0, 255).astype(np.uint8))
