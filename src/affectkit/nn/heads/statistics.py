"""Weighted mean and deviation over time, each channel with weights of its own, then one linear layer.

Reference: Okabe, Koshinaka and Shinoda, Attentive Statistics Pooling for Deep Speaker Embedding, Interspeech 2018; the
weight per channel as in Desplanques et al., ECAPA-TDNN, Interspeech 2020.
How much a voice varies says as much of its emotion as how it is in the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

CARD = {
    "title": "Head on attentive mean and deviation",
    "reference": "okabe2018attentive",
    "extra": "train",
    "form": "(n, t, width), (n,) -> (n, k)",
}
_LEAST = 1e-4  # variance below it counts as this, so that the root has a gradient


@dataclass(frozen=True)
class Config:
    width: int
    outputs: int
    inner: int = 32
    dropout: float = 0.2


def build(config: Config) -> Head:
    return Head(config)


def toy() -> Config:
    return Config(width=16, outputs=3, inner=8, dropout=0.0)


class Head(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.look = nn.Linear(config.width, config.inner)
        self.weigh = nn.Linear(config.inner, config.width)
        self.dropout = nn.Dropout(config.dropout)
        self.linear = nn.Linear(2 * config.width, config.outputs)
        nn.init.zeros_(self.weigh.weight)  # begins as the plain mean and deviation
        nn.init.zeros_(self.weigh.bias)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        there = torch.arange(states.shape[1], device=states.device) < lengths[:, None]
        weights = self.weigh(torch.tanh(self.look(states))).masked_fill(~there[:, :, None], -1e4)
        share = weights.float().softmax(1)  # (n, t, width)
        mean = (states * share).sum(1)
        # of differences, not of squares: small deviations survive half precision
        spread = ((states - mean[:, None]) ** 2 * share).sum(1).clamp_min(_LEAST).sqrt()
        scores: Tensor = self.linear(self.dropout(torch.cat([mean, spread], 1)))
        return scores
