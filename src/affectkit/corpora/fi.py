"""FI (Flickr and Instagram): 23,308 pictures found by the name of an emotion, which three of five workers confirmed.

Reference: You, Luo, Jin and Yang, Building a Large Scale Dataset for Image Emotion Recognition: The Fine Print and The
Benchmark, AAAI 2016. 225 workers were asked of a picture whether it evokes the one emotion it had been found by. Task
`fi` is this emotion, the name of the folder a picture lies in; `fi.votes` are the single answers, which say something
of that one emotion and nothing of the others, so only it is judged.
Read from descriptions and from programs that use it, not from the files: folders <emotion>/*.jpg, and beside them,
where they were kept, agg/*.csv, lists without a header line of emotion, web address, workers against, workers for.
A picture has votes where its file bears the name that its address ends with; several lines of it are added up.
Differs from the release: `agg` lists all that were asked about, 90,000 pictures; only those that are there are read.
Known faults: a web address that is gone left no picture, so copies differ in number; folders are of very different
size; the same photograph may lie in two folders, and photographers are not named.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import mikels
from . import _pictures, layout, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "FI (Flickr and Instagram)",
    "reference": "you2016building",
    "url": "https://qzyou.github.io/",
    "folder": "scene/fi",
    "modalities": ["scene"],
    "languages": [],
    "licence": "on request, research only; the pictures belong to their photographers",
    "split": "none (the paper draws 80 / 5 / 15 at random and does not list it)",
    "groups": [],
    "limits": ["pictures found by the name of an emotion in English", "one emotion asked for per picture"],
    "raters": "five of 225 workers per picture, anonymous: does it evoke the emotion it was found by?",
}

TASKS = (
    Task("fi", target="emotion", kind=Kind.SINGLE, scheme="mikels", names=mikels.NAMES, view=View.FELT),
    Task("fi.votes", target="emotion", kind=Kind.MULTI, scheme="mikels", names=mikels.NAMES, view=View.FELT),
)
_LAYOUTS = {"official": mikels.NAMES}
_LISTS = "agg"
_RULE = "search word that three of five confirmed"

Votes = dict[tuple[str, str], tuple[int, int]]


def rows(root: Path) -> Iterator[Sample]:
    """Samples by emotion and name of the file (folders <emotion>/*.jpg, lists of votes agg/*.csv).

    Raises:
        DataError: a line of a list that does not hold an emotion, an address and two numbers.
    """
    layout(root, _LAYOUTS)
    votes = _votes(root / _LISTS)
    for emotion in mikels.NAMES:
        for file in sorted((root / emotion).glob("*.jpg")):
            against, agree = votes.get((emotion, file.stem), (0, 0))
            ratings = [Rating("fi", emotion, rater="consensus", rule=_RULE)]
            for value, count in ((frozenset({emotion}), agree), (frozenset[str](), against)):
                if count:
                    ratings.append(Rating("fi.votes", value, count=count, judged=(emotion,)))
            yield Sample(f"{emotion}/{file.stem}", {"scene": Media(path=str(file))}, tuple(ratings))


def _votes(folder: Path) -> Votes:
    """(emotion, name of the picture) -> workers against and for."""
    against: Counter[tuple[str, str]] = Counter()
    agree: Counter[tuple[str, str]] = Counter()
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for number, line in enumerate(csv.reader(file), 1):
                try:
                    emotion, address, no, yes = (cell.strip() for cell in line)
                    key = mikels.SYNONYMS.get(emotion, emotion), PurePosixPath(address).stem
                    against[key] += int(no)
                    agree[key] += int(yes)
                except ValueError as error:
                    need = f"emotion, address and two numbers of workers in line {number} of {path.name}"
                    raise DataError(need, ",".join(line)[:80], "get the list again") from error
    return {key: (against[key], agree[key]) for key in agree}


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: five skies for each emotion, four of them with votes, in two lists."""
    lists: tuple[list[str], list[str]] = ([], [])
    for i, name in enumerate(mikels.NAMES):
        for number in range(5):
            light = rng.uniform(0.6, 1.0) if i < 4 else rng.uniform(0.0, 0.4)
            stem = f"{rng.integers(10**6)}_{i}{number}"
            write(root / name / f"{stem}.jpg", _pictures.picture(rng, light))
            against = int(rng.integers(0, 3))
            if number:
                lists[number % 2].append(f"{name},http://example.org/{i}/{stem}.jpg,{against},{5 - against}")
    for part, lines in enumerate(lists):
        write(root / _LISTS / f"list_{part}.csv", "\n".join(lines) + "\n")
