"""Anybody's predictions: `evaluate --predictions` and `compare` of files; figures against scikit-learn and scipy."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as oracle
from typer.testing import CliRunner

from affectkit import find
from affectkit.app import answers, cli, judged
from affectkit.errors import AffectError, DataError, UnknownName, UsageError
from affectkit.prediction import Prediction, TaskPrediction
from affectkit.task import Kind, Task
from affectkit.train import figures

NAMES = ("anger", "fear", "joy", "sadness")
FOUR = Task("truth", "emotion", Kind.SINGLE, "ekman", NAMES)
Rows = Sequence[Mapping[str, Any]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(figures, "FOLDS", 50)
    monkeypatch.setattr(judged, "FOLDS", 50)
    return tmp_path


def table(name: str, rows: Rows) -> str:
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return name


def call(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


def score(predictions: str, truth: str = "truth.csv", *more: object, code: int = 0) -> dict[str, Any]:
    """The one row of `evaluate --predictions ... --json`."""
    result = call("evaluate", "--predictions", predictions, "--truth", truth, "--json", *more)
    assert result.exit_code == code, result.output
    (row,) = json.loads(result.stdout)["rows"]
    return dict(row)


def values(row: Mapping[str, Any]) -> dict[str, float]:
    return {metric: v["value"] for metric, v in row["metrics"].items()}


def refused(*arguments: object, code: int = 2) -> str:
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("affectkit: expected ")]
    return str(line).removeprefix("affectkit: ")


def drawn(n: int = 120, seed: int = 0) -> tuple[list[str], list[str], np.ndarray]:
    """True names, names said, and scores whose best is what was said."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 4, n)
    scores = rng.dirichlet(np.ones(4), n) + 1.0 * np.eye(4)[true] * (rng.random(n) < 0.6)[:, None]
    scores /= scores.sum(1, keepdims=True)
    return [NAMES[i] for i in true], [NAMES[i] for i in scores.argmax(1)], scores


def truth(true: Sequence[str], **more: Callable[[int], Any]) -> str:
    rows = [{"id": f"u{i}", "label": label} | {k: of(i) for k, of in more.items()} for i, label in enumerate(true)]
    return table("truth.csv", rows)


# ---- figures ---------------------------------------------------------------------------------------------------------


def test_labels_by_id_in_any_order_have_scikit_learns_figures() -> None:
    true, said, _ = drawn()
    truth(true)
    rows = [{"id": f"u{i}", "prediction": label.upper()} for i, label in enumerate(said)]
    row = score(table("theirs.csv", rows[::-1]))
    assert values(row) == pytest.approx(
        {
            "macro_f1": oracle.f1_score(true, said, average="macro"),
            "weighted_f1": oracle.f1_score(true, said, average="weighted"),
            "accuracy": oracle.accuracy_score(true, said),
        }
    )
    for its in row["metrics"].values():
        assert its["low"] <= its["value"] <= its["high"] and its["n"] == 120
    assert (row["task"], row["missing"], row["verdict"], row["seeds"]) == ("truth", 0, "own", [])
    assert row["variant"] == {"system": "theirs.csv", "samples": "all of truth (120 items)"}


def test_scores_per_label_and_a_confidence() -> None:
    true, said, scores = drawn()
    truth(true)
    sure = np.round(np.random.default_rng(1).random(120), 3)
    rows = [
        {"id": f"u{i}", **{f"prob_{n}": f"{v:.6f}" for n, v in zip(NAMES, row, strict=True)}, "confidence": sure[i]}
        for i, row in enumerate(scores)
    ]
    found = values(score(table("theirs.csv", rows)))
    hot = np.eye(4)[[NAMES.index(n) for n in true]]
    right = np.array(true) == np.array(said)
    assert found["accuracy"] == pytest.approx(right.mean())
    assert found["brier"] == pytest.approx(((scores - hot) ** 2).sum(1).mean(), abs=1e-4)
    bins = np.ceil(sure * 15).astype(int)
    gaps = [abs(right[bins == b].sum() - sure[bins == b].sum()) for b in range(16)]
    assert found["ece"] == pytest.approx(sum(gaps) / 120)
    assert found["first_label_accuracy"] == pytest.approx(right.mean())
    assert 0 < found["aurc"] < 1
    every = values(score("theirs.csv", "truth.csv", "--metric", "all"))
    assert every["roc_auc"] == pytest.approx(
        oracle.roc_auc_score(hot, [[round(v, 6) for v in row] for row in scores], average="macro"), abs=1e-6
    )
    assert {"kl", "hamming", "balanced_accuracy"} <= set(every)


