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
from ..analysis import compare, significance
from ..analysis.significance import Difference, Interval
from ..metrics import flat
from ..prediction import TaskPrediction
from ..task import Task
from . import calibrate
from .mixture import Mixture

FOLDS = 1000
"""Bootstrap folds of every interval."""
ALL = "all test samples"
"""The variant that keeps every sample of the official test part."""
FEWEST_GROUPS = 20
"""With fewer groups than this a bootstrap of groups says too little: single samples are drawn instead."""


@dataclass(frozen=True)
class Said:
    """What a system says of n items for one task.

    Args:
        scores: (n, k) calibrated scores, or values in [-1, 1].
        said: (n, k) bool, names decided on; None for dimensions.
        confidence: (n,) chance that the first label is right, NaN where nothing is said; None for dimensions.
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


def told(task: Task, predictions: Sequence[TaskPrediction]) -> Said:
    """What predictions for one task say, as arrays."""
    if task.scaled:
        return Said(np.asarray([[(p.values or {})[n] for n in task.names] for p in predictions]))
    scores = np.asarray([[(p.scores or {})[n] for n in task.names] for p in predictions])
    said = np.asarray([[n in p.labels for n in task.names] for p in predictions])
    return Said(scores, said, np.asarray([p.confidence for p in predictions], np.float64))


@dataclass(frozen=True)
class Facts:
    """What is common to a system's rows: claims to compare with, seeds, minutes of training, and its own split if any.

    Claims are of the official split, and are compared with nothing else. `decided` are the samples that thresholds and
    calibration are from, `leak` what the split cuts that should be whole. `metrics` are a method's own (its CARD's),
    which stand before those of a task's kind.
    """

    claims: Sequence[Mapping[str, Any]]
    seeds: Sequence[int]
    minutes: float
    split: str = ""
    decided: str = "dev"
    leak: str = ""
    metrics: Sequence[str] = ()


Named = tuple[str, Mapping[str, Said]]
"""A system's name, and what it says by task id."""


@dataclass(frozen=True)
class Spread:
    """Systems that differ by their seed alone, which a row over seeds is made of.

    Args:
        name: what such rows call them.
        systems: their names.
        base: the name of others that they are compared with, and what each of those says; None for no comparison.
    """

    name: str
    systems: Sequence[str]
    base: tuple[str, Sequence[Mapping[str, Said]]] | None = None


@dataclass(frozen=True)
class Groups:
    """What a bootstrap draws where samples belong together: (n,) the group of each, such as a dialogue or a speaker."""

    kind: str
    ids: NDArray[np.int64]

    @classmethod
    def of(cls, part: Mixture, card: Mapping[str, Any]) -> Groups | None:
        """The corpus's groups: first those that its split keeps whole, then the others, in the order of its CARD.

        None without a kind of at least `FEWEST_GROUPS` groups that holds samples together. A sample in no group is one
        of its own. What figures are averaged over, such as languages, was not drawn from anything.
        """
        for kind in dict.fromkeys((*card.get("disjoint", ()), *card.get("groups", ()))):
            ids = part.groups.get(kind)
            if ids is None or kind == card.get("mean_over"):
                continue
            found = cls.by(part, kind)
            if FEWEST_GROUPS <= len(np.unique(found.ids)) < len(ids):
                return found
        return None

    @classmethod
    def by(cls, part: Mixture, kind: str) -> Groups:
        """The groups of a kind, however few they are."""
        known, group = np.unique(part.groups[kind], return_inverse=True)
        alone = part.groups[kind] == ""
        group[alone] = len(known) + np.arange(alone.sum())
        return cls(kind, group)

    @property
    def protocol(self) -> str:
        """What a row says of them."""
        return f", bootstrap by {self.kind} ({len(np.unique(self.ids))})"


