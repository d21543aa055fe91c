"""The graph of labels: adjacency by hand, columns that sum to one, convolution by the formula, learnt or fixed ties."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectkit.nn import graph


def test_ties_are_weighed_as_worked_out_by_hand() -> None:
    # a is tied to v; b to v and w; c to nothing; v and w to what is tied to them
    tied = np.zeros((5, 5), bool)
    for i, j in ((0, 3), (1, 3), (1, 4)):
        tied[i, j] = tied[j, i] = True
    np.fill_diagonal(tied, True)
    rows = [
        [0.5, 0, 0, 0.5, 0],
        [0, 0.5, 0, 0.25, 0.25],
        [0, 0, 1, 0, 0],
        [0.25, 0.25, 0, 0.5, 0],
        [0, 0.5, 0, 0, 0.5],
    ]
    np.testing.assert_allclose(graph.adjacency(tied, 0.5), np.transpose(rows))


def published(related: np.ndarray, tau: float, p: float) -> np.ndarray:
    """The published construction, step by step: threshold, weights, D^-1/2 on both sides."""
    a = (np.abs(related) >= tau).astype(float)
    np.fill_diagonal(a, 0)
    a = a * p / a.sum(0, keepdims=True).T
    a = a + np.eye(len(a)) * (1 - p)
    d = np.diag(a.sum(1) ** -0.5)
    return (a @ d).T @ d


def test_with_ties_everywhere_it_is_the_published_matrix() -> None:
    related = np.array([[1, 0, 0.3, 0.2], [0, 1, -0.5, 0.05], [0.3, -0.5, 1, 0.04], [0.2, 0.05, 0.04, 1]])
    for p in (0.2, 0.5):
        np.testing.assert_allclose(graph.adjacency(np.abs(related) >= 0.1, p), published(related, 0.1, p), atol=1e-7)


@given(arrays(bool, (6, 6)), st.floats(0, 1))
def test_what_a_label_gives_sums_to_one(tied: np.ndarray, share: float) -> None:
    made = graph.adjacency(tied | tied.T, share)
    np.testing.assert_allclose(made.sum(0), 1, atol=1e-6)
    assert (made >= 0).all()
    alone = ~((tied | tied.T) & ~np.eye(6, dtype=bool)).any(1)
    np.testing.assert_allclose(np.diag(made), np.where(alone, 1, 1 - share), atol=1e-6)


def test_classifiers_are_two_convolutions() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x, a = rng.normal(size=(4, 6)).astype(np.float32), rng.random((4, 4)).astype(np.float32)
    part = graph.Classifiers(4, 6, 5, 3)
    part.relate(x, a)
    first, second = (m.linear.weight.detach().numpy() for m in (part.first, part.second))
    inside = a @ (x @ first.T)
    wanted = a @ (np.where(inside > 0, inside, 0.2 * inside) @ second.T)
    np.testing.assert_allclose(part().detach().numpy(), wanted, atol=1e-5)
    assert sum(p.numel() for m in (part.first, part.second) for p in m.parameters()) == 6 * 5 + 5 * 3


def test_without_ties_each_label_is_told_by_its_own_vector() -> None:
    torch.manual_seed(0)
    part = graph.Classifiers(4, 6, 5, 3)
    x = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    part.relate(x, np.eye(4, dtype=np.float32))
    before = part().detach().clone()
    x[2] += 1
    part.relate(x, np.eye(4, dtype=np.float32))
    changed = (part().detach() != before).any(1)
    assert changed.tolist() == [False, False, True, False]


@pytest.mark.parametrize("learnt", [False, True])
def test_ties_are_learnt_only_when_asked(learnt: bool) -> None:
    part = graph.Classifiers(4, 6, 5, 3, learnt)
    part.relate(np.ones((4, 6), np.float32), np.full((4, 4), 0.25, np.float32))
    part().square().sum().backward()
    assert (part.adjacency.grad is not None) == learnt
    assert {"vectors", "adjacency"} <= set(part.state_dict()), "a run reopens with its own ties"
