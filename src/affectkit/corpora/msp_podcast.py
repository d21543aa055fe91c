"""MSP-Podcast: up to 264,705 clips of podcasts, each judged by five listeners or more.

Reference: Lotfian and Busso, Building Naturalistic Emotionally Balanced Speech Corpus by Retrieving Emotional Speech
from Existing Podcast Recordings, IEEE Transactions on Affective Computing 10, 2019. Task `msp_podcast` is the published
label, what most raters chose as the main emotion; "X", no agreement, and "O", another emotion, have no value and a
note. `msp_podcast.raters` is what each rater chose so, `msp_podcast.all` all names a rater found fitting (sixteen).
`msp_podcast.vad` is the published mean of valence, arousal (there activation) and dominance from 1 to 7,
`msp_podcast.vad.raters` what it is told by. What a rater wrote in their own words ("Other-Curious") stands in the note.
Read from Labels/labels_consensus.csv, and single raters from labels_detailed.csv (both of its forms) or labels.txt,
where one is there: releases differ in these. Sets are taken from the column Split_Set or from Partitions. Sound is
named where it lies in Audios; Transcripts are not read.
Known faults: the clips were chosen by models of emotion (Test2 alone was not); about a fifth has no agreement; speakers
that nobody named lie in train, here one group per podcast; Test3 comes without labels.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ferplus, msp_podcast, vad
from . import layout, read_csv, write, write_csv
from ._acted import clip

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "MSP-Podcast",
    "reference": "lotfian2019building",
    "url": "https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Podcast.html",
    "folder": "speech/msp_podcast",
    "modalities": ["speech"],
    "languages": ["en"],
    "licence": "on a signed agreement, for research only",
    "split": "official; Test1, Test2 and Test3 are all test (group `set`); keeps speakers whole, cuts podcasts",
    "groups": ["podcast", "set", "speaker"],
    "disjoint": ["set", "speaker"],
    "limits": ["podcasts, most of them American; clips that models of emotion chose"],
    "raters": "five or more per clip, by id (one id one person); they heard the sound alone",
}

_SHOWN = ("speech",)


def _names(id: str, kind: Kind, scheme: str, names: tuple[str, ...]) -> Task:
    return Task(id, target="emotion", kind=kind, scheme=scheme, names=names, view=View.PERCEIVED, shown=_SHOWN)


def _dimensions(id: str) -> Task:
    return Task(
        id,
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=vad.NAMES,
        range=(1.0, 7.0),
        view=View.PERCEIVED,
        shown=_SHOWN,
    )


TASKS = (
    _names("msp_podcast", Kind.SINGLE, "ferplus", ferplus.NAMES),
    _names("msp_podcast.raters", Kind.DISTRIBUTION, "ferplus", ferplus.NAMES),
    _names("msp_podcast.all", Kind.MULTI, "msp_podcast", msp_podcast.NAMES),
    _dimensions("msp_podcast.vad"),
    _dimensions("msp_podcast.vad.raters"),
)
_CONSENSUS, _DETAILED, _PLAIN = "Labels/labels_consensus.csv", "Labels/labels_detailed.csv", "Labels/labels.txt"
_LAYOUTS = {"official": (_CONSENSUS,)}
_NUMBERS = ("EmoVal", "EmoAct", "EmoDom")  # in the order of the names
_CODES = dict(zip("NHUSADFC", ferplus.NAMES, strict=True))
_NOTES = {"X": "no agreement", "O": "other"}
_SPLITS = {
    "Train": "train",
    "Validation": "dev",
    "Development": "dev",
    "Test1": "test",
    "Test2": "test",
    "Test3": "test",
}
_PODCAST = re.compile(r"MSP-PODCAST_(\d+)_\w+\.wav")
_UNNAMED = ("", "unknown")
_WORKER = ("WorkerID", "Workers", "Worker")


@dataclass(frozen=True, slots=True)
class _Vote:
    """What one rater said of a clip, in the words of the file; `numbers` in the order of the names."""

    rater: str
    main: str
    more: str
    numbers: tuple[str, ...]


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the order of labels_consensus.csv.

    Raises:
        DataError: a file name, label or set that is not of the corpus.
    """
    layout(root, _LAYOUTS)
    heard = {file.name for file in (root / "Audios").glob("*.wav")}
    votes, sets = _votes(root), _sets(root)
    for row in read_csv(root / _CONSENSUS, need=("FileName", "EmoClass", *_NUMBERS)):
        file = row["FileName"]
        podcast = _PODCAST.fullmatch(file)
        if podcast is None:
            raise DataError("a name such as MSP-PODCAST_0001_0008.wav", repr(file), "get the corpus again")
        ratings = [*_official(row), *(rating for vote in votes.get(file, ()) for rating in _ratings(vote))]
        speaker = (row.get("SpkrID") or "").strip()
        unnamed = speaker.lower() in _UNNAMED
        groups = {"podcast": podcast[1], "speaker": f"unnamed of {podcast[1]}" if unnamed else speaker}
        place = (row.get("Split_Set") or sets.get(file, "")).strip()
        if place:
            groups["set"] = place
        if place and place not in _SPLITS:
            raise DataError(f"a set among {', '.join(_SPLITS)} for {file}", repr(place), "get the corpus again")
        media = {"speech": Media(path=str(root / "Audios" / file))} if file in heard else {}
        yield Sample(file.removesuffix(".wav"), media, tuple(ratings), groups, _SPLITS.get(place))


