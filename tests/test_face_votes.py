"""Faces learnt from votes: what counts how much, what the rules leave, and batches that stay batches when changed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from affectkit import find
from affectkit.errors import DataError, UsageError
from affectkit.methods import distil_face, face_votes
from affectkit.sample import Batch, Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import batch as batching
from affectkit.train import faces, mixture, run
from affectkit.train.mixture import Mixture

NAMES = ("neutral", "happiness", "anger", "fear")
TASK = Task("seen", "emotion", Kind.DISTRIBUTION, "", NAMES)
CONFIG = face_votes.Config()
STILL = dataclasses.replace(
    CONFIG, degrees=0, scale=0, shift=0, mirrored=0, brightness=0, contrast=0, gamma=0, covered=0
)


def face(id: str, split: str = "train", passed: int = 0, **votes: int) -> Sample:
    ratings = [Rating("seen", name, count=count) for name, count in votes.items()]
    ratings += [Rating("seen", None, count=passed, note="unknown")] if passed else []
    return Sample(id, {"face": Media(array=np.arange(16, dtype=np.uint8).reshape(4, 4))}, tuple(ratings), split=split)


def data() -> Mixture:
    samples = [
        face("sure", neutral=10),
        face("half", neutral=2, happiness=3, passed=5),
        face("split", neutral=4, anger=4, fear=1, passed=1),
        face("nobody", passed=10),
        face("dev", "dev", anger=3, neutral=2, passed=5),
    ]
    return mixture.table([("own", s) for s in samples], [TASK])


def learnt(**rules: str) -> Mixture:
    return face_votes.enrich(dataclasses.replace(CONFIG, **rules), data())  # type: ignore[arg-type]


def test_a_face_counts_by_the_votes_for_an_emotion() -> None:
    made = learnt()
    np.testing.assert_allclose(made.weight[:3], [1, 0.5, 0.9])
    assert made.weight[-1] == 1, "dev is measured as it is"
    np.testing.assert_allclose(made.targets["seen"][1], [0.4, 0.6, 0, 0])
    assert not made.judged["seen"][3].any()


def test_the_rules_choose_faces_and_what_is_learnt_of_them() -> None:
    hard = learnt(keep="majority", label="all_inclusive:hard=true")
    np.testing.assert_allclose(hard.targets["seen"][1], [0, 1, 0, 0])
    assert hard.judged["seen"].any(1).tolist() == [True, True, False, False, True]
    np.testing.assert_allclose(hard.targets["seen"][4], [0.4, 0, 0.6, 0], err_msg="dev keeps its votes")
    soft = learnt(keep="majority")
    np.testing.assert_allclose(soft.targets["seen"][1], [0.4, 0.6, 0, 0])


def given(n: int = 5) -> Batch:
    pixels = np.random.default_rng(0).integers(0, 256, (n, 48, 48, 3), np.uint8)
    shares = np.full((n, 4), 0.25, np.float32)
    lengths = {"face": np.full(n, 48, np.int64)}
    return Batch(tuple("abcde"), {"face": pixels}, lengths, {"seen": shares}, {"seen": shares > 0}, shares[:, 0])


@pytest.mark.parametrize(("small", "side"), [(0, 48), (40, 40), (100, 48)])
def test_a_changed_batch_is_a_batch_of_pictures(small: int, side: int) -> None:
    batch = given()
    before = batch.inputs["face"].copy()
    made = faces.changed(CONFIG, batch, small, np.random.default_rng(0))
    assert made.inputs["face"].shape == (5, side, side, 3)
    assert made.inputs["face"].dtype == np.uint8
    assert made.lengths["face"].tolist() == [side] * 5
    assert made.targets is batch.targets
    assert not np.array_equal(made.inputs["face"][:, :side, :side], before[:, :side, :side])
    np.testing.assert_array_equal(batch.inputs["face"], before)
    again = faces.changed(CONFIG, batch, small, np.random.default_rng(0))
    np.testing.assert_array_equal(again.inputs["face"], made.inputs["face"])


def test_a_cut_without_other_changes_is_a_part_of_the_picture() -> None:
    batch = given()
    made = faces.changed(STILL, batch, 40, np.random.default_rng(1)).inputs["face"]
    windows = np.lib.stride_tricks.sliding_window_view(batch.inputs["face"], (40, 40), (1, 2))
    same = (windows.transpose(0, 1, 2, 4, 5, 3) == made[:, None, None]).all((0, 3, 4, 5))
    assert same.sum() == 1, "one place for all of the batch"


def half_and_half() -> tuple[Mixture, batching.Features]:
    """Ten bright faces that are all neutral, the last unlabelled, and ten dark ones that are all angry."""
    samples = [face(f"{i}", **({"neutral": 10} if i < 10 else {"anger": 10})) for i in range(20)]
    made = face_votes.enrich(CONFIG, mixture.table([("own", s) for s in samples], [TASK]))
    made.judged["seen"][9] = False
    pixels = np.repeat(np.repeat([200, 40], 10), 12 * 12).astype(np.uint8).reshape(20 * 12, 12, 1).repeat(3, 2)
    return made, {"face": batching.Ragged(pixels, np.arange(21) * 12)}


def test_versions_are_mixed_as_their_targets_are() -> None:
    data, features = half_and_half()
    made, shown = faces.versions(STILL, data, features, 6, 0.7, seed=3)
    assert len(made) == 120 and made.ids.tolist() == data.ids.tolist() * 6 and (made.split == "train").all()
    pictures = shown["face"].values.reshape(120, 12, 12, 3)
    assert (pictures == pictures[:, :1, :1, :1]).all(), "one colour stays one"
    bright = (pictures[:, 0, 0, 0].astype(float) - 40) / 160
    np.testing.assert_allclose(
        made.targets["seen"], np.stack([bright, 0 * bright, 1 - bright, 0 * bright], 1), atol=0.004
    )
    partly = (bright > 0.01) & (bright < 0.99)
    assert 0.2 < partly.mean() < 0.5, "seven tenths, of which half met a face of the other kind"
    known = made.judged["seen"].all(1).reshape(6, 20)
    assert not known[:, 9].any() and 0 < (~known[:, :9]).sum() < 15, (
        "one that nobody labelled, and what it shines through"
    )
    np.testing.assert_array_equal(
        faces.versions(STILL, data, features, 6, 0.7, 3)[1]["face"].values, shown["face"].values
    )
    assert (features["face"].values[:120] == 200).all(), "what was given stays"


def test_what_cannot_be_versions_is_a_sentence() -> None:
    data, features = half_and_half()
    start = features["face"].start.copy()
    start[1] += 4
    with pytest.raises(DataError, match="expected pictures of one size; found heights from 8 to 16; cut them alike"):
        faces.versions(STILL, data, {"face": batching.Ragged(features["face"].values, start)}, 1, 0.0, 0)
    with pytest.raises(UsageError, match=r"expected 0 or more views and a share .* mixed; found -1 and 0.5; correct"):
        distil_face.Config(views=-1)


def test_versions_are_changed_each_in_its_own_way() -> None:
    data, features = half_and_half()
    made, shown = faces.versions(CONFIG, data, features, 3, 0.0, seed=0)
    np.testing.assert_array_equal(made.targets["seen"], np.tile(data.targets["seen"], (3, 1)))
    versions = shown["face"].values.reshape(3, -1)
    assert all((a != b).mean() > 0.3 for a, b in zip(versions, versions[[1, 2, 0]], strict=True))


def test_a_student_learns_of_versions_that_its_teacher_saw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find.load("corpora", "ferplus").fake(tmp_path / "corpora" / "ferplus", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    on = ("ferplus",), ("ferplus",), (0,)
    run.train("face_votes", dataclasses.asdict(face_votes.toy()), *on, tmp_path / "teacher", "the command")
    settings = {"teacher": str(tmp_path / "teacher"), "views": 4, "epochs": 3, "labels": 0.0}
    settings = dataclasses.asdict(distil_face.toy()) | settings
    made = run.train("distil_face", settings, *on, tmp_path / "run", "the command")
    text = (made.seed_folder(0) / "log.jsonl").read_text(encoding="utf-8")
    losses = [json.loads(line)["loss"] for line in text.splitlines()]
    assert losses[-1] < 0.9 * losses[0]
    with np.load(made.seed_folder(0) / "views.npz") as kept:
        assert kept["ferplus"].shape == (4 * len(made.mixture().part("train")), 8)
        spread = kept["ferplus"].reshape(4, -1, 8).std(0).mean()
    assert spread > 0.05, "a changed face is another one to the teacher"


@pytest.mark.parametrize("radius", [0.0, 0.05])
def test_it_learns_soft_and_sharpness_aware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, radius: float) -> None:
    find.load("corpora", "ferplus").fake(tmp_path / "corpora" / "ferplus", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    settings = dataclasses.asdict(face_votes.toy()) | {"epochs": 6, "radius": radius}
    made = run.train("face_votes", settings, ("ferplus",), ("ferplus",), (0,), tmp_path / "run", "the command")
    text = (made.seed_folder(0) / "log.jsonl").read_text(encoding="utf-8")
    losses = [json.loads(line)["loss"] for line in text.splitlines()]
    assert losses[-1] < 0.95 * losses[0]
