"""Other data under a trained system's own tasks: what a corpus says in the same scheme counts for the task learnt.

A corpus's task stands for the trained one with its id, else for those of its scheme. Names are matched one by one: a
name that the corpus does not have is not judged there, and a sample whose only name the system never learnt is left
out of the task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .. import corpora
from ..errors import UsageError
from ..task import Kind, Task
from . import mixture
from .mixture import Mixture

Pairs = Mapping[str, Sequence[tuple[Task, Task]]]
"""corpus -> its own tasks, each with the trained task that it stands for."""


def read(on: Sequence[str], tasks: Sequence[Task]) -> Mixture:
    """The corpora on those of the trained tasks that they have something to say of.

    Raises:
        UsageError: a corpus has nothing.
    """
    pairs = {corpus: matched(corpora.tasks(corpus), tasks) for corpus in on}
    for corpus, its in pairs.items():
        if not its:
            known, own = (", ".join(map(_described, which)) for which in (tasks, corpora.tasks(corpus)))
            raise UsageError(f"a corpus with a task among {known}", f"{corpus} with {own}", "measure on another one")
    own_ids = dict.fromkeys(own.id for its in pairs.values() for own, _ in its)
    return under(mixture.read(on, list(own_ids)), pairs)


def _described(task: Task) -> str:
    return f"{task.id} ({task.kind}, {task.scheme})"


def matched(own: Sequence[Task], trained: Sequence[Task]) -> list[tuple[Task, Task]]:
    """Each trained task with the corpus's task of that id; where there is none at all, with the first of its scheme."""
    found = [(o, t) for t in trained for o in own if o.id == t.id and _fits(o, t)]
    if found:
        return found
    by_scheme = [(next((o for o in own if _fits(o, t)), None), t) for t in trained]
    return [(o, t) for o, t in by_scheme if o is not None]


def _fits(own: Task, trained: Task) -> bool:
    """Whether values of one task can be read as values of another: one scheme, one sort, one name where one is due."""
    one = trained.kind is not Kind.SINGLE or own.kind in (Kind.SINGLE, Kind.DISTRIBUTION)
    return own == trained or (own.scheme == trained.scheme and own.scaled == trained.scaled and one)


def under(data: Mixture, pairs: Pairs) -> Mixture:
    """The mixture with the trained tasks in place of the corpora's own."""
    if all(own == trained for its in pairs.values() for own, trained in its):
        return data
    tasks = {trained.id: trained for its in pairs.values() for _, trained in its}
    targets = {id: np.zeros((len(data), len(t.names)), np.float32) for id, t in tasks.items()}
    judged = {id: np.zeros((len(data), len(t.names)), bool) for id, t in tasks.items()}
    for corpus, its in pairs.items():
        rows = np.flatnonzero(data.corpus == corpus)
        for own, trained in its:
            shared = [n for n in trained.names if n in own.names]
            to = np.asarray([trained.names.index(n) for n in shared], np.int64)
            source = np.asarray([own.names.index(n) for n in shared], np.int64)
            values, told = data.targets[own.id][rows], data.judged[own.id][rows]
            told = told & _kept(trained, values, values[:, source])[:, None]
            targets[trained.id][np.ix_(rows, to)] = np.where(told, values, 0.0)[:, source]
            judged[trained.id][np.ix_(rows, to)] = told[:, source]
    return replace(data, tasks=tuple(tasks.values()), targets=targets, judged=judged)


def _kept(trained: Task, values: NDArray[np.float32], shared: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which samples (n,) can be told in the trained names: where one name is right, it has to be among them."""
    if trained.kind not in (Kind.SINGLE, Kind.DISTRIBUTION):
        return np.ones(len(values), bool)
    kept: NDArray[np.bool_] = np.isclose(shared.sum(1), values.sum(1), atol=1e-5)
    return kept
