"""Expressions characteristic of some texts beside others: n-grams of words or characters that more of them hold.

A text says an expression once, however often it stands there: y is how many texts of a set hold it, n how many
expressions of its length they hold in all, so that long texts do not make every word characteristic. Two measures: the
log odds of y / n under an informative Dirichlet prior, z = (logit(own) - logit(others)) / sqrt(1 / (y1 + a) + 1 /
(y0 + a)) with a the prior's share of it, and Pearson's chi-square with the sign of the difference. Expressions are then
kept up to a rate of false discoveries. What is found tells two sets apart; it is no cause, and sets that a model made
tell of the model.
Reference: Monroe, Colaresi and Quinn, Fightin' Words, Political Analysis 2008; Benjamini and Hochberg, Controlling the
False Discovery Rate, Journal of the Royal Statistical Society B 1995.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from ..metrics import Floats
from ..metrics._votes import Ints

_WORD = re.compile(r"\w+(?:['’]\w+)*")


class Measure(StrEnum):
    """By what expressions are ranked."""

    LOG_ODDS = "log_odds"
    CHI_SQUARE = "chi_square"


class Unit(StrEnum):
    """What an expression is made of."""

    WORDS = "words"
    CHARACTERS = "characters"


C = TypeVar("C", Measure, Unit)
_ORDERS = {Unit.WORDS: (1, 3), Unit.CHARACTERS: (2, 6)}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of one set of texts.

    Args:
        text: the expression in lower case.
        z: how far its share in the set lies above that in the other, in standard deviations of chance.
        own, others: how many texts of each set hold it.
        q: the rate of false discoveries among expressions at least as far.
    """

    text: str
    z: float
    own: int
    others: int
    q: float


def characteristic(
    own: Sequence[str],
    others: Sequence[str],
    measure: Measure | str = Measure.LOG_ODDS,
    unit: Unit | str = Unit.WORDS,
    orders: tuple[int, int] | None = None,
    fewest: int = 5,
    rate: float = 0.05,
    prior: float = 1000.0,
) -> list[Expression]:
    """Expressions that more texts of one set hold than of the other, the most characteristic first.

    Of expressions that exactly the same texts hold only the longest is given.

    Args:
        own, others: the texts.
        measure: "log_odds" or "chi_square".
        unit: "words", or "characters" for scripts without spaces.
        orders: the shortest and longest expression in units; None is (1, 3) words or (2, 6) characters.
        fewest: texts of both sets together that must hold it.
        rate: of false discoveries that are put up with; 1 keeps all that lie above 0.
        prior: expressions of the log odds' prior, in which each has the share that it has in both sets together.

    Raises:
        DataError: an empty set, a measure or unit that does not exist, or a number out of its range.
    """
    by, of = _closed(Measure, measure), _closed(Unit, unit)
    low, high = _ORDERS[of] if orders is None else orders
    if not own or not others:
        raise DataError("texts in both sets", f"{len(own)} and {len(others)}", "choose sets that both have some")
    if not (1 <= low <= high and fewest >= 1 and 0 < rate <= 1 and prior > 0):
        found = f"orders {low} to {high}, fewest {fewest}, rate {rate:g}, prior {prior:g}"
        raise DataError("orders from 1 up, at least one text, a rate in (0, 1], a prior above 0", found, "correct them")
    whole = holders([*own, *others], of, low, high)
    held = _longest(whole, fewest)
    if not held:
        return []
    texts = sorted(held)
    size = np.asarray([_units(t, of) - low for t in texts])
    said = np.zeros((2, high - low + 1))
    for text, rows in whole.items():
        y = sum(row < len(own) for row in rows)
        said[:, _units(text, of) - low] += y, len(rows) - y
    y1 = np.asarray([sum(row < len(own) for row in held[t]) for t in texts], np.int64)
    y0 = np.asarray([len(held[t]) for t in texts], np.int64) - y1
    z = _MEASURES[by](y1, y0, said[0, size], said[1, size], prior)
    q = false_discoveries([math.erfc(abs(v) / math.sqrt(2)) for v in z.tolist()])
    kept = np.flatnonzero((z > 0) & (q <= rate))
    order = sorted(kept.tolist(), key=lambda i: (-z[i], texts[i]))
    return [Expression(texts[i], float(z[i]), int(y1[i]), int(y0[i]), float(q[i])) for i in order]


