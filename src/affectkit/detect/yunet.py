"""Faces from many sides by YuNet, a small network whose ONNX file the user gives; OpenCV runs it.

It finds faces that lean, turn aside or are partly covered, where the cascade sees only those from in front, and tells
the eyes of each. The file, some 230 KB under the MIT licence, is not shipped here.
Reference: W. Wu, H. Peng and S. Yu, YuNet: A Tiny Millisecond-level Face Detector, Machine Intelligence Research 2023.
Differs: large pictures are made smaller first (`bound_px`); boxes below `least_px` are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from . import Face, ordered

CARD = {
    "title": "Faces by YuNet",
    "reference": "wu2023yunet",
    "takes": "face",
    "gives": "faces",
    "needs": ["model"],
    "extra": None,
}
Picture = NDArray[np.uint8]

_FIX = "give `model`, the path of OpenCV Zoo's face_detection_yunet_2023mar.onnx"
_TRIED_PX = 64  # side of the grey picture on which a file is tried when it is opened


@dataclass(frozen=True, slots=True)
class Config:
    """The network and what is looked for.

    Args:
        model: path of the ONNX file.
        surest: faces with a lower score are left out; 0 to 1.
        shared: two boxes whose overlap is a larger share of both together are one face; 0 to 1.
        least_px: side of the smallest face, in pixels of the picture.
        bound_px: pictures with a longer side are made smaller first.
        most: faces of a picture at most.
    """

    model: str = ""
    surest: float = 0.7
    shared: float = 0.3
    least_px: int = 16
    bound_px: int = 1280
    most: int = 1000


class Finder:
    """Finds faces; the same ones in the same picture each time.

    Raises:
        UsageError: no such file, or one that is not YuNet's.
    """

    def __init__(self, config: Config) -> None:
        import cv2

        self._config = config
        if not config.model or not Path(config.model).is_file():
            raise UsageError("the ONNX file of YuNet", f"none at {config.model!r}", _FIX)
        try:
            self._net = cv2.FaceDetectorYN.create(
                config.model, "", (_TRIED_PX, _TRIED_PX), config.surest, config.shared, config.most
            )
            self._net.detect(np.full((_TRIED_PX, _TRIED_PX, 3), 128, np.uint8))  # another network shows here
        except cv2.error as error:
            raise UsageError("the ONNX file of YuNet", f"something else in {config.model}", _FIX) from error

    def find(self, picture: Picture) -> list[Face]:
        """The faces in a picture (height, width, 3) uint8, sRGB, the largest first; none where there is none."""
        import cv2

        height, width = picture.shape[:2]
        scale = min(1.0, self._config.bound_px / max(height, width))
        given = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        if scale < 1:
            to = (max(1, round(width * scale)), max(1, round(height * scale)))
            given = cv2.resize(given, to, interpolation=cv2.INTER_AREA)
        self._net.setInputSize((given.shape[1], given.shape[0]))
        _, rows = self._net.detect(given)
        back = np.array([width / given.shape[1], height / given.shape[0]])
        found = [_told(row, back) for row in np.reshape([] if rows is None else rows, (-1, 15)).astype(np.float64)]
        least = self._config.least_px
        return ordered(face for face in found if min(face.box[2] - face.box[0], face.box[3] - face.box[1]) >= least)


def _told(row: NDArray[np.float64], back: NDArray[np.float64]) -> Face:
    """A row: left, top, width, height, five points from the person's right eye on, score."""
    left, top, wide, high = (row[:4].reshape(2, 2) * back).ravel().tolist()
    first, second = sorted((x, y) for x, y in (row[4:8].reshape(2, 2) * back).tolist())
    return Face((left, top, left + wide, top + high), min(max(float(row[14]), 0.0), 1.0), (first, second))
