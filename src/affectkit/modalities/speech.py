"""Speech: mono sound at 16 kHz, streamed from any file that holds some.

Speech lies below 8 kHz, and the encoders of speech were trained at this rate. The level is left as it is, since it is
a cue and a fault of recording at once: an encoder that wants it even does so itself. Silence is no error.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..sample import Media
from . import _sound
from ._sound import Sound

CARD = {
    "title": "Speech",
    "form": "float32 (time,)",
    "rate": 16000,
    "unit": "full scale is 1",
    "noun": "recording",
    "suffixes": [".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".aiff", ".aif", ".wma", ".amr"],
    "reads": [".mp4", ".mkv", ".mov", ".webm", ".avi", ".3gp", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"],
    "in_videos": True,  # their sound
    "extra": None,
}
RATE_HZ = 16_000


def open(media: Media) -> Iterator[Sound]:
    """Blocks (n,) float32 at 16 kHz, full scale 1, of the span that the media names.

    Raises:
        InputError: a file that is not there, empty, no sound or cut off, samples that are not finite, or none at all.
    """
    return _sound.blocks(media, RATE_HZ)


def read(media: Media) -> Sound:
    """The whole span, (n,) float32 at 16 kHz, full scale 1."""
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
    """Half a second of a synthetic voice: a tone with overtones that swells and falls."""
    t_s = np.arange(RATE_HZ // 2) / RATE_HZ
    pitch_hz = rng.uniform(90, 250)
    voice = sum(np.sin(2 * np.pi * pitch_hz * k * t_s) / k for k in range(1, 9))
    return Media(array=(0.1 * voice * np.sin(2 * np.pi * t_s) ** 2).astype(np.float32))
