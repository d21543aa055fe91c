"""The all-inclusive rule: what is true and said of an item, what is learnt of votes, and what is measured of a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from sklearn.metrics import f1_score

from affectkit import corpora, find
from affectkit.errors import DataError, UnknownName
from affectkit.methods import all_inclusive
from affectkit.metrics import all_inclusive_cooccurrence, all_inclusive_f1, cooccurrence, kl, macro_f1
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.taxonomies.red import NAMES as RED
from affectkit.train import evaluate, loop, mixture, run, votes
from affectkit.train.mixture import Mixture

NAMES = ("neutral", "happiness", "anger", "sadness")
TASK = Task("heard", "emotion", Kind.SINGLE, "", NAMES)
SEVERAL = dataclasses.replace(TASK, kind=Kind.MULTI)
LETTERS = dict(zip("NHAS", NAMES, strict=True))


def item(id: str, ballots: str, *more: Rating, split: str = "train") -> Sample:
    """One vote per letter: "NNAAS"."""
    ratings = [Rating("heard", LETTERS[letter]) for letter in ballots]
    return Sample(id, {"text": Media(text=id)}, (*ratings, *more), split=split)


def shared(*samples: Sample, task: Task = TASK) -> Mixture:
    return mixture.as_shares(mixture.table([("own", s) for s in samples], [task]))


# --- which names an item has ---


def test_names_are_those_above_an_even_share() -> None:
    shares = np.asarray([[0.2, 0.0, 0.4, 0.4], [0.25, 0.25, 0.25, 0.25], [0.3, 0.3, 0.2, 0.2], [0, 0, 0, 0]])
    true, said, could = all_inclusive_f1.decided(shares, shares[::-1])
    assert true.tolist() == [[False, False, True, True], [False] * 4, [True, True, False, False], [False] * 4]
    assert could.any(1).tolist() == [True, True, True, False]
    assert not said[0].any(), "a row of zeros says nothing"


@pytest.mark.parametrize("k", [3, 6, 7, 28])
def test_a_uniform_item_has_no_name_in_single_precision_either(k: int) -> None:
    even = np.full((1, k), 1 / k, np.float32)
    assert not all_inclusive_f1.decided(even, even * 3)[0].any()
    assert all_inclusive_f1.decided(even, even + np.eye(1, k, dtype=np.float32) / 100)[1].tolist() == [
        [True, *[False] * (k - 1)]
    ]


def test_an_even_share_is_one_of_the_judged_names() -> None:
    shares, judged = np.asarray([[0.5, 0.3, 0.2, 0.0]]), np.asarray([[True, True, False, False]])
    assert all_inclusive_f1.decided(shares, shares, judged)[0].tolist() == [[True, False, False, False]]
    assert all_inclusive_f1.decided(shares, shares)[0].tolist() == [[True, True, False, False]]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), raters=st.integers(1, 9))
def test_it_is_macro_f1_of_the_names_above_an_even_share(seed: int, raters: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(raters, rng.dirichlet(np.ones(5)), size=40)
    scores = rng.dirichlet(np.ones(5), 40)
    wanted = f1_score(counts * 5 > raters, scores > 1 / 5, average="macro", zero_division=0)
    assert all_inclusive_f1.score(counts, scores) == pytest.approx(wanted)
    assert all_inclusive_f1.score(counts / raters, scores * 7) == pytest.approx(wanted), "votes or shares, all one"


def test_items_without_a_vote_are_left_out_and_nothing_is_nan() -> None:
    rng = np.random.default_rng(1)
    truth, scores = rng.dirichlet(np.ones(4), 20), rng.dirichlet(np.ones(4), 20)
    truth[5:9] = 0
    for metric in (all_inclusive_f1, all_inclusive_cooccurrence):
        left = np.delete(np.arange(20), np.arange(5, 9))
        assert metric.score(truth, scores) == pytest.approx(metric.score(truth[left], scores[left]))
        assert np.isnan(metric.score(np.zeros((3, 4)), scores[:3]))


def test_the_co_occurrence_is_that_of_the_names_above_an_even_share() -> None:
    rng = np.random.default_rng(2)
    truth, scores = rng.dirichlet(np.ones(4), 50), rng.dirichlet(np.ones(4), 50)
    wanted = cooccurrence.score((truth > 0.25).astype(float), (scores > 0.25).astype(float))
    assert all_inclusive_cooccurrence.score(truth, scores) == pytest.approx(wanted)
    assert wanted > 0.1


# --- votes as shares ---


def test_shares_are_of_all_that_raters_chose() -> None:
    made = [Rating("heard", frozenset({"anger", "sadness"})), Rating("heard", frozenset({"anger"}), count=2)]
    silent = Rating("heard", frozenset(), count=3)
    data = shared(
        Sample("a", {}, tuple(made)), Sample("b", {}, (silent,)), Sample("c", {}, (*made, silent)), task=SEVERAL
    )
    assert [t.kind for t in data.tasks] == [Kind.DISTRIBUTION]
    np.testing.assert_allclose(data.targets["heard"][[0, 2]], [[0, 0, 0.75, 0.25]] * 2)
    assert data.judged["heard"].any(1).tolist() == [True, False, True], "of nothing chosen there are no shares"
    again = mixture.as_shares(data)
    assert again.tasks == data.tasks
    np.testing.assert_array_equal(again.targets["heard"], data.targets["heard"])


def test_dimensions_stay_as_they_are() -> None:
    task = Task("vad", "dimensions", Kind.CONTINUOUS, "vad", ("valence",), (1, 5))
    data = mixture.table([("own", Sample("a", {}, (Rating("vad", (2.0,)),)))], [task])
    same = mixture.as_shares(data)
    assert same.tasks == (task,)
    np.testing.assert_array_equal(same.targets["vad"], [[-0.5]])


# --- what is learnt of votes ---

ITEMS = ("NNAAS", "NNHAS", "NNNAS")
SOFT = np.asarray([[0.4, 0, 0.4, 0.2], [0.4, 0.2, 0.2, 0.2], [0.6, 0, 0.2, 0.2]], np.float32)
"""The paper's examples, in the order of `NAMES`."""


