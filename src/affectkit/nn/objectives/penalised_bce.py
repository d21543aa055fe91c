"""Binary cross-entropy per name, with a penalty for names that seldom go together (see `_penalty`).

A name's cost has both terms, -q log p - (1 - q) log(1 - p); soft targets (shares of votes) are allowed.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from . import rows_mean
from ._penalty import Config, per_item

CARD = {
    "title": "Penalised binary cross-entropy",
    "reference": "chou2025revisiting",
    "extra": "train",
    "kinds": ["multi", "distribution", "single"],
}


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        y = outputs.float()
        cost = F.binary_cross_entropy_with_logits(y, target, reduction="none")
        return rows_mean(per_item(config, cost, y.sigmoid(), judged), judged, weight)

    return loss
