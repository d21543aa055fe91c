"""RED: Romanian tweets, 5,449 with the votes of three raters (version 2) and 4,047 with one emotion each (version 1).

Reference: Ciobotaru et al., RED v2: Enhancing RED Dataset for Multi-Label Emotion Detection, LREC 2022; version 1:
Ciobotaru and Dinu, RED: A Novel Dataset for Romanian Emotion Detection from Tweets, RANLP 2021.
Task `red_ro` is version 2: a label stands when two or more of three raters chose it. `red_ro.votes` are their votes.
`red_ro.v1` is version 1: one of five emotions. Which files say what is in the group `version` (`red_ro:version=v2`).
Known faults: version 2 was made from version 1, and 882 texts lie in more than one split when both are read (the group
`also_in` names the later split, `red_ro:also_in!=dev+test` leaves them out); 650 texts are in BRIGHTER too, half of
them in both versions (`red_ro:text!=@brighter`). In version 2 proper names and user names are replaced by marks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.red import NAMES, SYNONYMS
from . import layout, read_csv, write, write_csv
from ._groups import held_out, text_groups

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "RED",
    "reference": "ciobotaru2022red",
    "url": "https://github.com/Alegzandra/RED-Romanian-Emotions-Dataset",
    "folder": "text/red_ro",
    "modalities": ["text"],
    "languages": ["ro"],
    "licence": "MIT",
    "split": "official, of each version (v2 4,088 / 543 / 818, v1 3,237 / 405 / 405); the two cut each other's texts",
    "groups": ["version", "text", "also_in"],
    "disjoint": [],
    "raters": "three per tweet in version 2, anonymous",
}

_OF_V1 = ("sadness", "fear", "anger", "neutral", "joy")
TASKS = (
    Task("red_ro", target="emotion", kind=Kind.MULTI, scheme="red", names=NAMES, view=View.EXPRESSED),
    Task("red_ro.votes", target="emotion", kind=Kind.MULTI, scheme="red", names=NAMES, view=View.EXPRESSED),
    Task("red_ro.v1", target="emotion", kind=Kind.SINGLE, scheme="red", names=_OF_V1, view=View.EXPRESSED),
)
_SPLITS = {"train": "train", "val": "dev", "valid": "dev", "test": "test"}
_OFFICIAL_V1, _OFFICIAL_V2 = "REDv1/data", "REDv2/data"
_LAYOUTS = {
    "compact": ("redv1.csv.gz", "redv2.csv.gz"),
    "official": (
        *(f"{_OFFICIAL_V1}/{split}.csv" for split in ("train", "val", "test")),
        *(f"{_OFFICIAL_V2}/{split}.json" for split in ("train", "valid", "test")),
    ),
}
_RATERS = 3


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    version: str
    split: str
    text: str
    votes: tuple[frozenset[str], ...] = ()
    """Of version 2: what each rater chose."""
    label: str = ""
    """Of version 1."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, version 2 first, compact (two .csv.gz) or official (REDv1/data, REDv2/data)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    held = held_out((row.text, row.split) for row in read(root))
    for row in read(root):
        groups = {"version": row.version, **text_groups(row.text, row.split, held)}
        yield Sample(row.id, {"text": Media(text=row.text)}, tuple(_ratings(row)), groups, row.split)


def _ratings(row: _Row) -> Iterator[Rating]:
    if row.label:
        yield Rating("red_ro.v1", row.label, rater="consensus", rule="the label as published")
        return
    votes = Counter(name for vote in row.votes for name in vote)
    agreed = frozenset(name for name, count in votes.items() if count >= 2)
    yield Rating("red_ro", agreed, rater="consensus", rule="two or more of three raters")
    for chosen, count in Counter(row.votes).items():
        yield Rating("red_ro.votes", chosen, count=count)


def _compact(root: Path) -> Iterator[_Row]:
    need = ("split", "id", "text", *(f"votes_{name}" for name in NAMES))
    for row in read_csv(root / "redv2.csv.gz", need=need):
        marks = {name: row[f"votes_{name}"] for name in NAMES}
        if any(len(m) != _RATERS or set(m) - {"0", "1"} for m in marks.values()):
            raise DataError(
                f"three votes of 0 or 1 per emotion for {row['id']!r}", ", ".join(marks.values()), "get it again"
            )
        votes = tuple(frozenset(n for n, m in marks.items() if m[i] == "1") for i in range(_RATERS))
        yield _Row(f"v2-{row['id']}", "v2", _SPLITS[row["split"]], row["text"], votes)
    yield from _first(
        (row["split"], row) for row in read_csv(root / "redv1.csv.gz", need=("split", "Tweet", "Emotion"))
    )


