"""Signs of shouting: the same at any gain, those of the formulas, and moving as a raised voice moves them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from affectkit.features import shout

RATE_HZ = 16_000
CONFIG = shout.Config()


def voice(pitch_hz: float, tilt: float = 1.0, noise: float = 0.01, seed: int = 0) -> NDArray[np.float32]:
    """0.6 s of harmonics of amplitude 1 / k ** tilt up to 7 kHz, with random phases, in noise of a share of them."""
    rng, t_s = np.random.default_rng(seed), np.arange(round(0.6 * RATE_HZ)) / RATE_HZ
    k = np.arange(1, int(7000 / pitch_hz))[:, None]
    tones = (np.sin(2 * np.pi * pitch_hz * k * t_s + rng.uniform(0, 2 * np.pi, k.shape)) / k**tilt).sum(0)
    return np.asarray(0.1 * (tones / np.std(tones) + noise * rng.normal(size=len(t_s))), np.float32)


def told(sound: NDArray[np.float32], config: shout.Config = CONFIG) -> dict[str, float]:
    return dict(zip(shout.COLUMNS, shout.extract(config, sound)[0].astype(np.float64).tolist(), strict=True))


@settings(max_examples=20, deadline=None)
@given(st.floats(90, 400), st.floats(-60, 15), st.integers(0, 9))
def test_a_gain_moves_the_level_and_nothing_else(pitch_hz: float, gain_db: float, seed: int) -> None:
    sound = voice(pitch_hz, 1.0, 0.05, seed)
    plain, other = (shout.extract(CONFIG, x)[0] for x in (sound, sound * np.float32(10 ** (gain_db / 20))))
    np.testing.assert_allclose(other[: shout.OF_VOICE], plain[: shout.OF_VOICE], rtol=1e-5, atol=1e-5)
    assert other[-1] - plain[-1] == pytest.approx(gain_db, abs=1e-3)


def test_pitch_level_and_share_are_those_of_the_sound() -> None:
    sound = voice(200)
    found = told(sound)
    assert found["pitch_semitones"] == pytest.approx(12 * np.log2(200 / 27.5), abs=0.05)
    assert found["pitch_spread_semitones"] < 0.05
    assert found["voiced"] == 1
    assert found["level_db"] == pytest.approx(10 * np.log10(np.mean(sound.astype(np.float64) ** 2)), abs=0.1)
    padded = told(np.concatenate([np.zeros(RATE_HZ, np.float32), sound]))
    assert padded["voiced"] > 0.9  # silence is not counted
    assert padded["level_db"] == pytest.approx(found["level_db"], abs=1)


def test_the_spread_is_the_deviation_of_the_pitch() -> None:
    both = np.concatenate([voice(150), voice(300)])
    assert told(both)["pitch_spread_semitones"] == pytest.approx(6, rel=0.05)  # an octave, half of it each way
    assert told(both)["pitch_semitones"] == pytest.approx(12 * np.log2(150 * 2**0.5 / 27.5), abs=0.3)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0, 2.0])
def test_the_first_harmonics_are_as_they_were_mixed(ratio: float) -> None:
    t_s = np.arange(RATE_HZ // 2) / RATE_HZ
    sound = 0.1 * np.sin(2 * np.pi * 180 * t_s) + 0.1 * ratio * np.sin(2 * np.pi * 360 * t_s + 1)
    assert told(sound.astype(np.float32))["h1_h2_db"] == pytest.approx(-20 * np.log10(ratio), abs=0.3)


@pytest.mark.parametrize("noise_db", [-10, -15, -20])  # in more noise only the better frames have a voice
def test_harmonics_to_noise_are_as_they_were_mixed(noise_db: float) -> None:
    t_s, rng = np.arange(RATE_HZ) / RATE_HZ, np.random.default_rng(0)
    tones = sum(np.sin(2 * np.pi * 160 * k * t_s) for k in (1, 2, 3))
    sound = tones / np.std(tones) + 10 ** (noise_db / 20) * rng.normal(size=len(t_s))
    assert told((0.1 * sound).astype(np.float32))["hnr_db"] == pytest.approx(-noise_db, abs=1.0)


def test_the_slope_of_white_noise_is_nothing_and_its_centre_is_in_the_middle() -> None:
    found = told(np.random.default_rng(0).normal(0, 0.1, RATE_HZ).astype(np.float32))
    assert found["tilt_db_per_khz"] == pytest.approx(0, abs=0.3)
    assert found["centroid_khz"] == pytest.approx(4, abs=0.2)
    assert (found["voiced"], found["pitch_semitones"], found["h1_h2_db"], found["hnr_db"]) == (0, 0, 0, 0)


def test_the_slope_is_that_of_a_filter() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * RATE_HZ)
    khz = np.fft.rfftfreq(len(noise), 1 / RATE_HZ) / 1000
    duller = np.fft.irfft(np.fft.rfft(noise) * 10 ** (-6 * khz / 20), len(noise))  # 6 dB less with every kHz
    found = [told(x.astype(np.float32))["tilt_db_per_khz"] for x in (noise, duller)]
    assert found[1] - found[0] == pytest.approx(-6, abs=0.2)


def test_a_shout_is_higher_flatter_and_brighter() -> None:
    spoken, shouted = told(voice(120, 1.5)), told(voice(240, 0.5))
    for name, sign in (("pitch_semitones", 1), ("tilt_db_per_khz", 1), ("centroid_khz", 1), ("h1_h2_db", -1)):
        assert sign * (shouted[name] - spoken[name]) > 0, name


def test_the_unknown_gain_is_the_sounds_own_and_spreads_as_far_as_it_may() -> None:
    unknown = shout.Config(gain_db=20)
    gains = []
    for seed in range(30):
        sound = voice(150, seed=seed)[:3200]
        plain, once, again = (shout.extract(c, sound)[0] for c in (CONFIG, unknown, unknown))
        np.testing.assert_array_equal(once, again)
        np.testing.assert_allclose(once[:-1], plain[:-1], rtol=1e-4, atol=1e-4)
        gains.append(once[-1] - plain[-1])
    assert -20.01 < min(gains) < -12 and 12 < max(gains) < 20.01
    assert np.std(gains) == pytest.approx(20 / 3**0.5, rel=0.3)


def test_silence_is_the_lowest_level_and_nothing_else() -> None:
    assert shout.extract(CONFIG, np.zeros(RATE_HZ, np.float32)).tolist() == [[0.0] * 7 + [-120.0]]
