"""Log-mel spectrogram: how loud each of some bands of pitch is in each hundredth of a second, whatever the level.

Reference: Stevens, Volkmann and Newman, A Scale for the Measurement of the Psychological Magnitude Pitch, 1937, in the
form of Slaney's Auditory Toolbox, 1998 (linear below 1 kHz, logarithmic above; bands of equal area).
The power of a band is told in relation to the mean over all bands and frames of the sound, so that the level of a
recording changes nothing; what is `floor_db` below that mean is as good as silent, so that the noise of a good and of
a bad microphone look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

CARD = {
    "title": "Log-mel spectrogram",
    "reference": "slaney1998auditory",
    "takes": "speech",
    "form": "float32 (frames, mels), bel in relation to the mean power",
    "extra": None,
}
_SILENT = 1e-12  # mean power below which there is nothing to relate to: -120 dB of full scale
_CORNER_HZ, _CORNER_MEL, _STEP = 1000.0, 15.0, np.log(6.4) / 27  # Slaney's scale above 1 kHz
_AT_ONCE = 128  # frames: what is at hand stays in the cache, and a long sound needs little more than its features


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        rate_hz: of the sound.
        window_s, hop_s: of a frame, and from one to the next.
        points: of the Fourier transform.
        mels: bands from `low_hz` to `high_hz`.
        floor_db: power below the mean of the sound at which a band counts as silent.
    """

    rate_hz: int = 16_000
    window_s: float = 0.025
    hop_s: float = 0.010
    points: int = 512
    mels: int = 64
    low_hz: float = 50.0
    high_hz: float = 8000.0
    floor_db: float = 60.0


def extract(config: Config, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frames, mels) float32 of a sound (n,), one frame per `hop_s` and at least one; of silence, zeros less the floor.

    Values are tens of decibels (bel) above or below the mean power, not below the floor.
    """
    window, hop = round(config.window_s * config.rate_hz), round(config.hop_s * config.rate_hz)
    to_bands, shape = bands(config), hann(window)
    if len(sound) < window:
        sound = np.pad(sound, (0, window - len(sound)))
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32, copy=False), window)[::hop]
    power = np.empty((len(frames), config.mels), np.float32)
    padded = np.zeros((min(len(frames), _AT_ONCE), config.points), np.float32)
    for start in range(0, len(frames), _AT_ONCE):
        some = frames[start : start + _AT_ONCE]
        np.multiply(some, shape, out=padded[: len(some), :window])
        np.matmul(_spectrum(padded[: len(some)]), to_bands, out=power[start : start + len(some)])
    mean = max(float(power.mean(dtype=np.float64)), _SILENT)
    return np.asarray(np.log10(power / np.float32(mean) + np.float32(10 ** (-config.floor_db / 10))))


def toy() -> Config:
    return Config(mels=16)


def _spectrum(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, bins): the power of frames (n, points)."""
    import cv2  # its transform is many times as fast as numpy's

    # per frame: real 0, real 1, imaginary 1, real 2 ... real points / 2
    found = cv2.dft(frames, flags=cv2.DFT_ROWS)
    np.multiply(found, found, out=found)
    power = np.empty((len(found), found.shape[1] // 2 + 1), np.float32)
    power[:, 0], power[:, -1] = found[:, 0], found[:, -1]
    np.add(found[:, 1:-1:2], found[:, 2:-1:2], out=power[:, 1:-1])
    return power


@cache
def hann(window: int) -> NDArray[np.float32]:
    """(window,): the weight of each sample of a frame."""
    return np.hanning(window + 1)[:-1].astype(np.float32)


@cache
def bands(config: Config) -> NDArray[np.float32]:
    """(bins, mels): triangles of equal area over the spectrum's bins."""
    edges_hz = _edges_hz(config)
    bins_hz = np.linspace(0, config.rate_hz / 2, config.points // 2 + 1)
    below, centre, above = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    up = (bins_hz[:, None] - below) / (centre - below)
    down = (above - bins_hz[:, None]) / (above - centre)
    area = 2 / (above - below)
    return (np.maximum(0, np.minimum(up, down)) * area).astype(np.float32)


def centres_hz(config: Config) -> NDArray[np.float64]:
    """(mels,): where each band lies."""
    return _edges_hz(config)[1:-1]


def _edges_hz(config: Config) -> NDArray[np.float64]:
    """(mels + 2,): a band begins at one, is heaviest at the next and ends at the one after."""
    return _hz(np.linspace(_mel(config.low_hz), _mel(config.high_hz), config.mels + 2))


def _mel(hz: float) -> float:
    if hz < _CORNER_HZ:
        return hz * 3 / 200
    return float(_CORNER_MEL + np.log(hz / _CORNER_HZ) / _STEP)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < _CORNER_MEL, mel * 200 / 3, _CORNER_HZ * np.exp(_STEP * (mel - _CORNER_MEL)))
