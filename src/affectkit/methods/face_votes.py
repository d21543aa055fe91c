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

from collections.abc import Sequence
from dataclasses import dataclass

from ..nn.model import Model, Scale
from ..task import Task
from ..train import faces, loop, reading, supervised
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
class Config(faces.Plan):
    """The plan for faces, and what is learnt of votes.

    Args:
        keep: the rule that tells which faces are learnt from.
        label: the rule that tells what is learnt of each.
        names_objective: "" for the tasks' default (soft cross-entropy of votes), or a part such as "kl".
    """

    keep: str = "all_inclusive"
    label: str = "all_inclusive"
    names_objective: str = ""


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into pictures."""
    return supervised.reader(config, train)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture whose training part learns what the rules make of its votes, each face as far as it shows emotion."""
    return faces.voted(data, config.keep, config.label)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(train, config.names_objective)


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Learn from changed faces; the best epoch on dev is kept."""
    score = supervised.monitor(*stage.dev, [str(m) for m in CARD["metrics"]])
    loop.finish(faces.learn(config, model, stage, loss(config, stage.train[0]), score))


def toy() -> Config:
    """Settings with which it learns toy faces in seconds."""
    return Config(**faces.TOY)
