"""ESD: 35,000 clips, 350 sentences in five emotions from each of ten Chinese and ten English speakers.

Reference: Zhou et al., Emotional Voice Conversion: Theory, Databases and ESD, Speech Communication 137, 2022. The label
is what the speaker was asked for, so the view is intended and the speaker is the rater. A clip's number tells its
sentence: 0001_000351 is speaker 1 and the first sentence again, now angry. All speakers of a language say the same 350
sentences in all five emotions, so the words tell nothing of the emotion. Names are RAVDESS's, of which it has five.
The split is the makers' own: sentences 1 to 20 are dev (their "evaluation"), 21 to 50 test, the rest train. Every
speaker lies in all three, as voice conversion wants it; to judge the recognition of emotion, split by speaker instead.
Known faults: the files with the words are written in four encodings, which differ from speaker to speaker; a few lines
of them lack a field, and their clips are given without words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
    "title": "ESD",
    "reference": "zhou2022emotional",
    "url": "https://github.com/HLTSingapore/Emotional-Speech-Data",
    "folder": "speech/esd",
    "modalities": ["speech", "text"],
    "languages": ["zh", "en"],
    "licence": "on a signed form, for research only",
    "split": "official, by sentence (30,000 / 2,000 / 3,000); every speaker lies in all three",
    "groups": ["language", "speaker", "sentence"],
    "disjoint": ["sentence"],
    "limits": ["acted in a studio by 20 speakers; every sentence comes in every emotion"],
    "raters": "the speakers: the emotion each was asked for",
}

_FOLDERS = {"Neutral": "neutral", "Angry": "angry", "Happy": "happy", "Sad": "sad", "Surprise": "surprised"}
"""Folder -> name, in the order of the clips' numbers."""
TASKS = (intended("esd", tuple(_FOLDERS.values())),)
_LAYOUTS = {"official": ("0001",), "English half": ("0011",)}
_NAME = re.compile(r"\d{4}_(\d{6})")
_SENTENCES = 350
_FIRST_ENGLISH = 11
_DEV, _TEST = 20, 50  # the last sentence of each
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8-sig"}
_OTHERWISE = {"zh": "gb18030", "en": "cp1252"}


def rows(root: Path) -> Iterator[Sample]:
    """Samples speaker by speaker, from 0001/Angry/0001_000351.wav or, as once released, 0001/Angry/train/...

    Raises:
        DataError: a clip whose folder or name is not one of the corpus.
    """
    layout(root, _LAYOUTS)
    for folder in sorted(root.glob("[0-9][0-9][0-9][0-9]")):
        speaker = folder.name
        language = "en" if int(speaker) >= _FIRST_ENGLISH else "zh"
        words = _words(folder / f"{speaker}.txt", language)
        for file in sorted(folder.rglob("*.wav"), key=lambda f: f.name):
            found, emotion = _NAME.fullmatch(file.stem), _FOLDERS.get(file.relative_to(folder).parts[0])
            if found is None or emotion is None:
                told = file.relative_to(root).as_posix()
                fix = "leave out what is not of the corpus"
                raise DataError("a name such as 0001/Angry/0001_000351.wav", told, fix)
            sentence = (int(found[1]) - 1) % _SENTENCES + 1
            media = {"speech": Media(path=str(file))}
            if file.stem in words:
                media["text"] = Media(text=words[file.stem])
            groups = {"language": language, "speaker": speaker, "sentence": f"{language}-{sentence:03}"}
            yield Sample(file.stem, media, (Rating("esd", emotion, rater=speaker),), groups, _split(sentence))


def _split(sentence: int) -> str:
    return "dev" if sentence <= _DEV else "test" if sentence <= _TEST else "train"


def _words(file: Path, language: str) -> Mapping[str, str]:
    """Clip -> what is said in it, from lines of clip, words and emotion; none where the file is not there."""
    if not file.is_file():
        return {}
    fields = (line.split("\t") for line in _decoded(file.read_bytes(), language).splitlines())
    return {f[0].strip(): f[1].strip() for f in fields if len(f) == 3 and f[1].strip()}


def _decoded(raw: bytes, language: str) -> str:
    """A text whose encoding a mark at its start tells, or what can be read: UTF-8, else the language's own."""
    if raw[:2] in _MARKS:
        return raw.decode(_MARKS[raw[:2]])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(_OTHERWISE[language], errors="replace")


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: 60 tones of a quarter of a second whose pitch goes with the emotion."""
    chosen = [int(rng.integers(*limits)) for limits in ((1, 21), (21, 51), (51, 201), (201, 351))]
    for place, (speaker, encoding) in enumerate({"0001": "gb18030", "0011": "utf-8", "0012": "utf-16"}.items()):
        lines = []
        for (number, folder), sentence in product(enumerate(_FOLDERS), chosen):
            name = f"{speaker}_{number * _SENTENCES + sentence:06}"
            write(root / speaker / folder / f"{name}.wav", clip(rng, 100 * (number + 1) + 5 * place))
            said = f"它们很美丽，第{sentence}句。" if place == 0 else f"It’s sentence {sentence}."
            lines.append(f"{name}\t{said}\t{folder}")
        write(root / speaker / f"{speaker}.txt", ("\n".join(lines) + "\n").encode(encoding))
