"""Reading sound: windows in time as it is decoded, of the stretches with speech; one part per recording, per speaker,
or per segment.

A recording is decoded once. Each window waits until the detector has heard what is in it, and is run if there is
enough speech in it; only what the model gives for it is kept, so memory hardly grows with the length of a recording.
The whole of a recording gets the mean over its windows, weighted by the seconds of speech in them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..errors import AffectError, BundleError, InputError, Nothing
from ..prediction import Track
from ..sample import Media
from . import batch, relative, timeline
from . import bundle as bundles
from .cutting import Cutter, Sound, Window, merged
from .model import Model
from .options import Item, Options
from .reading import Curve, Found, Part
from .say import Floats

_SHORTEST_S = 0.3  # where a card does not say what is too short to judge
_ENOUGH = 0.5  # of a window that is hardly longer than that, this share of speech is enough
_AT_ONCE = 8  # windows run at once: more are no faster, and take more room
_DIGITS = 3  # milliseconds are enough for times


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model gives for the windows of one voice, in time.

    Args:
        who: whose, where that is known.
        start_s, end_s, spoken_s: of each window (w,), from the start of the sound.
        outputs: output -> (w, k).
    """

    who: str | None
    start_s: Floats
    end_s: Floats
    spoken_s: Floats
    outputs: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Listened:
    """One recording: an item with its voices and where speech is, spans (m, 2) in seconds; or why there is nothing."""

    item: Item
    voices: tuple[Heard, ...] = ()
    speech: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    error: AffectError | None = None

    @property
    def outputs(self) -> list[Mapping[str, Floats]]:
        return [voice.outputs for voice in self.voices]

    @property
    def speaker(self) -> str | None:
        return self.item.media.speaker if isinstance(self.item.media, Media) else None

    @property
    def offset_s(self) -> float:
        """Where the span that was read begins in its file."""
        return (self.item.media.start_s or 0.0) if isinstance(self.item.media, Media) else 0.0


