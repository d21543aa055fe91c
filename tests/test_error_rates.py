"""Error rates: known cases, another derivation of the distance, pooling, groups and whole speakers."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.analysis import error_rates
from affectkit.analysis.error_rates import edits, plain, report
from affectkit.errors import DataError

WORDS = st.lists(st.sampled_from("abc"), max_size=7)


def by_recursion(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    """The textbook definition."""

    @functools.cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        changed = distance(i - 1, j - 1) + (a[i - 1] != b[j - 1])
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, changed)

    return distance(len(a), len(b))


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_edits_are_a_distance_and_that_of_the_textbook(a: list[str], b: list[str], c: list[str]) -> None:
    assert edits(a, b) == by_recursion(tuple(a), tuple(b)) == edits(b, a)
    assert (edits(a, b) == 0) == (a == b)
    assert edits(a, c) <= edits(a, b) + edits(b, c)
    assert abs(len(a) - len(b)) <= edits(a, b) <= max(len(a), len(b))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("abc d", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=5))
def test_the_same_text_is_0_and_no_text_is_1(texts: list[str]) -> None:
    same, none = report(texts, texts, folds=5), report(texts, [""] * len(texts), folds=5)
    assert (same.words.value, same.characters.value) == (0, 0)
    assert (none.words.value, none.characters.value) == (1, 1)


def test_case_punctuation_and_spaces_do_not_count() -> None:
    assert plain("  Let's make a\tDAX! ") == "lets make a dax"
    assert plain("«Ça» va?") == "ça va"
    assert plain("c\u0327a") == plain("\u00e7a")  # two ways to write one letter
    assert report(["Four gords, sip?"], ["four  gords sip"], folds=5).characters.value == 0


def test_rates_are_pooled_and_not_means_of_rates() -> None:
    found = report(["a b c d e f g h i", "a"], ["a b c d e f g h i", "b"], folds=5)
    assert found.words.value == pytest.approx(1 / 10)  # the mean of the two rates would be 1 / 2
    assert found.characters.value == pytest.approx(1 / 18)
    assert (found.spoken, found.words.n) == (10, 2)
    longer = report(["a"], ["a b c d"], folds=5)
    assert longer.words.value == 3


def test_each_group_has_its_own_rates() -> None:
    references = ["a b", "a b", "a b c d", "a b"]
    hypotheses = ["a b", "a", "x b y d", "z z"]
    found = report(references, hypotheses, {"position": ["near", "near", "far", ""]}, folds=50)
    assert {g: v.words.value for g, v in found.by["position"].items()} == {"far": 1 / 2, "near": 1 / 4}
    assert {g: v.words.n for g, v in found.by["position"].items()} == {"far": 1, "near": 2}
    assert found.words.value == pytest.approx(5 / 10)  # what is in no group counts here


def test_whole_speakers_are_drawn() -> None:
    rng = np.random.default_rng(0)
    speaker = np.repeat(np.arange(20), 20)
    right = (rng.random(20) < 0.5)[speaker]  # all of a speaker, or none
    hypotheses = np.where(right, "a b", "")
    single = report(["a b"] * 400, hypotheses.tolist(), folds=500)
    whole = report(["a b"] * 400, hypotheses.tolist(), groups=speaker, folds=500)
    share = 1 - right.reshape(20, 20)[:, 0].mean()
    assert whole.words.value == single.words.value == pytest.approx(share)
    # a rate of speakers has the deviation of a mean of 20, not of 400
    wide = 2 * 1.96 * math.sqrt(share * (1 - share) / 20)
    assert whole.words.high - whole.words.low == pytest.approx(wide, rel=0.2)
    assert single.words.high - single.words.low < 0.35 * wide


def test_nothing_spoken_has_no_rate() -> None:
    assert math.isnan(report(["!"], ["a"], folds=5).words.value)


def test_rates_are_those_of_jiwer() -> None:
    jiwer = pytest.importorskip("jiwer")
    rng = np.random.default_rng(1)
    words = ["four", "gords", "sip", "dax", "let", "us"]
    references = [" ".join(rng.choice(words, rng.integers(1, 8))) for _ in range(60)]
    hypotheses = [" ".join(rng.choice(words, rng.integers(0, 8))) for _ in range(60)]
    found = report(references, hypotheses, folds=5)
    assert found.words.value == pytest.approx(jiwer.wer(references, hypotheses))
    assert found.characters.value == pytest.approx(jiwer.cer(references, hypotheses))


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(DataError, match="at least one; found 2 and 1; give both in one order"):
        error_rates.report(["a", "b"], ["a"])
    with pytest.raises(DataError, match="at least one; found 0 and 0; give both in one order"):
        error_rates.report([], [])
    with pytest.raises(DataError, match="the position of 2 utterances; found 1; give that of each"):
        error_rates.report(["a", "b"], ["a", "b"], {"position": ["x"]})
