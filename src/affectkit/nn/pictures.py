"""What encoders of pictures share: one state per picture, all of a batch equally large, and pixels made even."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import DataError

GREY = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in grey (ITU-R BT.601), as Pillow has them."""
_PLAIN = 1e-4  # added to the variance, of pixels from 0 to 1, so that one colour throughout stays nothing


class OneState(nn.Module):
    """An encoder that makes one state of each picture."""

    def steps(self, lengths: Tensor) -> Tensor:
        """One state per picture."""
        return torch.ones_like(lengths)


def alike(padded: Tensor, lengths: Tensor) -> None:
    """Refuse pictures (n, h, w, 3) of which some are not h high: they are never padded.

    Raises:
        DataError: they are not equally large.
    """
    if not torch.compiler.is_compiling() and bool((lengths != padded.shape[1]).any()):
        heights = f"heights from {int(lengths.min())} to {int(lengths.max())}"
        raise DataError(f"pictures of height {padded.shape[1]}, all alike", heights, "make them equally large")


def even(x: Tensor) -> Tensor:
    """Pictures (n, channels, h, w) in [0, 1], each with mean 0 and deviation 1 over all its pixels and channels."""
    x = x - x.mean((1, 2, 3), keepdim=True)
    return x * torch.rsqrt((x * x).mean((1, 2, 3), keepdim=True) + _PLAIN)
