"""What padded batches need: which positions are there, and normalisation that does not look at the others."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def there(lengths: Tensor, t: int) -> Tensor:
    """(n,) lengths to (n, t) bool: which positions of each row are its own."""
    return torch.arange(t, device=lengths.device) < lengths[:, None]


def even(waves: Tensor, lengths: Tensor, least: float = 1e-7) -> Tensor:
    """Waves (n, t) with mean 0 and variance 1 over each row's own samples, and zeros behind its end.

    Args:
        least: added to the variance, so that silence stays silence.
    """
    here = there(lengths, waves.shape[1]).to(waves.dtype)
    n = lengths[:, None].to(waves.dtype)
    centred = (waves - (waves * here).sum(1, keepdim=True) / n) * here
    return centred * torch.rsqrt((centred * centred).sum(1, keepdim=True) / n + least)


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation of (n, channels, t, bands) whose statistics are of the positions that are there alone."""

    running_mean: Tensor
    running_var: Tensor

    def forward(self, x: Tensor, here: Tensor) -> Tensor:
        """`here` (n, 1, t, 1): 1 for positions that are there, 0 for padding."""
        if not self.training or bool(here.all()):  # the library's own is several times as fast
            whole: Tensor = super().forward(x)
            return whole
        here = here.float()
        n = here.sum() * x.shape[3]
        mean = (x * here).sum((0, 2, 3)) / n
        centred = x - mean[:, None, None]
        variance = (centred**2 * here).sum((0, 2, 3)) / n
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum or 0.0)
            self.running_var.lerp_(variance * n / (n - 1).clamp_min(1), self.momentum or 0.0)
        factor = self.weight * torch.rsqrt(variance + self.eps)
        return centred * factor[:, None, None] + self.bias[:, None, None]
