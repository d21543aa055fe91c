"""A picture of a taxonomy: its labels on the plane of valence and arousal, coloured by their coarse names.

Reference: Russell, A circumplex model of affect, Journal of Personality and Social Psychology 39, 1980. Each label is a
dot at its point in the hub, a disc of several colours where it is made of several coarse names; labels at one point
share a dot. Labels are moved apart until none covers another or a dot, always in the same way, and a thin line leads
from a label that had to move to its dot. A label whose valence or arousal nobody has given is named below the plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import find, hub, store
from ..errors import UsageError

Floats = NDArray[np.float64]

COLOURS = {
    "joy": "#d9a520",
    "trust": "#7ba05b",
    "fear": "#3f7d6e",
    "surprise": "#5aa9c4",
    "sadness": "#4f6fa8",
    "disgust": "#8d6ba8",
    "anger": "#c0504d",
    "anticipation": "#dd8452",
    "neutral": "#8c8c8c",
}
"""Coarse name -> quiet colour."""
DRAWS = "taxonomies"
"""The kind of part that can be drawn."""
SUFFIXES = (".svg", ".png", ".pdf")

_INK, _FAINT = "#333333", "#d9d9d9"
_SIDE_INCHES = 8.0
_MARGIN_INCHES = 0.7
_DOT_POINTS = 7.5
_FONT_POINTS = 8.5
_RINGS = np.array([0.0, 4, 9, 15, 22, 30, 40, 52, 66, 82, 100, 125, 150])
_ANGLES = np.arange(32) * (2 * np.pi / 32)
_SWEEPS = 8
_MOST_LINES = 4
_CROWDED = 40  # places, beyond which several lines each find no room


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the plane: (valence, arousal), the labels that lie there, and the mean of their coarse shares."""

    names: tuple[str, ...]
    shares: dict[str, float]
    at: tuple[float, float]

    def text(self, most: int) -> str:
        """The labels, in at most so many lines: of more, the first ones and how many others there are."""
        if len(self.names) <= most:
            return "\n".join(self.names)
        if most == 1:
            return f"{self.names[0]} +{len(self.names) - 1}"
        return "\n".join((*self.names[: most - 1], f"+{len(self.names) - most + 1}"))


