"""What single label schemes say, against their sources written out here."""

from __future__ import annotations

import csv
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import hub
from affectkit.taxonomies import (
    action_units,
    gems,
    gems_terms,
    jamendo,
    plutchik,
    plutchik_dyads,
    sentiment5,
    sentiment7,
)

RANGES = {"vad_0_1": (0, 1), "vad_1_5": (1, 5), "vad_1_7": (1, 7), "vad_1_9": (1, 9), "vad_1_10": (1, 10)}


def scores(label: str, source: str, to: str) -> dict[str, float]:
    return {name: score for name, score in hub.convert(label, source, to).scores.items() if score}


# ---- dyads -----------------------------------------------------------------------------------------------------------


def test_every_pair_that_is_no_opposite_makes_one_dyad_of_the_ring_its_distance_says() -> None:
    wheel = plutchik.NAMES
    rings = {1: plutchik_dyads.PRIMARY, 2: plutchik_dyads.SECONDARY, 3: plutchik_dyads.TERTIARY}
    for one, other in combinations(wheel, 2):
        apart = abs(wheel.index(one) - wheel.index(other))
        distance = min(apart, 8 - apart)
        made = [name for name, parts in plutchik_dyads.PARTS.items() if set(parts) == {one, other}]
        assert len(made) == (distance != 4)
        assert all(name in rings[distance] for name in made)
    assert len(plutchik_dyads.NAMES) == 24


def test_a_dyad_is_made_of_both_parts_and_a_basic_emotion_is_none() -> None:
    assert scores("caring", "goemotions", "plutchik_dyads") == {"love": 1.0}
    made = hub.convert("joy", "plutchik", "plutchik_dyads")
    assert not any(made.scores.values()) and made.lost.dropped == {"joy": 1.0}
    assert scores("despair", "plutchik_dyads", "plutchik") == {"fear": 0.5, "sadness": 0.5}


@given(st.lists(st.floats(0, 1), min_size=9, max_size=9).filter(lambda row: sum(row) > 0.1))
@settings(max_examples=50, deadline=None)
def test_dyads_never_get_more_than_there_is(row: list[float]) -> None:
    shares = np.array([row]) / sum(row)
    made = plutchik_dyads.from_hub(hub.Points(shares, np.zeros((1, 3))))
    assert (made >= 0).all() and made.sum() <= 1 + 1e-9
    for name, value in zip(plutchik_dyads.NAMES, made[0], strict=True):
        parts = [shares[0, hub.COARSE.index(part)] for part in plutchik_dyads.PARTS[name]]
        assert value <= 4 * parts[0] * parts[1] + 1e-9


# ---- facial actions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "emotion"),
    [
        ("6 12", "joy"),
        ("1 4 15", "sadness"),
        ("1 2 5 26", "surprise"),
        ("1 2 5 27", "surprise"),
        ("1 2 4 5 20 25", "fear"),
        ("4 5 7 23", "anger"),
        ("9", "disgust"),
        ("10 17", "disgust"),
        ("", "neutral"),
    ],
)
def test_published_combinations_show_their_emotion(units: str, emotion: str) -> None:
    face = dict.fromkeys(action_units.NAMES, 0.0) | {f"AU{unit}": 1.0 for unit in units.split()}
    made = hub.convert(face, "action_units", "plutchik_neutral").scores
    assert {name: score for name, score in made.items() if score} == {emotion: 1.0}


def test_contempt_is_disgust_and_anger_in_equal_parts() -> None:
    made = hub.convert({"AU12": 1, "AU14": 1}, "action_units", "plutchik").scores
    assert {name: score for name, score in made.items() if score} == {"disgust": 0.5, "anger": 0.5}


def test_a_combination_is_there_as_far_as_its_weakest_unit() -> None:
    row = np.zeros((1, len(action_units.NAMES)))
    row[0, [action_units.NAMES.index("AU6"), action_units.NAMES.index("AU12")]] = (0.9, 0.6)
    assert action_units.shown(row)[0].tolist() == [0.6, 0, 0, 0, 0, 0, 0]
    # of fear and the surprise that it contains, fear
    row[0] = [float(name in {f"AU{unit}" for unit in (1, 2, 4, 5, 20, 26)}) for name in action_units.NAMES]
    assert action_units.shown(row)[0].tolist() == [0, 0, 0, 1, 0, 0, 0]


def test_a_frown_alone_is_neither_an_emotion_nor_a_still_face() -> None:
    made = hub.convert({"AU4": 0.9}, "action_units", "plutchik_neutral")
    assert not any(made.scores.values()) and made.lost.mass == 1.0
    assert hub.convert({"AU4": 0.9, "AU18": 0.5}, "action_units", "ekman").lost.dropped == {"AU18": 1.0}


