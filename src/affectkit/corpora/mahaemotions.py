"""L3Cube-MahaEmotions: 14,998 Marathi tweets with one of eleven emotions; people labelled dev and test only.

Reference: Kowtal and Joshi, L3Cube-MahaEmotions: A Marathi Emotion Recognition Dataset with Synthetic Annotations using
CoTR prompting and Large Language Models, arXiv 2506.00863, 2025.
The 11,998 labels of train were made by GPT-4 from a translation: their rater is "gpt-4" and their group `origin` is
machine, those of dev and test are people's (`mahaemotions:origin=human`). The folder with anger and disgust as two
classes is read; where several emotions were felt, the main one was kept.
Known faults: labels made by a machine are no judgement of a person; 116 texts lie in more than one split (the group
`also_in` names the later one); the repository's README puts its sister corpora under CC BY-NC-SA 4.0 without
naming this one, the data card says CC BY 4.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.marathi import NAMES
from . import layout, read_csv, write_csv
from ._groups import held_out, text_groups

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "MahaEmotions",
    "reference": "kowtal2025mahaemotions",
    "url": "https://github.com/l3cube-pune/MarathiNLP",
    "folder": "text/mahaemotions",
    "modalities": ["text"],
    "languages": ["mr"],
    "licence": "CC BY 4.0",
    "split": "official (11,998 labelled by GPT-4 / 1,500 / 1,500 by people)",
    "groups": ["origin", "text", "also_in"],
    "disjoint": [],
    "limits": ["Marathi labels to learn from were made by a language model, not by people"],
    "raters": "GPT-4 in train; people in dev and test, not published one by one",
}

TASKS = (Task("mahaemotions", target="emotion", kind=Kind.SINGLE, scheme="marathi", names=NAMES, view=View.EXPRESSED),)
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}
_MACHINE = "train"
_FOLDER = "L3Cube-MahaEmotions/anger-disgust-separate"
_LAYOUTS = {
    "compact": ("mahaemotions.csv.gz",),
    "official": tuple(f"{_FOLDER}/{split}.csv" for split in _SPLITS),
}

Line = tuple[str, str, str]
"""The source's split, text, label."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (mahaemotions.csv.gz) or official (train.csv and so on)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    held = held_out((text, _SPLITS[split]) for split, text, _ in read(root))
    met: Counter[str] = Counter()
    for split, text, label in read(root):
        met[split] += 1
        name = label.strip().lower()
        if name not in NAMES:
            raise DataError(f"a label among {', '.join(NAMES)}", repr(label), "get the corpus again")
        if split == _MACHINE:
            rating = Rating("mahaemotions", name, rater="gpt-4", note="made by a language model")
        else:
            rating = Rating("mahaemotions", name, rater="consensus", rule="people's label as published")
        origin = "machine" if split == _MACHINE else "human"
        groups = {"origin": origin, **text_groups(text, _SPLITS[split], held)}
        yield Sample(f"{split}-{met[split]}", {"text": Media(text=text)}, (rating,), groups, _SPLITS[split])


def _compact(root: Path) -> Iterator[Line]:
    for row in read_csv(root / "mahaemotions.csv.gz", need=("split", "text", "label")):
        yield row["split"], row["text"], row["label"]


def _official(root: Path) -> Iterator[Line]:
    for split in _SPLITS:
        for row in read_csv(root / _FOLDER / f"{split}.csv", need=("Tweet", "Label")):
            yield split, row["Tweet"], row["Label"]


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 66 texts whose words give their label away; the first comes again in test."""
    made: list[Line] = []
    for split, count in zip(_SPLITS, (44, 11, 11), strict=True):
        for i in range(count):
            name = NAMES[rng.integers(0, len(NAMES))]
            label = name if i % 10 == 9 else name.title()  # a few labels of the source are in small letters
            made.append((split, f"हे {name} आहे, {split} {i}", label))
    made[-1] = ("test", made[0][1], made[-1][2])
    if layout == "compact":
        source = {"train": "gpt-4 synthetic", "validation": "human", "test": "human"}
        lines = [{"split": s, "text": t, "label": label, "label_source": source[s]} for s, t, label in made]
        write_csv(root / "mahaemotions.csv.gz", lines)
        return
    for split in _SPLITS:
        write_csv(root / _FOLDER / f"{split}.csv", [{"Tweet": t, "Label": label} for s, t, label in made if s == split])
