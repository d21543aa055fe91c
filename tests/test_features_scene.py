"""Numbers of pictures: patterns by their definition, covariances by another way, and what must not matter."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from affectkit.features import scene
from affectkit.features.scene import Numbers, Picture
from affectkit.modalities import scene as modality

CONFIG = scene.Config()
WHOLE = sum(scene.BLOCKS.values())
PIXELS = WHOLE + scene.PATCHES * scene.PATCH
"""Where the picture itself begins."""


def drawn(seed: int = 0, width: int = 240, height: int = 192) -> Picture:
    """A synthetic landscape, made larger."""
    return np.asarray(cv2.resize(modality.read(modality.toy(np.random.default_rng(seed))), (width, height)))


def blocks(picture: Picture) -> dict[str, Numbers]:
    whole = scene.extract(CONFIG, picture)[0, :WHOLE]
    return dict(zip(scene.BLOCKS, np.split(whole, np.cumsum(list(scene.BLOCKS.values()))[:-1]), strict=True))


def patches(picture: Picture) -> Numbers:
    return scene.extract(CONFIG, picture)[0, WHOLE:PIXELS].reshape(scene.PATCHES, scene.PATCH)


def test_the_row_is_as_long_as_the_blocks_and_patches_say() -> None:
    found = scene.extract(CONFIG, drawn())
    assert found.shape == (1, PIXELS + 48 * 60 * 3) and found.dtype == np.float32


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 99))
def test_a_mirror_image_has_the_same_numbers_and_patches(seed: int) -> None:
    picture = drawn(seed)
    one, other = (scene.extract(CONFIG, p)[0] for p in (picture, np.ascontiguousarray(picture[:, ::-1])))
    np.testing.assert_allclose(one[:WHOLE], other[:WHOLE], atol=1e-6)
    half = scene.PATCHES // 2
    np.testing.assert_array_equal(patches(picture)[:half], patches(np.ascontiguousarray(picture[:, ::-1]))[half:])


@pytest.mark.parametrize("times", [2, 4])
def test_size_hardly_matters(times: int) -> None:
    small, large = (scene.extract(CONFIG, drawn(1, 240 * n, 192 * n))[0, :WHOLE] for n in (1, times))
    other = scene.extract(CONFIG, drawn(2))[0, :WHOLE]
    assert np.abs(small - large).mean() < 0.3 * np.abs(small - other).mean()


def test_one_colour_is_called_by_its_name_everywhere() -> None:
    red = np.full((50, 70, 3), scene._COLOURS[3], np.uint8)
    found = blocks(red)["colours"].reshape(8, -1) ** 2
    everywhere, smooth, between, rough = found[:4]
    assert everywhere.argmax() == 3 and everywhere[3] > 0.9
    np.testing.assert_allclose(everywhere.sum(), 1, atol=1e-5)
    np.testing.assert_allclose(found[4:], np.broadcast_to(everywhere, (4, 13)), atol=1e-5)
    assert smooth.sum() > 0.95 and between.sum() < 0.05 and rough.sum() < 0.01
    # of one value no neighbour is darker: the last of the patterns that change at most twice, all eight set
    assert blocks(red)["texture"].reshape(3, -1)[:, 57].tolist() == [1, 1, 1]


def test_top_and_bottom_are_told_apart_and_rough_from_smooth() -> None:
    picture = np.zeros((192, 240, 3), np.uint8)
    picture[96:] = 255
    top, middle, bottom, _ = blocks(picture)["colours"].reshape(8, -1)[4:] ** 2
    assert top[0] > 0.95 and bottom[2] > 0.95 and abs(middle[0] - middle[2]) < 0.05
    noise = np.random.default_rng(0).choice(np.asarray([0, 255], np.uint8), (192, 240, 1)).repeat(3, 2)
    _, smooth, _, rough = blocks(noise)["colours"].reshape(8, -1)[:4] ** 2
    assert rough.sum() > 0.95 and smooth.sum() < 0.01


def test_patterns_are_those_of_the_definition() -> None:
    grey = np.random.default_rng(0).integers(0, 6, (9, 11)).astype(np.uint8)
    ring = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    names: dict[int, tuple[int, ...] | None] = {}
    found = scene._patterns(grey)
    assert found.shape == (7, 9)
    for y in range(7):
        for x in range(9):
            bits = tuple(int(grey[1 + y + dy, 1 + x + dx] >= grey[1 + y, 1 + x]) for dy, dx in ring)
            uniform = sum(bits[i] != bits[i - 1] for i in range(8)) <= 2
            assert (found[y, x] < 58) == uniform
            if uniform:  # one number, one pattern
                assert names.setdefault(int(found[y, x]), bits) == bits
    assert sorted(set(scene._uniform().tolist())) == list(range(59))


def test_lines_of_patches_lie_across_the_stripes() -> None:
    stripes = np.tile(np.asarray([0, 0, 0, 0, 255, 255, 255, 255], np.uint8).repeat(3), (192, 30)).reshape(192, 240, 3)
    upright, level = (
        patches(p)[:, : 4 * 9].reshape(-1, 4, 9).mean((0, 1))
        for p in (stripes, np.ascontiguousarray(np.rot90(stripes)))
    )
    assert upright[0] + upright[8] > 5 * upright[3:6].sum()  # brightness changes from left to right, at 0 degrees
    assert level[4] > 5 * (level[:2].sum() + level[7:].sum())


def test_patches_know_their_colour_and_place() -> None:
    found = patches(np.full((192, 240, 3), (255, 0, 0), np.uint8))
    lab = cv2.cvtColor(np.full((1, 1, 3), (255, 0, 0), np.uint8), cv2.COLOR_RGB2LAB)[0, 0] / 255
    np.testing.assert_allclose(found[:, 36:48], np.tile(lab, (len(found), 4)), atol=1e-6)
    np.testing.assert_allclose(found[:, 48:51], 0, atol=1e-3)
    assert found[:, 51].min() == pytest.approx(0.5 / 15) and found[0, 51] < found[284, 51]
    assert found[:, 52].min() == pytest.approx(0, abs=1e-6) and found[:, 52].max() < 0.5


def test_the_covariance_is_the_logarithm_of_the_moments() -> None:
    rows = np.random.default_rng(0).random((300, scene.PATCH)).astype(np.float32)
    logarithm = np.zeros((25, 25))
    logarithm[np.triu_indices(25)] = scene._covariance(rows)
    logarithm += np.triu(logarithm, 1).T
    moments = expm(logarithm)
    lines, means = rows[:, :36].reshape(-1, 4, 9).astype(np.float64), rows[:, 36:48].reshape(-1, 4, 3)
    strength, spread = np.linalg.norm(lines, axis=2), means.std(1)
    each = np.hstack([lines.mean(1), strength, means.mean(1), spread, rows[:, 48:]]) / scene._USUAL
    np.testing.assert_allclose(moments[-1, :-1], each.mean(0), rtol=1e-3)
    assert moments[-1, -1] == pytest.approx(1, abs=0.01)  # what varies least is made to vary by .01
    wanted = (each.T @ each) / len(each) + 0.1 * np.eye(24)
    np.testing.assert_allclose(moments[:-1, :-1], wanted, rtol=5e-3, atol=0.01)  # n - 1 for n


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 2), (4, 4), (2000, 3000)])
def test_any_size_gives_finite_numbers(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert np.isfinite(scene.extract(CONFIG, picture)).all()


def test_grey_pictures_have_no_colour() -> None:
    grey = np.asarray([0, 128, 255], np.uint8).repeat(80)[None, :, None].repeat(192, 0).repeat(3, 2)
    found = blocks(grey)["colours"][:13] ** 2
    np.testing.assert_allclose(found[:3], 1 / 3, atol=0.05)


def test_the_layout_is_mean_and_deviation_of_each_place_and_of_its_mirror_image() -> None:
    picture = drawn(3)
    small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
    wanted = []
    for side in (small, small[:, ::-1]):
        lab = cv2.cvtColor(np.ascontiguousarray(side), cv2.COLOR_RGB2LAB).astype(np.float64)
        places = [lab[y : y + 32, x : x + 32].reshape(-1, 3) for y in (0, 32, 64) for x in (0, 32, 64)]
        wanted.append(np.concatenate([np.r_[place.mean(0), place.std(0)] for place in places]))
    assert np.abs(wanted[0] - wanted[1]).max() > 1, "the picture is not its own mirror image"
    np.testing.assert_allclose(blocks(picture)["layout"], np.mean(wanted, 0), atol=0.02)


def test_the_picture_itself_stands_at_the_end() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (192, 240, 3), np.uint8)
    pixels = scene.extract(CONFIG, picture)[0, PIXELS:].reshape(scene.PIXELS)
    means = picture.reshape(48, 4, 60, 4, 3).mean((1, 3))
    np.testing.assert_allclose(pixels, means, atol=0.51)
    other = scene.extract(CONFIG, np.ascontiguousarray(picture[:, ::-1]))[0, PIXELS:].reshape(scene.PIXELS)
    np.testing.assert_array_equal(other, pixels[:, ::-1])


def test_it_is_quick() -> None:
    picture = drawn()
    scene.extract(CONFIG, picture)
    began = time.process_time()
    for _ in range(5):
        scene.extract(CONFIG, picture)
    assert (time.process_time() - began) / 5 < 0.12, "seconds of one core; .015 where nothing else runs"
