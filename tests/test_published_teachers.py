"""Published networks as teachers: what is learnt from them, kept, cut into parts, named as a source, and refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import load_file, save_file

import voices
from affectkit import find
from affectkit.app import report
from affectkit.errors import DataError, UsageError
from affectkit.methods import wav2small
from affectkit.modalities import speech
from affectkit.nn import teachers
from affectkit.nn.encoders import hugging_face_speech
from affectkit.runtime import bundle
from affectkit.runtime.predict import Item, Predictor
from affectkit.sample import Media
from affectkit.train import evaluate, export, figures, held, loop, run, teaching
from affectkit.train.batch import Ragged

ENCODER = "log_mel_cnn:mels=16,channels=4+8,steps=2+2,bands=2+2,width=16,dropout=0"
QUICK = {
    "encoder": ENCODER,
    "epochs": 50,
    "batch_size": 16,
    "lr": 1e-2,
    "head_lr": 1e-2,
    "precision": "no",
    "tempo": 0.0,
    "warp": 0.0,
    "tilt": 0.0,
    "noise": 0.0,
    "mixed": 0.0,
    "masks": 0,
}


def published(folder: Path) -> Path:
    """A tiny network in the form that Wagner et al. published, with random weights, that goes beyond 0 and 1."""
    hugging_face_speech.write_toy(folder)
    weights = {f"wav2vec2.{k}": v for k, v in load_file(folder / "model.safetensors").items()}
    draw = torch.Generator().manual_seed(0)
    weights |= {
        "classifier.dense.weight": torch.randn(16, 16, generator=draw),
        "classifier.dense.bias": torch.zeros(16),
    }
    weights |= {"classifier.out_proj.weight": torch.randn(3, 16, generator=draw)}
    weights |= {"classifier.out_proj.bias": torch.tensor([0.5, 0.2, 1.5])}
    save_file(weights, folder / "model.safetensors")
    return folder


def said(folder: Path, sound: np.ndarray) -> np.ndarray:
    """What the network in a folder says of a sound, in the order of valence, arousal and dominance, -1 to 1."""
    ragged = Ragged(sound, np.asarray([0, len(sound)]))
    (found,) = loop.outputs(teachers.load(folder), {"speech": ragged})
    arousal, dominance, valence = found[0] * 2 - 1
    return np.asarray([valence, arousal, dominance])


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An imitation of RAVDESS and a teacher, beside an empty cache."""
    made = tmp_path_factory.mktemp("published")
    find.load("corpora", "ravdess").fake(made / "corpora" / "ravdess", np.random.default_rng(0))
    published(made / "teacher")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        patch.setenv("AFFECTKIT_CACHE", str(made / "cache"))
        yield made


@pytest.fixture(scope="module")
def student(here: Path) -> run.Run:
    changes = {**QUICK, "teacher": str(here / "teacher")}
    return run.train("wav2small", changes, ["ravdess"], (), [0], here / "run", "the command")


def test_the_task_is_what_the_network_says_of_every_clip_and_is_not_cut(here: Path, student: run.Run) -> None:
    data = student.mixture()
    (task,) = data.tasks
    assert (task.id, task.names, task.range) == ("vad.teacher", ("valence", "arousal", "dominance"), (1.0, 7.0))
    assert data.judged[task.id].all()
    for i in range(0, len(data), 17):
        wanted = said(here / "teacher", speech.read(data.media[i]["speech"]))
        np.testing.assert_allclose(data.targets[task.id][i], wanted, atol=1e-4)
    assert np.abs(data.targets[task.id]).max() > 1, "beyond the ends of the scale"


def concordance(student: run.Run, split: str) -> list[float]:
    """Lin's coefficient of student and teacher on a split, per dimension."""
    part = student.mixture().part(split)
    found = run.fresh_outputs(student, 0, part)["vad.teacher"]
    pairs = zip(part.targets["vad.teacher"].T.astype(float), found.T.astype(float), strict=True)
    return [
        2 * np.mean((x - x.mean()) * (y - y.mean())) / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
        for x, y in pairs
    ]


def test_the_student_learns_the_values(student: run.Run) -> None:
    assert min(concordance(student, "train")) > 0.8
    assert np.mean(concordance(student, "dev")) > 0.15, "of thirty clips, after sixty to learn from"


