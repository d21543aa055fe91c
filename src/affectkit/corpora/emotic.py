"""EMOTIC: 34,320 people in 23,571 pictures, each with what they seem to feel: 26 categories, and V, A, D from 1 to 10.

Reference: Kosti et al., Context Based Emotion Recognition using EMOTIC Dataset, IEEE Transactions on Pattern Analysis
and Machine Intelligence 42, 2020. A sample is one person: `scene` is the whole picture with the person in it, `body`
the part in the person's box. People of train were judged by one rater, those of dev and test by several, each kept as
a rating of their own; dimensions are whole steps from 1 to 10.
The official file is Annotations.mat, read by scipy, which the extra `analysis` brings; pictures lie in the folders
mscoco, ade20k, framesdb and emodb_small. The tables train.csv, val.csv and test.csv, which a widely used program makes
of it, have the raters of dev and test already joined (all categories that anyone chose, the mean of dimensions).
Differs from the release: what is not a number (a rater gave no dimension) is left out; boxes are kept as they are and
cut at the picture's edge when it is read; a box without an inside leaves only the scene.
Known faults: most people are engaged, few are embarrassed or in pain, and raters agree on few categories; the joined
labels of dev and test hold more categories than a single rater's in train; two frames of one film are two pictures.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import find
from ..errors import DataError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import emotic, vad_1_10
from . import layout, read_csv, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EMOTIC",
    "reference": "kosti2020emotic",
    "url": "https://s3.sunai.uoc.edu/emotic/index.html",
    "folder": "scene/emotic",
    "modalities": ["scene", "body"],
    "languages": [],
    "licence": "on request, research, non-commercial",
    "split": "official (about 70 / 10 / 20 of the people)",
    "groups": ["source", "database"],
    "disjoint": ["source"],
    "limits": ["what others see in a person", "photographs and film frames from the web"],
    "raters": "one per person in train, several in val and test, anonymous here",
}

TASKS = (
    Task("emotic", target="emotion", kind=Kind.MULTI, scheme="emotic", names=emotic.NAMES, view=View.PERCEIVED),
    Task(
        "emotic.vad",
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad_1_10",
        names=vad_1_10.NAMES,
        range=(1.0, 10.0),
        view=View.PERCEIVED,
    ),
)
_MAT = "Annotations.mat"
_SPLITS = dict(zip(("train", "val", "test"), SPLITS, strict=True))
_TABLES = tuple(f"{split}.csv" for split in _SPLITS)
_LAYOUTS = {
    "official": (f"Annotations/{_MAT}",),
    "official, flat": (_MAT,),
    "tables": tuple(f"emotic_pre/{file}" for file in _TABLES),
    "tables, flat": _TABLES,
}
_COLUMNS = ("Folder", "Filename", "BBox", "Categorical_Labels", "Continuous_Labels")
_AGAIN = "get the corpus again"


def rows(root: Path) -> Iterator[Sample]:
    """Samples by split, picture and person, from Annotations.mat or from the tables train.csv, val.csv and test.csv.

    Raises:
        MissingExtra: Annotations.mat is read by scipy, which the extra `analysis` brings.
        DataError: entries of another form, or an unknown category.
    """
    found = layout(root, _LAYOUTS)
    folder = (root / _LAYOUTS[found][0]).parent
    read = _mat if (folder / _MAT).exists() else _tables
    pictures = root / "emotic" if (root / "emotic").is_dir() else root
    people: Counter[str] = Counter()
    for split, source, box, ratings in read(folder):
        media = {"scene": Media(path=str(pictures / source))}
        if box is not None:
            media["body"] = Media(path=str(pictures / source), box=box)
        groups = {"source": source, "database": source.split("/")[0]}
        yield Sample(f"{source}#{people[source]}", media, ratings, groups, _SPLITS[split])
        people[source] += 1


Box = tuple[int, int, int, int]
Read = Iterator[tuple[str, str, Box | None, tuple[Rating, ...]]]


def _mat(folder: Path) -> Read:
    scipy_io = find.library("scipy.io", f"{_MAT} of EMOTIC", "analysis")
    try:
        entries = scipy_io.loadmat(folder / _MAT, simplify_cells=True)
    except (ValueError, TypeError, OSError, NotImplementedError) as error:
        raise DataError(f"a MATLAB file {_MAT}", str(error), _AGAIN) from error
    if missing := [split for split in _SPLITS if split not in entries]:
        there = ", ".join(name for name in entries if not name.startswith("__")) or "nothing"
        raise DataError(f"{', '.join(_SPLITS)} in {_MAT}", f"{there}, without {missing[0]}", _AGAIN)
    for split in _SPLITS:
        for entry in _listed(entries[split]):
            try:
                source = f"{entry['folder']}/{entry['filename']}"
                for person in _listed(entry["person"]):
                    yield split, source, _box(_listed(person["body_bbox"]), source), tuple(_raters(person, source))
            except (KeyError, TypeError, IndexError) as error:
                need = "folder, filename and person with body_bbox, annotations_categories and annotations_continuous"
                raise DataError(f"{need} in {split} of {_MAT}", repr(error), _AGAIN) from error


def _raters(person: Mapping[str, Any], source: str) -> Iterator[Rating]:
    for one in _listed(person["annotations_categories"]):
        yield Rating("emotic", _categories(_listed(one["categories"]), source))
    for one in _listed(person["annotations_continuous"]):
        value = tuple(float(one[name]) for name in vad_1_10.NAMES)
        if all(map(math.isfinite, value)):
            yield Rating("emotic.vad", value)


def _tables(folder: Path) -> Read:
    for split, file in zip(_SPLITS, _TABLES, strict=True):
        single = split == next(iter(_SPLITS))  # of train there is one rater
        rater, joined, mean = (None, None, None) if single else ("consensus", "all that any rater chose", "mean")
        for row in read_csv(folder / file, _COLUMNS):
            source = f"{row['Folder']}/{row['Filename']}"
            box, categories, value = (_literal(row[c], f"{c} of {source}") for c in _COLUMNS[2:])
            ratings = [Rating("emotic", _categories(categories, source), rater, rule=joined)]
            if value:
                ratings.append(Rating("emotic.vad", tuple(map(float, value)), rater, rule=mean))
            yield split, source, _box(box, source), tuple(ratings)


def _literal(cell: str, what: str) -> list[Any]:
    """A list as Python writes it."""
    try:
        found = ast.literal_eval(cell)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise DataError(f"a list for {what}", repr(cell)[:80], "make the tables again")
    return found


def _listed(found: Any) -> list[Any]:
    """One or several of what MATLAB holds, as a list: it does not tell one from a list of one."""
    if found is None:
        return []
    return list(found) if hasattr(found, "__len__") and not isinstance(found, str | dict) else [found]


def _categories(given: Sequence[Any], source: str) -> frozenset[str]:
    names = frozenset(str(name).strip().lower() for name in given)
    if strange := sorted(names - set(emotic.NAMES)):
        raise DataError(f"categories among {', '.join(emotic.NAMES)} for {source}", repr(strange[0]), _AGAIN)
    return names


def _box(given: Sequence[Any], source: str) -> Box | None:
    """Left, top, right and bottom, in pixels; None where nothing lies between them."""
    try:
        left, top, right, bottom = (round(float(side)) for side in given)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"a box of four numbers for {source}", str(list(given)), _AGAIN) from error
    return (left, top, right, bottom) if left < right and top < bottom else None


@dataclass(frozen=True)
class _Thing:
    """What stands beside the people of an imitation, never in anybody's box, and what it makes them feel."""

    name: str
    valence: int
    colour: tuple[int, int, int]


