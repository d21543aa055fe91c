"""What every metric keeps, found by scanning: range, perfect and permuted predictors, weights, judged masks."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import find
from affectkit.errors import DataError
from affectkit.task import Kind, Task

# those of arrays; metrics of sets of words have a suite of their own
METRICS = [name for name in find.names("metrics") if "open" not in find.card("metrics", name)["kinds"]]
CASES = [(name, Kind(kind)) for name in METRICS for kind in find.card("metrics", name)["kinds"]]
EACH_CASE = pytest.mark.parametrize(("name", "kind"), CASES, ids=[f"{n}-{k}" for n, k in CASES])


def task_of(kind: Kind, k: int) -> Task:
    scale = (-1.0, 1.0) if kind in (Kind.CONTINUOUS, Kind.ORDINAL) else None
    return Task("toy", "toy", kind, "toy", tuple(f"name{i}" for i in range(k)), scale)


def truth_of(task: Task, rng: np.random.Generator, n: int) -> np.ndarray:
    """Toy truth (n, k) in which every name is true somewhere."""
    k = len(task.names)
    if task.kind is Kind.MULTI:
        truth = (rng.random((n, k)) < 0.4).astype(float)
        truth[:k] = np.eye(k)
        return truth
    if task.scaled:
        return rng.uniform(-1, 1, (n, k)) if task.kind is Kind.CONTINUOUS else rng.integers(-2, 3, (n, k)) / 2
    return np.asarray(np.eye(k)[rng.permutation(np.arange(n) % k)])


def scores_of(truth: np.ndarray, task: Task, rng: np.random.Generator) -> np.ndarray:
    """Toy scores (n, k): half truth, half noise."""
    noise = rng.uniform(-1, 1, truth.shape) if task.scaled else rng.random(truth.shape)
    mixed = (truth + noise) / 2
    return mixed if task.scaled or task.kind is Kind.MULTI else mixed / mixed.sum(1, keepdims=True)


def values(found: float | dict[str, float]) -> list[float]:
    return list(found.values()) if isinstance(found, dict) else [found]


def bounds(card: dict[str, Any]) -> tuple[float, float]:
    low, high = card["low"], card["high"]
    return -math.inf if low is None else low, math.inf if high is None else high


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("name", METRICS)
def test_the_card_describes_the_metric(name: str) -> None:
    card, part = find.card("metrics", name), find.load("metrics", name)
    assert {"title", "higher_is_better", "low", "high", "kinds"} <= set(card)
    assert card["kinds"]
    assert {Kind(k) for k in card["kinds"]} <= set(Kind)
    assert list(inspect.signature(part.score).parameters) == ["truth", "scores", "judged", "weight", "task"]
    text = part.__doc__ or ""
    assert "NaN" in text or "0 when" in text, "the docstring names the degenerate cases"


@pytest.mark.parametrize("kind", list(Kind))
def test_default_metrics_exist_and_serve_the_kind(kind: Kind) -> None:
    defaults = Task("t", "t", kind, "t", ("a",), (0, 1) if kind in (Kind.CONTINUOUS, Kind.ORDINAL) else None).defaults
    for name in (*defaults.metrics, *([defaults.monitor] if defaults.monitor else [])):
        assert kind in find.card("metrics", name)["kinds"], f"{name} does not serve {kind}"


@EACH_CASE
def test_perfect_is_best_and_permuted_is_worse(name: str, kind: Kind, rng: np.random.Generator) -> None:
    card, score, task = find.card("metrics", name), find.load("metrics", name).score, task_of(kind, 4)
    truth = truth_of(task, rng, 200)
    perfect = values(score(truth, truth, task=task))
    # what compares whole sets sees no permutation: there the other names are said
    other = truth[rng.permutation(200)] if card.get("by_item", True) else 1 - truth
    permuted = values(score(truth, other, task=task))
    assert perfect == pytest.approx([card["high" if card["higher_is_better"] else "low"]] * len(perfect))
    for best, worse in zip(perfect, permuted, strict=True):
        assert worse < best - 0.05 if card["higher_is_better"] else worse > best + 0.05


@EACH_CASE
def test_values_stay_in_the_range_and_do_not_depend_on_order(name: str, kind: Kind, rng: np.random.Generator) -> None:
    card, score, task = find.card("metrics", name), find.load("metrics", name).score, task_of(kind, 3)
    truth = truth_of(task, rng, 60)
    order = rng.permutation(60)
    for scores in (scores_of(truth, task, rng), truth_of(task, rng, 60)):
        found = score(truth, scores, task=task)
        for value in values(found):
            low, high = bounds(card)
            assert low - 1e-12 <= value <= high + 1e-12
        assert score(truth[order], scores[order], task=task) == pytest.approx(found)


@EACH_CASE
def test_a_constant_predictor_is_in_the_range_or_nan(name: str, kind: Kind, rng: np.random.Generator) -> None:
    card, score, task = find.card("metrics", name), find.load("metrics", name).score, task_of(kind, 3)
    truth = truth_of(task, rng, 40)
    for value in values(score(truth, np.full(truth.shape, 0.1), task=task)):
        low, high = bounds(card)
        assert math.isnan(value) or low <= value <= high


@EACH_CASE
def test_names_of_the_task_are_the_keys(name: str, kind: Kind, rng: np.random.Generator) -> None:
    score, task = find.load("metrics", name).score, task_of(kind, 3)
    truth = truth_of(task, rng, 40)
    named, plain = score(truth, truth, task=task), score(truth, truth)
    assert isinstance(named, dict) == task.scaled
    if isinstance(named, dict):
        assert tuple(named) == task.names
        assert tuple(plain) == ("0", "1", "2")


@EACH_CASE
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 24))
def test_a_weight_is_a_number_of_repeats(name: str, kind: Kind, seed: int, n: int) -> None:
    score, task, rng = find.load("metrics", name).score, task_of(kind, 3), np.random.default_rng(seed)
    truth = truth_of(task, rng, n)
    scores = np.round(scores_of(truth, task, rng), 1)  # rounded, so that there are ties
    judged, weight = rng.random(truth.shape) < 0.8, rng.integers(0, 4, n)
    weight[0] = max(weight[0], 1)
    repeated = score(*(np.repeat(a, weight, 0) for a in (truth, scores, judged)), task=task)
    assert score(truth, scores, judged, weight, task) == pytest.approx(repeated, nan_ok=True)


@EACH_CASE
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_what_nobody_judged_does_not_count(name: str, kind: Kind, seed: int) -> None:
    score, task, rng = find.load("metrics", name).score, task_of(kind, 3), np.random.default_rng(seed)
    truth = truth_of(task, rng, 30)
    scores, judged = scores_of(truth, task, rng), rng.random(truth.shape) < 0.7
    judged[0] = False
    other_truth, other_scores = np.where(judged, truth, np.nan), np.where(judged, scores, np.inf)
    found = score(truth, scores, judged, task=task)
    assert score(other_truth, other_scores, judged, task=task) == pytest.approx(found, nan_ok=True)
    assert score(truth[1:], scores[1:], judged[1:], task=task) == pytest.approx(found, nan_ok=True)


@EACH_CASE
def test_prepared_once_equals_scored_each_time(name: str, kind: Kind, rng: np.random.Generator) -> None:
    part, task = find.load("metrics", name), task_of(kind, 3)
    if not hasattr(part, "prepare"):
        pytest.skip("the metric gives no prepare")
    truth = truth_of(task, rng, 50)
    scores, judged = scores_of(truth, task, rng), rng.random(truth.shape) < 0.8
    weights = rng.random((4, 50))
    weights[1] = 0
    at_once = part.prepare(truth, scores, judged, task).of(weights)
    one_by_one = [values(part.score(truth, scores, judged, w, task)) for w in weights]
    np.testing.assert_allclose(at_once.reshape(4, -1), one_by_one, atol=1e-12)


@EACH_CASE
def test_nothing_judged_is_nan_or_nought(name: str, kind: Kind, rng: np.random.Generator) -> None:
    score, task = find.load("metrics", name).score, task_of(kind, 3)
    truth = truth_of(task, rng, 10)
    for value in values(score(truth, truth, np.zeros(truth.shape, bool), task=task)):
        assert math.isnan(value) or value == 0


BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"scores": np.zeros((5, 2))},
        r"truth and scores of one shape; found \(6, 3\) and \(5, 2\); align items and names",
    ),
    ({"truth": np.zeros((0, 3)), "scores": np.zeros((0, 3))}, "at least one item; found none; check the split"),
    ({"scores": np.full((6, 3), np.nan)}, "finite scores; found 18 that are not; look for overflow"),
    ({"truth": np.full((6, 3), np.inf)}, "finite truth; found 18 that are not"),
    ({"judged": np.ones((6, 2), bool)}, r"judged of shape \(6, 3\); found \(6, 2\); give one yes or no"),
    ({"weight": np.ones(4)}, r"6 weights; found \(4,\); give one per item"),
    ({"weight": -np.ones(6)}, "weights of at least 0; found -1.0; leave items out with 0"),
    ({"truth": np.zeros((2, 3, 4)), "scores": np.zeros((2, 3, 4))}, r"an array \(items, names\); found 3 dimensions"),
]


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize(
    ("given", "text"), BAD, ids=["shape", "empty", "nan", "inf", "judged", "weight", "negative", "3d"]
)
def test_bad_input_is_one_sentence(name: str, given: dict[str, Any], text: str) -> None:
    whole = {"truth": np.eye(3)[[0, 1, 2, 0, 1, 2]], "scores": np.eye(3)[[0, 1, 2, 1, 1, 2]], **given}
    with pytest.raises(DataError, match=text):
        find.load("metrics", name).score(**whole)