def draw(name: str, file: Path) -> None:
    """Draw a taxonomy into a file; its suffix says the format.

    Raises:
        UsageError: another suffix, or a scheme none of whose names has a place: dimensions, steps of sentiment.
        MissingExtra: matplotlib is not there.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise UsageError(f"a picture that ends in {', '.join(SUFFIXES)}", file.name, "choose one of these")
    scheme = hub.scheme(name)
    if not scheme.points:
        raise UsageError("a taxonomy of labels", f"{name}, whose names are dimensions", "choose another taxonomy")
    placed, without = spots(scheme)
    if not placed:
        raise UsageError("labels with valence and arousal", f"none in {name}", "choose another taxonomy")
    matplotlib = find.library("matplotlib", "a picture of a taxonomy", "analysis")
    figure_of = find.library("matplotlib.figure", "a picture of a taxonomy", "analysis").Figure
    # the same picture every time, and letters as outlines: they look alike everywhere
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path", "font.size": _FONT_POINTS}):
        figure = figure_of(figsize=(_SIDE_INCHES, _SIDE_INCHES + _MARGIN_INCHES), dpi=200)
        high = 0.92 * _SIDE_INCHES / (_SIDE_INCHES + _MARGIN_INCHES)
        axes = figure.add_axes((0.04, 0.105, 0.92, high))
        _plane(axes)
        _dots(axes, placed)
        _labels(figure, axes, placed)
        _words(figure, str(find.card("taxonomies", name)["title"]), placed, without)
        with store.whole(file) as aside:
            form = file.suffix.lower().removeprefix(".")
            figure.savefig(aside, format=form, metadata={"Date": None} if form == "svg" else None)


def spots(scheme: hub.Scheme) -> tuple[list[Spot], list[str]]:
    """The places on the plane that labels have, and the names of the labels that have none."""
    at: dict[tuple[float, float], list[str]] = {}
    without = []
    for name in scheme.names:
        valence, arousal, _ = scheme.points[name].vad
        if np.isnan(valence) or np.isnan(arousal):
            without.append(name)
        else:
            at.setdefault((valence, arousal), []).append(name)
    placed = []
    for place, names in at.items():
        means = {c: sum(scheme.points[n].coarse.get(c, 0.0) for n in names) / len(names) for c in hub.COARSE}
        placed.append(Spot(tuple(names), {c: share for c, share in means.items() if share > 0}, place))
    return placed, without


def apart(anchors: Floats, sizes: Floats, dot: float, low: Floats, high: Floats) -> Floats:
    """Centres (n, 2) of n labels that cover neither each other nor a dot where there is room, each near its dot.

    Args:
        anchors: (n, 2) float64, centres of the dots, in any unit of length.
        sizes: (n, 2) float64, width and height of the labels in the same unit.
        dot: diameter of a dot.
        low, high: (2,) float64, corners of the field in which labels must lie.

    One label after another, the most crowded first, goes to the best of many places around its dot; then all are tried
    again with the others where they are, until nothing moves.
    """
    n = len(anchors)
    if not n:
        return anchors.copy()
    away = np.hypot(*(anchors[:, None] - anchors[None]).transpose(2, 0, 1))
    crowd = (1 / (away + dot)).sum(axis=1)
    order = np.lexsort((np.arange(n), -crowd))
    directions = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
    centres = np.full((n, 2), np.nan)
    for _ in range(_SWEEPS):
        before = centres.copy()
        for i in order:
            # a place: from the dot's edge outwards in a direction, so far that the label's box is clear of it
            with np.errstate(divide="ignore"):
                reach = np.min(sizes[i] / 2 / np.abs(directions), axis=1)
            steps = (dot * 0.75 + reach)[:, None] + _RINGS[None] * dot / 10
            places = anchors[i] + (directions[:, None] * steps[..., None]).reshape(-1, 2)
            others = np.array([j for j in order if j != i and not np.isnan(centres[j, 0])], dtype=int)
            cost = _cost(places, i, anchors, sizes, dot, centres, others)
            outside = (places - sizes[i] / 2 < low).any(1) | (places + sizes[i] / 2 > high).any(1)
            centres[i] = places[int(np.argmin(cost + 1e6 * outside))]
        if np.array_equal(before, centres):
            break
    return centres


def _cost(
    places: Floats, i: int, anchors: Floats, sizes: Floats, dot: float, centres: Floats, others: NDArray[np.int_]
) -> Floats:
    """How bad each place (m, 2) is for label i: what it would cover counts most, then crossed lines, then distance."""
    pad = np.array([0.25, 0.25]) * dot
    cost: Floats = _overlap(places, sizes[i], anchors, np.full_like(sizes, dot), pad).sum(1) * 300
    off = places - anchors[i]
    gap = np.maximum(np.abs(off) - sizes[i] / 2, 0)  # between the dot and the nearest edge of the label
    cost += np.hypot(gap[:, 0], gap[:, 1]) / dot * 10
    # all else alike: to the right of the dot, then to the left, then above it
    cost += np.where(np.abs(off[:, 0]) > sizes[i, 0] / 2, np.where(off[:, 0] > 0, 0, 1), 2)
    cost += np.hypot(off[:, 0], off[:, 1]) / dot * 0.3
    # a label must be nearer to its own dot than to another one
    strangers = np.delete(anchors, i, axis=0)
    beside = np.maximum(np.abs(places[:, None] - strangers[None]) - sizes[i] / 2, 0)
    nearer = np.hypot(beside[..., 0], beside[..., 1]) < np.hypot(gap[:, 0], gap[:, 1])[:, None] + dot * 0.2
    cost += 12.0 * nearer.sum(axis=1)
    if others.size:
        cost += _overlap(places, sizes[i], centres[others], sizes[others], pad * [2, 1]).sum(1) * 1000
    tips = nearest_point(anchors[i], places, sizes[i])
    for j in others:
        tip = nearest_point(anchors[j], centres[j], sizes[j])
        cost += 60.0 * _crosses(tips, anchors[i], tip, anchors[j])
        cost += 200.0 * _through(tips, anchors[i], centres[j], sizes[j])
        cost += 200.0 * _through(tip[None], anchors[j], places, sizes[i])
    for j in np.delete(np.arange(len(anchors)), i):
        cost += 60.0 * _through(tips, anchors[i], anchors[j], np.array([dot, dot]))
    return cost


def nearest_point(anchor: Floats, centres: Floats, size: Floats) -> Floats:
    """The point of a label's box that is nearest to its dot, where its line ends; `centres` is (2,) or (m, 2)."""
    found: Floats = np.clip(anchor, centres - size / 2, centres + size / 2)
    return found


