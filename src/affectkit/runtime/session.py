"""A model in ONNX Runtime: padded inputs with their lengths, one output per task; what would only warn fails here.

The runtime merely warns when an array's shape differs from the declared one, which happens when two inputs share the
name of an axis that is not shared. Here every declared axis is checked against what came out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ..errors import BundleError, UsageError

_FATAL_ONLY = 4  # what fails is raised, and need not be printed as well


def named(modality: str, padded: NDArray[Any], lengths: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """One modality's inputs under the names every model gives them: (n, t, ...) padded with 0, and lengths (n,)."""
    return {modality: padded, f"{modality}.lengths": lengths}


class Session:
    """A model ready to run on the processor.

    Args:
        model: the ONNX model.
        outputs: names of the outputs wanted.
        threads: threads for one run; None lets the runtime take one per core.

    Raises:
        BundleError: the model cannot be loaded or lacks an input or output.
    """

    def __init__(self, model: bytes, outputs: Sequence[str], threads: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _FATAL_ONLY
        options.inter_op_num_threads = 1
        if threads is not None:
            if threads < 1:
                raise UsageError("at least one thread", str(threads), "leave it out for one per core")
            options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own errors share no public base class
            raise BundleError("a model that ONNX Runtime can load", _first_line(error), "export it again") from error
        self._outputs = tuple(outputs)
        self._inputs = {i.name: tuple(i.shape) for i in self._session.get_inputs()}
        self._declared = {o.name: tuple(o.shape) for o in self._session.get_outputs()}
        _among("output", self._outputs, self._declared)

    def run(self, feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
        """Output name -> (n, k) float32, for the inputs as `named` gives them for each modality.

        Raises:
            BundleError: the model has other inputs, an output has another shape than declared, or numbers that are not
                finite.
        """
        _among("input", self._inputs, feed)
        feed = {name: feed[name] for name in self._inputs}
        try:
            found = dict(zip(self._outputs, self._session.run(list(self._outputs), feed), strict=True))
        except Exception as error:
            raise BundleError("a model that runs", _first_line(error), "export it again") from error
        _check(self._inputs, self._declared, feed, found)
        return found


def _among(what: str, names: Iterable[str], known: Collection[str]) -> None:
    if strange := [name for name in names if name not in known]:
        raise BundleError(f"each {what} of the model among {', '.join(known)}", strange[0], "export it again")


def _check(
    inputs: Mapping[str, tuple[Any, ...]],
    declared: Mapping[str, tuple[Any, ...]],
    feed: Mapping[str, NDArray[Any]],
    found: Mapping[str, NDArray[Any]],
) -> None:
    size: dict[str, int] = {}
    for name, array in (*feed.items(), *found.items()):
        shape = inputs[name] if name in inputs else declared[name]
        # a number is a fixed size, a name is one size everywhere, anything else is free
        fits = len(shape) == array.ndim and all(
            size.setdefault(said, there) == there if isinstance(said, str) else said in (there, None)
            for said, there in zip(shape, array.shape, strict=True)
        )
        if not fits:
            raise BundleError(f"{name} of shape {list(shape)}", f"{list(array.shape)}", "export the model again")
    for name, array in found.items():
        if array.ndim != 2 or len(array) != len(next(iter(feed.values()))):
            raise BundleError(f"one row per item in {name}", f"the shape {array.shape}", "export the model again")
        if not np.isfinite(array).all():
            raise BundleError(f"finite numbers in {name}", "some that are not", "export the model again")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
