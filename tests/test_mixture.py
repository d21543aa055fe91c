"""GoEmotions and EmoBank in one batch: each sample is scored on what it has; the loss is the sum of both corpora's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from affectkit import corpora, find
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import batch, loop, mixture, supervised
from affectkit.train.mixture import Mixture

NAMES = ("goemotions", "emobank")


@pytest.fixture(autouse=True)
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        find.load("corpora", name).fake(tmp_path / name, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))


@pytest.fixture
def both() -> Mixture:
    return mixture.read(NAMES)


def tensors(data: Mixture, rows: np.ndarray) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor], torch.Tensor]:
    return (
        {t: torch.from_numpy(v[rows]) for t, v in data.targets.items()},
        {t: torch.from_numpy(v[rows]) for t, v in data.judged.items()},
        torch.from_numpy(data.weight[rows]),
    )


def test_every_sample_is_judged_on_its_own_task_only(both: Mixture) -> None:
    assert [t.id for t in both.tasks] == ["goemotions", "vad"]
    assert len(both) == 180
    for corpus, task, other in (("goemotions", "goemotions", "vad"), ("emobank", "vad", "goemotions")):
        rows = both.corpus == corpus
        assert rows.sum() == 90
        assert both.judged[task][rows].all()
        assert not both.judged[other][rows].any()
        assert not both.targets[other][rows].any()
    assert both.targets["goemotions"].shape == (180, 28)
    assert both.targets["vad"].shape == (180, 3)


def test_targets_are_what_the_corpora_say(both: Mixture) -> None:
    places = {key: i for i, key in enumerate(zip(both.corpus.tolist(), both.ids.tolist(), strict=True))}
    for sample in corpora.samples("goemotions"):
        row = both.targets["goemotions"][places["goemotions", sample.id]]
        said = sample.ratings[0].value
        assert isinstance(said, frozenset)
        assert {both.tasks[0].names[i] for i in np.flatnonzero(row)} == said
        assert set(row.tolist()) == {0.0, 1.0}
    for sample in corpora.samples("emobank"):
        official = sample.rated("vad")[0].value
        assert isinstance(official, tuple)
        # the scale runs from 1 to 5, so three is nought
        np.testing.assert_allclose(
            both.targets["vad"][places["emobank", sample.id]], (np.asarray(official) - 3) / 2, atol=1e-6
        )


def test_one_batch_of_both_costs_the_sum_of_each_alone(both: Mixture) -> None:
    train = both.part("train")
    loss = supervised.objectives(train)
    rng = np.random.default_rng(1)
    rows = rng.permutation(len(train))[:24]
    assert set(train.corpus[rows]) == set(NAMES)
    outputs = tuple(torch.from_numpy(rng.normal(size=(24, len(t.names))).astype(np.float32)) for t in train.tasks)
    for y in outputs:
        y.requires_grad_()
    together = loss(outputs, *tensors(train, rows))
    assert torch.isfinite(together)
    together.backward()

    alone, gradients = torch.tensor(0.0), [torch.zeros_like(y) for y in outputs]
    for name in NAMES:
        here = np.flatnonzero(train.corpus[rows] == name)
        own = tuple(y.detach()[torch.from_numpy(here)].requires_grad_() for y in outputs)
        cost = loss(own, *tensors(train, rows[here]))
        cost.backward()
        alone = alone + cost.detach()
        for whole, y in zip(gradients, own, strict=True):
            assert y.grad is not None
            whole[torch.from_numpy(here)] = y.grad
    torch.testing.assert_close(together.detach(), alone)
    for y, wanted in zip(outputs, gradients, strict=True):
        assert y.grad is not None
        torch.testing.assert_close(y.grad, wanted)


def test_the_default_loss_is_the_textbook_one(both: Mixture) -> None:
    train = both.part("train")
    rows = np.arange(0, len(train), 5)
    targets, judged, weight = tensors(train, rows)
    outputs = tuple(
        torch.randn(len(rows), len(t.names), generator=torch.Generator().manual_seed(0)) for t in train.tasks
    )
    go, emo = judged["goemotions"].any(1), judged["vad"].any(1)
    summed = F.binary_cross_entropy_with_logits(outputs[0][go], targets["goemotions"][go], reduction="sum") / go.sum()
    spread = torch.from_numpy(train.targets["vad"][train.corpus == "emobank"].std(0))
    squared = F.mse_loss(outputs[1][emo] / spread, targets["vad"][emo] / spread)
    torch.testing.assert_close(supervised.objectives(train)(outputs, targets, judged, weight), summed + squared)


def test_a_network_learns_from_a_batch_of_both(both: Mixture) -> None:
    """Gradients reach both heads from a batch that holds both corpora, and only the own head from one corpus."""
    train = both.part("train")
    loss = supervised.objectives(train)
    heads = [torch.nn.Linear(4, len(t.names)) for t in train.tasks]
    states = torch.randn(len(train), 4, generator=torch.Generator().manual_seed(0))
    for taken, reached in ((NAMES, (True, True)), (NAMES[:1], (True, False)), (NAMES[1:], (False, True))):
        rows = np.flatnonzero(np.isin(train.corpus, taken))
        outputs = tuple(head(states[torch.from_numpy(rows)]) for head in heads)
        loss(outputs, *tensors(train, rows)).backward()
        for head, there in zip(heads, reached, strict=True):
            assert head.weight.grad is not None
            assert bool(head.weight.grad.any()) is there
            head.zero_grad()


def test_scales_are_the_training_parts_own_statistics(both: Mixture) -> None:
    train = both.part("train")
    names, dimensions = supervised.scales(train)
    own = train.corpus == "emobank"
    np.testing.assert_allclose(dimensions.shift, train.targets["vad"][own].mean(0), atol=1e-5)
    np.testing.assert_allclose(dimensions.factor, train.targets["vad"][own].std(0), atol=1e-5)
    share = train.targets["goemotions"][~own].mean(0)
    np.testing.assert_allclose(1 / (1 + np.exp(-np.asarray(names.shift))), np.clip(share, 1e-4, 1), atol=1e-5)
    assert set(names.factor) == {1.0}


def test_balance_weighs_rare_names_by_their_odds(both: Mixture) -> None:
    train = both.part("train")
    outputs = tuple(torch.zeros(len(train), len(t.names)) for t in train.tasks)
    own = train.corpus == "goemotions"
    truth = train.targets["goemotions"][own]
    share = np.clip(truth.mean(0), 1e-4, 1)
    weights = ((1 - share) / share) ** 0.5
    names = (np.log(2) * (truth * weights + 1 - truth)).sum(1).mean()  # at nought every name costs log 2
    values = (train.targets["vad"][~own] / train.targets["vad"][~own].std(0)) ** 2
    found = supervised.objectives(train, balance=0.5)(outputs, *tensors(train, np.arange(len(train))))
    assert float(found) == pytest.approx(names + values.mean(), rel=1e-4)


def test_other_tasks_can_be_asked_for() -> None:
    views = mixture.read(NAMES, ["vad.reader", "vad.writer"])
    assert [t.id for t in views.tasks] == ["vad.writer", "vad.reader"]
    assert not views.judged["vad.reader"][views.corpus == "goemotions"].any()
    assert not np.array_equal(views.targets["vad.reader"], views.targets["vad.writer"])


def test_a_part_keeps_rows_together(both: Mixture) -> None:
    dev = both.part("dev")
    assert set(dev.split) == {"dev"}
    assert len(dev) == 20
    i = int(np.flatnonzero(both.ids == dev.ids[3])[0])
    for task in both.targets:
        assert np.array_equal(dev.targets[task][3], both.targets[task][i])
    assert dev.media[3] == both.media[i]


def test_further_targets_judge_every_sample(both: Mixture) -> None:
    taught = both.with_targets({"vad.teacher": np.ones((len(both), 3), np.float32)})
    assert taught.judged["vad.teacher"].all()
    assert "vad.teacher" not in both.targets
    ragged = batch.Ragged(np.ones(len(both), np.int32), np.arange(len(both) + 1))
    made = batch.make(taught, {"text": ragged}, np.asarray([5, 99]))
    assert made.targets["vad.teacher"].shape == (2, 3)
    assert made.judged["goemotions"].any(1).tolist() == [True, False]


def test_a_task_nobody_has_offers_near_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        mixture.read(NAMES, ["vad.readr"])
    assert str(caught.value) == (
        "expected the name of a task of these corpora; found 'vad.readr'; did you mean vad.reader or vad.writer or vad?"
    )


def test_one_id_for_two_tasks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task("vad", "emotion", Kind.MULTI, "toy", ("a",))
    real = corpora.tasks
    monkeypatch.setattr(corpora, "tasks", lambda name: (task,) if name == "goemotions" else real(name))
    with pytest.raises(UsageError, match="one meaning for each task id; found 'vad' twice; train on fewer corpora"):
        mixture.read(NAMES)


def test_names_that_could_not_be_chosen_are_not_judged() -> None:
    task = Task("t", "emotion", Kind.MULTI, "toy", ("joy", "anger", "disgust"))
    asked = Sample("a", {"text": Media(text="x")}, (Rating("t", frozenset({"joy"}), judged=("joy", "anger")),))
    passed = Sample("b", {"text": Media(text="y")}, (Rating("t", None, note="unknown"),))
    data = mixture.table([("toy", asked), ("toy", passed)], [task])
    assert data.judged["t"].tolist() == [[True, True, False], [False, False, False]]
    assert data.targets["t"].tolist() == [[1, 0, 0], [0, 0, 0]]
    loss: loop.Loss = supervised.objectives(data)
    outputs = torch.zeros(2, 3, requires_grad=True)
    loss((outputs,), *tensors(data, np.arange(2))).backward()
    assert outputs.grad is not None
    assert outputs.grad.ne(0).tolist() == data.judged["t"].tolist()


def sample(name: str, *media: tuple[str, Media]) -> tuple[str, Sample]:
    return "toy", Sample(name, dict(media), (Rating("t", frozenset({"joy"})),), split="train")


def test_blank_samples_are_left_out_and_counted() -> None:
    task = Task("t", "emotion", Kind.MULTI, "toy", ("joy", "anger"))
    blanks = [("text", Media(text=text)) for text in ("", " \t", "\u2028", "\0\x07")]
    given = [sample("a", ("text", Media(text="🙂"))), *(sample(f"b{i}", m) for i, m in enumerate(blanks))]
    given += [("other", sample("c", blanks[0])[1]), sample("d", ("text", Media(path="not-opened.txt")))]
    data = mixture.table(given, [task])
    assert data.ids.tolist() == ["a", "d"]
    assert data.blank == {"toy": 4, "other": 1}
    assert data.part("train").blank == data.blank
    assert mixture.table(given[:1], [task]).blank == {}
    with pytest.raises(DataError) as caught:
        mixture.table(given[1:3], [task])
    assert str(caught.value) == (
        "expected a sample that is not blank; found 2 blank ones; look at the columns that are read"
    )


def test_groups_go_where_their_samples_go() -> None:
    task = Task("t", "emotion", Kind.MULTI, "toy", ("joy", "anger"))
    rating = (Rating("t", frozenset({"joy"})),)
    groups: list[dict[str, str]] = [{"speaker": "ann"}, {}, {"speaker": "bob", "song": "x"}]
    samples = [("toy", Sample(f"{i}", {"text": Media(text="x")}, rating, g)) for i, g in enumerate(groups)]
    data = mixture.table(samples, [task]).take(np.asarray([2, 1]))
    assert {kind: ids.tolist() for kind, ids in data.groups.items()} == {"speaker": ["bob", ""], "song": ["x", ""]}
