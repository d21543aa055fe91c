"""Rows of results on planted systems: figures against scikit-learn and scipy, duplicates, differences, verdicts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score

from affectkit import corpora, find
from affectkit.analysis import significance
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Task
from affectkit.taxonomies.goemotions import NAMES
from affectkit.train import figures, mixture
from affectkit.train.figures import Facts, Said
from affectkit.train.mixture import Mixture

(EMOTIONS,) = corpora.tasks("goemotions")
VAD = corpora.tasks("emobank")[0]
ROW = {
    *("claim", "task", "protocol", "split", "audit", "variant", "metrics", "baseline"),
    *("paper", "verdict", "synthetic", "seeds", "minutes"),
}
K, N = len(NAMES), 60
NEW = "texts not in train"


@pytest.fixture(autouse=True)
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FOLDS", 200)


def emotions(texts: Sequence[str], split: str) -> list[tuple[str, Sample]]:
    """One or two names per text, in turn."""
    made = []
    for i, text in enumerate(texts):
        names = frozenset({NAMES[i % K], NAMES[(i * i + 3) % K]})
        rating = Rating("goemotions", names, rater="consensus", rule="two or more raters")
        made.append(("goemotions", Sample(f"{split}{i}", {"text": Media(text=text)}, (rating,), split=split)))
    return made


def dimensions(n: int) -> list[tuple[str, Sample]]:
    rng = np.random.default_rng(5)
    values = rng.uniform(1, 5, (n, 3)).round(2).tolist()
    ratings = [(Rating("vad", tuple(v), rater="consensus", rule="mean"),) for v in values]
    return [
        ("emobank", Sample(f"vad{i}", {"text": Media(text=f"one of the days {i}")}, r, split="test"))
        for i, r in enumerate(ratings)
    ]


@pytest.fixture(scope="module")
def test() -> Mixture:
    """Sixty comments and forty sentences."""
    samples = emotions([f"comment number {i}" for i in range(N)], "test") + dimensions(40)
    return mixture.table(samples, (EMOTIONS, VAD))


def said(truth: NDArray[np.float32], noise: float, seed: int = 0) -> Said:
    """Scores near the truth, names from one half, and a confidence."""
    rng = np.random.default_rng(seed)
    scores = np.clip(0.1 + 0.8 * truth + rng.normal(0, noise, truth.shape), 0.001, 0.999)
    names = scores >= 0.5
    names[~names.any(1), scores[~names.any(1)].argmax(1)] = True
    return Said(scores, names, scores.max(1))


def measured(values: NDArray[np.float32], noise: float) -> Said:
    return Said(np.clip(values + np.random.default_rng(1).normal(0, noise, values.shape), -1, 1))


def system(test: Mixture, noise: float) -> dict[str, Said]:
    truth, values = test.targets["goemotions"], test.targets["vad"]
    return {"goemotions": said(truth, noise), "vad": measured(values, noise)}


def facts(*claims: Mapping[str, Any]) -> Facts:
    return Facts(claims, (4,), 1.5)


def rows(
    test: Mixture, systems: Mapping[str, Mapping[str, Said]], corpus: str = "goemotions", **given: Any
) -> list[dict[str, Any]]:
    its = {name: given.pop("facts", facts()) for name in list(systems)[:1]}
    base = {}
    if other := given.pop("baseline", None):
        base = {"baselines": {name: other for name in systems if name != other[0]}}
    common = dict.fromkeys(systems, facts()) | its
    return figures.rows(systems, test, given.pop("seen", set()), corpus, common, **base, **given)


# ---- form ------------------------------------------------------------------------------------------------------------


def test_a_row_has_the_form_of_results_files(test: Mixture) -> None:
    found = rows(test, {"one": system(test, 0.2), "two": system(test, 0.3)}, baseline=("two", system(test, 0.3)))
    assert [(r["variant"]["system"], r["variant"]["samples"]) for r in found] == [
        *(("one", figures.ALL), ("one", NEW), ("two", figures.ALL), ("two", NEW))
    ]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for row in found:
        assert set(row) == ROW
        assert set(row["variant"]) == {"system", "samples"}
        assert (row["task"], row["split"]) == ("goemotions", find.card("corpora", "goemotions")["split"])
        assert "calibration from dev" in row["protocol"] and "200 bootstrap folds" in row["protocol"]
        assert (row["claim"], row["paper"], row["verdict"], row["synthetic"]) == (None, {}, "own", False)
        assert (row["seeds"], row["minutes"]) == ([4], 1.5)
        wanted = {*EMOTIONS.defaults.metrics, "brier", "ece", "first_label_accuracy"}
        assert set(row["metrics"]) == wanted
        for figure in row["metrics"].values():
            assert set(figure) == {"value", "low", "high", "n"}
            assert figure["low"] <= figure["value"] + 0.15 and figure["value"] <= figure["high"] + 0.15
            assert figure["n"] == N
    for row in found[:2]:
        assert [set(d) for d in row["baseline"]] == [{"name", "metric", "difference", "low", "high", "p"}]
    assert found[2]["baseline"] is None  # nobody is compared with itself


def test_a_corpus_has_rows_of_its_own_tasks_and_samples_only(test: Mixture) -> None:
    found = rows(test, {"one": system(test, 0.2)}, "emobank")
    assert [row["task"] for row in found] == ["vad", "vad"]
    assert set(found[0]["metrics"]) == {f"{m}.{d}" for m in ("pearson", "ccc", "rmse") for d in VAD.names}
    assert {f["n"] for f in found[0]["metrics"].values()} == {40}
    assert rows(test, {"one": {"vad": system(test, 0.2)["vad"]}}) == []  # nothing is said of the comments


# ---- figures ---------------------------------------------------------------------------------------------------------


def test_figures_of_names_are_scikit_learns(test: Mixture) -> None:
    one = system(test, 0.35)
    row = rows(test, {"one": one})[0]["metrics"]
    truth, its = test.targets["goemotions"][:N], one["goemotions"]
    assert its.said is not None and its.confidence is not None
    names, scores = its.said[:N], its.scores[:N]
    for average in ("macro", "micro", "weighted"):
        expected = f1_score(truth, names, average=average, zero_division=0)
        assert row[f"{average}_f1"]["value"] == pytest.approx(expected, abs=1e-9)
    present = truth.any(0)
    expected = average_precision_score(truth[:, present], scores[:, present], average="macro")
    assert row["average_precision"]["value"] == pytest.approx(expected, abs=1e-9)
    assert row["brier"]["value"] == pytest.approx(brier_score_loss(truth.ravel(), scores.ravel()), abs=1e-6)
    best = np.where(names, scores, -1).argmax(1)
    right = truth[np.arange(N), best]
    assert 0.3 < right.mean() < 1
    assert row["first_label_accuracy"]["value"] == pytest.approx(right.mean())
    bins = np.clip(np.ceil(its.confidence[:N] * 15) - 1, 0, 14)
    ece = sum(abs((right - its.confidence[:N])[bins == b].sum()) for b in range(15)) / N
    assert row["ece"]["value"] == pytest.approx(ece)


def test_figures_of_dimensions_are_scipys(test: Mixture) -> None:
    one = system(test, 0.35)
    row = rows(test, {"one": one}, "emobank")[0]["metrics"]
    for d, name in enumerate(VAD.names):
        truth, values = test.targets["vad"][N:, d], one["vad"].scores[N:, d]
        assert row[f"pearson.{name}"]["value"] == pytest.approx(stats.pearsonr(truth, values).statistic, abs=1e-6)
        assert row[f"rmse.{name}"]["value"] == pytest.approx(np.sqrt(np.mean((truth - values) ** 2)), rel=1e-6)


def test_an_interval_is_wider_on_fewer_samples(test: Mixture) -> None:
    one, few = system(test, 0.35), np.arange(0, N, 5)
    whole = figures.figures(EMOTIONS, one["goemotions"].take(np.arange(N)), test.take(np.arange(N)))
    part = figures.figures(EMOTIONS, one["goemotions"].take(few), test.take(few))
    assert part["brier"].n == 12
    assert part["brier"].high - part["brier"].low > 1.5 * (whole["brier"].high - whole["brier"].low)


def test_a_figure_that_does_not_exist_is_left_out(test: Mixture) -> None:
    flat = Said(np.zeros((len(test), 3)))
    (row, *_) = rows(test, {"flat": {"vad": flat}}, "emobank", baseline=("other", system(test, 0.2)))
    assert {m.split(".")[0] for m in row["metrics"]} <= {"ccc", "rmse"}
    assert row["metrics"]["rmse.valence"]["value"] > 0
    assert row["baseline"] == []
    json.dumps(row, allow_nan=False)


def test_what_nobody_judged_counts_nowhere(test: Mixture) -> None:
    """Ten samples that nobody judged, and a name that nobody could choose in ten others."""
    judged = test.judged["goemotions"].copy()
    judged[:10] = False
    part = dataclasses.replace(test, judged={**test.judged, "goemotions": judged})
    one = system(test, 0.35)
    found = rows(part, {"one": one})[0]["metrics"]
    kept = np.arange(10, len(test))
    alone = rows(test.take(kept), {"one": {t: s.take(kept) for t, s in one.items()}})[0]["metrics"]
    assert found == alone
    assert {f["n"] for f in found.values()} == {N - 10}

    its = one["goemotions"]
    assert its.said is not None
    top = np.where(its.said, its.scores, -1).argmax(1)
    judged = test.judged["goemotions"].copy()
    judged[np.arange(10), top[:10]] = False
    part = dataclasses.replace(test, judged={**test.judged, "goemotions": judged})
    found = rows(part, {"one": one})[0]["metrics"]
    assert found["first_label_accuracy"]["value"] == pytest.approx(
        test.targets["goemotions"][np.arange(10, N), top[10:N]].mean()
    )
    assert found["ece"]["value"] == pytest.approx(alone["ece"]["value"])


# ---- groups ----------------------------------------------------------------------------------------------------------

DISJOINT = {"groups": ["episode", "speaker", "dialogue"], "disjoint": ["dialogue"]}


def talk(dialogues: int, turns: int, speakers: int, alone: int = 0) -> Mixture:
    """Turns of a dialogue that share their words' difficulty, and turns that belong to none."""
    (task,) = corpora.tasks("meld")[:1]
    rng = np.random.default_rng(2)
    samples = []
    for i in range(dialogues * turns + alone):
        groups = {"speaker": f"s{i % speakers}"} | ({"dialogue": f"d{i // turns}"} if i < dialogues * turns else {})
        rating = Rating(task.id, task.names[int(rng.integers(len(task.names)))])
        samples.append(("meld", Sample(f"{i}", {"text": Media(text=f"turn {i}")}, (rating,), groups, "test")))
    return mixture.table(samples, (task,))