@dataclass(frozen=True, slots=True)
class Sounds:
    """How a bundle reads sound.

    Args:
        modality: its name.
        rate_hz: samples per second.
        open: the modality's.
        features: what the model reads of a window (n,), such as (t, d); the samples themselves where there is none.
        detector: what tells speech from the rest, and its settings; None takes all for speech.
        window_s, hop_s: of a window, and from one to the next.
        shortest_s: what is shorter is not judged.
    """

    modality: str
    rate_hz: int
    open: Callable[[Media], Iterator[Sound]]
    features: Callable[[Sound], Sound]
    detector: tuple[ModuleType, Any] | None
    window_s: float
    hop_s: float
    shortest_s: float
    in_time: bool = True
    by_speaker: bool = True
    finds_faces: bool = False
    decodes: str | None = "audio"

    @classmethod
    def of(cls, bundle: bundles.Bundle) -> Sounds:
        """From a card with `window_s`, `hop_s`, and where they differ from the usual `shortest_s`, `features` and
        `detector`, each {"name": a part, ...its settings}.

        Raises:
            BundleError: sizes or settings that cannot be.
        """
        card, modality = bundle.card, str(bundle.card["modality"])
        hears = [name for name, its in find.cards("detectors").items() if its["takes"] == modality]
        told = card.get("detector", {"name": hears[0]} if hears else None)
        try:
            sizes = [float(card[name]) for name in ("window_s", "hop_s")]
            sizes.append(float(card.get("shortest_s", _SHORTEST_S)))
            extract = _configured("features", card["features"], "extract") if card.get("features") else _as_it_is
            detector = None if told is None else _part("detectors", told)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                "windows and features in the card", f"a fault in {error}", "export the bundle again"
            ) from error
        window_s, hop_s, shortest_s = sizes
        if not (0 < hop_s <= window_s and 0 < shortest_s <= window_s):
            found = f"{window_s:g}, {hop_s:g} and {shortest_s:g} s"
            raise BundleError("0 < hop_s, shortest_s <= window_s in the card", found, "export the bundle again")
        part = find.load("modalities", modality)
        rate_hz = int(find.card("modalities", modality)["rate"])
        return cls(modality, rate_hz, part.open, extract, detector, window_s, hop_s, shortest_s)

    def parts(self, items: Iterable[Item], options: Options, model: Model) -> Iterator[tuple[Item, Found]]:
        """Each item with its parts; see `reading.Reading`."""
        listened = (self._listened(item, options, model) for item in items)
        least = model.least() if options.relative else {}
        known = bool(least) and not options.speakers  # turns tell more of who speaks than a name for a file
        grouped = relative.by_speaker(
            listened, lambda one: one.speaker if known else None, lambda one: one.outputs, least
        )
        for one, means in grouped:
            if one.error is not None:
                yield one.item, one.error
            elif options.curves:
                yield (
                    one.item,
                    [_with_curve(voice, one, means, least if options.segments else {}) for voice in one.voices],
                )
            elif options.segments:
                yield one.item, _segments(one, means, least, model)
            else:
                yield one.item, [_whole(voice, means) for voice in one.voices]

    def _listened(self, item: Item, options: Options, model: Model) -> Listened:
        if isinstance(item.media, AffectError):
            return Listened(item, error=item.media)
        try:
            return self._listen(item, item.media, options, model)
        except BundleError:
            raise
        except AffectError as error:
            return Listened(item, error=error)
        except OSError as error:
            where, said = item.media.path, str(error.strerror or error)
            return Listened(item, error=InputError("a file that can be read", said, f"check {where}"))

    def _listen(self, item: Item, media: Media, options: Options, model: Model) -> Listened:
        """Decode a recording and run its windows."""
        offset_s, ears = media.start_s or 0.0, _Ears(self.detector, self.rate_hz)
        turns = merged((who, max(a - offset_s, 0.0), b - offset_s) for who, a, b in options.speakers if b > offset_s)
        whole = [(None, 0, None)] if not options.speakers else []
        spans = [*whole, *((who, round(a * self.rate_hz), round(b * self.rate_hz)) for who, a, b in turns)]
        cutter = Cutter(spans, *(round(s * self.rate_hz) for s in (self.window_s, self.hop_s, self.shortest_s)))
        found: dict[str | None, list[_Kept]] = {}
        windows = self._windows(media, cutter, ears)
        while some := list(islice(windows, min(options.batch_size, _AT_ONCE))):
            given = model.run(*batch.stack([self.features(window.sound) for window, _ in some]))
            for i, (window, spoken_s) in enumerate(some):
                kept = _Kept(window.start, window.end, spoken_s, {name: rows[i] for name, rows in given.items()})
                found.setdefault(window.who, []).append(kept)
        if not found:
            raise self._nothing(media, options, cutter.seen / self.rate_hz, ears)
        return Listened(item, tuple(self._heard(who, its) for who, its in found.items()), ears.speech())

    def _windows(self, media: Media, cutter: Cutter, ears: _Ears) -> Iterator[tuple[Window, float]]:
        """Windows with enough speech in them, and how many seconds of it."""
        waiting: deque[Window] = deque()
        for block in self.open(media):
            ears.hear(block)
            waiting.extend(cutter.cut(block))
            while waiting and waiting[0].end <= ears.told:
                yield from self._spoken(waiting.popleft(), ears)
        ears.end()
        for window in (*waiting, *cutter.end()):
            yield from self._spoken(window, ears)

    def _spoken(self, window: Window, ears: _Ears) -> Iterator[tuple[Window, float]]:
        spoken_s = ears.spoken_s(window.start, window.end)
        if spoken_s >= min(self.shortest_s, _ENOUGH * (window.end - window.start) / self.rate_hz):
            yield window, spoken_s

    def _heard(self, who: str | None, its: Sequence[_Kept]) -> Heard:
        start_s, end_s = (
            np.asarray(edges) / self.rate_hz for edges in zip(*((k.start, k.end) for k in its), strict=True)
        )
        outputs = {name: np.stack([kept.outputs[name] for kept in its]) for name in its[0].outputs}
        return Heard(who, start_s, end_s, np.asarray([kept.spoken_s for kept in its]), outputs)

    def _nothing(self, media: Media, options: Options, heard_s: float, ears: _Ears) -> AffectError:
        """Why no window could be judged."""
        where = media.path or "an array"
        if heard_s < self.shortest_s:
            need = f"at least {self.shortest_s:g} s of {self.modality} in {where}"
            return InputError(need, f"{heard_s:.2f} s", "give a longer recording")
        first_s = min((start_s for _, start_s, _ in options.speakers), default=0.0)
        if first_s >= heard_s + (media.start_s or 0.0):
            found = f"the first at {first_s:g} s of a recording of {heard_s:.2f} s"
            return InputError(f"turns of speakers within {where}", found, "give the turns of this recording")
        spoken_s = ears.spoken_s(0, round(heard_s * self.rate_hz))
        found = f"only {spoken_s:.2f} s of it" if spoken_s else f"no {self.modality}"
        within = " within the turns of speakers" if options.speakers else ""
        return Nothing(
            f"{self.modality} in {where}{within}", f"{found} in {heard_s:.2f} s", "listen to it, or leave it out"
        )


class _Kept(NamedTuple):
    """What is left of a window once it was run; of its sound nothing, or memory would grow."""

    start: int
    end: int
    spoken_s: float
    outputs: Mapping[str, Floats]


