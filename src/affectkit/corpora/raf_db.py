"""RAF-DB: 15,339 faces from the web with one of seven expressions, and 3,954 with two at once.

Reference: Li et al., Reliable Crowdsourcing and Deep Locality-Preserving Learning for Expression Recognition in the
Wild, CVPR 2017. About forty people judged each picture; the official label weighs their votes by how reliable they were
found to be. In basic/EmoLabel/list_patition_label.txt (so spelt) numbers 1 to 7 count surprise, fear, disgust, happy,
sad, angry, neutral, which is nobody else's order. Faces of compound/ have eleven pairs such as happily surprised; there
the task `raf_db.compound` has both names, and its note the pair. The aligned pictures (100 x 100) are read where they
are, else the original ones. The corpus has no dev: about a tenth of train, by a hash of the picture's name, is dev.
Known faults: single votes are not in these files; people are not named, so one may be in train and test; other pairs
than the eleven could not be chosen, which a task of two names does not say. Sex, race and age are not read.
The layout was read from descriptions, not from the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample, Value
from ..task import Kind, Task, View
from ..taxonomies import ekman, ekman_neutral
from . import layout
from ._faces import dev_or_train, drawn, numbered, put

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "RAF-DB",
    "reference": "li2017reliable",
    "url": "https://www.whdeng.cn/RAF/model1.html",
    "folder": "face/raf_db",
    "modalities": ["face"],
    "languages": [],
    "licence": "non-commercial research only, by request",
    "split": "official train and test (basic 12,271 / 3,068); a tenth of train, drawn by name, is dev",
    "groups": [],
    "limits": ["faces of the web found by words of emotion", "test has 74 faces of fear and 160 of disgust"],
    "raters": "about forty people per picture, weighed by their reliability",
}

TASKS = (
    Task(
        "raf_db",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ekman_neutral",
        names=ekman_neutral.NAMES,
        view=View.PERCEIVED,
    ),
    Task(
        "raf_db.compound",
        target="emotion",
        kind=Kind.MULTI,
        scheme="ekman",
        names=ekman.NAMES,
        view=View.PERCEIVED,
    ),
)
_BASIC = ("surprise", "fear", "disgust", "joy", "sadness", "anger", "neutral")  # by number, from 1
PAIRS = {
    "happily surprised": frozenset(("joy", "surprise")),
    "happily disgusted": frozenset(("joy", "disgust")),
    "sadly fearful": frozenset(("sadness", "fear")),
    "sadly angry": frozenset(("sadness", "anger")),
    "sadly surprised": frozenset(("sadness", "surprise")),
    "sadly disgusted": frozenset(("sadness", "disgust")),
    "fearfully angry": frozenset(("fear", "anger")),
    "fearfully surprised": frozenset(("fear", "surprise")),
    "angrily surprised": frozenset(("anger", "surprise")),
    "angrily disgusted": frozenset(("anger", "disgust")),
    "disgustedly surprised": frozenset(("disgust", "surprise")),
}
"""Compound expression -> its two names; by number, from 1."""
_LABELS = "EmoLabel/list_patition_label.txt"
_PARTS = {"basic": "raf_db", "compound": "raf_db.compound"}
_LAYOUTS = {"official": (f"basic/{_LABELS}",), "basic alone": (_LABELS,)}
_RULE = "votes weighed by reliability"


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order: the basic expressions, then the compound ones where they are.

    Raises:
        DataError: a line, a label or a part that is none.
    """
    folders = {"official": {p: root / p for p in _PARTS}, "basic alone": {"basic": root}}[layout(root, _LAYOUTS)]
    for part, folder in folders.items():
        if not (folder / _LABELS).exists():
            continue
        aligned = (folder / "Image" / "aligned").is_dir()
        for line in (folder / _LABELS).read_text(encoding="utf-8").splitlines():
            if not line.strip():
                continue
            stem, label = _told(line)
            value, note = _value(part, label, stem)
            id = f"{part}/{stem}"
            file = f"aligned/{stem}_aligned.jpg" if aligned else f"original/{stem}.jpg"
            split = {"train": dev_or_train(id), "test": "test"}.get(stem.partition("_")[0])
            if split is None:
                raise DataError("names that begin with train_ or test_", repr(stem), "get the labels again")
            rating = Rating(_PARTS[part], value, rater="consensus", rule=_RULE, note=note)
            yield Sample(id, {"face": Media(path=str(folder / "Image" / file))}, (rating,), split=split)


def _told(line: str) -> tuple[str, str]:
    """Name and label of a line such as "train_00001.jpg 5"."""
    parts = line.split()
    if len(parts) != 2:
        raise DataError("a line such as 'train_00001.jpg 5'", repr(line), "get the labels again")
    return parts[0].rpartition(".")[0], parts[1]


def _value(part: str, label: str, where: str) -> tuple[Value, str | None]:
    names = {"basic": _BASIC, "compound": tuple(PAIRS)}[part]
    name = numbered(names, label, where, first=1)
    return (PAIRS[name], name) if name in PAIRS else (name, None)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 70 drawn faces of basic and 55 of compound expressions."""
    for part, kinds, trained in (("basic", len(_BASIC), 8), ("compound", len(PAIRS), 3)):
        lines = []
        for split, many in (("train", trained), ("test", 2)):
            for at, kind in enumerate(rng.permutation(many * list(range(kinds))), 1):
                stem = f"{split}_{at:05}"
                lines.append(f"{stem}.jpg {kind + 1}")
                put(root, f"{part}/Image/aligned/{stem}_aligned.jpg", drawn(rng, int(kind)))
        put(root, f"{part}/{_LABELS}", "\n".join(lines) + "\n")
