"""ShEMO: 3,000 clips of 87 speakers in Persian radio plays, judged by twelve listeners.

Reference: Mohamad Nezami et al., ShEMO: a large-scale validated database for Persian speech emotion detection, Language
Resources and Evaluation 53, 2019. The label is what most listeners heard, so the view is perceived; their single votes
were not released. A file's name tells speaker and emotion (F01S07: a woman, sadness). Names are those of RAVDESS's
eight that it has: neither calm nor disgust. Transcripts (shemo.json of its repository) are not read.
There is no official split: keep speakers whole, by the group "speaker".
Known faults: fear has 38 clips; speakers have very different numbers of clips; nothing tells which clips come from one
play, so its scenes may lie on both sides of any split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
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
    "title": "ShEMO",
    "reference": "nezami2019shemo",
    "url": "https://github.com/pariajm/sharif-emotional-speech-dataset",
    "folder": "speech/shemo",
    "modalities": ["speech"],
    "languages": ["fa"],
    "licence": "not stated; free for academic research",
    "split": "none official: keep speakers whole",
    "groups": ["speaker"],
    "disjoint": [],
    "limits": [
        "actors of radio plays, in Persian",
        "figures on EmoBox's fold are no figures on new speakers: those of its test are all in train",
    ],
    "raters": "twelve listeners: their majority",
}

_LETTERS = {"N": "neutral", "H": "happy", "S": "sad", "A": "angry", "F": "fearful", "W": "surprised"}
"""Letter in a file's name -> name, in the order of the scheme."""
TASKS = (
    Task(
        "shemo",
        target="emotion",
        kind=Kind.SINGLE,
        scheme="ravdess",
        names=tuple(_LETTERS.values()),
        view=View.PERCEIVED,
    ),
)
_LAYOUTS = {"official": ("female", "male")}
_NAME = re.compile(rf"([FM]\d\d)([{''.join(_LETTERS)}])\d+")


def rows(root: Path) -> Iterator[Sample]:
    """Samples by speaker from the official layout (female/F01A01.wav ..., male/M01A01.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    layout(root, _LAYOUTS)
    for file in sorted(root.glob("*male/*.wav")):
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise DataError("a name such as F01S07", file.name, "leave out what is not of the corpus")
        speaker, letter = found.groups()
        rating = Rating("shemo", _LETTERS[letter], rater="consensus", rule="majority")
        yield Sample(file.stem, {"speech": Media(path=str(file))}, (rating,), {"speaker": speaker})


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 60 tones of a quarter of a second whose pitch goes with the emotion."""
    speakers = ("F01", "F02", "F07", "M01", "M03")
    for (at, speaker), (number, letter) in product(enumerate(speakers), enumerate(_LETTERS, 1)):
        folder = root / {"F": "female", "M": "male"}[speaker[0]]
        for take in rng.choice(40, 2, replace=False) + 1:
            write(folder / f"{speaker}{letter}{take:02}.wav", clip(rng, 100 * number + 5 * at))
