"""Figures within groups: by hand, a figure that is all between the groups, and people who are in several."""

from __future__ import annotations

import numpy as np
import pytest

from affectkit.analysis.strata import strata
from affectkit.errors import DataError
from affectkit.task import Kind, Task

VA = Task("va", "dimensions", Kind.CONTINUOUS, "va", ("valence", "arousal"), (-1, 1))


def test_groups_by_hand() -> None:
    truth = np.ones((7, 1))
    said = np.asarray([[1], [1], [0], [1], [0], [0], [0]], float)
    found = strata("accuracy", truth, said, ["a", "a", "a", "a", "b", "b", ""], folds=100)
    assert {g: (v.value, v.n) for g, v in found.each.items()} == {"a": (3 / 4, 4), "b": (0, 2)}
    assert (found.whole.value, found.whole.n) == (3 / 6, 6)
    assert found.mean.value == pytest.approx(3 / 8)  # each group counts alike
    assert found.mean.low <= found.mean.value <= found.mean.high
    assert found.each["b"].low == found.each["b"].high == 0


def test_what_is_known_of_the_group_alone_is_worth_nothing_within_it() -> None:
    """Anger is shouted: who only hears the shout is far above chance, and at chance within each level."""
    rng = np.random.default_rng(0)
    loud = np.arange(400) % 2
    anger = rng.random(400) < np.where(loud, 0.9, 0.1)
    truth = np.stack([anger, ~anger], 1).astype(float)
    said = np.stack([loud, 1 - loud], 1).astype(float)
    task = Task("emotion", "emotion", Kind.SINGLE, "", ("anger", "calm"))
    found = strata("balanced_accuracy", truth, said, np.where(loud, "loud", "quiet"), task=task, folds=200)
    assert found.whole.low > 0.8
    assert found.mean.value == pytest.approx(0.5)
    assert {v.value for v in found.each.values()} == {0.5}


def test_a_speaker_in_several_groups_is_drawn_for_all_of_them() -> None:
    rng = np.random.default_rng(1)
    speaker, over = np.repeat(np.arange(20), 20), np.tile(["near", "far"], 200)
    right = (rng.random(20) < 0.5)[speaker][:, None].astype(float)  # a speaker's own, wherever it is spoken
    truth = np.ones_like(right)
    single = strata("accuracy", truth, right, over, folds=400)
    whole = strata("accuracy", truth, right, over, speaker, folds=400)
    width = [f.mean.high - f.mean.low for f in (single, whole)]
    share = right.mean()
    assert width[1] == pytest.approx(2 * 1.96 * np.sqrt(share * (1 - share) / 20), rel=0.2)
    assert width[0] < 0.35 * width[1]
    near, far = (whole.each[g] for g in ("near", "far"))
    assert (near.value, near.low, near.high) == (far.value, far.low, far.high)  # the same folds of the same people


def test_a_group_of_one_speaker_is_missing_from_some_folds() -> None:
    over, speaker = ["a"] * 4 + ["b"] * 4, [0, 1, 2, 3, 4, 4, 4, 4]
    found = strata("accuracy", np.ones((8, 1)), np.ones((8, 1)), over, speaker, folds=50)
    assert (found.each["b"].value, found.each["b"].low, found.mean.value) == (1, 1, 1)


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(DataError, match=r"3 groups; found \(2,\); give the group of every item"):
        strata("accuracy", np.ones((3, 1)), np.ones((3, 1)), ["a", "b"])
    with pytest.raises(DataError, match="items that are in a group; found none; check which groups the corpus has"):
        strata("accuracy", np.ones((2, 1)), np.ones((2, 1)), ["", ""])
    values = np.random.default_rng(0).normal(size=(6, 2))
    with pytest.raises(DataError, match="a metric of one value; found valence, arousal; measure each of them apart"):
        strata("pearson", values, values, ["a"] * 6, task=VA, folds=5)
