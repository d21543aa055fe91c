"""ArtPhoto: 806 art photographs, each with the one emotion that its maker meant to evoke.

Reference: Machajdik and Hanbury, Affective Image Classification using Features Inspired by Psychology and Art Theory,
ACM Multimedia 2010. Pictures were found on a site for art by the emotion that the artist had written beside them; the
name of a file begins with it ("amusement_0001.jpg"; "content" and "sad" are our contentment and sadness).
Read from descriptions, not from the files: pictures lie in the folder itself or in testImages_artphoto.
Known faults: 101 amusement, 77 anger, 102 awe, 70 contentment, 70 disgust, 105 excitement, 115 fear, 166 sadness, so
published figures are means over folds drawn at random; artists are not named, so a fold may cut one; nobody but the
artist judged them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import mikels
from . import _pictures, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "ArtPhoto",
    "reference": "machajdik2010affective",
    "url": "https://www.imageemotion.org/",
    "folder": "scene/artphoto",
    "modalities": ["scene"],
    "languages": [],
    "licence": "no licence, research only; the pictures belong to their artists",
    "split": "none",
    "groups": [],
    "limits": ["art photographs, often with strong effects of light and colour", "few pictures"],
    "raters": "the artist of each picture, one label",
}

TASKS = (Task("artphoto", target="emotion", kind=Kind.SINGLE, scheme="mikels", names=mikels.NAMES, view=View.INTENDED),)
_INNER = "testImages_artphoto"
_SUFFIX = ".jpg"


def rows(root: Path) -> Iterator[Sample]:
    """Samples by the name of the picture, from the folder itself or from testImages_artphoto in it.

    Raises:
        DataError: no picture, or one whose name begins with no emotion.
    """
    folder = root / _INNER if (root / _INNER).is_dir() else root
    files = sorted(p for p in folder.glob("*_*") if p.suffix.lower() == _SUFFIX)
    if not files:
        there = ", ".join(sorted(p.name for p in root.iterdir())[:8]) if root.is_dir() else "no such folder"
        need = f"pictures such as amusement_0001.jpg (official layout) in {root}"
        raise DataError(need, there or "an empty folder", "point to the corpus's own folder")
    for file in files:
        yield Sample(file.stem, {"scene": Media(path=str(file))}, (Rating("artphoto", _emotion(file.name)),))


def _emotion(file: str) -> str:
    start = file.split("_")[0].lower()
    name = mikels.SYNONYMS.get(start, start)
    if name not in mikels.NAMES:
        raise DataError(f"one of {', '.join(mikels.NAMES)} before the _ of {file}", repr(start), "rename the file")
    return name


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: five skies for each emotion, bright for the pleasant ones."""
    short = {"contentment": "content", "sadness": "sad"}
    for i, name in enumerate(mikels.NAMES):
        for number in range(5):
            light = rng.uniform(0.6, 1.0) if i < 4 else rng.uniform(0.0, 0.4)
            file = f"{short.get(name, name)}_{rng.integers(100) * 10 + number:04}.jpg"
            write(root / _INNER / file, _pictures.picture(rng, light))
