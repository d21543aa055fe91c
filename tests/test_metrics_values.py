"""Metrics against independent derivations: scikit-learn, scipy, or the textbook formula written out."""

from __future__ import annotations

import math
import time
from types import ModuleType

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from affectkit import metrics
from affectkit.errors import DataError
from affectkit.metrics import (
    accuracy,
    average_precision,
    brier,
    ccc,
    ece,
    macro_f1,
    mae,
    micro_f1,
    pearson,
    rmse,
    spearman,
    subset_accuracy,
    weighted_f1,
)
from affectkit.task import Kind, Task

ABC = Task("abc", "emotion", Kind.SINGLE, "abc", ("a", "b", "c"))


def multi(seed: int = 0, n: int = 300, k: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth (n, k) of 0 and 1, scores in [0, 1] with ties, weights of items."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((n, k)) < rng.uniform(0.02, 0.5, k)).astype(float)
    return truth, np.round((truth + 2 * rng.random((n, k))) / 3, 2), rng.uniform(0, 2, n)


def single(seed: int = 0, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One-hot truth (n, 3), shares (n, 3) and weights."""
    rng = np.random.default_rng(seed)
    truth = np.eye(3)[rng.choice(3, n, p=[0.6, 0.3, 0.1])]
    return truth, rng.dirichlet(np.ones(3), n) / 2 + truth / 2 * rng.random((n, 1)) + 1e-3, rng.uniform(0, 2, n)


def numbers(seed: int = 0, n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth and values (n, 2) with ties, and weights."""
    rng = np.random.default_rng(seed)
    truth = np.round(rng.normal(size=(n, 2)), 1)
    return truth, np.round(truth + rng.normal(size=(n, 2)) + [0.5, -1], 1), rng.uniform(0, 2, n)


@pytest.mark.parametrize(("part", "average"), [(macro_f1, "macro"), (micro_f1, "micro"), (weighted_f1, "weighted")])
@pytest.mark.parametrize("seed", range(3))
def test_f1_is_scikit_learns(part: ModuleType, average: str, seed: int) -> None:
    truth, scores, weight = multi(seed)
    expected = sk.f1_score(truth, scores >= 0.5, average=average, sample_weight=weight, zero_division=0)
    assert part.score(truth, scores, weight=weight) == pytest.approx(expected)
    truth, scores, weight = single(seed)
    expected = sk.f1_score(truth.argmax(1), scores.argmax(1), average=average, sample_weight=weight, zero_division=0)
    assert part.score(truth, scores, weight=weight, task=ABC) == pytest.approx(expected)


def test_f1_by_hand() -> None:
    truth = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
    said = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0]])
    # a: TP 1, FN 1; b: TP 2, FP 1; c: nothing true, nothing said
    assert macro_f1.score(truth, said) == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)
    assert micro_f1.score(truth, said) == pytest.approx(2 * 3 / (2 * 3 + 1 + 1))
    assert weighted_f1.score(truth, said) == pytest.approx((2 * 2 / 3 + 2 * 4 / 5) / 4)


def test_macro_f1_leaves_out_a_name_nobody_judged() -> None:
    truth, said = np.array([[1, 0, 0], [0, 1, 0]]), np.array([[1, 0, 1], [0, 1, 1]])
    judged = np.array([[1, 1, 0], [1, 1, 0]], bool)
    assert macro_f1.score(truth, said) == pytest.approx(2 / 3)
    assert macro_f1.score(truth, said, judged) == 1
    assert math.isnan(macro_f1.score(truth, said, np.zeros((2, 3), bool)))


def test_a_name_nobody_could_choose_never_wins() -> None:
    scores = np.array([[0.2, 0.3, 0.5], [0.3, 0.3, 0.4]])
    judged = np.array([[1, 1, 0], [1, 1, 1]], bool)
    assert metrics.decide(scores, judged, ABC).tolist() == [[False, True, False], [False, False, True]]


