"""Expressions of faces learnt from the shares of all votes, by a network of six hundred thousand weights.

Reference: Barsoum et al., Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
Distribution, ICMI 2016 (cross-entropy against shares of votes); Chou, Revisiting Modeling and Evaluation Approaches in
Speech Emotion Recognition, 2025 (what may be learnt of votes); Foret et al., Sharpness-Aware Minimization, ICLR 2021
(`radius`); DeVries and Taylor, Cutout, 2017.
What is learnt is chosen by rules of `aggregate`: `keep` for the faces (majority, plurality, all_inclusive), `label` for
their votes (all_inclusive for the shares, all_inclusive:hard=true for one of the names that lead). Dev and test keep
every face with the shares of all its votes. A face counts as much as the share of its votes that are for an emotion,
not for "unknown" or "not a face". For the first part of the training the faces are cut smaller, which is quicker.
Differs from the paper: a residual network with weighed channels in place of VGG13; more ways to change a face; the best
epoch is the best on dev; what one rater chose alone is not dropped before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..augment import Picture, cutout, light, placing
from ..nn.model import Model, Scale
from ..sample import Batch, Rating
from ..task import Task
from ..train import batch as batching
from ..train import loop, reading, sam, supervised, votes
from ..train.mixture import Mixture
from ..train.run import Stage

CARD = {
    "title": "Faces learnt from shares of votes",
    "reference": "barsoum2016training",
    "takes": "face",
    "extra": "train",
    "metrics": ["accuracy", "kl", "all_inclusive_f1", "all_inclusive_cooccurrence"],
    "claims": [],
    "recipe": [
        "train face_votes --on ferplus --tasks ferplus --set epochs=5 --out runs/all-soft-ferplus",
        "train face_votes --on ferplus --tasks ferplus --set label=all_inclusive:hard=true --set epochs=5 "
        "--out runs/all-hard-ferplus",
        "train face_votes --on ferplus --tasks ferplus --set keep=majority "
        "--set label=all_inclusive:hard=true --set epochs=5 --out runs/majority-hard-ferplus",
        "train face_votes --on ferplus --tasks ferplus --set keep=majority --set epochs=5 "
        "--out runs/majority-soft-ferplus",
        "evaluate runs/all-soft-ferplus runs/all-hard-ferplus runs/majority-hard-ferplus "
        "runs/majority-soft-ferplus --against runs/majority-hard-ferplus",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan for faces, what is learnt of votes, and how faces are changed while they are learnt from.

    Args:
        keep: the rule that tells which faces are learnt from.
        label: the rule that tells what is learnt of each.
        names_objective: "" for the tasks' default (soft cross-entropy of votes), or a part such as "kl".
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
    keep: str = "all_inclusive"
    label: str = "all_inclusive"
    names_objective: str = ""
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


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into pictures."""
    return supervised.reader(config, train)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture whose training part learns what the rules make of its votes, each face as far as it shows emotion."""
    rows = np.flatnonzero(data.split == "train")
    made = votes.relabelled(data, rows, config.keep, config.label)
    weight = made.weight.copy()
    weight[rows] *= [_emotional(data.ratings[i], data.tasks) for i in rows.tolist()]
    return dataclasses.replace(made, weight=weight)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(train, config.names_objective)


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Learn from changed faces; the best epoch on dev is kept."""
    train, features = stage.train
    per_epoch = -(-len(train) // config.batch_size)
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, per_epoch)
    world, cost = training.accelerator, loss(config, train)
    score = supervised.monitor(*stage.dev, [str(m) for m in CARD["metrics"]])
    for epoch in loop.epochs(training):
        training.model.train()
        rows = batching.plan(batching.lengths(features), config.batch_size, stage.seed, epoch)[training.place :]
        mine = [batching.share(r, world.process_index, world.num_processes) for r in rows]
        for batch in batching.batches(train, features, mine):
            rng = np.random.default_rng((stage.seed, training.done, world.process_index))
            small = config.small if training.done < config.small_share * training.steps else 0
            sam.step(training, cost, changed(config, batch, small, rng), config.radius)
        if not loop.keep_best(training, score(training.bare)):
            break
    loop.finish(training)


def toy() -> Config:
    """Settings with which it learns toy faces in seconds; what is left or right there says something."""
    return Config(
        encoder="se_resnet:channels=8+16,strides=2+2,reduction=4",
        epochs=25,
        batch_size=16,
        lr=1e-2,
        head_lr=1e-2,
        mirrored=0.0,
        side=0.2,
        precision="no",
    )


def changed(config: Config, batch: Batch, small: int, rng: np.random.Generator) -> Batch:
    """A batch of pictures, each changed at random; all cut at one random place to `small` pixels a side, unless 0."""
    ((modality, faces),) = batch.inputs.items()
    where = placing.Config(config.degrees, config.scale, config.shift, config.mirrored)
    faces = placing.batch(where, faces, rng)
    faces = light.batch(light.Config(config.brightness, config.contrast, config.gamma), faces, rng)
    faces = cutout.batch(cutout.Config(config.side, config.covered), faces, rng)
    faces = _cut(faces, small, rng) if small else faces
    lengths = np.full(len(faces), faces.shape[1], np.int64)
    return dataclasses.replace(batch, inputs={modality: faces}, lengths={modality: lengths})


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
