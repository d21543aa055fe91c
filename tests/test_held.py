"""Figures of folds: each sample by the network that has not seen it, intervals over the groups that are named."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from affectkit import find
from affectkit.errors import UsageError
from affectkit.methods import wav2small
from affectkit.metrics import balanced_accuracy
from affectkit.train import held, run

ON = ("ravdess", "nemo")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[run.Run]:
    """A run of two epochs with as many folds as the imitation of RAVDESS has."""
    folder = tmp_path_factory.mktemp("held")
    for corpus in ON:
        find.load("corpora", corpus).fake(folder / corpus, np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(folder))
        config = dataclasses.replace(
            wav2small.toy(), epochs=2, split="all", folds=4, folds_by="fold", folds_given=True, encoder=SMALL
        )
        yield run.train("wav2small", dataclasses.asdict(config), ON, (), (0,), folder / "run", "the command")


SMALL = "log_mel_cnn:mels=16,channels=4+8,steps=2+2,bands=2+2,width=16"


def test_each_corpus_is_measured_plain_and_relative(trained: run.Run) -> None:
    measured = held.measure([trained.folder], "speaker")
    assert set(measured.rows) == set(ON)
    part = trained.mixture().part("train")
    raw = run.outputs(trained, 0, run.HELD, part)["emotion"]
    for corpus, rows in measured.rows.items():
        plain, relative = rows
        assert plain["variant"]["system"] == "run, 4 folds by fold"
        assert relative["variant"]["system"] == "run, 4 folds by fold, relative to the speaker"
        its = part.corpus == corpus
        people = len(set(part.groups["speaker"][its].tolist()))
        assert f"bootstrap by speaker ({people})" in plain["protocol"]
        judged = part.judged["emotion"][its]
        said = np.eye(raw.shape[1])[np.where(judged, raw[its], -np.inf).argmax(1)]
        wanted = balanced_accuracy.score(part.targets["emotion"][its], said, judged, task=trained.tasks[0])
        assert plain["metrics"]["balanced_accuracy"]["value"] == pytest.approx(wanted)
        assert plain["metrics"]["balanced_accuracy"]["n"] == its.sum()
        (difference,) = relative["baseline"]
        assert difference["name"] == "run, 4 folds by fold"
        values = [row["metrics"]["balanced_accuracy"]["value"] for row in (relative, plain)]
        assert difference["difference"] == pytest.approx(values[0] - values[1])


def test_every_sample_is_judged_by_a_fold_that_has_not_seen_it(trained: run.Run) -> None:
    part = trained.mixture().part("train")
    said = run.outputs(trained, 0, run.HELD, part)["emotion"]
    assert said.shape == (len(part), 8) and np.isfinite(said).all()
    assert (np.abs(said).sum(1) > 0).all()


def test_what_cannot_be_measured_is_said(trained: run.Run) -> None:
    with pytest.raises(UsageError, match="expected samples in groups by person; found fold, sentence, speaker; choose"):
        held.measure([trained.folder], "person")
