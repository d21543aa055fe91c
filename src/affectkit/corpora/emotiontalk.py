"""EmotionTalk: 19,250 turns of 19 actors in 742 Chinese dialogues, judged four ways.

Reference: Sun et al., EmotionTalk: An Interactive Chinese Multimodal Emotion Dataset With Rich Annotations, 2025. One
clip was judged from its words alone, its sound alone, its picture alone, and all of them: four tasks, whose `shown`
says which. So a model of text is judged by `emotiontalk.text` and one of sound by `emotiontalk.audio`; the joint label
is another question (it agrees with that of the words in 42 % of turns). The names are the corpus's forms of Ekman's six
and neutral. Turns are put in the order of the number that ends their id; a sample's context is every earlier turn of
its dialogue.
The sound is read where it is unpacked, in audio/ or beside the tables, as G00001/G00001_02/G00001_02_01/*.wav.
The split follows the authors' README: dialogue groups 1 and 12 are dev, 3 and 15 test.
Known faults: two of the actors, 02 and 13, speak in dev and in test; 599 dialogues lack turns; the marks of overlapping
speech are taken out of the text here, those of sounds and breaks ([laughing], [interrupted]) stay. Single raters' votes
are only in the gated release.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman_neutral import NAMES, SYNONYMS
from . import layout, read_csv, write, write_csv
from ._acted import clip

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmotionTalk",
    "reference": "sun2025emotiontalk",
    "url": "https://github.com/NKU-HLT/EmotionTalk",
    "folder": "text/emotiontalk",
    "modalities": ["text", "speech"],
    "languages": ["zh"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "authors' README (15,413 / 1,908 / 1,929); keeps groups and dialogues whole, cuts two of 19 speakers",
    "groups": ["dialogue", "group", "speaker"],
    "disjoint": ["dialogue", "group"],
    "limits": ["acted Chinese dialogues of 19 actors"],
    "raters": "several per way of judging, not published: the majority's label for each",
}


def _task(way: str, *shown: str) -> Task:
    return Task(
        f"emotiontalk.{way}",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=NAMES,
        view=View.PERCEIVED,
        shown=shown,
    )


TASKS = (
    _task("text", "text"),
    _task("audio", "speech"),
    _task("video", "video"),
    _task("all", "text", "speech", "video"),
)
_WAYS = {"text": "transcription.csv", "audio": "audio.csv", "video": "video.csv", "all": "mm.csv"}
_COLUMNS = {"text": "label_text", "audio": "label_audio", "video": "label_video", "all": "label_mm"}
_LAYOUTS = {"compact": ("emotiontalk.csv.gz",), "official": tuple(_WAYS.values())}
_SPLITS = {"G00001": "dev", "G00012": "dev", "G00003": "test", "G00015": "test"}
"""Dialogue group -> split; the rest is train."""
_FOLDERS = ("audio", "Audio", ".")
"""Where the sound may be unpacked."""
_UNCLOSED = re.compile(r"\[over/([^\[\]]+)\]")  # a few marks took words in
_OVERLAP = re.compile(r"\[+/?over/?\]*|/?over\]+")


@dataclass(frozen=True, slots=True)
class _Turn:
    id: str
    text: str
    labels: Mapping[str, str]

    @property
    def place(self) -> tuple[str, str, str, int]:
        """Group, dialogue, speaker and number, of an id such as G00001_02_01_007."""
        group, dialogue, speaker, number = self.id.split("_")
        return group, f"{group}_{dialogue}", speaker, int(number)

    @property
    def file(self) -> str:
        """Where the release has the turn, without the ending: G00001/G00001_02/G00001_02_01/G00001_02_01_007."""
        group, dialogue, speaker, _ = self.place
        return f"{group}/{dialogue}/{dialogue}_{speaker}/{self.id}"


def rows(root: Path) -> Iterator[Sample]:
    """Samples dialogue by dialogue, compact (emotiontalk.csv.gz) or official (transcription.csv and three more)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    dialogues: defaultdict[str, list[_Turn]] = defaultdict(list)
    for turn in read(root):
        dialogues[turn.place[1]].append(turn)
    for dialogue, turns in dialogues.items():
        said: list[str] = []
        for turn in sorted(turns, key=lambda t: t.place[3]):
            group, _, speaker, _ = turn.place
            ratings = tuple(
                Rating(f"emotiontalk.{way}", SYNONYMS.get(label, label), rater="consensus", rule="majority")
                for way, label in turn.labels.items()
            )
            groups = {"dialogue": dialogue, "group": group, "speaker": speaker}
            text = Media(text=_OVERLAP.sub("", _UNCLOSED.sub(r"\1", turn.text)))
            media = {"text": text} | _sound(root, turn)
            yield Sample(turn.id, media, ratings, groups, _SPLITS.get(group, "train"), tuple(said))
            said.append(turn.id)


