"""WRIME: Japanese posts with the intensity of eight emotions, as their writers felt and three readers perceived them.

Reference: Kajiwara et al., WRIME: A New Dataset for Emotional Intensity Estimation with Subjective and Objective
Annotations, NAACL 2021; version 2 adds sentiment (Suzuki et al., LREC 2022). Version 1 has 43,200 posts of 80 writers,
version 2 35,000 of 60 of them; the latter is read where both lie in the folder.
Intensities go from 0 (none) to 3 (strong). The readers' mean in the files is rounded, so the three readers are read one
by one; whether a reader's number means the same person throughout is not said. Sentiment goes from -2 to 2.
Known faults: whether the official split keeps writers whole is not said, so it may not: split by the group `person` to
be sure; a line break inside a post is written as a backslash and n. The licence forbids to pass on anything made of it.
Not proven on the files themselves, only on an imitation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import plutchik, sentiment5
from . import layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "WRIME",
    "reference": "kajiwara2021wrime",
    "url": "https://github.com/ids-cv/wrime",
    "folder": "text/wrime",
    "modalities": ["text"],
    "languages": ["ja"],
    "licence": "CC BY-NC-ND 4.0",
    "split": "official (version 2: 30,000 / 2,500 / 2,500; version 1: 40,000 / 1,200 / 2,000)",
    "groups": ["month", "person"],
    "disjoint": [],
    "raters": "the writer, and three readers per post",
}

_INTENSITY = (0.0, 3.0)
TASKS = (
    Task(
        "wrime",
        target="emotion",
        kind=Kind.ORDINAL,
        scheme="plutchik",
        names=plutchik.NAMES,
        range=_INTENSITY,
        view=View.PERCEIVED,
    ),
    Task(
        "wrime.writer",
        target="emotion",
        kind=Kind.ORDINAL,
        scheme="plutchik",
        names=plutchik.NAMES,
        range=_INTENSITY,
        view=View.FELT,
    ),
    Task(
        "wrime.sentiment",
        target="sentiment",
        kind=Kind.SINGLE,
        scheme="sentiment5",
        names=sentiment5.NAMES,
        view=View.PERCEIVED,
    ),
    Task(
        "wrime.writer_sentiment",
        target="sentiment",
        kind=Kind.SINGLE,
        scheme="sentiment5",
        names=sentiment5.NAMES,
        view=View.FELT,
    ),
)
_LAYOUTS = {
    "version 2": ("wrime-ver2.tsv",),
    "version 1": ("wrime-ver1.tsv",),
}
_SIDES = {"Writer": "writer", "Reader1": "reader1", "Reader2": "reader2", "Reader3": "reader3"}
"""How a side's columns begin -> the rater."""
_EMOTIONS = {name: name.capitalize() for name in plutchik.NAMES}
_NEED = (
    *("Sentence", "UserID", "Datetime", "Train/Dev/Test"),
    *(f"{side}_{emotion}" for side in _SIDES for emotion in _EMOTIONS.values()),
)
_SENTIMENT = dict(zip(("-2", "-1", "0", "1", "2"), sentiment5.NAMES, strict=True))


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, from wrime-ver2.tsv or wrime-ver1.tsv."""
    file = root / _LAYOUTS[layout(root, _LAYOUTS)][0]
    for number, row in enumerate(read_csv(file, need=_NEED, delimiter="\t"), 1):
        id = f"{row['UserID']}-{number}"
        ratings = [_intensities(row, side, rater, id) for side, rater in _SIDES.items()]
        ratings += [_sentiment(row, side, rater, id) for side, rater in _SIDES.items() if f"{side}_Sentiment" in row]
        year_and_month = "-".join(row["Datetime"].replace("/", "-").split("-")[:2])
        text = row["Sentence"].replace("\\n", "\n")
        groups = {"month": year_and_month, "person": row["UserID"]}
        yield Sample(id, {"text": Media(text=text)}, tuple(ratings), groups, row["Train/Dev/Test"])


def _intensities(row: Mapping[str, str], side: str, rater: str, id: str) -> Rating:
    given = [row[f"{side}_{column}"] for column in _EMOTIONS.values()]
    if not set(given) <= {"0", "1", "2", "3"}:
        raise DataError(f"intensities from 0 to 3 for {id!r}", ", ".join(given), "get the corpus again")
    task = "wrime.writer" if side == "Writer" else "wrime"
    return Rating(task, tuple(float(v) for v in given), rater=rater)


def _sentiment(row: Mapping[str, str], side: str, rater: str, id: str) -> Rating:
    given = row[f"{side}_Sentiment"]
    if given not in _SENTIMENT:
        raise DataError(f"a sentiment from -2 to 2 for {id!r}", repr(given), "get the corpus again")
    task = "wrime.writer_sentiment" if side == "Writer" else "wrime.sentiment"
    return Rating(task, _SENTIMENT[given], rater=rater)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation of version 2: 60 posts of six writers whose words give the values away."""
    made: list[dict[str, object]] = []
    for i in range(60):
        felt = rng.integers(0, 4, size=len(_EMOTIONS))
        row: dict[str, object] = {
            "Sentence": "\\n".join(f"{name} {n}" for name, n in zip(_EMOTIONS, felt, strict=True)) + f"、{i}番",
            "UserID": 1 + i % 6,
            "Datetime": f"2019/{1 + i // 10:02}/07 12:{i:02}",
            "Train/Dev/Test": ("train", "dev", "test")[(i % 6) // 4 + (i % 6) // 5],
        }
        for side in _SIDES:
            seen = felt if side == "Writer" else (felt - rng.integers(0, 2, size=len(felt))).clip(0)
            row |= {f"{side}_{column}": int(v) for column, v in zip(_EMOTIONS.values(), seen, strict=True)}
            row[f"{side}_Sentiment"] = int(rng.integers(-2, 3))
        made.append(row)
    write_csv(root / "wrime-ver2.tsv", made, delimiter="\t")
