"""Scenes and bodies: how pictures are made smaller and cut, against Pillow and slices of arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from affectkit import find
from affectkit.errors import InputError
from affectkit.modalities import body, face, scene
from affectkit.sample import Media

BOUNDED = pytest.mark.parametrize("part", [scene, body], ids=["scene", "body"])
NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


def smooth(width: int, height: int) -> np.ndarray:
    """A picture whose colours change so slowly that every way of making it smaller agrees."""
    y, x = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
    return np.round(255 * np.stack([x, y, (x + y) / 2], axis=-1)).astype(np.uint8)


def saved(folder: Path, array: np.ndarray, name: str, **how: Any) -> str:
    Image.fromarray(array).save(folder / name, **how)
    return str(folder / name)


def refused(part: Any, media: Media) -> str:
    with pytest.raises(InputError) as caught:
        part.read(media)
    return str(caught.value)


# ---- size ------------------------------------------------------------------------------------------------------------


@BOUNDED
def test_what_is_small_stays_as_it_is(part: Any, tmp_path: Path) -> None:
    for array in (NOISE, NOISE[:1, :1], smooth(512, 300)):
        np.testing.assert_array_equal(part.read(Media(array=array)), array)
        np.testing.assert_array_equal(part.read(Media(path=saved(tmp_path, array, "a.png"))), array)


@pytest.mark.parametrize("size", [(1024, 768), (600, 1500), (513, 512), (5000, 3), (1030, 1030)])
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_what_is_large_becomes_512_pixels_long_and_keeps_its_ratio(
    size: tuple[int, int], name: str, tmp_path: Path
) -> None:
    width, height = size
    read = scene.read(Media(path=saved(tmp_path, smooth(width, height), name)))
    scale = 512 / max(size)
    wanted = max(1, round(height * scale)), max(1, round(width * scale))
    assert (read.shape, read.dtype) == ((*wanted, 3), np.uint8)
    assert max(read.shape) == 512
    # the colours of a slope are those of a slope drawn at this size, but for JPEG's loss
    apart = np.abs(read.astype(int) - smooth(wanted[1], wanted[0]))
    assert apart.mean() < 3


def test_a_large_jpeg_is_not_decoded_in_full(tmp_path: Path) -> None:
    # a JPEG is decoded at a smaller size: what it gives is near to, and not the same as, the full way
    rng = np.random.default_rng(1)
    grain = np.clip(smooth(2100, 1500).astype(int) + rng.integers(-40, 40, (1500, 2100, 3)), 0, 255).astype(np.uint8)
    path = saved(tmp_path, grain, "a.jpg", quality=95)
    quick = scene.read(Media(path=path)).astype(int)
    with Image.open(path) as image:
        full = np.asarray(image.convert("RGB").resize((512, 366), Image.Resampling.BICUBIC)).astype(int)
    assert quick.shape == full.shape
    assert 0 < np.abs(quick - full).mean() < 4


def test_a_turned_picture_is_made_smaller_as_it_is_shown(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by a quarter to the right
    for name in ("a.jpg", "a.png"):
        read = scene.read(Media(path=saved(tmp_path, smooth(2048, 1024), name, exif=exif)))
        assert read.shape == (512, 256, 3)
        assert read[5, -5, 0] < 20 < 230 < read[-5, -5, 0], "what was left is now on top"


def test_a_face_is_never_made_smaller() -> None:
    assert face.read(Media(array=smooth(1024, 600))).shape == (600, 1024, 3)


# ---- box -------------------------------------------------------------------------------------------------------------

sides = st.integers(-30, 90)


@settings(deadline=None, max_examples=60)
@given(sides, sides, st.integers(1, 80), st.integers(1, 80), st.sampled_from([face, scene, body]))
def test_a_box_is_a_slice_clipped_at_the_edge(left: int, top: int, width: int, height: int, part: Any) -> None:
    media = Media(array=NOISE, box=(left, top, left + width, top + height))
    rows = [y for y in range(top, top + height) if 0 <= y < 40]
    columns = [x for x in range(left, left + width) if 0 <= x < 60]
    if rows and columns:
        np.testing.assert_array_equal(part.read(media), NOISE[np.ix_(rows, columns)])
    else:
        assert "60 x 40 pixels" in refused(part, media)


def test_a_box_beyond_the_picture_is_a_sentence(tmp_path: Path) -> None:
    path = saved(tmp_path, NOISE, "a.png")
    assert refused(body, Media(path=path, box=(60, 0, 70, 10))) == (
        f"expected a box (left, top, right, bottom) inside the 60 x 40 pixels of {path}; found (60, 0, 70, 10); "
        "correct the box, or leave the item out"
    )


def test_a_box_counts_pixels_of_the_picture_as_it_is_shown_before_it_is_made_smaller(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    large = smooth(1600, 1200)
    media = Media(path=saved(tmp_path, large, "a.png", exif=exif), box=(1000, 100, 1010, 130))
    np.testing.assert_array_equal(body.read(media), large[::-1, ::-1][100:130, 1000:1010])
    cut = body.read(Media(path=str(media.path), box=(0, 0, 800, 1200)))
    assert cut.shape == (512, 341, 3)  # 800 / 1200 of 512
    assert np.abs(cut[0, 0].astype(int) - large[-1, -1]).max() < 6


@BOUNDED
def test_a_box_cuts_the_bytes_of_a_file_too(part: Any, tmp_path: Path) -> None:
    data = np.fromfile(saved(tmp_path, NOISE, "a.webp", lossless=True), np.uint8)
    np.testing.assert_array_equal(part.read(Media(array=data, box=(2, 3, 9, 8))), NOISE[3:8, 2:9])


def test_a_key_is_of_what_the_box_holds(tmp_path: Path) -> None:
    other = NOISE.copy()
    other[0, 0] = 255 - other[0, 0]
    inside = (5, 5, 20, 20)
    assert scene.key(Media(array=NOISE)) != scene.key(Media(array=other))
    assert body.key(Media(array=NOISE, box=inside)) == body.key(Media(array=other, box=inside))
    assert body.key(Media(array=NOISE, box=inside)) == body.key(Media(array=NOISE[5:20, 5:20]))
    assert body.key(Media(array=NOISE, box=inside)) != body.key(Media(array=NOISE, box=(6, 5, 21, 20)))
    data = np.fromfile(saved(tmp_path, NOISE, "a.png"), np.uint8)
    assert body.key(Media(array=data, box=inside)) != body.key(Media(array=data)) == face.key(Media(array=data))
    assert body.key(Media(path="a.png", box=inside)) is None


def test_a_box_of_one_colour_is_blank() -> None:
    array = NOISE.copy()
    array[10:20, 10:20] = 7
    assert body.blank(Media(array=array, box=(10, 10, 20, 20)))
    assert not body.blank(Media(array=array, box=(9, 10, 20, 20)))
    assert not scene.blank(Media(array=array))
    assert not body.blank(Media(path="a.png", box=(10, 10, 20, 20))), "a file is not opened to find out"


def test_a_report_shows_the_body_and_not_the_whole_picture(tmp_path: Path) -> None:
    media = Media(array=NOISE, box=(10, 5, 30, 35))
    (tmp_path / "a.png").write_bytes(body.picture(media))
    np.testing.assert_array_equal(scene.read(Media(path=str(tmp_path / "a.png"))), NOISE[5:35, 10:30])
    assert (scene.shown(Media(path="b/c.png")), scene.shown(media)) == ("c.png", "")


# ---- bad input and routing -------------------------------------------------------------------------------------------


@BOUNDED
def test_what_is_no_picture_is_refused_as_for_faces(part: Any, tmp_path: Path) -> None:
    (tmp_path / "half.jpg").write_bytes(Path(saved(tmp_path, NOISE, "a.jpg")).read_bytes()[:900])
    for media in (
        Media(text="a.png"),
        Media(array=np.zeros((2, 2))),
        Media(path=str(tmp_path / "half.jpg")),
        Media(path=str(tmp_path / "absent.jpg")),
    ):
        assert refused(part, media) == refused(face, media)
        assert refused(part, media).startswith("expected a")


def test_pictures_without_a_bundle_are_faces_and_the_others_are_asked_for_by_name() -> None:
    owned = find.card("modalities", "face")["suffixes"]
    for name in ("scene", "body"):
        card = find.card("modalities", name)
        assert (card["suffixes"], sorted(card["reads"])) == ([], sorted(owned))


def test_the_toy_body_lies_in_its_box() -> None:
    for seed in range(20):
        media = body.toy(np.random.default_rng(seed))
        assert body.read(media).shape == (52, 32, 3), "nothing of the box is beyond the picture"
