"""Small residual networks in colour, one for each cut of a picture: the whole scene, a person in it, or both.

Reference: Hu, Shen and Sun, Squeeze-and-Excitation Networks, CVPR 2018 (the networks, as in `se_resnet`); Kosti et al.,
Emotion Recognition in Context, CVPR 2017 (a branch for the body, one for the context, their features side by side).
Every picture is brought to a square of one size before, in training as in serving; its brightness and colours are kept.
Differs from the papers: a small network learnt from nothing in place of large ones learnt on objects and places.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ... import find
from ...errors import UsageError
from . import se_resnet

CARD = {
    "title": "Small residual networks on a scene and on who is in it",
    "reference": "hu2018squeeze",
    "takes": "scene",
    "extra": "train",
    "form": "per modality sRGB pictures (n, side, side, 3) uint8, lengths (n,) int64 -> (n, 1, widths) float32",
}


@dataclass(frozen=True)
class Config:
    """What is looked at, and sizes.

    Args:
        of: modalities of pictures, such as ("body", "scene"); each has a network of its own.
        side: pixels of the squares that they are brought to.
        channels, strides, reduction: of each network, as in `se_resnet`.

    Raises:
        UsageError: no modality, one twice, or one that has no pictures; or a side below 1.
    """

    of: tuple[str, ...] = ("scene",)
    side: int = 96
    channels: tuple[int, ...] = (24, 48, 48, 128, 128)
    strides: tuple[int, ...] = (2, 2, 1, 2, 1)
    reduction: int = 8

    def __post_init__(self) -> None:
        known = [name for name, card in find.cards("modalities").items() if card.get("noun") == "picture"]
        if not self.of or len(set(self.of)) < len(self.of) or set(self.of) - set(known):
            raise UsageError(f"one or more of {', '.join(known)}, each once", "+".join(self.of) or "none", "correct of")
        if self.side < 1:
            raise UsageError("a side of at least 1 px", str(self.side), "for example side=96")


def takes(config: Config) -> tuple[str, ...]:
    """The modalities that are read, in the order of the network's inputs."""
    return config.of


def build(config: Config) -> Network:
    return Network(config)


def toy() -> Config:
    return Config(side=24, channels=(8, 16), strides=(2, 2), reduction=4)


class Network(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        its = se_resnet.Config(config.channels, config.strides, config.reduction, colour=True)
        self.branches = nn.ModuleList(se_resnet.build(its) for _ in config.of)
        self.width = len(config.of) * config.channels[-1]

    def steps(self, lengths: Tensor) -> Tensor:
        """One state per sample."""
        return torch.ones_like(lengths)

    def forward(self, padded: Tensor, lengths: Tensor, *more: Tensor) -> Tensor:
        pictures, heights = (padded, *more[::2]), (lengths, *more[1::2])
        each = [branch(x, n) for branch, x, n in zip(self.branches, pictures, heights, strict=True)]
        return torch.cat(each, 2)
