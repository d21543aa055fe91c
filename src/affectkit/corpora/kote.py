"""KOTE: 50,000 Korean online comments with one or more of 43 emotions, or none.

Reference: Jeon, Lee and Kim, User Guide for KOTE: Korean Online Comments Emotions Dataset, arXiv 2205.05300, 2022.
Five raters per comment; the official tables keep the labels that stood after the authors had put them together, as
numbers in the order of the scheme's names. The raters' own choices (raw.json) are not read, so no votes are counted.
Known faults: most comments have many labels, as raters could tick several; near synonyms (joy, happiness, excitement)
mostly come together. Not proven on the whole files, only on an imitation of them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.kote import NAMES
from . import layout, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "KOTE",
    "reference": "jeon2022user",
    "url": "https://github.com/searle-j/KOTE",
    "folder": "text/kote",
    "modalities": ["text"],
    "languages": ["ko"],
    "licence": "MIT",
    "split": "official (40,000 / 5,000 / 5,000)",
    "groups": [],
    "raters": "five per comment, put together by the authors",
}

TASKS = (Task("kote", target="emotion", kind=Kind.MULTI, scheme="kote", names=NAMES, view=View.EXPRESSED),)
_SPLITS = {"train": "train.tsv", "dev": "val.tsv", "test": "test.tsv"}
_LAYOUTS = {"official": tuple(_SPLITS.values())}


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, from train.tsv, val.tsv and test.tsv: id, text, labels' numbers joined by ","."""
    layout(root, _LAYOUTS)
    for split, file in _SPLITS.items():
        with (root / file).open(encoding="utf-8-sig", newline="") as opened:
            for line in csv.reader(opened, delimiter="\t"):
                if len(line) > 2 and not line[0].isdecimal():
                    continue  # some copies have a line of column names
                if len(line) < 3 or not set(line[2].split(",")) <= _NUMBERS:
                    expected = f"an id, a text and numbers from 0 to {len(NAMES) - 1} in {file}"
                    raise DataError(expected, ", ".join(line)[:80] or "an empty line", "get the corpus again")
                chosen = frozenset(NAMES[int(n)] for n in line[2].split(","))
                rating = Rating("kote", chosen, rater="consensus", rule="the authors' threshold on five raters")
                yield Sample(line[0], {"text": Media(text=line[1])}, (rating,), split=split)


_NUMBERS = frozenset(str(number) for number in range(len(NAMES)))


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 90 comments whose words give their labels away."""
    lines: dict[str, list[str]] = {split: [] for split in _SPLITS}
    for i in range(90):
        chosen = sorted({int(n) for n in rng.integers(0, len(NAMES), size=1 + i % 3)})
        text = f"{' '.join(NAMES[n] for n in chosen)} ㅋㅋ {i}"
        marks = ",".join(str(int(n in chosen)) for n in range(len(NAMES)))
        split = list(_SPLITS)[(i % 9) // 7 + (i % 9) // 8]
        lines[split].append(f"{i}\t{text}\t{','.join(map(str, chosen))}\t{marks}")
    for split, file in _SPLITS.items():
        write(root / file, "\n".join(lines[split]) + "\n")
