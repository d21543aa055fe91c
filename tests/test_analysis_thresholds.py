"""Thresholds against a search by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from affectkit.analysis import thresholds
from affectkit.errors import DataError
from affectkit.metrics import macro_f1


def best_f1(truth: np.ndarray, scores: np.ndarray) -> float:
    """Every score tried as a threshold, one after the other."""
    return max(float(f1_score(truth, scores >= cut, zero_division=0)) for cut in scores)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(2, 25))
def test_no_other_threshold_is_better(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    truth = (rng.random((n, 3)) < 0.4).astype(float)
    truth[0] = 1
    scores = np.round(rng.normal(size=(n, 3)), 1)  # ties, and scores that are no probabilities
    judged = rng.random((n, 3)) < 0.8
    judged[0] = True
    cuts = thresholds.tune(truth, scores, judged)
    for i in range(3):
        t, s = truth[judged[:, i], i], scores[judged[:, i], i]
        assert f1_score(t, s >= cuts[i], zero_division=0) == pytest.approx(best_f1(t, s))


def test_the_threshold_lies_in_the_middle_of_the_widest_of_equal_gaps() -> None:
    assert thresholds.tune([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9]) == pytest.approx([0.4])
    # F1 is 2/3 when only the first or the first four are said
    truth = np.array([1, 0, 0, 1, 0])
    for scores, widest in ([0.9, 0.8, 0.7, 0.6, 0.2], 0.4), ([0.9, 0.5, 0.4, 0.3, 0.2], 0.7):
        assert [f1_score(truth, np.array(scores) >= scores[i]) for i in (0, 3)] == pytest.approx([2 / 3, 2 / 3])
        assert thresholds.tune(truth, scores) == pytest.approx([widest])


def test_two_neighbouring_numbers_are_still_told_apart() -> None:
    low = 0.3
    for _ in range(4):
        high = np.nextafter(low, 1)
        assert low < thresholds.tune([0, 1], [low, high])[0] <= high
        low = high


def test_a_name_without_a_true_case_gets_the_pooled_threshold() -> None:
    rng = np.random.default_rng(0)
    truth = np.zeros((200, 2))
    truth[:60, 0] = 1
    scores = np.stack([truth[:, 0] + rng.normal(size=200), rng.normal(size=200)], 1)
    cuts = thresholds.tune(truth, scores)
    everything = thresholds.tune(truth.ravel(), scores.ravel())
    assert cuts[1] == pytest.approx(everything[0])
    assert f1_score(truth.ravel(), scores.ravel() >= cuts[1]) == pytest.approx(best_f1(truth.ravel(), scores.ravel()))
    with pytest.raises(DataError, match="at least one true case to tune thresholds on; found none; check the split"):
        thresholds.tune(np.zeros((4, 2)), np.ones((4, 2)))


def foreseen(scores: np.ndarray, cut: float) -> float:
    """F1 of the counts that are expected where each case is true as often as its score says."""
    said = scores >= cut
    return float(2 * scores[said].sum() / (said.sum() + scores.sum()))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 25))
def test_no_other_threshold_is_expected_to_be_better(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.round(rng.uniform(0.05, 1, (n, 3)), 1)
    judged = rng.random((n, 3)) < 0.8
    judged[0] = True
    cuts = thresholds.expected(scores, judged)
    for i in range(3):
        s = scores[judged[:, i], i]
        assert foreseen(s, cuts[i]) == pytest.approx(max(foreseen(s, c) for c in s))


def test_expected_thresholds_of_true_probabilities_are_half_of_the_best_f1() -> None:
    rng = np.random.default_rng(2)
    scores = rng.beta(0.3, 3, (20_000, 2))
    truth = rng.random(scores.shape) < scores
    cuts = thresholds.expected(scores)
    for i in range(2):
        reached = f1_score(truth[:, i], scores[:, i] >= cuts[i])
        assert cuts[i] == pytest.approx(reached / 2, abs=0.02)  # Lipton et al.
        tuned = f1_score(truth[:, i], scores[:, i] >= thresholds.tune(truth[:, i], scores[:, i])[0])
        assert tuned - 0.01 < reached <= tuned


def test_expected_thresholds_waver_less_than_tuned_ones_where_a_name_is_rare() -> None:
    rng = np.random.default_rng(3)
    found: dict[str, list[float]] = {"tuned": [], "expected": []}
    for _ in range(30):
        scores = 1 / (1 + np.exp(4.5 - 1.5 * rng.normal(size=(1500, 1))))
        truth = rng.random(scores.shape) < scores
        truth[0] = True
        found["tuned"].append(float(thresholds.tune(truth, scores)[0]))
        found["expected"].append(float(thresholds.expected(scores)[0]))
    assert np.std(found["expected"]) < np.std(found["tuned"]) / 3


def test_a_name_nobody_was_asked_about_is_not_said_and_scores_must_be_probabilities() -> None:
    assert thresholds.expected([[0.5, 0.9]], [[True, False]]) == pytest.approx([0.5, 1.0])
    with pytest.raises(DataError, match=r"probabilities from 0 to 1; found 1\.5; calibrate the scores"):
        thresholds.expected([0.5, 1.5])


def test_tuned_thresholds_beat_one_half_on_rare_names() -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random((4000, 5)) < 0.04).astype(float)
    scores = 1 / (1 + np.exp(3.2 - 2 * truth - rng.normal(size=truth.shape)))
    cuts = thresholds.tune(truth[:2000], scores[:2000])
    tuned = thresholds.decide(scores[2000:], cuts, fallback=False)
    assert macro_f1.score(truth[2000:], tuned) > macro_f1.score(truth[2000:], scores[2000:]) + 0.1


def test_a_prior_helps_names_with_few_true_cases_and_leaves_the_others() -> None:
    rng = np.random.default_rng(2)
    gain = []
    for _ in range(20):
        truth = (rng.random((3500, 8)) < 0.02).astype(float)
        truth[:500] = np.arange(500)[:, None] < 10  # ten true cases each to tune on
        scores = -4 + 2 * truth + rng.normal(size=truth.shape)
        plain, steady = (thresholds.tune(truth[:500], scores[:500], prior=prior) for prior in (0.0, 20.0))
        reached = [macro_f1.score(truth[500:], scores[500:] >= cuts) for cuts in (plain, steady)]
        gain.append(reached[1] - reached[0])
    assert np.mean(gain) > 0.005

    truth = np.zeros((20000, 2))
    truth[:5000, 0] = truth[:5000, 1] = 1
    scores = np.stack([2 * truth[:, 0], 2 * truth[:, 1] - 3], 1) + rng.normal(size=truth.shape)
    assert thresholds.tune(truth, scores, prior=5) == pytest.approx(thresholds.tune(truth, scores), abs=0.1)
    assert thresholds.tune(truth[:, 0], scores[:, 0], prior=5) == pytest.approx(
        thresholds.tune(truth[:, 0], scores[:, 0])
    ), "a name that is its own pool keeps its threshold"
    with pytest.raises(DataError, match="a prior of at least 0 true cases; found -1; use 0 for none"):
        thresholds.tune([0, 1], [0, 1], prior=-1)


def test_decide_says_the_best_name_where_none_passes() -> None:
    scores, cuts = np.array([[0.2, 0.5], [0.1, 0.3], [0.9, 0.9]]), np.array([0.5, 0.5])
    assert thresholds.decide(scores, cuts).tolist() == [[False, True], [False, True], [True, True]]
    assert thresholds.decide(scores, cuts, fallback=False).tolist() == [[False, True], [False, False], [True, True]]
    judged = np.array([[1, 0], [1, 0], [0, 0]], bool)
    assert thresholds.decide(scores, cuts, judged).tolist() == [[True, False], [True, False], [False, False]]
    with pytest.raises(DataError, match=r"2 thresholds; found \(3,\); give one per name"):
        thresholds.decide(scores, [0.1, 0.2, 0.3])
