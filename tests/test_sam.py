"""Sharpness-aware steps: the formula on a quadratic, exact weights afterwards, and how flat a minimum is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from affectkit.sample import Batch
from affectkit.train import loop, sam

D = 5
PLAN = loop.Plan(epochs=1, lr=0.1, head_lr=0.1, decay=0.0, warmup=0.0, clip=1e9, precision="no", save_every_s=1e9)


class Point(nn.Module):
    """Weights that are their own output, and a normalisation that takes no part in it."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.linspace(-1, 2, D))
        self.norm = nn.BatchNorm1d(3)

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        return (self.own[None] + 0 * self.norm(padded).sum(),)


def curvature(seed: int = 0) -> Tensor:
    root = torch.randn(D, D, generator=torch.Generator().manual_seed(seed))
    return root @ root.T / D


def start(folder: Path, sgd: bool = True) -> loop.Training:
    point = Point()
    parts = {"encoder": [point.own], "heads": list(point.norm.parameters())}
    training = loop.start(point, parts, PLAN, 0, folder, 10)
    if sgd:
        training.optimizer, training.peaks = torch.optim.SGD(point.parameters(), lr=0.1), (0.1,)
    return training


def batch() -> Batch:
    x = np.random.default_rng(0).normal(3, 1, (4, 3)).astype(np.float32)
    lengths = np.full(4, 3, np.int64)
    return Batch(tuple("abcd"), {"face": x}, {"face": lengths}, {}, {}, np.ones(4, np.float32))


def quadratic(a: Tensor) -> loop.Loss:
    def loss(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        return outputs[0][0] @ a @ outputs[0][0] / 2

    return loss


@pytest.mark.parametrize("radius", [0.05, 0.7])
def test_on_a_quadratic_the_step_is_the_formula(tmp_path: Path, radius: float) -> None:
    training, a = start(tmp_path), curvature()
    w = training.bare.own.detach().double()
    slope = a.double() @ w
    wanted = w - 0.1 * a.double() @ (w + radius * slope / slope.norm())
    sam.step(training, quadratic(a), batch(), radius)
    torch.testing.assert_close(training.bare.own.detach().double(), wanted, atol=1e-6, rtol=0)
    assert training.total == pytest.approx(float(w @ slope / 2), rel=1e-5), "the loss at the weights themselves"
    assert (training.done, training.place) == (1, 1)


def test_without_a_radius_it_is_the_loops_own_step(tmp_path: Path) -> None:
    found = []
    for folder, take in (
        ("a", loop.step),
        ("b", lambda training, loss, batch: sam.step(training, loss, batch, 0.0)),
        ("c", lambda training, loss, batch: sam.step(training, loss, batch, 0.5)),
    ):
        (tmp_path / folder).mkdir()
        training = start(tmp_path / folder, sgd=False)
        for _ in range(3):
            take(training, quadratic(curvature()), batch())
        found.append(training.bare.own.detach().clone())
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


def test_what_is_normalised_is_counted_once(tmp_path: Path) -> None:
    training = start(tmp_path)
    sam.step(training, quadratic(curvature()), batch(), 0.3)
    norm = training.bare.norm
    np.testing.assert_allclose(norm.running_mean.numpy(), 0.1 * batch().inputs["face"].mean(0), rtol=1e-5)
    assert norm.momentum == 0.1


def test_at_a_flat_place_there_is_no_way_up(tmp_path: Path) -> None:
    training = start(tmp_path)
    before = training.bare.own.detach().clone()
    sam.step(training, quadratic(torch.zeros(D, D)), batch(), 0.5)
    assert torch.equal(training.bare.own, before)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), radius=st.floats(0.01, 10))
def test_weights_lie_at_the_radius_and_come_back_exactly(seed: int, radius: float) -> None:
    torch.manual_seed(seed)
    weights = [nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(7))]
    before = [w.detach().clone() for w in weights]
    way = [torch.randn_like(w) for w in weights]
    with sam.moved(weights, way, radius):
        apart = torch.cat([(w.detach() - b).flatten() for w, b in zip(weights, before, strict=True)])
        assert float(apart.norm()) == pytest.approx(radius, rel=1e-3)
        assert float(torch.cosine_similarity(apart, torch.cat([v.flatten() for v in way]), 0)) > 0.999
    assert all(torch.equal(w, b) for w, b in zip(weights, before, strict=True))


def test_weights_come_back_when_something_fails() -> None:
    weight = nn.Parameter(torch.ones(3))
    with pytest.raises(ZeroDivisionError), sam.moved([weight], [torch.ones(3)], 1.0):
        raise ZeroDivisionError
    assert torch.equal(weight, torch.ones(3))


def test_the_rise_is_half_the_mean_curvature_times_the_square_of_the_way() -> None:
    model = nn.Linear(D, 1, bias=False)
    there = model.weight.detach().clone()
    found = []
    for a in (curvature(), curvature() * 4):

        def cost(a: torch.Tensor = a) -> torch.Tensor:
            apart = model.weight - there
            return (apart @ a @ apart.T / 2).sum()

        rises = sam.rises(model, cost, 0.3, times=3000)
        way = 0.3 * float(there.norm())
        assert rises.mean() == pytest.approx(way**2 * float(a.trace()) / (2 * D), rel=0.05)
        found.append(rises.mean())
    assert found[1] == pytest.approx(4 * found[0], rel=1e-4), "the same directions: a sharper minimum rises more"


def test_a_network_of_another_scale_that_says_the_same_is_as_flat() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(64, D), torch.randn(64, 1)
    small = nn.Sequential(nn.Linear(D, 6, bias=False), nn.ReLU(), nn.Linear(6, 1, bias=False))
    large = copy.deepcopy(small)
    with torch.no_grad():
        large[0].weight.mul_(8)
        large[2].weight.div_(8)
    one, other = (sam.rises(m, lambda m=m: (m(x) - y).square().mean(), 0.2) for m in (small, large))
    np.testing.assert_allclose(one, other, rtol=1e-3)
    assert one.mean() > 0


def test_sharpness_is_the_rise_straight_uphill() -> None:
    model = nn.Linear(D, 1, bias=False)
    a = curvature()
    w = model.weight.detach().clone()
    g = w @ a
    up = w + 0.3 * g / g.norm()
    wanted = float((up @ a @ up.T - w @ a @ w.T).sum() / 2)
    found = sam.sharpness(model, lambda: (model.weight @ a @ model.weight.T / 2).sum(), 0.3)
    assert found == pytest.approx(wanted, rel=1e-4)
    assert torch.equal(model.weight, w) and model.weight.grad is None
