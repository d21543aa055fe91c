"""A toy bundle: a table of logits per word, averaged over a text's words; small enough to work out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectkit.runtime import bundle
from affectkit.task import Kind, Task, View
from affectkit.taxonomies.goemotions import NAMES

DIMENSIONS = ("valence", "arousal", "dominance")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = (*NAMES, "the", "a", "we", "won", "this", "is", "not", "good", "bad", "!", "🙂")
VOCABULARY = (*SPECIAL, *WORDS)
LONGEST = 8
"""Tokens per window, two of them special."""

TASKS = (
    Task("goemotions", "emotion", Kind.MULTI, "goemotions", NAMES, view=View.EXPRESSED),
    Task("vad", "dimensions", Kind.CONTINUOUS, "vad", DIMENSIONS, range=(-1.0, 1.0), view=View.PERCEIVED),
)


def table() -> NDArray[np.float32]:
    """(words, 28 + 3) float32: a word that names an emotion says so loudly; special tokens say nothing."""
    rng = np.random.default_rng(7)
    values = rng.normal(0, 0.3, (len(VOCABULARY), len(NAMES) + len(DIMENSIONS)))
    for i, name in enumerate(NAMES):
        values[VOCABULARY.index(name), i] = 14.0
    values[:, : len(NAMES)] -= 4.0
    values[: len(SPECIAL)] = 0.0
    return values.astype(np.float32)


def model(columns: int = len(NAMES) + len(DIMENSIONS), axis: str = "n") -> bytes:
    """ONNX: the sum of the rows of `table` over the tokens that are there, divided by how many.

    Args:
        columns: of the table, fewer than 31 make a model that does not fit its card.
        axis: what the rows of `vad` are declared to be; anything but "n" is a false declaration.
    """
    from onnx import TensorProto, helper, numpy_helper

    def constant(name: str, value: Any, dtype: Any) -> Any:
        return numpy_helper.from_array(np.asarray(value, dtype), name)

    nodes = [
        helper.make_node("Gather", ["table", "text"], ["rows"]),
        helper.make_node("Shape", ["text"], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["longest"]),
        helper.make_node("Range", ["zero", "longest", "one"], ["places"]),
        helper.make_node("Unsqueeze", ["text.lengths", "axis1"], ["ends"]),
        helper.make_node("Less", ["places", "ends"], ["there"]),
        helper.make_node("Cast", ["there"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "axis2"], ["mask3"]),
        helper.make_node("Mul", ["rows", "mask3"], ["masked"]),
        helper.make_node("ReduceSum", ["masked", "axis1"], ["sum"], keepdims=0),
        helper.make_node("Cast", ["ends"], ["counts"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["sum", "counts"], ["mean"]),
        helper.make_node("Split", ["mean", "sizes"], ["goemotions", "vad"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info("text", TensorProto.INT64, ["n", "t"]),
            helper.make_tensor_value_info("text.lengths", TensorProto.INT64, ["n"]),
        ],
        [
            helper.make_tensor_value_info("goemotions", TensorProto.FLOAT, ["n", len(NAMES)]),
            helper.make_tensor_value_info("vad", TensorProto.FLOAT, [axis, columns - len(NAMES)]),
        ],
        [
            constant("table", table()[:, :columns], np.float32),
            constant("zero", 0, np.int64),
            constant("one", 1, np.int64),
            constant("axis1", [1], np.int64),
            constant("axis2", [2], np.int64),
            constant("sizes", [len(NAMES), columns - len(NAMES)], np.int64),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def tokenizer() -> bytes:
    """Whole words in lower case, [CLS] before and [SEP] after."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made.to_str().encode("utf-8")


def assets() -> dict[str, bytes]:
    return {bundle.TOKENIZER: tokenizer()}


def card(**changes: Any) -> dict[str, Any]:
    """A complete card; keyword arguments take the place of its entries."""
    names, dimensions = len(NAMES), len(DIMENSIONS)
    made = {
        "form": 1,
        "name": "toy",
        "version": 3,
        "affectkit": "0.1.0",
        "title": "Toy",
        "modality": "text",
        "languages": ["en"],
        "longest": LONGEST,
        "tasks": [
            {
                "task": TASKS[0].to_json(),
                "output": "goemotions",
                "activation": "sigmoid",
                "slope": np.linspace(0.5, 1.5, names).tolist(),
                "bias": np.linspace(-0.2, 0.2, names).tolist(),
                "thresholds": np.linspace(0.2, 0.4, names).tolist(),
                "confidence": {"slope": 0.8, "bias": 0.1},
                "abstain": 0.35,
                "half_width": None,
            },
            {
                "task": TASKS[1].to_json(),
                "output": "vad",
                "activation": "identity",
                "slope": [1.5] * dimensions,
                "bias": [0.1] * dimensions,
                "thresholds": None,
                "confidence": None,
                "abstain": None,
                "half_width": [0.3, 0.4, 0.95],
            },
        ],
        "trained_on": ["goemotions", "emobank"],
        "part": "distil_text",
        "command": "affectkit export runs/toy",
        "commit": "0000000",
        "licences": {
            "code": "Apache-2.0",
            "weights": "CC BY-SA 4.0",
            "data": {"goemotions": "CC BY 4.0", "emobank": "CC BY-SA 4.0", "initial weights": "Apache-2.0"},
        },
        "figures": [
            {
                "task": "goemotions",
                "corpus": "goemotions",
                "split": "test",
                "metric": "macro_f1",
                "value": 0.5,
                "low": 0.48,
                "high": 0.52,
                "n": 100,
            }
        ],
        "limits": ["A toy: it knows some forty words."],
    }
    return made | changes


def pack(path: Path, **changes: Any) -> Path:
    """The toy as a `.affect` file; keyword arguments as in `card`."""
    return bundle.pack(path, card(**changes), model(), assets())


def logits(words: str) -> NDArray[np.float64]:
    """(31,) what the model gives for words of one window, special tokens counted."""
    known = [VOCABULARY.index(w) if w in VOCABULARY else 1 for w in words.split()]
    rows = table().astype(np.float64)[[2, *known, 3]]
    return np.asarray(rows.mean(0))


def altered(path: Path, to: Path, **entries: bytes | None) -> Path:
    """A copy of a bundle with entries (card, model, tokenizer, hashes) replaced, or left out where None."""
    import zipfile

    files = {"card": "card.json", "model": "model.onnx", "tokenizer": "tokenizer.json", "hashes": "hashes.json"}
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for short, name in files.items():
            data = entries.get(short, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return to


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
