"""Many people, one stimulus: the mean course of what they say, how far they spread, and whether they move together.

Traces are brought onto one clock. Then, for each dimension: the mean curve with deviation and quartiles at each moment;
the *synchrony*, which is inter-subject correlation, as the mean over pairs of people and as the mean of each person
against the mean of the rest, over the whole and in windows; and for each person the concordance with the mean of the
rest, and how much later they are. Chance is told by shifting every trace around its own circle by an amount of its own:
each keeps its course, only what they have in common in time is lost. In windows a second p counts the largest of all
windows of a draw, so that of twenty windows none stands out by luck. What cannot be told, such as the correlation of
somebody who never moved, is NaN, and the person is named.
Reference: Nastase, Gazzola, Hasson and Keysers, Measuring shared responses across subjects using intersubject
correlation, SCAN 14, 2019; Chen et al., Untangling the relatedness among correlations, part I, NeuroImage 142, 2016,
for drawing people again, not pairs; Nichols and Holmes, Nonparametric permutation tests for functional neuroimaging,
Human Brain Mapping 15, 2002, for the largest of all windows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..metrics import Floats
from ..sample import Series
from .significance import Interval, within

_COVERED = 0.9
"""The share of a stimulus's time that a person must have values for."""
_GAP_S, _GAP_STEPS = 1.0, 3.0
"""Between two values farther apart than this, in seconds and in usual distances, nothing is filled in."""
_FEWEST_MOMENTS = 8
_CONSTANT = 1e-9  # a deviation below this share of the largest value is none
_ROUNDING = 1e-12  # a variance below this share of another is what rounding leaves of zero


@dataclass(frozen=True, slots=True)
class Settings:
    """How synchrony is looked for.

    Args:
        rate_hz: moments a second that traces are brought to; None takes the usual rate of the traces themselves.
        window_s, step_s: windows of synchrony over time.
        skip_s: what is left out at the beginning, where all may still rest at one value.
        most_delay_s: people are looked for this much earlier and later than the rest.
        draws: circular shifts, and people drawn again.
    """

    rate_hz: float | None = None
    window_s: float = 10.0
    step_s: float = 5.0
    skip_s: float = 0.0
    most_delay_s: float = 5.0
    draws: int = 1000
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        for name in ("rate_hz", "window_s", "step_s", "most_delay_s"):
            value = getattr(self, name)
            if value is not None and not 0 < value < np.inf:
                raise DataError(f"{name} above 0", f"{value:g}", "correct it")
        if not 0 <= self.skip_s < np.inf:
            raise DataError("skip_s of at least 0", f"{self.skip_s:g}", "correct it")
        if self.draws < 1:
            raise DataError("at least one draw", str(self.draws), "ask for more")


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """What several people said over the same time.

    Args:
        people: n names.
        names: k dimensions.
        t_s: (m,) float64 seconds, equally far apart but for moments at which somebody has no value.
        values: (n, m, k) float64 in the scale's own units; all are there.
        rate_hz: moments a second.
        left_out: person -> why.
    """

    people: tuple[str, ...]
    names: tuple[str, ...]
    t_s: Floats
    values: Floats
    rate_hz: float
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """One person beside the others, in one dimension; NaN where it cannot be told.

    Args:
        ccc, r: concordance and correlation with the mean of the rest; NaN for who never moves.
        shift: how much higher than the rest on average, in the scale's units.
        deviation: over time, in the scale's units.
        delay_s: by how much later than the rest (below 0: earlier) the correlation is highest; NaN where it has no peak
            above 0 within the delays that are looked at.
        delay_r: the correlation there.
    """

    person: str
    ccc: float
    r: float
    shift: float
    deviation: float
    delay_s: float
    delay_r: float


