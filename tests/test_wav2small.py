"""The speech method: changed clips keep their form, corpora of different names learn as one, voices are centred."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from affectkit import find
from affectkit.errors import DataError, UsageError
from affectkit.methods import wav2small
from affectkit.sample import Batch
from affectkit.train import calibrate, mixture

CONFIG = wav2small.Config()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("speech")
    for corpus in ("ravdess", "nemo"):
        find.load("corpora", corpus).fake(made / corpus, np.random.default_rng(0))
    return made


@pytest.fixture
def both(root: Path, monkeypatch: pytest.MonkeyPatch) -> mixture.Mixture:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(root))
    return wav2small.read(CONFIG, ("ravdess", "nemo"))


def batch(n: int = 6, t: int = 90) -> Batch:
    rng = np.random.default_rng(1)
    lengths = np.asarray([t, t - 10, t - 30, 20, 5, 1])[:n]
    clips = rng.normal(-1, 1, (n, t, 64)).astype(np.float32)
    clips *= np.arange(t)[None, :, None] < lengths[:, None, None]
    judged = np.ones((n, 8), bool)
    judged[::2, 1] = False
    targets = np.eye(8, dtype=np.float32)[[0, 2, 3, 4, 5, 6][:n]]
    return Batch(
        tuple("abcdef"[:n]),
        {"speech": clips},
        {"speech": lengths},
        {"emotion": targets},
        {"emotion": judged},
        np.ones(n, np.float32),
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_batch_has_the_form_of_one(seed: int) -> None:
    given = batch()
    before = given.inputs["speech"].copy()
    made = wav2small.changed(CONFIG, given, np.random.default_rng(seed))
    clips, lengths, targets = made.inputs["speech"], made.lengths["speech"], made.targets["emotion"]
    np.testing.assert_array_equal(given.inputs["speech"], before)
    assert clips.dtype == np.float32 and np.isfinite(clips).all()
    assert clips.shape[0] == 6 and clips.shape[2] == 64
    assert (lengths >= 1).all() and lengths.max() <= clips.shape[1]
    assert abs(clips.shape[1] / 90 - 1) <= 0.26
    np.testing.assert_allclose(targets.sum(1), 1, atol=1e-5)
    assert (targets[~given.judged["emotion"]] == 0).all()
    for clip, length in zip(clips, lengths, strict=True):
        assert (clip[length:] == 0).all()


def test_the_same_numbers_change_it_alike() -> None:
    first, again = (wav2small.changed(CONFIG, batch(), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.inputs["speech"], again.inputs["speech"])


def test_nothing_asked_for_changes_nothing() -> None:
    plain = wav2small.Config(smoothing=0, mixed=0, tempo=0, warp=0, tilt=0, noise=0, masks=0)
    made = wav2small.changed(plain, batch(), np.random.default_rng(0))
    here = np.arange(90)[None, :, None] < batch().lengths["speech"][:, None, None]
    np.testing.assert_allclose(made.inputs["speech"] * here, batch().inputs["speech"], atol=1e-3)
    np.testing.assert_array_equal(made.targets["emotion"], batch().targets["emotion"])


def test_long_clips_are_cropped_within_themselves() -> None:
    given = batch()
    given.inputs["speech"][:] = np.arange(90, dtype=np.float32)[None, :, None] / 100
    made = wav2small.changed(
        wav2small.Config(longest=40, smoothing=0, mixed=0, tempo=0, warp=0, tilt=0, noise=0, masks=0),
        given,
        np.random.default_rng(0),
    )
    clips, lengths = made.inputs["speech"], made.lengths["speech"]
    assert lengths.tolist() == [40, 40, 40, 20, 5, 1]
    for clip, length, whole in zip(clips, lengths, given.lengths["speech"], strict=True):
        steps = 100 * clip[:length, 0]
        np.testing.assert_allclose(np.diff(steps), 1, atol=1e-3)
        assert steps[0] >= -1e-3 and steps[-1] < whole


def test_corpora_of_different_names_are_one_task(both: mixture.Mixture) -> None:
    (task,) = both.tasks
    assert task.names == find.load("taxonomies", "ravdess").NAMES
    judged = both.judged["emotion"]
    assert judged[both.corpus == "ravdess"].all()
    asked = {task.names[i] for i in np.flatnonzero(judged[both.corpus == "nemo"].all(0))}
    assert set(task.names) - asked == {"calm", "disgust"}
    np.testing.assert_array_equal(both.targets["emotion"].sum(1), 1)


def test_rare_names_weigh_more_within_their_corpus(both: mixture.Mixture) -> None:
    weight = wav2small._weights(wav2small.Config(balance=1), both)
    label = both.targets["emotion"].argmax(1)
    for corpus in ("ravdess", "nemo"):
        rows = both.corpus == corpus
        sums = [weight[rows & (label == k)].sum() for k in np.unique(label[rows])]
        np.testing.assert_allclose(sums, sums[0], rtol=1e-5)


def test_given_folds_are_the_corpora_s_own(both: mixture.Mixture) -> None:
    tests = [mixture.resplit(both, f"given{k}:fold").split == "test" for k in range(4)]
    for corpus in ("ravdess", "nemo"):
        rows = both.corpus == corpus
        names = sorted(set(both.groups["fold"][rows].tolist()))
        for k, test in enumerate(tests):
            assert set(both.groups["fold"][rows & test].tolist()) == {names[k % len(names)]}
    assert (mixture.resplit(both, "all").split == "train").all()


def test_a_sample_without_a_fold_is_refused(both: mixture.Mixture) -> None:
    both.groups["fold"][3] = ""
    with pytest.raises(
        DataError, match="expected each sample of ravdess in one of several groups by fold; found none, "
    ):
        mixture.resplit(both, "given0:fold")


def test_centred_outputs_lose_the_voice_and_keep_the_rest() -> None:
    rng = np.random.default_rng(0)
    voices = np.repeat(np.asarray(["a", "b", "c"]), 40)
    said = rng.normal(0, 1, (120, 4)).astype(np.float32)
    own = np.repeat(rng.normal(0, 5, (3, 4)), 40, 0).astype(np.float32)
    judged = np.ones((120, 4), bool)
    judged[voices == "b", 3] = False
    plain, found = (calibrate.centred(raw, voices, judged) for raw in (said, said + own))
    rows = judged.all(1)
    np.testing.assert_allclose(found[rows], plain[rows], atol=1e-4)
    for voice, names in (("a", 4), ("b", 3), ("c", 4)):
        its = np.exp(found[voices == voice][:, :names])
        np.testing.assert_allclose((its / its.sum(1, keepdims=True)).mean(0), 1 / names, atol=1e-4)


def test_teachers_words_are_shares_of_the_names_that_could_be_chosen(
    both: mixture.Mixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = np.random.default_rng(0).normal(0, 3, both.targets["emotion"].shape).astype(np.float32)
    teacher = SimpleNamespace(config=SimpleNamespace(folds=0))
    monkeypatch.setattr(wav2small, "teachers", lambda config: [teacher])
    monkeypatch.setattr(wav2small.teaching, "words", lambda data, runs: {"emotion": said})
    train, judged = both.split == "train", both.judged["emotion"]
    made = wav2small.enrich(replace(CONFIG, teacher="there", labels=0.25), both).targets["emotion"]
    np.testing.assert_array_equal(made[~train], both.targets["emotion"][~train])
    for row in np.flatnonzero(train)[:5]:
        names = np.flatnonzero(judged[row])
        word = np.exp(said[row, names]) / np.exp(said[row, names]).sum()
        wanted = 0.25 * both.targets["emotion"][row, names] + 0.75 * word
        np.testing.assert_allclose(made[row, names], wanted, atol=1e-6)
        assert made[row].sum() == pytest.approx(1)
    assert wav2small.enrich(CONFIG, both) is both
    teacher.config.folds, teacher.folder = 6, "runs/heard"
    with pytest.raises(
        UsageError, match=r"^expected teachers of one split; found runs/heard with folds=6; train teacher"
    ):
        wav2small.enrich(replace(CONFIG, teacher="there"), both)