@pytest.mark.parametrize("seed", range(3))
def test_accuracy_is_scikit_learns(seed: int) -> None:
    truth, scores, weight = single(seed)
    first = sk.accuracy_score(truth.argmax(1), scores.argmax(1), sample_weight=weight)
    assert accuracy.score(truth, scores, weight=weight, task=ABC) == pytest.approx(first)
    assert subset_accuracy.score(truth, scores, weight=weight, task=ABC) == pytest.approx(first)
    assert micro_f1.score(truth, scores, weight=weight, task=ABC) == pytest.approx(first)
    truth, scores, weight = multi(seed)
    expected = 1 - sk.hamming_loss(truth, scores >= 0.5, sample_weight=weight)
    assert accuracy.score(truth, scores, weight=weight) == pytest.approx(expected)
    expected = sk.accuracy_score(truth, scores >= 0.5, sample_weight=weight)
    assert subset_accuracy.score(truth, scores, weight=weight) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_scikit_learns(seed: int) -> None:
    truth, scores, weight = multi(seed)
    expected = sk.average_precision_score(truth, scores, average="macro", sample_weight=weight)
    assert average_precision.score(truth, scores, weight=weight) == pytest.approx(expected)


def test_average_precision_leaves_out_names_without_a_true_case_and_items_not_judged() -> None:
    truth, scores, _ = multi(9)
    truth[:, 0] = 0
    each = [sk.average_precision_score(truth[20 * i :, i], scores[20 * i :, i]) for i in range(1, 6)]
    judged = np.arange(300)[:, None] >= 20 * np.arange(6)
    assert average_precision.score(truth, scores, judged) == pytest.approx(np.mean(each))
    assert math.isnan(average_precision.score(np.zeros((5, 2)), np.ones((5, 2))))


@pytest.mark.parametrize("seed", range(3))
def test_brier_is_scikit_learns(seed: int) -> None:
    truth, scores, weight = single(seed)
    scores = scores / scores.sum(1, keepdims=True)
    expected = sk.brier_score_loss(truth.argmax(1), scores, sample_weight=weight, scale_by_half=False, labels=[0, 1, 2])
    assert brier.score(truth, scores, weight=weight, task=ABC) == pytest.approx(expected)
    assert brier.score(7 * truth, scores, weight=weight, task=ABC) == pytest.approx(expected), "votes become shares"
    truth, scores, weight = multi(seed)
    each = [sk.brier_score_loss(truth[:, i], scores[:, i], sample_weight=weight) for i in range(truth.shape[1])]
    assert brier.score(truth, scores, weight=weight) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("task", [None, ABC])
def test_ece_is_the_textbook_sum_over_bins(seed: int, task: Task | None) -> None:
    truth, scores, weight = single(seed) if task else multi(seed)
    scores = np.minimum(scores, 1)
    total, expected = weight.sum(), 0.0
    for b in range(15):
        low, high = b / 15, (b + 1) / 15
        inside = [i for i in range(len(truth)) if low < scores[i].max() <= high]
        share = sum(weight[i] for i in inside)
        if share:
            right = sum(weight[i] * truth[i, scores[i].argmax()] for i in inside) / share
            sure = sum(weight[i] * scores[i].max() for i in inside) / share
            expected += share / total * abs(right - sure)
    assert ece.score(truth, scores, weight=weight, task=task) == pytest.approx(expected)


def test_ece_of_a_calibrated_predictor_is_small_and_of_a_boastful_one_is_not() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.5, 1, 20000)
    truth = (rng.random(20000) < p).astype(float)
    two = Task("two", "emotion", Kind.SINGLE, "two", ("yes", "no"))
    pair = np.stack([truth, 1 - truth], 1)
    assert ece.score(pair, np.stack([p, 1 - p], 1), task=two) < 0.02
    assert ece.score(pair, np.tile([0.99, 0.01], (20000, 1)), task=two) == pytest.approx(0.99 - truth.mean(), abs=1e-9)


def test_a_bin_of_ece_holds_its_upper_edge() -> None:
    # 0.6 = 9 / 15 lies in the ninth bin, 0.62 in the tenth: their errors do not cancel
    assert ece.score([[1], [0]], [[0.6], [0.62]]) == pytest.approx((0.4 + 0.62) / 2)
    assert ece.score([[1], [0]], [[0.6], [0.58]]) == pytest.approx((0.58 - 0.4) / 2)
    assert ece.score([[0], [1]], [[0.0], [1.0]]) == 0


