"""From a run to a bundle: what its card says, when int8 is taken, and that what is written equals the network."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

import affectkit
from affectkit import find
from affectkit.errors import DataError, UsageError
from affectkit.runtime import bundle
from affectkit.runtime.say import Head
from affectkit.train import calibrate, export, loop, onnx, provenance, run
from affectkit.train.run import Run
from conftest import COMMIT, Tiny


@pytest.fixture(autouse=True)
def quick(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is not exported again: what was made of it once is taken."""
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tiny.corpora))
    monkeypatch.setattr(onnx, "export", lambda *given: tiny.exact)
    monkeypatch.setattr(onnx, "quantised", lambda *given: tiny.small)
    monkeypatch.setattr(provenance, "commit", lambda: COMMIT)


@pytest.fixture
def trained(tiny: Tiny) -> Run:
    return run.open_run(tiny.student)


# ---- the card --------------------------------------------------------------------------------------------------------


def test_the_bundle_opens_and_its_card_says_where_it_comes_from(tiny: Tiny, trained: Run) -> None:
    opened = bundle.open(tiny.bundle)
    card = opened.card
    assert opened.spoken == "tiny@1"
    assert (card["part"], card["command"], card["commit"]) == ("distil_text", trained.command, COMMIT)
    assert card["command"].startswith("affectkit train distil_text --on goemotions,emobank --set encoder=")
    assert (card["affectkit"], card["form"]) == (affectkit.__version__, bundle.FORM)
    assert (card["modality"], card["languages"], card["longest"]) == ("text", ["en"], trained.config.longest)
    assert card["trained_on"] == ["goemotions", "emobank"]
    assert card["figures"] == []
    assert "scores say which emotion people would write down for this, not what anybody feels inside" in card["limits"]
    assert {x for c in card["trained_on"] for x in find.card("corpora", c)["limits"]} < set(card["limits"])
    assert len(set(card["limits"])) == len(card["limits"])
    assert [Head.of(entry).task for entry in card["tasks"]] == list(trained.tasks)
    reader = trained.reader()
    assert opened.assets[bundle.TOKENIZER] == reader.tokenizer.to_str(pretty=False).encode()  # type: ignore[attr-defined]


def test_weights_take_the_share_alike_licence_of_their_data(tiny: Tiny) -> None:
    licences = bundle.read_card(tiny.bundle)["licences"]
    assert licences == {
        "code": "Apache-2.0",
        "weights": "CC BY-SA 4.0",
        "data": {"goemotions": "CC BY 4.0", "emobank": "CC BY-SA 4.0"},
    }
    assert affectkit.load(tiny.bundle, commercial_only=True).spoken == "tiny@1"


@pytest.mark.parametrize(
    ("emobank", "weights"),
    [
        ("CC BY 4.0", "Apache-2.0"),
        ("CC BY-SA 4.0", "CC BY-SA 4.0"),
        ("cc-by-sa-4.0", "cc-by-sa-4.0"),
        ("CC BY-NC-SA 4.0", "CC BY-NC-SA 4.0"),
        ("research, USA", "Apache-2.0"),
    ],
)
def test_which_licences_bind_the_weights(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emobank: str, weights: str
) -> None:
    real = find.card

    def card(kind: str, name: str) -> dict[str, Any]:
        return real(kind, name) | ({"licence": emobank} if (kind, name) == ("corpora", "emobank") else {})

    monkeypatch.setattr(find, "card", card)
    made = bundle.read_card(export.export(trained, "other", tmp_path / "other.affect").path)
    assert made["licences"]["weights"] == weights
    assert made["licences"]["data"]["emobank"] == emobank
    assert bool(bundle.offending(made)) is ("NC" in emobank or "research" in emobank)


def test_version_limits_and_licence_can_be_given(trained: Run, tmp_path: Path) -> None:
    made = export.export(trained, "own", tmp_path / "a" / "own.affect", 0, 7, ["a toy"], "CC BY-NC 4.0")
    card = bundle.read_card(made.path)
    assert (card["name"], card["version"], card["limits"][-1]) == ("own", 7, "a toy")
    assert card["licences"]["weights"] == "CC BY-NC 4.0"


