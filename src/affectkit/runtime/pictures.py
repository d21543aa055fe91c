"""Reading pictures: the faces in a picture or a video are cut out and run together with those of other pictures; one
part per face, or one for the whole picture where a bundle looks for no faces.

Faces of a picture are numbered from 1 on, row by row from left to right. Of a video some frames per second are looked
at, and each face is followed through them; faces are numbered as they appear, and one seen in a single frame only is
taken for a mistake of the detector. A detector that can do so looks at the whole of a frame once a second, at a cut,
and where a face is not found again; else only where faces are expected. A followed face gets the mean over its frames,
weighted by how good they are to see, and its segments are told of half a second to each side. Frames are run as they
come and only what the model gives is kept, so memory hardly grows with the length of a video.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .. import detect, find, settings
from ..detect import Face, _crop
from ..errors import AffectError, BundleError, InputError, Nothing
from ..modalities import _frames
from ..prediction import Track
from ..sample import Media
from . import batch, timeline
from . import bundle as bundles
from .model import Model
from .options import Item, Options
from .reading import Curve, Found, Part
from .say import Floats
from .tracks import Tracker

Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]

_RATE_HZ = 5.0  # frames of a video per second, where a card does not say
_FEWEST = 2  # frames in which a face must be seen, unless fewer are looked at
_LEAST_QUALITY = 1e-3  # a face that can hardly be seen still counts where there is nothing better
_BESIDE_PX = 2  # between pixels it is read from those beside, too
_ALL_S = 1.0  # from one look at a whole frame to the next, where faces are followed
_EXACT_S = 1e-6
_CUT_PX = 64  # the longer side of frames that are held against each other to tell cuts
_AROUND_S = 0.5  # to each side of a frame, over which segments are made even
_DIGITS = 3  # milliseconds are enough for times, and thousandths for quality
_SAME_ROW = 0.4  # of the lower of two faces: what they share at least in height if they stand in one row
_HEAD = 6  # columns of a row before the model's outputs: time, weight, box


class Finder(Protocol):
    """What a detector of faces gives."""

    def find(self, picture: Picture) -> list[Face]:
        """The faces in a picture (h, w, 3), the largest first."""
        ...


@runtime_checkable
class Watching(Finder, Protocol):
    """What a detector gives that is quicker on the frames of a video."""

    def watch(self, frame: detect.Frame, near: Sequence[tuple[float, float, float, float]] = ()) -> list[Face]:
        """The faces in a frame, the largest first; with `near`, only those that are expected there."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    """What finds a face that was found before, in copies of its picture."""

    face: Face

    def find(self, picture: Picture) -> list[Face]:
        return [self.face]


class Lookout:
    """Looks for faces in one frame of a video after the other: everywhere, or near those that are followed."""

    def __init__(self, finder: Finder, tracker: Tracker) -> None:
        self._finder, self._tracker = finder, tracker
        self._all_s = -_ALL_S

    def ready(self, shot: _frames.Shot) -> None:
        """Bring a frame into the forms that it will be asked for in, so that it can be done beside other work."""
        shot.small(_CUT_PX)
        shot.colour()
        if hasattr(self._finder, "ready"):
            self._finder.ready(shot)

    def faces(self, t_s: float, shot: _frames.Shot, small: Picture) -> list[Face]:
        """The faces in the frame at `t_s`, the largest first; `small` is what its cut is told by."""
        if not isinstance(self._finder, Watching):
            return self._finder.find(shot.colour())
        near = self._tracker.expected(t_s, small)
        if near and t_s - self._all_s < _ALL_S - _EXACT_S:
            faces = self._finder.watch(shot, near)
            if len(faces) >= len(near) and all(any(_holds(box, face) for face in faces) for box in near):
                return faces
        self._all_s = t_s
        return self._finder.watch(shot)


@dataclass(slots=True)
class Seen:
    """A face, or a whole picture, and what the model gives for it, frame by frame.

    Args:
        box: where it was seen first; None for a whole picture.
        detected: whether a detector saw it; False where it looked and the picture was then taken for a face, None where
            nothing was looked for.
        start_s, end_s: from when to when it was seen in a video; None in a picture.
        frames: how often it was seen.
        rows: its rows so far, one after the other: time, weight, box (4), outputs (k).
    """

    box: Box | None
    start_s: float | None = None
    detected: bool | None = None
    end_s: float | None = None
    frames: int = 0
    rows: array[float] = field(default_factory=lambda: array("d"))

    def table(self) -> Floats:
        """(frames, 6 + k) its rows."""
        return np.frombuffer(self.rows, np.float64).reshape(self.frames, -1)

    @property
    def course(self) -> Floats:
        """(frames, 6) where it was seen and how well; see `Track`."""
        return self.table()[:, :_HEAD].copy()


@dataclass(frozen=True, slots=True)
class Looked:
    """An item with what was seen in it, in the order of numbers; or why there is nothing."""

    item: Item
    seen: Sequence[Seen] = ()
    error: AffectError | None = None


@dataclass(frozen=True, slots=True)
class Pictures:
    """How a bundle reads pictures.

    Args:
        modality: its name.
        read: the modality's.
        finder: what looks for faces; None takes the whole picture.
        features: what the model reads of a crop (side, side, 3), such as (t, d); the crop itself where there is none.
        side: pixels of a crop; None leaves a whole picture as it is.
        margin: what is added around a face, as a share of its side.
        rate_hz: frames of a video looked at per second.
    """

    modality: str
    read: Callable[[Media], Picture]
    finder: Finder | None
    features: Callable[[Picture], NDArray[Any]]
    side: int | None
    margin: float
    rate_hz: float
    in_time: bool = True
    by_speaker: bool = False
    decodes: str | None = "video"

    @classmethod
    def of(cls, bundle: bundles.Bundle) -> Pictures:
        """From a card's `picture`: `side`, and where they differ from the usual `margin`, `rate_hz` and `detector`
        ({"name": a part, ...its settings}); `features` alike, where the model reads some.

        Raises:
            BundleError: sizes or settings that cannot be.
        """
        card, modality = bundle.card, str(bundle.card["modality"])
        try:
            told = dict(card["picture"])
            side = None if told["side"] is None else int(told["side"])
            margin, rate_hz = float(told.get("margin", 0.0)), float(told.get("rate_hz", _RATE_HZ))
            detector, made = told.get("detector"), card.get("features")
            extract = partial(_part("features", made, "extract"), _config("features", made)) if made else _as_it_is
            finder = _part("detectors", detector, "Finder")(_config("detectors", detector)) if detector else None
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                "`picture` with its side and detector in the card", f"a fault in {error}", "export the bundle again"
            ) from error
        bad = side is None and (finder is not None or not made)  # pictures of any size fit no network
        if bad or (side is not None and side < 1) or not margin >= 0 or not rate_hz > 0:
            found = f"side {side}, margin {margin:g}, rate_hz {rate_hz:g}"
            need = "a side of at least 1 px, a margin of at least 0 and a rate_hz above 0 in the card's `picture`"
            raise BundleError(need, found, "export the bundle again")
        return cls(modality, find.load("modalities", modality).read, finder, extract, side, margin, rate_hz)

    @property
    def finds_faces(self) -> bool:
        """Whether it looks for faces."""
        return self.finder is not None

    def parts(self, items: Iterable[Item], options: Options, model: Model) -> Iterator[tuple[Item, Found]]:
        """Each item with its parts; see `reading.Reading`."""
        return self._by(options.detector)._parts(items, options, model)

    def _by(self, detector: str | None) -> Pictures:
        """The same with another detector; where no faces are looked for, or one is known, as it is."""
        if detector is None or self.finder is None or isinstance(self.finder, _Known):
            return self
        part, config = settings.part("detectors", detector)
        return replace(self, finder=part.Finder(config))

    def _parts(self, items: Iterable[Item], options: Options, model: Model) -> Iterator[tuple[Item, Found]]:
        waiting, looked = _Waiting(model, options.batch_size), deque[Looked]()
        for item in items:
            looked.append(self._looked(item, waiting))
            if waiting and len(looked) >= options.batch_size:
                waiting.run()
            while looked and not waiting:
                yield self._told(looked.popleft(), options, model)
        waiting.run()
        for one in looked:
            yield self._told(one, options, model)

    def _looked(self, item: Item, waiting: _Waiting) -> Looked:
        if isinstance(item.media, AffectError):
            return Looked(item, error=item.media)
        try:
            if not _frames.is_video(item.media):
                return Looked(item, self._still(item.media, waiting))
            seen = self._video(item.media, waiting)
            waiting.run()  # after a long video its answer need not wait for other items
            return Looked(item, seen)
        except BundleError:
            raise
        except AffectError as error:
            return Looked(item, error=error)
        except OSError as error:
            where, said = item.media.path, str(error.strerror or error)
            return Looked(item, error=InputError("a file that can be read", said, f"check {where}"))

    def _still(self, media: Media, waiting: _Waiting) -> list[Seen]:
        """Find and run the faces of a picture."""
        picture, corner, seen = self.read(media), _corner(media), []
        cut = self._cut(media, picture)
        for face in cut or in_rows(self._faces(picture)):
            detected = None if cut else face.score is not None
            seen.append(Seen(self._box(face, picture, corner), detected=detected))
            waiting.put(self._input(picture, face), seen[-1], 0.0, self._weight(picture, face), seen[-1].box)
        if not seen:
            raise self._nothing(media, "none")
        return seen

    def _video(self, media: Media, waiting: _Waiting) -> list[Seen]:
        """Follow and run the faces of a video."""
        tracker, offset_s, corner = Tracker(), media.start_s or 0.0, _corner(media)
        followed: dict[int, Seen] = {}
        now: list[Seen] = []
        looked, at_s, step_s, any_found = 0, 0.0, 1 / self.rate_hz, False
        lookout = None if self.finder is None else Lookout(self.finder, tracker)
        for t_s, shot in _ahead(_frames.shots(media, self.rate_hz), lookout.ready if lookout else _frames.Shot.colour):
            step_s, at_s = (t_s - at_s if looked else step_s), t_s
            looked += 1
            for one in now:
                one.end_s = offset_s + t_s
            if lookout is None:
                picture = self.read(Media(array=shot.colour()))
                faces, small = self._faces(picture), None  # a whole picture goes on whatever is cut
            else:
                small = shot.small(_CUT_PX)
                faces = sorted(lookout.faces(t_s, shot, small), key=_corners)
                picture = shot.colour()
            any_found |= bool(faces)
            numbers, now = tracker.follow(t_s, [face.box for face in faces], small), []
            for number, face in zip(numbers, faces, strict=True):
                box = self._box(face, picture, corner)
                one = followed.setdefault(number, Seen(box, offset_s + t_s, face.score is not None))
                waiting.put(self._input(picture, face), one, offset_s + t_s, self._weight(picture, face), box)
                now.append(one)
            for number in [n for n, one in followed.items() if one.frames < _FEWEST and n not in tracker.open]:
                del followed[number]
        for one in now:
            end_s = offset_s + at_s + step_s
            one.end_s = end_s if media.end_s is None else min(end_s, media.end_s)
        seen = [one for one in followed.values() if one.frames >= min(_FEWEST, looked)]
        if not seen:
            raise self._nothing(media, f"none {'that stays ' if any_found else ''}in {looked} frames")
        return seen

    def _cut(self, media: Media, picture: Picture) -> list[Face]:
        """What somebody has cut out already, or is no larger than what the model reads: it is the face itself. None
        where a face is known, which may lie in as small a part of its picture."""
        if isinstance(self.finder, _Known):
            return []
        return [_all_of(picture)] if media.box is not None else _crop.whole(picture, self.side or 0)

    def _faces(self, picture: Picture) -> list[Face]:
        """The faces in a picture; where none are looked for, all of it."""
        return [_all_of(picture)] if self.finder is None else self.finder.find(picture)

    def _box(self, face: Face, picture: Picture, corner: tuple[int, int]) -> Box | None:
        """The face's box in whole pixels of the picture."""
        if self.finder is None:
            return None
        left, top, right, bottom = _inside(face, picture)
        x, y = corner
        return left + x, top + y, right + x, bottom + y

    def _input(self, picture: Picture, face: Face) -> NDArray[Any]:
        """What the model reads of a face."""
        crop = picture if self.side is None else _crop.cut(picture, face, self.side, self.margin)
        return self.features(crop)

    def _weight(self, picture: Picture, face: Face) -> float:
        """How much a frame counts for a face."""
        if self.finder is None:
            return 1.0
        left, top, right, bottom = _inside(face, picture)
        return max(_crop.quality(picture[top:bottom, left:right], face, picture.shape), _LEAST_QUALITY)

    def held(self, media: Media, box: Box, detector: str | None = None) -> tuple[Pictures, Box] | None:
        """For asking again about a face of a picture when something in the picture was changed: the same way of reading
        for copies of a part of it, in which the face stands where it stood and its eyes too; and that part, which holds
        all that the model reads of it. None where it was not found by looking; `detector` as in `Options`.
        """
        if self.finder is None or media.box is not None or _frames.is_video(media):
            return None
        picture = self.read(media)
        looked = [] if self._cut(media, picture) else self._by(detector)._faces(picture)
        face = next((face for face in looked if _inside(face, picture) == box), None)
        if face is None:
            return None
        part = _reach(face, self.margin, picture)
        corner = np.array(part[:2])
        moved = np.subtract(np.reshape(face.box, (2, 2)), corner).ravel().tolist()
        eyes = None if face.eyes is None else np.subtract(face.eyes, corner).tolist()
        there = Face((moved[0], moved[1], moved[2], moved[3]), face.score, eyes and (tuple(eyes[0]), tuple(eyes[1])))
        return replace(self, finder=_Known(there)), part

    def _nothing(self, media: Media, found: str) -> Nothing:
        fix = "give a closer or larger picture, or take a bundle that reads whole pictures: --bundle photo"
        return Nothing(f"a {self.modality} in {media.path or 'an array'}", found, fix)

    def _told(self, one: Looked, options: Options, model: Model) -> tuple[Item, Found]:
        if one.error is not None:
            return one.item, one.error
        found: list[Part] = []
        for number, seen in enumerate(one.seen, 1):
            course = seen.course if seen.start_s is not None else None
            told = partial(Track, self.modality, number, detected=seen.detected, course=course)
            track = told if self.finder is not None else None
            timed = seen.start_s is not None and options.segments
            if options.curves:
                found.append(replace(_whole(seen, model, track), curve=_curve(seen, model)))
            else:
                found.extend(_stretches(seen, model, track) if timed else [_whole(seen, model, track)])
        return one.item, sorted(found, key=lambda part: (part.start_s or 0.0, part.end_s or 0.0))


