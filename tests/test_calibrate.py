"""The numbers of a card, fitted on planted outputs whose right numbers are known."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special
from sklearn.metrics import f1_score, log_loss

from affectkit.errors import DataError
from affectkit.metrics import ece
from affectkit.runtime.say import Head
from affectkit.sample import Media, Sample
from affectkit.task import Kind, Task
from affectkit.train import calibrate, mixture

NAMES = ("joy", "anger", "fear", "neutral")
MULTI = Task("mood", "emotion", Kind.MULTI, "own", NAMES)
SINGLE = Task("mood", "emotion", Kind.SINGLE, "own", NAMES)
VAD = Task("vad", "dimensions", Kind.CONTINUOUS, "vad", ("valence", "arousal"), range=(1.0, 5.0))
KEYS = {"task", "output", "activation", "slope", "bias", "thresholds", "confidence", "abstain", "half_width", "silent"}

Floats = NDArray[np.float32]


def multi(seed: int, n: int = 2500) -> tuple[Floats, Floats]:
    """Logits that boast threefold and lean to yes, and the truth of the honest ones."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(-1.0, 1.5, (n, len(NAMES)))
    truth = rng.random(honest.shape) < special.expit(honest)
    return (3 * honest + 1).astype(np.float32), truth.astype(np.float32)


def single(seed: int, n: int = 2500) -> tuple[Floats, Floats]:
    """Logits 2.5 times too sure, and one true name per item drawn from the honest ones."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 1.5, (n, len(NAMES)))
    drawn = (special.softmax(honest, 1).cumsum(1) < rng.random((n, 1))).sum(1)
    return (2.5 * honest).astype(np.float32), np.eye(len(NAMES), dtype=np.float32)[drawn]


def dimensions(seed: int, n: int) -> tuple[Floats, Floats]:
    """Outputs on another scale than the truth, which has noise of its own."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 0.3, (n, 2))
    raw = (truth + rng.normal(0, [0.05, 0.15], (n, 2)) - [0.1, -0.2]) / [2.0, 0.5]
    return raw.astype(np.float32), truth.astype(np.float32)


def fitted(task: Task, raw: Floats, truth: Floats, judged: NDArray[np.bool_] | None = None) -> dict[str, Any]:
    return calibrate.entry(task, raw, truth, np.ones(raw.shape, bool) if judged is None else judged)


# ---- the entry -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "planted", "activation", "there"),
    [
        (MULTI, multi(0), "sigmoid", {"thresholds", "confidence", "abstain"}),
        (SINGLE, single(0), "softmax", {"confidence", "abstain"}),
        (Task("mood", "emotion", Kind.DISTRIBUTION, "own", NAMES), single(0), "softmax", {"confidence", "abstain"}),
        (VAD, dimensions(0, 500), "identity", {"half_width"}),
    ],
    ids=lambda given: given.kind if isinstance(given, Task) else "",
)
def test_an_entry_is_complete_and_survives_json(
    task: Task, planted: tuple[Floats, Floats], activation: str, there: set[str]
) -> None:
    entry = fitted(task, *planted)
    assert set(entry) - {"balance"} == KEYS and ("balance" in entry) == (activation == "softmax")
    assert (entry["task"], entry["output"], entry["activation"]) == (task.to_json(), task.id, activation)
    optional = ("thresholds", "confidence", "abstain", "half_width")
    assert {name for name in optional if entry[name] is not None} == there
    back = json.loads(json.dumps(entry))
    assert back == entry
    one, other = Head.of(entry), Head.of(back)
    raw = planted[0][:50].astype(np.float64)
    np.testing.assert_array_equal(one.scores(raw), other.scores(raw))
    assert one.task == task


@pytest.mark.parametrize(
    ("task", "plant"), [(MULTI, multi), (SINGLE, single), (VAD, lambda seed: dimensions(seed, 300))]
)
def test_rows_that_nobody_judged_change_nothing(task: Task, plant: Any) -> None:
    raw, truth = plant(1)
    raw, truth = raw[:300], truth[:300]
    strange = np.full_like(raw, 7.0)
    judged = np.repeat([True, False], 300)[:, None] & np.ones(raw.shape[1], bool)
    found = fitted(task, np.concatenate([raw, strange]), np.concatenate([truth, 1 - truth]), judged)
    assert found == fitted(task, raw, truth)


# ---- names -----------------------------------------------------------------------------------------------------------


