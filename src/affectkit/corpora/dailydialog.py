"""DailyDialog: 102,979 turns in 13,118 everyday dialogues written for learners of English, with seven emotions.

Reference: Li et al., DailyDialog: A Manually Labelled Multi-turn Dialogue Dataset, IJCNLP 2017. Two speakers take turns
and have no names: here A begins, and both are persons of this dialogue alone. A sample's context is every earlier turn
of its dialogue. Dialogue acts and topics are not read.
Known faults: five turns in six have no emotion, which is read as neutral, so published figures leave neutral out of
micro F1; dialogues are repeated in other splits; sentences are cut into tokens.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman_neutral import NAMES
from . import layout, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "DailyDialog",
    "reference": "li2017dailydialog",
    "url": "https://aclanthology.org/I17-1099",
    "folder": "text/dailydialog",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "official (11,118 / 1,000 / 1,000 dialogues); some dialogues are repeated in another split",
    "groups": ["dialogue", "speaker"],
    "disjoint": ["dialogue", "speaker"],
    "limits": ["dialogues from textbooks of English, most of whose turns are neutral"],
    "raters": "not published: one label per turn",
}

TASKS = (
    Task("dailydialog", target="emotion", kind=Kind.SINGLE, scheme="ekman_neutral", names=NAMES, view=View.EXPRESSED),
)
_FOLDERS = {"train": "train", "dev": "validation", "test": "test"}
_LAYOUTS = {
    "official": tuple(
        f"{folder}/dialogues_{what}{folder}.txt" for folder in _FOLDERS.values() for what in ("", "emotion_")
    ),
}
_NAMES = ("neutral", "anger", "disgust", "fear", "joy", "sadness", "surprise")
"""The names that the numbers in the files stand for; the source says "no emotion" and "happiness"."""
_END = "__eou__"


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, from the folders train, validation and test of the unpacked release.

    Raises:
        DataError: a dialogue without a label for every turn, or a number that stands for no emotion.
    """
    layout(root, _LAYOUTS)
    for split, folder in _FOLDERS.items():
        texts = _lines(root / folder / f"dialogues_{folder}.txt")
        emotions = _lines(root / folder / f"dialogues_emotion_{folder}.txt")
        if len(texts) != len(emotions):
            raise DataError(f"labels for {len(texts)} dialogues in {folder}", str(len(emotions)), "get it again")
        for number, (text, labels) in enumerate(zip(texts, emotions, strict=True)):
            yield from _dialogue(split, f"{folder}-{number}", text, labels.split())


def _dialogue(split: str, dialogue: str, text: str, labels: list[str]) -> Iterator[Sample]:
    turns = [turn.strip() for turn in text.split(_END) if turn.strip()]
    known = {str(i): name for i, name in enumerate(_NAMES)}
    if len(turns) != len(labels) or not set(labels) <= set(known):
        raise DataError(f"{len(turns)} numbers from 0 to 6 for {dialogue}", " ".join(labels), "get the corpus again")
    said: list[str] = []
    for place, (turn, label) in enumerate(zip(turns, labels, strict=True)):
        id = f"{dialogue}-{place}"
        rating = Rating("dailydialog", known[label], rater="consensus", rule="one label as published")
        groups = {"dialogue": dialogue, "speaker": f"{dialogue}-{'AB'[place % 2]}"}
        yield Sample(id, {"text": Media(text=turn)}, (rating,), groups, split, context=tuple(said))
        said.append(id)


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 18 dialogues of 2 to 6 turns whose words give their emotion away."""
    write(root / "readme.txt", "An imitation of DailyDialog.\n")
    for folder, many in zip(_FOLDERS.values(), (12, 3, 3), strict=True):
        drawn = [rng.integers(0, len(_NAMES), size=rng.integers(2, 7)).tolist() for _ in range(many)]
        texts = [
            "".join(f" Well , it is {_NAMES[e]} once more , turn {i} of {d} . {_END}" for i, e in enumerate(emotions))
            for d, emotions in enumerate(drawn)
        ]
        write(root / folder / f"dialogues_{folder}.txt", "\n".join(t.strip() for t in texts) + "\n")
        labels = [" ".join(map(str, emotions)) + " " for emotions in drawn]
        write(root / folder / f"dialogues_emotion_{folder}.txt", "\n".join(labels) + "\n")
