"""MELD: 13,708 utterances in 1,432 dialogues of a television series, with seven emotions and sentiment.

Reference: Poria et al., MELD: A Multimodal Multi-Party Dataset for Emotion Recognition in Conversations, ACL 2019.
Three raters watched the clips; only the majority's label is published. They named the speaker's emotion, so the view is
expressed, and they saw and heard all of a clip (`shown`). Sentiment was rated for surprise only;
it follows from the emotion otherwise, and nobody could choose ambiguous. A sample's context is every earlier turn of
its dialogue that is in the corpus. The times in the files are those of the clips and say nothing of the text: left out.
The sound is that of the clips (MELD.Raw), where train_splits, dev_splits_complete and output_repeated_splits_test lie
beside the tables, or in folders train, dev and test there.
Known faults: characters of cp1252 came into the official files as control characters (here they turn into the quotes
they stand for); 76 dialogues lack turns; Dialogue_ID starts anew in every split; a speaker such as "All" or "Woman" is
not one person; episodes and speakers lie in more than one split. The clip dia125_utt3 of train is broken and left out,
dia110_utt7 of dev is missing; clips have the laughter of the audience, and some are far longer than what is said.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman_neutral import NAMES
from . import layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "MELD",
    "reference": "poria2019meld",
    "url": "https://github.com/declare-lab/MELD",
    "folder": "text/meld",
    "modalities": ["text", "speech"],
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
_FOLDERS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
"""Split -> the folder of its clips."""
_BROKEN = "train-dia125-utt3"
_QUOTES = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
"""Control characters -> what cp1252 means by them; five of them mean nothing."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (meld.csv.gz) or official (train_sent_emo.csv and so on)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    clips = {split: _clips(root, split) for split in _SPLITS}
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
        media = {"text": Media(text=row["Utterance"].translate(_QUOTES))}
        clip = clips[split].get(f"dia{row['Dialogue_ID']}_utt{row['Utterance_ID']}")
        if clip is not None and id != _BROKEN:
            media["speech"] = Media(path=str(clip), stream=0)
        yield Sample(id, media, ratings, groups, split, context=tuple(said[dialogue]))
        said[dialogue].append(id)


def _clips(root: Path, split: str) -> dict[str, Path]:
    """dia0_utt0 -> its clip; nothing where the clips are not there."""
    folder = _FOLDERS[split]
    return {file.stem: file for above in (root / split, root) for file in (above / folder).glob("dia*_utt*.mp4")}


def _compact(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for row in read_csv(root / "meld.csv.gz", need=("split", *_COLUMNS)):
        yield row["split"], row


def _official(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for split in _SPLITS:
        for row in read_csv(root / f"{split}_sent_emo.csv", need=_COLUMNS):
            yield split, row


def fake(root: Path, rng: np.random.Generator, layout: str = "compact", sound: bool = False) -> None:
    """Write a tiny synthetic imitation: 18 dialogues of 2 to 6 turns whose words give their emotion away.

    With `sound`, every turn has a clip: a tone whose pitch goes with its emotion.
    """
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
    if sound:
        clips = {emotion: _clip(100.0 * number) for number, emotion in enumerate(NAMES, 1)}
        for line in made:
            name = "dia{Dialogue_ID}_utt{Utterance_ID}.mp4".format(**line)
            write(root / _FOLDERS[str(line["split"])] / name, clips[str(line["Emotion"])])
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


def _clip(pitch_hz: float) -> bytes:
    """An MP4 file with a tone of a quarter of a second as its sound, 44.1 kHz stereo as in the corpus."""
    import av
    import numpy as np

    tone = 0.1 * np.sin(2 * np.pi * pitch_hz * np.arange(11_025) / 44_100)
    frame = av.AudioFrame.from_ndarray(np.tile(tone.astype(np.float32), (2, 1)), format="fltp", layout="stereo")
    frame.sample_rate = 44_100
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44_100, layout="stereo")
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return file.getvalue()
