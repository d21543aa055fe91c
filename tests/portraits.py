"""A toy bundle of faces, the mean colour of a crop times a matrix; drawn faces, videos of them, and what finds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from affectkit import find
from affectkit.detect import Face
from affectkit.runtime import bundle
from affectkit.task import Kind, Task, View

Picture = NDArray[np.uint8]
NAMES = ("neutral", "happiness", "sadness", "anger")
TASK = Task("face", "emotion", Kind.SINGLE, "ekman_neutral", NAMES, view=View.PERCEIVED)
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (40, 40, 230)
SAID = {RED: "anger", GREEN: "happiness", BLUE: "sadness"}
GREY = 120
SIDE, RATE_HZ = 16, 5.0
MATRIX = np.asarray([[0, 0, 0, 12], [0, 12, 0, 0], [0, 0, 12, 0]], np.float32) / 255
OFFSET = np.asarray([5, 0, 0, 0], np.float32)
"""Red faces are angry, green ones happy, blue ones sad, grey ones neutral."""


def model() -> bytes:
    """ONNX: the mean over the pixels of face (n, side, side, 3), times `MATRIX`, plus `OFFSET`."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Cast", ["face"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "matrix"], ["product"]),
        helper.make_node("Add", ["product", "offset"], ["emotion"]),
    ]
    graph = helper.make_graph(
        nodes,
        "portraits",
        [
            helper.make_tensor_value_info("face", TensorProto.UINT8, ["n", "t", SIDE, 3]),
            helper.make_tensor_value_info("face.lengths", TensorProto.INT64, ["n"]),
        ],
        [helper.make_tensor_value_info("emotion", TensorProto.FLOAT, ["n", len(NAMES)])],
        [numpy_helper.from_array(MATRIX, "matrix"), numpy_helper.from_array(OFFSET, "offset")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def card(**changes: Any) -> dict[str, Any]:
    """A complete card; keyword arguments take the place of its entries, `picture` of those of its picture."""
    task = {
        "task": TASK.to_json(),
        "output": "emotion",
        "activation": "softmax",
        "slope": [1.0] * len(NAMES),
        "bias": [0.0] * len(NAMES),
        "thresholds": None,
        "confidence": {"slope": 1.0, "bias": 0.0},
        "abstain": 0.3,
        "half_width": None,
    }
    picture = {"side": SIDE, "margin": 0.0, "detector": {"name": "drawn", "least_px": 5}, "rate_hz": RATE_HZ}
    made = {
        "form": 1,
        "name": "portraits",
        "version": 1,
        "title": "Portraits",
        "modality": "face",
        "picture": picture | changes.pop("picture", {}),
        "tasks": [task],
        "trained_on": [],
        "licences": {"code": "Apache-2.0", "weights": "Apache-2.0", "data": {}},
        "figures": [],
        "limits": ["A toy: it knows colours."],
    }
    return made | changes


def pack(path: Path, **changes: Any) -> Path:
    """The toy as a `.affect` file; keyword arguments as in `card`."""
    return bundle.pack(path, card(**changes), model(), {})


# ---- what finds drawn faces ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Config:
    least_px: int = 5


class Finder:
    """Finds every patch of one strong colour."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def find(self, picture: Picture) -> list[Face]:
        strong = np.ptp(picture, axis=2) > 70
        found = []
        for channel in range(3):
            mask = (strong & (picture.argmax(2) == channel)).astype(np.uint8)
            _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
            for left, top, width, height, _ in stats[1:].tolist():
                if min(width, height) >= self._config.least_px:
                    found.append(Face((float(left), float(top), float(left + width), float(top + height)), 1.0, None))
        return sorted(found, key=lambda face: -(face.box[2] - face.box[0]) * (face.box[3] - face.box[1]))


def known(patch: pytest.MonkeyPatch) -> None:
    """Makes a detector `drawn` known, as an entry point would."""
    real = find.load
    part = SimpleNamespace(CARD={"gives": "faces"}, Config=Config, Finder=Finder)
    patch.setattr(find, "load", lambda kind, name: part if (kind, name) == ("detectors", "drawn") else real(kind, name))


# ---- drawn faces -----------------------------------------------------------------------------------------------------

Drawn = tuple[tuple[int, int, int], float, float, float]
"""A colour, the centre in pixels, and the height."""


def picture(faces: Iterable[Drawn], width: int = 240, height: int = 120, ground: int = GREY) -> Picture:
    """Ovals, the later ones in front."""
    made = np.full((height, width, 3), ground, np.uint8)
    for colour, x, y, tall in faces:
        cv2.ellipse(made, (round(x), round(y)), (round(0.4 * tall), round(tall / 2)), 0, 0, 360, colour, -1)
    return made


def video(path: Path, frames: Iterable[Picture], rate_hz: int = 10) -> Path:
    """The frames as a video, hardly compressed."""
    with av.open(str(path), "w") as container:
        stream = None
        for frame in frames:
            if stream is None:
                stream = container.add_stream("mpeg4", rate=Fraction(rate_hz))
                stream.height, stream.width = frame.shape[:2]
                stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        assert stream is not None
        container.mux(stream.encode())
    return path


def scores(crop: Picture) -> NDArray[np.float64]:
    """(4,) what the toy says of a crop."""
    logits = crop.reshape(-1, 3).astype(np.float64).mean(0) @ MATRIX.astype(np.float64) + OFFSET
    e = np.exp(logits - logits.max())
    return np.asarray(e / e.sum())