def test_dimensions_on_their_own_scale_or_another() -> None:
    rng = np.random.default_rng(2)
    true = np.round(np.clip(rng.normal(5, 2, (80, 2)), 1, 9), 2)
    true[0], true[1] = 1, 9
    said = np.clip(true + rng.normal(size=(80, 2)), 1, 9)
    table("truth.csv", [{"id": i, "valence": v, "arousal": a} for i, (v, a) in enumerate(true)])
    table("theirs.csv", [{"id": i, "arousal": a, "valence": v} for i, (v, a) in enumerate(said)])
    table("unit.csv", [{"id": i, "arousal": (a - 5) / 4, "valence": (v - 5) / 4} for i, (v, a) in enumerate(said)])
    found = values(score("theirs.csv"))
    assert found["pearson.arousal"] == pytest.approx(stats.pearsonr(true[:, 1], said[:, 1])[0], abs=1e-6)
    assert found["rmse.valence"] == pytest.approx(np.sqrt(np.mean((true - said)[:, 0] ** 2)) / 4, abs=1e-6)
    assert values(score("unit.csv:range=-1..1")) == pytest.approx(found, abs=1e-6)
    says = refused("evaluate", "--predictions", "unit.csv", "--truth", "truth.csv")
    assert re.fullmatch(
        r"expected values from 1 to 9 in unit.csv; found \d+% outside, from \S+ to \S+; write unit.csv:range=LOW..HIGH",
        says,
    )


def test_several_labels_per_item() -> None:
    rows = [
        ("joy|surprise", "joy"),
        ("anger", "anger|fear"),
        ("fear", "fear"),
        ("joy", "surprise"),
        ("sadness|fear", "fear|sadness"),
    ]
    table("truth.csv", [{"id": i, "labels": t} for i, (t, _) in enumerate(rows)])
    found = values(score(table("theirs.csv", [{"id": i, "labels": p} for i, (_, p) in enumerate(rows)])))
    names = ("anger", "fear", "joy", "sadness", "surprise")
    t, p = (np.array([[n in row[side].split("|") for n in names] for row in rows]) for side in (0, 1))
    assert found["macro_f1"] == pytest.approx(oracle.f1_score(t, p, average="macro", zero_division=0))
    assert found["micro_f1"] == pytest.approx(oracle.f1_score(t, p, average="micro"))
    assert "average_precision" not in found, "labels alone have no ranking"


def test_a_name_that_the_truth_never_has_counts_as_wrong() -> None:
    true, said, _ = drawn()
    said = ["disgust" if i % 10 == 0 else n for i, n in enumerate(said)]
    truth(true)
    table("theirs.csv", [{"id": f"u{i}", "prediction": n} for i, n in enumerate(said)])
    result = call("evaluate", "--predictions", "theirs.csv", "--truth", "truth.csv")
    assert "theirs.csv: says what the truth never has, which counts as wrong: disgust (12 times)" in result.stderr
    found = values(score("theirs.csv"))
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(true, said))
    assert found["macro_f1"] == pytest.approx(oracle.f1_score(true, said, average="macro", zero_division=0))


def test_a_score_for_a_name_that_is_never_said_changes_nothing() -> None:
    true, _, scores = drawn()
    truth(true)
    plain_rows = [{"id": f"u{i}", **dict(zip(NAMES, r, strict=True))} for i, r in enumerate(scores)]
    table("theirs.csv", plain_rows)
    table("wider.csv", [row | {"disgust": 0.001} for row in plain_rows])
    assert values(score("theirs.csv")) == pytest.approx(values(score("wider.csv")))


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter_where_there_are_ids(seed: int) -> None:
    true, _, scores = drawn(40, seed)
    truth(true)
    rows = [{"id": f"u{i}", **dict(zip(NAMES, r, strict=True))} for i, r in enumerate(scores)]
    order = np.random.default_rng(seed).permutation(40)
    held = judged.truth("truth.csv")
    (task,) = held.part.tasks
    first = judged.measured(judged.judged(held, task, answers.read(table("a.csv", rows), task)), None, folds=5)
    mixed = answers.read(table("b.csv", [rows[i] for i in order]), task)
    again = judged.measured(judged.judged(held, task, mixed), None, folds=5)
    assert again == first


