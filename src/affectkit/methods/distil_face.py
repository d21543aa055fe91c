"""A small student of several networks on faces: it learns shares of votes and what its teachers see in every face.

Reference: Hinton et al., Distilling the Knowledge in a Neural Network, 2015; Barsoum et al., Training Deep Networks for
Facial Expression Recognition with Crowd-Sourced Label Distribution, ICMI 2016 (shares of votes).
A teacher's word on a face is the mean over teachers, their seeds, and the face and its mirror image. What is learnt of
votes, and how faces are changed, is as in `face_votes`, whose runs are the teachers.
Differs from the papers: labels keep a share of the loss; a changed face has the word on the face as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..nn.model import Model, Scale
from ..task import Task
from ..train import faces, loop, reading, supervised, teaching
from ..train import run as runs
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
        "export runs/face --name face --version 1",
        "evaluate runs/face/face.affect --on ferplus,ferplus_majority --stamp",
    ],
}


@dataclass(frozen=True)
class Config(faces.Plan):
    """The plan for faces, what is learnt of votes, and the teachers.

    Args:
        teacher: folders of runs, joined by "+"; the mean output of all seeds that have a task teaches it.
        labels: share of the loss that votes keep; the teachers have the rest.
        temperature: of the distilled names.
        keep, label: rules that tell which faces are learnt from, and what of each.
    """

    encoder: str = "se_resnet:channels=28+56+56+144+144"
    epochs: int = 40
    teacher: str = ""
    labels: float = 0.3
    temperature: float = 1.0
    keep: str = "seconded"
    label: str = "seconded"


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
    return teaching.enriched(faces.voted(data, config.keep, config.label), teachers(config), _both_ways)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The student's network."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """`labels` of the loss of votes, the rest of being as sure as the teachers are."""
    return teaching.loss(train, supervised.objectives(train), config.labels, config.temperature)


def fit(config: Config, model: Model, stage: runs.Stage) -> None:
    """Learn from changed faces; the best epoch on dev is kept."""
    score = supervised.monitor(*stage.dev, [str(m) for m in CARD["metrics"]])
    loop.finish(faces.learn(config, model, stage, loss(config, stage.train[0]), score))


def toy() -> Config:
    """Settings with which it learns toy faces in seconds; the teacher must be set to a run of `face_votes` on toys."""
    return Config(**faces.TOY)


def _both_ways(run: runs.Run, seed: int, part: Mixture) -> runs.Outputs:
    """The mean of what a teacher sees in faces and in their mirror images."""
    network, features = runs.model(run, seed), runs.features(run.reader(), part)
    there, back = (loop.outputs(network, f) for f in (features, faces.mirrored(features)))
    return {t.id: (a + b) / 2 for t, a, b in zip(run.tasks, there, back, strict=True)}
