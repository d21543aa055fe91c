"""From a network to ONNX: float, then int8, each compared with the original at several shapes before use."""

from __future__ import annotations

import logging
import math
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..nn.model import Beside, Model
from ..runtime.session import Session, named
from . import batch as batching
from .batch import Features, Ragged

_AT_ONCE = 16
_HEAVY = ("Conv", "MatMul", "Gemm")
"""Operators whose weights become int8."""
_FEW = 1e-3
"""Share of the weights that the first operators keep in full."""
SHAPES = ((1, 2), (1, 17), (3, 5), (8, 33))
"""(items, longest) at which an export must equal the network; of plain samples, longest counts in `_FRAME`."""
_FRAME = 400  # samples: 25 ms at 16 kHz, about what a token or a frame of features is to other inputs


def export(model: Model | Beside, features: Features) -> bytes:
    """The network as an ONNX file: inputs as `runtime.session.named` has them, one output per task under its id.

    `features` tell the modalities and each input's type and trailing shape; items and length stay free.
    """
    feed = _example(features, 2, 7)
    n = torch.export.Dim("n", min=1, max=4096)
    shapes: list[dict[int, Any]] = []
    for modality, example in features.items():
        # one name per axis and modality: inputs that share a name would be taken to share a length
        shapes += [{0: n, 1: torch.export.Dim(f"{modality}_t", min=1, max=4096 * _grain(example))}, {0: n}]
    first, second, *more = shapes
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), _quiet():
        file = Path(folder) / "model.onnx"
        torch.onnx.export(
            model.eval(),
            tuple(torch.from_numpy(array) for array in feed.values()),
            str(file),
            dynamo=True,
            # those behind the second are the rest of the network's arguments, in one tuple
            dynamic_shapes=(first, second, *([tuple(more)] if more else [])),
            input_names=list(feed),
            output_names=list(model.tasks),
            external_data=False,
            verbose=False,
        )
        return bare(file.read_bytes())


def bare(model: bytes) -> bytes:
    """The same file without what the exporter notes beside it: lines and folders of the code that each node is of."""
    import onnx

    file = onnx.load_from_string(model)
    graphs = [file.graph, *file.functions]
    while graphs:
        graph = graphs.pop()
        for node in graph.node:
            graphs += [a.g for a in node.attribute if a.HasField("g")]
            graphs += [g for a in node.attribute for g in a.graphs]
        for noted in (graph, *graph.node, *graph.value_info):
            del noted.metadata_props[:]
            noted.doc_string = ""
    for noted in (file, *file.graph.input, *file.graph.output, *file.graph.initializer):
        del noted.metadata_props[:]
        noted.doc_string = ""
    written: bytes = file.SerializeToString()
    return written


def quantised(model: bytes) -> bytes:
    """The same file with int8 matrices (per column) and tables; activations are quantised as they come."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph = onnx.load_from_string(model)
        del graph.graph.value_info[:]  # the exporter's shapes contradict what the quantiser infers
        onnx.save(graph, folder / "float.onnx")
        quant_pre_process(folder / "float.onnx", folder / "ready.onnx", skip_symbolic_shape=True)
        quantize_dynamic(folder / "ready.onnx", folder / "int8.onnx", per_channel=True, weight_type=QuantType.QInt8)
        return (folder / "int8.onnx").read_bytes()


def calibrated(model: bytes, features: Features) -> bytes:
    """The same file with int8 matrices and convolutions (per channel), and with activations in int8 whose ranges are
    those met in `features`: convolutions run fast only so.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Rows(CalibrationDataReader):  # type: ignore[misc]
        """Batches of rows of similar length, until there are no more."""

        def __init__(self) -> None:
            self._batches = iter([_feed(features, rows) for rows in _by_length(features, _AT_ONCE)])

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            return next(self._batches, None)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph = onnx.load_from_string(model)
        del graph.graph.value_info[:]
        onnx.save(graph, folder / "float.onnx")
        quant_pre_process(folder / "float.onnx", folder / "ready.onnx", skip_symbolic_shape=True)
        quantize_static(
            folder / "ready.onnx",
            folder / "int8.onnx",
            Rows(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            # behind what cuts off too, so that no step is lost on that
            op_types_to_quantize=[*_HEAVY, "Relu", "Clip"],
            nodes_to_exclude=_edges(folder / "ready.onnx"),
        )
        return (folder / "int8.onnx").read_bytes()


def _edges(file: Path) -> list[str]:
    """The first operators with weights and the last of a network: few weights, and rounding them spoils the most.

    It is the first, and those behind it as long as all hold less than a thousandth of the weights.
    """
    import onnx

    graph = onnx.load(file).graph
    sizes = {one.name: math.prod(one.dims) for one in graph.initializer}
    nodes = [node for node in graph.node if node.op_type in _HEAVY]
    held = np.cumsum([sum(sizes.get(name, 0) for name in node.input[1:2]) for node in nodes])
    first = max(1, int((held < _FEW * held[-1]).sum())) if nodes else 0
    return [node.name for node in (*nodes[:first], *nodes[-1:])]


def gap(model: Model | Beside, exported: bytes, features: Features) -> float:
    """Largest difference between the network and its export over `SHAPES`."""
    session, worst = Session(exported, model.tasks, threads=1), 0.0
    for n, t in SHAPES:
        feed = _example(features, n, t)
        with torch.inference_mode():
            wanted = model.eval()(*(torch.from_numpy(array) for array in feed.values()))
        found = session.run(feed)
        for name, y in zip(model.tasks, wanted, strict=True):
            worst = max(worst, float(np.abs(found[name] - y.numpy()).max()))
    return worst


def outputs(exported: bytes, features: Features, tasks: Sequence[str], size: int = 32) -> list[NDArray[np.float32]]:
    """The export's outputs for all rows, one (N, k) float32 array per task."""
    session, many = Session(exported, tasks), len(batching.lengths(features))
    made: list[NDArray[np.float32]] = []
    for rows in _by_length(features, size):
        found = session.run(_feed(features, rows))
        if not made:
            made = [np.zeros((many, found[t].shape[1]), np.float32) for t in tasks]
        for whole, task in zip(made, tasks, strict=True):
            whole[rows] = found[task]
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's remarks on libraries it does not find and names it merges: no user can act on them."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _feed(features: Features, rows: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The inputs of some rows, every modality's under its names."""
    return {k: v for m, ragged in features.items() for k, v in named(m, *ragged.padded(rows)).items()}


def _example(features: Features, n: int, t: int) -> dict[str, NDArray[Any]]:
    """Inputs of a given shape, every modality's under its names."""
    return {k: v for m, ragged in features.items() for k, v in named(m, *_shaped(ragged, n, t)).items()}


def _by_length(features: Features, size: int) -> Iterator[NDArray[np.int64]]:
    rows = np.argsort(batching.lengths(features), kind="stable")
    return (rows[i : i + size] for i in range(0, len(rows), size))


def _shaped(example: Ragged, n: int, t: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """An input of a given shape filled from real rows, its lengths falling from t to 1; pictures are never padded."""
    rng, grain = np.random.default_rng(0), _grain(example)
    values = example.values[rng.integers(0, len(example.values), (n, t * grain))]
    fall = 0 if example.values.ndim > 2 else 1
    lengths = np.maximum(1, (t - fall * np.arange(n)) * grain).astype(np.int64)
    return values.astype(np.int64) if values.dtype.kind == "i" else values, lengths


def _grain(example: Ragged) -> int:
    """How many positions of an input `SHAPES` counts as one."""
    plain = example.values.ndim == 1 and example.values.dtype.kind == "f"
    return _FRAME if plain else 1
