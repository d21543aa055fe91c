"""Body and context: both losses by hand, thresholds where precision equals recall, what a body alone cannot tell."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score

from affectkit import corpora, find, settings
from affectkit.analysis import thresholds
from affectkit.corpora import emotic as emotic_corpus
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.methods import emotic
from affectkit.methods.emotic import Distances, Weights
from affectkit.metrics import average_precision
from affectkit.nn.encoders import in_context
from affectkit.nn.model import Model, Scale
from affectkit.sample import Media, Rating, Sample
from affectkit.taxonomies.emotic import NAMES
from affectkit.train import calibrate, mixture, onnx, reading, run
from affectkit.train.batch import Ragged

YES = torch.ones(1, 3, dtype=torch.bool)
ONE = torch.ones(1)


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    emotic_corpus.fake(tmp_path / "corpora" / "emotic", np.random.default_rng(0), pictures=110)
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    return tmp_path


# ---- losses ----------------------------------------------------------------------------------------------------------


def test_a_category_weighs_by_its_share_in_print_and_by_its_number_in_the_code() -> None:
    counts = np.asarray([0, 1, 50, 100])
    in_print = emotic.weights(Weights.PAPER, counts, 100)
    assert in_print == pytest.approx([1 / math.log(1.2 + p) for p in (0, 0.01, 0.5, 1)])
    assert emotic.weights(Weights.CODE, counts, 100) == pytest.approx(
        [1e-4, 1 / math.log(2.2), 1 / math.log(51.2), 1 / math.log(101.2)]
    )
    assert emotic.weights(Weights.EVEN, counts, 100) == (1, 1, 1, 1)
    # weights that are published for the code: .1057 of Engagement and .1987 of Embarrassment are of such numbers
    for weight, people in ((0.1057, 12_840), (0.1987, 152)):
        assert emotic.weights(Weights.CODE, [people], 23_266)[0] == pytest.approx(weight, abs=2e-4)


def test_categories_cost_the_weighed_sum_of_squares() -> None:
    y, t = torch.tensor([[0.2, 0.9, -0.4], [5.0, 5.0, 5.0]]), torch.tensor([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    judged = torch.tensor([[True, True, True], [False, False, False]])
    found = emotic.discrete((5.0, 2.0, 0.5))(y, t, judged, torch.ones(2))
    assert float(found) == pytest.approx(5 * 0.04 + 2 * 0.01 + 0.5 * 1.96)


@pytest.mark.parametrize(
    ("off", "margin", "smooth"),
    [(0.0, 0.0, 0.0), (0.5, 0.0, 0.125), (0.99, 0.0, 0.49005), (1.5, 0.0225, 1.0), (3.0, 0.09, 2.5)],
)
def test_dimensions_have_a_dead_zone_or_are_smooth(off: float, margin: float, smooth: float) -> None:
    """Of an error in steps from 1 to 10, of which one is 1 / 4.5 on the scale from -1 to 1."""
    t = torch.tensor([[0.1, -0.2, 0.3]])
    for form, each in ((Distances.MARGIN, margin), (Distances.SMOOTH_L1, smooth)):
        cost = emotic.continuous(form, 4.5, 10.0, 1.0)
        for sign in (-1, 1):
            assert float(cost(t + sign * off / 4.5, t, YES, ONE)) == pytest.approx(3 * each, abs=1e-5)


def test_the_dead_zone_pulls_at_nothing() -> None:
    t = torch.zeros(1, 3)
    y = torch.tensor([[0.9 / 4.5, 1.1 / 4.5, -2 / 4.5]], requires_grad=True)
    emotic.continuous(Distances.MARGIN, 4.5, 10.0, 1.0)(y, t, YES, ONE).backward()
    assert y.grad is not None
    assert y.grad[0, 0] == 0
    # the square of tenths: d/dy (4.5 y / 10)^2
    assert y.grad[0, 1:].tolist() == pytest.approx([2 * 0.45 * 0.11, -2 * 0.45 * 0.2], rel=1e-4)


def test_forms_that_do_not_exist_are_told() -> None:
    with pytest.raises(UnknownName) as caught:
        emotic.Config(weights="papre")
    assert str(caught.value) == "expected the name of weights; found 'papre'; did you mean paper?"
    with pytest.raises(UnknownName, match="the name of distances; found 'l3'; choose one of margin, smooth_l1"):
        emotic.Config(distances="l3")


# ---- thresholds ------------------------------------------------------------------------------------------------------


@hypothesis.settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(-3, 3)), min_size=2, max_size=40, unique_by=lambda pair: pair[1]))
def test_precision_equals_recall_at_the_even_threshold(pairs: list[tuple[bool, float]]) -> None:
    truth, scores = np.asarray([a for a, _ in pairs]), np.asarray([b for _, b in pairs])
    if not truth.any():
        with pytest.raises(DataError, match="at least one true case to tune thresholds on; found none"):
            thresholds.even(truth[:, None], scores[:, None])
        return
    (cut,) = thresholds.even(truth[:, None].astype(float), scores[:, None])
    said = scores >= cut
    assert said.sum() == truth.sum()
    assert precision_score(truth, said) == pytest.approx(recall_score(truth, said))


def test_equal_scores_are_said_together_and_a_name_nobody_has_gets_the_pooled_threshold() -> None:
    truth = np.asarray([[1, 0], [1, 0], [0, 0], [0, 0]])
    scores = np.asarray([[0.9, 0.8], [0.5, 0.1], [0.5, 0.1], [0.5, 0.1]])
    cut = thresholds.even(truth, scores)
    assert cut[0] == pytest.approx(0.7)  # one is nearer to two than four are
    assert cut[1] == pytest.approx(0.65)  # two of all eight: 0.9 and 0.8, the next is 0.5


def test_the_cards_thresholds_are_even_where_asked_for() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random((60, 26)) < 0.3).astype(np.float32)
    raw = (truth * 0.5 + rng.normal(0, 0.4, truth.shape)).astype(np.float32)
    (task, _) = emotic_corpus.TASKS
    entry = calibrate.entry(task, raw, truth, np.ones(truth.shape, bool), even=True)
    scores = 1 / (1 + np.exp(-(raw * np.asarray(entry["slope"]) + np.asarray(entry["bias"]))))
    assert ((scores >= np.asarray(entry["thresholds"])).sum(0) == truth.sum(0)).all()
    best = calibrate.entry(task, raw, truth, np.ones(truth.shape, bool))
    assert best["thresholds"] != entry["thresholds"]


# ---- people and pictures ---------------------------------------------------------------------------------------------


def test_what_any_rater_chose_is_true_and_people_without_a_box_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = emotic_corpus.TASKS
    picture = Media(array=np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    both = {"scene": picture, "body": picture}
    three = [Rating("emotic", frozenset(said)) for said in ({"peace"}, {"peace", "fear"}, {"pain"})]
    samples = [("own", Sample("a", both, tuple(three), split="dev")), ("own", Sample("b", {"scene": picture}, ()))]
    monkeypatch.setattr(mixture, "read", lambda on, wanted: mixture.table(samples, tasks))
    monkeypatch.setattr(corpora, "tasks", lambda corpus: tasks)

    def chosen(**changes: object) -> dict[str, float]:
        found = emotic.read(emotic.Config(**changes), ["own"])  # type: ignore[arg-type]
        assert found.ids.tolist() == ["a"]
        return {n: v for n, v in zip(NAMES, found.targets["emotic"][0].tolist(), strict=True) if v}

    assert chosen() == {"fear": 1, "pain": 1, "peace": 1}
    assert chosen(any_rater=False) == pytest.approx({"fear": 1 / 3, "pain": 1 / 3, "peace": 2 / 3})
    scene = emotic.read(emotic.Config(encoder="in_context:of=scene"), ["own"])
    assert scene.ids.tolist() == ["a", "b"]
    samples[:1] = []
    with pytest.raises(DataError) as caught:
        emotic.read(emotic.Config(), ["own"])
    assert str(caught.value) == ("expected samples with body and scene in own; found none; choose another encoder")


def test_a_square_keeps_the_whole_picture_in_the_middle() -> None:
    wide = np.zeros((20, 40, 3), np.uint8)
    wide[:, :20], wide[:, 20:] = (200, 0, 0), (0, 0, 200)
    found = reading.square(wide, 40)
    assert found.shape == (40, 40, 3)
    np.testing.assert_array_equal(found[10:30], wide)
    assert (found[:10] == wide[0]).all() and (found[30:] == wide[-1]).all(), "filled up with the pixels of its edge"
    assert reading.square(wide, 8).shape == (8, 8, 3)


def test_pictures_of_any_size_become_rows_of_one_size() -> None:
    rng = np.random.default_rng(0)
    media = [Media(array=rng.integers(0, 256, size, np.uint8)) for size in ((5, 9, 3), (64, 30), (1, 1, 3))]
    reader = reading.learn(in_context, in_context.Config(side=16), media, 0, 0)
    found = reader.features(media)
    assert found.lengths.tolist() == [16, 16, 16]
    assert found.values.shape == (48, 16, 3)
    assert reader.card() == {"picture": {"side": 16, "detector": None}}


def test_modalities_that_have_no_pictures_are_refused() -> None:
    for of, found in ((("scene", "text"), "scene+text"), ((), "none"), (("body", "body"), "body+body")):
        with pytest.raises(UsageError) as caught:
            in_context.Config(of=of)
        assert str(caught.value) == (f"expected one or more of body, face, scene, each once; found {found}; correct of")
    with pytest.raises(UsageError, match="a side of at least 1 px; found 0; for example side=96"):
        in_context.Config(side=0)


def network(of: str) -> tuple[Model, dict[str, Ragged]]:
    config = emotic.Config(encoder=f"in_context:of={of},side=16,channels=4+8,strides=2+2,reduction=2", inner=8)
    tasks = emotic_corpus.TASKS
    media = {m: find.load("modalities", m).toy(np.random.default_rng(3)) for m in of.split("+")}
    _, its = settings.part("encoders", config.encoder)
    reader = reading.learn(in_context, its, [], 0, 0)
    torch.manual_seed(0)
    scales = [Scale((1.0,) * len(t.names), (0.0,) * len(t.names)) for t in tasks]
    features = {r.modality: r.features([media[r.modality]] * 3) for r in reading.each(reader)}
    return emotic.build(config, tasks, scales, reader).eval(), features


def test_each_branch_hears_its_own_picture_alone() -> None:
    model, features = network("body+scene")
    body, scene = ([torch.from_numpy(a) for a in features[m].padded(np.arange(3))] for m in ("body", "scene"))
    states = model.encoder.encoder(*body, *scene)
    assert states.shape == (3, 1, 16)
    other = model.encoder.encoder(body[0].flip(1), body[1], *scene)
    assert not torch.equal(other[..., :8], states[..., :8])
    torch.testing.assert_close(other[..., 8:], states[..., 8:])


def test_the_export_names_the_inputs_of_each_modality() -> None:
    model, features = network("body+scene")
    file = onnx.export(model, features)
    assert onnx.gap(model, file, features) < 1e-4
    import onnxruntime

    inputs = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]).get_inputs()
    assert {i.name for i in inputs} == {n for m in ("body", "scene") for n in (m, f"{m}.lengths")}
    small = onnx.calibrated(file, features)
    tasks = model.tasks
    for a, b in zip(onnx.outputs(file, features, tasks), onnx.outputs(small, features, tasks), strict=True):
        assert a.shape == b.shape and np.abs(a - b).max() < 0.5


def test_a_single_person_in_a_batch_is_learnt_from() -> None:
    together = emotic.Together(in_context.build(in_context.toy()), 16, 8, 0.0).train()
    before = together.norm.running_mean.clone()
    one = torch.zeros(1, 24, 24, 3, dtype=torch.uint8)
    assert torch.isfinite(together(one, torch.tensor([24]))).all()
    assert torch.equal(together.norm.running_mean, before)


# ---- the claim -------------------------------------------------------------------------------------------------------


def test_a_body_cannot_tell_what_stands_beside_it(drawn: Path) -> None:
    """Of an imitation whose people feel by the thing beside them: SYNTHETIC."""
    assert corpora.synthetic(corpora.root("emotic")), "figures on it are marked"
    precision, error = {}, {}
    for of in ("body", "body+scene"):
        encoder = f"in_context:of={of},side=32,channels=8+16,strides=2+2,reduction=4"
        changes = {**dataclasses.asdict(emotic.toy()), "encoder": encoder, "epochs": 20}
        its = run.train("emotic", changes, ["emotic"], (), (0,), drawn / of, "the command")
        dev = its.mixture().part("dev")
        said, (names, vad) = run.outputs(its, 0, "dev", dev), its.tasks
        precision[of] = average_precision.score(dev.targets[names.id], said[names.id])
        error[of] = float(np.abs(said[vad.id] - dev.targets[vad.id])[:, 0].mean())
    assert precision["body+scene"] > precision["body"] + 0.1
    assert error["body+scene"] < error["body"] - 0.1


def test_a_network_of_two_pictures_is_not_served() -> None:
    reader = reading.learn(in_context, in_context.Config(of=("body", "scene")), [], 0, 0)
    with pytest.raises(UsageError) as caught:
        reader.card()
    assert str(caught.value) == (
        "expected one modality for a bundle; found body+scene; train on one of them to serve it alone"
    )
