"""EmoEvent: 15,496 English and Spanish tweets about eight events of April 2019, each with one emotion.

Reference: Plaza-del-Arco et al., EmoEvent: A Multilingual Emotion Corpus based on different Events, LREC 2020.
Three crowd workers chose one of Ekman's six or "neutral or other emotions"; the files call that `others`, here it is
neutral, so that some neutral tweets hold an emotion without a name. Whether a tweet offends is not read.
The same event lies in all splits, and hashtags name it. Known faults: 30 lines of the Spanish test have a label and no
tweet, and are left out; 17 texts lie in two splits (the group `also_in` names the later one); tweets were found by
the events' hashtags. Licence: one data card says Apache-2.0, another CC BY-NC-SA 4.0, the repository none; the stricter
one is given here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman_neutral import NAMES
from . import layout, read_csv, write_csv
from ._groups import held_out, text_groups

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "EmoEvent",
    "reference": "plaza2020emoevent",
    "url": "https://github.com/fmplaza/EmoEvent",
    "folder": "text/emoevent",
    "modalities": ["text"],
    "languages": ["en", "es"],
    "licence": "CC BY-NC-SA 4.0",
    "split": "official (en 5,112 / 744 / 1,447, es 5,723 / 844 / 1,626); cuts events",
    "groups": ["language", "event", "text", "also_in"],
    "disjoint": [],
    "raters": "three per tweet, not published: the majority's label",
}

TASKS = (
    Task("emoevent", target="emotion", kind=Kind.SINGLE, scheme="ekman_neutral", names=NAMES, view=View.EXPRESSED),
)
_LANGUAGES = ("en", "es")
_OTHERS = "others"
_LAYOUTS = {
    "compact": ("emoevent.csv.gz",),
    "official": tuple(f"splits/{language}/{split}.tsv" for language in _LANGUAGES for split in SPLITS),
}
_COLUMNS = ("id", "event", "tweet", "emotion")

Line = tuple[str, str, Mapping[str, str]]
"""Language, split, cells."""


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (emoevent.csv.gz) or official (splits/en/train.tsv and so on)."""
    read = {"compact": _compact, "official": _official}[layout(root, _LAYOUTS)]
    held = held_out((row["tweet"], split) for _, split, row in read(root))
    for language, split, row in read(root):
        name = "neutral" if row["emotion"] == _OTHERS else row["emotion"]
        if name not in NAMES:
            raise DataError(f"an emotion of Ekman's or others for {row['id']!r}", repr(row["emotion"]), "get it again")
        rating = Rating("emoevent", name, rater="consensus", rule="majority")
        groups = {"language": language, "event": row["event"], **text_groups(row["tweet"], split, held)}
        yield Sample(f"{language}-{row['id']}", {"text": Media(text=row["tweet"])}, (rating,), groups, split)


def _compact(root: Path) -> Iterator[Line]:
    for row in read_csv(root / "emoevent.csv.gz", need=("lang", "split", *_COLUMNS)):
        if (row["tweet"] or "").strip():
            yield row["lang"], row["split"], row


def _official(root: Path) -> Iterator[Line]:
    for language in _LANGUAGES:
        for split in SPLITS:
            for row in read_csv(root / "splits" / language / f"{split}.tsv", need=_COLUMNS, delimiter="\t"):
                if (row["tweet"] or "").strip():
                    yield language, split, row


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 80 tweets whose words give their emotion away; one comes again in test."""
    made: list[dict[str, str]] = []
    for language in _LANGUAGES:
        for split, count in zip(SPLITS, (28, 6, 6), strict=True):
            for i in range(count):
                emotion = (*NAMES[:-1], _OTHERS)[rng.integers(0, len(NAMES))]
                event = ("Final", "Election")[i % 2]
                tweet = f"#{event} {emotion} in {language}, {split} {i}"
                made.append(
                    {"lang": language, "split": split, "id": f"{split}{i}", "event": event, "tweet": tweet}
                    | {"emotion": emotion, "offensive": "NO"}
                )
    made[-1]["tweet"] = made[-40]["tweet"]
    made.append({**made[-1], "id": "", "event": "", "tweet": "", "offensive": ""})
    if layout == "compact":
        write_csv(root / "emoevent.csv.gz", made)
        return
    for language in _LANGUAGES:
        for split in SPLITS:
            of = [m for m in made if (m["lang"], m["split"]) == (language, split)]
            lines = [{c: m[c] for c in (*_COLUMNS, "offensive")} for m in of]
            write_csv(root / "splits" / language / f"{split}.tsv", lines, delimiter="\t")
