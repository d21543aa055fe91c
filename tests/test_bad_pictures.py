"""Pictures as people have them: huge, cut off, turned, in ink, deep, moving, drawn; read rightly or refused."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from affectkit.detect import _drawn, cascade
from affectkit.errors import InputError
from affectkit.modalities import face
from affectkit.sample import Media

FACE = np.pad(_drawn.face(120, np.random.default_rng(0)), ((40, 40), (60, 60), (0, 0)), mode="edge")


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        face.read(Media(path=str(path)))
    return str(caught.value)


def png_of(width: int, height: int) -> bytes:
    """A PNG's header by hand, with a few pixels where there should be many."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_a_picture_that_would_fill_the_memory_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(png_of(20_000, 20_000))
    began_s = time.perf_counter()
    said = refused(file)
    assert time.perf_counter() - began_s < 1
    most = 2 * (Image.MAX_IMAGE_PIXELS or 0)
    assert said == (
        f"expected at most {most:,} pixels in a picture at {file}; found 400,000,000 pixels; "
        "save it smaller, or leave the item out"
    )


@pytest.mark.filterwarnings("error")
def test_a_picture_below_the_limit_is_read_without_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    media = saved(tmp_path / "a.png", Image.new("1", (40, 50)))  # twice as many; from that number on Pillow warns
    assert face.read(media).shape == (50, 40, 3)
    saved(tmp_path / "b.png", Image.new("1", (40, 51)))
    assert "expected at most 2,000 pixels in a picture at " in (said := refused(tmp_path / "b.png"))
    assert "b.png; found 2,040 pixels; " in said


def test_a_picture_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    for kind in ("jpg", "png", "webp"):
        file = tmp_path / f"a.{kind}"
        Image.fromarray(FACE).save(file)
        data = file.read_bytes()
        file.write_bytes(data[: len(data) * 2 // 3])
        said = refused(file)
        assert said.startswith(f"expected a whole picture at {file}; found ")
        assert said.endswith("; get it again, or leave the item out")


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "an SVG drawing"),
        ("b.svg", b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="9"></svg>', "an SVG drawing"),
        ("photo.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "an HEIC picture"),
        ("photo.jxl", b"\xff\x0a" + bytes(99), "a JPEG XL picture"),
        ("box.jxl", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "a JPEG XL picture"),
    ],
)
def test_what_people_take_for_a_picture_is_named(name: str, data: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    said = refused(tmp_path / name)
    assert said.startswith(f"expected a whole picture at {tmp_path / name}; found {found}, which ")
    assert said.endswith("; save it as PNG, JPEG or WebP")
    with pytest.raises(InputError, match=f"found {found}, which "):
        face.read(Media(array=np.frombuffer(data, np.uint8)))


def test_a_page_is_no_drawing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"<html><body>404</body></html>")
    assert "found bytes of no known kind; get it again" in refused(tmp_path / "a.png")


def one_face(media: Media) -> tuple[float, ...]:
    found = cascade.Finder(cascade.Config(eyes=False)).find(face.read(media))
    assert len(found) == 1 and found[0].score is not None
    return found[0].box


def saved(file: Path, image: Image.Image, **how: Any) -> Media:
    image.save(file, **how)
    return Media(path=str(file))


def test_the_same_face_is_found_in_every_kind_of_file(tmp_path: Path) -> None:
    plain = Image.fromarray(FACE)
    wanted = one_face(saved(tmp_path / "a.png", plain))
    deep = Image.fromarray(FACE[..., 0].astype(np.uint16) * 257)
    clear = plain.copy()
    clear.putalpha(Image.fromarray(np.full(FACE.shape[:2], 230, np.uint8)))
    other = Image.new("RGB", plain.size, (9, 9, 9))
    moving = {"save_all": True, "append_images": [other, plain]}
    for media in (
        saved(tmp_path / "ink.jpg", plain.convert("CMYK"), quality=95),
        saved(tmp_path / "deep.png", deep),
        saved(tmp_path / "clear.png", clear),
        saved(tmp_path / "moving.gif", plain.convert("L"), **moving),
        saved(tmp_path / "moving.webp", plain, lossless=True, **moving),
    ):
        np.testing.assert_allclose(one_face(media), wanted, atol=4, err_msg=str(media.path))


@pytest.mark.parametrize("tag", [1, 3, 6, 8])
def test_a_face_is_found_upright_whichever_way_the_camera_was_held(tag: int, tmp_path: Path) -> None:
    # how the sensor saw it, for each way of holding the camera that EXIF tells
    seen = np.rot90(FACE, {1: 0, 3: 2, 6: 1, 8: -1}[tag])
    exif = Image.Exif()
    exif[0x0112] = tag
    media = saved(tmp_path / "a.png", Image.fromarray(np.ascontiguousarray(seen)), exif=exif)
    np.testing.assert_array_equal(face.read(media), FACE)
    box = (60, 40, 180, 160)  # in the picture as it is shown
    np.testing.assert_array_equal(face.read(Media(path=media.path, box=box)), FACE[40:160, 60:180])


def test_one_pixel_is_a_picture_without_a_face(tmp_path: Path) -> None:
    media = saved(tmp_path / "a.png", Image.new("RGB", (1, 1), (9, 8, 7)))
    assert face.read(media).tolist() == [[[9, 8, 7]]]
    assert cascade.Finder(cascade.Config()).find(face.read(media)) == []


def test_a_box_is_clipped_and_one_beyond_the_picture_refused(tmp_path: Path) -> None:
    media = saved(tmp_path / "a.png", Image.fromarray(FACE))
    for given in ({"path": media.path}, {"array": FACE}):
        np.testing.assert_array_equal(face.read(Media(**given, box=(-9, -9, 30, 20))), FACE[:20, :30])  # type: ignore[arg-type]
        with pytest.raises(InputError) as caught:
            face.read(Media(**given, box=(240, 0, 250, 20)))  # type: ignore[arg-type]
        where = given.get("path", "an array")
        assert str(caught.value) == (
            f"expected a box (left, top, right, bottom) inside the 240 x 200 pixels of {where}; "
            "found (240, 0, 250, 20); correct the box, or leave the item out"
        )
    boxes = [None, (0, 0, 50, 50), (9, 9, 50, 50)]
    assert len({face.key(Media(array=FACE, box=box)) for box in boxes}) == 3, "another part is another picture"
