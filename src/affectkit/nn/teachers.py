"""Published networks that hear arousal, dominance and valence in speech, read from a folder: teachers of small ones.

Reference: Wagner et al., Dawn of the Transformer Era in Speech Emotion Recognition, TPAMI 2023 (a wav2vec 2.0 under a
mean, a dense layer and a tangent); Goncalves et al., Odyssey 2024 Speech Emotion Recognition Challenge, 2024 (a WavLM
under an attentive mean and deviation). Both tell values of about 0 to 1, which stand for MSP-Podcast's ratings of 1 to
7; they are not cut at either end, since a student learns from how far beyond they go.
A folder holds config.json and model.safetensors as they were published. The form is known by the tensors' names, and
each tensor must have its place: nothing is drawn. The first is CC BY-NC-SA, and so is what it teaches; the second MIT.
Differs from the published code: padding changes nothing, so several sounds go in at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import DataError, UsageError
from . import padding
from .encoders import hugging_face_speech
from .heads import mean_over_time

NAMES = ("arousal", "dominance", "valence")


@dataclass(frozen=True)
class Source:
    """Where a teacher comes from: by whom it was published, under which licence, learnt from which corpus."""

    title: str
    licence: str
    corpus: str


class Teacher(nn.Module):
    """Sounds (n, t) float32 at 16 kHz and lengths (n,) to one (n, 3) in the order of `NAMES`, not clipped."""

    def __init__(self, encoder: nn.Module, head: nn.Module, mean: float = 0.0, deviation: float = 1.0) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head
        self.mean, self.deviation = mean, deviation

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor]:
        states = self.encoder((padded - self.mean) / self.deviation, lengths)
        return (self.head(states, self.encoder.steps(lengths)),)


def load(folder: Path) -> Teacher:
    """The teacher in a folder, ready to answer and not to learn; `train.loop.outputs` asks it.

    Raises:
        UsageError: config.json or model.safetensors is not there, or the weights are of neither form.
        DataError: a file is broken, or tensors are missing or left over.
    """
    said, weights = _files(folder)
    form = _form(weights, folder)
    trunk = form.marks[0]
    inner = {_renamed(k.removeprefix(trunk), _PARAMETRISED): v for k, v in weights.items() if k.startswith(trunk)}
    top = {_renamed(k, form.head): v for k, v in weights.items() if not k.startswith(trunk)}
    teacher = form.build(said, inner)
    _put(teacher.encoder, hugging_face_speech.renamed(inner), folder)
    _put(teacher.head, top, folder)
    return teacher.eval().requires_grad_(False)


def source(folder: Path) -> Source:
    """Where the teacher in a folder comes from; its weights are not read for that.

    Raises:
        UsageError, DataError: as `load`.
    """
    _there(folder)
    try:
        with safe_open(folder / _WEIGHTS, framework="pt") as opened:
            return _form(opened.keys(), folder).source
    except SafetensorError as error:
        raise _broken(folder, error) from error


class _Dense(nn.Module):
    """The mean, a dense layer, a tangent, the names."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.out = nn.Linear(width, len(NAMES))

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        found: Tensor = self.out(torch.tanh(self.dense(mean_over_time(states, lengths))))
        return found


