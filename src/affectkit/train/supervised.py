"""What supervised recipes share: the plan, the network, objectives over a mixture's tasks, the monitor on dev."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .. import find, settings
from ..nn.model import Model, Scale
from ..runtime.turns import Turns
from ..task import Task
from . import figures, loop, reading
from .batch import Features
from .mixture import Mixture

TOY: Mapping[str, Any] = {
    "encoder": "transformer:vocabulary=400,width=32,layers=1,heads=2,inner=64,longest=64",
    "epochs": 30,
    "batch_size": 16,
    "lr": 3e-3,
    "head_lr": 1e-2,
    "longest": 32,
    "precision": "no",
}
"""Settings with which a recipe learns a toy corpus in seconds, without any weights from outside."""


@dataclass(frozen=True)
class Plan(loop.Plan):
    """The loop's plan, and the network's parts as "name" or "name:key=value".

    Args:
        encoder, head: parts of those kinds.
        longest: tokens per sample, specials included; longer ones are cut in training (serving reads in windows).
        longest_s: seconds per sound: of a longer one the beginning is read; 0 reads all of it.
        seen: pieces met less often than this in the training texts leave the token table; 0 keeps the table as it is.
        start: where it begins, with the reader of that run: the folder of a run, at the mean weights of its seeds' best
            and last epochs (a soup; of heads, those for tasks that both have), or a stage of one seed
            ("runs/leia/seed-0/masked"), at its encoder. "" begins at the encoder's own weights.
        split: "" for the corpora's own, or one that `mixture.resplit` makes: "random", "group:speaker", "order:season",
            "joined".
        context: earlier turns of the dialogue that are read behind a text, as many as `longest` leaves room for.
        speakers: write the speaker's name before each turn, where it is known.
        allow_leak: train although the split cuts groups that should be whole; all figures will say so.
        folds: train as often again, each time without one part of the training part, and let it judge that part:
            thresholds, calibration and a student's lessons then rest on those answers too; 0 for none.
        folds_by: kind of group that folds keep whole, such as person; "" for none.
        folds_given: the groups of that kind are the folds themselves, numbered from 0; one of a corpus that has fewer
            is left out in several folds, and what the last of them says counts.
        shares: tasks of names are learnt and measured as distributions: each name's share of all that raters chose.
        tempered: scores of which one name is right get a temperature from dev; False leaves them as they are.
    """

    encoder: str = "minilm"
    head: str = "linear"
    longest: int = 64
    longest_s: float = 0.0
    seen: int = 2
    start: str = ""
    split: str = ""
    context: int = 0
    speakers: bool = False
    allow_leak: bool = False
    folds: int = 0
    folds_by: str = ""
    folds_given: bool = False
    shares: bool = False
    tempered: bool = True

    @property
    def turns(self) -> Turns:
        """What of a conversation is read with a text."""
        return Turns(self.context, self.speakers)


@dataclass(frozen=True)
class Light(Plan):
    """The plan with settings for a network on hashed n-grams, which learns any language from nothing, in seconds."""

    encoder: str = "ngrams:width=16,buckets=32768,most=4"
    longest: int = 160
    epochs: int = 4
    batch_size: int = 64
    lr: float = 1e-2
    head_lr: float = 1e-2
    precision: str = "no"


def reader(plan: Plan, train: Mixture) -> reading.Reader:
    """What turns the training part's media into features."""
    encoder, its = settings.part("encoders", plan.encoder)
    first, *_ = reading.takes(encoder, its)
    media = [m[first] for m in train.media]
    return reading.learn(encoder, its, media, plan.longest, plan.seen, plan.turns, plan.longest_s)


