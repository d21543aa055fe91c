"""One minus the concordance correlation, per dimension over the batch, or over all batches of late.

Reference: Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, Biometrics 1989; over the whole set,
not per clip, as Kounadis-Bastian et al., Wav2Small, 2024, train with. Variances are of the population.
The coefficient of a small batch is not that of the set. With `running`, means and products of earlier batches count on,
each batch's `running` times as much as the next one's: the value is that of all batches together, and its gradient is
what this batch would change of it. They begin anew when a killed training goes on, and so for some batches it differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

CARD = {"title": "Concordance", "reference": "lin1989concordance", "extra": "train", "kinds": ["continuous"]}


@dataclass(frozen=True)
class Config:
    """`running`: what an earlier batch counts beside the one after it, below 1; 0 looks at each batch alone."""

    running: float = 0.0


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    return _Running(config.running) if config.running else _loss


def _loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
    w = judged * weight[:, None]
    n = w.sum(0).clamp_min(1e-8)
    x, y = outputs.float(), target
    mx, my = (w * x).sum(0) / n, (w * y).sum(0) / n
    vx, vy = (w * (x - mx) ** 2).sum(0) / n, (w * (y - my) ** 2).sum(0) / n
    both = (w * (x - mx) * (y - my)).sum(0) / n
    ccc = 2 * both / (vx + vy + (mx - my) ** 2).clamp_min(1e-8)
    heard = (judged.sum(0) > 1).float()  # one value has no correlation
    return ((1 - ccc) * heard).sum() / heard.sum().clamp_min(1)


class _Running:
    """The loss over the batches it was called with, later ones counting more."""

    def __init__(self, running: float) -> None:
        self.running = running
        self.seen: Tensor | float = 0.0  # weight per dimension
        self.sums: Tensor | float = 0.0  # weighted x, y, x * x, y * y and x * y per dimension, without gradients
        self.values: Tensor | float = 0.0  # how many there were

    def __call__(self, outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        w = (judged * weight[:, None]).double()  # sums of squares cancel
        x, y = outputs.double(), torch.where(judged, target, 0.0).double()
        own = w.sum(0)
        sums = torch.stack([(w * a).sum(0) for a in (x, y, x * x, y * y, x * y)])
        heard = own > 0  # a dimension that nobody judged here keeps what it has
        decay = torch.where(heard, self.running, 1.0)
        self.seen = self.seen * decay + own
        self.sums = self.sums * decay + sums.detach()
        self.values = self.values + judged.sum(0)
        # the value of all, the slope of this batch's own: how its means move is how those of the set would
        means = self.sums / self.seen.clamp_min(1e-8)
        here = sums / own.clamp_min(1e-8)
        mx, my, xx, yy, xy = means + (here - here.detach())
        ccc = 2 * (xy - mx * my) / (xx - mx * mx + yy - my * my + (mx - my) ** 2).clamp_min(1e-8)
        counts = (heard & (self.values > 1)).double()  # one value has no correlation
        return (((1 - ccc) * counts).sum() / counts.sum().clamp_min(1)).float()
