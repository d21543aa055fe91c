"""Cross-validation: one training per fold, and every sample judged once by a network that never saw it.

Each fold is a run of its own with the split `mixture.resplit` makes for it, in which dev decides as ever; only what the
runs say of their test folds is kept. The folds are drawn before anything is learnt, by the same numbers for all
methods.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora, find, settings
from ..analysis import significance
from ..errors import UsageError
from ..metrics import Floats, Prepared
from ..task import Task
from . import audit, evaluate, figures, run
from .evaluate import Measured
from .figures import Facts, Said
from .mixture import Mixture


@dataclass(frozen=True)
class Folds:
    """What all folds together say.

    Args:
        data: the corpus, in its own order.
        said: task id -> what is said of every sample by the run that did not learn from it.
        fold: (n,) which fold each sample is in.
        seen: (n,) bool, whether what it holds also occurs among what this run learnt from.
    """

    data: Mixture
    said: Mapping[str, Said]
    fold: NDArray[np.int64]
    seen: NDArray[np.bool_]


def crossvalidate(
    part: str,
    changes: Mapping[str, Any],
    on: str,
    tasks: Sequence[str],
    folds: int,
    by: Sequence[str],
    seed: int,
    command: str,
    tell: Callable[[str], None],
) -> Measured:
    """Train a method once per fold and measure what all folds together say.

    Args:
        by: what folds are made of, one row each: "random" for samples, or a kind of group that stays whole.
        seed: of every training; the folds do not depend on it.
        tell: what is done with a line on each fold.

    Raises:
        UsageError: the settings have a split of their own.
    """
    if "split" in changes:
        raise UsageError("settings without a split", f"split={changes['split']}", "say what folds are made of: --by")
    if folds < 2:
        raise UsageError("at least two folds", str(folds), "--folds 10 is usual")
    made = []
    for kind in by:
        began = time.monotonic()
        told = _folds(part, changes, on, tasks, folds, kind, seed, command, tell)
        minutes = (time.monotonic() - began) / 60
        made += rows(part, on, told, folds, kind, seed, minutes)
    return Measured(part, (on,), {on: made})


def _folds(
    part: str,
    changes: Mapping[str, Any],
    on: str,
    tasks: Sequence[str],
    folds: int,
    kind: str,
    seed: int,
    command: str,
    tell: Callable[[str], None],
) -> Folds:
    method = find.load("methods", part)
    data = run.read(method, settings.apply(method.Config(), changes), [on], tasks)
    place = {id: i for i, id in enumerate(data.ids.tolist())}
    fold, seen = np.full(len(data), -1, np.int64), np.zeros(len(data), bool)
    parts: dict[str, dict[int, Said]] = {}
    for k in range(folds):
        split = f"fold{k}of{folds}" + ("" if kind == "random" else f":{kind}")
        with tempfile.TemporaryDirectory() as folder:
            its_own = {**changes, "split": split, "allow_leak": True}  # what folds cut, their rows say
            trained = run.train(part, its_own, [on], tasks, [seed], Path(folder) / "run", command)
            own = trained.mixture()
            test, known = own.part("test"), figures.seen(own.part("train"))
            said = evaluate.of_run(trained, [seed], own, test)
        at = np.asarray([place[id] for id in test.ids.tolist()], np.int64)
        fold[at] = k
        seen[at] = [key in known for key in figures.keys(test)]
        for task, its in said.items():
            for i, row in enumerate(at.tolist()):
                parts.setdefault(task, {})[row] = its.take(np.asarray([i], np.int64))
        tell(f"{on} by {kind}: fold {k + 1} of {folds}, {len(at)} samples")
    joined = {task: _joined([of[i] for i in range(len(data))]) for task, of in parts.items()}
    return Folds(data, joined, fold, seen)


def rows(part: str, on: str, told: Folds, folds: int, kind: str, seed: int, minutes: float) -> list[dict[str, Any]]:
    """Two rows per task: all samples together, and the mean of the folds' own figures."""
    card = find.card("methods", part)
    system = f"{part}, {folds} folds by {kind}"
    facts = {system: Facts(figures.of_arm(card.get("claims", ()), part), (seed,), minutes)}
    # all but the groups that the folds are made of are among what each run learnt from
    taught = {k: set(ids.tolist()) for k, ids in told.data.groups.items() if k != kind}
    fake = corpora.synthetic(corpora.root(on))
    whole = figures.rows({system: told.said}, told.data, set(), on, facts, None, fake, taught)
    stamp = audit.stamp(dataclasses.replace(told.data, split=np.where(told.fold == 0, "test", "train")), on)
    made = []
    for row in whole:
        if row["variant"]["samples"] != figures.ALL:
            continue
        task = next(t for t in told.data.tasks if t.id == row["task"])
        common = row | {
            "split": f"our own: {folds} folds over {'samples' if kind == 'random' else f'groups of one {kind}'}",
            "audit": f"{told.seen.sum()} of {len(told.seen)} samples are also among those learnt from{_cut(on, kind)}; "
            f"the first fold: {stamp}",
        }
        made.append(common | {"variant": row["variant"] | {"samples": "all, each judged once"}})
        mean = over_folds(task, told)
        claims = figures.claimed(facts[system].claims, on, task, mean)
        made.append(
            common
            | {
                "protocol": f"mean of the folds' figures; 95 % intervals from {figures.FOLDS} bootstraps in each fold",
                "variant": row["variant"] | {"samples": "mean over folds"},
                "metrics": {metric: dataclasses.asdict(v) for metric, v in mean.items()},
                "claim": claims[0]["claim"] if claims else None,
                "paper": {c["metric"]: c["paper"] for c in claims},
                "verdict": figures.verdict(claims, mean, fake),
            }
        )
    return made


