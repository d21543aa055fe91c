"""RAVDESS (speech): 1,440 clips of 24 actors who speak two sentences in eight emotions.

Reference: Livingstone and Russo, The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), PLoS ONE 13,
2018. The label is what the actor was asked for, so the view is intended and the actor is the rater; all that a file
tells stands in its name (03-01-06-01-02-01-12: sound, speech, fearful, normal, the second sentence, first time, actor
12). The task `ravdess.intensity` has no value for neutral, which was spoken in one strength only. Song and video, which
have the same names, are left out.
There is no official split: actors 6, 13, 17 and 22 are test and 2, 15, 16 and 18 dev here, the last two of EmoBox's six
folds (Ma et al. 2024).
Known faults: two sentences in all, so every split has both; 38 clips of calm and sad, mostly of actors 9 and 20, are
very quiet; what listeners heard is not in the files.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ravdess import NAMES
from . import layout, read_csv, write, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "RAVDESS (speech)",
    "reference": "livingstone2018ravdess",
    "url": "https://zenodo.org/records/1188976",
    "folder": "speech/ravdess_speech",
    "modalities": ["speech"],
    "languages": ["en"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "none official; folds 4 and 5 of EmoBox (960 / 240 / 240): keeps speakers whole, cuts both sentences",
    "groups": ["sentence", "speaker"],
    "disjoint": ["speaker"],
    "limits": ["two sentences, acted in a studio by 24 North American actors"],
    "raters": "the actors: the emotion each was asked for",
}

_STRENGTHS = ("normal", "strong")
TASKS = (
    Task("ravdess", target="emotion", kind=Kind.SINGLE, scheme="ravdess", names=NAMES, view=View.INTENDED),
    Task("ravdess.intensity", target="intensity", kind=Kind.SINGLE, scheme="", names=_STRENGTHS, view=View.INTENDED),
)
_LAYOUTS = {"compact": ("labels.csv", "clips"), "official": ("Actor_01",)}
_SPOKEN = "03-01-"  # sound alone, and speech
_NAME = re.compile(rf"{_SPOKEN}0([1-8])-0([12])-0([12])-0([12])-(\d\d)")
_SENTENCES = ("kids", "dogs")  # are talking, are sitting by the door
_SPLITS = {6: "test", 13: "test", 17: "test", 22: "test", 2: "dev", 15: "dev", 16: "dev", 18: "dev"}


def rows(root: Path) -> Iterator[Sample]:
    """Samples by actor, compact (labels.csv with paths of clips) or official (Actor_01/03-01-01-01-01-01-01.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    for file in read(root):
        found = _NAME.fullmatch(file.stem)
        if found is None:
            raise DataError("a name such as 03-01-06-01-02-01-12", file.name, "leave out what is not of the corpus")
        emotion, strength, sentence, _, actor = map(int, found.groups())
        speaker = f"actor{actor:02}"
        ratings = [Rating("ravdess", NAMES[emotion - 1], rater=speaker)]
        if emotion > 1:
            ratings.append(Rating("ravdess.intensity", _STRENGTHS[strength - 1], rater=speaker))
        groups = {"sentence": _SENTENCES[sentence - 1], "speaker": speaker}
        media = {"speech": Media(path=str(file))}
        yield Sample(file.stem, media, tuple(ratings), groups, _SPLITS.get(actor, "train"))


def _compact(root: Path) -> Iterator[Path]:
    for row in read_csv(root / "labels.csv", need=("path",)):
        yield root / row["path"]


def _official(root: Path) -> Iterator[Path]:
    for folder in sorted(root.glob("Actor_*")):
        yield from sorted(folder.glob(f"{_SPOKEN}*.wav"))


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 120 tones of a quarter of a second whose pitch goes with the emotion."""
    import numpy as np
    import soundfile

    t_s = np.arange(4000) / 16_000
    listed: list[dict[str, object]] = []
    for actor, emotion, strength, sentence in product((1, 2, 3, 6), range(1, 9), (1, 2), (1, 2)):
        if emotion == 1 and strength == 2:
            continue
        name = f"{_SPOKEN}{emotion:02}-{strength:02}-{sentence:02}-{rng.integers(1, 3):02}-{actor:02}"
        tone = np.sin(2 * np.pi * (100 * emotion + 5 * actor) * t_s) + rng.normal(0, 0.2, len(t_s))
        path = {"compact": f"clips/actor{actor:02}/{name}.flac", "official": f"Actor_{actor:02}/{name}.wav"}[layout]
        file = io.BytesIO()
        soundfile.write(file, 0.1 * strength * tone, 16_000, format=path.rpartition(".")[2].upper(), subtype="PCM_16")
        write(root / path, file.getvalue())
        listed.append({"path": path, "speaker": f"actor{actor:02}", "emotion": NAMES[emotion - 1]})
    if layout == "compact":
        write_csv(root / "labels.csv", listed)
