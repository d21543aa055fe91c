"""Noise under a sound, at a ratio of signal to noise in decibels that is measured where the sound is active.

White noise has the same power in every hertz, pink in every octave. Babble is other voices together, each from another
clip of `others` at a random place; without any, they are made of the sound itself, backwards, at other speeds and
places: speech in kind, but the same voice. Recorded noise is one clip of `others`. Short clips are repeated. Silence
has no ratio to anything and stays silent.
Reference: Krishnamurthy and Hansen, Babble Noise: Modeling, Analysis, and Applications, IEEE TASLP 17, 2009.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import find
from ..errors import DataError, InputError, UnknownName
from ..modalities import speech
from ..sample import Media
from . import Floats, Sound, fitted, power
from . import sound as checked

CARD = {
    "title": "Noise",
    "reference": "krishnamurthy2009babble",
    "takes": "speech",
    "extra": None,
    "worse": {"field": "snr_db", "values": [30.0, 20.0, 10.0, 5.0, 0.0, -5.0]},
}
_SHORTEST = 1024  # samples of pink noise that are made at least: fewer hold no octaves
_SLOWEST, _FASTEST = 0.85, 1.18  # of the voices made of the sound itself


@dataclass(frozen=True, slots=True)
class Config:
    """Which noise and how loud.

    Args:
        snr_db: power of the active sound in relation to that of the noise.
        kind: white, pink, babble or recorded.
        voices: how many make a babble.
        others: files of sound, or folders of them.

    Raises:
        UnknownName: no such noise.
        DataError: a ratio beyond 100 dB, no voice, or recorded noise without a file.
    """

    snr_db: float = 10.0
    kind: str = "pink"
    voices: int = 6
    others: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise UnknownName.among("a noise", self.kind, _KINDS)
        if not -100 <= self.snr_db <= 100:
            raise DataError("a signal-to-noise ratio from -100 to 100 dB", f"{self.snr_db:g}", "10 is usual")
        if self.voices < 1:
            raise DataError("at least one voice of a babble", str(self.voices), "6 are usual")
        if self.kind in _OF_OTHERS and not self.others:
            raise DataError(f"files of sound for {self.kind} noise", "none", "give others=FILE or others=FOLDER")


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) with noise added, (n,)."""
    clean = checked(sound)
    if not (signal := power(clean)):
        return clean
    under = _KINDS[config.kind](config, clean, rng)
    return (clean + at(under, signal / 10 ** (config.snr_db / 10))).astype(np.float32)


def toy() -> Config:
    return Config(snr_db=5.0, kind="white")


def at(noise: Floats, wanted: float) -> Floats:
    """Noise (n,) scaled to a mean square."""
    own = float(np.mean(noise**2))
    return noise * math.sqrt(wanted / own) if own else noise


def pink(n: int, rng: np.random.Generator) -> Floats:
    """Noise (n,) whose power falls by 3 dB per octave; its scale means nothing."""
    longer = max(n, _SHORTEST)
    spectrum = np.fft.rfft(rng.normal(size=longer))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    spectrum[0] = 0.0
    return np.fft.irfft(spectrum, longer)[:n]


def _white(config: Config, clean: Sound, rng: np.random.Generator) -> Floats:
    return rng.normal(size=len(clean))


def _pink(config: Config, clean: Sound, rng: np.random.Generator) -> Floats:
    return pink(len(clean), rng)


def _babble(config: Config, clean: Sound, rng: np.random.Generator) -> Floats:
    files = _files(config.others)
    voices = [_read(files, rng) if files else _other(clean, rng) for _ in range(config.voices)]
    together: Floats = np.sum([_repeated(v, len(clean), rng) / math.sqrt(power(v)) for v in voices], 0)
    return together


def _recorded(config: Config, clean: Sound, rng: np.random.Generator) -> Floats:
    return _repeated(_read(_files(config.others), rng), len(clean), rng)


def _other(clean: Sound, rng: np.random.Generator) -> Sound:
    """Another voice of the sound itself."""
    import soxr

    speed = rng.uniform(_SLOWEST, _FASTEST)
    made = soxr.resample(clean[::-1], speech.RATE_HZ * speed, speech.RATE_HZ)
    return made if np.any(made) else fitted(clean[::-1], len(clean))  # of a few samples a resampler may leave none


def _repeated(given: Sound, n: int, rng: np.random.Generator) -> Floats:
    """n samples of a sound in a ring, from a random place on."""
    return np.resize(np.roll(given, -int(rng.integers(len(given)))), n).astype(np.float64)


def _files(others: Sequence[str]) -> list[str]:
    """The files of sound that are named or lie in a named folder.

    Raises:
        InputError: a folder without any.
    """
    found: list[str] = []
    suffixes = find.card("modalities", "speech")["suffixes"]
    for other in others:
        inside = [other]
        if Path(other).is_dir():
            inside = [str(p) for p in sorted(Path(other).rglob("*")) if p.suffix.lower() in suffixes]
        if not inside:
            raise InputError(f"files of sound in {other}", "none", "name another folder")
        found += inside
    return found


def _read(files: Sequence[str], rng: np.random.Generator) -> Sound:
    """One of some files.

    Raises:
        InputError: it cannot be read, or is silent.
    """
    file = files[int(rng.integers(len(files)))]
    found = speech.read(Media(path=file))
    if not np.any(found):
        raise InputError(f"noise in {file}", "silence", "leave the file out")
    return found


_KINDS: dict[str, Callable[[Config, Sound, np.random.Generator], Floats]] = {
    "white": _white,
    "pink": _pink,
    "babble": _babble,
    "recorded": _recorded,
}
_OF_OTHERS = ("recorded",)