def test_emotions_become_their_units() -> None:
    assert scores("joy", "ekman", "action_units") == {"AU6": 1.0, "AU12": 1.0}
    assert scores("inner brow raiser", "action_units", "action_units") == {"AU1": 1.0}
    assert hub.convert("trust", "plutchik", "action_units").scores == {}
    half = hub.convert({"joy": 0.5, "disgust": 0.5}, "ekman", "action_units").scores
    assert {name: score for name, score in half.items() if score} == {"AU6": 0.5, "AU9": 0.5, "AU12": 0.5}


def test_the_numbers_that_are_looked_at_are_those_of_the_combinations() -> None:
    used = {unit for found in action_units.PROTOTYPES.values() for units in found for unit in units}
    assert action_units.CARD["tells"] == [f"AU{number}" for number in action_units.ACTIONS if number in used]
    assert len(action_units.NAMES) == len(set(action_units.ACTIONS.values()))


# ---- scales ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_a_scale_is_linear_between_its_ends(name: str, ends: tuple[int, int]) -> None:
    low, high = ends
    given_ = np.array([[low, (low + high) / 2, high]], np.float64)
    assert hub.convert(given_, name, "vad").scores.tolist() == [[-1, 0, 1]]
    assert hub.convert(np.array([[-1.0, 0, 1]]), "vad", name).scores == pytest.approx(given_)
    for other in RANGES:
        there = hub.convert(given_, name, other).scores
        assert hub.convert(there, other, name).scores == pytest.approx(given_)


@pytest.mark.parametrize(("name", "part", "k"), [("sentiment5", sentiment5, 5), ("sentiment7", sentiment7, 7)])
def test_sentiment_steps_are_in_order_and_the_nearest_is_taken(name: str, part: object, k: int) -> None:
    steps = hub.scheme(name)
    valences = [steps.points[step].vad[0] for step in steps.names]
    assert valences == pytest.approx([-1 + 2 * i / (k - 1) for i in range(k)])
    asked = np.linspace(-1, 1, 41)
    made = hub.convert(np.column_stack([asked] * 3), "vad", name).scores
    for valence, row in zip(asked, made, strict=True):
        far = [abs(valence - step) for step in valences]
        assert far[int(row.argmax())] == pytest.approx(min(far))
    assert scores(steps.names[0], name, "sentiment") == {"negative": 1.0}
    assert scores("ambiguous", "sentiment", name) == {}


def test_appraisals_tell_valence_and_dominance_and_keep_the_rest_to_themselves() -> None:
    given_ = np.array([[1, 0, 1, 0.75, 0, 0.5, 1]])
    made = hub.convert(given_, "appraisals", "vad")
    assert made.scores[0, [0, 2]].tolist() == [0.5, 0.0] and np.isnan(made.scores[0, 1])
    lost = {"attention": 1.0, "certainty": 1.0, "effort": 1.0, "responsibility": 1.0, "circumstance": 1.0}
    assert made.lost.dropped == lost
    itself = hub.convert(given_, "appraisals", "appraisals")
    assert itself.scores.tolist() == given_.tolist() and not itself.lost.dropped


# ---- synonyms, maps, and the corpora's own names ---------------------------------------------------------------------


def test_a_coarse_name_goes_to_the_label_that_has_it_as_a_synonym() -> None:
    assert scores("amusement", "goemotions", "empathetic") == {"joyful": 1.0}  # and not to proud, content ...
    assert scores("trust", "plutchik", "feeling_wheel") == {"peaceful": 1.0}
    assert scores("anger", "plutchik", "feeling_wheel") == {"mad": 1.0}


def test_gems_terms_are_three_for_each_of_nine_factors_in_three_families() -> None:
    assert len(gems.NAMES) == 9 and len(gems_terms.NAMES) == 27 == len(set(gems_terms.NAMES))
    assert [name for names in gems.FAMILIES.values() for name in names] == list(gems.NAMES)
    assert scores("dreamy", "gems_terms", "gems") == {"nostalgia": 1.0}


def test_mikels_halves_are_those_of_emoset() -> None:
    made = [next(iter(scores(name, "mikels", "sentiment"))) for name in hub.scheme("mikels").names]
    assert made == ["positive"] * 4 + ["negative"] * 4


@pytest.mark.parametrize(
    ("file", "name"), [("music/mtg_jamendo_moodtheme/tags.csv", "jamendo"), ("video/muvi/labels.csv", "gems_terms")]
)
def test_names_are_those_of_the_files(file: str, name: str) -> None:
    folder = os.environ.get("AFFECTKIT_CORPORA")
    if not folder or not (Path(folder) / file).is_file():
        pytest.skip("AFFECTKIT_CORPORA is not set")
    with (Path(folder) / file).open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    found = {row[0] for row in rows[1:]} if name == "jamendo" else set(rows[0][3:])
    scheme = hub.scheme(name)
    assert {scheme.names[scheme.column(one)] for one in found} == set(scheme.names) and len(found) == len(scheme.names)


def test_themes_of_music_have_no_valence() -> None:
    assert len(jamendo.NAMES) == 56
    assert hub.convert("film", "jamendo", "vad").scores == {}
    assert scores("film", "jamendo", "ekman_neutral") == {"neutral": 1.0}
