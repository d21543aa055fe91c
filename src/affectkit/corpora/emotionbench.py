"""EmotionBench: 428 situations that evoke one of eight negative emotions, under 36 factors.

Reference: Huang et al., Apathetic or Empathetic? Evaluating LLMs' Emotional Alignments with Humans, NeurIPS 2024.
A test for language models: never train on it (`use`), and training refuses to. The emotion is the one a situation was
gathered for from works of psychology: what it is meant to evoke, told by nobody who was in it. People's and models'
answers to the questionnaires are not read. Known faults: a few situations are mere noun phrases; three texts occur
twice; guilt has a quarter of all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from . import layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmotionBench situations",
    "reference": "huang2024apathetic",
    "url": "https://github.com/CUHK-ARISE/EmotionBench",
    "folder": "text/emotionbench",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "GPL-3.0",
    "split": "none: a test as a whole",
    "use": "test",
    "groups": ["factor"],
    "disjoint": [],
    "raters": "none: what the situation was chosen for",
}

_NAMES = ("anger", "anxiety", "depression", "frustration", "jealousy", "guilt", "fear", "embarrassment")
TASKS = (Task("emotionbench", target="emotion", kind=Kind.SINGLE, scheme="wheel", names=_NAMES, view=View.INTENDED),)
_LAYOUTS = {
    "compact": ("situations.csv.gz",),
    "official": ("situations.json",),
}


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact or official (situations.json of the repository)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    seen: Counter[str] = Counter()
    for emotion, factor, scenario in read(root):
        seen[emotion] += 1
        rating = Rating("emotionbench", emotion.lower(), rater="consensus", rule="what the situation was chosen for")
        id = f"{emotion.lower()}-{seen[emotion]}"
        yield Sample(id, {"text": Media(text=scenario)}, (rating,), {"factor": f"{emotion}: {factor}"})


def _compact(root: Path) -> Iterator[tuple[str, str, str]]:
    for row in read_csv(root / "situations.csv.gz", need=("emotion", "factor", "scenario")):
        yield row["emotion"], row["factor"], row["scenario"]


def _official(root: Path) -> Iterator[tuple[str, str, str]]:
    for emotion in json.loads((root / "situations.json").read_text(encoding="utf-8"))["emotions"]:
        for factor in emotion["factors"]:
            for scenario in factor["scenarios"]:
                yield emotion["name"], factor["name"], scenario


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: two factors of three situations for each emotion."""
    made = [
        {"name": name.capitalize(), "factors": [{"name": f"Factor {f}", "scenarios": [""] * 3} for f in range(2)]}
        for name in _NAMES
    ]
    for emotion in made:
        for factor in emotion["factors"]:
            numbers = rng.integers(0, 1000, size=3)
            factor["scenarios"] = [f'You know "{emotion["name"]}", case {n}-{i}.' for i, n in enumerate(numbers)]  # type: ignore[index]
    if layout == "official":
        write(root / "situations.json", json.dumps({"emotions": made}, indent=4))
        return
    flat = [
        {"emotion": e["name"], "factor": f["name"], "scenario": s}  # type: ignore[index]
        for e in made
        for f in e["factors"]
        for s in f["scenarios"]  # type: ignore[index]
    ]
    write_csv(root / "situations.csv.gz", flat)
