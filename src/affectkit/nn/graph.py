"""Graph convolution over labels: what a label's classifier is like is learnt from the labels it goes together with.

Reference: Kipf and Welling, Semi-Supervised Classification with Graph Convolutional Networks, ICLR 2017; Chen et al.,
Multi-Label Image Recognition with Graph Convolutional Networks, CVPR 2019 (classifiers made of the labels' vectors,
ties cut at a threshold and weighed anew).
Differs from the papers' code: a label without ties keeps itself whole, where theirs divides by zero.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

_LEAK = 0.2


def adjacency(tied: NDArray[np.bool_], share: float) -> NDArray[np.float32]:
    """How much of each label goes into each other one's classifier, (k, k) float32: entry [i, j] from j into i.

    A label keeps 1 - `share` of itself and spreads `share` evenly over those it is tied to, so that what a label gives
    sums to 1: columns sum to 1, and in the paper's normalisation, D^-1/2 on both sides, D is the identity.

    Args:
        tied: (k, k) bool, whether two labels go together; the diagonal counts for nothing.
        share: in [0, 1], of a label that has ties.
    """
    ties = tied & ~np.eye(len(tied), dtype=bool)
    many = ties.sum(1, keepdims=True)
    spread = ties * (share / np.maximum(many, 1)) + np.diag(np.where(many[:, 0] > 0, 1 - share, 1.0))
    return spread.T.astype(np.float32)


class Convolution(nn.Module):
    """Vectors (k, d) of labels to (k, width): each one's new vector is what it and those tied to it give."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(before, width, bias=False)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        return adjacency @ self.linear(x)


class Classifiers(nn.Module):
    """One classifier per label, (k, width), made of the labels' vectors by two graph convolutions.

    Vectors and adjacency stand in the weights; `relate` puts them there before training.

    Args:
        labels: how many.
        vector, inner, width: length of a label's vector, of the layer between, and of the features to be classified.
        learnt: whether the adjacency is learnt too, from where it begins.
    """

    vectors: Tensor
    adjacency: Tensor

    def __init__(self, labels: int, vector: int, inner: int, width: int, learnt: bool = False) -> None:
        super().__init__()
        self.first, self.second = Convolution(vector, inner), Convolution(inner, width)
        self.register_buffer("vectors", torch.zeros(labels, vector))
        self.adjacency = nn.Parameter(torch.eye(labels), requires_grad=learnt)

    def relate(self, vectors: NDArray[np.float32], adjacency: NDArray[np.float32]) -> None:
        """Put the labels' vectors (k, d) and their adjacency (k, k) in."""
        with torch.no_grad():
            self.vectors.copy_(torch.from_numpy(vectors))
            self.adjacency.copy_(torch.from_numpy(adjacency))

    def forward(self) -> Tensor:
        inside = F.leaky_relu(self.first(self.vectors, self.adjacency), _LEAK)
        made: Tensor = self.second(inside, self.adjacency)
        return made
