"""The reader-writer gap on planted truths: what is hidden, who is detected unseen, and which expressions are found."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score, roc_curve
from typer.testing import CliRunner

from affectkit import corpora
from affectkit.app import cli
from affectkit.corpora import emobank, wrime, write_csv
from affectkit.errors import AffectError
from affectkit.methods import reader_writer_gap as gap
from affectkit.train import batch as batching
from affectkit.train import leaks, mixture, run, supervised
from affectkit.train.batch import Ragged

CORPORA = os.environ.get("AFFECTKIT_CORPORA", "")
REAL = pytest.mark.skipif(not CORPORA, reason="AFFECTKIT_CORPORA is not set")
FILLERS = ("river", "stone", "lamp", "paper", "cloud", "door", "window", "garden", "table", "music")
LIGHT: dict[str, Any] = {
    "encoder": "ngrams:width=8,buckets=4096,most=4",
    "epochs": 6,
    "batch_size": 16,
    "lr": 2e-2,
    "head_lr": 2e-2,
}


class Text(NamedTuple):
    """A text with the valence that its writer has and its readers see, 1 to 5."""

    text: str
    writer: float
    readers: float
    document: str


def write(root: Path, texts: Sequence[Text]) -> None:
    """EmoBank's compact layout with one rating per side; two thirds are train, a sixth each dev and test."""
    split = ["train"] * 4 + ["dev", "test"]
    ids = [f"s{i}" for i in range(len(texts))]
    sides = {side: [getattr(t, side) for t in texts] for side in ("writer", "readers")}
    for side, name in (("writer", "writer"), ("readers", "reader")):
        rows = [{"id": id, "V": v, "A": 3, "D": 3} for id, v in zip(ids, sides[side], strict=True)]
        write_csv(root / f"individual_{name}_ratings.csv.gz", rows)
    documents = sorted({t.document for t in texts})
    write_csv(
        root / "emobank.csv.gz",
        [
            {
                "id": id,
                "split": split[documents.index(t.document) % 6],
                "V": (t.writer + t.readers) / 2,
                "A": 3,
                "D": 3,
                "text": t.text,
                "document": t.document,
            }
            for id, t in zip(ids, texts, strict=True)
        ],
    )


def filled(rng: np.random.Generator, words: str = "") -> str:
    some = list(rng.choice(FILLERS, 5))
    return " ".join([*some[:3], words, *some[3:]])


def planted(rng: np.random.Generator, n: int = 480, documents: int = 24) -> list[Text]:
    """A fifth say "fine then" and hide it, a fifth say "awful" and show it."""
    made = []
    for i in range(n):
        kind = int(rng.integers(0, 5))
        words, writer, readers = {0: ("fine then", 2.0, 3.4), 1: ("awful", 2.0, 2.2)}.get(kind, ("", 3.4, 3.2))
        made.append(Text(filled(rng, words), writer, readers, f"d{i % documents:02}"))
    return made


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[run.Run]:
    """A run on planted texts, while AFFECTKIT_CORPORA points at them."""
    folder = tmp_path_factory.mktemp("planted")
    write(folder / "text" / "emobank", planted(np.random.default_rng(0)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(folder))
        yield train(folder / "run")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    return tmp_path / "text" / "emobank"


def train(out: Path, **changes: Any) -> run.Run:
    folds = {"folds": 3, "folds_by": "document"}
    return run.train("reader_writer_gap", {**LIGHT, **folds, **changes}, ["emobank"], ["gap"], [0], out, "a command")


# ---- the rule --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "hidden", "overt", "counts"),
    [
        ({}, [1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1]),
        ({"agree": 0.5}, [1, 0, 0, 1, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 0]),
        ({"writer_is": "<2", "readers_are": ">3"}, [0] * 5, [0] * 5, [1] * 5),
        ({"writer_is": ">=3", "readers_are": "<=2"}, [0] * 5, [0, 0, 1, 0, 1], [1] * 5),
    ],
)
def test_what_is_hidden_what_is_overt_and_what_counts(
    rule: dict[str, Any], hidden: list[int], overt: list[int], counts: list[int]
) -> None:
    writer, readers = np.asarray([2.0, 2.0, 3.2, 2.7500001, 3.4]), np.asarray([3.0, 2.0, 3.0, 3.5, 4.0])
    found = gap.gaps(gap.Config(**rule), writer, readers)
    assert [part.astype(int).tolist() for part in found] == [hidden, overt, counts]


