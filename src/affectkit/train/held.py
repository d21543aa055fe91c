"""Measuring a run by its folds: each sample by the network that has not learnt from its group, plain and relative.

For runs that learn from everything in the end (`split=all`), so that there is no test part: their figures are those of
the folds, in which nothing was chosen on what is judged. Where a method's CARD has `relative` (a kind of group, such as
speaker), the outputs are also centred on each group's own mean, as `runtime.relative` does with a voice.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora
from ..runtime.say import Head
from ..task import Task
from . import audit, calibrate, figures, run
from .evaluate import Measured, facts
from .figures import Said
from .mixture import Mixture
from .run import Run

DECIDED = "these same answers of networks that have not seen the samples (a temperature; labels do not depend on it)"


def measure(folder: Path) -> Measured:
    """The figures of a run with folds, one system for each way to read it."""
    trained = run.open_run(folder)
    own = trained.mixture()
    part = own.part("train")
    seeds = run.finished(trained)
    each = [run.outputs(trained, seed, run.HELD, part) for seed in seeds]
    raw = {t.id: np.mean([o[t.id] for o in each], axis=0) for t in trained.tasks}
    name, by = folder.resolve().name, trained.config.folds_by or "samples"
    systems = {f"{name}, {trained.config.folds} folds by {by}": said(trained, part, raw)}
    if kind := relative_to(trained, part):
        voices = part.groups[kind]
        beside = {t.id: calibrate.centred(raw[t.id], voices) for t in trained.tasks}
        systems[f"{name}, relative to the {kind}'s own"] = said(trained, part, beside)
    common = replace(facts(trained, own), decided=DECIDED, split=f"{trained.config.folds} folds by {by}, as its corpus has them")
    test = replace(part, split=np.full(len(part), "test", "U5"))
    nobody: set[str] = set()
    made = {}
    for corpus in trained.on:
        fake = corpora.synthetic(corpora.root(corpus))
        stamp = audit.stamp(_as_folds(part, by), corpus)
        made[corpus] = figures.rows(
            systems, test, nobody, corpus, dict.fromkeys(systems, common), None, fake, None, None, stamp
        )
    return Measured(trained.part, trained.on, made)


def relative_to(trained: Run, part: Mixture) -> str:
    """The kind of group that outputs may be centred on: the method's, where samples have it; "" for none."""
    kind = str(trained.method.CARD.get("relative", ""))
    return kind if kind in part.groups else ""


def said(trained: Run, part: Mixture, raw: run.Outputs) -> dict[str, Said]:
    """What outputs (n, k) say of samples, of the names alone that could be chosen there."""
    found = {}
    for entry in calibrate.entries(trained.tasks, part, raw, trained.apart, trained.config.tempered):
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
