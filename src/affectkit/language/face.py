"""How often and how clearly a face or picture shows a label, and how well it can be seen, as statements.

Shares are of the frames it was looked at in. Light and size are said only where they are poor: a dark or small face is
read worse, and who reads the sentence should know. The limits are set by eye.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .cues import Statement, clock, named

Floats = NDArray[np.float64]

_SMALL_PX = 48
_DARK, _BRIGHT, _FLAT = 0.2, 0.85, 0.06
"""Mean and spread of the grey, from 0 (black) to 1 (white)."""
_POOR = 0.4  # quality of a frame, see `detect/_crop.py`


def frames(
    names: Sequence[str], t_s: Floats, scores: Floats, who: str = "The face", number: int | str | None = None
) -> Statement:
    """The label most frames show: "The face reads as joy in 61 % of the 40 frames it is seen in (highest ...)."

    Args:
        t_s: (n,) seconds; `scores` (n, k) in [0, 1], in the order of `names`.
        who, number: "The face", and where there are several, which.

    Raises:
        DataError: no frame, or another form.
    """
    if not len(scores) or scores.shape != (len(t_s), len(names)):
        raise DataError(f"scores (n, {len(names)}) of frames", str(scores.shape), "leave out what was not seen")
    first = scores.argmax(1)
    label = int(np.bincount(first, minlength=len(names)).argmax())
    share, best = 100 * float((first == label).mean()), int(scores[:, label].argmax())
    highest, at_s = float(scores[best, label]), float(t_s[best])
    values = [share, float(len(t_s)), highest, at_s]
    if isinstance(number, int):
        values.append(float(number))
    text = (
        f"{who}{_which(number)} reads as {named(names[label])} in {share:.0f} % of the {len(t_s)} frames it is seen in "
        f"(highest {highest:.2f} at {clock(at_s)})."
    )
    return Statement(text, "scores per frame", tuple(values))


def seen(quality: Floats, who: str = "The face", number: int | str | None = None) -> tuple[Statement, ...]:
    """That a face is hard to see, by the quality (n,) in [0, 1] of its frames; nothing where it is good."""
    middle = float(np.median(quality))
    if middle >= _POOR:
        return ()
    values = [middle, 1.0, *([float(number)] if isinstance(number, int) else [])]
    text = f"{who}{_which(number)} is hard to see: the quality of its frames is {middle:.2f} of 1 in the middle."
    return (Statement(text, "quality of the frames", tuple(values)),)


def light(picture: NDArray[np.uint8], who: str = "The face", at_s: float | None = None) -> tuple[Statement, ...]:
    """That a picture is small, dark, too bright or without contrast; nothing where it is none of these.

    Args:
        picture: uint8 (h, w, 3), sRGB, the face or scene alone.
        at_s: when it is seen, in a video.
    """
    grey = picture.astype(np.float64) @ np.array([0.299, 0.587, 0.114]) / 255
    height, width = grey.shape
    mean, spread, side = float(grey.mean()), float(grey.std()), float(min(height, width))
    when, more = ("", ()) if at_s is None else (f" at {clock(at_s)}", (at_s,))
    found: list[tuple[str, float]] = []
    if side < _SMALL_PX:
        found.append((f"is small{when} (its shorter side has {side:.0f} px)", side))
    if mean < _DARK:
        found.append((f"is dark{when} (mean grey {mean:.2f}, where white is 1)", mean))
    if mean > _BRIGHT:
        found.append((f"is very bright{when} (mean grey {mean:.2f}, where white is 1)", mean))
    if spread < _FLAT:
        found.append((f"has little contrast{when} (spread of the grey {spread:.2f}, where white is 1)", spread))
    return tuple(Statement(f"{who} {text}.", "light of the picture", (value, 1.0, *more)) for text, value in found)


def _which(number: int | str | None) -> str:
    """Which of several; a name is quoted."""
    return "" if number is None else f" {number}" if isinstance(number, int) else f" “{number}”"
