"""A small convolutional network on a log-mel spectrogram: seventy thousand weights in the usual size.

Reference: Kounadis-Bastian et al., Wav2Small, 2024 (the size, and a VGG-like trunk of few channels); He et al., Deep
Residual Learning, 2016 (blocks that add to what they get).
Differs from Wav2Small: the spectrogram is made in numpy, with longer frames, so the network sees a hundred steps per
second in place of five hundred and halves time as it goes; channels grow with depth; pooling is left to the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..heads import mean_over_time

CARD = {
    "title": "Small convolutional network on log-mels",
    "reference": "kounadis2024wav2small",
    "takes": "speech",
    "features": "log_mel",
    "extra": "train",
    "form": "log-mels (n, t, mels) float32, lengths (n,) int64 -> (n, about t / 8, width) float32",
}


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        mels: bands of the input, a multiple of 16.
        channels: of each convolution.
        steps: how many steps of time each convolution makes one.
        bands: how many bands each makes one.
        width: numbers per state.
        dropout: of the states' channels.
    """

    mels: int = 64
    channels: tuple[int, ...] = (16, 24, 32, 32, 48, 48)
    steps: tuple[int, ...] = (2, 2, 1, 1, 2, 1)
    bands: tuple[int, ...] = (2, 2, 2, 1, 2, 1)
    width: int = 64
    dropout: float = 0.1


def build(config: Config) -> Network:
    made: Network = Network(config).to(memory_format=torch.channels_last)  # a fifth faster on a processor
    return made


def toy() -> Config:
    return Config(mels=16, channels=(4, 8), steps=(2, 1), bands=(2, 2), width=16, dropout=0.0)


class Network(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.width = config.width
        self.stride = 1
        self.enter = nn.BatchNorm1d(config.mels)
        self.blocks = nn.ModuleList()
        before, mels = 2, config.mels
        for channels, step, bands in zip(config.channels, config.steps, config.bands, strict=True):
            self.blocks.append(_Block(before, channels, (step, bands)))
            before, mels, self.stride = channels, mels // bands, self.stride * step
        self.leave = nn.Linear(before * mels, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def steps(self, lengths: Tensor) -> Tensor:
        """The states that come of inputs of these lengths, at least one."""
        return (lengths + self.stride - 1) // self.stride

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        x = self.enter(padded.transpose(1, 2)).transpose(1, 2)
        # as it is, and in relation to each band's own mean, which takes voice and microphone out
        both = torch.stack([x, x - mean_over_time(x, lengths)[:, None]], 1)
        x = both.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x, lengths = block(x, lengths)
        x = x.transpose(1, 2).flatten(2)  # (n, steps, channels x bands)
        states: Tensor = F.relu(self.leave(self.dropout(x)))
        return states


class _Block(nn.Module):
    """A convolution over three steps and three bands, normalised; where sizes allow, added to what came in."""

    def __init__(self, before: int, channels: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.stride = stride
        self.adds = before == channels and stride == (1, 1)
        self.convolution = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        # what lies behind a row's end is made zero before each convolution, as behind the end of the longest row
        there = torch.arange(x.shape[2], device=x.device) < lengths[:, None]
        y = self.norm(self.convolution(x * there[:, None, :, None].to(x.dtype)))
        step = self.stride[0]
        return F.relu(y + x if self.adds else y), (lengths + step - 1) // step
