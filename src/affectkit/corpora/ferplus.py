"""FER+: 35,710 small grey faces from the web, each with ten anonymous votes, and FER2013's own label beside them.

Reference: Barsoum et al., Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
Distribution, ICMI 2016; the pictures and the task `fer2013` are those of Goodfellow et al., Challenges in
Representation Learning, 2013. Votes for "unknown" and "not a face" are kept as raters who passed. The official files
are FER+'s fer2013new.csv and the competition's fer2013.csv, row beside row; the compact ones have the same faces as
WebP, and labels of FER2013 that were found again by comparing pictures (a few are uncertain and have a note).
Nothing is decoded here: a face of the compact layout is the bytes of its file until it is read.
Known faults: 3,353 pictures are pixel for pixel another one, and 567 of dev and test lie in train so; 173 rows without
a name (no face) and four whose name another row has are left out; the two labels differ widely (of 5,102 pictures that
FER2013 calls fear, most votes of 641 agree); stock photographs, posed, uneven in age, sex and origin.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import find
from ..errors import DataError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ekman_neutral
from ..taxonomies.ferplus import NAMES
from . import layout, read_csv, write, write_csv
from ._faces import pixels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CARD = {
    "title": "FER+",
    "reference": "barsoum2016training",
    "url": "https://github.com/microsoft/FERPlus",
    "folder": "face/ferplus",
    "modalities": ["face"],
    "languages": [],
    "licence": "votes: MIT; pictures: no licence, research only",
    "split": "official (28,558 / 3,579 / 3,573); 567 pictures of dev and test are pixel for pixel in train",
    "groups": [],
    "limits": ["grey faces of 48 x 48 pixels, mostly posed stock photographs", "few votes for disgust and contempt"],
    "raters": "ten anonymous votes per picture, by a crowd; FER2013's label is one search word, checked by people",
}

TASKS = (
    Task("ferplus", target="emotion", kind=Kind.DISTRIBUTION, scheme="ferplus", names=NAMES, view=View.PERCEIVED),
    Task(
        "fer2013",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=ekman_neutral.NAMES,
        view=View.PERCEIVED,
    ),
)
_PASSED = {"unknown": "unknown", "NF": "not a face"}
_VOTES = (*NAMES, *_PASSED)
_FER2013 = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")  # by the number in fer2013.csv
_USAGE = {"train": "Training", "valid": "PublicTest", "test": "PrivateTest"}  # compact -> official
_SPLITS = {name: split for split, both in zip(SPLITS, _USAGE.items(), strict=True) for name in both}
_SIDE = 48  # pixels
_LAYOUTS = {"compact": ("labels.csv", "images.parquet"), "official": ("fer2013.csv", "fer2013new.csv")}
_UNCERTAIN = "uncertain: equal pictures had two labels, or none was clearly the same"
_MIXED = "the files may be of different versions"


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (labels.csv, images.parquet) or official (fer2013.csv, fer2013new.csv).

    Raises:
        MissingExtra: the compact layout is read by pyarrow, which the extra `analysis` brings.
        DataError: rows of the two files that do not belong together, or votes or pixels that are no numbers.
    """
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    for name, row, label, picture in read(root):
        ratings = (*_votes(name, row), label)
        split = _SPLITS.get(row["split"])
        if split is None:
            raise DataError(f"a split among {', '.join(_SPLITS)} for {name}", repr(row["split"]), "correct the file")
        yield Sample(name.removesuffix(".png"), {"face": Media(array=picture)}, ratings, split=split)


def _votes(name: str, row: Mapping[str, str]) -> Iterator[Rating]:
    for column in _VOTES:
        try:
            count = int(row[column])
        except (TypeError, ValueError) as error:
            raise DataError(f"the number of votes for {column} of {name}", repr(row[column]), "mend it") from error
        if column in _PASSED:
            if count:
                yield Rating("ferplus", None, count=count, note=_PASSED[column])
        elif count:
            yield Rating("ferplus", column, count=count)


def _label(name: str, note: str | None = None) -> Rating:
    return Rating("fer2013", name, rater="consensus", rule="search word, checked by people", note=note)


Read = Iterator[tuple[str, Mapping[str, str], Rating, "NDArray[np.uint8]"]]


def _compact(root: Path) -> Read:
    labels = read_csv(root / "labels.csv", need=("image", "split", *_VOTES, "fer2013_label", "fer2013_label_uncertain"))
    for row, face in zip_longest(labels, _pictures(root / "images.parquet")):
        if row is None or face is None or row["image"] != face[0]:
            there = "none" if row is None else row["image"]
            raise DataError(f"a row of labels.csv for {face[0] if face else 'no picture'}", there, _MIXED)
        label = ekman_neutral.SYNONYMS.get(row["fer2013_label"], row["fer2013_label"])
        note = _UNCERTAIN if row["fer2013_label_uncertain"] == "1" else None
        yield row["image"], row, _label(label, note), face[1]


