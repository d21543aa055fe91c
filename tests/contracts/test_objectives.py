"""What every objective keeps, found by scanning: finite gradients, a fall towards truth, silence of the unjudged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from affectkit import find
from affectkit.nn import objectives
from affectkit.nn.objectives import asymmetric, bce, ccc, ce, distillation, kl, mse, soft_ce
from affectkit.task import Kind

OBJECTIVES = find.names("objectives")
CASES = [(name, Kind(kind)) for name in OBJECTIVES for kind in find.card("objectives", name)["kinds"]]
EACH_CASE = pytest.mark.parametrize(("name", "kind"), CASES, ids=[f"{n}-{k}" for n, k in CASES])
Objective = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
SCALED = (Kind.CONTINUOUS, Kind.ORDINAL)


def built(name: str, **changes: Any) -> Objective:
    part = find.load("objectives", name)
    loss: Objective = part.build(part.Config(**changes))
    return loss


def truth_of(kind: Kind, rng: np.random.Generator, n: int, k: int) -> Tensor:
    """Toy truth (n, k) as `sample.target` would give it."""
    made = {
        Kind.SINGLE: np.eye(k)[rng.integers(0, k, n)],
        Kind.MULTI: rng.random((n, k)) < 0.4,
        Kind.DISTRIBUTION: rng.dirichlet(np.ones(k), n),
        Kind.CONTINUOUS: rng.uniform(-1, 1, (n, k)),
        Kind.ORDINAL: rng.integers(-2, 3, (n, k)) / 2,
    }
    return torch.from_numpy(np.asarray(made[kind], np.float32))


def target_of(name: str, truth: Tensor) -> Tensor:
    """What the objective is given for a truth: the truth, or a teacher's logits that are sure of it."""
    teacher = find.card("objectives", name).get("target") == "logits"
    return torch.logit(truth.clamp(0.05, 0.95)) if teacher else truth


def best_of(name: str, kind: Kind, truth: Tensor) -> Tensor:
    """Outputs that fit a truth."""
    if kind in SCALED:
        return truth
    several = Kind.MULTI in find.card("objectives", name)["kinds"]
    return torch.logit(truth.clamp(0.05, 0.95)) if several else truth.clamp_min(0.01).log()


def judged_of(truth: Tensor, rng: np.random.Generator) -> Tensor:
    """A mask that hides some cells but never the name that was chosen; the first row is hidden whole."""
    judged = torch.from_numpy(rng.random(tuple(truth.shape)) < 0.6)
    judged[torch.arange(len(truth)), truth.argmax(1)] = True
    judged[0] = False
    return judged


def gradient(loss: Objective, outputs: Tensor, *others: Tensor) -> tuple[Tensor, Tensor]:
    leaf = outputs.clone().requires_grad_()
    value = loss(leaf, *others)
    value.backward()
    assert leaf.grad is not None
    return value.detach(), leaf.grad


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def outputs_of(rng: np.random.Generator, n: int, k: int) -> Tensor:
    return torch.from_numpy(rng.normal(0, 1.5, (n, k)).astype(np.float32))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_card_describes_the_objective(name: str) -> None:
    card, part = find.card("objectives", name), find.load("objectives", name)
    assert {"title", "extra", "kinds"} <= set(card)
    assert {Kind(k) for k in card["kinds"]}
    assert part.Config() == part.Config()
    assert part.__doc__


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.OPEN])
def test_every_kind_of_task_has_an_objective_that_serves_it(kind: Kind) -> None:
    from affectkit.task import Task

    task = Task("t", "t", kind, "t", ("a",), (0, 1) if kind in SCALED else None)
    assert kind in find.card("objectives", task.defaults.objective)["kinds"]


@EACH_CASE
def test_value_and_gradient_are_finite(name: str, kind: Kind, rng: np.random.Generator) -> None:
    truth = truth_of(kind, rng, 8, 4)
    everything, weight = torch.ones(8, 4, dtype=torch.bool), torch.ones(8)
    for outputs in (outputs_of(rng, 8, 4), torch.zeros(8, 4), torch.full((8, 4), 60.0), torch.full((8, 4), -60.0)):
        value, slope = gradient(built(name), outputs, target_of(name, truth), everything, weight)
        assert value.shape == ()
        assert torch.isfinite(value)
        assert value > -1e-6
        assert torch.isfinite(slope).all()


