"""What every kind of features keeps, found by scanning: form, determinism, and sense at the edges."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from affectkit import find
from affectkit.errors import MissingExtra

NAMES = find.names("features")
RATE_HZ = 16_000


@pytest.fixture(scope="module", params=NAMES)
def part(request: pytest.FixtureRequest) -> ModuleType:
    found = find.load("features", request.param)
    try:
        found.extract(found.toy(), voice())
    except MissingExtra as error:
        pytest.skip(str(error))
    return found


def voice(seconds: float = 1.0) -> np.ndarray:
    """A tone with overtones that swells and falls, in a little noise."""
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 140 * k * t_s) / k for k in range(1, 9)) * np.sin(2 * np.pi * t_s / 2) ** 2
    return np.asarray(0.1 * tone + np.random.default_rng(0).normal(0, 1e-3, len(t_s)), np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_is_read_and_made(name: str) -> None:
    card = find.card("features", name)
    assert {"title", "reference", "takes", "form", "extra"} <= set(card)
    assert card["takes"] in find.names("modalities")


def test_frames_by_columns_of_finite_single_precision(part: ModuleType) -> None:
    found = part.extract(part.toy(), voice())
    assert found.dtype == np.float32 and found.ndim == 2 and len(found) >= 1
    assert np.isfinite(found).all()
    assert found.std() > 0


def test_the_same_sound_gives_the_same_and_stays_as_it_was(part: ModuleType) -> None:
    sound = voice()
    before = sound.copy()
    first = part.extract(part.toy(), sound)
    np.testing.assert_array_equal(first, part.extract(part.toy(), sound))
    np.testing.assert_array_equal(sound, before)


@pytest.mark.parametrize("samples", [1, 100, 401, 2000])
def test_a_short_sound_has_the_same_columns(part: ModuleType, samples: int) -> None:
    found = part.extract(part.toy(), voice()[5000 : 5000 + samples])
    assert found.shape[1] == part.extract(part.toy(), voice()).shape[1]
    assert len(found) >= 1 and np.isfinite(found).all()


def test_silence_is_finite(part: ModuleType) -> None:
    assert np.isfinite(part.extract(part.toy(), np.zeros(RATE_HZ, np.float32))).all()
