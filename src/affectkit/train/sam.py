"""Sharpness-aware minimisation: the gradient is taken where the loss is worst nearby, the step from where one stands.

Reference: Foret et al., Sharpness-Aware Minimization for Efficiently Improving Generalization, ICLR 2021. Each step
costs two passes over the same batch with the same random numbers. Gradients are clipped after the second pass alone,
what is normalised over batches is counted in the first alone, and the weights come back exactly, from a copy. Of
several processes, all go uphill by the mean of their gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
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


@torch.no_grad()
def rise(model: nn.Module, cost: Callable[[], Tensor], radius: float, seed: int = 0, times: int = 10) -> float:
    """How much the cost rises, in the mean, when all weights are moved by `radius` in a random direction.

    A measure of how flat a minimum is: for a cost with curvature A in d weights it is radius^2 x trace(A) / (2 d).

    Args:
        cost: the same cost of the model each time, such as its loss on a fixed part of the training data.
    """
    weights = list(model.parameters())
    chance = torch.Generator().manual_seed(seed)
    here, there = float(cost()), 0.0
    for _ in range(times):
        way = [torch.randn(w.shape, generator=chance).to(w) for w in weights]
        with moved(weights, way, radius):
            there += float(cost()) / times
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
