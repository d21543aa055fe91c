"""Wav2Small: from raw sound through seven narrow convolutions to one vector, in ten thousand weights.

Reference: Kounadis-Bastian et al., Wav2Small: Distilling Wav2Vec2 to 72K Parameters for Low-Resource Speech Emotion
Recognition, 2024. "small" is the network released later as Wav2Small 2.0: a share of time per channel and band, then
how channels go together (their products summed over bands). "72k" has the paper's number of weights.
Differs from the paper: the layers of "72k" are not published; two dense maps of 169 behind the same trunk give its
number. Padding is told by lengths and changes nothing, in training neither; a sound of less than one frame counts as
one frame with silence behind it. The head is a part of its own: `linear:dropout=0` is the published one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import UnknownName
from ...features import log_mel
from .. import padding

CARD = {
    "title": "Wav2Small",
    "reference": "kounadis2024wav2small",
    "takes": "speech",
    "extra": "train",
    "form": "samples at 16 kHz (n, t) float32, lengths (n,) int64 -> (n, 1, 338 or 169) float32",
}

_RATE_HZ = 16_000
_POINTS, _HOP = 64, 32  # samples of a frame, and from one frame to the next: 500 frames a second
_MELS, _CHANNELS = 26, 13
_BANDS = 13  # that pooling leaves of the mels
_SILENT = 1e-10  # power that counts as -100 dB


@dataclass(frozen=True)
class Config:
    """`version`: "small" (10,806 weights with a linear head for three dimensions) or "72k" (67,395)."""

    version: str = "small"


def build(config: Config) -> Network:
    """The network.

    Raises:
        UnknownName: another version.
    """
    if config.version not in _POOLS:
        raise UnknownName.among("a version of wav2small", config.version, _POOLS)
    return Network(_POOLS[config.version]())


def toy() -> Config:
    return Config()


class Network(nn.Module):
    def __init__(self, pool: _Gram | _Dense) -> None:
        super().__init__()
        self.width = pool.width
        self.front = _Front()
        self.early = nn.ModuleList(_Block(_CHANNELS if i else 1) for i in range(3))
        self.late = nn.ModuleList(_Block(_CHANNELS) for _ in range(4))
        self.pool = pool

    def steps(self, lengths: Tensor) -> Tensor:
        """One state per sound, however long it is."""
        return torch.ones_like(lengths)

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        x, frames = self.front(padded, lengths)
        x = x[:, None]  # (n, 1, frames, mels)
        for block in self.early:
            x = block(x, frames)
        # what is behind a row's end is zero, and after the last activation nothing is less: padding is never the most
        x = F.max_pool2d(x, 3, 2, 1)  # (n, 13, half, 13)
        half = (frames - 1) // 2 + 1
        for block in self.late:
            x = block(x, half)
        states: Tensor = self.pool(x, padding.there(half, x.shape[2]))
        return states[:, None]


class _Front(nn.Module):
    """Samples (n, t) to decibels (n, frames, mels) and frames per row: a fixed transform, nothing of it is learnt."""

    transform: Tensor
    bands: Tensor

    def __init__(self) -> None:
        super().__init__()
        # it is the same in every network, so it is not stored with the weights
        self.register_buffer("transform", torch.from_numpy(_fourier())[:, None], persistent=False)
        self.register_buffer("bands", torch.from_numpy(mels()), persistent=False)

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        if self.training:  # a spectrum needs full precision; in use there is no other
            with torch.autocast(padded.device.type, enabled=False):
                return self._decibels(padded.float(), lengths)
        return self._decibels(padded, lengths)

    def _decibels(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        sound = F.pad(padding.even(padded, lengths), (0, _POINTS - 1))
        waves = F.conv1d(sound[:, None], self.transform, stride=_HOP)  # (n, 2 x 33, frames)
        real, imaginary = waves.chunk(2, 1)
        power = (real**2 + imaginary**2).transpose(1, 2) @ self.bands
        return 10 * power.clamp_min(_SILENT).log10(), (lengths.clamp_min(_POINTS) - _POINTS) // _HOP + 1


class _Block(nn.Module):
    """A convolution over three frames and three bands, normalised; nothing goes in from behind a row's end."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, _CHANNELS, 3, padding=1, bias=False)
        self.norm = padding.BatchNorm(_CHANNELS)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        here = padding.there(lengths, x.shape[2])[:, None, :, None].to(x.dtype)
        return F.relu(self.norm(self.convolution(x * here), here)) * here


class _Gram(nn.Module):
    """Per channel and band a mean over time with learnt shares; beside it each channel's products with all others."""

    width = _CHANNELS * (_BANDS + _CHANNELS)

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Conv2d(_CHANNELS, _CHANNELS, 1)
        self.weigh = nn.Conv2d(_CHANNELS, _CHANNELS, 1)

    def forward(self, x: Tensor, here: Tensor) -> Tensor:
        share = self.weigh(x).float().masked_fill(~here[:, None, :, None], -torch.inf).softmax(2)
        pooled = (self.value(x) * share).sum(2)  # (n, channels, bands)
        return torch.cat([pooled, pooled @ pooled.transpose(1, 2)], 2).flatten(1)


class _Dense(nn.Module):
    """Per frame the channels and bands as one vector, in a dense layer; its mean over time with learnt shares."""

    width = _CHANNELS * _BANDS

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Linear(self.width, self.width)
        self.weigh = nn.Linear(self.width, self.width)

    def forward(self, x: Tensor, here: Tensor) -> Tensor:
        frames = x.transpose(1, 2).flatten(2)  # (n, frames, channels x bands)
        share = self.weigh(frames).float().masked_fill(~here[:, :, None], -torch.inf).softmax(1)
        return (self.value(frames) * share).sum(1)


_POOLS: Mapping[str, type[_Gram] | type[_Dense]] = {"small": _Gram, "72k": _Dense}


def mels() -> NDArray[np.float32]:
    """(33, 26): bands of equal area from 0 to 8 kHz, Slaney's scale.

    Frames are so short that a bin is 250 Hz wide, and bands narrower than that may hold none: they are always silent.
    """
    return log_mel.bands(log_mel.Config(rate_hz=_RATE_HZ, points=_POINTS, mels=_MELS, low_hz=0.0))


def _fourier() -> NDArray[np.float32]:
    """(66, 64): cosines, then sines, of the frame's frequencies, under a Hann window."""
    angle = 2 * np.pi * np.outer(np.arange(_POINTS // 2 + 1), np.arange(_POINTS)) / _POINTS
    return np.asarray(np.concatenate([np.cos(angle), -np.sin(angle)]) * log_mel.hann(_POINTS), np.float32)
