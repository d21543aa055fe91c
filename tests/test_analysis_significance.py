"""Intervals and p-values against simulated truth, where the right answer is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from affectkit.analysis.significance import Difference, Interval, averaged, bootstrap, paired
from affectkit.errors import DataError
from affectkit.metrics import macro_f1, pearson
from affectkit.task import Kind, Task

VA = Task("va", "dimensions", Kind.CONTINUOUS, "va", ("valence", "arousal"), (-1, 1))


def one(found: Interval | dict[str, Interval]) -> Interval:
    return found["0"] if isinstance(found, dict) else found


def pair(found: Difference | dict[str, Difference]) -> Difference:
    return found["0"] if isinstance(found, dict) else found


def decisions(rng: np.random.Generator, n: int, hit: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    """Truth (n, 3) and what a system says that finds `hit` of the true cases and errs in one of ten others."""
    truth = rng.random((n, 3)) < [0.5, 0.3, 0.15]
    said = np.where(truth, rng.random((n, 3)) < hit, rng.random((n, 3)) < 0.1)
    return truth.astype(float), said.astype(float)


def test_the_interval_of_pearson_covers_the_truth() -> None:
    rng, r, covered = np.random.default_rng(0), 0.6, 0
    for i in range(300):
        x, y = rng.multivariate_normal([0, 0], [[1, r], [r, 1]], 120).T
        found = one(bootstrap("pearson", x, y, folds=300, seed=i))
        covered += int(found.low <= r <= found.high)
    assert 0.90 <= covered / 300 <= 0.985


def test_the_interval_of_macro_f1_covers_the_truth() -> None:
    rng, covered = np.random.default_rng(1), 0
    base = np.array([0.5, 0.3, 0.15])
    hits, errors = 0.7 * base, 0.1 * (1 - base)
    true_value = np.mean(2 * hits / (base + hits + errors))
    for i in range(300):
        found = one(bootstrap("macro_f1", *decisions(rng, 300), folds=300, seed=i))
        covered += int(found.low <= true_value <= found.high)
    assert 0.90 <= covered / 300 <= 0.985


def test_the_interval_agrees_with_scipys_bootstrap() -> None:
    rng = np.random.default_rng(2)
    truth, values = rng.normal(size=(2, 400))
    values = truth + values
    found = one(bootstrap("pearson", truth, values, folds=4000))
    oracle = stats.bootstrap(
        (truth, values),
        lambda x, y, axis: stats.pearsonr(x, y, axis=axis)[0],
        paired=True,
        vectorized=True,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert found.value == pytest.approx(stats.pearsonr(truth, values)[0])
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=0.006)
    assert found.n == 400


def test_a_function_a_module_and_a_name_give_the_same() -> None:
    truth, said = decisions(np.random.default_rng(3), 100)
    by_name = one(bootstrap("macro_f1", truth, said, folds=50))
    assert bootstrap(macro_f1, truth, said, folds=50) == by_name
    by_function = bootstrap(macro_f1.score, truth, said, folds=50)
    assert isinstance(by_function, Interval)
    assert (by_function.low, by_function.high) == pytest.approx((by_name.low, by_name.high))
    truth, values = np.random.default_rng(3).normal(size=(2, 50, 2))
    named = bootstrap("pearson", truth, values, task=VA, folds=50)
    called = bootstrap(pearson.score, truth, values, task=VA, folds=50)
    assert isinstance(named, dict)
    assert isinstance(called, dict)
    assert tuple(named) == tuple(called) == VA.names
    assert called["arousal"].low == pytest.approx(named["arousal"].low)


def test_the_seed_decides_and_blocks_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, said = decisions(np.random.default_rng(4), 80)
    first = one(bootstrap("macro_f1", truth, said, folds=200, seed=1))
    assert bootstrap("macro_f1", truth, said, folds=200, seed=1) == first
    assert bootstrap("macro_f1", truth, said, folds=200, seed=2) != first
    monkeypatch.setattr("affectkit.analysis.significance._CELLS", 80 * 7)
    blocks = one(bootstrap("macro_f1", truth, said, folds=200, seed=1))
    assert (blocks.low, blocks.high) == pytest.approx((first.low, first.high))


def test_groups_widen_the_interval_to_what_groups_are_worth() -> None:
    rng = np.random.default_rng(5)
    covered = {True: 0, False: 0}
    speaker = np.repeat(np.arange(40), 15)
    for i in range(200):
        error = rng.normal(size=40)[speaker] + 0.3 * rng.normal(size=600)  # mostly the speaker's
        for grouped in covered:
            found = one(bootstrap(_mean_error, error, error, groups=speaker if grouped else None, folds=200, seed=i))
            covered[grouped] += found.low <= 0 <= found.high
    assert covered[True] / 200 > 0.88
    assert covered[False] / 200 < 0.6


def _mean_error(truth: Any, scores: Any, judged: Any, weight: Any, task: Any) -> float:
    return float(np.average(truth, weights=weight))


def test_groups_may_be_names_and_one_item_each_is_no_grouping() -> None:
    truth, said = decisions(np.random.default_rng(6), 60)
    each = bootstrap("macro_f1", truth, said, groups=[f"{i:02}" for i in range(60)], folds=100)
    assert each == bootstrap("macro_f1", truth, said, folds=100)
    with pytest.raises(DataError, match="60 groups; found 3; give the group of every item"):
        bootstrap("macro_f1", truth, said, groups=["a", "b", "c"])


def test_a_planted_difference_is_found() -> None:
    rng = np.random.default_rng(7)
    truth, good = decisions(rng, 800, hit=0.8)
    worse = np.where(rng.random(good.shape) < 0.15, 0, good)
    found = paired("macro_f1", truth, good, worse)
    assert isinstance(found, Difference)
    assert found.value == pytest.approx(macro_f1.score(truth, good) - macro_f1.score(truth, worse))
    assert 0 < found.low < found.value < found.high
    assert found.p < 0.005
    back = pair(paired("macro_f1", truth, worse, good))
    assert (back.value, back.low, back.high, back.p) == pytest.approx((-found.value, -found.high, -found.low, found.p))


def test_two_equal_runs_differ_by_nothing() -> None:
    truth, said = decisions(np.random.default_rng(8), 100)
    assert paired("macro_f1", truth, said, said.copy()) == Difference(0, 0, 0, 1)


def test_p_is_small_by_chance_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(9)
    small = 0
    for i in range(300):
        truth = rng.normal(size=200)
        a, b = truth + rng.normal(size=200), truth + rng.normal(size=200)
        small += pair(paired("pearson", truth, a, b, folds=200, seed=i)).p <= 0.05
    assert 0.01 <= small / 300 <= 0.09


def test_pairing_is_sharper_than_two_intervals() -> None:
    rng = np.random.default_rng(10)
    truth = rng.normal(size=300)
    a = truth + rng.normal(size=300)
    b = a + 0.4 * rng.normal(size=300)
    difference = pair(paired("pearson", truth, a, b))
    alone = one(bootstrap("pearson", truth, a))
    assert difference.high - difference.low < (alone.high - alone.low) * 0.8


def test_what_cannot_be_computed_is_nan() -> None:
    found = one(bootstrap("pearson", np.arange(5.0), np.ones(5), folds=20))
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert math.isnan(pair(paired("pearson", np.arange(5.0), np.ones(5), np.ones(5), folds=20)).p)


def test_bad_arguments_are_one_sentence() -> None:
    with pytest.raises(DataError, match="at least one fold; found 0; 1000 is usual"):
        bootstrap("macro_f1", np.eye(2), np.eye(2), folds=0)
    with pytest.raises(DataError, match=r"a level between 0 and 1; found 95; 0.95 is usual"):
        bootstrap("macro_f1", np.eye(2), np.eye(2), level=95)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), times=st.integers(1, 4))
def test_a_group_of_equal_items_is_worth_one(seed: int, times: int) -> None:
    rng = np.random.default_rng(seed)
    truth, said = decisions(rng, 30)
    other = decisions(rng, 30)[1]
    group = np.repeat(np.arange(30), times)
    order = rng.permutation(30 * times)  # items of a group need not lie together
    many = [np.repeat(a, times, 0)[order] for a in (truth, said, other)]
    alone = one(bootstrap("macro_f1", truth, said, folds=60, seed=seed))
    found = one(bootstrap("macro_f1", many[0], many[1], groups=group[order], folds=60, seed=seed))
    assert (found.value, found.low, found.high) == pytest.approx((alone.value, alone.low, alone.high))
    assert found.n == 30 * times
    first = pair(paired("macro_f1", truth, said, other, folds=60, seed=seed))
    second = pair(paired("macro_f1", *many, groups=group[order], folds=60, seed=seed))
    assert (second.value, second.low, second.high, second.p) == pytest.approx(
        (first.value, first.low, first.high, first.p)
    )


def test_groups_are_drawn_whole_and_as_many_as_there_are() -> None:
    speaker = np.array(["ann", "bob", "ann", "cy", "bob", "ann"])
    seen: list[np.ndarray] = []

    def watching(truth: Any, scores: Any, judged: Any, weight: Any, task: Any) -> float:
        if weight is not None:
            seen.append(weight)
        return 0.0

    bootstrap(watching, np.zeros(6), np.zeros(6), groups=speaker, folds=50)
    first, *folds = seen
    assert first.tolist() == [1] * 6
    assert len(folds) == 50
    for weight in folds:
        drawn = {name: set(weight[speaker == name]) for name in set(speaker)}
        assert all(len(times) == 1 for times in drawn.values())
        assert sum(times.pop() for times in drawn.values()) == 3
    assert len({tuple(w) for w in folds}) > 5


def test_the_interval_of_grouped_items_is_that_of_the_groups_means() -> None:
    rng = np.random.default_rng(11)
    speaker = np.repeat(np.arange(30), 8)
    errors = rng.normal(size=30)[speaker] + rng.normal(size=240)
    found = one(bootstrap(_mean_error, errors, errors, groups=speaker, folds=4000))
    means = errors.reshape(30, 8).mean(1)  # groups of one size: the mean of all is the mean of their means
    oracle = stats.bootstrap(
        (means,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=0.03)


def test_a_mean_over_kinds_counts_every_kind_alike() -> None:
    truth = np.asarray([[1], [1], [1], [1], [1], [0]], np.float64)
    said = np.asarray([[1], [1], [1], [0], [1], [1]], np.float64)
    over = ["a", "a", "a", "a", "b", "b"]
    mean, each = averaged(hits, truth, said, over, folds=200)
    assert each["a"].value == pytest.approx(3 / 4)
    assert each["b"].value == pytest.approx(1 / 2)
    assert (each["a"].n, each["b"].n, mean.n) == (4, 2, 6)
    assert mean.value == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert 0 <= mean.low <= mean.value <= mean.high <= 1
    alone, _ = averaged(hits, truth[:4], said[:4], over[:4], folds=200)
    plain = bootstrap(hits, truth[:4], said[:4], folds=200)
    assert alone == plain, "one kind is the plain bootstrap"
    with pytest.raises(DataError, match="items to average over"):
        averaged(hits, truth[:0], said[:0], [])


def hits(
    truth: np.ndarray,
    scores: np.ndarray,
    judged: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    task: Task | None = None,
) -> float:
    return float(np.average((truth == scores)[:, 0], weights=weight))
