"""A room around a sound: noise that dies away follows the direct sound, or a response of your own is used.

The response is a unit pulse and, behind it, white noise that falls by 60 dB in `rt60_s`; the powers of the two are
`direct_db` apart. It has unit energy, so that the level stays about the same and only the room is heard. Of a measured
response, what comes before its highest peak is cut off, so that nothing is late.
Reference: Polack, La transmission de l'energie sonore dans les salles, thesis, 1988. Differs from real rooms: all
pitches die away alike, and there are no single early reflections.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from ..modalities import speech
from ..sample import Media
from . import Floats, Sound
from . import sound as checked

CARD = {
    "title": "Room",
    "reference": "polack1988transmission",
    "takes": "speech",
    "extra": None,
    "worse": {"field": "rt60_s", "values": [0.2, 0.4, 0.8, 1.6, 3.2]},
}
_LONGEST_S = 20.0


@dataclass(frozen=True, slots=True)
class Config:
    """Which room.

    Args:
        rt60_s: seconds in which the sound in the room falls by 60 dB.
        direct_db: energy of the direct sound in relation to all that follows.
        response: a file with the response of a room, which takes the place of the other two; "" for none.

    Raises:
        DataError: a time or ratio that no room has.
    """

    rt60_s: float = 0.5
    direct_db: float = 0.0
    response: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.rt60_s <= _LONGEST_S:
            raise DataError(f"an rt60_s above 0 and up to {_LONGEST_S:g}", f"{self.rt60_s:g}", "0.5 is a living room")
        if not -60 <= self.direct_db <= 60:
            raise DataError("a direct_db from -60 to 60", f"{self.direct_db:g}", "0 is usual")


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) as it is heard in the room, (n,); what rings on behind its end is cut off."""
    clean = checked(sound)
    found = _read(config.response) if config.response else response(config.rt60_s, config.direct_db, rng)
    return filtered(clean, found / math.sqrt(float(found @ found)))


def toy() -> Config:
    return Config(rt60_s=0.3, direct_db=-3.0)


def response(rt60_s: float, direct_db: float, rng: np.random.Generator) -> Floats:
    """(m,) a direct sound of height 1, and the room behind it."""
    m = max(round(rt60_s * speech.RATE_HZ), 1)
    t_s = np.arange(1, m + 1) / speech.RATE_HZ
    tail = rng.normal(size=m) * 10 ** (-3 * t_s / rt60_s)  # 60 dB of power are a thousandth of height
    energy = 10 ** (-direct_db / 10)
    return np.concatenate([[1.0], tail * math.sqrt(energy / max(float(tail @ tail), np.finfo(np.float64).tiny))])


def filtered(sound: Sound, response: Floats, let_through: NDArray[np.float64] | None = None) -> Sound:
    """A sound (n,) after a response (m,), cut to (n,).

    Args:
        let_through: (points,) heights in [0, 1] at equally spaced pitches from 0 to 8 kHz, of a filter without delay.
    """
    n = len(sound)
    size = 1 << (n + len(response) + speech.RATE_HZ // 10).bit_length()  # room for a filter's both sides
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(response, size)
    if let_through is not None:
        points = np.linspace(0, 1, len(let_through))
        spectrum *= np.interp(np.linspace(0, 1, len(spectrum)), points, let_through)
    return np.fft.irfft(spectrum, size)[:n].astype(np.float32)


def _read(file: str) -> Floats:
    """A measured response, from its highest peak on.

    Raises:
        InputError: it cannot be read, or is silent.
    """
    found = speech.read(Media(path=file)).astype(np.float64)
    if not np.any(found):
        raise InputError(f"the response of a room in {file}", "silence", "record it again")
    return found[int(np.abs(found).argmax()) :]