def system_of(part: Mixture, turns: int) -> dict[str, Said]:
    """A system that is right on whole dialogues and wrong on others."""
    truth = part.targets["meld"]
    good = np.random.default_rng(3).random(len(truth)) < 0.6
    good = np.repeat(good[::turns], turns)[: len(truth)]
    scores = np.where(good[:, None], truth, np.roll(truth, 1, 1)) * 0.8 + 0.02
    return {"meld": Said(scores, scores > 0.5, scores.max(1))}


def test_groups_that_the_split_keeps_come_first_and_few_are_not_drawn() -> None:
    part = talk(30, 4, 25)
    chosen = figures.Groups.of(part, DISJOINT)
    assert chosen is not None
    assert chosen.kind == "dialogue"
    assert chosen.protocol == ", bootstrap by dialogue (30)"
    assert [len(set(chosen.ids[i : i + 4])) for i in range(0, 120, 4)] == [1] * 30
    fewer = figures.Groups.of(talk(figures.FEWEST_GROUPS - 1, 4, 25), DISJOINT)
    assert fewer is not None and fewer.kind == "speaker"
    assert figures.Groups.of(talk(10, 4, 5), DISJOINT) is None
    assert figures.Groups.of(part, {"groups": []}) is None
    assert figures.Groups.of(talk(40, 1, 40), DISJOINT) is None  # groups of one are no groups


