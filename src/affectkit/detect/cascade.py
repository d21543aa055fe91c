"""Faces seen from in front, by the cascade of simple light-dark patterns that OpenCV ships: offline, no weights to get.

The grey picture is equalised and scanned at growing sizes; a face that fills it is looked for once more with the
picture's edge drawn on around it; boxes that overlap are one face. A picture so small that it may be a face that was
cut out already is searched down to the smallest faces there are, and taken for one where none is found (`whole`). Eyes
are looked for in the upper part of each face, in the picture as it is and then equalised, since either shows some that
the other does not, and kept where both lie as eyes lie in a face.
Frames of a video are scanned smaller than pictures, where a face is expected only around it and at about its size, and
none is taken to be a face itself; eyes are looked for in the frame as it is, not equalised.
Reference: P. Viola and M. Jones, Rapid Object Detection using a Boosted Cascade of Simple Features, CVPR 2001.
Differs: the patterns are those of R. Lienhart (`haarcascade_frontalface_alt2`, `haarcascade_eye`); the score is
how many windows agree, n / (n + 10).
Known limits: faces turned aside or leaning by more than some 20 degrees, half covered or in deep shadow are missed. Of
300 tight faces of 48 px (FER+) three quarters are detected and the others left to `whole`; in 84 pictures of things and
animals (OASIS, 240 px) it saw four. In a video, faces narrower than a 24th of the frame's longer side are missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from . import Box, Face, Frame, Point, _crop, _drawn, ordered

CARD = {
    "title": "Faces by OpenCV's cascade",
    "reference": "viola2001",
    "takes": "face",
    "gives": "faces",
    "extra": None,
}
Picture = NDArray[np.uint8]

_WINDOW_PX = 20  # of the cascades: they see nothing smaller
_EDGE = 0.25  # of the shorter side: what is drawn on around a picture that a face may fill
_FILLS = 0.5  # of the shorter side: the least of a face that fills the picture
_HALF = 10  # so many windows that agree make a score of a half
_SHARED = 0.5  # of the smaller of two boxes: from here on they are one face
_AROUND = 0.4  # of an expected face's side: how far beyond it is looked
_GROWS = (0.75, 1.35)  # times its size: the least and the most it may have become
_FACE_PX = 160  # width at which eyes are looked for
_FRAME_FACE_PX = 120  # the same in a video
_EYE = (0.17, 0.45)  # in widths of the face: the least and the most of an eye in a video
_UPPER = 0.6  # of a face's height in which they lie
_APART = (0.25, 0.65)  # between them, in widths of the face
_HIGH = (0.2, 0.55)  # the middle between them, in heights of the face
_LEAN_DEG = 25.0  # the most of the line through them
_ALIKE = 2.0  # times the size of one that the other has at most


@dataclass(frozen=True, slots=True)
class Config:
    """What is looked for.

    Args:
        least_px: side of the smallest face, in pixels of the picture.
        bound_px: pictures with a longer side are made smaller first; faces below 20 px are then too small.
        frame_px: the same of frames of a video.
        step: from one size of faces to the next, above 1; smaller is slower and finds more.
        agree: windows around a face that must agree at least.
        eyes: whether eyes are looked for.
        whole: whether a picture in which nothing is found may itself be a face: where its longer side is at most
            `whole_px`, and it has the form of one.

    Raises:
        UsageError: sizes that cannot be.
    """

    least_px: int = 32
    bound_px: int = 1280
    frame_px: int = 480
    step: float = 1.1
    agree: int = 3
    eyes: bool = True
    whole: bool = True
    whole_px: int = 128

    def __post_init__(self) -> None:
        bounds = min(self.bound_px, self.frame_px)
        if not (self.least_px >= 1 and bounds >= _WINDOW_PX and self.step > 1 and self.agree >= 1):
            found = f"{self.least_px}, {self.bound_px}, {self.frame_px}, {self.step:g} and {self.agree}"
            need = f"least_px >= 1, bound_px and frame_px >= {_WINDOW_PX}, step > 1 and agree >= 1"
            raise UsageError(need, found, "correct the settings of the detector")


class Finder:
    """Finds faces; the same ones in the same picture each time."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._face = _cascade("haarcascade_frontalface_alt2.xml")
        self._eye = _cascade("haarcascade_eye.xml")

    def find(self, picture: Picture) -> list[Face]:
        """The faces in a picture (height, width, 3) uint8, sRGB, the largest first; none where there is none."""
        import cv2

        config = self._config
        height, width = picture.shape[:2]
        scale = min(1.0, config.bound_px / max(height, width))
        if min(height, width) * scale >= _WINDOW_PX:
            grey: Any = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
            if scale < 1:
                to = (max(1, round(width * scale)), max(1, round(height * scale)))
                grey = cv2.resize(grey, to, interpolation=cv2.INTER_AREA)
            even = cv2.equalizeHist(grey)
            # sides are rounded, so each has its own scale
            back = np.array([width / grey.shape[1], height / grey.shape[0]])
            # a small picture may be a portrait or a face, and which it is a small face tells
            least = _WINDOW_PX if max(height, width) <= config.whole_px else config.least_px * scale
            found = [self._told(grey, even, box, count, back) for box, count in self._boxes(even, least)]
            if found:
                return ordered(found)
        return _crop.whole(picture, config.whole_px) if config.whole else []

    def ready(self, frame: Frame) -> None:
        """Bring a frame into the form that `watch` asks for."""
        frame.grey(self._config.frame_px)

    def watch(self, frame: Frame, near: Sequence[Box] = ()) -> list[Face]:
        """The faces in a frame of a video, the largest first; with `near`, those about as large and close to these.

        Args:
            frame: as it is shown.
            near: boxes (left, top, right, bottom) in its pixels, where faces are expected.
        """
        import cv2

        grey: Any = frame.grey(self._config.frame_px)
        if min(grey.shape) < _WINDOW_PX:
            return []
        grey = cv2.equalizeHist(grey)
        height, width = frame.size()
        back = np.array([width / grey.shape[1], height / grey.shape[0]])
        expected = [np.array(box) / np.tile(back, 2) for box in near]
        found = self._close(grey, expected) if near else self._boxes(grey, self._config.least_px / float(back.max()))
        return ordered(self._told_of(frame, box, count, back) for box, count in found)

    def _close(self, grey: Picture, expected: Sequence[NDArray[np.float64]]) -> list[tuple[NDArray[np.int64], int]]:
        """As `_boxes`, close to where faces are expected (left, top, right, bottom)."""
        import cv2

        edge, (height, width) = round(_EDGE * min(grey.shape)), grey.shape
        wider = np.asarray(cv2.copyMakeBorder(grey, edge, edge, edge, edge, cv2.BORDER_REPLICATE), np.uint8)
        found = []
        for box in expected:
            side = float((box[2:] - box[:2]).mean())
            # beyond the picture only where a face is expected there
            first = np.maximum(box[:2] - _AROUND * side, np.clip(box[:2], -edge, 0)).round().astype(np.int64)
            most = np.clip(box[2:], [width, height], [width + edge, height + edge])
            last = np.minimum(box[2:] + _AROUND * side, most).round().astype(np.int64)
            (left, top), (right, bottom) = first + edge, last + edge
            part = np.ascontiguousarray(wider[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)])
            if part.size:
                moved = np.array([*first, 0, 0])
                least, largest = (max(_WINDOW_PX, round(side * times)) for times in _GROWS)
                found += [(box + moved, count) for box, count in self._seen(part, least, largest)]
        return _apart(found)

    def _boxes(self, grey: Picture, least_px: float) -> list[tuple[NDArray[np.int64], int]]:
        """(left, top, width, height) of each face of at least that size, and how many windows agree on it."""
        import cv2

        least = max(_WINDOW_PX, round(least_px))
        short = min(grey.shape)
        edge = round(_EDGE * short)
        wider = cv2.copyMakeBorder(grey, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        filling = self._seen(np.asarray(wider, np.uint8), max(least, round(_FILLS * short)))
        return _apart([*self._seen(grey, least), *((box - [edge, edge, 0, 0], count) for box, count in filling)])

    def _seen(self, grey: Picture, least: int, most: int = 0) -> list[tuple[NDArray[np.int64], int]]:
        config = self._config
        boxes, counts = self._face.detectMultiScale2(grey, config.step, config.agree, 0, (least, least), (most, most))
        return list(zip(np.reshape(boxes, (-1, 4)).astype(np.int64), np.ravel(counts).tolist(), strict=True))

    def _told(
        self, grey: Picture, even: Picture, box: NDArray[np.int64], count: int, back: NDArray[np.float64]
    ) -> Face:
        """A box in the grey picture as a face; `even` is the same picture equalised."""
        left, top, wide, high = box.tolist()
        (x1, y1), (x2, y2) = (np.array([[left, top], [left + wide, top + high]]) * back).tolist()
        eyes = None
        if self._config.eyes:
            eyes = self._eyes(grey, left, top, wide, high) or self._eyes(even, left, top, wide, high)
        if eyes is not None:
            first, second = (np.array(eye) * back for eye in eyes)
            eyes = ((float(first[0]), float(first[1])), (float(second[0]), float(second[1])))
        return Face((x1, y1, x2, y2), count / (count + _HALF), eyes)

    def _told_of(self, frame: Frame, box: NDArray[np.int64], count: int, back: NDArray[np.float64]) -> Face:
        import cv2

        corners = np.array([box[:2], box[:2] + box[2:]]) * back
        eyes = None
        if self._config.eyes:
            (left, top), (right, bottom) = corners.round().astype(np.int64).tolist()
            x, y = max(left, 0), max(top, 0)
            part: Any = frame.colour()[y : max(bottom, 0), x : max(right, 0)]
            if part.size:
                part = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
                eyes = self._eyes(part, left - x, top - y, right - left, bottom - top, _FRAME_FACE_PX, _EYE)
            if eyes is not None:
                (x1, y1), (x2, y2) = eyes
                eyes = ((x + x1, y + y1), (x + x2, y + y2))
        (x1, y1), (x2, y2) = corners.tolist()
        return Face((x1, y1, x2, y2), count / (count + _HALF), eyes)

    def _eyes(
        self,
        grey: Picture,
        left: int,
        top: int,
        wide: int,
        high: int,
        face_px: int = _FACE_PX,
        size: tuple[float, float] = (0.12, math.inf),
    ) -> tuple[Point, Point] | None:
        """Both eyes of a face in pixels of the grey picture; None where no two that were found can be a pair.

        They are looked for where the face is `face_px` wide, from and up to a `size` in widths of it.
        """
        import cv2

        from_x, from_y = max(left, 0), max(top, 0)
        upper: Any = grey[from_y : max(top + round(_UPPER * high), 0), from_x : max(left + wide, 0)]
        if not upper.size:
            return None
        scale = face_px / wide
        to = (max(1, round(upper.shape[1] * scale)), max(1, round(upper.shape[0] * scale)))
        upper = cv2.resize(upper, to, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        least, most = round(face_px * size[0]), round(face_px * min(size[1], 1.0))
        boxes, counts = self._eye.detectMultiScale2(upper, 1.1, 3, 0, (least, least), (most, most))
        eyes = [
            (from_x + (x + w / 2) / scale, from_y + (y + h / 2) / scale, float(w), count)
            for (x, y, w, h), count in zip(np.reshape(boxes, (-1, 4)).tolist(), np.ravel(counts).tolist(), strict=True)
        ]
        pairs = [pair for pair in product(eyes, eyes) if _plausible(*pair, left, top, wide, high)]
        if not pairs:
            return None
        first, second = max(pairs, key=lambda pair: (pair[0][3] + pair[1][3], pair))
        return first[:2], second[:2]


def toy(rng: np.random.Generator) -> tuple[Picture, list[tuple[float, float, float, float]]]:
    """Six drawn faces, (128, 192, 3) uint8, and the box (left, top, right, bottom) of each in pixels."""
    return _drawn.group(rng)


def _cascade(file: str) -> Any:
    import cv2

    # beside the library; its own name for the folder, `cv2.data`, is not in its types
    path = Path(str(cv2.__file__)).parent / "data" / file
    found = cv2.CascadeClassifier(str(path))
    if found.empty():
        raise UsageError(
            f"OpenCV's cascade at {path}", "none", "pip install --force-reinstall 'opencv-python-headless<5'"
        )
    return found


def _apart(found: Iterable[tuple[NDArray[np.int64], int]]) -> list[tuple[NDArray[np.int64], int]]:
    """Without boxes that lie in good part in one on which more windows agree."""
    kept: list[tuple[NDArray[np.int64], int]] = []
    for box, count in sorted(found, key=lambda one: (-one[1], one[0].tolist())):
        if all(_shared(box, other) < _SHARED for other, _ in kept):
            kept.append((box, count))
    return kept


def _shared(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """How much of the smaller of two boxes (left, top, width, height) lies in the other."""
    inside = np.minimum(one[:2] + one[2:], other[:2] + other[2:]) - np.maximum(one[:2], other[:2])
    return float(np.prod(np.maximum(inside, 0)) / min(np.prod(one[2:]), np.prod(other[2:])))


def _plausible(first: tuple[float, ...], second: tuple[float, ...], left: int, top: int, wide: int, high: int) -> bool:
    """Whether two eyes (x, y, size, ...) lie as the left and the right one of a face lie in its box."""
    across, down = second[0] - first[0], second[1] - first[1]
    middle, height = left + wide / 2, ((first[1] + second[1]) / 2 - top) / high
    return (
        first[0] < middle < second[0]
        and _APART[0] * wide <= math.hypot(across, down) <= _APART[1] * wide
        and abs(math.degrees(math.atan2(down, across))) <= _LEAN_DEG
        and _HIGH[0] <= height <= _HIGH[1]
        and max(first[2], second[2]) <= _ALIKE * min(first[2], second[2])
    )
