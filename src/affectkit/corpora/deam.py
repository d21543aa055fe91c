"""DEAM: 1,802 songs with valence and arousal from 1 to 9, from three years of MediaEval; emoMusic's 744 among them.

Reference: Aljanaki, Yang and Soleymani, Developing a benchmark for emotional analysis of music, PLoS ONE 12, 2017.
Task `deam` is the mean over raters of a whole excerpt of 45 s (whole songs in the block of 2015), `deam.spread` their
standard deviation. The sound is read from MEMD_audio where it is there, else a sample has no media; ratings over time
and single raters' are not read.
Differs from the release: there, valence and arousal of the 744 songs of 2013 (ids up to 1000) are exchanged, as
emoMusic, the same songs and ratings, shows (its arousal goes with DEAM's valence at r = 0.9998). Here they are put
back; `deam.released` has the means as they were published. The blocks of 2014 and 2015 look right but have no sister to
be held against.
Known faults: the blocks were rated in different years by different people, so their scales may differ.
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
    "title": "DEAM",
    "reference": "aljanaki2017deam",
    "url": "https://cvml.unige.ch/databases/DEAM/",
    "folder": "music/deam",
    "modalities": ["music"],
    "languages": [],
    "licence": "not stated with the annotations; research, non-commercial",
    "split": "none official; Music2Emotion's (1,261 / 271 / 270), which the official layout takes from a split.csv "
    "(song_id, split)",
    "groups": ["block", "song"],
    "disjoint": ["song"],
    "limits": ["excerpts of royalty-free Western songs"],
    "raters": "at least ten per song (five in 2015), of whom mean and standard deviation are read",
}

TASKS = (_songs.means("deam"), _songs.means("deam.released"), _songs.spreads("deam"))
_LEVEL = "annotations/annotations averaged per song/song_level/static_annotations_averaged_songs"
_FILES = (f"{_LEVEL}_1_2000.csv", f"{_LEVEL}_2000_2058.csv")
_LAYOUTS = {"compact": ("labels.csv",), "official": _FILES}
_BLOCKS = {"mediaeval2013": range(1, 1001), "mediaeval2014": range(1001, 2001), "mediaeval2015": range(2001, 2059)}
_EXCHANGED = "mediaeval2013"
_MEAN, _STD = ("valence_mean", "arousal_mean"), ("valence_std", "arousal_std")
_SWAP = dict(zip((*_MEAN, *_STD), (*_MEAN[::-1], *_STD[::-1]), strict=True))
_NOTE = "put back: released with valence and arousal exchanged"


def rows(root: Path) -> Iterator[Sample]:
    """Samples by song, compact (labels.csv) or official (the song_level files of annotations/)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    media = _songs.sound(root / "MEMD_audio")
    for released, exchanged, split in read(root):
        id, row = released["song_id"], _swapped(released) if exchanged else released
        ratings = (
            _songs.rated("deam", row, _MEAN, note=_NOTE if exchanged else None),
            _songs.rated("deam.released", released, _MEAN),
            _songs.rated("deam.spread", row, _STD, rule=_songs.SPREAD),
        )
        groups = {"block": _block(id), "song": f"mediaeval-{id}"}
        yield Sample(id, media.get(id, {}), ratings, groups, split)


Read = Iterator[tuple[Mapping[str, str], bool, str | None]]


def _compact(root: Path) -> Read:
    """The rows as released, whether they have the two dimensions exchanged, and their split."""
    for row in read_csv(root / "labels.csv", need=("song_id", *_MEAN, *_STD, "split", "va_swapped_back")):
        exchanged = row["va_swapped_back"] == "1"
        yield _swapped(row) if exchanged else row, exchanged, _songs.split(row["split"], row["song_id"])


def _official(root: Path) -> Read:
    given = _songs.splits(root)
    for file in _FILES:
        for row in _songs.stripped(root / file, ("song_id", *_MEAN, *_STD)):
            yield row, _block(row["song_id"]) == _EXCHANGED, given.get(row["song_id"])


def _swapped(row: Mapping[str, str]) -> dict[str, str]:
    """The row with the two dimensions exchanged; twice is once more the row."""
    return {**row, **{column: row[other] for column, other in _SWAP.items()}}


def _block(id: str) -> str:
    found = next((block for block, ids in _BLOCKS.items() if id.isdecimal() and int(id) in ids), None)
    if found is None:
        raise DataError("a song_id from 1 to 2058", repr(id), "get the corpus again")
    return found


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 90 songs of the three blocks, each with a tone for its sound."""
    made = []
    for ids in (range(2, 38), range(1001, 1037), range(2001, 2019)):
        made += _songs.fake_songs(rng, ids)
        _songs.fake_sound(root / "MEMD_audio", ids)
    if layout == "compact":
        for m in made:
            m["va_swapped_back"] = int(_block(str(m["song_id"])) == _EXCHANGED)
        write_csv(root / "labels.csv", made)
        return
    write_csv(root / "split.csv", [{"song_id": m["song_id"], "split": m["split"]} for m in made])
    for m in made:
        m |= _swapped(m) if _block(str(m["song_id"])) == _EXCHANGED else {}
    columns = (_MEAN[0], _STD[0], _MEAN[1], _STD[1])  # after a space, as in the source
    released = [{"song_id": m["song_id"]} | {f" {c}": m[c] for c in columns} for m in made]
    for file, part in zip(_FILES, (released[:72], released[72:]), strict=True):
        write_csv(root / file, part)
