"""The benchmark of explanations: its means by hand, the same items at every run, and a run on a toy bundle."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import benches
import toys
from affectkit import corpora, find
from affectkit.errors import DataError, InputError
from affectkit.explain import Faithfulness
from affectkit.report import tables
from affectkit.runtime.options import Item
from affectkit.sample import Media


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return benches.load("explain")


@pytest.fixture
def imitation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    corpus = "goemotions"
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    find.load("corpora", corpus).fake(tmp_path / "corpora" / corpus, np.random.default_rng(0))
    return corpus


def test_areas_are_means_with_intervals_over_items(bench: ModuleType) -> None:
    rng = np.random.default_rng(3)
    areas = rng.random((40, 4))
    made = bench.summary([Faithfulness(*row) for row in areas.tolist()])
    gain = areas[:, 3] - areas[:, 1]
    assert made["insertion_gain"]["value"] == pytest.approx(areas[:, 1].mean() - areas[:, 3].mean())
    assert made["deletion_gain"]["value"] == pytest.approx(areas[:, 2].mean() - areas[:, 0].mean())
    assert made["deletion"]["value"] == pytest.approx(areas[:, 0].mean())
    # the interval of a mean, by the textbook
    half = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
    assert made["insertion_gain"]["high"] - made["insertion_gain"]["low"] == pytest.approx(2 * half, rel=0.15)
    assert {its["n"] for its in made.values()} == {40}


def test_items_are_the_same_at_every_run_and_of_the_test_part(bench: ModuleType, imitation: str) -> None:
    test = {s.id for s in corpora.samples(imitation) if s.split == "test"}
    some = [item.id for item in bench.drawn(imitation, "text", len(test) - 1)]
    assert some == [item.id for item in bench.drawn(imitation, "text", len(test) - 1)]
    assert set(some) < test and len(set(some)) == len(test) - 1
    assert len(bench.drawn(imitation, "text", 10_000)) == len(test)


def test_what_cannot_be_explained_is_counted_and_nothing_at_all_is_a_sentence(
    bench: ModuleType, tmp_path: Path
) -> None:
    toy = str(toys.pack(tmp_path / "toy.affect"))
    good, empty = Item("a", "a", Media(text="we joy the a")), Item("b", "b", Media(text=" "))
    broken = Item("c", "c", InputError("a text", "none", "write one"))
    found, failed = bench.checked([good, empty, broken], toy, "occlusion")
    assert (len(found), failed) == (1, 2)
    assert found[0].deletion_gain > 0
    with pytest.raises(DataError, match="says something of; found expected a text; found none; write one; choose"):
        bench.checked([broken], toy, "occlusion")
    with pytest.raises(DataError, match="says something of; found no item; choose another bundle or corpus"):
        bench.checked([], toy, "occlusion")


def test_results_are_written_in_the_form_of_results(
    bench: ModuleType,
    imitation: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = dataclasses.replace(bench.PLANS["text"], bundle=str(toys.pack(tmp_path / "toy.affect")))
    monkeypatch.setattr(bench, "PLANS", {"text": plan})
    monkeypatch.setattr(sys, "argv", ["explain.py", "--items", "4", "--write", "--results", str(tmp_path / "results")])
    assert bench.main() == 0
    made = json.loads((tmp_path / "results" / "explain.text.json").read_text(encoding="utf-8"))
    assert tables.results(tmp_path / "results") == [made]
    assert (made["part"], made["corpus"], made["bundle"]) == ("explain", imitation, "toy@3")
    (row,) = made["rows"]
    assert row["variant"]["system"] == "occlusion" and row["synthetic"] and row["verdict"] == "own"
    assert row["metrics"]["deletion"]["n"] + row["failed"] == 4
    assert set(row["metrics"]) == set(bench.AREAS)
    said = capsys.readouterr().out
    assert "deletion_gain" in said and "occlusion of" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--items", "0"], "expected at least one item in --items; found 0; leave it out for the usual number"),
        (["--modality", "txt"], "expected the name of a modality; found 'txt'; did you mean text?"),
        (["--by", "occlude"], "expected the name of an explainer; found 'occlude'; did you mean occlusion?"),
    ],
)
def test_each_misuse_gets_one_sentence(
    bench: ModuleType,
    arguments: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["explain.py", *arguments])
    assert bench.main() == 2
    assert capsys.readouterr().err == f"bench/explain.py: {says}\n"
