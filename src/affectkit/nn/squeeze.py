"""Squeeze and excitation: each channel is made stronger or weaker by a look at all channels' means.

Reference: Hu, Shen and Sun, Squeeze-and-Excitation Networks, CVPR 2018.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class Squeeze(nn.Module):
    """Every channel times a number in (0, 1) that two small layers make of the means of all.

    Args:
        channels: how many there are.
        reduction: channels per inner unit.
        axis: of the channels: 1 for pictures (n, channels, h, w), -1 for tokens (n, t, channels).
    """

    def __init__(self, channels: int, reduction: int = 16, axis: int = 1) -> None:
        super().__init__()
        inner = max(1, channels // reduction)
        self.axis = axis
        self.down = nn.Linear(channels, inner)
        self.up = nn.Linear(inner, channels)

    def forward(self, x: Tensor) -> Tensor:
        axis = self.axis % x.ndim
        places = [i for i in range(1, x.ndim) if i != axis]
        gate = self.up(F.relu(self.down(x.mean(places)))).sigmoid()  # (n, channels)
        for place in places:
            gate = gate.unsqueeze(place)
        return x * gate
