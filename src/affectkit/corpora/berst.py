"""BERSt: 4,526 clips of 98 actors who speak and shout 13 nonsense phrases in seven emotions, near the phone and far.

Reference: Tuttösí et al., BERSting at the Screams: A Benchmark for Distanced, Emotional and Shouted Speech Recognition,
Computer Speech and Language 95, 2026. Emotion and shouting are what the actor was asked for, so the view is intended
and the actor is the rater; nobody judged the clips. The text is the phrase as it was spoken: the makers listened and
mended slips. What the tables say in other words than a task's names ("n/a") gives no value and stands in the note; the
19 places of the phone stay in their own words (group `position`).
The split is the makers' and keeps speakers whole (78 / 10 / 10).
Known faults: all phrases lie in every split; the phone's gain and the distance hide how loud a voice was, so level it
before looking for shouts; cells end in blanks, which are taken away here; an early description told of 9,207 clips.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman_neutral import NAMES, SYNONYMS
from . import layout, read_csv, write, write_csv
from ._acted import clip, intended

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "BERSt",
    "reference": "tuttosi2026bersting",
    "url": "https://huggingface.co/datasets/Rosie-Lab/BERSt",
    "folder": "speech/berst",
    "modalities": ["speech", "text"],
    "languages": ["en"],
    "licence": "CC BY 4.0",
    "split": "official (3,503 / 488 / 532); keeps speakers whole, cuts all phrases",
    "groups": ["first_language", "position", "recording", "sentence", "speaker"],
    "disjoint": ["recording", "speaker"],
    "limits": ["acted nonsense phrases on the actors' own phones; nobody checked that the emotion is heard"],
    "raters": "the actors: the emotion and the loudness each was asked for",
}

_SHOUT = ("no-shout", "shout")
TASKS = (
    intended("berst", NAMES, scheme="ekman_neutral"),
    Task("berst.shout", target="shout", kind=Kind.SINGLE, scheme="", names=_SHOUT, view=View.INTENDED),
)
_SPLITS = {"train": "train", "validation": "dev", "test": "test"}
_LAYOUTS = {
    "official": tuple(f"berst-data/{part}/metadata.csv" for part in _SPLITS),
    "unpacked": tuple(f"{part}/metadata.csv" for part in _SPLITS),
}
_NEED = ("file_name", "audio_id", "user_id", "first_language", "affect", "phone_position", "script", "shout_level")


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the tables' order, from berst-data/train/metadata.csv and so on, or the same without berst-data.

    Raises:
        DataError: a column that is not there, or a row without the name of its file.
    """
    base = {"official": root / "berst-data", "unpacked": root}[layout(root, _LAYOUTS)]
    for part, split in _SPLITS.items():
        for raw in read_csv(base / part / "metadata.csv", need=_NEED):
            row = {column: (raw[column] or "").strip() for column in _NEED}
            path = PurePosixPath(row["file_name"].replace("\\", "/"))
            if not path.suffix:
                found = repr(row["file_name"])
                raise DataError(f"a sound file in file_name of {part}/metadata.csv", found, "get the corpus again")
            media = {"speech": Media(path=str(base / part / path))}
            if row["script"]:
                media["text"] = Media(text=row["script"])
            id = path.with_suffix("").as_posix().removeprefix("audio/")
            ratings = (
                _asked("berst", NAMES, row["affect"], row["user_id"]),
                _asked("berst.shout", _SHOUT, row["shout_level"], row["user_id"]),
            )
            yield Sample(id, media, ratings, _groups(row), split)


def _asked(task: str, names: tuple[str, ...], said: str, actor: str) -> Rating:
    name = SYNONYMS.get(said.lower(), said.lower())
    return Rating(task, name, rater=actor) if name in names else Rating(task, None, rater=actor, note=said or "empty")


def _groups(row: Mapping[str, str]) -> dict[str, str]:
    return {
        "first_language": row["first_language"],
        "position": row["phone_position"],
        "recording": row["audio_id"],
        "sentence": " ".join(re.findall(r"[^\W_]+", row["script"].lower())),
        "speaker": row["user_id"],
    }


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 72 tones of a quarter of a second, shouts an octave above what is spoken."""
    places, phrases = ("next to me ", "other room ", "in a backpack "), ("Let's make a dax!", "Four gords sip?")
    for part, actors in {"train": 4, "validation": 2, "test": 2}.items():
        made: list[dict[str, object]] = []
        for actor in range(actors):
            for recording in range(3):
                audio, emotion = f"shout_data_{part}-{actor}{recording}", int(rng.integers(0, len(NAMES)))
                place, phrase = places[rng.integers(0, 3)], phrases[rng.integers(0, 2)]
                for number, level in enumerate((*_SHOUT, "n/a")):
                    path = f"audio/{audio}/final/chunk{number}.wav"
                    write(root / "berst-data" / part / path, clip(rng, 50 * (emotion + 2) * (1 + (level == _SHOUT[1]))))
                    told = {"file_name": path, "audio_id": audio, "user_id": f"{part}{actor}", "age": "20-40"}
                    told |= {
                        "gender": "woman",
                        "current_language": "English",
                        "first_language": ("English", "French")[actor % 2],
                    }
                    told |= {"phone_model": "phone", "affect": NAMES[emotion], "phone_position": place}
                    made.append({**told, "script": phrase, "shout_level": level, "last_modified": "2024"})
        write_csv(root / "berst-data" / part / "metadata.csv", made)
