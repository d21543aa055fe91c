"""Two systems on the same items: the randomisation test, Holm's correction for many tests, a figure over several seeds.

Were the systems alike, it would be chance which of them said what: the answers to an item (or to a whole group of
items) are swapped at random and the difference is taken again. Truth stands there twice, once with the answers of each
system, so that a swap is a weight of 0 or 1 and a metric that gives `prepare` sees its arrays once.
Reference: Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989; Phipson & Smyth, Permutation P-values Should
Never Be Zero, 2010; Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import find
from ..errors import DataError
from ..metrics import Bools, Floats, flat
from ..task import Task
from . import significance
from .significance import Difference, Interval, Metric

_CELLS = 4_000_000  # numbers in one block of swaps: 32 MB
_EQUAL = 1e-10  # differences nearer than this are the same difference


@dataclass(frozen=True, slots=True)
class Permuted:
    """The first system's figure minus the second's, and how often swapped answers differ as much (p, two-sided).

    `exact` tells that all ways of swapping were tried, not some drawn at random.
    """

    value: float
    p: float
    exact: bool


def permuted(
    metric: Metric,
    truth: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    judged: ArrayLike | None = None,
    task: Task | None = None,
    groups: Sequence[Any] | NDArray[Any] | None = None,
    folds: int = 1000,
    seed: int = 0,
) -> Permuted | dict[str, Permuted]:
    """The paired randomisation test of scores `a` against scores `b`; by dimension where the metric gives several.

    Args:
        groups: (n,) speaker, dialogue, song ... of each item, swapped as a whole; None swaps items.
        folds: how many ways of swapping are drawn (one more is counted, so that p is never 0); where there are not
            more ways than this, each is tried once.

    Raises:
        DataError: systems of another shape, fewer than one fold, or groups of another length.
    """
    t, one, other = (np.asarray(x) for x in (truth, a, b))
    if not t.shape == one.shape == other.shape:
        shapes = f"{t.shape}, {one.shape} and {other.shape}"
        raise DataError("truth and two systems of one shape", shapes, "align items and names")
    if folds < 1:
        raise DataError("at least one fold", f"{folds}", "1000 is usual")
    j = None if judged is None else np.concatenate([np.asarray(judged)] * 2)
    prepared = significance.prepare(metric, np.concatenate([t, t]), np.concatenate([one, other]), j, task)
    unit, units = significance.drawn_together(len(t), groups)
    differences = np.concatenate(
        [
            significance.columns(prepared, np.concatenate([~swap, swap], 1).astype(np.float64))
            - significance.columns(prepared, np.concatenate([swap, ~swap], 1).astype(np.float64))
            for swap in _swaps(unit, units, folds, seed)
        ]
    )
    exact = _few(units, folds)
    found = [Permuted(float(d[0]), _p(d, exact), exact) for d in differences.T]
    return found[0] if prepared.names is None else dict(zip(prepared.names, found, strict=True))


def holm(p: ArrayLike) -> Floats:
    """The p-values (m,) as they are when m questions were asked at once: all at or below 0.05 hold together.

    The smallest is multiplied by m, the next by m - 1 and so on; none becomes smaller than one before it, or larger
    than 1. NaN stays NaN and is no question.

    Raises:
        DataError: a value outside [0, 1], or no list of values.
    """
    given = np.asarray(p, np.float64)
    if given.ndim != 1 or (given < 0).any() or (given > 1).any():
        raise DataError("p-values between 0 and 1", f"{given.tolist()}", "give the list of one per comparison")
    asked = np.flatnonzero(np.isfinite(given))
    order = asked[given[asked].argsort(kind="stable")]
    made = np.full(len(given), np.nan)
    made[order] = np.minimum(np.maximum.accumulate(given[order] * np.arange(len(order), 0, -1)), 1.0)
    return made


@dataclass(frozen=True, slots=True)
class Seeds:
    """A figure over n trainings that differ by their seed: mean, standard deviation, and the interval of the mean.

    One training says nothing of the others: deviation and interval are NaN.
    """

    mean: float
    deviation: float
    low: float
    high: float
    n: int


def over_seeds(values: ArrayLike, level: float = 0.95) -> Seeds:
    """Mean, deviation (dividing by n - 1) and Student's t interval of figures (n,), one per seed.

    It tells how much trainings differ, not how much the test items do: those are in each figure's own interval.

    Raises:
        DataError: no figure, one that is not finite, or a level outside (0, 1).
        MissingExtra: scipy, which knows the t distribution, is not installed.
    """
    given = np.asarray(values, np.float64)
    if given.ndim != 1 or not len(given) or not np.isfinite(given).all():
        raise DataError("a finite figure per seed", f"{given.tolist()}", "leave out the seeds without one")
    if not 0 < level < 1:
        raise DataError("a level between 0 and 1", f"{level}", "0.95 is usual")
    n, mean = len(given), float(given.mean())
    if n == 1:
        return Seeds(mean, np.nan, np.nan, np.nan, 1)
    deviation = float(given.std(ddof=1))
    student = find.library("scipy.special", "intervals over seeds", "analysis").stdtrit(n - 1, (1 + level) / 2)
    half = float(student) * deviation / n**0.5
    return Seeds(mean, deviation, mean - half, mean + half, n)


def welch(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Difference:
    """The difference of two means of figures, (n,) and (m,), one per seed, by Welch's t, which lets deviations differ.

    Where neither side deviates, the interval is the difference itself and p is 1 or 0.
    Reference: Welch, The Generalization of Student's Problem When Several Different Population Variances Are Involved,
    Biometrika 1947.

    Raises:
        DataError: fewer than two figures on a side, one that is not finite, or a level outside (0, 1).
        MissingExtra: scipy, which knows the t distribution, is not installed.
    """
    one, other = over_seeds(a, level), over_seeds(b, level)
    if min(one.n, other.n) < 2:
        raise DataError("two figures or more on each side", f"{one.n} and {other.n}", "train more seeds")
    value = one.mean - other.mean
    shares = [side.deviation**2 / side.n for side in (one, other)]
    if not any(shares):
        return Difference(value, value, value, float(value == 0))
    error = sum(shares) ** 0.5
    degrees = sum(shares) ** 2 / sum(s**2 / (side.n - 1) for s, side in zip(shares, (one, other), strict=True))
    special = find.library("scipy.special", "intervals over seeds", "analysis")
    half = float(special.stdtrit(degrees, (1 + level) / 2)) * error
    return Difference(value, value - half, value + half, 2 * float(special.stdtr(degrees, -abs(value) / error)))


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What two systems say of the same n items of a task, as a metric takes it: truth, `a` and `b` (n, k) each."""

    task: Task
    metric: str
    truth: NDArray[Any]
    a: NDArray[Any]
    b: NDArray[Any]
    judged: Bools | None = None
    groups: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of a comparison: both figures, their difference (a - b), and what chance says of it.

    Args:
        difference: with its interval and p from the paired bootstrap.
        p: from the randomisation test.
        holm: that p, corrected for all lines of the table.
    """

    task: str
    metric: str
    a: Interval
    b: Interval
    difference: Difference
    p: float
    holm: float


def compare(pairs: Sequence[Pair], folds: int = 1000, seed: int = 0, level: float = 0.95) -> list[Compared]:
    """Every pair under every value of its metric, p-values corrected together; what does not exist is left out.

    Raises:
        DataError: fewer than one fold, a level outside (0, 1), or arrays that do not fit each other.
    """
    found = [line for pair in pairs for line in _lines(pair, folds, seed, level)]
    corrected = holm([p for *_, p in found])
    return [Compared(*line, float(its)) for line, its in zip(found, corrected, strict=True)]


def _lines(
    pair: Pair, folds: int, seed: int, level: float
) -> Iterator[tuple[str, str, Interval, Interval, Difference, float]]:
    given = (pair.judged, pair.task, pair.groups, folds, seed)
    swapped: Any = permuted(pair.metric, pair.truth, pair.a, pair.b, *given)
    systems = [pair.a, pair.b]
    _, (one, other), n = significance.resampled(pair.metric, pair.truth, systems, *given, level)
    for place, (metric, its) in enumerate(flat(pair.metric, swapped).items()):
        a, b = one[:, place], other[:, place]
        if np.isfinite(a[0]) and np.isfinite(b[0]):
            figures = (Interval(float(v[0]), *significance.within(v[1:], level), n) for v in (a, b))
            d = a - b
            between = Difference(float(d[0]), *significance.within(d[1:], level), significance.chance(d[1:]))
            yield pair.task.id, metric, *figures, between, its.p


def _few(units: int, folds: int) -> bool:
    """Whether all ways of swapping can be tried."""
    return units < folds.bit_length()


def _swaps(unit: NDArray[np.intp], units: int, folds: int, seed: int) -> Iterator[Bools]:
    """Blocks (m, n) of what is swapped, the first row nothing; all ways where these are few, else that many drawn."""
    if _few(units, folds):
        ways = np.arange(2**units)
        yield (ways[:, None] >> np.arange(units) & 1).astype(bool)[:, unit]
        return
    yield np.zeros((1, len(unit)), bool)
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // (2 * len(unit)))
    for start in range(0, folds, block):
        yield (rng.random((min(block, folds - start), units)) < 0.5)[:, unit]


def _p(differences: Floats, exact: bool) -> float:
    """The share of swaps (after the first, which is none) with a difference as large; NaN where it does not exist."""
    real, others = abs(differences[0]), np.abs(differences if exact else differences[1:])
    others = others[np.isfinite(others)]
    if not np.isfinite(real):
        return float("nan")
    as_large = int((others >= real - _EQUAL).sum())
    return as_large / len(others) if exact else (as_large + 1) / (len(others) + 1)
