"""Pitch, level, brightness and rate of voices that are known because they are made here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from affectkit.features import prosody

RATE_HZ = 16_000
CONFIG = prosody.Config()


def voice(pitch_hz: float, tilt: float = 1.0, noise: float = 0.0, duration_s: float = 1.0) -> NDArray[np.float32]:
    """Harmonics up to 7 kHz with random phases, mean power 0.01, and noise of `noise` times their deviation."""
    rng, t_s = np.random.default_rng(0), np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    k = np.arange(1, int(7000 / pitch_hz))[:, None]
    phase = rng.uniform(0, 2 * np.pi, k.shape)
    tones = (np.sin(2 * np.pi * pitch_hz * k * t_s + phase) / k**tilt).sum(0)
    return np.asarray(0.1 * (tones / np.std(tones) + noise * rng.normal(size=len(t_s))), np.float32)


@settings(max_examples=40, deadline=None)
@given(st.floats(65, 590), st.sampled_from((0.5, 1.0, 2.0)), st.sampled_from((0.0, 0.1)))
def test_the_pitch_of_every_frame_is_right_within_one_percent(pitch_hz: float, tilt: float, noise: float) -> None:
    found = prosody.extract(CONFIG, voice(pitch_hz, tilt, noise, 0.4))[:, 0]
    assert (found > 0).all()
    assert np.abs(found / pitch_hz - 1).max() < 0.01


def test_a_glide_is_followed() -> None:
    t_s = np.arange(2 * RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * (100 * t_s + 50 * t_s**2 / 2)  # from 100 to 200 Hz
    k = np.arange(1, 20)[:, None]
    found = prosody.extract(CONFIG, np.asarray(0.1 * (np.sin(k * phase) / k).sum(0), np.float32))[:, 0]
    middle_s = np.arange(len(found)) * CONFIG.hop_s + (0.025 + 1 / 150) / 2
    assert np.abs(found / (100 + 50 * middle_s) - 1).max() < 0.01


@settings(max_examples=20, deadline=None)
@given(st.floats(-60, 20))
def test_a_gain_moves_the_level_and_nothing_else(gain_db: float) -> None:
    t_s = np.arange(RATE_HZ) / RATE_HZ
    sound = voice(140, noise=0.05) * (0.05 + np.sin(2 * np.pi * 3 * t_s) ** 2).astype(np.float32)
    plain, loud = (
        prosody.measures(CONFIG, prosody.extract(CONFIG, x.astype(np.float32)))
        for x in (sound, sound * 10 ** (gain_db / 20))
    )
    assert loud["level_db"] - plain["level_db"] == pytest.approx(gain_db, abs=1e-3)
    for name in set(prosody.UNITS) - {"level_db"}:
        assert loud[name] == pytest.approx(plain[name], abs=1e-3), name


def test_level_and_brightness_are_those_of_the_formula() -> None:
    t_s = np.arange(RATE_HZ) / RATE_HZ
    sound = 0.1 * np.sin(2 * np.pi * 200 * t_s) + 0.01 * np.sin(2 * np.pi * 2000 * t_s)
    told = prosody.measures(CONFIG, prosody.extract(CONFIG, sound.astype(np.float32)))
    assert told["level_db"] == pytest.approx(10 * np.log10((0.1**2 + 0.01**2) / 2), abs=0.1)
    assert told["high_db"] == pytest.approx(20 * np.log10(0.01 / 0.1), abs=0.1)
    assert told["pitch_semitones"] == pytest.approx(12 * np.log2(200 / 27.5), abs=0.05)
    assert told["pitch_range_semitones"] < 0.1


@pytest.mark.parametrize("rate_per_s", [2, 3, 4, 5, 6])
def test_syllables_are_counted(rate_per_s: int) -> None:
    t_s = np.arange(4 * RATE_HZ) / RATE_HZ
    sound = voice(120, duration_s=4) * (0.05 + np.sin(np.pi * rate_per_s * t_s) ** 2)
    told = prosody.measures(CONFIG, prosody.extract(CONFIG, sound.astype(np.float32)))
    assert told["rate_per_s"] == pytest.approx(rate_per_s, rel=0.05)
    padded = np.concatenate([np.zeros(RATE_HZ), sound, np.zeros(RATE_HZ)]).astype(np.float32)
    again = prosody.measures(CONFIG, prosody.extract(CONFIG, padded))
    assert again["rate_per_s"] == pytest.approx(told["rate_per_s"], rel=0.05)  # silence around does not slow it down


def test_the_range_of_pitch_is_from_the_tenth_to_the_ninetieth_percentile() -> None:
    frames = np.tile(np.asarray([[0.0, -20.0, -10.0]], np.float32), (101, 1))
    frames[:, 0] = 100 * 2 ** (np.linspace(0, 10, 101) / 12)
    assert prosody.measures(CONFIG, frames)["pitch_range_semitones"] == pytest.approx(8.0, abs=1e-4)


def test_what_has_no_voice_has_no_measures() -> None:
    rng = np.random.default_rng(0)
    for sound in (np.zeros(RATE_HZ), rng.normal(0, 0.1, RATE_HZ), np.full(RATE_HZ, 0.5), np.zeros(1)):
        frames = prosody.extract(CONFIG, sound.astype(np.float32))
        assert np.isfinite(frames).all()
        assert (frames[:, 0] == 0).all()
        assert prosody.measures(CONFIG, frames) == {}


def test_a_far_hum_is_no_voice_and_a_click_hides_none() -> None:
    sound = np.concatenate([np.zeros(RATE_HZ // 2, np.float32), voice(150)])
    sound[: RATE_HZ // 2] = 1e-4 * voice(300)[: RATE_HZ // 2]  # a far-away hum, 80 dB below
    found = prosody.extract(CONFIG, sound)[:, 0]
    assert (found[:40] == 0).all()
    assert found[60:] == pytest.approx(np.full(len(found) - 60, 150), rel=0.01)
    clicked = voice(150).copy()
    clicked[:80] = np.sign(clicked[:80]) * 30.0
    assert (prosody.extract(CONFIG, clicked)[10:, 0] > 0).all()


def test_form_and_blocks() -> None:
    long = np.tile(voice(110), 12)  # more frames than are read at once
    frames = prosody.extract(CONFIG, long)
    assert frames.dtype == np.float32
    assert frames.shape[1] == len(prosody.COLUMNS)
    assert len(frames) == pytest.approx(12 / CONFIG.hop_s, abs=5)
    assert frames[:, 0] == pytest.approx(np.full(len(frames), 110), rel=0.01)
    assert prosody.extract(CONFIG, long[:10]).shape == (1, 3)
    assert set(prosody.measures(CONFIG, frames)) == set(prosody.UNITS)
