"""A network per rater: persons where they are named, slots where votes have no names, and one layer over them all."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import find
from affectkit.errors import UsageError
from affectkit.methods import rater_mixture
from affectkit.methods.rater_mixture import Config, Fusion, Raters, parts, told_apart
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import loop, mixture, run
from affectkit.train.mixture import Mixture

NAMES = ("joy", "fear", "anger", "neutral")
TASK = Task("heard", "emotion", Kind.SINGLE, "", NAMES)


def table(*ratings: tuple[Rating, ...]) -> Mixture:
    samples = [Sample(f"{i}", {"text": Media(text="x")}, its, split="train") for i, its in enumerate(ratings)]
    return mixture.as_shares(mixture.table([("own", s) for s in samples], [TASK]))


def vote(name: str, rater: str | None = None, count: int = 1) -> Rating:
    return Rating("heard", name, rater=rater, count=count)


PERSONS = table(
    *((vote("joy", "ann"), vote("fear", "bob")) for _ in range(4)),
    (vote("anger", "ann"), vote("anger", "cleo")),
    (vote("neutral", "bob"),),
)


# --- who the raters are ---


def test_persons_with_most_ratings_have_a_network_each() -> None:
    ann, bob = told_apart(Config(raters=2, fewest=5), PERSONS)
    assert [r.value for its in ann for r in its] == ["joy"] * 4 + ["anger"]
    assert [r.value for its in bob for r in its] == ["fear"] * 4 + ["neutral"]
    assert [len(its) for its in ann] == [1, 1, 1, 1, 1, 0]


def test_each_network_learns_its_raters_soft_label_alone() -> None:
    crowd_hard, crowd_soft, ann, bob = parts(Config(raters=2, fewest=5), PERSONS)
    one_vote = np.full(4, 0.75 / 4)  # (alpha + votes) / (alpha C + all votes), alpha .75, C 4
    joy = np.where(np.arange(4) == 0, 1.75, 0.75) / 4
    np.testing.assert_allclose(ann.targets["heard"][0], joy, rtol=1e-6)
    np.testing.assert_allclose(bob.targets["heard"][0][[0, 1]], [one_vote[0], 1.75 / 4], rtol=1e-6)
    assert ann.judged["heard"].any(1).tolist() == [True] * 5 + [False]
    assert bob.judged["heard"].any(1).tolist() == [True] * 4 + [False, True]
    np.testing.assert_allclose(crowd_soft.targets["heard"][0], np.asarray([1.75, 1.75, 0.75, 0.75]) / 5, rtol=1e-6)
    assert crowd_hard.judged["heard"].any(1).tolist() == [False] * 4 + [True, True], "a plurality loses ties"
    np.testing.assert_allclose(crowd_hard.targets["heard"][4], [0, 0, 1, 0])
    assert [len(parts(Config(raters=r, crowd=c, fewest=5), PERSONS)) for r, c in ((2, False), (0, True))] == [2, 2]


def test_a_rater_who_gave_numbers_is_learnt_too() -> None:
    task = Task("vad", "dimensions", Kind.CONTINUOUS, "vad", ("valence",), (1, 5))
    samples = [Sample("a", {}, (Rating("vad", (1.0,), rater="ann"), Rating("vad", (4.0,), rater="bob")))]
    data = mixture.table([("own", s) for s in samples], [task])
    ann, bob = parts(Config(raters=2, crowd=False, fewest=1), data)
    assert [float(p.targets["vad"][0, 0]) for p in (ann, bob)] == [-1.0, 0.5]


BALLOTS = st.lists(st.lists(st.sampled_from(NAMES), min_size=3, max_size=6), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(items=BALLOTS)
def test_votes_without_names_are_dealt_each_to_one_slot(items: list[list[str]]) -> None:
    data = table(*(tuple(vote(name, count=n) for name, n in Counter(names).items()) for names in items))
    slots = told_apart(Config(raters=3), data)
    assert len(slots) == 3
    for i, names in enumerate(items):
        dealt = [r.value for slot in slots for r in slot[i]]
        assert len(dealt) == 3, "every slot has a vote where there are three"
        assert not Counter(dealt) - Counter(names), "no vote is dealt twice"
    again = told_apart(Config(raters=3), data)
    assert again == slots


def test_slots_are_drawn_not_sorted() -> None:
    data = table(*((vote("joy"), vote("fear"), vote("anger")) for _ in range(90)))
    first, *_ = told_apart(Config(raters=3), data)
    often = Counter(its[0].value for its in first)
    assert set(often) == {"joy", "fear", "anger"}
    assert min(often.values()) > 15


def test_more_raters_than_votes_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        told_apart(Config(raters=3), PERSONS)
    assert str(caught.value) == (
        "expected 3 raters with 100 ratings, or items with 3 votes; found 0 such raters, and at most 2 votes; "
        "--set raters=... fewer, or train on votes, not on a consensus"
    )


def test_a_consensus_is_nobodys_vote() -> None:
    agreed = Rating("heard", "joy", rater="consensus", rule="majority")
    with pytest.raises(UsageError, match="at most 0 votes"):
        told_apart(Config(raters=1), table((agreed,)))


def test_nothing_to_fuse_and_another_start_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        Config(raters=0, crowd=False)
    assert str(caught.value) == (
        "expected at least one network to fuse; found raters=0, crowd=false; --set crowd=true, or raters of 1 or more"
    )
    with pytest.raises(UsageError, match="found start=runs/other; leave it out"):
        Config(start="runs/other")


@pytest.fixture(scope="module")
def emobank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("anonymous")
    find.load("corpora", "emobank").fake(folder / "emobank", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(folder))
        yield


@pytest.mark.usefixtures("emobank")
@pytest.mark.parametrize("task", ["vad.reader", "sentiment.reader"])
def test_single_ratings_of_emobank_are_slots_because_nobody_is_named(task: str) -> None:
    data = mixture.read(["emobank"], [task])
    assert {r.rater for its in data.ratings for r in its} == {None}
    slots = told_apart(Config(raters=5), data)
    assert [sum(r.count for its in slot for r in its) for slot in slots] == [len(data)] * 5, "five readers of each"
    with pytest.raises(UsageError) as caught:
        told_apart(Config(raters=6), data)
    assert "found 0 such raters, and at most 5 votes; --set raters=... fewer" in str(caught.value)


@pytest.mark.usefixtures("emobank")
def test_the_official_mean_of_emobank_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        told_apart(Config(), mixture.read(["emobank"], ["vad"]))
    assert str(caught.value) == (
        "expected 3 raters with 100 ratings, or items with 3 votes; found 0 such raters, and at most 0 votes; "
        "--set raters=... fewer, or train on votes, not on a consensus"
    )


# --- the layer ---


def test_the_layer_reads_what_the_networks_say_side_by_side_task_by_task() -> None:
    torch.manual_seed(0)
    fusion = Fusion([2, 3], members=2)
    said = [(torch.randn(4, 2), torch.randn(4, 3)) for _ in range(2)]
    rows = torch.cat([said[0][0], said[1][0], said[0][1], said[1][1]], 1)
    one, other = fusion(rows)
    torch.testing.assert_close(one, rows[:, :4] @ fusion.layers[0].weight.T + fusion.layers[0].bias)
    torch.testing.assert_close(other, rows[:, 4:] @ fusion.layers[1].weight.T + fusion.layers[1].bias)
    torch.testing.assert_close(fusion(rows[:, None])[0], one)


QUICK: dict[str, Any] = {
    "encoder": "ngrams:width=8,buckets=1024,most=2",
    "epochs": 2,
    "batch_size": 16,
    "longest": 40,
    "split": "random",
    "fewest": 10,
    "fusion_epochs": 3,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("raters")
    find.load("corpora", "enisear").fake(folder / "enisear", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(folder))
        yield run.train(
            "rater_mixture", QUICK, ["enisear"], ["enisear.appraisals"], (0,), folder / "run", "the command"
        )


def test_a_run_has_two_networks_of_the_crowd_and_one_per_person(trained: run.Run) -> None:
    part = trained.mixture().part("train")
    raters = told_apart(trained.config, part)
    assert [{r.rater for its in of for r in its} for of in raters] == [{"a1"}, {"a2"}, {"a3"}]
    network: Any = run.model(trained, 0)
    assert isinstance(network, Raters)
    assert len(network.members) == 5
    tables = [m.encoder.table.weight for m in network.members]
    assert all(not torch.equal(tables[0], other) for other in tables[1:])


def test_the_run_answers_by_the_layer_over_its_networks(trained: run.Run) -> None:
    network: Any = run.model(trained, 0)
    dev = trained.mixture().part("dev")
    features = run.features(trained.reader(), dev)
    each = [loop.outputs(member, features)[0] for member in network.members]
    layer = network.fusion.layers[0]
    wanted = np.concatenate(each, 1) @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(run.outputs(trained, 0, "dev", dev)["enisear.appraisals"], wanted, atol=1e-5)


def test_what_was_trained_on_the_way_is_cleared_and_the_log_is_the_layers(trained: run.Run) -> None:
    folder: Path = trained.seed_folder(0)
    assert not [path for path in folder.iterdir() if path.is_dir()]
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2]


def test_a_broken_off_training_goes_on_with_the_networks_that_are_whole(
    trained: run.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    real = rater_mixture._train

    def broken(*given: Any) -> None:
        begun.append(given[-1].name)
        if given[-1].name == "member-2" and begun.count("member-2") == 1:
            raise KeyboardInterrupt
        real(*given)

    monkeypatch.setattr(rater_mixture, "_train", broken)
    given = (QUICK, ["enisear"], ["enisear.appraisals"], (0,), tmp_path / "run", "the command")
    with pytest.raises(KeyboardInterrupt):
        run.train("rater_mixture", *given)
    again = run.train("rater_mixture", *given)
    assert begun == [*(f"member-{i}" for i in (0, 1, 2, 2, 3, 4)), "fusion"]
    dev = trained.mixture().part("dev")
    one, other = (run.outputs(r, 0, "dev", dev)["enisear.appraisals"] for r in (again, trained))
    np.testing.assert_array_equal(one, other)


def test_the_settings_of_a_run_are_read_back(trained: run.Run) -> None:
    assert run.open_run(trained.folder).config == trained.config
    assert dataclasses.asdict(trained.config)["raters"] == 3
