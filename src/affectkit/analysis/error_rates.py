"""Word and character error rates of transcripts, pooled over utterances, in all and by group, with intervals.

The rate of a set of utterances is the sum of their edits (words that are put in place of others, left out or put in
between) by the sum of their reference's words: a mean of each utterance's own rate would let a short one count for as
much as a long one. Both texts are made plain first: lower case, no punctuation, single spaces. Characters include the
spaces between words. 0 is perfect; a transcript with more words than were spoken can be above 1.
Reference: Levenshtein, Binary Codes Capable of Correcting Deletions, Insertions and Reversals, 1966; Bisani and Ney,
Bootstrap Estimates for Confidence Intervals in ASR Performance Evaluation, ICASSP 2004.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..metrics import Floats, ratio
from . import significance
from .significance import Interval


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of some utterances, whose number is each interval's n; NaN where nothing was spoken.

    Args:
        words, characters: word and character error rate.
        spoken: words of the references.
        by: kind of group -> group -> its own rates.
    """

    words: Interval
    characters: Interval
    spoken: int
    by: Mapping[str, Mapping[str, Rates]] = field(default_factory=dict)


def report(
    references: Sequence[str],
    hypotheses: Sequence[str],
    by: Mapping[str, Sequence[str]] | None = None,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    folds: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Rates:
    """Word and character error rates of n utterances, with bootstrap intervals.

    Args:
        by: kind of group (position, loudness ...) -> (n,) the group of each utterance, "" where it is in none.
        groups: (n,) what is drawn as a whole, such as the speaker; None draws utterances.

    Raises:
        DataError: no utterance, or lists of another length.
    """
    n = len(references)
    if len(hypotheses) != n or not n:
        found = f"{n} and {len(hypotheses)}"
        raise DataError("a hypothesis for each reference, and at least one", found, "give both in one order")
    kinds = {kind: np.asarray(own).astype(str) for kind, own in (by or {}).items()}
    for kind, own in kinds.items():
        if own.shape != (n,):
            raise DataError(f"the {kind} of {n} utterances", f"{len(own)}", "give that of each")
    counts = np.asarray([_counted(a, b) for a, b in zip(references, hypotheses, strict=True)], np.float64)
    drawn = np.concatenate([np.ones((1, n)), *significance.drawn(n, groups, folds, seed)])
    each = {
        kind: {g: _rates(counts, drawn, own == g, level) for g in sorted(set(own.tolist()) - {""})}
        for kind, own in kinds.items()
    }
    return _rates(counts, drawn, np.ones(n, bool), level, each)


def plain(text: str) -> str:
    """Text as it is compared: lower case, no punctuation, single spaces.

    What stands around an apostrophe or a hyphen grows together: "let's" becomes "lets".
    """
    kept = "".join(c for c in unicodedata.normalize("NFC", text).lower() if not unicodedata.category(c).startswith("P"))
    return " ".join(kept.split())


def edits(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """The fewest items of a sequence to replace, leave out or put in so that the reference becomes the hypothesis."""
    known = {item: i for i, item in enumerate(dict.fromkeys((*reference, *hypothesis)))}
    a, b = (np.asarray([known[item] for item in its], np.int64) for its in (reference, hypothesis))
    places = np.arange(len(b) + 1)
    row = places.copy()
    for i, item in enumerate(a, 1):
        best = np.concatenate([[i], np.minimum(row[1:] + 1, row[:-1] + (b != item))])
        row = np.minimum.accumulate(best - places) + places  # what is put in costs one more at each place
    return int(row[-1])


def _counted(reference: str, hypothesis: str) -> tuple[int, int, int, int]:
    """Edits and length in words, edits and length in characters."""
    a, b = plain(reference), plain(hypothesis)
    return edits(a.split(), b.split()), len(a.split()), edits(a, b), len(a)


def _rates(
    counts: Floats,
    drawn: Floats,
    rows: NDArray[np.bool_],
    level: float,
    by: Mapping[str, Mapping[str, Rates]] | None = None,
) -> Rates:
    """The rates of some rows of counts (n, 4), at weights (1 + folds, n) of which the first is that of all."""
    sums = drawn[:, rows] @ counts[rows]
    found = []
    for wrong, whole in ((0, 1), (2, 3)):
        values = ratio(sums[:, wrong], sums[:, whole])
        found.append(Interval(float(values[0]), *significance.within(values[1:], level), int(rows.sum())))
    return Rates(found[0], found[1], int(counts[rows, 1].sum()), by or {})
