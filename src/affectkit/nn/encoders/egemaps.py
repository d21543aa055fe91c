"""eGeMAPS functionals as they are: a clip is one state of 88 numbers, and nothing is learnt here.

Reference: Eyben et al., The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and Affective
Computing, IEEE Transactions on Affective Computing 7, 2016.
Differs from the paper: with `relative`, each number is told in relation to all clips of the same speaker that are read
together, by their mean and deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

CARD = {
    "title": "eGeMAPS functionals",
    "reference": "eyben2016geneva",
    "takes": "speech",
    "features": "egemaps",
    "extra": "train",
    "form": "functionals (n, 1, 88) float32, lengths (n,) int64 -> the same",
}
_NUMBERS = 88


@dataclass(frozen=True)
class Config:
    """What is read.

    Args:
        level: how the level of a clip is made even, as in `features/egemaps.py`.
        relative: tell the numbers in relation to the same speaker's other clips, which needs no labels.
    """

    level: str = "active"
    relative: bool = False


def build(config: Config) -> Same:
    return Same()


def toy() -> Config:
    return Config()


class Same(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.width = _NUMBERS

    def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
        return rows
