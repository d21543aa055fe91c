"""SAVEE: 480 clips of four English men who speak sentences in seven emotions.

Reference: Haq and Jackson, Multimodal Emotion Recognition, in Machine Audition, IGI Global 2010. The label is what the
speaker was asked for, so the view is intended and the speaker is the rater; a file's folder and name tell it all
(DC/sa08: speaker, emotion, sentence). Names are those of RAVDESS's eight that it has; calm is not.
There is no official split. The group "fold" has EmoBox's four folds (Ma et al. 2024), of one speaker each.
Known faults: four speakers, all men of one university, so a figure has a wide interval; three sentences come in every
emotion and neutral repeats many of the others, which the names do not tell: ids of the group "sentence" are the letters
and number of the name, the same for all speakers, so equal words may have two ids. The faces are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from . import layout, write
from ._acted import clip, intended

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "SAVEE",
    "reference": "haq2010savee",
    "url": "https://kahlan.eps.surrey.ac.uk/savee/",
    "folder": "speech/savee",
    "modalities": ["speech"],
    "languages": ["en"],
    "licence": "on request, for research only",
    "split": "none official: leave one speaker out (EmoBox's four folds)",
    "groups": ["speaker", "sentence", "fold"],
    "disjoint": [],
    "limits": ["acted by four male speakers of British English"],
    "raters": "the speakers: the emotion each was asked for",
}

_LETTERS = {
    "n": "neutral",
    "h": "happy",
    "sa": "sad",
    "a": "angry",
    "f": "fearful",
    "d": "disgust",
    "su": "surprised",
}
"""Letters in a file's name -> name, in the order of the scheme."""
TASKS = (intended("savee", tuple(_LETTERS.values())),)
_LAYOUTS = {"official": ("AudioData/DC",), "flat": ("DC_a01.wav",)}
_FOLDS = {"JE": "0", "KL": "1", "DC": "2", "JK": "3"}
_NAME = re.compile(rf"({'|'.join(_FOLDS)})_(({'|'.join(_LETTERS)})\d\d)")


def rows(root: Path) -> Iterator[Sample]:
    """Samples by speaker, official (AudioData/DC/a01.wav ...) or with all files in one folder (DC_a01.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    pattern = {"official": "AudioData/*/*.wav", "flat": "*.wav"}[layout(root, _LAYOUTS)]
    for file in sorted(root.glob(pattern)):
        name = file.stem if file.parent == root else f"{file.parent.name}_{file.stem}"
        found = _NAME.fullmatch(name)
        if found is None:
            raise DataError("a name such as DC/sa08 or DC_sa08", name, "leave out what is not of the corpus")
        speaker, sentence, letters = found.groups()
        rating = Rating("savee", _LETTERS[letters], rater=speaker)
        groups = {"speaker": speaker, "sentence": sentence, "fold": _FOLDS[speaker]}
        yield Sample(name, {"speech": Media(path=str(file))}, (rating,), groups)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 56 tones of a quarter of a second whose pitch goes with the emotion."""
    for (at, speaker), (number, letters), sentence in product(
        enumerate(_FOLDS), enumerate(_LETTERS, 1), rng.choice(15, 2, replace=False) + 1
    ):
        file = root / "AudioData" / speaker / f"{letters}{sentence:02}.wav"
        write(file, clip(rng, 100 * number + 5 * at))