def figures(
    task: Task, said: Said, part: Mixture, groups: Groups | None = None, own: Sequence[str] = ()
) -> dict[str, Interval]:
    """Metric -> figure with its 95 % interval: the method's own, the task's, and the calibration of the confidence.

    A figure that does not exist, such as the correlation with what is constant, is left out.
    """
    drawn = None if groups is None else groups.ids
    truth, judged = part.targets[task.id], part.judged[task.id]
    names = dict.fromkeys((*serving(own, task), *task.defaults.metrics, *(() if said.said is None else ("brier",))))
    found: dict[str, Interval] = {}
    for metric in names:
        found |= _flat(metric, significance.bootstrap(metric, truth, said.given(metric), judged, task, drawn, FOLDS))
    if said.said is not None and said.confidence is not None:
        top = calibrate.first(said.scores, said.said)
        right = calibrate.right(task, truth, top)[:, None].astype(np.float64)
        told = (judged[np.arange(len(top)), top] & said.said.any(1))[:, None]
        ece = significance.bootstrap("ece", right, said.confidence[:, None], told, groups=drawn, folds=FOLDS)
        hits = significance.bootstrap("accuracy", right, np.ones_like(right), told, groups=drawn, folds=FOLDS)
        found |= _flat("ece", ece) | _flat("first_label_accuracy", hits)
    return {m: v for m, v in found.items() if np.isfinite(v.value)}


def serving(metrics: Sequence[str], task: Task) -> tuple[str, ...]:
    """Those of some metrics that are of the task's kind."""
    return tuple(m for m in metrics if task.kind in find.card("metrics", m)["kinds"])


def averages(task: Task, said: Said, part: Mixture, kind: str, taught: set[str]) -> dict[str, Interval]:
    """The task's first metric for each group of a kind, and its mean over them: "macro_f1.mean_over_language".

    Args:
        taught: the groups that the training part has; the mean over others stands apart ("mean_over_unseen_language").
    """
    metric, ids = task.defaults.metrics[0], part.groups[kind]
    found: dict[str, Interval] = {}
    here = np.isin(ids, sorted(taught))
    for name, rows in ((f"mean_over_{kind}", here), (f"mean_over_unseen_{kind}", ~here)):
        if rows.any():
            truth, judged = part.targets[task.id][rows], part.judged[task.id][rows]
            given = said.given(metric)[rows]
            mean, each = significance.averaged(metric, truth, given, ids[rows], judged, task, FOLDS)
            found |= {f"{metric}.{name}": mean} | {f"{metric}.{group}": v for group, v in each.items()}
    return found


def difference(
    task: Task, a: Said, b: Said, part: Mixture, groups: Groups | None = None, own: Sequence[str] = ()
) -> dict[str, Difference]:
    """Metric -> a minus b on the same folds, for the method's own metrics, or else the task's first."""
    drawn, truth, judged = None if groups is None else groups.ids, part.targets[task.id], part.judged[task.id]
    found: dict[str, Difference] = {}
    for metric in _compared(task, own):
        one, other = (s.given(metric) for s in (a, b))
        found |= _flat(metric, significance.paired(metric, truth, one, other, judged, task, drawn, FOLDS))
    return {m: d for m, d in found.items() if np.isfinite(d.value)}


def values(task: Task, said: Said, part: Mixture, own: Sequence[str] = ()) -> dict[str, float]:
    """Metric -> figure without an interval, for the metrics that a `difference` is of."""
    found: dict[str, float] = {}
    for metric in _compared(task, own):
        score = find.load("metrics", metric).score
        found |= _flat(metric, score(part.targets[task.id], said.given(metric), part.judged[task.id], task=task))
    return {m: float(v) for m, v in found.items() if np.isfinite(v)}


def _compared(task: Task, own: Sequence[str]) -> Sequence[str]:
    return serving(own, task) or task.defaults.metrics[:1]


