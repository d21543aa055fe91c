"""CREMA-D: 7,442 clips of 91 actors speaking 12 sentences, with 212,000 votes on voice, face, and both.

Reference: Cao et al., CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset, IEEE Transactions on Affective
Computing 2014. Each clip was judged by about ten people who only heard it, ten who only saw it, and ten who did both:
three tasks, whose `shown` says which. `crema_d.intended` is what the actor was asked to show; its note is how strongly,
where that was asked for. Votes are counted from processedResults/tabulatedVotes.csv, in which nobody is told apart.
The sound is read where AudioWAV lies in the folder; without it samples have no media, and only votes can be studied.
The split is the one by speaker of the audEERING datasets; the corpus itself has none. The group "fold" has the five
blocks of actors on which EMO-SUPERB (Wu et al. 2024) is tested; the split cuts them.
Known faults: four clips are broken at the source (1076_MTI_NEU_XX, 1076_MTI_SAD_XX, 1064_TIE_SAD_XX, 1064_IEO_DIS_MD);
all sentences lie in every split. Pictures (VideoFlash) are not read.
"""

from __future__ import annotations

import io
import wave
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from . import layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "CREMA-D",
    "reference": "cao2014cremad",
    "url": "https://github.com/CheyneyComputerScience/CREMA-D",
    "folder": "speech/cremad_votes",
    "modalities": ["speech"],
    "languages": ["en"],
    "licence": "ODbL 1.0",
    "split": "audEERING's, by speaker (56 / 18 / 17 actors); the corpus has none",
    "groups": ["speaker", "sentence", "fold"],
    "disjoint": ["speaker"],
    "limits": [
        "acted emotions of 91 actors in 12 English sentences",
        "figures on EmoBox's fold are no figures on new speakers: all 91 are in train and test",
    ],
    "raters": "about ten per clip and way of judging, anonymous: votes are counted per clip",
    "claims": [
        {
            "claim": "share of votes on the voice that are the emotion intended",
            "corpus": "crema_d",
            "task": "crema_d.voice",
            "metric": "equal.crema_d.intended",
            "paper": 0.409,
        },
        {
            "claim": "share of votes on the face that are the emotion intended",
            "corpus": "crema_d",
            "task": "crema_d.face",
            "metric": "equal.crema_d.intended",
            "paper": 0.582,
        },
        {
            "claim": "share of votes on voice and face that are the emotion intended",
            "corpus": "crema_d",
            "task": "crema_d.both",
            "metric": "equal.crema_d.intended",
            "paper": 0.636,
        },
    ],
}

NAMES = ("anger", "disgust", "fear", "joy", "neutral", "sadness")


def _judged(way: str, *shown: str) -> Task:
    return Task(
        f"crema_d.{way}",
        target="emotion",
        kind=Kind.DISTRIBUTION,
        scheme="ekman_neutral",
        names=NAMES,
        view=View.PERCEIVED,
        shown=shown,
    )


TASKS = (
    _judged("voice", "speech"),
    _judged("face", "video"),
    _judged("both", "speech", "video"),
    Task(
        "crema_d.intended",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=NAMES,
        view=View.INTENDED,
    ),
)
_VOTES, _TABULATED, _AUDIO = "votes.csv", "processedResults/tabulatedVotes.csv", "AudioWAV"
_LAYOUTS = {"compact": (_VOTES,), "official": (_TABULATED,)}
_WAYS = ("voice", "face", "both")
"""In the order in which the official table numbers them: its rows begin with 1, 2 or 3."""
_COLUMNS = dict(zip(("A", "D", "F", "H", "N", "S"), NAMES, strict=True))
_WORDS = dict(zip(("angry", "disgust", "fear", "happy", "neutral", "sad"), NAMES, strict=True))
_CODES = dict(zip(("ANG", "DIS", "FEA", "HAP", "NEU", "SAD"), NAMES, strict=True))
_LEVELS = {"LO": "low intensity", "MD": "medium intensity", "HI": "high intensity"}
_DEV = "1049 1053 1054 1055 1058 1059 1061 1062 1063 1064 1065 1066 1067 1068 1070 1075 1080 1085"
_TEST = "1048 1069 1071 1074 1076 1077 1078 1079 1082 1083 1084 1086 1087 1088 1089 1090 1091"
_SPLITS = dict.fromkeys(_DEV.split(), "dev") | dict.fromkeys(_TEST.split(), "test")
"""Actor -> split; the rest is train."""
_BLOCKS = ((1037, 1054), (1001, 1018), (1073, 1091), (1055, 1072), (1019, 1036))
_FOLDS = {str(actor): str(fold) for fold, (a, b) in enumerate(_BLOCKS) for actor in range(a, b + 1)}

