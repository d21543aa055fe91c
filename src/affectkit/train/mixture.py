"""Several corpora with different tasks as one table: a sample counts only on the tasks and names it was judged on.

Nothing is decoded here; targets are votes' shares or values in [-1, 1], from `sample.target`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import corpora
from ..errors import UnknownName, UsageError
from ..sample import Media, Sample, target
from ..task import Task


@dataclass(frozen=True)
class Mixture:
    """N samples of one or more corpora.

    Args:
        tasks: all tasks, each with targets (N, k) float32 and judged (N, k) bool under its id.
        ids, media, split, corpus: (N,) each; `corpus` names where a sample came from.
        weight: (N,) float32.
    """

    tasks: tuple[Task, ...]
    ids: NDArray[np.str_]
    media: list[Mapping[str, Media]]
    split: NDArray[np.str_]
    corpus: NDArray[np.str_]
    targets: Mapping[str, NDArray[np.float32]]
    judged: Mapping[str, NDArray[np.bool_]]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.int64]) -> Mixture:
        """The samples at `rows`, in that order."""
        return replace(
            self,
            ids=self.ids[rows],
            media=[self.media[i] for i in rows],
            split=self.split[rows],
            corpus=self.corpus[rows],
            targets={t: v[rows] for t, v in self.targets.items()},
            judged={t: v[rows] for t, v in self.judged.items()},
            weight=self.weight[rows],
        )

    def part(self, split: str) -> Mixture:
        """The samples of one split."""
        return self.take(np.flatnonzero(self.split == split))

    def with_targets(self, more: Mapping[str, NDArray[np.float32]]) -> Mixture:
        """The mixture with further targets (such as a teacher's outputs, which judge all), under their own keys."""
        judged = {name: np.ones(values.shape, bool) for name, values in more.items()}
        return replace(self, targets={**self.targets, **more}, judged={**self.judged, **judged})


def read(names: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The corpora's samples on their main tasks, or on those in `tasks`.

    Raises:
        UnknownName: a task that none of the corpora has.
        UsageError: two corpora give one task id to different tasks.
    """
    chosen: dict[str, Task] = {}
    offered: set[str] = set()
    for name in names:
        have = corpora.tasks(name)
        offered |= {t.id for t in have}
        for task in [t for t in have if t.id in tasks] if tasks else have[:1]:
            if chosen.setdefault(task.id, task) != task:
                raise UsageError("one meaning for each task id", f"{task.id!r} twice", "train on fewer corpora")
    for task_id in tasks:
        if task_id not in offered:
            raise UnknownName.among("a task of these corpora", task_id, offered)
    return table([(name, s) for name in names for s in corpora.samples(name)], list(chosen.values()))


def table(samples: Iterable[tuple[str, Sample]], tasks: Sequence[Task]) -> Mixture:
    """Samples (with the name of their corpus) on some tasks, as arrays."""
    listed = list(samples)
    rows = {t.id: [target(t, s.ratings) for _, s in listed] for t in tasks}
    return Mixture(
        tasks=tuple(tasks),
        ids=np.asarray([s.id for _, s in listed]),
        media=[s.media for _, s in listed],
        split=np.asarray([s.split or "" for _, s in listed]),
        corpus=np.asarray([name for name, _ in listed]),
        targets={t: np.stack([a for a, _ in v]) for t, v in rows.items()},
        judged={t: np.stack([b for _, b in v]) for t, v in rows.items()},
        weight=np.ones(len(listed), np.float32),
    )
