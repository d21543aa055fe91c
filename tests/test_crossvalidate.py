"""Folds, what HUE is made of, and cross-validation through the command line, against derivations of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from tokenizers import Tokenizer, decoders, models
from typer.testing import CliRunner

from affectkit import find
from affectkit.app import cli
from affectkit.corpora import empathic_reactions
from affectkit.errors import DataError, UsageError
from affectkit.methods import hue_empathy
from affectkit.train import crossvalidate, export, figures, mixture, run
from affectkit.train.mixture import Mixture

TOY = {
    "encoder": "transformer:vocabulary=300,width=32,layers=1,heads=2,inner=64,longest=64",
    "epochs": "4",
    "batch_size": "16",
    "head_lr": "1e-2",
    "longest": "32",
    "hidden": "16",
    "dropout": "0.1",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with imitations of two corpora below AFFECTKIT_CORPORA."""
    for name in ("empathic_reactions", "goemotions"):
        find.load("corpora", name).fake(tmp_path / "corpora" / name, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    monkeypatch.setenv("AFFECTKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def data() -> Mixture:
    return mixture.read(["empathic_reactions"])


# ---- folds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["", ":person"])
def test_every_sample_is_tested_once_and_folds_are_equal(data: Mixture, kind: str) -> None:
    parts = [mixture.resplit(data, f"fold{k}of10{kind}") for k in range(10)]
    tested = np.array([p.split == "test" for p in parts])
    assert (tested.sum(0) == 1).all()
    assert np.ptp(tested.sum(1)) <= (1 if not kind else 5)  # a person has five essays
    for p in parts:
        assert {"train", "dev", "test"} == set(p.split.tolist())
        assert (p.split == "train").mean() > (0.6 if kind else 0.75)  # 24 persons are few
        if kind:
            splits = {}
            for person, split in zip(p.groups["person"].tolist(), p.split.tolist(), strict=True):
                assert splits.setdefault(person, split) == split


def test_folds_are_the_same_every_time(data: Mixture) -> None:
    again = mixture.resplit(mixture.read(["empathic_reactions"]), "fold2of5")
    assert (mixture.resplit(data, "fold2of5").split == again.split).all()


@pytest.mark.parametrize(
    ("by", "kind", "says"),
    [
        ("fold5of5", UsageError, "expected a fold such as fold0of10 to fold9of10; found fold5of5; folds are counted"),
        ("fold0of1", UsageError, "expected a fold such as fold0of10 to fold9of10; found fold0of1; folds are counted"),
        ("fold0of500", DataError, "expected at least 500 samples or groups for 500 folds; found 120; use fewer folds"),
        ("fold0of5:persn", UsageError, "expected the name of a kind of group of these corpora; found 'persn'"),
    ],
)
def test_a_fold_that_is_not_there_is_a_sentence(by: str, kind: type[Exception], says: str, data: Mixture) -> None:
    with pytest.raises(kind) as caught:
        mixture.resplit(data, by)
    assert str(caught.value).startswith(says)


# ---- what HUE is made of ---------------------------------------------------------------------------------------------


def test_a_machine_is_scikit_learns_and_its_score_that_of_leaving_out() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 4))
    y = np.stack([x[:, 0] + 0.3 * rng.normal(size=30), rng.normal(size=30)], 1)
    kernel = np.exp(-((x[:, None] - x[None]) ** 2).sum(2) / 4)
    scores, decays = hue_empathy.machine(kernel, y)
    for column in range(2):
        by_decay = {}
        for decay in hue_empathy._DECAYS:
            said = []
            for i in range(30):
                rest = np.arange(30) != i
                one = KernelRidge(alpha=decay, kernel="precomputed").fit(kernel[np.ix_(rest, rest)], y[rest, column])
                said.append(one.predict(kernel[[i]][:, rest])[0])
            by_decay[decay] = np.corrcoef(said, y[:, column])[0, 1]
        best = max(by_decay, key=by_decay.__getitem__)
        assert scores[column] == pytest.approx(by_decay[best], abs=1e-6)
        assert decays[column] == best