Counts = Mapping[str, int]
"""Name -> votes."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (votes.csv) or official (processedResults/tabulatedVotes.csv)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    heard = {file.stem for file in (root / _AUDIO).glob("*.wav")}
    for clip, by_way in read(root):
        actor, sentence, emotion, level = _told(clip)
        ratings = [
            Rating(f"crema_d.{way}", name, count=count)
            for way, counts in by_way.items()
            for name, count in counts.items()
            if count
        ]
        ratings.append(Rating("crema_d.intended", emotion, rater=actor, note=level))
        media = {"speech": Media(path=str(root / _AUDIO / f"{clip}.wav"))} if clip in heard else {}
        groups = {"speaker": actor, "sentence": sentence, "fold": _FOLDS[actor]}
        yield Sample(clip, media, tuple(ratings), groups, _SPLITS.get(actor, "train"))


def _told(clip: str) -> tuple[str, str, str, str | None]:
    """Actor, sentence, emotion and level of a clip such as 1001_IEO_ANG_HI."""
    parts = clip.split("_")
    if len(parts) != 4 or parts[2] not in _CODES or parts[0] not in _FOLDS:
        raise DataError("a clip named as 1001_IEO_ANG_HI is", repr(clip), "get the corpus again")
    return parts[0], parts[1], _CODES[parts[2]], _LEVELS.get(parts[3])


def _compact(root: Path) -> Iterator[tuple[str, Mapping[str, Counts]]]:
    prefix = dict(zip(_WAYS, ("voice", "face", "av"), strict=True))
    need = [f"{before}_n_{word}" for before in prefix.values() for word in _WORDS]
    for row in read_csv(root / _VOTES, need=("clip", *need)):
        yield (
            row["clip"],
            {
                way: {name: _number(row[f"{before}_n_{word}"], row["clip"]) for word, name in _WORDS.items()}
                for way, before in prefix.items()
            },
        )


def _official(root: Path) -> Iterator[tuple[str, Mapping[str, Counts]]]:
    clips: defaultdict[str, dict[str, Counts]] = defaultdict(dict)
    for row in read_csv(root / _TABULATED, need=("", "fileName", *_COLUMNS)):
        clip, number = row["fileName"], row[""]
        way = number[:1]
        if way not in ("1", "2", "3"):
            raise DataError(f"a row number that begins with 1, 2 or 3 for {clip}", repr(number), "get the corpus again")
        clips[clip][_WAYS[int(way) - 1]] = {name: _number(row[letter], clip) for letter, name in _COLUMNS.items()}
    yield from clips.items()


def _number(cell: str, clip: str) -> int:
    if not cell.isdecimal():
        raise DataError(f"numbers of votes for {clip}", repr(cell), "get the corpus again")
    return int(cell)


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 48 clips of four actors, each a tone, with nine votes of each way."""
    actors, sentences = ("1001", "1002", "1049", "1048"), ("DFA", "IEO")
    clips = [f"{a}_{s}_{e}_{'XX' if s == 'DFA' else 'HI'}" for a in actors for s in sentences for e in _CODES]
    made: dict[str, dict[str, dict[str, int]]] = {}
    for number, clip in enumerate(clips):
        # most people hear what was meant, the more so the more they are shown
        meant = list(_CODES).index(clip.split("_")[2])
        chances = [[(1 - hit) / 5 + (hit - (1 - hit) / 5) * (i == meant) for i in range(6)] for hit in (0.5, 0.6, 0.7)]
        made[clip] = {
            way: dict(zip(NAMES, rng.multinomial(9, p).tolist(), strict=True))
            for way, p in zip(_WAYS, chances, strict=True)
        }
        write(root / _AUDIO / f"{clip}.wav", _tone(200 + 5 * number))
    {"compact": _fake_compact, "official": _fake_official}[layout](root, made)


def _fake_compact(root: Path, made: Mapping[str, Mapping[str, Counts]]) -> None:
    lines = []
    for clip, by_way in made.items():
        line: dict[str, object] = {"clip": clip}
        for before, counts in zip(("voice", "face", "av"), by_way.values(), strict=True):
            line |= {f"{before}_n_{word}": counts[name] for word, name in _WORDS.items()}
        lines.append(line)
    write_csv(root / _VOTES, lines)


def _fake_official(root: Path, made: Mapping[str, Mapping[str, Counts]]) -> None:
    lines = [
        {"": f"{number}{place:05}"}
        | {letter: by_way[way][name] for letter, name in _COLUMNS.items()}
        | {"fileName": clip}
        for number, way in enumerate(_WAYS, 1)
        for place, (clip, by_way) in enumerate(made.items(), 1)
    ]
    write_csv(root / _TABULATED, lines)


def _tone(pitch_hz: float, seconds: float = 0.2, rate_hz: int = 16_000) -> bytes:
    """A WAV file of 16-bit mono sound."""
    import numpy as np

    wavy = np.sin(2 * np.pi * pitch_hz * np.arange(int(seconds * rate_hz)) / rate_hz)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes((wavy * 8000).astype("<i2").tobytes())
    return file.getvalue()
