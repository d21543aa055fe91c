"""ECF: 13,619 utterances in 1,374 conversations of a television series, with seven emotions and what caused them.

Reference: Wang et al., Multimodal Emotion-Cause Pair Extraction in Conversations, IEEE Transactions on Affective
Computing, 2023. A link of kind "cause" goes from a turn with an emotion to a turn that caused it, often itself. Causes
are whole turns, so a link has no span. The emotions are MELD's: raters saw and heard more than the text (`shown`). A
sample's context is every earlier turn of its conversation.
Known faults: 380 of 9,794 causes are said after the emotion, so they are never in its context; 609 emotions have no
cause; the text is MELD's, edited and cut into tokens, in other splits: never mix train here with test there; episodes
and speakers lie in more than one split; a speaker such as "All" is not one person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Link, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman_neutral import NAMES
from . import layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "Emotion-Cause-in-Friends",
    "reference": "wang2023multimodal",
    "url": "https://github.com/NUSTM/MECPE",
    "folder": "text/ecf",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "GPL-3.0; research use only",
    "split": "official (9,966 / 1,087 / 2,566); keeps conversations whole, cuts episodes and speakers; not MELD's",
    "groups": ["dialogue", "episode", "speaker"],
    "disjoint": ["dialogue"],
    "limits": ["lines of one television series, cut into tokens"],
    "raters": "three per utterance for emotions, not published: the majority's label; causes as published",
}

TASKS = (
    Task(
        "ecf",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=NAMES,
        view=View.EXPRESSED,
        shown=("text", "speech", "video"),
    ),
)
_SPLITS = ("train", "dev", "test")
_LAYOUTS = {
    "compact": ("utterances.csv.gz", "emotion_cause_pairs.csv.gz"),
    "official": tuple(f"{split}.txt" for split in _SPLITS),
}
_COLUMNS = ("split", "conversation_id", "utterance_no", "speaker", "emotion", "text", "timestamp")
_PAIRS = ("conversation_id", "emotion_utterance", "cause_utterance")
_EPISODE = re.compile(r"Friends_S(\d+)E(\d+):")
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class _Turn:
    split: str
    conversation: str
    number: str
    speaker: str
    emotion: str
    text: str
    time: str
    causes: Sequence[str]


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (two tables) or official (train.txt, dev.txt and test.txt)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    said: defaultdict[str, list[str]] = defaultdict(list)
    for turn in read(root):
        dialogue, id = turn.conversation, f"{turn.conversation}-{turn.number}"
        rating = Rating("ecf", turn.emotion, rater="consensus", rule="majority")
        groups = {"dialogue": dialogue, "episode": _episode(turn), "speaker": turn.speaker}
        links = tuple(Link("cause", f"{dialogue}-{cause}") for cause in turn.causes)
        text = Media(text=turn.text)
        yield Sample(id, {"text": text}, (rating,), groups, turn.split, tuple(said[dialogue]), links)
        said[dialogue].append(id)


def _episode(turn: _Turn) -> str:
    found = _EPISODE.match(turn.time)
    if found is None:
        raise DataError(
            f"an episode and times in turn {turn.number} of conversation {turn.conversation}",
            repr(turn.time),
            "get the release with time stamps",
        )
    return f"s{int(found[1]):02}e{int(found[2]):02}"


def _compact(root: Path) -> Iterator[_Turn]:
    causes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in read_csv(root / "emotion_cause_pairs.csv.gz", need=_PAIRS):
        causes[row["conversation_id"], row["emotion_utterance"]].append(row["cause_utterance"])
    for row in read_csv(root / "utterances.csv.gz", need=_COLUMNS):
        place = row["conversation_id"], row["utterance_no"]
        yield _Turn(row["split"], *place, row["speaker"], row["emotion"], row["text"], row["timestamp"], causes[place])


def _official(root: Path) -> Iterator[_Turn]:
    for split in _SPLITS:
        name = f"{split}.txt"
        lines = enumerate((root / name).read_text(encoding="utf-8").splitlines(), 1)
        for at, head in lines:
            conversation, _, turns = head.partition(" ")
            if not turns.strip().isdecimal():
                raise DataError(f"a conversation's number and length in line {at} of {name}", repr(head), "mend it")
            causes: defaultdict[str, list[str]] = defaultdict(list)
            for emotion, cause in re.findall(r"\((\d+),(\d+)\)", next(lines, (at, ""))[1]):
                causes[emotion].append(cause)
            for _ in range(int(turns)):
                at, line = next(lines, (at, ""))
                fields = [f.strip() for f in line.split(" | ")]
                if len(fields) != _FIELDS:
                    need = f"{_FIELDS} fields between bars in line {at} of {name}"
                    raise DataError(need, str(len(fields)), "get the release with time stamps")
                number, speaker, emotion, text, time = fields
                yield _Turn(split, conversation, number, speaker, emotion, text, time, causes[number])


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 18 conversations of 2 to 6 turns; what is not neutral is caused by a turn."""
    turns: list[dict[str, object]] = []
    pairs: list[dict[str, object]] = []
    for number in range(1, 19):
        split, many = _SPLITS[(number > 12) + (number > 15)], int(rng.integers(2, 7))
        for turn in range(1, many + 1):
            emotion = NAMES[rng.integers(0, len(NAMES))]
            place = {"split": split, "conversation_id": number}
            turns.append(
                {
                    **place,
                    "utterance_no": turn,
                    "speaker": ("Ann", "Bob", "All")[rng.integers(0, 3)],
                    "emotion": emotion,
                    "text": f"Well , it is {emotion} once more , turn {turn} !",
                    "timestamp": f"Friends_S{1 + number % 2}E{1 + number % 5}: 00:00:{5 * turn:02}.000 - 00:00:59.000",
                }
            )
            causes = sorted({turn, int(rng.integers(1, many + 1))}) if emotion != "neutral" else []
            pairs += [{**place, "emotion_utterance": turn, "cause_utterance": cause} for cause in causes]
    if layout == "compact":
        write_csv(root / "utterances.csv.gz", turns)
        write_csv(root / "emotion_cause_pairs.csv.gz", pairs)
        return
    for split in _SPLITS:
        lines: list[str] = []
        for talk in dict.fromkeys(t["conversation_id"] for t in turns if t["split"] == split):
            own = [t for t in turns if t["conversation_id"] == talk]
            caused = [p for p in pairs if p["conversation_id"] == talk]
            lines += [f"{talk} {len(own)}", ",".join(f"({p[_PAIRS[1]]},{p[_PAIRS[2]]})" for p in caused)]
            lines += [" | ".join(str(t[c]) for c in _COLUMNS[2:]) for t in own]
        write(root / f"{split}.txt", "\n".join(lines) + "\n")