def test_slope_and_bias_undo_a_boast_and_lower_the_loss_of_other_items() -> None:
    entry = fitted(MULTI, *multi(0))
    assert entry["slope"] == pytest.approx([1 / 3] * 4, rel=0.1)
    assert entry["bias"] == pytest.approx([-1 / 3] * 4, abs=0.12)
    raw, truth = multi(1)
    before, after, best = (
        log_loss(truth.ravel(), p.ravel())
        for p in (special.expit(raw), Head.of(entry).scores(raw.astype(np.float64)), special.expit((raw - 1) / 3))
    )
    assert after < 0.75 * before
    assert after == pytest.approx(best, rel=0.01)


def test_a_temperature_cools_all_names_alike_and_keeps_their_order() -> None:
    entry = fitted(SINGLE, *single(0))
    assert entry["slope"] == pytest.approx([1 / 2.5] * 4, rel=0.08)
    assert len(set(entry["slope"])) == 1
    assert entry["bias"] == [0.0] * 4
    raw, truth = single(1)
    scores = Head.of(entry).scores(raw.astype(np.float64))
    np.testing.assert_array_equal(scores.argmax(1), raw.argmax(1))
    np.testing.assert_allclose(scores.sum(1), 1)
    before, after = (log_loss(truth.argmax(1), p) for p in (special.softmax(raw.astype(np.float64), 1), scores))
    assert after < 0.9 * before


def test_thresholds_raise_macro_f1_of_other_items() -> None:
    head = Head.of(fitted(MULTI, *multi(0)))
    raw, truth = multi(1)
    scores = head.scores(raw.astype(np.float64))
    tuned = f1_score(truth, head.said(scores), average="macro")
    assert tuned > f1_score(truth, scores >= 0.5, average="macro") + 0.05
    top = np.eye(len(NAMES), dtype=bool)[scores.argmax(1)]  # is said where no other name is
    one_cut = [np.where((scores >= cut).any(1)[:, None], scores >= cut, top) for cut in np.linspace(0.1, 0.6, 26)]
    assert tuned > max(f1_score(truth, said, average="macro") for said in one_cut) - 0.01


def test_a_name_told_without_a_mistake_is_cut_where_its_scores_part() -> None:
    raw, truth = multi(2, 400)
    truth[:, 0] = raw[:, 0] > 2.0
    head = Head.of(fitted(MULTI, raw, truth))
    assert head.thresholds is not None
    scores = head.scores(raw.astype(np.float64))[:, 0]
    wrong = (scores >= head.thresholds[0]) != (raw[:, 0] > 2.0)
    assert wrong.mean() < 0.01


def test_the_same_dev_gives_the_same_numbers() -> None:
    assert fitted(MULTI, *multi(3, 200)) == fitted(MULTI, *multi(3, 200))


@pytest.mark.parametrize(("task", "plant"), [(MULTI, multi), (SINGLE, single)])
def test_confidence_is_the_share_of_right_first_labels_of_other_items(task: Task, plant: Any) -> None:
    head = Head.of(fitted(task, *plant(0)))
    raw, truth = plant(1)
    scores = head.scores(raw.astype(np.float64))
    said = head.said(scores)
    scores, truth, said = (a[said.any(1)] for a in (scores, truth, said))
    first = np.where(said, scores, 0).argmax(1)
    right = truth[np.arange(len(truth)), first]  # by hand: whether the first label is a true one
    sure = head.sure(scores[np.arange(len(scores)), first])
    assert ece.score(right[:, None], sure[:, None]) < 0.03
    assert sure.mean() == pytest.approx(right.mean(), abs=0.03)


def test_of_a_first_label_that_nobody_could_choose_nobody_knows() -> None:
    """Half of dev comes from raters who had no anger to choose, where the model says it: no mistake of its own."""
    raw, truth = multi(0)
    judged = np.ones(raw.shape, bool)
    judged[::2, 1] = False
    truth[::2, 1] = 0.0
    raw[::2, 1] += 20.0
    found = fitted(MULTI, raw, truth, judged)
    head, kept = Head.of(found), np.arange(1, len(raw), 2)
    kept = kept[head.said(head.scores(raw[kept].astype(np.float64))).any(1)]
    scores = head.scores(raw[kept].astype(np.float64))
    top = calibrate.first(scores, head.said(scores))
    sure = head.sure(scores[np.arange(len(kept)), top])
    right = calibrate.right(MULTI, truth[kept], top)
    assert sure.mean() == pytest.approx(right.mean(), abs=0.02)