@pytest.fixture
def trained(here: Path) -> run.Run:
    return run.train(
        "hue_empathy", TOY | {"split": "fold0of10"}, ["empathic_reactions"], (), (0,), here / "run", "the command"
    )


def test_the_network_says_the_mean_of_its_three_votes(trained: run.Run) -> None:
    model, part = run.model(trained, 0), trained.mixture().part("dev")
    texts = run.features(trained.reader(), part)["text"]
    tokens, lengths = (torch.from_numpy(a) for a in texts.padded(np.arange(len(part))))
    with torch.inference_mode():
        rows = ((model.described(tokens, lengths) - model.mean) / model.spread).double().numpy()
        votes = [model.heads[0](torch.from_numpy(rows).float()).double().numpy()]
        found = model(tokens, lengths)[0].double().numpy()
    support, dense = model.support.double().numpy(), model.dense
    both = []
    for part_, median in zip((slice(dense), slice(dense, None)), model.medians.double().tolist(), strict=True):
        apart = ((rows[:, None, part_] - support[None, :, part_]) ** 2).mean(2) / median
        both.append((np.exp(-apart), np.exp(-np.sqrt(apart + 1e-8))))
    for shape in range(2):
        alpha, worth = model.alpha_0[shape].double().numpy(), model.worth_0[shape].double().numpy()
        votes.append(both[0][shape] @ alpha + both[1][shape] @ alpha * worth)
    bags = hue_empathy._bags(model, texts).toarray()
    words = bags @ model.words_0.double().numpy()
    said = (sum(votes) + words) / 3 * model.factor_0.double().numpy() + model.shift_0.double().numpy()
    assert found == pytest.approx(said, abs=1e-4)
    assert model.answers({"text": texts})[0] == pytest.approx(said, abs=1e-4)


def test_a_machine_is_solved_on_all_rows_with_a_decay_that_some_of_them_chose(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hue_empathy, "_TRIED", 20)
    changes = TOY | {"split": "fold0of10"}
    trained = run.train("hue_empathy", changes, ["empathic_reactions"], (), (0,), here / "few", "the command")
    model, part = run.model(trained, 0), trained.mixture().part("train")
    texts = run.features(trained.reader(), part)["text"]
    with torch.inference_mode():
        near = [[k.double().numpy() for k in pair] for pair in model.kernels(model.support, model.support)]
    words = (hue_empathy._bags(model, texts) @ hue_empathy._bags(model, texts).T).toarray()
    y = (part.targets[trained.tasks[0].id] - model.shift_0.numpy()) / model.factor_0.numpy()
    for shape, (dense, lexical) in enumerate(near):
        for column in range(y.shape[1]):
            alpha, worth = model.alpha_0[shape, :, column].double().numpy(), float(model.worth_0[shape, column])
            left = [y[:, column] - (dense + worth * lexical + b * words) @ alpha for b in (0.0, 0.5)]
            off = [np.abs(rest - decay * alpha).max() for rest in left for decay in hue_empathy._DECAYS]
            assert min(off) < 1e-3 < np.abs(alpha).max()


def test_pieces_that_go_on_with_a_word_are_known_by_their_mark_or_by_the_blank_that_they_lack() -> None:
    words = Tokenizer(models.WordPiece({"[UNK]": 0, "glad": 1, "##ly": 2}, unk_token="[UNK]"))
    words.decoder = decoders.WordPiece()
    assert hue_empathy._goes_on(words).tolist() == [False, False, True]
    pieces = Tokenizer(models.BPE({"glad": 0, "Ġglad": 1, "ly": 2, "!": 3}, []))
    pieces.decoder = decoders.ByteLevel()
    assert hue_empathy._goes_on(pieces).tolist() == [True, False, True, False]
    with pytest.raises(UsageError, match="pieces of words or of bytes; found Unigram"):
        hue_empathy._goes_on(Tokenizer(models.Unigram([("glad", 0.0)])))


def test_a_text_is_told_alone_as_beside_longer_ones(trained: run.Run) -> None:
    model = run.model(trained, 0)
    tokens, lengths = torch.tensor([[5, 9, 5, 7, 8], [9, 9, 6, 0, 0]]), torch.tensor([5, 3])
    with torch.inference_mode():
        together = model(tokens, lengths)[0]
        alone = model(tokens[1:, :3], lengths[1:])[0]
    torch.testing.assert_close(together[1:], alone, atol=1e-5, rtol=0)