def _pictures(file: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Names and the bytes of their files, (n,) uint8, in the file's order."""
    import numpy as np

    parquet = find.library("pyarrow.parquet", "the compact layout of FER+", "analysis")
    for batch in parquet.ParquetFile(file).iter_batches(4096, columns=["image", "webp"]):
        names, pictures = (batch.column(c).to_pylist() for c in ("image", "webp"))
        yield from zip(names, (np.frombuffer(p, np.uint8) for p in pictures), strict=True)


def _official(root: Path) -> Read:
    voted = list(read_csv(root / "fer2013new.csv", need=("Usage", "Image name", *_VOTES)))
    kept = _named([row["Image name"].strip() for row in voted])
    faces = read_csv(root / "fer2013.csv", need=("emotion", "pixels", "Usage"))
    for number, (face, votes) in enumerate(zip_longest(faces, voted)):
        if face is None or votes is None or face["Usage"] != votes["Usage"]:
            found = " and ".join("no row" if row is None else row["Usage"] for row in (face, votes))
            raise DataError(f"the same Usage in row {number} of fer2013.csv and fer2013new.csv", found, _MIXED)
        if number in kept:
            name = votes["Image name"].strip()
            yield (
                name,
                votes | {"split": votes["Usage"]},
                _numbered(face["emotion"], name),
                pixels(face["pixels"], _SIDE, f"for {name}", "get fer2013.csv again"),
            )


def _named(names: Sequence[str]) -> set[int]:
    """The rows to keep: those with a name, and where two have the same one, the row in whose place it belongs.

    From row to row, a name's number falls behind the row's by one more at most.
    """
    often = Counter(names)
    kept, behind = set(), 0
    for row, name in enumerate(names):
        if not name:
            continue
        now = row - int("".join(c for c in name if c.isdigit()) or 0)
        if often[name] == 1 or now - behind in (0, 1):
            kept.add(row)
            behind = now
    return kept


def _numbered(emotion: str, name: str) -> Rating:
    if emotion not in map(str, range(len(_FER2013))):
        raise DataError(f"an emotion from 0 to {len(_FER2013) - 1} for {name}", repr(emotion), "get fer2013.csv again")
    return _label(_FER2013[int(emotion)])


def fake(root: Path, rng: np.random.Generator, layout: str = "official") -> None:
    """Write a tiny synthetic imitation: 90 patterns whose brightness in each quarter goes with the votes."""
    import numpy as np

    labels: list[dict[str, object]] = []
    faces = []
    for i in range(90):
        first, second = rng.choice(len(NAMES), 2, replace=False)
        votes = dict.fromkeys(_VOTES, 0)
        votes[NAMES[first]] = int(rng.integers(5, 9))
        votes["unknown"] = int(i % 3 == 0)
        votes["NF"] = int(i % 30 == 0)
        votes[NAMES[second]] = 10 - sum(votes.values())
        split = ("train", "valid", "test")[(i % 9) // 7 + (i % 9) // 8]
        label = NAMES[first] if NAMES[first] != "contempt" else "neutral"
        labels.append({"image": f"fer{i:07}.png", "split": split, **votes, "fer2013_label": label})
        quarters = np.array([first & 1, first & 2, first & 4, second & 4], bool).reshape(2, 2)
        faces.append((np.kron(quarters * 150, np.ones((24, 24))) + rng.integers(0, 60, (48, 48))).astype(np.uint8))
    {"compact": _fake_compact, "official": _fake_official}[layout](root, labels, faces)


def _fake_compact(root: Path, labels: Sequence[dict[str, Any]], faces: Sequence[NDArray[np.uint8]]) -> None:
    from PIL import Image

    arrow = find.library("pyarrow", "the compact layout of FER+", "analysis")
    parquet = find.library("pyarrow.parquet", "the compact layout of FER+", "analysis")
    files = []
    for face in faces:
        file = io.BytesIO()
        Image.fromarray(face).save(file, "webp", quality=90)
        files.append(file.getvalue())
    table = {"image": [m["image"] for m in labels], "split": [m["split"] for m in labels], "webp": files}
    packed = io.BytesIO()
    parquet.write_table(arrow.table(table), packed)
    write(root / "images.parquet", packed.getvalue())
    write_csv(root / "labels.csv", [m | {"fer2013_label_uncertain": 0} for m in labels])


def _fake_official(root: Path, labels: Sequence[dict[str, Any]], faces: Sequence[NDArray[np.uint8]]) -> None:
    votes, pixels = [], []
    for m, face in zip(labels, faces, strict=True):
        number = _FER2013.index({"happiness": "joy"}.get(m["fer2013_label"], m["fer2013_label"]))
        votes.append({"Usage": _USAGE[m["split"]], "Image name": m["image"]} | {c: m[c] for c in _VOTES})
        pixels.append({"emotion": number, "pixels": " ".join(map(str, face.flat)), "Usage": _USAGE[m["split"]]})
    for i in (60, 20):  # rows without a name, as where there is no face
        votes.insert(i, votes[i] | {"Image name": "", **dict.fromkeys(NAMES, 0), "unknown": 0, "NF": 10})
        pixels.insert(i, pixels[i] | {"pixels": " ".join(["0"] * _SIDE**2)})
    write_csv(root / "fer2013new.csv", votes)
    write_csv(root / "fer2013.csv", pixels)