def test_samples_of_no_group_are_groups_of_their_own() -> None:
    chosen = figures.Groups.of(talk(20, 3, 5, alone=7), {"groups": ["dialogue"]})
    assert chosen is not None
    assert chosen.protocol == ", bootstrap by dialogue (27)"
    assert len(set(chosen.ids[60:].tolist()) - set(chosen.ids[:60].tolist())) == 7


def test_intervals_of_dialogues_are_drawn_by_dialogue_and_the_row_says_so() -> None:
    part = talk(40, 6, 5)
    one, two = system_of(part, 6), {"meld": said(part.targets["meld"], 0.5)}
    row = rows(part, {"one": one}, "meld", baseline=("two", two))[0]
    assert row["protocol"].endswith("200 bootstrap folds, bootstrap by dialogue (40)")
    dialogue = np.repeat(np.arange(40), 6)
    its, truth = one["meld"].said, part.targets["meld"]
    assert its is not None
    (task,) = part.tasks
    expected = significance.bootstrap("macro_f1", truth, its, task=task, groups=dialogue, folds=200)
    single = significance.bootstrap("macro_f1", truth, its, task=task, folds=200)
    assert isinstance(expected, significance.Interval) and isinstance(single, significance.Interval)
    found = row["metrics"]["macro_f1"]
    # the groups' order differs, so other folds are drawn
    width = found["high"] - found["low"]
    assert found["value"] == pytest.approx(expected.value)
    assert width == pytest.approx(expected.high - expected.low, rel=0.25)
    assert width > 1.5 * (single.high - single.low)
    assert row["metrics"]["ece"]["high"] - row["metrics"]["ece"]["low"] > 0.1
    (versus,) = row["baseline"]
    assert versus["high"] - versus["low"] > 1.2 * (single.high - single.low)


