"""What every metric of sets of words keeps, found by scanning: range, perfect and worse answers, weights, wheels."""

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
from affectkit.taxonomies._words import Wheel

METRICS = [name for name in find.names("metrics") if "open" in find.card("metrics", name)["kinds"]]
EACH_METRIC = pytest.mark.parametrize("name", METRICS)
TASK = Task("words", "emotion", Kind.OPEN, "wheel", ())
OTHER = Wheel.of("other", [("Warm", "Hot", "Joy"), ("", "", "Anger"), ("Cold", "Cool", "Fear"), ("", "", "Sadness")])
WORDS = ("joy", "happier", "elated", "anger", "furious", "fear", "worried", "sadness", "neutral", "zork")
"""Words of our own wheel, forms of them, one (zork) without a place; joy, anger, fear, sadness are on OTHER too."""
SETS = st.lists(st.tuples(st.sets(st.sampled_from(WORDS)), st.sets(st.sampled_from(WORDS))), min_size=1, max_size=8)


def score(name: str, truth: Any, said: Any, *given: Any, **named: Any) -> float:
    found: float = find.load("metrics", name).score(truth, said, *given, **named)
    return found


def test_there_are_metrics_of_sets() -> None:
    assert {"wheel_f1", "wheel_f1_per_item", "hit_rate"} <= set(METRICS)


@EACH_METRIC
def test_the_card_describes_the_metric(name: str) -> None:
    card, part = find.card("metrics", name), find.load("metrics", name)
    assert {"title", "reference", "higher_is_better", "low", "high", "kinds"} <= set(card)
    assert card["kinds"] == ["open"]
    assert list(inspect.signature(part.score).parameters)[:5] == ["truth", "scores", "judged", "weight", "task"]
    assert "NaN" in (part.__doc__ or ""), "the docstring names the degenerate cases"


@EACH_METRIC
@pytest.mark.parametrize("wheels", [None, [OTHER]], ids=["own", "other"])
def test_perfect_is_one_wrong_is_nought_and_permuted_is_worse(name: str, wheels: list[Wheel] | None) -> None:
    truth = [{word} for word in ("joy", "fear", "anger", "sadness", "neutral") * 10]
    assert score(name, truth, truth, task=TASK, wheels=wheels) == 1
    assert score(name, truth, [set()] * 50, task=TASK, wheels=wheels) == 0
    assert score(name, truth, [{"zork"}] * 50, task=TASK, wheels=wheels) == 0
    permuted = [truth[i] for i in np.random.default_rng(0).permutation(50)]
    assert score(name, truth, permuted, task=TASK, wheels=wheels) < 0.95


@EACH_METRIC
@settings(max_examples=20, deadline=None)
@given(pairs=SETS)
def test_values_stay_in_the_range_and_do_not_depend_on_order_or_spelling(
    name: str, pairs: list[tuple[set[str], set[str]]]
) -> None:
    truth, said = (list(side) for side in zip(*pairs, strict=True))
    found = score(name, truth, said)
    assert math.isnan(found) or 0 <= found <= 1
    assert math.isnan(found) == all(t <= {"zork"} for t in truth)
    assert score(name, truth[::-1], said[::-1]) == pytest.approx(found, nan_ok=True)
    spelt = [{f" {word.upper()} " for word in s} | {"quux"} for s in said]
    assert score(name, truth, spelt) == pytest.approx(found, nan_ok=True), "unknown words and case do not matter"
    named = score(name, truth, said, task=TASK)
    assert named == pytest.approx(found, nan_ok=True), "without a task the wheel is our own"


@EACH_METRIC
@settings(max_examples=20, deadline=None)
@given(pairs=SETS, data=st.data())
def test_a_weight_is_a_number_of_repeats_and_what_nobody_judged_does_not_count(
    name: str, pairs: list[tuple[set[str], set[str]]], data: st.DataObject
) -> None:
    truth, said = (list(side) for side in zip(*pairs, strict=True))
    weight = data.draw(st.lists(st.integers(0, 3), min_size=len(truth), max_size=len(truth)).filter(any))
    repeated = [[s for s, w in zip(side, weight, strict=True) for _ in range(w)] for side in (truth, said)]
    expected = score(name, *repeated, wheels=[OTHER])
    assert score(name, truth, said, None, weight, wheels=[OTHER]) == pytest.approx(expected, nan_ok=True)
    judged = np.asarray(weight) > 0
    once = [[s for s, w in zip(side, weight, strict=True) if w] for side in (truth, said)]
    assert score(name, truth, said, judged) == pytest.approx(score(name, *once), nan_ok=True)


@EACH_METRIC
def test_prepared_once_equals_scored_each_time(name: str) -> None:
    rng = np.random.default_rng(5)
    truth, said = ([set(rng.choice(WORDS, 3).tolist()) for _ in range(30)] for _ in range(2))
    weights = np.vstack([rng.random((3, 30)), np.zeros(30)])
    at_once = find.load("metrics", name).prepare(truth, said, wheels=[OTHER]).of(weights)
    one_by_one = [score(name, truth, said, None, w, wheels=[OTHER]) for w in weights]
    np.testing.assert_allclose(at_once, one_by_one, atol=1e-12)
    assert np.isnan(at_once[-1])


@EACH_METRIC
def test_a_deeper_level_is_stricter(name: str) -> None:
    truth, said = [{"furious"}, {"worried"}], [{"irritated"}, {"anxious"}]  # one core; the second pair one group too
    by_level = [score(name, truth, said, level=level) for level in (1, 2, 3)]
    assert by_level == pytest.approx([1, 0.5, 0])


BAD: list[tuple[dict[str, Any], str]] = [
    ({"truth": "joy"}, "a set of words per item in truth; found the text 'joy'; put the items in a list"),
    ({"scores": ["joy", "fear"]}, "a set of words per item in scores; found the text 'joy'; read it with the wheel's"),
    ({"truth": np.eye(2)}, "a set of words per item in truth; found .*; give the words, not their scores"),
    ({"truth": [1, 2]}, "a set of words per item in truth; found 1; give the words"),
    ({"truth": [{"joy"}]}, "as many sets in truth as in scores; found 1 and 2; align the items"),
    ({"truth": [], "scores": []}, "at least one item; found none; check the split"),
    ({"judged": np.ones((2, 3), bool)}, r"judged of shape \(2,\); found \(2, 3\); give one yes or no per item"),
    ({"weight": [1, -1]}, "weights of at least 0; found -1.0; leave items out with 0"),
    ({"weight": [1, 1, 1]}, r"2 weights; found \(3,\); give one per item"),
    ({"wheels": []}, "at least one wheel; found none; leave `wheels` out for our own"),
    ({"level": 4}, "a level from 1 to 3; found 4; use 1 for the cores"),
    (
        {"task": Task("t", "emotion", Kind.OPEN, "ekman", ())},
        "a scheme with a wheel for words, such as wheel; found ekman; name the wheels in `wheels`",
    ),
]


@EACH_METRIC
@pytest.mark.parametrize(("given", "text"), BAD)
def test_bad_input_is_one_sentence(name: str, given: dict[str, Any], text: str) -> None:
    with pytest.raises(DataError, match=f"expected {text}"):
        find.load("metrics", name).score(**{"truth": [{"joy"}, {"fear"}], "scores": [{"joy"}, {"anger"}], **given})
