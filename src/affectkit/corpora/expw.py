"""ExpW: 91,793 faces in pictures of the web, each with a box and one of seven expressions.

Reference: Zhang et al., From Facial Expression Recognition to Interpersonal Relation Prediction, International Journal
of Computer Vision 2018. A line of label.lst is a face: picture, number of the face in it, top, left, right and bottom
of its box (in this order), how sure the detector was, and the expression (0 angry, 1 disgust, 2 fear, 3 happy, 4 sad,
5 surprise, 6 neutral). A picture may have several faces, each a sample with its own `box`; they share the group
"source", and a note says how sure the detector was.
Known faults: pictures were found by words of emotion and kept little checked, boxes are a detector's, and some hold no
face (leave out by the detector's sureness); one label per face, by whom is not told; fear and disgust are few. There is
no official split, and figures are on random ones: keep the pictures' faces together.
The layout was read from descriptions, not from the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ekman_neutral
from . import layout
from ._faces import SIDE, drawn, inside, number, numbered, put

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "ExpW",
    "reference": "zhang2018facial",
    "url": "https://mmlab.ie.cuhk.edu.hk/projects/socialrelation/index.html",
    "folder": "face/expw",
    "modalities": ["face"],
    "languages": [],
    "licence": "non-commercial research only",
    "split": "none official: keep the faces of a picture together",
    "groups": ["source"],
    "disjoint": [],
    "limits": ["pictures of the web found by words of emotion", "boxes of a detector, some without a face"],
    "raters": "people who are not told apart, one label per face",
}

TASKS = (
    Task(
        "expw",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=ekman_neutral.NAMES,
        view=View.PERCEIVED,
    ),
)
_NAMES = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")  # by number
_COLUMNS = ("picture", "face", "top", "left", "right", "bottom", "confidence", "expression")
_CORNERS = ("left", "top", "right", "bottom")
_LAYOUTS = {
    "official": ("label/label.lst", "image/origin"),
    "data": ("data/label/label.lst", "data/image/origin"),
    "flat": ("label.lst", "origin"),
}


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, one per face.

    Raises:
        DataError: a line of another form, or a box or expression that is none.
    """
    labels, images = (root / name for name in _LAYOUTS[layout(root, _LAYOUTS)])
    with labels.open(encoding="utf-8") as lines:
        for at, line in enumerate(lines, 1):
            cells = line.split()
            if not cells:
                continue
            where = f"line {at} of {labels.name}"
            if len(cells) != len(_COLUMNS):
                raise DataError(f"{', '.join(_COLUMNS)} in {where}", f"{len(cells)} cells", "get the labels again")
            row = dict(zip(_COLUMNS, cells, strict=True))
            box = inside((number(row[side], f"the {side} side", where) for side in _CORNERS), where)
            sure = number(row["confidence"], "the confidence", where)
            rating = Rating("expw", numbered(_NAMES, row["expression"], where), note=f"detector's confidence {sure:g}")
            picture = row["picture"]
            media = {"face": Media(path=str(images / picture), box=box)}
            yield Sample(f"{picture.rpartition('.')[0]}#{row['face']}", media, (rating,), {"source": picture})


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 42 drawn faces in 28 pictures, of which every second has two side by side."""
    import io

    from PIL import Image

    kinds = [int(kind) for kind in rng.permutation(6 * list(range(len(_NAMES))))]
    lines = []
    for at in range(28):
        picture, wide = f"{_NAMES[at % 7]}_word_{at}.jpg", Image.new("RGB", (2 * SIDE, SIDE + 4))
        for face in range(1 + at % 2):
            kind, left = kinds.pop(), SIDE * face
            wide.paste(Image.open(io.BytesIO(drawn(rng, kind))), (left, 4))
            sure = rng.uniform(20, 80)
            lines.append(f"{picture} {face} 4 {left} {left + SIDE} {SIDE + 4} {sure:.4f} {kind}")
        file = io.BytesIO()
        wide.save(file, "JPEG")
        put(root, f"image/origin/{picture}", file.getvalue())
    put(root, "label/label.lst", "\n".join(lines) + "\n")
