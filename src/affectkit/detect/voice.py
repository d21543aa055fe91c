"""Voice activity: the stretches of a recording in which somebody is likely to speak, by their level over the noise.

A frame of 20 ms may be speech where its level stands out of the noise floor, the 10th percentile of the last ten and
the next two seconds, and is not far below the loudest of late. Clicks go, short gaps are closed, edges get a margin.
The level is that of a band around 2 kHz (a comb over five samples at 16 kHz), in which a DC offset is nothing and hum
little. All is told in decibels relative to the recording itself, so that a very quiet one works; only what is as
quiet as the noise of 16 bits counts as silent.
Reference: none; energy over a running floor with hangover is the common ground of such detectors (ITU-T G.729 Annex B).
Known limits: steady sounds (hum, a held tone) are noise, but music and barking are not told from speech; a speaker
more than 40 dB below another one is missed; a vowel that fills the whole recording evenly is taken for noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CARD = {
    "title": "Voice activity",
    "takes": "speech",
    "gives": "spans",
    "extra": None,
}
Sound = NDArray[np.float32]
Bools = NDArray[np.bool_]

_COMB = 5  # samples a sample is compared with: nothing at 0 Hz, most around 2 kHz
_FLOOR, _TOP = 10, 95  # percentiles of the level that stand for noise and for the loudest
_TINY = 1e-20


@dataclass(frozen=True, slots=True)
class Config:
    """Times and levels.

    Args:
        rate_hz: of the sound.
        frame_s: of which it is told whether they are speech.
        behind_s, ahead_s: what is looked at to know the noise around a step of `step_s`.
        margin_db, share: speech is so far over the floor: the margin, or this share of the way to the loudest.
        range_db: what is further below the loudest of late is no speech.
        fading_db_per_s: how the loudest of late is forgotten.
        silent_db: of full scale; what is quieter counts as that.
        click_s, gap_s, edge_s: what is too short to be speech; a gap that is closed; what is added at both ends.
    """

    rate_hz: int = 16_000
    frame_s: float = 0.02
    step_s: float = 1.0
    behind_s: float = 10.0
    ahead_s: float = 2.0
    margin_db: float = 6.0
    share: float = 0.4
    range_db: float = 40.0
    fading_db_per_s: float = 0.1
    silent_db: float = -90.0
    click_s: float = 0.06
    gap_s: float = 0.4
    edge_s: float = 0.1


def spans(config: Config, blocks: Iterable[Sound]) -> Iterator[tuple[float, float]]:
    """(start_s, end_s) of the stretches of speech in a sound that comes in blocks (n,), in order, apart."""
    listener = Listener(config)
    first, at, inside = 0, 0, False
    for told in _told(listener, blocks):
        for change in (np.flatnonzero(np.diff(told, prepend=inside)) + at).tolist():
            if inside:
                yield first * config.frame_s, change * config.frame_s
            first, inside = change, not inside
        at += len(told)
    if inside:
        yield first * config.frame_s, min(at * config.frame_s, listener.heard_s)


def toy(rng: np.random.Generator) -> tuple[Sound, list[tuple[float, float]]]:
    """Five seconds of faint noise with two synthetic words in it, and where these are."""
    rate_hz = Config().rate_hz
    sound = rng.normal(0, 3e-4, 5 * rate_hz)
    where = [(1.0, 1.8), (3.0, 4.2)]
    for start_s, end_s in where:
        t_s = np.arange(round((end_s - start_s) * rate_hz)) / rate_hz
        voice = sum(np.sin(2 * np.pi * rng.uniform(100, 200) * k * t_s) / k for k in range(1, 20))
        syllables = 0.55 + 0.45 * np.cos(2 * np.pi * 4 * t_s)
        sound[round(start_s * rate_hz) :][: len(t_s)] += 0.05 * voice * syllables
    return sound.astype(np.float32), where


class Listener:
    """Hears a sound block by block and tells frames once it knows enough of what came after them.

    It keeps some seconds of levels, however long the sound is; what it tells does not depend on the blocks.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._size = round(config.frame_s * config.rate_hz)
        self._step, self._behind, self._ahead = (
            max(1, round(s / config.frame_s)) for s in (config.step_s, config.behind_s, config.ahead_s)
        )
        frames = [config.click_s, config.edge_s + config.gap_s / 2, config.gap_s / 2]
        click, self._grow, self._shrink = (round(s / config.frame_s) for s in frames)
        self._click = (click - 1) // 2
        self._context = 2 * self._click + self._grow + self._shrink
        self._rest = np.zeros(0, np.float32)  # sound of less than a frame
        self._last: Sound | None = None  # the samples before the rest
        self._level = np.zeros(0)  # decibels per frame, from `_behind` before the next step on
        self._before = 0  # frames of `_level` that are before the next step
        self._loudest = config.silent_db
        self._raw = np.zeros(0, np.bool_)  # frames not yet told and the context before them
        self._old = 0  # frames of `_raw` that were told
        self._samples = 0

    @property
    def heard_s(self) -> float:
        """How much it has heard."""
        return self._samples / self._config.rate_hz

    def hear(self, block: Sound) -> Bools:
        """The next frames (n,) that can be told; True is speech."""
        self._samples += len(block)
        band = self._band(block)
        held = np.concatenate([self._rest, band])
        whole = len(held) // self._size * self._size
        self._rest = held[whole:]
        self._hear(held[:whole].reshape(-1, self._size))
        return self._tell(last=False)

    def end(self) -> Bools:
        """The frames (n,) that were left; the last may be shorter than the others."""
        if len(self._rest):
            self._hear(self._rest[None])
            self._rest = self._rest[:0]
        return self._tell(last=True)

    def _band(self, block: Sound) -> Sound:
        """The sound in a band around 2 kHz, gain 1 there."""
        if not len(block):
            return block
        before = np.full(_COMB, block[0]) if self._last is None else self._last
        x = np.concatenate([before, block])
        self._last = x[-_COMB:]
        return np.asarray((x[5:] + x[4:-1] - x[1:-4] - x[:-5]) / np.float32(4))

    def _hear(self, frames: Sound) -> None:
        power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / max(frames.shape[1], 1)
        level = np.maximum(10 * np.log10(power + _TINY), self._config.silent_db)
        self._level = np.concatenate([self._level, level])

    def _tell(self, last: bool) -> Bools:
        found = [self._raw]
        while len(self._level) - self._before >= (1 if last else self._step + self._ahead):
            found.append(self._judged())
        self._raw = np.concatenate(found)
        ready = len(self._raw) if last else len(self._raw) - self._context
        if ready <= self._old:
            return np.zeros(0, np.bool_)
        told = self._smooth(self._raw)[self._old : ready]
        keep = max(ready - self._context, 0)
        self._raw, self._old = self._raw[keep:], ready - keep
        return told

    def _judged(self) -> Bools:
        """The frames of the next step, each by itself."""
        config, start = self._config, self._before
        around = self._level[: start + self._step + self._ahead]
        ordered = np.sort(around)
        floor, top = _percentile(ordered, _FLOOR), _percentile(ordered, _TOP)
        self._loudest = max(top, self._loudest - config.fading_db_per_s * config.step_s)
        over = max(config.margin_db, config.share * (top - floor))
        step = self._level[start : start + self._step]
        self._before = min(start + len(step), self._behind)
        self._level = self._level[start + len(step) - self._before :]
        return np.asarray(step > max(floor + over, self._loudest - config.range_db))

    def _smooth(self, raw: Bools) -> Bools:
        """Without clicks, short gaps closed, with margins; beyond both ends, nothing changes."""
        words = _grown(~_grown(~raw, self._click), self._click)
        return ~_grown(~_grown(words, self._grow), self._shrink)


def _told(listener: Listener, blocks: Iterable[Sound]) -> Iterator[Bools]:
    for block in blocks:
        yield listener.hear(block)
    yield listener.end()


def _percentile(ordered: NDArray[np.float64], percent: float) -> float:
    """Of numbers in order, between two of them by a straight line; numpy's own takes ten times as long for so few."""
    at = (len(ordered) - 1) * percent / 100
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (at - below))


def _grown(frames: Bools, by: int) -> Bools:
    """Whether there is a True at most `by` frames away."""
    until = np.concatenate([np.zeros(by + 1, np.int64), np.cumsum(frames), np.full(by, frames.sum())])
    return until[2 * by + 1 :] > until[: len(frames)]
