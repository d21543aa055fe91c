"""Segments from windows: in order, apart, covering all speech; the steps against sums written out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.runtime import timeline
from affectkit.runtime.cutting import Cutter, merged

LENGTH_S, HOP_S = 5.0, 2.5


@st.composite
def recordings(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Windows (w, 2) on a grid with some left out, their values (w, 2), and speech (m, 2)."""
    n = draw(st.integers(1, 12))
    end_s = draw(st.floats(0.5, 2.5)) + HOP_S * (n + 1)
    starts = [i * HOP_S for i in range(n) if draw(st.booleans())] or [0.0]
    windows = np.asarray([(s, min(s + LENGTH_S, end_s)) for s in starts])
    values = np.asarray([[draw(st.floats(-1, 1)), draw(st.floats(-1, 1))] for _ in starts])
    edges = sorted({round(draw(st.floats(0, end_s)), 2) for _ in range(2 * draw(st.integers(0, 6)))})
    speech = np.asarray(edges[: len(edges) // 2 * 2]).reshape(-1, 2)
    return windows, values, speech


def overlap_s(a: np.ndarray, b: np.ndarray) -> float:
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0]))


def segments(windows: np.ndarray, values: np.ndarray, speech: np.ndarray) -> list[tuple[float, float]]:
    """The steps of the module's docstring, as the reading of sound takes them."""
    spans, means = timeline.cells(windows[:, 0], windows[:, 1], values)
    held = timeline.heard_s(spans, speech) > 0
    spans, means = spans[held], means[held]
    touch = timeline.touching(spans)
    means = timeline.smoothed(means, touch)
    ranges = timeline.joined(means.argmax(1), means, touch)
    return [timeline.within((spans[a, 0], spans[b - 1, 1]), speech) for a, b in ranges]


@settings(max_examples=200, deadline=None)
@given(recordings())
def test_segments_are_in_order_apart_and_cover_all_speech_in_windows(
    given_: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    windows, values, speech = given_
    found = segments(windows, values, speech)
    assert all(start_s < end_s for start_s, end_s in found)
    assert all(before[1] <= after[0] + 1e-9 for before, after in pairwise(found))
    for at_s in np.linspace(0, windows.max(), 500):
        spoken = any(a < at_s < b for a, b in speech)
        if spoken and any(a < at_s < b for a, b in windows):
            assert any(a - 2e-3 <= at_s <= b + 2e-3 for a, b in found), at_s
    for start_s, end_s in found:  # no segment begins or ends in silence
        assert any(a - 2e-3 <= start_s <= b + 2e-3 for a, b in speech)
        assert any(a - 2e-3 <= end_s <= b + 2e-3 for a, b in speech)


@settings(max_examples=100, deadline=None)
@given(recordings())
def test_a_cell_is_the_mean_of_the_windows_over_it(given_: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    windows, values, speech = given_
    spans, means = timeline.cells(windows[:, 0], windows[:, 1], values)
    for span, mean in zip(spans, means, strict=True):
        middle_s = span.mean()
        over = [v for (a, b), v in zip(windows, values, strict=True) if a < middle_s < b]
        assert mean == pytest.approx(np.mean(over, 0), abs=1e-9)
    assert np.sum(np.diff(spans, axis=1)) == pytest.approx(
        sum(b - a for a, b in merged_spans(windows)), abs=2e-3 * len(windows)
    )
    by_hand = [sum(overlap_s(span, one) for one in speech) for span in spans]
    assert timeline.heard_s(spans, speech) == pytest.approx(by_hand, abs=1e-9)


def merged_spans(windows: np.ndarray) -> list[tuple[float, float]]:
    return [(a, b) for _, a, b in merged(("x", float(a), float(b)) for a, b in windows)]


def test_smoothing_by_hand() -> None:
    values = np.asarray([[0.0], [1.0], [0.0], [4.0]])
    found = timeline.smoothed(values, np.asarray([True, True, False]))
    assert found[:, 0].tolist() == pytest.approx([1 / 3, 0.5, 1 / 3, 4.0])


def test_joining_by_hand() -> None:
    first = np.asarray([0, 0, 0, 1, 1, 1])
    scores = np.asarray([[0.6], [0.7], [0.95], [0.4], [0.4], [0.4]])
    touch = np.asarray([True, True, True, True, False])
    # 0.95 is 0.3 from the mean of 0.6 and 0.7; then another label; then a pause
    assert timeline.joined(first, scores, touch, change=0.25) == [(0, 2), (2, 3), (3, 5), (5, 6)]
    assert timeline.joined(first, scores, touch, change=0.5) == [(0, 3), (3, 5), (5, 6)]
    assert timeline.joined(first[:0], scores[:0], touch[:0]) == []


# ---- cutting ---------------------------------------------------------------------------------------------------------

turns = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 300), st.integers(1, 120)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 300), turns, st.integers(1, 40), st.integers(1, 40), st.integers(1, 97))
def test_windows_hold_their_own_samples_and_cover_every_turn(
    n: int, given_: list[tuple[str, int, int]], hop: int, more: int, size: int
) -> None:
    sound = np.arange(n, dtype=np.float32)
    whole = [(who, start, start + lasts) for who, start, lasts in given_] or [(None, 0, None)]
    length = hop + more
    cutter, found = Cutter(whole, length, hop, shortest=1), []
    for i in range(0, n, size):
        found += cutter.cut(sound[i : i + size])
        assert len(cutter._held) <= length + size
    found += cutter.end()
    assert cutter.seen == n
    for window in found:
        np.testing.assert_array_equal(window.sound, sound[window.start : window.end])
        assert 0 < len(window.sound) <= length
    for who, start, end in whole:
        covered = {i for w in found if w.who == who for i in range(w.start, w.end)}
        assert covered >= set(range(start, min(n, n if end is None else end)))


def test_the_windows_of_a_whole_recording_are_those_of_the_modality() -> None:
    from affectkit.modalities import speech
    from affectkit.sample import Media

    for seconds in (0.5, 5.0, 5.3, 7.5, 7.6, 12.0):
        sound = np.random.default_rng(0).normal(0, 1, round(seconds * 16_000)).astype(np.float32)
        cutter = Cutter([(None, 0, None)], 80_000, 40_000, 1)
        found = [*cutter.cut(sound), *cutter.end()]
        wanted = list(speech.window(Media(array=sound), LENGTH_S, HOP_S))
        assert [w.start / 16_000 for w in found] == [start_s for start_s, _ in wanted]
        for window, (_, own) in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(window.sound, own)


def test_turns_of_one_speaker_that_touch_are_one() -> None:
    given_ = [("A", 3.0, 4.0), ("A", 0.0, 2.0), ("B", 1.0, 5.0), ("A", 2.0, 3.5), ("A", 4.5, 5.0)]
    assert merged(given_) == [("A", 0.0, 4.0), ("B", 1.0, 5.0), ("A", 4.5, 5.0)]
