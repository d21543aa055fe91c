"""TESS: 2,800 clips of two women who say 200 words in seven emotions.

Reference: Pichora-Fuller and Dupuis, Toronto emotional speech set (TESS), Borealis 2020. The label is what the speaker
was asked for, so the view is intended and the speaker is the rater; a file's name tells it all (OAF_back_angry: older
or younger woman, word, emotion). Names are those of RAVDESS's eight that it has; its surprise (ps) is a pleasant one,
which the rating's note says.
There is no official split: learn from one woman and test on the other, by the group "speaker".
Known faults: with two speakers nothing can be said of others; every word comes in every emotion; one file lacks a
letter of its name (OA_bite_neutral) and is read as OAF's; OAF_food_fear has 96 kHz, the others 24.414.
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
    "title": "TESS",
    "reference": "pichora2020tess",
    "url": "https://doi.org/10.5683/SP2/E8H2MF",
    "folder": "speech/tess",
    "modalities": ["speech"],
    "languages": ["en"],
    "licence": "CC BY-NC-ND 4.0",
    "split": "none official: leave one speaker out",
    "groups": ["speaker", "sentence"],
    "disjoint": [],
    "limits": [
        "single words after one carrier phrase, acted by two women",
        "figures on EmoBox's fold are no figures on new speakers: both are in train and test",
    ],
    "raters": "the speakers: the emotion each was asked for",
}

_WORDS = {
    "neutral": "neutral",
    "happy": "happy",
    "sad": "sad",
    "angry": "angry",
    "fear": "fearful",
    "disgust": "disgust",
    "ps": "surprised",
}
"""Emotion in a file's name -> name, in the order of the scheme."""
TASKS = (intended("tess", tuple(_WORDS.values())),)
_NOTES = {"ps": "pleasant surprise"}
_LAYOUTS = {"official": ("OAF_back_angry.wav",), "folders": ("OAF_angry",)}
_NAME = re.compile(rf"(OAF?|YAF)_(\w+)_({'|'.join(_WORDS)})")
_SPEAKERS = {"OA": "OAF", "OAF": "OAF", "YAF": "YAF"}


def rows(root: Path) -> Iterator[Sample]:
    """Samples by name, all in one folder (OAF_back_angry.wav ...) or by emotion (OAF_angry/OAF_back_angry.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    pattern = {"official": "*.wav", "folders": "?AF_*/*.wav"}[layout(root, _LAYOUTS)]
    for file in sorted(root.glob(pattern)):
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise DataError("a name such as OAF_back_angry", file.name, "leave out what is not of the corpus")
        start, word, emotion = found.groups()
        speaker = _SPEAKERS[start]
        rating = Rating("tess", _WORDS[emotion], rater=speaker, note=_NOTES.get(emotion))
        groups = {"speaker": speaker, "sentence": word}
        yield Sample(f"{speaker}_{word}_{emotion}", {"speech": Media(path=str(file))}, (rating,), groups)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 56 tones of a quarter of a second whose pitch goes with the emotion."""
    words = ("back", *rng.choice(("bar", "base", "bean", "bite", "book", "witch"), 3, replace=False))
    for (at, speaker), word, (number, emotion) in product(enumerate(("OAF", "YAF")), words, enumerate(_WORDS, 1)):
        write(root / f"{speaker}_{word}_{emotion}.wav", clip(rng, 100 * number + 5 * at))
