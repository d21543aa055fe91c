"""CPED: 132,762 turns of 40 Chinese television plays, with thirteen emotions, sentiment and the characters' traits.

Reference: Chen et al., CPED: A Large-Scale Chinese Personalized and Emotional Dialogue Dataset for Conversational AI,
2022. The group `personality` spells a character's Big Five as five letters (neuroticism, extraversion, openness,
agreeableness, conscientiousness; h high, l low, u unknown), for the study of subgroups; these are invented persons, and
the traits are what raters thought of them. Raters saw and heard more than the text (`shown`). Sentiment follows from
the emotion. A sample's context is every earlier turn of its dialogue. Dialogue acts, scenes and places of faces are not
read.
The compact file holds dev and test only; of the official files, train_split.csv is read where it is there.
Known faults: the speaker "其他" is anybody else, not one person; characters of one play in several seasons keep their
name; grateful has 44 cases in dev and test together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import cped
from . import layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "CPED",
    "reference": "chen2022cped",
    "url": "https://github.com/scutcyr/CPED",
    "folder": "text/cped",
    "modalities": ["text"],
    "languages": ["zh"],
    "licence": "Apache-2.0",
    "split": "official (94,187 / 11,137 / 27,438); keeps plays whole; the compact file has no train",
    "groups": ["age", "dialogue", "gender", "personality", "series", "speaker"],
    "disjoint": ["dialogue", "series"],
    "limits": ["subtitles of Chinese television plays"],
    "raters": "not published: one label per turn",
}

_SENTIMENTS = ("negative", "neutral", "positive")
_SHOWN = ("text", "speech", "video")
TASKS = (
    Task(
        "cped",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="cped",
        names=cped.NAMES,
        view=View.EXPRESSED,
        shown=_SHOWN,
    ),
    Task(
        "cped.sentiment",
        target="sentiment",
        kind=Kind.SINGLE,
        scheme="sentiment",
        names=_SENTIMENTS,
        view=View.EXPRESSED,
        shown=_SHOWN,
    ),
)
_SPLITS = {"train": "train", "valid": "dev", "test": "test"}
_LAYOUTS = {
    "compact": ("cped_valid_test.csv.gz",),
    "official": ("valid_split.csv", "test_split.csv"),
}
_TRAITS = ("Neuroticism", "Extraversion", "Openness", "Agreeableness", "Conscientiousness")
_COLUMNS = (
    *("TV_ID", "Dialogue_ID", "Utterance_ID", "Speaker", "Gender", "Age"),
    *_TRAITS,
    *("Sentiment", "Emotion", "Utterance"),
)


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (cped_valid_test.csv.gz) or official (valid_split.csv and so on)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    said: defaultdict[str, list[str]] = defaultdict(list)
    for split, row in read(root):
        dialogue, id = row["Dialogue_ID"], row["Utterance_ID"]
        ratings = (
            Rating("cped", row["Emotion"], rater="consensus", rule="one label as published"),
            Rating("cped.sentiment", row["Sentiment"], rater="consensus", rule="by emotion"),
        )
        groups = {
            "age": row["Age"],
            "dialogue": dialogue,
            "gender": row["Gender"],
            "personality": "".join(row[trait][0] for trait in _TRAITS),
            "series": row["TV_ID"],
            "speaker": row["Speaker"],
        }
        text = Media(text=row["Utterance"])
        yield Sample(id, {"text": text}, ratings, groups, _SPLITS[split], context=tuple(said[dialogue]))
        said[dialogue].append(id)


def _compact(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for row in read_csv(root / "cped_valid_test.csv.gz", need=("split", *_COLUMNS)):
        yield row["split"], row


def _official(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for split in _SPLITS:
        file = root / f"{split}_split.csv"
        if file.exists():
            for row in read_csv(file, need=_COLUMNS):
                yield split, row


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation with all three splits: 18 dialogues whose words give their emotion away."""
    sentiment = cped.DIRECT["sentiment"]
    made: list[dict[str, object]] = []
    for dialogue in range(18):
        split = tuple(_SPLITS)[(dialogue >= 12) + (dialogue >= 15)]
        series = 1 + dialogue // 3
        for turn in range(rng.integers(2, 7)):
            emotion = cped.NAMES[rng.integers(0, len(cped.NAMES))]
            who = int(rng.integers(0, 3))
            known = who != 0
            made.append(
                {
                    "split": split,
                    "TV_ID": f"{series:02}",
                    "Dialogue_ID": f"{series:02}_{dialogue:03}",
                    "Utterance_ID": f"{series:02}_{dialogue:03}_{turn:03}",
                    "Speaker": ("其他", f"安{series}", f"白{series}")[who],
                    "Gender": ("unknown", "female", "male")[who],
                    "Age": ("unknown", "young", "elderly")[who],
                    **{t: ("high", "low")[(who + i) % 2] if known else "unknown" for i, t in enumerate(_TRAITS)},
                    "Sentiment": sentiment[emotion],
                    "Emotion": emotion,
                    "Utterance": f"又是 {emotion} 第{turn}句",
                }
            )
    if layout == "compact":
        write_csv(root / "cped_valid_test.csv.gz", made)
        return
    for split in _SPLITS:
        lines = [{k: v for k, v in m.items() if k != "split"} for m in made if m["split"] == split]
        write_csv(root / f"{split}_split.csv", lines)
