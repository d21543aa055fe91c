"""EmpatheticDialogues: 24,850 situations told for one of 32 emotions, each with a dialogue about it.

Reference: Rashkin et al., Towards Empathetic Open-domain Conversation Models: A New Benchmark and Dataset, ACL 2019. A
worker was given an emotion, wrote down a situation in which he or she felt it, and talked about it with another. Two
kinds of samples: the situation, which the task `empathetic_dialogues` is about, and each turn of the dialogue, linked
to its situation. The speaker's turns carry the situation's emotion for `empathetic_dialogues.turns`: nobody rated
them one by one, and the listener's turns carry none. A turn's context is every earlier turn, not the situation, which
the listener never saw.
The compact files hold dev and test only; of the official files, train.csv is read where it is there.
Known faults: five test situations of the compact files have no emotion; 378 pairs of workers (`pair`, two dialogues
with roles exchanged) lie in more than one split, though no speaker's situations do, as the authors say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Link, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.empathetic import NAMES
from . import layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmpatheticDialogues",
    "reference": "rashkin2019empathetic",
    "url": "https://github.com/facebookresearch/EmpatheticDialogues",
    "folder": "text/empathetic_dialogues",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "CC BY-NC 4.0",
    "split": "official (19,533 / 2,770 / 2,547 dialogues); keeps dialogues whole, cuts pairs of workers; the compact "
    "files have no train",
    "groups": ["dialogue", "pair", "speaker"],
    "disjoint": ["dialogue", "speaker"],
    "limits": ["situations written for a given emotion word, without neutral ones"],
    "raters": "the one who tells of the situation; nobody else",
}

_SITUATION, _TURNS = "empathetic_dialogues", "empathetic_dialogues.turns"
TASKS = tuple(
    Task(id, target="emotion", kind=Kind.SINGLE, scheme="empathetic", names=NAMES, view=View.FELT)
    for id in (_SITUATION, _TURNS)
)
_SPLITS = {"train": "train", "valid": "dev", "test": "test"}
_LAYOUTS = {
    "compact": ("conversations.csv.gz", "utterances.csv.gz"),
    "official": ("valid.csv", "test.csv"),
}
_COLUMNS = ("conv_id", "utterance_idx", "context", "prompt", "speaker_idx", "utterance")
_SPEAKERS = ("speaker", "listener")


@dataclass(frozen=True, slots=True)
class _Dialogue:
    split: str
    id: str
    emotion: str
    situation: str
    turns: tuple[str, ...]


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, a situation before its turns, compact (two tables) or official (valid.csv ...)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    for dialogue in read(root):
        split, id = _SPLITS[dialogue.split], dialogue.id
        of_all = {"dialogue": id, "pair": id.partition("_")[0]}
        groups = [of_all | {"speaker": f"{id}-{who}"} for who in _SPEAKERS]
        told = Media(text=dialogue.situation)
        yield Sample(id, {"text": told}, (_rating(_SITUATION, dialogue),), groups[0], split)
        said: list[str] = []
        for number, text in enumerate(dialogue.turns):
            turn = f"{id}-{number + 1}"
            ratings = () if number % 2 else (_rating(_TURNS, dialogue),)
            link = Link("situation", id)
            yield Sample(turn, {"text": Media(text=text)}, ratings, groups[number % 2], split, tuple(said), (link,))
            said.append(turn)


def _rating(task: str, dialogue: _Dialogue) -> Rating:
    rater = f"{dialogue.id}-{_SPEAKERS[0]}"
    if not dialogue.emotion:
        return Rating(task, None, rater=rater, note="missing in the source")
    return Rating(task, dialogue.emotion, rater=rater)


def _compact(root: Path) -> Iterator[_Dialogue]:
    turns: defaultdict[str, list[str]] = defaultdict(list)
    for row in read_csv(root / "utterances.csv.gz", need=("conv_id", "utterance_idx", "utterance")):
        _append(turns[row["conv_id"]], row, row["utterance"])
    for row in read_csv(root / "conversations.csv.gz", need=("split", "conv_id", "emotion", "prompt")):
        yield _Dialogue(row["split"], row["conv_id"], row["emotion"], row["prompt"], tuple(turns[row["conv_id"]]))


def _official(root: Path) -> Iterator[_Dialogue]:
    """The official lines are no CSV: nothing is quoted, a comma within a text is spelt "_comma_"."""
    for split in _SPLITS:
        file = root / f"{split}.csv"
        if not file.exists():
            continue
        lines = file.read_text(encoding="utf-8").split("\n")
        if tuple(lines[0].split(",")[: len(_COLUMNS)]) != _COLUMNS:
            raise DataError(f"the columns {', '.join(_COLUMNS)} in {file.name}", lines[0][:80], "get the corpus again")
        dialogues: dict[str, tuple[str, str, list[str]]] = {}
        for number, line in enumerate(lines[1:], 2):
            fields = line.split(",")
            if not line.strip():
                continue
            if len(fields) < len(_COLUMNS):
                raise DataError(f"{len(_COLUMNS)} fields in line {number} of {file.name}", str(len(fields)), "mend it")
            row = {k: v.replace("_comma_", ",") for k, v in zip(_COLUMNS, fields, strict=False)}
            _, _, turns = dialogues.setdefault(row["conv_id"], (row["context"], row["prompt"], []))
            _append(turns, row, row["utterance"])
        for id, (emotion, situation, turns) in dialogues.items():
            yield _Dialogue(split, id, emotion, situation, tuple(turns))


def _append(turns: list[str], row: Mapping[str, str], text: str) -> None:
    """A dialogue's turns come in order, from 1 on; the speaker begins."""
    if row["utterance_idx"] != str(len(turns) + 1):
        raise DataError(f"turn {len(turns) + 1} of {row['conv_id']}", row["utterance_idx"], "get the corpus again")
    turns.append(text)


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation with all three splits: 72 dialogues whose words give their emotion away."""
    told: list[dict[str, object]] = []
    turns: list[dict[str, object]] = []
    for number in range(72):
        split = tuple(_SPLITS)[(number % 9) // 7 + (number % 9) // 8]
        emotion = NAMES[rng.integers(0, len(NAMES))]
        place = {"split": split, "conv_id": f"hit:{number // 2}_conv:{number}"}
        told.append({**place, "emotion": emotion, "prompt": f"I felt {emotion}, and so on, day {number}."})
        for turn in range(rng.integers(2, 6)):
            said = f"Yes, it was {emotion}, turn {turn}." if turn % 2 == 0 else f"Oh, tell me more, turn {turn}."
            turns.append({**place, "utterance_idx": turn + 1, "speaker": _SPEAKERS[turn % 2], "utterance": said})
    if layout == "compact":
        write_csv(root / "conversations.csv.gz", told)
        write_csv(root / "utterances.csv.gz", turns)
        return
    of = {t["conv_id"]: t for t in told}
    for split in _SPLITS:
        lines = [",".join((*_COLUMNS, "selfeval", "tags"))]
        for t in turns:
            if t["split"] == split:
                whole = of[t["conv_id"]]
                speaker = (7, 8)[t["speaker"] == _SPEAKERS[1]]
                texts = [str(v).replace(",", "_comma_") for v in (whole["prompt"], t["utterance"])]
                first = (t["conv_id"], t["utterance_idx"], whole["emotion"], texts[0], speaker, texts[1], "5|5|5_2|2|5")
                lines.append(",".join(map(str, first)) + ",")
        write(root / f"{split}.csv", "\n".join(lines) + "\n")