class _Waiting:
    """Crops of one or more pictures that wait to be run together; what comes out goes to whom they are of."""

    def __init__(self, model: Model, size: int) -> None:
        self._model, self._size = model, size
        self._inputs: list[NDArray[Any]] = []
        self._of: list[tuple[Seen, tuple[float, ...]]] = []

    def __len__(self) -> int:
        return len(self._inputs)

    def put(self, given: NDArray[Any], seen: Seen, t_s: float, weight: float, box: Box | None) -> None:
        """Add a crop, and run all once there are enough."""
        seen.frames += 1
        self._inputs.append(given)
        self._of.append((seen, (t_s, weight, *(box or (0, 0, 0, 0)))))
        if len(self) >= self._size:
            self.run()

    def run(self) -> None:
        """Run what there is."""
        if not self._inputs:
            return
        outputs = self._model.run(*batch.stack(self._inputs))
        rows = np.hstack([outputs[name] for name in _names(self._model)])
        for (seen, head), row in zip(self._of, rows.tolist(), strict=True):
            seen.rows.extend((*head, *row))
        self._inputs, self._of = [], []


def _whole(seen: Seen, model: Model, track: Callable[..., Track] | None) -> Part:
    """All that was seen of a face in one; of a whole video there are no times to tell."""
    table = seen.table()
    outputs = _split(np.average(table[:, _HEAD:], 0, table[:, 1]), model)
    if track is None:
        return Part(outputs)
    return Part(
        outputs, _rounded(seen.start_s), _rounded(seen.end_s), track(seen.box, quality=_rounded(table[:, 1].mean()))
    )