def test_without_groups_the_protocol_is_as_ever(test: Mixture) -> None:
    for corpus in ("goemotions", "emobank"):
        row = rows(test, {"one": system(test, 0.2)}, corpus)[0]
        assert row["protocol"].endswith("95 % intervals from 200 bootstrap folds")


def test_blank_samples_are_told_in_the_audit() -> None:
    samples = emotions(["one of the days", " ", "two of the days", "\t\n"], "test")
    part = mixture.table(samples, (EMOTIONS,))
    row = rows(part, {"one": {"goemotions": said(part.targets["goemotions"], 0.2)}})[0]
    assert row["audit"] == "0 of 2 test texts also occur in train; 2 blank samples of the corpus left out"


# ---- duplicates ------------------------------------------------------------------------------------------------------


def test_texts_that_train_holds_are_left_out_and_no_others() -> None:
    train = ["I am so HAPPY today!!", "We won the game", "it's always café time", "thank you"]
    again = ["i am so happy today", "we WON the game.", "It’s always cafe\u0301 time"]
    near = ["i am so happy", "we won the games", "it's always time", "thank you", "😂"]  # short ones come by chance
    others = [f"comment number {i}" for i in range(30)]
    both = mixture.table(emotions(train, "train") + emotions(again + near + others, "test"), (EMOTIONS,))
    test = both.part("test")
    seen = figures.seen(both.part("train"))
    one = {"goemotions": said(test.targets["goemotions"], 0.3)}
    whole, new = rows(test, {"one": one}, seen=seen)
    assert {f["n"] for f in whole["metrics"].values()} == {len(test)}
    assert {f["n"] for f in new["metrics"].values()} == {len(test) - len(again)}
    told = f"3 of {len(test) - 3} test texts also occur in train (3 too slight to be compared)"
    assert whole["audit"] == new["audit"] == told
    kept = np.arange(len(again), len(test))
    (direct, _) = rows(test.take(kept), {"one": {"goemotions": one["goemotions"].take(kept)}})
    assert new["metrics"] == direct["metrics"]


def test_without_a_new_text_there_is_no_such_row(test: Mixture) -> None:
    seen = figures.seen(test)
    (only,) = rows(test, {"one": system(test, 0.2)}, seen=seen)
    assert only["variant"]["samples"] == figures.ALL
    assert only["audit"] == f"{N} of {N} test texts also occur in train"


