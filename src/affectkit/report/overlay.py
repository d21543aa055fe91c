"""Predictions drawn into their picture: boxes, track numbers, labels with scores, what is not sure, two dimensions.

Colours are those of Okabe and Ito, which colour-blind people can tell apart; a number says the same, a broken line
"not sure". A box is a coloured line between black ones, so that it is seen on any ground; words are white on a nearly
black plate. A plate goes where it covers no face, its own no more than another's, and no other plate; where there is no
such place it says less, then lies over hair or chin, and at last is the bare number. A crowd's plates all say as much.
Where that is their number alone, a box has the colour of its first label, and a strip below the picture says which
colour that is. Sizes follow the picture: a small one is enlarged by a whole factor first (`factor`).

Reference: Okabe and Ito, Color Universal Design, 2008.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..prediction import Prediction, TaskPrediction

Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]

COLOURS = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
    (255, 255, 255),
)
"""Okabe and Ito's seven, and white in place of their black: tracks take them in turn."""
PLATE, INK = (20, 20, 20), (255, 255, 255)
_GREY = (110, 110, 110)
DIMENSIONS = ("valence", "arousal")
"""The values that are drawn as bars, from -1 to 1."""

_SMALLEST = 320  # pixels of the longer side: in less no words can be read
_LEAST_TEXT, _LEAST_SHARE, _MOST_SHARE = 12, 1 / 90, 1 / 42  # pixels; of the longer side
_CROWD_SHARE = 1 / 130  # in place of the least one, in a crowd
_FACE_SHARE = 1 / 6  # of a face's width, for the height of letters
_LINE_SHARE, _BOX_SHARE = 1 / 450, 1 / 20  # of the longer side; of a face's width, at most
_BROKEN = 4  # line widths of a dash, and of the gap after it
_MOST_LABELS = 3
_FEW = 8  # boxes up to which each plate says what there is room for; more are a crowd
_BAR_LETTERS = 5  # width of a bar, in heights of letters
_HEAVY = 1e4  # a pixel of eyes, mouth or words counts as many of hair
_HAIR, _CHIN = 0.22, 0.12  # of a box's height, above the brows and below the mouth
_OTHERS = "other labels"  # for which no colour is left; two words, so that hardly any label is called so


@dataclass(frozen=True, slots=True)
class _Bar:
    """One dimension on a plate; `span` are the ends of its 90 % interval."""

    name: str
    value: float
    span: tuple[float, float] | None = None


_Row = str | _Bar


@dataclass(frozen=True, slots=True)
class _Look:
    """Sizes of a picture, in pixels."""

    font: Any
    text: int
    line: int


@dataclass(frozen=True, slots=True)
class _Laid:
    """A plate where it lies, and the pixels it covers: of faces between brows and mouth and of plates; of other parts
    of faces."""

    rows: Sequence[_Row]
    box: Box
    covered: float = 0.0
    edges: float = 0.0


