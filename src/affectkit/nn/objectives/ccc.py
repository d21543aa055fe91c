"""One minus the concordance correlation, per dimension over the batch.

Reference: Lin, A Concordance Correlation Coefficient to Evaluate Reproducibility, Biometrics 1989. Its value depends on
the batch, so batches should be large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

CARD = {"title": "Concordance", "reference": "lin1989concordance", "extra": "train", "kinds": ["continuous"]}


@dataclass(frozen=True)
class Config:
    pass


def build(config: Config) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    def loss(outputs: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        w = judged * weight[:, None]
        n = w.sum(0).clamp_min(1e-8)
        x, y = outputs.float(), target
        mx, my = (w * x).sum(0) / n, (w * y).sum(0) / n
        vx, vy = (w * (x - mx) ** 2).sum(0) / n, (w * (y - my) ** 2).sum(0) / n
        both = (w * (x - mx) * (y - my)).sum(0) / n
        ccc = 2 * both / (vx + vy + (mx - my) ** 2).clamp_min(1e-8)
        heard = (judged.sum(0) > 1).float()  # one value has no correlation
        return ((1 - ccc) * heard).sum() / heard.sum().clamp_min(1)

    return loss
