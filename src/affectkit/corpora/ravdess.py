"""RAVDESS (speech): 1,440 clips of 24 actors who speak two sentences in eight emotions.

Reference: Livingstone and Russo, The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS), PLoS ONE 13,
2018. The label is what the actor was asked for, so the view is intended and the actor is the rater; all that a file
tells stands in its name (03-01-06-01-02-01-12: sound, speech, fearful, normal, the second sentence, first time, actor
12). The task `ravdess.intensity` has no value for neutral, which was spoken in one strength only. Song is a
corpus of its own here (ravdess_song), and video is left out.
There is no official split: the group "fold" has EmoBox's six folds of four actors each (Ma et al. 2024), of which the
last, "5", is test and "4" dev here.
Known faults: two sentences in all, so every split has both; 38 clips of calm and sad, mostly of actors 9 and 20, are
very quiet; what listeners heard is not in the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ravdess import NAMES
from . import layout, read_csv, write, write_csv
from ._acted import clip, intended

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
    "groups": ["speaker", "sentence", "fold"],
    "disjoint": ["speaker"],
    "limits": ["two sentences, acted in a studio by 24 North American actors"],
    "raters": "the actors: the emotion each was asked for",
}

STRENGTHS = ("normal", "strong")
SENTENCES = ("kids", "dogs")  # are talking, are sitting by the door
_ACTORS = ((1, 11, 20, 21), (4, 10, 12, 14), (8, 9, 19, 23), (3, 5, 7, 24), (2, 15, 16, 18), (6, 13, 17, 22))
FOLDS = {actor: str(fold) for fold, actors in enumerate(_ACTORS) for actor in actors}
_SPLITS = {"5": "test", "4": "dev"}


def tasks(id: str, names: tuple[str, ...]) -> tuple[Task, Task]:
    """The emotion that was asked for, and its strength."""
    strength = Task(
        f"{id}.intensity", target="intensity", kind=Kind.SINGLE, scheme="", names=STRENGTHS, view=View.INTENDED
    )
    return intended(id, names), strength


TASKS = tasks("ravdess", NAMES)
_LAYOUTS = {"compact": ("labels.csv", "clips"), "official": ("Actor_01",)}
_SPOKEN = "03-01-"  # sound alone, and speech


def rows(root: Path) -> Iterator[Sample]:
    """Samples by actor, compact (labels.csv with paths of clips) or official (Actor_01/03-01-01-01-01-01-01.wav ...).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    yield from samples(read(root), _SPOKEN, TASKS)


def samples(files: Iterable[Path], kind: str, tasks: tuple[Task, Task]) -> Iterator[Sample]:
    """What the names of files tell.

    Args:
        kind: how the names begin: "03-01-" for speech, "03-02-" for song.
        tasks: emotion and strength.
    """
    emotions, strengths = tasks
    pattern = re.compile(rf"{kind}0([1-{len(emotions.names)}])-0([12])-0([12])-0[12]-(\d\d)")
    for file in files:
        found = pattern.fullmatch(file.stem)
        emotion, strength, sentence, actor = map(int, found.groups()) if found else (0, 0, 0, 0)
        if actor not in FOLDS:
            raise DataError(f"a name such as {kind}06-01-02-01-12", file.name, "leave out what is not of the corpus")
        speaker = f"actor{actor:02}"
        ratings = [Rating(emotions.id, emotions.names[emotion - 1], rater=speaker)]
        if emotion > 1:
            ratings.append(Rating(strengths.id, STRENGTHS[strength - 1], rater=speaker))
        groups = {"speaker": speaker, "sentence": SENTENCES[sentence - 1], "fold": FOLDS[actor]}
        media = {"speech": Media(path=str(file))}
        yield Sample(file.stem, media, tuple(ratings), groups, _SPLITS.get(FOLDS[actor], "train"))


def _compact(root: Path) -> Iterator[Path]:
    for row in read_csv(root / "labels.csv", need=("path",)):
        yield root / row["path"]


def _official(root: Path) -> Iterator[Path]:
    for folder in sorted(root.glob("Actor_*")):
        yield from sorted(folder.glob(f"{_SPOKEN}*.wav"))


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 120 tones of a quarter of a second whose pitch goes with the emotion."""
    listed: list[dict[str, object]] = []
    for actor, emotion, strength, sentence in product((1, 2, 3, 6), range(1, 9), (1, 2), (1, 2)):
        if emotion == 1 and strength == 2:
            continue
        name = f"{_SPOKEN}{emotion:02}-{strength:02}-{sentence:02}-{rng.integers(1, 3):02}-{actor:02}"
        path = {"compact": f"clips/actor{actor:02}/{name}.flac", "official": f"Actor_{actor:02}/{name}.wav"}[layout]
        write(root / path, clip(rng, 100 * emotion + 5 * actor, Path(path).suffix))
        listed.append({"path": path, "speaker": f"actor{actor:02}", "emotion": NAMES[emotion - 1]})
    if layout == "compact":
        write_csv(root / "labels.csv", listed)
