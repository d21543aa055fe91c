"""Metrics of open vocabularies on a wheel small enough to count by hand, and the sign of sentiment by scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import f1_score

from affectkit import hub
from affectkit.metrics import hit_rate, sentiment_weighted_f1, wheel_f1, wheel_f1_per_item
from affectkit.task import Kind, Task
from affectkit.taxonomies._words import Wheel

ONE = Wheel.of(
    "one", [("Good", "Glad", "Merry"), ("", "", "Jolly"), ("Bad", "Blue", "Gloomy"), ("", "Cross", "Furious")]
)
TWO = Wheel.of("two", [("Up", "High", "Merry"), ("Up", "Tense", "Furious"), ("Down", "Low", "Gloomy")])

TRUTH = [{"merry"}, {"merry", "gloomy"}, {"furious", "gloomy"}, {"blank"}, {"jolly"}]
SAID = [{"jolly"}, {"merry", "furious", "blank"}, {"merry"}, {"merry"}, set[str]()]
# Wheel one, places of truth: G, GB, B, -, G; of what was said: G, GB, G, G, -. Items kept: 1, 2, 3, 5.
#   precision 1, 1, 0, 0; recall 1, 1, 0, 0: means 1/2 and 1/2, F = 1/2; F per item 1, 1, 0, 0.
# Wheel two, places of truth: U, UD, UD, -, -; of what was said: -, U, U, U, -. Items kept: 1, 2, 3.
#   precision 0, 1, 1; recall 0, 1/2, 1/2: means 2/3 and 1/3, F = 4/9; F per item 0, 2/3, 2/3.


def test_wheel_f1_is_the_f1_of_mean_precision_and_mean_recall() -> None:
    assert wheel_f1.score(TRUTH, SAID, wheels=[ONE]) == pytest.approx(1 / 2)
    assert wheel_f1.score(TRUTH, SAID, wheels=[TWO]) == pytest.approx(4 / 9)
    assert wheel_f1.score(TRUTH, SAID, wheels=[ONE, TWO]) == pytest.approx((1 / 2 + 4 / 9) / 2)


def test_wheel_f1_per_item_is_the_mean_of_each_items_f1_over_its_wheels() -> None:
    assert wheel_f1_per_item.score(TRUTH, SAID, wheels=[ONE]) == pytest.approx((1 + 1 + 0 + 0) / 4)
    items = wheel_f1_per_item.per_item(TRUTH, SAID, wheels=[ONE, TWO])
    np.testing.assert_allclose(items, [(1 + 0) / 2, (1 + 2 / 3) / 2, (0 + 2 / 3) / 2, math.nan, 0])
    assert wheel_f1_per_item.score(TRUTH, SAID, wheels=[ONE, TWO]) == pytest.approx(np.nanmean(items))


def test_hit_rate_counts_items_with_a_true_word() -> None:
    assert hit_rate.score(TRUTH, SAID, wheels=[ONE]) == pytest.approx(2 / 4)
    assert hit_rate.score(TRUTH, SAID, wheels=[ONE, TWO]) == pytest.approx((2 / 4 + 2 / 3) / 2)


def test_the_longest_list_hits_always_and_has_a_lower_f1() -> None:
    truth, everything = [{"merry"}, {"gloomy"}], [{"merry", "gloomy", "furious"}] * 2
    assert hit_rate.score(truth, everything, wheels=[ONE]) == 1
    assert wheel_f1.score(truth, everything, wheels=[ONE]) == pytest.approx(2 * 0.5 * 1 / 1.5)


def test_our_own_wheel_scores_neutral() -> None:
    assert wheel_f1.score([{"neutral"}], [{"emotionless"}]) == 1
    assert wheel_f1.score([{"neutral"}], [{"happy"}]) == 0


def test_a_wheel_that_keeps_no_item_is_nan() -> None:
    for part in (wheel_f1, hit_rate, wheel_f1_per_item):
        assert math.isnan(part.score([{"blank"}], [{"merry"}], wheels=[ONE]))


def test_sets_of_ten_thousand_items_are_scored_at_once() -> None:
    rng = np.random.default_rng(0)
    words = np.asarray(["happy", "sad", "angrier", "worried", "bored", "zork"])
    truth, said = (list(map(set, words[rng.integers(0, 6, (10_000, 3))].tolist())) for _ in range(2))
    places = {w: hub.scheme("wheel").find(w) for w in words.tolist()}
    assert [w for w, p in places.items() if p is None] == ["zork"]
    chance = wheel_f1.score(truth, said)
    assert 0.3 < chance < 0.6


@pytest.mark.parametrize("seed", range(3))
def test_sentiment_is_scikit_learns_weighted_f1_of_the_sign(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(-3, 4, (200, 2)) / 3
    said = np.round(truth + rng.normal(0, 0.7, truth.shape), 1)
    weight = rng.uniform(0, 2, 200)
    task = Task("s", "sentiment", Kind.CONTINUOUS, "vad", ("valence", "arousal"), (-1.0, 1.0))
    found = sentiment_weighted_f1.score(truth, said, weight=weight, task=task)
    for i, name in enumerate(task.names):
        kept = truth[:, i] != 0
        expected = f1_score(
            truth[kept, i] > 0, said[kept, i] > 0, average="weighted", sample_weight=weight[kept], zero_division=0
        )
        assert found[name] == pytest.approx(expected)


def test_sentiment_takes_neutral_said_for_negative_and_leaves_neutral_truth_out() -> None:
    assert sentiment_weighted_f1.score([1, -1, 0], [1, 0, 1]) == {"0": 1}
    assert sentiment_weighted_f1.score([1, 1], [0, 0]) == {"0": 0}
    assert math.isnan(sentiment_weighted_f1.score([0, 0], [1, -1])["0"])
