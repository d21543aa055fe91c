"""Enisear with appraisals: 1,001 English accounts of events, each with the emotion asked for and seven appraisals.

Reference: Troiano et al., Crowdsourcing and Validating Event-focused Emotion Corpora for German and English, ACL 2019
(the texts); Hofmann et al., Appraisal Theories for Emotion Classification in Text, COLING 2020 (the appraisals).
Writers recalled an event for a given emotion: what they say they felt. Three raters, the same for every text, then said
which of seven appraisals the writer made; each is a rating here, and the majority, which follows from them, is left
out. Known faults: the texts have "..." where the emotion's word stood; of the three annotations of the official
repository this reads the first (V1), since the others were made from the emotion by rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies import appraisals, isear
from . import layout, read_csv, write_csv

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "Appraisal enISEAR",
    "reference": "hofmann2020appraisal",
    "url": "https://github.com/bluzukk/appraisal-emotion-classification",
    "folder": "text/enisear_appraisal",
    "modalities": ["text"],
    "languages": ["en"],
    "licence": "GPL-3.0",
    "split": "none (the paper cross-validates)",
    "groups": [],
    "raters": "emotion: the writer; appraisals: three readers, a1 to a3 throughout",
}

TASKS = (
    Task("enisear", target="emotion", kind=Kind.SINGLE, scheme="isear", names=isear.NAMES, view=View.FELT),
    Task(
        "enisear.appraisals",
        target="appraisals",
        kind=Kind.MULTI,
        scheme="appraisals",
        names=appraisals.NAMES,
        view=View.PERCEIVED,
    ),
)
_COLUMNS = {name: name.capitalize() for name in appraisals.NAMES} | {"pleasantness": "Pleasant"}
"""Appraisal -> how its columns begin."""
_RATERS = ("a1", "a2", "a3")
_NEED = ("Sentence_id", "Prior_Emotion", "Sentence", *(f"{c}_{r}" for c in _COLUMNS.values() for r in _RATERS))
_LAYOUTS = {
    "compact": ("enisear_appraisal.csv.gz",),
    "official": ("enISEAR_appraisal.tsv",),
}


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact, or official (the folder enISEAR-appraisal-V1 of the repository)."""
    kind = layout(root, _LAYOUTS)
    delimiter = {"compact": ",", "official": "\t"}[kind]
    for row in read_csv(root / _LAYOUTS[kind][0], need=_NEED, delimiter=delimiter):
        felt = Rating("enisear", row["Prior_Emotion"].lower(), rater="writer")
        made = [Rating("enisear.appraisals", _chosen(row, rater), rater=rater) for rater in _RATERS]
        yield Sample(row["Sentence_id"], {"text": Media(text=row["Sentence"])}, (felt, *made))


def _chosen(row: dict[str, str], rater: str) -> frozenset[str]:
    said = {name: row[f"{column}_{rater}"] for name, column in _COLUMNS.items()}
    wrong = sorted({v for v in said.values() if v not in ("0", "1")})
    if wrong:
        raise DataError(f"0 or 1 for each appraisal of {row['Sentence_id']!r}", repr(wrong[0]), "get the corpus again")
    return frozenset(name for name, value in said.items() if value == "1")


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: 42 accounts whose words give emotion and appraisals away."""
    made: list[dict[str, object]] = []
    for i in range(42):
        yes = rng.integers(0, 2, size=len(_COLUMNS)).tolist()
        row: dict[str, object] = {
            "Sentence_id": i + 1,
            "Prior_Emotion": isear.NAMES[i % 7].capitalize(),
            "Sentence": f"I felt ..., as in {isear.NAMES[i % 7]}, with "
            + " and ".join(n for n, y in zip(_COLUMNS, yes, strict=True) if y)
            + f', "case" {i}.',
        }
        for column, y in zip(_COLUMNS.values(), yes, strict=True):
            votes = [y, y, int(rng.integers(0, 2))]
            row |= {f"{column}_{r}": v for r, v in zip(_RATERS, votes, strict=True)} | {f"{column}_majority": y}
        made.append(row)
    write_csv(root / _LAYOUTS[layout][0], made, {"compact": ",", "official": "\t"}[layout])