def _stretches(seen: Seen, model: Model, track: Callable[..., Track] | None) -> Iterator[Part]:
    """The segments of a followed face; each with the box where it begins."""
    table = seen.table()
    t_s, weights, outputs = table[:, 0], table[:, 1], table[:, _HEAD:]
    even = around(t_s, outputs, weights, _AROUND_S)
    head = model.leading
    scores = head.scores(_split(even, model)[head.output])
    first = np.zeros(len(scores), np.int64) if head.task.scaled else scores.argmax(1)
    ends_s = [*t_s.tolist(), float(seen.end_s or t_s[-1])]
    for begin, end in timeline.joined(first, scores, np.ones(len(t_s) - 1, np.bool_)):
        left, top, right, bottom = (int(edge) for edge in table[begin, 2:_HEAD])
        yield Part(
            _split(np.average(outputs[begin:end], 0, weights[begin:end]), model),
            _rounded(ends_s[begin]),
            _rounded(ends_s[end]),
            None if track is None else track((left, top, right, bottom), quality=_rounded(weights[begin:end].mean())),
        )


def _curve(seen: Seen, model: Model) -> Curve:
    """How a followed face went: what is told of a frame holds until the next one it is seen in."""
    table = seen.table()
    t_s = table[:, 0]
    even = around(t_s, table[:, _HEAD:], table[:, 1], _AROUND_S)
    ends_s = [*t_s[1:].tolist(), float(seen.end_s or t_s[-1])]
    return Curve(np.stack([t_s, np.asarray(ends_s)], 1), _split(even, model))


