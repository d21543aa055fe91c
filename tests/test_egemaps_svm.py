"""The machine equals scikit-learn's; C is chosen without the fold that is judged; the run's figures are held out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.metrics import recall_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from affectkit import find
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.methods import egemaps_svm
from affectkit.task import Kind, Task
from affectkit.train import held, mixture, onnx, reading, run


def clouds(k: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows (n, 6) of k names that lie into one another, some names rarer than others, columns of different size."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(k), rng.integers(15, 40, k))
    rows = rng.normal(0, 1.5, (k, 6))[label] + rng.normal(0, 1.2, (len(label), 6))
    return (rows * [1, 1, 1, 1, 1, 1000] + [0, 0, 0, 0, 50, 0]).astype(np.float32), label


@pytest.mark.parametrize("k", [2, 3, 8])
@pytest.mark.parametrize("cost", [0.5, 4.0])
def test_the_machine_decides_as_scikit_learn_does(k: int, cost: float) -> None:
    rows, label = clouds(k)
    new, _ = clouds(k, 1)
    scaler = StandardScaler().fit(rows.astype(np.float64))
    oracle = SVC(C=cost, class_weight="balanced", break_ties=k > 2, decision_function_shape="ovr")
    oracle.fit(scaler.transform(rows.astype(np.float64)), label)
    machine = egemaps_svm.Machine(6, k)
    machine.learn(rows, label, cost)
    with torch.inference_mode():
        said = machine(torch.from_numpy(new[:, None]), torch.ones(len(new), dtype=torch.long)).numpy()
    wanted = oracle.decision_function(scaler.transform(new.astype(np.float64)))
    assert (said.argmax(1) == oracle.predict(scaler.transform(new.astype(np.float64)))).mean() > 0.99
    if k > 2:
        np.testing.assert_allclose(said, wanted, atol=2e-3)
    else:
        margin = said[:, 1] - said[:, 0]
        np.testing.assert_array_equal(margin > 0, wanted > 0)


def test_names_that_are_not_there_win_nothing_and_one_name_is_too_few() -> None:
    rows, label = clouds(3)
    machine = egemaps_svm.Machine(6, 5)
    machine.learn(rows, np.asarray([0, 2, 4])[label], 1.0)
    with torch.inference_mode():
        said = machine(torch.from_numpy(rows[:, None]), torch.ones(len(rows), dtype=torch.long)).numpy()
    assert set(said.argmax(1)) == {0, 2, 4}
    assert (said[:, [1, 3]] == 0).all()
    with pytest.raises(DataError) as caught:
        machine.learn(rows, np.zeros(len(rows), np.int64), 1.0)
    assert str(caught.value) == "expected clips of two names at least; found 1; learn from more clips"


def test_a_speaker_is_read_in_relation_to_the_same_speaker_alone() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.normal(3 * (i % 2), 1 + i % 2, (1, 4)).astype(np.float32) for i in range(20)]
    made = reading._relative(rows, ["ab"[i % 2] for i in range(20)])
    for speaker in (0, 1):
        own = np.concatenate(rows[speaker::2]).astype(np.float64)
        wanted = (own - own.mean(0)) / own.std(0)
        np.testing.assert_allclose(np.concatenate(made[speaker::2]), wanted, atol=1e-5)
    even = reading._relative([np.ones((1, 2), np.float32)] * 3, ["a"] * 3)
    assert not np.concatenate(even).any()
    with pytest.raises(DataError) as caught:
        reading._relative(rows[:2], ["a", None])
    assert str(caught.value) == (
        "expected the speaker of every sample, to read it in relation to the others; found 1 of 2 without; "
        "read it as it is"
    )


def test_inner_folds_keep_speakers_whole() -> None:
    corpus, speaker = np.asarray(["x"] * 6 + ["y"] * 6), np.asarray(list("aabbcc") + list("aabbdd"))
    part: Any = SimpleNamespace(corpus=corpus, groups={"speaker": speaker})
    fold = egemaps_svm._inner(egemaps_svm.Config(inner=4), part)
    assert set(fold.tolist()) == {0, 1, 2, 3}
    names = np.char.add(corpus, speaker)
    assert all(len(set(fold[names == name].tolist())) == 1 for name in names)
    assert fold[0] != fold[6]  # two corpora's "a" are two speakers
    with pytest.raises(UnknownName) as caught:
        egemaps_svm._inner(egemaps_svm.Config(inner_by="town"), part)
    assert "'town'" in str(caught.value)


def test_tasks_of_several_right_names_are_refused() -> None:
    tasks = [Task("m", "emotion", Kind.MULTI, "ekman", ("anger", "joy"))]
    with pytest.raises(UsageError) as caught:
        egemaps_svm.build(egemaps_svm.Config(), tasks, (), reading.Arrays("speech"))
    assert str(caught.value) == ("expected tasks of which one name is right; found m (multi); leave it out of --tasks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Half of an imitation of RAVDESS, 60 clips of four speakers, and two runs over two folds of speakers."""
    pytest.importorskip("opensmile")
    made = tmp_path_factory.mktemp("svm")
    find.load("corpora", "ravdess").fake(made / "corpora" / "ravdess", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        patch.setenv("AFFECTKIT_CACHE", str(made / "cache"))
        changes = {"split": "all", "folds": 2, "folds_by": "speaker", "epochs": 2, "inner": 2}
        for name, encoder in (("plain", "egemaps"), ("own", "egemaps:relative=true")):
            its = {**changes, "encoder": encoder}
            run.train("egemaps_svm", its, ["ravdess:sentence=kids"], (), [0], made / name, "the command")
        yield made


@pytest.mark.parametrize("name", ["plain", "own"])
def test_every_clip_is_judged_by_a_machine_that_has_not_heard_its_speaker(folder: Path, name: str) -> None:
    trained = run.open_run(folder / name)
    data = trained.mixture().part("train")
    said = run.outputs(trained, 0, run.HELD, data)["ravdess"]
    reader = reading.Arrays("speech", "egemaps:level=active")
    rows = reader.features([m["speech"] for m in data.media]).values.astype(np.float64)
    if "relative" in trained.config.encoder:
        for speaker in set(data.groups["speaker"].tolist()):
            own = data.groups["speaker"] == speaker
            rows[own] = StandardScaler().fit_transform(rows[own])
    label = data.targets["ravdess"].argmax(1)
    for k in range(2):
        test = mixture.resplit(data, f"fold{k}of2:speaker").split == "test"
        assert not set(data.groups["speaker"][test]) & set(data.groups["speaker"][~test])
        agreed = []
        for cost in (0.25, 1.0):  # which of the two was taken is the inner folds' choice, not the test's
            scaler = StandardScaler().fit(rows[~test])
            oracle = SVC(C=cost, class_weight="balanced", break_ties=True)
            oracle.fit(scaler.transform(rows[~test]), label[~test])
            agreed.append((oracle.predict(scaler.transform(rows[test])) == said[test].argmax(1)).mean())
        assert max(agreed) > 0.95


def test_the_figure_is_the_mean_recall_of_what_was_held_out(folder: Path) -> None:
    trained = run.open_run(folder / "own")
    data = trained.mixture().part("train")
    decided = run.outputs(trained, 0, run.HELD, data)["ravdess"].argmax(1)
    uar = recall_score(data.targets["ravdess"].argmax(1), decided, average="macro")
    (rows,) = held.measure([folder / "own"], "speaker").rows.values()
    figure = rows[0]["metrics"]["balanced_accuracy"]
    assert figure["value"] == pytest.approx(uar)
    assert figure["n"] == len(data) == 60


def test_the_machine_is_a_network_that_can_be_exported(folder: Path) -> None:
    trained = run.open_run(folder / "plain")
    model = run.model(trained, 0)
    example = trained.reader().features([m["speech"] for m in trained.mixture().part("train").media[:9]])
    assert example.values.shape == (9, 88)
    assert onnx.gap(model, onnx.export(model, {"speech": example}), {"speech": example}) < 1e-3
