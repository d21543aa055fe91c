"""Rater mixture: a network per rater and two of the crowd, frozen, and one layer that learns from all they say.

Reference: Chou & Lee, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition: Considering
Subjectivity of Annotators and Ambiguity of Emotions, 2025, chapter 3 (ICASSP 2019). One network learns the crowd's hard
label, one the crowd's soft label, and one the soft label of each rater alone; their outputs before the softmax stand
side by side, and a softmax layer is trained on them. IEMOCAP, recall over four classes: crowd hard .5745, crowd soft
.5712, both .5858, five raters .6024, all .6148.
A rater is a person where a corpus names its raters and enough of them rated enough of the training part. Votes without
names have no persons: they are dealt into slots, one vote of an item to each, at random. What is fused then is networks
that learnt from different votes, not different people; nothing about persons can be read from it. So it is with RED and
EmoBank, whose raters are anonymous: there no network is a person's. A mean alone (EmoBank's `vad`) is refused.
Differs from the paper: any encoder, here of text, for every network, not a recurrent one on sound; the hard label is
the plurality; networks learn on the official training part, and their best epochs are chosen on dev's shares of votes.
Known fault, of the paper too: the last layer learns from what the networks say of texts they learnt from, so that it
trusts the ones that learnt by heart.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from .. import store
from ..errors import UsageError
from ..nn.model import Model, Scale
from ..sample import Rating, target
from ..task import Task
from ..train import loop, reading, run, supervised, votes
from ..train.batch import Features, Ragged
from ..train.mixture import Mixture

CARD = {
    "title": "A network per rater, fused",
    "reference": "chou2025revisiting",
    "takes": "text",
    "extra": "train",
    "metrics": ["balanced_accuracy", "all_inclusive_f1", "kl"],
    "claims": [
        {
            "claim": "two networks of the crowd and five of raters, fused; five folds by session",
            "corpus": "iemocap",
            "metric": "balanced_accuracy",
            "paper": 0.6148,
        }
    ],
    "recipe": [
        "train rater_mixture --on red_ro:version=v2 --tasks red_ro.votes --set raters=0 --seeds 0,1,2 "
        "--out runs/crowd-red",
        "train rater_mixture --on red_ro:version=v2 --tasks red_ro.votes --set crowd=false --seeds 0,1,2 "
        "--out runs/raters-red",
        "train rater_mixture --on red_ro:version=v2 --tasks red_ro.votes --seeds 0,1,2 --out runs/whole-red",
        "train rater_mixture --on enisear --tasks enisear.appraisals --set split=random --set epochs=12 "
        "--set fusion_epochs=30 --set raters=0 --seeds 0,1,2 --out runs/crowd-enisear",
        "train rater_mixture --on enisear --tasks enisear.appraisals --set split=random --set epochs=12 "
        "--set fusion_epochs=30 --set crowd=false --seeds 0,1,2 --out runs/raters-enisear",
        "train rater_mixture --on enisear --tasks enisear.appraisals --set split=random --set epochs=12 "
        "--set fusion_epochs=30 --seeds 0,1,2 --out runs/whole-enisear",
        "train rater_mixture --on emobank --tasks sentiment.writer,sentiment.reader --set raters=0 "
        "--seeds 0,1,2 --out runs/crowd-emobank",
        "train rater_mixture --on emobank --tasks sentiment.writer,sentiment.reader "
        "--seeds 0,1,2 --out runs/whole-emobank",
        "evaluate runs/crowd-red runs/raters-red runs/whole-red --against runs/crowd-red",
        "compare runs/whole-red runs/crowd-red --metric balanced_accuracy,all_inclusive_f1,kl",
        "evaluate runs/crowd-enisear runs/raters-enisear runs/whole-enisear --against runs/crowd-enisear",
        "compare runs/whole-enisear runs/crowd-enisear --metric balanced_accuracy,all_inclusive_f1,kl",
        "evaluate runs/crowd-emobank runs/whole-emobank --against runs/crowd-emobank",
        "compare runs/whole-emobank runs/crowd-emobank --metric balanced_accuracy,all_inclusive_f1,kl",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Light):
    """The supervised plan, light, on shares of votes, for every network, and what is fused how.

    Args:
        raters: how many raters, or slots of votes without names, have a network; 0 for the crowd's alone.
        crowd: whether the crowd's two networks are fused too.
        fewest: ratings of the training part that a person must have given to have a network.
        hard, soft: rules of the crowd's hard label, and of all soft labels.
        fusion_epochs, fusion_lr: of the last layer; all else is as in the plan.
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    shares: bool = True
    tempered: bool = False
    raters: int = 3
    crowd: bool = True
    fewest: int = 100
    hard: str = "plurality"
    soft: str = "soft:alpha=0.75"
    fusion_epochs: int = 10
    fusion_lr: float = 2e-2
    dimensions_weight: float = 1.0

    def __post_init__(self) -> None:
        if self.raters < 0 or self.members < 1:
            found = f"raters={self.raters}, crowd={self.crowd}".lower()
            raise UsageError("at least one network to fuse", found, "--set crowd=true, or raters of 1 or more")
        if self.start:
            raise UsageError(
                "networks that begin at their encoder's own weights", f"start={self.start}", "leave it out"
            )

    @property
    def members(self) -> int:
        """How many networks are fused."""
        return self.raters + 2 * self.crowd