class _Ears:
    """What a detector tells of a recording, one byte per frame."""

    def __init__(self, detector: tuple[ModuleType, Any] | None, rate_hz: int) -> None:
        self._listener = None if detector is None else detector[0].Listener(detector[1])
        self._frame = 1 if detector is None else round(detector[1].frame_s * rate_hz)
        self._rate_hz, self._samples = rate_hz, 0
        self._frames = bytearray()

    @property
    def told(self) -> int:
        """Up to which sample it is known what is speech."""
        return self._samples if self._listener is None else len(self._frames) * self._frame

    def hear(self, block: Sound) -> None:
        self._samples += len(block)
        if self._listener is not None:
            self._frames += self._listener.hear(block).tobytes()

    def end(self) -> None:
        if self._listener is not None:
            self._frames += self._listener.end().tobytes()

    def spoken_s(self, start: int, end: int) -> float:
        """Seconds of speech between two samples."""
        if self._listener is None:
            return (end - start) / self._rate_hz
        frames = self._frames[round(start / self._frame) : round(end / self._frame)].count(1)
        return min(frames * self._frame, end - start) / self._rate_hz

    def speech(self) -> Floats:
        """(m, 2) the stretches of speech in seconds."""
        if self._listener is None:
            return np.asarray([[0.0, self._samples / self._rate_hz]])
        edges = np.flatnonzero(np.diff(np.frombuffer(bytes(self._frames), np.int8), prepend=0, append=0))
        return np.minimum(edges.reshape(-1, 2) * self._frame, self._samples) / self._rate_hz


def _whole(voice: Heard, means: relative.Means) -> Part:
    """All of a voice in one."""
    outputs = {name: np.average(rows, 0, voice.spoken_s) for name, rows in voice.outputs.items()}
    return Part(relative.centred(outputs, means), track=_track(voice), relative=frozenset(means))


def _segments(one: Listened, means: relative.Means, least: Mapping[str, int], model: Model) -> list[Part]:
    """Segments of all voices, in time; each voice centred on itself unless more is known of it."""
    found = [
        part
        for voice in one.voices
        for part in _of_voice(voice, means or relative.means([voice.outputs], least), one, model)
    ]
    return sorted(found, key=lambda part: (part.start_s or 0.0, part.end_s or 0.0))


def _with_curve(voice: Heard, one: Listened, means: relative.Means, least: Mapping[str, int]) -> Part:
    """All of a voice in one, and how it went where there is speech; the course is centred where `least` allows."""
    taken = means or relative.means([voice.outputs], least)
    names, parts, spans, values, _ = _even(voice, taken, one)
    outputs = dict(zip(names, np.split(values, parts, 1), strict=True))
    spoken = [(cell, span) for cell, span in enumerate(spans) for span in timeline.spoken(span, one.speech)]
    rows = [cell for cell, _ in spoken]
    spans = np.asarray([span for _, span in spoken]).reshape(-1, 2) + one.offset_s
    curve = Curve(spans, {name: its[rows] for name, its in outputs.items()}, frozenset(taken))
    return replace(_whole(voice, means), curve=curve)


def _even(
    voice: Heard, means: relative.Means, one: Listened
) -> tuple[list[str], NDArray[np.int64], Floats, Floats, Floats]:
    """The outputs' names, where each begins in a row, cells with speech (c, 2), their rows, smoothed, and the seconds
    of speech in each."""
    outputs = relative.centred(voice.outputs, means)
    names = list(outputs)
    parts = np.cumsum([outputs[name].shape[1] for name in names])[:-1]
    spans, values = timeline.cells(voice.start_s, voice.end_s, np.hstack([outputs[name] for name in names]))
    heard_s = timeline.heard_s(spans, one.speech)
    spans, values, heard_s = spans[heard_s > 0], values[heard_s > 0], heard_s[heard_s > 0]
    return names, parts, spans, timeline.smoothed(values, timeline.touching(spans)), heard_s


def _of_voice(voice: Heard, means: relative.Means, one: Listened, model: Model) -> Iterator[Part]:
    names, parts, spans, values, heard_s = _even(voice, means, one)
    touch = timeline.touching(spans)
    head, split = model.leading, dict(zip(names, np.split(values, parts, 1), strict=True))
    scores = (head.centred if head.output in means else head).scores(split[head.output])
    first = np.zeros(len(scores), np.int64) if head.task.scaled else scores.argmax(1)
    for begin, end in timeline.joined(first, scores, touch):
        start_s, end_s = timeline.within((spans[begin, 0], spans[end - 1, 1]), one.speech)
        mean = np.average(values[begin:end], 0, heard_s[begin:end])
        yield Part(
            dict(zip(names, np.split(mean, parts), strict=True)),
            round(float(start_s) + one.offset_s, _DIGITS),
            round(float(end_s) + one.offset_s, _DIGITS),
            _track(voice),
            frozenset(means),
        )


def _track(voice: Heard) -> Track | None:
    return None if voice.who is None else Track(relative.SPEAKER, voice.who)


def _part(kind: str, entry: Mapping[str, Any]) -> tuple[ModuleType, Any]:
    """A part and its Config, of {"name": ..., ...settings}."""
    settings = dict(entry)
    part = find.load(kind, str(settings.pop("name")))
    return part, part.Config(**settings)


def _configured(kind: str, entry: Mapping[str, Any], function: str) -> Callable[[Sound], Sound]:
    part, config = _part(kind, entry)
    return partial(getattr(part, function), config)


def _as_it_is(sound: Sound) -> Sound:
    return sound
