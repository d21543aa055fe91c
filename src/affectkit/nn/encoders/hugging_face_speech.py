"""Any Hugging Face encoder of raw sound with wav2vec 2.0's build (HuBERT, WavLM, UniSpeech too), by folder or name.

Reference: Baevski et al., wav2vec 2.0, NeurIPS 2020; Hsu et al., HuBERT, 2021; Chen et al., WavLM, 2022.
A name is looked for among the files already on this machine; nothing is downloaded unless `download` is set. Weights
are read from safetensors, and one that is missing is an error. The model's own masking of time and dropping of layers
stay off: chance belongs to the training loop, and augmentation to its parts.
Differs from the library: padding changes nothing, also where the first convolution is normalised over time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import DataError, UsageError
from .. import padding
from .hugging_face import located

CARD = {
    "title": "Hugging Face speech encoder",
    "reference": "baevski2020wav2vec",
    "takes": "speech",
    "extra": "train",
    "licence": "unknown",
    "form": "samples at 16 kHz (n, t) float32, lengths (n,) int64 -> (n, about t / 320, width) float32",
}


@dataclass(frozen=True)
class Config:
    """Which model, and how much of it learns.

    Args:
        path: a folder with config.json and model.safetensors, or a name on the hub (fetched only with `download`).
        seed: a number: random weights of that shape (toys, speed comparisons).
        mean: states are the mean over what all layers give, not what the last one gives.
        frozen: the convolutions and so many first layers stay as they are; -1 lets all learn.
    """

    path: str = ""
    download: bool = False
    seed: int | None = None
    mean: bool = False
    frozen: int = 0


def build(config: Config) -> Encoder:
    """The encoder with the weights found at the path.

    Raises:
        UsageError: nothing is there, or it is no encoder of raw sound.
        DataError: its weights are not safetensors, or some are missing.
    """
    from transformers import AutoConfig, AutoModel

    path, local = located(config.path, config.download, "hugging_face_speech"), not config.download
    sizes = AutoConfig.from_pretrained(path, local_files_only=local)
    if not hasattr(sizes, "conv_kernel"):
        raise UsageError(
            f"an encoder of raw sound at {path}", f"{sizes.model_type!r}", "name a wav2vec2, HuBERT, WavLM"
        )
    if config.seed is None:
        model = _weights(path, sizes, local)
    else:
        torch.manual_seed(config.seed)
        model = AutoModel.from_config(sizes)
    return Encoder(model, config.mean, _evened(path, local), config.frozen)


def write_toy(folder: Path) -> Config:
    """Write a tiny wav2vec 2.0 with random weights to a folder, for tests."""
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    torch.manual_seed(0)
    sizes = Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8, 8),
        conv_kernel=(10, 8, 4),
        conv_stride=(5, 8, 4),
        num_feat_extract_layers=3,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
    )
    Wav2Vec2Model(sizes).save_pretrained(folder)
    return Config(str(folder), frozen=-1)


class Encoder(nn.Module):
    """The states of a wrapped model of raw sound; the attention mask is made from lengths.

    Args:
        model: as `AutoModel` gives it.
        evened: each sound is brought to mean 0 and variance 1 first, as the model was trained with.
    """

    def __init__(self, model: Any, mean: bool = False, evened: bool = True, frozen: int = -1) -> None:
        super().__init__()
        self.mean, self.evened = mean, evened
        self.width = int(model.config.hidden_size)
        self.sizes = tuple(zip(model.config.conv_kernel, model.config.conv_stride, strict=True))
        self.reach = 1  # samples that one state is made of
        for size, step in reversed(self.sizes):
            self.reach = (self.reach - 1) * step + size
        model.config.apply_spec_augment, model.config.layerdrop = False, 0.0
        self.convolutions = model.feature_extractor.conv_layers
        model.feature_extractor = _Given()
        self.model = model
        if frozen >= 0:
            still = [self.convolutions, model.feature_projection, model.encoder.pos_conv_embed]
            for part in [still[0], *(still[1:] if frozen else []), *model.encoder.layers[:frozen]]:
                part.requires_grad_(False)

    def steps(self, lengths: Tensor) -> Tensor:
        """The states that come of so many samples, at least one."""
        return self._made(lengths, len(self.sizes))

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        sound = padding.even(padded, lengths) if self.evened else padded
        sound = F.pad(sound * padding.there(lengths, sound.shape[1]).to(sound.dtype), (0, self.reach - 1))
        x = sound[:, None]
        for i, layer in enumerate(self.convolutions):
            norm = getattr(layer, "layer_norm", None)
            if isinstance(norm, nn.GroupNorm):  # over time, where padding would count
                x = layer.conv(x)
                x = layer.activation(_over_time(x, padding.there(self._made(lengths, i + 1), x.shape[2]), norm))
            else:
                x = layer(x)
        # the model makes the mask of its states from one of samples
        here = padding.there(lengths.clamp_min(self.reach), sound.shape[1]).long()
        found = self.model(x, attention_mask=here, output_hidden_states=self.mean)
        states: Tensor = torch.stack(found.hidden_states[1:]).mean(0) if self.mean else found.last_hidden_state
        return states

    def _made(self, lengths: Tensor, layers: int) -> Tensor:
        """How long each row is behind so many convolutions."""
        made = lengths.clamp_min(self.reach)
        for size, step in self.sizes[:layers]:
            made = (made - size) // step + 1
        return made


def renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A model's tensors under the names they have in an `Encoder` of it."""
    old = "feature_extractor.conv_layers."
    return {f"convolutions.{k.removeprefix(old)}" if k.startswith(old) else f"model.{k}": v for k, v in weights.items()}


class _Given(nn.Module):
    """Stands where the model would make features of samples: they come made."""

    def forward(self, features: Tensor) -> Tensor:
        return features


def _over_time(x: Tensor, here: Tensor, norm: nn.GroupNorm) -> Tensor:
    """Each channel of (n, channels, t) with mean 0 and variance 1 over its row's own positions."""
    own = here[:, None].to(x.dtype)
    n = own.sum(2, keepdim=True)
    centred = x - (x * own).sum(2, keepdim=True) / n
    scaled = centred * torch.rsqrt((centred**2 * own).sum(2, keepdim=True) / n + norm.eps)
    return scaled * norm.weight[:, None] + norm.bias[:, None]


def _weights(path: str, sizes: Any, local: bool) -> Any:
    """The model with its weights, none of them drawn."""
    from transformers import AutoModel

    try:
        model, told = AutoModel.from_pretrained(
            path, config=sizes, local_files_only=local, use_safetensors=True, output_loading_info=True
        )
    except OSError as error:
        said = str(error).splitlines()[0]
        raise DataError(f"model.safetensors at {path}", said, "save the weights as safetensors") from error
    missing = sorted(k for k in told["missing_keys"] if "masked_spec_embed" not in k)  # which is never used here
    if missing:
        raise DataError(f"all weights of a {sizes.model_type} at {path}", f"no {missing[0]}", "get the model again")
    return model


def _evened(path: str, local: bool) -> bool:
    """Whether the model was trained on sounds of mean 0 and variance 1; it was, if it does not say."""
    from transformers.utils import cached_file

    file = cached_file(
        path, "preprocessor_config.json", local_files_only=local, _raise_exceptions_for_missing_entries=False
    )
    return file is None or bool(json.loads(Path(file).read_text(encoding="utf-8")).get("do_normalize", True))
