"""CK+: 593 short sequences of 123 people whose faces move from neutral to an expression, 327 of them labelled.

Reference: Lucey et al., The Extended Cohn-Kanade Dataset (CK+): A Complete Dataset for Action Unit and
Emotion-Specified Expression, CVPR Workshops 2010. Of a sequence two pictures are samples: the last, which has the label
(Emotion/S005/001/..._emotion.txt: 0 neutral, 1 anger, 2 contempt, 3 disgust, 4 fear, 5 happy, 6 sadness, 7 surprise),
and the first, which is neutral by how the sequences were made. People were asked for movements; a sequence has a label
only where the units that were coded fit the emotion and people who looked agreed, so the view is perceived. Experts
coded which units move on the last picture (FACS/...): the task `ck_plus.units`; a unit that is not in the file does not
move. Strengths (1 to 5; 0: not told) stand in the note, since not all were told; units beyond those of the scheme
`action_units` (head, eyes) are left out. Sequences without either file are left out.
Known faults: posed, in a studio, from the front; the first pictures of one person's sequences are nearly the same, so
split by the group "person"; published figures differ in whether neutral, contempt and the pictures just before the last
are in. There is no official split: leave people out in ten folds.
The layout was read from descriptions, not from the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import action_units, ferplus
from . import layout
from ._faces import drawn, numbered, put

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "CK+",
    "reference": "lucey2010extended",
    "url": "https://www.jeffcohn.net/Resources/",
    "folder": "face/ck_plus",
    "modalities": ["face"],
    "languages": [],
    "licence": "research only, by agreement",
    "split": "none official: leave people out",
    "groups": ["person"],
    "disjoint": [],
    "limits": ["posed expressions in a studio, from the front", "18 sequences of contempt, 25 of fear, 28 of sadness"],
    "raters": "experts in action units; labels kept where units, request and impression agree",
}

TASKS = (
    Task(
        "ck_plus",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ferplus",
        names=ferplus.NAMES,
        view=View.PERCEIVED,
    ),
    Task(
        "ck_plus.units",
        target="action_units",
        kind=Kind.MULTI,
        scheme="action_units",
        names=action_units.NAMES,
        view=View.EXPRESSED,
    ),
)
_NAMES = ("neutral", "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise")  # by number
_IMAGES, _EMOTION, _FACS = "cohn-kanade-images", "Emotion", "FACS"
_LAYOUTS = {
    "official": (_IMAGES, _EMOTION),
    "archives": (f"extended-cohn-kanade-images/{_IMAGES}", f"Emotion_labels/{_EMOTION}"),
}
_FACS_AT = {"official": _FACS, "archives": f"FACS_labels/{_FACS}"}
_STRONGEST = 5


def rows(root: Path) -> Iterator[Sample]:
    """Samples by person and sequence: the first picture, then the last.

    Raises:
        DataError: a label or a unit that is none.
    """
    found = layout(root, _LAYOUTS)
    images, emotion = (root / folder for folder in _LAYOUTS[found])
    facs = root / _FACS_AT[found]
    for sequence in sorted(p for p in images.glob("*/*") if p.is_dir()):
        pictures = sorted(sequence.glob("*.png"))
        where = sequence.relative_to(images)
        last = [*_label(emotion / where), *_units(facs / where)]
        if not last or not pictures:
            continue
        groups = {"person": where.parts[0]}
        if len(pictures) > 1:
            still = Rating("ck_plus", "neutral", rater="consensus", rule="first picture of a sequence")
            yield Sample(pictures[0].stem, {"face": Media(path=str(pictures[0]))}, (still,), groups)
        yield Sample(pictures[-1].stem, {"face": Media(path=str(pictures[-1]))}, tuple(last), groups)


def _label(folder: Path) -> Iterator[Rating]:
    for file in sorted(folder.glob("*_emotion.txt"))[:1]:
        name = numbered(_NAMES, file.read_text(encoding="utf-8").strip(), file.name)
        yield Rating("ck_plus", name, rater="consensus", rule="where units, request and impression agree")


def _units(folder: Path) -> Iterator[Rating]:
    for file in sorted(folder.glob("*_facs.txt"))[:1]:
        strength: dict[str, int] = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                unit, strong = _unit(line, file.name)
                strength |= {unit: strong} if unit in action_units.NAMES else {}
        told = ", ".join(f"{unit} {strong}" for unit, strong in strength.items() if strong)
        yield Rating("ck_plus.units", frozenset(strength), note=f"strengths: {told}" if told else None)


def _unit(line: str, where: str) -> tuple[str, int]:
    """A unit and its strength, 0 where none was told, of a line such as "1.2000000e+01 3.0000000e+00"."""
    try:
        unit, strong = (float(cell) for cell in line.split())
    except ValueError as error:
        raise DataError(f"a unit and its strength in {where}", repr(line), "get the file again") from error
    if not unit.is_integer() or strong not in range(_STRONGEST + 1):
        need = f"a unit and a strength from 0 to {_STRONGEST} in {where}"
        raise DataError(need, repr(line.strip()), "get the file again")
    return f"AU{unit:.0f}", int(strong)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 28 sequences of four drawn people, a quarter without a label."""
    for person in ("S005", "S010", "S011", "S999"):
        for at, kind in enumerate(rng.permutation(range(1, len(_NAMES))), 1):
            where, name = f"{person}/{at:03}", f"{person}_{at:03}"
            for picture in (1, 2, 3):
                look = (0, 3, int(kind))[picture - 1]
                put(root, f"{_IMAGES}/{where}/{name}_{picture:08}.png", drawn(rng, look, ".png", grey=True))
            if at % 4:
                put(root, f"{_EMOTION}/{where}/{name}_{3:08}_emotion.txt", f"   {float(kind):.7e}\n")
            combined = action_units.PROTOTYPES.get({"happiness": "joy"}.get(_NAMES[kind], _NAMES[kind]), ((12,),))[0]
            units = "".join(f"   {float(unit):.7e}   {float(rng.integers(0, 6)):.7e}\n" for unit in (*combined, 63))
            put(root, f"{_FACS}/{where}/{name}_{3:08}_facs.txt", units)
