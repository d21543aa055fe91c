"""CREMA-D and the agreement command: known cases, bad files, and the figures of the real votes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit import aggregate, corpora, find
from affectkit.analysis import agreement, raters
from affectkit.app import cli
from affectkit.corpora import crema_d
from affectkit.errors import DataError
from affectkit.metrics import _votes
from affectkit.sample import Sample, target
from reading import change, real, splits

VOICE, FACE, BOTH, INTENDED = crema_d.TASKS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An imitation in its official layout."""
    crema_d.fake(tmp_path, np.random.default_rng(0), "official")
    return tmp_path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_a_clip_is_judged_three_ways_and_meant_one(folder: Path) -> None:
    first = next(crema_d.rows(folder))
    assert first.id == "1001_DFA_ANG_XX"
    table = {row[""]: row for row in corpora.read_csv(folder / "processedResults" / "tabulatedVotes.csv")}
    for number, task in enumerate((VOICE, FACE, BOTH), 1):
        row = table[f"{number}00001"]
        wanted = np.array([int(row[letter]) for letter in "ADFHNS"]) / 9
        assert target(task, first.ratings)[0] == pytest.approx(wanted)
        assert all(r.rater is None for r in first.rated(task.id))
    (meant,) = first.rated(INTENDED.id)
    assert (meant.value, meant.rater, meant.note) == ("anger", "1001", None)
    assert first.groups == {"speaker": "1001", "sentence": "DFA", "fold": "1"}
    assert [task.shown for task in crema_d.TASKS] == [("speech",), ("video",), ("speech", "video"), None]


def test_the_level_asked_for_is_a_note(folder: Path) -> None:
    notes = {s.id: s.rated(INTENDED.id)[0].note for s in crema_d.rows(folder)}
    assert notes["1001_IEO_ANG_HI"] == "high intensity"
    assert notes["1001_DFA_ANG_XX"] is None


def test_the_sound_can_be_read_where_it_is_and_is_not_promised_elsewhere(folder: Path) -> None:
    missing = folder / "AudioWAV" / "1001_DFA_SAD_XX.wav"
    missing.unlink()
    found = {s.id: s for s in crema_d.rows(folder)}
    assert found[missing.stem].media == {}
    assert found[missing.stem].ratings
    sound = find.load("modalities", "speech").read(found["1001_DFA_ANG_XX"].media["speech"])
    assert 0.15 < len(sound) / 16_000 < 0.25
    assert np.abs(sound).max() > 0.1


def test_speakers_keep_to_one_split(folder: Path) -> None:
    split = {s.groups["speaker"]: s.split for s in crema_d.rows(folder)}
    assert split == {"1001": "train", "1002": "train", "1049": "dev", "1048": "test"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"A": "1.5"}, r"expected numbers of votes for 1001_DFA_ANG_XX; found '1\.5'; get the corpus again"),
        ({"": "400001"}, "begins with 1, 2 or 3 for 1001_DFA_ANG_XX; found '400001'; get the corpus again"),
        ({"fileName": "1001_ANG"}, "expected a clip named as 1001_IEO_ANG_HI is; found '1001_ANG'; get the corpus"),
        ({"fileName": "1001_DFA_JOY_XX"}, "expected a clip named as 1001_IEO_ANG_HI is; found '1001_DFA_JOY_XX'"),
    ],
)
def test_a_broken_table_is_one_sentence(folder: Path, changed: dict[str, str], said: str) -> None:
    change(folder / "processedResults" / "tabulatedVotes.csv", lambda rows: rows[0].update(changed))
    with pytest.raises(DataError, match=said):
        list(crema_d.rows(folder))


