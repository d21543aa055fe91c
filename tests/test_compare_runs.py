"""`affectkit compare` of two runs: the same items, what each part of it says, and runs whose items differ."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit import store
from affectkit.analysis import significance
from affectkit.app import cli
from affectkit.train import evaluate, run
from conftest import Tiny


@pytest.fixture(autouse=True)
def here(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tiny.corpora))
    return tmp_path


def call(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


def compared(*arguments: object) -> dict[str, Any]:
    result = call("compare", *arguments, "--json", "--folds", 60)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_two_runs_on_the_tasks_that_both_learnt(tiny: Tiny) -> None:
    made = compared(tiny.fine, tiny.student)
    assert (made["a"], made["b"]) == ("fine", "student")
    assert {row["task"] for row in made["rows"]} == {"goemotions", "vad"}
    metrics = [row["metric"] for row in made["rows"]]
    assert {"macro_f1", "average_precision", "brier", "ccc.arousal", "rmse.dominance"} <= set(metrics)
    assert made["notes"] == ["fine: mean output of 2 seeds"]
    opened = [run.open_run(folder) for folder in (tiny.fine, tiny.student)]
    test = opened[0].mixture().part("test")
    rows = np.flatnonzero(test.judged["vad"].any(1))
    said = [evaluate.of_run(one, one.seeds, one.mixture(), test)["vad"].take(rows).scores for one in opened]
    its: Any = [test.targets["vad"][rows], *said]
    paired: Any = significance.paired("pearson", *its, task=opened[0].tasks[1], folds=60)
    (row,) = [row for row in made["rows"] if row["metric"] == "pearson.valence"]
    found = paired["valence"]
    assert row["difference"] == pytest.approx(
        {"value": found.value, "low": found.low, "high": found.high, "p": found.p}
    )
    assert all(row["holm"] >= row["p"] > 0 for row in made["rows"])


def test_several_seeds_have_a_mean_and_an_interval(tiny: Tiny) -> None:
    made = compared(tiny.fine, tiny.student, "--metric", "pearson,macro_f1")
    assert list(made["seeds"]) == ["fine"], "the student has one"
    its = made["seeds"]["fine"]["vad pearson.valence"]
    opened = run.open_run(tiny.fine)
    own = opened.mixture()
    test = own.part("test")
    rows = np.flatnonzero(test.judged["vad"].any(1))
    each = [
        np.corrcoef(test.targets["vad"][rows, 0], evaluate.of_run(opened, [s], own, test)["vad"].scores[rows, 0])[0, 1]
        for s in (0, 1)
    ]
    assert its["n"] == 2 and its["mean"] == pytest.approx(np.mean(each))
    assert its["deviation"] == pytest.approx(np.std(each, ddof=1))
    shown = call("compare", tiny.fine, tiny.student, "--metric", "rmse", "--folds", 20)
    assert "fine over 2 seeds: vad rmse.valence" in shown.stdout


def test_runs_are_measured_on_another_corpus_too(tiny: Tiny) -> None:
    made = compared(tiny.fine, tiny.student, "--on", "emobank", "--metric", "pearson")
    assert [row["metric"] for row in made["rows"]] == [f"pearson.{n}" for n in ("valence", "arousal", "dominance")]


def test_runs_on_other_items_are_refused(tiny: Tiny, here: Path) -> None:
    shutil.copytree(tiny.student, here / "other")
    for file in (here / "other").rglob("outputs.test.npz"):
        file.unlink()
    data = json.loads((here / "other" / "run.json").read_text(encoding="utf-8"))
    data["config"]["split"] = "random"
    store.write_json(here / "other" / "run.json", data)
    result = call("compare", tiny.student, "other")
    assert result.exit_code == 1, result.output
    assert "expected the same test items of 'goemotions' in both; found " in result.stderr
    assert " only in student (fake" in result.stderr and " only in other (fake" in result.stderr
    assert result.stderr.strip().endswith("measure both on one corpus with --on")


def test_wrong_calls_are_one_sentence(tiny: Tiny) -> None:
    for arguments, says in (
        ((tiny.fine, "nowhere"), "two runs, or two files of predictions and their truth; found a run and no run"),
        ((tiny.fine, tiny.student, "--truth", "goemotions"), "two files of predictions for --truth; found two runs"),
        ((tiny.fine, tiny.student, "--on", "goemotion"), "the name of a corpus; found 'goemotion'"),
        ((tiny.fine, tiny.student, "--metric", "macro_f2"), "did you mean macro_f1"),
    ):
        result = call("compare", *arguments)
        assert result.exit_code == 2 and says in result.stderr, result.output
