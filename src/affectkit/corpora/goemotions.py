"""GoEmotions: 54,263 Reddit comments with 27 emotions and neutral, several per comment.

Reference: Demszky et al., GoEmotions: A Dataset of Fine-Grained Emotions, ACL 2020.
The agreement-filtered splits: a label is kept when two or more raters chose it. Known faults: 109 test texts also occur
in train; the rater-level file is not read, so no votes are counted here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.goemotions import NAMES
from . import layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "GoEmotions",
    "reference": "demszky2020goemotions",
    "url": "https://github.com/google-research/google-research/tree/master/goemotions",
    "folder": "text/goemotions",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "CC BY 4.0",
    "split": "official (43,410 / 5,426 / 5,427); 109 test texts also occur in train",
    "groups": [],
    "limits": [
        "learnt from English Reddit comments; other registers are read less well",
        "rare labels (grief, relief, pride, nervousness) rest on few examples",
    ],
    "raters": "none kept: a label stands when two or more raters chose it",
}

TASKS = (Task("goemotions", target="emotion", kind=Kind.MULTI, scheme="goemotions", names=NAMES, view=View.EXPRESSED),)
_SPLITS = ("train", "dev", "test")
_LAYOUTS = {
    "compact": ("goemotions.csv.gz",),
    "official": ("emotions.txt", *(f"{split}.tsv" for split in _SPLITS)),
}


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, from goemotions.csv.gz or from the official three .tsv files and emotions.txt."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    for id, split, text, labels in read(root):
        rating = Rating("goemotions", frozenset(labels), rater="consensus", rule="two or more raters")
        yield Sample(id, {"text": Media(text=text)}, (rating,), split=split)


def _compact(root: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    for row in read_csv(root / "goemotions.csv.gz", need=("id", "split", "text", "labels")):
        yield row["id"], row["split"], row["text"], row["labels"].split(",")


def _official(root: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    names = (root / "emotions.txt").read_text(encoding="utf-8").split()
    for split in _SPLITS:
        with (root / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
            for text, numbers, id in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield id, split, text, [names[int(n)] for n in numbers.split(",")]


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 90 comments whose words give their labels away."""
    made = []
    for i in range(90):
        labels = sorted({NAMES[j] for j in rng.integers(0, len(NAMES), size=1 + i % 2)})
        text = "this is " + " and ".join(labels) + f", number {i}"
        made.append(
            {"id": f"fake{i}", "split": _SPLITS[(i % 9) // 7 + (i % 9) // 8], "text": text, "labels": ",".join(labels)}
        )
    if layout == "compact":
        write_csv(root / "goemotions.csv.gz", made)
        return
    write(root / "emotions.txt", "\n".join(NAMES))
    for split in _SPLITS:
        lines = [
            f"{m['text']}\t{','.join(str(NAMES.index(n)) for n in m['labels'].split(','))}\t{m['id']}"
            for m in made
            if m["split"] == split
        ]
        write(root / f"{split}.tsv", "\n".join(lines) + "\n")
