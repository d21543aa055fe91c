"""Labels by vote: what each rule makes of voters with known faults, what is learnt of it, and the command `vote`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from affectkit import corpora
from affectkit.app import cli, voted
from affectkit.corpora import mahaemotions
from affectkit.errors import AffectError
from affectkit.methods import label_vote
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import mixture, run, supervised
from affectkit.train.figures import Said
from affectkit.train.mixture import Mixture

NAMES = ("joy", "sadness", "anger", "fear")
TASK = Task("t", "emotion", Kind.SINGLE, "", NAMES)
ON = "mahaemotions"


def data(labels: list[int], split: str = "train") -> Mixture:
    """A text per label, as a corpus gives it."""
    samples = [
        Sample(f"{split}{i}", {"text": Media(text=f"text {i}")}, (Rating("t", NAMES[label]),), split=split)
        for i, label in enumerate(labels)
    ]
    return mixture.table([(ON, s) for s in samples], [TASK])


def said(*labels: int) -> NDArray[np.bool_]:
    return np.eye(len(NAMES), dtype=bool)[list(labels)]


def enriched(monkeypatch: pytest.MonkeyPatch, part: Mixture, *others: NDArray[np.bool_], **settings: Any) -> Mixture:
    """What is learnt of a mixture when voters say these names of its training part."""
    voters = [SimpleNamespace(folder=f"run-{i}", says=names) for i, names in enumerate(others)]
    monkeypatch.setattr(label_vote, "teachers", lambda config: voters)
    monkeypatch.setattr(label_vote, "labels", lambda voter, part: {"t": voter.says})
    return label_vote.enrich(label_vote.Config(**settings), part)


_SOFT = [[2 / 7, 2 / 7, 2 / 7, 1 / 7], [1 / 7, 1 / 7, 3 / 7, 2 / 7]]  # (votes + 1) / (3 votes + 4 names)


# ---- what is learnt --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "targets", "learnt"),
    [
        ("intersection", [[1, 0, 0, 0], [0] * 4, [0] * 4, [0] * 4], [1, 0, 0, 0]),
        ("union", [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1]], [1, 1, 1, 1]),
        ("majority", [[1, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0, 0, 1, 0]], [1, 1, 0, 1]),
        ("majority:share=0.7", [[1, 0, 0, 0], [0] * 4, [0] * 4, [0] * 4], [1, 0, 0, 0]),
        ("soft:alpha=1", [[4 / 7, 1 / 7, 1 / 7, 1 / 7], [3 / 7, 2 / 7, 1 / 7, 1 / 7], *_SOFT], [1] * 4),
    ],
)
def test_a_rule_makes_the_training_parts_labels(
    monkeypatch: pytest.MonkeyPatch, rule: str, targets: list[list[float]], learnt: list[int]
) -> None:
    part = mixture.as_shares(data([0, 0, 0, 3]))
    found = enriched(monkeypatch, part, said(0, 1, 1, 2), said(0, 0, 2, 2), rule=rule)
    np.testing.assert_allclose(found.targets["t"], targets, atol=1e-6)
    assert found.judged["t"].all(1).astype(int).tolist() == learnt
    assert found.judged["t"].any(1).astype(int).tolist() == learnt
    assert part.targets["t"][1].tolist() == [1, 0, 0, 0]  # the mixture that was given is as it was


def test_the_corpuss_own_label_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = enriched(monkeypatch, data([3, 3]), said(0, 1), said(0, 1), rule="intersection", labels=False)
    assert found.targets["t"].argmax(1).tolist() == [0, 1]


def test_dev_and_test_keep_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [data([0, 1], split) for split in ("train", "dev", "test")]
    whole = mixture.table(
        [
            (ON, Sample(str(id), m, r, split=str(split)))
            for part in parts
            for id, m, r, split in zip(part.ids, part.media, part.ratings, part.split, strict=True)
        ],
        [TASK],
    )
    found = enriched(monkeypatch, whole, said(2, 2), said(2, 2), rule="majority")
    assert found.targets["t"].argmax(1).tolist() == [2, 2, 0, 1, 0, 1]


def test_what_a_rule_does_not_take_keeps_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    part = data([0, 1])
    found = enriched(monkeypatch, part, said(2, 2), said(2, 2), rule="mean")
    np.testing.assert_array_equal(found.targets["t"], part.targets["t"])


def test_ballots_leave_out_what_nobody_judged_and_who_said_nothing() -> None:
    names = {"a": said(0, 1), "b": np.zeros((2, 4), bool)}
    judged = np.asarray([[True] * 4, [False] * 4])
    assert label_vote.ballots(TASK, names, judged) == [(Rating("t", "joy", rater="a"),), ()]
    multi = Task("t", "emotion", Kind.MULTI, "", NAMES)
    assert label_vote.ballots(multi, names, judged) == [
        (Rating("t", frozenset({"joy"}), rater="a"), Rating("t", frozenset(), rater="b")),
        (),
    ]


# ---- voters with known faults ----------------------------------------------------------------------------------------


def noisy(rng: np.random.Generator, truth: NDArray[np.int64], right: float) -> Said:
    """A voter that is right so often, and else says any other name; surer where it is right."""
    other = (truth + rng.integers(1, 4, len(truth))) % 4
    hit = rng.random(len(truth)) < right
    scores = np.full((len(truth), 4), 0.1)
    scores[np.arange(len(truth)), np.where(hit, truth, other)] = 0.6
    return Said(scores, None, np.where(hit, 0.7, 0.6))


def test_intersection_is_right_more_often_on_fewer_and_union_misses_least() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 2000)
    test = data(truth.tolist(), "test")
    runs = {name: noisy(rng, truth, p) for name, p in (("a", 0.7), ("b", 0.6), ("c", 0.6))}
    made = voted.lines(TASK, test, runs, ["union", "intersection", "majority"], "a")
    by = {line.system: line for line in made}
    agreed = 0.7 * 0.6 * 0.6
    wrongly = 0.3 * 0.4 * 0.4 / 9  # all three say the same one of three wrong names
    near = 0.04
    assert by["a"].figures["right"].value == pytest.approx(0.7, abs=near)
    assert by["intersection"].kept.value == pytest.approx(agreed + wrongly, abs=near)
    assert by["intersection"].figures["right"].value == pytest.approx(agreed / (agreed + wrongly), abs=near)
    assert by["union"].kept.value == 1.0
    assert by["union"].figures["right"].value == pytest.approx(1 - 0.3 * 0.4 * 0.4, abs=near)
    assert by["union"].names > 1.5
    assert "macro_f1" not in by["union"].figures
    assert by["intersection"].kept.value < by["majority"].kept.value < by["union"].kept.value
    assert by["majority"].figures["right"].value > by["a"].figures["right"].value
    surest = by["a, its surest as many as by intersection"]
    assert surest.kept.value == by["intersection"].kept.value
    assert surest.figures["right"].value == 1.0  # this one knows when it is right
    assert by["a"].beside is None
    beside = by["majority"].beside
    assert beside is not None
    assert beside.low > 0
    assert by["intersection"].beside is not None
    assert by["intersection"].beside.value == 0.0  # where all agree, the best one says the same


def test_a_rule_that_keeps_nothing_has_no_figures() -> None:
    test = data([0, 1], "test")
    runs = {"a": Said(said(0, 1).astype(float)), "b": Said(said(1, 0).astype(float))}
    line = voted.lines(TASK, test, runs, ["intersection"], "a")[-1]
    assert (line.kept.value, line.figures, line.beside) == (0.0, {}, None)


def test_a_figure_is_the_share_or_f1_of_the_kept_texts() -> None:
    test = data([0, 1, 2, 3], "test")
    runs = {"a": Said(said(0, 1, 2, 0).astype(float)), "b": Said(said(0, 1, 0, 0).astype(float))}
    line = next(one for one in voted.lines(TASK, test, runs, ["intersection"], "a") if one.system == "intersection")
    assert line.kept.value == 0.75
    assert line.figures["right"].value == pytest.approx(2 / 3)
    # joy: precision 1/2, recall 1; sadness: 1; fear: true, never said; anger: neither
    assert line.figures["macro_f1"].value in (pytest.approx((2 / 3 + 1 + 0) / 4), pytest.approx((2 / 3 + 1) / 3))


# ---- runs and the command --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two runs that vote, on an imitation of MahaEmotions where AFFECTKIT_CORPORA points."""
    made = tmp_path_factory.mktemp("votes")
    mahaemotions.fake(made / "text" / ON, np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made))
        settings = {**supervised.TOY, "epochs": 4, "folds": 2}
        run.train("finetune", settings, [ON], [], [0], made / "one", "a command")
        run.train("finetune", {**settings, "lr": 1e-3}, [ON], [], [1], made / "two", "a command")
        yield made


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


