"""What readers of faces share: a dev part where the corpus has none, labels by number, and drawn faces for imitations.

Not a corpus itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import store
from ..errors import DataError
from . import _MARK, synthetic, write

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE = 24  # pixels of a drawn face
_TENTH = 10


def dev_or_train(key: str) -> str:
    """ "dev" for about a tenth of all keys, by a hash of each, else "train": the same on every machine."""
    drawn = int.from_bytes(hashlib.blake2b(key.encode("utf-8"), digest_size=8).digest()) % _TENTH
    return "dev" if drawn == 0 else "train"


def pixels(text: str, side: int, of: str, fix: str) -> NDArray[np.uint8]:
    """A picture (side, side) uint8, grey, from its pixels as numbers.

    Args:
        of: what an error says behind the pixels: "in row 3".
        fix: what it says to do.

    Raises:
        DataError: no numbers from 0 to 255, or too many or few.
    """
    import numpy as np

    try:
        found = np.array(text.split(), dtype=np.uint8)
    except (ValueError, OverflowError) as error:
        raise DataError(f"pixels from 0 to 255 {of}", str(error), fix) from error
    if found.size != side**2:
        raise DataError(f"{side**2} pixels {of}", str(found.size), fix)
    return found.reshape(side, side)


def numbered(names: Sequence[str], cell: str, where: str, first: int = 0) -> str:
    """The name with a number that stands in a cell ("3", "3.0000000e+00"), counted from `first`.

    Raises:
        DataError: no whole number, or one that no name has.
    """
    try:
        number = float(cell)
    except ValueError:
        number = -1.0
    if number not in range(first, first + len(names)):
        last = first + len(names) - 1
        raise DataError(f"an expression from {first} to {last} for {where}", repr(cell), "get the labels again")
    return names[int(number) - first]


def number(cell: str | None, what: str, where: str) -> float:
    """The number in a cell.

    Raises:
        DataError: none.
    """
    try:
        return float(cell or "")
    except ValueError as error:
        raise DataError(f"a number for {what} of {where}", repr(cell), "get the labels again") from error


def inside(corners: Iterable[float], where: str) -> tuple[int, int, int, int]:
    """A box (left, top, right, bottom), px, of four numbers.

    Raises:
        DataError: it has no inside.
    """
    left, top, right, bottom = (int(c) for c in corners)
    if not (left < right and top < bottom):
        found = f"left {left}, top {top}, right {right}, bottom {bottom}"
        raise DataError(f"a box with an inside for {where}", found, "get the labels again")
    return left, top, right, bottom


def put(root: Path, name: str, content: str | bytes) -> None:
    """Write a file of an imitation below its root; the root alone gets the mark, not each of its many folders."""
    if not synthetic(root):
        write(root / _MARK, "")
    store.write(root / name, content)


def drawn(rng: np.random.Generator, kind: int, suffix: str = ".jpg", grey: bool = False, side: int = SIDE) -> bytes:
    """The file of a drawn face: an oval whose mouth, brow and brightness go with the number of its expression."""
    import numpy as np
    from PIL import Image

    file = io.BytesIO()
    face = sketch(rng, kind, side)
    coloured = face if grey else np.stack([face, face * 0.9, face * 0.8], axis=-1)
    Image.fromarray(coloured.astype(np.uint8)).save(file, {".jpg": "JPEG", ".png": "PNG", ".tiff": "TIFF"}[suffix])
    return file.getvalue()


def sketch(rng: np.random.Generator, kind: int, side: int = SIDE) -> np.ndarray:
    """A drawn face, (side, side) float64 from 0 to 255."""
    import numpy as np

    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    face = np.full((side, side), 30.0)
    face[(x / 0.8) ** 2 + (y / 0.95) ** 2 < 1] = 120 + 12 * (kind % 4)
    face[(np.abs(np.abs(x) - 0.35) < 0.12) & (np.abs(y + 0.4 - 0.06 * (kind % 3)) < 0.08)] = 10
    face[(np.abs(y - 0.45 + (kind - 3) * 0.2 * (x**2 - 0.1)) < 0.08) & (np.abs(x) < 0.45)] = 10
    return face + rng.uniform(0, 10, face.shape)
