"""ISEAR: about 7,600 accounts of events in which 3,000 students of 37 countries felt one of seven emotions.

Reference: Scherer and Wallbott, Evidence for Universality and Cultural Variation of Differential Emotion Response
Patterning, Journal of Personality and Social Psychology 66, 1994.
Each person was asked for one event per emotion; the appraisals and reactions of the questionnaire are not read. The
databank is a file of Access; this reads its usual export, isear.csv, columns parted by "|". Known faults: "á" stands
where lines of the typescript ended and is taken out; accounts in brackets are summaries by those who typed them in;
some say only that there was no response or refer to another account ("Same as in anger"): the former have no value
here, the latter are kept; other languages were translated into English; not every character came through.
Not proven on the databank itself, only on an imitation of that export.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.isear import NAMES
from . import layout, write

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "ISEAR",
    "reference": "scherer1994evidence",
    "url": "https://www.unige.ch/cisa/research/materials-and-online-research/research-material/",
    "folder": "text/isear",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "CC BY-NC-SA 3.0",
    "split": "none",
    "groups": ["country", "person"],
    "disjoint": [],
    "raters": "the writer",
}

TASKS = (Task("isear", target="emotion", kind=Kind.SINGLE, scheme="isear", names=NAMES, view=View.FELT),)
_LAYOUTS = {"official": ("isear.csv",)}
_NEED = ("ID", "COUN", "EMOT", "SIT")
_BREAK = re.compile(r"\s*á\s+")
_NOTHING = re.compile(r"\W*no (response|description)\W*", re.IGNORECASE)


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, from isear.csv."""
    file = root / _LAYOUTS[layout(root, _LAYOUTS)][0]
    reader = csv.DictReader(io.StringIO(_decoded(file.read_bytes()), newline=""), delimiter="|")
    missing = [c for c in _NEED if c not in (reader.fieldnames or ())]
    if missing:
        there = ", ".join(reader.fieldnames or ()) or "an empty file"
        raise DataError(f"the column {missing[0]!r} in {file.name}", there, "export the databank with all its columns")
    seen: Counter[str] = Counter()
    for row in reader:
        if row["EMOT"] not in _EMOTIONS:
            wrong = f"an emotion from 1 to {len(NAMES)} for the person {row['ID']!r}"
            raise DataError(wrong, repr(row["EMOT"]), "some exports count from 0: use one that counts from 1")
        emotion = _EMOTIONS[row["EMOT"]]
        id = f"{row['ID']}-{emotion}"
        seen[id] += 1
        text = _BREAK.sub(" ", row["SIT"]).strip()
        silent = _NOTHING.fullmatch(text)
        rating = Rating(
            "isear", None if silent else emotion, rater=row["ID"], note="no account was given" if silent else None
        )
        unique = id if seen[id] == 1 else f"{id}-{seen[id]}"
        yield Sample(unique, {"text": Media(text=text)}, (rating,), {"country": row["COUN"], "person": row["ID"]})


_EMOTIONS = {str(number): name for number, name in enumerate(NAMES, 1)}
"""The questionnaire's numbers -> emotions, in the order of the scheme."""


def _decoded(data: bytes) -> str:
    """The export as it is found: UTF-8, or the one byte per character of its first copies."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def fake(root: Path, rng: np.random.Generator) -> None:
    """Write a tiny synthetic imitation: eight persons with an account per emotion, one of which is missing."""
    lines = ["ID|CITY|COUN|SEX|EMOT|INTS|Field1|MYKEY|SIT|STATE|"]
    for person in range(8):
        id = 11001 + person
        for number, emotion in enumerate(NAMES, 1):
            text = f'When I was, á so to say, in "{emotion}" á for the {rng.integers(2, 90)}th time.'
            if (person, number) == (3, 2):
                text = "[ No response.]"
            about = f"{id}|1|{1 + person % 3}|{1 + person % 2}|{number}|{rng.integers(1, 5)}"
            lines.append(f"{about}|{emotion}|0{id}{number}|{text}|1|")
    write(root / "isear.csv", "\n".join(lines).encode("latin-1"))
