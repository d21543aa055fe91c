"""Who shouts, what they feel and how far away they are, told from numbers that the microphone's gain cannot change.

Reference: Tuttösí et al., BERSting at the Screams: A Benchmark for Distanced, Emotional and Shouted Speech Recognition,
Computer Speech and Language 95, 2026.
Seven numbers per clip (features/shout.py), made even by those of the training part, and a logistic regression in which
every name weighs alike. It is solved to the end by L-BFGS, so that chance and dev take no part, and stands as a
network's head: with `--set encoder=egemaps` or any other encoder it is the same regression on that one's mean.
A task `distance` is made of the places of the phone by a map of your own; what the map does not name is not judged:
`--set "places=near:next to me;far:other room+upstairs"`. `affectkit held RUN --within all` gives figures by place,
shout, emotion and language, with whole speakers drawn: anger is shouted, so that figures on emotion should also be
looked at within a level.
Differs from the paper: it measures existing systems and names no detector; this one is ours, and so are the figures
and the stand-in for shouting where the recordings of BERSt are not at hand: the strong clips of RAVDESS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import DataError, UnknownName, UsageError
from ..nn.heads import mean_over_time
from ..nn.model import Model, Scale
from ..task import Kind, Task, View
from ..train import loop, mixture, reading, run, solved, supervised
from ..train.mixture import Mixture

CARD = {
    "title": "Shouting, emotion and distance at any gain",
    "reference": "tuttosi2026bersting",
    "takes": "speech",
    "extra": "train",
    "chance": False,
    "metrics": ["balanced_accuracy", "roc_auc"],
    "card": {"window_s": 5.0, "hop_s": 2.5, "shortest_s": 0.3},
    "claims": [],
    "recipe": [
        "train berst --on ravdess --tasks ravdess.intensity --set encoder=shout:gain_db=20 --set split=all "
        "--set folds=6 --set folds_by=fold --set folds_given=true --out runs/berst-ravdess-voice",
        "train berst --on ravdess --tasks ravdess.intensity --set encoder=shout:voice=false,level=true "
        "--set split=all --set folds=6 --set folds_by=fold --set folds_given=true "
        "--out runs/berst-ravdess-level",
        "train berst --on ravdess --tasks ravdess.intensity "
        "--set encoder=shout:voice=false,level=true,gain_db=20 --set split=all --set folds=6 "
        "--set folds_by=fold --set folds_given=true --out runs/berst-ravdess-level-gain",
        "held runs/berst-ravdess-voice runs/berst-ravdess-level runs/berst-ravdess-level-gain",
    ],
}
chooses_nothing = True
"""Dev takes no part, so there may be none."""
_METRICS = cast("list[str]", CARD["metrics"])
DISTANCE = "distance"
"""The task that is made of places."""

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, whose epochs are some steps each of one solution, and the places of the phone.

    Args:
        cost: the inverse of the regularisation: what the clips count beside the size of the weights.
        steps: of the solver, per epoch.
        place: the kind of group that tells where the phone was.
        places: the names of the task `distance` and the places of each, as "near:next to me;far:other room+upstairs".
    """

    encoder: str = "shout"
    epochs: int = 6
    precision: str = "no"
    cost: float = 1.0
    steps: int = 20
    place: str = "position"
    places: str = ""


class Regression(nn.Module):
    """States (n, t, d) and lengths (n,) to (n, k) logits of their mean, told in the deviations of the training part."""

    mean: Tensor
    spread: Tensor

    def __init__(self, d: int, k: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(d))
        self.register_buffer("spread", torch.ones(d))
        self.linear = nn.Linear(d, k)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        logits: Tensor = self.linear((mean_over_time(states, lengths) - self.mean) / self.spread)
        return logits


