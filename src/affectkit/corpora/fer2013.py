"""FER2013: 35,887 grey faces of 48 x 48 pixels from the web, each with one of seven expressions.

Reference: Goodfellow et al., Challenges in Representation Learning: A Report on Three Machine Learning Contests, 2013.
Pictures were found by searching for words of emotion; people then checked boxes and labels, so a label is nobody's
single judgement and counts as a consensus. The competition's fer2013.csv has a row of pixels per face and its part in
`Usage`; numbers count angry, disgust, fear, happy, sad, surprise, neutral, which is neither the order of RAF-DB nor
that of FER+. The same faces as folders (train/angry/Training_3908.jpg, as they are passed on) are read too: there a
name that begins with a Usage tells the part, else the folder does.
Known faults: labels are rough (people reach about 65 %; the ten votes of FER+ differ widely from them: see `ferplus`),
many pictures are pixel for pixel another one, some across the parts, some show no face, and 547 show disgust in all.
In the folders, faces have no row numbers, so ids differ from those of the CSV.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ekman_neutral
from . import layout, read_csv, write_csv
from ._faces import drawn, numbered, pixels, put, sketch

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "FER2013",
    "reference": "goodfellow2013challenges",
    "url": "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge",
    "folder": "face/fer2013",
    "modalities": ["face"],
    "languages": [],
    "licence": "none given: pictures of the web, research only",
    "split": "official (28,709 / 3,589 / 3,589): Training, PublicTest, PrivateTest; repeats of pictures cross it",
    "groups": [],
    "limits": ["grey faces of 48 x 48 pixels, mostly posed stock photographs", "547 faces of disgust"],
    "raters": "the word a picture was searched by, checked by people",
}

TASKS = (
    Task(
        "fer2013",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=ekman_neutral.NAMES,
        view=View.PERCEIVED,
    ),
)
WORDS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""By the number in the CSV; also the names of the folders."""
_NAMES = tuple(ekman_neutral.SYNONYMS.get(word, word) for word in WORDS)
_USAGE = dict(zip(("Training", "PublicTest", "PrivateTest"), SPLITS, strict=True))
_FOLDERS = {"train": "train", "validation": "dev", "test": "test"}
_LAYOUTS = {"official": ("fer2013.csv",), "folders": ("train", "test")}
_SUFFIXES = (".jpg", ".jpeg", ".png")
_SIDE = 48  # pixels


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order from fer2013.csv, or by name from folders.

    Raises:
        DataError: an expression, a Usage or pixels that are none, or a folder that is no expression's.
    """
    yield from {"official": _official, "folders": _folders}[layout(root, _LAYOUTS)](root)


def _official(root: Path) -> Iterator[Sample]:
    for at, row in enumerate(read_csv(root / "fer2013.csv", need=("emotion", "pixels", "Usage"))):
        where = f"row {at + 1} of fer2013.csv"
        split = _USAGE.get(row["Usage"])
        if split is None:
            raise DataError(f"{', '.join(_USAGE)} for {where}", repr(row["Usage"]), "get the file again")
        face = Media(array=pixels(row["pixels"], _SIDE, f"in {where}", "get the file again"))
        yield _sample(f"{at:05}", face, numbered(_NAMES, row["emotion"], where), split)


def _folders(root: Path) -> Iterator[Sample]:
    for part in (root / folder for folder in _FOLDERS):
        for folder in sorted(p for p in part.glob("*") if p.is_dir()):
            if folder.name not in WORDS:
                raise DataError(f"folders {', '.join(WORDS)} in {part.name}", repr(folder.name), "rename or remove it")
            for file in sorted(p for p in folder.iterdir() if p.suffix in _SUFFIXES):
                split = _USAGE.get(file.stem.split("_")[0], _FOLDERS[part.name])
                name = _NAMES[WORDS.index(folder.name)]
                yield _sample(f"{part.name}/{folder.name}/{file.stem}", Media(path=str(file)), name, split)


def _sample(id: str, face: Media, name: str, split: str) -> Sample:
    rating = Rating("fer2013", name, rater="consensus", rule="search word, checked by people")
    return Sample(id, {"face": face}, (rating,), split=split)


def fake(root: Path, rng: np.random.Generator, form: str = "official") -> None:
    """Write a tiny synthetic imitation: 63 drawn faces whose mouth goes with the expression.

    Args:
        form: "official", the CSV, or "folders".
    """
    faces = [
        (int(kind), usage)
        for usage, many in zip(_USAGE, (5, 2, 2), strict=True)
        for kind in rng.permutation(many * list(range(len(WORDS))))
    ]
    {"official": _fake_official, "folders": _fake_folders}[form](root, rng, faces)


def _fake_folders(root: Path, rng: np.random.Generator, faces: Sequence[tuple[int, str]]) -> None:
    for at, (kind, usage) in enumerate(faces):
        folder = "train" if usage == "Training" else "test"
        put(root, f"{folder}/{WORDS[kind]}/{usage}_{at}.jpg", drawn(rng, kind, grey=True, side=_SIDE))


def _fake_official(root: Path, rng: np.random.Generator, faces: Sequence[tuple[int, str]]) -> None:
    pixels = (" ".join(map(str, sketch(rng, kind, _SIDE).astype(int).flat)) for kind, _ in faces)
    write_csv(
        root / "fer2013.csv",
        [{"emotion": kind, "pixels": text, "Usage": usage} for (kind, usage), text in zip(faces, pixels, strict=True)],
    )
