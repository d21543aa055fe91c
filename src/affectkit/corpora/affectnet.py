"""AffectNet: 291,650 faces from the web with one of eight expressions, and the valence and arousal of each.

Reference: Mollahosseini et al., AffectNet: A Database for Facial Expression, Valence, and Arousal Computing in the
Wild, IEEE Transactions on Affective Computing 2019. Two official forms are read: the old lists training.csv and
validation.csv (beside Manually_Annotated_Images; the face's box is the Media's `box`), and the newer folders train_set
and val_set (images/0.jpg, annotations/0_exp.npy, 0_val.npy, 0_aro.npy; faces cut out, 224 x 224). Numbers count
neutral, happy, sad, surprise, fear, disgust, anger, contempt, none, uncertain, no face. A face of none of the eight has
valence and arousal only; uncertain ones and those without a face are left out, and `left_out` counts them. A number of
-2 was not given. `affectnet.seven` has the same labels without contempt, as half of the published figures do.
Validation (500 faces of each expression), on which figures are published, is test here, and about a tenth of training,
by a hash of its name, is dev: the official test is not given out. Automatic labels are not read.
Known faults: one person labelled most pictures, and two agree on about 60 % of them; expressions of training are very
uneven (134,415 happy, 3,750 contempt) and those of validation even; some pictures are in both, or twice.
The forms were read from descriptions, not from the files: validation.csv is taken with or without a line of headings.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ferplus
from . import layout, read_csv, write_csv
from ._faces import dev_or_train, drawn, inside, number, numbered, put

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "AffectNet",
    "reference": "mollahosseini2019affectnet",
    "url": "https://mohammadmahoor.com/pages/databases/affectnet/",
    "folder": "face/affectnet",
    "modalities": ["face"],
    "languages": [],
    "licence": "research only, by agreement",
    "split": "official training and validation, which is test here; a tenth of training, drawn by name, is dev",
    "groups": [],
    "limits": [
        "faces of the web found by words of emotion, uneven in age, sex and origin",
        "training is very uneven over expressions, test even: accuracy is that of a decision for even ones",
    ],
    "raters": "one of twelve trained people per picture",
}


def _labels(id: str, names: tuple[str, ...]) -> Task:
    return Task(id, target="emotion", kind=Kind.SINGLE, scheme="ferplus", names=names, view=View.PERCEIVED)


CONTEMPT = "contempt"
SEVEN = tuple(name for name in ferplus.NAMES if name != CONTEMPT)
TASKS = (
    _labels("affectnet", ferplus.NAMES),
    _labels("affectnet.seven", SEVEN),
    Task(
        "affectnet.va",
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=("valence", "arousal"),
        range=(-1.0, 1.0),
        view=View.PERCEIVED,
    ),
)
_NAMES = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", CONTEMPT)
_NONE, _UNSURE = "none of the eight", ("uncertain", "no face")
_ALL = (*_NAMES, _NONE, *_UNSURE)
"""By number."""
_NOT_GIVEN = -2.0
_BOX = ("face_x", "face_y", "face_width", "face_height")
_COLUMNS = ("subDirectory_filePath", *_BOX, "facial_landmarks", "expression", "valence", "arousal")
_LISTS = "Manually_Annotated_file_lists"
_CSV = {"training.csv": "train", "validation.csv": "test"}
_SETS = {"train_set": "train", "val_set": "test"}
_IMAGES = ("Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images", ".")
_LAYOUTS = {
    "official": tuple(_CSV),
    "lists": tuple(f"{_LISTS}/{name}" for name in _CSV),
    "arrays": tuple(f"{folder}/annotations" for folder in _SETS),
}


@dataclass(frozen=True)
class _Face:
    """A line of the lists, or the arrays of a picture."""

    id: str
    part: str
    picture: Media
    label: str
    va: tuple[float, float]


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, from the lists or the folders of arrays, without those that `left_out` counts.

    Raises:
        DataError: an expression, box, valence or arousal that is none.
    """
    for face in _faces(root):
        ratings = tuple(_ratings(face))
        if ratings:
            split = dev_or_train(face.id) if face.part == "train" else face.part
            yield Sample(face.id, {"face": face.picture}, ratings, split=split)


def left_out(root: Path) -> dict[str, int]:
    """How many pictures are left out because a rater was uncertain or saw no face: reason -> pictures."""
    return dict(Counter(face.label for face in _faces(root) if not any(_ratings(face))))


def _ratings(face: _Face) -> Iterator[Rating]:
    if face.label in _UNSURE:
        return
    if face.label in _NAMES:
        yield Rating("affectnet", face.label)
    if face.label in SEVEN:
        yield Rating("affectnet.seven", face.label)
    if _NOT_GIVEN not in face.va:
        yield Rating("affectnet.va", face.va, note=_NONE if face.label == _NONE else None)


