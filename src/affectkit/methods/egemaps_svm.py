"""A support vector machine on eGeMAPS functionals: the baseline that speech emotion has been measured against.

Reference: Eyben et al., The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and Affective
Computing, IEEE Transactions on Affective Computing 7, 2016; Cortes and Vapnik, Support-Vector Networks, 1995.
88 numbers per clip, standardised, and a machine with a Gaussian kernel for each pair of names, which vote; clips of
rare names weigh more. Every epoch is a fit with a larger C; which is kept is decided by folds of whole speakers within
the training part, so that nothing is chosen on dev or test. The machine is held as a network's head, so that a run,
its outputs and its folds are like any other's.
Differs from the paper: a Gaussian kernel, where the paper's is linear; the level is made even before openSMILE hears
it; `--set encoder=egemaps:relative=true` standardises each speaker's clips by that speaker's own, without their labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import find
from ..errors import DataError, UnknownName
from ..metrics import balanced_accuracy
from ..nn.heads import mean_over_time
from ..nn.model import Model, Scale
from ..task import Task
from ..train import loop, reading, run, solved, supervised
from ..train.mixture import Mixture

CARD = {
    "title": "Support vector machine on eGeMAPS",
    "reference": "eyben2016geneva",
    "takes": "speech",
    "extra": "train",
    "chance": False,
    "metrics": ["balanced_accuracy"],
    "claims": [],
    "recipe": [
        "train egemaps_svm --on ravdess --set split=all --set folds=6 --set folds_by=fold "
        "--set folds_given=true --out runs/egemaps_svm-ravdess",
        "train egemaps_svm --on ravdess --set encoder=egemaps:relative=true --set split=all --set folds=6 "
        "--set folds_by=fold --set folds_given=true --out runs/egemaps_svm-ravdess-speaker",
        "held runs/egemaps_svm-ravdess runs/egemaps_svm-ravdess-speaker --by speaker",
        "train egemaps_svm --on nemo --set split=all --set folds=3 --set folds_by=fold "
        "--set folds_given=true --out runs/egemaps_svm-nemo",
        "train egemaps_svm --on nemo --set encoder=egemaps:relative=true --set split=all --set folds=3 "
        "--set folds_by=fold --set folds_given=true --out runs/egemaps_svm-nemo-speaker",
        "held runs/egemaps_svm-nemo runs/egemaps_svm-nemo-speaker --by speaker",
    ],
}
chooses_nothing = True
"""Dev takes no part, so there may be none."""

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, whose epochs are fits with ever larger C, and how C is chosen.

    Args:
        cost: C of the first fit, the inverse of the regularisation.
        weaker: what C is multiplied with from one fit to the next.
        inner: folds within the training part that choose it.
        inner_by: kind of group that these keep whole; "" for single clips.
    """

    encoder: str = "egemaps"
    epochs: int = 4
    precision: str = "no"
    cost: float = 0.25
    weaker: float = 4.0
    inner: int = 5
    inner_by: str = "speaker"


