"""eGeMAPS: 88 numbers that say how a voice sounds, by openSMILE; the usual baseline, and for research alone.

Reference: Eyben et al., The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and Affective
Computing, IEEE Transactions on Affective Computing 7, 2016; the set is eGeMAPSv02 of openSMILE 3.
Pitch, loudness, spectrum, formants and voice quality of each hundredth of a second, told by their mean, spread,
percentiles and slopes. Loudness and the flux of the spectrum grow with the level of the recording, so the level is made
even first: `level` says how, and results/egemaps_svm.ravdess.json what each way is worth. Beside the same speaker's
other clips the level is a cue, and leaving it as it is serves better there.
openSMILE is free for research and teaching only, and so are the numbers that it made: nothing that the package does by
itself asks for this part. Its names of the 88 numbers are `names()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..errors import UsageError

CARD = {
    "title": "eGeMAPS functionals",
    "reference": "eyben2016geneva",
    "takes": "speech",
    "form": "float32 (1, 88), in the units of openSMILE",
    "extra": "speech",
    "licence": "openSMILE: audEERING Research License, no commercial use of the software or of what it extracted",
}
_SHORTEST_S = 0.1  # of less, openSMILE makes nothing
_FRAME_S = 0.025


@dataclass(frozen=True)
class Config:
    """How the level is made even.

    Args:
        rate_hz: of the sound.
        level: "active": the mean power of the frames that are not silent becomes `level_db`; "peak": the largest sample
            becomes full scale; "none": as it is.
        level_db: decibels of full scale.
        silent_db: so far below the loudest frame, a frame is silent.
    """

    rate_hz: int = 16_000
    level: str = "active"
    level_db: float = -25.0
    silent_db: float = 30.0


def extract(config: Config, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """(1, 88) float32 of a sound (n,); one of less than 0.1 s is read with silence behind it.

    Raises:
        UsageError: another `level` than there is.
        MissingExtra: openSMILE is not installed.
    """
    even = _evened(config, sound)
    short = round(_SHORTEST_S * config.rate_hz) - len(even)
    found = _smile()(np.pad(even, (0, short)) if short > 0 else even, config.rate_hz)
    return np.nan_to_num(np.asarray(found, np.float32).reshape(1, -1))


def names() -> tuple[str, ...]:
    """What openSMILE calls the 88 numbers, in their order."""
    return tuple(_smile().feature_names)


def toy() -> Config:
    return Config()


def _evened(config: Config, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound at the level asked for; silence stays silence."""
    factors = {"active": _to_power, "peak": _to_peak, "none": _as_it_is}
    if config.level not in factors:
        raise UsageError(f"a level among {', '.join(factors)}", repr(config.level), "correct `level`")
    return sound if not sound.any() else (sound * factors[config.level](config, sound)).astype(np.float32)


def _to_power(config: Config, sound: NDArray[np.float32]) -> float:
    frame = min(round(_FRAME_S * config.rate_hz), len(sound))
    whole = sound[: len(sound) // frame * frame].reshape(-1, frame).astype(np.float64)
    power = (whole**2).mean(1)
    active = power[power >= power.max() * 10 ** (-config.silent_db / 10)].mean()
    return float(10 ** (config.level_db / 20) / np.sqrt(active)) if active > 0 else 1.0


def _to_peak(config: Config, sound: NDArray[np.float32]) -> float:
    return 1.0 / float(np.abs(sound).max())


def _as_it_is(config: Config, sound: NDArray[np.float32]) -> float:
    return 1.0


@cache
def _smile() -> Any:
    """openSMILE, set up once: 0.2 s."""
    smile = find.library("opensmile", "the features 'egemaps'", "speech")
    return smile.Smile(smile.FeatureSet.eGeMAPSv02, smile.FeatureLevel.Functionals)
