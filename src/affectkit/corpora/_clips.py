"""What readers of rated clips share: traces checked, and small videos for imitations.

Not a corpus itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Series

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

_FRAMES = 10


def series(values: ArrayLike, t_s: ArrayLike, of: str) -> Series:
    """Values (n, d) over time (n,) as a Series.

    Raises:
        DataError: no value, one that is no number, or times that do not rise.
    """
    import numpy as np

    try:
        found = Series(np.asarray(values, np.float32), np.asarray(t_s, np.float64))
    except (DataError, TypeError, ValueError) as error:
        raise DataError(f"numbers over time for {of}", str(error), "get the corpus again") from error
    if (np.diff(found.t_s) <= 0).any():
        raise DataError(f"times that rise for {of}", "one that does not", "get the corpus again")
    return found


def video(rng: np.random.Generator, size: tuple[int, int], halves: Sequence[int], rate_hz: int = 25) -> bytes:
    """An MP4 file for an imitation: ten frames of `size` (width, height), parts beside each other in plain colours.

    Args:
        halves: the left edges of the parts, in pixels.
    """
    import av
    import numpy as np

    width, height = size
    colours = rng.integers(40, 216, (len(halves), 3))
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(rate_hz))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(_FRAMES):
            picture = np.empty((height, width, 3), np.uint8)
            for left, colour in zip(halves, colours, strict=True):
                picture[:, left:] = colour
            picture[: height // 8, : (number + 1) * width // _FRAMES] = 250  # a bar that grows
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()
