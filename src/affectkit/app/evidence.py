"""What a prediction rests on, in sentences: measures of the media and outputs of the bundles, told by `language/`.

Of a video, and of a recording with its transcript, all that is said together comes first, then face, voice and words,
then what is missing. Of one text, sound or picture: its label, what it rests on, and how the voice sounds or how well
the face can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import explain, find
from ..errors import AffectError
from ..features import prosody
from ..language import cues, face, fused, voice, words
from ..language.cues import Statement
from ..modalities import _frames
from ..runtime.film import Film, Heard, clock
from ..runtime.options import Item, Options
from ..sample import Media

if TYPE_CHECKING:
    from ..runtime.predict import Predictor
    from ..runtime.reading import Curve
    from ..runtime.transcript import Transcript
    from .explained import Asked, Explained

_SHORTEST_S = 1.0  # stretches of a voice that are compared; in less, its rate is hardly told


def of_film(asked: Asked, item: Item, media: Media, transcript: Transcript | None) -> tuple[Statement, ...]:
    """Of a video or of a recording with its transcript.

    Raises:
        AffectError: nothing of it can be read, or there is nothing in it.
    """
    readers, refused, unfit = asked.readers(media)
    if not readers:
        raise unfit or next(iter(refused.values()))
    film = Film(readers, Options(relative=False, transcript=transcript, detector=asked.detector), refused)
    heard = film.hear(item, media)
    rows = film.tell(item, heard)
    if not any(row.ok for row in rows):
        raise next(one.error for one in heard.values() if one.error is not None)
    found: list[Statement] = []
    if rows[0].ok:
        found.append(cues.agreement(fused.said(rows[0], rows[1:]), rows[0].modalities.disagreement))
    for one in heard.values():
        found += _of_reader(asked, media, one)
    why = {name: row.error.message for row in rows if row.error is not None for name in row.modalities.missing}
    return (*found, *cues.missing(why))


def of_single(found: Explained, predictor: Predictor, media: Media) -> tuple[Statement, ...]:
    """Of a text, a sound or a picture that was explained."""
    noun, told = predictor.modality, found.explanation
    head = cues.measured(noun, told.label, told.score) if found.scaled else cues.leading(noun, told.label, told.score)
    pairs = list(zip(found.parts, told.effect.tolist(), strict=True))
    if told.unit is explain.Unit.CHARACTERS:
        return (head, *_carried(found))
    if told.unit is explain.Unit.PIXELS:
        light = face.light(found.given, f"The {noun}")
        return (*_chosen(found), head, *light, *cues.cells([(*at, e) for at, e in pairs], told.label))
    said: list[Statement] = []
    if predictor.by_speaker:
        ((_, parts),) = predictor.parts([replace(found.item, media=media)], Options(relative=False, curves=True))
        if not isinstance(parts, AffectError):
            said = [s for p in parts if p.curve is not None for s in _voice(predictor, media, p.curve, told.label)]
    return (head, *said, *cues.stretches([(at[0], at[1], e) for at, e in pairs], told.label))


def _chosen(found: Explained) -> tuple[Statement, ...]:
    """Which of several faces was explained."""
    track = found.track
    if track is None or track.box is None or not isinstance(track.id, int) or found.among < 2:
        return ()
    return (cues.chosen(track.kind, track.id, found.among, track.box),)


def _of_reader(asked: Asked, media: Media, heard: Heard) -> Iterator[Statement]:
    """Of one modality of a film, by which stream of the file it reads."""
    tells = _TELLS.get(str(heard.reader.decodes))
    if tells is not None and not heard.reader.leading.task.scaled:
        yield from tells(asked, media, heard)


# ---- seen ------------------------------------------------------------------------------------------------------------


def _looks(asked: Asked, media: Media, heard: Heard) -> Iterator[Statement]:
    head, several = heard.reader.leading, len(heard.parts) > 1
    who = f"The {heard.reader.modality}"
    for _, part in heard.parts:
        if part.curve is None or not len(part.curve.spans):
            continue
        number = part.track.id if several and part.track is not None else None
        t_s, scores = part.curve.spans[:, 0], head.scores(part.curve.outputs[head.output])
        yield face.frames(head.task.names, t_s, scores, who, number)
        course = None if part.track is None else part.track.course
        if course is not None:
            yield from face.seen(course[:, 1], who, number)
            if not several:
                at = int(scores.max(1).argmax())
                yield from face.light(_cut(media, course[at]), who, float(course[at, 0]))


def _cut(media: Media, row: Any) -> Any:
    """The face of a frame, (h, w, 3) uint8, by its row of `Track.course`."""
    late_s = (clock(media).starts_s or {}).get("video", 0.0)
    left, top, right, bottom = (int(edge) for edge in row[2:])
    one = replace(media, start_s=max(float(row[0]) - late_s, 0.0), end_s=None, box=None)
    _, picture = next(iter(_frames.frames(one, 1.0)))
    return picture[max(top, 0) : max(bottom, 1), max(left, 0) : max(right, 1)]


# ---- heard -----------------------------------------------------------------------------------------------------------


def _sounds(asked: Asked, media: Media, heard: Heard) -> Iterator[Statement]:
    if not heard.reader.by_speaker:
        return
    head = heard.reader.leading
    for _, part in heard.parts:
        if part.curve is not None and len(part.curve.spans):
            label = head.task.names[int(head.scores(part.outputs[head.output][None])[0].argmax())]
            yield from _voice(heard.reader, media, part.curve, label)


def _voice(reader: Predictor, media: Media, curve: Curve, label: str) -> Iterator[Statement]:
    """How the voice sounds where a label is highest, beside its usual in the rest; of a short one nothing is known."""
    head = reader.leading
    if label not in head.task.names or not len(curve.spans):
        return
    rate_hz = int(find.card("modalities", reader.modality)["rate"])
    config = prosody.Config(rate_hz=rate_hz)
    frames = prosody.extract(config, find.load("modalities", reader.modality).read(media))
    late_s = (clock(media).starts_s or {}).get(str(reader.decodes), 0.0)
    scores = head.scores(curve.outputs[head.output])[:, head.task.names.index(label)]
    spans: list[tuple[float, float, float]] = []
    measured: list[Mapping[str, float]] = []
    for begin, end in _long(curve.spans):
        start_s, end_s = float(curve.spans[begin, 0]), float(curve.spans[end - 1, 1])
        first, last = (round((t - late_s - (media.start_s or 0.0)) / config.hop_s) for t in (start_s, end_s))
        its = frames[max(first, 0) : max(last, 0)]
        if len(its):
            spans.append((start_s, end_s, float(np.average(scores[begin:end], weights=_seconds(curve, begin, end)))))
            measured.append(prosody.measures(config, its))
    own = voice.usual([one for one in measured if one])
    best = max(range(len(spans)), key=lambda i: spans[i][2], default=None)
    if own and best is not None and measured[best]:
        start_s, end_s, score = spans[best]
        yield cues.sounding(voice.phrases(measured[best], own), label, score, start_s, end_s)


def _seconds(curve: Curve, begin: int, end: int) -> Any:
    return np.maximum(curve.spans[begin:end, 1] - curve.spans[begin:end, 0], 1e-6)


def _long(spans: Any) -> Iterator[tuple[int, int]]:
    """Neighbours taken together until they last `_SHORTEST_S`; what is left at a gap is left out."""
    begin = 0
    for i in range(len(spans)):
        if i > begin and spans[i, 0] > spans[i - 1, 1] + 1e-3:
            begin = i
        if spans[i, 1] - spans[begin, 0] >= _SHORTEST_S - 1e-6:
            yield begin, i + 1
            begin = i + 1


# ---- read ------------------------------------------------------------------------------------------------------------


def _reads(asked: Asked, media: Media, heard: Heard) -> Iterator[Statement]:
    """Of the turn that says most, which words carry it."""
    head = heard.reader.leading
    turns = [(float(head.scores(part.outputs[head.output][None])[0].max()), its, part) for its, part in heard.parts]
    if not turns:
        return
    _, item, part = max(turns, key=lambda turn: turn[0])
    assert isinstance(item.media, Media)
    found = asked.explain_by(heard.reader, item, replace(item.media, before=()))
    told, start_s = found.explanation, part.start_s or 0.0
    words_ = cues.quoted(item.media.text or "")
    text = f"The words {words_}, at {cues.clock(start_s)}, read as {cues.named(told.label)} ({told.score:.2f})."
    yield Statement(text, "score of the label", (start_s, told.score))
    yield from _carried(found)


def _carried(found: Explained) -> Sequence[Statement]:
    told = found.explanation
    pairs = zip(told.parts, told.effect.tolist(), strict=True)
    return words.carried([(str(found.given[int(a[0]) : int(a[1])]), effect) for a, effect in pairs], told.label)


_TELLS = {"video": _looks, "audio": _sounds, "None": _reads}
"""Kind of stream that a bundle reads -> what tells of it; words have none."""
