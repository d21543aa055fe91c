"""Heads: from states (n, t, width) and lengths (n,) to the scores of one task (n, k), before any activation."""

from __future__ import annotations

import torch
from torch import Tensor


def mean_over_time(states: Tensor, lengths: Tensor) -> Tensor:
    """(n, t, width) to (n, width), over each row's true length only."""
    there = (torch.arange(states.shape[1], device=states.device) < lengths[:, None]).to(states.dtype)
    return (states * there[:, :, None]).sum(1) / lengths[:, None].to(states.dtype)