# ---- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("crema_d", "goemotions", "enisear"):
        find.load("corpora", name).fake(tmp_path / name, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    return tmp_path


def test_the_command_tells_what_the_functions_do(at_hand: Path) -> None:
    result = run("agreement", "crema_d", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert [one["task"] for one in said["tasks"]] == [VOICE.id, FACE.id, BOTH.id]  # one rater meant it: no agreement
    samples = list(corpora.samples("crema_d"))
    ratings = [s.ratings for s in samples]
    for task, one in zip((VOICE, FACE, BOTH), said["tasks"], strict=True):
        votes = _votes.read(ratings, task)
        found = {name: its["value"] for name, its in one["figures"].items()}
        assert found["alpha_nominal"] == pytest.approx(agreement.of_votes(votes)["alpha_nominal"])
        assert found["entropy_bits"] == pytest.approx(np.mean(raters.entropy(votes)))
        assert found["ceiling.accuracy"] == pytest.approx(raters.ceiling(votes)["accuracy"])
        meant = [s.rated(INTENDED.id)[0].value for s in samples]
        hits = sum(r.count for s, m in zip(samples, meant, strict=True) for r in s.rated(task.id) if r.value == m)
        assert found["equal.crema_d.intended"] == pytest.approx(hits / (9 * len(samples)))
        assert set(one["lost"]) == set(aggregate.rules(task))
        lost = sum(value is None for value in aggregate.by("majority", ratings, task)) / len(samples)
        assert one["lost"]["majority"]["value"] == pytest.approx(lost) != 0
        assert (one["items"], one["votes"]) == (48, 48 * 9)
    paper = {rule: its["paper"] for rule, its in said["tasks"][0]["lost"].items() if its["paper"] is not None}
    assert paper == {"majority": 0.358, "plurality": 0.0855, "all_inclusive": 0.0}
    assert all(its["paper"] is None for its in said["tasks"][1]["lost"].values())


def test_the_command_prints_tables(at_hand: Path) -> None:
    result = run("agreement", "crema_d", "--task", VOICE.id)
    assert result.exit_code == 0, result.output
    assert "crema_d.voice, shown speech: 48 items, 432 votes, anonymous" in result.stdout
    assert FACE.id not in result.stdout
    majority = next(line for line in result.stdout.splitlines() if line.startswith("majority"))
    assert majority.endswith("35.80 %")


def test_known_raters_are_told_with_how_far_they_lean(at_hand: Path) -> None:
    result = run("agreement", "enisear")
    assert result.exit_code == 0, result.output
    assert "3 known raters" in result.stdout
    shifts = json.loads(run("agreement", "enisear", "--json").stdout)["tasks"][0]["shifts"]
    assert set(shifts) == {"a1", "a2", "a3"}
    for name in find.load("corpora", "enisear").TASKS[1].names:  # what one is above, the others are below
        assert sum(by[name] for by in shifts.values()) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["goemotions"], 1, "expected items with two ratings or more in goemotions; found none: labels on which"),
        (["crema_d", "--task", INTENDED.id], 1, "found none: labels on which others had agreed already, or one rater"),
        (
            ["crema_d", "--task", "crema_d.voise"],
            2,
            "expected the name of a task of crema_d; found 'crema_d.voise'; did",
        ),
        (["crema_e"], 2, "found 'crema_e'; did you mean crema_d"),
    ],
)
def test_what_cannot_be_told_is_one_sentence(at_hand: Path, arguments: list[str], code: int, said: str) -> None:
    result = run("agreement", *arguments)
    assert result.exit_code == code
    assert said in result.stderr


# ---- the real votes --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clips() -> list[Sample]:
    return real("crema_d")


def test_the_real_corpus_has_its_clips_actors_and_split(clips: list[Sample]) -> None:
    assert len(clips) == 7442
    assert Counter(s.rated(INTENDED.id)[0].value for s in clips) == {
        "anger": 1271,
        "disgust": 1271,
        "fear": 1271,
        "joy": 1271,
        "sadness": 1271,
        "neutral": 1087,
    }
    speakers = {split: {s.groups["speaker"] for s in clips if s.split == split} for split in splits(clips)}
    assert {split: len(its) for split, its in speakers.items()} == {"train": 56, "dev": 18, "test": 17}
    table = corpora.root("crema_d") / "votes.csv"
    named = {row["clip"]: row["split_audeering"] for row in corpora.read_csv(table, need=("split_audeering",))}
    assert {s.id: s.split for s in clips} == named


@pytest.mark.parametrize(
    ("task", "votes", "equal", "bits", "unanimous"),
    [(VOICE, 68_568, 0.400, 1.20, 0.05), (FACE, 71_654, 0.574, 1.01, 0.14), (BOTH, 71_778, 0.631, 0.92, 0.15)],
)
def test_the_real_votes_give_the_readme_figures(
    clips: list[Sample], task: Any, votes: int, equal: float, bits: float, unanimous: float
) -> None:
    found = _votes.read((s.ratings for s in clips), task)
    assert found.per_item.sum() == votes
    assert round(raters.equal(found, [s.rated(INTENDED.id)[0].value for s in clips]), 3) == equal
    assert round(float(raters.entropy(found).mean()), 2) == bits
    assert round(raters.unanimous(found), 2) == unanimous


def test_the_rules_lose_the_real_clips_they_should(clips: list[Sample]) -> None:
    ratings = [s.ratings for s in clips]
    lost = {
        rule: sum(one is None for one in aggregate.by(rule, ratings, VOICE)) / len(clips)
        for rule in ("majority", "plurality", "all_inclusive")
    }
    assert {rule: round(100 * share, 2) for rule, share in lost.items()} == {
        "majority": 32.65,
        "plurality": 8.65,
        "all_inclusive": 0,
    }


def test_more_is_agreed_on_the_more_is_shown(clips: list[Sample]) -> None:
    alphas = [
        agreement.of_votes(_votes.read((s.ratings for s in clips), task))["alpha_nominal"]
        for task in (VOICE, FACE, BOTH)
    ]
    assert alphas == sorted(alphas)
    assert [round(a, 2) for a in alphas] == [0.28, 0.46, 0.5]
