"""Aff-Wild2: videos of the web, 2.8 million frames of them with expression, valence and arousal, or action units.

Reference: Kollias and Zafeiriou, Expression, Affect, Action Unit Recognition: Aff-Wild2, Multi-Task Learning and
ArcFace, BMVC 2019, in the layout of the ABAW contests. A text per video (annotations/EXPR_Set/Train_Set/<video>.txt)
has a heading and a line per frame; the heading tells which number is which name, since the contests' orders differ.
Line n below it goes with cropped_aligned/<video>/<n>.jpg (00001.jpg is the first). Frames and videos without a picture
of a face are left out, and so are frames of which nobody said anything (expression or unit -1, valence or arousal -5).
"Other" is a rater who passed. Videos are read one after another, and only the names of one's pictures are in memory.
A video of two people is two (<video>_left, <video>_right): the group "source" has both. A frame is in one split only,
though the three sets are cut differently: a source of which any set has a part in its validation is test here, as
figures are published on validation, and about a tenth of the other sources is dev, by a hash; the official test is not
given out. So train is smaller than that of each set.
Known faults: neighbouring frames are nearly the same, so count sources, not frames; units are partly a machine's
guess. The layout was read from descriptions, not from the files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import ekman_neutral
from . import layout
from ._faces import dev_or_train, drawn, number, numbered, put

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "Aff-Wild2",
    "reference": "kollias2019expression",
    "url": "https://ibug.doc.ic.ac.uk/resources/aff-wild2/",
    "folder": "face/aff_wild2",
    "modalities": ["face"],
    "languages": [],
    "licence": "non-commercial research only, by agreement",
    "split": "official; sources in any validation set are test, a tenth of the others, drawn by name, is dev",
    "groups": ["source"],
    "disjoint": ["source"],
    "limits": ["videos of the web, mostly of people who react to something", "neighbouring frames are nearly the same"],
    "raters": "experts, frame by frame: published is what they agree on, or their mean",
}

UNITS = ("AU1", "AU2", "AU4", "AU6", "AU7", "AU10", "AU12", "AU15", "AU23", "AU24", "AU25", "AU26")
DIMENSIONS = ("valence", "arousal")
TASKS = (
    Task(
        "aff_wild2",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=ekman_neutral.NAMES,
        view=View.PERCEIVED,
    ),
    Task(
        "aff_wild2.va",
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=DIMENSIONS,
        range=(-1.0, 1.0),
        view=View.PERCEIVED,
    ),
    Task(
        "aff_wild2.units",
        target="action_units",
        kind=Kind.MULTI,
        scheme="action_units",
        names=UNITS,
        view=View.EXPRESSED,
    ),
)
_OTHER = "other"
_NOT_TOLD, _NO_VA = -1.0, -5.0
_FOLDERS = {
    "official": ("EXPR_Set", "VA_Set", "AU_Set"),
    "contest": ("EXPR_Classification_Challenge", "VA_Estimation_Challenge", "AU_Detection_Challenge"),
}
"""Layout -> folders of the three tasks."""
_TRAIN, _VALIDATION = "Train_Set", "Validation_Set"
_FRAMES = "cropped_aligned"
_LAYOUTS = {name: (f"annotations/{folders[0]}/{_TRAIN}", _FRAMES) for name, folders in _FOLDERS.items()}
_SIDE_OF = re.compile(r"_(left|right)$")

Told = Callable[[Sequence[str], Sequence[str], Path], Rating | None]
"""Heading, cells of a line, and file -> what was said of a frame."""


@dataclass(frozen=True)
class _Video:
    """Where what was said of a video stands: for each task its file, or None."""

    name: str
    files: tuple[Path | None, ...]

    @property
    def source(self) -> str:
        return _SIDE_OF.sub("", self.name)

    @property
    def validation(self) -> bool:
        return any(file is not None and file.parent.name == _VALIDATION for file in self.files)


def rows(root: Path) -> Iterator[Sample]:
    """Samples by video and frame, where a frame has a picture and something was said of it.

    Raises:
        DataError: a heading or a line that is none, or a video in both sets of a task.
    """
    found = layout(root, _LAYOUTS)
    shown = {p.name for p in root.glob(f"{_FRAMES}*/*") if p.is_dir()}
    videos = _videos(root / "annotations", _FOLDERS[found], shown)
    tested = {video.source for video in videos if video.validation}
    for video in videos:
        split = "test" if video.source in tested else dev_or_train(video.source)
        pictures = {int(p.stem): p for p in root.glob(f"{_FRAMES}*/{video.name}/*.jpg") if p.stem.isdecimal()}
        read = (_lines(file, told) for file, told in zip(video.files, (_expression, _va, _units), strict=True))
        for frame, said in enumerate(zip_longest(*read), 1):
            ratings = tuple(rating for rating in said if rating is not None)
            if ratings and frame in pictures:
                media = {"face": Media(path=str(pictures[frame]))}
                yield Sample(f"{video.name}/{frame:05}", media, ratings, {"source": video.source}, split)


def _videos(annotations: Path, folders: Sequence[str], shown: Set[str]) -> list[_Video]:
    """The videos of which there are frames, by name."""
    files: defaultdict[str, list[Path | None]] = defaultdict(lambda: [None] * len(folders))
    for at, folder in enumerate(folders):
        for part in (_TRAIN, _VALIDATION):
            listed = sorted((annotations / folder / part).glob("*.txt"))
            for file in (f for f in listed if f.stem in shown):
                if files[file.stem][at] is not None:
                    found = f"{file.stem} in both"
                    raise DataError(f"each video in {_TRAIN} or {_VALIDATION} of {folder}", found, "remove one")
                files[file.stem][at] = file
    return [_Video(name, tuple(its)) for name, its in sorted(files.items())]


def _lines(file: Path | None, told: Told) -> Iterator[Rating | None]:
    """What was said of each frame."""
    if file is None:
        return
    with file.open(encoding="utf-8") as lines:
        heading = tuple(cell.strip() for cell in next(lines, "").split(","))
        for line in lines:
            yield told(heading, line.strip().split(","), file) if line.strip() else None


def _expression(heading: Sequence[str], cells: Sequence[str], file: Path) -> Rating | None:
    names = tuple(ekman_neutral.SYNONYMS.get(cell.lower(), cell.lower()) for cell in heading)
    if not set(names) <= {*ekman_neutral.NAMES, _OTHER}:
        raise DataError(f"a heading of expressions in {file.name}", ",".join(heading), "get the file again")
    if len(cells) == 1 and number(cells[0], "the expression", file.name) == _NOT_TOLD:
        return None
    name = numbered(names, ",".join(cells), file.name)
    if name == _OTHER:
        return Rating("aff_wild2", None, note=_OTHER)
    return Rating("aff_wild2", name, rater="consensus", rule="as published")


def _va(heading: Sequence[str], cells: Sequence[str], file: Path) -> Rating | None:
    row = _row(heading, cells, file, DIMENSIONS)
    value = tuple(row[name] for name in DIMENSIONS)
    return None if _NO_VA in value else Rating("aff_wild2.va", value, rater="consensus", rule="mean of the experts")


def _units(heading: Sequence[str], cells: Sequence[str], file: Path) -> Rating | None:
    row = _row(heading, cells, file, UNITS)
    told = tuple(unit for unit in UNITS if row[unit] != _NOT_TOLD)
    if not told:
        return None
    if not {row[unit] for unit in told} <= {0.0, 1.0}:
        raise DataError(f"units of 0, 1 or -1 in {file.name}", ",".join(cells), "get the file again")
    value = frozenset(unit for unit in told if row[unit])
    judged = None if told == UNITS else told
    return Rating("aff_wild2.units", value, rater="consensus", rule="as published", judged=judged)


def _row(heading: Sequence[str], cells: Sequence[str], file: Path, need: Sequence[str]) -> Mapping[str, float]:
    """Name -> number of a line."""
    if set(heading) != set(need):
        raise DataError(f"the heading {','.join(need)} in {file.name}", ",".join(heading), "get the file again")
    if len(cells) != len(heading):
        raise DataError(f"{len(heading)} numbers per line in {file.name}", ",".join(cells), "get the file again")
    return {name: number(cell, name, file.name) for name, cell in zip(heading, cells, strict=True)}


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: nine videos of fourteen frames, the fourth of each without a picture."""
    names = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other"
    for at, name in enumerate(("video0_left", *(f"video{i}" for i in range(1, 8)), "video23")):
        part = _VALIDATION if at % 3 == 1 else _TRAIN
        kinds = [int(k) for k in rng.permutation([*range(-1, 8), *range(5)])]
        said = {"EXPR_Set": [names, *map(str, kinds)], "VA_Set": [",".join(DIMENSIONS)], "AU_Set": [",".join(UNITS)]}
        for frame, kind in enumerate(kinds, 1):
            va = rng.uniform(-1, 1, 2).round(3) if kind >= 0 else (-5, -5)
            said["VA_Set"].append(",".join(map(str, va)))
            said["AU_Set"].append(",".join(map(str, rng.integers(0, 2, len(UNITS)))))
            if frame != 4:
                put(root, f"{_FRAMES}/{name}/{frame:05}.jpg", drawn(rng, kind))
        for folder, lines in said.items():
            if at or folder != "VA_Set":  # a video need not be in every set
                put(root, f"annotations/{folder}/{part}/{name}.txt", "\n".join(lines) + "\n")