def test_the_licence_of_the_first_weights_is_named(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = find.load("encoders", "transformer")
    monkeypatch.setattr(encoder, "CARD", {**encoder.CARD, "licence": "MIT"})
    card = bundle.read_card(export.export(trained, "own", tmp_path / "own.affect").path)
    assert card["licences"]["data"][f"initial weights ({encoder.CARD['title']})"] == "MIT"


def test_what_a_teacher_learnt_from_is_in_its_student(
    tiny: Tiny, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught_by = dataclasses.replace(run.open_run(tiny.fine), on=("goemotions", "meld"))
    monkeypatch.setattr(trained.method, "teachers", lambda config: [taught_by])
    made = export.export(trained, "own", tmp_path / "own.affect").path
    card, meld = bundle.read_card(made), find.card("corpora", "meld")
    assert card["trained_on"] == ["goemotions", "emobank", "meld"]
    assert card["licences"]["data"]["meld"] == meld["licence"]
    with pytest.raises(bundle.LicenceError, match=r"\(meld\)"):
        affectkit.load(made, commercial_only=True)


def test_the_same_run_gives_the_same_file(trained: Run, tmp_path: Path, tiny: Tiny) -> None:
    again = export.export(trained, "tiny", tmp_path / "again.affect")
    assert again.path.read_bytes() == tiny.bundle.read_bytes()


def test_calibration_is_that_of_the_file_on_dev(tiny: Tiny, trained: Run) -> None:
    opened, dev = bundle.open(tiny.bundle), trained.mixture().part("dev")
    raw = onnx.outputs(opened.model, run.features(trained.reader(), dev), [t.id for t in trained.tasks])
    for entry, task, y in zip(opened.card["tasks"], trained.tasks, raw, strict=True):
        assert entry == calibrate.entry(task, y, dev.targets[task.id], dev.judged[task.id])


# ---- int8 ------------------------------------------------------------------------------------------------------------


def test_int8_is_taken_where_it_costs_little_and_float_otherwise(
    tiny: Tiny, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "COST", 1.0)
    cheap = export.export(trained, "cheap", tmp_path / "cheap.affect")
    monkeypatch.setattr(export, "COST", -1.0)
    dear = export.export(trained, "dear", tmp_path / "dear.affect")
    assert (cheap.int8, dear.int8) == (True, False)
    assert (bundle.open(cheap.path).model, bundle.open(dear.path).model) == (tiny.small, tiny.exact)
    assert cheap.dev == dear.dev
    small, exact = (bundle.read_card(made.path)["tasks"] for made in (cheap, dear))
    assert small != exact  # each file has the calibration of its own outputs
    assert small[1]["slope"] == pytest.approx(exact[1]["slope"], rel=0.1)


@pytest.mark.parametrize(
    ("costs", "int8"),
    [
        ({"a": (0.5, 0.496), "b": (0.7, 0.8)}, True),
        ({"a": (0.5, 0.6), "b": (0.7, 0.694)}, False),
        ({"a": (0.5, math.nan)}, False),
    ],
)
def test_the_task_that_loses_most_decides(
    trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, costs: dict[str, tuple[float, float]], int8: bool
) -> None:
    assert export.COST == 0.005
    monkeypatch.setattr(export, "_costs", lambda *given: costs)
    assert export.export(trained, "x", tmp_path / "x.affect").int8 is int8


def test_costs_are_each_tasks_first_metric_on_dev(tiny: Tiny, trained: Run, tmp_path: Path) -> None:
    made = export.export(trained, "x", tmp_path / "x.affect")
    assert list(made.dev) == ["goemotions.macro_f1", "vad.pearson"]
    dev = trained.mixture().part("dev")
    stored = run.outputs(trained, 0, "dev", dev)  # of the network itself, which the float file equals
    emotions = trained.tasks[0]
    rows = dev.judged["goemotions"].any(1)
    entry = calibrate.entry(emotions, stored["goemotions"], dev.targets["goemotions"], dev.judged["goemotions"])
    head = Head.of(entry)
    said = head.said(head.scores(stored["goemotions"][rows].astype(np.float64)))
    expected = f1_score(dev.targets["goemotions"][rows], said, average="macro", zero_division=0)
    assert made.dev["goemotions.macro_f1"][0] == pytest.approx(expected, abs=1e-3)
    rows = dev.judged["vad"].any(1)
    pairs = zip(dev.targets["vad"][rows].T, stored["vad"][rows].T, strict=True)
    expected = np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs])  # least squares leave a correlation as it is
    assert made.dev["vad.pearson"][0] == pytest.approx(expected, abs=0.01)
    size = f"{made.path.stat().st_size / 1e6:.1f} MB"
    assert export.describe(made).startswith(f"{made.path} ({size}, {'int8' if made.int8 else 'float'}; goemotions")


