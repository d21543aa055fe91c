"""A learned weight per position, softmax over time, then one linear layer: attention pooling.

Reference: Lin et al., A Structured Self-Attentive Sentence Embedding, ICLR 2017, with one hop.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

CARD = {
    "title": "Attention-pooled linear head",
    "reference": "lin2017structured",
    "extra": "train",
    "form": "(n, t, width), (n,) -> (n, k)",
}


@dataclass(frozen=True)
class Config:
    width: int
    outputs: int
    dropout: float = 0.1


def build(config: Config) -> Head:
    return Head(config)


def toy() -> Config:
    return Config(width=16, outputs=3, dropout=0.0)


class Head(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.weigh = nn.Linear(config.width, 1)
        self.dropout = nn.Dropout(config.dropout)
        self.linear = nn.Linear(config.width, config.outputs)
        nn.init.zeros_(self.weigh.weight)  # begins as the plain mean
        nn.init.zeros_(self.weigh.bias)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        there = torch.arange(states.shape[1], device=states.device) < lengths[:, None]
        share = self.weigh(states).squeeze(-1).masked_fill(~there, -1e4).softmax(1)  # (n, t)
        scores: Tensor = self.linear(self.dropout((states * share[:, :, None]).sum(1)))
        return scores
