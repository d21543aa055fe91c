"""MELD: 13,708 utterances in 1,432 dialogues of a television series, with seven emotions and sentiment.

Reference: Poria et al., MELD: A Multimodal Multi-Party Dataset for Emotion Recognition in Conversations, ACL 2019.
Three raters watched the clips; only the majority's label is published. They named the speaker's emotion, so the view is
expressed, and they saw and heard more than the text that is read here (`shown`). Sentiment was rated for surprise only;
it follows from the emotion otherwise, and nobody could choose ambiguous. A sample's context is every earlier turn of
its dialogue that is in the corpus. The times in the files are those of the clips and say nothing of the text: left out.
Known faults: characters of cp1252 came into the official files as control characters (here they turn into the quotes
they stand for); 76 dialogues lack turns; Dialogue_ID starts anew in every split; a speaker such as "All" or "Woman" is
not one person; episodes and speakers lie in more than one split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman_neutral import NAMES
from . import layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "MELD",
    "reference": "poria2019meld",
    "url": "https://github.com/declare-lab/MELD",
    "folder": "text/meld",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "GPL-3.0",
    "split": "official (9,989 / 1,109 / 2,610); keeps dialogues whole, cuts episodes and speakers",
    "groups": ["dialogue", "episode", "speaker"],
    "disjoint": ["dialogue"],
    "raters": "three per utterance, not published: the majority's label",
}

_SENTIMENTS = ("negative", "neutral", "positive")
_SHOWN = ("text", "speech", "video")
TASKS = (
    Task(
        "meld",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=NAMES,
        view=View.EXPRESSED,
        shown=_SHOWN,
    ),
    Task(
        "meld.sentiment",
        target="sentiment",
        kind=Kind.SINGLE,
        scheme="sentiment",
        names=_SENTIMENTS,
        view=View.EXPRESSED,
        shown=_SHOWN,
    ),
)
_SPLITS = ("train", "dev", "test")
_LAYOUTS = {
    "compact": ("meld.csv.gz",),
    "official": tuple(f"{split}_sent_emo.csv" for split in _SPLITS),
}
_COLUMNS = ("Dialogue_ID", "Utterance_ID", "Speaker", "Utterance", "Emotion", "Sentiment", "Season", "Episode")
_QUOTES = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
"""Control characters -> what cp1252 means by them; five of them mean nothing."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (meld.csv.gz) or official (train_sent_emo.csv and so on)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    said: defaultdict[str, list[str]] = defaultdict(list)
    for split, row in read(root):
        dialogue = f"{split}-dia{row['Dialogue_ID']}"
        id = f"{dialogue}-utt{row['Utterance_ID']}"
        ratings = (
            Rating("meld", row["Emotion"], rater="consensus", rule="majority"),
            Rating("meld.sentiment", row["Sentiment"], rater="consensus", rule="by emotion; majority for surprise"),
        )
        groups = {
            "dialogue": dialogue,
            "episode": f"s{int(row['Season']):02}e{int(row['Episode']):02}",
            "speaker": row["Speaker"].translate(_QUOTES).strip(),
        }
        text = Media(text=row["Utterance"].translate(_QUOTES))
        yield Sample(id, {"text": text}, ratings, groups, split, context=tuple(said[dialogue]))
        said[dialogue].append(id)


def _compact(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for row in read_csv(root / "meld.csv.gz", need=("split", *_COLUMNS)):
        yield row["split"], row


def _official(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for split in _SPLITS:
        for row in read_csv(root / f"{split}_sent_emo.csv", need=_COLUMNS):
            yield split, row


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 18 dialogues of 2 to 6 turns whose words give their emotion away."""
    feeling = {"joy": "positive", "neutral": "neutral"}
    made: list[dict[str, object]] = []
    for split, dialogues in zip(_SPLITS, (12, 3, 3), strict=True):
        for dialogue in range(dialogues):
            for turn in range(rng.integers(2, 7)):
                emotion = NAMES[rng.integers(0, len(NAMES))]
                made.append(
                    {
                        "split": split,
                        "Dialogue_ID": dialogue,
                        "Utterance_ID": turn,
                        "Speaker": ("Ann", "Bob", "Cy")[rng.integers(0, 3)],
                        "Utterance": f"Well, it’s {emotion} once more, turn {turn}!",
                        "Emotion": emotion,
                        "Sentiment": feeling.get(emotion, "negative"),
                        "Season": 1 + dialogue % 2,
                        "Episode": 1 + dialogue % 5,
                        "StartTime": f"00:00:{5 * turn:02},000",
                        "EndTime": f"00:00:{5 * turn + 4:02},500",
                    }
                )
    if layout == "compact":
        write_csv(root / "meld.csv.gz", made)
        return
    for split in _SPLITS:
        # the official files have the control characters of cp1252 where the quotes should be
        lines = [
            {"Sr No.": i + 1}
            | {k: v for k, v in m.items() if k != "split"}
            | {"Utterance": str(m["Utterance"]).replace("’", "\x92")}
            for i, m in enumerate(made)
            if m["split"] == split
        ]
        write_csv(root / f"{split}_sent_emo.csv", lines)