def _faces(root: Path) -> Iterator[_Face]:
    found = layout(root, _LAYOUTS)
    read = {"official": _listed, "lists": _listed, "arrays": _arrays}[found]
    yield from read(root, root / _LISTS if _LISTS in _LAYOUTS[found][0] else root)


def _listed(root: Path, lists: Path) -> Iterator[_Face]:
    images = next(root / folder for folder in _IMAGES if (root / folder).is_dir())
    for file, part in _CSV.items():
        for row in _lines(lists / file):
            name = row[_COLUMNS[0]]
            id = name.rpartition(".")[0]
            label = numbered(_ALL, row["expression"], name)
            # where no face was seen, there need be no box
            box = None if label in _UNSURE else _box(row, name)
            va = (number(row["valence"], "valence", name), number(row["arousal"], "arousal", name))
            yield _Face(id, part, Media(path=str(images / name), box=box), label, va)


def _lines(file: Path) -> Iterator[Mapping[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        if _COLUMNS[0] not in lines.readline():
            lines.seek(0)
            yield from csv.DictReader(lines, _COLUMNS, restval="")
            return
    yield from read_csv(file, need=_COLUMNS)


def _box(row: Mapping[str, str], name: str) -> tuple[int, int, int, int]:
    left, top, width, height = (number(row[column], column, name) for column in _BOX)
    return inside((left, top, left + width, top + height), name)


def _arrays(root: Path, _: Path) -> Iterator[_Face]:
    for folder, part in _SETS.items():
        told = root / folder / "annotations"
        stems = (file.name.removesuffix("_exp.npy") for file in told.glob("*_exp.npy"))
        for stem in sorted(stems, key=lambda s: (len(s), s)):
            exp, val, aro = (told / f"{stem}_{what}.npy" for what in ("exp", "val", "aro"))
            picture = Media(path=str(root / folder / "images" / f"{stem}.jpg"))
            label = numbered(_ALL, _cell(exp), exp.name)
            va = (number(_cell(val), "valence", val.name), number(_cell(aro), "arousal", aro.name))
            yield _Face(f"{folder}/{stem}", part, picture, label, va)


def _cell(file: Path) -> str:
    """What stands in an array of one number, or of the text of one."""
    import numpy as np

    try:
        return str(np.load(file, allow_pickle=False).reshape(()).item())
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"one number in {file.name}", str(error), "get the file again") from error


def fake(root: Path, rng: np.random.Generator, form: str = "official") -> None:
    """Write a tiny synthetic imitation: 110 drawn faces whose mouth goes with the expression.

    Args:
        form: "official", the lists of boxes, or "arrays".
    """
    made: dict[str, list[tuple[int, float, float]]] = {}
    for part, many in (("train", 8), ("test", 2)):
        kinds = (int(k) for k in rng.permutation(many * list(range(len(_ALL)))))
        made[part] = [(k, *(rng.uniform(-1, 1, 2).round(4).tolist() if k < 9 else (-2.0, -2.0))) for k in kinds]
    {"official": _fake_lists, "arrays": _fake_arrays}[form](root, rng, made)


Made = Mapping[str, list[tuple[int, float, float]]]
"""Part -> expression, valence and arousal of its faces."""


def _fake_lists(root: Path, rng: np.random.Generator, made: Made) -> None:
    for (file, part), start in zip(_CSV.items(), (0, 1000), strict=True):
        lines = []
        for at, (kind, valence, arousal) in enumerate(made[part], start):
            name = f"{at % 7 + 1}/{at:032x}.jpg"
            put(root, f"{_IMAGES[0]}/{name}", drawn(rng, kind))
            left, top = (int(i) for i in rng.integers(0, 4, 2))
            cells = (name, left, top, 20, 19, "8.0;9.0", kind, valence, arousal)
            lines.append(dict(zip(_COLUMNS, cells, strict=True)))
        write_csv(root / file, lines)


def _fake_arrays(root: Path, rng: np.random.Generator, made: Made) -> None:
    import numpy as np

    for folder, part in _SETS.items():
        for at, (kind, valence, arousal) in enumerate(made[part]):
            put(root, f"{folder}/images/{at}.jpg", drawn(rng, kind))
            for what, value in (("exp", str(kind)), ("val", str(valence)), ("aro", str(arousal))):
                packed = io.BytesIO()
                np.save(packed, np.array(value))
                put(root, f"{folder}/annotations/{at}_{what}.npy", packed.getvalue())
