"""Measuring a run by its folds: each sample by the network that has not learnt from its group, plain and relative.

For runs that learn from everything in the end (`split=all`), so that there is no test part: their figures are those of
the folds, in which nothing was chosen on what is judged. Where a method's CARD has `relative` (a kind of group, such as
speaker), the outputs are also told in relation to each group's own usual, as `runtime.relative` does with a voice.
`within` gives figures by group, also by the true names of other tasks: emotion within each level of shouting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora
from ..analysis import strata
from ..analysis.strata import Strata
from ..errors import UnknownName, UsageError
from ..runtime.say import Head
from ..task import Kind, Task
from . import audit, calibrate, export, figures, mixture, run
from .evaluate import Measured, facts
from .figures import Facts, Said
from .mixture import Mixture
from .run import Run

_MOST = 40
"""Groups of a kind that are still told one by one where nobody asked for that kind."""
DECIDED = "these same answers of networks that have not seen the samples (a temperature; labels do not depend on it)"


def measure(folders: Sequence[Path], by: str) -> Measured:
    """The figures of runs with folds, one system for each way to read each; all are compared with the first.

    Args:
        by: the kind of group that intervals are over; every sample must be in one.

    Raises:
        UsageError: a run without folds, or samples without such groups.
    """
    each = [_systems(run.open_run(folder), folder.resolve().name) for folder in folders]
    joined = _measured(*each[0], by)
    first = next(iter(each[0][2].items()))
    for trained, part, systems, common in each[1:]:
        joined = joined.joined(_measured(trained, part, systems, common, by, first))
    return joined


def stamp(measured: Measured, path: Path) -> None:
    """Write the first figure of each row into a bundle's card, which says in which folds and how it was read."""
    told = []
    for corpus, rows in measured.rows.items():
        for row in rows:
            metric, its = next(iter(row["metrics"].items()))
            how = row["variant"]["system"].partition(", ")[2]
            short = corpora.parse(corpus).short
            split = f"{'SYNTHETIC ' * row['synthetic']}({how})"
            told.append({"task": row["task"], "corpus": short, "split": split, "metric": metric, **its})
    export.stamp(path, told)


def _systems(trained: Run, name: str) -> tuple[Run, Mixture, dict[str, dict[str, Said]], Facts]:
    """A run, its samples, what its folds say of them in each way, and what is common to the rows."""
    own = _folded(trained)
    part = own.part("train")
    raw = outputs(trained, part)
    folds = f"{trained.config.folds} folds by {trained.config.folds_by or 'samples'}"
    systems = {f"{name}, {folds}": said(trained, part, raw)}
    if (kind := trained.voices) in part.groups:
        beside = {t.id: calibrate.centred(raw[t.id], part.groups[kind], part.judged[t.id]) for t in trained.tasks}
        systems[f"{name}, {folds}, relative to the {kind}"] = said(trained, part, beside)
    return trained, part, systems, replace(facts(trained, own), decided=DECIDED, split=folds)


def _folded(trained: Run) -> Mixture:
    """The samples of a run with folds."""
    if not trained.config.folds:
        raise UsageError(f"a run with folds in {trained.folder}", "none", "train it with --set folds=6")
    return trained.mixture()


def _measured(
    trained: Run,
    part: Mixture,
    systems: Mapping[str, Mapping[str, Said]],
    common: Facts,
    by: str,
    first: tuple[str, Mapping[str, Said]] | None = None,
) -> Measured:
    if by not in part.groups or (part.groups[by] == "").any():
        raise UsageError(f"samples in groups by {by}", ", ".join(part.groups) or "none", "choose another --by")
    test = replace(part, split=np.full(len(part), "test", "U5"))
    base = first or next(iter(systems.items()))
    baselines = {system: base for system in systems if system != base[0]}
    made = {}
    for corpus in trained.on:
        fake = corpora.synthetic(corpora.root(corpus))
        stamp = audit.stamp(_as_folds(part, trained.config.folds_by), corpus)
        its = dict.fromkeys(systems, common)
        made[corpus] = figures.rows(systems, test, set(), corpus, its, baselines, fake, None, None, stamp, by)
    return Measured(trained.part, trained.on, made)


