"""FER+ as its published figures have it: the 31,409 faces on which the votes that count have a clear majority.

Reference: Barsoum et al., Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
Distribution, ICMI 2016 (its code's mode "majority"). What one rater chose alone is dropped first; a face stays where
one expression then has more than half of all votes, those for "unknown" and "not a face" included. These faces are the
easier ones: a figure here is not one for the whole of ferplus, whose pictures, votes and known faults these are.
Differs from the paper: shares of the votes that count are kept, not the first name alone, so that what is measured can
be the distribution as well as the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..sample import Rating, Sample
from . import ferplus

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "FER+ (majority protocol)",
    "reference": "barsoum2016training",
    "url": "https://github.com/microsoft/FERPlus",
    "folder": "face/ferplus",
    "modalities": ["face"],
    "languages": [],
    "licence": "votes: MIT; pictures: no licence, research only",
    "split": "official, faces with a majority (25,057 / 3,199 / 3,153); some of dev, test are also in train",
    "groups": [],
    "limits": ["grey faces of 48 x 48 pixels, mostly posed stock photographs, without those on which people differed"],
    "raters": "the votes of at least two of ten anonymous raters per picture",
}

TASKS = ferplus.TASKS[:1]
_LEAST = 2  # votes for a name, so that they count


def rows(root: Path) -> Iterator[Sample]:
    """The samples of `ferplus` with a majority, in its order and layouts.

    Raises:
        MissingExtra, DataError: as for `ferplus`.
    """
    for sample in ferplus.rows(root):
        votes = [r for r in sample.ratings if r.task == TASKS[0].id and r.count >= _LEAST]
        first = max(votes, key=_count, default=None)
        if first is not None and first.value is not None and 2 * first.count > sum(map(_count, votes)):
            yield replace(sample, ratings=tuple(votes))


def fake(root: Path, rng: np.random.Generator, layout: str = "official") -> None:
    """Write the tiny synthetic imitation of `ferplus`."""
    ferplus.fake(root, rng, layout)


def _count(vote: Rating) -> int:
    return vote.count