class Raters(nn.Module):
    """Padded input and lengths to one (n, k) output per task: a layer on what all members say, side by side."""

    def __init__(self, members: Sequence[Model], tasks: Sequence[Task]) -> None:
        super().__init__()
        self.tasks = tuple(t.id for t in tasks)
        self.members = nn.ModuleList(members)
        self.fusion = Fusion([len(t.names) for t in tasks], len(members))

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        each = [member(padded, lengths) for member in self.members]
        made: tuple[Tensor, ...] = self.fusion(torch.cat([torch.cat(of, 1) for of in zip(*each, strict=True)], 1))
        return made


class Fusion(nn.Module):
    """(n, members x k of all tasks), task by task, to one (n, k) output per task; a time of one is allowed."""

    def __init__(self, sizes: Sequence[int], members: int) -> None:
        super().__init__()
        self.wide = [members * k for k in sizes]
        self.layers = nn.ModuleList(nn.Linear(members * k, k) for k in sizes)

    def forward(self, rows: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, ...]:
        flat = rows[:, 0] if rows.ndim == 3 else rows
        return tuple(layer(x) for layer, x in zip(self.layers, flat.split(self.wide, 1), strict=True))

    def parts(self) -> Mapping[str, list[nn.Parameter]]:
        """Parameters by part, as in `nn.model.Model`."""
        return {"encoder": [], "heads": list(self.parameters())}


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Raters:
    """The networks and the layer before training."""
    return Raters([supervised.build(config, tasks, scales, reader) for _ in range(config.members)], tasks)


def fit(config: Config, model: Raters, stage: run.Stage) -> None:
    """Train every network by the loop on labels of its own, freeze them, and train the layer on what they say."""
    (train, features), (dev, dev_features) = stage.train, stage.dev
    learnt = parts(config, train)
    for which, (member, part) in enumerate(zip(model.members, learnt, strict=True)):
        folder = stage.folder / f"member-{which}"
        if not (folder / loop.LAST).exists():
            seed = stage.seed * config.members + which
            _train(config, config, member, (part, features), (dev, dev_features), seed, folder)
        member.load_state_dict(load_file(folder / loop.BEST))
        member.cpu().eval()
    said, dev_said = (_said(model, of) for of in (features, dev_features))
    plan = replace(config, epochs=config.fusion_epochs, head_lr=config.fusion_lr)
    last = stage.folder / "fusion"
    _train(config, plan, model.fusion, (train, said), (dev, dev_said), stage.seed, last)
    model.fusion.load_state_dict(load_file(last / loop.BEST))
    shutil.copyfile(last / "log.jsonl", stage.folder / "log.jsonl")
    weights = {k: v.detach().cpu().contiguous().clone() for k, v in model.state_dict().items()}
    with store.whole(stage.folder / loop.BEST) as aside:
        save_file(weights, aside)
    for folder in (last, *(stage.folder / f"member-{which}" for which in range(config.members))):
        shutil.rmtree(folder)


