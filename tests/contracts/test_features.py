"""What every kind of features keeps, found by scanning: form, determinism, and sense at the edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from affectkit import find
from affectkit.errors import MissingExtra
from affectkit.modalities import scene

NAMES = find.names("features")
RATE_HZ = 16_000


def voice(seconds: float = 1.0) -> np.ndarray:
    """A tone with overtones that swells and falls, in a little noise."""
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 140 * k * t_s) / k for k in range(1, 9)) * np.sin(2 * np.pi * t_s / 2) ** 2
    return np.asarray(0.1 * tone + np.random.default_rng(0).normal(0, 1e-3, len(t_s)), np.float32)


def landscape(height: int = 64, width: int = 96) -> np.ndarray:
    """A part of a drawn landscape."""
    return scene.read(scene.toy(np.random.default_rng(0)))[:height, :width]


@dataclass(frozen=True)
class Given:
    """What features of a modality are made of: the usual, the least, and nothing at all."""

    usual: Callable[[], NDArray[Any]]
    small: Sequence[NDArray[Any]]
    nothing: NDArray[Any]


GIVEN = {
    "speech": Given(voice, [voice()[5000 : 5000 + n] for n in (1, 100, 401, 2000)], np.zeros(RATE_HZ, np.float32)),
    "scene": Given(
        landscape, [landscape(*size) for size in ((1, 1), (1, 90), (3, 2), (17, 40))], np.zeros((64, 96, 3), np.uint8)
    ),
}


@pytest.fixture(scope="module", params=NAMES)
def part(request: pytest.FixtureRequest) -> ModuleType:
    found = find.load("features", request.param)
    try:
        found.extract(found.toy(), given(found).usual())
    except MissingExtra as error:
        pytest.skip(str(error))
    return found


def given(part: ModuleType) -> Given:
    return GIVEN[part.CARD["takes"]]


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_is_read_and_made(name: str) -> None:
    card = find.card("features", name)
    assert {"title", "reference", "takes", "form", "extra"} <= set(card)
    assert card["takes"] in find.names("modalities")


def test_frames_by_columns_of_finite_single_precision_or_a_picture(part: ModuleType) -> None:
    found = part.extract(part.toy(), given(part).usual())
    assert (found.dtype, found.ndim) in ((np.float32, 2), (np.uint8, 3)) and len(found) >= 1
    assert found.ndim == 2 or found.shape[2] == 3
    assert np.isfinite(found).all()
    assert found.std() > 0


def test_the_same_gives_the_same_and_stays_as_it_was(part: ModuleType) -> None:
    usual = given(part).usual()
    before = usual.copy()
    first = part.extract(part.toy(), usual)
    np.testing.assert_array_equal(first, part.extract(part.toy(), usual))
    np.testing.assert_array_equal(usual, before)


@pytest.mark.parametrize("which", range(4))
def test_little_has_the_same_columns(part: ModuleType, which: int) -> None:
    found = part.extract(part.toy(), given(part).small[which])
    assert found.shape[1] == part.extract(part.toy(), given(part).usual()).shape[1]
    assert len(found) >= 1 and np.isfinite(found).all()


def test_nothing_at_all_is_finite(part: ModuleType) -> None:
    assert np.isfinite(part.extract(part.toy(), given(part).nothing)).all()
