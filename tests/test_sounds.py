"""Speech from sound to prediction, on a toy whose every number can be worked out from the windows by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

import affectkit
import toys
import voices
from affectkit.detect import voice as detector
from affectkit.errors import BundleError, UsageError
from affectkit.prediction import Prediction, Track
from affectkit.runtime import bundle, relative
from affectkit.runtime.predict import Item, Predictor
from affectkit.runtime.sounds import Sounds
from affectkit.sample import Media
from voices import RATE_HZ


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return voices.pack(tmp_path_factory.mktemp("sounds") / "speech.affect")


@pytest.fixture(scope="module")
def toy(path: Path) -> Predictor:
    return affectkit.load(path, threads=1)


def made(**changes: Any) -> Predictor:
    return Predictor(bundle.Bundle(voices.card(**changes), voices.model()), 1)


def of(sound: np.ndarray, speaker: str | None = None, start_s: float | None = None) -> Media:
    return Media(array=sound, speaker=speaker, start_s=start_s)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return np.asarray(e / e.sum())


def plain(logits: np.ndarray) -> np.ndarray:
    return softmax(2.0 * logits + np.asarray([0.1, 0, 0, 0]))


def scores(found: Prediction) -> list[float]:
    return list((found.tasks["speech"].scores or {}).values())


def windows(sound: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """(start_s, samples) of 5 s every 2.5 s; all the toys here end on that grid."""
    starts = range(0, max(len(sound) - 5 * RATE_HZ, 0) + 1, round(2.5 * RATE_HZ))
    return [(start / RATE_HZ, sound[start : start + 5 * RATE_HZ]) for start in starts]


def spoken_s(sound: np.ndarray, start_s: float, end_s: float) -> float:
    found = detector.spans(detector.Config(), [sound])
    return sum(max(0.0, min(b, end_s) - max(a, start_s)) for a, b in found)


CALL = np.concatenate([voices.voice(20, -1, 1), voices.noise(5), voices.voice(20, 1, 2), voices.noise(5)])
"""Twenty seconds of a dark voice, a pause, twenty of a bright one, a pause."""


# ---- whole recordings ------------------------------------------------------------------------------------------------


def test_a_short_recording_is_one_window(toy: Predictor) -> None:
    sound = voices.voice(3, 0.5)
    (found,) = toy.predict(of(sound))
    assert scores(found) == pytest.approx(plain(voices.logits(sound)), abs=2e-5)
    assert (found.start_s, found.end_s, found.track, found.relative_to) == (None, None, None, None)
    assert (found.bundles, found.modalities.used, found.error) == (("voices@1",), ("speech",), None)
    said = found.tasks["speech"]
    first = max(scores(found))
    sure = 1 / (1 + math.exp(-(0.9 * math.log(first / (1 - first)) + 0.2)))
    assert said.labels == (voices.NAMES[int(np.argmax(scores(found)))],)
    assert said.confidence == pytest.approx(sure, abs=1e-4)


def test_a_recording_is_the_mean_of_its_windows_by_their_speech(toy: Predictor) -> None:
    weights = [spoken_s(CALL, at_s, at_s + 5) for at_s, _ in windows(CALL)]
    kept = [(w, s) for (_, w), s in zip(windows(CALL), weights, strict=True) if s >= 0.3]
    assert 2 < len(kept) < len(weights)
    mean = np.average([voices.logits(w) for w, _ in kept], 0, [s for _, s in kept])
    (found,) = toy.predict(of(CALL))
    assert scores(found) == pytest.approx(plain(mean), abs=1e-4)
    assert found.relative_to is None  # one answer of a voice has no difference to its own mean


@pytest.mark.parametrize("size", [1, 3, 32])
def test_batch_size_does_not_matter(toy: Predictor, size: int) -> None:
    (found,), (wanted,) = toy.predict(of(CALL), batch_size=size), toy.predict(of(CALL))
    assert scores(found) == pytest.approx(scores(wanted), abs=1e-5)


def test_a_span_of_a_file_is_read_alone(toy: Predictor, tmp_path: Path) -> None:
    file = voices.write(tmp_path / "a.wav", CALL, subtype="FLOAT")
    (found,) = toy.predict(Media(path=str(file), start_s=25.0, end_s=30.0))
    (wanted,) = toy.predict(of(CALL[25 * RATE_HZ : 30 * RATE_HZ]))
    assert scores(found) == pytest.approx(scores(wanted), abs=1e-6)
    (segment, *_) = toy.predict(Media(path=str(file), start_s=25.0), segments=True)
    assert segment.start_s is not None and segment.start_s >= 25.0


def test_dimensions_come_from_the_names(toy: Predictor) -> None:
    (found,) = toy.predict(of(voices.voice(3, -1)))
    said = found.tasks["vad"]
    wanted = affectkit.convert(found.tasks["speech"].scores or {}, "ekman_neutral", "vad", "single")
    assert said.values == pytest.approx(dict(wanted.scores), abs=1e-5)
    assert (said.converted_from, said.target, said.view) == ("speech", "dimensions", voices.TASK.view)
    assert said.lost is not None
    assert list(toy.predict(of(voices.voice(3, 0)), taxonomy="vad")[0].tasks) == ["speech", "vad"]
    assert list(toy.predict(of(voices.voice(3, 0)), taxonomy="sentiment")[0].tasks) == ["speech", "vad", "sentiment"]
    assert list(made(dimensions_from=None).predict(of(voices.voice(3, 0)))[0].tasks) == ["speech"]
    with pytest.raises(BundleError, match="the task of `dimensions_from`; found no 'other'"):
        made(dimensions_from={"task": "other", "to": "vad"})


# ---- segments --------------------------------------------------------------------------------------------------------


def test_segments_follow_the_voice(toy: Predictor) -> None:
    found = toy.predict(of(CALL), segments=True, relative=False)
    assert [one.id for one in found] == [f"media#1@{one.start_s}" for one in found]
    assert all(a.end_s <= b.start_s for a, b in pairwise(found))  # type: ignore[operator]
    spans = list(detector.spans(detector.Config(), [CALL]))
    assert found[0].start_s == pytest.approx(spans[0][0], abs=1e-3)
    assert found[-1].end_s == pytest.approx(spans[-1][1], abs=1e-3)
    assert not any(one.start_s < 22.5 < one.end_s for one in found)  # type: ignore[operator]
    labels = [(one.start_s, one.tasks["speech"].labels[0]) for one in found]
    assert {label for start_s, label in labels if start_s < 17} == {"sadness"}  # type: ignore[operator]
    assert {label for start_s, label in labels if start_s > 24} == {"anger"}  # type: ignore[operator]


def test_a_steady_voice_is_one_segment(toy: Predictor) -> None:
    sound = np.concatenate([voices.noise(2), voices.voice(20.5, 1, 2)])
    (found,) = toy.predict(of(sound), segments=True, relative=False)
    assert found.start_s == pytest.approx(2, abs=0.2) and found.end_s == pytest.approx(22.5, abs=0.3)
    assert scores(found) == pytest.approx(plain(voices.logits(sound[5 * RATE_HZ : 20 * RATE_HZ])), abs=0.05)


def test_a_change_is_found_near_where_it_is(toy: Predictor) -> None:
    sound = np.concatenate([voices.voice(20, -1, 1), voices.voice(20, 1, 2)])
    found = toy.predict(of(sound), segments=True, relative=False)
    changes = [b.start_s for a, b in pairwise(found) if a.tasks["speech"].labels != b.tasks["speech"].labels]
    assert len(changes) == 1
    assert changes[0] == pytest.approx(20, abs=5)


# ---- the speaker's own usual -----------------------------------------------------------------------------------------


def centred(rows: Sequence[np.ndarray], values: np.ndarray) -> np.ndarray:
    """The docstring of `say`: softmax((x - usual of the voice + centre) / temperature)."""
    return softmax((values - evening(np.stack(rows)) + np.asarray(voices.CENTRE)) / 0.25)


def evening(rows: np.ndarray) -> np.ndarray:
    """What makes all names equally likely in the mean, by a solver that knows nothing of scaling in turn."""

    def uneven(taken: np.ndarray) -> np.ndarray:
        whole = np.append(taken, 0.0)  # only differences between names count
        return np.asarray([softmax(row - whole) for row in rows]).mean(0)[:-1] - 1 / rows.shape[1]

    found = optimize.root(uneven, (rows.mean(0) - rows.mean(0)[-1])[:-1], tol=1e-12)
    assert found.success
    return np.append(found.x, 0.0)


def test_segments_are_told_in_relation_to_the_voice(toy: Predictor) -> None:
    found = toy.predict(of(CALL), segments=True)
    assert {one.relative_to for one in found} == {"speaker"}
    kept = [voices.logits(w) for at_s, w in windows(CALL) if spoken_s(CALL, at_s, at_s + 5) >= 0.3]
    # the last window of the dark voice alone stands for the middle of it
    wanted = centred(kept, voices.logits(CALL[5 * RATE_HZ : 15 * RATE_HZ]))
    assert scores(found[0]) == pytest.approx(wanted, abs=0.1)
    usual = toy.predict(of(CALL), segments=True, relative=False)
    assert {one.relative_to for one in usual} == {None}
    assert max(np.abs(np.subtract(scores(a), scores(b))).max() for a, b in zip(found, usual, strict=False)) > 0.05


def test_a_voice_of_few_windows_is_told_plainly(toy: Predictor) -> None:
    for seconds, usual in ((5.0 + 2.5 * (voices.LEAST - 1), "speaker"), (5.0 + 2.5 * (voices.LEAST - 2), None)):
        found = toy.predict(of(voices.voice(seconds, 0.3)), segments=True)
        assert {one.relative_to for one in found} == {usual}


def test_a_gain_of_the_recording_changes_nothing(toy: Predictor) -> None:
    loud, quiet = (toy.predict(of(CALL * gain), segments=True) for gain in (1.0, 0.01))
    for a, b in zip(loud, quiet, strict=True):
        assert (a.start_s, a.end_s) == pytest.approx((b.start_s, b.end_s), abs=0.03)  # a frame
        assert scores(a) == pytest.approx(scores(b), abs=5e-3)


def test_recordings_of_one_speaker_are_centred_together(toy: Predictor) -> None:
    sounds = [voices.voice(3, bright, seed) for seed, bright in enumerate((-1, -0.5, 0, 0.5, 1))]
    given_ = [of(sound, "Ann") for sound in sounds]
    others = [of(voices.voice(3, 0.2, 9)), of(voices.voice(3, 0.1, 8), "Bob")]
    found = toy.predict([others[0], *given_, others[1]])
    assert [one.relative_to for one in found] == [None, *["speaker"] * 5, None]
    rows = [voices.logits(sound) for sound in sounds]
    for one, row in zip(found[1:-1], rows, strict=True):
        assert scores(one) == pytest.approx(centred(rows, row), abs=1e-4)
    assert [one.id for one in found] == [f"media#{i}" for i in range(1, 8)]
    few = toy.predict(given_[: voices.LEAST - 1])
    assert {one.relative_to for one in few} == {None}
    assert {one.relative_to for one in toy.predict(given_, relative=False)} == {None}


def test_what_fails_among_the_recordings_of_a_speaker_stays_in_its_place(toy: Predictor) -> None:
    sounds = [of(voices.voice(3, bright, seed), "Ann") for seed, bright in enumerate((-1, -0.5, 0.5, 1))]
    sounds.insert(2, Media(path="no.wav", speaker="Ann"))
    found = toy.predict(sounds)
    assert [one.ok for one in found] == [True, True, False, True, True]
    assert [one.relative_to for one in found] == ["speaker", "speaker", None, "speaker", "speaker"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.integers(0, 3)), max_size=12), st.integers(1, 6))
def test_means_of_speakers(things: list[tuple[str | None, int]], least: int) -> None:
    rows = [{"x": np.full((n, 2), float(i))} for i, (_, n) in enumerate(things)]
    found = list(
        relative.by_speaker(
            range(len(things)), lambda i: things[i][0], lambda i: [rows[i]] if things[i][1] else [], {"x": least}
        )
    )
    assert [i for i, _ in found] == list(range(len(things)))
    for i, means in found:
        who = things[i][0]
        own = [j for j, (other, n) in enumerate(things) if other == who and n]
        every = [float(j) for j in own for _ in range(things[j][1])]
        if who is None or len(own) < 2 or len(every) < least:
            assert means == {}
        else:
            assert means["x"].tolist() == pytest.approx([np.mean(every)] * 2)


def test_centring_takes_off_what_all_windows_share() -> None:
    rng = np.random.default_rng(0)
    outputs = {"x": rng.normal(size=(9, 3)), "y": rng.normal(size=(9, 2))}
    shifted = {"x": outputs["x"] + [3.0, -2.0, 0.5], "y": outputs["y"]}
    a, b = (relative.centred(one, relative.means([one], {"x": 4})) for one in (outputs, shifted))
    assert a["x"] == pytest.approx(b["x"])
    assert np.asarray([softmax(row) for row in a["x"]]).mean(0) == pytest.approx([1 / 3] * 3)
    assert a["y"] is outputs["y"]


# ---- speakers --------------------------------------------------------------------------------------------------------

TURNS = [("Ann", 0.0, 20.0), ("7", 25.0, 45.0)]


def test_each_speaker_is_a_track(toy: Predictor) -> None:
    found = toy.predict(of(CALL), speakers=TURNS)
    assert [(one.id, one.track) for one in found] == [
        ("media#1#speaker-Ann", Track("speaker", "Ann")),
        ("media#1#speaker-7", Track("speaker", 7)),
    ]
    for one, start_s in zip(found, (0, 25), strict=True):
        own = CALL[start_s * RATE_HZ : (start_s + 20) * RATE_HZ]
        cut = [(at_s, w) for at_s, w in windows(own)]
        weight = [spoken_s(CALL, start_s + at_s, start_s + at_s + 5) for at_s, _ in cut]
        mean = np.average([voices.logits(w) for _, w in cut], 0, weight)
        assert scores(one) == pytest.approx(plain(mean), abs=1e-4)


def test_segments_of_speakers_are_each_relative_to_their_own(toy: Predictor) -> None:
    found = toy.predict(of(CALL), segments=True, speakers=TURNS)
    assert {one.relative_to for one in found} == {"speaker"}
    assert [one.start_s for one in found] == sorted(one.start_s for one in found)  # type: ignore[type-var]
    # both voices are steady: each is as it always is
    usual = softmax(np.asarray(voices.CENTRE) / 0.25)
    for one in found:
        assert scores(one) == pytest.approx(usual, abs=0.15)


def test_speakers_may_speak_at_once(toy: Predictor) -> None:
    found = toy.predict(of(CALL), segments=True, speakers=[("Ann", 0.0, 12.0), ("Bob", 5.0, 20.0)], relative=False)
    spans = {one.track.id: (one.start_s, one.end_s) for one in found if one.track}
    assert set(spans) == {"Ann", "Bob"} and spans["Bob"][0] < spans["Ann"][1]  # type: ignore[operator]


def test_turns_that_fit_no_recording_are_a_sentence(toy: Predictor) -> None:
    (found,) = toy.predict(of(CALL), speakers=[("Ann", 100.0, 110.0)])
    assert found.error is not None and found.error.message == (
        "expected turns of speakers within an array; found the first at 100 s of a recording of 50.00 s; "
        "give the turns of this recording"
    )
    (found,) = toy.predict(of(CALL), speakers=[("Ann", 46.5, 49.5)])
    assert found.error is not None and found.error.kind == "nothing"
    assert "expected speech in an array within the turns of speakers; found" in found.error.message
    with pytest.raises(UsageError, match="a turn of 'Ann' that ends after it starts; found 3 to 2 s; correct it"):
        toy.predict(of(CALL), speakers=[("Ann", 3.0, 2.0)])


def test_segments_of_texts_are_refused(toy: Predictor) -> None:
    text = Predictor(bundle.Bundle(toys.card(), toys.model(), toys.assets()), 1)
    with pytest.raises(UsageError, match="a bundle of what is in time, for --segments; found toy@3, which reads text"):
        text.predict("joy", segments=True)
    with pytest.raises(UsageError, match="for --speakers; found toy@3"):
        text.predict("joy", speakers=TURNS)


# ---- items -----------------------------------------------------------------------------------------------------------


def test_recordings_go_to_the_bundle_that_reads_them(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toys.pack(tmp_path / "shelf" / "text.affect")
    voices.pack(tmp_path / "shelf" / "speech.affect")
    monkeypatch.setattr(bundle, "FOLDER", tmp_path / "shelf")
    file = voices.write(tmp_path / "a.wav", CALL)
    given_ = ["joy", str(file), file, Media(path=str(file)), "I like a.wav", str(tmp_path / "no.wav")]
    found = affectkit.predict(given_, segments=True)
    by_bundle = [(one.input, one.bundles) for one in found]
    assert by_bundle[0] == ("joy", ("toy@3",)) and by_bundle[-2] == ("I like a.wav", ("toy@3",))
    assert {b for i, b in by_bundle if i == str(file)} == {("voices@1",)}
    assert [one.id for one in found if one.input == str(file)].count(f"{file}@{found[1].start_s}") == 2
    assert found[-1].error is not None
    wanted = (
        f"expected a file at {tmp_path / 'no.wav'}; found none; correct the path, or give a text as Media(text=...)"
    )
    assert found[-1].error.message == wanted


def test_one_bad_item_never_ends_the_others(toy: Predictor) -> None:
    good = of(voices.voice(3, 0))
    bad = [Media(text="joy"), Media(array=np.zeros(3, np.int16)), of(np.zeros(48_000, np.float32))]
    bad += [of(voices.voice(0.1, 0)), of(np.full(48_000, np.nan, np.float32)), of(np.zeros(0, np.float32))]
    found = toy.predict([good, *bad, Item("x", "x", UsageError("a", "b", "c")), good])
    assert [one.ok for one in found] == [True, *[False] * 7, True]
    assert [one.failed for one in found] == [False, True, True, False, True, True, True, True, False]
    said = [one.error.message for one in found if one.error]
    assert said[2] == "expected speech in an array; found no speech in 3.00 s; listen to it, or leave it out"
    assert said[3] == "expected at least 0.3 s of speech in an array; found 0.10 s; give a longer recording"
    assert found[3].tasks == {} and found[3].error is not None and found[3].error.kind == "nothing"


# ---- cards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hop_s": 0}, "0 < hop_s, shortest_s <= window_s in the card; found 5, 0 and 0.3 s"),
        ({"hop_s": 6}, "0 < hop_s, shortest_s <= window_s"),
        ({"hop_s": "x"}, "windows and features in the card; found a fault in could not convert"),
        ({"features": {"name": "log_mel", "bands": 3}}, "windows and features in the card; found a fault in .*bands"),
        ({"detector": {"nom": "voice"}}, "windows and features in the card; found a fault in 'name'"),
        ({"task": {"relative": {"least_windows": 8}}}, "a complete entry `relative` of task 'speech'; found a fault"),
        (
            {"task": {"relative": {"least_windows": 8, "centre": [0.0], "temperature": 1}}},
            r"4 numbers, at least 2 windows and a temperature above 0 in `relative`; found centre \(1,\)",
        ),
        (
            {"task": {"relative": {"least_windows": 8, "centre": [0.0] * 4, "temperature": 0}}},
            "found .* temperature 0; export it again",
        ),
    ],
)
def test_a_card_that_cannot_be_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BundleError, match=says):
        made(**changes)


def test_a_bundle_that_does_not_say_how_it_reads_is_refused() -> None:
    card = voices.card()
    del card["window_s"]
    with pytest.raises(
        BundleError, match=r"expected tokenizer\.json or window_s or picture in the bundle voices@1; found none of"
    ):
        Predictor(bundle.Bundle(card, voices.model()), 1)


def test_samples_themselves_can_be_the_input_and_all_can_count_as_speech() -> None:
    reading = Sounds.of(bundle.Bundle(voices.card(features=None, detector=None), b""))
    assert reading.detector is None
    sound = voices.noise(1)
    np.testing.assert_array_equal(reading.features(sound), sound)
    (found,) = made(detector=None).predict(of(voices.noise(3)))
    assert found.ok  # nobody asked whether anybody speaks


def test_without_the_entry_relative_nothing_is_centred() -> None:
    found = made(task={"relative": None}).predict(of(CALL), segments=True)
    assert {one.relative_to for one in found} == {None}
