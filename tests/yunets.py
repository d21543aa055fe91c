"""A tiny network with YuNet's form."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest


def network(file: Path) -> str:
    """A network with YuNet's inputs and outputs in which each bright cell of 8 x 8 pixels is a face of 32 x 32."""
    onnx = pytest.importorskip("onnx")
    helper, numbers = onnx.helper, onnx.numpy_helper.from_array
    nodes, fixed, outputs = [], [], []
    for stride in (8, 16, 32):
        nodes.append(
            helper.make_node(
                "AveragePool", ["input"], [f"cell_{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2
            )
        )
        for name, size in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            weights, bias = np.zeros((size, 3, 1, 1), np.float32), np.zeros(size, np.float32)
            if size == 1 and stride == 8:
                weights[:] = 1 / 765
            if name == "bbox":  # the middle of the cell, and the logarithm of the size in strides
                bias[:] = [0.5, 0.5, math.log(32 / stride), math.log(32 / stride)]
            if name == "kps":  # the person's right eye is the left one in the picture
                bias[:4] = [-0.5, 0.5, 1.5, 0.5]
            own = f"{name}_{stride}"
            fixed += [
                numbers(weights, f"{own}_w"),
                numbers(bias, f"{own}_b"),
                numbers(np.array([1, -1, size]), f"{own}_s"),
            ]
            nodes += [
                helper.make_node("Conv", [f"cell_{stride}", f"{own}_w", f"{own}_b"], [f"{own}_c"], kernel_shape=[1, 1]),
                helper.make_node("Transpose", [f"{own}_c"], [f"{own}_t"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"{own}_t", f"{own}_s"], [own]),
            ]
            outputs.append(helper.make_tensor_value_info(own, onnx.TensorProto.FLOAT, [1, None, size]))
    given_ = helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [1, 3, 640, 640])
    order = {name: i for i, name in enumerate(("cls", "obj", "bbox", "kps"))}
    outputs.sort(key=lambda value: order[value.name.split("_")[0]])
    graph = helper.make_graph(nodes, "cells", [given_], outputs, fixed)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.save(model, str(file))
    return str(file)
