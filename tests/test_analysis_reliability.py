"""Reliability curves, Wilson's interval and isotonic calibration: by hand, against scikit-learn and scipy."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.isotonic import IsotonicRegression

from affectkit.analysis import reliability
from affectkit.errors import DataError
from affectkit.metrics import ece


def drawn(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Confidences in tenths of a percent, and answers that are right rather less often than they say."""
    confidence = np.round(rng.random(n), 3)
    return confidence, rng.random(n) < confidence**2


def test_bins_by_hand() -> None:
    found = reliability.curve([0.1, 0.5, 0.6, 0.9, 1.0], [0, 1, 0, 1, 1], bins=2)
    assert [(b.low, b.high, b.n) for b in found] == [(0, 0.5, 2), (0.5, 1, 3)]  # a bin holds its upper edge
    assert [(b.score, b.share) for b in found] == [pytest.approx((0.3, 0.5)), pytest.approx((2.5 / 3, 2 / 3))]
    equal = reliability.curve([0.1, 0.2, 0.2, 0.2, 0.9, 0.95], [0, 1, 0, 1, 1, 1], bins=3, mass=True)
    assert [(b.low, b.high, b.n) for b in equal] == [(0.1, 0.2, 4), (0.9, 0.95, 2)]  # 0.2 is not torn apart
    assert len(reliability.curve([0.5], [1])) == 1


def test_equal_mass_holds_equally_many() -> None:
    confidence = np.random.default_rng(0).permutation(np.linspace(0, 1, 103))
    sizes = [b.n for b in reliability.curve(confidence, confidence > 0.5, bins=10, mass=True)]
    assert sum(sizes) == 103 and max(sizes) - min(sizes) <= 1


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 200), bins=st.integers(1, 20), mass=st.booleans())
def test_the_curve_adds_up_and_knows_no_order(seed: int, n: int, bins: int, mass: bool) -> None:
    rng = np.random.default_rng(seed)
    c, r = drawn(rng, n)
    found = reliability.curve(c, r, bins, mass)
    assert sum(b.n for b in found) == n
    assert sum(b.n * b.score for b in found) == pytest.approx(c.sum())
    assert sum(b.n * b.share for b in found) == pytest.approx(r.sum())
    for b in found:
        assert b.low - 1e-12 <= b.score <= b.high + 1e-12
        assert 0 <= b.share_low <= b.share <= b.share_high <= 1
    order = rng.permutation(n)
    again = reliability.curve(c[order], r[order], bins, mass)
    assert [asdict(b) for b in again] == [pytest.approx(asdict(b)) for b in found]


def test_bins_of_equal_width_are_those_of_the_metric() -> None:
    c, r = drawn(np.random.default_rng(1), 500)
    found = reliability.curve(c, r)
    by_hand = sum(b.n * abs(b.share - b.score) for b in found) / 500
    assert ece.score(r.astype(float), c) == pytest.approx(by_hand)


def test_wilson_is_scipys() -> None:
    for k, n in ((0, 10), (3, 10), (10, 10), (400, 700)):
        oracle = stats.binomtest(k, n).proportion_ci(0.9, method="wilson")
        low, high = reliability.wilson(k, n, 0.9)
        assert (float(low), float(high)) == pytest.approx((oracle.low, oracle.high))
    low, high = reliability.wilson([0, 1], [0, 1])
    assert (low[0], high[0]) == pytest.approx((0, 1))
    with pytest.raises(DataError, match="between 0 and n right answers; found up to 3 of 2"):
        reliability.wilson(3, 2)


def test_wilsons_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(2)
    for share, n in ((0.5, 60), (0.8, 100), (0.3, 200)):
        low, high = reliability.wilson(rng.binomial(n, share, 2000), np.full(2000, n))
        assert 0.93 <= np.mean((low <= share) & (share <= high)) <= 0.97


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 120), digits=st.integers(1, 6), weighted=st.booleans())
def test_isotonic_is_scikit_learns(seed: int, n: int, digits: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(size=n), digits)
    right = (rng.random(n) < 1 / (1 + np.exp(-2 * scores))).astype(float)
    weight = rng.integers(1, 4, n).astype(float) if weighted else None
    found = reliability.isotonic(scores, right, weight)
    oracle = IsotonicRegression(out_of_bounds="clip").fit(scores, right, weight)
    at = np.concatenate([scores, rng.normal(size=50) * 3])
    assert found.at(at) == pytest.approx(oracle.predict(at), abs=1e-9)
    assert (np.diff(found.shares) >= 0).all() and (np.diff(found.scores) > 0).all()
    times = np.ones(n) if weight is None else weight
    assert found.at(scores) @ times == pytest.approx(right @ times)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4]), st.booleans()), min_size=1, max_size=12), st.randoms())
def test_isotonic_knows_no_order(items: list[tuple[float, bool]], shuffle: object) -> None:
    found = reliability.isotonic(*np.array(items).T)
    again = reliability.isotonic(*np.array(sorted(items, key=repr)).T)
    assert found.at([0, 0.25, 1]) == pytest.approx(again.at([0, 0.25, 1]))


def test_isotonic_mends_what_is_too_sure() -> None:
    rng = np.random.default_rng(3)
    c, r = drawn(rng, 4000)
    new, answers = drawn(rng, 4000)
    mended = reliability.isotonic(c, r).at(new)
    assert ece.score(answers.astype(float), mended) < 0.4 * ece.score(answers.astype(float), new)
    constant = reliability.isotonic(np.full(10, 0.4), np.arange(10) < 3)
    assert constant.at([0.0, 0.4, 1.0]) == pytest.approx([0.3] * 3)


def test_bad_input_is_one_sentence() -> None:
    for arguments, says in (
        (([0.5], [1, 0]), r"a score and an answer per item; found shapes \(1,\) and \(2,\)"),
        (([], []), "not empty"),
        (([0.5, np.nan], [1, 0]), "finite scores and answers; found 1 that are not; leave out items without an answer"),
        (([1.2], [1]), "confidences between 0 and 1; found 1.2 to 1.2; calibrate them first"),
        (([0.2], [3]), r"answers from 0 \(wrong\) to 1 \(right\); found 3 to 3"),
    ):
        with pytest.raises(DataError, match=says):
            reliability.curve(*arguments)
    with pytest.raises(DataError, match="at least one bin; found 0; 15 is usual"):
        reliability.curve([0.5], [1], bins=0)
    with pytest.raises(DataError, match="2 weights of at least 0, not all 0"):
        reliability.isotonic([0.5, 0.6], [1, 0], [0, 0])
