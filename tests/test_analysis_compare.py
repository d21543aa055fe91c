"""The randomisation test, Holm's correction and figures over seeds: by hand, against scipy, and on simulated truth."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from affectkit.analysis import compare, significance
from affectkit.analysis.compare import Pair, Permuted, holm, over_seeds, permuted, welch
from affectkit.errors import DataError
from affectkit.metrics import accuracy, macro_f1
from affectkit.task import Kind, Task

VA = Task("va", "dimensions", Kind.CONTINUOUS, "va", ("valence", "arousal"), (-1, 1))
THREE = Task("three", "emotion", Kind.SINGLE, "own", ("a", "b", "c"))
MULTI = Task("multi", "emotion", Kind.MULTI, "own", ("a", "b", "c"))


def one(found: Permuted | dict[str, Permuted]) -> Permuted:
    return found["0"] if isinstance(found, dict) else found


def mean_score(truth: Any, scores: Any, judged: Any = None, weight: Any = None, task: Any = None) -> float:
    return float(np.average(np.asarray(scores)[:, 0], weights=weight))


def names_of(rng: np.random.Generator, n: int, hit: float) -> tuple[np.ndarray, np.ndarray]:
    """One of three true names per item, and a system that says it with chance `hit`."""
    true = rng.integers(0, 3, n)
    said = np.where(rng.random(n) < hit, true, rng.integers(0, 3, n))
    return np.eye(3)[true], np.eye(3)[said]


# ---- the randomisation test ------------------------------------------------------------------------------------------


def test_all_swaps_of_four_items_by_hand() -> None:
    a, b = np.array([3.0, 2, 1, 5]), np.array([1.0, 3, 0, 1])
    d = a - b
    ways = [abs(np.mean(d * signs)) for signs in itertools.product((1, -1), repeat=4)]
    by_hand = np.mean([way >= abs(d.mean()) - 1e-12 for way in ways])
    found = one(permuted(mean_score, np.zeros((4, 1)), a[:, None], b[:, None]))
    assert found == Permuted(pytest.approx(d.mean()), pytest.approx(by_hand), True)
    assert by_hand == 6 / 16


def test_drawn_swaps_agree_with_scipys_permutation_test() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(40, 1))
    b = a + rng.normal(0.25, 1, size=(40, 1))
    found = one(permuted(mean_score, np.zeros((40, 1)), a, b, folds=9999))
    oracle = stats.permutation_test(
        (a[:, 0], b[:, 0]),
        lambda x, y, axis: x.mean(axis) - y.mean(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9999,
        rng=np.random.default_rng(1),
    )
    assert not found.exact
    assert found.p == pytest.approx(oracle.pvalue, abs=0.02)


def test_a_swap_is_a_swap_of_what_both_said() -> None:
    rng = np.random.default_rng(1)
    truth, a = names_of(rng, 6, 0.9)
    b = names_of(rng, 6, 0.2)[1]
    found = one(permuted("macro_f1", truth, a, b, task=THREE))
    differences = []
    for swap in itertools.product((False, True), repeat=6):
        s = np.array(swap)[:, None]
        first, second = np.where(s, b, a), np.where(s, a, b)
        differences.append(macro_f1.score(truth, first, task=THREE) - macro_f1.score(truth, second, task=THREE))
    assert found.value == pytest.approx(differences[0])
    assert found.p == pytest.approx(np.mean(np.abs(differences) >= abs(differences[0]) - 1e-9))


def test_equal_systems_and_one_item_are_never_significant() -> None:
    truth, said = names_of(np.random.default_rng(2), 50, 0.7)
    assert one(permuted("macro_f1", truth, said, said.copy(), task=THREE)) == Permuted(0, 1, False)
    alone = one(permuted("accuracy", truth[:1], truth[:1], 1 - truth[:1], task=MULTI))
    assert alone == Permuted(1, 1, True)


def test_what_does_not_exist_is_nan() -> None:
    found = one(permuted("pearson", np.arange(5.0), np.ones(5), np.ones(5)))
    assert math.isnan(found.value) and math.isnan(found.p)


def test_a_planted_difference_is_found_and_chance_is_not() -> None:
    rng = np.random.default_rng(3)
    small = power = 0
    for i in range(200):
        truth, a = names_of(rng, 200, 0.6)
        b = np.where(rng.random(200)[:, None] < 0.6, truth, np.eye(3)[rng.integers(0, 3, 200)])
        worse = np.where(rng.random(200)[:, None] < 0.3, np.eye(3)[rng.integers(0, 3, 200)], a)
        small += one(permuted("accuracy", truth, a, b, task=THREE, folds=199, seed=i)).p <= 0.05
        power += one(permuted("accuracy", truth, a, worse, task=THREE, folds=199, seed=i)).p <= 0.05
    assert small / 200 <= 0.09  # 0.05 and what 200 simulations leave to chance
    assert power / 200 > 0.9


def test_groups_are_swapped_whole() -> None:
    rng = np.random.default_rng(4)
    speaker = np.repeat(np.arange(8), 5)
    a, b = rng.normal(size=(2, 40, 1)) + rng.normal(size=(2, 8, 1))[:, speaker]
    found = one(permuted(mean_score, np.zeros((40, 1)), a, b, groups=[f"s{i}" for i in speaker]))
    sums = (a - b).reshape(8, 5).sum(1)
    ways = np.array(list(itertools.product((1, -1), repeat=8)))
    assert found.exact
    assert found.p == pytest.approx(np.mean(np.abs(ways @ sums) >= abs(sums.sum()) - 1e-9))
    with pytest.raises(DataError, match="40 groups; found 3; give the group of every item"):
        permuted(mean_score, np.zeros((40, 1)), a, b, groups=[1, 2, 3])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(2, 8))
def test_order_does_not_matter_and_exchange_turns_the_sign(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    truth, a, b = rng.normal(size=(3, n, 2))
    order = rng.permutation(n)
    for metric in ("pearson", "ccc", "rmse"):
        first = permuted(metric, truth, a, b, task=VA)
        again = permuted(metric, truth[order], a[order], b[order], task=VA)
        turned = permuted(metric, truth, b, a, task=VA)
        assert isinstance(first, dict) and isinstance(again, dict) and isinstance(turned, dict)
        for name in VA.names:
            if math.isfinite(first[name].value):
                assert again[name].value == pytest.approx(first[name].value, abs=1e-9)
                assert again[name].p == first[name].p
                assert turned[name].value == pytest.approx(-first[name].value, abs=1e-9)
                assert turned[name].p == first[name].p
                assert 0 < first[name].p <= 1


def test_systems_of_another_shape_are_refused() -> None:
    with pytest.raises(DataError, match=r"of one shape; found \(3, 1\), \(3, 1\) and \(2, 1\); align items and names"):
        permuted("accuracy", np.ones((3, 1)), np.ones((3, 1)), np.ones((2, 1)))
    with pytest.raises(DataError, match="at least one fold; found 0; 1000 is usual"):
        permuted("accuracy", np.ones((3, 1)), np.ones((3, 1)), np.ones((3, 1)), folds=0)
    with pytest.raises(DataError, match="finite scores; found 1 that are not"):
        permuted("pearson", np.arange(3.0), np.array([1, np.nan, 2]), np.arange(3.0))


# ---- Holm ------------------------------------------------------------------------------------------------------------


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == pytest.approx([1, 1])
    assert holm([]).tolist() == []
    found = holm([0.02, np.nan, 0.03])
    assert found[[0, 2]] == pytest.approx([0.04, 0.04]) and math.isnan(found[1])
    with pytest.raises(DataError, match=r"p-values between 0 and 1; found \[1.5\]"):
        holm([1.5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.randoms())
def test_holm_is_monotone_and_knows_no_order(p: list[float], shuffle: Any) -> None:
    found = holm(p)
    assert (found >= np.array(p) - 1e-12).all() and (found <= 1).all()
    assert (found <= np.minimum(1, np.array(p) * len(p)) + 1e-12).all()  # never worse than Bonferroni
    ranks = np.argsort(p, kind="stable")
    assert (np.diff(found[ranks]) >= 0).all()
    order = list(range(len(p)))
    shuffle.shuffle(order)
    assert holm([p[i] for i in order]) == pytest.approx(found[order])


def test_holm_keeps_the_chance_of_any_false_alarm() -> None:
    p = np.random.default_rng(5).random((2000, 10))
    alarms = np.mean([holm(row).min() <= 0.05 for row in p])
    assert 0.03 <= alarms <= 0.065
    assert np.mean(p.min(1) <= 0.05) > 0.35


# ---- seeds -----------------------------------------------------------------------------------------------------------


def test_over_seeds_is_scipys_t_interval() -> None:
    values = [0.51, 0.53, 0.49, 0.52, 0.50]
    found = over_seeds(values)
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert (found.mean, found.deviation) == pytest.approx((0.51, np.std(values, ddof=1)))
    assert (found.low, found.high, found.n) == pytest.approx((low, high, 5))


def test_one_seed_and_equal_seeds() -> None:
    alone = over_seeds([0.5])
    assert (alone.mean, alone.n) == (0.5, 1)
    assert all(math.isnan(v) for v in (alone.deviation, alone.low, alone.high))
    same = over_seeds([0.5, 0.5])
    assert (same.deviation, same.low, same.high) == (0, 0.5, 0.5)
    for values in ([], [0.5, math.nan]):
        with pytest.raises(DataError, match=r"a finite figure per seed; found .*; leave out the seeds without one"):
            over_seeds(values)
    with pytest.raises(DataError, match="a level between 0 and 1; found 95"):
        over_seeds([0.5, 0.6], level=95)


def test_welch_is_scipys() -> None:
    a, b = [0.71, 0.74, 0.69, 0.73, 0.72], [0.70, 0.61, 0.66]
    found, theirs = welch(a, b), stats.ttest_ind(a, b, equal_var=False)
    interval = theirs.confidence_interval(0.95)
    assert found.value == pytest.approx(np.mean(a) - np.mean(b))
    assert (found.low, found.high, found.p) == pytest.approx((interval.low, interval.high, theirs.pvalue))
    assert welch(b, a).p == pytest.approx(found.p)
    same, apart = welch([0.5, 0.5], [0.5, 0.5]), welch([0.75, 0.75], [0.5, 0.5])
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert (apart.value, apart.low, apart.high, apart.p) == (0.25, 0.25, 0.25, 0)
    with pytest.raises(DataError) as caught:
        welch([0.5], [0.5, 0.6])
    assert str(caught.value) == "expected two figures or more on each side; found 1 and 2; train more seeds"


def test_the_interval_over_seeds_covers_the_truth() -> None:
    draws = np.random.default_rng(6).normal(0.5, 0.02, (2000, 5))
    covered = np.mean([s.low <= 0.5 <= s.high for s in map(over_seeds, draws)])
    assert 0.93 <= covered <= 0.97


def test_the_bootstrap_interval_of_accuracy_covers_the_truth() -> None:
    rng = np.random.default_rng(7)
    right = rng.random((2000, 150, 1)) < 0.7
    found: list[Any] = [
        significance.bootstrap(accuracy, np.ones((150, 1)), one, folds=300, seed=i) for i, one in enumerate(right)
    ]
    covered = np.mean([f.low <= 0.7 <= f.high for f in found])
    assert 0.93 <= covered <= 0.97


# ---- tables of comparisons -------------------------------------------------------------------------------------------


def test_a_table_holds_what_its_parts_say() -> None:
    rng = np.random.default_rng(8)
    truth, a = names_of(rng, 120, 0.8)
    b = names_of(rng, 120, 0.5)[1]
    values = rng.normal(size=(3, 120, 2))
    values[1] += values[0]
    group = np.repeat(np.arange(30), 4)
    pairs = [
        Pair(THREE, "macro_f1", truth, a, b, groups=group),
        Pair(VA, "pearson", *values),
        Pair(VA, "ccc", values[0], values[0], np.zeros((120, 2))),  # no concordance with what is constant
    ]
    found = compare.compare(pairs, folds=200)
    assert [(c.task, c.metric) for c in found] == [
        ("three", "macro_f1"),
        ("va", "pearson.valence"),
        ("va", "pearson.arousal"),
    ]
    first = found[0]
    assert first.a == significance.bootstrap("macro_f1", truth, a, task=THREE, groups=group, folds=200)
    assert first.b == significance.bootstrap("macro_f1", truth, b, task=THREE, groups=group, folds=200)
    assert first.difference == significance.paired("macro_f1", truth, a, b, task=THREE, groups=group, folds=200)
    assert first.p == one(permuted("macro_f1", truth, a, b, task=THREE, groups=group, folds=200)).p
    assert [c.holm for c in found] == pytest.approx(holm([c.p for c in found]).tolist())
    assert compare.compare([]) == []
