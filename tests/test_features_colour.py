"""Brightness, colourfulness, saturation, hue: hand-worked pictures, the paper's formula, what must not matter."""

from __future__ import annotations

import colorsys
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.errors import UsageError
from affectkit.features import colour
from affectkit.features.colour import Picture

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


def of(*pixels: tuple[int, int, int]) -> Picture:
    """A picture of one row with these pixels."""
    return np.asarray([pixels], np.uint8)


def noise(seed: int) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (7, 9, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("pixels", "hsv", "luma"),
    [
        ([(0, 0, 0)], 0.0, 0.0),
        ([(255, 255, 255)], 1.0, 1.0),
        ([RED], 1.0, 0.299),
        ([GREEN], 1.0, 0.587),
        ([BLUE, (0, 0, 0)], 0.5, 0.057),
        ([(51, 102, 153)], 0.6, (0.299 * 51 + 0.587 * 102 + 0.114 * 153) / 255),
    ],
)
def test_brightness_by_hand(pixels: list[tuple[int, int, int]], hsv: float, luma: float) -> None:
    assert colour.brightness(of(*pixels)) == pytest.approx(hsv)
    assert colour.brightness(of(*pixels), "luma") == pytest.approx(luma)


def test_another_mode_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        colour.brightness(of(RED), "lab")
    assert str(caught.value) == "expected a mode among hsv, luma; found 'lab'; correct `mode`"


def test_colourfulness_by_hand() -> None:
    # one colour has no spread: .3 times how far red is from grey, rg = 255, yb = 127.5
    assert colour.colourfulness(of(RED)) == pytest.approx(0.3 * (255**2 + 127.5**2) ** 0.5)
    # red and green: rg is 255 and -255, yb is 127.5 for both
    assert colour.colourfulness(of(RED, GREEN)) == pytest.approx(255 + 0.3 * 127.5)
    assert colour.colourfulness(of((9, 9, 9), (200, 200, 200))) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_colourfulness_is_the_papers_formula(seed: int) -> None:
    pixels = [[float(v) for v in p] for p in noise(seed).reshape(-1, 3)]
    rg, yb = [r - g for r, g, _ in pixels], [0.5 * (r + g) - b for r, g, b in pixels]
    spread = (statistics.pvariance(rg) + statistics.pvariance(yb)) ** 0.5
    mean = (statistics.fmean(rg) ** 2 + statistics.fmean(yb) ** 2) ** 0.5
    assert colour.colourfulness(noise(seed)) == pytest.approx(spread + 0.3 * mean)


@pytest.mark.parametrize("seed", range(3))
def test_saturation_and_brightness_are_those_of_the_standard_library(seed: int) -> None:
    each = [colorsys.rgb_to_hsv(*(v / 255 for v in p)) for p in noise(seed).reshape(-1, 3).tolist()]
    assert colour.saturation(noise(seed)) == pytest.approx(statistics.fmean(s for _, s, _ in each))
    assert colour.brightness(noise(seed)) == pytest.approx(statistics.fmean(v for _, _, v in each))
    assert colour.saturation(of((0, 0, 0))) == 0.0


@pytest.mark.parametrize(
    ("pixels", "degrees", "concentration"),
    [
        ([RED], 0.0, 1.0),
        ([YELLOW], 60.0, 1.0),
        ([GREEN], 120.0, 1.0),
        ([BLUE], 240.0, 1.0),
        ([RED, GREEN], 60.0, 0.5),  # two arrows 120 degrees apart are as long as one
        ([RED, BLUE], 300.0, 0.5),  # the mean of 0 and 240 is not 120
        ([RED, GREEN, BLUE], 0.0, 0.0),
        ([(128, 128, 128), RED], 0.0, 1.0),
        ([(77, 77, 77)], 0.0, 0.0),
    ],
)
def test_hue_is_an_angle(pixels: list[tuple[int, int, int]], degrees: float, concentration: float) -> None:
    found = colour.hue(of(*pixels))
    assert found[1] == pytest.approx(concentration, abs=1e-9)
    assert (found[0] - degrees + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99))
def test_turning_the_channels_turns_the_hue(seed: int) -> None:
    first, turned = colour.hue(noise(seed)), colour.hue(np.roll(noise(seed), 1, 2))  # red's values are now green's
    assert (turned[0] - first[0] - 120 + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
    assert turned[1] == pytest.approx(first[1])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99))
def test_where_a_pixel_lies_does_not_matter(seed: int) -> None:
    mixed = np.random.default_rng(seed).permutation(noise(seed).reshape(-1, 3)).reshape(9, 7, 3)
    told, other = (colour.extract(colour.Config(), p) for p in (noise(seed), mixed))
    assert told.shape == (1, 6) and told.dtype == np.float32
    np.testing.assert_allclose(told, other, atol=1e-6)
    assert (told[:, :4] >= 0).all() and (np.abs(told) <= 1).all()


def test_the_row_is_what_the_functions_say() -> None:
    [row] = colour.extract(colour.Config(), of(RED, GREEN))
    wanted = (1.0, (0.299 + 0.587) / 2, 1.0, 1.0, 0.5 * np.cos(np.pi / 3), 0.5 * np.sin(np.pi / 3))
    np.testing.assert_allclose(row, wanted, atol=1e-6)  # more than extremely colourful is 1