class Machine(nn.Module):
    """States (n, t, d) and lengths (n,) to (n, k): how many pairs each name wins, and between whole numbers by how far.

    What `learn` sets grows to the size of what is loaded: a machine keeps rows that it learnt from.

    Args:
        d, k: numbers per state, names.
    """

    mean: Tensor
    spread: Tensor
    sharpness: Tensor

    def __init__(self, d: int, k: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(d))
        self.register_buffer("spread", torch.ones(d))
        self.register_buffer("sharpness", torch.ones(()))
        self.support = nn.Parameter(torch.zeros(1, d))
        self.weight = nn.Parameter(torch.zeros(1, 1))
        self.bias = nn.Parameter(torch.zeros(1))
        self.sides = nn.Parameter(torch.zeros(1, k))
        """(pairs, k): 1 at a pair's first name, -1 at its second."""

    def _load_from_state_dict(self, state: Mapping[str, Tensor], prefix: str, *rest: Any) -> None:
        for name in ("support", "weight", "bias", "sides"):
            if prefix + name in state:
                setattr(self, name, nn.Parameter(torch.empty_like(state[prefix + name])))
        super()._load_from_state_dict(state, prefix, *rest)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        rows = (mean_over_time(states, lengths) - self.mean) / self.spread
        far = rows.square().sum(1)[:, None] + self.support.square().sum(1)[None] - 2 * rows @ self.support.T
        pairs = torch.exp(-self.sharpness * far.clamp_min(0.0)) @ self.weight + self.bias
        first = (pairs >= 0).to(rows.dtype)
        votes = first @ self.sides.clamp_min(0.0) + (1 - first) @ (-self.sides).clamp_min(0.0)
        surety = pairs @ self.sides
        return votes + surety / (3 * (surety.abs() + 1))  # less than a third of a vote: it only settles what is even

    @torch.no_grad()
    def learn(self, rows: Rows, label: NDArray[np.int64], cost: float) -> None:
        """Solve the machine for rows (n, d) and the number of each one's name (n,).

        Raises:
            DataError: fewer than two names.
        """
        names = np.unique(label)
        if len(names) < 2:
            raise DataError("clips of two names at least", str(len(names)), "learn from more clips")
        mean, spread = reading.standard(rows)
        even = (rows - mean) / spread
        svm = find.library("sklearn.svm", "the method 'egemaps_svm'", "analysis")
        found = svm.SVC(C=cost, gamma="scale", class_weight="balanced", cache_size=500).fit(even, label)
        weight, bias = _pairs(found)
        sides = np.zeros((len(bias), self.sides.shape[1]))
        for row, (a, b) in zip(sides, combinations(names, 2), strict=True):
            row[a], row[b] = 1.0, -1.0
        device = self.mean.device
        self.mean.copy_(torch.from_numpy(mean))
        self.spread.copy_(torch.from_numpy(spread))
        self.sharpness.fill_(1.0 / (even.shape[1] * float(even.var())))  # what "scale" means
        for name, value in (("support", found.support_vectors_), ("weight", weight), ("bias", bias), ("sides", sides)):
            setattr(self, name, nn.Parameter(torch.from_numpy(np.asarray(value, np.float32)).to(device)))


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns clips into functionals."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The machines before they are solved, one per task.

    Raises:
        UsageError: a task without exactly one right name.
    """
    return solved.build(config, tasks, reader, Machine)


def fit(config: Config, model: Model, stage: run.Stage) -> None:
    """Solve the machines once per epoch, each time with a larger C; inner folds keep the best."""
    train, features = stage.train
    rows = solved.described(model.encoder, features)
    folds = _inner(config, train)
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, 1)
    for epoch in loop.epochs(training):
        cost, losses, right = config.cost * config.weaker**epoch, [], []
        for task, head in zip(train.tasks, training.bare.heads, strict=True):
            told = np.flatnonzero(train.judged[task.id].any(1))
            its, label = rows[told], train.targets[task.id][told].argmax(1)
            right.append(_foretold(its, label, folds[told], cost, task))
            head.learn(its, label, cost)
            said = torch.from_numpy(_said(head, its)).log_softmax(1).numpy()
            losses.append(float(-said[np.arange(len(label)), label].mean()))
        training.total = float(np.mean(losses))
        if not loop.keep_best(training, float(np.mean(right))):
            break
    loop.finish(training)


def toy() -> Config:
    """Settings for toys of few speakers."""
    return Config(epochs=4, cost=0.01, weaker=10.0, inner=2, inner_by="")


def _foretold(rows: Rows, label: NDArray[np.int64], fold: NDArray[np.int64], cost: float, task: Task) -> float:
    """Balanced accuracy of what machines say of the fold that they were solved without."""
    said = np.zeros((len(rows), len(task.names)))
    for k in np.unique(fold):
        held = fold == k
        machine = Machine(rows.shape[1], len(task.names))
        machine.learn(rows[~held], label[~held], cost)
        said[held] = _said(machine, rows[held])
    truth = np.eye(len(task.names))[label]
    decided = np.eye(len(task.names))[said.argmax(1)]
    there = np.broadcast_to(truth.any(0), truth.shape)  # a name that no clip here has has no recall
    return float(balanced_accuracy.score(truth, decided, there, task=task))  # type: ignore[arg-type]


def _inner(config: Config, train: Mixture) -> NDArray[np.int64]:
    """(n,) the inner fold of each sample: whole groups, dealt out in the order of their names.

    Raises:
        UnknownName: a kind of group that no sample has.
        DataError: fewer groups than two.
    """
    if config.inner_by and config.inner_by not in train.groups:
        raise UnknownName.among("a kind of group of these corpora", config.inner_by, train.groups)
    ids = train.groups[config.inner_by] if config.inner_by else np.arange(len(train)).astype(str)
    names, unit = np.unique(np.char.add(np.char.add(train.corpus, ":"), ids), return_inverse=True)
    if len(names) < 2:
        raise DataError(f"two groups by {config.inner_by} to choose C with", str(len(names)), "--set inner_by=")
    return np.asarray(unit % min(config.inner, len(names)), np.int64)


def _pairs(found: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(m, pairs), (pairs,): weights of the support vectors and biases of the machine for each pair of names.

    A pair's value is positive where its first name wins. Weights of the vectors of a pair's two names stand in two rows
    of what the library gives.
    """
    if len(found.classes_) == 2:  # the one case in which the second name's side is positive there
        return -found.dual_coef_.T, -found.intercept_
    name = np.repeat(np.arange(len(found.classes_)), found.n_support_)
    columns = []
    for a, b in combinations(range(len(found.classes_)), 2):
        columns.append(np.where(name == a, found.dual_coef_[b - 1], np.where(name == b, found.dual_coef_[a], 0.0)))
    return np.stack(columns, 1), found.intercept_


@torch.inference_mode()
def _said(machine: Machine, rows: Rows) -> NDArray[np.float32]:
    """(n, k) outputs of a machine for rows (n, d)."""
    device = machine.mean.device
    states = torch.from_numpy(rows[:, None]).to(device)
    found: NDArray[np.float32] = machine(states, torch.ones(len(rows), dtype=torch.long, device=device)).cpu().numpy()
    return found
