"""EmoryNLP: 9,489 utterances in 827 scenes of a television series (seasons 1 to 4), with the feeling wheel's seven.

Reference: Zahiri and Choi, Emotion Detection on TV Show Transcripts with Sequence-based Convolutional Neural Networks,
AffCon 2018. The rows are the 7,551 / 954 / 984 that work on conversations uses, those with usable times; the first
release has 12,606. A sample's context is every earlier turn of its scene that is here. Ids are those of the first
release. The times are not read: they say nothing of the text.
Known faults: the authors call their raters' agreement modest; 661 of the scenes lack turns; one turn may have several
speakers, joined by ", "; speakers lie in more than one split, and 142 texts do; about 1,800 lines are also in MELD.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.feeling_wheel import NAMES
from . import layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmoryNLP",
    "reference": "zahiri2018emotion",
    "url": "https://github.com/emorynlp/emotion-detection",
    "folder": "text/emorynlp",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "Apache-2.0",
    "split": "official (7,551 / 954 / 984); keeps scenes and episodes whole, cuts speakers and seasons",
    "groups": ["dialogue", "episode", "season", "speaker"],
    "disjoint": ["dialogue", "episode"],
    "limits": ["lines of one television series with its own seven labels, on which its raters agreed only modestly"],
    "raters": "several per utterance, not published: one label",
}

TASKS = (
    Task("emorynlp", target="emotion", kind=Kind.SINGLE, scheme="feeling_wheel", names=NAMES, view=View.EXPRESSED),
)
_SPLITS = ("train", "dev", "test")
_LAYOUTS = {
    "compact": ("emorynlp.csv.gz",),
    "official": tuple(f"emorynlp_{split}_final.csv" for split in _SPLITS),
}
_COLUMNS = ("Utterance", "Speaker", "Emotion", "Scene_ID", "Utterance_ID", "Season", "Episode")


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (emorynlp.csv.gz) or official (emorynlp_train_final.csv and so on)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    said: defaultdict[str, list[str]] = defaultdict(list)
    for split, row in read(root):
        season, episode = f"s{int(row['Season']):02}", f"s{int(row['Season']):02}_e{int(row['Episode']):02}"
        scene = f"{episode}_c{int(row['Scene_ID']):02}"
        id = f"{scene}_u{int(row['Utterance_ID']):03}"
        rating = Rating("emorynlp", row["Emotion"].lower(), rater="consensus", rule="one label from several raters")
        groups = {"dialogue": scene, "episode": episode, "season": season, "speaker": _speaker(row)}
        text = Media(text=row["Utterance"])
        yield Sample(id, {"text": text}, (rating,), groups, split, context=tuple(said[scene]))
        said[scene].append(id)


def _speaker(row: Mapping[str, str]) -> str:
    """The file holds a Python list of names."""
    return ", ".join(ast.literal_eval(row["Speaker"]))


def _compact(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for row in read_csv(root / "emorynlp.csv.gz", need=("split", *_COLUMNS)):
        yield row["split"], row


def _official(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for split in _SPLITS:
        for row in read_csv(root / f"emorynlp_{split}_final.csv", need=_COLUMNS):
            yield split, row


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 18 scenes of 2 to 6 turns whose words give their emotion away."""
    speakers = (["Ann Lee"], ["Bob Ray"], ["Cy's Friend"], ["Ann Lee", "Bob Ray"])
    made: list[dict[str, object]] = []
    for scene in range(18):
        split = _SPLITS[(scene >= 12) + (scene >= 15)]
        for turn in range(1, rng.integers(3, 8)):
            emotion = NAMES[rng.integers(0, len(NAMES))]
            made.append(
                {
                    "split": split,
                    "Utterance": f"Well, I am {emotion} once more, turn {turn}!",
                    "Speaker": str(speakers[rng.integers(0, len(speakers))]),
                    "Emotion": emotion.capitalize(),
                    "Scene_ID": 1 + scene % 3,
                    "Utterance_ID": turn,
                    "Season": 1 + scene // 9,
                    "Episode": 1 + scene // 3,
                }
            )
    if layout == "compact":
        write_csv(root / "emorynlp.csv.gz", made)
        return
    for split in _SPLITS:
        lines = [{k: v for k, v in m.items() if k != "split"} for m in made if m["split"] == split]
        write_csv(root / f"emorynlp_{split}_final.csv", lines)
