"""The label algebra against tables, formulas and loops written out here."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import affectkit
from affectkit import find, hub
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.taxonomies import goemotions
from affectkit.taxonomies._rm77 import TERMS, rm77

# the map as published with the data set (ekman_mapping.json)
EKMAN = {
    "anger": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "joy": "joy amusement approval excitement gratitude love optimism relief pride admiration desire caring",
    "sadness": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
}


def rows(k: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, st.tuples(st.integers(1, 4), st.just(k)), elements=st.floats(0, 1, width=32))


def test_public_name() -> None:
    assert affectkit.convert("happiness", "ekman", "goemotions").scores["joy"] == 1


@pytest.mark.parametrize("to", ["ekman", "ekman_neutral"])
def test_goemotions_to_ekman_is_the_published_map(to: str) -> None:
    for group, names in EKMAN.items():
        for name in names.split():
            made = hub.convert(name, "goemotions", to)
            assert {n: s for n, s in made.scores.items() if s} == {group: 1.0}, name


def test_ekman_map_equals_the_corpus_file() -> None:
    folder = os.environ.get("AFFECTKIT_CORPORA")
    if not folder:
        pytest.skip("AFFECTKIT_CORPORA is not set")
    here = Path(folder) / "text/goemotions"
    published = json.loads((here / "ekman_mapping.json").read_text(encoding="utf-8"))
    assert {n: g for g, names in published.items() for n in names} == goemotions.DIRECT["ekman"]
    assert (here / "labels.txt").read_text(encoding="utf-8").split() == list(goemotions.NAMES)


def test_goemotions_to_sentiment_is_the_published_map() -> None:
    made = {n: hub.convert(n, "goemotions", "sentiment").scores for n in goemotions.NAMES}
    groups = {s: {n for n in made if made[n][s] == 1} for s in ("positive", "negative", "ambiguous", "neutral")}
    assert groups["ambiguous"] == {"realization", "surprise", "curiosity", "confusion"}
    assert groups["neutral"] == {"neutral"}
    assert groups["positive"] == set(EKMAN["joy"].split())
    assert [len(groups[g]) for g in ("positive", "negative", "ambiguous", "neutral")] == [12, 11, 4, 1]


def test_neutral_has_no_place_among_ekmans_six() -> None:
    made = hub.convert("neutral", "goemotions", "ekman")
    assert set(made.scores.values()) == {0.0}
    assert made.lost.dropped == {"neutral": 1.0} and made.lost.mass == 1.0
    assert "100% of neutral has no place" in str(made.lost)


@pytest.mark.parametrize(
    ("label", "term"),
    [("joy", "joyful"), ("anger", "angry"), ("sadness", "sad"), ("fear", "fearful"), ("surprise", "surprised")],
)
def test_dimensions_are_those_of_russell_and_mehrabian(label: str, term: str) -> None:
    printed = {
        "joyful": (0.76, 0.48, 0.35),
        "angry": (-0.51, 0.59, 0.25),
        "sad": (-0.63, -0.27, -0.33),
        "fearful": (-0.64, 0.60, -0.43),
        "surprised": (0.40, 0.67, -0.13),
    }
    assert tuple(hub.convert(label, "ekman", "vad").scores.values()) == pytest.approx(printed[term])
    row = next(r for r in hub.describe("ekman") if r["name"] == label)
    assert row["vad_source"] == f"RM77 {term}"


def test_a_mean_of_terms_says_so() -> None:
    vad, source = rm77("guilty", "regretful")
    assert source == "mean of RM77 guilty, regretful"
    assert vad == pytest.approx(np.mean([TERMS["guilty"], TERMS["regretful"]], axis=0))
    assert all(-1 <= v <= 1 for term in TERMS.values() for v in term)


def test_expected_value_of_a_distribution() -> None:
    made = hub.convert({"joy": 0.75, "sadness": 0.25}, "ekman", "vad").scores
    assert made == pytest.approx(
        {
            "valence": 0.75 * 0.76 - 0.25 * 0.63,
            "arousal": 0.75 * 0.48 - 0.25 * 0.27,
            "dominance": 0.75 * 0.35 - 0.25 * 0.33,
        }
    )


def test_unknown_dimensions_are_absent_never_zero() -> None:
    made = hub.convert("positive", "sentiment", "vad")
    assert set(made.scores) == {"valence"} and made.scores["valence"] > 0
    array = hub.convert(np.eye(4), "sentiment", "vad").scores
    assert np.isnan(array[:, 1:]).all()
    assert hub.convert({"positive": 0.5, "ambiguous": 0.5}, "sentiment", "vad").lost.dropped == {"ambiguous": 1.0}


@given(rows(28))
@settings(max_examples=40, deadline=None)
def test_shares_add_up_by_sum(scores: np.ndarray) -> None:
    made = hub.convert(scores, "goemotions", "ekman", "distribution").scores
    for column, (_, names) in enumerate(sorted(EKMAN.items())):
        expected = sum(scores[:, goemotions.NAMES.index(n)] for n in names.split())
        assert made[:, column] == pytest.approx(expected)


@given(rows(28))
@settings(max_examples=40, deadline=None)
def test_several_labels_add_up_by_noisy_or(scores: np.ndarray) -> None:
    made = hub.convert(scores, "goemotions", "plutchik", "multi").scores
    weights = hub.conversion("goemotions", "plutchik").weights
    assert weights is not None
    for i, row in enumerate(scores):
        for t in range(8):
            none = 1.0
            for s in range(28):
                none *= 1 - row[s] * weights[s, t]
            assert made[i, t] == pytest.approx(1 - none)


@given(rows(28), rows(28))
@settings(max_examples=30, deadline=None)
def test_sums_are_linear(a: np.ndarray, b: np.ndarray) -> None:
    n = min(len(a), len(b))
    by = hub.conversion("goemotions", "plutchik", "distribution")
    assert by(a[:n] + b[:n]).scores == pytest.approx(by(a[:n]).scores + by(b[:n]).scores)


@given(st.lists(st.floats(0, 1, width=32), min_size=8, max_size=8))
@settings(max_examples=30, deadline=None)
def test_there_and_back_is_the_identity_for_names_the_target_holds(scores: list[float]) -> None:
    held = [n for n in hub.scheme("plutchik").names if n in goemotions.NAMES]
    start = {n: s for n, s in zip(hub.scheme("plutchik").names, scores, strict=True) if n in held}
    there = hub.convert(start, "plutchik", "goemotions", "distribution")
    back = hub.convert(there.scores, "goemotions", "plutchik", "distribution")
    assert {n: back.scores[n] for n in held} == pytest.approx(start)


def test_a_coarse_name_a_scheme_lacks_goes_to_its_purest_labels() -> None:
    assert hub.convert("trust", "plutchik", "goemotions").scores["admiration"] == 1
    made = hub.convert("anticipation", "plutchik", "goemotions").scores
    assert {n: pytest.approx(1 / 3) for n in ("desire", "nervousness", "optimism")} == {
        n: s for n, s in made.items() if s
    }


def test_bits_of_a_merge_of_three_equal_names() -> None:
    made = hub.convert("annoyance", "goemotions", "ekman")
    assert made.lost.bits == pytest.approx(np.log2(3))
    assert made.lost.merged == {"anger": ("anger", "annoyance", "disapproval")}


def test_bits_of_equal_scores_are_the_fall_of_entropy() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    sizes = [len(names.split()) for names in EKMAN.values()]
    fall = np.log2(27) - scipy_stats.entropy(np.array(sizes) / 27, base=2)
    without = [n for n in goemotions.NAMES if n != "neutral"]
    made = hub.convert(np.full((5, 27), 1 / 27), "goemotions", "ekman", "distribution", names=without)
    assert made.lost.bits == pytest.approx(fall)
    assert made.lost.mass == 0


@given(rows(28))
@settings(max_examples=30, deadline=None)
def test_bits_never_exceed_those_of_the_largest_group(scores: np.ndarray) -> None:
    lost = hub.convert(scores, "goemotions", "ekman_neutral", "distribution").lost
    assert lost.bits is not None and 0 <= lost.bits <= np.log2(12) + 1e-9


def test_lost_goes_through_json() -> None:
    lost = hub.convert({"joy": 0.5, "pride": 0.3, "neutral": 0.2}, "goemotions", "ekman").lost
    data = json.loads(json.dumps(lost.to_json()))
    assert data["merged"]["joy"][0] == "admiration" and len(data["merged"]["joy"]) == 12
    assert data["dropped"] == {"neutral": 1.0} and data["mass"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("valence", "arousal", "quadrant"), [(0.4, 0.1, "HVHA"), (-0.4, 0.1, "LVHA"), (-1, -1, "LVLA"), (0.2, -0.7, "HVLA")]
)
def test_quadrants_by_sign(valence: float, arousal: float, quadrant: str) -> None:
    made = hub.convert({"valence": valence, "arousal": arousal, "dominance": 0.1}, "vad", "quadrants")
    assert {n for n, s in made.scores.items() if s} == {quadrant}
    assert made.lost.dropped == {"dominance": 1.0} and made.lost.mass == 0


def test_an_item_on_an_axis_has_no_quadrant_and_that_is_said() -> None:
    made = hub.convert([[0.0, 0.5, 0.0], [0.5, 0.5, 0.0]], "vad", "quadrants")
    assert made.scores.tolist() == [[0, 0, 0, 0], [1, 0, 0, 0]]
    assert made.lost.mass == 0.5


def test_emopia_numbers() -> None:
    assert [hub.scheme("quadrants").names[hub.scheme("quadrants").column(f"q{i}")] for i in (1, 2, 3, 4)] == [
        "HVHA",
        "LVHA",
        "LVLA",
        "HVLA",
    ]


@pytest.mark.parametrize(
    ("valence", "name"), [(-0.8, "negative"), (-0.1, "neutral"), (0.2, "neutral"), (0.6, "positive")]
)
def test_sentiment_of_a_valence(valence: float, name: str) -> None:
    assert hub.convert({"valence": valence}, "vad", "sentiment").scores[name] == 1


@given(arrays(np.float64, (3, 3), elements=st.floats(-1, 1, width=32)))
@settings(max_examples=40, deadline=None)
def test_values_become_the_nearest_name(values: np.ndarray) -> None:
    made = hub.convert(values, "vad", "goemotions").scores
    for value, row in zip(values, made, strict=True):
        far = {n: np.linalg.norm(value - np.array(p.vad)) for n, p in goemotions.HUB.items()}
        assert row.sum() == 1
        assert far[goemotions.NAMES[int(row.argmax())]] == pytest.approx(min(far.values()), abs=1e-7)


@pytest.mark.parametrize("name", goemotions.NAMES)
def test_names_come_back_from_their_own_values(name: str) -> None:
    values = hub.convert(name, "goemotions", "vad").scores
    assert hub.convert(values, "vad", "goemotions").scores[name] == 1


def test_another_range_is_one_more_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """EmoBank's 1 to 5 with pleasure for valence and one dimension the hub does not have."""
    part = SimpleNamespace(
        CARD={"title": "1 to 5", "reference": "x", "kind": "dimensions", "range": [1.0, 5.0]},
        NAMES=("pleasure", "arousal", "liking"),
        SYNONYMS={"valence": "pleasure"},
    )
    load = find.load
    monkeypatch.setattr(find, "load", lambda kind, name: part if name == "one_to_five" else load(kind, name))
    made = hub.convert([[5.0, 3.0, 2.0], [1.0, 2.0, 2.0]], "one_to_five", "vad")
    assert made.scores[:, :2] == pytest.approx(np.array([[1, 0], [-1, -0.5]]))
    assert np.isnan(made.scores[:, 2]).all()
    assert made.lost.dropped == {"liking": 1.0}
    back = hub.convert({"valence": -0.5, "arousal": 1.0, "dominance": 0.0}, "vad", "one_to_five")
    assert back.scores == {"pleasure": 2.0, "arousal": 5.0} and back.lost.dropped == {"dominance": 1.0}


