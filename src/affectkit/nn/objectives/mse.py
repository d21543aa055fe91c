"""Mean squared error of dimensions; `spread` divides each dimension first, so that a narrow one is not forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from . import mean, per_name

CARD = {"title": "Mean squared error", "extra": "train", "kinds": ["continuous", "ordinal"]}


@dataclass(frozen=True)
class Config:
    spread: tuple[float, ...] = ()


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        return mean(((outputs.float() - target) / per_name(config.spread, outputs)) ** 2, judged, weight)

    return loss