def _sound(root: Path, turn: _Turn) -> dict[str, Media]:
    """The turn's file, where the sound is there."""
    found = (root / above / f"{turn.file}.wav" for above in _FOLDERS)
    file = next((file for file in found if file.is_file()), None)
    return {} if file is None else {"speech": Media(path=str(file))}


def _compact(root: Path) -> Iterator[_Turn]:
    for row in read_csv(root / "emotiontalk.csv.gz", need=("utterance_id", "text", *_COLUMNS.values())):
        yield _Turn(row["utterance_id"], row["text"], {way: row[column] for way, column in _COLUMNS.items()})


def _official(root: Path) -> Iterator[_Turn]:
    """Each table has a clip's path in its first column (called name or file_name) and its label in `emotion`."""
    found = {
        way: {PurePosixPath(next(iter(row.values()))).stem: row for row in read_csv(root / file, need=("emotion",))}
        for way, file in _WAYS.items()
    }
    for id, row in found["text"].items():
        missing = [_WAYS[way] for way, rated in found.items() if id not in rated]
        if missing:
            raise DataError(f"a label for {id} in {missing[0]}", "none", "the files may be of different versions")
        yield _Turn(id, row["chinese"], {way: rated[id]["emotion"] for way, rated in found.items()})


def fake(root: Path, rng: np.random.Generator, layout: str = "compact", sound: bool = False) -> None:
    """Write a tiny synthetic imitation: 18 dialogues in 9 groups; the words give the label by words alone away.

    With `sound`, a turn is a tone whose pitch goes with the label by sound alone.
    """
    said = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")
    made: list[dict[str, object]] = []
    for dialogue in range(18):
        group = (*_SPLITS, "G00002", "G00004", "G00005", "G00006", "G00007")[dialogue % 9]
        split = {"dev": "val"}.get(_SPLITS.get(group, "train"), _SPLITS.get(group, "train"))
        first = int(group[1:]) * 2
        turns = [(first + turn % 2, turn) for turn in range(1, rng.integers(4, 8))]
        for speaker, turn in sorted(turns):  # as in the source: one speaker's turns, then the other's
            labels = {column: said[rng.integers(0, len(said))] for column in _COLUMNS.values()}
            id = f"{group}_{dialogue:02}"
            made.append(
                {
                    "split": split,
                    "group": group,
                    "dialogue_id": id,
                    "speaker": f"{speaker:02}",
                    "utterance_id": f"{id}_{speaker:02}_{turn:03}",
                    "text": f"[over/]嗯[/over]，又是 {labels['label_text']} 第{turn}句。[laughing]",
                    **labels,
                }
            )
    paths = ["{group}/{dialogue_id}/{dialogue_id}_{speaker}/{utterance_id}".format(**m) for m in made]
    for path, one in zip(paths, made if sound else (), strict=sound):
        label = str(one[_COLUMNS["audio"]])
        write(root / _FOLDERS[0] / f"{path}.wav", clip(rng, 100 * (said.index(label) + 1)))
    if layout == "compact":
        write_csv(root / "emotiontalk.csv.gz", made)
        return
    words, *others = _WAYS
    write_csv(
        root / _WAYS[words],
        [{"name": p, "emotion": m[_COLUMNS[words]], "chinese": m["text"]} for p, m in zip(paths, made, strict=True)],
    )
    for way, suffix in zip(others, (".wav", ".mp4", ".mp4"), strict=True):
        lines = [{"file_name": p + suffix, "emotion": m[_COLUMNS[way]]} for p, m in zip(paths, made, strict=True)]
        write_csv(root / _WAYS[way], lines)
