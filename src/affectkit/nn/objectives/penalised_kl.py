"""KL divergence from the shares of votes, with a penalty for names that seldom go together (see `_penalty`).

A name's cost is q log(q / p). Weighed by name, their sum may be negative, and it is not least at the votes but where p
is in proportion to weight times q.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from . import log_softmax, rows_mean, shares
from ._penalty import Config, per_item

CARD = {
    "title": "Penalised KL divergence",
    "reference": "chou2025revisiting",
    "extra": "train",
    "kinds": ["single", "distribution"],
}


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        q, logp = shares(target, judged), log_softmax(outputs, judged)
        cost = q * (q.clamp_min(1e-8).log() - logp)
        return rows_mean(per_item(config, cost, logp.exp(), judged), judged, weight)

    return loss
