"""Distance to the microphone: quieter, more of the room, duller, and nearer to the noise that is there anyway.

The direct sound falls with 1/r from what it is at 1 m, while the room's answer stays as loud: they are equal at
`critical_m`. Air takes 0.117 dB per metre at 8 kHz, and less at lower pitches, with their square. Pink noise lies
`snr_db` below the active sound at 1 m and does not get quieter. Something in between, such as a door or a bag, lets low
pitches through: 3 dB less at `obstruction_hz`, 6 dB less with every octave above.
Reference: ISO 9613-2, Attenuation of Sound During Propagation Outdoors, 1996, table 2 (10 degrees, 70 % humidity).
Differs from it: the square is a little less than the table at low pitches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..modalities.speech import RATE_HZ
from . import Sound, noise, power, room
from . import sound as checked

CARD = {
    "title": "Distance",
    "reference": "iso1996attenuation",
    "takes": "speech",
    "extra": None,
    "worse": {"field": "distance_m", "values": [1.0, 2.0, 4.0, 8.0, 16.0]},
}
_AIR_DB_PER_M = 0.117  # at 8 kHz
_POINTS = 513


@dataclass(frozen=True, slots=True)
class Config:
    """Where the microphone is.

    Args:
        distance_m: from the mouth; what is given counts as recorded at 1 m.
        critical_m: where direct sound and room are equally strong.
        rt60_s: seconds in which the sound in the room falls by 60 dB.
        snr_db: power of the active sound at 1 m in relation to the noise of the room.
        obstruction_hz: corner of what is in between; None for nothing.

    Raises:
        DataError: a number outside what can be.
    """

    distance_m: float = 4.0
    critical_m: float = 1.0
    rt60_s: float = 0.5
    snr_db: float = 30.0
    obstruction_hz: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("distance_m", self.distance_m), ("critical_m", self.critical_m)):
            if not 0.05 <= value <= 1000:
                raise DataError(f"a {name} from 0.05 to 1000", f"{value:g}", "1 is across a table")
        if self.obstruction_hz is not None and not 1 <= self.obstruction_hz <= RATE_HZ:
            raise DataError(f"an obstruction_hz from 1 to {RATE_HZ:,}", f"{self.obstruction_hz:g}", "500 is a door")
        room.Config(self.rt60_s)
        noise.Config(self.snr_db)


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) as it is heard from there, (n,)."""
    clean = checked(sound)
    far = config.distance_m / config.critical_m
    response = room.response(config.rt60_s, float(-20 * np.log10(far)), rng) / config.distance_m
    pitches_hz = np.linspace(0, RATE_HZ / 2, _POINTS)
    through = 10 ** (-_AIR_DB_PER_M * config.distance_m * (pitches_hz / 8000) ** 2 / 20)
    if config.obstruction_hz is not None:
        through /= np.sqrt(1 + (pitches_hz / config.obstruction_hz) ** 2)
    heard = room.filtered(clean, response, through)
    if not (near := power(clean)):
        return heard
    hum = noise.at(noise.pink(len(clean), rng), near / 10 ** (config.snr_db / 10))
    return (heard + hum).astype(np.float32)


def toy() -> Config:
    return Config(distance_m=4.0, rt60_s=0.3)
