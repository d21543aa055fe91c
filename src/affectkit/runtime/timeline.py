"""From windows that overlap to segments in which the answer stays the same: plain functions of arrays.

1. Between two neighbouring edges of windows lies a cell; it gets the mean of the windows that cover it.
2. Cells without speech go; each other one is drawn to those it touches (a quarter, a half, a quarter).
3. Cells that touch are joined while the first label is the same and no score is further than `CHANGE` from the mean of
   the segment so far.
4. A segment begins where speech begins in its first cell and ends where it ends in its last one.

So segments are in order, never overlap, and cover all speech that lies in windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

CHANGE = 0.25
"""How far a score may be from the segment's mean, in scores (0 to 1) or values (-1 to 1)."""
_EXACT_S = 1e-3  # edges nearer than this are one


def cells(start_s: Floats, end_s: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Cells (c, 2) in seconds that windows from `start_s` to `end_s` (w,) cover, and their means (c, k) of (w, k)."""
    starts, ends = (np.round(np.asarray(edge, np.float64) / _EXACT_S).astype(np.int64) for edge in (start_s, end_s))
    edges = np.unique(np.concatenate([starts, ends]))
    total = np.zeros((max(len(edges) - 1, 0), values.shape[1]))
    count = np.zeros(len(total))
    for first, last, value in zip(np.searchsorted(edges, starts), np.searchsorted(edges, ends), values, strict=True):
        total[first:last] += value
        count[first:last] += 1
    covered = count > 0
    spans = np.stack([edges[:-1], edges[1:]], 1)[covered] * _EXACT_S
    return spans, total[covered] / count[covered, None]


def heard_s(spans: Floats, speech: Floats) -> Floats:
    """Seconds (c,) of speech, spans (m, 2) in order and apart, in each of the spans (c, 2)."""
    start, end = speech[:, 0], speech[:, 1]
    until = np.concatenate([[0.0], np.cumsum(end - start)])

    def before(t_s: Floats) -> Floats:
        done = np.searchsorted(end, t_s, side="right")
        if not len(start):
            return np.zeros(len(t_s))
        now = np.minimum(done, len(start) - 1)
        return until[done] + np.where(done < len(start), np.clip(t_s - start[now], 0, None), 0.0)

    return np.asarray(before(spans[:, 1]) - before(spans[:, 0]))


def touching(spans: Floats) -> Bools:
    """(c - 1,) whether a span (c, 2) ends where the next begins."""
    return np.asarray(np.abs(spans[1:, 0] - spans[:-1, 1]) < _EXACT_S / 2)


def smoothed(values: Floats, touch: Bools) -> Floats:
    """Values (c, k), each half its own and a quarter each of those it touches; where it touches none, its own."""
    side = np.pad(np.where(touch, 0.25, 0.0), 1)[:, None]
    before, after = np.roll(values, 1, 0), np.roll(values, -1, 0)
    return np.asarray((side[:-1] * before + 0.5 * values + side[1:] * after) / (0.5 + side[:-1] + side[1:]))


def joined(first: Ints, scores: Floats, touch: Bools, change: float = CHANGE) -> list[tuple[int, int]]:
    """Ranges of cells (from, to before) that make a segment: first label (c,), scores (c, k), what touches (c - 1,)."""
    begins: list[int] = []
    total = np.zeros(scores.shape[1])
    for i in range(len(first)):
        goes_on = i > 0 and touch[i - 1] and first[i] == first[i - 1]
        if goes_on and np.abs(scores[i] - total / (i - begins[-1])).max(initial=0.0) <= change:
            total += scores[i]
        else:
            begins.append(i)
            total = scores[i].copy()
    return list(pairwise([*begins, len(first)]))


def spoken(span: Sequence[float] | Floats, speech: Floats) -> list[tuple[float, float]]:
    """The parts of a span that lie in speech, spans (m, 2) in order and apart."""
    first, last = np.searchsorted(speech[:, 1], span[0], "right"), np.searchsorted(speech[:, 0], span[1])
    inside = np.clip(speech[first:last], span[0], span[1])
    return [(start_s, end_s) for start_s, end_s in inside.tolist() if end_s > start_s]


def within(span: Sequence[float], speech: Floats) -> tuple[float, float]:
    """Where speech, spans (m, 2) in order, begins and ends within a span that holds some."""
    inside = speech[(speech[:, 1] > span[0]) & (speech[:, 0] < span[1])]
    return max(span[0], float(inside[0, 0])), min(span[1], float(inside[-1, 1]))
