"""Kullback-Leibler divergence from the shares of votes to the model: soft cross-entropy less the votes' own entropy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from . import log_softmax, rows_mean, shares

CARD = {"title": "KL divergence", "extra": "train", "kinds": ["distribution"]}


@dataclass(frozen=True)
class Config:
    pass


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        q = shares(target, judged)
        own = (q * q.clamp_min(1e-8).log()).sum(1)
        return rows_mean(own - (q * log_softmax(outputs, judged)).sum(1), judged, weight)

    return loss
