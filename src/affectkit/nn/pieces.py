"""The token tables of encoders of text: the one of pretrained weights, cut to what a corpus uses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def renewed(table: Tensor, rows: Sequence[Sequence[int]]) -> nn.Embedding:
    """A table that goes on being trained: row i is the mean of the rows `rows[i]` of a table (pieces, embedding)."""
    old = table.detach()
    return nn.Embedding.from_pretrained(torch.stack([old[list(r)].mean(0) for r in rows]), freeze=False)
