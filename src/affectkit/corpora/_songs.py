"""What DEAM and emoMusic share: means and spreads from 1 to 9, song ids, sound where it is at hand, splits of others.

The songs of both come from MediaEval's campaigns, which numbered them once: a number means the same song in both.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..sample import Media, Rating
from ..task import Kind, Task, View
from . import read_csv, write

if TYPE_CHECKING:
    import numpy as np

NAMES = ("valence", "arousal")
SPREAD = "standard deviation"
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}
_MOST = 4.5  # no five ratings from 1 to 9 have a larger standard deviation


def means(id: str) -> Task:
    """The task of a song's mean valence and arousal."""
    return Task(
        id,
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=NAMES,
        range=(1.0, 9.0),
        view=View.PERCEIVED,
    )


def spreads(id: str) -> Task:
    """The task of the raters' standard deviations, which are no valence and arousal."""
    return Task(f"{id}.spread", target="spread", kind=Kind.CONTINUOUS, scheme="", names=NAMES, range=(0.0, _MOST))


def rated(
    task: str, row: Mapping[str, str], columns: tuple[str, str], rule: str = "mean", note: str | None = None
) -> Rating:
    """The rating that two columns hold, valence before arousal.

    Raises:
        DataError: no number in one of them.
    """
    try:
        value = tuple(float(row[c]) for c in columns)
    except (KeyError, TypeError, ValueError) as error:
        found = ", ".join(str(row.get(c)) for c in columns)
        raise DataError(f"two numbers for the song {row.get('song_id')!r}", found, "get the corpus again") from error
    return Rating(task, value, rater="consensus", rule=rule, note=note)


def stripped(file: Path, need: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Rows of an official file, whose names and cells have spaces and tabs around them."""
    first = True
    for row in read_csv(file):
        plain = {k.strip(): " ".join(v.split()) for k, v in row.items() if k and isinstance(v, str)}
        if first and (missing := [c for c in need if c not in plain]):
            there = ", ".join(plain)
            raise DataError(f"the column {missing[0]!r} in {file.name}", there, "this may be another version of it")
        first = False
        yield plain


def splits(root: Path) -> dict[str, str]:
    """Song id -> split, where somebody's split lies beside the official files as split.csv (song_id, split)."""
    file = root / "split.csv"
    listed = read_csv(file, ("song_id", "split")) if file.is_file() else ()
    return {row["song_id"]: split(row["split"], row["song_id"]) for row in listed}


def split(named: str, id: str) -> str:
    """Our name of a split.

    Raises:
        DataError: another word than train, validation and test.
    """
    if named not in _SPLITS:
        raise DataError(f"{', '.join(_SPLITS)} for the song {id}", repr(named), "correct its split")
    return _SPLITS[named]


def sound(folder: Path) -> dict[str, dict[str, Media]]:
    """Song id -> its media, for the songs whose sound is in a folder; the annotations often come without."""
    found = folder.glob("*.mp3") if folder.is_dir() else ()
    return {file.stem: {"music": Media(path=str(file))} for file in found}


def fake_songs(rng: np.random.Generator, ids: range) -> list[dict[str, Any]]:
    """Synthetic annotations: song_id, split, and mean and std of both dimensions, to one and two places."""
    made: list[dict[str, Any]] = []
    for i, id in enumerate(ids):
        mean, std = rng.uniform(2, 8, 2).round(1).tolist(), rng.uniform(0.5, 2.5, 2).round(2).tolist()
        split = tuple(_SPLITS)[(i % 9) // 7 + (i % 9) // 8]
        values = {f"{n}_{what}": v[j] for j, n in enumerate(NAMES) for what, v in (("mean", mean), ("std", std))}
        made.append({"song_id": id, **values, "split": split})
    return made


def fake_sound(folder: Path, ids: range) -> None:
    """Write tones of a tenth of a second: six, for it takes time to make an MP3."""
    import numpy as np
    import soundfile

    tones = []
    for k in range(6):
        file = io.BytesIO()
        tone = 0.1 * np.sin(2 * np.pi * 110 * (k + 2) * np.arange(4410) / 44_100)
        soundfile.write(file, tone.astype(np.float32), 44_100, format="MP3")
        tones.append(file.getvalue())
    for id in ids:
        write(folder / f"{id}.mp3", tones[id % 6])
