"""EMOVO: 588 clips of six Italian actors who speak 14 sentences in seven emotions.

Reference: Costantini et al., EMOVO Corpus: an Italian Emotional Speech Database, LREC 2014. The label is what the actor
was asked for, so the view is intended and the actor is the rater; a file's name tells it all (gio-f2-b1: Italian
letters of the emotion, speaker, sentence). Names are those of RAVDESS's eight that it has; calm is not.
There is no official split. The group "fold" has EmoBox's six folds (Ma et al. 2024), of one speaker each.
Known faults: all sentences come in every emotion; five of them (n1 to n5) are made to mean nothing.
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
    "title": "EMOVO",
    "reference": "costantini2014emovo",
    "url": "https://aclanthology.org/L14-1478/",
    "folder": "speech/emovo",
    "modalities": ["speech"],
    "languages": ["it"],
    "licence": "not stated; research, non-commercial",
    "split": "none official: leave one speaker out (EmoBox's six folds)",
    "groups": ["speaker", "sentence", "fold"],
    "disjoint": [],
    "limits": ["14 sentences acted by six Italian speakers"],
    "raters": "the actors: the emotion each was asked for",
}

_LETTERS = {
    "neu": "neutral",
    "gio": "happy",
    "tri": "sad",
    "rab": "angry",
    "pau": "fearful",
    "dis": "disgust",
    "sor": "surprised",
}
"""Letters in a file's name -> name, in the order of the scheme."""
TASKS = (intended("emovo", tuple(_LETTERS.values())),)
_LAYOUTS = {"official": ("f1", "m1")}
_FOLDS = {"f2": "0", "m3": "1", "m2": "2", "f3": "3", "f1": "4", "m1": "5"}
_SENTENCES = ("b1", "b2", "b3", "d1", "d2", "l1", "l2", "l3", "l4", "n1", "n2", "n3", "n4", "n5")
_NAME = re.compile(rf"({'|'.join(_LETTERS)})-({'|'.join(_FOLDS)})-({'|'.join(_SENTENCES)})")


def rows(root: Path) -> Iterator[Sample]:
    """Samples by speaker from the official layout (f1/dis-f1-b1.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    layout(root, _LAYOUTS)
    for file in sorted(root.glob("[fm][123]/*.wav")):
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise DataError("a name such as gio-f2-b1", file.name, "leave out what is not of the corpus")
        letters, speaker, sentence = found.groups()
        rating = Rating("emovo", _LETTERS[letters], rater=speaker)
        groups = {"speaker": speaker, "sentence": sentence, "fold": _FOLDS[speaker]}
        yield Sample(file.stem, {"speech": Media(path=str(file))}, (rating,), groups)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 84 tones of a quarter of a second whose pitch goes with the emotion."""
    for (at, speaker), (number, letters), sentence in product(
        enumerate(_FOLDS), enumerate(_LETTERS, 1), rng.choice(_SENTENCES, 2, replace=False)
    ):
        write(root / speaker / f"{letters}-{speaker}-{sentence}.wav", clip(rng, 100 * number + 5 * at))