def test_ece_refuses_logits() -> None:
    with pytest.raises(
        DataError, match="probabilities between 0 and 1; found -2 to 3; apply the task's activation first"
    ):
        ece.score(np.eye(2), np.array([[3.0, -2], [0, 1]]))


@pytest.mark.parametrize("seed", range(3))
def test_correlations_are_scipys(seed: int) -> None:
    truth, values, _ = numbers(seed)
    for i in range(2):
        assert pearson.score(truth, values)[str(i)] == pytest.approx(stats.pearsonr(truth[:, i], values[:, i])[0])
        assert spearman.score(truth, values)[str(i)] == pytest.approx(stats.spearmanr(truth[:, i], values[:, i])[0])


@pytest.mark.parametrize("seed", range(3))
def test_weighted_pearson_and_ccc_are_the_textbook_formula(seed: int) -> None:
    truth, values, weight = numbers(seed)
    for i in range(2):
        (vt, c), (_, vs) = np.cov(truth[:, i], values[:, i], aweights=weight, ddof=0)
        shift = np.average(truth[:, i], weights=weight) - np.average(values[:, i], weights=weight)
        r, rho = c / math.sqrt(vt * vs), 2 * c / (vt + vs + shift**2)
        assert pearson.score(truth, values, weight=weight)[str(i)] == pytest.approx(r)
        assert ccc.score(truth, values, weight=weight)[str(i)] == pytest.approx(rho)


@pytest.mark.parametrize("seed", range(3))
def test_errors_are_scikit_learns(seed: int) -> None:
    truth, values, weight = numbers(seed)
    squared = sk.mean_squared_error(truth, values, sample_weight=weight, multioutput="raw_values")
    absolute = sk.mean_absolute_error(truth, values, sample_weight=weight, multioutput="raw_values")
    assert list(rmse.score(truth, values, weight=weight).values()) == pytest.approx(np.sqrt(squared))
    assert list(mae.score(truth, values, weight=weight).values()) == pytest.approx(absolute)


@pytest.mark.parametrize("part", [pearson, spearman, ccc])
def test_correlation_with_a_constant_is_nan(part: ModuleType) -> None:
    rising, constant = np.arange(10.0), np.full(10, 0.1)  # 0.1: its mean is not exactly 0.1
    assert math.isnan(part.score(rising, constant)["0"])
    assert math.isnan(part.score(constant, rising)["0"])
    assert math.isnan(part.score([1.0], [2.0])["0"])
    # a fold may draw equal items only; what rounding leaves of their variance is not a variance
    for i in range(10):
        assert math.isnan(part.score(rising / 7, rising / 7, weight=0.3 * np.eye(10)[i])["0"])
        twice = np.append(rising / 7, i / 7)
        assert math.isnan(part.score(twice, twice, weight=0.7 * (twice == i / 7))["0"])


@pytest.mark.parametrize("part", [pearson, ccc])
def test_correlation_keeps_its_digits_far_from_zero(part: ModuleType) -> None:
    truth, values, _ = numbers(1)
    assert part.score(truth + 1e6, values + 1e6) == pytest.approx(part.score(truth, values), rel=1e-6)


def test_one_dimension_may_come_as_a_vector_and_names_come_from_the_task() -> None:
    valence = Task("v", "dimensions", Kind.CONTINUOUS, "vad", ("valence",), (-1, 1))
    assert rmse.score([0.0, 0.5], [0.3, 0.9], task=valence) == {"valence": pytest.approx(math.sqrt((0.09 + 0.16) / 2))}
    assert metrics.flat("rmse", {"valence": 0.5}) == {"rmse.valence": 0.5}
    assert metrics.flat("macro_f1", 0.5) == {"macro_f1": 0.5}
    with pytest.raises(DataError, match="1 columns for task 'v'; found 2; align the arrays with the task's names"):
        rmse.score(np.zeros((4, 2)), np.zeros((4, 2)), task=valence)


def test_macro_f1_is_quick_enough_for_a_bootstrap() -> None:
    rng = np.random.default_rng(0)
    truth, said = ((rng.random((5427, 28)) < 0.05).astype(float) for _ in range(2))
    prepared = macro_f1.prepare(truth, said)
    weights = rng.integers(0, 3, (200, 5427)).astype(float)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        prepared.of(weights)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) / 200 < 0.001
