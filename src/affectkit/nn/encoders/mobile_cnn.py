"""A MobileNet on log-mels: blocks that widen, look at each channel for itself, and narrow again.

Reference: Howard et al., MobileNets, 2017 (a convolution per channel, then a mixture of channels); Sandler et al.,
MobileNetV2, CVPR 2018 (the blocks). Wav2Small's students of larger size are of this family.
Differs from MobileNetV2: it is far smaller; the last bands are put together by a weight per channel and band, and time
is left to the head, so that any length goes in; padding is told by lengths and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from .. import padding

CARD = {
    "title": "MobileNet on log-mels",
    "reference": "sandler2018mobilenetv2",
    "takes": "speech",
    "features": "log_mel",
    "extra": "train",
    "form": "log-mels (n, t, mels) float32, lengths (n,) int64 -> (n, about t / 8, width) float32",
}


@dataclass(frozen=True)
class Config:
    """Sizes; a block that makes one step or band of two halves the sound's time or bands.

    Args:
        mels: bands of the input, a multiple of the product of `bands`.
        channels: of the first convolution, then of each block.
        steps: how many steps of time each makes one.
        bands: how many bands each makes one.
        expansion: how many times as wide as its input a block is inside.
        width: numbers per state.
        dropout: of the states.
    """

    mels: int = 64
    channels: tuple[int, ...] = (16, 16, 24, 24, 40, 40, 64, 64)
    steps: tuple[int, ...] = (2, 1, 2, 1, 2, 1, 1, 1)
    bands: tuple[int, ...] = (2, 1, 2, 1, 2, 1, 2, 1)
    expansion: int = 4
    width: int = 128
    dropout: float = 0.1


def build(config: Config) -> Network:
    return Network(config)


def toy() -> Config:
    return Config(mels=16, channels=(4, 8, 8), steps=(2, 2, 1), bands=(2, 2, 1), expansion=2, width=16, dropout=0.0)


class Network(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.width = config.width
        self.stride = config.steps[0]
        self.enter = padding.BatchNorm(config.mels)
        self.first = _Convolution(1, config.channels[0], 3, (config.steps[0], config.bands[0]))
        self.blocks = nn.ModuleList()
        before, left = config.channels[0], config.mels // config.bands[0]
        for channels, step, band in zip(config.channels[1:], config.steps[1:], config.bands[1:], strict=True):
            self.blocks.append(_Block(before, channels, (step, band), config.expansion))
            before, left, self.stride = channels, left // band, self.stride * step
        self.bands = nn.Conv2d(before, before, (1, left), groups=before, bias=False)
        self.leave = nn.Linear(before, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def steps(self, lengths: Tensor) -> Tensor:
        """The states that come of inputs of these lengths, at least one."""
        return (lengths + self.stride - 1) // self.stride

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        here = padding.there(lengths, padded.shape[1])[:, None, :, None].to(padded.dtype)
        # each band is a channel to the first normalisation, and a place to the convolutions
        x = self.enter(padded.transpose(1, 2)[..., None], here).permute(0, 3, 2, 1)
        x, lengths = self.first(x, lengths)
        for block in self.blocks:
            x, lengths = block(x, lengths)
        x = self.bands(F.relu(x)).squeeze(3).transpose(1, 2)  # (n, steps, channels)
        states: Tensor = self.dropout(F.relu(self.leave(x)))
        return states


class _Convolution(nn.Module):
    """A convolution with its normalisation; what lies behind a row's end is made zero before it."""

    def __init__(
        self, before: int, channels: int, size: int, stride: tuple[int, int] = (1, 1), groups: int = 1
    ) -> None:
        super().__init__()
        self.step = stride[0]
        self.convolution = nn.Conv2d(before, channels, size, stride, size // 2, groups=groups, bias=False)
        self.norm = padding.BatchNorm(channels)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        x = self.convolution(x * padding.there(lengths, x.shape[2])[:, None, :, None].to(x.dtype))
        lengths = (lengths + self.step - 1) // self.step
        return self.norm(x, padding.there(lengths, x.shape[2])[:, None, :, None].to(x.dtype)), lengths


class _Block(nn.Module):
    """Wider, each channel over three steps and bands, narrower; where sizes allow, added to what came in."""

    def __init__(self, before: int, channels: int, stride: tuple[int, int], expansion: int) -> None:
        super().__init__()
        self.adds = before == channels and stride == (1, 1)
        inside = before * expansion
        self.widen = _Convolution(before, inside, 1)
        self.look = _Convolution(inside, inside, 3, stride, groups=inside)
        self.narrow = _Convolution(inside, channels, 1)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        y, lengths = self.widen(x, lengths)
        y, lengths = self.look(F.relu6(y), lengths)
        y, lengths = self.narrow(F.relu6(y), lengths)
        return y + x if self.adds else y, lengths
