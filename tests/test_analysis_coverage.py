"""Coverage of intervals by dimension and group, and what split conformal intervals hold on simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from affectkit.analysis import coverage
from affectkit.errors import DataError
from affectkit.task import Kind, Task

VA = Task("va", "dimensions", Kind.CONTINUOUS, "va", ("valence", "arousal"), (-1, 1))


def test_a_small_case_by_hand() -> None:
    truth = np.array([[0.0, 0.5], [0.2, -0.5], [1.0, 0.0], [0.1, 0.1]])
    low, high = truth - 0.1, truth + np.array([0.1, 0.3])
    low[2, 0] = 1.05  # the truth lies under it
    judged = np.array([[1, 1], [1, 1], [1, 0], [1, 1]], bool)
    found = coverage.covered(truth, low, high, judged, VA)
    assert found["valence"].share.value == 3 / 4 and found["arousal"].share.value == 1
    assert (found["valence"].share.n, found["arousal"].share.n) == (4, 3)
    assert found["valence"].width == pytest.approx((0.2 * 3 + 0.05) / 4)
    assert found["arousal"].width == pytest.approx(0.4)
    oracle = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert (found["valence"].share.low, found["valence"].share.high) == pytest.approx((oracle.low, oracle.high))


def test_split_conformal_holds_what_it_promises() -> None:
    rng, held = np.random.default_rng(0), []
    for _ in range(2000):
        truth = rng.standard_t(4, size=(60, 1))
        values = truth + rng.laplace(size=(60, 1)) * 0.3
        low, high = coverage.conformal(truth[:39], values[:39], values[39:], 0.95)
        held.append(coverage.covered(truth[39:], low, high)["0"].share.value)
    # 39 held-out items: the 38th of 39 residuals covers a new item with a chance of exactly 38 / 40
    assert np.mean(held) == pytest.approx(0.95, abs=0.005)


def test_a_group_that_is_harder_shows() -> None:
    rng = np.random.default_rng(1)
    group = np.where(np.arange(4000) % 4 == 0, "harder", "easy")
    truth = rng.normal(size=(4000, 2))
    values = truth + rng.normal(size=(4000, 2)) * np.where(group == "harder", 1.0, 0.3)[:, None]
    low, high = coverage.conformal(truth[:2000], values[:2000], values[2000:])
    whole = coverage.covered(truth[2000:], low, high, task=VA)
    each = coverage.by_group(truth[2000:], low, high, group[2000:], task=VA)
    assert list(each) == ["easy", "harder"]
    for name in VA.names:
        assert whole[name].share.low < 0.9 < whole[name].share.high
        assert each["harder"][name].share.high < 0.8 < 0.9 < each["easy"][name].share.low
        parts = [each[g][name].share for g in each]
        assert sum(p.value * p.n for p in parts) / 2000 == pytest.approx(whole[name].share.value)


def test_whole_groups_are_drawn_where_they_are_given() -> None:
    rng = np.random.default_rng(2)
    speaker = np.repeat(np.arange(25), 20)
    truth = rng.normal(size=(25, 1))[speaker] + 0.1 * rng.normal(size=(500, 1))
    low, high = np.full((500, 1), -1.0), np.full((500, 1), 1.0)
    alone = coverage.covered(truth, low, high)["0"].share
    whole = coverage.covered(truth, low, high, groups=speaker)["0"].share
    assert whole.value == pytest.approx(alone.value) == np.mean(np.abs(truth) <= 1)
    assert whole.high - whole.low > 2 * (alone.high - alone.low)
    means = (np.abs(truth) <= 1).reshape(25, 20).mean(1)
    oracle = stats.bootstrap((means,), np.mean, method="percentile", rng=np.random.default_rng(0)).confidence_interval
    assert (whole.low, whole.high) == pytest.approx((oracle.low, oracle.high), abs=0.03)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 40), wider=st.floats(0, 2))
def test_wider_intervals_cover_no_less_and_order_does_not_matter(seed: int, n: int, wider: float) -> None:
    rng = np.random.default_rng(seed)
    truth, values = rng.normal(size=(2, n, 2))
    narrow = coverage.covered(truth, values - 0.5, values + 0.5, task=VA)
    wide = coverage.covered(truth, values - 0.5 - wider, values + 0.5 + wider, task=VA)
    order = rng.permutation(n)
    again = coverage.covered(truth[order], values[order] - 0.5, values[order] + 0.5, task=VA)
    for name in VA.names:
        assert wide[name].share.value >= narrow[name].share.value
        assert wide[name].width == pytest.approx(1 + 2 * wider)
        assert again[name].share == narrow[name].share
        assert 0 <= narrow[name].share.low <= narrow[name].share.value <= narrow[name].share.high <= 1


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(DataError, match="intervals whose low end comes first; found 1 that end before; exchange"):
        coverage.covered([0.0, 0.0], [1.0, -1.0], [0.0, 1.0])
    with pytest.raises(DataError, match="finite truth; found 1 that are not"):
        coverage.covered([np.nan], [0.0], [1.0])
    with pytest.raises(DataError, match="judged items in every dimension; found none in arousal; leave it out"):
        coverage.covered(np.zeros((2, 2)), np.zeros((2, 2)), np.ones((2, 2)), [[1, 0], [1, 0]], VA)
    with pytest.raises(DataError, match="2 groups; found 1"):
        coverage.by_group([0.0, 0.0], [0.0, 0.0], [1.0, 1.0], ["a"])
    with pytest.raises(DataError, match=r"at least 9 judged items for level 0\.9; found 3"):
        coverage.conformal(np.zeros(3), np.zeros(3), np.zeros(3))
    alone = coverage.by_group(np.zeros((2, 2)), np.zeros((2, 2)), np.ones((2, 2)), ["a", "b"], [[1, 0], [0, 0]], VA)
    assert {g: list(its) for g, its in alone.items()} == {"a": ["valence"], "b": []}