def test_hidden_anger_in_wrime_is_what_its_ratings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    wrime.fake(tmp_path / "text" / "wrime", np.random.default_rng(0))
    anger = wrime.TASKS[0].names.index("anger")
    hidden, overt = [], []
    for sample in corpora.samples("wrime"):
        (writer,) = (r.value[anger] for r in sample.rated("wrime.writer"))
        readers = [r.value[anger] for r in sample.rated("wrime")]
        hidden.append(writer >= 1 and max(readers) == 0)
        overt.append(writer >= 1 and np.mean(readers) >= 1)
    rule = {"writer": "wrime.writer", "readers": "wrime", "name": "anger", "writer_is": ">=1", "readers_are": "<=0"}
    data = gap.read(gap.Config(**rule), ["wrime"], ["gap"])
    assert [t.id for t in data.tasks] == ["gap"]
    assert 0 < sum(hidden) < len(hidden)
    assert data.targets["gap"][:, 0].tolist() == hidden
    assert data.targets["gap.overt"][:, 0].tolist() == overt
    assert data.judged["gap"].all()


def test_a_text_that_one_side_did_not_judge_does_not_count(root: Path) -> None:
    emobank.fake(root, np.random.default_rng(0))
    data = gap.read(gap.Config(), ["emobank"], [])
    assert [t.id for t in data.tasks] == ["vad", "gap"]
    write(root, [Text("a text", 2.0, 3.4, "d0"), Text("another", 2.0, 3.4, "d1")])
    write_csv(root / "individual_reader_ratings.csv.gz", [{"id": "s1", "V": 3.4, "A": 3, "D": 3}])
    data = gap.read(gap.Config(), ["emobank"], ["gap"])
    assert data.judged["gap"][:, 0].tolist() == [False, True]
    assert data.targets["gap"][:, 0].tolist() == [0.0, 1.0]


def test_emotion_words_can_be_left_unsaid(root: Path) -> None:
    write(root, [Text("Such JOY, and rivers of anger!", 2.0, 3.4, "d0")])
    data = gap.read(gap.Config(hide=True), ["emobank"], ["gap"])
    assert data.media[0]["text"].text == "Such …, and rivers of …!"


# ---- the detector ----------------------------------------------------------------------------------------------------


def held(done: run.Run) -> tuple[np.ndarray, np.ndarray]:
    part = done.mixture().part("train")
    return part.targets["gap"][:, 0], run.outputs(done, 0, run.HELD, part)["gap"][:, 0]


def test_planted_words_are_detected_and_found(done: run.Run) -> None:
    truth, scores = held(done)
    assert roc_auc_score(truth, scores) > 0.95
    found = gap.expressions(done)
    assert found.held["roc_auc"].value == pytest.approx(roc_auc_score(truth, scores))
    assert found.held["roc_auc"].low > 0.9
    first = {name: its[0].text for name, its in found.contrasts.items()}
    assert first == {
        "detected, not others": "fine then",
        "detected, not overt": "fine then",
        "overt, not others": "awful",
    }
    assert found.carried.low > 0.8
    assert found.texts["hidden"] == truth.sum()
    assert found.means["writer"] < found.means["readers"]


def test_nothing_is_detected_where_there_is_nothing(root: Path, tmp_path: Path) -> None:
    """Labels drawn by chance are learnt by heart, but not of texts that the network has not seen."""
    rng = np.random.default_rng(1)
    texts = planted(rng)
    order = rng.permutation(len(texts))
    write(
        root, [t._replace(writer=texts[i].writer, readers=texts[i].readers) for t, i in zip(texts, order, strict=True)]
    )
    done = train(tmp_path / "run", epochs=10)
    truth, scores = held(done)
    by_heart = run.outputs(done, 0, "train", done.mixture().part("train"))["gap"][:, 0]
    assert roc_auc_score(truth, by_heart) > 0.6  # of the epoch that chance calls the best
    assert 0.4 < roc_auc_score(truth, scores) < 0.6
    found = gap.expressions(done, share=0.2)
    assert found.held["roc_auc"].low < 0.5 < found.held["roc_auc"].high
    assert found.carried.low < 0.5 < found.carried.high


