"""The command audit: a table, JSON, tables of one's own, features, and what is wrong with a call."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit import find
from affectkit.app import cli, features
from affectkit.errors import DataError
from affectkit.sample import Media, Sample

WORDS = ("river", "window", "garden", "yellow", "market", "silver", "monday", "forest")


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["audit", *(str(a) for a in arguments)])


@pytest.fixture
def imitations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Imitations of some corpora, for AFFECTKIT_CORPORA."""
    for name in ("meld", "emobank"):
        find.load("corpora", name).fake(tmp_path / name, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    return tmp_path


def table(file: Path, rows: list[dict[str, Any]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def mine(file: Path, **changes: Any) -> Path:
    """A table of 60 texts by 20 speakers whose split keeps both apart, but for what is changed in one row of test."""
    rows: list[dict[str, Any]] = []
    for i in range(60):
        split = ("train", "train", "dev", "test")[i % 4]
        said = " ".join(WORDS[(i * 7 + k * (1 + i % 5)) % 8] for k in range(6))
        label = ("joy", "anger", "sadness")[i % 3]
        rows.append({"text": f"{said} {i:03} {split}", "label": label, "split": split, "speaker": f"p{i % 20}"})
    rows[3] |= changes
    return table(file, rows)


def test_a_corpus_as_a_table_and_a_stamp(imitations: Path) -> None:
    result = run("meld", "--no-near")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("meld: ")
    assert any(line.startswith("note") and " speakers " in line for line in lines)
    assert "not looked at: nearly equal texts and pictures: they were not to be looked for" in lines
    assert lines[-1].startswith("dialogues apart; ")
    assert "speakers shared" in lines[-1]


def test_json_says_the_same(imitations: Path) -> None:
    made = json.loads(run("meld", "--no-near", "--json").stdout)
    assert made["stamp"] == run("meld", "--no-near").stdout.splitlines()[-1]
    assert made["parts"].keys() == {"train", "dev", "test"}
    assert {finding["check"] for finding in made["findings"]} >= {"group"}


def test_a_leak_is_a_finding_and_no_failure(tmp_path: Path) -> None:
    result = run(f"{mine(tmp_path / 'mine.csv', speaker='p0')}:group=speaker", "--json")
    assert result.exit_code == 0
    (finding,) = [f for f in json.loads(result.stdout)["findings"] if f["check"] == "group"]
    assert (finding["severity"], finding["count"], finding["examples"]) == ("leak", 1, ["p0"])


def test_a_clean_table_is_clean(tmp_path: Path) -> None:
    result = run(f"{mine(tmp_path / 'mine.csv')}:group=speaker", "--no-near", "--json")
    made = json.loads(result.stdout)
    assert made["findings"] == []
    assert made["stamp"] == "speakers apart; texts apart"
    assert "text=text" in result.stderr  # what was guessed of the table is told


def test_against_another_table(tmp_path: Path) -> None:
    file, other = mine(tmp_path / "mine.csv"), mine(tmp_path / "other.csv", text="entirely other words here")
    made = json.loads(run(file, "--against", other, "--no-near", "--json").stdout)
    assert (made["name"], made["against"]) == ("mine", "other")
    (same,) = [f for f in made["findings"] if f["check"] == "same"]
    assert (same["phrase"], same["count"]) == ("texts also in other", 59)
    assert "mine lies inside other, by its " in made["stamp"]


def test_features_that_hold_the_labels(imitations: Path, tmp_path: Path) -> None:
    corpus, rng = find.load("corpora", "emobank"), np.random.default_rng(0)
    task, samples = corpus.TASKS[0], list(corpus.rows(imitations / "emobank"))
    rows = [{"sentence": s.id, "noise": rng.normal(), "v": s.rated(task.id)[0].value[0], "who": "me"} for s in samples]
    made = json.loads(run("emobank", "--features", table(tmp_path / "f.csv", rows), "--no-near", "--json").stdout)
    found = [f for f in made["findings"] if f["check"] == "features"]
    assert f"{task.names[0]} of {task.id}" in [f["what"] for f in found]
    assert {f["severity"] for f in found} == {"leak"}


SAMPLES = [Sample(str(i), {"text": Media(text="a")}, (), {"song": f"song{i}"}) for i in range(4)]


def test_a_table_of_features_is_read_by_its_ids(tmp_path: Path) -> None:
    rows = [{"n": i / 2, "song": f"song{i}", "gap": "" if i else 1, "word": "x", "empty": ""} for i in range(6)]
    found = features.features_of(table(tmp_path / "f.csv", rows), SAMPLES)
    assert found.keys == ("song0", "song1", "song2", "song3")
    assert found.names == ("n", "gap")
    np.testing.assert_array_equal(found.values, [[0, 1], [0.5, np.nan], [1, np.nan], [1.5, np.nan]])


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [{"id": "x", "a": 0.5}],
            "expected a column of f.csv with ids of samples; found id, a; write the ids of",
        ),
        ([{"id": "1", "a": "b"}], "expected columns of numbers in f.csv beside id; found none; write one number per"),
        ([{"id": "1", "a": 1}] * 2, "expected each key once among the features; found '1' twice; remove the repeats"),
    ],
    ids=["ids", "numbers", "twice"],
)
def test_bad_tables_of_features(rows: list[dict[str, Any]], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        features.features_of(table(tmp_path / "f.csv", rows), SAMPLES)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("mled",), "expected the name of a corpus; found 'mled'; did you mean meld"),
        (("meld", "--features", "none.csv"), "expected a table of features at none.csv; found none; correct the path"),
        (("meld", "--against", "meld"), "expected another corpus or table after --against; found 'meld' again; name"),
        (("meld:speaker=Nobody",), "expected the name of a speaker of meld; found 'Nobody'"),
        ((), "Missing argument"),
    ],
    ids=["unknown", "features", "itself", "option", "nothing"],
)
def test_a_wrong_call_is_a_sentence(imitations: Path, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
