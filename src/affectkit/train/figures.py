"""Rows of `results/`: what systems say of test, as figures with intervals, differences and verdicts.

Whatever a system is, it says one `Said` per task; figures are made from that and the truth alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora, find
from ..analysis import significance
from ..analysis.significance import Difference, Interval
from ..metrics import flat
from ..modalities import text
from ..task import Task
from . import calibrate
from .mixture import Mixture

FOLDS = 1000
"""Bootstrap folds of every interval."""
ALL = "all test samples"
"""The variant that keeps every sample of the official test part."""


@dataclass(frozen=True)
class Said:
    """What a system says of n items for one task.

    Args:
        scores: (n, k) calibrated scores, or values in [-1, 1].
        said: (n, k) bool, names decided on; None for dimensions.
        confidence: (n,) chance that the first label is right; None for dimensions.
    """

    scores: NDArray[np.float64]
    said: NDArray[np.bool_] | None = None
    confidence: NDArray[np.float64] | None = None

    def given(self, metric: str) -> NDArray[Any]:
        """What a metric is of: the names decided on where its CARD says so, else the scores."""
        decisions = find.card("metrics", metric).get("of") == "decisions"
        return self.said if decisions and self.said is not None else self.scores

    def take(self, rows: NDArray[np.int64]) -> Said:
        return Said(*(None if a is None else a[rows] for a in (self.scores, self.said, self.confidence)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Facts:
    """What is common to a system's rows: claims to compare with, seeds, minutes of training."""

    claims: Sequence[Mapping[str, Any]]
    seeds: Sequence[int]
    minutes: float


def figures(task: Task, said: Said, part: Mixture) -> dict[str, Interval]:
    """Metric -> figure with its 95 % interval: the task's metrics, and the calibration of the confidence.

    A figure that does not exist, such as the correlation with what is constant, is left out.
    """
    truth, judged = part.targets[task.id], part.judged[task.id]
    names = dict.fromkeys((*task.defaults.metrics, *(() if said.said is None else ("brier",))))
    found: dict[str, Interval] = {}
    for metric in names:
        found |= _flat(metric, significance.bootstrap(metric, truth, said.given(metric), judged, task, folds=FOLDS))
    if said.said is not None and said.confidence is not None:
        top = calibrate.first(said.scores, said.said)
        right = calibrate.right(task, truth, top)[:, None].astype(np.float64)
        told = judged[np.arange(len(top)), top][:, None]
        ece = significance.bootstrap("ece", right, said.confidence[:, None], told, folds=FOLDS)
        hits = significance.bootstrap("accuracy", right, np.ones_like(right), told, folds=FOLDS)
        found |= _flat("ece", ece) | _flat("first_label_accuracy", hits)
    return {m: v for m, v in found.items() if np.isfinite(v.value)}


def difference(task: Task, a: Said, b: Said, part: Mixture) -> dict[str, Difference]:
    """Metric -> a minus b on the same folds, for the task's first metric."""
    metric = task.defaults.metrics[0]
    one, other = (s.given(metric) for s in (a, b))
    truth, judged = part.targets[task.id], part.judged[task.id]
    found = _flat(metric, significance.paired(metric, truth, one, other, judged, task, folds=FOLDS))
    return {m: d for m, d in found.items() if np.isfinite(d.value)}


def rows(
    systems: Mapping[str, Mapping[str, Said]],
    test: Mixture,
    seen: set[str],
    corpus: str,
    facts: Mapping[str, Facts],
    baseline: tuple[str, Mapping[str, Said]] | None = None,
    synthetic: bool = False,
) -> list[dict[str, Any]]:
    """Rows of a results file: every system on every task the corpus has, with and without texts that train also holds.

    Args:
        systems: name -> task id -> what it says of all of `test`.
        seen: normalised texts of the training part.
        facts: what is common to each system's rows.
        baseline: a named system that each other is compared with, pair by pair.
        synthetic: whether the corpus is an imitation.
    """
    card, main = find.card("corpora", corpus), corpora.tasks(corpus)[0].id
    here = np.flatnonzero(test.corpus == corpus)
    new = np.asarray([i for i in here if _key(test.media[i]["text"].text) not in seen], np.int64)
    made = []
    for name, said in systems.items():
        for task in test.tasks:
            if task.id not in said:
                continue
            for variant, samples in ((ALL, here), ("texts not in train", new)):
                chosen = samples[test.judged[task.id][samples].any(1)]
                if not len(chosen):
                    continue
                part, its = test.take(chosen), said[task.id].take(chosen)
                versus = None
                if baseline is not None and baseline[0] != name and task.id in baseline[1]:
                    between = difference(task, its, baseline[1][task.id].take(chosen), part)
                    versus = [_difference(baseline[0], m, d) for m, d in between.items()]
                found = figures(task, its, part)
                claims = [
                    c
                    for c in facts[name].claims
                    if c["corpus"] == corpus and c.get("task", main) == task.id and c["metric"] in found
                ]
                made.append(
                    {
                        "claim": claims[0]["claim"] if claims else None,
                        "task": task.id,
                        "protocol": f"thresholds and calibration from dev; 95 % intervals from {FOLDS} bootstrap folds",
                        "split": card["split"],
                        "audit": f"{len(here) - len(new)} of {len(here)} test texts also occur in train",
                        "variant": {"system": name, "samples": variant},
                        "metrics": {m: _interval(v) for m, v in found.items()},
                        "baseline": versus,
                        "paper": {c["metric"]: c["paper"] for c in claims},
                        "verdict": _verdict(claims, found),
                        "synthetic": synthetic,
                        "seeds": list(facts[name].seeds),
                        "minutes": facts[name].minutes,
                    }
                )
    return made


def seen_texts(train: Mixture) -> set[str]:
    """Normalised texts of the training part, to know which test texts it holds."""
    return {_key(m["text"].text) for m in train.media}


def _key(given: str | None) -> str:
    plain = text.normalise(given or " ?").lower()
    return "".join(c for c in plain if c.isalnum()) or plain  # an emoji is not the same as another


def _flat(metric: str, value: Any) -> dict[str, Any]:
    return dict(flat(metric, value))


def _interval(v: Interval) -> dict[str, Any]:
    return {"value": v.value, "low": v.low, "high": v.high, "n": v.n}


def _difference(name: str, metric: str, d: Difference) -> dict[str, Any]:
    return {"name": name, "metric": metric, "difference": d.value, "low": d.low, "high": d.high, "p": d.p}


def _verdict(claims: Sequence[Mapping[str, Any]], found: Mapping[str, Interval]) -> str:
    """Reproduced when ours are at least as good as all claimed figures, direction when only our intervals hold them."""
    if not claims:
        return "own"
    reached, near = [], []
    for c in claims:
        ours, higher = found[c["metric"]], find.card("metrics", c["metric"].split(".")[0])["higher_is_better"]
        reached.append(ours.value >= c["paper"] if higher else ours.value <= c["paper"])
        near.append(ours.high >= c["paper"] if higher else ours.low <= c["paper"])
    return "reproduced" if all(reached) else "direction" if all(near) else "not"