def test_a_writers_style_is_no_sign_when_folds_keep_writers_whole(root: Path, tmp_path: Path) -> None:
    """Each document has a word of its own, and hides in all its texts or in none."""
    rng = np.random.default_rng(2)
    texts = []
    for i in range(288):
        document = i % 24
        word = "".join(np.random.default_rng(document).choice(list("bcdfghjklm"), 8))
        hides = bool(np.random.default_rng(100 + document // 2).integers(0, 2)) ^ bool(document % 2)
        texts.append(Text(filled(rng, word), 2.0 if hides else 3.4, 3.4, f"d{document:02}"))
    write(root, texts)
    leaky = held(train(tmp_path / "leaky", folds_by=""))
    whole = held(train(tmp_path / "whole"))
    assert roc_auc_score(*leaky) > 0.95
    assert roc_auc_score(*whole) < 0.75


def test_folds_hold_each_writer_once(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(root, planted(np.random.default_rng(0), n=120))
    seen: list[tuple[set[str], set[str]]] = []
    learn = run._learn

    def noting(run_: Any, seed: Any, reader: Any, fitted: Any, dev: Any, judged: Any, *rest: Any) -> None:
        seen.append(tuple(set(part.groups["document"].tolist()) for part, _ in (fitted, judged)))
        learn(run_, seed, reader, fitted, dev, judged, *rest)

    monkeypatch.setattr(run, "_learn", noting)
    train(tmp_path / "run", epochs=1)
    folds = seen[:3]
    assert all(not fitted & judged for fitted, judged in folds)
    assert len(set.union(*(judged for _, judged in folds))) == sum(len(judged) for _, judged in folds) == 16


def test_the_difference_is_writer_minus_readers(root: Path, tmp_path: Path) -> None:
    write(root, planted(np.random.default_rng(0), n=240))
    done = train(tmp_path / "run", by="difference", folds=0, folds_by="")
    assert [t.id for t in done.tasks] == ["vad.writer", "vad.reader", "gap"]
    dev = done.mixture().part("dev")
    said = run.outputs(done, 0, "dev", dev)
    # low valence is what is hidden, so that the sign turns
    np.testing.assert_allclose(said["gap"], said["vad.reader"][:, :1] - said["vad.writer"][:, :1], atol=1e-5)
    assert roc_auc_score(dev.targets["gap"][:, 0], said["gap"][:, 0]) > 0.85


@pytest.mark.parametrize("by", ["detector", "difference"])
def test_hidden_texts_weigh_as_much_as_all_others_and_a_difference_learns_none(root: Path, by: str) -> None:
    write(root, planted(np.random.default_rng(0), n=120))
    config = gap.Config(by=by)
    part = gap.read(config, ["emobank"], ["gap"])
    outputs = tuple(torch.zeros(len(part), len(t.names)) for t in part.tasks)
    arrays = [{t.id: torch.from_numpy(of[t.id]) for t in part.tasks} for of in (part.targets, part.judged)]
    cost = float(gap.loss(config, part)(outputs, *arrays, torch.ones(len(part))))
    if by == "detector":  # at even odds, ln 2 for every text, and the hidden ones as heavy as the others
        share = part.targets["gap"].mean()
        assert cost == pytest.approx(2 * (1 - share) * np.log(2), rel=1e-5)
    else:
        others = supervised.objectives(part)
        alone = {**arrays[1], "gap": torch.zeros_like(arrays[1]["gap"])}
        assert cost == pytest.approx(float(others(outputs, arrays[0], alone, torch.ones(len(part)))))


def test_youdens_cut_is_the_one_of_the_roc_curve() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.3
    scores = (rng.normal(size=200) + truth).round(1)
    false, true, cuts = roc_curve(truth, scores, drop_intermediate=False)
    best = (true - false).max()
    found = scores >= gap.youden(truth, scores)
    assert found[truth].mean() - found[~truth].mean() == pytest.approx(best)
    assert gap.youden(truth, scores) in cuts


# ---- the command -----------------------------------------------------------------------------------------------------


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


def test_the_command_writes_a_row_for_the_detector_and_one_for_its_expressions(done: run.Run, tmp_path: Path) -> None:
    result = invoke("expressions", done.folder, "--results", tmp_path / "results", "--most", 2)
    assert result.exit_code == 0, result.output
    assert "fine then" in result.stdout
    data = json.loads((tmp_path / "results" / "reader_writer_gap.emobank.expressions.json").read_text())
    detector, carried = data["rows"]
    assert data["part"] == "reader_writer_gap"
    assert detector["synthetic"] is True
    assert detector["texts"]["all"] == 320
    assert detector["metrics"]["roc_auc"]["value"] > 0.8
    assert carried["expressions"]["overt, not others"][0]["text"] == "awful"
    assert carried["metrics"]["roc_auc"]["n"] == 80
    again = invoke("expressions", done.folder, "--json")
    assert json.loads(again.stdout)["rows"][0]["metrics"] == detector["metrics"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"writer_is": "low"}, "expected a condition such as <=2.75 or >1; found 'low'; write a sign and a number"),
        ({"by": "guess"}, "expected the name of what finds the gap; found 'guess'; choose one of detector, difference"),
        ({"name": "anger"}, "expected the name of a name of vad.writer; found 'anger'; choose one of arousal"),
        ({"readers": "vad.crowd"}, "expected the name of a task of these corpora; found 'vad.crowd'; did you mean"),
        ({"folds_by": "speaker"}, "expected the name of a kind of group of these corpora; found 'speaker'; choose one"),
    ],
)
def test_bad_settings_are_refused(root: Path, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    write(root, planted(np.random.default_rng(0), n=48))
    with pytest.raises(AffectError) as caught:
        train(tmp_path / "run", **{"epochs": 1, **changes})
    assert message in str(caught.value)


def test_a_task_of_names_has_no_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    wrime.fake(tmp_path / "text" / "wrime", np.random.default_rng(0))
    config = gap.Config(writer="wrime.writer_sentiment", readers="wrime.sentiment")
    with pytest.raises(AffectError) as caught:
        gap.read(config, ["wrime"], ["gap"])
    assert str(caught.value) == (
        "expected numbers in the task 'wrime.writer_sentiment'; found a single task; name a task on a scale"
    )


def test_runs_that_cannot_say_are_refused(root: Path, tmp_path: Path) -> None:
    write(root, planted(np.random.default_rng(0), n=120))
    done = train(tmp_path / "run", epochs=1, folds=0, folds_by="")
    with pytest.raises(AffectError, match=r"found only networks that have seen it; train with --set folds=4"):
        gap.expressions(done)
    whole = dataclasses.replace(done, config=dataclasses.replace(done.config, folds=3))
    with pytest.raises(AffectError, match=r"a share of the texts from 0 to below 1; found 1; --share 0\.1 is a tenth"):
        gap.expressions(whole, share=1.0)
    other = run.train("finetune", {**LIGHT, "epochs": 1}, ["emobank"], [], [0], tmp_path / "other", "a command")
    result = invoke("expressions", other.folder)
    assert result.exit_code == 2
    assert "expected a run of a method that finds expressions; found" in result.stderr


# ---- the real corpus -------------------------------------------------------------------------------------------------


@REAL
def test_emobanks_gap_and_its_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTKIT_CORPORA", CORPORA)  # the planted run may still hold it
    data = gap.read(gap.Config(), ["emobank"], ["gap"])
    sides: dict[str, list[float]] = {"vad.writer": [], "vad.reader": []}
    for sample in corpora.samples("emobank"):
        for task, of in sides.items():
            votes = [(r.value[0], r.count) for r in sample.rated(task) if r.value is not None]
            of.append(sum(v * n for v, n in votes) / sum(n for _, n in votes))
    writer, readers = (np.asarray(of).round(4) for of in sides.values())
    assert len(data) == 10_062
    assert data.targets["gap"].sum() == ((writer <= 2.75) & (readers >= 3)).sum() == 302
    split = mixture.resplit(data, "fold0of3:document")
    assert not leaks.found(split)
    learnt, tested = (set(split.part(s).groups["document"].tolist()) for s in ("train", "test"))
    assert not learnt & tested


def test_batches_take_the_extra_column(root: Path) -> None:
    """What marks overt texts travels with the targets, and no task asks for it."""
    write(root, planted(np.random.default_rng(0), n=12))
    data = gap.read(gap.Config(), ["emobank"], ["gap"])
    made = batching.make(data, {"text": Ragged(np.ones(12, np.int32), np.arange(13))}, np.asarray([3, 1]))
    assert made.targets["gap.overt"].tolist() == data.targets["gap.overt"][[3, 1]].tolist()
