"""Prosody: pitch, level and brightness of each hundredth of a second, and what they say of a stretch of speech.

Reference: de Cheveigné and Kawahara, YIN, a Fundamental Frequency Estimator for Speech and Music, JASA 111, 2002
(pitch); de Jong and Wempe, Praat Script to Detect Syllable Nuclei, Behavior Research Methods 41, 2009 (the rate).
A frame has a voice where a shift of the sound by one period changes it little and where it is not silent beside the
rest of the sound; then its pitch is the shortest such period, refined by a parabola. A syllable is a peak of the level
between two dips, with a voice. All but the level itself is the same at any gain.
Differs from the papers: no search for a better period in the frames around; the dips of syllables are in the level of
the whole band, and a syllable may be of any level above silence.
Known limits: creaky voices come out an octave low, other speakers and music count as voice, and the rate counts what
can be told by level alone, mostly fewer syllables than were spoken. Compare a speaker with the same speaker.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

CARD = {
    "title": "Pitch, level and brightness",
    "reference": "decheveigne2002yin",
    "takes": "speech",
    "form": "float32 (frames, 3): Hz (0 without a voice), decibels of full scale, decibels",
    "extra": None,
}
COLUMNS = ("pitch_hz", "level_db", "high_db")
UNITS = {
    "pitch_semitones": "semitones",
    "pitch_range_semitones": "semitones",
    "level_db": "dB",
    "level_range_db": "dB",
    "rate_per_s": "syllables per second",
    "high_db": "dB",
}
"""What `measures` gives, and in which unit."""

_LEAST_DB, _MOST_DB = -120.0, 60.0
_A0_HZ = 27.5  # semitones are counted from the lowest key of a piano
_SPLIT_HZ, _TOP_HZ = 1000.0, 5000.0
_AT_ONCE = 1024  # frames, so that a long sound needs little room
_FEWEST = 3  # frames with a voice, to say anything of them
_USUAL_TOP = 95  # percentile of the level that stands for the loudest, which may be a click


@dataclass(frozen=True)
class Config:
    """Sizes and limits.

    Args:
        rate_hz: of the sound.
        hop_s: from one frame to the next.
        window_s: what is compared with itself one period later.
        low_hz, high_hz: where pitch is looked for.
        aperiodic: share of a frame that may change from one period to the next.
        silent_db: so far below the loud frames, a frame is silent.
        dip_db: how deep the level falls between syllables.
        smooth_s: over how long the level is averaged to find them.
    """

    rate_hz: int = 16_000
    hop_s: float = 0.010
    window_s: float = 0.025
    low_hz: float = 60.0
    high_hz: float = 600.0
    aperiodic: float = 0.2
    silent_db: float = 30.0
    dip_db: float = 2.0
    smooth_s: float = 0.05


def extract(config: Config, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frames, 3) float32 of a sound (n,), the columns as in `COLUMNS`; one frame per `hop_s`, and at least one.

    `high_db` is the power from 1 to 5 kHz in relation to that below, from -60 to 60.
    """
    hop, window = round(config.hop_s * config.rate_hz), round(config.window_s * config.rate_hz)
    longest = _lags(config)[1]
    whole = window + longest + 1
    if len(sound) < whole:
        sound = np.pad(sound, (0, whole - len(sound)))
    frames = np.lib.stride_tricks.sliding_window_view(sound, whole)[::hop]
    parts = [_columns(config, frames[i : i + _AT_ONCE]) for i in range(0, len(frames), _AT_ONCE)]
    found = np.concatenate(parts)
    found[~_active(config, found[:, 1]), 0] = 0.0
    return found.astype(np.float32)


def measures(config: Config, frames: NDArray[np.float32]) -> dict[str, float]:
    """What the frames (n, 3) of a stretch of speech say together, by name (`UNITS`); without a voice, nothing.

    Pitch in semitones above 27.5 Hz: the median, and from the 10th to the 90th percentile. The level is the mean power
    of the frames that are not silent, its range as that of pitch; `high_db` is the median of the frames with a voice.
    """
    pitch_hz, level_db, high_db = frames.astype(np.float64).T
    voiced = pitch_hz > 0
    if voiced.sum() < _FEWEST:
        return {}
    semitones = 12 * np.log2(pitch_hz[voiced] / _A0_HZ)
    active = _active(config, level_db)
    loud = level_db[active]
    return {
        "pitch_semitones": float(np.median(semitones)),
        "pitch_range_semitones": float(np.ptp(np.percentile(semitones, (10, 90)))),
        "level_db": float(10 * np.log10(np.mean(10 ** (loud / 10)))),
        "level_range_db": float(np.ptp(np.percentile(loud, (10, 90)))),
        "rate_per_s": _syllables(config, level_db, voiced) / (float(np.ptp(np.flatnonzero(active)) + 1) * config.hop_s),
        "high_db": float(np.median(high_db[voiced])),
    }


def toy() -> Config:
    return Config(hop_s=0.02)


