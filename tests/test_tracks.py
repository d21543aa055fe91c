"""Faces followed: who is who after they cross, wait or leave, and the assignment against scipy's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from affectkit.runtime import tracks
from affectkit.runtime.tracks import Box, Tracker

STEP_S = 0.2


def box(x: float, y: float = 50.0, side: float = 20.0) -> Box:
    return x - side / 2, y - side / 2, x + side / 2, y + side / 2


def followed(frames: list[list[Box]], tracker: Tracker | None = None) -> list[list[int]]:
    tracker = tracker or Tracker()
    return [tracker.follow(i * STEP_S, boxes) for i, boxes in enumerate(frames)]


# ---- the assignment --------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**31), st.booleans())
def test_an_assignment_costs_as_little_as_any(n: int, m: int, seed: int, coarse: bool) -> None:
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, 3, (n, m)).astype(float) if coarse else rng.normal(0, 1, (n, m))  # coarse: many ties
    pairs = tracks.assigned(costs)
    rows, columns = linear_sum_assignment(costs)
    assert len(pairs) == min(n, m) == len({r for r, _ in pairs}) == len({c for _, c in pairs})
    assert sum(costs[pair] for pair in pairs) == pytest.approx(costs[rows, columns].sum())


def test_a_crowd_is_assigned_quickly_and_right() -> None:
    costs = np.random.default_rng(0).uniform(0, 1, (150, 120))
    rows, columns = linear_sum_assignment(costs)
    assert tracks.assigned(costs) == list(zip(rows.tolist(), columns.tolist(), strict=True))


def test_the_cost_is_as_its_formula_says() -> None:
    config = tracks.Config()
    found = tracks.cost(np.asarray([box(50)]), np.asarray([box(50), box(60), box(81), box(50, side=45)]), config)[0]
    overlap = (10 * 20) / (2 * 400 - 10 * 20)
    assert found[0] == 0
    assert found[1] == pytest.approx((1 - overlap) / 2 + 10 / (2 * 1.5 * 20))
    assert found[2] == np.inf and found[3] == np.inf  # too far; too large


# ---- faces -----------------------------------------------------------------------------------------------------------


def test_faces_keep_their_numbers_whatever_the_order_of_boxes() -> None:
    frames = [[box(20 + 4 * i), box(150 - 3 * i), box(220, 50 + 2 * i)] for i in range(8)]
    assert followed(frames) == [[0, 1, 2]] * 8
    turned = [frame if i % 2 else frame[::-1] for i, frame in enumerate(frames)]
    assert followed(turned) == [[0, 1, 2] if not i % 2 else [2, 1, 0] for i in range(8)]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 1000))
def test_the_order_of_boxes_within_a_frame_does_not_matter(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    place, speed = rng.uniform(50, 900, 4), rng.uniform(-60, 60, 4)
    frames = [[box(x + v * i * STEP_S) for x, v in zip(place, speed, strict=True)] for i in range(6)]
    plain = followed(frames)
    mixed = followed([frames[0], *([frame[i] for i in order] for frame in frames[1:])])
    assert [[plain[t][i] for i in order] for t in range(1, 6)] == mixed[1:]


@pytest.mark.parametrize("hidden", [0, 1, 2])
def test_two_faces_that_cross_keep_their_numbers(hidden: int) -> None:
    right, left = [40 + 12 * i for i in range(16)], [220 - 12 * i for i in range(16)]
    meet = 7  # here they are at 124 and 136, and on the other side of each other one frame later
    frames = []
    for i, (a, b) in enumerate(zip(right, left, strict=True)):
        behind = [] if meet <= i < meet + hidden else [box(b)]
        frames.append([box(a), *behind])
    found = followed(frames)
    assert [numbers[0] for numbers in found] == [0] * 16
    assert all(numbers == [0, 1] for numbers in found if len(numbers) > 1)
    assert sum(len(numbers) == 1 for numbers in found) == hidden


@pytest.mark.parametrize(("missing", "same"), [(1, True), (2, True), (3, False), (10, False)])
def test_a_track_waits_half_a_second(missing: int, same: bool) -> None:
    seen = [[box(50)]] * 4
    found = followed([*seen, *([[]] * missing), *seen])
    assert (found[-1] == [0]) is same
    assert {n for numbers in found[:4] for n in numbers} == {0}


def test_a_face_that_moved_on_while_missing_is_the_same() -> None:
    frames = [[box(50 + 15 * i)] for i in range(9)]
    frames[4], frames[5] = [], []
    assert {n for numbers in followed(frames) for n in numbers} == {0}


def test_another_place_or_size_is_another_face() -> None:
    assert followed([[box(50)], [box(150)]]) == [[0], [1]]
    assert followed([[box(50, side=10)], [box(50, side=40)]]) == [[0], [1]]


def test_what_comes_and_goes_has_a_number_of_its_own() -> None:
    found = followed([[], [box(50)], [box(50), box(150)], [box(150)], [], []])
    assert found == [[], [0], [0, 1], [1], [], []]


def test_a_detector_that_trembles_changes_nothing() -> None:
    rng = np.random.default_rng(5)
    frames = [
        [box(x + rng.normal(0, 2), 50 + rng.normal(0, 2), 20 * rng.uniform(0.85, 1.2)) for x in (50, 75, 100)]
        for _ in range(200)
    ]
    assert followed(frames) == [[0, 1, 2]] * 200


def test_a_face_is_expected_where_it_moves_to_and_for_half_a_second() -> None:
    tracker = Tracker()
    assert tracker.expected(0.0) == []
    for i in range(8):
        tracker.follow(i * STEP_S, [box(50 + 10 * i), box(300)])
    moved, still = tracker.expected(8 * STEP_S)
    assert moved == pytest.approx(box(130)) and still == pytest.approx(box(300))
    assert tracker.expected(8 * STEP_S) == [moved, still], "asking changes nothing"
    for i, left in enumerate([1, 1, 1, 0]):
        tracker.follow((8 + i) * STEP_S, [box(130 + 10 * i)])
        assert len(tracker.expected((9 + i) * STEP_S)) == 1 + (left if i < 2 else 0)


# ---- cuts ------------------------------------------------------------------------------------------------------------


def scene(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return coarse.repeat(20, 0).repeat(20, 1)


def test_a_cut_ends_all_tracks_and_movement_does_not() -> None:
    tracker, shots = Tracker(), [scene(1)] * 3 + [scene(2)] * 3
    assert [tracker.follow(i * STEP_S, [box(50)], shot) for i, shot in enumerate(shots)] == [[0]] * 3 + [[1]] * 3
    assert tracker.open == {1}
    tracker = Tracker()
    wide = np.hstack([scene(1), scene(2)])
    pans = [wide[:, 2 * i : 2 * i + 160] for i in range(10)]
    lights = [np.clip(scene(1) * (1 - 0.03 * i), 0, 255).astype(np.uint8) for i in range(10)]
    for i, shot in enumerate([*pans, scene(1), *lights]):
        before = tracker.open
        tracker.follow(i * STEP_S, [box(50)], shot)
        assert i in (0, 10) or tracker.open == before


def test_after_a_cut_no_face_is_expected() -> None:
    tracker = Tracker()
    tracker.follow(0.0, [box(50)], scene(1))
    assert tracker.expected(STEP_S, scene(1)) == [pytest.approx(box(50))]
    assert tracker.expected(STEP_S, scene(2)) == []
    assert tracker.follow(STEP_S, [box(50)], scene(2)) == [1]


def test_the_small_picture_is_the_mean_of_blocks() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (36, 64, 3), np.uint8)
    wanted = picture.reshape(18, 2, 32, 2, 3).astype(float).mean((1, 3)) / 255
    np.testing.assert_allclose(tracks.small(picture), wanted, atol=1 / 255)
    assert tracks.small(picture[:1, :1]).shape == (18, 32, 3)


def test_memory_does_not_grow_with_faces_that_left() -> None:
    tracker = Tracker()
    for i, x in enumerate(itertools.islice(itertools.cycle([50, 500, 900]), 300)):
        tracker.follow(float(i), [box(x)])
        assert len(tracker.open) <= 2