def test_only_whole_words_are_looked_up(trained: run.Run) -> None:
    model = run.model(trained, 0)
    tokenizer = trained.reader().tokenizer
    whole = next(i for i in range(4, tokenizer.get_vocab_size()) if not model.goes_on[i])
    rest = int(torch.nonzero(model.goes_on)[0])
    model.lexicon.zero_()
    model.lexicon[whole, 0] = model.lexicon[rest, 0] = 1.0
    with torch.inference_mode():
        said = model.described(torch.tensor([[whole, whole, rest, whole]]), torch.tensor([4]))
    assert float(said[0, model.dense]) == pytest.approx(2 / 4)  # the second is the beginning of a longer word


def test_our_list_tells_joy_from_anger(trained: run.Run, here: Path) -> None:
    table = hue_empathy.own_list("goemotions", trained.reader())
    tokens = mixture.read(["goemotions"]).part("train")
    assert table.shape[1] == 12 and np.isfinite(table).all()
    assert len(tokens) and table.any()
    assert list((here / "cache").rglob("*.npy")), "it is kept for the next fold"
    again = hue_empathy.own_list("goemotions", trained.reader())
    assert (again == table).all()


def test_our_list_never_sees_what_is_tested(trained: run.Run, data: Mixture) -> None:
    reader, config = trained.reader(), hue_empathy.Config(words_from="goemotions", split="fold0of5")
    official, own = (hue_empathy.own_list("goemotions", reader, split) for split in ("", "fold0of5"))
    assert (official != own).any()
    for train, expected in ((mixture.read(["goemotions"]), own), (data, official)):
        found = hue_empathy.lexicon(config, reader, train)
        assert (found[:, : expected.shape[1]] == expected).all()


def test_what_our_list_was_fitted_on_is_in_the_weights(trained: run.Run) -> None:
    sources = export.learnt_from(trained)
    assert sources.corpora == ("empathic_reactions", "goemotions")
    assert sources.licences["goemotions"] == find.card("corpora", "goemotions")["licence"]


def test_an_encoder_without_layers_to_read_is_refused(here: Path, data: Mixture) -> None:
    changes = TOY | {"encoder": "ngrams", "split": "random"}
    with pytest.raises(UsageError) as caught:
        run.train("hue_empathy", changes, ["empathic_reactions"], (), (0,), here / "other", "x")
    assert str(caught.value) == "expected a text encoder that shows its layers; found ngrams; --set encoder=minilm"


# ---- cross-validation ------------------------------------------------------------------------------------------------


def call(*arguments: str) -> tuple[int, str, str]:
    given = [f"--set={name}={value}" for name, value in TOY.items()]
    result = CliRunner().invoke(
        cli.build(), ["crossvalidate", "hue_empathy", "--on", "empathic_reactions", *given, *arguments]
    )
    return result.exit_code, result.stdout, result.stderr


def test_crossvalidate_writes_both_ways_of_putting_folds_together(here: Path) -> None:
    code, said, _ = call("--folds", "3", "--by", "random,person")
    assert code == 0
    assert "empathic_reactions by person: fold 3 of 3, 40 samples" in said.splitlines()
    data = json.loads((here / "results" / "hue_empathy.empathic_reactions.json").read_text(encoding="utf-8"))
    assert data["command"].endswith("--folds 3 --by random,person")
    samples = [(r["variant"]["system"], r["variant"]["samples"]) for r in data["rows"]]
    assert samples == [
        (f"hue_empathy, 3 folds by {kind}", which)
        for kind in ("random", "person")
        for which in ("all, each judged once", "mean over folds")
    ]
    for row in data["rows"]:
        assert row["synthetic"] is True and row["seeds"] == [0]
        assert "; the first fold: split audit: " in row["audit"]
        assert row["paper"] == {"pearson.empathy": 0.404, "pearson.distress": 0.444}
        for name in ("pearson.empathy", "pearson.distress"):
            v = row["metrics"][name]
            assert v["n"] == 120 and v["low"] < v["value"] < v["high"]
            assert v["value"] > 0.4  # the fakes' words give their values away
    assert "groups of one person" in data["rows"][2]["split"]
    assert "3 folds over samples" in data["rows"][0]["split"]


