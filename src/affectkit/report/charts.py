"""Charts as inline SVG: letters stay text in the page's own font, colours are the page's, by day, by night, on paper.

matplotlib draws with a few colours that stand for the page's variables; in the finished SVG each is put in the place
of its own. Sizes are in pixels of the page.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..analysis.reliability import Bin
from ..analysis.risk import Curve
from .counts import Error
from .page import clean

Floats = NDArray[np.float64]

_NEEDED_BY, _EXTRA = "a report's charts", "analysis"
_INK, _QUIET, _LINE, _ACCENT = "#23272e", "#68707c", "#e2e2dd", "#2a6f97"
_VARIABLES = {_INK: "--ink", _QUIET: "--quiet", _LINE: "--line", _ACCENT: "--accent"}
_WIDE_PX, _HALF_PX = 752, 364
_SMALL_PX, _FONT_PX = 10.5, 11.5
_ROW_PX = 19
_MOST_POINTS = 120  # of a curve
_LETTER_PX = 6.6  # width of a letter, on the safe side


@dataclass(frozen=True, slots=True)
class Dot:
    """A named figure with its interval."""

    name: str
    value: float
    low: float
    high: float


def intervals(key: str, dots: Sequence[Dot], label: str, low: float | None = None, high: float | None = None) -> str:
    """Named figures below each other, each with its interval; `low` and `high` are the ends of the scale."""
    with _Drawing(key, label, _WIDE_PX, 44 + _ROW_PX * len(dots), left=_room([d.name for d in dots])) as drawing:
        axes, rows = drawing.axes, np.arange(len(dots))
        axes.hlines(rows, [d.low for d in dots], [d.high for d in dots], color=_ACCENT, alpha=0.45, linewidth=2.2)
        axes.plot([d.value for d in dots], rows, "o", color=_ACCENT, markersize=4.6, markeredgewidth=0)
        _names(axes, [d.name for d in dots])
        axes.set_xlim(low, high)
        axes.set_xlabel(clean(label))
        axes.grid(axis="x", color=_LINE, linewidth=0.7)
    return drawing.svg


def bars(key: str, counts: Mapping[str, float], label: str) -> str:
    """Named amounts below each other."""
    with _Drawing(key, label, _WIDE_PX, 44 + _ROW_PX * len(counts), left=_room(counts)) as drawing:
        axes = drawing.axes
        axes.barh(np.arange(len(counts)), list(counts.values()), height=0.62, color=_ACCENT, alpha=0.75)
        _names(axes, list(counts))
        axes.set_xlim(0, None)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel(clean(label))
        axes.grid(axis="x", color=_LINE, linewidth=0.7)
    return drawing.svg


def matrix(key: str, names: Sequence[str], shares: Floats, across: str, down: str) -> str:
    """Shares (k, k) as squares, the darker the larger, with their numbers where there is room."""
    k, shown, room = len(names), [_short(name) for name in names], _room(names)
    side = min(_WIDE_PX - room - 8, max(300, 22 * k), 64 * k)
    edge = side / k
    turned = room > edge + 20
    below = 30 + (room if turned else 14)
    with _Drawing(
        key, f"{down} against {across}", room + side + 8, below + side + 6, left=room, bottom=below
    ) as drawing:
        axes = drawing.axes
        rectangle = find.library("matplotlib.patches", _NEEDED_BY, _EXTRA).Rectangle
        for i, j in zip(*np.nonzero(shares >= 0.005), strict=True):
            place, share = (j - 0.46, i - 0.46), float(shares[i, j])
            axes.add_patch(rectangle(place, 0.92, 0.92, facecolor=_ACCENT, alpha=round(share, 2), linewidth=0))
            if edge >= 30:
                axes.text(j, i, f"{share:.2f}"[1:] if share < 0.995 else "1", ha="center", va="center", color=_INK)
        axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5))
        axes.set_xticks(range(k), shown, rotation=90 if turned else 0)
        axes.set_yticks(range(k), shown)
        axes.set_xlabel(across)
        axes.set_ylabel(down)
        for spine in axes.spines.values():
            spine.set(visible=True, color=_LINE)
    return drawing.svg


def plane(key: str, across: Floats, down: Floats, labels: tuple[str, str], diagonal: bool = False) -> str:
    """Points (n,) in [-1, 1] as squares of a grid, the darker the more lie there."""
    with _Drawing(key, f"{labels[1]} against {labels[0]}", _HALF_PX, _HALF_PX - 22) as drawing:
        axes = drawing.axes
        ends = _ends(np.concatenate([across, down])) if diagonal else (-1.0, 1.0)
        edges = np.linspace(*ends, 27)
        counts, _, _ = np.histogram2d(np.clip(across, *ends), np.clip(down, *ends), bins=(edges, edges))
        step, most = edges[1] - edges[0], np.sqrt(counts.max())
        rectangle = find.library("matplotlib.patches", _NEEDED_BY, _EXTRA).Rectangle
        if diagonal:
            axes.plot(ends, ends, color=_QUIET, linewidth=0.8, linestyle=(0, (3, 3)))
        else:
            axes.axhline(0, color=_LINE, linewidth=0.9)
            axes.axvline(0, color=_LINE, linewidth=0.9)
            axes.set_xticks((-0.5, 0, 0.5, 1))
            axes.set_yticks((-1, -0.5, 0, 0.5, 1))
        for i, j in zip(*np.nonzero(counts), strict=True):
            shade = round(0.12 + 0.88 * float(np.sqrt(counts[i, j]) / most), 2)
            axes.add_patch(rectangle((edges[i], edges[j]), step, step, facecolor=_ACCENT, alpha=shade, linewidth=0))
        axes.set(xlim=ends, ylim=ends, xlabel=_short(labels[0]), ylabel=_short(labels[1]))
    return drawing.svg


def reliability(key: str, bins: Sequence[Bin]) -> str:
    """How often an answer is right against how sure it was."""
    with _Drawing(key, "share that is right against confidence", _HALF_PX, 300) as drawing:
        axes = drawing.axes
        axes.plot((0, 1), (0, 1), color=_QUIET, linewidth=0.8, linestyle=(0, (3, 3)))
        x = [b.score for b in bins]
        axes.vlines(
            x, [b.share_low for b in bins], [b.share_high for b in bins], color=_ACCENT, alpha=0.45, linewidth=2
        )
        axes.plot(x, [b.share for b in bins], "-o", color=_ACCENT, linewidth=1.2, markersize=4.2, markeredgewidth=0)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is right")
        axes.grid(color=_LINE, linewidth=0.7)
    return drawing.svg


def risk(key: str, curve: Curve, point: tuple[float, float] | None) -> str:
    """The share of wrong answers against the share of items answered; `point` is what the abstain point keeps."""
    step = max(1, len(curve.coverage) // _MOST_POINTS)
    rows = np.unique(np.append(np.arange(step - 1, len(curve.coverage), step), len(curve.coverage) - 1))
    with _Drawing(key, "share that is wrong against share answered", _HALF_PX, 300) as drawing:
        axes = drawing.axes
        axes.fill_between(
            curve.coverage[rows], curve.low[rows], curve.high[rows], color=_ACCENT, alpha=0.18, linewidth=0
        )
        axes.plot(curve.coverage[rows], curve.risk[rows], color=_ACCENT, linewidth=1.6)
        if point is not None:
            axes.plot(*point, "o", color=_INK, markersize=5, markeredgewidth=0)
            style = {"textcoords": "offset points", "ha": "right", "va": "bottom", "color": _INK}
            axes.annotate("abstain point", point, (-6, 9), **style)
        axes.set(xlim=(0, 1.02), ylim=(0, None), xlabel="share of items answered", ylabel="share that is wrong")
        axes.grid(color=_LINE, linewidth=0.7)
    return drawing.svg


def disagreement(key: str, found: Sequence[Error], across: str, down: str) -> str:
    """The mean error of items against how far their raters are apart."""
    with _Drawing(key, f"{down} against {across}", _WIDE_PX, 240, left=60) as drawing:
        axes, x = drawing.axes, [e.apart for e in found]
        axes.vlines(x, [e.low for e in found], [e.high for e in found], color=_ACCENT, alpha=0.45, linewidth=2.2)
        axes.plot(x, [e.error for e in found], "-o", color=_ACCENT, linewidth=1.2, markersize=4.6, markeredgewidth=0)
        axes.set_ylim(0, None)
        axes.set(xlabel=across, ylabel=down)
        axes.grid(color=_LINE, linewidth=0.7)
    return drawing.svg


def histogram(key: str, values: Floats, label: str, mark: float | None = None) -> str:
    """How many of the values (n,) in [0, 1] lie in each of twenty bins."""
    with _Drawing(key, label, _WIDE_PX, 200, left=60) as drawing:
        axes = drawing.axes
        counts, edges = np.histogram(values, bins=20, range=(0, 1))
        axes.bar(edges[:-1], counts, width=0.046, align="edge", color=_ACCENT, alpha=0.75)
        if mark is not None:
            axes.axvline(mark, color=_INK, linewidth=0.9)
        axes.set(xlim=(0, 1), xlabel=label, ylabel="items")
        axes.grid(axis="y", color=_LINE, linewidth=0.7)
    return drawing.svg


def strips(key: str, spans: Sequence[tuple[float, float, str]], names: Sequence[str]) -> str:
    """When each name is said: (start_s, end_s, name) as strips."""
    with _Drawing(key, "names over time", _WIDE_PX, 44 + _ROW_PX * len(names), left=_room(names)) as drawing:
        axes = drawing.axes
        for row, name in enumerate(names):
            its = [(start, end - start) for start, end, said in spans if said == name]
            axes.broken_barh(its, (row - 0.32, 0.64), facecolor=_ACCENT, alpha=0.75, linewidth=0)
        _names(axes, names)
        axes.set_xlim(min(s for s, _, _ in spans), max(e for _, e, _ in spans))
        axes.set_xlabel("seconds")
        axes.grid(axis="x", color=_LINE, linewidth=0.7)
    return drawing.svg


def lines(key: str, t_s: Floats, values: Floats, names: Sequence[str]) -> str:
    """Values (n, k) in [-1, 1] over time (n,), one small chart below the other."""
    height = 84
    with _Drawing(
        key, "values over time", _WIDE_PX, height * len(names) + 30, left=_room(names) + 30, rows=len(names)
    ) as drawing:
        for axes, name, column in zip(drawing.all, names, values.T, strict=True):
            axes.axhline(0, color=_LINE, linewidth=0.8)
            axes.plot(t_s, column, color=_ACCENT, linewidth=1.3)
            axes.set(ylim=(-1, 1), xlim=(float(t_s.min()), float(t_s.max())))
            axes.set_yticks((-1, 0, 1))
            axes.set_ylabel(_short(name), rotation=0, ha="right", va="center", labelpad=14)
            if axes is not drawing.all[-1]:
                axes.set_xticklabels([])
        drawing.all[-1].set_xlabel("seconds")
    return drawing.svg


def traces(key: str, t_s: Floats, people: Floats, middle: Floats, band: tuple[Floats, Floats], label: str) -> str:
    """What n people said over time, (n, m) as thin lines, with the mean (m,) and a band from low to high (m,)."""
    rows = np.unique(np.linspace(0, len(t_s) - 1, min(len(t_s), 2 * _MOST_POINTS)).astype(int))
    with _Drawing(key, f"{label} of {len(people)} people over time, and their mean", _WIDE_PX, 230, left=62) as drawing:
        axes, x = drawing.axes, t_s[rows]
        for one in people:
            axes.plot(x, one[rows], color=_QUIET, alpha=0.35, linewidth=0.6)
        axes.fill_between(x, band[0][rows], band[1][rows], color=_ACCENT, alpha=0.22, linewidth=0)
        axes.plot(x, middle[rows], color=_ACCENT, linewidth=2.2)
        axes.set(xlim=(float(x[0]), float(x[-1])), xlabel="seconds", ylabel=_short(label))
        axes.grid(axis="y", color=_LINE, linewidth=0.7)
    return drawing.svg


def windows(key: str, spans: Sequence[tuple[float, float, float, bool]], end_s: float, label: str) -> str:
    """A value for each window, (start_s, end_s, value, whether it stands out): a line, thick where it stands out."""
    with _Drawing(key, f"{label} over time", _WIDE_PX, 132, left=62) as drawing:
        axes = drawing.axes
        axes.axhline(0, color=_QUIET, linewidth=0.8)
        for start, end, value, clear in spans:
            style = {"linewidth": 3.4, "alpha": 1.0} if clear else {"linewidth": 1.4, "alpha": 0.6}
            axes.hlines(value, start, end, color=_ACCENT, **style)
        axes.set(xlim=(spans[0][0] if spans else 0.0, end_s), xlabel="seconds", ylabel=_short(label))
        axes.margins(y=0.15)
        axes.grid(axis="y", color=_LINE, linewidth=0.7)
    return drawing.svg


class _Drawing:
    """A figure of so many pixels with axes in the house's style; its SVG is there when the block has ended.

    Args:
        key: unique on the page; `label` says what is seen to those who cannot see it.
        left, bottom: room for names, in pixels.
        rows: how many axes below each other.
    """

    svg: str

    def __init__(
        self,
        key: str,
        label: str,
        width_px: float,
        height_px: float,
        left: float = 50,
        bottom: float = 38,
        rows: int = 1,
    ) -> None:
        self._key, self._label, self._size, self._rows = key, label, (width_px, height_px), rows
        self._left, self._bottom = left, bottom

    def __enter__(self) -> _Drawing:
        matplotlib = find.library("matplotlib", _NEEDED_BY, _EXTRA)
        self._context = matplotlib.rc_context(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": self._key,
                "text.parse_math": False,  # a $ in a name is a $
                "font.family": "sans-serif",
                "font.size": _SMALL_PX,
                "axes.labelsize": _FONT_PX,
                "axes.edgecolor": _QUIET,
                "axes.labelcolor": _QUIET,
                "xtick.color": _QUIET,
                "ytick.color": _QUIET,
                "xtick.labelcolor": _INK,
                "ytick.labelcolor": _INK,
                "xtick.major.size": 0,
                "ytick.major.size": 0,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.spines.left": False,
                "axes.linewidth": 0.8,
                "axes.axisbelow": True,
            }
        )
        self._context.__enter__()
        width, height = self._size
        # 72 dots per inch: a point of matplotlib is a pixel of the page
        self._figure = find.library("matplotlib.figure", _NEEDED_BY, _EXTRA).Figure((width / 72, height / 72), dpi=72)
        self._figure.patch.set_visible(False)
        room, gap = height - self._bottom - 6, 12
        each = (room - gap * (self._rows - 1)) / self._rows
        self.all: list[Any] = []
        for row in range(self._rows):
            low = self._bottom + (self._rows - 1 - row) * (each + gap)
            axes = self._figure.add_axes(
                (self._left / width, low / height, (width - self._left - 8) / width, each / height)
            )
            axes.patch.set_visible(False)
            self.all.append(axes)
        self.axes = self.all[0]
        return self

    def __exit__(self, kind: object, *rest: Any) -> None:
        try:
            if kind is None:
                out = io.StringIO()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", UserWarning)  # letters that its font lacks: the page's has them
                    plain = dict.fromkeys(("Date", "Creator", "Format", "Type"))
                    self._figure.savefig(out, format="svg", metadata=plain)
                self.svg = inline(out.getvalue(), self._label)
        finally:
            self._context.__exit__(kind, *rest)


def inline(svg: str, label: str) -> str:
    """What matplotlib wrote, as part of a page: no header, no address, no fonts of its own, the page's colours."""
    whole = svg[svg.index("<svg") :]
    whole = re.sub(
        r"<defs>\s*<style.*?</style>\s*</defs>|<metadata>.*?</metadata>|<!--.*?-->", "", whole, flags=re.DOTALL
    )
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', whole)[0]
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
    whole = re.sub(r"<svg[^>]*>", f'{head} aria-label="{html.escape(clean(label))}">', whole, count=1)
    return re.sub(r"<[^>]*>", lambda tag: _tag(tag[0]), whole).replace(">\n<", "><")