@EACH_CASE
def test_it_falls_when_truth_is_approached(name: str, kind: Kind, rng: np.random.Generator) -> None:
    truth, start = truth_of(kind, rng, 30, 4), outputs_of(rng, 30, 4)
    everything, weight, loss = torch.ones(30, 4, dtype=torch.bool), torch.ones(30), built(name)
    best, target = best_of(name, kind, truth), target_of(name, truth)
    way = [float(loss(torch.lerp(start, best, share), target, everything, weight)) for share in (0.0, 0.4, 0.8, 1.0)]
    assert way == sorted(way, reverse=True)
    assert way[0] > way[-1] + 0.05
    value, slope = gradient(loss, start, target, everything, weight)
    assert loss(start - 0.01 * slope, target, everything, weight) < value, "a small step down the gradient helps"


@EACH_CASE
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_what_nobody_judged_changes_nothing(name: str, kind: Kind, seed: int) -> None:
    rng, loss = np.random.default_rng(seed), built(name)
    truth, outputs = truth_of(kind, rng, 9, 4), outputs_of(rng, 9, 4)
    judged, weight = judged_of(truth, rng), torch.from_numpy(rng.random(9).astype(np.float32))
    target = target_of(name, truth)
    value, slope = gradient(loss, outputs, target, judged, weight)
    assert not slope[~judged].any()
    other = torch.where(judged, outputs, outputs_of(rng, 9, 4) * 5)
    elsewhere = torch.where(judged, target, 1 - target)
    again, same = gradient(loss, other, elsewhere, judged, weight)
    torch.testing.assert_close(again, value)
    torch.testing.assert_close(same, slope)
    short, shorter = gradient(loss, outputs[1:], target[1:], judged[1:], weight[1:])  # the row that nobody judged
    torch.testing.assert_close(short, value)
    torch.testing.assert_close(shorter, slope[1:])


@EACH_CASE
def test_nothing_judged_costs_nothing(name: str, kind: Kind, rng: np.random.Generator) -> None:
    truth = truth_of(kind, rng, 5, 3)
    nothing = torch.zeros(5, 3, dtype=torch.bool)
    value, slope = gradient(built(name), outputs_of(rng, 5, 3), target_of(name, truth), nothing, torch.ones(5))
    assert value == 0
    assert not slope.any()


@EACH_CASE
def test_a_weight_is_a_number_of_repeats(name: str, kind: Kind, rng: np.random.Generator) -> None:
    truth, outputs, loss = truth_of(kind, rng, 12, 3), outputs_of(rng, 12, 3), built(name)
    judged, count = judged_of(truth, rng), torch.from_numpy(rng.integers(0, 4, 12))
    target = target_of(name, truth)
    said, true, could = (a.repeat_interleave(count, 0) for a in (outputs, target, judged))
    found = loss(outputs, target, judged, count.float())
    torch.testing.assert_close(found, loss(said, true, could, torch.ones(len(said))))
    torch.testing.assert_close(found, loss(outputs, target, judged, count.float() * 7))  # only shares of weight count


# --- each one against a derivation of its own ---


