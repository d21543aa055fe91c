"""Pictures changed in known ways: a mirror, a quarter turn, a move by whole pixels, light by its formula, covers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from affectkit.augment import cutout, light, placing
from affectkit.errors import DataError

STILL = {"degrees": 0.0, "scale": 0.0, "shift": 0.0, "mirrored": 0.0}


def pictures(n: int = 4, height: int = 21, width: int = 21) -> Any:
    return np.random.default_rng(0).integers(0, 256, (n, height, width, 3), np.uint8)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def warped(given: Any, degrees: float = 0.0, factor: float = 1.0, shift: tuple[float, float] = (0, 0)) -> Any:
    import cv2

    (way,) = placing.ways(
        given.shape[:2], np.radians([degrees]), np.asarray([factor]), np.asarray([shift]), np.asarray([1.0])
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(given, way, given.shape[1::-1], None, flags, cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(("height", "width"), [(21, 21), (20, 31)])
def test_a_mirrored_picture_is_the_mirrored_picture(height: int, width: int) -> None:
    given = pictures(height=height, width=width)
    made = placing.batch(placing.Config(**STILL | {"mirrored": 1.0}), given, rng())
    np.testing.assert_array_equal(made, given[:, :, ::-1])
    np.testing.assert_array_equal(placing.batch(placing.Config(**STILL), given, rng()), given)


def test_a_quarter_turn_to_the_right() -> None:
    given = pictures()[0]
    np.testing.assert_array_equal(warped(given, degrees=90), np.rot90(given, -1))


def test_a_move_by_whole_pixels_repeats_the_edge() -> None:
    given = pictures()[0]
    made = warped(given, shift=(3, 1))
    np.testing.assert_array_equal(made[1:, 3:], given[:-1, :-3])
    np.testing.assert_array_equal(made[0, 3:], given[0, :-3])


def test_twice_as_large_the_middle_stays() -> None:
    given = np.zeros((21, 21, 3), np.uint8)
    given[8:13, 8:13] = 200
    made = warped(given, factor=2.0)
    assert (made[10, 10] == 200).all()
    assert made.astype(float).sum() == pytest.approx(4 * given.astype(float).sum(), rel=0.05)


def test_each_picture_of_a_batch_is_placed_for_itself_within_bounds() -> None:
    given = np.repeat(pictures(1), 300, 0)
    made = placing.batch(placing.Config(**STILL | {"mirrored": 0.5}), given, rng())
    turned = [(one == given[0, :, ::-1]).all() for one in made]
    assert 110 < sum(turned) < 190
    assert all((one == given[0]).all() or turned[i] for i, one in enumerate(made))


def test_light_is_the_formula() -> None:
    given = pictures(6)
    config = light.Config(0.3, 0.5, 0.4)
    made, again = light.batch(config, given, rng(3)), rng(3)
    added, contrast, gamma = again.uniform(-0.3, 0.3, 6), *(again.uniform(-1, 1, 6) for _ in range(2))
    for i, one in enumerate(given):
        power = 1.4 ** gamma[i]
        middle = (one.mean() / 255) ** power
        wanted = ((one / 255) ** power - middle) * 1.5 ** contrast[i] + middle + added[i]
        np.testing.assert_array_equal(made[i], np.round(np.clip(wanted, 0, 1) * 255))
    np.testing.assert_array_equal(light.batch(light.Config(0, 0, 0), given, rng()), given)


def test_what_covers_a_face_has_its_size_and_the_mean_colour() -> None:
    given = pictures(200, 20, 30)
    made = cutout.batch(cutout.Config(side=0.5, covered=0.5), given, rng())
    touched = (made != given).any(3)
    some = touched.any((1, 2))
    assert 70 < some.sum() < 130
    for i in np.flatnonzero(some):
        rows, columns = np.flatnonzero(touched[i].any(1)), np.flatnonzero(touched[i].any(0))
        assert len(rows) <= 10 and len(columns) <= 15, "less only at the edge"
        block = made[i, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert np.abs(block - given[i].mean((0, 1))).max() <= 0.5
    assert max(touched[i].sum() for i in np.flatnonzero(some)) > 130
    np.testing.assert_array_equal(cutout.batch(cutout.Config(covered=0.0), given, rng()), given)


@pytest.mark.parametrize("part", [placing, light, cutout])
def test_one_picture_is_a_batch_of_one(part: Any) -> None:
    given = pictures(1)
    np.testing.assert_array_equal(part.apply(part.toy(), given[0], rng(5)), part.batch(part.toy(), given, rng(5))[0])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: placing.Config(degrees=-1), "expected degrees from 0 to 180; found -1; 0 leaves it out"),
        (lambda: placing.Config(mirrored=2), "expected mirrored from 0 to 1; found 2; 0 leaves it out"),
        (lambda: light.Config(gamma=-0.5), "expected gamma of at least 0; found -0.5; 0 leaves it out"),
        (lambda: cutout.Config(side=1.5), "expected a share from 0 to 1 for side; found 1.5; 0.3 of a side is usual"),
    ],
)
def test_a_setting_out_of_range_is_a_sentence(make: Any, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        make()
    assert str(caught.value) == sentence