def _official(row: Mapping[str, str]) -> Iterator[Rating]:
    code = row["EmoClass"].strip()
    if code not in _CODES and code not in _NOTES:
        known = ", ".join((*_CODES, *_NOTES))
        raise DataError(f"a class among {known} for {row['FileName']}", repr(code), "get the corpus again")
    yield Rating("msp_podcast", _CODES.get(code), rater="consensus", rule="plurality", note=_NOTES.get(code))
    numbers, wrong = _scaled([row[column] for column in _NUMBERS])
    yield Rating("msp_podcast.vad", numbers, rater="consensus", rule="mean of raters", note=wrong)


def _ratings(vote: _Vote) -> Iterator[Rating]:
    main = _name(vote.main)
    one = main if main in ferplus.NAMES else None
    yield Rating("msp_podcast.raters", one, rater=vote.rater, note=None if one else vote.main or "empty")
    said = [word for word in map(str.strip, (vote.main, *vote.more.split(","))) if word]
    names = frozenset(name for word in said if (name := _name(word)))
    rest = "; ".join(dict.fromkeys(word for word in said if not _name(word)))
    yield Rating("msp_podcast.all", names or None, rater=vote.rater, note=rest or (None if names else "empty"))
    numbers, wrong = _scaled(vote.numbers)
    yield Rating("msp_podcast.vad.raters", numbers, rater=vote.rater, note=wrong)


def _name(word: str) -> str | None:
    plain = word.strip().lower()
    name = msp_podcast.SYNONYMS.get(plain, plain)
    return name if name in msp_podcast.NAMES else None


def _scaled(cells: Iterable[str]) -> tuple[tuple[float, ...] | None, str | None]:
    """Three numbers from 1 to 7, or None and why not."""
    try:
        numbers = tuple(map(float, cells))
    except ValueError:
        return None, "incomplete"
    if len(numbers) < len(_NUMBERS):
        return None, "incomplete"
    return (numbers, None) if all(1 <= n <= 7 for n in numbers) else (None, "not from 1 to 7")


# ---- single raters ---------------------------------------------------------------------------------------------------


def _votes(root: Path) -> Mapping[str, list[_Vote]]:
    """File -> what its raters said; nothing where the release tells the consensus alone."""
    found: defaultdict[str, list[_Vote]] = defaultdict(list)
    if (root / _DETAILED).is_file():
        for file, vote in _detailed(root / _DETAILED):
            found[file].append(vote)
    elif (root / _PLAIN).is_file():
        for file, vote in _plain(root / _PLAIN):
            found[file].append(vote)
    return found