# ---- differences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("corpus", ["goemotions", "emobank"])
def test_the_better_system_is_ahead_of_the_baseline_and_the_worse_behind(test: Mixture, corpus: str) -> None:
    good, bad = system(test, 0.1), system(test, 0.6)
    for one, other, sign in ((good, bad, 1), (bad, good, -1)):
        mine = rows(test, {"mine": one}, corpus, baseline=("theirs", other))[0]
        theirs = rows(test, {"theirs": other}, corpus)[0]
        for d in mine["baseline"]:
            assert d["name"] == "theirs"
            assert d["difference"] * sign > 0.02
            expected = mine["metrics"][d["metric"]]["value"] - theirs["metrics"][d["metric"]]["value"]
            assert d["difference"] == pytest.approx(expected)
            assert d["low"] * sign > 0 and d["high"] * sign > 0 and d["p"] < 0.02


def test_equals_differ_by_nothing(test: Mixture) -> None:
    one = system(test, 0.3)
    (d,) = rows(test, {"mine": one}, baseline=("theirs", one))[0]["baseline"]
    assert (d["metric"], d["difference"], d["low"], d["high"], d["p"]) == ("macro_f1", 0, 0, 0, 1)


def test_a_baseline_without_the_task_is_no_comparison(test: Mixture) -> None:
    found = rows(test, {"mine": system(test, 0.3)}, baseline=("theirs", {"vad": system(test, 0.3)["vad"]}))
    assert [row["baseline"] for row in found] == [None, None]


# ---- over seeds ------------------------------------------------------------------------------------------------------


def test_a_row_over_seeds_is_the_mean_of_their_figures_and_welchs_difference(test: Mixture) -> None:
    systems = {f"a, seed {i}": {"goemotions": said(test.targets["goemotions"], 0.35, i)} for i in range(4)}
    others = [{"goemotions": said(test.targets["goemotions"], 0.6, 10 + i)} for i in range(3)]
    spread = figures.Spread("a, all", tuple(systems), ("b, all", others))
    found = rows(test, systems, facts=facts(claim("macro_f1", 0.5)), spread=spread)
    *single, row = [one for one in found if one["variant"]["samples"] == figures.ALL]
    assert [one["variant"]["system"] for one in found[-2:]] == ["a, all"] * 2
    assert set(row) == ROW and row["variant"] == {"system": "a, all", "samples": figures.ALL}
    assert (row["claim"], row["paper"], row["seeds"]) == ("macro_f1 of a paper", {"macro_f1": 0.5}, [4] * 4)
    assert row["verdict"] == ("reproduced" if row["metrics"]["macro_f1"]["value"] >= 0.5 else "not")
    assert "mean over 4 seeds, 95 % t-intervals over seeds" in row["protocol"]
    for metric, its in row["metrics"].items():
        values = [one["metrics"][metric]["value"] for one in single]
        assert (its["value"], its["deviation"], its["n"]) == pytest.approx((np.mean(values), np.std(values, ddof=1), N))
        interval = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
        assert (its["low"], its["high"]) == pytest.approx(interval)
    truth = test.targets["goemotions"][:N]
    theirs = [f1_score(truth, o["goemotions"].said[:N], average="macro", zero_division=0) for o in others]
    ours = [one["metrics"]["macro_f1"]["value"] for one in single]
    between = stats.ttest_ind(ours, theirs, equal_var=False)
    (d,) = row["baseline"]
    assert (d["name"], d["metric"]) == ("b, all", "macro_f1")
    low, high = between.confidence_interval(0.95)
    expected = (np.mean(ours) - np.mean(theirs), low, high, between.pvalue)
    assert (d["difference"], d["low"], d["high"], d["p"]) == pytest.approx(expected)
    json.dumps(row, allow_nan=False)


def test_a_row_over_seeds_needs_seeds_on_both_sides_to_compare(test: Mixture) -> None:
    systems = {f"a, seed {i}": {"goemotions": said(test.targets["goemotions"], 0.35, i)} for i in range(2)}
    for base in (None, ("b", [systems["a, seed 0"]])):
        assert rows(test, systems, spread=figures.Spread("a", tuple(systems), base))[-1]["baseline"] is None


# ---- verdicts --------------------------------------------------------------------------------------------------------


def claim(metric: str, paper: float, corpus: str = "goemotions", **more: Any) -> dict[str, Any]:
    return {"claim": f"{metric} of a paper", "corpus": corpus, "metric": metric, "paper": paper, **more}


