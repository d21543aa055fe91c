"""Any Hugging Face text encoder, by local folder or name.

A name is looked for among the files already on this machine; nothing is downloaded unless `download` is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from ...errors import UsageError
from ..pieces import renewed, uncut

CARD = {
    "title": "Hugging Face encoder",
    "reference": "wolf2020transformers",
    "takes": "text",
    "extra": "train",
    "licence": "unknown",
    "form": "tokens (n, t) int64, lengths (n,) int64 -> (n, t, width) float32",
}


@dataclass(frozen=True)
class Config:
    """`path`: a folder with config.json and model.safetensors, or a name on the hub (fetched only with `download`)."""

    path: str = ""
    download: bool = False
    seed: int | None = None  # a number: random weights of that shape (toys, speed comparisons)


def build(config: Config) -> Encoder:
    return Encoder(config)


def tokenizer(config: Config) -> Tokenizer:
    from transformers import AutoTokenizer

    return uncut(AutoTokenizer.from_pretrained(_path(config), local_files_only=not config.download).backend_tokenizer)


def write_toy(folder: Path) -> Config:
    """Write a tiny BERT with random weights to a folder, for tests."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    sizes = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    BertModel(sizes).save_pretrained(folder)
    return Config(str(folder))


class Wrapped(nn.Module):
    """An encoder around a `model` of the library: its token table, and a new one in its place."""

    model: Any

    @property
    def table(self) -> Tensor:
        """The token table, (pieces, embedding) float32."""
        found: Tensor = self.model.get_input_embeddings().weight
        return found

    def vocabulary(self, rows: Sequence[Sequence[int]]) -> None:
        """Put a new token table in: row i becomes the mean of the present rows `rows[i]`."""
        self.model.set_input_embeddings(renewed(self.table, rows))
        self.model.config.vocab_size = len(rows)


class Encoder(Wrapped):
    """The wrapped model's last hidden states; the attention mask is made from lengths."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        from transformers import AutoConfig, AutoModel

        path, local = _path(config), not config.download
        if config.seed is None:
            self.model = AutoModel.from_pretrained(path, local_files_only=local)
        else:
            torch.manual_seed(config.seed)
            self.model = AutoModel.from_config(AutoConfig.from_pretrained(path, local_files_only=local))
        self.width = int(self.model.config.hidden_size)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        there = torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]
        states: Tensor = self.model(input_ids=tokens, attention_mask=there.long()).last_hidden_state
        return states


def _path(config: Config) -> str:
    return located(config.path, config.download, "hugging_face")


def located(path: str, download: bool, encoder: str) -> str:
    """The path of a model that is on this machine, or that may be fetched.

    Raises:
        UsageError: there is no path, or nothing there.
    """
    if not path:
        raise UsageError(f"a folder or name for the encoder {encoder!r}", "none", "--set path=FOLDER")
    if not download and not Path(path).is_dir():
        from huggingface_hub import try_to_load_from_cache

        try:
            there = try_to_load_from_cache(path, "config.json")
        except ValueError:  # it looks like a path, not like a name on the hub
            there = None
        if not isinstance(there, str):
            raise UsageError(
                f"the model {path!r} on this machine",
                "no such folder or cached model",
                "--set download=true fetches it",
            )
    return path
