"""What the modalities of pictures share: one form of 8-bit colour from any file that Pillow decodes.

Not a modality itself: the leading underscore keeps it out of listings. A picture is turned as its EXIF tag says, 16
bits become 8, palettes become their colours, what is transparent lies on white, and grey becomes three equal channels,
so that every encoder meets one form. Of an animation the first picture is read. `Media.box` is cut out, clipped where
it lies beyond the picture.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..sample import Media

if TYPE_CHECKING:
    from PIL import Image

Picture = NDArray[np.uint8]
_WHITE = (255, 255, 255, 255)
_DEEP = 65535  # the largest of 16 bits
_SMALL = 96  # pixels of the longer side of a picture in a report
_START = 4096  # bytes by which a foreign kind is told
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")
_JPEG_XL = (b"\xff\x0a", b"\0\0\0\x0cJXL ")
_GAP = 2  # a JPEG is decoded at no less than so many times the side that is wanted, then made smaller


def read(media: Media, longest_px: int | None = None) -> Picture:
    """The picture of a sample, or the part in its box: (height, width, 3) uint8, sRGB.

    An array is a picture, (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) uint8, or the bytes of a picture's file, (n,)
    uint8, which keeps a corpus that lies in one large file small in memory.

    Args:
        media: the picture.
        longest_px: what is larger is made smaller until its longer side has so many pixels.

    Raises:
        InputError: a text, an array of another form, a file that is not there or no whole picture, or a box that lies
            beyond it.
    """
    if media.text is not None:
        raise InputError("a picture, or the path of one", "a text", "give its path as Media(path=...)")
    if media.path is not None:
        whole = _opened(Path(media.path), media.path, None if media.box else longest_px)
    else:
        whole = _array(np.asarray(media.array), None if media.box else longest_px)
    return _smaller(cut(whole, media), longest_px)


def blank(media: Media) -> bool:
    """Whether a picture in memory has one colour throughout; neither files nor their bytes are decoded to find out."""
    if media.array is None or np.ndim(media.array) < 2:
        return False
    array = _part(np.asarray(media.array), media)
    return not array.size or bool((array == array[:1, :1]).all())


def key(media: Media) -> str | None:
    """What finds a picture in memory again; None for one colour and for a file, which is not opened to find out."""
    if media.array is None or blank(media):
        return None
    array = np.asarray(media.array)
    told = f"{media.box}" if array.ndim == 1 and media.box else ""  # bytes of a file: not cut before they are decoded
    array = np.ascontiguousarray(_part(array, media))
    return hashlib.blake2b(f"{array.shape}{told}".encode() + array.tobytes(), digest_size=16).hexdigest()


def shown(media: Media) -> str:
    """The name of the picture's file; nothing of a picture in memory."""
    return "" if media.path is None else Path(media.path).name


def png(media: Media) -> bytes:
    """What a report shows of a picture: itself as PNG, the longer side at most 96 pixels."""
    from PIL import Image

    small, written = Image.fromarray(read(media)), io.BytesIO()
    small.thumbnail((_SMALL, _SMALL))
    small.save(written, "PNG")
    return written.getvalue()


def _array(array: NDArray[Any], longest_px: int | None) -> Picture:
    if array.dtype == np.uint8 and array.ndim == 1:
        return _opened(io.BytesIO(array.tobytes()), "an array", longest_px)
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or channels not in (1, 3, 4) or not array.size:
        need = "a picture (h, w) or (h, w, 3), or the bytes of one (n,), as uint8"
        raise InputError(need, f"{array.dtype} {array.shape}", "scale it to 0..255")
    from PIL import Image

    return _plain(Image.fromarray(array[..., 0] if array.ndim == 3 and channels == 1 else array))


def _opened(file: Path | io.BytesIO, where: str, longest_px: int | None) -> Picture:
    """A picture file, decoded; where `longest_px` is given, perhaps already somewhat smaller."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow warns from half of its limit on; up to the limit we read
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _decoded(file, longest_px)
    except FileNotFoundError as error:
        raise InputError(f"a picture at {where}", "none", "correct the path") from error
    except Image.DecompressionBombError as error:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0)  # from here on Pillow takes it for an attack
        need, found = f"at most {most:,} pixels in a picture at {where}", _number(str(error))
        raise InputError(need, f"{found} pixels", "save it smaller, or leave the item out") from error
    except UnidentifiedImageError as error:
        foreign = _foreign(file)
        fix = "get it again, or leave the item out" if foreign is None else "save it as PNG, JPEG or WebP"
        raise InputError(f"a whole picture at {where}", foreign or "bytes of no known kind", fix) from error
    # SyntaxError: a broken PNG; EOFError, ValueError and others: a file that ends or lies in its header
    except (OSError, SyntaxError, EOFError, ValueError, OverflowError) as error:
        raise InputError(f"a whole picture at {where}", str(error), "get it again, or leave the item out") from error


def _decoded(file: Path | io.BytesIO, longest_px: int | None) -> Picture:
    from PIL import Image

    with Image.open(file) as image:
        if longest_px is not None and min(image.size) > longest_px:
            # a JPEG can be decoded at a half, a quarter or an eighth of its size; other kinds ignore it. Not where
            # one side is short: there the filling of its last blocks would show
            image.draft(None, _size(image.size, _GAP * longest_px))
        return _plain(image)


def _number(said: str) -> str:
    """The first number in what a library says, its thousands apart."""
    digits = re.search(r"\d+", said)
    return f"{int(digits[0]):,}" if digits else "more"


def _foreign(file: Path | io.BytesIO) -> str | None:
    """What people take for a picture and Pillow does not read, by its first bytes; None for anything else."""
    start = _start(file)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<") and b"<svg" in text:
        return "an SVG drawing, which has no pixels"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIF:
        return "an HEIC picture, which Pillow does not read"
    if start[4:8] == b"ftyp" and start[8:12] in _AVIF:
        return "an AVIF picture, which this Pillow does not read"
    if start.startswith(_JPEG_XL):
        return "a JPEG XL picture, which Pillow does not read"
    return None


def _start(file: Path | io.BytesIO) -> bytes:
    if isinstance(file, io.BytesIO):
        return file.getvalue()[:_START]
    with file.open("rb") as raw:
        return raw.read(_START)


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


def _part(array: NDArray[Any], media: Media) -> NDArray[Any]:
    """What lies in the box of a picture in memory; nothing where the box lies beyond it."""
    if media.box is None or array.ndim < 2:
        return array
    left, top, right, bottom = (max(0, side) for side in media.box)
    return array[top:bottom, left:right]


def cut(whole: Picture, media: Media) -> Picture:
    """What lies in the box of a picture, (height, width, 3) uint8; all of it where there is none.

    Raises:
        InputError: a box that lies beyond the picture.
    """
    part = _part(whole, media)
    if not part.size:
        height, width = whole.shape[:2]
        where = media.path or "an array"
        need = f"a box (left, top, right, bottom) inside the {width} x {height} pixels of {where}"
        raise InputError(need, str(media.box), "correct the box, or leave the item out")
    return part if media.box is None else np.ascontiguousarray(part)


def _size(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """Width and height with the longer of them at `longest_px`."""
    scale = longest_px / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _smaller(picture: Picture, longest_px: int | None) -> Picture:
    height, width = picture.shape[:2]
    if longest_px is None or max(height, width) <= longest_px:
        return picture
    from PIL import Image

    return np.array(Image.fromarray(picture).resize(_size((width, height), longest_px), Image.Resampling.BICUBIC))
