"""A toy bundle of speech, the mean of the log-mel over time, times a matrix; and synthetic voices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from affectkit.features import log_mel
from affectkit.runtime import bundle
from affectkit.task import Kind, Task, View

RATE_HZ = 16_000
NAMES = ("neutral", "happiness", "sadness", "anger")
MELS = 16
CONFIG = log_mel.Config(mels=MELS)
TASK = Task("speech", "emotion", Kind.SINGLE, "ekman_neutral", NAMES, view=View.PERCEIVED)
CENTRE = (0.3, 0.1, -0.2, -0.2)
OFFSET = (0.0, 0.0, -0.7, 0.7)
LEAST = 4


def matrix() -> NDArray[np.float32]:
    """(mels, names): bright voices are angry, dark ones sad, the rest is a little of everything."""
    tilt = np.linspace(-1, 1, MELS)
    values = np.stack([0.02 * np.cos(np.arange(MELS)), 0.3 * tilt, -3 * tilt, 3 * tilt], 1) / MELS
    return values.astype(np.float32)


def model() -> bytes:
    """ONNX: the mean over the frames that are there of speech (n, t, mels), times `matrix`, plus `OFFSET`."""
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value: Any, dtype: Any) -> Any:
        return numpy_helper.from_array(np.asarray(value, dtype), name)

    nodes = [
        helper.make_node("ReduceSum", ["speech", "axis1"], ["sum"], keepdims=0),
        helper.make_node("Cast", ["speech.lengths"], ["frames"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["frames", "axis1"], ["counts"]),
        helper.make_node("Div", ["sum", "counts"], ["mean"]),
        helper.make_node("MatMul", ["mean", "matrix"], ["product"]),
        helper.make_node("Add", ["product", "offset"], ["emotion"]),
    ]
    graph = helper.make_graph(
        nodes,
        "voices",
        [
            helper.make_tensor_value_info("speech", TensorProto.FLOAT, ["n", "t", MELS]),
            helper.make_tensor_value_info("speech.lengths", TensorProto.INT64, ["n"]),
        ],
        [helper.make_tensor_value_info("emotion", TensorProto.FLOAT, ["n", len(NAMES)])],
        [
            constant("matrix", matrix(), np.float32),
            constant("offset", OFFSET, np.float32),
            constant("axis1", [1], np.int64),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def card(**changes: Any) -> dict[str, Any]:
    """A complete card; keyword arguments take the place of its entries, `task` of those of its task."""
    k = len(NAMES)
    task = {
        "task": TASK.to_json(),
        "output": "emotion",
        "activation": "softmax",
        "slope": [2.0] * k,
        "bias": [0.1, 0.0, 0.0, 0.0],
        "thresholds": None,
        "confidence": {"slope": 0.9, "bias": 0.2},
        "abstain": 0.3,
        "half_width": None,
        "relative": {"least_windows": LEAST, "centre": list(CENTRE), "temperature": 0.25},
    } | changes.pop("task", {})
    made = {
        "form": 1,
        "name": "voices",
        "version": 1,
        "title": "Voices",
        "modality": "speech",
        "features": {"name": "log_mel", "mels": MELS},
        "window_s": 5.0,
        "hop_s": 2.5,
        "shortest_s": 0.3,
        "tasks": [task],
        "dimensions_from": {"task": "speech", "to": "vad"},
        "trained_on": [],
        "licences": {"code": "Apache-2.0", "weights": "Apache-2.0", "data": {}},
        "figures": [],
        "limits": ["A toy: it knows bright from dark."],
    }
    return made | changes


def pack(path: Path, **changes: Any) -> Path:
    """The toy as a `.affect` file; keyword arguments as in `card`."""
    return bundle.pack(path, card(**changes), model(), {})


def logits(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """(4,) what the model gives for one window."""
    return np.asarray(log_mel.extract(CONFIG, sound).astype(np.float64).mean(0) @ matrix().astype(np.float64) + OFFSET)


def voice(seconds: float, bright: float, seed: int = 0, pitch_hz: float = 130.0) -> NDArray[np.float32]:
    """Syllables of a synthetic voice with pauses between its words; `bright` from -1 to 1 tilts its spectrum."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tones = sum(
        np.sin(2 * np.pi * pitch_hz * k * t_s + rng.uniform(0, 6)) * k ** (1.2 * bright - 0.6) for k in range(1, 40)
    )
    syllables = np.clip(np.sin(2 * np.pi * 3 * t_s), 0, None) ** 0.5
    words = np.sin(2 * np.pi * t_s / 1.7) > -0.8
    loud = 0.1 / np.sqrt(np.mean(np.asarray(tones) ** 2))
    return (tones * loud * syllables * words + rng.normal(0, 2e-4, len(t_s))).astype(np.float32)


def noise(seconds: float, seed: int = 0, level: float = 2e-4) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE_HZ)).astype(np.float32)


def write(path: Path, sound: NDArray[np.float32], rate_hz: int = RATE_HZ, **how: Any) -> Path:
    soundfile.write(path, sound, rate_hz, **how)
    return path
