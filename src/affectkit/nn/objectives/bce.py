"""Binary cross-entropy per name, for several labels at once; soft targets (shares of votes) are allowed.

`positive` weighs the positive term per name, for rare names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from . import names_sum, per_name

CARD = {"title": "Binary cross-entropy", "extra": "train", "kinds": ["multi", "distribution", "single"]}


@dataclass(frozen=True)
class Config:
    positive: tuple[float, ...] = ()


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        cost = F.binary_cross_entropy_with_logits(
            outputs.float(), target, reduction="none", pos_weight=per_name(config.positive, outputs)
        )
        return names_sum(cost, judged, weight)

    return loss
