"""EmoBank: 10,062 English sentences with valence, arousal and dominance, as the writer's and as the reader's emotion.

Reference: Buechel & Hahn, EmoBank: Studying the Impact of Annotation Perspective and Representation Format on
Dimensional Emotion Analysis, EACL 2017.
Task `vad` is the official value, the mean of both perspectives weighted by their raters; it has no view, because it
mixes two. `vad.writer` and `vad.reader` are the single ratings it was made of: what the sentence says of its writer,
and what it does to a reader, both told by readers. The files hold 1-1-1 ratings that the authors set aside before
averaging; here they have a note and no value, so the mean of the others is the published one.
Not in the release: `sentiment.writer` and `sentiment.reader`, the same single ratings as votes for names. The label
algebra takes a valence to the nearest of negative (1 and 2), neutral (3) and positive (4 and 5), and looks at nothing
else. Quadrants would lose 86 % of the ratings, which have a 3 in valence or arousal.
Known faults: 126 of the 136 documents and 34 repeated texts lie in more than one split; most values lie between 2.6 and
3.4; 486 rated sentences have no text and are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .. import hub
from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.vad import NAMES
from . import layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmoBank",
    "reference": "buechel2017emobank",
    "url": "https://github.com/JULIELab/EmoBank",
    "folder": "text/emobank",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "CC BY-SA 4.0",
    "split": "official (8,062 / 1,000 / 1,000); cuts documents: 126 of 136 lie in more than one split",
    "groups": ["document"],
    "disjoint": [],
    "limits": ["valence, arousal and dominance are learnt from single published sentences, most of them near neutral"],
    "raters": "about five per sentence and perspective, anonymous",
}

_SCALE = (1.0, 5.0)
_SENTIMENTS = ("negative", "neutral", "positive")  # no number says ambiguous
TASKS = (
    Task("vad", target="dimensions", kind=Kind.CONTINUOUS, scheme="vad", names=NAMES, range=_SCALE),
    Task(
        "vad.writer",
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=NAMES,
        range=_SCALE,
        view=View.EXPRESSED,
    ),
    Task(
        "vad.reader",
        target="dimensions",
        kind=Kind.CONTINUOUS,
        scheme="vad",
        names=NAMES,
        range=_SCALE,
        view=View.PERCEIVED,
    ),
    Task("sentiment.writer", "sentiment", Kind.SINGLE, "sentiment", _SENTIMENTS, view=View.EXPRESSED),
    Task("sentiment.reader", "sentiment", Kind.SINGLE, "sentiment", _SENTIMENTS, view=View.PERCEIVED),
)
_LAYOUTS = {
    "compact": ("emobank.csv.gz", "individual_reader_ratings.csv.gz", "individual_writer_ratings.csv.gz"),
    "official": ("emobank.csv", "meta.tsv", "individual_reader_ratings.csv", "individual_writer_ratings.csv"),
}
_COLUMNS = ("V", "A", "D")
_CARELESS = (1.0, 1.0, 1.0)
_ASIDE = "1-1-1, set aside by the authors"

Vad = tuple[float, ...]


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (*.csv.gz, documents in one file) or official (*.csv and meta.tsv)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    sentences, documents, votes = read(root)
    sentiments = _sentiments(votes)
    for row in sentences:
        id = row["id"]
        if id not in documents:
            raise DataError(f"a document for the sentence {id!r}", "none", "the files may be of different versions")
        ratings = [Rating("vad", _vad(row), rater="consensus", rule="weighted mean of reader and writer")]
        for side, of in votes.items():
            ratings += [_vote(f"vad.{side}", value, count) for value, count in of[id].items()]
        for side, of in votes.items():
            ratings += _named(f"sentiment.{side}", of[id], sentiments)
        media = {"text": Media(text=row["text"])}
        yield Sample(id, media, tuple(ratings), groups={"document": documents[id]}, split=row["split"])


Read = tuple[Iterator[dict[str, str]], Mapping[str, str], dict[str, Mapping[str, Counter[Vad]]]]


def _compact(root: Path) -> Read:
    file, need = root / "emobank.csv.gz", ("id", "split", "text", *_COLUMNS)
    documents = {row["id"]: row["document"] for row in read_csv(file, need=("id", "document"))}
    return read_csv(file, need=need), documents, _votes(root, ".csv.gz")


def _official(root: Path) -> Read:
    # the first release of emobank.csv had no column `split`, and is refused for that
    need = ("id", "split", "text", *_COLUMNS)
    meta = read_csv(root / "meta.tsv", need=("id", "document"), delimiter="\t")
    documents = {row["id"]: row["document"] for row in meta}
    return read_csv(root / "emobank.csv", need=need), documents, _votes(root, ".csv")


def _votes(root: Path, suffix: str) -> dict[str, Mapping[str, Counter[Vad]]]:
    """Side -> sentence id -> rating -> how many gave it."""
    found: dict[str, Mapping[str, Counter[Vad]]] = {}
    for side in ("writer", "reader"):
        of: defaultdict[str, Counter[Vad]] = defaultdict(Counter)
        for row in read_csv(root / f"individual_{side}_ratings{suffix}", need=("id", *_COLUMNS)):
            of[row["id"]][_vad(row)] += 1
        found[side] = of
    return found


def _vad(row: Mapping[str, str]) -> Vad:
    low, high = _SCALE
    found: Vad = ()
    with suppress(TypeError, ValueError):
        found = tuple(float(row[c]) for c in _COLUMNS)
    if not found or not all(low <= v <= high for v in found):  # NaN is refused as well
        given = ", ".join(str(row[c]) for c in _COLUMNS)
        raise DataError(f"three numbers from {low:g} to {high:g} for {row['id']!r}", given, "get the corpus again")
    return found


def _sentiments(votes: Mapping[str, Mapping[str, Counter[Vad]]]) -> dict[Vad, str]:
    """Rating -> the name that the label algebra gives its valence."""
    values = sorted({value for of in votes.values() for counts in of.values() for value in counts})
    if not values:
        return {}
    made = hub.convert(values, "vad_1_5", "sentiment")
    return {value: made.names[i] for value, i in zip(values, made.scores.argmax(1).tolist(), strict=True)}


def _named(task: str, of: Counter[Vad], names: Mapping[Vad, str]) -> list[Rating]:
    """A sentence's votes for names, and how many ratings were set aside."""
    votes: Counter[str | None] = Counter()
    for value, count in of.items():
        votes[None if value == _CARELESS else names[value]] += count
    return [Rating(task, name, count=count, note=_ASIDE if name is None else None) for name, count in votes.items()]