def around(t_s: Floats, values: Floats, weights: Floats, reach_s: float) -> Floats:
    """The weighted means (n, k) of the values (n, k) at times not further than `reach_s` from each time (n,)."""
    low = np.searchsorted(t_s, t_s - reach_s - 1e-6)
    high = np.searchsorted(t_s, t_s + reach_s + 1e-6)
    both = np.hstack([values * weights[:, None], weights[:, None]])
    total = np.concatenate([np.zeros((1, both.shape[1])), np.cumsum(both, 0)])
    part = total[high] - total[low]
    return np.asarray(part[:, :-1] / part[:, -1:])


def _names(model: Model) -> list[str]:
    """The model's outputs in the order of a row."""
    return list(dict.fromkeys(head.output for head in model.heads))


def _split(rows: Floats, model: Model) -> dict[str, Floats]:
    """Output -> its columns of rows (..., k)."""
    width = {head.output: len(head.task.names) for head in model.heads}
    return dict(zip(width, np.split(rows, np.cumsum(list(width.values()))[:-1], -1), strict=True))


def _ahead(
    shots: Iterator[tuple[float, _frames.Shot]], ready: Callable[[_frames.Shot], object]
) -> Iterator[tuple[float, _frames.Shot]]:
    """The same; the next one is decoded and made ready while the last one is looked at."""

    def following() -> tuple[float, _frames.Shot] | None:
        if (one := next(shots, None)) is not None:
            ready(one[1])
        return one

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(following)
        while (one := coming.result()) is not None:
            coming = pool.submit(following)
            yield one


