"""JAFFE: 213 pictures of ten Japanese women who pose six expressions and a neutral face.

Reference: Lyons et al., Coding Facial Expressions with Gabor Wavelets, FG 1998. What was posed stands in a file's name
(KA.AN1.39.tiff: person, expression, take, number), so the main task's view is intended and the poser is the rater. The
README beside the pictures has how strongly sixty Japanese women saw each emotion, from 1 to 5, as means: the task
`jaffe.seen`. Where it has several tables, the first with all six emotions counts; a picture that is not in it has none.
Known faults: what was posed is often not what was seen (fear most of all), a few pictures were sorted under another
expression than their neighbours, and takes of one person are nearly the same: split by the group "person". There is no
official split, and figures on random ones say nothing of new people. The licence lets only scientific work use it and
asks that its pictures be shown with care.
The README's table was read from descriptions, not from the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ekman, ekman_neutral
from . import layout
from ._faces import drawn, put

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "JAFFE",
    "reference": "lyons1998coding",
    "url": "https://zenodo.org/records/3451524",
    "folder": "face/jaffe",
    "modalities": ["face"],
    "languages": [],
    "licence": "non-commercial scientific research only",
    "split": "none official: leave people out",
    "groups": ["person"],
    "disjoint": [],
    "limits": ["posed expressions of ten Japanese women, grey, in one studio"],
    "raters": "the people shown: what each posed; means of sixty people who saw them",
}

TASKS = (
    Task(
        "jaffe",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=ekman_neutral.NAMES,
        view=View.INTENDED,
    ),
    Task(
        "jaffe.seen",
        target="intensity",
        kind=Kind.CONTINUOUS,
        scheme="ekman",
        names=ekman.NAMES,
        range=(1.0, 5.0),
        view=View.PERCEIVED,
    ),
)
_CODES = {"AN": "anger", "DI": "disgust", "FE": "fear", "HA": "joy", "NE": "neutral", "SA": "sadness", "SU": "surprise"}
_COLUMNS = {"HAP": "joy", "SAD": "sadness", "SUR": "surprise", "ANG": "anger", "DIS": "disgust", "FEA": "fear"}
_PICTURE = re.compile(rf"([A-Z]{{2}})\.({'|'.join(_CODES)})(\d)\.\d+")
_FIRST = "KA.AN1.39.tiff"
_LAYOUTS = {"official": (_FIRST,), "folder": (f"jaffe/{_FIRST}",)}


def rows(root: Path) -> Iterator[Sample]:
    """Samples by name.

    Raises:
        DataError: a picture whose name is not one of the corpus, or a mean that is no number.
    """
    folder = (root / _LAYOUTS[layout(root, _LAYOUTS)][0]).parent
    seen = _seen(folder)
    for file in sorted(folder.glob("*.tif*")):
        found = _PICTURE.fullmatch(file.stem)
        if found is None:
            raise DataError("a name such as KA.AN1.39.tiff", file.name, "leave out what is not of the corpus")
        person, code, take = found.groups()
        ratings = [Rating("jaffe", _CODES[code], rater=person)]
        if means := seen.get(f"{person}-{code}{take}"):
            value = tuple(means[name] for name in ekman.NAMES)
            ratings.append(Rating("jaffe.seen", value, rater="consensus", rule="mean of sixty"))
        yield Sample(file.stem, {"face": Media(path=str(file))}, tuple(ratings), {"person": person})


def _seen(folder: Path) -> dict[str, Mapping[str, float]]:
    """Picture ("KM-NE1") -> name -> mean, of the first table with all six emotions; nothing where there is none."""
    found: dict[str, Mapping[str, float]] = {}
    for file in sorted(p for p in folder.glob("README*") if p.is_file()):
        columns: tuple[str, ...] = ()
        for line in file.read_text(encoding="latin-1").splitlines():
            cells = line.split()
            heading = tuple(c for c in cells if c in _COLUMNS)
            if heading:
                if found:
                    return found  # another table begins
                columns = heading if len(heading) == len(_COLUMNS) else ()
            elif columns and re.fullmatch(rf"[A-Z]{{2}}-({'|'.join(_CODES)})\d", (cells or [""])[-1]):
                found[cells[-1]] = _means(columns, cells, file.name)
    return found


def _means(columns: tuple[str, ...], cells: list[str], where: str) -> dict[str, float]:
    """Name -> mean of a line: number, six means, picture."""
    try:
        means = [float(cell) for cell in cells[1:-1]]
        return {_COLUMNS[c]: mean for c, mean in zip(columns, means, strict=True)}
    except ValueError as error:
        need = f"a number, {len(columns)} means and a picture in a line of {where}"
        raise DataError(need, repr(" ".join(cells)), "get the file again") from error


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 42 drawn faces of three people, with means highest for what was posed."""
    lines = [f"# {' '.join(_COLUMNS)} PIC"]
    numbers = {person: int(rng.integers(40, 60)) for person in ("KA", "KM", "MK")}
    for at, (person, code, take) in enumerate(product(numbers, _CODES, (1, 2)), 1):
        numbers[person] += 1
        first = (person, code, take) == ("KA", "AN", 1)
        name = _FIRST if first else f"{person}.{code}{take}.{numbers[person]}.tiff"
        put(root, name, drawn(rng, list(_CODES).index(code), ".tiff", grey=True))
        means = (rng.uniform(4, 5) if _CODES[code] == name else rng.uniform(1, 3) for name in _COLUMNS.values())
        lines.append(f"{at} {' '.join(f'{mean:.2f}' for mean in means)} {person}-{code}{take}")
    put(root, "README", "Mean ratings, synthetic.\n\n" + "\n".join(lines) + "\n")
