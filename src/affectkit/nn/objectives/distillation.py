"""Distillation: be as sure of each name as the teacher is, at a temperature.

Reference: Hinton et al., Distilling the Knowledge in a Neural Network, 2015. `target` holds the teacher's logits.
Several labels at once: binary cross-entropy per name against the tempered teacher; else KL over names. Both are scaled
by the temperature squared, so that gradients keep their size. Differs from the paper: the labels' own loss is a second
objective, mixed by the method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from . import log_softmax, names_sum, rows_mean

CARD = {
    "title": "Distillation",
    "reference": "hinton2015distilling",
    "extra": "train",
    "kinds": ["multi", "single", "distribution"],
    "target": "logits",
}


@dataclass(frozen=True)
class Config:
    temperature: float = 1.0
    exclusive: bool = False  # one name per sample (softmax) rather than several (sigmoid)


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    t = config.temperature

    def several(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        cost = F.binary_cross_entropy_with_logits(outputs.float() / t, (target / t).sigmoid(), reduction="none")
        return names_sum(cost, judged, weight) * t * t

    def one(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        q = log_softmax(target / t, judged)
        return rows_mean((q.exp() * (q - log_softmax(outputs / t, judged))).sum(1), judged, weight) * t * t

    return one if config.exclusive else several