def _columns(config: Config, frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, 3): pitch in Hz of every frame (n, whole) that is periodic, level, brightness."""
    window, (shortest, longest) = round(config.window_s * config.rate_hz), _lags(config)
    x = frames - frames.mean(1, keepdims=True, dtype=np.float64)
    power = (x**2).mean(1)
    change = _change(x, window, longest + 1)
    mean = np.cumsum(change[:, 1:], 1) / np.arange(1, longest + 2)
    share = np.ones_like(change)
    share[:, 1:] = change[:, 1:] / np.where(mean > 0, mean, 1.0)
    share[power <= 0] = 1.0
    inner = share[:, shortest : longest + 1]
    before, after = share[:, shortest - 1 : longest], share[:, shortest + 1 : longest + 2]
    dips = (inner < config.aperiodic) & (inner <= before) & (inner < after)
    lag = shortest + dips.argmax(1)
    rows = np.arange(len(x))
    left, here, right = (change[rows, lag + i] for i in (-1, 0, 1))
    bend = left - 2 * here + right
    lag_exact = lag + np.where(bend > 0, 0.5 * (left - right) / np.where(bend > 0, bend, 1.0), 0.0)
    pitch_hz = np.where(dips.any(1), config.rate_hz / lag_exact, 0.0)
    return np.stack([pitch_hz, _db(power, 1.0), _brightness(config, x)], 1)


def _change(x: NDArray[np.float64], window: int, longest: int) -> NDArray[np.float64]:
    """(n, longest + 1): the squared difference of the first `window` samples and those some lag later, per lag."""
    points = 1 << (x.shape[1] + window - 1).bit_length()
    ours = np.fft.rfft(x[:, :window], points)
    product = np.fft.irfft(np.fft.rfft(x, points) * ours.conj(), points)[:, : longest + 1]
    until = np.cumsum(np.pad(x**2, ((0, 0), (1, 0))), 1)
    lags = np.arange(longest + 1)
    energy = until[:, lags + window] - until[:, lags]
    return np.maximum(energy[:, :1] + energy - 2 * product, 0.0)


def _brightness(config: Config, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) decibels: the power from 1 to 5 kHz in relation to that from the lowest pitch to 1 kHz."""
    points = 1 << (x.shape[1] - 1).bit_length()
    bins_hz = np.fft.rfftfreq(points, 1 / config.rate_hz)
    spectrum = np.fft.rfft(x * _hann(x.shape[1]), points)
    power = spectrum.real**2 + spectrum.imag**2
    high = power[:, (bins_hz >= _SPLIT_HZ) & (bins_hz < _TOP_HZ)].sum(1)
    low = power[:, (bins_hz >= config.low_hz) & (bins_hz < _SPLIT_HZ)].sum(1)
    return np.clip(_db(high, low), -_MOST_DB, _MOST_DB)


def _active(config: Config, level_db: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(n,) whether a frame is not silent beside the others."""
    loud_db = float(np.percentile(level_db, _USUAL_TOP))
    found: NDArray[np.bool_] = (level_db > _LEAST_DB) & (level_db >= loud_db - config.silent_db)
    return found


def _syllables(config: Config, level_db: NDArray[np.float64], voiced: NDArray[np.bool_]) -> int:
    """How many peaks of the level with a voice stand between dips."""
    width = max(1, round(config.smooth_s / config.hop_s)) | 1
    floor = level_db.max() - 2 * config.silent_db  # digital silence should not count for more than silence
    padded = np.pad(np.maximum(level_db, floor), width // 2, mode="edge")
    smooth = np.convolve(padded, np.full(width, 1 / width), "valid")
    count, peak, dip = 0, 0, float(smooth[0])  # `peak`: the highest frame since the last dip
    rising = False
    for i, level in enumerate(smooth.tolist()):
        if rising:
            if level > smooth[peak]:
                peak = i
            elif level < smooth[peak] - config.dip_db:
                count += bool(voiced[max(peak - 1, 0) : peak + 2].any())
                rising, dip = False, level
        elif level > dip + config.dip_db:
            rising, peak = True, i
        else:
            dip = min(dip, level)
    return count + (rising and bool(voiced[max(peak - 1, 0) : peak + 2].any()))


def _lags(config: Config) -> tuple[int, int]:
    """The shortest and the longest period in samples."""
    return max(2, int(config.rate_hz / config.high_hz)), int(np.ceil(config.rate_hz / config.low_hz))


def _db(power: NDArray[np.float64], other: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Decibels of one power in relation to another, not below -120; of nothing in relation to nothing, 0."""
    least = 10 ** (_LEAST_DB / 10)
    both = np.asarray(power, np.float64) / np.where(np.asarray(other) > 0, other, 1.0)
    nothing = (power <= 0) & (np.asarray(other) <= 0)
    return np.where(nothing, 0.0, 10 * np.log10(np.maximum(both, least)))


@cache
def _hann(points: int) -> NDArray[np.float64]:
    return np.hanning(points + 1)[:-1]
