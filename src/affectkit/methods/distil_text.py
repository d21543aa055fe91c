"""A small text student of fine-tuned teachers: it learns from their stored outputs and from the labels together.

Reference: Hinton et al., Distilling the Knowledge in a Neural Network, 2015; Furlanello et al., Born-Again Neural
Networks, ICML 2018 (a student of the teachers' own shape); Wortsman et al., Model Soups, ICML 2022 (`start`); the idea
of teaching a small affect model from larger ones' outputs: Kounadis-Bastian et al., Wav2Small, 2024.
The teacher of a task is the mean output of the runs and seeds that have it. Every text gets the teacher's word on every
task, so a sentence rated for valence also teaches emotions, and the reverse.
Differs from the papers: labels keep a share of the loss; several labels at once are distilled name by name; the
teachers are networks of the student's size, so what is passed on is their agreement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import UsageError
from ..nn.model import Model, Scale
from ..nn.objectives import distillation, mse
from ..task import Kind, Task
from ..train import loop, reading, supervised
from ..train import run as runs
from ..train.mixture import Mixture

CARD = {
    "title": "Text student of several teachers",
    "reference": "hinton2015distilling",
    "takes": "text",
    "extra": "train",
    "needs": "teacher",
    "claims": [
        {
            "claim": "a small student reaches fine-tuned RoBERTa-base, thresholds tuned per label",
            "corpus": "goemotions",
            "metric": "macro_f1",
            "paper": 0.541,
        }
    ],
    "recipe": [
        "train finetune --on goemotions,emobank --set dimensions_weight=0.5 --set clip=1.0 --seeds 0 "
        "--out runs/finetune-0",
        "train finetune --on goemotions,emobank --set dimensions_weight=0.5 --set clip=50 --seeds 1 "
        "--out runs/finetune-1",
        "train linear_text --on goemotions,emobank --set pieces=runs/finetune-0 "
        "--set encoder=ngrams:width=0,buckets=65536,most=2,within=false --set balanced=false "
        "--set longest=64 --set cost=1 --set epochs=3 --set weaker=2 --out runs/linear_text",
        "train distil_text --on goemotions,emobank --set teacher=runs/finetune-0+runs/finetune-1 "
        "--set start=runs/finetune-0 --set encoder=minilm:inner=1024 --set epochs=3 "
        "--set dimensions_weight=0.2 --out runs/distil_text",
        "export runs/distil_text --last --beside runs/linear_text --name text-en --version 2",
        "evaluate runs/distil_text/text-en.affect --on goemotions,emobank --against runs/finetune-0 --stamp",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, longer, since a teacher's word is learnt by heart less easily than labels, and the teacher.

    Args:
        teacher: folders of runs, joined by "+"; the mean output of all seeds that have a task teaches it.
        labels: share of the loss that the labels keep; the teacher has the rest.
        temperature: of the distilled names.
        dimensions_weight: what dimensions count beside names.
        start: as in the plan; "" begins at the encoder's own weights, with the reader of the first teacher.
    """

    teacher: str = ""
    labels: float = 0.3
    temperature: float = 1.0
    dimensions_weight: float = 0.5
    epochs: int = 4


def reader(config: Config, train: Mixture) -> reading.Reader:
    """The reader of the first teacher."""
    return teachers(config)[0].reader()


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The student's network."""
    return supervised.build(config, tasks, scales, reader)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture with the teacher's outputs for the training part, as targets "<task>.teacher".

    Raises:
        UsageError: no teacher has one of the tasks.
    """
    train = np.flatnonzero(data.split == "train")
    part = data.take(train)
    each = [runs.taught(teacher, seed, part) for teacher in teachers(config) for seed in teacher.seeds]
    more = {}
    for task in data.tasks:
        whole = np.zeros((len(data), len(task.names)), np.float32)
        having = [o[task.id] for o in each if task.id in o]
        if not having:
            raise UsageError(f"a teacher of the task {task.id!r}", "none", "train one, or leave the task out")
        whole[train] = np.mean(having, axis=0)
        more[f"{task.id}.teacher"] = whole
    return data.with_targets(more)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """`labels` of the labels' own objectives, the rest of being as sure as the teacher is."""
    own = supervised.objectives(train, dimensions_weight=config.dimensions_weight)
    weights = supervised.factors(train.tasks, config.dimensions_weight)
    parts = []
    for i, (task, scale) in enumerate(zip(train.tasks, supervised.scales(train), strict=True)):
        one = task.kind is not Kind.MULTI
        near = (
            mse.build(mse.Config(spread=scale.factor))
            if task.scaled
            else distillation.build(distillation.Config(config.temperature, exclusive=one))
        )
        parts.append((i, f"{task.id}.teacher", near))

    def both(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        costs = [part(outputs[i], targets[t], judged[t], weight) for i, t, part in parts]
        taught = loop.total([cost * factor for cost, factor in zip(costs, weights, strict=True)])
        return torch.lerp(taught, own(outputs, targets, judged, weight), config.labels)

    return both


def toy() -> Config:
    """Settings with which it learns a toy corpus in seconds; the teacher must be set to a run of `finetune` on toys."""
    return Config(**supervised.TOY)


def teachers(config: Config) -> list[runs.Run]:
    """The runs that teach; what they learnt from counts as the student's source too."""
    if not config.teacher:
        raise UsageError("the folder of a teacher's run", "none", "--set teacher=runs/finetune")
    return [runs.open_run(Path(folder)) for folder in config.teacher.split("+")]
