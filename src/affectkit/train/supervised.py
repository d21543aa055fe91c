"""What supervised recipes share: objectives over a mixture's tasks, scales of heads, the monitor on dev."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from .. import find
from ..nn.model import Scale
from ..task import Task
from . import loop, settings
from .batch import Features
from .mixture import Mixture


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


def objectives(train: Mixture, names: str = "", dimensions: str = "", balance: float = 0.0) -> loop.Loss:
    """The sum of each task's objective: its default, or the one chosen for names or for dimensions.

    An objective that takes a `spread` gets the training part's deviation per dimension; one that takes weights per name
    (`positive` or `names`) gets (others / own) ** balance.
    """
    parts: list[tuple[int, str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]]] = []
    for i, (task, scale) in enumerate(zip(train.tasks, scales(train), strict=True)):
        module, config = settings.part("objectives", (dimensions if task.scaled else names) or task.defaults.objective)
        odds = np.exp(-np.asarray(scale.shift) * balance)
        given = {"spread": scale.factor, "positive": tuple(odds.tolist()), "names": tuple((odds / odds.mean()).tolist())}
        wanted = [k for k in given if isinstance(getattr(config, k, None), tuple) and (balance or task.scaled)]
        parts.append((i, task.id, module.build(settings.apply(config, {k: given[k] for k in wanted}))))

    def loss(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        return loop.total([part(outputs[i], targets[t], judged[t], weight) for i, t, part in parts])

    return loss


def monitor(dev: Mixture, features: Features) -> Callable[[nn.Module], float]:
    """The mean over tasks of each task's monitor on dev; a task's names come first to one number."""

    def score(model: nn.Module) -> float:
        found = loop.outputs(model, features)
        values = []
        for task, raw in zip(dev.tasks, found, strict=True):
            rows = dev.judged[task.id].any(1)
            if rows.any():
                metric = find.load("metrics", task.defaults.monitor).score
                value = metric(dev.targets[task.id][rows], activated(task, raw[rows]), dev.judged[task.id][rows], task=task)
                values.append(statistics.fmean(value.values()) if isinstance(value, dict) else value)
        return statistics.fmean(values) if values else -1.0

    return score


def activated(task: Task, raw: np.ndarray) -> np.ndarray:
    """Outputs as scores in [0, 1] (names) or as they are (dimensions)."""
    return {"sigmoid": torch.sigmoid, "softmax": _softmax, "identity": _same}[task.defaults.activation](
        torch.from_numpy(raw)
    ).numpy()


def _softmax(x: Tensor) -> Tensor:
    return x.softmax(1)


def _same(x: Tensor) -> Tensor:
    return x
