"""A small residual network on faces whose blocks weigh their channels: six hundred thousand weights in the usual size.

Reference: He et al., Deep Residual Learning for Image Recognition, CVPR 2016 (the blocks); Hu, Shen and Sun,
Squeeze-and-Excitation Networks, CVPR 2018 (the weights of channels).
A picture becomes grey, and its pixels get mean 0 and deviation 1, inside the network: whoever runs it gives plain
pixels. With `colour` it keeps its colours and how bright it is, which say much of a scene and little of a face. Any
size goes in, all of a batch equally large; pictures are never padded.
Differs from the papers: five blocks at an input of 48 pixels, each of two convolutions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import pictures
from ..squeeze import Squeeze

CARD = {
    "title": "Small squeeze-and-excitation residual network",
    "reference": "hu2018squeeze",
    "takes": "face",
    "extra": "train",
    "form": "sRGB pictures (n, h, w, 3) uint8, lengths (n,) int64, all h -> (n, 1, width) float32",
}
_MIDDLE, _SPREAD = 0.45, 0.25  # of the pixels of usual photographs, from 0 to 1


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        channels: of each block; the first convolution has as many as the first block.
        strides: how many pixels each block makes one, each way; the first convolution makes two one.
        reduction: channels per inner unit where channels are weighed; 0 for plain residual blocks.
        colour: whether colours and brightness are kept.
    """

    channels: tuple[int, ...] = (24, 48, 48, 128, 128)
    strides: tuple[int, ...] = (1, 2, 1, 2, 1)
    reduction: int = 8
    colour: bool = False


def build(config: Config) -> Network:
    made: Network = Network(config).to(memory_format=torch.channels_last)  # faster on a processor
    return made


def toy() -> Config:
    return Config(channels=(8, 16), strides=(2, 2), reduction=4)


class Network(pictures.OneState):
    grey: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.width = config.channels[-1]
        # it is the same in every network, so it is not stored with the weights
        self.register_buffer("grey", torch.tensor(pictures.GREY) / 255, persistent=False)
        self.colour = config.colour
        self.enter = _Convolution(3 if config.colour else 1, config.channels[0], 3, 2)
        sizes = zip((config.channels[0], *config.channels), config.channels, config.strides, strict=False)
        self.blocks = nn.Sequential(*(_Block(a, b, stride, config.reduction) for a, b, stride in sizes))

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        pictures.alike(padded, lengths)
        x = self._coloured(padded) if self.colour else self._grey(padded)
        x = self.blocks(F.relu(self.enter(x.contiguous(memory_format=torch.channels_last))))
        states: Tensor = x.float().mean((2, 3))[:, None]
        return states

    def _grey(self, padded: Tensor) -> Tensor:
        return pictures.even((padded.float() * self.grey).sum(3)[:, None])

    def _coloured(self, padded: Tensor) -> Tensor:
        return (padded.float() / 255 - _MIDDLE).permute(0, 3, 1, 2) / _SPREAD


class _Convolution(nn.Sequential):
    """A convolution with its normalisation."""

    def __init__(self, before: int, channels: int, size: int, stride: int) -> None:
        convolution = nn.Conv2d(before, channels, size, stride, size // 2, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(channels))


class _Block(nn.Module):
    """Two convolutions, their channels weighed, added to what came in."""

    def __init__(self, before: int, channels: int, stride: int, reduction: int) -> None:
        super().__init__()
        self.first = _Convolution(before, channels, 3, stride)
        self.second = _Convolution(channels, channels, 3, 1)
        self.weigh = Squeeze(channels, reduction) if reduction else nn.Identity()
        same = before == channels and stride == 1
        self.beside = nn.Identity() if same else _Convolution(before, channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.weigh(self.second(F.relu(self.first(x))))
        return F.relu(y + self.beside(x))
