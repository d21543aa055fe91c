"""What readers of acted speech share: their task, speakers dealt into folds, and clips for imitations.

Not a corpus itself: the leading underscore keeps it out of listings.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..task import Kind, Task, View

if TYPE_CHECKING:
    import numpy as np

RATE_HZ = 16_000


def intended(id: str, names: Sequence[str], scheme: str = "ravdess") -> Task:
    """The task of an acted corpus: the one emotion that the speaker was asked for."""
    return Task(id, target="emotion", kind=Kind.SINGLE, scheme=scheme, names=tuple(names), view=View.INTENDED)


def dealt(clips: Mapping[str, int], folds: int) -> dict[str, str]:
    """Speaker -> fold ("0", "1" ...): those with most clips first, each to the fold with fewest clips so far.

    Among speakers with equally many clips, and among folds, the first by name goes first.
    """
    load, fold = [0] * folds, {}
    for speaker in sorted(clips, key=lambda s: (-clips[s], s)):
        least = min(range(folds), key=lambda k: load[k])
        load[least] += clips[speaker]
        fold[speaker] = str(least)
    return fold


def clip(rng: np.random.Generator, pitch_hz: float, suffix: str = ".wav", seconds: float = 0.25) -> bytes:
    """A sound file of a tone in noise, mono at 16 kHz."""
    import numpy as np
    import soundfile

    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = np.sin(2 * np.pi * pitch_hz * t_s) + rng.normal(0, 0.2, len(t_s))
    file = io.BytesIO()
    soundfile.write(file, 0.1 * tone, RATE_HZ, format=suffix.lstrip(".").upper(), subtype="PCM_16")
    return file.getvalue()
