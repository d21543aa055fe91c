"""Numbers of a whole picture: its colours and where they are, textures, how its parts vary together, patches, pixels.

Reference: Machajdik and Hanbury, Affective Image Classification Using Features Inspired by Psychology and Art Theory,
ACM Multimedia 2010 (colours, textures and places as what moves who looks at a picture); Ojala, Pietikäinen and Mäenpää,
Multiresolution Gray-Scale and Rotation Invariant Texture Classification with Local Binary Patterns, IEEE Transactions
on Pattern Analysis and Machine Intelligence 24, 2002; Tuzel, Porikli and Meer, Region Covariance, ECCV 2006; Dalal and
Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005 (the lines of a patch).
Every picture is first brought to about as many pixels as one of 240 x 192 has, in its own proportions, so that a size
means the same in all. A picture and its mirror image have the same numbers: the mean of both, and the patches of both;
its pixels alone, which stand at the end for an encoder to look at, are those of the picture itself. Nothing in the
numbers was learnt.
Differs from the papers: of Machajdik and Hanbury's numbers those that need no segmentation, with plainer formulas;
local binary patterns of eight neighbours in a square, at three sizes of the picture, as square roots of shares;
covariances are of patches, not pixels, and their logarithm is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

CARD = {
    "title": "Colours, textures, covariances, layout, patches and pixels of a picture",
    "reference": "machajdik2010affective",
    "takes": "scene",
    "form": "float32 (1, d): the numbers of each of `BLOCKS`, those of `PATCHES` patches, the colours of `PIXELS`",
    "extra": None,
}

Picture = NDArray[np.uint8]
Numbers = NDArray[np.float32]

_PIXELS = 240 * 192
_LEAST = 48  # pixels of a side, however long and narrow a picture is
_COLOURS = (
    (0, 0, 0),
    (128, 128, 128),
    (255, 255, 255),
    (220, 20, 20),  # red
    (250, 140, 20),  # orange
    (250, 240, 40),  # yellow
    (40, 160, 40),  # green
    (30, 60, 200),  # blue
    (120, 40, 140),  # violet
    (250, 150, 190),  # pink
    (110, 60, 20),  # brown
    (135, 190, 235),  # sky
    (210, 170, 130),  # skin
)
"""What colours are called by, as sRGB."""
_LOOSE = 20.0  # units of Lab in which colours run into one another
_NAMED = (60, 48)  # pixels, width and height, at which colours are named, and in which the picture stands at the end
_SMOOTH, _ROUGH = (4.0, 1.0), (12.0, 2.0)  # units of lightness: below and above which, and how sharply
_PATTERNS = 59  # local binary patterns of eight neighbours that are told apart
_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
_SIZES = ((160, 128), (80, 64))  # pixels, width and height, at which patches are cut
_PLACES, _PLACE = 3, 32  # rows and columns of places of the layout, and pixels of a side of each
_CELL = 8  # pixels; a patch is 2 x 2 cells, and the next one begins a cell further
_LINES = 9  # directions
_SUMMED = 24  # numbers of a patch of which covariances are taken
_FLOOR = 0.1  # what is added to their variances: less is noise
_USUAL = np.repeat(
    np.asarray([0.16, 0.23, 0.48, 0.08, 0.13, 0.12, 0.02, 0.03, 0.33, 0.06, 0.08, 0.29, 0.15], np.float32),
    (_LINES, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
)
"""How much the numbers of a patch usually vary: lines, their strength, mean colour and its spread over cells (L, a, b),
spread within cells (L, a, b), height, distance from the middle."""

PATCH = 4 * _LINES + 4 * 3 + 3 + 2
"""Numbers of a patch: lines of four cells, their mean L, a, b, the spread within, and where the patch lies."""
PATCHES = 2 * sum((w // _CELL - 1) * (h // _CELL - 1) for w, h in _SIZES)
PIXELS = (_NAMED[1], _NAMED[0], 3)
"""Height, width and colours (red, green and blue, from 0 to 255) of the picture at the end."""
BLOCKS = {
    "colours": 8 * len(_COLOURS),
    "texture": 3 * _PATTERNS,
    "covariance": (_SUMMED + 1) * (_SUMMED + 2) // 2,
    "layout": _PLACES**2 * 6,
}
"""How many numbers of the whole picture belong together."""


@dataclass(frozen=True)
class Config:
    """No settings."""


def extract(config: Config, picture: Picture) -> Numbers:
    """(1, d) float32 of a picture (h, w, 3) uint8 of any size."""
    sized = _sized(picture)
    whole, patches = [], []
    for side in (sized, np.ascontiguousarray(sized[:, ::-1])):
        patches.append(_patches(side))
        whole.append(np.concatenate([_colours(side), _texture(side), _covariance(patches[-1]), _layout(side)]))
    found = [np.mean(whole, 0), *(p.ravel() for p in patches), _resized(sized, *_NAMED).ravel()]
    return np.concatenate(found)[None].astype(np.float32)


def toy() -> Config:
    return Config()


def _sized(picture: Picture) -> Picture:
    """The picture with about `_PIXELS` pixels."""
    height, width = picture.shape[:2]
    scale = (_PIXELS / (height * width)) ** 0.5
    width, height = (int(np.clip(round(side * scale), _LEAST, _PIXELS // _LEAST)) for side in (width, height))
    return _resized(picture, width, height)


def _resized(picture: Picture, width: int, height: int) -> Picture:
    import cv2

    if picture.shape[:2] == (height, width):
        return picture
    # a mean over areas has no patterns of its own, but makes squares where there is more to fill
    smaller = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how))


def _lab(picture: Picture) -> Numbers:
    """(h, w, 3) lightness and two colour axes, each as 8 bits have them."""
    import cv2

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.float32)


def _colours(picture: Picture) -> Numbers:
    """(8 x 13,) square roots of how much of it each colour has: in all of it, where it is smooth, in between and rough,
    and towards its top, its middle row, its bottom and its sides.
    """
    import cv2

    named = _lab(np.asarray([_COLOURS], np.uint8))[0]
    lab = _lab(picture)
    light = np.ascontiguousarray(lab[..., 0])
    mean, square = (cv2.resize(x, _NAMED, interpolation=cv2.INTER_AREA) for x in (light, light * light))
    spread = cv2.blur(np.sqrt(np.maximum(square - mean**2, 0)), (3, 3))
    small = np.asarray(cv2.resize(picture, _NAMED, interpolation=cv2.INTER_AREA), np.uint8)
    far = ((_lab(small)[:, :, None] - named) ** 2).sum(3) / (2 * _LOOSE**2)
    near = np.exp(far.min(2, keepdims=True) - far)
    near /= near.sum(2, keepdims=True)
    smooth, rough = (1 / (1 + np.exp(np.clip(x, -50, 50))) for x in _limits(spread))
    kinds = [np.ones_like(spread), smooth, np.maximum(1 - smooth - rough, 0), rough, *_parts()]
    return np.asarray(np.sqrt(np.concatenate([(near * kind[..., None]).mean((0, 1)) for kind in kinds])))


def _limits(spread: Numbers) -> tuple[Numbers, Numbers]:
    """How far above smooth and below rough a spread is, in units of how sharp these limits are."""
    return (spread - _SMOOTH[0]) / _SMOOTH[1], (_ROUGH[0] - spread) / _ROUGH[1]


@cache
def _parts() -> tuple[Numbers, ...]:
    """How much each place counts towards the top, the middle row, the bottom and the sides; 1 in the mean."""
    width, height = _NAMED
    y, x = np.linspace(-1, 1, height)[:, None] + np.zeros((1, width)), np.linspace(-1, 1, width) + np.zeros((height, 1))
    kinds = (np.maximum(-y, 0), 1 - np.abs(y), np.maximum(y, 0), np.abs(x) * (1 - np.abs(y)))
    return tuple((kind / kind.mean()).astype(np.float32) for kind in kinds)


def _texture(picture: Picture) -> Numbers:
    """(3 x 59,) square roots of shares of local binary patterns at the picture's size, half and a quarter of it."""
    import cv2

    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = grey.shape
    made = [_patterns(_resized(grey, width // times, height // times)) for times in (1, 2, 4)]
    return np.concatenate([np.sqrt(np.bincount(p.ravel(), minlength=_PATTERNS) / p.size) for p in made])


def _patterns(grey: Picture) -> NDArray[np.int64]:
    """(h - 2, w - 2) which of 59 patterns the eight neighbours of a pixel make that are at least as bright as it is."""
    height, width = grey.shape
    middle, made = grey[1:-1, 1:-1], np.zeros((height - 2, width - 2), np.uint8)
    for bit, (down, across) in enumerate(_AROUND):
        there = grey[1 + down : height - 1 + down, 1 + across : width - 1 + across] >= middle
        made |= there.astype(np.uint8) << bit
    return _uniform()[made]


@cache
def _uniform() -> NDArray[np.int64]:
    """(256,) number of each pattern: those that change at most twice around have one each, all others the last."""
    changes = [(code ^ (code >> 1 | (code & 1) << 7)).bit_count() for code in range(256)]
    few = np.asarray(changes) <= 2
    return np.where(few, np.cumsum(few) - 1, _PATTERNS - 1)


def _layout(picture: Picture) -> Numbers:
    """(54,) mean and deviation of lightness and both colour axes in each of nine places, row by row."""
    side = _PLACES * _PLACE
    places = _lab(_resized(picture, side, side)).reshape(_PLACES, _PLACE, _PLACES, _PLACE, 3)
    return np.stack([places.mean((1, 3)), places.std((1, 3))], 2).ravel()


def _patches(picture: Picture) -> Numbers:
    """(n, 53) patches of 16 x 16 pixels of the picture, brought to two sizes."""
    return np.concatenate([_of_size(_resized(picture, *size)) for size in _SIZES])


def _of_size(picture: Picture) -> Numbers:
    import cv2

    height, width = picture.shape[:2]
    rows, columns = height // _CELL - 1, width // _CELL - 1
    size, cell, block = (width, height), (_CELL, _CELL), (2 * _CELL, 2 * _CELL)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    lines = np.asarray(cv2.HOGDescriptor(size, block, cell, cell, _LINES).compute(grey), np.float32)
    lines = lines.reshape(columns, rows, 4 * _LINES).transpose(1, 0, 2)  # it goes down first
    cells = _lab(picture).reshape(rows + 1, _CELL, columns + 1, _CELL, 3)
    mean, square = cells.mean((1, 3)), (cells * cells).mean((1, 3))
    spread = np.sqrt(np.maximum(_four(square).mean(2) - _four(mean).mean(2) ** 2, 0))
    y, x = (np.arange(rows) + 0.5) / rows, np.abs((np.arange(columns) + 0.5) / columns - 0.5)
    place = np.stack(np.broadcast_arrays(y[:, None], x[None]), 2)
    found = [lines, _four(mean).reshape(rows, columns, 12) / 255, spread / 64, place]
    return np.concatenate(found, 2).reshape(-1, PATCH).astype(np.float32)


def _four(cells: Numbers) -> Numbers:
    """(h - 1, w - 1, 4, c) the four cells of each patch, of cells (h, w, c)."""
    return np.stack([cells[:-1, :-1], cells[:-1, 1:], cells[1:, :-1], cells[1:, 1:]], 2)


def _covariance(patches: Numbers) -> Numbers:
    """(325,) how the numbers of patches vary together, and what they are in the mean.

    The matrix holds the second moments of the numbers, a 1 among them. Its logarithm makes it a point in a flat space;
    what hardly varies counts as varying a little.
    """
    lines, mean = patches[:, :36].reshape(-1, 4, _LINES), patches[:, 36:48].reshape(-1, 4, 3)
    each = [lines.mean(1), np.sqrt((lines**2).sum(2)), mean.mean(1), mean.std(1), patches[:, 48:]]
    rows = (np.concatenate(each, 1) / _USUAL).astype(np.float64)
    moments = np.eye(_SUMMED + 1)
    middle = rows.mean(0)
    moments[:-1, :-1] = np.cov(rows.T) + np.outer(middle, middle) + _FLOOR * np.eye(_SUMMED)
    moments[:-1, -1] = moments[-1, :-1] = middle
    values, vectors = np.linalg.eigh(moments)
    logarithm = (vectors * np.log(np.maximum(values, _FLOOR / 10))) @ vectors.T
    return np.asarray(logarithm[np.triu_indices(_SUMMED + 1)], np.float32)
