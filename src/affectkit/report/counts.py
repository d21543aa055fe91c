"""The numbers of a report that are no figures of a results file: by name, by group, by how far raters are apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..analysis import raters, significance
from ..analysis.reliability import wilson
from ..analysis.significance import Interval
from ..analysis.subgroups import FEWEST, Subgroups, subgroups
from ..metrics import Prepared, _votes, decide, names, per_name, ratio, tally
from ..sample import Rating
from ..task import Task
from .content import Floats, Judged

FOLDS = 500
"""Bootstrap folds of the intervals by name and by group."""
_GROUP_METRIC = "present_f1"  # a small group lacks names: macro F1 would count each of them as 0
_BINS = 6
_LEAST = 30  # items that can be put into bins


@dataclass(frozen=True, slots=True)
class Name:
    """One name: true and said cases, shares of them that are hits, F1 with its interval, and its threshold."""

    name: str
    true: int
    said: int
    precision: float
    recall: float
    f1: Interval
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Error:
    """Items whose raters are about equally far apart: how far on average, and the mean error with its interval."""

    apart: float
    error: float
    low: float
    high: float
    n: int


class F1ByName:
    """F1 of each name, as a metric that a bootstrap prepares once."""

    def prepare(self, truth: ArrayLike, scores: ArrayLike, judged: Any = None, task: Task | None = None) -> Prepared:
        n, tallied = tally(truth, scores, judged, task)
        return Prepared(n, lambda weights: tallied(weights).f1, names(task, np.asarray(truth).shape[1]))

    def __call__(
        self, truth: ArrayLike, scores: ArrayLike, judged: Any = None, weight: Any = None, task: Task | None = None
    ) -> dict[str, float]:
        return per_name(self.prepare(truth, scores, judged, task), weight)


def by_name(judged: Judged) -> list[Name]:
    """The names of a task, the most frequent first; nothing for dimensions."""
    if judged.said is None:
        return []
    yes, said = decide(judged.truth, judged.judged, judged.task), judged.said & judged.judged
    true, told, hits = yes.sum(0), said.sum(0), (yes & said).sum(0)
    precision, recall = ratio(hits, told), ratio(hits, true)
    found = significance.bootstrap(
        F1ByName(), judged.truth, judged.said, judged.judged, judged.task, judged.units, FOLDS
    )
    assert isinstance(found, dict)  # a metric with a value per name
    made = [
        Name(n, int(true[i]), int(told[i]), float(precision[i]), float(recall[i]), found[n], judged.thresholds.get(n))
        for i, n in enumerate(judged.task.names)
    ]
    return sorted(made, key=lambda one: -one.true)


def together(judged: Judged) -> tuple[tuple[str, ...], Floats]:
    """The names that are true or said at all, and (k, k): of the items with true name a, the share in which b is said.

    For tasks with one name per item that is the confusion matrix, rows adding up to 1.
    """
    assert judged.said is not None
    yes, said = decide(judged.truth, judged.judged, judged.task), judged.said & judged.judged
    both = yes.T.astype(np.float64) @ said
    shares = np.nan_to_num(ratio(both, yes.sum(0)[:, None]))
    used = yes.any(0) | said.any(0)
    return tuple(np.asarray(judged.task.names)[used].tolist()), shares[np.ix_(used, used)]


def groups(judged: Judged, kind: str) -> dict[str, Subgroups]:
    """Metric (by dimension where there are several) -> figures by group of a kind; nothing where fewer than two count.

    A group counts that has at least `FEWEST` items.
    """
    over = judged.groups[kind]
    _, sizes = np.unique(over[over != ""], return_counts=True)
    if (sizes >= FEWEST).sum() < 2:
        return {}
    task = judged.task
    metric = task.defaults.metrics[0] if judged.said is None else _GROUP_METRIC
    given = judged.scores if judged.said is None else judged.said
    units = judged.units if judged.units is not None and _within(judged.units, over) else None
    found = subgroups(metric, judged.truth, given, over, judged.judged, task, units, folds=FOLDS)
    if isinstance(found, Subgroups):
        return {metric: found}
    return {f"{metric}.{name}": of for name, of in found.items()}


def errors(judged: Judged) -> Floats:
    """How wrong each item is, (n,) float64: 0 or 1 by its first label, or the mean distance over its dimensions."""
    if judged.right is not None:
        return 1 - judged.right
    return ratio((np.abs(judged.truth - judged.scores) * judged.judged).sum(1), judged.judged.sum(1))


def by_disagreement(judged: Judged) -> list[Error]:
    """The mean error in bins of items that are about equally many, from raters near each other to raters far apart."""
    if judged.apart is None:
        return []
    wrong = errors(judged)
    known = np.isfinite(judged.apart) & np.isfinite(wrong)
    apart, wrong = judged.apart[known], wrong[known]
    if len(apart) < _LEAST:
        return []
    edges = np.unique(np.quantile(apart, np.linspace(0, 1, _BINS + 1)[1:-1]))
    place = np.searchsorted(edges, apart, side="left")
    made = []
    for b in np.unique(place):
        its = wrong[place == b]
        mean, n = float(its.mean()), len(its)
        if judged.right is not None:
            low, high = (float(end) for end in wilson(its.sum(), n))
        else:
            half = 1.96 * float(its.std(ddof=1)) / n**0.5 if n > 1 else float("nan")
            low, high = mean - half, mean + half
        made.append(Error(float(apart[place == b].mean()), mean, low, high, n))
    return made if len(made) > 1 else []


def worst(judged: Judged, most: int) -> list[int]:
    """Rows of the surest wrong items, the surest first; for dimensions of the largest errors."""
    wrong = errors(judged)
    order = wrong
    if judged.right is not None:
        sure = judged.scores.max(1) if judged.confidence is None else judged.confidence
        order = np.where(wrong == 1, np.nan_to_num(sure), -1.0)
    ranked = np.argsort(-np.nan_to_num(order, nan=-1.0), kind="stable")[:most]
    return [int(i) for i in ranked if order[i] >= 0]


def apart(task: Task, ratings: Sequence[Sequence[Rating]]) -> Floats:
    """How far the raters of each item are apart, (n,) float64 as `unit` says; NaN with fewer than two."""
    votes = _votes.read(ratings, task)
    if task.scaled:
        far = raters.deviation(votes)
        known = ~np.isnan(far)
        found = ratio(np.where(known, far, 0.0).sum(1), known.sum(1))
    else:
        found = raters.entropy(votes)
    return np.where(votes.per_item > 1, found, np.nan)


def unit(task: Task) -> str:
    """What `apart` is in."""
    if task.range is None:
        return "entropy of the votes, bits"
    return f"deviation of the raters, on the scale {task.range[0]:g} to {task.range[1]:g}"


def own_or_near(task: Task, ratings: Sequence[Sequence[Rating]], tasks: Iterable[Task]) -> list[list[Rating]]:
    """Each item's ratings for a task; where it has only a consensus, those for the other tasks of its names and scale.

    EmoBank's official value has no raters of its own: it is the mean of what they said of writers and of readers.
    """
    own = [[r for r in its if r.task == task.id and r.rater != "consensus"] for its in ratings]
    if any(own):
        return own
    same = {t.id for t in tasks if (t.names, t.kind, t.range) == (task.names, task.kind, task.range)}
    return [[replace(r, task=task.id) for r in its if r.task in same and r.rater != "consensus"] for its in ratings]


def _within(units: NDArray[Any], over: NDArray[np.str_]) -> bool:
    """Whether every unit lies in one group, and groups hold several of them: else there is nothing to draw."""
    pairs = {*zip(units.tolist(), over.tolist(), strict=True)}
    return len(pairs) == len({unit for unit, _ in pairs}) > len({group for _, group in pairs})