def case(kind: Kind) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Outputs, truth, judged, weight for six samples and four names."""
    rng = np.random.default_rng(11)
    truth = truth_of(kind, rng, 6, 4)
    return outputs_of(rng, 6, 4), truth, judged_of(truth, rng), torch.tensor([1.0, 2, 0.5, 1, 3, 1])


def by_hand(cost: Any, judged: Tensor, weight: Tensor) -> float:
    """Weighted mean over rows with something judged of `cost(row, judged columns)`."""
    rows = [i for i in range(len(judged)) if judged[i].any()]
    total = sum(float(weight[i]) * float(cost(i, judged[i])) for i in rows)
    return total / sum(float(weight[i]) for i in rows)


def test_bce_is_the_negative_log_likelihood_of_a_sample() -> None:
    y, t, judged, weight = case(Kind.DISTRIBUTION)
    wanted = by_hand(lambda i, j: F.binary_cross_entropy(y[i, j].sigmoid(), t[i, j], reduction="sum"), judged, weight)
    assert float(built("bce")(y, t, judged, weight)) == pytest.approx(wanted, rel=1e-5)


def test_bce_weighs_positives_per_name() -> None:
    y, t, judged, weight = case(Kind.MULTI)
    w = np.asarray([1.0, 2.0, 3.0, 0.5])

    def cost(i: int, j: Tensor) -> float:
        p, own = 1 / (1 + np.exp(-y[i].double().numpy())), t[i].numpy()
        each = -(w * own * np.log(p) + (1 - own) * np.log(1 - p))
        return float(each[j.numpy()].sum())

    loss = bce.build(bce.Config(positive=tuple(w.tolist())))
    assert float(loss(y, t, judged, weight)) == pytest.approx(by_hand(cost, judged, weight), rel=1e-5)


def test_names_sum_is_a_sum_over_names_and_a_mean_over_samples() -> None:
    cost = torch.tensor([[1.0, 2, 4], [10, 20, 40], [100, 200, 400]])
    judged = torch.tensor([[True, True, True], [True, False, True], [False, False, False]])
    assert objectives.names_sum(cost, judged, torch.ones(3)) == (7 + 50) / 2
    assert objectives.names_sum(cost, judged, torch.tensor([3.0, 1, 9])) == (3 * 7 + 50) / 4
    assert objectives.mean(cost, judged, torch.ones(3)) == pytest.approx((7 + 50) / 5)
    twice = torch.cat([cost, cost], 1)
    assert objectives.names_sum(twice, torch.cat([judged, judged], 1), torch.ones(3)) == 7 + 50  # twice the names


def test_asymmetric_is_the_papers_formula() -> None:
    y, t, judged, weight = case(Kind.MULTI)
    plus, minus, margin = 1.0, 3.0, 0.1

    def cost(i: int, j: Tensor) -> float:
        p = 1 / (1 + np.exp(-y[i].double().numpy()))
        shifted = np.maximum(p - margin, 0)
        yes, no = (1 - p) ** plus * np.log(p), shifted**minus * np.log(1 - shifted)
        return float(-np.where(t[i].numpy() == 1, yes, no)[j.numpy()].sum())

    loss = asymmetric.build(asymmetric.Config(plus, minus, margin))
    assert float(loss(y, t, judged, weight)) == pytest.approx(by_hand(cost, judged, weight), rel=1e-4)


def test_asymmetric_without_focus_and_margin_is_bce() -> None:
    data = case(Kind.DISTRIBUTION)
    plain = asymmetric.build(asymmetric.Config(0.0, 0.0, 0.0))
    torch.testing.assert_close(plain(*data), built("bce")(*data))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_ce_is_torchs_over_the_names_that_could_be_chosen(smoothing: float) -> None:
    y, t, judged, weight = case(Kind.SINGLE)

    def cost(i: int, j: Tensor) -> Tensor:
        return F.cross_entropy(y[i, j][None], t[i, j].argmax()[None], label_smoothing=smoothing)

    loss = ce.build(ce.Config(smoothing=smoothing))
    assert float(loss(y, t, judged, weight)) == pytest.approx(by_hand(cost, judged, weight), rel=1e-5)


def test_ce_weighs_classes_as_torch_does() -> None:
    y, t, _, _ = case(Kind.SINGLE)
    w = (1.0, 2.0, 0.5, 4.0)
    found = ce.build(ce.Config(names=w))(y, t, torch.ones(6, 4, dtype=torch.bool), torch.ones(6))
    torch.testing.assert_close(found, F.cross_entropy(y, t.argmax(1), weight=torch.tensor(w)))


def test_soft_ce_is_torchs_over_shares_of_the_judged_names() -> None:
    y, t, judged, weight = case(Kind.DISTRIBUTION)

    def cost(i: int, j: Tensor) -> Tensor:
        return F.cross_entropy(y[i, j][None], (t[i, j] / t[i, j].sum())[None])

    assert float(built("soft_ce")(y, t, judged, weight)) == pytest.approx(by_hand(cost, judged, weight), rel=1e-5)


def test_votes_count_as_shares() -> None:
    y, t, judged, weight = case(Kind.DISTRIBUTION)
    for name in ("soft_ce", "kl"):
        torch.testing.assert_close(built(name)(y, t * 0.1, judged, weight), built(name)(y, t, judged, weight))


def test_kl_is_torchs_and_nought_at_the_shares_themselves() -> None:
    y, t, judged, weight = case(Kind.DISTRIBUTION)

    def cost(i: int, j: Tensor) -> Tensor:
        return F.kl_div(y[i, j].log_softmax(0), t[i, j] / t[i, j].sum(), reduction="sum")

    assert float(built("kl")(y, t, judged, weight)) == pytest.approx(by_hand(cost, judged, weight), rel=1e-4)
    assert float(kl.build(kl.Config())(t.log(), t, judged, weight)) == pytest.approx(0, abs=1e-6)


def test_kl_and_soft_ce_pull_alike() -> None:
    y, t, judged, weight = case(Kind.DISTRIBUTION)
    pulls = [gradient(part.build(part.Config()), y, t, judged, weight)[1] for part in (kl, soft_ce)]
    torch.testing.assert_close(*pulls)


def test_mse_is_a_mean_over_judged_values() -> None:
    y, t, judged, weight = case(Kind.CONTINUOUS)
    spread = (0.5, 1.0, 2.0, 0.1)
    cells = judged.double() * weight[:, None].double()
    for config, scale in ((mse.Config(), 1.0), (mse.Config(spread), torch.tensor(spread).double())):
        wanted = (cells * ((y.double() - t.double()) / scale) ** 2).sum() / cells.sum()
        assert float(mse.build(config)(y, t, judged, weight)) == pytest.approx(float(wanted), rel=1e-5)


def test_ccc_is_one_less_lins_coefficient() -> None:
    rng = np.random.default_rng(5)
    truth = rng.uniform(-1, 1, (40, 2))
    said = 0.5 * truth + rng.normal(0, 0.4, (40, 2)) + 0.2
    wanted = []
    for x, y in zip(said.T, truth.T, strict=True):
        r = np.corrcoef(x, y)[0, 1]
        wanted.append(2 * r * x.std() * y.std() / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))
    everything = torch.ones(40, 2, dtype=torch.bool)
    loss = ccc.build(ccc.Config())
    found = loss(torch.from_numpy(said), torch.from_numpy(truth), everything, torch.ones(40))
    assert float(found) == pytest.approx(1 - np.mean(wanted), rel=1e-5)


def test_ccc_leaves_out_a_dimension_with_one_value() -> None:
    y, t, judged, weight = case(Kind.CONTINUOUS)
    one = torch.ones_like(judged)
    one[1:, 2] = False
    others = [0, 1, 3]
    loss = built("ccc")
    torch.testing.assert_close(loss(y, t, one, weight), loss(y[:, others], t[:, others], one[:, others], weight))


def concordance(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
    """Lin's coefficient by its definition, of weighted samples (n,)."""
    w = w / w.sum()
    mx, my = (w * x).sum(), (w * y).sum()
    between = (w * (x - mx) * (y - my)).sum()
    return 2 * between / ((w * (x - mx) ** 2).sum() + (w * (y - my) ** 2).sum() + (mx - my) ** 2)


