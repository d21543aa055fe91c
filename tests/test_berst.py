"""Shout, emotion and distance: scikit-learn's own regression, any gain, distance, splits, and figures by group."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score, roc_auc_score
from sklearn.preprocessing import StandardScaler
from typer.testing import CliRunner

from affectkit import corpora, find
from affectkit.analysis import splits
from affectkit.analysis.splits import Check, Severity
from affectkit.app import cli
from affectkit.augment import distance, noise
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.features import shout
from affectkit.methods import berst
from affectkit.nn.encoders import shout as encoder
from affectkit.sample import Media
from affectkit.task import Kind, Task
from affectkit.train import held, mixture, onnx, reading, run

RATE_HZ = 16_000
Voices = tuple[list[NDArray[np.float32]], NDArray[np.int64]]
PLACES = "near:next to me;far:other room+in a backpack"


def clouds(k: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows (n, 5) of k names that lie into one another, some names rarer than others, columns of different size."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(k), rng.integers(15, 60, k))
    rows = rng.normal(0, 1.0, (k, 5))[label] + rng.normal(0, 1.2, (len(label), 5))
    return (rows * [1, 1, 1, 1, 1000] + [0, 0, 0, 50, 0]).astype(np.float32), label


def solved(rows: NDArray[np.float32], label: NDArray[np.int64], k: int, cost: float = 1.0) -> berst.Regression:
    head = berst.Regression(rows.shape[1], k)
    solver = berst.Solver(head, rows, label, cost, 20)
    for _ in range(6):
        solver.step()
    return head


def logits(head: berst.Regression, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    with torch.inference_mode():
        return head(torch.from_numpy(rows[:, None]), torch.ones(len(rows), dtype=torch.long)).numpy().astype(float)


@pytest.mark.parametrize("k", [2, 3, 7])
@pytest.mark.parametrize("cost", [0.1, 1.0])
def test_the_regression_is_that_of_scikit_learn(k: int, cost: float) -> None:
    rows, label = clouds(k)
    new, _ = clouds(k, 1)
    scaler = StandardScaler().fit(rows.astype(np.float64))
    # of two names scikit-learn has one row of weights, the difference of ours: half as much is paid for it here
    oracle = LogisticRegression(C=cost * (2 if k == 2 else 1), class_weight="balanced", tol=1e-9, max_iter=5000)
    oracle.fit(scaler.transform(rows.astype(np.float64)), label)
    wanted = oracle.predict_proba(scaler.transform(new.astype(np.float64)))
    np.testing.assert_allclose(softmax(logits(solved(rows, label, k, cost), new), 1), wanted, atol=1e-4)


def test_a_name_that_nobody_said_is_not_foretold_and_one_name_is_too_few() -> None:
    rows, label = clouds(3)
    found = softmax(logits(solved(rows, np.asarray([0, 2, 4])[label], 5), rows), 1)
    assert (found[:, [1, 3]] == 0).all()
    with pytest.raises(DataError) as caught:
        berst.Solver(berst.Regression(5, 3), rows, np.ones(len(rows), np.int64), 1.0, 5)
    assert str(caught.value) == "expected clips of two names at least; found 1; learn from more clips"


def voice(loud: bool, seed: int) -> NDArray[np.float32]:
    """0.5 s of a synthetic speaker, who is higher, flatter and steadier when loud; at any level."""
    rng, t_s = np.random.default_rng(seed), np.arange(RATE_HZ // 2) / RATE_HZ
    pitch_hz = rng.uniform(150, 260) if loud else rng.uniform(95, 170)
    tilt = rng.uniform(0.5, 1.1) if loud else rng.uniform(1.1, 1.7)
    k = np.arange(1, int(6000 / pitch_hz))[:, None]
    glide = t_s + 0.02 * np.sin(2 * np.pi * 3 * t_s)
    tones = (np.sin(2 * np.pi * pitch_hz * k * glide + rng.uniform(0, 6, k.shape)) / k**tilt).sum(0)
    sound = tones / np.std(tones) + 0.02 * rng.normal(size=len(t_s))
    return (sound * 10 ** rng.uniform(-3, -1)).astype(np.float32)


def described(sounds: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([shout.extract(shout.Config(), x) for x in sounds])[:, : shout.OF_VOICE]


@pytest.fixture(scope="module")
def voices() -> Voices:
    label = np.arange(60) % 2
    return [voice(bool(loud), seed) for seed, loud in enumerate(label)], label


@pytest.fixture(scope="module")
def detector(voices: Voices) -> berst.Regression:
    sounds, label = voices
    return solved(described(sounds[:30]), label[:30], 2)


def test_scores_are_the_same_at_a_tenth_of_the_level(detector: berst.Regression, voices: Voices) -> None:
    sounds, label = voices
    plain, quiet = (
        softmax(logits(detector, described([g * x for x in sounds[30:]])), 1) for g in map(np.float32, (1, 0.1))
    )
    np.testing.assert_allclose(quiet, plain, rtol=0, atol=1e-6)
    assert (plain.argmax(1) == label[30:]).mean() > 0.9


def sureness(detector: berst.Regression, part: ModuleType, config: Any, voices: Voices) -> float:
    """The mean chance that the detector gives to what is so, of voices it has not learnt from, heard through a part."""
    sounds, label = voices[0][30:], voices[1][30:]
    heard = [part.apply(config, x, np.random.default_rng(i)) for i, x in enumerate(sounds)]
    said = softmax(logits(detector, described(heard)), 1)
    return float(np.mean(said[np.arange(len(label)), label]))


def test_the_farther_away_the_less_is_told_until_the_room_alone_is_heard(
    detector: berst.Regression, voices: Voices
) -> None:
    right = [
        sureness(detector, distance, distance.Config(distance_m=m, snr_db=20.0), voices)
        for m in (0.1, 0.5, 1, 4, 16, 32)
    ]
    assert right[0] > 0.9
    assert all(near - far > 0.03 for near, far in pairwise(right[:4]))
    assert max(right[4:]) < right[2]


def test_the_more_noise_the_less_is_told(detector: berst.Regression, voices: Voices) -> None:
    right = [sureness(detector, noise, noise.Config(snr_db=db), voices) for db in (40.0, 20.0, 10.0, 0.0)]
    assert all(clear > noisy for clear, noisy in pairwise(right))
    assert right[0] - right[-1] > 0.3


def test_columns_are_chosen_and_none_is_refused() -> None:
    rows, lengths = torch.arange(8.0)[None, None], torch.ones(1, dtype=torch.long)
    chosen = {
        (True, False): list(range(7)),
        (False, True): [7],
        (True, True): list(range(8)),
    }
    for (voice_, level), wanted in chosen.items():
        built = encoder.build(encoder.Config(voice=voice_, level=level))
        assert built(rows, lengths)[0, 0].tolist() == wanted
        assert built.width == len(wanted)
    with pytest.raises(UsageError) as caught:
        encoder.build(encoder.Config(voice=False))
    assert str(caught.value) == "expected voice=true or level=true; found neither; choose what is read"


def test_places_are_read_and_wrong_maps_are_refused() -> None:
    assert berst.places(PLACES) == {"near": ("next to me",), "far": ("other room", "in a backpack")}
    for wrong in ("near:a", "near:a;far:", "near:a;far:a", ":a;far:b", ""):
        with pytest.raises(UsageError) as caught:
            berst.places(wrong)
        assert str(caught.value) == (
            f"expected two names or more with places of their own; found {wrong!r}; "
            "for example --set places=near:next to me;far:other room+upstairs"
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An imitation of BERSt, 72 clips of eight speakers, and a run over four folds of speakers on three tasks."""
    made = tmp_path_factory.mktemp("berst")
    find.load("corpora", "berst").fake(made / "corpora" / "berst", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        patch.setenv("AFFECTKIT_CACHE", str(made / "cache"))
        changes = {"split": "all", "folds": 4, "folds_by": "speaker", "places": PLACES}
        tasks = ("berst", "berst.shout", berst.DISTANCE)
        run.train("berst", changes, ["berst"], tasks, [0], made / "run", "the command")
        yield made


def test_distance_is_told_by_the_place_of_the_phone(folder: Path) -> None:
    for tasks in ((berst.DISTANCE,), ("berst.shout", berst.DISTANCE), ()):
        data = berst.read(berst.Config(places="near:next to me;far:other room"), ["berst"], tasks)
        assert tuple(t.id for t in data.tasks) == (tasks or ("berst", berst.DISTANCE))
        where = data.groups["position"]
        names = np.asarray(["near", "far"])[data.targets[berst.DISTANCE].argmax(1)]
        known = data.judged[berst.DISTANCE].any(1)
        assert set(where[known & (names == "near")]) == {"next to me"}
        assert set(where[known & (names == "far")]) == {"other room"}
        assert set(where[~known]) == {"in a backpack"}
    with pytest.raises(UsageError) as caught:
        berst.read(berst.Config(), ["berst"], (berst.DISTANCE,))
    assert str(caught.value) == (
        "expected places of the phone for the task 'distance'; found none; --set places=near:next to me;far:..."
    )
    with pytest.raises(UnknownName, match="a position of these corpora; found 'other rom'; did you mean other room"):
        berst.read(berst.Config(places="near:next to me;far:other rom"), ["berst"])
    with pytest.raises(UnknownName, match="a kind of group of these corpora; found 'town'"):
        berst.read(berst.Config(places=PLACES, place="town"), ["berst"])


def test_each_clip_is_judged_by_a_regression_that_has_not_heard_its_speaker(folder: Path) -> None:
    trained = run.open_run(folder / "run")
    data = trained.mixture().part("train")
    said = run.outputs(trained, 0, run.HELD, data)["berst.shout"]
    sounds = [find.load("modalities", "speech").read(m["speech"]) for m in data.media]
    rows, told = described(sounds).astype(np.float64), data.judged["berst.shout"].any(1)
    label = data.targets["berst.shout"].argmax(1)
    for k in range(4):
        test = mixture.resplit(data, f"fold{k}of4:speaker").split == "test"
        assert not set(data.groups["speaker"][test]) & set(data.groups["speaker"][~test])
        scaler = StandardScaler().fit(rows[~test & told])
        oracle = LogisticRegression(C=2.0, class_weight="balanced", tol=1e-9, max_iter=5000)
        oracle.fit(scaler.transform(rows[~test & told]), label[~test & told])
        wanted = oracle.predict_proba(scaler.transform(rows[test]))
        np.testing.assert_allclose(softmax(said[test], 1), wanted, atol=1e-3)


def test_the_figures_are_of_what_was_held_out(folder: Path) -> None:
    trained = run.open_run(folder / "run")
    data = trained.mixture().part("train")
    (rows,) = held.measure([folder / "run"], "speaker").rows.values()
    by_task = {row["task"]: row["metrics"] for row in rows if row["variant"]["samples"] == "all test samples"}
    assert set(by_task) == {"berst", "berst.shout", "distance"}
    told = data.judged["berst.shout"].any(1)
    truth = data.targets["berst.shout"][told].argmax(1)
    scores = run.outputs(trained, 0, run.HELD, data)["berst.shout"][told]
    assert by_task["berst.shout"]["balanced_accuracy"]["value"] == pytest.approx(
        recall_score(truth, scores.argmax(1), average="macro")
    )
    assert by_task["berst.shout"]["roc_auc"]["value"] == pytest.approx(
        roc_auc_score(truth, scores[:, 1] - scores[:, 0]), abs=1e-6
    )


def test_figures_by_place_shout_emotion_and_language(folder: Path) -> None:
    trained = run.open_run(folder / "run")
    data = trained.mixture().part("train")
    found = held.within(folder / "run", ("position", "first_language", "berst.shout"))
    assert set(found["berst"]) == {"position", "first_language", "berst.shout"}
    assert set(found["berst.shout"]) == {"position", "first_language"}  # not by what is asked itself
    said = run.outputs(trained, 0, run.HELD, data)["berst"].argmax(1)
    truth, places = data.targets["berst"].argmax(1), data.groups["position"]
    for place, v in found["berst"]["position"].each.items():
        rows = places == place
        k = len(trained.tasks[0].names)
        wanted = recall_score(truth[rows], said[rows], labels=range(k), average="macro", zero_division=0)
        assert (v.value, v.n) == (pytest.approx(wanted), rows.sum())
    levels = found["berst"]["berst.shout"]
    assert set(levels.each) == {"no-shout", "shout"}
    assert levels.mean.value == pytest.approx(np.mean([v.value for v in levels.each.values()]))
    every = held.within(folder / "run")
    assert {"position", "first_language", "sentence", "berst.shout", "distance"} <= set(every["berst"])
    with pytest.raises(UnknownName, match="a kind of group or a task; found 'speker'; did you mean speaker"):
        held.within(folder / "run", ("speker",))


def test_other_tasks_of_the_corpus_tell_groups_too(folder: Path) -> None:
    run.train("berst", {"split": "all", "folds": 2, "epochs": 1}, ["berst"], (), [0], folder / "emotion", "the command")
    found = held.within(folder / "emotion", ("berst.shout",))
    assert {g: v.n for g, v in found["berst"]["berst.shout"].each.items()} == {"no-shout": 24, "shout": 24}


def test_the_split_keeps_speakers_whole_and_cuts_the_phrases(folder: Path) -> None:
    samples = list(corpora.samples("berst"))
    card = find.card("corpora", "berst")
    found = splits.audit(samples, disjoint=card["disjoint"], near=False, files=False)
    groups = {f.what: f for f in found.findings if f.check is Check.GROUP}
    assert groups["sentence"].severity is Severity.NOTE
    assert not {"speaker", "recording"} & set(groups)
    assert {"speaker", "recording"} <= set(found.apart)


def test_tasks_of_several_right_names_are_refused() -> None:
    tasks = [Task("m", "emotion", Kind.MULTI, "ekman", ("anger", "joy"))]
    with pytest.raises(UsageError) as caught:
        berst.build(berst.Config(), tasks, (), reading.Arrays("speech"))
    assert str(caught.value) == "expected tasks of which one name is right; found m (multi); leave it out of --tasks"


def test_it_can_be_exported(folder: Path) -> None:
    trained = run.open_run(folder / "run")
    model = run.model(trained, 0)
    example = trained.reader().features([Media(array=voice(True, s)) for s in range(4)])
    assert onnx.gap(model, onnx.export(model, {"speech": example}), {"speech": example}) < 1e-3


def test_the_command_prints_figures_within_groups(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_ = str(folder / "run")
    result = CliRunner().invoke(cli.build(), ["held", run_, "--within", "position,berst.shout"])
    assert result.exit_code == 0, result.output
    wanted = held.within(folder / "run", ("position", "berst.shout"))
    lines = result.stdout.splitlines()
    assert "run, task berst by position: balanced_accuracy, bootstrap by speaker" in lines
    assert "run, task berst.shout by position: balanced_accuracy, bootstrap by speaker" in lines
    for place, v in wanted["berst"]["position"].each.items():
        row = next(line for line in lines if line.startswith(place))
        assert row.split()[-5:] == [f"{v.value:.4f}", f"{v.low:.4f}", "to", f"{v.high:.4f}", str(v.n)]
    assert not list(tmp_path.iterdir()), "nothing is written"
    refused = CliRunner().invoke(cli.build(), ["held", run_, "--within", "all", "--as", "word"])
    assert "expected --within alone, which writes nothing; found --as; leave it out" in refused.stderr
