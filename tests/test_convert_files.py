"""`affectkit convert` with files of scores and with corpora: any scheme to any scheme, in blocks, with one loss."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit import corpora, find, hub
from affectkit.app import cli, scores
from affectkit.sample import target

ROWS = [
    {"id": "a", "joy": "0.75", "sadness": "0.25", "note": "one, two"},
    {"id": "b", "joy": "0", "sadness": "1", "note": "ü"},
]


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["convert", *(str(a) for a in arguments)])


def table(file: Path, rows: list[dict[str, Any]] = ROWS) -> Path:
    if file.suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif file.suffix == ".parquet":
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.Table.from_pylist(rows), file)
    else:
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]), delimiter="\t" if file.suffix == ".tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    return file


def rows_of(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    if file.suffix == ".parquet":
        return list(pytest.importorskip("pyarrow.parquet").read_table(file).to_pylist())
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, delimiter="\t" if file.suffix == ".tsv" else ","))


# ---- files of scores -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("into", scores.known())
@pytest.mark.parametrize("from_", scores.known())
def test_every_format_to_every_format(from_: str, into: str, tmp_path: Path) -> None:
    given, out = table(tmp_path / f"given{from_}"), tmp_path / f"made{into}"
    result = run(given, "--from", "ekman", "--to", "vad", "--out", out)
    assert result.exit_code == 0, result.stderr
    first, second = rows_of(out)
    assert list(first) == ["id", "note", "valence", "arousal", "dominance"]
    assert (first["id"], first["note"], second["note"]) == ("a", "one, two", "ü")
    # RM77: joyful .76 .48 .35, sad -.63 -.27 -.33
    assert [float(first[d]) for d in hub.VAD] == pytest.approx([0.4125, 0.2925, 0.18])
    assert [float(second[d]) for d in hub.VAD] == pytest.approx([-0.63, -0.27, -0.33])
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([given.name, out.name]), "nothing else is left"


def test_standard_output_is_csv_or_json_lines_and_the_loss_is_said_once(tmp_path: Path) -> None:
    given = table(tmp_path / "given.csv")
    result = run(given, "--from", "ekman", "--to", "sentiment")
    assert next(csv.reader(io.StringIO(result.stdout))) == ["id", "note", *hub.scheme("sentiment").names]
    assert result.stderr.count("lost: ") == 1
    lines = run(given, "--from", "ekman", "--to", "sentiment", "--json").stdout.splitlines()
    assert json.loads(lines[0])["positive"] == 0.75


@pytest.mark.parametrize(
    ("cell", "label"), [("joy", "joy"), ("anger|annoyance", "anger"), ("curiosity|fear", "fear|surprise"), ("", "")]
)
def test_a_column_of_labels(cell: str, label: str, tmp_path: Path) -> None:
    given = table(tmp_path / "given.csv", [{"id": "a", "emotion": cell}, {"id": "b", "emotion": "love"}])
    result = run(given, "--from", "goemotions", "--to", "ekman", "--column", "emotion", "--labels")
    assert next(csv.DictReader(io.StringIO(result.stdout))) == {"id": "a", "emotion": label}
    assert ("1 of 2 rows have nothing to convert" in result.stderr) is (cell == "")


def test_json_lines_hold_lists_and_mappings_of_labels(tmp_path: Path) -> None:
    given = table(tmp_path / "given.jsonl", [{"x": ["joy", "fear"]}, {"x": {"joy": 0.25, "anger": 0.5}}, {"x": None}])
    made = run(given, "--from", "ekman", "--to", "plutchik", "--column", "x", "--json")
    first, second, third = (json.loads(line) for line in made.stdout.splitlines())
    assert {n for n, s in first.items() if s} == {"joy", "fear"} and first["joy"] == 1
    assert {n: s for n, s in second.items() if s} == {"joy": 0.25, "anger": 0.5}
    assert set(third.values()) == {None}


def test_scores_that_add_up_to_more_than_one_are_several_labels(tmp_path: Path) -> None:
    rows = [{"anger": 0.8, "annoyance": 0.5, "joy": 0.1}]
    given = table(tmp_path / "given.csv", rows)
    result = run(given, "--from", "goemotions", "--to", "ekman", "--json")
    assert "scores of row 1 add up to 1.40: taken as several labels at once, --kind multi" in result.stderr
    assert json.loads(result.stdout)["anger"] == pytest.approx(1 - 0.2 * 0.5)
    shares = run(given, "--from", "goemotions", "--to", "ekman", "--json", "--kind", "distribution")
    assert json.loads(shares.stdout)["anger"] == pytest.approx(1.3) and "several labels" not in shares.stderr


def test_columns_may_stand_behind_a_prefix_and_some_may_miss(tmp_path: Path) -> None:
    given = table(tmp_path / "given.csv", [{"p.joy": 1, "p.sadness": 0, "joyless": 3}])
    result = run(given, "--from", "ekman", "--to", "plutchik", "--prefix", "p.", "--json")
    assert json.loads(result.stdout) == {"joyless": "3"} | dict.fromkeys(hub.scheme("plutchik").names, 0.0) | {"joy": 1}
    assert "no column for anger, disgust, fear, surprise" in result.stderr


def test_dimensions_that_miss_stay_unknown(tmp_path: Path) -> None:
    given = table(tmp_path / "given.csv", [{"valence": "9", "arousal": ""}, {"valence": "5", "arousal": "1"}])
    made = list(csv.DictReader(io.StringIO(run(given, "--from", "vad_1_9", "--to", "vad").stdout)))
    assert [list(row.values()) for row in made] == [["1.0", "", ""], ["0.0", "-1.0", ""]]


# ---- bad rows and bad files ------------------------------------------------------------------------------------------


def test_a_bad_row_costs_itself_alone(tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text("id,joy,sadness\na,1,0\nb,much,0\nc,0.5\nd,,0\ne,-1,0\nf,0,1\n", encoding="utf-8")
    out = tmp_path / "made.csv"
    result = run(given, "--from", "ekman", "--to", "plutchik", "--out", out)
    assert result.exit_code == 3
    assert "4 of 6 rows could not be read; row 2: expected a number in 'joy'; found 'much'" in result.stderr
    made = rows_of(out)
    assert [row["joy"] for row in made] == ["1.0", "", "", "", "", "0.0"]
    assert [row["id"] for row in made] == ["a", "b", "", "d", "e", "f"]


def test_nothing_is_written_when_no_row_can_be_read(tmp_path: Path) -> None:
    given, out = table(tmp_path / "given.csv", [{"emotion": "joyy"}]), tmp_path / "made.csv"
    result = run(given, "--from", "ekman", "--to", "plutchik", "--column", "emotion", "--out", out)
    assert result.exit_code == 1 and not out.exists() and len(list(tmp_path.iterdir())) == 1
    assert "found 1 that cannot, row 1: expected the name of a label of ekman; found 'joyy'; did you mean joy" in (
        result.stderr
    )


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("id,mirth\n1,1\n", [], "columns of given.csv that are named after labels of ekman; found id, mirth; name"),
        ("id,joy\n1,1\n", ["--column", "emotion"], "expected the column 'emotion' in given.csv; found id, joy; name"),
        ("joy,neutral\n1,1\n", [], "no column of given.csv beside the scores that is called as in plutchik_neutral"),
        ("joy,joy\n1,1\n", [], "each column of given.csv once; found joy twice; rename one"),
        ("joy,happy\n1,1\n", [], "each name of ekman once; found joy, happy; remove the repeats"),
        ("", [], "a header line in"),
        ("joy,fear\n", [], "expected rows in"),
        ("joy\n1\n", ["--out", "made.xyz"], "a file that ends in .csv or .tsv or .jsonl or .parquet; found made.xyz"),
        ("joy\n1\n", ["--out", "no/made.csv"], "found no folder no; make the folder"),
        ("joy\n1\n", ["--kind", "double"], "expected the name of a kind; found 'double'"),
    ],
)
def test_a_bad_table_or_option_is_a_sentence(content: str, arguments: list[str], said: str, tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text(content, encoding="utf-8")
    result = run(given, "--from", "ekman", "--to", "plutchik_neutral", *arguments)
    assert result.exit_code in (1, 2) and said in result.stderr


def test_what_is_missing_on_the_line_is_said(tmp_path: Path) -> None:
    given = table(tmp_path / "given.csv")
    assert "the scheme of the scores in" in run(given, "--to", "ekman").stderr
    absent = run(tmp_path / "absent.csv", "--from", "ekman", "--to", "vad")
    assert absent.exit_code == 2 and "absent.csv; found none; correct the path" in absent.stderr
    label = run("joy", "--to", "ekman")
    assert label.exit_code == 2
    assert "expected a corpus, or a label or file with its scheme in --from; found 'joy'" in label.stderr
    dimensions = run(given, "--from", "ekman", "--to", "vad", "--labels")
    assert "expected a scheme of labels for --labels; found the dimensions of vad; leave --labels out" in (
        dimensions.stderr
    )
    written = run("joy", "--from", "ekman", "--to", "vad", "--out", tmp_path / "out.csv")
    assert written.exit_code == 2
    assert "expected a file or corpus for --out; found the label 'joy'; leave it out" in written.stderr
    wrong = table(tmp_path / "wrong.jsonl", [{"joy": 1.0}])
    wrong.write_text("[1]\n", encoding="utf-8")
    assert "expected JSON objects in" in run(wrong, "--from", "ekman", "--to", "vad").stderr


# ---- many rows -------------------------------------------------------------------------------------------------------


def test_blocks_give_what_one_array_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = hub.scheme("goemotions").names
    array = np.round(np.random.default_rng(3).dirichlet(np.ones(28), 25), 4)
    given = table(tmp_path / "given.csv", [dict(zip(names, row, strict=True)) for row in array.tolist()])
    monkeypatch.setattr(scores, "ROWS", 4)
    result = run(given, "--from", "goemotions", "--to", "ekman", "--out", tmp_path / "made.csv")
    expected = hub.convert(array, "goemotions", "ekman", "distribution")
    made = [[float(cell) for cell in row.values()] for row in rows_of(tmp_path / "made.csv")]
    assert np.array(made) == pytest.approx(expected.scores, abs=1e-6)
    assert f"lost: {expected.lost}\n" in result.stderr


def test_200_000_rows_convert_in_a_moment() -> None:
    array = np.random.default_rng(0).dirichlet(np.ones(28), 200_000)
    began = time.perf_counter()
    made = hub.convert(array, "goemotions", "ekman", "distribution").scores
    assert time.perf_counter() - began < 2  # a fifth of a million; on an idle core 0.05 s
    assert made.sum(1).max() <= 1 + 1e-9


def test_arrays_one_after_another_lose_what_they_lose_together() -> None:
    array = np.random.default_rng(1).dirichlet(np.ones(28), 30)
    for to in ("ekman", "vad", "plutchik_dyads"):
        running = hub.conversion("goemotions", to, "distribution").running()
        parts = [running(array[:10]), running(array[10:])]
        whole = hub.convert(array, "goemotions", to, "distribution")
        assert np.concatenate(parts) == pytest.approx(whole.scores, nan_ok=True)
        assert running.lost.mass == pytest.approx(whole.lost.mass) and running.lost.merged == whole.lost.merged


# ---- corpora ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Imitations of corpora, where AFFECTKIT_CORPORA says."""
    for name in ("goemotions", "emobank", "meld", "brighter"):
        find.load("corpora", name).fake(tmp_path / "corpora" / name, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    return tmp_path


def test_a_whole_corpus(corpus: Path) -> None:
    out = corpus / "made.jsonl"
    result = run("goemotions", "--to", "ekman", "--out", out)
    assert result.exit_code == 0 and result.stderr.count("lost: ") == 1
    made, samples = rows_of(out), list(corpora.samples("goemotions"))
    assert [(row["id"], row["split"]) for row in made] == [(s.id, s.split) for s in samples]
    assert list(made[0]) == ["id", "split", *hub.scheme("ekman").names]
    task = corpora.tasks("goemotions")[0]
    values = np.array([target(task, sample.ratings)[0] for sample in samples], np.float64)
    expected = hub.convert(values, "goemotions", "ekman", task.kind, task.names).scores
    assert np.array([[row[n] for n in hub.scheme("ekman").names] for row in made]) == pytest.approx(expected, abs=1e-6)


def test_a_corpus_of_dimensions_is_brought_to_the_scale_of_the_scheme(corpus: Path) -> None:
    made = [json.loads(line) for line in run("emobank", "--to", "vad_1_5", "--json").stdout.splitlines()]
    for row, sample in zip(made, corpora.samples("emobank"), strict=True):
        (value,) = (r.value for r in sample.rated("vad"))
        if value is not None:
            assert [row[d] for d in hub.VAD] == pytest.approx(value, abs=1e-5)


def test_a_task_is_chosen_by_its_id(corpus: Path) -> None:
    tasks = [task.id for task in corpora.tasks("meld")]
    made = run("meld", "--to", "sentiment5", "--task", tasks[1], "--labels", "--json")
    assert {json.loads(line)["sentiment5"] for line in made.stdout.splitlines()} <= {"negative", "neutral", "positive"}
    wrong = run("meld", "--to", "sentiment5", "--task", tasks[1] + "s")
    assert wrong.exit_code == 2 and f"a task of meld; found '{tasks[1]}s'; did you mean {tasks[1]}" in wrong.stderr


def test_intensities_of_names_that_not_all_were_judged(corpus: Path) -> None:
    result = run("brighter", "--to", "sentiment", "--task", "brighter.intensity", "--json")
    assert result.exit_code == 0, result.stderr
    task = corpora.tasks("brighter")[1]
    for row, sample in zip(map(json.loads, result.stdout.splitlines()), corpora.samples("brighter"), strict=True):
        rated = [r.value for r in sample.rated(task.id)]
        if not rated:
            assert row["positive"] is None
            continue
        level = dict(zip(task.names, rated[0], strict=True))
        assert row["positive"] == pytest.approx(level["joy"] / 3, abs=1e-6)
        assert row["negative"] <= 1, "several at once are no shares of one whole"


def test_names_of_no_taxonomy_are_not_converted(corpus: Path) -> None:
    wrong = run("brighter", "--to", "ekman", "--task", "brighter.language")
    assert wrong.exit_code == 2
    assert "expected a task of brighter with names of a taxonomy; found names of its own in" in wrong.stderr
