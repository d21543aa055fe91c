"""EmoT: 4,401 Indonesian tweets with one of five emotions, as IndoNLU gives them out.

Reference: Saputri et al., Emotion Classification on Indonesian Twitter Dataset, IALP 2018; splits by Wilie et al.,
IndoNLU: Benchmark and Resources for Evaluating Indonesian Natural Language Understanding, AACL 2020.
User names and links are masked by the authors. Known faults: a tweet without any of the five has no place here; seven
texts lie in two splits (the group `also_in` names the later one); a line has no id but its place in its file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.emot_id import NAMES
from . import layout, read_csv, write_csv
from ._groups import held_out, text_groups

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmoT",
    "reference": "saputri2018emotion",
    "url": "https://github.com/IndoNLP/indonlu",
    "folder": "text/emot_id",
    "modalities": ["text"],
    "languages": ["id"],
    "licence": "Apache-2.0, MIT",
    "split": "official, of IndoNLU (3,521 / 440 / 440)",
    "groups": ["text", "also_in"],
    "disjoint": [],
    "raters": "not published: one label per tweet",
}

TASKS = (Task("emot_id", target="emotion", kind=Kind.SINGLE, scheme="emot_id", names=NAMES, view=View.EXPRESSED),)
_SPLITS = {"train": "train", "valid": "dev", "test": "test"}
_FOLDER = "dataset/emot_emotion-twitter"
_LAYOUTS = {
    "compact": ("emot_id.csv.gz",),
    "official": tuple(f"{_FOLDER}/{split}_preprocess.csv" for split in _SPLITS),
}

Line = tuple[str, str, str]
"""The source's split, tweet, label."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (emot_id.csv.gz) or official (train_preprocess.csv and so on)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    held = held_out((tweet, _SPLITS[split]) for split, tweet, _ in read(root))
    met: Counter[str] = Counter()
    for split, tweet, label in read(root):
        met[split] += 1
        if label not in NAMES:
            raise DataError(f"a label among {', '.join(NAMES)}", repr(label), "get the corpus again")
        rating = Rating("emot_id", label, rater="consensus", rule="the label as published")
        groups = text_groups(tweet, _SPLITS[split], held)
        yield Sample(f"{split}-{met[split]}", {"text": Media(text=tweet)}, (rating,), groups, _SPLITS[split])


def _compact(root: Path) -> Iterator[Line]:
    for row in read_csv(root / "emot_id.csv.gz", need=("split", "label", "tweet")):
        yield row["split"], row["tweet"], row["label"]


def _official(root: Path) -> Iterator[Line]:
    for split in _SPLITS:
        for row in read_csv(root / _FOLDER / f"{split}_preprocess.csv", need=("label", "tweet")):
            yield split, row["tweet"], row["label"]


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 50 tweets whose words give their label away; the first comes again in test."""
    made: list[dict[str, str]] = []
    for split, count in zip(_SPLITS, (30, 10, 10), strict=True):
        for i in range(count):
            label = NAMES[rng.integers(0, len(NAMES))]
            made.append({"split": split, "label": label, "tweet": f"[USERNAME] sangat {label}, {split} {i}"})
    made[-1]["tweet"] = made[0]["tweet"]
    if layout == "compact":
        write_csv(root / "emot_id.csv.gz", made)
        return
    for split in _SPLITS:
        of = [{"label": m["label"], "tweet": m["tweet"]} for m in made if m["split"] == split]
        write_csv(root / _FOLDER / f"{split}_preprocess.csv", of)
