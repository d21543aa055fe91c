"""A matrix of penalties for pairs of names that seldom go together: what the three penalised objectives share.

Not an objective itself: the leading underscore keeps it out of listings.
Reference: Chou & Lee, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition, 2025, chapter 5. The
cost of an item is beta times the sum over its names of their cost, and alpha times the penalty: the sum over names j
and z of P[j, z] cost[j]. Summed over z that is a weight for each name, the sum of its row: names that go with few
others count more, and no two names are coupled. `coupled` is ours: the sum of P[j, z] p[j] p[z], the chance of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import UsageError


@dataclass(frozen=True)
class Config:
    """The penalties P as rows (k, k), from which nothing is added where there are none, and what each part counts."""

    penalties: tuple[tuple[float, ...], ...] = ()
    alpha: float = 1.0
    beta: float = 1.0
    coupled: bool = False

    def __post_init__(self) -> None:
        if min(self.alpha, self.beta) < 0:
            raise UsageError(
                "alpha and beta of at least 0", f"{self.alpha:g} and {self.beta:g}", "0, 0.5 or 1 is usual"
            )
        if self.coupled and not self.beta:  # the chance of pairs knows nothing of the truth
            raise UsageError("beta above 0 with a coupled penalty", "0", "set beta=1")


def per_item(config: Config, cost: Tensor, chance: Tensor, judged: Tensor) -> Tensor:
    """What each item costs (n,), from the cost and the chance (n, k) of each of its names."""
    k = cost.shape[1]
    p = torch.tensor(config.penalties or ((0.0,) * k,) * k, dtype=torch.float32, device=cost.device)
    own = cost * judged
    if config.coupled:
        held = chance * judged
        penalty = ((held @ p) * held).sum(1)
    else:
        penalty = (own * p.sum(1)).sum(1)
    return config.beta * own.sum(1) + config.alpha * penalty
