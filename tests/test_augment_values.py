"""Augmentations from outside: ratios, decay, spectra, pitches and lengths, against formulas and other tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage, signal

from affectkit import augment
from affectkit.augment import (
    bandwidth,
    clip,
    codec,
    distance,
    gain,
    mel_shift,
    noise,
    room,
    spec_mask,
    speed,
    tempo,
    tilt,
)
from affectkit.errors import AffectError

RATE_HZ = 16_000
Sound = NDArray[np.float32]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def tone(pitch_hz: float, length_s: float = 1.0, height: float = 0.2) -> Sound:
    t_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return (height * np.sin(2 * np.pi * pitch_hz * t_s)).astype(np.float32)


def white(n: int = RATE_HZ, seed: int = 5) -> Sound:
    return (0.1 * rng(seed).normal(size=n)).astype(np.float32)


def decibels(ratio: float) -> float:
    return float(10 * np.log10(ratio))


def square(x: NDArray[Any]) -> float:
    return float(np.mean(x.astype(np.float64) ** 2))


def pitch_hz(sound: Sound) -> float:
    """The strongest pitch, by a parabola through the peak of a windowed spectrum."""
    size = 1 << 17
    log = np.log(np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size)) + 1e-12)
    k = int(log.argmax())
    a, b, c = log[k - 1 : k + 2]
    return float((k + (a - c) / (2 * (a - 2 * b + c))) * RATE_HZ / size)


def band_power(sound: Sound, low_hz: float, high_hz: float) -> float:
    pitches, density = signal.welch(sound.astype(np.float64), RATE_HZ, nperseg=1024)
    return float(density[(pitches >= low_hz) & (pitches < high_hz)].mean())


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(AffectError) as caught:
        make()
    return str(caught.value)


# ---- noise -----------------------------------------------------------------------------------------------------------


def test_power_leaves_pauses_out() -> None:
    loud, soft = tone(200, 0.5), tone(200, 0.3, height=0.2 * 10 ** (-40 / 20))
    both = np.concatenate([loud, soft, np.zeros(RATE_HZ, np.float32)])
    assert augment.power(both) == pytest.approx(0.2**2 / 2, rel=1e-3)  # of a sine: half its height squared
    nearly = np.concatenate([loud, tone(200, 0.5, height=0.2 * 10 ** (-20 / 20))])
    assert augment.power(nearly) == pytest.approx((0.02 + 0.0002) / 2, rel=1e-3)


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [20.0, 0.0, -5.0])
def test_the_noise_has_the_asked_ratio_to_the_active_sound(kind: str, snr_db: float) -> None:
    voice = tone(150, 0.9)
    paused = np.concatenate([voice, np.zeros(RATE_HZ, np.float32), voice])
    made = noise.apply(noise.Config(snr_db, kind), paused, rng())
    under = made.astype(np.float64) - paused
    assert decibels((0.2**2 / 2) / square(under)) == pytest.approx(snr_db, abs=0.05)


def test_white_noise_is_flat_and_pink_falls_by_three_decibels_per_octave() -> None:
    for kind, slope in (("white", 0.0), ("pink", -1.0)):
        clean = tone(100, 8)
        under = noise.apply(noise.Config(0.0, kind), clean, rng()) - clean
        pitches, density = signal.welch(under.astype(np.float64), RATE_HZ, nperseg=2048)
        inside = (pitches > 100) & (pitches < 7000)
        found = np.polyfit(np.log(pitches[inside]), np.log(density[inside]), 1)[0]
        assert found == pytest.approx(slope, abs=0.05)


def test_babble_is_of_the_clips_in_a_folder_and_else_of_the_sound_itself(tmp_path: Path) -> None:
    for pitch in (500, 1500):
        soundfile.write(tmp_path / f"{pitch}.wav", tone(pitch), RATE_HZ)
    (tmp_path / "notes.txt").write_text("no sound")
    clean = white(2 * RATE_HZ)
    config = noise.Config(0.0, "babble", voices=12, others=(str(tmp_path),))
    under = noise.apply(config, clean, rng()) - clean
    pitches, density = signal.welch(under.astype(np.float64), RATE_HZ, nperseg=4096)
    near = (np.abs(pitches - 500) < 30) | (np.abs(pitches - 1500) < 30)
    assert density[near].sum() > 0.99 * density.sum()
    assert min(density[np.abs(pitches - p) < 30].sum() for p in (500, 1500)) > 0.05 * density.sum()
    own = noise.apply(noise.Config(0.0, "babble", voices=3), tone(1000), rng()) - tone(1000)
    low, high = 1000 * 0.85, 1000 * 1.18  # other speeds of the same tone
    assert band_power(own, low - 40, high + 40) > 100 * band_power(own, 2000, 8000)


def test_recorded_noise_is_the_file_in_a_ring(tmp_path: Path) -> None:
    recorded = white(1000, seed=1)
    soundfile.write(tmp_path / "street.wav", recorded, RATE_HZ, subtype="FLOAT")
    clean = tone(300, 0.2)
    under = noise.apply(noise.Config(6.0, "recorded", others=(str(tmp_path / "street.wav"),)), clean, rng()) - clean
    match = max(np.corrcoef(np.resize(np.roll(recorded, -s), len(clean)), under)[0, 1] for s in range(1000))
    assert match == pytest.approx(1.0, abs=1e-4)


def test_noise_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    assert refused(lambda: noise.Config(kind="brown")).startswith("expected the name of a noise; found 'brown'; ")
    assert refused(lambda: noise.Config(snr_db=float("nan"))) == (
        "expected a signal-to-noise ratio from -100 to 100 dB; found nan; 10 is usual"
    )
    assert refused(lambda: noise.Config(kind="recorded")) == (
        "expected files of sound for recorded noise; found none; give others=FILE or others=FOLDER"
    )
    assert refused(lambda: noise.Config(voices=0)) == "expected at least one voice of a babble; found 0; 6 are usual"
    config = noise.Config(kind="recorded", others=(str(tmp_path),))
    assert refused(lambda: noise.apply(config, tone(100), rng())) == (
        f"expected files of sound in {tmp_path}; found none; name another folder"
    )
    soundfile.write(tmp_path / "silent.wav", np.zeros(400), RATE_HZ)
    assert refused(lambda: noise.apply(config, tone(100), rng())) == (
        f"expected noise in {tmp_path / 'silent.wav'}; found silence; leave the file out"
    )


# ---- room and distance -----------------------------------------------------------------------------------------------


def pulse(length_s: float) -> Sound:
    x = np.zeros(round(length_s * RATE_HZ), np.float32)
    x[0] = 1.0
    return x


@pytest.mark.parametrize("rt60_s", [0.2, 0.7, 1.5])
def test_a_room_dies_away_in_its_time(rt60_s: float) -> None:
    heard = room.apply(room.Config(rt60_s, direct_db=0.0), pulse(2.0), rng(2)).astype(np.float64)
    left_db = 10 * np.log10(np.cumsum(heard[:0:-1] ** 2)[::-1] / np.sum(heard[1:] ** 2) + 1e-30)  # Schroeder
    inside = (left_db < -5) & (left_db > -35)
    t_s = np.arange(len(left_db))[inside] / RATE_HZ
    assert -60 / np.polyfit(t_s, left_db[inside], 1)[0] == pytest.approx(rt60_s, rel=0.05)


@pytest.mark.parametrize("direct_db", [-10.0, 0.0, 12.0])
def test_direct_sound_and_room_have_the_asked_ratio_and_unit_energy(direct_db: float) -> None:
    heard = room.apply(room.Config(0.3, direct_db), pulse(1.0), rng(3)).astype(np.float64)
    assert decibels(heard[0] ** 2 / np.sum(heard[1:] ** 2)) == pytest.approx(direct_db, abs=0.01)
    assert np.sum(heard**2) == pytest.approx(1.0, abs=1e-5)


def test_a_measured_response_takes_the_place_of_the_model(tmp_path: Path) -> None:
    response = np.concatenate([np.zeros(120), [0.1, 0.8], np.zeros(300), [-0.4], np.zeros(50), [0.2]])
    soundfile.write(tmp_path / "hall.wav", response, RATE_HZ, subtype="FLOAT")
    x = white(3000)
    behind = response[121:]  # from the peak on
    wanted = signal.lfilter(behind / np.sqrt(np.sum(behind**2)), [1.0], x.astype(np.float64))
    heard = room.apply(room.Config(response=str(tmp_path / "hall.wav")), x, rng())
    assert heard == pytest.approx(wanted, abs=1e-5)
    soundfile.write(tmp_path / "hall.wav", np.zeros(100), RATE_HZ)
    assert refused(lambda: room.apply(room.Config(response=str(tmp_path / "hall.wav")), x, rng())) == (
        f"expected the response of a room in {tmp_path / 'hall.wav'}; found silence; record it again"
    )


def test_a_room_that_cannot_be_is_a_sentence() -> None:
    assert refused(lambda: room.Config(rt60_s=0)) == (
        "expected an rt60_s above 0 and up to 20; found 0; 0.5 is a living room"
    )
    assert refused(lambda: room.Config(direct_db=99)) == "expected a direct_db from -60 to 60; found 99; 0 is usual"


def test_direct_sound_falls_with_distance_and_the_rooms_answer_does_not() -> None:
    at = {
        m: distance.apply(distance.Config(m, 2.0, 0.3, snr_db=100), pulse(1.0), rng()).astype(np.float64)
        for m in (1.0, 8.0)
    }
    direct = {m: heard[:1].sum() for m, heard in at.items()}
    assert decibels(direct[8.0] ** 2 / direct[1.0] ** 2) == pytest.approx(-20 * np.log10(8), abs=0.3)  # and air
    tails = [np.sum(heard[20:] ** 2) for heard in at.values()]
    assert decibels(tails[1] / tails[0]) == pytest.approx(0.0, abs=0.3)


def test_air_and_what_is_in_between_take_high_pitches() -> None:
    def level(pitch: float, **settings: Any) -> float:
        config = distance.Config(critical_m=1000, rt60_s=0.01, snr_db=100, **settings)
        return decibels(square(distance.apply(config, tone(pitch), rng())[2000:-2000]) / square(tone(pitch)))

    for pitch in (500, 7000):  # what is left of the room adds or takes a tenth of a decibel
        lost = 20 * np.log10(20) + 0.117 * 20 * (pitch / 8000) ** 2
        assert level(pitch, distance_m=20) == pytest.approx(-lost, abs=0.2)
    door = {pitch: level(pitch, distance_m=1, obstruction_hz=500) for pitch in (50, 500, 4000)}
    assert door[50] == pytest.approx(0.0, abs=0.2)
    assert door[500] == pytest.approx(decibels(1 / 2), abs=0.1)
    assert door[4000] == pytest.approx(decibels(1 / (1 + 8**2)), abs=0.1)


def test_the_noise_of_a_room_is_as_loud_from_everywhere() -> None:
    x = np.concatenate([tone(200, 0.5), np.zeros(RATE_HZ, np.float32)])
    hum = [square(distance.apply(distance.Config(m, rt60_s=0.05, snr_db=30), x, rng())[-8000:]) for m in (1, 16)]
    assert hum[0] == pytest.approx(hum[1], rel=0.02)
    assert decibels((0.2**2 / 2) / hum[0]) == pytest.approx(30, abs=3)  # pink noise is uneven over half a second


def test_a_distance_that_cannot_be_is_a_sentence() -> None:
    assert refused(lambda: distance.Config(distance_m=0)) == (
        "expected a distance_m from 0.05 to 1000; found 0; 1 is across a table"
    )
    assert refused(lambda: distance.Config(obstruction_hz=0)) == (
        "expected an obstruction_hz from 1 to 16,000; found 0; 500 is a door"
    )
    assert "an rt60_s above 0" in refused(lambda: distance.Config(rt60_s=-1))


# ---- codecs and bandwidth --------------------------------------------------------------------------------------------


def lag_of(made: Sound, clean: Sound) -> int:
    found = signal.correlate(made, clean, "full", "fft")
    return int(found.argmax()) - (len(clean) - 1)


def speechlike() -> Sound:
    """Noise below 3 kHz that swells and falls four times a second."""
    low = signal.sosfiltfilt(signal.butter(6, 3000, fs=RATE_HZ, output="sos"), white(2 * RATE_HZ).astype(np.float64))
    return (low * (1 + np.sin(2 * np.pi * 4 * np.arange(len(low)) / RATE_HZ))).astype(np.float32)


@pytest.mark.parametrize("name", ["alaw", "mulaw", "amr", "opus", "mp3", "aac"])
def test_no_codec_delays_or_is_silent(name: str) -> None:
    clean = speechlike()
    made = codec.apply(codec.Config(name, 24), clean, rng())
    assert abs(lag_of(made, clean)) <= 2
    assert square(made) == pytest.approx(square(clean), rel=0.5)


def by_formula(name: str, x: NDArray[Any]) -> NDArray[Any]:
    """A sound in [-1, 1] through the laws of G.711 as smooth curves, with 128 steps to either side."""
    height, sign = np.abs(x.astype(np.float64)), np.sign(x)
    if name == "mulaw":
        step = (np.floor(np.log1p(255 * height) / np.log(256) * 128) + 0.5) / 128
        return sign * np.expm1(step * np.log(256)) / 255
    whole = 1 + np.log(87.6)
    bent = np.where(height < 1 / 87.6, 87.6 * height, 1 + np.log(np.maximum(87.6 * height, 1))) / whole
    step = (np.floor(bent * 128) + 0.5) / 128 * whole
    return sign * np.where(step < 1, step, np.exp(step - 1)) / 87.6


@pytest.mark.parametrize("name", ["mulaw", "alaw"])
@pytest.mark.parametrize("level_db", [0, -20])
def test_telephone_laws_lose_as_much_as_their_formulas(name: str, level_db: int) -> None:
    clean = speechlike() * np.float32(10 ** (level_db / 20))
    made = codec.apply(codec.Config(name), clean, rng())
    other = soxr.resample(by_formula(name, soxr.resample(clean, RATE_HZ, 8000)), 8000, RATE_HZ)
    ours, theirs = (decibels(square(clean) / square(coded - clean)) for coded in (made, other))
    assert ours == pytest.approx(theirs, abs=2.5)  # the standard bends its curves in straight pieces
    assert 28 < ours < 42  # eight bits of a logarithmic law: about 38 dB, little less at a lower level


def test_fewer_bits_leave_less() -> None:
    clean = speechlike()
    for name in ("mp3", "amr"):
        rates = dict.fromkeys(codec.Config(name, rate).bitrate_kbps for rate in (64, 32, 16, 8, 4))
        lost = [square(codec.apply(codec.Config(name, rate), clean, rng()) - clean) for rate in rates]
        assert len(lost) > 1
        assert lost == sorted(lost)


def test_a_rate_becomes_one_that_the_codec_has() -> None:
    assert codec.Config("amr", 64).bitrate_kbps == 12.2
    assert codec.Config("amr", 5) == codec.Config("amr", 5.1)
    assert codec.Config("mulaw", 8) == codec.Config("mulaw", 16)
    assert refused(lambda: codec.Config("flac")).startswith("expected the name of a codec; found 'flac'; ")
    assert refused(lambda: codec.Config(bitrate_kbps=0)) == (
        "expected a bitrate_kbps above 0; found 0; 16 is usual for speech"
    )


def test_a_coder_that_ffmpeg_lacks_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"opus": codec._Coder("no_such_coder", "ogg", 16000, "flt", (16,))}
    monkeypatch.setattr(codec, "_CODERS", missing)
    assert refused(lambda: codec.apply(codec.Config("opus"), tone(100), rng())) == (
        "expected FFmpeg with the coder no_such_coder; found one without it; choose another of opus"
    )


@pytest.mark.parametrize("rate_hz", [12000.0, 8000.0, 3000.0])
def test_nothing_above_half_the_rate_is_left_and_all_well_below(rate_hz: float) -> None:
    x = white(4 * RATE_HZ)
    made = bandwidth.apply(bandwidth.Config(rate_hz), x, rng())
    edge = rate_hz / 2
    assert decibels(band_power(made, 1.1 * edge, 8001) / band_power(x, 1.1 * edge, 8001)) < -60
    assert decibels(band_power(made, 0, 0.85 * edge) / band_power(x, 0, 0.85 * edge)) == pytest.approx(0, abs=0.1)
    assert lag_of(made, x) == 0


def test_a_bandwidth_that_cannot_be_is_a_sentence() -> None:
    assert refused(lambda: bandwidth.Config(44100)) == (
        "expected a rate from 200 to 16,000 Hz; found 44100; 8000 is a telephone"
    )
    x = white(500)
    assert np.array_equal(bandwidth.apply(bandwidth.Config(16000), x, rng()), x)


# ---- speed, tempo, level ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.7, 0.9, 1.25, 1.4])
def test_speed_changes_length_and_pitch_and_tempo_length_alone(factor: float) -> None:
    x = tone(440, 2.0)
    faster, moved = (part.apply(part.Config(factor), x, rng()) for part in (speed, tempo))
    assert len(faster) == len(moved) == round(2 * RATE_HZ / factor)
    assert pitch_hz(faster) == pytest.approx(440 * factor, rel=1e-3)
    assert pitch_hz(moved) == pytest.approx(440, rel=3e-3)
    inside = slice(2000, -2000)
    assert square(moved[inside]) == pytest.approx(square(x), rel=0.05)


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_tempo_moves_what_happens_to_its_due_time(factor: float) -> None:
    x = np.zeros(2 * RATE_HZ, np.float32)
    starts_s = (0.3, 0.9, 1.6)
    for start in starts_s:
        x[round(start * RATE_HZ) :][:1600] = tone(300, 0.1)
    made = tempo.apply(tempo.Config(factor), x, rng())
    loud = ndimage.uniform_filter1d(made.astype(np.float64) ** 2, 800) > 1e-3
    found = np.flatnonzero(np.diff(loud.astype(int)) == 1) / RATE_HZ
    assert found == pytest.approx(np.asarray(starts_s) / factor, abs=0.05)


@given(st.integers(1, 3000), st.integers(0, 5))
@settings(deadline=None, max_examples=20)
def test_tempo_one_changes_nothing(n: int, seed: int) -> None:
    x = white(n, seed)
    assert tempo.apply(tempo.Config(1.0), x, rng()) == pytest.approx(x, abs=1e-6)


@given(st.floats(-60, 60), st.floats(-60, 60))
@settings(deadline=None, max_examples=30)
def test_gains_add_up_in_decibels(a: float, b: float) -> None:
    x = white(50)
    twice = gain.apply(gain.Config(b), gain.apply(gain.Config(a), x, rng()), rng())
    assert twice == pytest.approx(gain.apply(gain.Config(a + b), x, rng()), rel=1e-4)
    assert decibels(square(twice) / square(x)) == pytest.approx(a + b, abs=1e-3)


@given(st.floats(0, 60))
@settings(deadline=None, max_examples=30)
def test_clipping_cuts_at_its_height_and_leaves_the_rest(over_db: float) -> None:
    x = white(400)
    made = clip.apply(clip.Config(over_db), x, rng())
    height = np.abs(x).max() / 10 ** (over_db / 20)
    assert np.abs(made).max() == pytest.approx(height, rel=1e-5)
    inside = np.abs(x) < height * (1 - 1e-5)
    assert np.array_equal(made[inside], x[inside])
    assert (np.sign(made) == np.sign(x)).all()


def test_factors_and_levels_that_cannot_be_are_sentences() -> None:
    wanted = "expected a factor from 0.25 to 4; found 0; 0.9 and 1.1 are usual"
    assert refused(lambda: speed.Config(0)) == refused(lambda: tempo.Config(0)) == wanted
    assert (
        refused(lambda: gain.Config(200)) == "expected a gain_db from -120 to 120; found 200; -20 is a far microphone"
    )
    assert refused(lambda: clip.Config(-1)) == "expected an over_db from 0 to 120; found -1; 12 is loud distortion"


# ---- spectrograms ----------------------------------------------------------------------------------------------------


def bands(frames: int = 50, mels: int = 24) -> Sound:
    return rng(9).normal(size=(frames, mels)).astype(np.float32)


@given(st.integers(1, 80), st.integers(1, 30), st.integers(0, 4), st.integers(0, 4), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_masks_are_whole_stretches_no_wider_than_told(
    frames: int, mels: int, times: int, pitches: int, seed: int
) -> None:
    x = bands(frames, mels)
    config = spec_mask.Config(times, time_frames=9, time_share=0.3, mel_masks=pitches, mel_bands=5)
    made = spec_mask.apply(config, x, rng(seed))
    mean = np.float32(x.mean(dtype=np.float64))
    changed = made != x
    assert (made[changed] == mean).all()
    rows, columns = changed.all(1), changed.all(0)
    if mels > 1 and frames > 1:
        assert np.array_equal(changed, rows[:, None] | columns[None]) or x.size < 5
        assert columns.all() or rows.sum() <= times * min(9, int(0.3 * frames))
        assert rows.all() or columns.sum() <= pitches * 5


def test_widths_of_masks_are_drawn_evenly() -> None:
    x = bands(100, 4)
    config = spec_mask.Config(time_masks=1, time_frames=10, time_share=1.0, mel_masks=0)
    chance = rng(1)
    widths = [int((spec_mask.apply(config, x, chance) != x).all(1).sum()) for _ in range(2200)]
    counts = np.bincount(widths, minlength=11)
    assert counts.min() > 140  # 200 expected of each of 0 to 10, deviation 13.5
    assert counts.max() < 260


@given(st.floats(-50, 50), st.floats(-50, 50))
@settings(deadline=None, max_examples=30)
def test_tilts_add_up_and_keep_the_mean(a: float, b: float) -> None:
    x = bands()
    twice = tilt.apply(tilt.Config(b), tilt.apply(tilt.Config(a), x, rng()), rng())
    assert twice == pytest.approx(tilt.apply(tilt.Config(a + b), x, rng()), abs=1e-4)
    assert twice.mean(1) == pytest.approx(x.mean(1), abs=1e-4)
    added = 10 * (twice - x)  # bel to decibels
    assert added[:, -1] - added[:, 0] == pytest.approx(np.full(len(x), a + b), abs=1e-3)


@pytest.mark.parametrize("shift", [1.0, -3.0, 2.5, -0.25, 40.0])
def test_a_shift_on_the_mel_axis_is_that_of_scipy(shift: float) -> None:
    x = bands()
    wanted = ndimage.shift(x.astype(np.float64), (0, shift), order=1, mode="nearest")
    assert mel_shift.apply(mel_shift.Config(shift), x, rng()) == pytest.approx(wanted, abs=1e-5)


def test_masks_tilts_and_shifts_that_cannot_be_are_sentences() -> None:
    assert refused(lambda: spec_mask.Config(time_masks=-1)) == (
        "expected time_masks of at least 0; found -1; 0 leaves such masks out"
    )
    assert refused(lambda: spec_mask.Config(time_share=2)) == "expected a time_share from 0 to 1; found 2; 0.2 is usual"
    assert refused(lambda: tilt.Config(999)) == "expected a tilt_db from -100 to 100; found 999; 6 is clearly heard"
    assert refused(lambda: mel_shift.Config(float("inf"))) == (
        "expected a finite number of bands; found inf; 2 is clearly heard"
    )
