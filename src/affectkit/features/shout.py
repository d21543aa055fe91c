"""Signs of a raised voice that no gain can hide: pitch, tilt, brightness, the first harmonics, noise; and the level.

Reference: Tuttösí et al., BERSting at the Screams, Computer Speech and Language 95, 2026 (the question); Hanson,
Glottal Characteristics of Female Speakers, JASA 101, 1997 (H1-H2); Boersma, Accurate Short-Term Analysis of the
Fundamental Frequency and the Harmonics-to-Noise Ratio of a Sampled Sound, 1993.
Who shouts speaks higher, and the folds of the voice close faster, so that high pitches come nearer to the low ones.
The sound is brought to its peak first, and all numbers but the last are the same at any gain. The last is the level
itself, for comparison: on an unknown microphone it says how near the speaker is, not how loud. With `gain_db` every
sound is made louder or quieter by a gain that its own samples decide on, as if nobody knew the microphone.
Differs from the papers: pitch is in semitones; H1 and H2 are not freed of the formants, so that an open vowel moves
them too; the noise is told at the period that `prosody` finds.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import prosody

CARD = {
    "title": "Signs of shouting",
    "reference": "tuttosi2026bersting",
    "takes": "speech",
    "form": "float32 (1, 8): semitones, semitones, dB per kHz, kHz, dB, dB, share, dB of full scale",
    "extra": None,
}
COLUMNS = (
    "pitch_semitones",
    "pitch_spread_semitones",
    "tilt_db_per_khz",
    "centroid_khz",
    "h1_h2_db",
    "hnr_db",
    "voiced",
    "level_db",
)
OF_VOICE = len(COLUMNS) - 1
"""The first so many columns are the same at any gain."""

_A0_HZ = 27.5
_TOP_HZ = 5000.0
_FAINT = 1e-9  # power added to each bin of a frame, so that an empty one has a logarithm
_LEAST_DB, _MOST_DB = -20.0, 40.0  # of harmonics to noise
_SILENT_DB = -120.0
_USUAL_TOP = 95  # percentile of the level that stands for the loudest
_AT_ONCE = 512  # frames, so that a long sound needs little room

Frames = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        rate_hz: of the sound.
        window_s, hop_s: of a frame, and from one to the next.
        silent_db: so far below the loud frames, a frame is silent.
        gain_db: a gain between minus and plus so many decibels is applied first, one and the same for the same sound.
    """

    rate_hz: int = 16_000
    window_s: float = 0.025
    hop_s: float = 0.010
    silent_db: float = 30.0
    gain_db: float = 0.0


