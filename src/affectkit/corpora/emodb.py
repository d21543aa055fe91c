"""EmoDB: 535 clips of ten German actors who speak ten sentences in seven emotions.

Reference: Burkhardt et al., A Database of German Emotional Speech, Interspeech 2005. The label is what the actor was
asked for, so the view is intended and the actor is the rater; of about 800 clips those were released whose emotion 80 %
of twenty listeners recognised (version 2 of the audEERING datasets has the others too; they are read as well). All
stands in a file's name (03a01Fa: speaker, sentence, German letter of the emotion, version). Boredom is not in
RAVDESS's eight, so the corpus has a scheme of its own.
There is no official split: leave one speaker out, by the group "speaker".
Known faults: clips that were hard to recognise were taken out, so figures are high, and some actors have next to
none of an emotion; all sentences come in every emotion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..taxonomies.emodb import NAMES
from . import layout, write
from ._acted import clip, intended

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmoDB",
    "reference": "burkhardt2005emodb",
    "url": "https://audeering.github.io/datasets/datasets/emodb.html",
    "folder": "speech/emodb",
    "modalities": ["speech"],
    "languages": ["de"],
    "licence": "CC0-1.0",
    "split": "none official: leave one speaker out",
    "groups": ["speaker", "sentence"],
    "disjoint": [],
    "limits": [
        "ten sentences acted in a studio by ten German speakers, chosen by how well they were recognised",
        "figures on EmoBox's folds are no figures on new speakers: all ten are in train and test of each",
    ],
    "raters": "the actors: the emotion each was asked for",
}

TASKS = (intended("emodb", NAMES, scheme="emodb"),)
_LAYOUTS = {"official": ("wav",)}
_LETTERS = dict(zip("WLEAFTN", NAMES, strict=True))
"""Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral."""
_SPEAKERS = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
_NAME = re.compile(rf"({'|'.join(_SPEAKERS)})([ab]\d\d)([{''.join(_LETTERS)}])[a-z]?")


def rows(root: Path) -> Iterator[Sample]:
    """Samples by name from the official layout (wav/03a01Fa.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    layout(root, _LAYOUTS)
    for file in sorted((root / "wav").glob("*.wav")):
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise DataError("a name such as 03a01Fa", file.name, "leave out what is not of the corpus")
        speaker, sentence, letter = found.groups()
        rating = Rating("emodb", _LETTERS[letter], rater=speaker)
        yield Sample(
            file.stem, {"speech": Media(path=str(file))}, (rating,), {"speaker": speaker, "sentence": sentence}
        )


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 70 tones of a quarter of a second whose pitch goes with the emotion."""
    for (at, speaker), (number, letter) in product(enumerate(_SPEAKERS), enumerate(_LETTERS, 1)):
        sentence = rng.choice(("a01", "a02", "a04", "a05", "a07", "b01", "b02", "b03", "b09", "b10"))
        write(root / "wav" / f"{speaker}{sentence}{letter}a.wav", clip(rng, 100 * number + 5 * at))
