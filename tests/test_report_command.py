"""`affectkit report`: of a run the figures that evaluate measures, of predictions what they say, and wrong calls."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit import corpora, find
from affectkit.app import cli, report
from affectkit.formats import jsonl
from affectkit.prediction import Failure, Prediction, TaskPrediction
from affectkit.report import counts
from affectkit.task import Kind, View
from affectkit.train import evaluate, figures
from conftest import Tiny
from pages import Page, alone

pytest.importorskip("matplotlib")

NAMES = ("joy", "anger", "sadness")


@pytest.fixture(autouse=True)
def here(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tiny.corpora))
    monkeypatch.setattr(figures, "FOLDS", 50)
    monkeypatch.setattr(counts, "FOLDS", 50)
    return tmp_path


def call(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["report", *(str(a) for a in arguments)])


def page(*arguments: object) -> Page:
    """The page that a call writes."""
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (0, "wrote report.html\n"), result.output
    return alone(Path("report.html").read_text(encoding="utf-8"))


def refused(code: int, *arguments: object) -> str:
    """The one sentence on standard error of a call that leaves with `code` and writes nothing."""
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert result.stderr.startswith("affectkit: expected ") and not Path("report.html").exists()
    return str(result.stderr)


# ---- a run -----------------------------------------------------------------------------------------------------------


def test_a_run_is_told_with_the_figures_that_evaluate_measures(tiny: Tiny) -> None:
    read = page(tiny.fine)
    measured = evaluate.measure_run(tiny.fine)
    spread = evaluate.over_seeds(measured)
    titles = {m: card["title"] for m, card in find.cards("metrics").items()}
    for corpus, metric in (("goemotions", "macro_f1"), ("emobank", "ccc.valence")):
        rows = {
            r["variant"]["samples"]: r["metrics"][metric]
            for r in measured.rows[corpus]
            if r["variant"]["system"] == "fine, mean output of seeds"
        }
        whole, fresh = rows[figures.ALL], rows["texts not in train"]
        name, _, dimension = metric.partition(".")
        task = {"goemotions": "goemotions", "emobank": "vad"}[corpus]
        mean, deviation = spread[f"{corpus}.{task}.{metric}"]
        expected = [
            f"{whole['value']:.3f}",
            f"{whole['low']:.3f} to {whole['high']:.3f}",
            f"{whole['n']}",
            f"{fresh['value']:.3f}",
            f"{mean:.3f}",
            f"{deviation:.3f}",
        ]
        told = [t for t in read.tables if t[0][:2] == ["figure", "value"]]
        title = titles[name] + (f", {dimension}" if dimension else "")
        (row,) = [row[1:] for table in told for row in table if row[0] == title]
        assert [v.replace("\u2212", "-") for v in row] == expected
    assert read.headings[0] == "fine" and {"goemotions on GoEmotions", "vad on EmoBank"} <= set(read.headings)
    assert "an imitation, not the corpus" in read.text, "what is synthetic is called so"
    assert read.rows("of", "licence") == {
        "code": ["Apache-2.0"],
        "GoEmotions": ["CC BY 4.0"],
        "EmoBank": ["CC BY-SA 4.0"],
    }
    assert "learnt from English Reddit comments" in read.text and "Audit of the splits" in read.headings
    text = {s.id: s.media["text"].text for s in corpora.samples("goemotions")}
    wrong = read.rows("id", "text")
    assert 0 < len(wrong) <= 20 and all(row[0] == text[id] for id, row in wrong.items())


def test_texts_that_may_not_be_passed_on_are_not_on_the_page(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "shareable", lambda licence: False)
    read = page(tiny.student)
    assert not any("text" in table[0] for table in read.tables)
    assert not any((s.media["text"].text or "") in read.text for s in corpora.samples("goemotions"))
    assert "their licence does not let them be passed on" in read.text and "fake" in read.text


# ---- predictions -----------------------------------------------------------------------------------------------------


def predictions(n: int = 90) -> tuple[list[Prediction], list[str]]:
    """Predictions of n synthetic items, one of which failed, and the name that is true of each."""
    rng = np.random.default_rng(1)
    made, true = [], []
    for i in range(n):
        scores = rng.dirichlet(np.ones(3))
        label = NAMES[int(scores.argmax())]
        true.append(label if rng.random() < 0.6 else NAMES[int(rng.integers(0, 3))])
        told = TaskPrediction(
            "emotion",
            "ekman",
            Kind.SINGLE,
            View.EXPRESSED,
            dict(zip(NAMES, scores.tolist(), strict=True)),
            (label,),
            float(scores.max()),
        )
        made.append(Prediction(f"u{i}", f"<b>text {i}</b>", {"mood": told}, bundles=("mine@1",)))
    made[5] = Prediction("u5", "", error=Failure("input", "expected a text; found <none>; leave it out"))
    return made, true


@pytest.fixture
def files(here: Path) -> tuple[Path, Path]:
    """Predictions, and a table of what is true."""
    made, true = predictions()
    with (here / "p.jsonl").open("wb") as file:
        jsonl.write(made, file)
    with (here / "truth.csv").open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["id", "emotion"])
        writer.writerows((f"u{i}", name) for i, name in enumerate(true))
    return here / "p.jsonl", here / "truth.csv"


def test_predictions_are_told(files: tuple[Path, Path]) -> None:
    read = page("p.jsonl")
    made, _ = predictions()
    said = [p.tasks["mood"].labels[0] for p in made if p.ok]
    rows = read.rows("label", "items")
    assert {name: int(rows[name][0]) for name in NAMES} == {name: said.count(name) for name in NAMES}
    assert "1 of 90 items failed" in read.text and "mine@1 (89 items)" in read.text
    assert read.rows("why", "items") == {"input: expected a text; found <none>; leave it out": ["1"]}
    assert read.rows("of", "licence")["weights of mine@1"] == ["not told here: look into the bundle's card"]
    assert "What went wrong" not in read.headings


def test_predictions_beside_their_truth(files: tuple[Path, Path]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    read = page("p.jsonl", "--truth", "truth.csv:label=emotion,scheme=ekman,kind=single")
    made, true = predictions()
    kept = [i for i, p in enumerate(made) if p.ok]
    said, told = [made[i].tasks["mood"].labels[0] for i in kept], [true[i] for i in kept]
    rows = read.rows("figure", "value")
    assert rows["Accuracy"][0] == f"{metrics.accuracy_score(told, said):.3f}"
    names = read.rows("name", "true", "said")
    precision, recall, f1, true_n = metrics.precision_recall_fscore_support(told, said, labels=NAMES)
    for i, name in enumerate(NAMES):
        expected = [f"{true_n[i]}", f"{said.count(name)}", f"{precision[i]:.3f}", f"{recall[i]:.3f}", f"{f1[i]:.3f}"]
        assert names[name][:5] == expected
    wrong = read.rows("id", "true", "said")
    sure = {p.id: p.tasks["mood"].confidence for p in made if p.ok}
    surest = max((i for i in kept if said[kept.index(i)] != true[i]), key=lambda i: sure[f"u{i}"] or 0)
    assert next(iter(wrong)) == f"u{surest}" and wrong[f"u{surest}"][0] == true[surest]
    assert "1 of 90 items have no prediction" in read.text and "truth: truth.csv" in read.rows("of", "licence")


# ---- wrong calls -----------------------------------------------------------------------------------------------------


def test_wrong_calls_are_sentences(tiny: Tiny, files: tuple[Path, Path], here: Path) -> None:
    assert "the folder of a run, or a file of predictions; found nothing at none.jsonl" in refused(2, "none.jsonl")
    (here / "empty").mkdir()
    assert "a run's folder with run.json" in refused(2, "empty")
    assert "a file of predictions for --truth; found the folder" in refused(2, tiny.fine, "--truth", "truth.csv")
    assert "a report that ends in .html; found out.txt" in refused(2, "p.jsonl", "--out", "out.txt")
    assert "one corpus or table in --truth" in refused(2, "p.jsonl", "--truth", "goemotions,emobank")
    (here / "p.txt").write_text("x", encoding="utf-8")
    suffixes = sorted(card["suffix"] for card in find.cards("formats").values())
    assert f"a file that ends in {', '.join(suffixes)}; found p.txt" in refused(2, "p.txt")


def test_files_that_cannot_be_read_are_sentences(files: tuple[Path, Path], here: Path) -> None:
    (here / "empty.jsonl").write_bytes(b"")
    assert "predictions in empty.jsonl; found none" in refused(1, "empty.jsonl")
    (here / "cut.jsonl").write_bytes(files[0].read_bytes()[:-40])
    assert "a prediction in line 90; found a fault in" in refused(1, "cut.jsonl")
    (here / "other.jsonl").write_text(json.dumps({"id": "x"}) + "\n", encoding="utf-8")
    assert "a prediction in line 1; found a fault in" in refused(1, "other.jsonl")
    (here / "bytes.csv").write_bytes(b"id,input\n\xff\xfe,1\n")
    assert "a table of predictions; found a fault in" in refused(1, "bytes.csv")
    Path("other.csv").write_text("id,emotion\nelse,joy\nwhere,anger\n", encoding="utf-8")
    said = refused(1, "p.jsonl", "--truth", "other.csv:label=emotion,scheme=ekman,kind=single")
    assert "predictions of the truth's items" in said and "u0" in said and "else" in said
