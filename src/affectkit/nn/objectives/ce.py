"""Cross-entropy for one label per sample, over the names its raters could choose; `names` weighs classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from . import log_softmax, per_name, rows_mean

CARD = {"title": "Cross-entropy", "extra": "train", "kinds": ["single"]}


@dataclass(frozen=True)
class Config:
    names: tuple[float, ...] = ()
    smoothing: float = 0.0


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        logp = log_softmax(outputs, judged)
        best = (target * judged).argmax(1, keepdim=True)
        hit = -logp.gather(1, best).squeeze(1)
        even = -(logp * judged).sum(1) / judged.sum(1).clamp_min(1)
        counts = per_name(config.names, outputs).expand(outputs.shape[1]).gather(0, best.squeeze(1))
        return rows_mean(torch.lerp(hit, even, config.smoothing), judged, weight * counts)

    return loss