def build(plan: Plan, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network: the encoder's own weights, heads drawn from torch's generator."""
    part, its = settings.part("encoders", plan.encoder)
    encoder = part.build(its)
    rows = getattr(reader, "rows", None)
    if rows is not None:
        encoder.vocabulary(rows)
    return Model(encoder, [head(plan.head, encoder.width, len(t.names)) for t in tasks], [t.id for t in tasks], scales)


def head(spec: str, width: int, outputs: int) -> nn.Module:
    """One head of the chosen kind."""
    name, _, rest = spec.partition(":")
    part = find.load("heads", name)
    sizes = part.Config(width=width, outputs=outputs)
    found: nn.Module = part.build(settings.apply(sizes, settings.pairs(rest.split(","))) if rest else sizes)
    return found


def scales(train: Mixture) -> list[Scale]:
    """Per task: mean and deviation of judged dimensions, log odds of judged names' shares in the training part."""
    return [_scale(task, train.targets[task.id], train.judged[task.id]) for task in train.tasks]


def _scale(task: Task, targets: np.ndarray, judged: np.ndarray) -> Scale:
    n = np.maximum(judged.sum(0), 1)
    mean = (targets * judged).sum(0) / n
    if task.scaled:
        spread = np.sqrt((judged * (targets - mean) ** 2).sum(0) / n)
        return Scale(tuple(np.maximum(spread, 1e-3).tolist()), tuple(mean.tolist()))
    share = np.clip(mean, 1e-4, 1 - 1e-4)
    return Scale((1.0,) * len(mean), tuple(np.log(share / (1 - share)).tolist()))


def objectives(
    train: Mixture,
    names: str = "",
    dimensions: str = "",
    balance: float = 0.0,
    dimensions_weight: float = 1.0,
    given: Mapping[str, Mapping[str, Any]] | None = None,
) -> loop.Loss:
    """The weighted sum of each task's objective: its default, or the one chosen for names or for dimensions.

    An objective that takes a `spread` gets the training part's deviation per dimension; one that takes weights per name
    (`positive` or `names`) gets (others / own) ** balance; `given` has further settings of it per task.
    """
    weights = factors(train.tasks, dimensions_weight)
    parts: list[tuple[int, str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]]] = []
    for i, (task, scale) in enumerate(zip(train.tasks, scales(train), strict=True)):
        module, config = settings.part("objectives", (dimensions if task.scaled else names) or task.defaults.objective)
        odds = np.exp(-np.asarray(scale.shift) * balance)
        known = {
            "spread": scale.factor,
            "positive": tuple(odds.tolist()),
            "names": tuple((odds / odds.mean()).tolist()),
        }
        wanted = [k for k in known if isinstance(getattr(config, k, None), tuple) and (balance or task.scaled)]
        further = (given or {}).get(task.id, {})
        parts.append((i, task.id, module.build(settings.apply(config, {k: known[k] for k in wanted} | dict(further)))))

    def loss(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        costs = [part(outputs[i], targets[t], judged[t], weight) for i, t, part in parts]
        return loop.total([cost * factor for cost, factor in zip(costs, weights, strict=True)])

    return loss


def factors(tasks: Sequence[Task], dimensions_weight: float) -> list[float]:
    """What each task's objective counts beside the others'."""
    return [dimensions_weight if task.scaled else 1.0 for task in tasks]


def monitor(dev: Mixture, features: Features, metrics: Sequence[str] = ()) -> Callable[[nn.Module], float]:
    """The mean over tasks of each task's monitor on dev, always so that more is better; NaN where one does not exist.

    A monitor of which less is better counts as its negative. A task's names come first to one number. Of `metrics`, a
    method's own, the first that serves a task's kind takes the place of its monitor.
    """

    def score(model: nn.Module) -> float:
        found = loop.outputs(model, features)
        values = []
        for task, raw in zip(dev.tasks, found, strict=True):
            if dev.judged[task.id].any():
                values.append(monitored(task, raw, dev, metrics))
        return statistics.fmean(values) if values else math.nan

    return score


def monitored(task: Task, raw: np.ndarray, dev: Mixture, metrics: Sequence[str] = ()) -> float:
    """A task's monitor of outputs (n, k) on dev, so that more is better, its names come to one number."""
    rows = dev.judged[task.id].any(1)
    metric = find.load("metrics", (*figures.serving(metrics, task), task.defaults.monitor)[0])
    value = metric.score(dev.targets[task.id][rows], activated(task, raw[rows]), dev.judged[task.id][rows], task=task)
    mean = statistics.fmean(value.values()) if isinstance(value, dict) else value
    return float(mean if metric.CARD["higher_is_better"] else -mean)


def activated(task: Task, raw: np.ndarray) -> np.ndarray:
    """Outputs as scores in [0, 1] (names) or as they are (dimensions)."""
    return {"sigmoid": torch.sigmoid, "softmax": _softmax, "identity": _same}[task.defaults.activation](
        torch.from_numpy(raw)
    ).numpy()


def _softmax(x: Tensor) -> Tensor:
    return x.softmax(1)


def _same(x: Tensor) -> Tensor:
    return x