def _cut(on: str, kind: str) -> str:
    """What is said of kinds of groups that folds do not keep whole."""
    kinds = [k for k in corpora.card(on).get("groups", ()) if k != kind]
    return f"; groups by {', '.join(kinds)} may lie in several folds" if kinds else ""


def over_folds(task: Task, told: Folds) -> dict[str, significance.Interval]:
    """The task's first metric as the mean of its values in each fold, samples drawn within the folds.

    A mean that does not exist, as that of a correlation with what is constant in a fold, is left out.
    """
    metric = task.defaults.metrics[0]
    part = find.load("metrics", metric)
    truth, judged = told.data.targets[task.id], told.data.judged[task.id]
    given = told.said[task.id].given(metric)
    groups = [np.flatnonzero((told.fold == k) & judged.any(1)) for k in np.unique(told.fold)]
    each: list[tuple[NDArray[np.int64], Prepared]] = [
        (at, part.prepare(truth[at], given[at], judged[at], task)) for at in groups if len(at)
    ]
    rng = np.random.default_rng(0)
    values = [np.stack([p.of(np.ones((1, p.n)))[0] for _, p in each]).mean(0)]
    for _ in range(figures.FOLDS):
        drawn = [p.of(rng.multinomial(p.n, np.full(p.n, 1 / p.n)).astype(np.float64)[None])[0] for _, p in each]
        values.append(np.nanmean(np.stack(drawn), 0))
    return _intervals(metric, each[0][1].names, np.stack(values), sum(len(at) for at, _ in each))


def _intervals(metric: str, names: tuple[str, ...] | None, values: Floats, n: int) -> dict[str, significance.Interval]:
    """Intervals from the value and its bootstrap, (1 + folds,) or (1 + folds, k)."""
    table = values[:, None] if values.ndim == 1 else values
    low, high = np.quantile(table[1:], [0.025, 0.975], axis=0)
    found = [
        significance.Interval(float(v), float(a), float(b), n) for v, a, b in zip(table[0], low, high, strict=True)
    ]
    by_name = {metric: found[0]} if names is None else {f"{metric}.{k}": v for k, v in zip(names, found, strict=True)}
    return {name: v for name, v in by_name.items() if np.isfinite(v.value)}


def _joined(parts: Sequence[Said]) -> Said:
    """What is said of several samples, one after another."""
    columns = [[getattr(p, name) for p in parts] for name in ("scores", "said", "confidence")]
    return Said(*(None if c[0] is None else np.concatenate(c) for c in columns))  # type: ignore[arg-type]