@dataclass(frozen=True, slots=True)
class Window:
    """Synchrony in one window.

    Args:
        pairs: mean correlation of pairs among those who move in it; NaN below two of them.
        people: how many move.
        p: the share of circular shifts that reach it here; `p_any` anywhere.
    """

    start_s: float
    end_s: float
    pairs: float
    people: int
    p: float
    p_any: float


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One dimension over time.

    Args:
        mean, deviation, low, high: (m,) float64: over people, the quartiles last.
        pairs: mean correlation of pairs of people who move, with its interval over people; `pairs_p` by circular shift.
        rest: mean correlation of a person with the mean of the rest; `rest_p` likewise.
        constant: people who never move.
    """

    name: str
    mean: Floats
    deviation: Floats
    low: Floats
    high: Floats
    pairs: Interval
    pairs_p: float
    rest: float
    rest_p: float
    windows: tuple[Window, ...]
    people: tuple[Person, ...]
    constant: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stimulus:
    """What was found of one stimulus."""

    id: str
    traces: Traces
    courses: tuple[Course, ...]


def study(id: str, given: Mapping[str, Series], names: Sequence[str], settings: Settings | None = None) -> Stimulus:
    """All figures on one stimulus.

    Args:
        given: person -> trace, whose k columns are `names`.

    Raises:
        DataError: fewer than two people with enough in common, or traces with other columns.
    """
    asked = settings or Settings()
    traces = together(id, given, names, asked.rate_hz, asked.skip_s)
    courses = tuple(_course(traces, d, asked) for d in range(len(traces.names)))
    return Stimulus(id, traces, courses)


def together(
    id: str, given: Mapping[str, Series], names: Sequence[str], rate_hz: float | None = None, skip_s: float = 0.0
) -> Traces:
    """Traces on one clock: values between two near ones on the line that joins them, none where there is a gap.

    The time is from the middle one of all beginnings, `skip_s` later, to the middle one of all ends. Who has no value
    for more than a tenth of it is left out; of the others, moments stay at which each of them has one.

    Raises: as `study`.
    """
    for who, trace in given.items():
        if trace.values.shape[1] != len(names):
            wrong = f"{trace.values.shape[1]} from {who}"
            raise DataError(f"{len(names)} values ({', '.join(names)}) a moment of {id!r}", wrong, "correct the trace")
    usable = {who: _ordered(trace) for who, trace in given.items() if len(trace.t_s) > 1}
    left_out = dict.fromkeys(sorted(set(given) - set(usable)), "a single value")
    if len(usable) < 2:
        raise _too_few(id, len(usable))
    rate = rate_hz or 1 / float(np.median([np.median(np.diff(t_s)) for t_s, _ in usable.values()]))
    start, end = (float(np.median([t_s[at] for t_s, _ in usable.values()])) for at in (0, -1))
    start += skip_s
    if not start < end:
        raise DataError(f"traces of {id!r} over the same time", "none begin before others end", "check their times")
    t_s = start + np.arange(int((end - start) * rate + 1e-6) + 1) / rate
    found, there = {}, {}
    for who, (own_t_s, own) in usable.items():
        known = _known(t_s, own_t_s)
        if known.mean() < _COVERED:
            left_out[who] = f"values for {known.mean():.0%} of the time"
            continue
        found[who] = np.stack([np.interp(t_s, own_t_s, column) for column in own.T], 1)
        there[who] = known
    if len(found) < 2:
        raise _too_few(id, len(found))
    kept = np.all(list(there.values()), axis=0)
    if kept.sum() < _FEWEST_MOMENTS:
        raise DataError(
            f"at least {_FEWEST_MOMENTS} moments of {id!r} at which all have a value",
            str(kept.sum()),
            "check the times",
        )
    people = tuple(found)
    return Traces(people, tuple(names), t_s[kept], np.stack([found[w] for w in people])[:, kept], rate, left_out)


def _too_few(id: str, count: int) -> DataError:
    return DataError(
        f"at least two people with traces over most of {id!r}", str(count), "choose another stimulus or check the times"
    )


def _ordered(trace: Series) -> tuple[Floats, Floats]:
    """Times that rise, and values; several at one time are one, their mean."""
    t_s, which, count = np.unique(trace.t_s, return_inverse=True, return_counts=True)
    values = np.zeros((len(t_s), trace.values.shape[1]))
    np.add.at(values, which, trace.values.astype(np.float64))
    return t_s, values / count[:, None]


def _known(t_s: Floats, own: Floats) -> NDArray[np.bool_]:
    """Which moments (m,) lie between two values that are near enough to each other."""
    if len(own) < 2:
        return np.zeros(len(t_s), bool)
    steps = np.diff(own)
    usual = float(np.median(steps))
    near = steps <= max(_GAP_S, _GAP_STEPS * usual)
    at = np.clip(np.searchsorted(own, t_s, side="right") - 1, 0, len(steps) - 1)
    # a trace that begins or ends within one of its own steps of the others' is not held to begin or end too late
    inside = (t_s >= own[0] - usual) & (t_s <= own[-1] + usual)
    known: NDArray[np.bool_] = inside & near[at]
    return known


def moves(values: Floats) -> NDArray[np.bool_]:
    """Which rows of (..., m) are not constant."""
    largest = np.maximum(np.abs(values).max(-1), 1.0)
    found: NDArray[np.bool_] = values.std(-1) > _CONSTANT * largest
    return found


def correlations(values: ArrayLike) -> Floats:
    """Correlation of every two rows of (n, m), as (n, n) float64; NaN with a row that is constant."""
    x = np.asarray(values, np.float64)
    z = _standard(x)
    found: Floats = z @ z.T / x.shape[1]
    found[~moves(x)] = np.nan
    found[:, ~moves(x)] = np.nan
    return np.clip(found, -1, 1)


def between_pairs(values: ArrayLike) -> float:
    """Mean correlation of pairs of rows of (n, m) that are not constant; NaN below two of them."""
    return float(_pairs(np.asarray(values, np.float64)))


def with_rest(values: ArrayLike) -> Floats:
    """Correlation of each row of (n, m) with the mean of the others, (n,) float64; NaN where either is constant."""
    x = np.asarray(values, np.float64)
    return _rest(x - x.mean(1, keepdims=True), moves(x))


def _rest(far: Floats, moved: NDArray[np.bool_]) -> Floats:
    """As `with_rest`, of rows with mean 0: correlated with the sum of the others, which is as good as their mean."""
    whole, own = far.sum(0), (far**2).sum(1)
    toward, square = far @ whole, (whole**2).sum()
    others = square - 2 * toward + own
    known = moved & (others > _ROUNDING * (square + own))
    scale = np.sqrt(np.where(known, own * others, 1.0))
    return np.where(known, np.clip((toward - own) / scale, -1, 1), np.nan)


def concordance(a: ArrayLike, b: ArrayLike) -> float:
    """Lin's concordance of two traces (m,), deviations over m; NaN where one of them is constant."""
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if not (moves(x) and moves(y)):
        return float("nan")
    shared = ((x - x.mean()) * (y - y.mean())).mean()
    return float(2 * shared / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))