@pytest.mark.parametrize(("task", "plant"), [(MULTI, multi), (SINGLE, single)])
def test_the_abstain_point_is_the_least_that_leaves_seven_of_ten_right(task: Task, plant: Any) -> None:
    raw, truth = plant(0)
    head = Head.of(fitted(task, raw, truth))
    scores = head.scores(raw.astype(np.float64))
    some = head.said(scores).any(1)
    scores, truth = scores[some], truth[some]
    first = np.where(head.said(scores), scores, 0).argmax(1)
    right = truth[np.arange(len(truth)), first] > 0
    sure = head.sure(scores[np.arange(len(scores)), first])
    assert head.abstain is not None and 0 < head.abstain < 1
    assert right[sure >= head.abstain].mean() >= calibrate.KEPT_RIGHT
    lower = np.unique(sure[sure < head.abstain])
    assert all(right[sure >= point].mean() < calibrate.KEPT_RIGHT for point in lower)
    for i in range(20):  # serving says "not sure" at the same point
        assert head.say(scores[i]).abstain == (round(float(sure[i]), 6) < head.abstain)


def test_items_stay_without_a_name_exactly_where_people_left_some_so() -> None:
    raw, truth = multi(0)
    assert 0.1 < (truth.sum(1) == 0).mean() < 0.5
    found = fitted(MULTI, raw, truth)
    head = Head.of(found)
    scores = head.scores(raw.astype(np.float64))
    said = head.said(scores)
    np.testing.assert_array_equal(said, scores >= np.asarray(found["thresholds"]))
    quiet = head.say(scores[np.flatnonzero(~said.any(1))[0]])
    assert (quiet.labels, quiet.confidence, quiet.abstain) == ((), None, False)
    named = truth.any(1)
    always = Head.of(fitted(MULTI, raw[named], truth[named]))
    assert found["silent"] and not always.silent and always.said(scores).any(1).all()


def test_abstain_is_0_for_the_perfect_and_1_for_the_hopeless() -> None:
    rng = np.random.default_rng(0)
    truth = np.eye(4, dtype=np.float32)[rng.integers(0, 4, 400)]
    perfect = fitted(SINGLE, (8 * truth - 4).astype(np.float32), truth)
    assert perfect["abstain"] == 0.0
    hopeless = fitted(SINGLE, rng.normal(size=(400, 4)).astype(np.float32), truth)
    assert hopeless["abstain"] == 1.0
    head = Head.of(hopeless)
    assert head.say(head.scores(np.array([0.0, 3.0, 1.0, 0.0]))).abstain


def test_a_balanced_decision_finds_more_of_the_rare_names_of_other_items() -> None:
    def rare(seed: int, n: int = 4000) -> tuple[Floats, Floats]:
        rng = np.random.default_rng(seed)
        right = rng.choice(4, n, p=[0.7, 0.2, 0.07, 0.03])
        raw = rng.normal(0, 1, (n, 4)) + 1.2 * np.eye(4)[right] + np.log([0.7, 0.2, 0.07, 0.03])
        return raw.astype(np.float32), np.eye(4, dtype=np.float32)[right]

    head = Head.of(fitted(SINGLE, *rare(0)))
    raw, truth = rare(1)
    scores, right = head.scores(raw), truth.argmax(1)
    plain, even = head.said(scores).argmax(1), head.said(scores, balanced=True).argmax(1)
    assert f1_score(right, even, average="macro") > f1_score(right, plain, average="macro") + 0.03
    assert (even == right).mean() < (plain == right).mean(), "it costs accuracy"
    task = fitted(SINGLE, *rare(0))["balance"]
    np.testing.assert_allclose(head.balance, np.asarray(task["prior"]) ** -task["strength"])
    said = head.say(scores[0], balanced=True)
    assert said.labels == (NAMES[even[0]],)
    assert said.scores is not None and max(said.scores.values()) == pytest.approx(scores[0].max(), abs=1e-6)


def test_without_an_item_of_a_name_there_is_no_balance() -> None:
    raw, truth = single(0)
    there = truth[:, 3] == 0
    entry = fitted(SINGLE, raw[there], truth[there])
    assert entry["balance"] is None
    head = Head.of(entry)
    scores = head.scores(raw)
    np.testing.assert_array_equal(head.said(scores, balanced=True), head.said(scores))


def test_of_no_samples_scores_are_taken_as_they_are() -> None:
    learnt = Sample("a", {"text": Media(text="joy")}, (), split="train")
    part = mixture.table([("own", learnt)], [MULTI, SINGLE, VAD]).part("dev")
    raw = {t.id: np.zeros((0, len(t.names)), np.float32) for t in (MULTI, SINGLE, VAD)}
    for task, entry in zip((MULTI, SINGLE, VAD), calibrate.entries((MULTI, SINGLE, VAD), part, raw), strict=True):
        head = Head.of(entry)
        given = np.linspace(-0.9, 0.9, 3 * len(task.names)).reshape(3, -1)
        as_it_is = {Kind.MULTI: special.expit, Kind.SINGLE: lambda x: special.softmax(x, 1)}.get(task.kind, np.asarray)
        np.testing.assert_allclose(head.scores(given), as_it_is(given), atol=1e-12)
        assert head.confidence is None and np.isnan(head.sure(np.ones(2))).all()


