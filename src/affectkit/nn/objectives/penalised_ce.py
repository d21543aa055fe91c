"""Cross-entropy against the shares of votes, with a penalty for names that seldom go together (see `_penalty`).

A name's cost is -q log p. Its slope is that of `penalised_kl`: the two differ by what the model cannot change.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from . import log_softmax, rows_mean, shares
from ._penalty import Config, per_item

CARD = {
    "title": "Penalised cross-entropy",
    "reference": "chou2025revisiting",
    "extra": "train",
    "kinds": ["single", "distribution"],
}


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        logp = log_softmax(outputs, judged)
        return rows_mean(per_item(config, -shares(target, judged) * logp, logp.exp(), judged), judged, weight)

    return loss