def _detailed(file: Path) -> Iterator[tuple[str, _Vote]]:
    """A row per rater: either a column for each thing told, or all of it in one cell."""
    for row in read_csv(file, need=("FileName",)):
        if "EmoDetail" in row:
            yield row["FileName"], _told(row["EmoDetail"], file)
            continue
        missing = [column for column in ("EmoClass_Major", "EmoClass_Second", *_NUMBERS) if column not in row]
        worker = next((column for column in _WORKER if column in row), None)
        if missing or worker is None:
            need = f"the column {(missing or [_WORKER[0]])[0]!r} in {file.name}"
            raise DataError(need, ", ".join(row), "this may be another version of the corpus")
        numbers = tuple(row[column] or "" for column in _NUMBERS)
        yield row["FileName"], _Vote(row[worker], row["EmoClass_Major"] or "", row["EmoClass_Second"] or "", numbers)


def _plain(file: Path) -> Iterator[tuple[str, _Vote]]:
    """Blocks of lines: a clip's file with its consensus, then a line for each of its raters."""
    clip = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        start = line.partition(";")[0].strip()
        if start.endswith(".wav"):
            clip = start
        elif start:
            yield clip, _told(line, file)


def _told(line: str, file: Path) -> _Vote:
    """WORKER00000001; Neutral; Neutral,Concerned; A:4.000000; V:5.000000; D:4.000000;"""
    fields = [field.strip() for field in line.split(";")]
    numbers = {field[0]: field[2:] for field in fields[2:] if field[1:2] == ":"}
    words = [field for field in fields if field[1:2] != ":"]
    if len(fields) < 3 or not numbers:
        form = "WORKER00000001; Neutral; Neutral,Concerned; A:4; V:5; D:4;"
        raise DataError(f"a rater's line such as {form} in {file.name}", repr(line), "get the corpus again")
    return _Vote(words[0], words[1], words[2] if len(words) > 2 else "", tuple(numbers.get(n, "") for n in "VAD"))


def _sets(root: Path) -> Mapping[str, str]:
    """File -> set, from lines such as "Test1; MSP-PODCAST_0001_0008.wav" in Partitions, in either order."""
    found = {}
    for file in sorted((*root.glob("[Pp]artitions/*.txt"), *root.glob("[Pp]artitions.txt"))):
        for line in file.read_text(encoding="utf-8").splitlines():
            fields = [field.strip() for field in line.split(";") if field.strip()]
            if len(fields) == 2:
                clip, place = sorted(fields, key=lambda field: not field.endswith(".wav"))
                found[clip] = place
    return found


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 40 tones of a quarter of a second, whose pitch goes with the emotion."""
    words = ("Neutral", "Happy", "Surprise", "Sad", "Angry", "Disgust", "Fear", "Contempt")
    sets = ("Train", "Train", "Development", "Test1", "Test2")
    consensus: list[dict[str, object]] = []
    detailed: list[dict[str, object]] = []
    for number in range(40):
        file, speaker = f"MSP-PODCAST_{number // 4:04}_{number:04}.wav", number % 5
        emotion = int(rng.integers(0, len(words)))
        values = rng.integers(1, 8, size=(3, 3))
        said = [words[emotion], words[emotion], ("Other-Curious", words[(emotion + 1) % 8])[number % 2]]
        for rater, (word, numbers) in enumerate(zip(said, values.tolist(), strict=True)):
            told = {"FileName": file, "WorkerID": f"WORKER{rater + number % 3:08}", "EmoClass_Major": word}
            told["EmoClass_Second"] = f"{word},{('Concerned', 'Dissapointed', 'Other-Smug')[rater]}"
            detailed.append(told | dict(zip(_NUMBERS, numbers, strict=True)))
        code = "XO"[number % 2] if number % 10 > 7 else list(_CODES)[emotion]
        means = {column: f"{mean:.6f}" for column, mean in zip(_NUMBERS, values.mean(0), strict=True)}
        about = {
            "SpkrID": "Unknown" if number % 5 == 0 else str(speaker),
            "Gender": "Female",
            "Split_Set": sets[speaker],
        }
        consensus.append({"FileName": file, "EmoClass": code, **means, **about})
        write(root / "Audios" / file, clip(rng, 100 * (emotion + 1) + 5 * speaker))
    write_csv(root / _CONSENSUS, consensus)
    write_csv(root / _DETAILED, detailed)