def rows(
    systems: Mapping[str, Mapping[str, Said]],
    test: Mixture,
    seen: set[str],
    corpus: str,
    facts: Mapping[str, Facts],
    baselines: Mapping[str, Named] | None = None,
    synthetic: bool = False,
    taught: Mapping[str, set[str]] | None = None,
    shared: Mapping[str, tuple[int, int]] | None = None,
    stamp: str = "",
    drawn: str = "",
    spread: Spread | None = None,
) -> list[dict[str, Any]]:
    """Rows of a results file: every system on every task the corpus has, with and without what train also holds.

    A corpus whose CARD has `mean_over` (a kind of group, such as language) is also measured group by group on its main
    task.

    Args:
        systems: name -> task id -> what it says of all of `test`.
        seen: the keys of what the training part holds.
        facts: what is common to each system's rows.
        baselines: system -> the other that it is compared with, pair by pair.
        synthetic: whether the corpus is an imitation.
        taught: kind of group -> the groups that the training part has.
        shared: kind of group -> how many of test are in train too, of how many.
        stamp: what an audit of the split found.
        drawn: the kind of group that a bootstrap draws, however few there are; "" leaves the choice to `Groups.of`.
        spread: the systems that a row over seeds is made of, behind the others.
    """
    card = corpora.card(corpus)
    main = corpora.tasks(corpus)[0].id
    here = np.flatnonzero(test.corpus == corpus)
    found_again = keys(test.take(here))
    new = here[np.asarray([key not in seen for key in found_again], bool)]
    audits, variants = [], [(ALL, here)]
    if any(found_again):
        noun = _noun(next(key for key in found_again if key))
        compared = sum(key is not None for key in found_again)
        slight = len(here) - compared
        again = f"{len(here) - len(new)} of {compared} test {noun}s also occur in train"
        audits.append(again + (f" ({slight} too slight to be compared)" if slight else ""))
        variants.append((f"{noun}s not in train", new))
    if blank := test.blank.get(corpus, 0):
        audits.append(f"{blank} blank samples of the corpus left out")
    for kind, (both, number) in (shared or {}).items():
        audits.append(f"groups by {kind}: {both} of {number} also in train")
    audit = "; ".join([*audits, *([stamp] if stamp else [])]) or "nothing to compare with train"
    made = []
    over: dict[tuple[str, str], tuple[Task, Mixture, NDArray[np.int64], list[dict[str, Any]]]] = {}
    for name, said in systems.items():
        decided, own = facts[name].decided, facts[name].metrics
        protocol = f"thresholds and calibration from {decided}; 95 % intervals from {FOLDS} bootstrap folds"
        for task in test.tasks:
            if task.id not in said:
                continue
            for variant, samples in variants:
                chosen = samples[test.judged[task.id][samples].any(1)]
                if not len(chosen):
                    continue
                part, its = test.take(chosen), said[task.id].take(chosen)
                groups = Groups.by(part, drawn) if drawn else Groups.of(part, card)
                versus = None
                other, theirs = (baselines or {}).get(name, ("", {}))
                if task.id in theirs:
                    between = difference(task, its, theirs[task.id].take(chosen), part, groups, own)
                    versus = [_difference(other, m, d) for m, d in between.items()]
                found = figures(task, its, part, groups, own)
                if "mean_over" in card and task.id == main and not task.scaled:
                    kind = card["mean_over"]
                    found |= averages(task, its, part, kind, (taught or {}).get(kind, set()))
                claims = [] if facts[name].split else claimed(facts[name].claims, corpus, task, found)
                made.append(
                    {
                        "claim": claims[0]["claim"] if claims else None,
                        "task": task.id,
                        "protocol": protocol + (groups.protocol if groups else ""),
                        "split": f"our own: {by}" if (by := facts[name].split) else card["split"],
                        "audit": f"{audit}; LEAK ALLOWED: {leak}" if (leak := facts[name].leak) else audit,
                        "variant": {"system": name, "samples": variant},
                        "metrics": {m: _interval(v) for m, v in found.items()},
                        "baseline": versus,
                        "paper": {c["metric"]: c["paper"] for c in claims},
                        "verdict": verdict(claims, found, synthetic),
                        "synthetic": synthetic,
                        "seeds": list(facts[name].seeds),
                        "minutes": facts[name].minutes,
                    }
                )
                if spread is not None and name in spread.systems:
                    *_, single = over.setdefault((task.id, variant), (task, part, chosen, []))
                    single.append(made[-1])
    if spread is not None:
        common = facts[spread.systems[0]]
        made += [_over_seeds(spread, common, corpus, *its) for its in over.values()]
    return made


