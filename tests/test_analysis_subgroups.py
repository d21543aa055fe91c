"""Figures by group: by hand, planted gaps, and gaps that are chance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.analysis import significance
from affectkit.analysis.subgroups import Subgroups, subgroups
from affectkit.errors import DataError
from affectkit.metrics import accuracy, rmse
from affectkit.task import Kind, Task

VA = Task("va", "dimensions", Kind.CONTINUOUS, "va", ("valence", "arousal"), (-1, 1))


def one(found: Subgroups | dict[str, Subgroups]) -> Subgroups:
    return found["0"] if isinstance(found, dict) else found


def answers(rng: np.random.Generator, sizes: dict[str, int], hits: dict[str, float]) -> tuple[Any, Any, Any]:
    """Truth 1 for every item, answers right with a group's own chance, and the group of each item."""
    over = np.repeat(list(sizes), list(sizes.values()))
    right = rng.random(len(over)) < np.array([hits[g] for g in over])
    return np.ones((len(over), 1)), right[:, None].astype(float), over


def test_groups_by_hand_and_small_ones_apart() -> None:
    truth = np.ones((7, 1))
    said = np.array([[1], [1], [0], [1], [0], [0], [1]], float)
    found = one(subgroups("accuracy", truth, said, ["a", "a", "a", "b", "b", "b", "c"], fewest=3, folds=100))
    assert {g: (v.value, v.n) for g, v in found.each.items()} == {"a": (2 / 3, 3), "b": (1 / 3, 3)}
    assert {g: (v.value, v.n) for g, v in found.small.items()} == {"c": (1, 1)}
    assert found.gap is not None
    assert (found.gap.best, found.gap.worst, found.gap.interval.n) == ("a", "b", 6)
    assert found.gap.interval.value == pytest.approx(1 / 3)
    assert found.gap.p > 0.2
    alone = one(subgroups("accuracy", truth, said, ["a"] * 7, fewest=3, folds=50))
    assert alone.gap is None and list(alone.each) == ["a"]
    assert one(subgroups("accuracy", truth, said, list("abcdefg"), folds=50)).each == {}


def test_a_group_has_the_figure_of_its_own_items() -> None:
    rng = np.random.default_rng(0)
    truth, values = rng.normal(size=(2, 90, 2))
    over = np.array(["x", "y", ""])[np.arange(90) % 3]
    found = subgroups("pearson", truth, values, over, task=VA, folds=100)
    assert isinstance(found, dict) and tuple(found) == VA.names
    for i, name in enumerate(VA.names):
        assert set(found[name].each) == {"x", "y"}, "what is in no group is left out"
        for g in ("x", "y"):
            rows = over == g
            assert found[name].each[g].value == pytest.approx(np.corrcoef(truth[rows, i], values[rows, i])[0, 1])
    y = significance.bootstrap("pearson", truth[over == "y"], values[over == "y"], task=VA, folds=100, seed=1)
    assert isinstance(y, dict) and found["valence"].each["y"] == y["valence"]


def test_a_planted_gap_is_found_and_chance_is_told() -> None:
    rng = np.random.default_rng(1)
    sizes = dict.fromkeys("abcdefgh", 60)
    fair = one(subgroups("accuracy", *answers(rng, sizes, dict.fromkeys(sizes, 0.7)), folds=200))
    unfair = one(subgroups("accuracy", *answers(rng, sizes, dict.fromkeys(sizes, 0.7) | {"e": 0.35}), folds=200))
    assert fair.gap is not None and unfair.gap is not None
    assert unfair.gap.worst == "e" and unfair.gap.p < 0.01
    assert unfair.gap.interval.low > 0.15
    assert fair.gap.p > 0.05
    assert fair.gap.interval.value > 0.05, "eight equal groups differ too"
    assert fair.gap.chance == pytest.approx(0.17, abs=0.05)


def test_the_gap_of_two_groups_covers_the_truth() -> None:
    rng, covered, hits = np.random.default_rng(2), 0, {"a": 0.8, "b": 0.5}
    for i in range(1000):
        found = one(subgroups(accuracy, *answers(rng, {"a": 80, "b": 80}, hits), folds=200, seed=i, shuffles=1))
        assert found.gap is not None
        covered += found.gap.interval.low <= 0.3 <= found.gap.interval.high
    assert 0.93 <= covered / 1000 <= 0.97


def test_better_is_what_the_metric_says() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=(80, 1))
    over = np.repeat(["near", "far"], 40)
    values = truth + np.where(over == "near", 0.1, 1.0)[:, None] * rng.normal(size=(80, 1))
    for metric in ("rmse", rmse):
        found = one(subgroups(metric, truth, values, over, folds=100))
        assert found.gap is not None
        assert (found.gap.best, found.gap.worst) == ("near", "far")
        assert found.gap.interval.value == pytest.approx(found.each["far"].value - found.each["near"].value)
        assert found.gap.interval.low > 0


def test_a_group_without_a_figure_is_neither_best_nor_worst() -> None:
    rng = np.random.default_rng(4)
    truth, values = rng.normal(size=(2, 75))
    over = np.repeat(["a", "b", "still"], 25)
    values[over == "still"] = 0.5
    found = one(subgroups("pearson", truth, values, over, folds=50))
    assert math.isnan(found.each["still"].value)
    assert found.gap is not None and {found.gap.best, found.gap.worst} == {"a", "b"}


def test_dialogues_of_a_speaker_are_drawn_and_dealt_out_whole() -> None:
    rng = np.random.default_rng(5)
    dialogue = np.repeat(np.arange(40), 15)
    speaker = np.where(dialogue < 20, "ann", "bob")
    right = (rng.random(40) < 0.5)[dialogue][:, None].astype(float)  # all of a dialogue, or none
    single = one(subgroups("accuracy", np.ones((600, 1)), right, speaker, folds=200))
    whole = one(subgroups("accuracy", np.ones((600, 1)), right, speaker, groups=dialogue, folds=200))
    assert single.gap is not None and whole.gap is not None
    assert whole.gap.interval.value == pytest.approx(single.gap.interval.value)
    assert whole.gap.chance > 2 * single.gap.chance
    width = [g.each["ann"].high - g.each["ann"].low for g in (single, whole)]
    assert width[1] > 2 * width[0]
    with pytest.raises(DataError, match="units that lie in one group each; found some in two"):
        subgroups("accuracy", np.ones((600, 1)), right, rng.permutation(speaker), groups=dialogue, folds=20)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_order_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, said, over = answers(rng, {"a": 25, "b": 30, "c": 5}, {"a": 0.9, "b": 0.5, "c": 0.7})
    order = rng.permutation(60)
    first = one(subgroups(accuracy, truth, said, over, folds=20, shuffles=5))
    again = one(subgroups(accuracy, truth[order], said[order], over[order], folds=20, shuffles=5))
    for g in first.each:
        assert again.each[g].value == pytest.approx(first.each[g].value)
    assert first.gap is not None and again.gap is not None
    assert again.gap.interval.value == pytest.approx(first.gap.interval.value)
    assert first.gap.interval.value >= 0


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(DataError, match=r"3 groups; found \(2,\); give the group of every item"):
        subgroups("accuracy", np.ones((3, 1)), np.ones((3, 1)), ["a", "b"])
    with pytest.raises(DataError, match="items that are in a group; found none; check which groups the corpus has"):
        subgroups("accuracy", np.ones((3, 1)), np.ones((3, 1)), ["", "", ""])
