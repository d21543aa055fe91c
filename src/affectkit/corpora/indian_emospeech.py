"""Indian EmoSpeech Command Dataset: volunteers say six command words in four emotions into their own devices.

Reference: Banga et al., Indian EmoSpeech Command Dataset: A dataset for emotion based speech recognition in the wild,
arXiv:1910.13801, 2019. The label is what the speaker was asked for, so the view is intended and the speaker is the
rater; a file's name tells it all (bacho-safe-angry-1562998297504-4e520c...: word, what is heard behind it, emotion,
time, speaker as a hash, of which the first eight digits are kept). Names are those of RAVDESS's eight that it has.
Left out: clips with shots or breaking glass behind the voice, without an emotion or with another word, and those of the
hash that stands for unknown speakers. The compact layout holds 920 clips of 95 speakers: 230 of each emotion, at most
22 of a speaker and emotion, none twice; the official one (a folder for each place) is not thinned out so.
There is no official split: the suggested one of the compact layout is kept, by speaker, and a speaker that it lacks is
in train. The group "fold" has six folds of whole speakers: "5" is test, "4" is dev, and the speakers of train are dealt
to the other four, those with most clips first, each to the fold that has fewest clips so far, ties by name; so it
depends on the clips that are there.
Known faults: nobody checked how the emotions sound; room noise and clicks; the words lie in every split.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from . import layout, read_csv, write, write_csv
from ._acted import clip, dealt, intended

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "Indian EmoSpeech Command Dataset",
    "reference": "banga2019indian",
    "url": "https://github.com/RakshakTeam/emospeech-dataset-v1",
    "folder": "speech/indian_emospeech",
    "modalities": ["speech"],
    "languages": ["hi", "en"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "none official; by speaker (552 / 184 / 184 clips in the compact layout): cuts all words",
    "groups": ["speaker", "sentence", "fold"],
    "disjoint": ["speaker"],
    "limits": ["single words in four emotions, acted on request by volunteers and checked by nobody"],
    "raters": "the speakers: the emotion each was asked for",
}

NAMES = ("calm", "happy", "angry", "fearful")
TASKS = (intended("indian_emospeech", NAMES),)
_LAYOUTS = {"compact": ("labels.csv", "clips"), "official": ("webservice",)}
_NAME = re.compile(r"([^-]+)-([^-]+)-([^-]+)-(.+)-([0-9a-f]{56})")
_WORDS = ("help", "bacho", "stop", "no", "go", "yes")
_UNKNOWN = "d14a028c"  # how the hash begins that stands for all unknown speakers
_DEV = (
    "00da8563 016294ed 26febca2 2ad117a0 30cff656 4088f97b 57eadfd6 5b146d73 8a7a2e49 97ce11ca "
    "aeb6442f b0303d33 b85700a6 c37be7fb cda10b7b d1294a56 d2f5206d da09e319 ec79da61"
)
_TEST = (
    "04e398ad 0702dea2 1cfb3698 340a8031 342ed73c 37b2fd05 432b2a95 50a73d27 7091a094 7aae4694 "
    "7e7a3a8d 837e41c8 879f4015 98773607 98f394bd 99467a5e 9dea2065 a871aa64 d6ef3341 f1a08e72"
)
_SPLITS = dict.fromkeys(_DEV.split(), "dev") | dict.fromkeys(_TEST.split(), "test")
_FOLDS = {"dev": "4", "test": "5"}
_DEALT = 4
"""How many folds the speakers of train are dealt to."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (labels.csv) or official (a folder for each place, webservice first).

    Raises:
        DataError: a clip whose name is not one of the corpus.
    """
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    kept = []
    for file, name in read(root):
        found = _NAME.fullmatch(name)
        if found is None:
            what = "a name such as bacho-safe-angry-1562998297504- and 56 digits of a hash"
            raise DataError(what, name, "leave out what is not of the corpus")
        word, behind, emotion, _, hash = found.groups()
        if word in _WORDS and behind == "safe" and emotion in NAMES and not hash.startswith(_UNKNOWN):
            kept.append((file, name, word, emotion, hash[:8]))
    folds = dealt(Counter(speaker for *_, speaker in kept if speaker not in _SPLITS), _DEALT)
    for file, name, word, emotion, speaker in kept:
        split = _SPLITS.get(speaker, "train")
        rating = Rating("indian_emospeech", emotion, rater=speaker)
        groups = {"speaker": speaker, "sentence": word, "fold": _FOLDS.get(split) or folds[speaker]}
        yield Sample(name, {"speech": Media(path=str(file))}, (rating,), groups, split)


def _compact(root: Path) -> Iterator[tuple[Path, str]]:
    for row in read_csv(root / "labels.csv", need=("path", "src_path")):
        yield root / row["path"], Path(row["src_path"]).stem


def _official(root: Path) -> Iterator[tuple[Path, str]]:
    for folder in sorted((f for f in root.iterdir() if f.is_dir()), key=lambda f: (f.name != "webservice", f.name)):
        for file in sorted(folder.glob("*.wav")):
            yield file, file.stem


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 96 tones of a quarter of a second whose pitch goes with the emotion."""
    speakers = [*(f"{k:08x}" for k in range(1, 7)), _DEV[:8], _TEST[:8]]
    told: list[dict[str, object]] = []
    for (at, speaker), (number, emotion), take in product(enumerate(speakers), enumerate(NAMES, 1), range(3)):
        word = _WORDS[(at + take) % len(_WORDS)]
        name = f"{word}-safe-{emotion}-{1_563_000_000_000 + int(rng.integers(10**9))}-{speaker}{0:048x}"
        source = f"webservice/{name}.wav"
        path = {"compact": f"clips/u{at:03}/{name}.flac", "official": source}[layout]
        write(root / path, clip(rng, 100 * number + 5 * at, Path(path).suffix))
        told.append({"path": path, "speaker": f"u{at:03}", "emotion": emotion, "src_path": source})
    if layout == "compact":
        write_csv(root / "labels.csv", told)
        return
    unknown = f"{_UNKNOWN}{0:048x}"
    left_out = [f"go-safe-calm-20190709-{unknown}", f"unknown-safe-happy-1-{2:056x}", f"no-gunshots-angry-1-{3:056x}"]
    for name in (*left_out, f"background-safe-None-1-{4:056x}"):
        write(root / "House" / f"{name}.wav", clip(rng, 50))