def extract(config: Config, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """(1, 8) float32 of a sound (n,), the columns as in `COLUMNS`.

    Pitch and its deviation, H1-H2 and harmonics to noise are of the frames with a voice, and 0 without any; tilt (the
    slope of the decibels from 0 to 5 kHz) and centroid are of the frames with a voice or, without any, of those that
    are not silent. `voiced` is the share of frames with a voice in those that are not silent.
    """
    heard = _gained(config, sound)
    peak = float(np.abs(heard).max(initial=0.0))
    if not peak:
        return np.asarray([[0.0] * OF_VOICE + [_SILENT_DB]], np.float32)
    even = (heard / np.float32(peak)).astype(np.float32)
    its = prosody.Config(config.rate_hz, config.hop_s, config.window_s, silent_db=config.silent_db)
    pitch_hz, level_db, _ = prosody.extract(its, even).astype(np.float64).T
    active = level_db >= np.percentile(level_db, _USUAL_TOP) - config.silent_db
    voiced = pitch_hz > 0
    level = 10 * np.log10(np.mean(10 ** (level_db[active] / 10))) + 20 * np.log10(peak)
    chosen = np.flatnonzero(voiced if voiced.any() else active)
    tilt, centroid, h1_h2, hnr = _means(its, even, chosen, pitch_hz)
    semitones = 12 * np.log2(pitch_hz[voiced] / _A0_HZ) if voiced.any() else np.zeros(1)
    share = voiced.sum() / active.sum()
    return np.asarray([[semitones.mean(), semitones.std(), tilt, centroid, h1_h2, hnr, share, level]], np.float32)


def toy() -> Config:
    return Config(hop_s=0.02)


def _gained(config: Config, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound (n,) times the gain that its samples decide on."""
    if not config.gain_db:
        return sound
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(sound).tobytes()))
    return (sound * 10 ** (rng.uniform(-config.gain_db, config.gain_db) / 20)).astype(np.float32)


def _means(
    config: prosody.Config, sound: NDArray[np.float32], chosen: NDArray[np.intp], pitch_hz: Frames
) -> tuple[float, float, float, float]:
    """Tilt, centroid, H1-H2 and harmonics to noise, means over the chosen frames; the latter two 0 without pitch."""
    window, longest = round(config.window_s * config.rate_hz), int(np.ceil(config.rate_hz / config.low_hz))
    whole = window + longest + 1  # the frames of `prosody`
    padded = np.pad(sound, (0, max(0, whole - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, whole)[:: round(config.hop_s * config.rate_hz)]
    totals = np.zeros(4)
    for start in range(0, len(chosen), _AT_ONCE):
        rows = chosen[start : start + _AT_ONCE]
        x = frames[rows].astype(np.float64)
        x -= x.mean(1, keepdims=True)
        totals[:2] += _spectrum(x[:, :window], config.rate_hz)
        if pitch_hz[rows].all():
            totals[2:] += _first_harmonics(x, pitch_hz[rows], config.rate_hz), _noise(x, pitch_hz[rows], config, window)
    tilt, centroid, h1_h2, hnr = (totals / len(chosen)).tolist()
    return tilt, centroid, h1_h2, hnr


def _spectrum(x: Frames, rate_hz: int) -> tuple[float, float]:
    """Tilt (dB per kHz) and centroid (kHz) of frames (m, window), summed over them."""
    points = 1 << (x.shape[1] - 1).bit_length()
    spectrum = np.fft.rfft(x * np.hanning(x.shape[1] + 1)[:-1], points)
    power = spectrum.real**2 + spectrum.imag**2 + _FAINT
    khz = np.fft.rfftfreq(points, 1 / rate_hz) / 1000
    low = (khz > 0) & (khz <= _TOP_HZ / 1000)
    away = khz[low] - khz[low].mean()
    slopes = 10 * np.log10(power[:, low]) @ away / (away**2).sum()
    return float(slopes.sum()), float((power @ khz / power.sum(1)).sum())


def _first_harmonics(x: Frames, pitch_hz: Frames, rate_hz: int) -> float:
    """Decibels of the tone at the pitch of each frame above that an octave up, summed over frames."""
    shaped = x * np.hanning(x.shape[1] + 1)[:-1]
    turns = np.exp(-2j * np.pi * np.outer(pitch_hz / rate_hz, np.arange(x.shape[1])))
    first, second = (np.abs((shaped * wave).sum(1)) ** 2 + _FAINT for wave in (turns, turns**2))
    return float(10 * np.log10(first / second).sum())


def _noise(x: Frames, pitch_hz: Frames, config: prosody.Config, window: int) -> float:
    """Decibels of what comes again after a period in relation to what does not, summed over frames."""
    rows = np.arange(len(x))[:, None]
    period = np.clip(np.rint(config.rate_hz / pitch_hz).astype(np.int64), 2, x.shape[1] - window - 1)
    ours = x[:, :window]
    alike = []
    for by in (-1, 0, 1):
        later = x[rows, (period + by)[:, None] + np.arange(window)]
        alike.append((ours * later).sum(1) / np.sqrt((ours**2).sum(1) * (later**2).sum(1) + _FAINT**2))
    left, here, right = alike
    bend = left - 2 * here + right
    top = here - np.where(bend < 0, (left - right) ** 2 / (8 * np.where(bend < 0, bend, 1.0)), 0.0)
    share = np.clip(top, 1e-6, 1 - 1e-6)
    return float(np.clip(10 * np.log10(share / (1 - share)), _LEAST_DB, _MOST_DB).sum())