def test_what_was_said_is_kept(here: Path, student: run.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = student.mixture().targets["vad.teacher"]

    def unwanted(folder: Path) -> teachers.Teacher:
        raise AssertionError("the network was loaded again")

    monkeypatch.setattr(teachers, "load", unwanted)
    np.testing.assert_array_equal(student.mixture().targets["vad.teacher"], before)
    monkeypatch.setenv("AFFECTKIT_CACHE", str(here / "other"))
    with pytest.raises(AssertionError, match="loaded again"):
        student.mixture()


def test_several_networks_say_their_mean(here: Path) -> None:
    one, other = here / "teacher", published(here / "second")
    weights = load_file(other / "model.safetensors")
    weights["classifier.out_proj.bias"] += torch.tensor([0.0, 1.0, 2.0])  # arousal, dominance, valence
    save_file(weights, other / "model.safetensors")
    alone, both = (
        wav2small.read(wav2small.Config(teacher=folders), ["ravdess"]).targets["vad.teacher"]
        for folders in (str(one), f"{one}+{other}")
    )
    np.testing.assert_allclose(both - alone, np.broadcast_to([2.0, 0.0, 1.0], alone.shape), atol=1e-4)


def test_a_long_sound_is_heard_in_parts(here: Path) -> None:
    rng = np.random.default_rng(0)
    sound = (rng.normal(0, 0.1, 20 * speech.RATE_HZ) * np.linspace(0.1, 1, 20 * speech.RATE_HZ)).astype(np.float32)
    cut = 15 * speech.RATE_HZ
    first, rest = (said(here / "teacher", part) for part in (sound[:cut], sound[cut:]))
    arousal, dominance, valence = teaching.Published(here / "teacher").says([Media(array=sound)])[0] * 2 - 1
    np.testing.assert_allclose([valence, arousal, dominance], (15 * first + 5 * rest) / 20, atol=1e-4)


def test_the_bundle_says_the_values_and_names_the_teacher(here: Path, student: run.Run) -> None:
    made = export.export(student, "toy", here / "toy.affect")
    card = bundle.open(made.path).card
    assert [entry["task"]["names"] for entry in card["tasks"]] == [["valence", "arousal", "dominance"]]
    assert card["trained_on"] == ["ravdess", "msp_podcast"]
    assert card["licences"]["data"]["teacher (wav2vec 2.0 of Wagner et al., 2023)"] == "CC-BY-NC-SA-4.0"
    assert "SA" in card["licences"]["weights"]
    assert any("which nobody has checked on these recordings" in limit for limit in card["limits"])
    assert "dimensions_from" not in card and "relative" not in card["tasks"][0]
    (found,) = Predictor(bundle.open(made.path)).stream([Item("a", "a", Media(array=voices.voice(3, 0)))])
    assert found.error is None and list(found.tasks) == ["vad.teacher"]
    values, low = found.tasks["vad.teacher"].values, found.tasks["vad.teacher"].low
    assert values is not None and set(values) == {"valence", "arousal", "dominance"}
    assert low is not None and all(-1 <= low[name] <= value <= 1 for name, value in values.items())


def test_figures_are_of_agreement_with_the_teacher(student: run.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FOLDS", 20)
    (row, *_) = evaluate.measure_run(student.folder).rows["ravdess"]
    assert row["task"] == "vad.teacher" and row["claim"] is None
    test = student.mixture().part("test")
    said = evaluate.of_run(student, [0], student.mixture(), test)["vad.teacher"].scores[:, 1]
    wanted = np.corrcoef(test.targets["vad.teacher"][:, 1], said)[0, 1]
    assert row["metrics"]["pearson.arousal"]["value"] == pytest.approx(wanted)
    (chapter,) = report.of_run(student.folder).chapters
    assert {f.name: f.value for f in chapter.figures}["pearson.arousal"] == pytest.approx(wanted)


def test_teachers_are_runs_or_published_networks(here: Path, student: run.Run) -> None:
    folder = here / "teacher"
    with pytest.raises(UsageError) as caught:
        teaching.published(f"{folder}+{student.folder}")
    assert str(caught.value) == (
        "expected runs alone or published networks alone as teachers; "
        f"found {folder} and {student.folder}; leave one out"
    )
    assert teaching.published(str(student.folder)) == [] == teaching.published("")
    half = here / "half"
    half.mkdir()
    (half / "config.json").write_text("{}")
    with pytest.raises(UsageError) as caught:
        wav2small.read(wav2small.Config(teacher=str(half)), ["ravdess"])
    assert str(caught.value) == (
        f"expected model.safetensors in {half}; found no such file; name a folder with a published model"
    )
    save_file({"bert.weight": torch.zeros(2)}, half / "model.safetensors")
    with pytest.raises(UsageError, match=r"^expected weights named wav2vec2\.\* and classifier\.\* or .* found bert"):
        teaching.published(str(half))
    (half / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(DataError, match=r"^expected a whole model in .*; get it again$"):
        teaching.published(str(half))
    with pytest.raises(UsageError, match=r"^expected a run's folder with run.json; found nowhere; make one"):
        wav2small.teachers(wav2small.Config(teacher="nowhere"))


def test_a_corpus_without_sound_is_refused(here: Path) -> None:
    find.load("corpora", "goemotions").fake(here / "corpora" / "goemotions", np.random.default_rng(0))
    with pytest.raises(DataError, match=r"^expected speech in every sample of goemotions; found none in .*; leave its"):
        teaching.heard(["goemotions"], [teaching.Published(here / "teacher")])


def test_a_run_of_numbers_has_no_figures_within_groups(student: run.Run) -> None:
    with pytest.raises(UsageError) as caught:
        held.within(student.folder)
    assert str(caught.value) == f"expected a task of names in {student.folder}; found vad.teacher; name another run"


def test_finetune_hears_no_more_of_a_long_clip_than_its_bound(here: Path) -> None:
    """Ten minutes would need 30,000 x 30,000 numbers per head and layer of attention."""
    rate_hz, file = 8000, here / "long.wav"
    sound = np.random.default_rng(0).normal(0, 0.1, 600 * rate_hz).astype(np.float32)
    soundfile.write(file, sound, rate_hz)
    path = hugging_face_speech.write_toy(here / "encoder").path
    changes = {"encoder": f"hugging_face_speech:path={path}", "epochs": 1, "precision": "no", "longest_s": 2.0}
    done = run.train("finetune", changes, ["ravdess"], (), (0,), here / "fine", "the command")
    reader = run.open_run(done.folder).reader()
    whole = speech.read(Media(path=str(file), end_s=3.0))
    (found,) = np.split(reader.features([Media(path=str(file))]).values, 1)
    assert len(found) == 2 * speech.RATE_HZ
    np.testing.assert_allclose(found[: rate_hz * 3], whole[: rate_hz * 3], atol=1e-6)
    short = Media(array=whole[:1000])
    np.testing.assert_array_equal(reader.features([short]).values, whole[:1000])
    assert reader.card() == {"window_s": 2.0, "hop_s": 1.0}
    assert find.load("methods", "finetune").Config().longest_s == 15.0
