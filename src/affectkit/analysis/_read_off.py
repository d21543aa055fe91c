"""Features that hold the labels: what cannot be known from a stimulus so well must have come from its labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..errors import DataError, MissingExtra
from ..sample import Sample, target
from ..task import Task
from ._findings import Check, Corpus, Severity, Told
from ._sisters import FEWEST

Floats = NDArray[np.float64]

READ_OFF = 0.9
"""Cross-validated R2 from which features are said to hold a label: raters explain each other less well than that."""
_MOST = 2000  # samples that are tried
_FOLDS = 5
_WHAT = "labels in the features"


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Numbers that a model is given: `values` (n, d) float64, a row per key, a column per name; NaN is absent.

    A key is the id of a sample, or of a group that holds it (a song's features serve each of its excerpts).

    Raises:
        DataError: another shape, a key twice, or no column.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        wanted = (len(self.keys), len(self.names))
        if self.values.shape != wanted or not self.names:
            raise DataError(f"features {wanted}, a row per key", str(self.values.shape), "correct the table")
        if len(set(self.keys)) < len(self.keys):
            twice = sorted({key for key in self.keys if self.keys.count(key) > 1})
            raise DataError("each key once among the features", f"{twice[0]!r} twice", "remove the repeats")


def read_off(own: Corpus, features: Features, tasks: Sequence[Task], told: Told) -> None:
    """Find labels that can be told far too well from the features, by a model that saw other samples."""
    rows = dict(zip(features.keys, features.values, strict=True))
    having = [(sample, rows[key]) for sample in own.alone.values() if (key := _key(sample, rows)) is not None]
    if len(having) > _MOST:
        chosen = np.random.default_rng(0).permutation(len(having))[:_MOST]
        having = [having[i] for i in sorted(chosen.tolist())]
    if len(having) < FEWEST:
        told.left(_WHAT, f"{len(having):,} of {len(own.samples):,} samples have a row, {FEWEST} are needed")
        return
    x = np.stack([row for _, row in having])
    try:
        for task in tasks:
            if task.names:
                _of_task(task, [sample for sample, _ in having], x, features.names, told)
    except MissingExtra as error:
        told.left(_WHAT, str(error))


def _of_task(task: Task, samples: Sequence[Sample], x: Floats, names: Sequence[str], told: Told) -> None:
    values, judged = zip(*(target(task, sample.ratings) for sample in samples), strict=True)
    asked = np.any(judged, axis=0)
    rows = np.all(np.asarray(judged)[:, asked], axis=1) & asked.any()
    if rows.sum() < FEWEST:
        told.left(f"{_WHAT}, task {task.id}", f"{rows.sum()} samples with features were rated, {FEWEST} are needed")
        return
    y = np.asarray(values, np.float64)[rows][:, asked]
    for name, column, r2 in zip(np.asarray(task.names)[asked].tolist(), y.T, predicted(x[rows], y), strict=True):
        if r2 >= READ_OFF:
            nearest, r = _nearest(x[rows], column)
            example = f"cross-validated R2 {r2:.3f}; {names[nearest]} alone has r {r:.3f}"
            numbers, n = {"r2": float(r2)}, len(y)
            told.found(Check.FEATURES, f"{name} of {task.id}", "", [example], n, Severity.LEAK, numbers, n)


def predicted(x: Floats, y: Floats) -> Floats:
    """R2 of each column of y, told from x by ridge regression or by a tree, whichever does better, in five folds.

    Args:
        x: (n, d) features; what is not finite counts as the column's mean.
        y: (n, k) labels.

    Returns:
        (k,) at most 1; -inf where a column of y is constant.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    linear = find.library("sklearn.linear_model", _WHAT, "analysis")
    tree = find.library("sklearn.tree", _WHAT, "analysis")
    x, spread = _even(x), ((y - y.mean(0)) ** 2).sum(0)
    fold = np.random.default_rng(0).permutation(len(x)) % _FOLDS
    best = np.full(y.shape[1], -np.inf)
    for model in (linear.Ridge(1.0), tree.DecisionTreeRegressor(min_samples_leaf=2, random_state=0)):
        said = np.zeros_like(y)
        for k in range(_FOLDS):
            said[fold == k] = model.fit(x[fold != k], y[fold != k]).predict(x[fold == k]).reshape(-1, y.shape[1])
        r2 = 1 - ((y - said) ** 2).sum(0) / np.where(spread > 0, spread, 1)
        best = np.maximum(best, np.where(spread > 0, r2, -np.inf))
    return best


def _even(x: Floats) -> Floats:
    """Columns of mean 0 and deviation 1, their gaps at the mean; a constant column is 0."""
    good = np.isfinite(x)
    mean = np.where(good, x, 0).sum(0) / np.maximum(good.sum(0), 1)
    centred = np.where(good, x - mean, 0)
    deviation = np.sqrt((centred**2).mean(0))
    return centred / np.where(deviation > 0, deviation, 1)


def _nearest(x: Floats, y: Floats) -> tuple[int, float]:
    """The column that correlates best with a label, and how well."""
    centred = y - y.mean()
    r = np.abs(_even(x).T @ centred) / (np.sqrt(len(y)) * np.linalg.norm(centred))
    return int(r.argmax()), float(r.max())


def _key(sample: Sample, rows: Mapping[str, Any]) -> str | None:
    return next((key for key in (sample.id, *sample.groups.values()) if key in rows), None)
