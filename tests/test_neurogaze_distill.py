"""Faces with prototypes: which loss an arm has, what valence and arousal say of names, where prototypes come from."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from affectkit import find
from affectkit.errors import AffectError
from affectkit.methods import neurogaze_distill as method
from affectkit.methods.neurogaze_distill import Config
from affectkit.nn import prototypes
from affectkit.nn.model import Scale
from affectkit.task import Kind, Task
from affectkit.taxonomies.ferplus import NAMES
from affectkit.train import run
from affectkit.train.mixture import Mixture

TASK = Task("ferplus", "emotion", Kind.DISTRIBUTION, "ferplus", NAMES)
LABELS = np.asarray([0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 7])
EVERY = torch.ones(len(LABELS), 8, dtype=torch.bool)


def data() -> Mixture:
    n, shares = len(LABELS), np.eye(8, dtype=np.float32)[LABELS]
    split, corpus = np.asarray(["train"] * n), np.asarray(["own"] * n)
    targets, judged = {"ferplus": shares}, {"ferplus": shares >= 0}
    return Mixture((TASK,), corpus, [{}] * n, split, corpus, targets, judged, np.ones(n, np.float32))


# --- what the label algebra says ---


def test_names_of_high_valence_are_the_papers() -> None:
    known = method.priors(Config(), TASK, None)
    assert [name for name, yes in zip(NAMES, known.positive.tolist(), strict=True) if yes] == ["happiness", "surprise"]
    assert known.prototypes is None


def test_a_name_asks_most_for_the_cell_it_lies_in() -> None:
    known = method.priors(Config(spread=0.2), TASK, prototypes.random_grid(5, 0))
    va = method.valence_arousal(TASK, np.eye(8))
    middle = prototypes.centres(5)[known.wanted.argmax(1).numpy()]
    assert np.abs(va - middle).max() <= 0.2 + 1e-9, "half a cell"
    torch.testing.assert_close(known.wanted.sum(1), torch.ones(8))


def test_votes_lie_between_their_names() -> None:
    votes = np.eye(8)[[1, 4]]
    happy, angry, both = method.valence_arousal(TASK, np.concatenate([votes, votes.sum(0, keepdims=True) / 2]))
    np.testing.assert_allclose(both, (happy + angry) / 2)
    assert np.isnan(method.valence_arousal(TASK, np.zeros((1, 8)))).all()


def test_names_whose_place_nobody_knows_are_refused() -> None:
    task = Task("faces", "emotion", Kind.SINGLE, "action_units", find.load("taxonomies", "action_units").NAMES[:2])
    with pytest.raises(AffectError):
        method.priors(Config(), task, None)


# --- the losses of an arm ---


def case() -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, torch.Tensor], torch.Tensor]:
    rng = np.random.default_rng(0)
    outputs, teacher = (torch.from_numpy(rng.normal(size=(12, 8)).astype(np.float32)) for _ in range(2))
    targets = {"ferplus": torch.from_numpy(np.eye(8, dtype=np.float32)[LABELS]), "ferplus.teacher": teacher}
    return outputs, targets, dict.fromkeys(targets, EVERY), torch.ones(12)


def test_without_weights_it_is_smoothed_cross_entropy() -> None:
    outputs, targets, judged, weight = case()
    config = Config(kd=0, proto=0, geo=0, balance=0)
    found = method.loss(config, data())((outputs,), targets, judged, weight)
    torch.testing.assert_close(found, F.cross_entropy(outputs, torch.from_numpy(LABELS), label_smoothing=0.055))


def test_rare_names_count_more_by_the_power_of_their_odds() -> None:
    outputs, targets, judged, weight = case()
    found = method.loss(Config(kd=0, smoothing=0, balance=0.5), data())((outputs,), targets, judged, weight)
    share = np.bincount(LABELS) / len(LABELS)
    names = torch.from_numpy(np.sqrt((1 - share) / share)).float()
    torch.testing.assert_close(found, F.cross_entropy(outputs, torch.from_numpy(LABELS), weight=names))


def test_the_teacher_adds_the_squared_error_of_logits() -> None:
    outputs, targets, judged, weight = case()
    alone, taught = (method.loss(Config(kd=kd), data())((outputs,), targets, judged, weight) for kd in (0.0, 0.3))
    torch.testing.assert_close(taught - alone, 0.3 * F.mse_loss(outputs, targets["ferplus.teacher"]))


def test_prototypes_and_geometry_are_added_at_their_weights() -> None:
    outputs, targets, judged, weight = case()
    config = Config()
    known = method.priors(config, TASK, prototypes.random_grid(5, 1))
    features, projected = torch.randn(12, 6), torch.randn(12, 25)
    plain = method.loss(config, data())
    three = (outputs, features, projected)
    found = [method.whole(config, TASK, known, plain, g)(three, targets, judged, weight) for g in (0.0, 0.012)]
    assert known.prototypes is not None
    wanted = known.wanted[torch.from_numpy(LABELS)]
    kl = prototypes.proto_kd(projected, known.prototypes, wanted)
    torch.testing.assert_close(found[0], plain((outputs,), targets, judged, weight) + 0.12 * kl)
    geo = prototypes.dgeo(features, targets["ferplus"], known.positive, config.cap, config.margin)
    torch.testing.assert_close(found[1] - found[0], 0.012 * geo)


def test_a_face_that_nobody_judged_teaches_nothing() -> None:
    _, targets, _, weight = case()
    config = Config(margin=2.0)
    known = method.priors(config, TASK, prototypes.random_grid(5, 1))
    rest = EVERY.clone()
    rest[[0, 5]] = False
    judged = {"ferplus": rest, "ferplus.teacher": EVERY}
    cost = method.whole(config, TASK, known, method.loss(config, data()), 0.012)
    three = [torch.randn(12, n, requires_grad=True) for n in (8, 6, 25)]
    cost(tuple(three), targets, judged, weight).backward()
    for leaf in three:
        assert leaf.grad is not None
        assert not leaf.grad[[0, 5]].any()
        assert leaf.grad[1].any()


def test_the_geometry_comes_late_in_any_plan() -> None:
    config = Config(epochs=100)
    assert [method.geometry(config, e) for e in (19, 60, 99)] == [0, 0.012, 0.012]
    assert method.geometry(config, 40) == pytest.approx(0.006)
    assert method.geometry(Config(epochs=10), 4) == pytest.approx(0.006)
    assert method.geometry(Config(geo_from=0, geo_full=0), 0) == 0.012


# --- the network ---


@pytest.mark.parametrize(("proto", "more"), [(0.12, [(3, 16), (3, 25)]), (0.0, [(3, 16)])])
def test_only_while_it_learns_it_gives_features(proto: float, more: list[tuple[int, int]]) -> None:
    config = dataclasses.replace(method.toy(), proto=proto)
    model = method.build(config, [TASK], [Scale((1.0,) * 8, (0.0,) * 8)], None)  # type: ignore[arg-type]
    pictures, lengths = torch.randint(0, 256, (3, 24, 24, 3), dtype=torch.uint8), torch.full((3,), 24)
    found = model.train()(pictures, lengths)
    assert [tuple(y.shape) for y in found] == [(3, 8), *more]
    assert sum(len(v) for v in model.parts().values()) == len(list(model.parameters()))
    said = model.eval()(pictures, lengths)
    assert [tuple(y.shape) for y in said] == [(3, 8)]
    states = method.Features(model)(pictures, lengths)[0]
    torch.testing.assert_close(model.encoder(pictures, lengths)[:, 0], states)


# --- whole trainings on toys ---


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = tmp_path_factory.mktemp("neurogaze")
    find.load("corpora", "ferplus").fake(made / "corpora" / "ferplus", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        yield made


def trained(folder: Path, part: str = "neurogaze_distill", tasks: tuple[str, ...] = (), **changes: Any) -> run.Run:
    settings = dataclasses.asdict(find.load("methods", part).toy()) | {"epochs": 2} | changes
    return run.train(part, settings, ("ferplus",), tasks, (0,), folder, "the command")


def test_prototypes_of_a_teacher_are_its_features_on_dev(corpora: Path) -> None:
    teacher = trained(corpora / "teacher", "face_votes")
    made = trained(corpora / "full", teacher=str(teacher.folder))
    found = prototypes.read_grid(made.seed_folder(0) / "grid.npz")
    dev = made.mixture().part("dev")
    network, shares = run.model(teacher, 0), dev.targets["ferplus"]
    pictures, lengths = run.features(teacher.reader(), dev)["face"].padded(np.arange(len(dev)))
    with torch.no_grad():
        states = network.encoder(torch.from_numpy(pictures), torch.from_numpy(lengths))[:, 0].numpy()
    va = shares / shares.sum(1, keepdims=True) @ method.valence_arousal(TASK, np.eye(8))
    wanted = prototypes.build_grid(states, va)
    assert found.counts.tolist() == wanted.counts.tolist()
    assert found.counts.sum() == len(dev)
    np.testing.assert_allclose(found.prototypes, wanted.prototypes, atol=1e-5)
    assert [r.folder for r in run.sources(made)] == [teacher.folder]


def test_arms_without_a_teacher_need_none(corpora: Path) -> None:
    alone = trained(corpora / "labels", kd=0, proto=0, geo=0, teacher="runs/nowhere")
    assert run.sources(alone) == []
    assert not (alone.seed_folder(0) / "grid.npz").exists()
    drawn = trained(corpora / "random", kd=0, grid="random")
    found = prototypes.read_grid(drawn.seed_folder(0) / "grid.npz").prototypes
    np.testing.assert_allclose(found @ found.T, np.eye(25), atol=1e-12)


def test_prototypes_come_from_a_file_of_features(corpora: Path) -> None:
    rng = np.random.default_rng(0)
    features, va = rng.normal(size=(50, 7)), rng.uniform(1, 5, (50, 2))
    np.savez(corpora / "eeg.npz", features=features, va=va, range=[1, 5])
    made = trained(corpora / "file", kd=0, grid=str(corpora / "eeg.npz"), cells=3)
    found = prototypes.read_grid(made.seed_folder(0) / "grid.npz", 3)
    np.testing.assert_allclose(found.prototypes, prototypes.build_grid(features, (va - 3) / 2, 3).prototypes, atol=1e-9)
    assert run.model(made, 0).state_dict()["projection.weight"].shape == (9, 16)


def test_what_is_missing_is_said(corpora: Path) -> None:
    with pytest.raises(AffectError, match="expected the folder of a teacher's run; found none; "):
        trained(corpora / "none")
    with pytest.raises(AffectError) as caught:
        trained(corpora / "two", tasks=("ferplus", "fer2013"), kd=0, proto=0)
    assert str(caught.value) == (
        "expected one task with one name per face; found ferplus (distribution), fer2013 (single); "
        "choose it: --tasks ferplus"
    )
    with pytest.raises(AffectError, match=r"expected a grid: random, or a file of arrays \(.npz\); found no file "):
        trained(corpora / "astray", kd=0, grid="nowhere.npz")