def in_rows(faces: Iterable[Face]) -> list[Face]:
    """Faces in the order in which one reads: rows from top to bottom, each from left to right.

    A row goes on from a face to those beside it, which share two fifths of the height of the lower of both: people who
    stand in one are of different heights.
    """
    left, found = sorted(faces, key=lambda face: (face.box[1], face.box[0])), list[Face]()
    while left:
        row, near = list[Face](), left[:1]
        while near:
            left = [face for face in left if face not in near]
            row += near
            near = [face for face in left if any(_beside(face, one) for one in near)]
        found += sorted(row, key=_corners)
    return found


def _beside(face: Face, other: Face) -> bool:
    (_, top, _, bottom), (_, other_top, _, other_bottom) = face.box, other.box
    shared = min(bottom, other_bottom) - max(top, other_top)
    return shared >= _SAME_ROW * min(bottom - top, other_bottom - other_top)


def _corners(face: Face) -> tuple[float, float, float, float]:
    return face.box


def _holds(box: Sequence[float], face: Face) -> bool:
    """Whether the middle of a face lies in a box."""
    left, top, right, bottom = face.box
    return box[0] < (left + right) / 2 < box[2] and box[1] < (top + bottom) / 2 < box[3]


def _corner(media: Media) -> tuple[int, int]:
    """Where in the picture the part begins that is read; beyond its edge there is nothing."""
    return (0, 0) if media.box is None else (max(media.box[0], 0), max(media.box[1], 0))


def _reach(face: Face, margin: float, picture: Picture) -> Box:
    """The part of a picture that `_crop.cut` reads of a face."""
    left, top, right, bottom = face.box
    half = max(right - left, bottom - top) * (0.5 + margin)
    corners = np.array([(left + right) / 2, (top + bottom) / 2]) + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    if face.eyes is not None:
        first, second = np.asarray(face.eyes, np.float64)
        along = (second - first) / np.hypot(*(second - first))
        turn = np.array([along, (-along[1], along[0])])
        corners = (first + second) / 2 + (corners - (first + second) / 2) @ turn
    low, high = corners.min(0) - _BESIDE_PX, corners.max(0) + _BESIDE_PX
    end = np.array(picture.shape[1::-1])
    low, high = np.floor(low).clip(0, end - 1), np.ceil(high).clip(1, end)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _all_of(picture: Picture) -> Face:
    height, width = picture.shape[:2]
    return Face((0.0, 0.0, float(width), float(height)))


def _inside(face: Face, picture: Picture) -> Box:
    """A face's box in whole pixels, as far as it lies in the picture; at least one pixel."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(float(edge)) for edge in face.box)
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    return left, top, min(max(right, left + 1), width), min(max(bottom, top + 1), height)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(float(number), _DIGITS)


def _part(kind: str, entry: Mapping[str, Any], name: str) -> Any:
    """What a part of {"name": ..., ...settings} gives under a name."""
    return getattr(find.load(kind, str(entry["name"])), name)


def _config(kind: str, entry: Mapping[str, Any]) -> Any:
    return _part(kind, entry, "Config")(**{key: value for key, value in entry.items() if key != "name"})


def _as_it_is(picture: Picture) -> Picture:
    return picture