def test_first_and_right_by_hand() -> None:
    scores = np.array([[0.2, 0.9, 0.6, 0.1], [0.4, 0.3, 0.2, 0.1], [0.5, 0.6, 0.7, 0.8]])
    said = np.array([[True, False, True, False], [True, False, False, False], [True, True, True, False]])
    assert calibrate.first(scores, said).tolist() == [2, 0, 2]
    truth = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)
    assert calibrate.right(MULTI, truth, np.array([2, 0, 2])).tolist() == [True, False, False]
    assert calibrate.right(SINGLE, truth[1:], np.array([1, 3])).tolist() == [True, True]
    votes = np.array([[0.2, 0.5, 0.3, 0.0]], np.float32)
    distribution = Task("mood", "emotion", Kind.DISTRIBUTION, "own", NAMES)
    assert [calibrate.right(distribution, votes, np.array([i]))[0] for i in range(3)] == [False, True, False]


# ---- dimensions ------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(12, 60))
def test_slope_and_bias_of_dimensions_are_least_squares_over_what_was_judged(seed: int, n: int) -> None:
    raw, truth = dimensions(seed, n)
    judged = np.ones(raw.shape, bool)
    judged[: n - 10, 1] = False
    entry = fitted(VAD, raw, truth, judged)
    for d in range(2):
        oracle = np.polyfit(raw[judged[:, d], d].astype(float), truth[judged[:, d], d].astype(float), 1)
        assert (entry["slope"][d], entry["bias"][d]) == pytest.approx(tuple(oracle), rel=1e-6, abs=1e-8)


def test_the_half_width_holds_nine_of_ten_other_items() -> None:
    head = Head.of(fitted(VAD, *dimensions(0, 1000)))
    raw, truth = dimensions(1, 20000)
    assert head.half_width is not None
    held = np.abs(truth - head.scores(raw.astype(np.float64))) <= head.half_width
    # a quantile of 1000 items is itself uncertain by sqrt(.9 x .1 / 1000) = .0095: three of those
    assert held.mean(0) == pytest.approx([0.9, 0.9], abs=0.03)
    assert head.half_width[0] < head.half_width[1]  # the second has three times the noise
    assert head.half_width == pytest.approx([1.645 * 0.05, 1.645 * 0.15], rel=0.2)


def test_values_stay_on_the_scale() -> None:
    raw, truth = dimensions(0, 200)
    head = Head.of(fitted(VAD, raw, truth))
    assert np.abs(head.scores(np.array([[50.0, -50.0]]))).max() == 1.0


@pytest.mark.parametrize("constant", [0.0, 0.1, 0.25])
def test_an_output_that_never_changes_says_the_mean(constant: float) -> None:
    raw, truth = dimensions(0, 199)
    raw[:, 1] = constant
    head = Head.of(fitted(VAD, raw, truth))
    assert head.slope[1] == 0.0
    assert head.scores(raw.astype(np.float64))[:, 1] == pytest.approx(np.full(199, truth[:, 1].mean()))


def test_too_few_items_are_said() -> None:
    raw, truth = dimensions(0, 20)
    judged = np.ones(raw.shape, bool)
    judged[:, 1] = False
    for seen, found in ((judged, "0"), (judged | (np.arange(20) < 3)[:, None], "3")):
        with pytest.raises(DataError) as caught:
            fitted(VAD, raw, truth, seen)
        assert str(caught.value) == (
            f"expected at least 9 judged items for level 0.9; found {found}; use more items or a lower level"
        )
    with pytest.raises(DataError, match="expected at least one item; found none; check the split or the filter"):
        fitted(MULTI, *multi(0, 5), np.zeros((5, 4), bool))


def test_what_a_languages_raters_could_not_choose_is_not_said_there() -> None:
    raw, truth = multi(0, 800)
    other = np.repeat(np.eye(2, dtype=np.float32), 400, 0)
    judged = np.ones(raw.shape, bool)
    judged[60:400, 1] = False  # some of the second language were taken for the first
    truth[60:400, 1] = 0.0
    truth[:5, 1], raw[:5, 1] = 1.0, -8.0
    found = calibrate.entry(MULTI, raw, truth, judged, ("language", other))
    head = Head.of(found)
    scores = head.scores(raw.astype(np.float64))
    one, two = (head.said(scores, outputs={"language": np.repeat(np.eye(2)[[i]], len(raw), 0)}) for i in (0, 1))
    assert not one[:, 1].any()
    assert 0.2 < two[:, 1].mean() < 0.8
    assert one[:, 0].any() and two[:, 0].any()