def within(folder: Path, by: Sequence[str] = (), people: str = "speaker") -> dict[str, dict[str, Strata]]:
    """Task -> kind -> the task's figure by group, of a run with folds, with whole people drawn: tasks of names alone.

    The figure is the first of the method's own metrics that serves the task, else the task's first.

    Args:
        by: kinds of groups, and tasks of one right name whose true names are the groups; none for all there are but
            those with a group of its own for nearly each sample.
        people: the kind of group that is drawn as a whole; single samples are, where the corpora tell of no groups.

    Raises:
        UsageError: a run without folds, without a task of names, or nothing to tell it by.
        UnknownName: neither a kind of group nor such a task of the run's corpora.
    """
    trained = run.open_run(folder)
    tasks = [task for task in trained.tasks if task.names and not task.scaled]
    if not tasks:
        raise UsageError(f"a task of names in {folder}", ", ".join(t.id for t in trained.tasks), "name another run")
    part = _folded(trained).part("train")
    answers = said(trained, part, outputs(trained, part))
    part = _with_all_tasks(trained, part)
    if part.groups and people not in part.groups:
        raise UnknownName.among("a kind of group", people, part.groups)
    own, targets = {task.id for task in tasks}, {task.target for task in tasks}
    same = {other.id for other in part.tasks if other.target in targets} - own  # their names are what is told
    kinds = by or [k for k in _kinds(part) if 1 < len(set(_over(part, k).tolist()) - {""}) < _MOST and k not in same]
    if not [kind for kind in kinds for task in tasks if kind != task.id]:
        raise UsageError("another kind of group than the task itself", ", ".join(by) or "none", "name another")
    found: dict[str, dict[str, Strata]] = {}
    for task in tasks:
        rows = np.flatnonzero(part.judged[task.id].any(1))
        its, here = answers[task.id].take(rows), part.take(rows)
        metric, *_ = metrics(trained, task)
        truth, given, judged = here.targets[task.id], its.given(metric), here.judged[task.id]
        drawn = here.groups.get(people)
        found[task.id] = {
            kind: strata.strata(metric, truth, given, _over(here, kind), drawn, judged, task)
            for kind in kinds
            if kind != task.id
        }
    return found


def metrics(trained: Run, task: Task) -> tuple[str, ...]:
    """What a task is measured by, the method's own first."""
    return (*figures.serving(trained.method.CARD.get("metrics", ()), task), *task.defaults.metrics)


def _with_all_tasks(trained: Run, part: Mixture) -> Mixture:
    """The same samples with what is known of them on the corpora's other tasks, to tell groups by."""
    known = {t.id for t in part.tasks}
    others = [t.id for corpus in trained.on for t in corpora.tasks(corpus) if t.id not in known and _one(t)]
    if not others:
        return part
    more = mixture.read(trained.on, others)
    place = {key: i for i, key in enumerate(zip(more.corpus.tolist(), more.ids.tolist(), strict=True))}
    rows = np.asarray([place[key] for key in zip(part.corpus.tolist(), part.ids.tolist(), strict=True)], np.int64)
    more = more.take(rows)
    return replace(
        part,
        tasks=(*part.tasks, *more.tasks),
        targets={**part.targets, **more.targets},
        judged={**part.judged, **more.judged},
    )


def _one(task: Task) -> bool:
    return task.kind is Kind.SINGLE and bool(task.names)


def _kinds(part: Mixture) -> list[str]:
    """Kinds of groups, and tasks whose one true name can be a group."""
    return [*part.groups, *(task.id for task in part.tasks if _one(task))]


def _over(part: Mixture, kind: str) -> NDArray[np.str_]:
    """(n,) the group of each sample: of a kind, or its true name on a task; "" where it has none."""
    if kind not in (known := _kinds(part)):
        raise UnknownName.among("a kind of group or a task", kind, known)
    if kind in part.groups:
        return part.groups[kind]
    names = np.asarray(next(task.names for task in part.tasks if task.id == kind))[part.targets[kind].argmax(1)]
    return np.where(part.judged[kind].any(1), names, "")


def outputs(trained: Run, part: Mixture) -> run.Outputs:
    """What the folds give for the samples that a run learnt from, a mean of its seeds."""
    each = [run.outputs(trained, seed, run.HELD, part) for seed in run.finished(trained)]
    return {t.id: np.mean([o[t.id] for o in each], axis=0) for t in trained.tasks}


def said(trained: Run, part: Mixture, raw: run.Outputs) -> dict[str, Said]:
    """What outputs (n, k) say of samples, of the names alone that could be chosen there."""
    found = {}
    for entry in calibrate.entries(trained.tasks, part, raw, trained.apart, trained.config.tempered, trained.even):
        head = Head.of(entry)
        scores = head.scores(raw[head.task.id].astype(np.float64))
        if head.task.scaled:
            found[head.task.id] = Said(scores)
            continue
        scores = _of_judged(head.task, scores, part.judged[head.task.id])
        labels = head.said(scores, outputs=raw)
        top = scores[np.arange(len(scores)), calibrate.first(scores, labels)]
        found[head.task.id] = Said(scores, labels, np.where(labels.any(1), head.sure(top), np.nan))
    return found


def _of_judged(task: Task, scores: NDArray[np.float64], judged: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scores of one name of several, shared out among those that could be chosen."""
    kept: NDArray[Any] = np.where(judged, scores, 0.0)
    return kept / np.maximum(kept.sum(1, keepdims=True), 1e-12)


def _as_folds(part: Mixture, by: str) -> Mixture:
    """The samples with one fold as test and the rest as train: what the audit of a split looks at."""
    if by not in part.groups:
        return part
    return replace(part, split=np.where(part.groups[by] == "0", "test", "train"))
