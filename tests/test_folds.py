"""Folds of the training part: each of its samples judged by a network that has not seen it, and what rests on that."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from affectkit.errors import UsageError
from affectkit.methods import distil_text, linear_text
from affectkit.runtime import bundle
from affectkit.train import evaluate, export, mixture, run

N = 120
"""Training texts."""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return table(tmp_path / "own.csv", 0)


def table(file: Path, seed: int) -> str:
    """A table in which every text has a word of its own, and nothing that tells its labels, which chance has drawn."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, str]] = []
    for split, count in (("train", N), ("dev", 40), ("test", 40)):
        for i in range(count):
            word = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 9))
            labels = str(rng.choice(["joy", "sadness", "joy|sadness"]))
            rows.append({"id": f"{split}{i}", "text": f"{word} {word} {word}", "split": split, "emotion": labels})
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return str(file)


SETTINGS: dict[str, Any] = {
    "encoder": "ngrams:width=0,buckets=65536,most=4",
    "epochs": 1,
    "cost": 100.0,
    "rare": 1,
    "balanced": False,
}


def trained(own: str, out: Path, **changes: Any) -> run.Run:
    return run.train("linear_text", {**SETTINGS, **changes}, [own], [], [0], out, "a command")


def test_a_sample_is_judged_by_a_network_that_has_not_seen_it(own: str, tmp_path: Path) -> None:
    done = trained(own, tmp_path / "run", folds=4)
    part = done.mixture().part("train")
    task = done.tasks[0]
    truth = part.targets[task.id] >= 0.5
    by_heart, held = run.outputs(done, 0, "train", part)[task.id], run.taught(done, 0, part)[task.id]
    assert roc_auc_score(truth, by_heart) == 1.0
    assert 0.3 < roc_auc_score(truth, held) < 0.7
    assert {p.name for p in done.seed_folder(0).iterdir() if p.is_dir()} == set()


def test_a_fold_is_what_a_training_without_it_says(own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = trained(own, tmp_path / "run", folds=4)
    part = done.mixture().part("train")
    held = mixture.resplit(part, "fold2of4").split == "test"
    assert held.sum() == N // 4
    read = mixture.read

    def without(*given: Any) -> mixture.Mixture:
        data = read(*given)
        return data.take(np.flatnonzero(~np.isin(data.ids, part.ids[held])))

    reader = done.reader()  # the tokenizer is learnt once, on all texts
    monkeypatch.setattr(mixture, "read", without)
    monkeypatch.setattr(linear_text, "reader", lambda config, train: reader)
    other = trained(own, tmp_path / "other")
    said = run.fresh_outputs(other, 0, part.take(np.flatnonzero(held)))
    task = done.tasks[0].id
    np.testing.assert_allclose(run.taught(done, 0, part)[task][held], said[task], atol=1e-5)


def test_a_training_that_was_stopped_goes_on_with_the_next_fold(
    own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, begun = linear_text.fit, []

    def stopping(config: Any, model: Any, stage: run.Stage) -> None:
        begun.append(stage.folder.name)
        if begun == ["fold-0", "fold-1", "fold-2"]:
            raise KeyboardInterrupt
        fit(config, model, stage)

    monkeypatch.setattr(linear_text, "fit", stopping)
    with pytest.raises(KeyboardInterrupt):
        trained(own, tmp_path / "run", folds=3)
    done = trained(own, tmp_path / "run", folds=3)
    assert begun == ["fold-0", "fold-1", "fold-2", "fold-2", "seed-0"]
    whole = trained(own, tmp_path / "whole", folds=3)
    part, task = done.mixture().part("train"), done.tasks[0].id
    np.testing.assert_array_equal(run.taught(done, 0, part)[task], run.taught(whole, 0, part)[task])


def test_thresholds_rest_on_dev_and_on_the_folds(own: str, tmp_path: Path) -> None:
    plain, done = trained(own, tmp_path / "plain"), trained(own, tmp_path / "run", folds=4)
    task = done.tasks[0].id
    data = done.mixture()
    part, raw = run.told(done, [0], data, run.outputs(done, 0, "dev"))
    assert part.split.tolist() == ["dev"] * 40 + ["train"] * N
    np.testing.assert_array_equal(raw[task][40:], run.taught(done, 0, data.part("train"))[task])
    assert len(run.told(plain, [0], data, run.outputs(plain, 0, "dev"))[0]) == 40
    assert len(run.told(done, [], data, run.outputs(done, 0, "dev"))[0]) == 40

    sources = "dev and, by networks that have not seen them, train in 4 folds"
    file = export.export(done, "folded", tmp_path / "folded.affect").path
    assert bundle.open(file).card["decided"] == sources
    for measured in (evaluate.measure_run(tmp_path / "run"), evaluate.measure_bundle(str(file), [own])):
        assert measured.rows[own][0]["protocol"].startswith(f"thresholds and calibration from {sources}; 95 %")
    alone = export.export(plain, "plain", tmp_path / "plain.affect").path
    assert bundle.open(alone).card["decided"] == "dev"


def test_a_teacher_with_folds_teaches_what_it_has_not_learnt_by_heart(own: str, tmp_path: Path) -> None:
    done = trained(own, tmp_path / "run", folds=4)
    data = done.mixture()
    lesson = distil_text.enrich(distil_text.Config(teacher=str(tmp_path / "run")), data)
    task, train = done.tasks[0].id, data.split == "train"
    held = run.outputs(done, 0, run.HELD)[task]
    np.testing.assert_array_equal(lesson.targets[f"{task}.teacher"][train], held)


def test_teachers_of_single_tasks_teach_all_texts(own: str, tmp_path: Path) -> None:
    other = table(tmp_path / "other.csv", 1)
    first, second = trained(own, tmp_path / "first", folds=4), trained(other, tmp_path / "second")
    both = mixture.read([own, other])
    one, two = (t.id for t in both.tasks)
    teacher = f"{tmp_path / 'first'}+{tmp_path / 'second'}"
    lesson = distil_text.enrich(distil_text.Config(teacher=teacher), both)
    train = np.flatnonzero(both.split == "train")
    mine, theirs = (train[both.corpus[train] == corpus] for corpus in (own, other))
    taught = lesson.targets[f"{one}.teacher"]
    np.testing.assert_array_equal(taught[mine], run.outputs(first, 0, run.HELD)[one])
    np.testing.assert_allclose(taught[theirs], run.fresh_outputs(first, 0, both.take(theirs))[one], atol=1e-5)
    by_heart = run.fresh_outputs(second, 0, both.take(train))[two]
    np.testing.assert_allclose(lesson.targets[f"{two}.teacher"][train], by_heart, atol=1e-5)
    with pytest.raises(
        UsageError, match=f"a teacher of the task '{two}'; found none; train one, or leave the task out"
    ):
        distil_text.enrich(distil_text.Config(teacher=str(tmp_path / "first")), both)
