"""Splits that cut groups: refused, or trained on with a mark that the figures keep."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit.app import cli, compared, report
from affectkit.errors import UsageError
from affectkit.report import write
from affectkit.train import crossvalidate, evaluate, leaks, mixture, run

SETTINGS: dict[str, Any] = {"encoder": "ngrams:width=0,buckets=512,most=2", "epochs": 1, "rare": 1, "balanced": False}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Twelve people with ten texts each, and a split of their owner's that keeps them whole."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "id": f"{person}.{i}",
            "text": f"{'good' if (joy := bool(rng.integers(2))) else 'bad'} day number {i} of {person}",
            "emotion": "joy" if joy else "sadness",
            "person": f"p{person}",
            "split": "train" if person < 8 else "dev" if person < 10 else "test",
        }
        for person in range(12)
        for i in range(10)
    ]
    with (tmp_path / "own.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    monkeypatch.chdir(tmp_path)
    return "own.csv:group=person"


def trained(own: str, **changes: Any) -> run.Run:
    return run.train("linear_text", {**SETTINGS, **changes}, [own], [], [0], Path("run"), "a command")


def test_what_a_split_cuts_is_counted_by_hand(own: str) -> None:
    data = mixture.read([own])
    assert leaks.found(data) == []
    random = mixture.resplit(data, "random")
    people = {part: set(random.groups["person"][random.split == part].tolist()) for part in ("train", "dev", "test")}
    cut = people["train"] & (people["dev"] | people["test"])
    assert 6 < len(cut) <= 12
    assert leaks.found(random) == [leaks.Leak("own", "person", len(cut), 12)]
    assert leaks.found(mixture.resplit(data, "group:person")) == []
    both = people["test"] & people["train"]
    counted = leaks.shared(random.part("test"), random.part("train"), own)
    assert counted == {"person": (len(both), len(people["test"]))}


def test_training_on_a_split_that_cuts_groups_needs_a_word(own: str) -> None:
    says = (
        r"expected a split that cuts no group; found \d+ of 12 groups by person of own are in train and in another "
        r"part; --set split=group:KIND keeps one kind whole; --allow-leak trains on it, and all its figures will say so"
    )
    with pytest.raises(UsageError, match=says):
        trained(own, split="random")
    assert not Path("run/seed-0").exists()
    trained(own, split="group:person")


def test_the_mark_stays_on_the_figures(own: str) -> None:
    given = [f"--set={name}={value}" for name, value in {**SETTINGS, "split": "random"}.items()]
    command = ["train", "linear_text", "--on", own, *given, "--allow-leak", "--out", "run"]
    result = CliRunner().invoke(cli.build(), command)
    assert result.exit_code == 0, result.output
    assert run.open_run(Path("run")).command.endswith("--allow-leak")
    rows = evaluate.measure_run(Path("run")).rows
    audits = [row["audit"] for its in rows.values() for row in its]
    assert audits
    for audit in audits:
        assert "LEAK ALLOWED: " in audit and "groups by person of own are in train and in another part" in audit


def test_whole_groups_are_told_without_a_mark(own: str) -> None:
    trained(own)
    for its in evaluate.measure_run(Path("run")).rows.values():
        for row in its:
            told = "0 of 20 test texts also occur in train; groups by person: 0 of 2 also in train; split audit: "
            assert row["audit"].startswith(f"{told}persons apart; ")


def test_folds_over_samples_say_what_they_may_cut(own: str) -> None:
    told = crossvalidate.crossvalidate(
        "linear_text", SETTINGS, own, [], 2, ["random", "person"], 0, "a command", lambda line: None
    )
    by_sample, by_person = (
        [r["audit"] for r in told.rows[own] if kind in r["split"]] for kind in ("samples", "person")
    )
    assert by_sample and all("; groups by person may lie in several folds; the first fold: " in a for a in by_sample)
    assert by_person and not any("several folds" in a for a in by_person)


def test_the_mark_stands_in_comparisons_and_on_the_page(own: str) -> None:
    for cost in (1.0, 10.0):
        config = {**SETTINGS, "cost": cost, "split": "random", "allow_leak": True}
        run.train("linear_text", config, [own], [], [0], Path(f"run-{cost:g}"), "a command")
    both = compared.runs(Path("run-1"), Path("run-10"))
    assert [note.split(": ")[:2] for note in both.notes] == [[f"run-{c}", "LEAK ALLOWED"] for c in (1, 10)]
    page = write.html(report.of_run(Path("run-1")))
    assert re.search(r"LEAK ALLOWED: \d+ of 12 groups by person of own are in train and in another part", page)
    trained(own)
    assert "LEAK" not in write.html(report.of_run(Path("run")))
