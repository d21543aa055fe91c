"""Cross-entropy against shares of votes: -sum of share x log probability, over the names raters could choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from . import log_softmax, rows_mean, shares

CARD = {"title": "Soft cross-entropy", "extra": "train", "kinds": ["single", "distribution"]}


@dataclass(frozen=True)
class Config:
    pass


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        return rows_mean(-(shares(target, judged) * log_softmax(outputs, judged)).sum(1), judged, weight)

    return loss