def _overlap(places: Floats, size: Floats, boxes: Floats, sizes: Floats, pad: Floats) -> Floats:
    """(m, k) float64: 1 and more where a box of `size` at a place covers a box, 0 elsewhere."""
    room = (size + sizes) / 2 + pad
    into = room[None] - np.abs(places[:, None] - boxes[None])
    covered: Floats = np.where((into > 0).all(2), 1 + into.min(2) / room.min(1)[None], 0.0)
    return covered


def _crosses(ends: Floats, start: Floats, end: Floats, other: Floats) -> NDArray[np.bool_]:
    """(m,) bool: whether the line from `start` to an end crosses the line from `end` to `other`."""

    def left(a: Floats, b: Floats, c: Floats) -> NDArray[np.bool_]:
        """Whether c lies to the left of the way from a to b."""
        along, to = b - a, c - a
        found: NDArray[np.bool_] = along[..., 0] * to[..., 1] > along[..., 1] * to[..., 0]
        return found

    crossed: NDArray[np.bool_] = left(start, ends, end) != left(start, ends, other)
    crossed &= left(end, other, start) != left(end, other, ends)
    return crossed


def _through(ends: Floats, start: Floats, box: Floats, size: Floats) -> NDArray[np.bool_]:
    """(m,) bool: whether the line from `start` to an end passes through a box; `ends` or `box` is (m, 2)."""
    run = ends - start
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (box - size / 2 - start) / run, (box + size / 2 - start) / run
    enter = np.nan_to_num(np.minimum(first, second), nan=-np.inf).max(-1)
    leave = np.nan_to_num(np.maximum(first, second), nan=np.inf).min(-1)
    passes: NDArray[np.bool_] = (enter < leave) & (leave > 0) & (enter < 1)
    return passes


def _plane(axes: Any) -> None:
    """The empty plane: two axes through the middle, a circle, and words at the ends."""
    axes.set(xlim=(-1.06, 1.06), ylim=(-1.06, 1.06), aspect="equal")
    axes.set_axis_off()
    turn = np.linspace(0, 2 * np.pi, 361)
    for radius in (0.5, 1.0):
        axes.plot(radius * np.cos(turn), radius * np.sin(turn), color=_FAINT, linewidth=0.6, zorder=0)
    axes.plot((-1, 1), (0, 0), color=_FAINT, linewidth=0.9, zorder=0)
    axes.plot((0, 0), (-1, 1), color=_FAINT, linewidth=0.9, zorder=0)
    style = {"color": "#777777", "fontsize": _FONT_POINTS, "fontstyle": "italic"}
    axes.text(1.05, 0.015, "pleasant", ha="right", va="bottom", **style)
    axes.text(-1.05, 0.015, "unpleasant", ha="left", va="bottom", **style)
    axes.text(0, 1.02, "aroused", ha="center", va="bottom", **style)
    axes.text(0, -1.02, "calm", ha="center", va="top", **style)


