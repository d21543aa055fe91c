"""What encoders of text share: tokenizers as they are needed here, and token tables cut to what a corpus uses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn


def uncut(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer without the truncation and padding that its file carries."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def renewed(table: Tensor, rows: Sequence[Sequence[int]]) -> nn.Embedding:
    """A table that goes on being trained: row i is the mean of the rows `rows[i]` of a table (pieces, embedding)."""
    old = table.detach()
    return nn.Embedding.from_pretrained(torch.stack([old[list(r)].mean(0) for r in rows]), freeze=False)