def test_a_network_learns_what_runs_and_labels_agree_on(folder: Path) -> None:
    settings = {**supervised.TOY, "epochs": 2, "voters": f"{folder / 'one'}+{folder / 'two'}", "rule": "union"}
    done = run.train("label_vote", settings, [ON], [], [0], folder / "student", "a command")
    assert [source.folder.name for source in run.sources(done)] == ["one", "two"]
    part = done.mixture().part("train")
    found = label_vote.enrich(done.config, part)
    own = part.targets[ON] >= 0.5
    chosen = found.targets[ON] > 0
    assert (chosen >= own).all()  # the label is always one of a union
    each = [label_vote.labels(voter, part)[ON] for voter in label_vote.teachers(done.config)]
    np.testing.assert_array_equal(chosen, np.logical_or.reduce([own, *each]))
    held = run.outputs(label_vote.teachers(done.config)[0], 0, run.HELD, part)[ON]
    np.testing.assert_array_equal(each[0].argmax(1), held.argmax(1))


def test_the_command_holds_rules_beside_runs(folder: Path, tmp_path: Path) -> None:
    result = invoke("vote", folder / "one", folder / "two", "--rules", "union,intersection", "--results", tmp_path)
    assert result.exit_code == 0, result.output
    rows = json.loads((tmp_path / "vote.mahaemotions.json").read_text())["rows"]
    systems = [row["variant"]["system"] for row in rows]
    assert systems[:4] == ["one", "two", "mean of scores", "union"]
    assert "intersection" in systems
    union = rows[3]
    part = mixture.read([ON]).part("test")
    outputs = [run.outputs(run.open_run(folder / name), seed, "test")[ON] for name, seed in (("one", 0), ("two", 1))]
    best = part.targets[ON].argmax(1)
    right = np.mean([any(o[i].argmax() == best[i] for o in outputs) for i in range(len(best))])
    assert union["metrics"]["right"]["value"] == pytest.approx(right)
    assert union["synthetic"] is True
    assert all(row["baseline"] is None or row["baseline"][0]["metric"] == "right" for row in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("one",), "expected two runs or more to vote; found 1; name several"),
        (("one", "two", "--rules", "unison"), "expected the name of a aggregation; found 'unison'; did you mean union"),
        (("one", "two", "--rules", "mean"), "expected a task of the kind continuous or ordinal for the rule 'Mean'"),
        (("one", "two", "--task", "vad"), "expected the name of a task of one name that all runs learnt; found 'vad'"),
    ],
)
def test_bad_votes_are_refused(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    given = [folder / a if a in ("one", "two") else a for a in arguments]
    result = invoke("vote", *given, "--json")
    assert result.exit_code != 0
    assert message in result.stderr


def test_runs_of_another_corpus_cannot_vote(folder: Path) -> None:
    spec = f"{ON}:also_in!=test"
    run.train("finetune", {**supervised.TOY, "epochs": 1}, [spec], [], [0], folder / "other", "a command")
    with pytest.raises(AffectError) as caught:
        voted.vote([folder / "one", folder / "other"], ["union"])
    assert "expected runs of one corpus and split, as" in str(caught.value)
    assert f"of {spec}; train it on that" in str(caught.value)


def test_who_may_vote(folder: Path) -> None:
    part = mixture.read([ON])
    with pytest.raises(AffectError) as caught:
        label_vote.enrich(label_vote.Config(), part)
    assert str(caught.value) == "expected two voters or more; found 1; --set voters=runs/one+runs/other"
    seen = run.train("finetune", {**supervised.TOY, "epochs": 1}, [ON], [], [0], folder / "seen", "a command")
    with pytest.raises(AffectError) as caught:
        label_vote.teachers(label_vote.Config(voters=str(seen.folder)))
    assert str(caught.value) == (
        f"expected a voter that has not seen what it judges, {seen.folder}; found a run without folds; "
        "train it with --set folds=3, or --set seen=true"
    )
    assert len(label_vote.teachers(label_vote.Config(voters=str(seen.folder), seen=True))) == 1
    assert corpora.tasks(ON)[0].kind is Kind.SINGLE