@pytest.mark.parametrize(("keep", "kept"), [("majority", [2]), ("plurality", [1, 2]), ("all_inclusive", [0, 1, 2])])
def test_a_rule_keeps_what_it_decides_and_the_label_is_of_all_votes(keep: str, kept: list[int]) -> None:
    data = shared(*(item(ballots, ballots) for ballots in ITEMS))
    soft = votes.relabelled(data, np.arange(3), keep, "all_inclusive")
    assert np.flatnonzero(soft.judged["heard"].all(1)).tolist() == kept
    assert np.flatnonzero(soft.judged["heard"].any(1)).tolist() == kept
    np.testing.assert_allclose(soft.targets["heard"][kept], SOFT[kept], rtol=1e-6)
    hard = votes.relabelled(data, np.arange(3), keep, "all_inclusive:hard=true").targets["heard"][kept]
    assert (hard.max(1) == 1).all() and (hard.sum(1) == 1).all()
    for row, own in zip(hard, SOFT[kept], strict=True):
        assert own[row.argmax()] == own.max(), "one of the names that lead"


def test_a_tie_is_drawn_and_the_draw_is_told_by_the_seed() -> None:
    data = shared(*(item(f"item {i}", "NNAAS") for i in range(60)))
    drawn = [
        votes.relabelled(data, np.arange(60), "all_inclusive", f"all_inclusive:hard=true,seed={s}").targets["heard"]
        for s in (0, 0, 1)
    ]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    assert set(drawn[0].argmax(1).tolist()) == {0, 2}


def test_smoothed_labels_have_the_published_form() -> None:
    data = shared(item("a", "NNNAS"))
    found = votes.relabelled(data, np.arange(1), "all_inclusive", "smoothed:smoothing=0.05").targets["heard"][0]
    assert found[0] == pytest.approx(0.576667, abs=1e-6)
    assert found.sum() == pytest.approx(1)


def test_a_consensus_is_kept_where_nobody_voted_and_other_rows_stay() -> None:
    agreed = Rating("heard", "anger", rater="consensus", rule="majority")
    data = shared(item("a", "", agreed), item("b", "NNAAS"), item("c", "NNAAS", split="test"))
    found = all_inclusive.enrich(all_inclusive.Config(keep="majority"), data)
    assert found.judged["heard"].any(1).tolist() == [True, False, True]
    np.testing.assert_allclose(found.targets["heard"][[0, 2]], [[0, 0, 1, 0], SOFT[0]])
    assert data.judged["heard"].all(), "the mixture it was made from stays as it was"


