"""Our own wheel of words: forms, conversion, free text, and wheels that are refused."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from affectkit import find, hub
from affectkit.app import cli
from affectkit.errors import DataError, UnknownName
from affectkit.taxonomies._words import Wheel, spellings
from affectkit.taxonomies.wheel import HUB, NAMES, SYNONYMS, TREE, WHEEL


def test_every_word_has_one_place_and_every_form_one_word() -> None:
    forms = Counter(hub._plain(form) for form in (*NAMES, *SYNONYMS))
    written = sum(
        entry.count(",") + (":" in entry)
        for groups in TREE.values()
        for group in groups.values()
        for entry in (group.words + ";" + group.ours).split(";")
    )
    assert [form for form, n in forms.items() if n > 1] == []
    assert len(SYNONYMS) == written, "a form that stands twice would vanish"
    assert set(WHEEL.paths) == set(NAMES) | set(TREE)
    assert {WHEEL.place(word) for word in NAMES} == set(TREE)


def test_a_core_has_a_group_of_its_own_name() -> None:
    assert {core for core, groups in TREE.items() if core not in groups} == set()
    assert {WHEEL.place(core, 2) for core in TREE} == set(TREE)
    assert WHEEL.place("wrathful") == "anger"
    assert [WHEEL.place("grumpier", level) for level in (1, 2, 3)] == ["anger", "irritation", "grumpiness"]


def test_every_group_says_its_source() -> None:
    known = {"S87", "P01", "P80", "W82", "E92", "I77", "O88", "C17", "D20", "ours"}
    for groups in TREE.values():
        for name, group in groups.items():
            assert {found for found in known if found in group.source}, name
            assert group.ground


def test_words_that_rm77_rated_stay_on_their_groups_side_of_neutral() -> None:
    assert HUB["happiness"].vad_source == "RM77 happy"
    assert HUB["anxiety"].vad_source == "mean of RM77 anxious, tense"  # "anxious" alone is a little pleasant
    for core in ("sadness", "anger", "disgust"):
        for word in NAMES:
            assert WHEEL.place(word) != core or HUB[word].vad[0] < 0, word


@pytest.mark.parametrize(
    ("word", "to", "label"),
    [
        ("overjoyed", "ekman", "joy"),
        ("happier", "ekman", "joy"),
        ("Worryingly", "ekman", "fear"),
        ("FURIOUS", "ekman", "anger"),
        ("sadder", "ekman", "sadness"),
        ("nauseated", "ekman", "disgust"),
        ("anxious", "goemotions", "nervousness"),
        ("thankful", "goemotions", "gratitude"),
        ("self conscious", "ekman", "fear"),
        ("anxious", "sentiment", "negative"),
        ("loyal", "plutchik", "trust"),
        ("emotionless", "goemotions", "neutral"),
    ],
)
def test_a_word_becomes_a_label(word: str, to: str, label: str) -> None:
    assert max(hub.convert(word, "wheel", to).scores.items(), key=lambda pair: pair[1]) == (label, 1.0)


def test_every_label_of_goemotions_and_plutchik_has_a_place_and_comes_back() -> None:
    for other in ("plutchik", "ekman", "ekman_neutral"):
        for label in find.load("taxonomies", other).NAMES:
            there = hub.convert(label, other, "wheel")
            assert there.lost.mass == pytest.approx(0)
            back = hub.convert(there.scores, "wheel", other)
            assert back.scores[label] == pytest.approx(1), label
    labels = find.load("taxonomies", "goemotions").NAMES
    assert [label for label in labels if WHEEL.find(label) is None] == []


def test_a_word_has_valence_arousal_and_dominance() -> None:
    found = hub.convert("happier", "wheel", "vad").scores
    assert found == pytest.approx({"valence": 0.81, "arousal": 0.51, "dominance": 0.46})  # RM77 happy


def test_the_command_line_converts_a_word() -> None:
    result = CliRunner().invoke(cli.build(), ["convert", "overjoyed", "--from", "wheel", "--to", "ekman", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {name for name, score in told["scores"].items() if score} == {"joy"}


def test_an_unknown_word_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"a label of wheel; found 'hapyness'; did you mean .*happiness"):
        hub.convert("hapyness", "wheel", "ekman")


@pytest.mark.parametrize(
    ("form", "among"),
    [
        ("happier", "happy"),
        ("happiness", "happy"),
        ("sadder", "sad"),
        ("thrilled", "thrill"),
        ("worryingly", "worry"),
        ("miserably", "miserable"),
        ("hated", "hate"),
        ("frighten", "frightened"),
        ("left-out", "left out"),
        ("self conscious", "self-conscious"),
    ],
)
def test_endings_are_stripped(form: str, among: str) -> None:
    assert among in list(spellings(form))


@given(st.text(max_size=20))
def test_spellings_end_and_repeat_nothing(form: str) -> None:
    found = list(spellings(form))
    assert len(found) == len(set(found))
    assert all(len(spelling) <= len(form.strip().lower()) + 2 for spelling in found)


@pytest.mark.parametrize(
    ("text", "words", "negated", "unknown"),
    [
        ("happy and a bit nervous", ("happiness", "nervousness"), (), ()),
        ("['joyful', 'angry', 'joyous']", ("joy", "anger"), (), ()),
        ("She seems kind of furious, but also very proud.", ("fury", "pride"), (), ()),
        ("not happy", (), ("happiness",), ()),
        ("never happy or excited but proud", ("pride",), ("happiness", "excitement"), ()),
        ("neither sad nor happy. Very, very worried", ("worry",), ("sadness", "happiness"), ()),
        ("isn’t very happy and sad", ("sadness",), ("happiness",), ()),
        ("no emotion", ("neutral",), (), ()),
        ("left out; homesick", ("abandonment", "homesickness"), (), ()),
        ("kind", ("kindness",), (), ()),
        ("I don’t care, I am self conscious", ("indifference", "self-consciousness"), (), ()),
        ("glorpy and happy/sad", ("happiness", "sadness"), (), ("glorpy",)),
        ("", (), (), ()),
        ("!!! 12", (), (), ()),
    ],
)
def test_free_text_is_read(
    text: str, words: tuple[str, ...], negated: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    found = WHEEL.parse(text)
    assert (found.words, found.negated, found.unknown) == (words, negated, unknown)


@given(st.lists(st.sampled_from(NAMES), max_size=6))
def test_a_list_of_words_is_read_as_it_stands(words: list[str]) -> None:
    for joined in (", ".join(words), repr(words), "; ".join(words)):
        found = WHEEL.parse(joined)
        assert found.words == tuple(dict.fromkeys(words))
        assert not found.unknown and not found.negated


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = WHEEL.parse(text)
    assert set(found.words) | set(found.negated) <= set(WHEEL.paths)
    assert not set(found.unknown) & set(WHEEL.paths)


def test_unknown_words_are_counted_and_told_with_the_nearest() -> None:
    said = WHEEL.tell([WHEEL.parse("hapy zork"), WHEEL.parse("zork"), WHEEL.parse("sad")])
    assert said.startswith("3 words have no place in wheel: zork (2; nearest none); hapy (1; nearest happy")
    assert WHEEL.tell([WHEEL.parse("sad")]) == "every word has a place in wheel"


def test_empty_cells_repeat_the_cell_above() -> None:
    wheel = Wheel.of(
        "w", [("Joy", "Glad", " Merry "), ("", "", "Jolly"), ("", "Proud", "Vain"), ("Fear", "Dread", "x")]
    )
    assert wheel.paths["jolly"] == ("joy", "glad")
    assert wheel.paths["vain"] == ("joy", "proud")
    assert wheel.paths["joy"] == ("joy", "glad")  # a core's level 2 is the first of its groups by the alphabet
    assert wheel.find("MERRY ") == "merry"


BAD = [
    (
        [("joy", "glad", "merry"), ("merry", "calm", "joy")],
        "no word below itself in the wheel w; found joy > glad > merry > calm > joy; take the word out",
    ),
    (
        [("joy", "glad", "merry"), ("fear", "dread", "merry")],
        "each word in one branch of the wheel w; found joy > glad > merry and fear > dread > merry; leave out one",
    ),
    (
        [("joy", "glad", "merry"), ("joy", "pride", "merry")],
        "each word in one branch of the wheel w; found joy > glad > merry and joy > pride > merry",
    ),
    ([("joy", "glad")], "3 levels in row 1 of the wheel w; found 2; repeat a level that is empty"),
    ([("", "glad", "merry")], "a word on every level in row 1 of the wheel w; found ['', 'glad', 'merry']; fill"),
    (
        [("joy", "glad", "merry"), ("joy", "", "")],
        "a word on every level in row 2 of the wheel w; found ['joy', '', '']",
    ),
    ([], "at least one row in the wheel w; found none; check the file"),
]


@pytest.mark.parametrize(("rows", "text"), BAD)
def test_a_wheel_that_cannot_be_read_is_one_sentence(rows: list[tuple[str, ...]], text: str) -> None:
    with pytest.raises(DataError) as error:
        Wheel.of("w", rows)
    # a circle may be told from any of its words
    turned = re.sub(r"found (\w+) > .* > \1;", "found circle;", str(error.value))
    assert re.sub(r"found (\w+) > .* > \1;", "found circle;", f"expected {text}") in turned


def test_as_published_the_later_branch_counts() -> None:
    wheel = Wheel.of("w", [("joy", "glad", "merry"), ("fear", "dread", "merry")], as_published=True)
    assert wheel.place("merry") == "fear"
    assert wheel.place("merrier") is None, "a published table is taken by the letter"


def test_a_level_may_repeat_the_one_above() -> None:
    wheel = Wheel.of("w", [("joy", "joy", "joy"), ("joy", "pride", "pride")])
    assert wheel.paths == {"joy": ("joy", "joy"), "pride": ("joy", "pride")}
