"""Objectives: `build(config)` gives `loss(outputs, target, judged, weight) -> scalar`.

`outputs` (n, k) before any activation, `target` (n, k), `judged` (n, k) bool (what nobody judged costs nothing),
`weight` (n,) per sample. A batch in which nothing is judged costs 0, with a gradient of zeros.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LOWEST = -1e4  # below any logit, and finite in half precision


def mean(cost: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of a cost (n, k) over judged cells."""
    cells = judged * weight[:, None]
    return (cost * cells).sum() / cells.sum().clamp_min(1e-8)


def names_sum(cost: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean over samples of the summed cost (n, k) of their judged names: a sample's negative log-likelihood.

    A mean over cells would make 28 names weigh as little as one beside another task's objective in a mixture.
    """
    return rows_mean((cost * judged).sum(1), judged, weight)


def rows_mean(cost: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of a cost (n,) over rows with at least one judged cell."""
    rows = judged.any(1) * weight
    return (cost * rows).sum() / rows.sum().clamp_min(1e-8)


def log_softmax(outputs: Tensor, judged: Tensor) -> Tensor:
    """Log-probabilities over the judged names only; a name nobody could choose takes no share."""
    return outputs.float().masked_fill(~judged, _LOWEST).log_softmax(1)


def shares(target: Tensor, judged: Tensor) -> Tensor:
    """Targets as shares that sum to one over the judged names."""
    kept = target * judged
    return kept / kept.sum(1, keepdim=True).clamp_min(1e-8)


def per_name(values: tuple[float, ...], outputs: Tensor) -> Tensor:
    """Weights per name as a tensor beside `outputs`; an empty tuple means all one."""
    return torch.tensor(values or (1.0,), dtype=torch.float32, device=outputs.device)