def test_groups_have_figures_and_a_gap() -> None:
    true, said, _ = drawn(200)
    said = [t if i % 2 else s for i, (t, s) in enumerate(zip(true, said, strict=True))]
    truth(true, speaker=lambda i: f"s{i % 20}", text=lambda i: f"line {i}")
    table("theirs.csv", [{"id": f"u{i}", "prediction": n} for i, n in enumerate(said)])
    row = score("theirs.csv", "truth.csv", "--by", "speaker", "--metric", "accuracy")
    its = row["groups"]["accuracy"]
    assert len(its["small"]) == 20 and its["gap"] is None and its["each"] == {}
    hits = np.array([t == s for t, s in zip(true, said, strict=True)])
    assert its["small"]["s4"]["value"] == pytest.approx(hits[4::20].mean())
    truth(true, speaker=lambda i: f"s{i % 10}", text=lambda i: f"line {i}")
    result = call("evaluate", "--predictions", "theirs.csv", "--truth", "truth.csv:group=speaker", "--by", "speaker")
    assert re.search(
        r"^gap 0\.\d{4} \(-?0\.\d{4} to 0\.\d{4}\) between s\d and s\d; by chance 0\.\d{4} ", result.stdout, re.M
    )
    says = refused("evaluate", "--predictions", "theirs.csv", "--truth", "truth.csv:group=speaker", "--by", "speakers")
    assert "a kind of group of the truth; found 'speakers'; did you mean speaker" in says


# ---- what affectkit writes -------------------------------------------------------------------------------------------


def own(id: str, label: str, scores: Sequence[float], task: str = "four") -> Prediction:
    its = dict(zip(NAMES, map(float, scores), strict=True))
    return Prediction(
        id, id, {task: TaskPrediction("emotion", "ekman", Kind.SINGLE, None, its, (label,), max(its.values()))}
    )


@pytest.mark.parametrize("format", ["json", "jsonl", "csv", "parquet"])
def test_our_own_predictions_in_every_format(format: str) -> None:
    true, said, scores = drawn()
    truth(true)
    predictions = [own(f"u{i}", s, row) for i, (s, row) in enumerate(zip(said, scores, strict=True))]
    with Path(f"ours.{format}").open("wb") as file:
        find.load("formats", format).write(predictions, file)
    found = score(f"ours.{format}")
    assert values(found)["accuracy"] == pytest.approx(oracle.accuracy_score(true, said))
    assert {"brier", "ece", "aurc"} <= set(values(found))


def test_ids_that_are_rows_of_the_truth_file() -> None:
    true, said, scores = drawn()
    truth(true)  # with ids of its own, which predict does not look at
    lines = [own(f"some/where/truth.csv#{i + 1}", s, r) for i, (s, r) in enumerate(zip(said, scores, strict=True))]
    with Path("ours.jsonl").open("wb") as file:
        find.load("formats", "jsonl").write(lines, file)
    result = call("evaluate", "--predictions", "ours.jsonl", "--truth", "truth.csv")
    assert "ours.jsonl: matched by the rows of truth.csv" in result.stderr
    assert values(score("ours.jsonl"))["accuracy"] == pytest.approx(oracle.accuracy_score(true, said))


def test_intervals_of_dimensions_are_held_to_their_word() -> None:
    true = np.round(np.random.default_rng(3).uniform(-1, 1, 50), 3)
    true[:2] = -1, 1
    table("truth.csv", [{"id": f"u{i}", "valence": v, "arousal": v, "dominance": v} for i, v in enumerate(true)])
    names = ("valence", "arousal", "dominance")
    lines = []
    for i, v in enumerate(true):
        middle = dict.fromkeys(names, float(np.clip(v + (0.3 if i % 5 == 0 else 0.0), -1, 1)))
        its: Any = {end: {n: m + d for n, m in middle.items()} for end, d in (("low", -0.1), ("high", 0.1))}
        lines.append(
            Prediction(
                f"u{i}", "x", {"vad": TaskPrediction("dimensions", "vad", Kind.CONTINUOUS, values=middle, **its)}
            )
        )
    with Path("ours.jsonl").open("wb") as file:
        find.load("formats", "jsonl").write(lines, file)
    found = values(score("ours.jsonl"))
    inside = np.mean([np.abs(np.clip(v + (0.3 if i % 5 == 0 else 0.0), -1, 1) - v) <= 0.1 for i, v in enumerate(true)])
    assert found["covered.valence"] == pytest.approx(inside)


