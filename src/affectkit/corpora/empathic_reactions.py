"""Empathic Reactions: 1,860 English essays on news of others' misfortune, with their writers' empathy and distress.

Reference: Buechel et al., Modeling Empathy and Distress in Reaction to News Stories, EMNLP 2018.
Each of 372 persons read five articles, said after each how far six adjectives of empathic concern and eight of personal
distress fitted (1 to 7; the mean is published), and wrote to a friend about it. Both are self-reports: the essay was
written after, and may show less than was felt. Known faults: the article itself is not given; the columns empathy_bin
and distress_bin do not follow from the values at any one border and are left out; two essays are the same; the
versions with demographics and emotions (the WASSA tasks) are other files.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.empathy import NAMES
from . import layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "Empathic Reactions",
    "reference": "buechel2018empathic",
    "url": "https://github.com/wwbp/empathic_reactions",
    "folder": "text/empathic_reactions",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "CC BY 4.0",
    "split": "none (the paper cross-validates over essays, so that persons and articles are in both parts)",
    "groups": ["person", "article"],
    "disjoint": [],
    "limits": ["essays written for money about given news articles; self-reports of one moment"],
    "raters": "the writer",
}

TASKS = (
    Task(
        "empathic_reactions",
        target="empathy",
        kind=Kind.CONTINUOUS,
        scheme="empathy",
        names=NAMES,
        range=(1.0, 7.0),
        view=View.FELT,
    ),
)
_LAYOUTS = {
    "compact": ("messages.csv.gz",),
    "official": ("messages.csv",),
}
_NEED = ("message_id", "response_id", "article_id", *NAMES, "essay")


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact, or official (the folder data/responses/data of the repository)."""
    for row in read_csv(root / _LAYOUTS[layout(root, _LAYOUTS)][0], need=_NEED):
        try:
            felt = tuple(float(row[name]) for name in NAMES)
        except ValueError as error:
            given = ", ".join(row[name] for name in NAMES)
            raise DataError(f"two numbers for {row['message_id']!r}", given, "get the corpus again") from error
        groups = {"article": row["article_id"], "person": row["response_id"]}
        rating = Rating("empathic_reactions", felt, rater=row["response_id"])
        yield Sample(row["message_id"], {"text": Media(text=row["essay"])}, (rating,), groups)


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 24 persons with five essays each, whose words give their values away."""
    warm, upset = ("cold", "mild", "warm"), ("calm", "uneasy", "upset")
    made: list[dict[str, object]] = []
    for person in range(24):
        for essay in range(5):
            at = rng.integers(0, 3, size=2)
            empathy, distress = (2 + 2 * at + rng.integers(-1, 2, size=2) / 2).round(3).tolist()
            made.append(
                {
                    "message_id": f"R_fake{person}_{essay + 1}",
                    "response_id": f"R_fake{person}",
                    "article_id": int(rng.integers(1, 30)),
                    "empathy": empathy,
                    "distress": distress,
                    "empathy_bin": int(empathy > 4),
                    "distress_bin": int(distress > 4),
                    "essay": f"I feel {warm[at[0]]} and {upset[at[1]]}, \nreally {warm[at[0]]}, number {essay}",
                }
            )
    write_csv(root / _LAYOUTS[layout][0], made)
