"""MultiEmotions-It: 3,240 Italian comments on music videos and advertisements, with Plutchik's emotions and dyads.

Reference: Sprugnoli, MultiEmotions-It: a New Dataset for Opinion Polarity and Emotion Analysis for Italian, CLiC-it
2020. Task `multiemotions_it` has the eight basic emotions, `multiemotions_it.dyads` the dyads that the authors' last
column names (a basic emotion named there is in the first task already), `multiemotions_it.sentiment` the opinion, where
positive and negative at once is ambiguous. For the 175 comments that are not about the video or advertisement there is
no value, with a note. Sarcasm (45 comments) is not read.
No official split: `source` is the video or advertisement a comment stands under, 41 in all, and a split should keep it
whole. Known faults: two cells are empty, and these emotions are not judged there; some comments occur twice (the group
`text`); neutral comments have no emotion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import plutchik, plutchik_dyads
from . import layout, read_csv, write_csv
from ._groups import text_key

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "MultiEmotions-It",
    "reference": "sprugnoli2020multiemotions",
    "url": "https://github.com/RacheleSprugnoli/Esercitazioni_SA",
    "folder": "text/multiemotions_it",
    "modalities": ["text"],
    "languages": ["it"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "none; 41 videos and advertisements to keep whole",
    "groups": ["source", "kind", "text"],
    "disjoint": [],
    "raters": "not published: one set of labels per comment",
}

_SENTIMENTS = ("negative", "neutral", "positive", "ambiguous")
TASKS = (
    Task(
        "multiemotions_it",
        target="emotion",
        kind=Kind.MULTI,
        scheme="plutchik",
        names=plutchik.NAMES,
        view=View.EXPRESSED,
    ),
    Task(
        "multiemotions_it.dyads",
        target="emotion",
        kind=Kind.MULTI,
        scheme="plutchik_dyads",
        names=plutchik_dyads.NAMES,
        view=View.EXPRESSED,
    ),
    Task(
        "multiemotions_it.sentiment",
        target="sentiment",
        kind=Kind.SINGLE,
        scheme="sentiment",
        names=_SENTIMENTS,
        view=View.EXPRESSED,
    ),
)
_LAYOUTS = {"compact": ("multiemotions_it.csv.gz",), "official": ("dataset/MultiEmotions-It.tsv",)}
_ITALIAN = {
    "joy": "GIOIA",
    "trust": "FIDUCIA",
    "sadness": "TRISTEZZA",
    "anger": "RABBIA",
    "fear": "PAURA",
    "disgust": "DISGUSTO",
    "surprise": "SORPRESA",
    "anticipation": "TREPIDAZIONE",
}
_OFFICIAL = {
    "type": "type",
    "title": "title",
    "url": "URL",
    "text": "comment",
    "unrelated": "UNRELATED",
    "neut": "NEUT",
    "pos": "POS",
    "neg": "NEG",
    **_ITALIAN,
    "dyads": "EMOTIONS",
}
"""Compact column -> the official one."""
_SPELLINGS = {**plutchik_dyads.SYNONYMS, "optimist": "optimism"}
_RULE = "the label as published"
_UNRELATED = "not about the video or advertisement"
_OPINIONS = {
    ("1", "0", "0"): "neutral",
    ("0", "1", "0"): "positive",
    ("0", "0", "1"): "negative",
    ("0", "1", "1"): "ambiguous",
}
"""Neutral, positive, negative -> sentiment."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (multiemotions_it.csv.gz) or official (dataset/MultiEmotions-It.tsv)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    for i, row in enumerate(read(root), 1):
        groups = {"source": row["url"], "kind": row["type"], "text": text_key(row["text"])}
        yield Sample(f"it-{i}", {"text": Media(text=row["text"])}, tuple(_ratings(i, row)), groups)


def _ratings(i: int, row: Mapping[str, str]) -> Iterator[Rating]:
    if row["unrelated"] == "1":
        for task in TASKS:
            yield Rating(task.id, None, note=_UNRELATED)
        return
    asked = tuple(name for name in plutchik.NAMES if row[name])
    felt = frozenset(name for name in asked if row[name] == "1")
    every = None if asked == plutchik.NAMES else asked
    yield Rating("multiemotions_it", felt, rater="consensus", judged=every, rule=_RULE)
    words = (word.strip().lower() for word in row["dyads"].split("-") if word.strip())
    named = {_SPELLINGS.get(word, word) for word in words}
    if strange := sorted(named - {*plutchik_dyads.NAMES, *plutchik.NAMES}):
        raise DataError(f"basic emotions or dyads in line {i}", ", ".join(strange), "get the corpus again")
    dyads = frozenset(named & set(plutchik_dyads.NAMES))
    yield Rating("multiemotions_it.dyads", dyads, rater="consensus", rule=_RULE)
    opinion = (row["neut"], row["pos"], row["neg"])
    if opinion not in _OPINIONS:
        raise DataError(f"neutral, positive or negative in line {i}", "/".join(opinion), "get the corpus again")
    yield Rating("multiemotions_it.sentiment", _OPINIONS[opinion], rater="consensus", rule=_RULE)


def _compact(root: Path) -> Iterator[Mapping[str, str]]:
    yield from read_csv(root / "multiemotions_it.csv.gz", need=tuple(_OFFICIAL))


def _official(root: Path) -> Iterator[Mapping[str, str]]:
    path = root / "dataset" / "MultiEmotions-It.tsv"
    for row in read_csv(path, need=tuple(_OFFICIAL.values()), delimiter="\t"):
        yield {ours: row[theirs] or "" for ours, theirs in _OFFICIAL.items()}


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 48 comments under four videos whose words give their emotions away."""
    made: list[dict[str, str]] = []
    for i in range(48):
        dyad = plutchik_dyads.NAMES[rng.integers(0, len(plutchik_dyads.NAMES))]
        felt = set(plutchik_dyads.PARTS[dyad]) if i % 8 > 1 else set()
        opinion = list(_OPINIONS)[i % 8 - 4] if felt else ("1", "0", "0")
        unrelated = i % 8 == 0
        cells = {name: str(int(name in felt)) for name in plutchik.NAMES}
        if i == 10:
            cells["fear"] = ""
        made.append(
            {"type": ("YouTube Ad", "Facebook Ad")[i % 2], "title": f"video {i % 4}", "url": f"https://video/{i % 4}"}
            | {"text": f"un commento: {dyad if felt else 'niente'}, {i}", "unrelated": str(int(unrelated))}
            | dict(zip(("neut", "pos", "neg"), ("0", "0", "0") if unrelated else opinion, strict=True))
            | cells
            | {"sarcasm": "0", "dyads": f"{dyad.upper()} - TRUST" if felt else ""}
        )
    if layout == "compact":
        write_csv(root / "multiemotions_it.csv.gz", made)
        return
    names = {**_OFFICIAL, "sarcasm": "SARCASM"}
    lines = [{names[c]: v for c, v in m.items()} for m in made]
    write_csv(root / "dataset" / "MultiEmotions-It.tsv", lines, delimiter="\t")
