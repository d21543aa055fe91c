"""Predictions drawn into their picture: boxes, track numbers, labels with scores, what is not sure, two dimensions.

Colours are those of Okabe and Ito, which colour-blind people can tell apart; a number says the same, a broken line
"not sure". A box is a coloured line between black ones, so that it is seen on any ground; words are white on a nearly
black plate. A plate goes where it covers no other face and no other plate; where there is no such place it says less,
down to the bare number. Sizes follow the picture: a small one is enlarged by a whole factor first (`factor`).

Reference: Okabe and Ito, Color Universal Design, 2008.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..prediction import Prediction, TaskPrediction

Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]

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
DIMENSIONS = ("valence", "arousal")
"""The values that are drawn as bars, from -1 to 1."""

_SMALLEST = 320  # pixels of the longer side: in less no words can be read
_LEAST_TEXT, _LEAST_SHARE, _MOST_SHARE = 12, 1 / 90, 1 / 42  # pixels; of the longer side
_FACE_SHARE = 1 / 6  # of a face's width, for the height of letters
_LINE_SHARE = 1 / 450
_BROKEN = 4  # line widths of a dash, and of the gap after it
_MOST_LABELS = 3
_FEW, _MANY = 8, 40  # boxes up to which plates say all they know, and more than a name
_BAR_LETTERS = 5  # width of a bar, in heights of letters


@dataclass(frozen=True, slots=True)
class _Bar:
    """One dimension on a plate."""

    name: str
    value: float


_Row = str | _Bar


@dataclass(frozen=True, slots=True)
class _Look:
    """Sizes of a picture, in pixels."""

    font: Any
    text: int
    line: int


def factor(height: int, width: int) -> int:
    """By how much a picture is enlarged before anything is drawn: the longer side has at least 320 px then."""
    return max(1, -(-_SMALLEST // max(height, width)))


def draw(picture: Picture, predictions: Sequence[Prediction]) -> Picture:
    """A copy of a picture with what is predicted of it; the picture itself is left alone.

    Args:
        picture: uint8 (h, w, 3), sRGB, as it is shown.
        predictions: of this picture, or of a frame; the boxes of their tracks in its pixels. Without a box it is said
            of the whole picture, in a corner. Of what failed nothing is drawn.

    Returns:
        uint8 (f h, f w, 3), with f = `factor(h, w)`, which is 1 from 320 px on.

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
    for i in order[::-1]:
        _outline(canvas, boxes[i], look.line, _colour(shown[i], i), _unsure(shown[i]))
    first = sum(len(boxes) > most for most in (_FEW, _MANY))
    plates: list[Box] = []
    for i in (*order, *(i for i in range(len(shown)) if i not in boxes)):
        others = [box for j, box in boxes.items() if j != i]
        for level in range(first, len(_LEVELS)):
            rows = _LEVELS[level](shown[i])
            size = _size(rows, look)
            at, cost = _place(size, boxes.get(i), others, plates, (height, width))
            if not cost and size[0] <= height and size[1] <= width:
                break
        if not rows:
            continue
        plate = _plate(rows, look, size, _colour(shown[i], i))[: height - at[1], : width - at[0]]
        canvas[at[1] : at[1] + plate.shape[0], at[0] : at[0] + plate.shape[1]] = plate
        plates.append((at[0], at[1], at[0] + plate.shape[1], at[1] + plate.shape[0]))
    return canvas


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


_LEVELS = (_all, _brief, _name, _bare)


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
        values = (task.values[name] for task in one.tasks.values() if task.values is not None and name in task.values)
        yield from (_Bar(name, value) for value in list(values)[:1])


def _leading(one: Prediction) -> TaskPrediction | None:
    return next((task for task in one.tasks.values() if task.values is None), None)


def _number(one: Prediction) -> str:
    return "" if one.track is None else f"{one.track.id}  "


def _unsure(one: Prediction) -> bool:
    task = _leading(one)
    return one.error is not None or (task is not None and task.abstain)