def _dots(axes: Any, placed: Sequence[Spot]) -> None:
    radius = _radius(axes)
    wedge = find.library("matplotlib.patches", "a picture of a taxonomy", "analysis").Wedge
    for spot in placed:
        start = 90.0
        for name in hub.COARSE:
            share = spot.shares.get(name, 0.0)
            if share:
                end = start + 360 * share
                axes.add_patch(wedge(spot.at, radius, start, end, facecolor=COLOURS[name], linewidth=0, zorder=3))
                start = end
        axes.add_patch(wedge(spot.at, radius, 0, 360, facecolor="none", edgecolor="white", linewidth=0.8, zorder=4))


def _radius(axes: Any) -> float:
    """Radius of a dot in units of the plane."""
    width_inches = axes.get_position().width * _SIDE_INCHES
    low, high = axes.get_xlim()
    return float(_DOT_POINTS / 72 / 2 / width_inches * (high - low))


def _labels(figure: Any, axes: Any, placed: Sequence[Spot]) -> None:
    """Write the labels where they cover nothing, with lines to the dots of those that had to move."""
    canvas = find.library("matplotlib.backends.backend_agg", "a picture of a taxonomy", "analysis").FigureCanvasAgg
    renderer = canvas(figure).get_renderer()
    inverse = axes.transData.inverted()
    # white around the letters: the lines of the plane do not run through them
    halo = [
        find.library("matplotlib.patheffects", "a picture of a taxonomy", "analysis").withStroke(
            linewidth=2.5, foreground="white"
        )
    ]
    most = _lines(placed)
    texts = [
        axes.text(
            *spot.at,
            spot.text(most),
            color=_INK,
            fontsize=_FONT_POINTS,
            ha="center",
            va="center",
            multialignment="left",
            linespacing=1.05,
            zorder=5,
            path_effects=halo,
        )
        for spot in placed
    ]
    boxes = [text.get_window_extent(renderer).transformed(inverse) for text in texts]
    sizes = np.array([(box.width, box.height) for box in boxes]).reshape(-1, 2)
    anchors = np.array([spot.at for spot in placed]).reshape(-1, 2)
    dot = 2 * _radius(axes)
    centres = apart(anchors, sizes, dot, np.array([-1.04, -1.0]), np.array([1.04, 1.0]))
    for text, spot, centre, size in zip(texts, placed, centres, sizes, strict=True):
        text.set_position(tuple(centre))
        near = nearest_point(np.array(spot.at), centre, size)
        if np.hypot(*(near - spot.at)) > 1.6 * dot:
            axes.plot((spot.at[0], near[0]), (spot.at[1], near[1]), color="#9a9a9a", linewidth=0.5, zorder=2)


def _lines(placed: Sequence[Spot]) -> int:
    """How many lines a label may have."""
    return _MOST_LINES if len(placed) <= _CROWDED else 1


def _words(figure: Any, title: str, placed: Sequence[Spot], without: Sequence[str]) -> None:
    """The title above; below the plane the colours, where the points come from, and the labels without one."""
    lines = find.library("matplotlib.lines", "a picture of a taxonomy", "analysis")
    figure.text(0.05, 0.985, title, color=_INK, fontsize=13, fontweight="bold", va="top")
    used = [name for name in hub.COARSE if any(name in spot.shares for spot in placed)]
    marks = [
        lines.Line2D([], [], marker="o", linestyle="", markersize=6, color=COLOURS[name], label=name) for name in used
    ]
    figure.legend(
        handles=marks,
        loc="lower center",
        bbox_to_anchor=(0.5, 0.075),
        ncol=len(marks),
        frameon=False,
        handletextpad=0.0,
        columnspacing=1.1,
    )
    said = ["Points: mean ratings of the nearest terms (Russell and Mehrabian 1977); colours: shares of coarse names."]
    most = _lines(placed)
    if any(len(spot.names) > most for spot in placed):
        said[0] += " +n: so many more at the same point."
    if without:
        said += _wrapped(f"No point is known for: {', '.join(without)}.")
    figure.text(0.5, 0.07, "\n".join(said), color="#777777", fontsize=7.5, ha="center", va="top", linespacing=1.4)


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 130)
