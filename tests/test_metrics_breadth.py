"""Recalls, present-only means, AUCs, R2, divergences and co-occurrence against scikit-learn, scipy or the formula."""

from __future__ import annotations

import math
import time
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance
from sklearn import metrics as sk

from affectkit.errors import DataError
from affectkit.metrics import (
    accuracy,
    balanced_accuracy,
    cooccurrence,
    hamming,
    js,
    kl,
    macro_f1,
    present_balanced_accuracy,
    present_f1,
    r2,
    roc_auc,
    samples_f1,
)
from affectkit.task import Kind, Task

NAMES = ("a", "b", "c", "d")
ONE = Task("one", "emotion", Kind.SINGLE, "abcd", NAMES)
VOTES = Task("votes", "emotion", Kind.DISTRIBUTION, "abcd", NAMES)
SEEDS = pytest.mark.parametrize("seed", range(3))


def single(seed: int, n: int = 200, present: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One-hot truth (n, 4) among the first `present` names, shares (n, 4) of all, and weights."""
    rng = np.random.default_rng(seed)
    truth = np.eye(4)[rng.integers(0, present, n) * (rng.random(n) < 0.7)]
    scores = np.round(rng.dirichlet(np.ones(4), n) + truth / 3 + rng.random((n, 4)) * 1e-9, 2)
    scores += np.arange(4) * 1e-6  # no two equal in a row: scikit-learn and argmax see the same first name
    return truth, scores / scores.sum(1, keepdims=True), rng.uniform(0.1, 2, n)


def multi(seed: int, n: int = 200, k: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth (n, k) of 0 and 1, scores in [0, 1] with ties, and weights."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((n, k)) < rng.uniform(0.05, 0.5, k)).astype(float)
    return truth, np.round((truth + 2 * rng.random((n, k))) / 3, 1), rng.uniform(0.1, 2, n)


def votes(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten votes per item on four names, scores that sum to 1, and weights."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(10, [0.4, 0.3, 0.2, 0.1], n), rng.dirichlet(np.ones(4), n), rng.uniform(0.1, 2, n)


# ---- recalls ---------------------------------------------------------------------------------------------------------


@SEEDS
@pytest.mark.parametrize("present", [2, 4])
def test_balanced_accuracy_is_scikit_learns_recall(seed: int, present: int) -> None:
    truth, scores, w = single(seed, present=present)
    y, said = truth.argmax(1), scores.argmax(1)
    every = sk.recall_score(y, said, labels=range(4), average="macro", sample_weight=w, zero_division=0)
    assert balanced_accuracy.score(truth, scores, weight=w, task=ONE) == pytest.approx(every)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn says when a name is said that is never true
        there = sk.balanced_accuracy_score(y, said, sample_weight=w)
    assert present_balanced_accuracy.score(truth, scores, weight=w, task=ONE) == pytest.approx(there)
    assert every == pytest.approx(there * present / 4)


@SEEDS
def test_balanced_accuracy_of_several_names_is_that_of_each_question(seed: int) -> None:
    truth, scores, w = multi(seed)
    each = [sk.balanced_accuracy_score(t, s >= 0.5, sample_weight=w) for t, s in zip(truth.T, scores.T, strict=True)]
    for part in (balanced_accuracy, present_balanced_accuracy):
        assert part.score(truth, scores, weight=w) == pytest.approx(np.mean(each))


def test_balanced_accuracy_by_hand_where_cases_are_missing() -> None:
    truth = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 1]])
    said = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [1, 0, 1]])
    # a: yes 3/4, no never; b: yes never, no 3/4; c: yes 1/2, no 1/2
    assert balanced_accuracy.score(truth, said) == pytest.approx(((3 / 4 + 0) / 2 + (0 + 3 / 4) / 2 + 1 / 2) / 3)
    assert present_balanced_accuracy.score(truth, said) == pytest.approx((3 / 4 + 1 / 2) / 2)
    judged = np.array([[1, 1, 0]] * 4, bool)
    assert balanced_accuracy.score(truth, said, judged) == pytest.approx(((3 / 4 + 0) / 2 + (0 + 3 / 4) / 2) / 2)


def test_one_answer_for_all_reaches_one_name_of_four() -> None:
    truth = np.eye(4)[np.repeat([0, 1, 2, 3], [70, 10, 10, 10])]
    always = np.tile([1.0, 0, 0, 0], (100, 1))
    assert balanced_accuracy.score(truth, always, task=ONE) == pytest.approx(1 / 4)
    assert accuracy.score(truth, always, task=ONE) == pytest.approx(0.7)


# ---- present only ----------------------------------------------------------------------------------------------------


@SEEDS
def test_present_f1_is_scikit_learns_over_the_labels_that_occur(seed: int) -> None:
    truth, scores, w = single(seed, present=2)
    y, said = truth.argmax(1), scores.argmax(1)
    assert set(y) == {0, 1} < set(said)
    expected = sk.f1_score(y, said, labels=[0, 1], average="macro", sample_weight=w)
    assert present_f1.score(truth, scores, weight=w, task=ONE) == pytest.approx(expected)
    assert macro_f1.score(truth, scores, weight=w, task=ONE) == pytest.approx(expected / 2)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 30))
def test_present_only_is_the_mean_over_fewer_names(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    truth, scores = np.eye(4)[rng.integers(0, 4, n)], rng.random((n, 4))
    share = truth.any(0).mean()
    for only, every in ((present_f1, macro_f1), (present_balanced_accuracy, balanced_accuracy)):
        assert only.score(truth, scores, task=ONE) * share == pytest.approx(every.score(truth, scores, task=ONE))


def test_a_name_said_but_never_true_is_an_error_and_no_name() -> None:
    truth, said = np.eye(3)[[0, 0, 1, 1]], np.eye(3)[[0, 2, 1, 1]]
    task = Task("abc", "emotion", Kind.SINGLE, "abc", ("a", "b", "c"))
    assert present_f1.score(truth, said, task=task) == pytest.approx((2 * 1 / (2 * 1 + 1) + 1) / 2)
    assert present_balanced_accuracy.score(truth, said, task=task) == pytest.approx((1 / 2 + 1) / 2)
    # a fold in which a name is not drawn
    assert present_f1.score(truth, said, weight=[0, 0, 1, 2], task=task) == 1


# ---- items and cells -------------------------------------------------------------------------------------------------


@SEEDS
def test_samples_f1_is_scikit_learns(seed: int) -> None:
    truth, scores, w = multi(seed)
    assert not truth.any(1).all()  # items without a name are among them
    expected = sk.f1_score(truth, scores >= 0.5, average="samples", sample_weight=w, zero_division=1)
    assert samples_f1.score(truth, scores, weight=w) == pytest.approx(expected)
    truth, scores, w = single(seed)
    assert samples_f1.score(truth, scores, weight=w, task=ONE) == pytest.approx(
        accuracy.score(truth, scores, weight=w, task=ONE)
    )


def test_samples_f1_by_hand() -> None:
    truth = np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]])
    said = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 0], [1, 0, 0]])
    assert samples_f1.score(truth, said) == pytest.approx((1 / 2 + 1 + 0 + 1) / 4)
    judged = np.array([[1, 1, 0], [1, 1, 1], [0, 0, 0], [1, 1, 1]], bool)
    assert samples_f1.score(truth, said, judged) == pytest.approx((2 / 3 + 1 + 1) / 3)


@SEEDS
def test_hamming_is_scikit_learns(seed: int) -> None:
    truth, scores, w = multi(seed)
    assert hamming.score(truth, scores, weight=w) == pytest.approx(
        sk.hamming_loss(truth, scores >= 0.5, sample_weight=w)
    )
    truth, scores, w = single(seed)
    expected = sk.hamming_loss(truth.argmax(1), scores.argmax(1), sample_weight=w)
    assert hamming.score(truth, scores, weight=w, task=ONE) == pytest.approx(expected)


# ---- ranking ---------------------------------------------------------------------------------------------------------


@SEEDS
def test_roc_auc_is_scikit_learns(seed: int) -> None:
    truth, scores, w = multi(seed)
    expected = sk.roc_auc_score(truth, scores, average="macro", sample_weight=w)
    assert roc_auc.score(truth, scores, weight=w) == pytest.approx(expected)
    truth, scores, _ = single(seed)
    expected = sk.roc_auc_score(truth.argmax(1), scores, multi_class="ovr", average="macro")
    assert roc_auc.score(truth, scores, task=ONE) == pytest.approx(expected)


def test_roc_auc_leaves_out_names_of_one_kind_and_items_not_judged() -> None:
    truth, scores, _ = multi(9)
    truth[:, 0], truth[:, 1] = 0, 1
    judged = np.arange(200)[:, None] >= 20 * np.arange(5)
    each = [sk.roc_auc_score(truth[20 * i :, i], scores[20 * i :, i]) for i in range(2, 5)]
    assert roc_auc.score(truth, scores, judged) == pytest.approx(np.mean(each))
    assert math.isnan(roc_auc.score(np.ones((5, 2)), np.ones((5, 2))))
    assert roc_auc.score([1, 0, 0, 1], [0.3, 0.3, 0.3, 0.3]) == 0.5


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_roc_auc_sees_only_the_order_and_turns_over(seed: int) -> None:
    truth, scores, w = multi(seed, 40)
    found = roc_auc.score(truth, scores, weight=w)
    assert roc_auc.score(truth, np.exp(3 * scores), weight=w) == pytest.approx(found)
    assert roc_auc.score(truth, -scores, weight=w) == pytest.approx(1 - found)
    assert roc_auc.score(1 - truth, scores, weight=w) == pytest.approx(1 - found)


# ---- numbers ---------------------------------------------------------------------------------------------------------


@SEEDS
def test_r2_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(100, 2))
    values, w = truth + rng.normal(size=(100, 2)) + [0.2, -2], rng.uniform(0, 2, 100)
    expected = sk.r2_score(truth, values, sample_weight=w, multioutput="raw_values")
    assert list(r2.score(truth, values, weight=w).values()) == pytest.approx(expected)
    assert r2.score(truth + 1e6, values + 1e6, weight=w)["0"] == pytest.approx(expected[0], rel=1e-6)


def test_r2_of_the_mean_is_nought_and_of_a_constant_truth_nothing() -> None:
    truth = np.arange(10.0) / 7
    assert r2.score(truth, np.full(10, truth.mean()))["0"] == pytest.approx(0, abs=1e-12)
    assert r2.score(truth, truth[::-1])["0"] == pytest.approx(-3)
    assert math.isnan(r2.score(np.full(10, 0.1), truth)["0"])
    assert math.isnan(r2.score([1.0], [2.0])["0"])
    for i in range(10):
        assert math.isnan(r2.score(truth, truth[::-1], weight=0.3 * np.eye(10)[i])["0"])


# ---- divergences -----------------------------------------------------------------------------------------------------


@SEEDS
def test_divergences_are_scipys(seed: int) -> None:
    truth, scores, w = votes(seed)
    kls = [stats.entropy(t, s) for t, s in zip(truth, scores, strict=True)]
    jss = [distance.jensenshannon(t, s, base=2) ** 2 for t, s in zip(truth, scores, strict=True)]
    for part, each in ((kl, kls), (js, jss)):
        assert part.score(truth, scores, weight=w, task=VOTES) == pytest.approx(np.average(each, weights=w))
        assert part.score(truth / 10, 3 * scores, weight=w) == pytest.approx(np.average(each, weights=w))
        judged = np.array([True, True, True, False])
        three = [part.score(t[None, :3], s[None, :3]) for t, s in zip(truth, scores, strict=True)]
        assert part.score(truth, scores, np.tile(judged, (60, 1))) == pytest.approx(np.nanmean(three))


@SEEDS
def test_kl_of_one_name_is_the_log_loss(seed: int) -> None:
    truth, scores, w = single(seed)
    scores = np.maximum(scores, 1e-3) / np.maximum(scores, 1e-3).sum(1, keepdims=True)
    assert kl.score(truth, scores, weight=w, task=ONE) == pytest.approx(sk.log_loss(truth, scores, sample_weight=w))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_divergences_keep_to_the_total_variation(seed: int) -> None:
    p, q = np.random.default_rng(seed).dirichlet(np.full(4, 0.2), (2, 1))
    variation = np.abs(p - q).sum() / 2
    assert js.score(p, q) == pytest.approx(js.score(q, p))
    assert 0 <= js.score(p, q) <= variation + 1e-12  # Lin's bound
    assert kl.score(p, q) >= 2 * variation**2 - 1e-12  # Pinsker's
    assert js.score(p, p) == kl.score(p, p) == pytest.approx(0, abs=1e-12)


def test_divergences_at_their_ends() -> None:
    truth, other = np.eye(4)[[0, 1]], np.eye(4)[[2, 3]]
    assert js.score(truth, other) == pytest.approx(1)
    assert kl.score(truth, other) == pytest.approx(-math.log(np.finfo(float).eps))
    assert js.score(truth, np.zeros((2, 4))) == 1
    assert kl.score([[5, 5, 0, 0]], [[1, 0, 0, 0]]) == pytest.approx(
        0.5 * math.log(0.5) + 0.5 * math.log(0.5 / 2.2e-16), rel=1e-3
    )
    # an item without a vote is left out
    assert kl.score([[0, 0], [1, 1]], [[1, 0], [0.25, 0.75]]) == pytest.approx(stats.entropy([1, 1], [1, 3]))
    assert math.isnan(js.score(np.zeros((2, 3)), np.ones((2, 3))))


@pytest.mark.parametrize("part", [kl, js])
def test_divergences_refuse_logits_and_negative_votes(part: ModuleType) -> None:
    with pytest.raises(DataError) as caught:
        part.score(np.eye(2), np.array([[3.0, -2], [0, 1]]))
    assert str(caught.value) == "expected scores of at least 0; found -2; give votes, shares or probabilities"
    with pytest.raises(DataError, match="expected votes of at least 0; found -1; give votes"):
        part.score(-np.eye(2), np.eye(2))


# ---- co-occurrence ---------------------------------------------------------------------------------------------------


def matrix(yes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The definition, entry by entry."""
    k = yes.shape[1]
    found = np.zeros((k, k))
    for a in range(k):
        for b in range(k):
            cases = sum(w for row, w in zip(yes, weight, strict=True) if row[b])
            if cases:
                found[a, b] = sum(w for row, w in zip(yes, weight, strict=True) if row[a] and row[b]) / cases
    return found


@SEEDS
def test_cooccurrence_is_the_textbook_distance(seed: int) -> None:
    truth, scores, w = multi(seed, 50)
    expected = math.sqrt(((matrix(truth > 0, w) - matrix(scores >= 0.5, w)) ** 2).sum())
    assert cooccurrence.score(truth, scores, weight=w) == pytest.approx(expected)
    assert cooccurrence.score(truth[::-1], scores) == pytest.approx(cooccurrence.score(truth, scores))


def test_cooccurrence_by_hand() -> None:
    truth = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 1]])
    said = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]])
    # truth, columns a: (1, 1/2, 0), b: (1/3, 1, 1/3), c: (0, 1, 1); said a: (1, 0, 0), b: (0, 1, 0), c: nothing
    squares = (1 / 2) ** 2 + (1 / 3) ** 2 + (1 / 3) ** 2 + 1 + 1
    assert cooccurrence.score(truth, said) == pytest.approx(math.sqrt(squares))
    # of the last item nobody judged b: c then goes with nothing, and of the cases of b two count for c
    judged = np.ones((4, 3), bool)
    judged[3, 1] = False
    squares = (1 / 2) ** 2 + (1 / 2) ** 2 + 1
    assert cooccurrence.score(truth, said, judged) == pytest.approx(math.sqrt(squares))


def test_cooccurrence_of_everything_said_is_far_and_counts_no_items() -> None:
    truth = np.eye(4)[np.arange(40) % 4]
    assert cooccurrence.score(truth, np.ones((40, 4))) == pytest.approx(math.sqrt(12))
    assert cooccurrence.score(np.tile(truth, (5, 1)), np.ones((200, 4))) == pytest.approx(math.sqrt(12))


@pytest.mark.parametrize("part", [roc_auc, balanced_accuracy, present_f1, cooccurrence])
def test_a_bootstrap_of_a_thousand_folds_takes_seconds(part: Any) -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random((5427, 28)) < 0.05).astype(float)
    prepared = part.prepare(truth, rng.random((5427, 28)))
    weights = rng.integers(0, 3, (20, 5427)).astype(float)
    start = time.perf_counter()
    assert np.isfinite(prepared.of(weights)).all()
    assert (time.perf_counter() - start) / 20 < 0.05
