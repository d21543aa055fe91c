"""emoMusic: 744 excerpts of 45 s with valence and arousal from 1 to 9, the songs of MediaEval 2013.

Reference: Soleymani et al., 1000 Songs for Emotional Analysis of Music, CrowdMM 2013 (of the thousand, 744 were left
when repeats were taken out). Task `emomusic` is the mean over raters, `emomusic.spread` their standard deviation. The
sound is read from clips_45seconds where it is there, else a sample has no media; ratings over time are not read.
Test is MediaEval's evaluation set and the rest development; dev is Music2Emotion's part of that.
Known faults: all of it lies inside DEAM, whose splits are others: never train on one and test on the other; 74 of 411
artists lie in more than one split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Sample
from . import _songs, layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "emoMusic",
    "reference": "soleymani2013thousand",
    "url": "https://cvml.unige.ch/databases/emoMusic/",
    "folder": "music/emomusic",
    "modalities": ["music"],
    "languages": [],
    "licence": "not stated with the annotations; research, non-commercial",
    "split": "MediaEval 2013's sets, dev by Music2Emotion (495 / 124 / 125), in the official layout from split.csv "
    "(song_id, split); cuts 74 of 411 artists",
    "groups": ["artist", "song"],
    "disjoint": ["song"],
    "limits": ["excerpts of royalty-free Western songs of eight genres"],
    "raters": "at least ten per song, of whom mean and standard deviation are read",
}

TASKS = (_songs.means("emomusic"), _songs.spreads("emomusic"))
_STATIC, _INFO = "annotations/static_annotations.csv", "annotations/songs_info.csv"
_LAYOUTS = {"compact": ("labels.csv",), "official": (_STATIC, _INFO)}
_SETS = {"development": "train", "evaluation": "test"}
_MEAN, _STD = ("valence_mean", "arousal_mean"), ("valence_std", "arousal_std")
_OWN = {f"{name}_{what}": f"{what}_{name}" for name in _songs.NAMES for what in ("mean", "std")}
_SET = "Mediaeval 2013 set"


def rows(root: Path) -> Iterator[Sample]:
    """Samples by song, compact (labels.csv) or official (annotations/static_annotations.csv and songs_info.csv)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    media = _songs.sound(root / "clips_45seconds")
    for row, split in read(root):
        id = row["song_id"]
        ratings = (_songs.rated("emomusic", row, _MEAN), _songs.rated("emomusic.spread", row, _STD, rule=_songs.SPREAD))
        groups = {"artist": " ".join(row["artist"].split()), "song": f"mediaeval-{id}"}
        yield Sample(id, media.get(id, {}), ratings, groups, split)


Read = Iterator[tuple[Mapping[str, str], str]]


def _compact(root: Path) -> Read:
    for row in read_csv(root / "labels.csv", need=("song_id", *_MEAN, *_STD, "artist", "split")):
        yield row, _songs.split(row["split"], row["song_id"])


def _official(root: Path) -> Read:
    given = _songs.splits(root)
    about = {row["song_id"]: row for row in _songs.stripped(root / _INFO, ("song_id", "Artist", _SET))}
    for row in _songs.stripped(root / _STATIC, ("song_id", *_OWN.values())):
        song = about.get(row["song_id"])
        if song is None or song[_SET] not in _SETS:
            found = "no row" if song is None else repr(song[_SET])
            raise DataError(
                f"development or evaluation for song {row['song_id']} in songs_info.csv", found, "get the corpus again"
            )
        whole = row | {column: row[own] for column, own in _OWN.items()} | {"artist": song["Artist"]}
        yield whole, given.get(row["song_id"], _SETS[song[_SET]])


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 45 songs of nine artists, each with a tone for its sound."""
    ids = range(2, 47)
    made = [m | {"artist": f"Band {i % 9}"} for i, m in enumerate(_songs.fake_songs(rng, ids))]
    _songs.fake_sound(root / "clips_45seconds", ids)
    if layout == "compact":
        write_csv(root / "labels.csv", made)
        return
    write_csv(root / "split.csv", [{"song_id": m["song_id"], "split": m["split"]} for m in made])
    write_csv(root / _STATIC, [{"song_id": m["song_id"]} | {own: m[c] for c, own in _OWN.items()} for m in made])
    info = [
        {
            "song_id": m["song_id"],
            "file_name": f"{m['song_id']}.mp3",
            "Artist": f"\t{m['artist']}",  # as in the source
            "Song title": f"\tSong {m['song_id']}",
            _SET: {"test": "evaluation"}.get(m["split"], "development"),
        }
        for m in made
    ]
    write_csv(root / _INFO, info)
