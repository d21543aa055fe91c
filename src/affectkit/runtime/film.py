"""A video, or a recording with its transcript, read by several bundles on one clock and told of as one.

First comes what all modalities say together (`fusion.py`), then each face, voice and turn alone; with segments the
fused stretches in which the answer stays the same. The clock is the one players go by: zero is where the first stream
of the file begins, and each stream starts where the file says. What could not be read is told in a row of its own with
the reason, and its modality is missing in the others; the rest goes on.

The file is opened once per reader and each decodes its own stream only. One demuxer with a bounded queue per reader
would have to stop where a file keeps all its pictures before its sound, and all it would save is to read the packets of
the other stream once more without decoding them: two milliseconds of a clip of three seconds.
Known limits: a gap inside a stream of sound is not told from its times, so that what follows it comes early by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import AffectError, DataError, Nothing
from ..prediction import Failure, Modalities, Prediction, Track
from ..sample import Media
from . import fusion, relative, timeline
from .fusion import STEP_S, Common, Fusion, Spoke
from .options import Item, Options
from .reading import Curve, Part
from .transcript import Transcript, Turn

if TYPE_CHECKING:
    from .predict import Predictor

Told = tuple[Prediction, ...]

_LATE_S = 1.0  # by which a subtitle may come after the end
_KEPT = 32  # earlier turns that a turn keeps
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Clock:
    """When the streams of a file begin and how long it is.

    Args:
        starts_s: kind of stream ("video", "audio") -> seconds from the start of the file; None where it cannot be told.
        end_s: how long the file says it is; None where it does not.
    """

    starts_s: Mapping[str, float] | None = None
    end_s: float | None = None


class Heard(NamedTuple):
    """What a bundle says of a file: each part with the item it is of, or why there is nothing."""

    reader: Predictor
    parts: Sequence[tuple[Item, Part]] = ()
    error: AffectError | None = None


class Film:
    """Several bundles for one file.

    Args:
        readers: one for each modality.
        absent: modality -> why no bundle reads it, where one should.
        options: as for one bundle.
    """

    def __init__(
        self, readers: Sequence[Predictor], options: Options, absent: Mapping[str, AffectError] | None = None
    ) -> None:
        self._readers, self._absent, self._options = tuple(readers), dict(absent or {}), options
        self._say = {reader.modality: reader.say(options) for reader in self._readers}
        self._common = {reader.modality: Common.of(reader.heads) for reader in self._readers}

    def by_item(self, items: Iterable[Item]) -> Iterator[Told]:
        """All that is said of each item together."""
        return (self._told(item) for item in items)

    def _told(self, item: Item) -> Told:
        if not isinstance(item.media, Media):
            return (_failed(item, item.media),)
        return self.tell(item, self.hear(item, item.media))

    def hear(self, item: Item, media: Media) -> dict[str, Heard]:
        """What each bundle says of an item by itself, with how it went in time."""
        times = clock(media)
        heard: dict[str, Heard] = {}
        for reader in sorted(self._readers, key=lambda one: one.decodes is None):
            heard[reader.modality] = one = self._heard(reader, item, media, times)
            # of joined files the length is told too short; words come last, when it is known better
            ends_s = [float(p.curve.spans.max()) for _, p in one.parts if p.curve is not None and len(p.curve.spans)]
            if times.end_s is not None:
                times = replace(times, end_s=max([times.end_s, *ends_s]))
        return heard

    def tell(self, item: Item, heard: Mapping[str, Heard]) -> Told:
        """All that is said of what was heard."""
        errors = {name: one.error for name, one in heard.items() if one.error is not None} | self._absent
        if len(errors) == len(heard) + len(self._absent):
            faults = [error for error in errors.values() if not isinstance(error, Nothing)]
            return (_failed(item, (faults or list(errors.values()))[0]),)
        spoke, names = self._spoke(heard), (*heard, *self._absent)
        fused = Fusion(spoke) if spoke else None
        rows: list[Prediction] = []
        if fused is not None and self._options.segments:
            rows += self._segments(item, fused, spoke, names)
        elif fused is not None:
            rows += self._whole(item, fused, spoke, names)
        if not self._options.segments:
            rows += [self._row(one.reader, *pair) for one in heard.values() for pair in one.parts]
        elif self._options.tracks:
            rows += [
                row for one in heard.values() for its, part in one.parts for row in self._parts(one.reader, its, part)
            ]
            rows.sort(key=lambda row: (row.start_s or 0.0, row.track is not None, row.end_s or 0.0))
        missing = (_missing(item, name, error) for name, error in errors.items())
        return (*rows, *missing)

    # ---- reading -----------------------------------------------------------------------------------------------------

    def _heard(self, reader: Predictor, item: Item, media: Media, times: Clock) -> Heard:
        options = replace(self._options, curves=True, transcript=None)
        if reader.decodes is None:
            return self._words(reader, item, media, times, options)
        if times.starts_s is not None and reader.decodes not in times.starts_s:
            need = f"a stream of {reader.decodes} in {media.path}, for {reader.modality}"
            return Heard(reader, error=Nothing(need, "none", "nothing is to be done if there should be none"))
        ((_, found),) = reader.parts([item], options)
        if isinstance(found, AffectError):
            return Heard(reader, error=found)
        late_s = (times.starts_s or {}).get(reader.decodes, 0.0)
        number = len(found) == 1 and found[0].track is None
        parts = [_later(replace(p, track=Track(reader.modality, 1)) if number else p, late_s) for p in found]
        return Heard(reader, [(item, part) for part in parts])

    def _words(self, reader: Predictor, item: Item, media: Media, times: Clock, options: Options) -> Heard:
        """Read the turns of the transcript, each with those before it."""
        try:
            turns = _within(self._options.transcript, media, times)
        except AffectError as wrong:
            return Heard(reader, error=wrong)
        items: list[Item] = []
        said: list[Media] = []
        for turn in turns:
            own = Media(text=turn.text, speaker=turn.speaker)
            items.append(
                Item(
                    f"{item.id}#{reader.modality}-{len(items) + 1}",
                    item.input,
                    replace(own, before=tuple(said[-_KEPT:])),
                )
            )
            said.append(own)
        parts: list[tuple[Item, Part]] = []
        error: AffectError | None = None
        for turn, (its, found) in zip(turns, reader.parts(items, options), strict=True):
            if isinstance(found, AffectError):
                error = error or found
                continue
            for part in found:
                span = np.asarray([[turn.start_s, turn.end_s]])
                curve = Curve(span, {name: values[None] for name, values in part.outputs.items()})
                who = Track(reader.modality, 1) if turn.speaker is None else Track(relative.SPEAKER, turn.speaker)
                at = round(turn.start_s, _DIGITS), round(turn.end_s, _DIGITS)
                parts.append((its, replace(part, track=who, curve=curve, start_s=at[0], end_s=at[1])))
        return Heard(reader, parts) if parts else Heard(reader, error=error)

    # ---- telling -----------------------------------------------------------------------------------------------------

    def _spoke(self, heard: Mapping[str, Heard]) -> dict[str, Spoke]:
        """What each modality says in each cell; modalities without any cell are left out."""
        its = {name: [part.curve for _, part in one.parts if part.curve is not None] for name, one in heard.items()}
        end_s = max((float(c.spans[-1, 1]) for curves in its.values() for c in curves if len(c.spans)), default=0.0)
        cells = int(np.ceil(end_s / STEP_S - 1e-9))
        found: dict[str, Spoke] = {}
        for name, curves in its.items():
            if not cells or not any(len(curve.spans) for curve in curves):
                continue
            reader, found[name] = heard[name].reader, Spoke.empty(cells)
            for curve in curves:
                if len(curve.spans):
                    found[name].hear(curve.spans, self._common[name](curve.outputs, curve.relative))
            found[name].bundles.add(reader.spoken)
            found[name].relative = any(curve.relative for curve in curves)
            named = self._common[name].names or self._common[name].dims
            found[name].views.add(None if named is None else named.task.view)
        return found

    def _whole(self, item: Item, all: Fusion, spoke: Mapping[str, Spoke], names: Sequence[str]) -> Iterator[Prediction]:
        said = all.of(slice(None))
        if said is not None:
            yield self._fused(item.id, item, said, spoke, names)

    def _segments(
        self, item: Item, all: Fusion, spoke: Mapping[str, Spoke], names: Sequence[str]
    ) -> Iterator[Prediction]:
        last_s = _end_s(spoke)
        for begin, end in all.segments():
            said = all.of(slice(begin, end))
            assert said is not None  # segments are of cells in which somebody spoke
            start_s, end_s = begin * STEP_S, min(end * STEP_S, last_s)
            made = self._fused(f"{item.id}@{start_s}", item, said, spoke, names)
            yield replace(made, start_s=start_s, end_s=round(end_s, _DIGITS))

    def _fused(
        self, id: str, item: Item, said: fusion.Fused, spoke: Mapping[str, Spoke], names: Sequence[str]
    ) -> Prediction:
        apart = None if said.disagreement is None else round(said.disagreement, 6)
        return Prediction(
            id,
            item.input,
            said.tasks(self._options.taxonomy, self._options.top),
            modalities=Modalities(tuple(said.by), tuple(name for name in names if name not in said.by), apart),
            bundles=tuple(sorted(bundle for name in said.by for bundle in spoke[name].bundles)),
            relative_to=relative.SPEAKER if any(spoke[name].relative for name in said.by) else None,
        )

    def _row(self, reader: Predictor, item: Item, part: Part) -> Prediction:
        said = reader.told(item, part, self._say[reader.modality])
        # turns of one speaker may begin at once: their number tells them apart
        return said if reader.decodes is not None else replace(said, id=f"{item.id}@{part.start_s}")

    def _parts(self, reader: Predictor, item: Item, part: Part) -> Iterator[Prediction]:
        """The segments of one face or voice, from its own course; a turn is one."""
        curve = part.curve
        if curve is None or reader.decodes is None:
            yield self._row(reader, item, part)
            return
        names = list(curve.outputs)
        widths = np.cumsum([curve.outputs[name].shape[1] for name in names])[:-1]
        rows, head = np.hstack([curve.outputs[name] for name in names]), reader.leading
        head = head.centred if head.output in curve.relative else head
        scores = head.scores(curve.outputs[head.output])
        first = np.zeros(len(scores), np.int64) if head.task.scaled else scores.argmax(1)
        seconds = curve.spans[:, 1] - curve.spans[:, 0]
        for begin, end in timeline.joined(first, scores, timeline.touching(curve.spans)):
            weight = np.maximum(seconds[begin:end], 1e-6)
            outputs = np.split(np.average(rows[begin:end], 0, weight), widths)
            start_s, end_s = (round(float(t), _DIGITS) for t in (curve.spans[begin, 0], curve.spans[end - 1, 1]))
            if end_s > start_s:
                said = dict(zip(names, outputs, strict=True))
                yield self._row(reader, item, Part(said, start_s, end_s, part.track, curve.relative))


def clock(media: Media) -> Clock:
    """When the streams of a file begin; of one that cannot be opened nothing is told, and who reads it says why."""
    import av

    if media.path is None:
        return Clock()
    try:
        with av.open(media.path) as container:
            found: dict[str, float] = {}
            for stream in container.streams:
                cover = stream.type == "video" and stream.disposition & av.stream.Disposition.attached_pic
                if not cover and stream.time_base is not None:
                    found.setdefault(stream.type, float((stream.start_time or 0) * stream.time_base))
            end_s = None if container.duration is None else container.duration / 1e6
    except (av.FFmpegError, OSError):
        return Clock()
    zero_s = min((found[kind] for kind in ("video", "audio") if kind in found), default=0.0)
    return Clock({kind: max(start_s - zero_s, 0.0) for kind, start_s in found.items()}, end_s)


def _within(transcript: Transcript | None, media: Media, times: Clock) -> list[Turn]:
    """The turns of a file, or of the span of it that is meant.

    Raises:
        Nothing: there is no transcript, or no turn of it lies in the span.
        DataError: a turn begins after the end of the file.
    """
    if transcript is None:
        raise Nothing(f"a transcript of {media.path}", "none", "give one with --transcript")
    turns, end_s = transcript.turns, times.end_s
    if end_s is not None:
        late = [turn for turn in turns if turn.start_s > end_s + _LATE_S]
        if late:
            found = f"{len(late)} of {len(turns)} that begin later, the last at {late[-1].start_s:g} s"
            need = f"turns within the {end_s:.2f} s of {media.path}"
            raise DataError(need, found, "give the transcript of this recording")
        turns = tuple(replace(t, end_s=min(t.end_s, end_s)) for t in turns if t.start_s < end_s)
    start_s, stop_s = media.start_s or 0.0, media.end_s
    meant = [t for t in turns if t.end_s > start_s and (stop_s is None or t.start_s < stop_s)]
    if not meant:
        raise Nothing(f"turns of the transcript in {media.path}", "none in this span", "give its own transcript")
    return meant


def _later(part: Part, late_s: float) -> Part:
    """A part of a stream that begins so many seconds after the file."""
    if not late_s:
        return part
    start_s, end_s = (None if t is None else round(t + late_s, _DIGITS) for t in (part.start_s, part.end_s))
    curve = None if part.curve is None else replace(part.curve, spans=part.curve.spans + late_s)
    track = part.track
    if track is not None and track.course is not None:
        track = replace(track, course=track.course + np.asarray([late_s, 0, 0, 0, 0, 0]))
    return replace(part, start_s=start_s, end_s=end_s, track=track, curve=curve)


def _end_s(spoke: Mapping[str, Spoke]) -> float:
    """Where the last modality ends; of its last cell as much as is covered."""
    return max(one.end_s for one in spoke.values())


def _failed(item: Item, error: AffectError) -> Prediction:
    return Prediction(item.id, item.input, error=Failure.of(error))


def _missing(item: Item, name: str, error: AffectError) -> Prediction:
    """Why a modality is missing."""
    made = Prediction(f"{item.id}#{name}", item.input, error=Failure.of(error))
    return replace(made, modalities=Modalities(missing=(name,)))
