"""AESDD: about 600 clips of Greek actors who speak 19 sentences, and one of their own, in five emotions.

Reference: Vryzas et al., Speech Emotion Recognition for Performance Interaction, Journal of the Audio Engineering
Society 66, 2018. The label is what the actor was asked for, so the view is intended and the actor is the rater; a
file's name tells it ("f18 (5)b": fear, sentence 18, actor 5, another take). Names are those of RAVDESS's eight that it
has: there is no neutral. The twentieth sentence was made up by each actor anew and counts as one of its own.
There is no official split.
Known faults: "s05 (3).wav" has no sound in it and is left out; the corpus grows, so that counts differ between copies;
all sentences come in every emotion and from every actor; EmoBox's split cuts speakers.
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
    "title": "AESDD",
    "reference": "vryzas2018speech",
    "url": "https://m3c.web.auth.gr/research/aesdd-speech-emotion-recognition/",
    "folder": "speech/aesdd",
    "modalities": ["speech"],
    "languages": ["el"],
    "licence": "not stated with the data",
    "split": "none official",
    "groups": ["speaker", "sentence"],
    "disjoint": [],
    "limits": ["acted in a studio by half a dozen Greek actors; no neutral speech"],
    "raters": "the actors: the emotion each was asked for",
}

_FOLDERS = {"anger": "angry", "disgust": "disgust", "fear": "fearful", "happiness": "happy", "sadness": "sad"}
_LETTERS = {folder[0]: name for folder, name in _FOLDERS.items()}
TASKS = (intended("aesdd", tuple(_FOLDERS.values())),)
_LAYOUTS = {"official": tuple(_FOLDERS)}
_NAME = re.compile(r"([adfhs])(\d\d) ?\((\d+)\) ?[a-z]?")
_OWN = 20  # the number of what an actor made up
_SILENT = "s05 (3)"


def rows(root: Path) -> Iterator[Sample]:
    """Samples by emotion, from the folders anger, disgust, fear, happiness and sadness.

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    layout(root, _LAYOUTS)
    for folder in _FOLDERS:
        for file in sorted((root / folder).glob("*.wav")):
            found = _NAME.fullmatch(file.stem)
            if found is None or found[1] != folder[0]:
                fix = "leave out what is not of the corpus"
                raise DataError(f"a name such as '{folder[0]}03 (4)' in {folder}", file.name, fix)
            if file.stem == _SILENT:
                continue
            letter, sentence, speaker = found.groups()
            own = int(sentence) >= _OWN
            groups = {"speaker": speaker, "sentence": f"{sentence}-{speaker}-{letter}" if own else sentence}
            rating = Rating("aesdd", _LETTERS[letter], rater=speaker)
            yield Sample(file.stem, {"speech": Media(path=str(file))}, (rating,), groups)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 50 tones of a quarter of a second whose pitch goes with the emotion."""
    sentences = [*(rng.choice(_OWN - 1, 2, replace=False) + 1), _OWN]
    for (number, folder), speaker in product(enumerate(_FOLDERS, 1), (1, 2, 3)):
        names = [f"{folder[0]}{sentence:02} ({speaker})" for sentence in sentences]
        if speaker == 1:  # two takes of one sentence
            names.append(f"{names[0]}b")
        for name in names:
            write(root / folder / f"{name}.wav", clip(rng, 100 * number + 5 * speaker))
