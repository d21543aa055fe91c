"""eGeMAPS: openSMILE's own numbers, the same at any gain where the level is made even."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from affectkit.errors import UsageError
from affectkit.features import egemaps

opensmile = pytest.importorskip("opensmile")
RATE_HZ = 16_000


def voice(gain: float = 0.1) -> NDArray[np.float32]:
    """A swelling voice at 140 Hz between two stretches of silence."""
    t_s = np.arange(RATE_HZ) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * 140 * k * t_s) / k for k in range(1, 30))
    quiet = np.zeros(RATE_HZ // 2)
    return np.concatenate([quiet, gain * tones * np.sin(np.pi * t_s), quiet]).astype(np.float32)


def test_without_levelling_the_numbers_are_those_of_the_library() -> None:
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.Functionals
    )
    frame = smile.process_signal(voice(), RATE_HZ)
    found = egemaps.extract(egemaps.Config(level="none"), voice())
    assert found.shape == (1, 88)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[0], frame.to_numpy()[0])
    assert egemaps.names() == tuple(frame.columns)
    pitch = found[0, egemaps.names().index("F0semitoneFrom27.5Hz_sma3nz_percentile50.0")]
    assert pitch == pytest.approx(12 * np.log2(140 / 27.5), abs=0.3)


@pytest.mark.parametrize("level", ["active", "peak"])
def test_a_gain_changes_nothing(level: str) -> None:
    config = egemaps.Config(level=level)
    plain, quiet = (egemaps.extract(config, voice(gain)) for gain in (0.1, 0.0005))
    np.testing.assert_allclose(quiet, plain, rtol=1e-2, atol=2e-2)
    loudness = egemaps.names().index("loudness_sma3_amean")
    as_it_is = [egemaps.extract(egemaps.Config(level="none"), voice(g))[0, loudness] for g in (0.1, 0.0005)]
    assert as_it_is[0] > 2 * as_it_is[1]


def test_the_active_frames_get_the_level_asked_for_whatever_silence_is_around() -> None:
    louder, quieter = (egemaps.extract(egemaps.Config(level_db=db), voice())[0] for db in (-15.0, -35.0))
    sound_level = egemaps.names().index("equivalentSoundLevel_dBp")
    assert louder[sound_level] - quieter[sound_level] == pytest.approx(20.0, abs=0.2)
    padded = np.concatenate([np.zeros(3 * RATE_HZ, np.float32), voice()])
    flux = egemaps.names().index("spectralFluxV_sma3nz_amean")  # of frames with a voice alone; grows with the level
    again = egemaps.extract(egemaps.Config(level_db=-15.0), padded)[0]
    assert louder[flux] > 1.5 * quieter[flux]
    assert again[flux] == pytest.approx(louder[flux], rel=0.05)


@pytest.mark.parametrize("sound", [np.zeros(RATE_HZ), np.zeros(1), voice()[9000:9100], voice()[9000:9001]])
def test_silence_and_the_shortest_sounds_have_numbers(sound: NDArray[np.floating]) -> None:
    found = egemaps.extract(egemaps.Config(), sound.astype(np.float32))
    assert found.shape == (1, 88)
    assert np.isfinite(found).all()


def test_another_level_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        egemaps.extract(egemaps.Config(level="loud"), voice())
    assert str(caught.value) == "expected a level among active, peak, none; found 'loud'; correct `level`"