def test_running_ccc_is_that_of_all_batches_together() -> None:
    rng, decay = np.random.default_rng(2), 0.75
    loss = built("ccc", running=decay)
    xs, ys, ws = [], [], []
    for size in (3, 1, 7, 2):
        truth = torch.from_numpy(rng.uniform(-1, 1, (size, 2)))
        said, weight = truth * 0.4 + torch.from_numpy(rng.normal(0.2, 0.3, (size, 2))), torch.rand(size).double() + 0.5
        found = loss(said, truth, torch.ones(size, 2, dtype=torch.bool), weight)
        xs, ys, ws = [*xs, said], [*ys, truth], [*[w * decay for w in ws], weight]
    x, y, w = torch.cat(xs), torch.cat(ys), torch.cat(ws)
    wanted = 1 - torch.stack([concordance(x[:, k], y[:, k], w) for k in range(2)]).mean()
    assert float(found) == pytest.approx(float(wanted), rel=1e-5)


def test_running_ccc_has_the_slope_of_the_whole_set() -> None:
    """Batch by batch over a set that was heard before, its gradients add up to that of the set's own coefficient."""
    rng, size, batches = np.random.default_rng(4), 8, 5
    truth = torch.from_numpy(rng.uniform(-1, 1, (size * batches, 1)))
    said = (truth * 0.3 + torch.from_numpy(rng.normal(0, 0.4, truth.shape))).requires_grad_()
    (wanted,) = torch.autograd.grad(1 - concordance(said[:, 0], truth[:, 0], torch.ones(len(truth))), said)
    loss, every = built("ccc", running=1 - 1e-9), torch.ones(size, 1, dtype=torch.bool)
    rows = [slice(i * size, (i + 1) * size) for i in range(batches)]
    for r in rows * 100:  # until one batch more is nothing to what was heard
        loss(said[r].detach(), truth[r], every, torch.ones(size))
    slopes = [torch.autograd.grad(loss(said[r], truth[r], every, torch.ones(size)), said)[0] for r in rows]
    torch.testing.assert_close(torch.stack(slopes).mean(0), wanted, rtol=2e-2, atol=1e-4)