def paper(page: str) -> str:
    """A page whose charts have plain colours, for renderers that know no variables within SVG."""
    for colour, variable in _VARIABLES.items():
        page = page.replace(f": var({variable})", f": {colour}")
    return page


def alone(svg: str) -> str:
    """A chart as a file of its own: plain colours on white, and the name that says it is SVG."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" style="background:#ffffff;font-family:sans-serif"'
    return paper(svg).replace("<svg", head, 1) + "\n"


def _tag(tag: str) -> str:
    """One tag, shorter: two digits after the point, no names that nothing refers to."""
    tag = " ".join(tag.split())
    tag = re.sub(r'^<g id="[^"]*"', "<g", tag).replace("xlink:href", "href")
    tag = re.sub(r"font-family: [^;\"]*(?:; ?)?", "", tag)
    tag = re.sub(r' transform="rotate\(-0 [^"]*"', "", tag)
    if tag.startswith("<text") and "fill:" not in tag:
        tag = tag.replace('style="', f'style="fill: {_INK}; ', 1)
    for colour, variable in _VARIABLES.items():
        tag = tag.replace(f": {colour}", f": var({variable})")
    return re.sub(r"(\d\.\d\d)\d+", r"\1", tag)


def _names(axes: Any, names: Sequence[str]) -> None:
    """Names from top to bottom at the rows of a chart."""
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)


def _room(names: Sequence[str] | Mapping[str, Any]) -> float:
    """Pixels that names need beside a chart."""
    return 14 + _LETTER_PX * max([len(_short(name)) for name in names], default=0)


def _short(name: str, most: int = 26) -> str:
    plain = clean(" ".join(name.split()))
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _ends(values: Floats) -> tuple[float, float]:
    """The ends of a scale that holds all but a few of the values."""
    low, high = np.quantile(values, [0.002, 0.998])
    room = 0.05 * (high - low) or 0.1
    return float(max(low - room, -1)), float(min(high + room, 1))
