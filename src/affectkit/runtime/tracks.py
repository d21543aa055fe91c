"""Faces followed through a video: each box goes to the track whose course it fits best; plain numpy.

A track is expected to move on as it last moved (constant velocity). A box and a track fit by how much the box covers
of the expected one and how near their centres are:
cost = (1 - intersection / union) / 2 + distance / (2 * reach * side), below 1 or they do not fit.
All boxes of a frame are placed together, for the least cost in all. A track that finds no box waits for half a second;
a cut, where the whole picture changes, ends all tracks.
Reference: Bewley et al., Simple Online and Realtime Tracking, ICIP 2016; Jonker and Volgenant, A Shortest Augmenting
Path Algorithm for Dense and Sparse Linear Assignment Problems, 1987.
Differs: the distance of centres beside the overlap, since a few frames per second lie far apart; a mean of velocities,
each counting half as much as the next newer one, in place of a Kalman filter.
Known limits: faces are told apart by where they are, not by how they look: one that leaves for longer is a new one, and
two that meet and turn back while hidden may change numbers. A flash of light counts as a cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
Picture = NDArray[np.uint8]

_WIDE, _HIGH = 32, 18  # pixels of the small pictures that tell a cut
_NEWEST = 0.5  # share of the newest velocity in a track's
_EXACT_S = 1e-6


@dataclass(frozen=True, slots=True)
class Config:
    """What still is the same face.

    Args:
        keep_s: how long a track goes on without a box.
        reach: how far from where it is expected a face may be, in sides of it.
        growth: how many times larger or smaller it may be than in the frame before.
        cut: the mean change of a picture, of full scale, that is a cut.
    """

    keep_s: float = 0.5
    reach: float = 1.5
    growth: float = 2.0
    cut: float = 0.12


@dataclass(slots=True)
class _Track:
    """Where a face was seen last, how fast it went in pixels per second, and since when it is missing."""

    number: int
    box: Floats
    seen_s: float
    velocity: Floats | None = None
    missing_s: float | None = None


class Tracker:
    """Gives the boxes of one frame after the other the numbers of their tracks, from 0 on as they appear."""

    def __init__(self, config: Config | None = None) -> None:
        self._config = config or Config()
        self._tracks: list[_Track] = []
        self._next = 0
        self._small: Floats | None = None

    def follow(self, t_s: float, boxes: Sequence[Box], picture: Picture | None = None) -> list[int]:
        """The number of each box (left, top, right, bottom) of the frame at `t_s`; frames come in time.

        `picture`, uint8 (h, w, 3), tells cuts; without one there are none.
        """
        for track in self._tracks:
            track.missing_s = t_s if track.missing_s is None else track.missing_s
        self._tracks = [] if self._is_cut(picture) else [track for track in self._tracks if self._goes_on(track, t_s)]
        found = np.asarray(boxes, np.float64).reshape(-1, 4)
        numbers = [-1] * len(found)
        if self._tracks and len(found):
            costs = cost(np.stack([_expected(track, t_s) for track in self._tracks]), found, self._config)
            for row, column in assigned(np.minimum(costs, 1.0)):
                if costs[row, column] < 1:
                    _move(self._tracks[row], t_s, found[column])
                    numbers[column] = self._tracks[row].number
        for column in (i for i, number in enumerate(numbers) if number < 0):
            numbers[column] = self._next
            self._tracks.append(_Track(self._next, found[column], t_s))
            self._next += 1
        return numbers

    def expected(self, t_s: float, picture: Picture | None = None) -> list[Box]:
        """Where the tracks that may go on are expected at `t_s`, the time of the next frame; none where it is a cut.

        A face that is missing is expected as well. `picture` as in `follow`, which is still to be called.
        """
        if picture is not None and self._changed(small(picture)):
            return []
        places = (_expected(track, t_s).tolist() for track in self._tracks if self._goes_on(track, t_s))
        return [(left, top, right, bottom) for left, top, right, bottom in places]

    @property
    def open(self) -> frozenset[int]:
        """The numbers of the tracks that may go on."""
        return frozenset(track.number for track in self._tracks)

    def _goes_on(self, track: _Track, t_s: float) -> bool:
        return track.missing_s is None or t_s - track.missing_s <= self._config.keep_s + _EXACT_S

    def _is_cut(self, picture: Picture | None) -> bool:
        if picture is None:
            return False
        now = small(picture)
        changed, self._small = self._changed(now), now
        return changed

    def _changed(self, now: Floats) -> bool:
        return self._small is not None and float(np.abs(now - self._small).mean()) > self._config.cut


def small(picture: Picture) -> Floats:
    """A picture uint8 (h, w, 3) as (18, 32, 3) float64 in [0, 1], each pixel the mean of what it stands for."""
    import cv2

    return np.asarray(cv2.resize(picture, (_WIDE, _HIGH), interpolation=cv2.INTER_AREA) / 255, np.float64)


def cost(expected: Floats, found: Floats, config: Config) -> Floats:
    """(t, b) how badly boxes (b, 4) fit where tracks are expected (t, 4); infinite where size or place cannot be."""
    a, b = expected[:, None], found[None]
    sides = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0)
    both = sides.prod(-1)
    areas = [np.maximum(np.prod(box[..., 2:] - box[..., :2], -1), 1e-9) for box in (a, b)]
    side = np.sqrt(np.sqrt(areas[0] * areas[1]))
    distance = np.linalg.norm(a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:], axis=-1) / 2 / (config.reach * side)
    growth = np.sqrt(areas[1] / areas[0])
    there = (distance < 1) & (growth <= config.growth) & (growth >= 1 / config.growth)
    total = (1 - both / (areas[0] + areas[1] - both) + distance) / 2
    return np.where(there, total, np.inf)


def assigned(costs: Floats) -> list[tuple[int, int]]:
    """The min(n, m) pairs (row, column) of finite costs (n, m), each row and column at most once, of least sum."""
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assigned(costs.T))
    n, m = costs.shape
    # shortest augmenting paths with prices; row and column 0 stand for none
    row_price, column_price, owner = np.zeros(n + 1), np.zeros(m + 1), np.zeros(m + 1, np.int64)
    for row in range(1, n + 1):
        owner[0], at = row, 0
        least, before, done = np.full(m + 1, np.inf), np.zeros(m + 1, np.int64), np.zeros(m + 1, np.bool_)
        while True:
            done[at] = True
            reduced = costs[owner[at] - 1] - row_price[owner[at]] - column_price[1:]
            better = np.concatenate([[False], ~done[1:] & (reduced < least[1:])])
            least[better], before[better] = reduced[better[1:]], at
            nearest = int(np.where(done, np.inf, least).argmin())
            step = least[nearest]
            row_price[owner[done]] += step
            column_price[done] -= step
            least[~done] -= step
            at = nearest
            if not owner[at]:
                break
        while at:
            owner[at] = owner[before[at]]
            at = int(before[at])
    return sorted((int(owner[column]) - 1, column - 1) for column in range(1, m + 1) if owner[column])


def _expected(track: _Track, t_s: float) -> Floats:
    """Where a track's box (4,) is at `t_s` if it goes on as it did."""
    if track.velocity is None:
        return track.box
    return np.asarray(track.box + np.tile(track.velocity, 2) * (t_s - track.seen_s))


def _move(track: _Track, t_s: float, box: Floats) -> None:
    if t_s > track.seen_s:
        newest = (box[:2] + box[2:] - track.box[:2] - track.box[2:]) / 2 / (t_s - track.seen_s)
        old = newest if track.velocity is None else track.velocity
        track.velocity = _NEWEST * newest + (1 - _NEWEST) * old
    track.box, track.seen_s, track.missing_s = box, t_s, None
