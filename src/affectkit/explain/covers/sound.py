"""A sound: stretches of 250 ms are replaced by faint noise, at the level of the sound's own quietest 25 ms.

Digital silence is as foreign to a model of recordings as a black patch is to one of pictures. Where a covered stretch
meets one that is not, the sound fades out in 5 ms, so that no click is made. Of a long sound stretches are longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._values import Bools, Unit

UNIT = Unit.SECONDS
Sound = NDArray[np.float32]

_STRETCH_S = 0.25
_FRAME_S = 0.025
_FADE_S = 0.005
_CHANCE = 0  # one noise for all copies: two answers differ by what is covered and nothing else


def fits(given: Any) -> bool:
    """Whether it is a sound (n,) of floats."""
    return isinstance(given, np.ndarray) and np.issubdtype(given.dtype, np.floating) and given.ndim == 1


def parts(given: Sound, rate_hz: float | None, most: int) -> tuple[tuple[float, ...], ...]:
    """Stretches (start, end) in seconds, of equal length."""
    length_s = len(given) / _rate(rate_hz)
    edges = np.linspace(0, length_s, max(1, min(most, round(length_s / _STRETCH_S))) + 1).tolist()
    return tuple(pairwise(edges))


def cover(given: Sound, rate_hz: float | None, parts: Sequence[tuple[float, ...]]) -> Callable[[Bools], Sound]:
    """A function that puts noise in the place of stretches."""
    rate, n = _rate(rate_hz), len(given)
    middle, spread = _quietest(given, round(_FRAME_S * rate))
    noise = middle + spread * np.random.default_rng(_CHANCE).standard_normal(n, np.float32)
    spans = [(min(round(start_s * rate), n), min(round(end_s * rate), n)) for start_s, end_s in parts]
    fade = round(_FADE_S * rate)

    def without(covered: Bools) -> Sound:
        share = np.zeros(n, np.float32)  # of noise
        for (start, end), gone in zip(spans, covered, strict=True):
            share[start:end] = gone
        edges = np.flatnonzero(np.diff(share)) + 1
        for edge in edges.tolist():
            rising = share[edge] > 0  # covered from here on: noise comes in; else it goes out before
            at = slice(edge, min(edge + fade, n)) if rising else slice(max(edge - fade, 0), edge)
            ramp = np.linspace(0, 1, fade + 2, dtype=np.float32)[1:-1]
            long = at.stop - at.start
            share[at] = np.minimum(share[at], ramp[:long] if rising else ramp[::-1][fade - long :])
        return (given * (1 - share) + noise * share).astype(np.float32)

    return without


def _rate(rate_hz: float | None) -> float:
    return rate_hz or 1.0  # without a rate, a sample is a second


def _quietest(sound: Sound, frame: int) -> tuple[np.float32, np.float32]:
    """Mean and standard deviation of the quietest whole frame; of a sound shorter than one, its own."""
    whole = len(sound) // frame if frame else 0
    framed = sound[: whole * frame].reshape(whole, frame) if whole else sound[None]
    spread = framed.std(1, dtype=np.float64)
    quietest = int(spread.argmin())
    return np.float32(framed[quietest].mean(dtype=np.float64)), np.float32(spread[quietest])
