"""A small Swin transformer on faces: attention within windows that move by half from block to block.

Reference: Liu et al., Swin Transformer, ICCV 2021 (patches, windows and their shift, a bias for each relative position,
merging of patches); Vats and Chadha, Facial Expression Recognition using Squeeze and Excitation-powered Swin
Transformers, 2023 (channels weighed); Huang et al., Deep Networks with Stochastic Depth, ECCV 2016 (`drop`).
A picture's pixels get mean 0 and deviation 1 inside the network, and a picture of another size is brought to `side`
there: whoever runs it gives plain pixels, any size, all of a batch equally large.
Differs from the papers: three stages of 32 to 128 channels on 48 pixels, where theirs has four of 96 to 768 on 224;
where the paper on faces weighs channels is not known to us, here it is after every stage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import UsageError
from .. import pictures
from ..squeeze import Squeeze

CARD = {
    "title": "Small Swin transformer with weighed channels",
    "reference": "liu2021swin",
    "takes": "face",
    "extra": "train",
    "form": "sRGB pictures (n, h, w, 3) uint8, lengths (n,) int64, all h -> (n, 1, width) float32",
}
_APART = -1e4  # leaves no share of attention, in half precision too


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        side: pixels of a side that pictures are brought to.
        patch: pixels of a side of what becomes one token.
        window: tokens of a side that look at each other; a stage with fewer is one window.
        width: channels of the first stage; each later one has twice those before it, and a quarter of the tokens.
        depths, heads: blocks and heads of each stage.
        inner: units of a block's two layers per channel.
        reduction: channels per inner unit where channels are weighed; 0 for the plain network.
        drop: how often the last block is left out of a training step; earlier ones less, in a straight line from 0.
    """

    side: int = 48
    patch: int = 4
    window: int = 6
    width: int = 32
    depths: tuple[int, ...] = (2, 2, 2)
    heads: tuple[int, ...] = (2, 4, 8)
    inner: int = 4
    reduction: int = 16
    drop: float = 0.1


def build(config: Config) -> Network:
    """The network.

    Raises:
        UsageError: patches, windows or heads that do not come out even.
    """
    return Network(config)


def toy() -> Config:
    return Config(patch=8, window=3, width=16, depths=(2, 1), heads=(2, 2), reduction=4, drop=0.0)