def factor(height: int, width: int) -> int:
    """By how much a picture is enlarged before anything is drawn: the longer side has at least 320 px then."""
    return max(1, -(-_SMALLEST // max(height, width)))


def draw(picture: Picture, predictions: Sequence[Prediction], legend: bool = True) -> Picture:
    """A copy of a picture with what is predicted of it; the picture itself is left alone.

    Args:
        picture: uint8 (h, w, 3), sRGB, as it is shown.
        predictions: of this picture, or of a frame; the boxes of their tracks in its pixels. Without a box it is said
            of the whole picture, in a corner. Of what failed nothing is drawn.
        legend: whether a strip may be added below, where a crowd has numbers alone; without it, as in a frame, boxes
            keep the colours of their tracks.

    Returns:
        uint8 (f h + strip, f w, 3), with f = `factor(h, w)`, which is 1 from 320 px on.

    Raises:
        DataError: no picture of this form.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        found = f"{picture.dtype} {picture.shape}"
        raise DataError("a picture to draw in, uint8 (h, w, 3)", found, "read it by a modality of pictures")
    by = factor(*picture.shape[:2])
    canvas = picture.repeat(by, 0).repeat(by, 1) if by > 1 else picture.copy()
    height, width = canvas.shape[:2]
    shown = [one for one in predictions if not one.failed]
    boxes = {i: _within(box, by, height, width) for i, one in enumerate(shown) if (box := _box(one)) is not None}
    look = _look(height, width, list(boxes.values()))
    order = sorted(boxes, key=lambda i: -_area(boxes[i]))  # large faces are the first to say all
    faces = _Faces.of(boxes.values())
    laid = _crowd([shown[i] for i in order], [boxes[i] for i in order], faces, look, (height, width))
    colours = {i: _colour(one, i) for i, one in enumerate(shown)}
    key: dict[str, Colour] = {}
    if legend and laid and all(one.rows == _bare(shown[i]) for i, one in zip(order, laid, strict=True)):
        said = [_said(shown[i]) for i in order]
        key = _key(said)
        colours |= {i: key.get(label, key.get(_OTHERS, INK)) for i, label in zip(order, said, strict=True)}
    for i in order[::-1]:
        _outline(canvas, boxes[i], look.line, colours[i], _unsure(shown[i]))
    plates: list[Box] = []
    for i in (*order, *(i for i in range(len(shown)) if i not in boxes)):
        crowded = i in boxes and bool(laid)
        one = laid[order.index(i)] if crowded else _single(shown[i], boxes.get(i), faces, plates, look, (height, width))
        if one.rows:
            left, top, right, bottom = one.box
            canvas[top:bottom, left:right] = _plate(one.rows, look, colours[i])[: bottom - top, : right - left]
            plates.append(one.box)
    return np.concatenate([canvas, _strip(key, said, any(map(_unsure, shown)), look, width)]) if key else canvas


# -- what is said, from all to next to nothing --


def _all(one: Prediction) -> list[_Row]:
    if one.error is not None:
        return [f"{_number(one)}nothing to judge"]
    named = [(name, task) for name, task in one.tasks.items() if task.values is None]
    rows: list[_Row] = []
    for i, (name, task) in enumerate(named):
        rows.append(f"{f'{name}: ' if i else _number(one)}{verdict(task)}")
        if task.confidence is not None and not i:
            rows.append(f"confidence {task.confidence:.2f}")
    return [*(rows or ([_number(one).strip()] if _number(one) else [])), *_bars(one)]


def _without_spans(one: Prediction) -> list[_Row]:
    return [replace(row, span=None) if isinstance(row, _Bar) else row for row in _all(one)]


def _brief(one: Prediction) -> list[_Row]:
    return _all(one)[:1]


def _name(one: Prediction) -> list[_Row]:
    task = _leading(one)
    if task is None:
        return _brief(one)
    said = "not sure" if task.abstain else ", ".join(task.labels[:1]) or "none"
    return [f"{_number(one)}{said}"]


def _bare(one: Prediction) -> list[_Row]:
    return [_number(one).strip()] if _number(one) else _name(one)


_LEVELS = (_all, _without_spans, _brief, _name, _bare)
_CROWDED = (_brief, _name, _bare)


def verdict(task: TaskPrediction) -> str:
    """The labels with their scores; before them that it is not sure."""
    scores: Mapping[str, float] = task.scores or {}
    told = [f"{label} {scores[label]:.2f}" if label in scores else label for label in task.labels[:_MOST_LABELS]]
    more = len(task.labels) - len(told)
    said = ", ".join(told) + (f" +{more}" if more > 0 else "")
    if task.abstain:
        return f"not sure: {said}" if said else "not sure"
    return said or "none of these"


def _bars(one: Prediction) -> Iterator[_Bar]:
    """Valence and arousal, of the first task that has them."""
    for name in DIMENSIONS:
        its = [task for task in one.tasks.values() if task.values is not None and name in task.values]
        for task in its[:1]:
            known = task.low is not None and task.high is not None and name in task.low and name in task.high
            span = (task.low[name], task.high[name]) if known and task.low and task.high else None
            yield _Bar(name, (task.values or {})[name], span)


def _leading(one: Prediction) -> TaskPrediction | None:
    return next((task for task in one.tasks.values() if task.values is None), None)


def _number(one: Prediction) -> str:
    return "" if one.track is None else f"{one.track.id}  "


def _unsure(one: Prediction) -> bool:
    task = _leading(one)
    return one.error is not None or (task is not None and task.abstain)


def _said(one: Prediction) -> str:
    """What the colour of a box in a crowd stands for."""
    task = _leading(one)
    return "nothing to judge" if one.error is not None else (task.labels[:1] or ("none",))[0] if task else "no label"


def _key(said: Sequence[str]) -> dict[str, Colour]:
    """Label -> its colour, the most frequent first; where there are more labels than colours, the rest share one."""
    labels = [label for label, _ in Counter(said).most_common()]
    if len(labels) > len(COLOURS):
        labels = [*labels[: len(COLOURS) - 1], _OTHERS]
    return dict(zip(labels, COLOURS, strict=False))


def _colour(one: Prediction, place: int) -> Colour:
    number = one.track.id if one.track is not None and isinstance(one.track.id, int) else place + 1
    return COLOURS[(number - 1) % len(COLOURS)]


# -- boxes --


def _box(one: Prediction) -> Box | None:
    return None if one.track is None else one.track.box


def _within(box: Sequence[float], by: int, height: int, width: int) -> Box:
    """A box in the pixels of the canvas, at least one pixel of it inside."""
    left, right = (min(max(round(x * by), 0), width) for x in (box[0], box[2]))
    top, bottom = (min(max(round(y * by), 0), height) for y in (box[1], box[3]))
    left, top = min(left, width - 1), min(top, height - 1)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _outline(canvas: Picture, box: Box, line: int, colour: Colour, broken: bool) -> None:
    """A coloured line on the box's edge, inwards, with a black one on either side of it; dashes where `broken`."""
    left, top, right, bottom = box
    height, width = canvas.shape[:2]
    thin = max(1, line // 2)
    for out, thick, ink in ((thin, line + 2 * thin, (0, 0, 0)), (0, line, colour)):
        a, b = max(left - out, 0), min(right + out, width)
        c, d = max(top - out, 0), min(bottom + out, height)
        thick = max(1, min(thick, (b - a + 1) // 2, (d - c + 1) // 2))
        across, down = _dashes(b - a, line, broken and ink == colour), _dashes(d - c, line, broken and ink == colour)
        for band in (canvas[c : c + thick, a:b], canvas[d - thick : d, a:b]):
            band[:, across] = ink
        for band in (canvas[c:d, a : a + thick], canvas[c:d, b - thick : b]):
            band[down] = ink


def _dashes(length: int, line: int, broken: bool) -> NDArray[np.bool_]:
    places = np.arange(length) // (_BROKEN * line)
    return places % 2 == 0 if broken else places >= 0


# -- plates --


def _look(height: int, width: int, boxes: Sequence[Box]) -> _Look:
    from PIL import ImageFont

    longer = max(height, width)
    least_share = _LEAST_SHARE if len(boxes) <= _FEW else _CROWD_SHARE
    least, most = max(_LEAST_TEXT, longer * least_share), max(_LEAST_TEXT + 2, longer * _MOST_SHARE)
    wide = float(np.median([box[2] - box[0] for box in boxes])) if boxes else longer
    text = round(min(max(wide * _FACE_SHARE, least), most))
    return _Look(ImageFont.load_default(text), text, max(2, round(min(longer * _LINE_SHARE, wide * _BOX_SHARE))))


def _room(look: _Look) -> tuple[int, int, int]:
    """Pixels of the coloured stripe, of the room around the words, and of a row."""
    return max(2, look.text // 4), max(2, look.text // 4), round(look.text * 1.25)


def _size(rows: Sequence[_Row], look: _Look) -> tuple[int, int]:
    """(height, width) of a plate in pixels; (0, 0) when it would say nothing."""
    if not rows:
        return 0, 0
    stripe, room, row = _room(look)
    widest = max(_width(one, look) for one in rows)
    return row * len(rows) + 2 * room, stripe + 2 * room + widest


def _width(row: _Row, look: _Look) -> int:
    if isinstance(row, _Bar):
        return _start(look) + _BAR_LETTERS * look.text + look.text // 2 + _long(_figures(row), look)
    return _long(row, look)


def _figures(bar: _Bar) -> str:
    span = "" if bar.span is None else f"  90 %: {bar.span[0]:+.2f} to {bar.span[1]:+.2f}"
    return f"{bar.value:+.2f}{span}"


def _start(look: _Look) -> int:
    """Where bars begin, so that those of all dimensions stand below each other."""
    return max(_long(name, look) for name in DIMENSIONS) + look.text // 2


def _long(text: str, look: _Look) -> int:
    return int(-(-look.font.getlength(text) // 1))


def _plate(rows: Sequence[_Row], look: _Look, colour: Colour) -> Picture:
    """A plate with its words, (h, w, 3) uint8."""
    from PIL import Image, ImageDraw

    stripe, room, row = _room(look)
    size = _size(rows, look)
    image = Image.new("RGB", (size[1], size[0]), PLATE)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, stripe - 1, size[0] - 1), fill=colour)
    left = stripe + room
    for i, one in enumerate(rows):
        middle = room + row * i + row / 2
        words = one.name if isinstance(one, _Bar) else one
        pen.text((left, middle), words, fill=INK, font=look.font, anchor="lm")
        if isinstance(one, _Bar):
            _bar(pen, one, (left + _start(look), middle), look)
    return np.asarray(image)


def _bar(pen: Any, bar: _Bar, at: tuple[float, float], look: _Look) -> None:
    """A frame from -1 to 1 with its middle marked, filled from there to the value, grey over its interval; in figures
    beside it."""
    (left, middle), wide, half = at, _BAR_LETTERS * look.text, max(2, look.text // 4)
    thin = max(1, look.line // 3)
    zero, end = left + wide / 2, left + wide / 2 * (1 + min(max(bar.value, -1.0), 1.0))
    if bar.span is not None:
        low, high = (left + wide / 2 * (1 + min(max(edge, -1.0), 1.0)) for edge in bar.span)
        pen.rectangle((low, middle - half, high, middle + half), fill=_GREY)
    pen.rectangle((left, middle - half, left + wide, middle + half), outline=INK, width=thin)
    pen.rectangle((min(zero, end), middle - half, max(zero, end), middle + half), fill=INK)
    pen.line((zero, middle - 2 * half, zero, middle + 2 * half), fill=INK, width=thin)
    pen.text((left + wide + look.text / 2, middle), _figures(bar), fill=INK, font=look.font, anchor="lm")


@dataclass(frozen=True, slots=True)
class _Faces:
    """The boxes of faces, (n, 4), and of each what lies between brows and mouth."""

    whole: NDArray[np.int64]
    inner: NDArray[np.int64]

    @classmethod
    def of(cls, boxes: Iterable[Box]) -> _Faces:
        whole = np.asarray(list(boxes), np.int64).reshape(-1, 4)
        high = whole[:, 3] - whole[:, 1]
        inner = whole.copy()
        inner[:, 1] += (_HAIR * high).astype(np.int64)
        inner[:, 3] -= (_CHIN * high).astype(np.int64)
        return cls(whole, inner)


def _crowd(
    them: Sequence[Prediction], boxes: Sequence[Box], faces: _Faces, look: _Look, shape: tuple[int, int]
) -> list[_Laid]:
    """Plates of many faces, which all say as much and where they can lie alike; none for few faces."""
    if len(them) <= _FEW:
        return []
    for level in _CROWDED:
        laid = _alike([level(one) for one in them], boxes, faces, look, shape)
        if any(one.covered for one in laid) and level is not _bare:
            laid = []
            for one, box in zip(them, boxes, strict=True):
                if laid and laid[-1].covered:  # in so many words there is no place for all
                    break
                laid.append(_place(level(one), box, faces, [other.box for other in laid], look, shape))
        if not any(one.covered for one in laid):
            break
    return laid


def _alike(
    said: Sequence[Sequence[_Row]], boxes: Sequence[Box], faces: _Faces, look: _Look, shape: tuple[int, int]
) -> list[_Laid]:
    """Plates that all lie at the same side of their boxes, the one at which they cover least."""
    spans = np.stack([_spans(_size(rows, look), box, faces, shape) for rows, box in zip(said, boxes, strict=True)])
    best: tuple[float, list[_Laid]] = math.inf, []
    for there in spans.transpose(1, 0, 2):
        own = (there[:, 2:] - there[:, :2]).prod(1)
        covered, edges = _covered(there, faces, there)
        covered -= own
        rank = float(_HEAVY * covered.sum() + edges.sum())
        if rank < best[0]:
            each = zip(said, there.tolist(), covered.tolist(), edges.tolist(), strict=True)
            best = rank, [_Laid(rows, (a, b, c, d), over, edge) for rows, (a, b, c, d), over, edge in each]
    return best[1]


def _single(
    one: Prediction, own: Box | None, faces: _Faces, plates: Sequence[Box], look: _Look, shape: tuple[int, int]
) -> _Laid:
    """The most words that cover nothing, else the most that lie over hair or chin alone, else the fewest."""
    tried = [_place(level(one), own, faces, plates, look, shape) for level in _LEVELS]
    bare = tried.pop()
    free = [laid for laid in tried if not laid.covered]
    return next((laid for laid in free if not laid.edges), free[0] if free else bare)


def _place(
    rows: Sequence[_Row],
    own: Box | None,
    faces: _Faces,
    plates: Sequence[Box],
    look: _Look,
    shape: tuple[int, int],
) -> _Laid:
    """A plate inside the picture, where it covers least."""
    size = _size(rows, look)
    spans = _spans(size, own, faces, shape)
    covered, edges = _covered(spans, faces, np.asarray(plates, np.int64).reshape(-1, 4))
    covered += max(size[0] - shape[0], 0) + max(size[1] - shape[1], 0)  # what is cut off is not there to be read
    best = int((_HEAVY * covered + edges).argmin())
    left, top, right, bottom = spans[best].tolist()
    return _Laid(rows, (left, top, right, bottom), float(covered[best]), float(edges[best]))


def _spans(size: tuple[int, int], own: Box | None, faces: _Faces, shape: tuple[int, int]) -> NDArray[np.int64]:
    """(n, 4) where a plate may lie in the picture, the better places first: above the face, below it, beside it, over
    its hair or chin, and inside it; of a whole picture, in a corner."""
    (high, wide), (height, width) = size, shape
    if own is None:
        tries = [(x, y) for y in (0, height - high) for x in (0, width - wide)]
    else:
        left, top, right, bottom = own
        middle = (left + right - wide) // 2
        columns = (left, right - wide, middle)
        tries = [(x, y) for y in (top - high, bottom) for x in columns]
        tries += [(x, y) for y in (top, bottom - high) for x in (right, left - wide)]
        hair, chin = (int(share * (bottom - top)) for share in (_HAIR, _CHIN))
        rows = (top - high // 2, bottom - high // 2, top + hair - high, bottom - chin, top, bottom - high)
        tries += [(x, y) for y in rows for x in columns]
    places = np.clip(np.asarray(tries, np.int64), 0, np.maximum([width - wide, height - high], 0))
    return np.hstack([places, np.minimum(np.add(places, [wide, high]), [width, height])])


def _covered(
    spans: NDArray[np.int64], faces: _Faces, plates: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) pixels that each of n spans covers of faces between brows and mouth and of plates, and of hair and chins."""
    inner = _overlap(spans, faces.inner)
    return inner + _overlap(spans, plates), _overlap(spans, faces.whole) - inner


def _overlap(spans: NDArray[np.int64], boxes: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) pixels that each of n spans shares with all boxes."""
    # of a crowd these are the largest arrays: one side after the other is five times as fast as both in one
    wide, high = (
        np.maximum(np.minimum.outer(spans[:, i + 2], boxes[:, i + 2]) - np.maximum.outer(spans[:, i], boxes[:, i]), 0)
        for i in (0, 1)
    )
    return np.asarray(np.einsum("ij,ij->i", wide, high), np.float64)


# -- the strip below a crowd --


def _strip(key: Mapping[str, Colour], said: Sequence[str], unsure: bool, look: _Look, width: int) -> Picture:
    """(h, width, 3) uint8: each colour with its label and how many have it, and where more is said of a number."""
    from PIL import Image, ImageDraw

    counts = Counter(label if label in key else _OTHERS for label in said)
    gap, row = look.text, round(look.text * 1.6)
    square = round(look.text * 0.8)
    told: list[tuple[Colour | None, str]] = [(key[label], f"{label} {counts[label]}") for label in key]
    told += [(None, "broken line: not sure")] * unsure + [(None, "number: which face in the predictions")]
    lines: list[list[tuple[int, Colour | None, str]]] = [[]]
    left = gap
    for colour, text in told:
        wide = _long(text, look) + (0 if colour is None else square + gap // 2)
        if lines[-1] and left + wide > width - gap:
            lines.append([])
            left = gap
        lines[-1].append((left, colour, text))
        left += wide + round(1.5 * gap)
    image = Image.new("RGB", (width, row * len(lines) + gap), PLATE)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        middle = gap / 2 + row * (number + 0.5)
        for left, colour, text in line:
            if colour is not None:
                pen.rectangle((left, middle - square / 2, left + square, middle + square / 2), fill=colour)
                left += square + gap // 2
            pen.text((left, middle), text, fill=INK, font=look.font, anchor="lm")
    return np.asarray(image)
