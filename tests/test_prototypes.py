"""Prototypes over valence and arousal: means by hand, empty cells, angles kept, losses by their formulas, bad files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.errors import AffectError
from affectkit.nn import prototypes
from affectkit.nn.prototypes import build_grid, dgeo, late_cosine, proto_kd

SEEDS = st.integers(0, 2**31)


def items(seed: int, n: int = 40, d: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.uniform(-1, 1, (n, 2))


# --- the grid ---


def test_cells_are_the_papers() -> None:
    np.testing.assert_allclose(prototypes.centres(5)[::5, 0], [-0.8, -0.4, 0.0, 0.4, 0.8], atol=1e-12)
    np.testing.assert_allclose(prototypes.centres(5)[:5, 1], [-0.8, -0.4, 0.0, 0.4, 0.8], atol=1e-12)
    edges = np.asarray([-1.0, -0.6, -0.2, 0.2, 0.6, 1.0])  # each belongs to the cell above it, the last to the last
    va = np.stack([edges, np.full(6, -1.0)], 1)
    assert build_grid(np.ones((6, 2)), va).counts[::5].tolist() == [1, 1, 1, 1, 2]


def test_ratings_of_one_to_five_are_rescaled_as_dreamers() -> None:
    r = np.asarray([1.0, 2.0, 3.0, 4.5, 5.0])
    np.testing.assert_allclose(prototypes.rescaled(r, 1, 5), (r - 3) / 2)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, k=st.integers(1, 6), n=st.integers(1, 60))
def test_a_grid_is_what_loops_make_of_it(seed: int, k: int, n: int) -> None:
    features, va = items(seed, n)
    found = build_grid(features, va, k)
    cells: dict[tuple[int, int], list[np.ndarray]] = {}
    for f, (v, a) in zip(features, va, strict=True):
        cells.setdefault((min(int((v + 1) * k / 2), k - 1), min(int((a + 1) * k / 2), k - 1)), []).append(f)
    for i in range(k * k):
        here = divmod(i, k)
        assert found.counts[i] == len(cells.get(here, []))
        far = {j: (j // k - here[0]) ** 2 + (j % k - here[1]) ** 2 for j in range(k * k) if divmod(j, k) in cells}
        nearest = min(far, key=lambda j: (far[j], j))
        assert found.filled_from[i] == nearest
        mean = sum(f / np.linalg.norm(f) for f in cells[divmod(nearest, k)])
        np.testing.assert_allclose(found.prototypes[i], mean / np.linalg.norm(mean), atol=1e-9)


def test_of_cells_equally_near_the_lowest_fills() -> None:
    va = np.asarray([[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
    found = build_grid(np.eye(4), va, 3)
    assert found.counts.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert found.filled_from.tolist() == [1, 1, 1, 3, 1, 5, 3, 7, 5]
    np.testing.assert_array_equal(found.prototypes[4], found.prototypes[1])


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_order_and_length_of_features_do_not_matter(seed: int) -> None:
    features, va = items(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(va))
    other = build_grid((features * rng.uniform(0.1, 9, (len(va), 1)))[order], va[order])
    np.testing.assert_allclose(other.prototypes, build_grid(features, va).prototypes, atol=1e-9)


def test_more_cells_stay_empty_where_items_are_few() -> None:
    features, _ = items(0, 300)
    va = np.clip(np.random.default_rng(1).normal(0.1, 0.35, (300, 2)), -1, 1)
    empty = [float((build_grid(features, va, k).counts == 0).mean()) for k in (5, 7, 15)]
    assert empty == sorted(empty)
    assert empty[0] < empty[1] < empty[2]


def test_random_prototypes_are_at_right_angles() -> None:
    one, again, other = (prototypes.random_grid(5, seed).prototypes for seed in (3, 3, 4))
    np.testing.assert_allclose(one @ one.T, np.eye(25), atol=1e-12)
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.1


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, m=st.integers(1, 12), d=st.integers(1, 20))
def test_the_directions_they_span_keep_every_angle(seed: int, m: int, d: int) -> None:
    given_ = np.random.default_rng(seed).normal(size=(m, d))
    given_ = np.concatenate([given_, given_[:1]])  # as a filled cell is
    found = prototypes.spanned(given_)
    assert found.shape == (m + 1, m + 1)
    np.testing.assert_allclose(found @ found.T, given_ @ given_.T, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, k=st.integers(1, 7), spread=st.floats(0.01, 3))
def test_shares_are_a_softmax_of_distances(seed: int, k: int, spread: float) -> None:
    va = np.random.default_rng(seed).uniform(-1, 1, (5, 2))
    found = prototypes.shares(va, k, spread)
    far = torch.cdist(torch.from_numpy(va), torch.from_numpy(prototypes.centres(k))) ** 2
    np.testing.assert_allclose(found, (-far / (2 * spread**2)).softmax(1).numpy(), atol=1e-9)
    np.testing.assert_allclose(found.sum(1), 1)


# --- the losses ---


def test_prototypes_are_learnt_by_kl_from_them_to_the_network() -> None:
    rng = np.random.default_rng(0)
    f, p, q = rng.normal(size=(7, 4)), rng.normal(size=(9, 4)), rng.dirichlet(np.ones(9), 7)
    weight = rng.uniform(0, 2, 7)
    cosine = np.asarray([[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in p] for a in f])
    own = np.exp(cosine / 0.9) / np.exp(cosine / 0.9).sum(1, keepdims=True)
    wanted = (q * np.log(q / own)).sum(1)
    own_f, own_p, asked = (torch.from_numpy(x) for x in (f, p, q))
    assert float(proto_kd(own_f, own_p, asked)) == pytest.approx(wanted.mean(), rel=1e-5)
    found = proto_kd(own_f, own_p, asked, weight=torch.from_numpy(weight))
    assert float(found) == pytest.approx((wanted * weight).sum() / weight.sum(), rel=1e-5)
    assert float(proto_kd(own_f, own_p, torch.from_numpy(own))) == pytest.approx(0, abs=1e-7)


def test_nothing_to_learn_of_prototypes_costs_nothing() -> None:
    f = torch.randn(3, 4, requires_grad=True)
    cost = proto_kd(f, torch.randn(9, 4), torch.zeros(3, 9), weight=torch.zeros(3))
    cost.backward()
    assert cost == 0
    assert f.grad is not None
    assert not f.grad.any()


def classes(seed: int, counts: tuple[int, ...], d: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    labels = np.repeat(np.arange(len(counts)), counts)
    features = np.random.default_rng(seed).normal(size=(len(labels), d)) + 2 * np.eye(len(counts), d)[labels]
    return torch.from_numpy(features), torch.from_numpy(np.eye(len(counts))[labels])


@settings(max_examples=30, deadline=None)
@given(
    seed=SEEDS,
    counts=st.tuples(*[st.integers(0, 5)] * 4).filter(any),
    cap=st.floats(0, 1),
    margin=st.floats(0, 2),
)
def test_the_geometry_is_the_formula(seed: int, counts: tuple[int, ...], cap: float, margin: float) -> None:
    features, members = classes(seed, counts)
    positive = [True, False, True, False]
    f = features.numpy() / np.linalg.norm(features.numpy(), axis=1, keepdims=True)
    labels, enough = members.numpy().argmax(1), [c for c, n in enumerate(counts) if n >= 2]
    mu = {c: f[labels == c].mean(0) for c in enough}
    wide = sum(max(0, float(((f[labels == c] - mu[c]) ** 2).sum(1).mean()) - cap) for c in enough if positive[c])
    pairs = [(a, b) for a in enough for b in enough if a < b]
    apart = [1 - mu[a] @ mu[b] / np.linalg.norm(mu[a]) / np.linalg.norm(mu[b]) for a, b in pairs]
    near = float(np.mean([max(0.0, margin - x) for x in apart])) if pairs else 0.0
    assert float(dgeo(features, members, torch.tensor(positive), cap, margin)) == pytest.approx(wide + near, abs=1e-5)


def test_below_the_cap_and_beyond_the_margin_nothing_pulls() -> None:
    features, members = classes(0, (4, 4, 4))
    every = torch.ones(3, dtype=torch.bool)
    for cap, margin, pulls in ((1.0, 0.0, False), (0.0, 0.0, True), (1.0, 2.0, True)):
        leaf = features.clone().requires_grad_()
        dgeo(leaf, members, every, cap, margin).backward()
        assert leaf.grad is not None
        assert bool(leaf.grad.abs().gt(1e-9).any()) == pulls


def test_a_class_of_one_face_says_nothing_and_leaves_finite_gradients() -> None:
    features, members = classes(1, (1, 1, 0))
    leaf = features.clone().requires_grad_()
    cost = dgeo(leaf, members, torch.ones(3, dtype=torch.bool), 0.0, 2.0)
    cost.backward()
    assert cost == 0
    assert leaf.grad is not None
    assert torch.isfinite(leaf.grad).all()


def test_a_step_down_the_geometry_draws_a_class_together() -> None:
    features, members = classes(2, (6, 6))
    leaf = features.clone().requires_grad_()
    before = dgeo(leaf, members, torch.tensor([True, False]), 0.0, 0.0)
    before.backward()
    assert leaf.grad is not None
    after = dgeo(features - 0.5 * leaf.grad, members, torch.tensor([True, False]), 0.0, 0.0)
    assert after < before
    assert not leaf.grad[6:].any(), "a class that is not of high valence may spread"


def test_it_comes_late() -> None:
    assert [late_cosine(e, 20, 60) for e in (0, 19, 20, 60, 99)] == [0, 0, 0, 1, 1]
    assert late_cosine(40, 20, 60) == pytest.approx(0.5)
    assert late_cosine(30, 20, 60) == pytest.approx(0.5 * (1 - np.cos(np.pi / 4)))
    assert [late_cosine(e, 0, 0) for e in (0, 5)] == [1, 1]


# --- files ---


def test_a_grid_comes_back_from_its_file(tmp_path: Path) -> None:
    made = build_grid(*items(0))
    found = prototypes.read_grid(prototypes.write_grid(tmp_path / "grid.npz", made))
    np.testing.assert_allclose(found.prototypes, made.prototypes, rtol=1e-12)
    np.testing.assert_array_equal(found.counts, made.counts)
    np.testing.assert_array_equal(found.filled_from, made.filled_from)


def test_features_with_ratings_in_a_file_become_a_grid(tmp_path: Path) -> None:
    features, va = items(0)
    np.savez(tmp_path / "eeg.npz", features=features, va=va * 2 + 3, range=[1, 5])
    np.testing.assert_allclose(
        prototypes.read_grid(tmp_path / "eeg.npz", 3).prototypes, build_grid(features, va, 3).prototypes, atol=1e-9
    )


def said(call: object, *args: object) -> str:
    with pytest.raises(AffectError) as caught:
        call(*args)  # type: ignore[operator]
    return str(caught.value)


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "grid.npz"
    assert said(prototypes.read_grid, file) == (
        f"expected a grid: random, or a file of arrays (.npz); found no file {file}; correct the setting grid"
    )
    file.write_text("no arrays")
    assert said(prototypes.read_grid, file).startswith(f"expected arrays of numbers in {file}; found ")
    np.savez(file, features=np.ones((2, 3)))
    assert said(prototypes.read_grid, file) == (
        f"expected prototypes, or features and va, in {file}; found no va; add them"
    )
    np.savez(file, prototypes=np.ones((9, 4)))
    assert said(prototypes.read_grid, file, 5) == (
        f"expected prototypes (25, d) in {file}; found (9, 4); name its cells each way: --set cells="
    )
    for bad in (np.nan, np.inf, 0.0):
        rows = np.ones((9, 4))
        rows[6] = bad
        np.savez(file, prototypes=rows)
        assert said(prototypes.read_grid, file, 3) == (
            f"expected prototypes with a direction in {file}; found zeros or numbers that are not finite in row 6; "
            "build the grid again"
        )


def test_what_is_wrong_with_items_is_said() -> None:
    features, va = items(0, 4, 3)
    assert said(build_grid, features, va[:3]) == (
        "expected features (n, d) and valence and arousal (n, 2) of at least one item; found (4, 3) and (3, 2); "
        "align them"
    )
    assert "found (0, 3) and (0, 2)" in said(build_grid, features[:0], va[:0])
    assert said(build_grid, features, va * 0 + 3) == (
        "expected valence and arousal in [-1, 1]; found 3; rescale them; in a file, tell their range"
    )
    assert "found nan" in said(build_grid, features, va * np.nan)
    assert said(build_grid, features * np.inf, va) == (
        "expected features that are finite; found some that are not; leave those items out"
    )
    assert said(build_grid, features, va, 0) == "expected at least one cell each way; found 0; 5 is the paper's"
    assert said(build_grid, np.asarray([[1.0, 0], [-1.0, 0]]), np.zeros((2, 2))) == (
        "expected features with a direction in each cell; found none in cell 12; leave its items out"
    )
