"""Asymmetric loss: easy negatives count less, so that rare positive names are heard.

Reference: Ridnik et al., Asymmetric Loss for Multi-Label Classification, ICCV 2021: negatives' probability is shifted
down by `margin` and both terms are focused, negatives more (`negative`) than positives (`positive`).
Differs from the paper: soft targets mix the two terms by their share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from . import names_sum

CARD = {"title": "Asymmetric loss", "reference": "ridnik2021asymmetric", "extra": "train", "kinds": ["multi"]}


@dataclass(frozen=True)
class Config:
    positive: float = 0.0
    negative: float = 2.0
    margin: float = 0.05


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        p = outputs.float().sigmoid()
        low = (p - config.margin).clamp_min(0)
        yes = -((1 - p) ** config.positive) * p.clamp_min(1e-8).log()
        no = -(low**config.negative) * (1 - low).clamp_min(1e-8).log()
        return names_sum(target * yes + (1 - target) * no, judged, weight)

    return loss
