"""Late fusion against its formulas written out, scipy's divergence, and what must hold of any opinions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import portraits
import toys
import voices
from affectkit import hub
from affectkit.errors import DataError
from affectkit.language import fused
from affectkit.prediction import Modalities, Prediction, TaskPrediction
from affectkit.runtime import fusion
from affectkit.runtime.fusion import Common, Fusion, Opinions, Spoke
from affectkit.runtime.say import Head
from affectkit.task import Kind

JOY, ANGER, NEUTRAL = (hub.COARSE.index(name) for name in ("joy", "anger", "neutral"))


def shares(**of: float) -> np.ndarray:
    return np.asarray([of.get(name, 0.0) for name in hub.COARSE])


def spoke(cells: int, *told: tuple[float, float, np.ndarray, tuple[float, ...], float]) -> Spoke:
    """What a modality says from a start to an end: shares, values, confidence; its abstain point is 0.5."""
    made = Spoke.empty(cells)
    for start_s, end_s, p, vad, q in told:
        opinions = Opinions(p[None], np.asarray([vad]), np.asarray([q]), 0.5)
        made.hear(np.asarray([[start_s, end_s]]), opinions)
    return made


HAPPY, ANGRY = shares(joy=0.8, neutral=0.2), shares(anger=0.6, neutral=0.3, joy=0.1)


def test_two_modalities_are_pooled_by_confidence_and_by_how_much_of_a_cell_they_cover() -> None:
    face = spoke(2, (0.0, 1.0, HAPPY, (0.8, 0.4, 0.2), 0.9))
    voice = spoke(2, (0.25, 0.5, ANGRY, (-0.6, 0.6, math.nan), 0.6))  # half of the first cell
    both = Fusion({"face": face, "speech": voice})
    first = both.of(slice(0, 1))
    assert first is not None
    w_face, w_voice = 0.9, 0.6 * 0.5
    np.testing.assert_allclose(first.shares, (w_face * HAPPY + w_voice * ANGRY) / (w_face + w_voice))
    # the fused name is joy: the face is as sure of it as it says, the voice gives it what its shares give
    assert first.confidence == pytest.approx((w_face * 0.9 + w_voice * 0.1) / (w_face + w_voice))
    wanted = [(w_face * 0.8 - w_voice * 0.6) / 1.2, (w_face * 0.4 + w_voice * 0.6) / 1.2, 0.2]
    np.testing.assert_allclose(first.vad, wanted)  # dominance is the face's alone, not halved by a zero
    second = both.of(slice(1, 2))
    assert second is not None and list(second.by) == ["face"] and second.disagreement is None
    np.testing.assert_allclose(second.shares, HAPPY)
    whole = both.of(slice(None))
    assert whole is not None
    np.testing.assert_allclose(whole.shares, (2 * w_face * HAPPY + w_voice * ANGRY) / (2 * w_face + w_voice))
    assert whole.disagreement == first.disagreement  # the mean over cells with two
    assert not whole.abstain and whole.tasks()["emotion"].labels == ("joy",)


def test_disagreement_is_the_mean_of_divergence_and_distance() -> None:
    from scipy.spatial.distance import jensenshannon

    vad = np.asarray([(0.8, 0.4, 0.2), (-0.6, 0.6, math.nan)])
    j = float(jensenshannon(HAPPY, ANGRY, base=2)) ** 2
    v = math.sqrt(((0.7**2) + (0.1**2)) / 2)
    assert fusion.disagreement(np.stack([HAPPY, ANGRY]), vad) == pytest.approx((j + v) / 2)
    unknown = np.full((2, 3), math.nan)
    assert fusion.disagreement(np.stack([HAPPY, ANGRY]), unknown) == pytest.approx(j)
    assert fusion.disagreement(np.full((2, 9), math.nan), vad) == pytest.approx(v)
    assert math.isnan(fusion.disagreement(np.stack([HAPPY, np.full(9, math.nan)]), np.stack([vad[0], [math.nan] * 3])))


def test_the_divergence_of_three_is_their_mean_distance_to_the_mean() -> None:
    three = np.stack([HAPPY, ANGRY, shares(fear=1.0)])
    middle = three.mean(0)
    by_hand = sum(sum(p * math.log(p / m) for p, m in zip(row, middle, strict=True) if p) for row in three) / 3
    assert fusion.divergence(three) == pytest.approx(by_hand / math.log(3))
    assert fusion.divergence(np.eye(9)[:4]) == pytest.approx(1)


opinions = arrays.arrays(np.float64, st.tuples(st.integers(2, 4), st.just(9)), elements=st.floats(0.01, 1))


@settings(deadline=None, max_examples=60)
@given(opinions, st.integers(0, 2**32 - 1))
def test_disagreement_is_between_0_and_1_and_knows_no_order(rows: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rows / rows.sum(1, keepdims=True)
    vad = rng.uniform(-1, 1, (len(rows), 3))
    apart = fusion.disagreement(rows, vad)
    order = rng.permutation(len(rows))
    assert 0 <= apart <= 1
    assert fusion.disagreement(rows[order], vad[order]) == pytest.approx(apart)
    assert fusion.disagreement(np.stack([rows[0]] * 2), np.stack([vad[0]] * 2)) == pytest.approx(0, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0.01, 5)), min_size=1, max_size=5))
def test_cells_share_out_all_the_seconds_of_a_stretch(stretches: list[tuple[float, float]]) -> None:
    spans = np.asarray([(start_s, start_s + long_s) for start_s, long_s in stretches])
    found = list(fusion.overlaps(spans, 40, 0.5))
    for row, (start_s, end_s) in enumerate(spans):
        assert sum(seconds for _, its, seconds in found if its == row) == pytest.approx(end_s - start_s, abs=1e-6)
    assert all(0 < seconds <= 0.5 + 1e-9 for _, _, seconds in found)


@settings(deadline=None, max_examples=40)
@given(opinions, st.lists(st.floats(0.05, 1), min_size=4, max_size=4))
def test_the_fused_are_shares_no_surer_than_the_surest(rows: np.ndarray, sure: list[float]) -> None:
    rows = rows / rows.sum(1, keepdims=True)
    told = {str(i): spoke(1, (0, 0.5, p, (0, 0, 0), sure[i])) for i, p in enumerate(rows)}
    one = Fusion(told).of(slice(None))
    assert one is not None and one.shares.sum() == pytest.approx(1)
    assert 0 <= one.confidence <= max(max(sure[: len(rows)]), float(rows.max())) + 1e-9
    assert (one.shares <= rows.max(0) + 1e-9).all() and (one.shares >= rows.min(0) - 1e-9).all()


def test_segments_end_where_the_answer_changes_and_where_nobody_speaks() -> None:
    said = (HAPPY, (0.8, 0.4, 0.2), 0.9), (ANGRY, (-0.6, 0.6, 0.0), 0.9)
    face = spoke(20, (0.0, 3.0, *said[0]), (3.0, 5.0, *said[1]), (7.0, 10.0, *said[1]))
    assert Fusion({"face": face}).segments() == [(0, 6), (6, 10), (14, 20)]


def test_names_of_each_bundle_become_shares_of_the_coarse_names() -> None:
    heads = [Head.of(entry) for entry in toys.card()["tasks"]]
    outputs = {"goemotions": toys.logits("joy")[None, :28], "vad": toys.logits("joy")[None, 28:]}
    said = Common.of(heads)(outputs)
    scores = heads[0].scores(outputs["goemotions"])[0]
    by_name = hub.convert(
        dict(zip(toys.TASKS[0].names, scores, strict=True)), "goemotions", "plutchik_neutral", Kind.MULTI
    )
    wanted = np.asarray([by_name.scores[name] for name in hub.COARSE])
    np.testing.assert_allclose(said.shares[0], wanted / wanted.sum())
    np.testing.assert_allclose(said.vad[0], np.clip(1.5 * outputs["vad"][0] + 0.1, -1, 1))
    top = scores.max()
    assert said.sure[0] == pytest.approx(1 / (1 + math.exp(-(0.8 * math.log(top / (1 - top)) + 0.1))))
    assert said.least == 0.35


def test_dimensions_are_derived_from_names_where_a_bundle_has_none() -> None:
    heads = [Head.of(entry) for entry in portraits.card()["tasks"]]
    said = Common.of(heads)({"emotion": np.asarray([[0.0, 30.0, 0.0, 0.0]])})
    np.testing.assert_allclose(said.shares[0], np.eye(9)[JOY], atol=1e-9)
    np.testing.assert_allclose(said.vad[0], hub.coarse("joy").vad, atol=1e-9)


def test_outputs_that_are_centred_are_read_with_their_own_calibration() -> None:
    heads = [Head.of(entry) for entry in voices.card()["tasks"]]
    given_ = np.asarray([[0.1, 0.2, -0.1, 0.4]])
    plain, centred = Common.of(heads)({"emotion": given_}), Common.of(heads)({"emotion": given_}, ["emotion"])
    e = np.exp((given_[0] + voices.CENTRE) / 0.25)
    np.testing.assert_allclose(centred.shares[0][[NEUTRAL, JOY, ANGER]], (e / e.sum())[[0, 1, 3]])
    assert not np.allclose(plain.shares, centred.shares)


def test_a_task_that_may_stay_silent_says_neutral_when_it_does() -> None:
    entry = toys.card()["tasks"][0] | {
        "silent": True,
        "thresholds": [0.5] * 28,
        "slope": [1.0] * 28,
        "bias": [0.0] * 28,
    }
    said = Common.of([Head.of(entry)])({"goemotions": np.full((1, 28), -4.0)})
    assert said.shares[0].argmax() == NEUTRAL and said.shares[0][NEUTRAL] > 0.5
    assert said.sure[0] == pytest.approx((1 - 1 / (1 + math.exp(4))) ** 28)


# ---- in words --------------------------------------------------------------------------------------------------------


def test_the_sentence_tells_who_differs_and_how_far() -> None:
    said = [fused.Said("speech", "anger", 0.64), fused.Said("face", "joy", 0.81)]
    assert fused.sentence(said, 0.55) == (
        "the face looks happy (joy 0.81) while the voice sounds angry (anger 0.64); "
        "they contradict each other (by 0.55 of 1)"
    )
    said = [fused.Said("face", "joy", 0.8), fused.Said("text", "joy", 0.7)]
    assert fused.sentence(said, 0.05) == (
        "the face looks happy (joy 0.80) and the words read as happy (joy 0.70); they agree (they differ by 0.05 of 1)"
    )
    assert fused.sentence(said[:1], None).endswith("; nothing else was there to compare with")
    assert fused.sentence(said, None).endswith("; they never spoke at the same time")
    assert fused.sentence([], None) == "nothing was said"
    with pytest.raises(DataError, match="expected a disagreement in"):
        fused.sentence(said, 1.2)
    with pytest.raises(DataError, match="'happiness'; convert it first"):
        fused.sentence([fused.Said("face", "happiness", 0.8)], 0.1)


def test_the_numbers_of_the_sentence_are_those_of_the_rows() -> None:
    def row(modality: str, name: str, share: float, start_s: float, end_s: float) -> Prediction:
        scores = {name: share, "neutral": 1 - share}
        task = TaskPrediction("emotion", "ekman_neutral", Kind.SINGLE, scores=scores, labels=(name,), confidence=0.5)
        return Prediction(f"x#{modality}", "x", {"e": task}, start_s, end_s, modalities=Modalities((modality,)))

    rows = [row("face", "joy", 0.9, 0, 3), row("face", "joy", 0.5, 3, 4), row("speech", "anger", 0.7, 0, 4)]
    rows.append(row("text", "fear", 0.9, 8, 9))  # at another time
    together = Prediction("x", "x", {}, 0, 4, modalities=Modalities(("face", "speech", "text"), (), 0.4))
    assert fused.told(together, rows) == (
        "the face looks happy (joy 0.80) while the voice sounds angry (anger 0.70); "
        "they contradict each other (by 0.40 of 1)"
    )