def test_the_mean_over_folds_is_the_mean_of_each(data: Mixture) -> None:
    rng = np.random.default_rng(2)
    (task,) = empathic_reactions.TASKS
    fold = rng.integers(0, 4, len(data))
    scores = data.targets[task.id] + rng.normal(0, 0.5, data.targets[task.id].shape)
    told = crossvalidate.Folds(data, {task.id: figures.Said(scores)}, fold, np.zeros(len(data), bool))
    found = crossvalidate.over_folds(task, told)
    for column, name in enumerate(task.names):
        each = [
            np.corrcoef(scores[fold == k, column], data.targets[task.id][fold == k, column])[0, 1] for k in range(4)
        ]
        v = found[f"pearson.{name}"]
        assert v.value == pytest.approx(np.mean(each), abs=1e-6)
        assert v.low < v.value < v.high and v.n == len(data)


def test_a_mean_over_folds_is_compared_with_claims_of_its_own_figure_only(
    data: Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = empathic_reactions.TASKS
    about = {"claim": "planted", "metric": "ccc.empathy", "paper": 0.1}
    claims = [about | {"corpus": "empathic_reactions"}, about | {"corpus": "emobank", "metric": "pearson.empathy"}]
    monkeypatch.setattr(find, "card", _with_claims(claims))
    told = folds(data, data.targets[task.id].astype(np.float64))
    whole, mean = crossvalidate.rows("hue_empathy", "empathic_reactions", told, 3, "random", 0, 0.0)
    assert (whole["claim"], whole["paper"], whole["verdict"]) == ("planted", {"ccc.empathy": 0.1}, "gated")
    assert (mean["claim"], mean["paper"], mean["verdict"]) == (None, {}, "own")


def test_a_mean_over_folds_that_does_not_exist_is_left_out(data: Mixture) -> None:
    (task,) = empathic_reactions.TASKS
    scores = data.targets[task.id].astype(np.float64)
    scores[::3, 0] = 0.5  # constant in one fold
    assert list(crossvalidate.over_folds(task, folds(data, scores))) == ["pearson.distress"]


@pytest.mark.parametrize(
    ("kind", "name"), [("random", "mean_over_language"), ("language", "mean_over_unseen_language")]
)
def test_a_language_is_unseen_only_where_folds_are_made_of_languages(kind: str, name: str, here: Path) -> None:
    find.load("corpora", "brighter").fake(here / "corpora" / "brighter", np.random.default_rng(0))
    told = folds(spoken := mixture.read(["brighter"]), spoken.targets[spoken.tasks[0].id].astype(np.float64))
    row, _ = crossvalidate.rows("finetune", "brighter", told, 3, kind, 0, 0.0)
    assert {m for m in row["metrics"] if "mean_over" in m} == {f"macro_f1.{name}"}


def folds(data: Mixture, scores: np.ndarray) -> crossvalidate.Folds:
    """Three folds in turn, of which each sample's scores on the main task are given."""
    task = data.tasks[0]
    said = figures.Said(scores, None if task.scaled else scores >= 0.5)
    return crossvalidate.Folds(data, {task.id: said}, np.arange(len(data)) % 3, np.zeros(len(data), bool))


def _with_claims(claims: Sequence[Mapping[str, Any]]) -> Callable[[str, str], dict[str, Any]]:
    real = find.card
    return lambda kind, name: real(kind, name) | ({"claims": claims} if kind == "methods" else {})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--folds", "1"], "expected at least two folds; found 1; --folds 10 is usual"),
        (["--set", "split=random"], "expected settings without a split; found split=random; say what folds are made"),
        (
            ["--by", "persn"],
            "expected the name of a kind of group of these corpora; found 'persn'; did you mean person",
        ),
    ],
)
def test_a_wrong_cross_validation_is_one_sentence(given: list[str], says: str, here: Path) -> None:
    code, _, error = call(*given)
    assert code == 2 and error.startswith(f"affectkit: {says}")
    assert not (here / "results").exists()
