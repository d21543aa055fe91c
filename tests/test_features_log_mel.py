"""Log-mels against a plain derivation: a Fourier sum per bin, triangles drawn one by one, all in double precision."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectkit.features import log_mel

RATE_HZ = 16_000


def plain(config: log_mel.Config, sound: np.ndarray) -> np.ndarray:
    """The definition, written out."""
    window, hop = int(0.025 * RATE_HZ), int(0.010 * RATE_HZ)
    count = 1 + (len(sound) - window) // hop
    n = np.arange(window)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * n / window)
    turn = np.exp(-2j * np.pi * np.outer(np.arange(config.points // 2 + 1), n) / config.points)
    power = np.stack([np.abs(turn @ (hann * sound[i * hop : i * hop + window])) ** 2 for i in range(count)])

    def mel(hz: float) -> float:
        return hz / (200 / 3) if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)

    def hz(m: float) -> float:
        return m * 200 / 3 if m < 15 else 1000 * math.exp((m - 15) * math.log(6.4) / 27)

    ends = np.linspace(mel(config.low_hz), mel(config.high_hz), config.mels + 2)
    bands = np.zeros((config.mels, config.points // 2 + 1))
    for b in range(config.mels):
        low, middle, high = (hz(m) for m in ends[b : b + 3])
        for k in range(config.points // 2 + 1):
            at = k * RATE_HZ / config.points
            if low < at <= middle:
                bands[b, k] = (at - low) / (middle - low) * 2 / (high - low)
            elif middle < at < high:
                bands[b, k] = (high - at) / (high - middle) * 2 / (high - low)
    found = power @ bands.T
    return np.log10(found / found.mean() + 10 ** (-config.floor_db / 10))


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


@pytest.mark.parametrize("mels", [16, 64])
def test_it_is_the_definition(mels: int) -> None:
    config, sound = log_mel.Config(mels=mels), noise(4000)
    np.testing.assert_allclose(log_mel.extract(config, sound), plain(config, sound.astype(np.float64)), atol=1e-4)


@given(st.floats(1e-4, 50))
def test_the_level_changes_nothing(gain: float) -> None:
    sound = noise(3000)
    loud = log_mel.extract(log_mel.Config(), np.asarray(gain * sound, np.float32))
    np.testing.assert_allclose(loud, log_mel.extract(log_mel.Config(), sound), atol=1e-3)


def test_a_tone_is_loudest_in_the_band_around_it() -> None:
    config = log_mel.Config()
    t_s = np.arange(RATE_HZ) / RATE_HZ
    places = [
        int(log_mel.extract(config, np.sin(2 * np.pi * hz * t_s).astype(np.float32)).mean(0).argmax())
        for hz in (200, 400, 800, 1600, 3200, 6400)
    ]
    assert places == sorted(set(places))


def test_one_frame_each_hundredth_second() -> None:
    assert len(log_mel.extract(log_mel.Config(), noise(RATE_HZ))) == 98
    assert len(log_mel.extract(log_mel.Config(), noise(10))) == 1


def test_a_long_sound_is_as_its_parts_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = noise(20_000)
    whole = log_mel.extract(log_mel.Config(), sound)
    monkeypatch.setattr(log_mel, "_AT_ONCE", 7)
    np.testing.assert_allclose(log_mel.extract(log_mel.Config(), sound), whole, atol=1e-6)


def test_what_is_far_below_the_mean_is_silent() -> None:
    config = log_mel.Config(floor_db=40)
    sound = np.concatenate([noise(RATE_HZ), np.zeros(RATE_HZ, np.float32)])
    assert log_mel.extract(config, sound)[-10:].max() == pytest.approx(-4, abs=1e-3)