_THINGS = (
    _Thing("happiness", 9, (250, 220, 60)),
    _Thing("peace", 7, (60, 170, 70)),
    _Thing("sadness", 3, (50, 80, 200)),
    _Thing("fear", 2, (20, 15, 25)),
)
_POSTURES = (("fatigue", 2, 3), ("excitement", 9, 7))  # arms down and up: category, arousal, dominance
_WRONG = 0.1  # share of categories that a rater tells at random
_WIDE, _HIGH = 18, 34  # pixels of a person's box


def fake(root: Path, rng: np.random.Generator, pictures: int = 60) -> None:
    """Write a synthetic imitation, in Annotations.mat: drawn people, one or two to a picture, beside a thing.

    Half of what a person feels, with valence, is told by the thing, which lies outside every box; the other half, with
    arousal and dominance, by the arms. So the body alone cannot tell the first half.
    """
    import io

    scipy_io = find.library("scipy.io", "an imitation of EMOTIC", "analysis")
    made: dict[str, list[dict[str, Any]]] = {split: [] for split in _SPLITS}
    for i in range(pictures):
        split = [*_SPLITS][(i % 10 > 6) + (i % 10 > 7)]
        thing = _THINGS[int(rng.integers(len(_THINGS)))]
        arms = [int(rng.integers(2)) for _ in range(1 + i % 2)]
        corners = [(int(rng.integers(-3, 5)) + 23 * k, int(rng.integers(2, 12))) for k in range(len(arms))]
        folder, filename = ("mscoco/images", "framesdb/images")[i % 2], f"{i:05}.jpg"
        write(root / "emotic" / folder / filename, _drawn(rng, thing, arms, corners))
        raters = 1 if split == "train" else 3
        people = [_fake_person(rng, thing, up, at, raters) for up, at in zip(arms, corners, strict=True)]
        made[split].append({"filename": filename, "folder": folder, "person": _structs(people)})
    file = io.BytesIO()
    scipy_io.savemat(file, {split: _structs(entries) for split, entries in made.items()})
    # the first 116 bytes are a free text, in which scipy writes the time
    write(root / "Annotations" / _MAT, b"MATLAB 5.0 MAT-file, synthetic".ljust(116) + file.getvalue()[116:])
    write(root / "README.txt", "Drawn people beside things that tell what they feel.\n")  # and with it the mark


