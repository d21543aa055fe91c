"""Music: mono sound at 44.1 kHz, streamed from any file that holds some.

Corpora of music come at this rate, so most files are not resampled, and what lies above 8 kHz (cymbals, breath,
brightness) goes with arousal and is kept; an encoder trained at a lower rate resamples what it gets. A file's suffix
does not tell music from speech, so this modality is asked for by name and `reads` what speech does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..sample import Media
from . import _sound
from ._sound import Sound

CARD = {
    "title": "Music",
    "form": "float32 (time,)",
    "rate": 44100,
    "unit": "full scale is 1",
    "noun": "recording",
    "suffixes": [],
    "reads": [".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif", ".wma"],
    "extra": None,
}
RATE_HZ = 44_100


def open(media: Media) -> Iterator[Sound]:
    """Blocks (n,) float32 at 44.1 kHz, full scale 1, of the span that the media names.

    Raises:
        InputError: a file that is not there, empty, no sound or cut off, samples that are not finite, or none at all.
    """
    return _sound.blocks(media, RATE_HZ)


def read(media: Media) -> Sound:
    """The whole span, (n,) float32 at 44.1 kHz, full scale 1."""
    return np.concatenate(list(open(media)))


def blank(media: Media) -> bool:
    """Whether a sound in memory is nothing but zeros; a file is not opened to find out."""
    return _sound.blank(media)


def key(media: Media) -> str | None:
    """What finds a sound in memory again; None for silence and for a file, which is not opened to find out."""
    return _sound.key(media)


def shown(media: Media) -> str:
    """The name of the file and the span of it; nothing of a sound in memory."""
    return _sound.shown(media)


def window(media: Media, length_s: float, hop_s: float) -> Iterator[tuple[float, Sound]]:
    """Windows as the sound streams: (seconds from the span's start, samples); the last may be shorter."""
    return _sound.windows(open(media), RATE_HZ, length_s, hop_s)


def toy(rng: np.random.Generator) -> Media:
    """Half a second of a synthetic chord that dies away."""
    t_s = np.arange(RATE_HZ // 2) / RATE_HZ
    root_hz = rng.uniform(110, 440)
    chord = sum(np.sin(2 * np.pi * root_hz * ratio * t_s) for ratio in (1, 5 / 4, 3 / 2))
    return Media(array=(0.1 * chord * np.exp(-3 * t_s)).astype(np.float32))
