"""Characteristic expressions against the textbook formulas and scipy, on planted and on empty truths."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from affectkit.analysis.expressions import Measure, Unit, characteristic, expressions, false_discoveries
from affectkit.errors import DataError

WORDS = ("river", "stone", "lamp", "paper", "cloud", "door", "window", "garden", "table", "music")


def sentences(rng: np.random.Generator, n: int, length: int = 8) -> list[str]:
    return [" ".join(rng.choice(WORDS, length)) for _ in range(n)]


def texts(*counts: tuple[str, int]) -> list[str]:
    """So many one-word texts of each word."""
    return [word for word, n in counts for _ in range(n)]


OWN, OTHERS = texts(("a", 30), ("b", 10)), texts(("a", 15), ("b", 45))


def test_the_log_odds_are_those_of_the_paper() -> None:
    (found,) = characteristic(OWN, OTHERS, orders=(1, 1), prior=10.0)
    a, b = 10 * 45 / 100, 10 * 55 / 100  # pseudo-counts of "a" and of all else
    apart = math.log((30 + a) / (10 + b)) - math.log((15 + a) / (45 + b))
    assert found.text == "a"
    assert (found.own, found.others) == (30, 15)
    assert found.z == pytest.approx(apart / math.sqrt(1 / (30 + a) + 1 / (15 + a)))


def test_chi_square_is_pearsons_without_a_correction() -> None:
    (found,) = characteristic(OWN, OTHERS, "chi_square", orders=(1, 1))
    wanted = stats.chi2_contingency([[30, 10], [15, 45]], correction=False)
    assert found.z**2 == pytest.approx(wanted.statistic)
    assert found.q == pytest.approx(wanted.pvalue)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_false_discoveries_are_those_of_benjamini_and_hochberg(p: list[float]) -> None:
    np.testing.assert_allclose(false_discoveries(p), stats.false_discovery_control(p))


@pytest.mark.parametrize("measure", list(Measure))
def test_a_planted_expression_ranks_first(measure: Measure) -> None:
    rng = np.random.default_rng(0)
    own = [f"{a} so be it {b}" for a, b in zip(sentences(rng, 60, 4), sentences(rng, 60, 4), strict=True)]
    found = characteristic(own, sentences(rng, 200, 10), measure)
    assert found[0].text == "so be it"  # and none of its parts, which the same texts hold
    assert (found[0].own, found[0].others) == (60, 0)
    assert not {"so", "be it", "it"} & {e.text for e in found}


def test_characters_find_what_no_space_sets_apart() -> None:
    rng = np.random.default_rng(0)
    letters = list("あいうえおかきくけこさしすせそたちつてと")

    def line(planted: str) -> str:
        return "".join(rng.choice(letters, 9)) + planted + "".join(rng.choice(letters, 9))

    found = characteristic([line("別にいい") for _ in range(50)], [line("") for _ in range(150)], unit="characters")
    assert found[0].text == "別にいい"


def test_long_texts_do_not_make_every_word_characteristic() -> None:
    rng = np.random.default_rng(0)
    own, others = sentences(rng, 150, 6), sentences(rng, 400, 3)
    share = [np.mean(["river" in t.split() for t in of]) for of in (own, others)]
    assert share[0] > 1.5 * share[1]
    for measure in Measure:
        assert characteristic(own, others, measure, orders=(1, 1)) == []


@pytest.mark.parametrize("measure", list(Measure))
def test_two_sets_of_one_kind_have_no_expressions(measure: Measure) -> None:
    rng = np.random.default_rng(0)
    some = [bool(characteristic(sentences(rng, 60), sentences(rng, 120), measure)) for _ in range(40)]
    assert np.mean(some) <= 0.1  # at a rate of false discoveries of .05, half of them on the other side


def test_a_text_says_an_expression_once() -> None:
    once = characteristic(OWN, OTHERS, orders=(1, 1))
    often = characteristic([f"{t}. {t}! {t}?" for t in OWN], OTHERS, orders=(1, 1))
    assert once == often


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), st.lists(st.sampled_from(WORDS), min_size=1))
def test_an_expression_is_of_one_side(own: list[str], others: list[str]) -> None:
    for measure in Measure:
        settings: dict[str, Any] = {"measure": measure, "fewest": 1, "rate": 1.0, "orders": (1, 1)}
        here, there = characteristic(own, others, **settings), characteristic(others, own, **settings)
        assert not {e.text for e in here} & {e.text for e in there}
        assert all(e.z > 0 and 0 <= e.q <= 1 for e in (*here, *there))
        assert [e.z for e in here] == sorted((e.z for e in here), reverse=True)


def test_the_order_of_texts_is_no_matter() -> None:
    assert characteristic(OWN[::-1], OTHERS[::-1]) == characteristic(OWN, OTHERS)


def test_expressions_of_a_text() -> None:
    assert list(expressions("Don't PANIC, please", Unit.WORDS, 2, 3)) == [
        "don't panic",
        "panic please",
        "don't panic please",
    ]
    assert list(expressions("ab cde", Unit.CHARACTERS, 2, 3)) == ["ab", "cd", "de", "cde"]


@pytest.mark.parametrize(
    ("own", "settings", "message"),
    [
        ([], {}, "expected texts in both sets; found 0 and 1; choose sets that both have some"),
        (["a"], {"measure": "tf"}, "expected a measure among log_odds, chi_square; found 'tf'; correct `measure`"),
        (["a"], {"unit": "pieces"}, "expected a unit among words, characters; found 'pieces'; correct `unit`"),
        (["a"], {"orders": (2, 1)}, "found orders 2 to 1, fewest 5, rate 0.05, prior 1000; correct them"),
        (["a"], {"rate": 0.0}, "found orders 1 to 3, fewest 5, rate 0, prior 1000; correct them"),
    ],
)
def test_bad_input_is_refused(own: list[str], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        characteristic(own, ["b"], **settings)
    assert message in str(caught.value)