class _Attentive(nn.Module):
    """Mean and deviation under one learnt share per position, a normalised dense layer, the names."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.look = nn.Linear(width, width)
        self.weigh = nn.Parameter(torch.zeros(width, 1))
        self.dense = nn.Linear(2 * width, width)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, len(NAMES))

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        absent = ~padding.there(lengths, states.shape[1])
        scores = (torch.tanh(self.look(states)) @ self.weigh).squeeze(2)
        share = scores.masked_fill(absent, -torch.inf).softmax(1)[:, :, None]
        mean = (states * share).sum(1)
        deviation = ((states**2 * share).sum(1) - mean**2).clamp_min(1e-5).sqrt()
        found: Tensor = self.out(F.relu(self.norm(self.dense(torch.cat([mean, deviation], 1)))))
        return found


def _dawn(said: Mapping[str, Any], trunk: Mapping[str, Tensor]) -> Teacher:
    from transformers import AutoConfig, AutoModel

    given = {k: v for k, v in said.items() if k != "model_type"}
    model = AutoModel.from_config(AutoConfig.for_model(_known(said, "model_type"), **given))
    return Teacher(hugging_face_speech.Encoder(model), _Dense(model.config.hidden_size))


def _odyssey(said: Mapping[str, Any], trunk: Mapping[str, Tensor]) -> Teacher:
    """Its config.json only names the WavLM; the sizes are those of the tensors."""
    from transformers import WavLMConfig, WavLMModel

    layers = 1 + max(int(k.split(".")[2]) for k in trunk if k.startswith("encoder.layers."))
    kernels = [v.shape for k, v in sorted(trunk.items()) if re.fullmatch(_KERNEL, k)]
    buckets, heads = trunk["encoder.layers.0.attention.rel_attn_embed.weight"].shape
    position = trunk["encoder.pos_conv_embed.conv.parametrizations.weight.original1"].shape
    each = "feature_extractor.conv_layers.1.layer_norm.weight" in trunk  # the large one; the small one has the first's
    sizes = WavLMConfig(
        hidden_size=position[0],
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=len(trunk["encoder.layers.0.feed_forward.intermediate_dense.weight"]),
        num_buckets=buckets,
        conv_dim=[k[0] for k in kernels],
        conv_kernel=[k[2] for k in kernels],
        conv_stride=[5, *[2] * (len(kernels) - 1)],
        num_feat_extract_layers=len(kernels),
        conv_bias="feature_extractor.conv_layers.0.conv.bias" in trunk,
        feat_extract_norm="layer" if each else "group",
        do_stable_layer_norm=each,
        num_conv_pos_embeddings=position[2],
        num_conv_pos_embedding_groups=position[0] // position[1],
    )
    encoder = hugging_face_speech.Encoder(WavLMModel(sizes), evened=False)
    # the corpus's own mean and deviation, not each sound's
    return Teacher(encoder, _Attentive(position[0]), float(_known(said, "mean")), float(_known(said, "std")) + 1e-6)


_KERNEL = r"feature_extractor\.conv_layers\.\d\.conv\.weight"
_PARAMETRISED = {  # as torch named them before
    "pos_conv_embed.conv.weight_g": "pos_conv_embed.conv.parametrizations.weight.original0",
    "pos_conv_embed.conv.weight_v": "pos_conv_embed.conv.parametrizations.weight.original1",
}


@dataclass(frozen=True)
class _Form:
    """Beginnings of the tensors' names, the encoder's first; the head's names here; its maker; its origin."""

    marks: tuple[str, ...]
    head: Mapping[str, str]
    build: Callable[[Mapping[str, Any], Mapping[str, Tensor]], Teacher]
    source: Source


_FORMS = (
    _Form(
        ("wav2vec2.", "classifier."),
        {"classifier.dense": "dense", "classifier.out_proj": "out"},
        _dawn,
        Source("wav2vec 2.0 of Wagner et al., 2023", "CC-BY-NC-SA-4.0", "msp_podcast"),
    ),
    _Form(
        ("ssl_model.", "pool_model.", "ser_model."),
        {
            "pool_model.sap_linear": "look",
            "pool_model.attention": "weigh",
            "ser_model.fc.0.0": "dense",
            "ser_model.fc.0.1": "norm",
            "ser_model.out.0": "out",
        },
        _odyssey,
        Source("WavLM of the Odyssey 2024 challenge", "MIT", "msp_podcast"),
    ),
)
_CONFIG, _WEIGHTS = FILES = ("config.json", "model.safetensors")
"""What a folder holds."""


def _form(names: Collection[str], folder: Path) -> _Form:
    found = next((f for f in _FORMS if all(any(k.startswith(p) for k in names) for p in f.marks)), None)
    if found is None:
        wanted = " or ".join(" and ".join(f"{mark}*" for mark in f.marks) for f in _FORMS)
        raise UsageError(f"weights named {wanted} in {folder}", min(names, default="none"), "name another folder")
    return found


def _there(folder: Path) -> None:
    for name in FILES:
        if not (folder / name).is_file():
            raise UsageError(f"{name} in {folder}", "no such file", "name a folder with a published model")


def _broken(folder: Path, error: Exception) -> DataError:
    return DataError(f"a whole model in {folder}", str(error).splitlines()[0], "get it again")


def _files(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    _there(folder)
    try:
        said = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        return said, load_file(folder / _WEIGHTS)
    except (ValueError, SafetensorError) as error:
        raise _broken(folder, error) from error


def _known(said: Mapping[str, Any], key: str) -> Any:
    if key not in said:
        raise DataError(f"{key!r} in config.json", "none", "take the published file as it is")
    return said[key]


def _renamed(name: str, names: Mapping[str, str]) -> str:
    for old, new in names.items():
        name = name.replace(old, new)
    return name


def _put(module: nn.Module, weights: Mapping[str, Tensor], folder: Path) -> None:
    """Load tensors, each of which has its place."""
    own = module.state_dict()
    idle = {k for k in (*own, *weights) if k.endswith("masked_spec_embed")}  # masking stays off
    astray = sorted((own.keys() ^ weights.keys()) - idle)
    if astray:
        found = f"none named {astray[0]}" if astray[0] in own else f"{astray[0]} too"
        raise DataError(f"the weights of the published form in {folder}", found, "name the folder of the whole model")
    wrong = next((k for k in own.keys() - idle if own[k].shape != weights[k].shape), None)
    if wrong:
        found = f"{wrong} {tuple(weights[wrong].shape)}"
        raise DataError(f"{wrong} {tuple(own[wrong].shape)} in {folder}", found, "name the folder of the whole model")
    module.load_state_dict({k: v for k, v in weights.items() if k not in idle}, strict=False)
