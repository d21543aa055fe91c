"""RAVDESS (song): 1,012 clips of 23 actors who sing two sentences in six emotions.

Reference: Livingstone and Russo, The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), PLoS ONE 13,
2018. As in ravdess, whose actors, sentences, names of files (03-02-...), folds and split these are; disgust and
surprise were not sung. Speech and video that lie in the same folders are left out.
Known faults: those of ravdess; actor 18 did not sing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Sample
from ..taxonomies.ravdess import NAMES
from . import layout, write
from ._acted import clip
from .ravdess import samples, tasks

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "RAVDESS (song)",
    "reference": "livingstone2018ravdess",
    "url": "https://zenodo.org/records/1188976",
    "folder": "speech/ravdess_song",
    "modalities": ["speech"],
    "languages": ["en"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "none official; by the folds of EmoBox for speech: keeps speakers whole, cuts both sentences",
    "groups": ["speaker", "sentence", "fold"],
    "disjoint": ["speaker"],
    "limits": ["two sentences, sung in a studio by 23 North American actors"],
    "raters": "the actors: the emotion each was asked for",
}

TASKS = tasks("ravdess_song", NAMES[:6])
_SUNG = "03-02-"  # sound alone, and song
_LAYOUTS = {"official": (f"Actor_01/{_SUNG}01-01-01-01-01.wav",)}


def rows(root: Path) -> Iterator[Sample]:
    """Samples by actor from the official layout (Actor_01/03-02-01-01-01-01-01.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    layout(root, _LAYOUTS)
    yield from samples(sorted(root.glob(f"Actor_*/{_SUNG}*.wav")), _SUNG, TASKS)


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 88 tones of a quarter of a second whose pitch goes with the emotion."""
    for actor, emotion, strength, sentence in product((1, 2, 3, 6), range(1, 7), (1, 2), (1, 2)):
        if emotion == 1 and strength == 2:
            continue
        again = 1 if emotion == 1 else rng.integers(1, 3)
        name = f"{_SUNG}{emotion:02}-{strength:02}-{sentence:02}-{again:02}-{actor:02}.wav"
        write(root / f"Actor_{actor:02}" / name, clip(rng, 100 * emotion + 5 * actor))