def test_items_whose_values_count_together_are_one_more_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facial actions: joy needs cheek raiser and lip corner puller at once, so no matrix of names could say it."""

    def to_hub(scores: np.ndarray) -> hub.Points:
        both = scores.prod(1)
        coarse = np.zeros((len(scores), len(hub.COARSE)))
        coarse[:, hub.COARSE.index("joy")], coarse[:, hub.COARSE.index("neutral")] = both, 1 - both
        return hub.Points(coarse, np.full((len(scores), 3), np.nan))

    card = {"title": "Two actions", "reference": "x", "kind": "names", "by": "item"}
    points = {"AU6": hub.coarse("joy"), "AU12": hub.coarse("joy")}
    part = SimpleNamespace(CARD=card, NAMES=("AU6", "AU12"), SYNONYMS={}, HUB=points, to_hub=to_hub)
    load = find.load
    monkeypatch.setattr(find, "load", lambda kind, name: part if name == "actions" else load(kind, name))
    made = hub.convert([[1.0, 0.0], [1.0, 1.0]], "actions", "ekman_neutral", "multi").scores
    names = hub.scheme("ekman_neutral").names
    assert [names[i] for i in made.argmax(1)] == ["neutral", "joy"]


def test_columns_in_another_order() -> None:
    order = ("positive", "negative", "neutral")
    made = hub.convert([[0.7, 0.2, 0.1]], "sentiment", "sentiment", names=order)
    assert dict(zip(made.names, made.scores[0], strict=True)) == pytest.approx(
        {"negative": 0.2, "neutral": 0.1, "positive": 0.7, "ambiguous": 0.0}
    )


def test_a_set_of_labels() -> None:
    made = hub.convert(frozenset({"Joy", "pride", "grief"}), "goemotions", "ekman", "multi").scores
    assert {n for n, s in made.items() if s} == {"joy", "sadness"} and made["joy"] == 1


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("joyy", "ekman", "plutchik"), UnknownName, "a label of ekman; found 'joyy'; did you mean joy"),
        (("joy", "ekmann", "plutchik"), UnknownName, "a taxonomy; found 'ekmann'; did you mean ekman"),
        (("joy", "ekman", "plutchik", "singel"), UnknownName, "a kind; found 'singel'; did you mean single"),
        (("joy", "ekman", "plutchik", "continuous"), UsageError, "expected the kind single, multi or distribution"),
        (({"joy": 1, "happy": 1}, "ekman", "vad"), DataError, "'happy' twice, under two spellings; leave it out"),
        (
            ({"valence": 4.0}, "vad", "ekman"),
            DataError,
            "expected values in [-1, 1] for vad; found 4; scale the values",
        ),
        (
            ([[1.5, 0, 0, 0, 0, 0]], "ekman", "vad", "multi"),
            DataError,
            "expected values in [0, 1] for ekman; found 1.5",
        ),
        (([[-1.0, 0, 0, 0, 0, 0]], "ekman", "vad"), DataError, "expected scores of at least 0 for ekman; found -1"),
        (([[np.nan, 0, 0, 0, 0, 0]], "ekman", "vad"), DataError, "for ekman; found nan; scale the values, or fill"),
        (([0.5] * 6, "ekman", "vad"), DataError, "found the shape (6,); give the order of the columns"),
        (
            ([[1, 0]], "ekman", "vad", "single", ("joy", "happy")),
            UsageError,
            "each name of ekman once; found joy, happy",
        ),
    ],
)
def test_bad_input_is_told_in_three_parts(arguments: tuple[object, ...], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        hub.convert(*arguments)  # type: ignore[call-overload]
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("coarse", "vad", "text"),
    [
        ({"joy": 0.5}, (0, 0, 0), "shares of at least 0 that sum to 1"),
        ({"happiness": 1.0}, (0, 0, 0), "found happiness; correct the point"),
        ({"joy": 1.0}, (2, 0, 0), "dominance in [-1, 1]; found (2, 0, 0)"),
    ],
)
def test_a_faulty_point_is_refused(coarse: dict[str, float], vad: tuple[float, float, float], text: str) -> None:
    with pytest.raises(DataError) as caught:
        hub.Point(coarse, "x", vad, "x")
    assert text in str(caught.value)


def test_no_rows_and_no_scores() -> None:
    empty = hub.convert(np.empty((0, 6)), "ekman", "plutchik")
    assert empty.scores.shape == (0, 8)
    nothing = hub.convert(np.zeros((2, 6)), "ekman", "vad")
    assert np.isnan(nothing.scores).all(), "no score, no expected value"


@pytest.mark.parametrize("to", ["ekman", "plutchik", "vad"])
def test_a_million_rows_take_less_than_two_seconds(to: str) -> None:
    scores = np.random.default_rng(0).random((1_000_000, 28), np.float32)
    start_s = time.process_time()
    made = hub.convert(scores, "goemotions", to, "multi").scores
    assert time.process_time() - start_s < 2
    assert len(made) == 1_000_000
