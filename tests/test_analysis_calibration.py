"""Calibration against scikit-learn, scipy and simulated truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special
from sklearn.linear_model import LogisticRegression

from affectkit.analysis import calibration
from affectkit.errors import DataError
from affectkit.metrics import ece


def test_sigmoid_logit_and_softmax_are_scipys() -> None:
    x = np.array([-800.0, -30, -1, 0, 0.3, 12, 800])
    np.testing.assert_allclose(calibration.sigmoid(x), special.expit(x), rtol=1e-14)
    p = np.array([0.001, 0.3, 0.9999])
    np.testing.assert_allclose(calibration.logit(p), special.logit(p), rtol=1e-12)
    assert np.isfinite(calibration.logit([0.0, 1.0])).all()
    np.testing.assert_allclose(calibration.softmax(np.stack([x, -x])), special.softmax(np.stack([x, -x]), 1))


@settings(max_examples=50)
@given(st.floats(-13, 13))
def test_logit_undoes_sigmoid(x: float) -> None:
    assert calibration.logit(calibration.sigmoid(x)) == pytest.approx(x, abs=1e-6)


def test_platt_is_maximum_likelihood_when_cases_are_many() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20000, 3)) * 2
    truth = (rng.random(logits.shape) < special.expit(np.array([0.5, 1, 2]) * logits + [-1, 0, 1])).astype(float)
    slope, bias = calibration.platt(logits, truth)
    for i in range(3):
        oracle = LogisticRegression(C=1e9, tol=1e-10).fit(logits[:, [i]], truth[:, i])
        assert slope[i] == pytest.approx(oracle.coef_[0, 0], rel=5e-3)
        assert bias[i] == pytest.approx(oracle.intercept_[0], abs=5e-3)
    assert slope == pytest.approx([0.5, 1, 2], rel=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_platt_finds_the_least_of_its_own_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, t, w = rng.normal(size=30) * 4, (rng.random(30) < 0.3).astype(float), rng.uniform(0, 2, 30)
    true, other = w @ t, w @ (1 - t)
    goal = np.where(t == 1, (true + 1) / (true + 2), 1 / (other + 2))

    def loss(ab: np.ndarray) -> float:
        p = special.expit(ab[0] * x + ab[1])
        return float(-w @ (goal * np.log(p) + (1 - goal) * np.log1p(-p)) + (ab[0] - 1) ** 2 / 2)

    oracle = optimize.minimize(loss, [1.0, 0.0], bounds=[(0.05, None), (None, None)], tol=1e-12)
    slope, bias = calibration.platt(x, t, weight=w)
    assert loss(np.array([slope[0], bias[0]])) <= oracle.fun + 1e-6
    assert [slope[0], bias[0]] == pytest.approx(oracle.x, abs=5e-3)


def test_platt_stays_finite_and_rising_for_names_without_help() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(500, 5))
    truth = np.zeros((500, 5))
    truth[:, 1] = 1  # always true
    truth[:, 2] = logits[:, 2] < 0  # the logits say the reverse
    truth[:, 3] = logits[:, 3] > 0  # told apart without a mistake
    judged = np.ones((500, 5), bool)
    judged[:, 4] = False
    slope, bias = calibration.platt(logits, truth, judged)
    assert np.isfinite(slope).all()
    assert np.isfinite(bias).all()
    assert (slope >= 0.05).all()
    assert slope[2] == pytest.approx(0.05)
    assert slope[3] > 3
    assert (slope[4], bias[4]) == (1, 0)
    never, always = calibration.sigmoid(slope[:2] * logits[:, :2] + bias[:2]).T
    assert never.max() < 0.05
    assert always.min() > 0.95


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_platt_takes_weights_as_repeats_and_masks_as_absence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, truth = rng.normal(size=(40, 2)), (rng.random((40, 2)) < 0.3).astype(float)
    weight = rng.integers(1, 4, 40)
    repeated = calibration.platt(np.repeat(logits, weight, 0), np.repeat(truth, weight, 0))
    np.testing.assert_allclose(calibration.platt(logits, truth, weight=weight), repeated, atol=1e-6)
    judged = np.ones((40, 2), bool)
    judged[20:, 0] = False
    masked = np.array(calibration.platt(logits, truth, judged))[:, 0]
    np.testing.assert_allclose(masked, np.array(calibration.platt(logits[:20], truth[:20]))[:, 0], atol=1e-6)


def test_temperature_is_found_again() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(8000, 4)) * 2
    shares = special.softmax(logits, 1)
    truth = np.eye(4)[(shares.cumsum(1) < rng.random((8000, 1))).sum(1)]
    assert calibration.temperature(3 * logits, truth) == pytest.approx(3, rel=0.05)
    assert calibration.temperature(logits / 2, shares) == pytest.approx(0.5, rel=1e-6)

    def loss(t: float) -> float:
        return float(-(truth * special.log_softmax(3 * logits / t, 1)).sum())

    oracle = optimize.minimize_scalar(loss, bounds=(0.1, 10), method="bounded", options={"xatol": 1e-9})
    assert calibration.temperature(3 * logits, truth) == pytest.approx(oracle.x, rel=1e-5)


def test_temperature_takes_only_what_was_judged() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(300, 4))
    truth = np.eye(4)[rng.integers(0, 3, 300)] * (rng.random((300, 1)) < 0.9)
    judged = np.ones((300, 4), bool)
    judged[:, 3] = False
    heard = truth.sum(1) > 0
    expected = calibration.temperature(logits[heard, :3], truth[heard, :3])
    assert calibration.temperature(logits, truth, judged) == pytest.approx(expected)
    with pytest.raises(DataError, match="at least one true case to fit a temperature on; found none"):
        calibration.temperature(logits, np.zeros((300, 4)))


def test_confidence_makes_the_first_label_honest_on_other_items() -> None:
    rng = np.random.default_rng(4)
    honest = rng.uniform(0.2, 0.98, 12000)
    right = rng.random(12000) < honest
    score = special.expit(2.5 * special.logit(honest) + 1)  # too sure, and shifted
    slope, bias = calibration.confidence(score[:6000], right[:6000])
    assert (slope, bias) == pytest.approx((1 / 2.5, -1 / 2.5), abs=0.05)
    after = calibration.sigmoid(slope * calibration.logit(score[6000:]) + bias)
    before = ece.score(right[6000:, None], score[6000:, None])
    assert ece.score(right[6000:, None], after[:, None]) < 0.02 < before
    with pytest.raises(DataError, match="confidences between 0 and 1; found -1 to 3; apply a sigmoid first"):
        calibration.confidence([-1.0, 3.0], [True, False])
    with pytest.raises(DataError, match=r"2 answers; found \(3,\); give one per item"):
        calibration.confidence([0.5, 0.6], [True, False, True])


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_half_width_covers_new_items_as_often_as_promised(level: float) -> None:
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(2000):
        residuals = rng.standard_t(3, 31)
        width = calibration.half_width(np.zeros(30), residuals[:30], level)[0]
        covered.append(abs(residuals[30]) <= width)
    # the theory for n = 30 without ties: ceil(31 level) / 31, here within three standard errors
    assert np.mean(covered) == pytest.approx(math.ceil(31 * level) / 31, abs=3 * math.sqrt(level * (1 - level) / 2000))


def test_half_width_by_hand_and_too_few_items() -> None:
    values = np.stack([np.arange(1, 20) / 10, np.r_[np.arange(1, 10) / 10, np.full(10, 9.0)]], 1)
    judged = np.ones((19, 2), bool)
    judged[9:, 1] = False
    # 19 items: the 18th of 20; 9 items: the 9th of 10
    assert calibration.half_width(np.zeros((19, 2)), values, 0.9, judged) == pytest.approx([1.8, 0.9])
    with pytest.raises(
        DataError, match=r"at least 9 judged items for level 0.9; found 8; use more items or a lower level"
    ):
        calibration.half_width(np.zeros(8), np.ones(8))
    with pytest.raises(DataError, match=r"a level between 0 and 1; found 90; 0.9 is usual"):
        calibration.half_width(np.zeros(20), np.ones(20), 90)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 40), target=st.sampled_from([0.0, 0.5, 0.7, 0.9, 1.0]))
def test_abstain_point_is_the_smallest_that_keeps_the_promise(seed: int, n: int, target: float) -> None:
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.uniform(0.05, 0.95, n), 1)
    right = rng.random(n) < confidence
    point = calibration.abstain_point(confidence, right, target)
    good = [c for c in sorted(set(confidence)) if right[confidence >= c].mean() >= target]
    expected = min(good) if good else 1.0
    assert point == (0.0 if expected == confidence.min() else expected)


def test_abstain_point_refuses_percent() -> None:
    with pytest.raises(DataError, match=r"a target between 0 and 1; found 70; 0.7 asks for seven right of ten"):
        calibration.abstain_point([0.5], [True], 70)
    with pytest.raises(DataError, match=r"a confidence per item; found shape \(0,\); give an array \(n,\)"):
        calibration.abstain_point([], [], 0.7)
