"""The small network on log-mels with its spectrogram inside: samples go in, so that a program needs no code of ours.

Reference: as `features/log_mel.py` and `log_mel_cnn`; a Fourier transform as a fixed convolution as in
Kounadis-Bastian et al., Wav2Small, 2024.
The spectrogram equals that of `features/log_mel.py`; it takes about ten times as long as the fast Fourier transform
there. Weights of a run of `log_mel_cnn` fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...features import log_mel
from .. import padding
from . import log_mel_cnn

CARD = {
    "title": "Small convolutional network on samples",
    "reference": "kounadis2024wav2small",
    "takes": "speech",
    "extra": "train",
    "form": "samples at 16 kHz (n, t) float32, lengths (n,) int64 -> (n, about t / 1280, width) float32",
}
_SILENT = 1e-12


@dataclass(frozen=True)
class Config(log_mel_cnn.Config):
    """As of the network on log-mels."""


def build(config: Config) -> Network:
    return Network(config)


def toy() -> Config:
    return Config(mels=16, channels=(4, 8), steps=(2, 1), bands=(2, 2), width=16, dropout=0.0)


class LogMel(nn.Module):
    """Samples (n, t) and lengths to log-mels (n, frames, mels) and frames per row, those of `features/log_mel.py`."""

    transform: Tensor
    bands: Tensor

    def __init__(self, config: log_mel.Config) -> None:
        super().__init__()
        self.window, self.hop = round(config.window_s * config.rate_hz), round(config.hop_s * config.rate_hz)
        self.floor = 10 ** (-config.floor_db / 10)
        turn = 2 * np.pi * np.outer(np.arange(config.points // 2 + 1), np.arange(self.window)) / config.points
        waves = np.concatenate([np.cos(turn), np.sin(turn)]) * log_mel.hann(self.window)
        # it is the same in every network, so it is not stored with the weights
        self.register_buffer("transform", torch.from_numpy(waves.astype(np.float32))[:, None], persistent=False)
        self.register_buffer("bands", torch.from_numpy(log_mel.bands(config)), persistent=False)

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        sound = F.pad(padded.float(), (0, self.window - 1))  # a sound shorter than a frame is one frame
        real, imaginary = F.conv1d(sound[:, None], self.transform, stride=self.hop).chunk(2, 1)
        power = (real**2 + imaginary**2).transpose(1, 2) @ self.bands
        frames = (lengths.clamp_min(self.window) - self.window) // self.hop + 1
        here = padding.there(frames, power.shape[1])[:, :, None].to(power.dtype)
        mean = (power * here).sum((1, 2)) / (frames * power.shape[2])
        return (power / mean.clamp_min(_SILENT)[:, None, None] + self.floor).log10() * here, frames


class Network(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.front = LogMel(log_mel.Config(mels=config.mels))
        self.inner = log_mel_cnn.build(config)
        self.width = self.inner.width

    def steps(self, lengths: Tensor) -> Tensor:
        """The states that come of so many samples, at least one."""
        frames = (lengths.clamp_min(self.front.window) - self.front.window) // self.front.hop + 1
        return self.inner.steps(frames)

    def forward(self, padded: Tensor, lengths: Tensor) -> Tensor:
        with torch.autocast(padded.device.type, enabled=False):  # a spectrum needs full precision
            mels, frames = self.front(padded, lengths)
        states: Tensor = self.inner(mels, frames)
        return states