def test_the_task_of_a_file_of_several() -> None:
    true, said, scores = drawn(20)
    truth(true)
    lines = [
        Prediction(f"u{i}", "x", {t: own("", s, r, t).tasks[t] for t in ("one", "two")})
        for i, (s, r) in enumerate(zip(said, scores, strict=True))
    ]
    with Path("ours.jsonl").open("wb") as file:
        find.load("formats", "jsonl").write(lines, file)
    says = refused("evaluate", "--predictions", "ours.jsonl", "--truth", "truth.csv")
    assert says.startswith("expected one task of the scheme ekman in ours.jsonl; found one (ekman), two (ekman)")
    assert score("ours.jsonl:task=two")["missing"] == 0
    assert "a task in ours.jsonl; found 'tow'; did you mean two" in refused(
        "evaluate", "--predictions", "ours.jsonl:task=tow", "--truth", "truth.csv"
    )


# ---- matching --------------------------------------------------------------------------------------------------------


def test_rows_are_matched_by_their_order_where_neither_side_has_ids() -> None:
    true, said, _ = drawn()
    table("truth.csv", [{"label": n} for n in true])
    table("theirs.csv", [{"prediction": n} for n in said])
    result = call("evaluate", "--predictions", "theirs.csv", "--truth", "truth.csv")
    assert result.exit_code == 0
    assert "theirs.csv: matched by the order of rows, as neither side has ids" in result.stderr
    assert values(score("theirs.csv"))["accuracy"] == pytest.approx(oracle.accuracy_score(true, said))
    table("short.csv", [{"prediction": n} for n in said[:-1]])
    assert refused("evaluate", "--predictions", "short.csv", "--truth", "truth.csv", code=1) == (
        "expected one row in short.csv for each of the 120 of truth.csv, as neither has ids; found 119 rows; "
        "give both a column id"
    )


def test_what_has_no_prediction_is_counted_and_named() -> None:
    true, said, scores = drawn(20)
    truth(true)
    rows = [{"id": f"u{i}", **dict(zip(NAMES, r, strict=True))} for i, r in enumerate(scores)]
    rows[3]["joy"] = float("nan")
    rows[4]["joy"] = "much"
    table("theirs.csv", [*rows[:10], *rows[12:], {**rows[0], "id": "else"}])
    result = call("evaluate", "--predictions", "theirs.csv", "--truth", "truth.csv")
    assert result.exit_code == 3
    assert (
        "theirs.csv: 4 of 20 items have no prediction and are left out: u3 (no number in joy: 'nan'), "
        "u4 (no number in joy: 'much'), u10, u11" in result.stderr
    )
    assert "theirs.csv: 1 predictions of items that are not in this truth are left out" in result.stderr
    row = score("theirs.csv", code=3)
    assert (row["missing"], row["without_prediction"]) == (4, ["u3", "u4", "u10", "u11"])
    left = [i for i in range(20) if i not in (3, 4, 10, 11)]
    assert values(row)["accuracy"] == pytest.approx(np.mean([true[i] == said[i] for i in left]))


