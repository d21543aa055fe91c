"""Expressions of faces by a Swin transformer with weighed channels, trained towards flat minima, on little data.

Reference: Vats and Chadha, Facial Expression Recognition using Squeeze and Excitation-powered Swin Transformers, 2023
(macro F1 .5420 on AffectNet); Liu et al., Swin Transformer, ICCV 2021; Hu, Shen and Sun, Squeeze-and-Excitation
Networks, CVPR 2018; Foret et al., Sharpness-Aware Minimization, ICLR 2021.
`encoder=swin:reduction=0` is the plain Swin, `radius=0` the plain step, and `share` learns from a part of the training
part in which every expression keeps its share: a smaller one is a part of a larger one, the same for all seeds.
How flat the minimum is, `evaluate` measures of each network, as the loss on some of the training faces, unchanged:
its `sharpness`, how much it rises a radius of .05 straight uphill, and its `rise` in the mean of random directions in
which each tensor of weights is moved by a fifth of its length.
Differs from the paper, of which no code is known to us: 48 pixels, three stages and six hundred thousand weights,
learnt from nothing, where theirs has 224 pixels and begins at ImageNet's; weighed channels after every stage, a radius
of .05 and AdamW are ours; shares of votes are learnt where the corpus has votes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from ..errors import UsageError
from ..nn.model import Model, Scale
from ..task import Task
from ..train import batch as batching
from ..train import faces, loop, portion, reading, run, sam, supervised
from ..train.mixture import Mixture
from ..train.run import Run, Stage

CARD = {
    "title": "Swin with weighed channels, towards flat minima",
    "reference": "vats2023facial",
    "takes": "face",
    "extra": "train",
    "metrics": ["macro_f1", "accuracy", "kl"],
    "claims": [
        {
            "claim": "expressions of AffectNet; of how many, and on what mixture it learnt, is not known to us",
            "corpus": "affectnet",
            "metric": "macro_f1",
            "paper": 0.5420,
            "arm": "swin-both",
        }
    ],
    "recipe": [
        "train se_swin --on ferplus_majority --set epochs=120 --set batch_size=32 --set share=0.05 "
        "--set radius=0 --set encoder=swin:reduction=0 --out runs/swin-plain-5",
        "train se_swin --on ferplus_majority --set epochs=120 --set batch_size=32 --set share=0.05 "
        "--set radius=0 --out runs/swin-se-5",
        "train se_swin --on ferplus_majority --set epochs=120 --set batch_size=32 --set share=0.05 "
        "--set encoder=swin:reduction=0 --out runs/swin-sam-5",
        "train se_swin --on ferplus_majority --set epochs=120 --set batch_size=32 --set share=0.05 "
        "--out runs/swin-both-5",
        "train se_swin --on ferplus_majority --set epochs=30 --set batch_size=32 --set share=0.2 "
        "--set radius=0 --set encoder=swin:reduction=0 --out runs/swin-plain-20",
        "train se_swin --on ferplus_majority --set epochs=30 --set batch_size=32 --set share=0.2 "
        "--set radius=0 --out runs/swin-se-20",
        "train se_swin --on ferplus_majority --set epochs=30 --set batch_size=32 --set share=0.2 "
        "--set encoder=swin:reduction=0 --out runs/swin-sam-20",
        "train se_swin --on ferplus_majority --set epochs=30 --set batch_size=32 --set share=0.2 "
        "--out runs/swin-both-20",
        "train se_swin --on ferplus_majority --set epochs=12 --set batch_size=64 "
        "--set radius=0 --set encoder=swin:reduction=0 --out runs/swin-plain",
        "train se_swin --on ferplus_majority --set epochs=12 --set batch_size=64 --set radius=0 --out runs/swin-se",
        "train se_swin --on ferplus_majority --set epochs=12 --set batch_size=64 "
        "--set encoder=swin:reduction=0 --out runs/swin-sam",
        "train se_swin --on ferplus_majority --set epochs=12 --set batch_size=64 --out runs/swin-both",
        "evaluate runs/swin-plain-5 runs/swin-se-5 runs/swin-sam-5 runs/swin-both-5 --against runs/swin-plain-5 "
        "--as five",
        "evaluate runs/swin-plain-20 runs/swin-se-20 runs/swin-sam-20 runs/swin-both-20 --against runs/swin-plain-20 "
        "--as twenty",
        "evaluate runs/swin-plain runs/swin-se runs/swin-sam runs/swin-both --against runs/swin-plain",
    ],
}
_RADIUS = 0.05  # uphill, the same for all networks, however they learnt
_SHARE = 0.2  # of the length of each tensor of weights, at random
_FACES = 512  # of the training part, whose loss tells how flat the minimum is


@dataclass(frozen=True)
class Config(faces.Plan):
    """The plan for faces, and a share of them.

    Args:
        names_objective: "" for the tasks' default, or a part such as "ce".
        share: of the training part that is learnt from.
    """

    encoder: str = "swin"
    lr: float = 1e-3
    head_lr: float = 1e-3
    warmup: float = 0.1
    radius: float = 0.05
    small: int = 0
    names_objective: str = ""
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.folds and self.share < 1:
            found = f"folds={self.folds}, share={self.share:g}"
            raise UsageError("folds of the whole training part", found, "--set folds=0, or share=1")


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into pictures."""
    return supervised.reader(config, train)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture with the share of its training part that is learnt from."""
    return portion.drawn(data, config.share)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(train, config.names_objective)


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Learn from changed faces, and keep the best epoch on dev."""
    cost = loss(config, stage.train[0])
    score = supervised.monitor(*stage.dev, [str(m) for m in CARD["metrics"]])
    loop.finish(faces.learn(config, model, stage, cost, score))


def network(trained: Run, seed: int) -> dict[str, dict[str, float]]:
    """The loss on training faces as they are, how sharp and how flat the minimum is there.

    The interval of the rise is over directions, not over faces.
    """
    config: Config = trained.config
    train = portion.drawn(trained.mixture(), config.share).part("train")
    part = train.take(np.sort(np.random.default_rng(0).permutation(len(train))[:_FACES]))
    batch = batching.make(part, run.features(trained.reader(), part), np.arange(len(part)))

    def on(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
        return {k: torch.from_numpy(v) for k, v in arrays.items()}

    inputs = [torch.from_numpy(a) for m in batch.inputs for a in (batch.inputs[m], batch.lengths[m])]
    targets, judged, weight = on(batch.targets), on(batch.judged), torch.from_numpy(batch.weight)
    model, cost = run.model(trained, seed).eval(), loss(config, train)

    def on_faces() -> Tensor:
        return cost(model(*inputs), targets, judged, weight)

    with torch.no_grad():
        here = float(on_faces())
    rises = sam.rises(model, on_faces, _SHARE)
    low, high = stats.t.interval(0.95, len(rises) - 1, rises.mean(), stats.sem(rises))
    return {
        "loss": {"value": here, "n": len(part)},
        "sharpness": {"value": sam.sharpness(model, on_faces, _RADIUS), "n": len(part)},
        "rise": {"value": float(rises.mean()), "low": float(low), "high": float(high), "n": len(part)}
        | {"directions": len(rises)},
    }


def toy() -> Config:
    """Settings with which it learns toy faces in seconds; what is left or right there says something."""
    return Config(
        encoder="swin:patch=8,window=3,width=16,depths=2+1,heads=2+2,reduction=4,drop=0",
        head="linear:dropout=0",
        epochs=25,
        batch_size=16,
        lr=3e-3,
        head_lr=1e-2,
        mirrored=0.0,
        side=0.2,
        precision="no",
    )