def _over_seeds(
    spread: Spread,
    common: Facts,
    corpus: str,
    task: Task,
    part: Mixture,
    chosen: NDArray[np.int64],
    single: list[dict[str, Any]],
) -> dict[str, Any]:
    """The row over some seeds: means of their figures, and differences of means from those of the other run.

    Its intervals tell how much trainings differ, where those of other rows tell how much samples do. Of one training
    against several there is no such difference.
    """
    n = len(single)
    found = {
        metric: compare.over_seeds([row["metrics"][metric]["value"] for row in single])
        for metric in single[0]["metrics"]
        if all(metric in row["metrics"] for row in single)
    }
    other, theirs = spread.base or ("", ())
    each = [values(task, said[task.id].take(chosen), part, common.metrics) for said in theirs if task.id in said]
    versus = [
        _difference(other, metric, compare.welch([row["metrics"][metric]["value"] for row in single], its))
        for metric in (each[0] if len(each) > 1 else ())
        if metric in found and len(its := [one[metric] for one in each if metric in one]) == len(each)
    ]
    answered = single[0]["claim"] is not None
    means = {m: Interval(v.mean, v.low, v.high, single[0]["metrics"][m]["n"]) for m, v in found.items()}
    claims = claimed(common.claims, corpus, task, means) if answered else []
    return single[0] | {
        "protocol": f"thresholds and calibration from {common.decided}; mean over {n} seeds, 95 % t-intervals over "
        f"seeds, of differences by Welch",
        "variant": single[0]["variant"] | {"system": spread.name},
        "metrics": {m: _interval(v) | {"deviation": found[m].deviation} for m, v in means.items()},
        "baseline": versus or None,
        "verdict": verdict(claims, means, single[0]["synthetic"]),
        "seeds": [seed for row in single for seed in row["seeds"]],
    }


def keys(part: Mixture) -> list[str | None]:
    """What each sample is found again by: the key of its first medium that has one, as "text:iamsohappy".

    Short texts, silence and files, which are not opened, have none.
    """
    known = {m for media in part.media for m in media}
    by = {m: getattr(find.load("modalities", m), "key", lambda media: None) for m in known}
    each = ([(m, by[m](one)) for m, one in media.items()] for media in part.media)
    return [next((f"{m}:{key}" for m, key in its if key is not None), None) for its in each]


def seen(train: Mixture) -> set[str]:
    """The keys of the training part, to know what of test it holds."""
    return {key for key in keys(train) if key is not None}


def _noun(key: str) -> str:
    """What a modality's things are called in one word: "text", "picture"."""
    modality = key.partition(":")[0]
    return str(find.card("modalities", modality).get("noun", "sample"))


def _flat(metric: str, value: Any) -> dict[str, Any]:
    return dict(flat(metric, value))


def _interval(v: Interval) -> dict[str, Any]:
    return {"value": v.value, "low": v.low, "high": v.high, "n": v.n}


def _difference(name: str, metric: str, d: Difference) -> dict[str, Any]:
    return {"name": name, "metric": metric, "difference": d.value, "low": d.low, "high": d.high, "p": d.p}


def claimed(
    claims: Sequence[Mapping[str, Any]], corpus: str, task: Task, found: Mapping[str, Interval]
) -> list[Mapping[str, Any]]:
    """The claims on a task of a corpus (its main one, unless they say another) that are of one of these figures."""
    main = corpora.tasks(corpus)[0].id
    return [c for c in claims if c["corpus"] == corpus and c.get("task", main) == task.id and c["metric"] in found]


def of_arm(claims: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """The claims that a run or bundle of this name may answer: those without an arm, and those whose arm it is."""
    return [c for c in claims if c.get("arm", name) == name]


def verdict(claims: Sequence[Mapping[str, Any]], found: Mapping[str, Interval], synthetic: bool = False) -> str:
    """Reproduced when ours are at least as good as all claimed figures, direction when only our intervals hold them.

    Figures on an imitation answer no claim, however good: that needs the corpus itself.
    """
    if not claims:
        return "own"
    if synthetic:
        return "gated"
    reached, near = [], []
    for c in claims:
        ours, higher = found[c["metric"]], find.card("metrics", c["metric"].split(".")[0])["higher_is_better"]
        reached.append(ours.value >= c["paper"] if higher else ours.value <= c["paper"])
        near.append(ours.high >= c["paper"] if higher else ours.low <= c["paper"])
    return "reproduced" if all(reached) else "direction" if all(near) else "not"
