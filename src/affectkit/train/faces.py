"""What methods on faces share: the plan with ways to change a face, batches changed at random, and their training.

Other pictures are learnt from alike, and so are several of one sample, each changed in its own way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..augment import Picture, cutout, light, placing
from ..errors import DataError
from ..nn.model import Model
from ..sample import Batch, Rating
from ..task import Task
from . import batch as batching
from . import loop, sam, supervised, votes
from .batch import Features, Ragged
from .mixture import Mixture
from .run import Stage

TOY: Mapping[str, Any] = {
    "encoder": "se_resnet:channels=8+16,strides=2+2,reduction=4",
    "epochs": 25,
    "batch_size": 16,
    "lr": 1e-2,
    "head_lr": 1e-2,
    "mirrored": 0.0,
    "side": 0.2,
    "precision": "no",
}
"""Settings with which a recipe learns toy faces in seconds; what is left or right there says something."""


@dataclass(frozen=True)
class Plan(supervised.Plan):
    """The supervised plan for faces, and how faces are changed while they are learnt from.

    Args:
        radius: how far uphill the gradient is taken, for flatter minima; 0 for the plain step.
        small, small_share: pixels of a side that faces are cut to, and for which share of the steps; 0 for none.
        degrees, scale, shift, mirrored: as of the augmentation `placing`.
        brightness, contrast, gamma: as of `light`.
        side, covered: as of `cutout`.
    """

    encoder: str = "se_resnet"
    head: str = "linear:dropout=0.2"
    epochs: int = 30
    batch_size: int = 128
    lr: float = 2.5e-3
    head_lr: float = 2.5e-3
    decay: float = 0.05
    clip: float = 5.0
    radius: float = 0.0
    small: int = 40
    small_share: float = 0.6
    degrees: float = 11.0
    scale: float = 0.12
    shift: float = 0.06
    mirrored: float = 0.5
    brightness: float = 0.2
    contrast: float = 0.25
    gamma: float = 0.25
    side: float = 0.3
    covered: float = 0.5


def learn(
    plan: Plan, model: Model, stage: Stage, cost: loop.Loss, score: Callable[[nn.Module], float]
) -> loop.Training:
    """Learn from changed faces and keep the best epoch on dev; `loop.finish` is left to do."""
    train, features = stage.train
    per_epoch = -(-len(train) // plan.batch_size)
    training = loop.start(model, model.parts(), plan, stage.seed, stage.folder, per_epoch)
    world = training.accelerator
    for epoch in loop.epochs(training):
        training.model.train()
        rows = batching.plan(batching.lengths(features), plan.batch_size, stage.seed, epoch)[training.place :]
        mine = [batching.share(r, world.process_index, world.num_processes) for r in rows]
        for batch in batching.batches(train, features, mine):
            rng = np.random.default_rng((stage.seed, training.done, world.process_index))
            small = plan.small if training.done < plan.small_share * training.steps else 0
            sam.step(training, cost, changed(plan, batch, small, rng), plan.radius)
        if not loop.keep_best(training, score(training.bare)):
            break
    return training


def voted(data: Mixture, keep: str, label: str) -> Mixture:
    """The mixture whose training part learns what rules of `aggregate` make of its votes.

    A face counts as much as the share of its votes that are for an emotion, not for "unknown" or "not a face".

    Args:
        keep: the rule that tells which faces are learnt from.
        label: the rule that tells what is learnt of each.
    """
    rows = np.flatnonzero(data.split == "train")
    made = votes.relabelled(data, rows, keep, label)
    weight = made.weight.copy()
    weight[rows] *= [_emotional(data.ratings[i], data.tasks) for i in rows.tolist()]
    return dataclasses.replace(made, weight=weight)


def versions(
    plan: Plan, train: Mixture, features: Features, count: int, mixed: float, seed: int
) -> tuple[Mixture, Features]:
    """Each face `count` times, each time changed in its own way, and some seen through another one.

    Where two faces are mixed, so are their targets, by the same shares, drawn evenly; what is unlabelled in one of the
    two is so in the mixture.

    Args:
        features: pictures that are all equally large.
        mixed: share of the faces that are mixed with another.

    Raises:
        DataError: pictures of several sizes.
    """
    ((modality, given),) = features.items()
    if len(heights := set(given.lengths.tolist())) > 1:
        raise DataError("pictures of one size", f"heights from {min(heights)} to {max(heights)}", "cut them alike")
    height = int(given.lengths[0])
    pictures = given.values.reshape(len(train), height, *given.values.shape[1:])
    made = np.empty((count, *pictures.shape), pictures.dtype)
    each = []
    for version, out in enumerate(made):
        rng = np.random.default_rng((seed, version))
        other, share = rng.permutation(len(train)), np.where(rng.random(len(train)) < mixed, rng.random(len(train)), 1)
        for i in range(0, len(train), plan.batch_size):
            out[i : i + plan.batch_size] = _changed(plan, pictures[i : i + plan.batch_size], 0, rng)
        _mix(out, other, share.astype(np.float32), plan.batch_size)
        each.append(_shares(train, other, share.astype(np.float32)))
    whole = train.take(np.tile(np.arange(len(train)), count))
    whole = dataclasses.replace(
        whole,
        targets={t: np.concatenate([targets[t] for targets, _ in each]) for t in train.targets},
        judged={t: np.concatenate([judged[t] for _, judged in each]) for t in train.judged},
    )
    start = np.arange(len(whole) + 1, dtype=np.int64) * height
    return whole, {modality: Ragged(made.reshape(-1, *given.values.shape[1:]), start)}


def _mix(pictures: Picture, other: NDArray[np.int64], share: NDArray[np.float32], size: int) -> None:
    """Mix pictures (n, h, w, 3) with others among them, in place: `share` of each stays."""
    rows = np.flatnonzero(share < 1)
    before = pictures.copy()
    for i in range(0, len(rows), size):
        some = rows[i : i + size]
        kept = share[some, None, None, None]
        pictures[some] = np.round(kept * before[some] + (1 - kept) * before[other[some]]).astype(pictures.dtype)


def _shares(
    train: Mixture, other: NDArray[np.int64], share: NDArray[np.float32]
) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.bool_]]]:
    """Targets and where they are known, mixed as the faces are."""
    alone, kept = (share == 1)[:, None], share[:, None]
    targets = {t: np.where(alone, v, kept * v + (1 - kept) * v[other]) for t, v in train.targets.items()}
    return targets, {t: v & (alone | v[other]) for t, v in train.judged.items()}


def mirrored(features: Features) -> Features:
    """Pictures with left and right exchanged."""
    ((modality, given),) = features.items()
    return {modality: Ragged(np.ascontiguousarray(given.values[:, ::-1]), given.start)}


def changed(plan: Plan, batch: Batch, small: int, rng: np.random.Generator) -> Batch:
    """A batch of pictures, each changed at random; all cut at one random place to `small` pixels a side, unless 0."""
    inputs = {modality: _changed(plan, faces, small, rng) for modality, faces in batch.inputs.items()}
    lengths = {modality: np.full(len(faces), faces.shape[1], np.int64) for modality, faces in inputs.items()}
    return dataclasses.replace(batch, inputs=inputs, lengths=lengths)


def _changed(plan: Plan, faces: Picture, small: int, rng: np.random.Generator) -> Picture:
    where = placing.Config(plan.degrees, plan.scale, plan.shift, plan.mirrored)
    faces = placing.batch(where, faces, rng)
    faces = light.batch(light.Config(plan.brightness, plan.contrast, plan.gamma), faces, rng)
    faces = cutout.batch(cutout.Config(plan.side, plan.covered), faces, rng)
    return _cut(faces, small, rng) if small else faces


def _cut(faces: Picture, small: int, rng: np.random.Generator) -> Picture:
    height, width = (min(small, side) for side in faces.shape[1:3])
    top, left = (int(rng.integers(0, more + 1)) for more in (faces.shape[1] - height, faces.shape[2] - width))
    return np.ascontiguousarray(faces[:, top : top + height, left : left + width])


def _emotional(ratings: Sequence[Rating], tasks: Sequence[Task]) -> float:
    """The share of a face's votes that are for a name; 1 where nobody voted."""
    names = {t.id for t in tasks}
    cast = [(r.count, r.value is not None) for r in ratings if r.task in names and r.rater != "consensus"]
    counts = np.asarray(cast, np.float64).reshape(-1, 2)
    return float((counts[:, 0] * counts[:, 1]).sum() / counts[:, 0].sum()) if len(counts) else 1.0