def _train(
    config: Config,
    plan: Config,
    network: nn.Module,
    train: tuple[Mixture, Features],
    dev: tuple[Mixture, Features],
    seed: int,
    folder: Path,
) -> None:
    folder.mkdir(exist_ok=True)
    per_epoch = -(-len(train[0]) // config.batch_size)
    training = loop.start(network, network.parts(), plan, seed, folder, per_epoch)
    loss = supervised.objectives(train[0], dimensions_weight=config.dimensions_weight)
    loop.fit(training, *train, loss, supervised.monitor(*dev, [str(m) for m in CARD["metrics"]]))
    loop.finish(training)


def _said(model: Raters, features: Features) -> Features:
    """What the networks say of every row, as rows of one time (n, 1, members x k of all tasks)."""
    each = [loop.outputs(member, features) for member in model.members]
    rows = np.concatenate([np.concatenate(of, 1) for of in zip(*each, strict=True)], 1)
    return {"said": Ragged(rows, np.arange(len(rows) + 1))}


def parts(config: Config, train: Mixture) -> list[Mixture]:
    """The training part as each network learns it: the crowd's hard and soft labels, then each rater's alone."""
    every = np.arange(len(train))
    crowd = [
        votes.relabelled(train, every, config.hard, config.hard),
        votes.relabelled(train, every, "all_inclusive", config.soft),
    ]
    alone = [_alone(train, ratings, config.soft) for ratings in told_apart(config, train)]
    return [*(crowd if config.crowd else []), *alone]


def told_apart(config: Config, train: Mixture) -> list[list[tuple[Rating, ...]]]:
    """For each rater, the ratings of every item: those of persons with most ratings, or slots of votes without names.

    Raises:
        UsageError: there are fewer persons and fewer votes per item than raters are asked for.
    """
    given = [[r for r in its if r.value is not None and r.rater != "consensus"] for its in train.ratings]
    often = Counter(r.rater for its in given for r in its if r.rater is not None)
    known = [rater for rater, count in often.most_common(config.raters) if count >= config.fewest]
    if len(known) == config.raters:
        return [[tuple(r for r in its if r.rater == rater) for its in given] for rater in known]
    slots = _dealt(train.tasks, given, config.raters)
    full = sum(any(slot) for slot in slots)
    if full < config.raters:
        raise UsageError(
            f"{config.raters} raters with {config.fewest} ratings, or items with {config.raters} votes",
            f"{len(known)} such raters, and at most {full} votes",
            "--set raters=... fewer, or train on votes, not on a consensus",
        )
    return slots


def _dealt(tasks: Sequence[Task], given: Sequence[Sequence[Rating]], slots: int) -> list[list[tuple[Rating, ...]]]:
    """Votes dealt at random, the same in every training: of each item and task at most one to each slot."""
    rng = np.random.default_rng(0)
    dealt: list[list[tuple[Rating, ...]]] = [[] for _ in range(slots)]
    for its in given:
        hands: list[list[Rating]] = [[] for _ in range(slots)]
        for task in tasks:
            single = [replace(r, count=1) for r in its if r.task == task.id for _ in range(r.count)]
            for hand, i in zip(hands, rng.permutation(len(single)).tolist(), strict=False):
                hand.append(single[i])
        for slot, hand in zip(dealt, hands, strict=True):
            slot.append(tuple(hand))
    return dealt


def _alone(train: Mixture, ratings: Sequence[tuple[Rating, ...]], soft: str) -> Mixture:
    """The training part with nothing but some ratings: what has none of them is not judged."""
    targets, judged = dict(train.targets), dict(train.judged)
    for task in train.tasks:
        rows = [target(task, its) for its in ratings]
        targets[task.id] = np.stack([values for values, _ in rows])
        judged[task.id] = np.stack([could for _, could in rows])
    own = dataclasses.replace(train, targets=targets, judged=judged, ratings=ratings)
    return votes.relabelled(own, np.arange(len(own)), "all_inclusive", soft)


def toy() -> Config:
    """A config that trains in seconds without any weights from outside: the crowd's networks alone."""
    return Config(**supervised.TOY, raters=0, fusion_epochs=20, fusion_lr=1e-2)
