"""Mean over time, dropout, one linear layer: the house baseline head."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from . import mean_over_time

CARD = {"title": "Linear head on the mean", "extra": "train", "form": "(n, t, width), (n,) -> (n, k)"}


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
        self.dropout = nn.Dropout(config.dropout)
        self.linear = nn.Linear(config.width, config.outputs)

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        scores: Tensor = self.linear(self.dropout(mean_over_time(states, lengths)))
        return scores
