"""Metrics, one function per file: `score(truth, scores, judged=None, weight=None, task=None) -> float | {name: float}`.

Arrays are (n, k): truth as votes or values, scores as probabilities, decisions (0 or 1) or values. `judged` (n, k) bool
leaves out what nobody judged; `weight` (n,) counts items. A metric returns full precision; rounding belongs to reports.
What several metrics share stands here; thresholds are tuned in `analysis`, never in a metric.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..task import Kind, Task

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def arrays(
    truth: ArrayLike, scores: ArrayLike, judged: ArrayLike | None = None, weight: ArrayLike | None = None
) -> tuple[Floats, Floats, Bools, Floats]:
    """The four arguments as arrays: truth, scores (n, k) float64, judged (n, k) bool, weight (n,) float64.

    Raises:
        DataError: shapes differ, there is no item, or a score is not finite.
    """
    t, s = np.asarray(truth, np.float64), np.asarray(scores, np.float64)
    if t.ndim == 1:
        t = t[:, None]
    if s.ndim == 1:
        s = s[:, None]
    if t.shape != s.shape:
        raise DataError("truth and scores of one shape", f"{t.shape} and {s.shape}", "align items and names")
    if len(t) == 0:
        raise DataError("at least one item", "none", "check the split or the filter")
    j = np.ones(t.shape, bool) if judged is None else np.asarray(judged, bool).reshape(t.shape)
    w = np.ones(len(t)) if weight is None else np.asarray(weight, np.float64)
    if w.shape != (len(t),):
        raise DataError(f"{len(t)} weights", str(w.shape), "give one per item")
    if not np.isfinite(s[j]).all():
        raise DataError("finite scores", f"{(~np.isfinite(s[j])).sum()} that are not", "look for overflow or missing values")
    return t, s, j, w


def decide(values: Floats, judged: Bools, task: Task | None) -> Bools:
    """Yes or no per name: the largest judged value of each row for single and distribution tasks, else values >= 0.5."""
    if task is not None and task.kind in (Kind.SINGLE, Kind.DISTRIBUTION):
        best = np.where(judged, values, -np.inf).argmax(1)
        return (np.arange(values.shape[1]) == best[:, None]) & judged
    return (values >= 0.5) & judged


def counts(
    truth: ArrayLike,
    scores: ArrayLike,
    judged: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    task: Task | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Weighted true positives, false positives and false negatives per name, each (k,) float64."""
    t, s, j, w = arrays(truth, scores, judged, weight)
    yes, said = decide(t, j, task), decide(s, j, task)
    return w @ (yes & said), w @ (~yes & said & j), w @ (yes & ~said)
