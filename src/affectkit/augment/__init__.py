"""Ways to change a sound, a spectrogram or a picture, one per file: `apply(config, given, rng) -> the same, changed`.

What a part takes stands in its CARD under `takes`: "speech" is sound (n,) float32 at 16 kHz, full scale 1, and
"log_mel" a log-mel spectrogram (frames, mels) float32 in bel, "face" a picture (h, w, 3) uint8, sRGB; what changes
pictures also gives `batch(config, pictures, rng)`. The result is a new array of that form, finite, and
depends on nothing but what is given: the same state of `rng` gives the same numbers. It is as long as what was given;
a part whose CARD says `"length": "changed"` gives `length(config, n)`, how long its result is. Sounds may leave full
scale; nothing is cut off behind the user's back.

`worse` in the CARD is a robustness curve: the field of `Config` along which things get worse, and its values. A part
also gives `toy()`, a config that clearly changes what it is given.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..errors import InputError
from ..modalities.speech import RATE_HZ

KIND = "augmentations"
Sound = NDArray[np.float32]
Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

_FRAME = RATE_HZ // 50  # 20 ms
_ACTIVE = 1e-3  # power in relation to the loudest frame: 30 dB below it, a pause


def fitting(takes: str) -> list[str]:
    """The parts that take such things: "speech", "log_mel" or "face"."""
    return [name for name, card in find.cards(KIND).items() if card["takes"] == takes]


def sound(given: NDArray[Any]) -> Sound:
    """A copy of a sound (n,) as float32.

    Raises:
        InputError: another form, no sample, or a number that is not finite.
    """
    return _checked(given, 1, "a sound (n,) of floats, with a sample and no NaN")


def spectrogram(given: NDArray[Any]) -> Sound:
    """A copy of a spectrogram (frames, mels) as float32.

    Raises:
        InputError: another form, no frame, or a number that is not finite.
    """
    return _checked(given, 2, "a spectrogram (frames, mels) of floats, with a frame and no NaN")


def picture(given: NDArray[Any]) -> Picture:
    """A copy of a picture (h, w, 3) uint8.

    Raises:
        InputError: another form, or no pixel.
    """
    array = np.asarray(given)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
        need = "a picture (h, w, 3) of uint8, with a pixel"
        raise InputError(need, f"{array.dtype} {array.shape}", "read it with its modality")
    return array.copy()


def power(sound: NDArray[Any]) -> float:
    """Mean square of a sound (n,) where it is active: in frames of 20 ms not 30 dB below the loudest one.

    Pauses between words are left out, so that a signal-to-noise ratio is one of speech, however long the pauses are.
    """
    starts = np.arange(0, len(sound), _FRAME)
    sums = np.add.reduceat(sound.astype(np.float64) ** 2, starts)
    counts = np.diff(np.append(starts, len(sound)))
    active = sums / counts >= _ACTIVE * (sums / counts).max()
    return float(sums[active].sum() / counts[active].sum())


def fitted(sound: NDArray[Any], n: int) -> Sound:
    """A sound cut, or followed by silence, to n samples."""
    cut = sound[:n].astype(np.float32)
    return np.pad(cut, (0, n - len(cut)))


def _checked(given: NDArray[Any], dimensions: int, expected: str) -> Sound:
    array = np.asarray(given)
    if array.ndim != dimensions or not array.size or not np.issubdtype(array.dtype, np.floating):
        raise InputError(expected, f"{array.dtype} {array.shape}", "read it with its modality")
    if not np.isfinite(array).all():
        raise InputError(expected, f"{(~np.isfinite(array)).sum():,} numbers that are not finite", "leave the item out")
    return array.astype(np.float32)  # a copy, so that nothing given is ever changed
