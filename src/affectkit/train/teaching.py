"""What students share: the runs that teach, their words on the training part, and the loss of learning from both.

Reference: Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, lerp

from ..errors import UsageError
from ..nn.objectives import distillation, mse
from ..task import Kind
from . import loop, supervised
from . import run as runs
from .mixture import Mixture

Told = Callable[[runs.Run, int, Mixture], runs.Outputs]
"""What a seed of a run says of samples: task -> (n, k) float32."""


def teachers(folders: str) -> list[runs.Run]:
    """The runs of folders joined by "+"; what they learnt from counts as the student's source too.

    Raises:
        UsageError: none is named, or one is no run.
    """
    if not folders:
        raise UsageError("the folder of a teacher's run", "none", "--set teacher=runs/finetune")
    return [runs.open_run(Path(folder)) for folder in folders.split("+")]


def words(data: Mixture, teaching: Sequence[runs.Run], told: Told = runs.taught) -> dict[str, NDArray[np.float32]]:
    """Task -> (n, k) float32: the mean of what all seeds that have the task say of the training part; else zeros.

    Raises:
        UsageError: no teacher has one of the tasks.
    """
    train = np.flatnonzero(data.split == "train")
    part = data.take(train)
    each = [told(teacher, seed, part) for teacher in teaching for seed in teacher.seeds]
    found = {}
    for task in data.tasks:
        whole = np.zeros((len(data), len(task.names)), np.float32)
        having = [o[task.id] for o in each if task.id in o]
        if not having:
            raise UsageError(f"a teacher of the task {task.id!r}", "none", "train one, or leave the task out")
        whole[train] = np.mean(having, axis=0)
        found[task.id] = whole
    return found


def enriched(data: Mixture, teaching: Sequence[runs.Run], told: Told = runs.taught) -> Mixture:
    """The mixture with the teachers' words as targets "<task>.teacher".

    Raises:
        UsageError: no teacher has one of the tasks.
    """
    return data.with_targets({f"{task}.teacher": said for task, said in words(data, teaching, told).items()})


def loss(
    train: Mixture, own: loop.Loss, labels: float, temperature: float = 1.0, dimensions_weight: float = 1.0
) -> loop.Loss:
    """`labels` of the labels' own loss, the rest of being as sure as the teacher is.

    Args:
        train: a part of what `enriched` gave.
        temperature: of the distilled names.
        dimensions_weight: what dimensions count beside names.
    """
    weights = supervised.factors(train.tasks, dimensions_weight)
    parts = []
    for i, (task, scale) in enumerate(zip(train.tasks, supervised.scales(train), strict=True)):
        one = task.kind is not Kind.MULTI
        near = (
            mse.build(mse.Config(spread=scale.factor))
            if task.scaled
            else distillation.build(distillation.Config(temperature, exclusive=one))
        )
        parts.append((i, f"{task.id}.teacher", near))

    def both(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        costs = [part(outputs[i], targets[t], judged[t], weight) for i, t, part in parts]
        taught = loop.total([cost * factor for cost, factor in zip(costs, weights, strict=True)])
        return lerp(taught, own(outputs, targets, judged, weight), labels)

    return both
