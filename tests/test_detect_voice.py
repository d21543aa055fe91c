"""Voice activity on sounds of known content: what is steady is noise, whatever the level; what is not, is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.detect import voice

RATE_HZ = 16_000
TOY, WHERE = voice.toy(np.random.default_rng(0))


def told(sound: np.ndarray) -> list[tuple[float, float]]:
    return list(voice.spans(voice.Config(), [sound.astype(np.float32)]))


def times(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def test_what_is_steady_is_no_speech() -> None:
    rng = np.random.default_rng(0)
    assert told(rng.normal(0, 0.05, 6 * RATE_HZ)) == []  # a fan
    assert told(0.3 * np.sin(2 * np.pi * 1000 * times(6))) == []  # a tone
    assert told(np.full(6 * RATE_HZ, 0.4)) == []  # nothing but an offset
    assert told(0.2 * np.sign(np.sin(2 * np.pi * 50 * times(6)))) == []  # the mains
    assert told(rng.integers(-1, 2, 6 * RATE_HZ) / 32768) == []  # the noise of 16 bits


@settings(max_examples=30, deadline=None)
@given(st.floats(-30, 20))
def test_the_level_of_the_recording_changes_nothing(gain_db: float) -> None:
    assert told(TOY * 10 ** (gain_db / 20)) == told(TOY)


def test_a_recording_below_minus_fifty_decibels_is_heard() -> None:
    quiet = TOY * 10 ** (-40 / 20)
    assert 20 * np.log10(np.sqrt(np.mean(quiet**2))) < -60
    found = told(np.round(quiet * 32768) / 32768)  # in 16 bits
    assert len(found) == len(WHERE)
    for (start_s, end_s), (own_start_s, own_end_s) in zip(found, WHERE, strict=True):
        assert abs(start_s - own_start_s) < 0.2 and abs(end_s - own_end_s) < 0.2


@pytest.mark.parametrize("name", ["offset", "clipped", "hum", "telephone"])
def test_faults_of_recordings_move_no_edge_far(name: str) -> None:
    faulty = {
        "offset": TOY + 0.3,
        "clipped": np.clip(20 * TOY, -1, 1),
        "hum": TOY + 0.05 * np.sin(2 * np.pi * 50 * times(5)),
        "telephone": np.repeat(TOY[::2], 2),
    }[name]
    found = told(faulty)
    assert len(found) == len(WHERE)
    assert np.abs(np.asarray(found) - told(TOY)).max() <= 0.15


def test_speech_in_noise_is_found_while_it_stands_out() -> None:
    rng, power = np.random.default_rng(1), float(np.mean(TOY[16_000:28_000] ** 2))
    for snr_db in (20, 10):
        loud = TOY + rng.normal(0, np.sqrt(power / 10 ** (snr_db / 10)), len(TOY))
        found = told(loud)
        inside = sum(max(0.0, min(b, d) - max(a, c)) for a, b in found for c, d in WHERE)
        assert inside > 0.8 * sum(b - a for a, b in WHERE)
        assert sum(b - a for a, b in found) < sum(b - a for a, b in WHERE) + 1.0


def test_a_click_is_no_speech_and_a_short_gap_is_closed() -> None:
    rng = np.random.default_rng(0)
    quiet = rng.normal(0, 3e-4, 4 * RATE_HZ)
    click = quiet.copy()
    click[32_000:32_300] += 0.5
    assert told(click) == []
    word = TOY[16_000:28_800]
    for gap_s, words in ((0.2, 1), (0.9, 2)):
        gap = rng.normal(0, 3e-4, round(gap_s * RATE_HZ))
        assert len(told(np.concatenate([quiet, word, gap, word, quiet]))) == words


def test_it_goes_on_after_a_louder_part_and_a_long_silence() -> None:
    quiet = np.random.default_rng(0).normal(0, 3e-4, 40 * RATE_HZ)
    found = told(np.concatenate([3 * TOY, quiet, TOY, TOY + 0.1]))
    starts_s = [start_s for start_s, _ in found]
    assert starts_s == pytest.approx([0.9, 2.9, 45.9, 47.9, 50.9, 52.9], abs=0.1)


def test_what_it_keeps_does_not_grow() -> None:
    listener, sizes = voice.Listener(voice.Config()), []
    for _ in range(30):
        listener.hear(TOY)
        kept = [v for v in vars(listener).values() if isinstance(v, np.ndarray)]
        sizes.append(sum(v.nbytes for v in kept))
    assert max(sizes) == max(sizes[:8]) < 50_000


@given(st.lists(st.floats(-120, 0), min_size=1, max_size=40), st.floats(0, 100))
def test_a_percentile_is_numpys(values: list[float], percent: float) -> None:
    assert voice._percentile(np.sort(values), percent) == pytest.approx(np.percentile(values, percent), abs=1e-9)