def verdict(test: Mixture, *claims: Mapping[str, Any], corpus: str = "goemotions", task: str = "") -> dict[str, Any]:
    found = rows(test, {"one": system(test, 0.35)}, corpus, facts=facts(*claims))
    return next(row for row in found if not task or row["task"] == task)


def test_verdicts_on_planted_claims(test: Mixture) -> None:
    ours = rows(test, {"one": system(test, 0.35)})[0]["metrics"]["macro_f1"]
    assert ours["low"] < ours["value"] < ours["high"]
    for paper, expected in (
        (ours["value"] - 0.1, "reproduced"),
        (ours["value"], "reproduced"),
        ((ours["value"] + ours["high"]) / 2, "direction"),
        (ours["high"] + 0.001, "not"),
    ):
        row = verdict(test, claim("macro_f1", paper))
        assert (row["verdict"], row["claim"], row["paper"]) == (
            *(expected, "macro_f1 of a paper", {"macro_f1": paper}),
        )


def test_an_imitation_reproduces_nothing(test: Mixture) -> None:
    for paper in (0.0, 1.0):
        its = facts(claim("macro_f1", paper))
        row = rows(test, {"one": system(test, 0.35)}, facts=its, synthetic=True)[0]
        assert (row["verdict"], row["synthetic"], row["paper"]) == ("gated", True, {"macro_f1": paper})
    assert rows(test, {"one": system(test, 0.35)}, synthetic=True)[0]["verdict"] == "own"


def test_a_claim_with_an_arm_is_that_arms_alone() -> None:
    both = [claim("macro_f1", 0.1), claim("macro_f1", 0.2, arm="soft")]
    assert [[c["paper"] for c in figures.of_arm(both, name)] for name in ("soft", "hard")] == [[0.1, 0.2], [0.1]]


def test_of_several_claims_the_worst_decides(test: Mixture) -> None:
    good, bad = claim("macro_f1", 0.0), claim("micro_f1", 1.0)
    assert verdict(test, good)["verdict"] == "reproduced"
    row = verdict(test, good, bad)
    assert (row["verdict"], row["paper"]) == ("not", {"macro_f1": 0.0, "micro_f1": 1.0})


def test_where_less_is_better_less_reproduces(test: Mixture) -> None:
    ours = rows(test, {"one": system(test, 0.35)})[0]["metrics"]["brier"]
    papers = (ours["value"] + 0.1, (ours["value"] + ours["low"]) / 2, ours["low"] - 0.001)
    assert [verdict(test, claim("brier", p))["verdict"] for p in papers] == ["reproduced", "direction", "not"]


@pytest.mark.parametrize(
    "other",
    [claim("macro_f1", 0.0, "emobank"), claim("pearson.valence", 0.0), claim("macro_f1", 0.0, task="goemotions.votes")],
    ids=["corpus", "metric", "task"],
)
def test_claims_about_something_else_do_not_count(test: Mixture, other: Mapping[str, Any]) -> None:
    row = verdict(test, other)
    assert (row["verdict"], row["claim"], row["paper"]) == ("own", None, {})


def test_a_claim_is_about_the_main_task_unless_it_says_so() -> None:
    """Both tasks of MELD have a macro F1."""
    tasks: tuple[Task, ...] = corpora.tasks("meld")[:2]
    rng = np.random.default_rng(0)
    samples = [
        (
            "meld",
            Sample(
                f"{i}",
                {"text": Media(text=f"turn {i}")},
                tuple(Rating(t.id, t.names[int(rng.integers(len(t.names)))]) for t in tasks),
                split="test",
            ),
        )
        for i in range(40)
    ]
    test = mixture.table(samples, tasks)
    one = {t.id: said(test.targets[t.id], 0.1) for t in tasks}
    main, second = (t.id for t in tasks)
    for claims, expected in (
        ([claim("macro_f1", 0.5, "meld")], {main: "reproduced", second: "own"}),
        ([claim("macro_f1", 0.5, "meld", task=second)], {main: "own", second: "reproduced"}),
    ):
        found = rows(test, {"one": one}, "meld", facts=facts(*claims))
        assert {row["task"]: row["verdict"] for row in found} == expected
