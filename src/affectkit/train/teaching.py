"""What students share: the runs that teach, their words on the training part, and the loss of learning from both.

Reference: Hinton et al., Distilling the Knowledge in a Neural Network, 2015.
A teacher may also be a published network (`nn.teachers`), which says valence, arousal and dominance of speech that
nobody has judged so. What it says of a file is kept in the cache, and is not cut at the ends of the scale.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, lerp

from .. import store
from ..errors import DataError, UsageError
from ..modalities import speech
from ..nn import teachers as networks
from ..nn.objectives import distillation, mse
from ..sample import Media
from ..task import Kind, Task, View
from ..taxonomies import vad
from . import loop, mixture, supervised
from . import run as runs
from .batch import Ragged
from .mixture import Mixture

Told = Callable[[runs.Run, int, Mixture], runs.Outputs]
"""What a seed of a run says of samples: task -> (n, k) float32."""
HEARD = Task("vad.teacher", "dimensions", Kind.CONTINUOUS, "vad", vad.NAMES, (1.0, 7.0), View.PERCEIVED, ("speech",))
"""What published networks say; its id tells that no person did."""
_PART_S = 15.0
"""A longer sound is heard in parts of so many seconds: what attention needs grows with their square."""


def teachers(folders: str) -> list[runs.Run]:
    """The runs of folders joined by "+"; what they learnt from counts as the student's source too.

    Raises:
        UsageError: none is named, or one is no run.
    """
    if not folders:
        raise UsageError("the folder of a teacher's run", "none", "--set teacher=runs/finetune")
    return [runs.open_run(Path(folder)) for folder in folders.split("+")]


@dataclass(frozen=True)
class Published:
    """A published network in a folder; it is only loaded for what the cache does not have."""

    folder: Path

    @cached_property
    def source(self) -> networks.Source:
        return networks.source(self.folder)

    @cached_property
    def network(self) -> networks.Teacher:
        return networks.load(self.folder).to("cuda" if torch.cuda.is_available() else "cpu")

    @cached_property
    def digest(self) -> str:
        return store.key(*(self.folder / name for name in networks.FILES))

    def says(self, media: Sequence[Media]) -> NDArray[np.float32]:
        """(n, 3) float32 in the order of `nn.teachers.NAMES`, about 0 to 1; of a long sound the mean of its parts."""
        with loop.first():  # what it writes to the cache, the others find there
            return np.stack([self._kept(one) for one in media])

    def _kept(self, media: Media) -> NDArray[np.float32]:
        if media.path is None:
            return self._heard(media)
        span = json.dumps(["heard", _PART_S, media.start_s, media.end_s, media.stream])

        def make(path: Path) -> None:
            with path.open("wb") as opened:
                np.save(opened, self._heard(media), allow_pickle=False)

        file = store.cached(store.key(Path(media.path), Path(networks.__file__), self.digest, span), ".npy", make)
        found: NDArray[np.float32] = np.load(file, allow_pickle=False)
        return found

    def _heard(self, media: Media) -> NDArray[np.float32]:
        total, samples = np.zeros(len(networks.NAMES)), 0
        for _, part in speech.window(media, _PART_S, _PART_S):
            (said,) = loop.outputs(self.network, {"speech": Ragged(part, np.asarray([0, len(part)]))})
            total, samples = total + said[0] * len(part), samples + len(part)
        return (total / samples).astype(np.float32)


def published(folders: str) -> list[Published]:
    """The published networks among folders joined by "+"; none, where runs teach.

    Raises:
        UsageError: some are runs, or no such network.
    """
    each = [Path(folder) for folder in folders.split("+") if folder]
    found = [f for f in each if not (f / "run.json").exists() and any((f / name).exists() for name in networks.FILES)]
    if found and len(found) < len(each):
        other = next(f for f in each if f not in found)
        raise UsageError(
            "runs alone or published networks alone as teachers", f"{found[0]} and {other}", "leave one out"
        )
    made = [Published(folder) for folder in found]
    for one in made:
        _ = one.source  # what is no such network is refused before anything is read
    return made


def heard(on: Sequence[str], teaching: Sequence[Published]) -> Mixture:
    """The corpora's samples on the task `HEARD`: the mean of what published networks say, -1 at 1 and 1 at 7, not cut.

    Raises:
        DataError: a sample without sound.
    """
    data = mixture.read(on)
    media = [its.get("speech") for its in data.media]
    if silent := [id for id, one in zip(data.ids.tolist(), media, strict=True) if one is None]:
        raise DataError(f"speech in every sample of {', '.join(on)}", f"none in {silent[0]}", "leave its corpus out")
    said = np.mean([one.says([m for m in media if m is not None]) for one in teaching], axis=0)
    columns = [networks.NAMES.index(name) for name in HEARD.names]
    values = (2 * said[:, columns] - 1).astype(np.float32)
    judged = {HEARD.id: np.ones(values.shape, bool)}
    return replace(data, tasks=(HEARD,), targets={HEARD.id: values}, judged=judged, ratings=())


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