def _colour(one: Prediction, place: int) -> tuple[int, int, int]:
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


def _outline(canvas: Picture, box: Box, line: int, colour: tuple[int, int, int], broken: bool) -> None:
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
    least, most = max(_LEAST_TEXT, longer * _LEAST_SHARE), max(_LEAST_TEXT + 2, longer * _MOST_SHARE)
    wide = float(np.median([box[2] - box[0] for box in boxes])) if boxes else longer
    text = round(min(max(wide * _FACE_SHARE, least), most))
    return _Look(ImageFont.load_default(text), text, max(2, round(longer * _LINE_SHARE)))


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
        return _start(look) + _BAR_LETTERS * look.text + look.text // 2 + _long("+0.00", look)
    return _long(row, look)


def _start(look: _Look) -> int:
    """Where bars begin, so that those of all dimensions stand below each other."""
    return max(_long(name, look) for name in DIMENSIONS) + look.text // 2


def _long(text: str, look: _Look) -> int:
    return int(-(-look.font.getlength(text) // 1))


def _plate(rows: Sequence[_Row], look: _Look, size: tuple[int, int], colour: tuple[int, int, int]) -> Picture:
    """A plate with its words, (h, w, 3) uint8."""
    from PIL import Image, ImageDraw

    stripe, room, row = _room(look)
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
    """A frame from -1 to 1 with its middle marked, filled from there to the value, and the value in figures."""
    (left, middle), wide, half = at, _BAR_LETTERS * look.text, max(2, look.text // 4)
    thin = max(1, look.line // 3)
    zero, end = left + wide / 2, left + wide / 2 * (1 + min(max(bar.value, -1.0), 1.0))
    pen.rectangle((left, middle - half, left + wide, middle + half), outline=INK, width=thin)
    pen.rectangle((min(zero, end), middle - half, max(zero, end), middle + half), fill=INK)
    pen.line((zero, middle - 2 * half, zero, middle + 2 * half), fill=INK, width=thin)
    pen.text((left + wide + look.text / 2, middle), f"{bar.value:+.2f}", fill=INK, font=look.font, anchor="lm")


def _place(
    size: tuple[int, int], own: Box | None, others: Sequence[Box], plates: Sequence[Box], shape: tuple[int, int]
) -> tuple[tuple[int, int], float]:
    """(left, top) of a plate inside the picture, and the pixels it covers there of other faces and of plates.

    First above the face, then below it, beside it, across its edge, and inside it; of a whole picture, in a corner.
    """
    (high, wide), (height, width) = size, shape
    if own is None:
        tries = [(x, y) for y in (0, height - high) for x in (0, width - wide)]
    else:
        left, top, right, bottom = own
        outside = [(left, top - high), (right - wide, top - high), (left, bottom), (right - wide, bottom)]
        across = [(left, top - high // 2), (left, bottom - high // 2)]  # half on its own face
        tries = [*outside, (right, top), (left - wide, top), *across, (left, top), (left, bottom - high)]
    places = np.asarray(tries, np.int64)
    places = np.clip(places, 0, np.maximum([width - wide, height - high], 0))
    spans = np.hstack([places, np.add(places, [wide, high])])
    covered = _overlap(spans, others) + 4.0 * _overlap(spans, plates)  # words over words: nobody reads either
    # its own face may be covered where nothing else is left, the less the better
    rank = covered + (0 if own is None else 0.05 * _overlap(spans, [own]))
    best = int(rank.argmin())
    return (int(places[best, 0]), int(places[best, 1])), float(covered[best])


def _overlap(spans: NDArray[np.int64], boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(n,) pixels that each of n spans shares with all boxes."""
    if not boxes:
        return np.zeros(len(spans))
    there = np.asarray(boxes)
    low = np.maximum(spans[:, None, :2], there[None, :, :2])
    high = np.minimum(spans[:, None, 2:], there[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(2).sum(1), np.float64)