def delay(person: ArrayLike, rest: ArrayLike, most: int) -> tuple[float, float]:
    """By how many moments a trace (m,) is later than another, and their correlation there.

    Of all delays up to `most` on either side that with the highest correlation of the parts that overlap. Both are NaN
    where a trace is constant, or where there is no peak above 0: the highest lies at the end of what is looked at.
    """
    x, y = np.asarray(person, np.float64), np.asarray(rest, np.float64)
    m = len(x)
    most = min(most, m // 2)
    if most < 1 or not (moves(x) and moves(y)):
        return float("nan"), float("nan")
    x, y = x - x.mean(), y - y.mean()
    by = np.arange(-most, most + 1)
    n = m - np.abs(by)
    products = np.correlate(x, y, "full")[m - 1 - most : m + most]
    own, rests = _overlaps(x, by, n), _overlaps(y, -by, n)
    shared = products / n - own[0] * rests[0]
    varies = (own[1] > _ROUNDING * x.var()) & (rests[1] > _ROUNDING * y.var())
    found = np.where(varies, shared / np.sqrt(np.where(varies, own[1] * rests[1], 1.0)), -np.inf)
    best = int(found.argmax())
    if best in (0, 2 * most) or found[best] <= 0:
        return float("nan"), float("nan")
    return float(by[best]), float(min(found[best], 1.0))


def _overlaps(x: Floats, by: NDArray[np.int_], n: NDArray[np.int_]) -> tuple[Floats, Floats]:
    """Mean and variance of the n values of x that overlap with another trace moved by so many moments."""
    sums, squares = (np.concatenate([[0.0], np.cumsum(one)]) for one in (x, x * x))
    start = np.maximum(by, 0)
    mean = (sums[start + n] - sums[start]) / n
    return mean, (squares[start + n] - squares[start]) / n - mean**2


def _standard(x: Floats) -> Floats:
    """Rows with mean 0 and deviation 1; zeros where they are constant."""
    far = x - x.mean(-1, keepdims=True)
    scale = np.where(moves(x), x.std(-1), np.inf)
    found: Floats = far / scale[..., None]
    return found


def _pairs(x: Floats) -> Floats:
    """Mean correlation of pairs of people, x (n, ..., m) -> (...): from the square of their sum, without the pairs."""
    return _of_sum(_standard(x).sum(0), moves(x).sum(0))


def _of_sum(whole: Floats, there: NDArray[np.int_]) -> Floats:
    """Mean correlation of pairs from the sum (..., m) of standard traces, so many of which move."""
    square = (whole**2).mean(-1)  # each of them with itself, and each pair twice
    pairs = np.maximum(there * (there - 1), 1)
    found: Floats = np.where(there > 1, np.clip((square - there) / pairs, -1, 1), np.nan)
    return found


def _windows(x: Floats, size: int, step: int) -> Floats:
    """(n, m) -> (n, w, size), a view."""
    found: Floats = np.lib.stride_tricks.sliding_window_view(x, size, axis=1)[:, ::step]
    return found


def _course(traces: Traces, d: int, asked: Settings) -> Course:
    x = traces.values[..., d]
    n, m = x.shape
    size = min(m, max(_FEWEST_MOMENTS, round(asked.window_s * traces.rate_hz)))
    step = max(1, round(asked.step_s * traces.rate_hz))
    seen = (float(_pairs(x)), _mean(with_rest(x)), _pairs(_windows(x, size, step)))
    chance = _by_chance(x, size, step, asked)
    low, high = np.quantile(x, (0.25, 0.75), axis=0)
    windows = tuple(
        Window(
            float(traces.t_s[at * step]),
            float(traces.t_s[at * step + size - 1]),
            float(value),
            int(there),
            _p(value, chance[2][:, at]),
            _p(value, np.nanmax(chance[2], axis=1, initial=-np.inf)),
        )
        for at, (value, there) in enumerate(zip(seen[2], moves(_windows(x, size, step)).sum(0), strict=True))
    )
    return Course(
        traces.names[d],
        x.mean(0),
        x.std(0, ddof=1),
        low,
        high,
        _drawn(x, asked),
        _p(seen[0], chance[0]),
        seen[1],
        _p(seen[1], chance[1]),
        windows,
        tuple(_person(traces, d, i, asked) for i in range(n)),
        tuple(who for who, moved in zip(traces.people, moves(x), strict=True) if not moved),
    )


def _by_chance(x: Floats, size: int, step: int, asked: Settings) -> tuple[Floats, Floats, Floats]:
    """Pairs and rest over the whole (draws,), and pairs in windows (draws, w), of traces turned by chance."""
    n, m = x.shape
    rng, rows = np.random.default_rng(asked.seed), np.arange(n)[:, None]
    moved, far, z = moves(x), x - x.mean(1, keepdims=True), _standard(x)
    # every window of every circle once: a draw only chooses among them
    circle = np.lib.stride_tricks.sliding_window_view(np.concatenate([far, far[:, : size - 1]], 1), size, axis=1)
    still = ~moves(circle)
    over = np.where(still, 0.0, 1 / np.where(still, 1.0, circle.std(2)))
    middle = circle.mean(2)
    starts = np.arange(0, m - size + 1, step)
    pairs, rest, windows = [], [], []
    for _ in range(asked.draws):
        by = rng.integers(0, m, (n, 1))
        turned = (np.arange(m) + by) % m
        pairs.append(_of_sum(z[rows, turned].sum(0), moved.sum()))
        rest.append(_mean(_rest(far[rows, turned], moved)))
        at = (starts + by) % m
        weight = over[rows, at]
        together = np.einsum("nw,nwl->wl", weight, circle[rows, at]) - (weight * middle[rows, at]).sum(0)[:, None]
        windows.append(_of_sum(together, (~still[rows, at]).sum(0)))
    return np.asarray(pairs), np.asarray(rest), np.asarray(windows)


def _p(seen: float, chance: Floats) -> float:
    """The share of draws that reach what was seen, which counts as one of them; NaN where nothing was."""
    if np.isnan(seen):
        return float("nan")
    return float((1 + (chance >= seen - 1e-12).sum()) / (1 + len(chance)))  # a comparison with NaN is no


def _drawn(x: Floats, asked: Settings) -> Interval:
    """The mean correlation of pairs, and its interval over people drawn again; nobody is paired with themselves."""
    r = correlations(x)
    known = ~np.isnan(r)
    np.fill_diagonal(known, False)
    n = int(moves(x).sum())
    value = float(r[known].mean()) if known.any() else float("nan")
    held = np.where(known, r, 0.0)
    weight = np.random.default_rng(asked.seed).multinomial(len(x), np.full(len(x), 1 / len(x)), asked.draws)
    many = ((weight @ known) * weight).sum(1)
    sums = ((weight @ held) * weight).sum(1)
    folds = sums[many > 0] / many[many > 0]
    return Interval(value, *within(folds, asked.level), n)


def _person(traces: Traces, d: int, i: int, asked: Settings) -> Person:
    x = traces.values[..., d]
    own, rest = x[i], np.delete(x, i, axis=0).mean(0)
    by, r = delay(own, rest, round(asked.most_delay_s * traces.rate_hz))
    same = float(correlations([own, rest])[0, 1])
    shift, deviation = float(own.mean() - rest.mean()), float(own.std())
    return Person(traces.people[i], concordance(own, rest), same, shift, deviation, by / traces.rate_hz, r)


def _mean(values: Floats) -> float:
    """Of what is there; NaN where nothing is."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")