def holders(texts: Sequence[str], unit: Unit, low: int, high: int) -> Mapping[str, tuple[int, ...]]:
    """Expression -> the texts that hold it, by their place, in order."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        for expression in dict.fromkeys(expressions(text, unit, low, high)):
            found[expression].append(row)
    return {expression: tuple(rows) for expression, rows in found.items()}


def expressions(text: str, unit: Unit, low: int, high: int) -> Iterator[str]:
    """The n-grams of a text, of `low` to `high` units: words over all but letters and digits, characters within words.

    Characters are joined over no white space and no punctuation, so that an expression is never half a sentence's end.
    """
    words = _WORD.findall(text.lower())
    rows: list[Sequence[str]] = [words] if unit is Unit.WORDS else words
    between = " " if unit is Unit.WORDS else ""
    for row in rows:
        for n in range(low, high + 1):
            for start in range(len(row) - n + 1):
                yield between.join(row[start : start + n])


def false_discoveries(p: ArrayLike) -> Floats:
    """Benjamini and Hochberg's q of each p (m,): the least rate of false discoveries at which it is one."""
    values = np.asarray(p, np.float64)
    order = np.argsort(-values, kind="stable")
    q = values[order] * len(values) / np.arange(len(values), 0, -1)
    found = np.empty_like(values)
    found[order] = np.minimum.accumulate(np.minimum(q, 1.0))
    return found


def _log_odds(y1: Ints, y0: Ints, n1: Floats, n0: Floats, prior: float) -> Floats:
    share = _share(y1, y0, n1, n0)
    a, b = prior * share, prior * (1 - share)
    alone = share == 1  # the only expression of its length: nothing to be more frequent than
    own, others = ((y + a) / (n - y + b + alone) for y, n in ((y1, n1), (y0, n0)))
    z: Floats = np.where(alone, 0.0, np.log(own / others)) / np.sqrt(1 / (y1 + a) + 1 / (y0 + a))
    return z


def _chi_square(y1: Ints, y0: Ints, n1: Floats, n0: Floats, prior: float) -> Floats:
    share, m1, m0 = _share(y1, y0, n1, n0), np.maximum(n1, 1), np.maximum(n0, 1)  # a set may have none so long
    spread = np.sqrt(share * (1 - share) * (1 / m1 + 1 / m0))
    z: Floats = (y1 / m1 - y0 / m0) / np.where(spread > 0, spread, 1.0)
    return z


def _share(y1: Ints, y0: Ints, n1: Floats, n0: Floats) -> Floats:
    found: Floats = (y1 + y0) / (n1 + n0)
    return found


_MEASURES: Mapping[Measure, Callable[[Ints, Ints, Floats, Floats, float], Floats]] = {
    Measure.LOG_ODDS: _log_odds,
    Measure.CHI_SQUARE: _chi_square,
}


def _units(expression: str, unit: Unit) -> int:
    return expression.count(" ") + 1 if unit is Unit.WORDS else len(expression)


def _longest(held: Mapping[str, tuple[int, ...]], fewest: int) -> dict[str, tuple[int, ...]]:
    """Expressions of at least `fewest` texts; of those that the same texts hold the longest, then the first."""
    best: dict[tuple[int, ...], str] = {}
    for expression, rows in held.items():
        if len(rows) >= fewest:
            there = best.get(rows)
            if there is None or (-len(expression), expression) < (-len(there), there):
                best[rows] = expression
    return {expression: rows for rows, expression in best.items()}


def _closed(closed: type[C], value: str) -> C:
    try:
        return closed(value)
    except ValueError as error:
        what = closed.__name__.lower()
        raise DataError(f"a {what} among {', '.join(closed)}", repr(value), f"correct `{what}`") from error
