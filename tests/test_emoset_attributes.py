"""Attributes beside emotion: what is not told costs nothing, eleven steps, vectors that join, colours by command."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor
from torch.nn import functional as F
from typer.testing import CliRunner

from affectkit import corpora, find
from affectkit.app import cli
from affectkit.errors import UnknownName
from affectkit.features import colour
from affectkit.methods import emoset_attributes
from affectkit.methods.emoset_attributes import Config
from affectkit.modalities import scene
from affectkit.task import Kind
from affectkit.train import mixture, run, supervised
from affectkit.train.mixture import Mixture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("attributes")
    for name in ("emoset", "oasis"):
        find.load("corpora", name).fake(made / name, np.random.default_rng(0))
    return made


@pytest.fixture(autouse=True)
def there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(folder))


def network(data: Mixture, config: Config) -> emoset_attributes.Attributed:
    torch.manual_seed(0)
    made = emoset_attributes.build(config, data.tasks, supervised.scales(data), emoset_attributes.reader(config, data))
    assert isinstance(made, emoset_attributes.Attributed)
    made.eval()
    return made


def arrays(data: Mixture, rows: list[int]) -> tuple[dict[str, Tensor], dict[str, Tensor], Tensor]:
    targets = {t.id: torch.from_numpy(data.targets[t.id][rows]) for t in data.tasks}
    judged = {t.id: torch.from_numpy(data.judged[t.id][rows]) for t in data.tasks}
    return targets, judged, torch.ones(len(rows))


# ---- tasks -----------------------------------------------------------------------------------------------------------


def test_emoset_is_read_with_the_names_of_its_own_files() -> None:
    data = emoset_attributes.read(emoset_attributes.toy(), ["emoset"])
    assert [(t.id, t.kind, len(t.names)) for t in data.tasks] == [
        ("emoset", Kind.SINGLE, 8),
        ("emoset.brightness", Kind.SINGLE, 11),
        ("emoset.colorfulness", Kind.SINGLE, 11),
        ("emoset.scene", Kind.SINGLE, 4),
        ("emoset.object", Kind.MULTI, 4),
        ("emoset.facial_expression", Kind.SINGLE, 6),
        ("emoset.human_action", Kind.SINGLE, 4),
    ]
    for i, sample in enumerate(corpora.samples("emoset")):
        told: dict[str, Any] = {r.task: r.value for r in sample.ratings}
        for task in data.tasks:
            assert data.judged[task.id][i].all() == data.judged[task.id][i].any() == (task.id in told)
        (level,) = told["emoset.brightness"]
        assert data.tasks[1].names[data.targets["emoset.brightness"][i].argmax()] == f"{level:.1f}"
        objects = {n for n, v in zip(data.tasks[4].names, data.targets["emoset.object"][i], strict=True) if v}
        assert objects == set(told.get("emoset.object", ()))


def test_the_tasks_of_a_run_are_read_again_as_they_were() -> None:
    for on in (["emoset"], ["oasis"], ["emoset", "oasis"]):
        data = emoset_attributes.read(emoset_attributes.toy(), on)
        again = emoset_attributes.read(emoset_attributes.toy(), on, [t.id for t in data.tasks])
        assert again.tasks == data.tasks
    plain = emoset_attributes.read(dataclasses.replace(emoset_attributes.toy(), attributes=()), ["emoset"])
    assert [t.id for t in plain.tasks] == ["emoset"]


def test_where_a_corpus_tells_no_colours_they_are_computed() -> None:
    data = emoset_attributes.read(emoset_attributes.toy(), ["oasis"])
    assert [t.id for t in data.tasks] == ["oasis", "oasis.brightness", "oasis.colorfulness"]
    assert all(data.judged[t.id].all() for t in data.tasks)
    for i in (0, 17, 50):
        picture = scene.read(data.media[i]["scene"]).astype(np.float64)
        light = picture.max(2).mean() / 255
        assert data.targets["oasis.brightness"][i].argmax() == int(np.floor(light * 10 + 0.5))
        red, green, blue = np.moveaxis(picture, 2, 0)
        rg, yb = red - green, (red + green) / 2 - blue
        m = np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())
        assert data.targets["oasis.colorfulness"][i].argmax() == int(np.floor(min(m / 109, 1) * 10 + 0.5))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_step_is_the_nearest_name(values: list[float]) -> None:
    made = emoset_attributes.steps(np.asarray(values))
    assert made.sum(1).tolist() == [1] * len(values)
    assert (np.abs(made.argmax(1) / 10 - values) <= 0.05 + 1e-9).all()


def test_halves_are_rounded_up_and_not_to_the_even() -> None:
    assert emoset_attributes.steps(np.asarray([0.25, 0.75, 0.0, 1.0])).argmax(1).tolist() == [3, 8, 0, 10]


def test_an_attribute_that_does_not_exist_is_told() -> None:
    with pytest.raises(UnknownName) as caught:
        Config(attributes=("brightnes",))
    assert str(caught.value) == "expected the name of an attribute; found 'brightnes'; did you mean brightness?"


# ---- the cost --------------------------------------------------------------------------------------------------------


def test_what_is_not_told_costs_nothing_and_pulls_at_nothing() -> None:
    data = emoset_attributes.read(emoset_attributes.toy(), ["emoset"])
    cost = emoset_attributes.loss(emoset_attributes.toy(), data)
    rows = list(range(12))
    targets, judged, weight = arrays(data, rows)
    outputs = tuple(torch.randn(12, len(t.names), requires_grad=True) for t in data.tasks)
    cost(outputs, targets, judged, weight).backward()
    for task, y in zip(data.tasks, outputs, strict=True):
        assert y.grad is not None
        told = judged[task.id].any(1)
        assert (y.grad[~told] == 0).all()
        assert (y.grad[told].abs().sum(1) > 0).all()
    assert not all(judged[t.id].any(1).all() for t in data.tasks), "some are missing"


def test_a_batch_of_which_nothing_is_told_is_no_nan() -> None:
    data = emoset_attributes.read(emoset_attributes.toy(), ["emoset"])
    cost = emoset_attributes.loss(emoset_attributes.toy(), data)
    targets, judged, weight = arrays(data, [0, 1, 2])
    none = {t: j if t == "emoset" else torch.zeros_like(j) for t, j in judged.items()}
    outputs = tuple(torch.randn(3, len(t.names), requires_grad=True) for t in data.tasks)
    found = cost(outputs, targets, none, weight)
    assert float(found.detach()) == pytest.approx(
        float(F.cross_entropy(outputs[0].detach(), targets["emoset"].argmax(1))), rel=1e-5
    )
    found.backward()
    assert all(y.grad is not None and (y.grad == 0).all() for y in outputs[1:])


@hypothesis.settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**16))
def test_the_cost_is_emotions_and_a_sixth_of_each_attributes(seed: int) -> None:
    data = emoset_attributes.read(emoset_attributes.toy(), ["emoset"])
    targets, judged, weight = arrays(data, list(range(20)))
    chance = torch.Generator().manual_seed(seed)
    outputs = tuple(torch.randn(20, len(t.names), generator=chance) for t in data.tasks)
    wanted = 0.0
    for task, y in zip(data.tasks, outputs, strict=True):
        told, t = judged[task.id].any(1), targets[task.id]
        if task.kind is Kind.MULTI:
            own = F.binary_cross_entropy_with_logits(y[told], t[told])
        else:
            own = F.cross_entropy(y[told], t[told].argmax(1))
        wanted += float(own) * (1 if task.id == "emoset" else 1 / 6)
    found = emoset_attributes.loss(emoset_attributes.toy(), data)(outputs, targets, judged, weight)
    assert float(found) == pytest.approx(wanted, rel=1e-5)


# ---- the module ------------------------------------------------------------------------------------------------------


def test_attributes_join_the_features_that_emotion_is_read_from() -> None:
    config = emoset_attributes.toy()
    data = emoset_attributes.read(config, ["emoset"])
    joined, apart = network(data, config), network(data, dataclasses.replace(config, joined=False))
    states, n = torch.randn(5, 1, 16), torch.ones(5, dtype=torch.int64)
    for model, changes in ((joined, True), (apart, False)):
        before = model.of_states(states, n)
        with torch.no_grad():
            model.heads[1].linear.bias[3] += 20.0  # all pictures are said to be of brightness 0.3
        after = model.of_states(states, n)
        assert [tuple(y.shape) for y in after] == [(5, len(t.names)) for t in data.tasks]
        assert torch.equal(before[0], after[0]) is not changes
        assert all(torch.equal(a, b) for a, b in zip(before[2:], after[2:], strict=True))
    # sure of one name, its vector alone is joined: the head's answer by hand
    with torch.no_grad():
        for i, several in joined.attributes.items():
            joined.heads[i].linear.weight.zero_()
            joined.heads[i].linear.bias.copy_(torch.full_like(joined.heads[i].linear.bias, -60.0))
            joined.heads[i].linear.bias[0] = 60.0
            joined.get_buffer(f"shift_{i}").zero_()
            assert several is (data.tasks[i].kind is Kind.MULTI)
        vectors = torch.cat([layer.weight[:, 0] for layer in joined.vectors]).expand(5, -1)
        wanted = joined.heads[0].linear(torch.cat([states[:, 0], vectors], 1)) + joined.get_buffer("shift_0")
        torch.testing.assert_close(joined.of_states(states, n)[0], wanted)


def test_without_attributes_it_is_the_plain_network(folder: Path) -> None:
    settings = dataclasses.asdict(emoset_attributes.toy()) | {"epochs": 1, "attributes": ()}
    its = run.train("emoset_attributes", settings, ["oasis"], (), (0,), folder / "plain", "the command")
    assert [t.id for t in its.tasks] == ["oasis"]
    reopened = run.open_run(folder / "plain")
    assert reopened.config.attributes == ()
    assert reopened.mixture().tasks == its.tasks


# ---- commands --------------------------------------------------------------------------------------------------------


def said(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


def sentence(*arguments: object) -> str:
    result = said(*arguments)
    assert result.exit_code in (1, 2)
    return " ".join(result.stderr.split()).removeprefix("affectkit: ")


def test_colours_go_with_feelings_as_scipy_finds(tmp_path: Path) -> None:
    result = said("colours", "oasis", "--results", tmp_path)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "colour.oasis.json").read_text(encoding="utf-8"))
    assert (found["part"], found["corpus"]) == ("colour", "oasis")
    rows = {row["variant"]["system"]: row for row in found["rows"]}
    assert set(rows) == {"brightness", "luma", "colourfulness", "saturation"}
    assert all(row["synthetic"] and row["verdict"] == "own" for row in rows.values())
    assert "bootstrap by theme (36)" in rows["luma"]["protocol"]
    data = mixture.read(["oasis"])
    pictures = [scene.read(media["scene"]) for media in data.media]
    for name, of in (("brightness", colour.brightness), ("colourfulness", colour.colourfulness)):
        values = [of(picture) for picture in pictures]
        for i, dimension in enumerate(("valence", "arousal")):
            truth = data.targets["oasis"][:, i]
            for metric, wanted in (
                ("pearson", stats.pearsonr(values, truth).statistic),
                ("spearman", stats.spearmanr(values, truth).statistic),
            ):
                got = rows[name]["metrics"][f"{metric}.{dimension}"]
                assert got["value"] == pytest.approx(wanted, abs=1e-6)
                assert got["low"] <= got["value"] <= got["high"]
                assert got["n"] == len(values)
    assert rows["brightness"]["metrics"]["pearson.valence"]["low"] > 0.5, "the skies are drawn so"


def test_colours_of_a_corpus_without_dimensions_are_refused() -> None:
    assert sentence("colours", "emoset") == (
        "expected a corpus whose main task has dimensions; found emoset with emoset; for example oasis"
    )
    assert sentence("colours", "oasis", "--split", "tset") == (
        "expected pictures of the split 'tset' in oasis; found none; use --split all"
    )


def test_an_imitation_is_written_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = said("imitate", "emotic", "--to", tmp_path, "--set", "pictures=10")
    assert result.exit_code == 0, result.output
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    assert len(list(corpora.samples("emotic"))) == 15
    assert corpora.synthetic(corpora.root("emotic"))
    where = tmp_path / "scene" / "emotic"
    assert sentence("imitate", "emotic", "--to", tmp_path) == (
        f"expected an empty folder {where}; found files in it; choose another --to"
    )
    for given_, told in (
        ("pictures", "expected settings of the form name=value; found 'pictures'; for example --set layout=official"),
        ("picture=3", "expected the name of a setting of the imitation of emotic; found 'picture'"),
        ("pictures=few", "expected a whole number for pictures; found 'few'; correct it"),
    ):
        assert sentence("imitate", "emotic", "--to", tmp_path / "b", "--set", given_).startswith(told)
