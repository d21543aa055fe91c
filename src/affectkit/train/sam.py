"""Sharpness-aware minimisation: the gradient is taken where the loss is worst nearby, the step from where one stands.

Reference: Foret et al., Sharpness-Aware Minimization for Efficiently Improving Generalization, ICLR 2021. Each step
costs two passes over the same batch with the same random numbers. Gradients are clipped after the second pass alone,
what is normalised over batches is counted in the first alone, and the weights come back exactly, from a copy. Of
several processes, all go uphill by the mean of their gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..sample import Batch
from . import loop

_NOTHING = 1e-12  # added to a norm, so that a gradient of zeros has a direction: none


def step(training: loop.Training, loss: loop.Loss, batch: Batch, radius: float) -> None:
    """One optimiser step by the gradients at the worst place within `radius` of the weights; 0 is the loop's own step.

    The loss that is noted is that at the weights themselves.
    """
    cost = loop.gradients(training, loss, batch)
    if radius:
        weights = [p for p in training.model.parameters() if p.grad is not None]
        uphill = [p.grad for p in weights if p.grad is not None]
        with moved(weights, uphill, radius), _still(training.model):
            training.optimizer.zero_grad(set_to_none=True)
            loop.gradients(training, loss, batch)
    loop.move(training, cost)


@contextmanager
def moved(weights: Sequence[nn.Parameter], way: Sequence[Tensor], radius: float) -> Iterator[None]:
    """Within the block, the weights lie `radius` away in a direction; after it they are what they were.

    Args:
        way: the direction, one tensor per weight; its length, over all of them together, counts for nothing.
    """
    kept = [w.detach().clone() for w in weights]
    with torch.no_grad():
        norm = torch.stack([v.float().norm() for v in way]).norm()
        for w, v in zip(weights, way, strict=True):
            w.add_(v * (radius / (norm + _NOTHING)))
    try:
        yield
    finally:
        with torch.no_grad():
            for w, own in zip(weights, kept, strict=True):
                w.copy_(own)


def sharpness(model: nn.Module, cost: Callable[[], Tensor], radius: float) -> float:
    """How much the cost rises when all weights are moved by `radius` straight uphill: what a step above works against.

    Args:
        cost: the same cost of the model each time, such as its loss on a fixed part of the training data.
    """
    weights, here = list(model.parameters()), cost()
    uphill = torch.autograd.grad(here, weights, allow_unused=True, materialize_grads=True)
    with moved(weights, uphill, radius), torch.no_grad():
        return float(cost()) - float(here.detach())


@torch.no_grad()
def rises(
    model: nn.Module, cost: Callable[[], Tensor], share: float, seed: int = 0, times: int = 20
) -> NDArray[np.float64]:
    """(times,) how much the cost rises when each tensor of weights is moved by a share of its length, at random.

    A measure of how flat a minimum is that networks with larger weights cannot better by their scale alone: for a cost
    with curvature A in one tensor w of d weights its mean is (share x |w|)^2 x trace(A) / (2 d).

    Args:
        cost: as in `sharpness`.
        share: of the length of each tensor, so that one of zeros stays where it is.
        times: directions, the same for each network of one form.
    """
    weights = list(model.parameters())
    chance = torch.Generator().manual_seed(seed)
    here, there = float(cost()), np.zeros(times)
    lengths = [w.norm() for w in weights]
    for i in range(times):
        way = [torch.randn(w.shape, generator=chance).to(w) for w in weights]
        way = [v * (length / (v.norm() + _NOTHING)) for v, length in zip(way, lengths, strict=True)]
        with moved(weights, way, share * float(torch.stack(lengths).norm())):
            there[i] = float(cost())
    return there - here


@contextmanager
def _still(model: nn.Module) -> Iterator[None]:
    """Within the block, normalisation over batches keeps no account of what it meets."""
    parts = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    kept = [m.momentum for m in parts]
    for m in parts:
        m.momentum = 0.0
    try:
        yield
    finally:
        for m, momentum in zip(parts, kept, strict=True):
            m.momentum = momentum
