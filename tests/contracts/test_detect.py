"""What every detector of spans keeps, found by scanning: spans in order, whatever the blocks, and none of nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from affectkit import find

OF_SPANS = [name for name, card in find.cards("detectors").items() if card["gives"] == "spans"]
EACH = pytest.mark.parametrize("name", OF_SPANS)


def blocks(sound: np.ndarray, size: int) -> list[np.ndarray]:
    return [sound[i : i + size] for i in range(0, len(sound), size)]


def told(part: Any, sound: np.ndarray, size: int) -> list[tuple[float, float]]:
    return list(part.spans(part.Config(), blocks(sound, size)))


def test_there_is_one() -> None:
    assert OF_SPANS


@EACH
def test_the_card_is_complete(name: str) -> None:
    card = find.card("detectors", name)
    assert set(card) >= {"title", "takes", "gives", "extra"}
    assert card["takes"] in find.names("modalities")


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