def _vote(task: str, value: Vad, count: int) -> Rating:
    if value == _CARELESS:
        return Rating(task, None, count=count, note=_ASIDE)
    return Rating(task, value, count=count)


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 90 sentences in 9 documents whose words give their values away."""
    words = (("awful", "plain", "lovely"), ("calm", "steady", "wild"), ("weak", "even", "strong"))
    sentences: list[dict[str, object]] = []
    documents: list[dict[str, object]] = []
    votes: dict[str, list[dict[str, object]]] = {"reader": [], "writer": []}
    for i in range(90):
        id, at = f"fake{i // 10}_{10 * i}_{10 * i + 9}", rng.integers(0, 3, size=3)
        given = 2 + at + rng.integers(0, 2, size=(2, 5, 3))
        for side, ratings in zip(votes, given.tolist(), strict=True):
            ratings += [[1, 1, 1]] if i % 6 == 0 else []
            votes[side] += [{"id": id, **dict(zip(_COLUMNS, rating, strict=True))} for rating in ratings]
        mean = dict(zip(_COLUMNS, given.mean((0, 1)).round(2).tolist(), strict=True))
        text = f"a {' and '.join(words[d][k] for d, k in enumerate(at.tolist()))} day, number {i}"
        sentences.append(
            {"id": id, "split": ("train", "dev", "test")[(i % 9) // 7 + (i % 9) // 8], **mean, "text": text}
        )
        documents.append({"id": id, "document": f"fake{i // 10}", "category": "fake", "subcategory": " "})
    suffix = {"compact": ".csv.gz", "official": ".csv"}[layout]
    for side, rated in votes.items():
        write_csv(root / f"individual_{side}_ratings{suffix}", rated)
    if layout == "compact":
        write_csv(root / "emobank.csv.gz", [s | d for s, d in zip(sentences, documents, strict=True)])
        return
    write_csv(root / "emobank.csv", sentences)
    write_csv(root / "meta.tsv", documents, delimiter="\t")