def test_int8_is_smaller_and_nearly_the_same(tiny: Tiny, trained: Run) -> None:
    assert len(tiny.small) < 0.8 * len(tiny.exact)
    features = run.features(trained.reader(), trained.mixture().part("dev"))
    ids = [t.id for t in trained.tasks]
    for exact, small in zip(*(onnx.outputs(m, features, ids) for m in (tiny.exact, tiny.small)), strict=True):
        assert 0 < np.abs(exact - small).max() < 0.15 * np.ptp(exact)


# ---- parity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 32])
def test_the_file_says_what_the_network_says_in_the_order_given(tiny: Tiny, trained: Run, size: int) -> None:
    features = run.features(trained.reader(), trained.mixture().part("test"))
    wanted = loop.outputs(run.model(trained, 0), features)
    found = onnx.outputs(tiny.exact, features, [t.id for t in trained.tasks], size)
    for one, other in zip(wanted, found, strict=True):
        assert other.shape == one.shape and other.dtype == np.float32
        np.testing.assert_allclose(other, one, atol=export.PARITY)


def test_another_network_than_the_runs_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    """What was exported is the student's network; the run is its teacher's."""
    path = tmp_path / "other.affect"
    with pytest.raises(DataError, match=r"^expected an export within 0\.0001 of the network; found ") as caught:
        export.export(run.open_run(tiny.fine), "other", path)
    assert str(caught.value).endswith("; look at the encoder's operators")
    assert float(caught.value.found) > export.PARITY
    assert not path.exists()


def test_a_seed_that_the_run_lacks_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        export.export(run.open_run(tiny.fine), "other", tmp_path / "other.affect", seed=7)
    assert str(caught.value) == "expected a seed among 0, 1; found 7; choose one of them"


# ---- use -------------------------------------------------------------------------------------------------------------


def test_the_bundle_answers_a_sentence(tiny: Tiny) -> None:
    predictor = affectkit.load(tiny.bundle)
    (found,) = predictor.predict("this is joy and gratitude, a lovely day")
    assert found.ok and found.bundles == ("tiny@1",)
    emotions, vad = found.tasks["goemotions"], found.tasks["vad"]
    assert len(emotions.scores or ()) == 28 and emotions.labels and 0 < (emotions.confidence or 0) < 1
    assert list(vad.values or ()) == ["valence", "arousal", "dominance"]
    low, high = vad.low or {}, vad.high or {}
    assert all(low[d] <= v <= high[d] for d, v in (vad.values or {}).items())
    good, bad = predictor.predict(["a lovely and wild and strong day", "a awful and calm and weak day"])
    for dimension in ("arousal", "dominance"):  # a few epochs are enough for these words
        assert (good.tasks["vad"].values or {})[dimension] > (bad.tasks["vad"].values or {})[dimension]


def test_a_bare_network_gives_the_same_and_names_no_code() -> None:
    import onnxruntime
    from onnx import TensorProto, checker, helper, load_from_string

    node = helper.make_node("Add", ["x", "x"], ["y"], doc_string="of code")
    node.metadata_props.add(key="trace", value='File "/home/somebody/model.py"')
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "xy"]
    made = helper.make_model(helper.make_graph([node], "g", ends[:1], ends[1:]), ir_version=8)
    made.opset_import[0].version = 17
    bare = onnx.bare(made.SerializeToString())
    assert b"somebody" in made.SerializeToString() and b"somebody" not in bare and b"of code" not in bare
    checker.check_model(load_from_string(bare))
    session = onnxruntime.InferenceSession(bare, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": np.asarray([1.5, -2.0], np.float32)})
    np.testing.assert_array_equal(found, [3.0, -4.0])
