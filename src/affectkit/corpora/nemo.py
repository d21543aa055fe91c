"""nEMO: 4,481 clips of nine Polish actors who speak 90 sentences in six emotions.

Reference: Christop, nEMO: Dataset of Emotional Speech in Polish, LREC-COLING 2024. The label is what the actor was
asked for, so the view is intended and the actor is the rater; a file's name tells it all (WR0_surprised_64: speaker,
emotion, sentence). Names are those of RAVDESS's eight that it has. The compact layout holds 3,732 clips: sentences
whose number is a multiple of six were left out.
There is no official split. Here IC0 (a woman) and WR0 (a man) are test and SM0 is dev. Nine speakers are few, so the
group "fold" has three folds of three: "0" are those of dev and test, and the others are shared out so that each fold
has women and men, MK0 and MP0 (see below) are apart, and every emotion comes from at least two speakers: "1" are EB0,
KS0 and MK0, "2" are KD0, MP0 and TP0 (1,348, 1,274 and 1,110 clips of the compact layout).
Known faults: MK0 has no surprise and MP0 only half as many clips as the others; all sentences lie in every split and
come in every emotion; the column `speaker_id` of data.tsv begins with blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from . import layout, read_csv, write, write_csv
from ._acted import clip, intended

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "nEMO",
    "reference": "christop2024nemo",
    "url": "https://github.com/amu-cai/nEMO",
    "folder": "speech/nemo",
    "modalities": ["speech"],
    "languages": ["pl"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "none official; speakers IC0 and WR0 test, SM0 dev: keeps speakers whole, cuts all sentences",
    "groups": ["speaker", "sentence", "fold"],
    "disjoint": ["speaker"],
    "limits": [
        "acted in a studio by nine Polish speakers: a figure on a single split says little, use the three folds",
    ],
    "raters": "the actors: the emotion each was asked for",
}

_WORDS = {
    "neutral": "neutral",
    "happiness": "happy",
    "sadness": "sad",
    "anger": "angry",
    "fear": "fearful",
    "surprised": "surprised",
}
"""Emotion in a file's name -> name, in the order of the scheme."""
TASKS = (intended("nemo", tuple(_WORDS.values())),)
_LAYOUTS = {"compact": ("labels.csv", "clips"), "official": ("data.tsv", "samples")}
_NAME = re.compile(rf"([A-Z]{{2}}0)_({'|'.join(_WORDS)})_(\d+)")
_SPLITS = {"IC0": "test", "WR0": "test", "SM0": "dev"}
_THREE = (("IC0", "SM0", "WR0"), ("EB0", "KS0", "MK0"), ("KD0", "MP0", "TP0"))
_FOLDS = {speaker: str(fold) for fold, speakers in enumerate(_THREE) for speaker in speakers}


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (labels.csv with paths of clips) or official (data.tsv and samples/).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    for file in read(root):
        found = _NAME.fullmatch(file.stem)
        if found is None or found[1] not in _FOLDS:
            raise DataError("a name such as WR0_surprised_64", file.name, "leave out what is not of the corpus")
        speaker, emotion, sentence = found.groups()
        rating = Rating("nemo", _WORDS[emotion], rater=speaker)
        groups = {"speaker": speaker, "sentence": sentence, "fold": _FOLDS[speaker]}
        media = {"speech": Media(path=str(file))}
        yield Sample(file.stem, media, (rating,), groups, _SPLITS.get(speaker, "train"))


def _compact(root: Path) -> Iterator[Path]:
    for row in read_csv(root / "labels.csv", need=("path",)):
        yield root / row["path"]


def _official(root: Path) -> Iterator[Path]:
    for row in read_csv(root / "data.tsv", need=("file_id",), delimiter="\t"):
        yield root / "samples" / row["file_id"]


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 108 tones of a quarter of a second whose pitch goes with the emotion."""
    told: list[dict[str, object]] = []
    for (at, speaker), (number, emotion), sentence in product(
        enumerate(_FOLDS), enumerate(_WORDS, 1), rng.choice(90, 2, replace=False) + 1
    ):
        name = f"{speaker}_{emotion}_{sentence}"
        path = {"compact": f"clips/{speaker}/{name}.flac", "official": f"samples/{name}.wav"}[layout]
        write(root / path, clip(rng, 100 * number + 5 * at, Path(path).suffix))
        compact: dict[str, object] = {
            "path": path,
            "speaker": speaker,
            "emotion_orig": emotion,
            "statement_id": f"P{sentence}",
        }
        official: dict[str, object] = {"file_id": f"{name}.wav", "emotion": emotion, "speaker_id": f"        {speaker}"}
        told.append({"compact": compact, "official": official}[layout])
    if layout == "compact":
        write_csv(root / "labels.csv", told)
    else:
        write_csv(root / "data.tsv", told, delimiter="\t")