def _drawn(rng: np.random.Generator, thing: _Thing, arms: Sequence[int], corners: Sequence[tuple[int, int]]) -> bytes:
    """A JPEG of 64 x 48 pixels: people of whom only the arms differ, and a thing at the right."""
    import io

    import numpy as np
    from PIL import Image

    y, x = np.mgrid[0:48, 0:64]
    scene = np.full((48, 64, 3), rng.uniform(90, 170)) + rng.uniform(-25, 25, 3)
    middle = int(rng.integers(52, 56)), int(rng.integers(10, 38))
    scene[(x - middle[0]) ** 2 + (y - middle[1]) ** 2 < rng.uniform(5, 8) ** 2] = thing.colour
    for up, (left, top) in zip(arms, corners, strict=True):
        x_in, y_in = x - left - _WIDE // 2, y - top
        body = (x_in**2 + (y_in - 6) ** 2 < 16) | ((np.abs(x_in) < 3) & (y_in > 9) & (y_in < _HIGH - 1))
        sleeve = (np.abs(x_in) < 9) & (np.abs(x_in) > 5) & (y_in > (1 if up else 14)) & (y_in < (14 if up else 27))
        scene[body | sleeve] = rng.uniform(180, 240, 3)
    file = io.BytesIO()
    noisy = np.clip(scene + rng.normal(0, 12, scene.shape), 0, 255)
    Image.fromarray(noisy.astype(np.uint8)).save(file, "jpeg", quality=90)
    return file.getvalue()


def _fake_person(
    rng: np.random.Generator, thing: _Thing, up: int, corner: tuple[int, int], raters: int
) -> dict[str, Any]:
    import numpy as np

    names = [*(t.name for t in _THINGS), *(posture[0] for posture in _POSTURES)]
    said, felt = [], []
    for _ in range(raters):
        told = (thing.name, _POSTURES[up][0])
        chosen = list(dict.fromkeys(str(rng.choice(names)) if rng.uniform() < _WRONG else name for name in told))
        cells = np.empty((1, len(chosen)), object)
        cells[0, :] = [name.capitalize() for name in chosen]
        said.append({"categories": cells})
        steps = np.clip(np.asarray((thing.valence, *_POSTURES[up][1:])) + rng.integers(-1, 2, 3), 1, 10)
        felt.append(dict(zip(vad_1_10.NAMES, map(float, steps), strict=True)))
    left, top = corner
    return {
        "body_bbox": np.array([[left, top, left + _WIDE, top + _HIGH]], float),
        "annotations_categories": _structs(said),
        "annotations_continuous": _structs(felt),
    }


def _structs(records: Sequence[Mapping[str, Any]]) -> Any:
    """Records as MATLAB's array of structures, (1, n)."""
    import numpy as np

    array = np.empty((1, len(records)), [(name, object) for name in records[0]])
    for i, record in enumerate(records):
        array[0, i] = tuple(record.values())
    return array