class Network(pictures.OneState):
    def __init__(self, config: Config) -> None:
        super().__init__()
        sides = sides_of(config)
        self.side, self.width = config.side, config.width * 2 ** (len(sides) - 1)
        self.patches = nn.Conv2d(3, config.width, config.patch, config.patch)
        self.enter = nn.LayerNorm(config.width)
        drops = iter(torch.linspace(0, config.drop, sum(config.depths)).tolist())
        stages = []
        for i, (side, depth, heads) in enumerate(zip(sides, config.depths, config.heads, strict=True)):
            channels, window = config.width * 2**i, min(side, config.window)
            # one window over all has nowhere to move
            moves = [0 if window == side else (k % 2) * (window // 2) for k in range(depth)]
            blocks = [_Block(channels, side, window, move, heads, config.inner, next(drops)) for move in moves]
            merge = _Merging(channels // 2) if i else nn.Identity()
            weigh = Squeeze(channels, config.reduction, axis=-1) if config.reduction else nn.Identity()
            stages.append(nn.Sequential(merge, *blocks, weigh))
        self.stages = nn.Sequential(*stages)
        self.leave = nn.LayerNorm(self.width)
        for part in self.modules():
            if isinstance(part, nn.Linear):
                nn.init.trunc_normal_(part.weight, std=0.02)
                if part.bias is not None:
                    nn.init.zeros_(part.bias)

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        pictures.alike(padded, lengths)
        x = padded.float().movedim(3, 1) / 255  # (n, 3, h, w) in [0, 1]
        x = F.interpolate(pictures.even(x), (self.side, self.side), mode="bilinear", align_corners=False)
        x = self.stages(self.enter(self.patches(x).movedim(1, 3)))  # (n, rows, columns, channels)
        states: Tensor = self.leave(x).float().mean((1, 2))[:, None]
        return states


def sides_of(config: Config) -> list[int]:
    """Tokens of a side in each stage.

    Raises:
        UsageError: patches, windows or heads that do not come out even.
    """
    stages = len(config.depths)
    if not stages or len(config.heads) != stages:
        found = f"{stages} and {len(config.heads)}"
        raise UsageError("as many depths as heads, one per stage", found, "for example depths=2+2,heads=2+4")
    grain = config.patch * 2 ** (stages - 1)
    if config.side % grain:
        even = f"a side of a multiple of {grain} pixels, for patches of {config.patch} in {stages} stages"
        raise UsageError(even, str(config.side), f"for example side={math.ceil(config.side / grain) * grain}")
    sides = [config.side // config.patch // 2**i for i in range(stages)]
    for i, (side, heads) in enumerate(zip(sides, config.heads, strict=True)):
        if side % min(side, config.window):
            fitting = [str(w) for w in range(2, side + 1) if side % w == 0]
            raise UsageError(
                f"windows that fill the {side} tokens of a side in stage {i + 1}",
                f"window={config.window}",
                f"choose one of {', '.join(fitting)}, or another patch",
            )
        if config.width * 2**i % heads:
            raise UsageError(
                f"heads that share the {config.width * 2**i} channels of stage {i + 1}",
                f"{heads} heads",
                "choose a number of heads that divides them",
            )
    return sides


def windows(x: Tensor, size: int) -> Tensor:
    """(n, side, side, c) as (n x windows, size x size, c), the windows of a picture by rows."""
    side, channels = x.shape[1], x.shape[3]
    many = side // size
    tiled = x.reshape(-1, many, size, many, size, channels).transpose(2, 3)
    return tiled.reshape(-1, size * size, channels)


def whole(x: Tensor, side: int, size: int) -> Tensor:
    """What `windows` made, put together again."""
    channels, many = x.shape[2], side // size
    tiled = x.reshape(-1, many, many, size, size, channels).transpose(2, 3)
    return tiled.reshape(-1, side, side, channels)


def places(size: int) -> Tensor:
    """(size x size, size x size) int64: which row of the table of biases two tokens of a window share."""
    at = torch.stack(torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")).flatten(1)
    apart = at[:, :, None] - at[:, None, :] + size - 1  # (2, ., .) from 0 to 2 size - 2
    return apart[0] * (2 * size - 1) + apart[1]


def apart(side: int, size: int, move: int) -> Tensor:
    """(windows, size x size, size x size) bool: tokens that moving brought into one window from opposite edges."""
    band = torch.zeros(side, dtype=torch.int64)
    band[side - size : side - move] = 1
    band[side - move :] = 2
    region = windows((band[:, None] * 3 + band[None])[None, :, :, None].float(), size)[:, :, 0]
    return region[:, :, None] != region[:, None, :]


class _Merging(nn.Module):
    """Each square of two by two tokens becomes one, with twice the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.reduce = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        corners = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        merged: Tensor = self.reduce(self.norm(torch.cat(corners, -1)))
        return merged


class _Attention(nn.Module):
    """Attention of a window's tokens, each pair with a bias for how one lies to the other."""

    table: Tensor
    place: Tensor
    mask: Tensor

    def __init__(self, channels: int, side: int, window: int, move: int, heads: int) -> None:
        super().__init__()
        self.heads, self.many = heads, (side // window) ** 2
        self.queries_keys_values = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        # flat, as what has one axis is not decayed: a bias of 0 means nothing in particular
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2 * heads))
        nn.init.trunc_normal_(self.table, std=0.02)
        # the same in every network of these sizes, so they are not stored with the weights
        self.register_buffer("place", places(window), persistent=False)
        mask = apart(side, window, move) * _APART if move else torch.zeros(0)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        tokens, channels = x.shape[1], x.shape[2]
        each = self.queries_keys_values(x).reshape(-1, tokens, 3, self.heads, channels // self.heads)
        q, k, v = each.permute(2, 0, 3, 1, 4).unbind(0)  # (n x windows, heads, tokens, channels of a head)
        scores = q @ k.transpose(2, 3) * (channels // self.heads) ** -0.5
        scores = scores + self.table.reshape(-1, self.heads)[self.place].permute(2, 0, 1)
        if self.mask.numel():
            scores = scores.reshape(-1, self.many, self.heads, tokens, tokens) + self.mask[:, None]
            scores = scores.reshape(-1, self.heads, tokens, tokens)
        mixed: Tensor = self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(-1, tokens, channels))
        return mixed


class _Block(nn.Module):
    """Attention within windows, perhaps moved ones, and a two-layer network, each added to what came in."""

    def __init__(self, channels: int, side: int, window: int, move: int, heads: int, inner: int, drop: float) -> None:
        super().__init__()
        self.side, self.window, self.move, self.drop = side, window, move, drop
        self.before, self.behind = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attention = _Attention(channels, side, window, move, heads)
        self.up, self.down = nn.Linear(channels, inner * channels), nn.Linear(inner * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._kept(self._looked(self.before(x)))
        return x + self._kept(self.down(F.gelu(self.up(self.behind(x)))))

    def _looked(self, x: Tensor) -> Tensor:
        if self.move:
            x = x.roll((-self.move, -self.move), (1, 2))
        x = whole(self.attention(windows(x, self.window)), self.side, self.window)
        return x.roll((self.move, self.move), (1, 2)) if self.move else x

    def _kept(self, x: Tensor) -> Tensor:
        """What is added: while learning, nothing for some samples, and so much more for the others."""
        if not self.training or not self.drop:
            return x
        there = (torch.rand(len(x), 1, 1, 1, device=x.device) >= self.drop).to(x.dtype)
        return x * there / (1 - self.drop)
