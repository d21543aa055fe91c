"""Faces: pictures in 8-bit colour, from any file that Pillow decodes.

Cutting faces out of larger pictures belongs to a detector; here a picture is taken to be one. It is turned as its EXIF
tag says, 16 bits become 8, palettes become their colours, what is transparent lies on white, and grey becomes three
equal channels, so that every encoder meets one form. Of an animation the first picture is read.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..sample import Media

if TYPE_CHECKING:
    from PIL import Image

Picture = NDArray[np.uint8]

CARD = {
    "title": "Face",
    "form": "uint8 (height, width, 3)",
    "rate": None,
    "unit": "sRGB, 0 to 255",
    "noun": "picture",
    "suffixes": [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"],
    "extra": None,
}
_WHITE = (255, 255, 255, 255)
_DEEP = 65535  # the largest of 16 bits
_SMALL = 96  # pixels of the longer side of a picture in a report


def open(media: Media) -> Iterator[Picture]:
    """Yield the one picture of a sample: (height, width, 3) uint8, sRGB.

    An array is a picture, (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) uint8, or the bytes of a picture's file, (n,)
    uint8, which keeps a corpus that lies in one large file small in memory.

    Raises:
        InputError: a text, an array of another form, or a file that is not there or no whole picture.
    """
    if media.text is not None:
        raise InputError("a picture, or the path of one", "a text", "give its path as Media(path=...)")
    if media.path is not None:
        yield _opened(Path(media.path), media.path)
        return
    array = np.asarray(media.array)
    if array.dtype == np.uint8 and array.ndim == 1:
        yield _opened(io.BytesIO(array.tobytes()), "an array")
        return
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or channels not in (1, 3, 4) or not array.size:
        need = "a picture (h, w) or (h, w, 3), or the bytes of one (n,), as uint8"
        raise InputError(need, f"{array.dtype} {array.shape}", "scale it to 0..255")
    from PIL import Image

    yield _plain(Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array))


def read(media: Media) -> Picture:
    """The picture, (height, width, 3) uint8, sRGB."""
    return next(open(media))


def blank(media: Media) -> bool:
    """Whether a picture in memory has one colour throughout; neither files nor their bytes are decoded to find out."""
    array = media.array
    return array is not None and array.ndim > 1 and (not array.size or bool((array == array[:1, :1]).all()))


def key(media: Media) -> str | None:
    """What finds a picture in memory again; None for one colour and for a file, which is not opened to find out."""
    if media.array is None or blank(media):
        return None
    array = np.ascontiguousarray(media.array)
    return hashlib.blake2b(f"{array.shape}".encode() + array.tobytes(), digest_size=16).hexdigest()


def shown(media: Media) -> str:
    """The name of the picture's file; nothing of a picture in memory."""
    return "" if media.path is None else Path(media.path).name


def picture(media: Media) -> bytes:
    """What a report shows of a picture: itself as PNG, the longer side at most 96 pixels.

    Raises:
        InputError: as `open`.
    """
    from PIL import Image

    small, written = Image.fromarray(read(media)), io.BytesIO()
    small.thumbnail((_SMALL, _SMALL))
    small.save(written, "PNG")
    return written.getvalue()


def toy(rng: np.random.Generator) -> Media:
    """A synthetic face of 48 x 48 pixels: an oval with two eyes and a mouth that goes up or down."""
    y, x = np.mgrid[-1:1:48j, -1:1:48j]
    bend = rng.uniform(-1, 1)
    face = np.full((48, 48), 40.0)
    face[(x / 0.7) ** 2 + (y / 0.9) ** 2 < 1] = rng.uniform(120, 220)
    face[(np.abs(np.abs(x) - 0.3) < 0.08) & (np.abs(y + 0.3) < 0.08)] = 20
    face[(np.abs(y - 0.45 + bend * (x**2 - 0.05)) < 0.05) & (np.abs(x) < 0.35)] = 20
    return Media(array=(face + rng.uniform(0, 20, face.shape)).astype(np.uint8))


def _opened(file: Path | io.BytesIO, where: str) -> Picture:
    """A picture file, decoded."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as image:
            return _plain(image)
    except FileNotFoundError as error:
        raise InputError(f"a picture at {where}", "none", "correct the path") from error
    # SyntaxError: a broken PNG; EOFError, ValueError and others: a file that ends or lies in its header
    except (OSError, SyntaxError, EOFError, ValueError, OverflowError, Image.DecompressionBombError) as error:
        found = "bytes of no known kind" if isinstance(error, UnidentifiedImageError) else str(error)
        raise InputError(f"a whole picture at {where}", found, "get it again, or leave the item out") from error


def _plain(image: Image.Image) -> Picture:
    """Any picture as (height, width, 3) uint8."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode[0] in "IF":  # one channel of 16 or 32 bits, or of floats
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    if image.has_transparency_data:
        over = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", over.size, _WHITE), over)
    return np.array(image.convert("RGB"))


def _eight_bits(deep: NDArray[Any]) -> Picture:
    """One channel of 16 bits as 8."""
    if not np.issubdtype(deep.dtype, np.integer) or deep.min() < 0 or deep.max() > _DEEP:
        raise ValueError(f"pixels from {deep.min():g} to {deep.max():g}, which are not 8 or 16 bits")
    return np.round(deep * (255 / _DEEP)).astype(np.uint8)
