"""The penalty for names that seldom go together: its matrix, the three costs, what literal and coupled mean."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from affectkit import find
from affectkit.errors import UsageError
from affectkit.methods import cooccurrence_penalty
from affectkit.methods.cooccurrence_penalty import penalties
from affectkit.nn.objectives import _penalty, penalised_bce, penalised_ce, penalised_kl
from affectkit.sample import Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import mixture

SOFTMAX = ("penalised_ce", "penalised_kl")
ALL = (*SOFTMAX, "penalised_bce")


def built(name: str, **changes: Any) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    part = find.load("objectives", name)
    loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] = part.build(part.Config(**changes))
    return loss


def case() -> tuple[Tensor, Tensor, Tensor, Tensor, np.ndarray]:
    """Outputs, shares, judged, weight and penalties for six items and four names."""
    rng = np.random.default_rng(3)
    matrix = rng.random((4, 4))
    np.fill_diagonal(matrix, 0)
    outputs = torch.from_numpy(rng.normal(0, 1, (6, 4)).astype(np.float32))
    target = torch.from_numpy(rng.dirichlet(np.ones(4), 6).astype(np.float32))
    return outputs, target, torch.ones(6, 4, dtype=torch.bool), torch.ones(6), matrix


def cells(name: str, outputs: Tensor, target: Tensor) -> np.ndarray:
    """The cost of each name, (n, k), from the textbook."""
    y, q = outputs.double().numpy(), target.double().numpy()
    p = np.exp(y) / np.exp(y).sum(1, keepdims=True)
    alone = 1 / (1 + np.exp(-y))
    costs: dict[str, np.ndarray] = {
        "penalised_ce": -q * np.log(p),
        "penalised_kl": q * np.log(q / p),
        "penalised_bce": -q * np.log(alone) - (1 - q) * np.log(1 - alone),
    }
    return costs[name]


# --- the matrix ---


def test_the_matrix_is_one_less_the_share_of_a_names_items_that_hold_another() -> None:
    votes = np.zeros((200, 3))
    votes[:100, 2] = 1  # sadness, of which 34 are anger too, and 78 neutral
    votes[:34, 0] = 1
    votes[20:98, 1] = 1
    votes[150:, 0] = 2
    found = penalties(votes, np.ones((200, 3), bool))
    assert found[0, 2] == pytest.approx(0.66)
    assert found[1, 2] == pytest.approx(0.22)
    assert found[2, 0] == pytest.approx(1 - 34 / 84), "it is not symmetric"
    assert np.diag(found).tolist() == [0, 0, 0]


def test_the_matrix_by_counting() -> None:
    rng = np.random.default_rng(0)
    votes, judged = rng.multinomial(3, (0.4, 0.3, 0.2, 0.1), size=80), rng.random((80, 4)) < 0.9
    found = penalties(votes, judged)
    for a in range(4):
        for b in range(4):
            of_b = [i for i in range(80) if votes[i, b] and judged[i, b] and judged[i, a]]
            lacking = sum(not votes[i, a] for i in of_b) / len(of_b)
            assert found[a, b] == pytest.approx(0 if a == b else lacking)


def test_a_name_that_nobody_chose_goes_with_none() -> None:
    found = penalties(np.asarray([[1, 1, 0], [1, 0, 0]]), np.ones((2, 3), bool))
    assert found[:, 2].tolist() == [1, 1, 0]
    assert found[2].tolist() == [1, 1, 0]


# --- the cost ---


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (1.0, 1.0), (0.5, 1.0), (0.0, 1.0)])
def test_the_literal_cost_is_the_sum_of_the_matrix_product(name: str, alpha: float, beta: float) -> None:
    y, q, judged, weight, matrix = case()
    each = cells(name, y, q)
    wanted = (beta * each.sum(1) + alpha * (each @ matrix).sum(1)).mean()
    loss = built(name, penalties=tuple(map(tuple, matrix.tolist())), alpha=alpha, beta=beta)
    assert float(loss(y, q, judged, weight)) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_the_coupled_cost_is_the_chance_of_pairs(name: str) -> None:
    y, q, judged, weight, matrix = case()
    p = torch.sigmoid(y).numpy() if name == "penalised_bce" else y.softmax(1).numpy()
    pairs = [sum(p[i, a] * matrix[a, b] * p[i, b] for a in range(4) for b in range(4)) for i in range(6)]
    wanted = (cells(name, y, q).sum(1) + 2 * np.asarray(pairs)).mean()
    loss = built(name, penalties=tuple(map(tuple, matrix.tolist())), alpha=2.0, coupled=True)
    assert float(loss(y, q, judged, weight)) == pytest.approx(wanted, rel=1e-4)


def test_the_literal_cost_only_weighs_names_and_the_coupled_one_knows_pairs() -> None:
    """Names 0 and 1 go together, as do 2 and 3: of three pairs equally likely, literal costs cannot tell which fits."""
    apart = np.asarray([[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]], float)
    rows = tuple(map(tuple, apart.tolist()))
    judged, weight = torch.ones(1, 4, dtype=torch.bool), torch.ones(1)
    even = torch.full((1, 4), 0.25)
    together, crossed = torch.tensor([[4.0, 4, 0, 0]]), torch.tensor([[4.0, 0, 4, 0]])
    literal, coupled = built("penalised_kl", penalties=rows), built("penalised_kl", penalties=rows, coupled=True)
    assert float(literal(together, even, judged, weight)) == pytest.approx(
        float(literal(crossed, even, judged, weight))
    )
    assert float(coupled(together, even, judged, weight)) < float(coupled(crossed, even, judged, weight)) - 0.1


def test_cross_entropy_and_kl_pull_alike_under_the_penalty() -> None:
    y, q, judged, weight, matrix = case()
    slopes = []
    for name in SOFTMAX:
        leaf = y.clone().requires_grad_()
        built(name, penalties=tuple(map(tuple, matrix.tolist())))(leaf, q, judged, weight).backward()
        slopes.append(leaf.grad)
    torch.testing.assert_close(*slopes)


def test_the_weighted_cost_is_least_at_weight_times_share() -> None:
    _, q, judged, weight, matrix = case()
    w = torch.from_numpy(matrix.sum(1)).float()
    loss = built("penalised_kl", penalties=tuple(map(tuple, matrix.tolist())), beta=0.0)
    leaf = (q * w).log().requires_grad_()
    loss(leaf, q, judged, weight).backward()
    assert float(leaf.grad.abs().max()) < 1e-6
    leaf = q.log().requires_grad_()
    loss(leaf, q, judged, weight).backward()
    assert float(leaf.grad.abs().max()) > 1e-3, "not at the shares themselves"


@pytest.mark.parametrize(("part", "plain"), [(penalised_bce, "bce"), (penalised_ce, "soft_ce"), (penalised_kl, "kl")])
def test_without_a_penalty_it_is_the_plain_objective(part: ModuleType, plain: str) -> None:
    y, q, judged, weight, matrix = case()
    judged[0, 1] = False
    config = _penalty.Config(penalties=tuple(map(tuple, matrix.tolist())), alpha=0.0)
    torch.testing.assert_close(part.build(config)(y, q, judged, weight), built(plain)(y, q, judged, weight))


def test_what_nobody_judged_is_in_no_pair() -> None:
    y, q, judged, weight, matrix = case()
    judged[:, 3] = False
    rows = tuple(map(tuple, matrix.tolist()))
    for coupled in (False, True):
        loss = built("penalised_bce", penalties=rows, coupled=coupled)
        other = y.clone()
        other[:, 3] = 9.0
        assert float(loss(y, q, judged, weight)) == pytest.approx(float(loss(other, q, judged, weight)))


# --- bad settings ---


def test_a_coupled_penalty_alone_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        _penalty.Config(beta=0.0, coupled=True)
    assert str(caught.value) == "expected beta above 0 with a coupled penalty; found 0; set beta=1"


def test_negative_shares_of_the_cost_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        _penalty.Config(alpha=-1.0)
    assert str(caught.value) == "expected alpha and beta of at least 0; found -1 and 1; 0, 0.5 or 1 is usual"


def several(kind: Kind = Kind.MULTI) -> mixture.Mixture:
    task = Task("felt", "emotion", kind, "", ("joy", "fear", "anger"))
    ratings = (Rating("felt", frozenset({"joy"})), Rating("felt", frozenset({"joy", "fear"})))
    return mixture.table([("own", Sample("a", {}, ratings))], [task])


def test_an_objective_that_takes_no_penalties_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        cooccurrence_penalty.loss(cooccurrence_penalty.Config(objective="kl"), mixture.as_shares(several()))
    assert str(caught.value) == "expected an objective that takes penalties; found 'kl'; for example penalised_kl"


def test_an_objective_for_one_name_is_refused_where_several_may_be_right() -> None:
    with pytest.raises(UsageError) as caught:
        cooccurrence_penalty.loss(cooccurrence_penalty.Config(objective="penalised_ce"), several())
    assert str(caught.value) == (
        "expected an objective for the multi task 'felt'; found 'penalised_ce'; "
        "--set objective=penalised_bce, or --set shares=true"
    )


def test_the_methods_loss_has_the_penalties_of_the_training_votes() -> None:
    data = mixture.as_shares(several())
    config = cooccurrence_penalty.Config(objective="penalised_kl:alpha=1,beta=0")
    outputs = torch.tensor([[0.3, -0.2, 0.1]])
    targets = {"felt": torch.from_numpy(data.targets["felt"])}
    judged = {"felt": torch.ones(1, 3, dtype=torch.bool)}
    found = cooccurrence_penalty.loss(config, data)((outputs,), targets, judged, torch.ones(1))
    # joy and fear go together; nobody chose anger
    w, q = torch.tensor([1.0, 1.0, 2.0]), torch.tensor([2 / 3, 1 / 3])
    wanted = (w[:2] * q * (q.log() - F.log_softmax(outputs, 1)[0, :2])).sum()
    torch.testing.assert_close(found, wanted)