def _official(root: Path) -> Iterator[_Row]:
    for split in ("train", "valid", "test"):
        for row in json.loads((root / _OFFICIAL_V2 / f"{split}.json").read_text(encoding="utf-8")):
            votes = tuple(_chosen(row, f"annotator{i + 1}") for i in range(_RATERS))
            # the first version of the train file has both the raw and the anonymised text; only the second is read
            text = row["text_anonimized"] if "text_anonimized" in row else row["text"]
            yield _Row(f"v2-{row['text_id']}", "v2", _SPLITS[split], text, votes)
    files = ((split, root / _OFFICIAL_V1 / f"{split}.csv") for split in ("train", "val", "test"))
    yield from _first((split, row) for split, path in files for row in read_csv(path, need=("Tweet", "Emotion")))


def _chosen(row: dict[str, Any], rater: str) -> frozenset[str]:
    marks = row.get(rater, ())
    if len(marks) != len(NAMES):
        raise DataError(
            f"{len(NAMES)} marks of {rater} for {row.get('text_id')!r}", repr(marks), "get the corpus again"
        )
    return frozenset(name for name, mark in zip(NAMES, marks, strict=True) if mark)


def _first(found: Iterator[tuple[str, dict[str, str]]]) -> Iterator[_Row]:
    """Version 1; a tweet has no id but its place in its file."""
    met: Counter[str] = Counter()
    for split, row in found:
        met[split] += 1
        label = SYNONYMS.get(row["Emotion"].strip().lower())
        if label not in _OF_V1:
            raise DataError(
                "Bucurie, Frica, Furie, Neutru or Tristete as Emotion", repr(row["Emotion"]), "get it again"
            )
        yield _Row(f"v1-{split}-{met[split]}", "v1", _SPLITS[split], row["Tweet"].strip(), label=label)


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 50 tweets with votes and 45 with one label; the first of v2 is tested in v1."""
    second: list[dict[str, Any]] = []
    for i in range(50):
        votes = [
            [NAMES[j] for j in sorted({*rng.integers(0, len(NAMES), size=1 + k % 2).tolist(), i % 7})] for k in range(3)
        ]
        agreed = [n for n in NAMES if sum(n in v for v in votes) >= 2]
        split = ("train", "train", "train", "valid", "test")[i % 5]
        text = f"un tweet: {', '.join(agreed)}, {i}"
        second.append({"split": split, "id": i, "text": text, "agreed": agreed, "votes": votes})
    words = {"sadness": "Tristete", "fear": "Frica", "anger": "Furie", "neutral": "Neutru", "joy": "Bucurie"}
    first: list[dict[str, Any]] = []
    for i in range(45):
        name = _OF_V1[rng.integers(0, len(_OF_V1))]
        split = ("train", "val", "test")[i // 15]
        text = second[0]["text"] if i == 30 else f"{words[name]} {split} {i}"
        first.append({"split": split, "Tweet": f" {text} ", "Emotion": words[name]})
    if layout == "compact":
        lines = [
            {"split": m["split"], "id": m["id"], "text": m["text"], "labels": ",".join(m["agreed"])}
            | {f"votes_{n}": "".join(str(int(n in v)) for v in m["votes"]) for n in NAMES}
            for m in second
        ]
        write_csv(root / "redv2.csv.gz", lines)
        write_csv(root / "redv1.csv.gz", first)
        return
    for split in ("train", "valid", "test"):
        items = [
            {"text_id": m["id"], "text": m["text"], "agreed_labels": [int(n in m["agreed"]) for n in NAMES]}
            | {f"annotator{k + 1}": [int(n in v) for n in NAMES] for k, v in enumerate(m["votes"])}
            for m in second
            if m["split"] == split
        ]
        write(root / _OFFICIAL_V2 / f"{split}.json", json.dumps(items, ensure_ascii=False))
    for split in ("train", "val", "test"):
        of = [{"Tweet": m["Tweet"], "Emotion": m["Emotion"]} for m in first if m["split"] == split]
        write_csv(root / _OFFICIAL_V1 / f"{split}.csv", of)