def test_numbers_of_emobanks_raters_are_votes_that_rules_keep_or_lose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find.load("corpora", "emobank").fake(tmp_path / "emobank", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    for side in ("writer", "reader"):
        file = tmp_path / "emobank" / f"individual_{side}_ratings.csv.gz"
        rows = list(corpora.read_csv(file))  # its first five are of the first sentence
        corpora.write_csv(file, [r | {"V": v} for r, v in zip(rows, "22344", strict=False)] + rows[5:])
    for side in ("writer", "reader"):
        valence = [
            np.array([r.value[0] for r in s.rated(f"vad.{side}") if isinstance(r.value, tuple) for _ in range(r.count)])
            for s in corpora.samples("emobank")
        ]
        shares = np.asarray([[(v < 3).mean(), (v == 3).mean(), (v > 3).mean()] for v in valence])
        data = mixture.as_shares(mixture.read(["emobank"], [f"sentiment.{side}"]))
        learnt = {
            keep: votes.relabelled(data, np.arange(len(data)), keep, "all_inclusive")
            for keep in ("all_inclusive", "majority")
        }
        for keep, wanted in (("all_inclusive", shares >= 0), ("majority", np.repeat(shares.max(1) > 0.5, 3))):
            judged = learnt[keep].judged[f"sentiment.{side}"]
            assert judged.tolist() == wanted.reshape(shares.shape).tolist()
            np.testing.assert_allclose(learnt[keep].targets[f"sentiment.{side}"][judged], shares[judged], rtol=1e-6)
        assert not learnt["majority"].judged[f"sentiment.{side}"][0].any(), "two, one and two votes are no majority"


def test_what_is_no_rule_is_refused() -> None:
    data = shared(item("a", "NNA"))
    with pytest.raises(UnknownName) as unknown:
        votes.relabelled(data, np.arange(1), "pluralty", "all_inclusive")
    assert str(unknown.value) == "expected the name of a aggregation; found 'pluralty'; did you mean plurality?"
    with pytest.raises(DataError) as kind:
        votes.relabelled(data, np.arange(1), "mean", "all_inclusive")
    assert str(kind.value).startswith("expected a task of the kind continuous or ordinal for the rule")


# --- a run ---


def planted(folder: Path, n: int = 360) -> None:
    """RED's layout with three raters who draw their names from the word that a text repeats."""
    rng = np.random.default_rng(5)
    words = {
        "umbra": (0.6, 0.4, 0, 0, 0, 0, 0),
        "lumina": (0, 0, 0, 0, 0.4, 0, 0.6),
        "piatra": (0, 0, 0.5, 0.5, 0, 0, 0),
    }
    rows: list[dict[str, Any]] = []
    for i in range(n):
        word = tuple(words)[i % 3]
        drawn = rng.choice(len(RED), size=3, p=words[word])
        marks = {f"votes_{name}": "".join(str(int(d == j)) for d in drawn) for j, name in enumerate(RED)}
        split = ("train", "train", "train", "valid", "test", "test")[i // 3 % 6]
        rows.append({"split": split, "id": i, "text": f"{word} {word} {i}", "labels": "", **marks})
    corpora.write_csv(folder / "redv2.csv.gz", rows)
    corpora.write_csv(folder / "redv1.csv.gz", [{"split": "train", "Tweet": "nimic", "Emotion": "Frica"}])


CORPUS, VOTES = "red_ro:version=v2", "red_ro.votes"
QUICK = {"encoder": "ngrams:width=8,buckets=2048,most=2", "epochs": 8, "lr": 0.05, "batch_size": 16, "longest": 24}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("all-inclusive")
    planted(folder / "red_ro")
    variants: dict[str, dict[str, Any]] = {
        "soft": {},
        "hard": {"label": "all_inclusive:hard=true"},
        "majority": {"keep": "majority", "epochs": 1},
        "names": {"shares": False, "epochs": 1},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(folder))
        yield {
            name: run.train("all_inclusive", QUICK | changes, [CORPUS], [VOTES], (0,), folder / name, "the command")
            for name, changes in variants.items()
        }


def said(trained: run.Run) -> tuple[Mixture, np.ndarray]:
    own = trained.mixture()
    test = own.part("test")
    return test, evaluate.of_run(trained, [0], own, test)[VOTES].scores


def test_a_run_learns_and_is_measured_on_shares(trained: dict[str, run.Run]) -> None:
    opened = run.open_run(trained["soft"].folder)
    assert [t.kind for t in opened.tasks] == [Kind.DISTRIBUTION]
    test, scores = said(opened)
    assert len(test) == 120
    np.testing.assert_allclose(test.targets[VOTES].sum(1), 1, rtol=1e-6)
    assert all_inclusive_f1.score(test.targets[VOTES], scores) > 0.75


def test_dev_and_test_are_the_same_whatever_is_learnt(trained: dict[str, run.Run]) -> None:
    parts = [trained[name].mixture() for name in ("soft", "majority")]
    for split in ("dev", "test"):
        one, other = (data.part(split) for data in parts)
        np.testing.assert_array_equal(one.targets[VOTES], other.targets[VOTES])
        assert one.judged[VOTES].all() and other.judged[VOTES].all()


def test_soft_labels_learn_the_shares_that_hard_ones_do_not(trained: dict[str, run.Run]) -> None:
    test = trained["soft"].mixture().part("test")
    umbra = ["umbra" in str(m["text"].text) for m in test.media]
    apart, found = {}, {}
    for name in ("soft", "hard"):
        its = trained[name]
        network = run.model(its, 0)
        network.load_state_dict(load_file(its.seed_folder(0) / loop.LAST))  # where it came to, not its best epoch
        (raw,) = loop.outputs(network, run.features(its.reader(), test))
        scores = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
        apart[name] = kl.score(test.targets[VOTES], scores)
        found[name] = scores[umbra][:, :2].mean(0)
    np.testing.assert_allclose(found["soft"], [0.6, 0.4], atol=0.08)
    assert found["hard"][0] > found["soft"][0] + 0.03, "what leads takes more than its share"
    assert apart["soft"] < apart["hard"]


def test_scores_are_tempered_only_where_asked(trained: dict[str, run.Run]) -> None:
    soft = trained["soft"]
    test, scores = said(soft)
    raw = run.outputs(soft, 0, "test", test)[VOTES].astype(np.float64)
    plain = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    np.testing.assert_allclose(scores, plain, rtol=1e-5)
    tempered = dataclasses.replace(soft, config=dataclasses.replace(soft.config, tempered=True))
    other = evaluate.of_run(tempered, [0], tempered.mixture(), test)[VOTES].scores
    assert np.abs(other - plain).max() > 1e-3
    assert (soft.decided, tempered.decided) == ("dev (no temperature)", "dev")


def test_the_methods_own_metrics_stand_first_and_are_compared_in_pairs(trained: dict[str, run.Run]) -> None:
    measured = evaluate.measure_run(trained["soft"].folder, against=trained["hard"].folder)
    row = measured.rows[CORPUS][0]
    own = find.card("methods", "all_inclusive")["metrics"]
    assert list(row["metrics"])[: len(own)] == own
    assert [d["metric"] for d in row["baseline"]] == own
    test, soft = said(trained["soft"])
    _, hard = said(trained["hard"])
    truth = test.targets[VOTES]
    assert row["metrics"]["kl"]["value"] == pytest.approx(kl.score(truth, soft))
    (between,) = (d for d in row["baseline"] if d["metric"] == "kl")
    assert between["difference"] == pytest.approx(kl.score(truth, soft) - kl.score(truth, hard))
    assert between["p"] < 0.05
    assert "(no temperature)" in row["protocol"]


def test_shares_are_not_compared_with_names(trained: dict[str, run.Run]) -> None:
    assert [t.kind for t in trained["names"].tasks] == [Kind.MULTI]
    row = evaluate.measure_run(trained["soft"].folder, against=trained["names"].folder).rows[CORPUS][0]
    assert row["baseline"] is None


def test_a_run_is_measured_as_shares_on_a_corpus_that_is_named_too(trained: dict[str, run.Run]) -> None:
    on_own = evaluate.measure_run(trained["soft"].folder).rows[CORPUS][0]["metrics"]
    named = evaluate.measure_run(trained["soft"].folder, [CORPUS]).rows[CORPUS][0]["metrics"]
    assert named["all_inclusive_f1"] == on_own["all_inclusive_f1"]


def test_the_best_epoch_is_the_best_by_the_methods_first_metric(trained: dict[str, run.Run]) -> None:
    import json

    soft = trained["soft"]
    dev = soft.mixture().part("dev")
    raw = run.outputs(soft, 0, "dev", dev)[VOTES].astype(np.float64)
    scores = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    lines = (soft.seed_folder(0) / "log.jsonl").read_text(encoding="utf-8").splitlines()
    best = max(json.loads(line)["monitor"] for line in lines)
    assert best == pytest.approx(all_inclusive_f1.score(dev.targets[VOTES], scores))
    assert best != pytest.approx(macro_f1.score(dev.targets[VOTES], scores, task=soft.tasks[0]))
