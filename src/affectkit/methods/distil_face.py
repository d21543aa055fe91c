"""A small student of several networks on faces: it learns shares of votes and what its teachers see in every face.

Reference: Hinton et al., Distilling the Knowledge in a Neural Network, 2015; Barsoum et al., Training Deep Networks for
Facial Expression Recognition with Crowd-Sourced Label Distribution, ICMI 2016 (shares of votes); Beyer et al.,
Knowledge Distillation: A Good Teacher Is Patient and Consistent, CVPR 2022 (`views`); Zhang et al., mixup, ICLR 2018
(`mixed`).
Without `views`, a teacher's word on a face is the mean over teachers, their seeds, and the face and its mirror image,
and a changed face has the word on the face as it was. With `views`, teachers are asked about faces as changed and mixed
as the student sees them, which they never learnt by heart: as many versions of each face are made, and an epoch goes
through all of them. What is learnt of votes, and how faces are changed, is as in `face_votes`, whose runs are the
teachers.
Differs from the papers: labels keep a share of the loss; versions are made once, not anew at every step.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import store
from ..errors import UsageError
from ..nn.model import Model, Scale
from ..task import Task
from ..train import faces, loop, reading, supervised, teaching
from ..train import run as runs
from ..train.batch import Features
from ..train.mixture import Mixture

CARD = {
    "title": "Face student of several teachers",
    "reference": "hinton2015distilling",
    "takes": "face",
    "extra": "train",
    "needs": "teacher",
    "metrics": ["accuracy", "kl"],
    "card": {
        "picture": {"side": 48, "margin": 0.0, "detector": {"name": "cascade"}, "rate_hz": 5.0},
        "threads": 1,
        "dimensions_from": {"task": "ferplus", "to": "vad"},
    },
    "claims": [],
    "recipe": [
        "train face_votes --on ferplus --tasks ferplus --set keep=seconded --set label=seconded "
        "--set encoder=se_resnet:channels=32+64+64+160+160 --set epochs=40 --seeds 0 --out runs/face-teacher-0",
        "train face_votes --on ferplus --tasks ferplus --set keep=seconded --set label=seconded "
        "--set encoder=se_resnet:channels=32+64+64+160+160 --set epochs=40 --seeds 1 --out runs/face-teacher-1",
        "train distil_face --on ferplus --tasks ferplus --set teacher=runs/face-teacher-0+runs/face-teacher-1 "
        "--out runs/face",
        "train distil_face --on ferplus --tasks ferplus --set teacher=runs/face-teacher-0+runs/face-teacher-1 "
        "--set views=8 --set epochs=7 --set start=runs/face --set lr=1.2e-3 --set head_lr=1.2e-3 --out runs/face-views",
        "export runs/face-views --name face --version 2",
        "evaluate runs/face-views/face.affect --on ferplus,ferplus_majority --stamp",
    ],
}


_AS_SHOWN: Mapping[str, Any] = dict.fromkeys(
    ("degrees", "scale", "shift", "brightness", "contrast", "gamma", "covered"), 0.0
)
"""Settings by which faces that were changed before are changed no more, but for mirroring and cutting."""


@dataclass(frozen=True)
class Config(faces.Plan):
    """The plan for faces, what is learnt of votes, and the teachers.

    Args:
        teacher: folders of runs, joined by "+"; the mean output of all seeds that have a task teaches it.
        labels: share of the loss that votes keep; the teachers have the rest.
        temperature: of the distilled names.
        keep, label: rules that tell which faces are learnt from, and what of each.
        views: versions of each face that teachers are asked about; 0 asks about the face as it is.
        mixed: share of the versions that another one shines through.

    Raises:
        UsageError: fewer views than none, or no share.
    """

    encoder: str = "se_resnet:channels=28+56+56+144+144"
    epochs: int = 40
    teacher: str = ""
    labels: float = 0.3
    temperature: float = 1.0
    keep: str = "seconded"
    label: str = "seconded"
    views: int = 0
    mixed: float = 0.5

    def __post_init__(self) -> None:
        if self.views < 0 or not 0 <= self.mixed <= 1:
            found = f"{self.views} and {self.mixed:g}"
            raise UsageError("0 or more views and a share from 0 to 1 of them mixed", found, "correct views and mixed")


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into pictures."""
    return supervised.reader(config, train)


def teachers(config: Config) -> list[runs.Run]:
    """The runs that teach; what they learnt from counts as the student's source too."""
    return teaching.teachers(config.teacher)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture whose training part learns of its votes and, as targets "<task>.teacher", what its teachers see.

    Raises:
        UsageError: no teacher has one of the tasks.
    """
    voted = faces.voted(data, config.keep, config.label)
    return voted if config.views else teaching.enriched(voted, teachers(config), _both_ways)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The student's network."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """`labels` of the loss of votes, the rest of being as sure as the teachers are."""
    return teaching.loss(train, supervised.objectives(train), config.labels, config.temperature)


def fit(config: Config, model: Model, stage: runs.Stage) -> None:
    """Learn from changed faces; the best epoch on dev is kept.

    Raises:
        UsageError: no teacher has one of the tasks.
    """
    if config.views:
        stage = dataclasses.replace(stage, train=_versions(config, stage))
        config = dataclasses.replace(config, **_AS_SHOWN)
    score = supervised.monitor(*stage.dev, [str(m) for m in CARD["metrics"]])
    loop.finish(faces.learn(config, model, stage, loss(config, stage.train[0]), score))


def toy() -> Config:
    """Settings with which it learns toy faces in seconds; the teacher must be set to a run of `face_votes` on toys."""
    return Config(**faces.TOY)


def _versions(config: Config, stage: runs.Stage) -> tuple[Mixture, Features]:
    """All versions of all faces, and what teachers see in them; these words are kept beside the run's weights.

    Raises:
        UsageError: no teacher has one of the tasks.
    """
    shown = faces.versions(config, *stage.train, config.views, config.mixed, stage.seed)
    train, features = shown
    file = stage.folder / "views.npz"
    if not file.is_file():
        told = teaching.words(train, teachers(config), lambda run, seed, _: _seen(run, seed, features))
        with store.whole(file) as aside, aside.open("wb") as opened:
            np.savez(opened, allow_pickle=False, **told)  # type: ignore[arg-type]
    with np.load(file, allow_pickle=False) as kept:
        return train.with_targets({f"{task.id}.teacher": kept[task.id] for task in train.tasks}), features


def _seen(run: runs.Run, seed: int, features: Features) -> runs.Outputs:
    """What a teacher sees in pictures that were read before."""
    said = loop.outputs(runs.model(run, seed), features)
    return {t.id: o for t, o in zip(run.tasks, said, strict=True)}


def _both_ways(run: runs.Run, seed: int, part: Mixture) -> runs.Outputs:
    """The mean of what a teacher sees in faces and in their mirror images."""
    network, features = runs.model(run, seed), runs.features(run.reader(), part)
    there, back = (loop.outputs(network, f) for f in (features, faces.mirrored(features)))
    return {t.id: (a + b) / 2 for t, a, b in zip(run.tasks, there, back, strict=True)}