def test_a_corpus_is_scored_on_its_test_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = find.load("corpora", "meld")
    part.fake(tmp_path / "meld", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    samples = [s for s in part.rows(tmp_path / "meld") if s.split == "test"]
    table("theirs.csv", [{"id": s.id, "prediction": s.rated("meld")[0].value} for s in samples])
    row = score("theirs.csv", "meld")
    assert values(row)["accuracy"] == 1
    assert row["synthetic"] and row["variant"]["samples"] == f"test part of meld ({len(samples)} items)"
    assert row["audit"].startswith("what these predictions were learnt from is not known; meld: split audit: ")


# ---- wrong calls and files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "spec", "says"),
    [
        ([{"id": "u0", "prediction": "joyy"}, {"id": "u1", "prediction": "zzz"}], "",
         "labels of 'truth' in theirs.csv; found 'joyy' (1 time, nearest joy), 'zzz' (1 time); correct or rename them"),
        ([{"id": "u0", "prediction": "joy"}] * 2, "",
         "each id once in theirs.csv; found u0 more than once; keep one row per item"),
        ([{"id": "u0", "anger": 3, "fear": 1, "joy": -2, "sadness": 0}], "",
         "scores between 0 and 1 in theirs.csv; found -2 to 3; apply a softmax or sigmoid first, or name a column"),
        ([{"id": "u0", "prediction": "joy", "confidence": 80}], "",
         "confidences between 0 and 1 in theirs.csv; found 80 to 80; calibrate them first"),
        ([{"id": "x1", "prediction": "joy"}], "",
         "predictions of the truth's items; found x1 in theirs.csv, u0, u1, u2 and 117 more in all of truth"),
        ([{"id": "u0", "prediction": ""}], "",
         "predictions of 'truth' in theirs.csv; found none that can be read: 0 labels in prediction; look into it"),
        ([{"id": "u0", "prediction": "joy"}], ":label=predction",
         "the name of a column of theirs.csv; found 'predction'; did you mean prediction"),
        ([{"id": "u0", "prediction": "joy"}], ":labels=prediction",
         "the name of an option of theirs.csv; found 'labels'; did you mean label"),
        ([{"id": "u0", "prediction": "joy"}], ":prefix=p_",
         "columns that begin with 'p_' and end with a name of 'truth'; found id, prediction; correct the prefix"),
        ([{"id": "u0", "word": "joy"}], "",
         "a column of labels, or one of scores per label, in theirs.csv; found id, word; "
         "write theirs.csv:label=COLUMN, or prefix=TEXT before the names"),
        ([{"id": "u0", "joy": 0.1, "prob_joy": 0.2, "fear": 0.3}], "",
         "one column for joy; found joy, prob_joy; write theirs.csv:prefix=TEXT before the names"),
        ([{"prediction": "joy"}], "",
         "a column of ids in theirs.csv, as the truth has them; found none; write theirs.csv:id=COLUMN"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_sentence(rows: Rows, spec: str, says: str) -> None:
    truth(drawn()[0])
    table("theirs.csv", rows)
    with pytest.raises(AffectError) as caught:
        held = judged.truth("truth.csv")
        judged.judged(held, held.part.tasks[0], answers.read(f"theirs.csv{spec}", held.part.tasks[0]))
    assert says in str(caught.value)
    assert isinstance(caught.value, DataError | UsageError | UnknownName)


def test_wrong_calls_are_one_sentence() -> None:
    true, said, _ = drawn()
    truth(true)
    table("theirs.csv", [{"id": f"u{i}", "prediction": n} for i, n in enumerate(said)])
    both = ("--predictions", "theirs.csv", "--truth", "truth.csv")
    for arguments, says in (
        (("--predictions", "theirs.csv"), "both --predictions and --truth; found only theirs.csv"),
        ((*both, "--stamp"), "predictions and their truth alone; found --stamp"),
        (("text-en", *both), "predictions and their truth alone; found SYSTEMS"),
        (("text-en", "--json"), "predictions for --json; found none; write --predictions FILE --truth CORPUS|TABLE"),
        ((), "a run, a bundle or --predictions; found none"),
        ((*both, "--metric", "macro_f2"), "the name of a metric; found 'macro_f2'; did you mean macro_f1"),
        ((*both, "--metric", "ccc"), "a metric of single tasks; found ccc; choose among accuracy,"),
        ((*both, "--metric", "brier"), "scores for the metric brier; found labels alone; choose among accuracy,"),
        ((*both, "--task", "other"), "the name of a task of truth.csv; found 'other'"),
        (("--predictions", "no.csv", "--truth", "truth.csv"), "a file of predictions at no.csv; found none"),
        (("--predictions", "theirs.csv", "--truth", "no.csv"), "a table or folder at no.csv; found none"),
    ):
        assert says in refused("evaluate", *arguments), arguments


def test_scoring_and_comparing_files_need_no_torch() -> None:
    true, said, _ = drawn(20)
    truth(true)
    for name in ("a.csv", "b.csv"):
        table(name, [{"id": f"u{i}", "prediction": n} for i, n in enumerate(said)])
    script = (
        "import sys\n"
        "for name in ('torch', 'scipy', 'sklearn', 'pandas', 'pyarrow', 'accelerate', 'transformers'):\n"
        "    sys.modules[name] = None\n"
        "from affectkit.app import cli\n"
        "sys.argv = ['affectkit', *sys.argv[1:]]\n"
        "cli.main()\n"
    )
    for arguments in (
        ["evaluate", "--predictions", "a.csv", "--truth", "truth.csv"],
        ["compare", "a.csv", "b.csv", "--truth", "truth.csv", "--folds", "20"],
    ):
        done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "accuracy" in done.stdout


# ---- two files -------------------------------------------------------------------------------------------------------


def test_two_files_are_compared() -> None:
    true, said, _ = drawn(200)
    truth(true)
    better = [t if i % 3 else s for i, (t, s) in enumerate(zip(true, said, strict=True))]
    table("a.csv", [{"id": f"u{i}", "prediction": n} for i, n in enumerate(better)])
    table("b.csv", [{"id": f"u{i}", "prediction": n} for i, n in enumerate(said)][::-1])
    result = call("compare", "a.csv", "b.csv", "--truth", "truth.csv", "--folds", 199, "--json")
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    by_metric = {row["metric"]: row for row in made["rows"]}
    assert tuple(by_metric) == ("macro_f1", "weighted_f1", "accuracy")
    row = by_metric["accuracy"]
    hits = [np.array([t == s for t, s in zip(true, one, strict=True)]) for one in (better, said)]
    assert row["difference"]["value"] == pytest.approx(hits[0].mean() - hits[1].mean())
    assert row["difference"]["low"] > 0 and row["p"] == pytest.approx(1 / 200) and row["holm"] == pytest.approx(3 / 200)
    shown = call("compare", "a.csv", "b.csv", "--truth", "truth.csv", "--folds", 50)
    assert "A a.csv, B b.csv; items: truth 200\n" in shown.stdout and "truth accuracy" in shown.stdout
    same = json.loads(call("compare", "a.csv", "a.csv", "--truth", "truth.csv", "--folds", 20, "--json").stdout)
    assert [(r["difference"]["value"], r["p"], r["holm"]) for r in same["rows"]] == [(0, 1, 1)] * 3
    assert (same["a"], same["b"]) == ("a.csv (A)", "a.csv (B)")


def test_names_that_only_one_file_says_are_wrong_in_both() -> None:
    true, said, _ = drawn(60)
    truth(true)
    table("a.csv", [{"id": f"u{i}", "prediction": n} for i, n in enumerate(said)])
    odd = ["disgust" if i < 6 else n for i, n in enumerate(said)]
    table("b.csv", [{"id": f"u{i}", "prediction": n} for i, n in enumerate(odd)])
    made = json.loads(call("compare", "a.csv", "b.csv", "--truth", "truth.csv", "--folds", 20, "--json").stdout)
    macro = made["rows"][0]
    labels = sorted({*NAMES, "disgust"})
    for side, names in (("a", said), ("b", odd)):
        expected = oracle.f1_score(true, names, average="macro", labels=labels, zero_division=0)
        assert macro[side]["value"] == pytest.approx(expected)


def test_files_of_different_items_are_refused() -> None:
    true, said, _ = drawn(30)
    truth(true)
    rows = [{"id": f"u{i}", "prediction": n} for i, n in enumerate(said)]
    table("a.csv", rows[1:])
    table("b.csv", rows[:-9])
    assert refused("compare", "a.csv", "b.csv", "--truth", "truth.csv", code=1) == (
        "expected the same test items of 'truth' in both; found 9 only in a.csv (u21, u22, u23, u24, u25 and 4 more), "
        "1 only in b.csv (u0); give both files the same items"
    )
    assert "two runs, or two files of predictions and their truth; found no run and no run" in refused(
        "compare", "a.csv", "b.csv"
    )
    assert "two runs for --on; found two files" in refused(
        "compare", "a.csv", "b.csv", "--truth", "truth.csv", "--on", "meld"
    )


def test_one_item_says_nothing() -> None:
    truth(["joy", "anger"])
    table("a.csv", [{"id": "u0", "prediction": "joy"}])
    table("b.csv", [{"id": "u0", "prediction": "anger"}])
    made = json.loads(
        call("compare", "a.csv", "b.csv", "--truth", "truth.csv", "--metric", "accuracy", "--json").stdout
    )
    (row,) = made["rows"]
    assert (row["difference"]["value"], row["p"]) == (1, 1)