def test_running_ccc_waits_for_a_second_value_and_keeps_what_nobody_judged() -> None:
    loss, yes = built("ccc", running=0.9), torch.ones(1, 2, dtype=torch.bool)
    y, t = torch.tensor([[0.1, 0.2]]), torch.tensor([[0.3, -0.2]])
    assert loss(y, t, yes, torch.ones(1)) == 0
    one = torch.tensor([[True, False]])
    wanted = loss(-y, -t, yes, torch.ones(1))
    again = built("ccc", running=0.9)
    again(y, t, yes, torch.ones(1))
    again(y, torch.full_like(t, torch.nan), ~yes, torch.ones(1))
    torch.testing.assert_close(again(-y, -t, yes, torch.ones(1)), wanted)
    value, slope = gradient(loss, y, t, one, torch.ones(1))
    assert torch.isfinite(value)
    assert slope[0, 0] != 0
    assert slope[0, 1] == 0


@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_distillation_of_several_names_is_tempered_bce(temperature: float) -> None:
    y, _, judged, weight = case(Kind.MULTI)
    teacher = outputs_of(np.random.default_rng(8), 6, 4)

    def cost(i: int, j: Tensor) -> Tensor:
        p, q = (y[i, j] / temperature).sigmoid(), (teacher[i, j] / temperature).sigmoid()
        return -(q * p.log() + (1 - q) * (1 - p).log()).sum() * temperature**2

    loss = distillation.build(distillation.Config(temperature))
    assert float(loss(y, teacher, judged, weight)) == pytest.approx(by_hand(cost, judged, weight), rel=1e-4)
    assert not gradient(loss, teacher, teacher, judged, weight)[1].abs().gt(1e-6).any(), "at rest beside the teacher"


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_distillation_of_one_name_is_tempered_kl(temperature: float) -> None:
    y, _, judged, weight = case(Kind.SINGLE)
    teacher = outputs_of(np.random.default_rng(8), 6, 4)

    def cost(i: int, j: Tensor) -> Tensor:
        q = (teacher[i, j] / temperature).softmax(0)
        return F.kl_div((y[i, j] / temperature).log_softmax(0), q, reduction="sum") * temperature**2

    loss = distillation.build(distillation.Config(temperature, exclusive=True))
    assert float(loss(y, teacher, judged, weight)) == pytest.approx(by_hand(cost, judged, weight), rel=1e-4, abs=1e-6)
    assert float(loss(teacher, teacher, judged, weight)) == pytest.approx(0, abs=1e-6)
