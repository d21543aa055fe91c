"""Words for a voice: right way round, the number behind each, silence where nothing differs."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectkit.errors import DataError
from affectkit.features import prosody
from affectkit.language import voice

CALM = [
    {"level_db": -30.0 + d, "pitch_semitones": 26.0 + 0.5 * d, "rate_per_s": 4.0 + 0.1 * d} for d in (-2, -1, 0, 1, 2)
]


def test_the_words_say_which_way_and_how_far_the_farthest_first() -> None:
    own = voice.usual(CALM)
    found = voice.phrases({"level_db": -25.8, "pitch_semitones": 29.1, "rate_per_s": 4.1}, own)
    assert voice.sentence(found) == "higher (+3.1 semitones) and louder (+4.2 dB) than this speaker's usual"
    assert [p.measure for p in found] == ["pitch_semitones", "level_db"]
    assert found[0].value == 29.1
    assert found[0].usual == 26.0
    assert found[0].spreads == pytest.approx(3.1)  # beside one semitone, as the speaker's spread is less
    assert found[1].spreads == pytest.approx(4.2 / 1.4826)
    less = voice.phrases({"level_db": -36.0, "pitch_semitones": 26.0, "rate_per_s": 2.0}, own)
    assert voice.sentence(less) == "quieter (-6.0 dB) and slower (-2.0 syllables per second) than this speaker's usual"


def test_three_phrases_are_joined_and_more_are_left_out() -> None:
    own = {name: voice.Usual(10.0, 1.0, 9) for name in prosody.UNITS}
    found = voice.phrases(dict.fromkeys(prosody.UNITS, 16.0) | {"high_db": 2.0, "rate_per_s": 17.0}, own)
    assert len(found) == 3
    text = "faster (+7.0 syllables per second), higher (+6.0 semitones) and louder (+6.0 dB) than this speaker's usual"
    assert voice.sentence(found) == text
    assert len(voice.phrases(dict.fromkeys(prosody.UNITS, 16.0), own, most=6)) == 6


def test_nothing_is_said_of_what_is_usual_too_little_or_unknown() -> None:
    own = voice.usual(CALM)
    assert voice.sentence(voice.phrases(CALM[2], own)) == "as usual for this speaker"
    even = voice.usual([{"level_db": -30.0}] * 9)
    assert voice.phrases({"level_db": -29.5}, even) == ()  # nobody hears half a decibel
    assert [str(p) for p in voice.phrases({"level_db": -28.0}, even)] == ["louder (+2.0 dB)"]
    wide = {"level_db": voice.Usual(-30.0, 6.0, 20)}
    assert voice.phrases({"level_db": -26.0}, wide) == ()  # this speaker is often as loud
    assert voice.phrases({"high_db": 20.0}, own) == ()
    assert voice.usual(CALM[:4]) == {}
    assert voice.phrases({}, own) == ()


def test_bad_measures_are_told() -> None:
    with pytest.raises(DataError) as caught:
        voice.usual([{"mood": 1.0}] * 9)
    known = "level_db, pitch_semitones, rate_per_s, pitch_range_semitones, level_range_db, high_db"
    assert str(caught.value) == f"expected measures among {known}; found 'mood'; leave the others out"
    with pytest.raises(DataError) as caught:
        voice.phrases({"level_db": float("nan")}, voice.usual(CALM))
    said = "expected a finite number for level_db; found nan; leave out what was not measured"
    assert str(caught.value) == said


def test_every_measure_has_words_and_a_unit() -> None:
    own = {name: voice.Usual(0.0, 1.0, 9) for name in prosody.UNITS}
    for name, unit in prosody.UNITS.items():
        (up,), (down,) = (voice.phrases({name: value}, own) for value in (9.0, -9.0))
        assert str(up).endswith(f"(+9.0 {unit})")
        assert str(down).endswith(f"(-9.0 {unit})")
        assert up.word != down.word


VALUES = st.floats(-60, 60, allow_nan=False)


@given(st.lists(VALUES, min_size=5, max_size=30), VALUES, st.floats(-20, 20))
def test_a_shift_of_all_levels_changes_no_word(levels: list[float], level: float, shift: float) -> None:
    here, there = (
        voice.phrases({"level_db": level + s}, voice.usual([{"level_db": v + s} for v in levels])) for s in (0.0, shift)
    )
    median = statistics.median(levels)
    away = abs(level - median)
    spread = 1.4826 * statistics.median(abs(v - median) for v in levels)
    if abs(away - max(1.0, spread)) > 1e-6:  # at the border itself, rounding may decide
        assert bool(here) == (away > max(1.0, spread))
        assert [p.word for p in here] == [p.word for p in there]
    for phrase in here:
        assert phrase.difference == pytest.approx(level - median)
        assert phrase.word == ("louder" if level > median else "quieter")


def test_a_raised_voice_is_told_from_the_sound_itself() -> None:
    """Ten stretches of a voice at 120 Hz and one three semitones up, twice as strong, on which the words rest."""
    rng, t_s, config = np.random.default_rng(0), np.arange(16_000) / 16_000, prosody.Config()

    def said(pitch_hz: float, strength: float) -> dict[str, float]:
        harmonics = sum(np.sin(2 * np.pi * pitch_hz * k * t_s) / k for k in range(1, 40))
        sound = strength * (0.1 + np.sin(2 * np.pi * 2 * t_s) ** 2) * harmonics
        return prosody.measures(config, prosody.extract(config, sound.astype(np.float32)))

    own = voice.usual([said(120 * 2 ** (rng.normal(0, 0.5) / 12), 0.05 * rng.uniform(0.9, 1.1)) for _ in range(10)])
    raised = said(120 * 2 ** (3 / 12), 0.1)
    found = {p.measure: p for p in voice.phrases(raised, own)}
    assert set(found) == {"level_db", "pitch_semitones"}
    assert found["level_db"].word == "louder"
    assert found["level_db"].difference == pytest.approx(6.0, abs=0.6)
    assert found["pitch_semitones"].word == "higher"
    assert found["pitch_semitones"].difference == pytest.approx(3.0, abs=0.6)
