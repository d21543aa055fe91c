"""Faces that are drawn, that a library ships, and that lie at a border; cuts and quality against values by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import yunets
from affectkit.detect import Face, _crop, _drawn, cascade, ordered, yunet
from affectkit.errors import DataError, InputError, UsageError

FINDER = cascade.Finder(cascade.Config())


def drawn(side: int, seed: int = 0) -> np.ndarray:
    return _drawn.face(side, np.random.default_rng(seed))


def around(picture: np.ndarray, by: int) -> np.ndarray:
    return np.pad(picture, ((by, by), (by, by), (0, 0)), mode="edge")


def admiral() -> np.ndarray:
    """Grace Hopper, 512 x 600, a portrait of the United States Navy (public domain) that matplotlib ships."""
    matplotlib = pytest.importorskip("matplotlib")
    return np.array(Image.open(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg").convert("RGB"))


# ---- the value -------------------------------------------------------------------------------------------------------


def test_a_face_has_an_inside() -> None:
    for box in ((5, 5, 5, 9), (5, 5, 9, 4), (0, 0, math.nan, 1)):
        with pytest.raises(DataError) as caught:
            Face(box)
        assert str(caught.value).startswith(
            "expected a face's box (left, top, right, bottom) that has an inside; found"
        )
    assert Face((1, 2, 4, 6)).area_px == 12


def test_faces_are_ordered_by_size_and_then_by_place() -> None:
    boxes = [(0, 0, 2, 2), (9, 0, 12, 3), (1, 0, 4, 3), (0, 5, 3, 8)]
    assert [face.box for face in ordered(map(Face, boxes))] == [boxes[2], boxes[1], boxes[3], boxes[0]]


# ---- the cascade -----------------------------------------------------------------------------------------------------


def test_two_hundred_drawn_faces_are_found_once_each() -> None:
    picture, boxes = _drawn.group(np.random.default_rng(0), 10, 20, 48)
    found = cascade.Finder(cascade.Config(eyes=False)).find(picture)
    assert len(found) == len(boxes) == 200
    middles = {(int((f.box[0] + f.box[2]) / 2 // 48), int((f.box[1] + f.box[3]) / 2 // 48)) for f in found}
    assert len(middles) == 200


def test_a_real_face_is_found_where_it_is() -> None:
    found = FINDER.find(admiral())
    assert len(found) == 1
    left, top, right, bottom = found[0].box
    # brows to chin and ear to ear, read off the picture by eye
    assert 130 < left < 175 and 85 < top < 130 and 345 < right < 395 and 310 < bottom < 350
    assert found[0].score is not None and found[0].score > 0.5


def test_a_large_picture_is_scanned_small_and_told_in_its_own_pixels() -> None:
    picture = around(drawn(240), 180)
    large = picture.repeat(3, axis=0).repeat(4, axis=1)  # 2,400 wide: brought down to 1,280
    small, found = FINDER.find(picture), cascade.Finder(cascade.Config(bound_px=600)).find(large)
    assert len(small) == len(found) == 1
    # the same face, four times as wide and three times as high, within a step of the scan
    np.testing.assert_allclose(np.array(found[0].box) / [4, 3, 4, 3], small[0].box, atol=30)


def test_faces_below_the_least_size_are_left_out() -> None:
    both = np.hstack([around(drawn(160), 10), np.pad(drawn(60), ((60, 60), (20, 20), (0, 0)), mode="edge")])
    assert len(FINDER.find(both)) == 2
    only = cascade.Finder(cascade.Config(least_px=80)).find(both)
    assert len(only) == 1 and only[0].box[2] < 180


@pytest.mark.parametrize("side", [48, 100, 400])
def test_a_face_that_fills_the_picture_is_found(side: int) -> None:
    tight = drawn(side * 5 // 4)[side // 5 :, side // 8 : -side // 8][:side]
    found = FINDER.find(tight)
    assert len(found) == 1
    assert found[0].area_px > 0.5 * tight.shape[0] * tight.shape[1]


def test_a_small_picture_in_which_nothing_is_found_may_be_a_face_itself() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 40, 3), np.uint8)
    assert FINDER.find(noise) == [Face((0.0, 0.0, 40.0, 48.0), None, None)]
    assert cascade.Finder(cascade.Config(whole=False)).find(noise) == []
    assert FINDER.find(noise[:20]) == [], "twice as wide as high"
    assert FINDER.find(np.tile(noise, (3, 4, 1))) == [], "too large to be a face that was cut out"
    assert FINDER.find(np.full((1, 1, 3), 200, np.uint8)) == []


@pytest.mark.parametrize(
    ("shape", "most_px", "may"),
    [
        ((16, 16), 48, True),
        ((15, 16), 48, False),
        ((48, 48), 48, True),
        ((48, 48), 47, False),
        ((40, 50), 64, True),
        ((39, 50), 64, False),
        ((4, 30), 64, False),
        ((48, 48), 0, False),
    ],
)
def test_what_may_be_a_face_that_was_cut_out(shape: tuple[int, int], most_px: int, may: bool) -> None:
    picture = np.full((*shape, 3), 90, np.uint8)
    assert _crop.whole(picture, most_px) == [], "one colour is nobody's face"
    picture[-1, -1, 2] = 91
    height, width = shape
    assert _crop.whole(picture, most_px) == ([Face((0, 0, width, height))] if may else [])


def test_a_small_portrait_is_searched_for_a_small_face() -> None:
    tiny = np.array(Image.fromarray(admiral()).resize((64, 75)))
    (face,) = FINDER.find(tiny)
    # where it is in the large picture, eight times as large
    np.testing.assert_allclose(8 * np.array(face.box), FINDER.find(admiral())[0].box, atol=24)
    wide = np.pad(tiny, ((0, 0), (0, 100), (0, 0)), mode="edge")
    assert FINDER.find(wide) == [], "in larger pictures faces below 32 px are left out"


def test_a_face_at_the_border_is_found_and_less_of_it_is_there() -> None:
    upright = cascade.Finder(cascade.Config(eyes=False))
    left, top, *_ = upright.find(admiral())[0].box
    cropped = admiral()[int(top + 10) :, int(left + 15) :]
    found = upright.find(cropped)
    assert len(found) == 1
    assert found[0].box[0] < 0 and found[0].box[1] < 0
    crop = _crop.cut(cropped, found[0], 200)
    box, (height, width) = found[0].box, cropped.shape[:2]
    there = (min(box[2], width) - max(box[0], 0)) * (min(box[3], height) - max(box[1], 0)) / found[0].area_px
    assert there < 1
    inside = Face((0, 0, box[2] - box[0], box[3] - box[1]))
    wanted = _crop.quality(crop, inside, (999, 999)) * there**0.25
    assert _crop.quality(crop, found[0], cropped.shape) == pytest.approx(wanted)
    assert (crop[:3, 50] == crop[3, 50]).all(), "rows beyond the picture repeat its edge"


def test_eyes_tell_how_a_face_leans() -> None:
    picture = with_dark_eyes()
    leans = {}
    for degrees in (-10, 0, 10):
        turned = np.array(Image.fromarray(picture).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(110,) * 3))
        found = [face for face in FINDER.find(turned) if face.eyes is not None]
        assert len(found) == 1
        (x1, y1), (x2, y2) = found[0].eyes or ((0, 0), (0, 0))
        leans[degrees] = math.degrees(math.atan2(y2 - y1, x2 - x1))
    for degrees, lean in leans.items():
        assert lean == pytest.approx(-degrees, abs=4), "PIL turns against the clock, and y goes down"


def test_eyes_are_looked_for_in_the_picture_as_it_is_and_then_equalised(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    real = cascade.Finder._eyes

    def second(self: Any, grey: np.ndarray, *where: Any) -> Any:
        seen.append(grey)
        return real(self, grey, *where) if len(seen) == 2 else None

    dull = with_dark_eyes() // 2
    grey = cv2.cvtColor(dull, cv2.COLOR_RGB2GRAY)
    (plain,) = FINDER.find(dull)
    monkeypatch.setattr(cascade.Finder, "_eyes", second)
    (even,) = FINDER.find(dull)
    np.testing.assert_array_equal(seen[0], grey)
    np.testing.assert_array_equal(seen[1], cv2.equalizeHist(grey))
    assert len(seen) == 2 and plain.eyes is not None and even.eyes is not None
    np.testing.assert_allclose(even.eyes, plain.eyes, atol=8)


def with_dark_eyes() -> np.ndarray:
    """A drawn face whose eyes are as dark as real ones."""
    face = drawn(256).astype(float)
    y, x = np.mgrid[0:256, 0:256] / 256
    for eye_x, eye_y in _drawn.EYES:
        far = np.hypot((x - eye_x) / 0.06, (y - eye_y) / 0.035)
        face[far < 1] = 230
        face[np.hypot(x - eye_x, y - eye_y) < 0.03] = 20
        face[(np.abs(far - 1) < 0.15) & (y < eye_y)] = 40
    return around(cv2.GaussianBlur(face, (0, 0), 1.5).astype(np.uint8), 100)


@pytest.mark.parametrize(
    ("left", "right", "are"),
    [
        ((30, 40), (70, 40), True),
        ((30, 30), (70, 55), False),  # leans by 32 degrees
        ((45, 40), (60, 40), False),  # too near
        ((10, 40), (90, 40), False),  # too far apart
        ((30, 70), (70, 70), False),  # where the mouth is
        ((55, 40), (95, 40), False),  # both on the right
        ((70, 40), (30, 40), False),  # the wrong way round
    ],
)
def test_eyes_that_cannot_be_a_pair_are_dropped(left: tuple[int, int], right: tuple[int, int], are: bool) -> None:
    assert cascade._plausible((*left, 20.0), (*right, 20.0), 0, 0, 100, 100) is are
    assert not cascade._plausible((*left, 8.0), (*right, 20.0), 0, 0, 100, 100), "one far larger than the other"


class Shown:
    """A picture as a frame of a video."""

    def __init__(self, picture: np.ndarray) -> None:
        self.picture = picture

    def size(self) -> tuple[int, int]:
        return self.picture.shape[0], self.picture.shape[1]

    def colour(self) -> np.ndarray:
        return self.picture

    def grey(self, longest_px: int) -> np.ndarray:
        grey = cv2.cvtColor(self.picture, cv2.COLOR_RGB2GRAY)
        times = min(1.0, longest_px / max(grey.shape))
        return np.asarray(cv2.resize(grey, None, fx=times, fy=times, interpolation=cv2.INTER_AREA), np.uint8)


def test_a_frame_is_scanned_as_a_picture_is() -> None:
    finder = cascade.Finder(cascade.Config())
    two = np.hstack([around(drawn(200), 100), around(drawn(120, 1), 140)])  # 800 wide: brought down to 480
    wanted, found = finder.find(two), finder.watch(Shown(two))
    assert len(found) == len(wanted) == 2
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=12)
    small = cascade.Finder(cascade.Config(frame_px=120)).watch(Shown(two))
    assert len(small) == 1 and small[0].box[2] < 400, "the other one is 14 px wide there"


def test_only_faces_of_about_the_expected_size_are_found_where_they_are_expected() -> None:
    two = np.hstack([around(drawn(200), 100), around(drawn(120, 1), 140)])
    first, second = FINDER.watch(Shown(two))
    for face in (first, second):
        left, top, right, bottom = face.box
        side = right - left
        for x, y, times in ((0, 0, 1), (0.2, -0.2, 1), (0, 0, 1.15), (0, 0, 0.87)):
            middle, half = np.array([left + right + 2 * x * side, top + bottom + 2 * y * side]) / 2, side * times / 2
            (found,) = FINDER.watch(Shown(two), [(*(middle - half), *(middle + half))])
            np.testing.assert_allclose(found.box, face.box, atol=0.12 * side)
        assert FINDER.watch(Shown(two), [(left, top + 3 * side, right, bottom + 3 * side)]) == [], "beyond the picture"
    left, top, right, bottom = first.box
    assert FINDER.watch(Shown(two), [(left + 50, top + 50, left + 100, top + 100)]) == []
    assert [face.box for face in FINDER.watch(Shown(two), [second.box, first.box])] == [
        pytest.approx(face.box, abs=12) for face in (first, second)
    ]


def test_a_face_that_goes_on_beyond_the_border_is_found_where_it_is_expected() -> None:
    left, top, *_ = FINDER.find(admiral())[0].box
    cropped = Shown(admiral()[int(top + 10) :, int(left + 15) :])
    (face,) = FINDER.watch(cropped)
    assert face.box[0] < 0 and face.box[1] < 0
    (again,) = FINDER.watch(cropped, [face.box])
    np.testing.assert_allclose(again.box, face.box, atol=25)


def test_eyes_are_found_in_frames() -> None:
    picture = with_dark_eyes()
    (face,) = FINDER.watch(Shown(picture))
    assert face.eyes is not None
    for found, share in zip(face.eyes, _drawn.EYES, strict=True):
        assert found == pytest.approx(100 + 256 * np.array(share), abs=8)
    (without,) = cascade.Finder(cascade.Config(eyes=False)).watch(Shown(picture))
    assert without.eyes is None and without.box == face.box


def test_no_frame_is_taken_for_a_face_itself() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 40, 3), np.uint8)
    assert FINDER.find(noise) and not FINDER.watch(Shown(noise)) and not FINDER.watch(Shown(noise[:10, :10]))


def test_overlapping_boxes_are_one_face() -> None:
    boxes = [([0, 0, 40, 40], 5), ([4, 4, 40, 40], 9), ([10, 10, 12, 12], 4), ([60, 0, 40, 40], 3)]
    kept = cascade._apart([(np.array(box), count) for box, count in boxes])
    assert [(box.tolist(), count) for box, count in kept] == [([4, 4, 40, 40], 9), ([60, 0, 40, 40], 3)]


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        cascade.Config(step=1.0)
    assert str(caught.value) == (
        "expected least_px >= 1, bound_px and frame_px >= 20, step > 1 and agree >= 1; found 32, 1280, 480, 1 and 3; "
        "correct the settings of the detector"
    )


# ---- cuts ------------------------------------------------------------------------------------------------------------

NOISE = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 40), st.integers(0, 20), st.integers(1, 40))
def test_a_box_of_the_wanted_size_is_cut_as_it_stands(left: int, top: int, side: int) -> None:
    cut = _crop.cut(NOISE, Face((left, top, left + side, top + side)), side)
    np.testing.assert_array_equal(cut, NOISE[top : top + side, left : left + side])


def test_a_margin_widens_at_each_edge_and_the_edge_is_repeated() -> None:
    face = Face((10, 20, 30, 40))
    np.testing.assert_array_equal(_crop.cut(NOISE, face, 40, 0.5), NOISE[10:50, 0:40])
    beyond = _crop.cut(NOISE, Face((-10, -5, 20, 25)), 30)
    np.testing.assert_array_equal(beyond, np.pad(NOISE, ((5, 0), (10, 0), (0, 0)), mode="edge")[:30, :30])


def test_a_box_that_is_no_square_is_made_one_about_its_middle() -> None:
    np.testing.assert_array_equal(_crop.cut(NOISE, Face((20, 10, 30, 40)), 30), NOISE[10:40, 10:40])


def test_a_large_face_is_averaged_not_sampled() -> None:
    fine = np.random.default_rng(1).integers(0, 256, (240, 240, 3), np.uint8)
    wanted = fine.reshape(24, 10, 24, 10, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(_crop.cut(fine, Face((0, 0, 240, 240)), 24), wanted, atol=1)


@pytest.mark.parametrize("eyes", [((30.5, 20.5), (50.5, 20.5)), ((40.5, 10.5), (40.5, 30.5))])
def test_level_eyes_change_nothing_and_upright_ones_turn_by_a_right_angle(eyes: Any) -> None:
    cut = _crop.cut(NOISE, Face((30.5, 10.5, 50.5, 30.5), eyes=eyes), 20)
    upright = _crop.cut(NOISE, Face((30.5, 10.5, 50.5, 30.5)), 20)
    # eyes one under the other, the "left" one above: the head lies on its side, and is turned back against the clock
    wanted = upright if eyes[0][1] == eyes[1][1] else np.rot90(upright)
    np.testing.assert_allclose(cut.astype(int), wanted.astype(int), atol=1)


def test_eyes_lie_level_in_the_cut() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    eyes = ((80.0, 110.0), (120.0, 90.0))
    for x, y in eyes:
        cv2.circle(picture, (int(x), int(y)), 4, (255, 255, 255), -1)
    cut = _crop.cut(picture, Face((50, 60, 150, 160), eyes=eyes), 100)[..., 0]
    rows, columns = np.nonzero(cut > 128)
    left, right = rows[columns < 50].mean(), rows[columns > 50].mean()
    assert left == pytest.approx(right, abs=0.6)
    assert left == pytest.approx(40, abs=1), "the point between them stays where it is: 40 px below the box's top"


def test_sizes_that_cannot_be_are_refused() -> None:
    for side, margin in ((0, 0.0), (48, -0.1), (48, math.inf)):
        with pytest.raises(InputError, match=r"expected a cut of at least 1 px and a margin of 0 or more; found"):
            _crop.cut(NOISE, Face((0, 0, 9, 9)), side, margin)


# ---- quality ---------------------------------------------------------------------------------------------------------


def checked(size: int, low: int, high: int, tile: int = 4) -> np.ndarray:
    y, x = np.mgrid[0:size, 0:size] // tile
    return np.repeat(np.where((x + y) % 2, low, high).astype(np.uint8)[..., None], 3, axis=2)


def test_quality_by_hand() -> None:
    inside, shape = Face((0, 0, 96, 96)), (96, 96, 3)
    assert _crop.quality(checked(96, 60, 200), inside, shape) == 1.0
    assert _crop.quality(np.full((96, 96, 3), 90, np.uint8), inside, shape) == 0.0
    # each share by itself, under the fourth root
    assert _crop.quality(checked(48, 60, 200), Face((0, 0, 48, 48)), shape) == pytest.approx(0.5**0.25)
    assert _crop.quality(checked(96, 60, 200), Face((-48, 0, 48, 96)), shape) == pytest.approx(0.5**0.25)
    assert _crop.quality(checked(96, 92, 108), inside, shape) == pytest.approx((8 / 32) ** 0.25)
    assert _crop.quality(checked(96, 0, 200), inside, shape) == pytest.approx(0.5**0.25), "half of it is black"
    assert _crop.quality(checked(96, 60, 200), Face((100, 0, 196, 96)), shape) == 0.0


def test_a_blurred_dark_or_small_face_is_of_less_quality() -> None:
    face, picture = FINDER.find(admiral())[0], admiral()
    best = _crop.quality(_crop.cut(picture, face, 229), face, picture.shape)
    blurred = _crop.cut(cv2.GaussianBlur(picture, (0, 0), 12), face, 229)
    assert _crop.quality(blurred, face, picture.shape) < 0.8 * best
    assert _crop.quality(_crop.cut(picture // 16, face, 229), face, picture.shape) < 0.8 * best
    assert _crop.quality(_crop.cut(picture, face, 24), face, picture.shape) < 0.8 * best


# ---- YuNet -----------------------------------------------------------------------------------------------------------


def test_what_yunet_tells_comes_back_in_pixels_of_the_picture(tmp_path: Path) -> None:
    finder = yunet.Finder(yunet.Config(yunets.network(tmp_path / "a.onnx")))
    picture = np.zeros((96, 160, 3), np.uint8)
    assert finder.find(picture) == []
    picture[40:48, 80:88] = 255
    picture[40:48, 16:24] = 230
    found = finder.find(picture)
    assert [face.box for face in found] == [(4.0, 28.0, 36.0, 60.0), (68.0, 28.0, 100.0, 60.0)]
    assert [face.score for face in found] == [pytest.approx(230 / 255, abs=1e-3), pytest.approx(1, abs=1e-3)]
    np.testing.assert_allclose(found[1].eyes, [(76, 44), (92, 44)], atol=1e-3)
    large = yunet.Finder(yunet.Config(yunets.network(tmp_path / "a.onnx"), bound_px=160))
    wide = large.find(picture.repeat(2, axis=0).repeat(2, axis=1))
    assert [face.box for face in wide] == [(8.0, 56.0, 72.0, 120.0), (136.0, 56.0, 200.0, 120.0)]
    assert yunet.Finder(yunet.Config(yunets.network(tmp_path / "a.onnx"), least_px=40)).find(picture) == []
    assert finder.find(np.zeros((1, 1, 3), np.uint8)) == []


def test_a_file_that_is_missing_or_not_yunets_is_a_sentence(tmp_path: Path) -> None:
    fix = "give `model`, the path of OpenCV Zoo's face_detection_yunet_2023mar.onnx"
    absent, words = str(tmp_path / "absent.onnx"), str(tmp_path / "words.onnx")
    Path(words).write_bytes(b"hello, I am a text\n" * 9)
    for path, found in (("", "none at ''"), (absent, f"none at {absent!r}"), (words, f"something else in {words}")):
        with pytest.raises(UsageError) as caught:
            yunet.Finder(yunet.Config(path))
        assert str(caught.value) == f"expected the ONNX file of YuNet; found {found}; {fix}"


def test_another_network_is_not_yunets(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    value = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1, 3, 64, 64]) for n in ("input", "output")]
    node = onnx.helper.make_node("Relu", ["input"], ["output"])
    graph = onnx.helper.make_graph([node], "other", value[:1], value[1:])
    path = str(tmp_path / "other.onnx")
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 11)], ir_version=6), path)
    with pytest.raises(UsageError) as caught:
        yunet.Finder(yunet.Config(path))
    assert f"; found something else in {path}; " in str(caught.value)
