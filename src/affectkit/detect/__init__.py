"""Detectors: where in a medium there is something to read, one file each; numpy, streamed.

A detector of spans gives `Config`, `spans(config, blocks)` for a stream of sound, and `Listener(config)` for those who
hear it block by block while they do something else with it.

A detector of faces gives `Config` and `Finder(config)`, whose `find(picture)` lists the faces of a picture (height,
width, 3) uint8, sRGB, as `Face`, the largest first and none where there is none. A finder belongs to one thread. Where
the user must give a file, the CARD names its settings in `needs`. A finder that is quicker on the frames of a video
has `watch(frame, near)` besides: like `find`, but of a `Frame`; where boxes are given as `near`, it looks only for the
faces that are expected there. Without it, each frame is looked at as a picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Frame(Protocol):
    """A frame of a video, brought into the form that is asked for."""

    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        ...

    def colour(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8, sRGB."""
        ...

    def grey(self, longest_px: int) -> NDArray[np.uint8]:
        """(h, w) uint8, its longer side at most so many pixels."""
        ...


@dataclass(frozen=True, slots=True)
class Face:
    """Where a face is in a picture.

    Args:
        box: left, top, right, bottom in pixels; it may reach beyond the picture.
        score: from 0 to 1, higher where the detector is surer; no probability. None: nothing was detected, and the
            whole picture was taken to be a face.
        eyes: the middles (x, y) of both in pixels, the left one in the picture first; None where they are not known.

    Raises:
        DataError: a box without an inside.
    """

    box: Box
    score: float | None = None
    eyes: tuple[Point, Point] | None = None

    def __post_init__(self) -> None:
        left, top, right, bottom = (float(side) for side in self.box)
        if not (left < right and top < bottom):
            need = "a face's box (left, top, right, bottom) that has an inside"
            raise DataError(need, str(tuple(self.box)), "correct its corners")
        object.__setattr__(self, "box", (left, top, right, bottom))

    @property
    def area_px(self) -> float:
        """Of the box, in square pixels."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


def ordered(faces: Iterable[Face]) -> list[Face]:
    """The largest first; of equal ones the upper, then the left one."""
    return sorted(faces, key=lambda face: (-face.area_px, face.box[1], face.box[0]))
