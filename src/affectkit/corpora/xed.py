"""XED: 228,340 film subtitle lines, labelled by people in English and Finnish and carried over to 42 languages.

Reference: Öhman et al., XED: A Multilingual Dataset for Sentiment Analysis and Emotion Detection, COLING 2020.
Each line has one or more of Plutchik's eight or is neutral. Neutral lines were gathered apart, and only in English and
Finnish: a projected line could not be called neutral, and its `judged` says so. Projected labels are those of a line
that the subtitles of another language align with it; nobody read them (`origin` is projected, so that
`xed:origin=annotated` is what people labelled).
No official split: `xed:split=train` puts all of it there. Known faults: the files do not say which line a projection
comes from, nor which film, so that no split of ours keeps translations of one line together: train on XED and measure
elsewhere, or split `origin=annotated` of one language; a projection's alignment can be wrong; 80 malformed lines are
left out, and one without a text; some lines are only an interjection or a mark (the group `text` tells repeats); br is
Brazilian Portuguese, cn, zh and tw are kinds of Chinese.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import plutchik
from ..taxonomies.plutchik_neutral import NAMES
from . import layout, read_csv, write, write_csv
from ._groups import text_key

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "XED",
    "reference": "ohman2020xed",
    "url": "https://github.com/Helsinki-NLP/XED",
    "folder": "text/xed",
    "modalities": ["text"],
    "languages": [
        "ar",
        "bg",
        "br",
        "bs",
        "cn",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "eu",
        "fa",
        "fi",
        "fr",
        "gl",
        "he",
        "hr",
        "hu",
        "id",
        "is",
        "it",
        "ja",
        "mk",
        "ml",
        "ms",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "ru",
        "sk",
        "sl",
        "sr",
        "sv",
        "th",
        "tr",
        "tw",
        "vi",
        "zh",
    ],
    "licence": "CC BY 4.0",
    "split": "none; translations of one line cannot be told apart from others",
    "groups": ["language", "origin", "text"],
    "disjoint": [],
    "limits": [
        "learnt from single subtitle lines without their film; most languages have labels carried over, not read"
    ],
    "raters": "not published: the labels that the authors kept",
}

TASKS = (Task("xed", target="emotion", kind=Kind.MULTI, scheme="plutchik_neutral", names=NAMES, view=View.EXPRESSED),)
_NUMBERS = ("neutral", "anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust")
"""Names in the order of the official files' numbers, from 0."""
_ANNOTATED = ("en", "fi")
_ORIGINS = ("annotated", "projected")
_LAYOUTS = {
    "compact": tuple(f"xed_{origin}.csv.gz" for origin in _ORIGINS),
    "official": (
        *(f"AnnotatedData/{language}-annotated.tsv" for language in _ANNOTATED),
        *(f"AnnotatedData/neu_{language}.txt" for language in _ANNOTATED),
        "Projections",
    ),
}
_RULE = {"annotated": "the labels that the authors kept", "projected": "carried over by alignment"}

Line = tuple[str, str, str, frozenset[str]]
"""Origin, language, text, labels."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (two .csv.gz) or official (AnnotatedData and Projections)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    met: Counter[tuple[str, str]] = Counter()
    for origin, language, text, labels in read(root):
        if not text.strip():
            continue
        met[language, origin] += 1
        judged = plutchik.NAMES if origin == _ORIGINS[1] else None
        rating = Rating("xed", labels, rater="consensus", judged=judged, rule=_RULE[origin])
        groups = {"language": language, "origin": origin, "text": text_key(text)}
        yield Sample(f"{language}-{origin}-{met[language, origin]}", {"text": Media(text=text)}, (rating,), groups)


def _compact(root: Path) -> Iterator[Line]:
    for origin in _ORIGINS:
        for row in read_csv(root / f"xed_{origin}.csv.gz", need=("lang", "text", "labels")):
            labels = frozenset(row["labels"].split(","))
            if not labels <= set(NAMES):
                raise DataError(f"labels among {', '.join(NAMES)}", row["labels"], "get the corpus again")
            yield origin, row["lang"], row["text"], labels


def _official(root: Path) -> Iterator[Line]:
    for language in _ANNOTATED:
        for text, labels in _lines(root / "AnnotatedData" / f"{language}-annotated.tsv"):
            yield "annotated", language, text, labels
        for line in _open(root / "AnnotatedData" / f"neu_{language}.txt"):
            yield "annotated", language, line.rpartition("\t")[2], frozenset({"neutral"})
    for path in sorted((root / "Projections").glob("*-projections.tsv")):
        for text, labels in _lines(path):
            yield "projected", path.name.removesuffix("-projections.tsv"), text, labels


def _lines(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Text and labels of each line "text<tab>1, 4" (or "{'1', '4'}"); a line without numbers of names is left out."""
    for line in _open(path):
        text, _, numbers = line.rpartition("\t")
        found = re.findall(r"\d+", numbers)
        if found and all(int(n) < len(_NUMBERS) for n in found):
            yield text, frozenset(_NUMBERS[int(n)] for n in found)


def _open(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:  # subtitles hold other line separators
        for line in file:
            yield line.rstrip("\r\n")


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 40 lines each in English and Finnish, and 20 carried over to German."""
    made: list[Line] = []
    for origin, language, count in (("annotated", "en", 40), ("annotated", "fi", 40), ("projected", "de", 20)):
        for i in range(count):
            labels = {plutchik.NAMES[j] for j in rng.integers(0, len(plutchik.NAMES), size=1 + i % 2)}
            if origin == "annotated" and i >= 30:
                labels = {"neutral"}
            text = f'- "{" and ".join(sorted(labels))} in {language}, {i}'  # an open quote ends with its line
            made.append((origin, language, text, frozenset(labels)))
    if layout == "compact":
        for origin in _ORIGINS:
            of = [m for m in made if m[0] == origin]
            write_csv(
                root / f"xed_{origin}.csv.gz",
                [{"lang": m[1], "text": m[2], "labels": ",".join(sorted(m[3]))} for m in of],
            )
        return
    places = {
        ("annotated", "en"): "AnnotatedData/en-annotated.tsv",
        ("annotated", "fi"): "AnnotatedData/fi-annotated.tsv",
    }
    for origin, language in (("annotated", "en"), ("annotated", "fi"), ("projected", "de")):
        of = [m for m in made if m[:2] == (origin, language)]
        lines = [f"{m[2]}\t{', '.join(str(_NUMBERS.index(n)) for n in m[3])}" for m in of if "neutral" not in m[3]]
        neutral = [f"9\t{m[2]}" for m in of if "neutral" in m[3]]
        place = places.get((origin, language), f"Projections/{language}-projections.tsv")
        write(root / place, "\n".join([*lines, "a malformed line"]) + "\n")
        if neutral:
            write(root / "AnnotatedData" / f"neu_{language}.txt", "\n".join(neutral))
