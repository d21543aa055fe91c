"""What every detector keeps, found by scanning. Of spans: in order, whatever the blocks, and none of nothing; of faces:
the largest first, the same each time, and none of nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from affectkit import find
from affectkit.errors import AffectError

OF_SPANS = [name for name, card in find.cards("detectors").items() if card["gives"] == "spans"]
EACH = pytest.mark.parametrize("name", OF_SPANS)
OF_FACES = [name for name, card in find.cards("detectors").items() if card["gives"] == "faces"]
READY = pytest.mark.parametrize("name", [n for n in OF_FACES if not find.card("detectors", n).get("needs")])
LACKING = pytest.mark.parametrize("name", [n for n in OF_FACES if find.card("detectors", n).get("needs")])


def blocks(sound: np.ndarray, size: int) -> list[np.ndarray]:
    return [sound[i : i + size] for i in range(0, len(sound), size)]


def told(part: Any, sound: np.ndarray, size: int) -> list[tuple[float, float]]:
    return list(part.spans(part.Config(), blocks(sound, size)))


def test_there_is_one() -> None:
    assert OF_SPANS
    assert OF_FACES


@pytest.mark.parametrize("name", find.names("detectors"))
def test_the_card_is_complete(name: str) -> None:
    card = find.card("detectors", name)
    assert set(card) >= {"title", "takes", "gives", "extra"}
    assert card["takes"] in find.names("modalities")
    assert card["gives"] in ("spans", "faces")


@EACH
def test_a_toy_is_found_where_it_is(name: str) -> None:
    part = find.load("detectors", name)
    for seed in range(3):
        sound, where = part.toy(np.random.default_rng(seed))
        found = told(part, sound, 4000)
        assert len(found) == len(where)
        for (start_s, end_s), (own_start_s, own_end_s) in zip(found, where, strict=True):
            assert own_start_s - 0.3 <= start_s <= own_start_s + 0.1
            assert own_end_s - 0.1 <= end_s <= own_end_s + 0.3
        again, _ = part.toy(np.random.default_rng(seed))
        np.testing.assert_array_equal(again, sound)


@EACH
def test_spans_are_in_order_and_do_not_depend_on_the_blocks(name: str) -> None:
    part = find.load("detectors", name)
    sound = np.concatenate([part.toy(np.random.default_rng(seed))[0] for seed in range(4)])
    whole = told(part, sound, len(sound))
    assert all(start_s < end_s for start_s, end_s in whole)
    assert all(before[1] < after[0] for before, after in pairwise(whole))
    for size in (333, 16_000, 50_001):
        assert told(part, sound, size) == whole


@EACH
def test_frames_are_told_once_each_and_soon(name: str) -> None:
    part = find.load("detectors", name)
    config = part.Config()
    listener, size, frames = part.Listener(config), 1600, 0
    sound = np.concatenate([part.toy(np.random.default_rng(0))[0]] * 3)
    for i, block in enumerate(blocks(sound, size), 1):
        frames += len(listener.hear(block))
        assert listener.heard_s == pytest.approx(min(i * size, len(sound)) / config.rate_hz)
        assert listener.heard_s - frames * config.frame_s < 5  # it waits for no more than a few seconds
    frames += len(listener.end())
    assert frames == -(-len(sound) // round(config.frame_s * config.rate_hz))


@EACH
def test_of_nothing_there_is_nothing(name: str) -> None:
    part = find.load("detectors", name)
    assert told(part, np.zeros(48_000, np.float32), 4000) == []
    assert list(part.spans(part.Config(), [])) == []
    assert list(part.spans(part.Config(), [np.zeros(0, np.float32)])) == []


# ---- faces -----------------------------------------------------------------------------------------------------------


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Of two boxes: what both cover over what either covers."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    both = max(wide, 0) * max(high, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)


@READY
def test_each_face_of_a_toy_is_found_once(name: str) -> None:
    part = find.load("detectors", name)
    finder = part.Finder(part.Config())
    for seed in range(2):
        picture, boxes = part.toy(np.random.default_rng(seed))
        assert (picture.dtype, picture.shape[2:]) == (np.uint8, (3,))
        np.testing.assert_array_equal(part.toy(np.random.default_rng(seed))[0], picture)
        found = finder.find(picture)
        assert len(found) == len(boxes) > 1
        for box in boxes:
            assert sum(overlap(face.box, box) > 0.5 for face in found) == 1


@READY
def test_faces_are_the_same_each_time_and_the_largest_comes_first(name: str) -> None:
    part = find.load("detectors", name)
    picture, boxes = part.toy(np.random.default_rng(0))
    height, width = picture.shape[:2]
    large = picture.repeat(2, axis=0).repeat(2, axis=1)
    both = np.vstack([np.pad(picture, ((0, 0), (0, width), (0, 0)), mode="edge"), large])
    before, finder = both.copy(), part.Finder(part.Config())
    found = finder.find(both)
    assert finder.find(both) == found == part.Finder(part.Config()).find(both)
    np.testing.assert_array_equal(both, before)
    areas = [(face.box[2] - face.box[0]) * (face.box[3] - face.box[1]) for face in found]
    assert len(found) == 2 * len(boxes)
    assert areas == sorted(areas, reverse=True)
    assert all(face.box[1] > height * 0.9 for face in found[: len(boxes)]), "the lower half has the large ones"
    for face in found:
        assert face.score is not None and 0 <= face.score <= 1
        assert face.eyes is None or face.eyes[0][0] < face.eyes[1][0]


@READY
@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (48, 48), (300, 400)])
def test_in_one_colour_there_is_no_face(name: str, shape: tuple[int, int]) -> None:
    part = find.load("detectors", name)
    assert part.Finder(part.Config()).find(np.full((*shape, 3), 127, np.uint8)) == []


@LACKING
def test_a_detector_that_needs_a_file_says_so(name: str) -> None:
    part = find.load("detectors", name)
    with pytest.raises(AffectError) as caught:
        part.Finder(part.Config())
    assert all(f"`{setting}`" in caught.value.fix for setting in find.card("detectors", name)["needs"])