class Solver:
    """The regression of a head for rows (n, d) and the number of each one's name (n,), every name weighing alike.

    Raises:
        DataError: fewer than two names.
    """

    def __init__(self, head: Regression, rows: Rows, label: NDArray[np.int64], cost: float, steps: int) -> None:
        counts = np.bincount(label, minlength=head.linear.out_features)
        if (counts > 0).sum() < 2:
            raise DataError("clips of two names at least", str((counts > 0).sum()), "learn from more clips")
        mean, spread = reading.standard(rows.astype(np.float64))
        self.head, self.cost = head, cost
        self.rows = torch.from_numpy((rows - mean) / spread)
        self.label = torch.from_numpy(label)
        self.each = torch.from_numpy(len(label) / ((counts > 0).sum() * np.maximum(counts, 1)))[self.label]
        self.missing = torch.from_numpy(counts == 0)
        self.weight = torch.zeros(len(counts), rows.shape[1], dtype=torch.float64, requires_grad=True)
        self.bias = torch.zeros(len(counts), dtype=torch.float64, requires_grad=True)
        self.solver = torch.optim.LBFGS(
            [self.weight, self.bias],
            max_iter=steps,
            tolerance_grad=1e-9,
            tolerance_change=1e-14,
            line_search_fn="strong_wolfe",
        )
        with torch.no_grad():
            head.mean.copy_(torch.from_numpy(mean))
            head.spread.copy_(torch.from_numpy(spread))

    def step(self) -> float:
        """Some steps nearer; the head gets the weights. The cost per clip before them."""
        found: float = self.solver.step(self._total) / len(self.label)
        with torch.no_grad():
            self.head.linear.weight.copy_(self.weight)
            self.head.linear.bias.copy_(self.bias.masked_fill(self.missing, -1e4))  # what nobody said is not foretold
        return found

    def _total(self) -> float:
        self.solver.zero_grad()
        logits = (self.rows @ self.weight.T + self.bias).masked_fill(self.missing, -torch.inf)
        lost = nn.functional.cross_entropy(logits, self.label, reduction="none")
        total = self.cost * (lost * self.each).sum() + 0.5 * self.weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return float(total.detach())


def read(config: Config, on: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The corpora's samples on their tasks and, where `places` tells what is near and what is far, on `distance`.

    Raises:
        UsageError: `distance` is asked for without a map of places.
    """
    others = [t for t in tasks if t != DISTANCE]
    data = mixture.read(on, others)
    if DISTANCE in tasks and not config.places:
        raise UsageError("places of the phone for the task 'distance'", "none", "--set places=near:next to me;far:...")
    if not config.places or (tasks and DISTANCE not in tasks):
        return data
    data = with_distance(data, config.place, places(config.places))
    return replace(data, tasks=data.tasks[-1:]) if tasks and not others else data


def places(told: str) -> dict[str, tuple[str, ...]]:
    """What "near:next to me;far:other room+upstairs" means: name -> places.

    Raises:
        UsageError: a name without places, fewer than two names, or a place under two of them.
    """
    found = {}
    for part in told.split(";"):
        name, _, listed = part.partition(":")
        found[name.strip()] = tuple(p.strip() for p in listed.split("+") if p.strip())
    every = [p for its in found.values() for p in its]
    if len(found) < 2 or not all(n and its for n, its in found.items()) or len(every) != len(set(every)):
        wanted = "two names or more with places of their own"
        raise UsageError(wanted, repr(told), "for example --set places=near:next to me;far:other room+upstairs")
    return found


def with_distance(data: Mixture, kind: str, named: Mapping[str, Sequence[str]]) -> Mixture:
    """The mixture with the task `distance`, told by groups of a kind; places that have no name are not judged.

    Raises:
        UnknownName: a kind of group that no sample has, or a place at which nothing was recorded.
    """
    if kind not in data.groups:
        raise UnknownName.among("a kind of group of these corpora", kind, data.groups)
    where = data.groups[kind]
    for place in (p for its in named.values() for p in its):
        if not (where == place).any():
            raise UnknownName.among(f"a {kind} of these corpora", place, set(where.tolist()) - {""})
    targets = np.stack([np.isin(where, list(its)) for its in named.values()], 1)
    known: NDArray[np.bool_] = np.asarray(targets.any(1))
    judged = np.repeat(known, len(named)).reshape(targets.shape)
    task = Task(DISTANCE, DISTANCE, Kind.SINGLE, "", tuple(named), view=View.INTENDED)
    return replace(
        data,
        tasks=(*data.tasks, task),
        targets={**data.targets, DISTANCE: targets.astype(np.float32)},
        judged={**data.judged, DISTANCE: judged},
    )


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns clips into numbers."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The regressions before they are solved, one per task.

    Raises:
        UsageError: a task without exactly one right name.
    """
    return solved.build(config, tasks, reader, Regression)


def fit(config: Config, model: Model, stage: run.Stage) -> None:
    """Solve the regressions, some steps per epoch; the last epoch is kept, whatever dev says."""
    train, features = stage.train
    rows = solved.described(model.encoder, features)
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, 1)
    score = supervised.monitor(*stage.dev, _METRICS) if len(stage.dev[0]) else None
    solvers = []
    for task, head in zip(train.tasks, training.bare.heads, strict=True):
        told = np.flatnonzero(train.judged[task.id].any(1))
        solvers.append(Solver(head, rows[told], train.targets[task.id][told].argmax(1), config.cost, config.steps))
    for _ in loop.epochs(training):
        training.total = float(np.mean([solver.step() for solver in solvers]))
        loop.keep_last(training, score(training.bare) if score else None)
    loop.finish(training)


def toy() -> Config:
    """Settings with few epochs."""
    return Config(epochs=4, steps=5)
