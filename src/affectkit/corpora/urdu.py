"""URDU: 400 clips of Urdu talk shows in four emotions, 100 of each.

Reference: Latif et al., Cross Lingual Speech Emotion Recognition: Urdu vs. Western Languages, FIT 2018. Nobody acts:
the label is what the makers heard, so the view is perceived. A file's name tells it (SM1_F10_A010: man 1, his tenth
clip of this emotion, the tenth angry one). Names are those of RAVDESS's eight that it has.
There is no official split. Keeping speakers whole is not enough (see the faults): judge it on other corpora as well.
Known faults: the makers tell of 38 speakers, the names tell 29 apart; only SM3, SM5 and SM6 have more than one emotion,
all anger is from four men, and 72 of the 100 neutral clips are from SM5, so whoever knows the voice nearly knows the
label; clips of one speaker are from one programme, with its own sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from . import layout, write
from ._acted import clip

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "URDU",
    "reference": "latif2018cross",
    "url": "https://github.com/siddiquelatif/URDU-Dataset",
    "folder": "speech/urdu",
    "modalities": ["speech"],
    "languages": ["ur"],
    "licence": "for research only",
    "split": "none official",
    "groups": ["speaker"],
    "disjoint": [],
    "limits": ["29 voices of talk shows, nearly all in one emotion each: a figure may be one of knowing the voice"],
    "raters": "not told; one label per clip by the makers",
}

_FOLDERS = {"Angry": "angry", "Happy": "happy", "Neutral": "neutral", "Sad": "sad"}
_LETTERS = {folder[0]: name for folder, name in _FOLDERS.items()}
TASKS = (
    Task(
        "urdu",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ravdess",
        names=tuple(_FOLDERS.values()),
        view=View.PERCEIVED,
    ),
)
_LAYOUTS = {"official": tuple(_FOLDERS)}
_NAME = re.compile(r"(S[FM]\d+)_F\d+_([AHNS])0\d+")


def rows(root: Path) -> Iterator[Sample]:
    """Samples by emotion, from the folders Angry, Happy, Neutral and Sad.

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    layout(root, _LAYOUTS)
    for folder in _FOLDERS:
        for file in sorted((root / folder).rglob("*.wav")):
            found = _NAME.fullmatch(file.stem)
            if found is None or found[2] != folder[0]:
                fix = "leave out what is not of the corpus"
                raise DataError(f"a name such as SM1_F10_{folder[0]}010 in {folder}", file.name, fix)
            rating = Rating("urdu", _LETTERS[found[2]], rater="consensus", rule="by the makers")
            yield Sample(file.stem, {"speech": Media(path=str(file))}, (rating,), {"speaker": found[1]})


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 32 tones of a quarter of a second whose pitch goes with the emotion."""
    for number, folder in enumerate(_FOLDERS, 1):
        at = 0
        for place, speaker in enumerate(rng.choice(["SM1", "SM2", "SM3", "SF1", "SF2", "SF3"], 4, replace=False)):
            for take in (1, 2):
                at += 1
                name = f"{speaker}_F{take}_{folder[0]}0{at}.wav"
                write(root / folder / name, clip(rng, 100 * number + 5 * place))
