"""The judgements in a table's columns: names in cells, names as columns, votes, and numbers on a scale.

Each way of writing gives a task and, for a row, its ratings or what is wrong with it. Names and columns are told or
guessed; a guess needs a scheme that knows nearly all labels, or all columns.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .. import find, hub
from ..errors import DataError, UnknownName
from ..sample import Rating
from ..task import Kind, Task, View
from ._columns import MOST, Columns, labels, mark_of, number, plain, shown, yes
from ._options import OWN, written
from ._table import Fault, Row

NO_LABEL, NO_NUMBER = "no label", "no number"
"""Faults that only say that a row was not judged."""
_LABELS = ("label", "labels", "emotion", "emotions", "sentiment", "mood", "feeling")
_FIRST = 2  # of these names need no other
_RANGES = ((-1.0, 1.0), (0.0, 1.0), (1.0, 5.0), (1.0, 7.0), (1.0, 9.0), (0.0, 10.0), (0.0, 100.0))
"""Scales in use; one is only guessed when both its ends occur."""
_AFFIX = re.compile(r"^(?:is|n|votes?|labels?|emotion)[ _.]|[ _.](?:votes?|counts?|share|score|intensity)$", re.I)
_WHOLE = re.compile(r"-?\d+")
_SHOWN = 6  # unknown labels in a message
_FEW = 20  # labels that need not come more than once

Ratings = Callable[[Row], tuple[Rating, ...] | Fault]


@dataclass(frozen=True, slots=True)
class Judged:
    """A task, and its ratings of a row; `unknown`: label that the scheme lacks -> the name nearest to it, or ""."""

    task: Task
    ratings: Ratings
    unknown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Names:
    """A scheme, those of its names that make the task, and label or column -> name."""

    scheme: str
    names: tuple[str, ...]
    of: Mapping[str, str]
    unknown: Mapping[str, str]


# ---- names -----------------------------------------------------------------------------------------------------------


def by_names(columns: Columns, needed: bool) -> Judged | None:
    """The task of a table's names; None where there are none and none are needed.

    Raises:
        UsageError: no column of names, or what they mean must be said.
    """
    o = columns.options
    told = [n for n in ("label", "labels", "votes") if getattr(o, n)]
    if len(told) > 1:
        raise columns.fail("one of label, labels and votes", " and ".join(told), f"{told[0]}=COLUMN")
    if not told:
        _guess_names(columns, needed)
    o = columns.options
    if o.label:
        return _in_cells(columns)
    if o.labels:
        return _as_columns(columns)
    return _votes(columns) if o.votes else None


def _guess_names(columns: Columns, needed: bool) -> None:
    """A column called so; else columns called after labels of one scheme."""
    near = columns.called(_LABELS)
    if len(near) == 1 or (near and plain(near[0]) in _LABELS[:_FIRST]):
        columns.guess("label", near[0])
        return
    if near:
        raise columns.fail("one column of labels", ", ".join(near), f"label={near[0]}")
    found = _label_columns(columns)
    if not found:
        if needed:
            fix = "label=COLUMN, or labels=, votes= or values= with columns joined by +"
            raise columns.fail("a column of labels, or one per label", ", ".join(columns.free()) or "none left", fix)
        return
    table = [[v for c in found if (v := number(row.cells.get(c))) is not None] for row in columns.table.rows]
    table = [row for row in table if row]
    if all(v in (0, 1) for row in table for v in row):
        columns.guess("labels", found)
        return
    sums = Counter(round(sum(row), 2) for row in table)
    alike = sums.most_common(1)[0][1] >= MOST * len(table) and min(map(min, table)) >= 0
    if not alike and not any(re.search("vote|count|share", c, re.I) for c in found):
        top, joined = max(map(max, table)), "+".join(found)  # intensities look like votes, and mean something else
        raise columns.fail(
            f"{', '.join(found)} to be votes or to be intensities",
            f"numbers up to {top:g}",
            f"votes={joined}, or values={joined},range=0..{top:g}",
        )
    columns.guess("votes", found)


def _label_columns(columns: Columns) -> tuple[str, ...]:
    """Columns of numbers or of yes and no that are called after labels of one scheme: that with most of them."""
    told = [c for c in columns.free() if columns.numeric(c) or all(yes(v) in (True, False) for v in columns.filled(c))]
    best: tuple[str, ...] = ()
    for scheme in schemes("names"):
        if columns.options.scheme in ("", scheme.name):
            found = tuple(c for c in told if _column(scheme, c) is not None)
            if len({_column(scheme, c) for c in found}) == len(found) > max(len(best), 1):
                best = found
    return best


def _in_cells(columns: Columns) -> Judged:
    """Names in the cells of one column."""
    o, column = columns.options, columns.options.label
    mark = "" if o.kind == Kind.SINGLE else mark_of(columns.cells(column))
    if mark:
        columns.notices.append(f"several labels in a cell of {column} are parted by {mark!r}")
    raw = {row.where: labels(row.cells.get(column), mark) for row in columns.table.rows}
    lists = any(isinstance(cell, list) for cell in columns.cells(column))
    called = _called(columns, Counter(label for its in raw.values() for label in its))
    named = _resolved(columns, Counter(called[label] for its in raw.values() for label in its))
    several = lists or bool(mark) or any(len(its) > 1 for its in raw.values())
    kind = _kind(columns, Kind.MULTI if several else Kind.SINGLE)

    def ratings(row: Row) -> tuple[Rating, ...] | Fault:
        its = [called[label] for label in raw[row.where]]
        if not its and not isinstance(row.cells.get(column), list):  # an empty list says that none fits
            return Fault(row.where, NO_LABEL, "an empty cell")
        if (strange := next((label for label in its if label not in named.of), None)) is not None:
            return Fault(row.where, f"a label that {named.scheme} lacks", strange)
        return _one_or_several(row, kind, [named.of[label] for label in its], o.rule)

    return Judged(_task(columns, kind, named.scheme, named.names), ratings, named.unknown)


def _called(columns: Columns, counts: Counter[str]) -> dict[str, str]:
    """Label as it stands in the cells -> what it is called: renamed, or the name that a number stands for.

    Raises:
        UsageError: numbers, and nobody says of which names.
    """
    o, column = columns.options, columns.options.label
    whole = bool(counts) and all(map(_WHOLE.fullmatch, counts)) and not set(counts) & set(o.rename)
    if not whole:
        return {label: o.rename.get(label, label) for label in counts}
    low, top = min(map(int, counts)), max(map(int, counts))
    if numbered := columns.table.named.get(column) or (o.names if low >= 0 else ()):
        return {label: numbered[int(label)] if 0 <= int(label) < len(numbered) else label for label in counts}
    if low < 0 and o.scheme:
        return {label: label for label in counts}  # some scales of sentiment name their steps so
    if low < 0:  # one scale's -1 is "negative", another's "slightly negative"
        fix = f"values={column},range={low}..{top}; or scheme=NAME of one that counts so, or rename them in a card"
        raise columns.fail(f"names in {column}", f"whole numbers from {low} to {top}", fix)
    fix = f"names= with the name of each number from 0 on, joined by +; or values={column},range=0..{top}"
    raise columns.fail(f"names in {column}", f"whole numbers up to {top}", fix)


def _one_or_several(
    row: Row, kind: Kind, found: Sequence[str], rule: str, judged: tuple[str, ...] | None = None
) -> tuple[Rating, ...] | Fault:
    if kind is not Kind.SINGLE:
        return (Rating("", frozenset(found), rater="consensus", rule=rule, judged=judged),)
    if len(found) != 1:
        return Fault(row.where, "not one label", f"{len(found)} labels")
    return (Rating("", found[0], rater="consensus", rule=rule, judged=judged),)


def _as_columns(columns: Columns) -> Judged:
    """One column per name: yes and no."""
    o = columns.options
    named = _resolved(columns, Counter(o.labels), of_columns=True)
    table = {row.where: [yes(row.cells.get(c)) for c in o.labels] for row in columns.table.rows}
    one = all(sum(v is True for v in row) == 1 and None not in row for row in table.values())
    kind = _kind(columns, Kind.SINGLE if one else Kind.MULTI)

    def ratings(row: Row) -> tuple[Rating, ...] | Fault:
        said = dict(zip(o.labels, table[row.where], strict=True))
        for column, value in said.items():
            if isinstance(value, str):
                return Fault(row.where, f"neither 1 nor 0 in {column}", value)
        judged = tuple(named.of[c] for c, v in said.items() if v is not None)
        if not judged:
            return Fault(row.where, NO_LABEL, "empty cells")
        could = judged if len(judged) < len(named.names) else None
        return _one_or_several(row, kind, [named.of[c] for c, v in said.items() if v is True], o.rule, could)

    return Judged(_task(columns, kind, named.scheme, named.names), ratings)


def _votes(columns: Columns) -> Judged:
    """One column per name: how many raters chose it, or the share of them."""
    o = columns.options
    named = _resolved(columns, Counter(o.votes), of_columns=True)
    table = {row.where: [number(row.cells.get(c), 0.0) for c in o.votes] for row in columns.table.rows}
    whole = all(v is None or v.is_integer() for row in table.values() for v in row)

    def ratings(row: Row) -> tuple[Rating, ...] | Fault:
        found: dict[str, float] = {}
        for column, votes in zip(o.votes, table[row.where], strict=True):
            if votes is None or votes < 0:
                return Fault(row.where, f"no number of votes in {column}", shown(row.cells.get(column)))
            found[named.of[column]] = votes
        total = sum(found.values())
        if not total:
            return Fault(row.where, NO_LABEL, "no vote")
        if whole:
            return tuple(Rating("", name, count=int(n)) for name, n in found.items() if n)
        shares = {name: votes / total for name, votes in found.items()}
        return (Rating("", shares, rater="consensus", rule="share of the raters"),)

    return Judged(_task(columns, _kind(columns, Kind.DISTRIBUTION), named.scheme, named.names), ratings)


# ---- numbers ---------------------------------------------------------------------------------------------------------


def by_numbers(columns: Columns) -> Judged | None:
    """The task of a table's numbers on a scale; None where there are none.

    Raises:
        UsageError: the scale must be said.
    """
    scheme = _dimensions(columns)
    o = columns.options
    if not o.values:
        return None
    name_of = {c: c if scheme is None else scheme.names[_place(scheme, c)] for c in o.values}
    order = list(o.values) if scheme is None else sorted(o.values, key=lambda c: scheme.names.index(name_of[c]))
    names = tuple(name_of[c] for c in order)
    low, high = _range(columns, order)

    def ratings(row: Row) -> tuple[Rating, ...] | Fault:
        told = []
        for column in order:
            value = number(cell := row.cells.get(column))
            if value is None and shown(cell) != shown(None):
                return Fault(row.where, f"no number in {column}", shown(cell))
            if value is not None and not low <= value <= high:
                return Fault(row.where, f"a number outside {low:g}..{high:g} in {column}", f"{value:g}")
            told.append(value)
        judged = tuple(n for n, value in zip(names, told, strict=True) if value is not None)
        if not judged:
            return Fault(row.where, NO_NUMBER, "empty cells")
        values = tuple(low if value is None else value for value in told)  # what nobody judged does not count
        could = judged if len(judged) < len(names) else None
        return (Rating("", values, rater="consensus", rule=o.rule, judged=could),)

    kind = _kind(columns, Kind.CONTINUOUS)
    return Judged(_task(columns, kind, OWN if scheme is None else scheme.name, names, (low, high)), ratings)


def _dimensions(columns: Columns) -> hub.Scheme | None:
    """The scheme of the columns in `values`, which are guessed where not given; None for names of one's own."""
    o = columns.options
    asked = o.dimensions or ("" if o.named else o.scheme)
    known = [s for s in schemes("dimensions") if asked in ("", s.name)]
    if o.dimensions not in ("", OWN) and not known:
        raise UnknownName.among("a scheme of dimensions", o.dimensions, [s.name for s in schemes("dimensions")])
    given = o.values or tuple(c for c in columns.free() if columns.numeric(c))
    found = {s.name: [c for c in given if _column(s, c) is not None] for s in known}
    best = min(known, key=lambda s: (-len(found[s.name]), len(s.names), s.name), default=None)
    if best is None:
        return None
    its = found[best.name]
    each_its_own = len({_column(best, c) for c in its}) == len(its)
    if o.values:
        whole = len(its) == len(o.values) and each_its_own
        if o.dimensions and not whole:
            raise UnknownName.among(f"a dimension of {best.name}", next(c for c in given if c not in its), best.names)
        columns.guess("dimensions", best.name if whole else OWN)
        return best if whole else None
    words = sum(len(c) > 1 for c in its)  # a column called "a" may be anything
    if len(its) > 1 and each_its_own and (words or len(its) == len(best.names)):
        columns.guess("values", tuple(its))
        columns.guess("dimensions", best.name)
        return best
    return None


def _range(columns: Columns, given: Sequence[str]) -> tuple[float, float]:
    """The scale told, or the usual one whose ends both occur."""
    if columns.options.range:
        low, high = columns.options.range
        return low, high
    numbers = [v for c in given for cell in columns.cells(c) if (v := number(cell)) is not None]
    if not numbers:
        raise columns.fail(f"numbers in {', '.join(given)}", "none", "values=COLUMNS")
    ends = (min(numbers), max(numbers))
    if ends in _RANGES:
        columns.guess("range", ends)
        return ends
    wide = next((r for r in _RANGES if r[0] <= ends[0] and ends[1] <= r[1]), ends)
    raise columns.fail(
        f"the scale of {', '.join(given)}", f"numbers from {ends[0]:g} to {ends[1]:g}", f"range={written(wide)}"
    )


# ---- tasks and schemes -----------------------------------------------------------------------------------------------


def _kind(columns: Columns, default: Kind) -> Kind:
    """The kind asked for, where it is one of this sort of task."""
    asked, offered = columns.options.kind, [str(k) for k in Kind if k is not Kind.OPEN]
    if asked and asked not in offered:
        raise UnknownName.among("a kind", asked, offered)
    scaled = (Kind.CONTINUOUS, Kind.ORDINAL)
    return Kind(asked) if asked and (Kind(asked) in scaled) == (default in scaled) else default


def _task(
    columns: Columns, kind: Kind, scheme: str, names: tuple[str, ...], range: tuple[float, float] | None = None
) -> Task:
    view = columns.options.view or None
    if view is not None and view not in list(View):
        raise UnknownName.among("a view", view, [str(v) for v in View])
    if range is None and len(names) < 2:
        raise DataError(f"two labels or more in {columns.table.name}", f"only {names[0]}", "check the column")
    target = columns.options.target or ("emotion" if range is None else "dimensions")
    return Task("table", target, kind, scheme, names, range, None if view is None else View(view))


def schemes(kind: str) -> Iterator[hub.Scheme]:
    """All taxonomies of one kind: "names" or "dimensions"."""
    for name, card in find.cards("taxonomies").items():
        if card["kind"] == kind:
            yield hub.scheme(name)


def _resolved(columns: Columns, counts: Counter[str], of_columns: bool = False) -> _Names:
    """The scheme of labels, or of columns called after them: the one told, or that which knows nearly all.

    Raises:
        UsageError: no scheme does, or the one told knows none; unknown labels are counted, the nearest offered.
        UnknownName: a column is no label of the scheme.
    """
    o = columns.options
    if not counts:
        raise columns.fail(f"labels in {o.label}", "none", "label=COLUMN")
    if o.scheme == OWN:
        return _own(columns, counts)
    scheme = hub.scheme(o.scheme) if o.scheme else _nearest_scheme(columns, counts, of_columns)
    if scheme is None:
        return _own(columns, counts)
    if scheme.dimensional:
        raise columns.fail("a scheme of names", f"{scheme.name}, which holds dimensions", f"dimensions={scheme.name}")
    place = _column if of_columns else hub.Scheme.find
    name_of = {label: scheme.names[c] for label in counts if (c := place(scheme, label)) is not None}
    lacking = [label for label in counts if label not in name_of]
    if of_columns and lacking:
        raise UnknownName.among(f"a label of {scheme.name}", lacking[0], scheme.index)
    if of_columns and len(set(name_of.values())) < len(name_of):
        said = ", ".join(f"{label} as {name}" for label, name in name_of.items())
        raise columns.fail("one column per label", said, "labels= or votes= with one column for each")
    could = {scheme.names[scheme.column(n)] for n in o.names} if o.names else set(name_of.values())
    lacking += [label for label, name in name_of.items() if name not in could]
    if len(lacking) == len(counts):
        found = unknown(Counter({n: counts[n] for n in lacking}), nearest(scheme, lacking))
        raise columns.fail(f"labels of {scheme.name}", found, f"scheme=NAME, or scheme={OWN} to learn them as they are")
    if absent := [n for n in scheme.names if n not in could]:
        all_names = f"{len(could)} of the {len(scheme.names)} names of {scheme.name}"
        columns.notices.append(f"{all_names}, without {', '.join(absent)}")
    columns.guess("scheme", scheme.name)
    kept = {label: name for label, name in name_of.items() if name in could}
    return _Names(scheme.name, tuple(n for n in scheme.names if n in could), kept, nearest(scheme, lacking))


def _nearest_scheme(columns: Columns, counts: Counter[str], of_columns: bool) -> hub.Scheme | None:
    """The scheme that knows most; of equals, that with most coarse names among its own. None: only names are told."""
    o = columns.options
    asked = Counter(o.names) if o.names else counts
    place = _column if of_columns else hub.Scheme.find
    total = sum(asked.values())

    def rank(scheme: hub.Scheme) -> tuple[int, float, int, str]:
        known = sum(n for label, n in asked.items() if place(scheme, label) is not None)
        # the basic schemes first: a file for one corpus's labels, added later, should not change what is guessed
        other = sum(name not in hub.COARSE for name in scheme.names) / len(scheme.names)
        return -known, other, len(scheme.names), scheme.name

    best = min(schemes("names"), key=rank)
    if -rank(best)[0] >= (1.0 if of_columns or o.names else MOST) * total:
        return best
    if o.names:
        return None
    lacking = Counter({label: n for label, n in asked.items() if place(best, label) is None})
    what = "columns" if of_columns else "labels"
    raise columns.fail(
        f"{what} of one scheme",
        f"some that even the nearest, {best.name}, lacks: {unknown(lacking, nearest(best, lacking))}",
        f"scheme={best.name} to leave these out, scheme=NAME, or scheme={OWN} to learn all as they are",
    )


def _own(columns: Columns, counts: Counter[str]) -> _Names:
    """Names as they stand, whatever their case and spaces; those told, where some are."""
    given = {plain(n): n for n in columns.options.names}
    name_of = {label: given.get(plain(label), plain(label)) for label in counts}
    names = columns.options.names or tuple(sorted(set(name_of.values())))
    if columns.options.label and not given and len(names) > max(_FEW, sum(counts.values()) / 2):
        raise columns.fail("labels that come more than once", f"{len(names):,} different ones", "label=COLUMN")
    columns.guess("scheme", OWN)
    kept = {label: name for label, name in name_of.items() if name in names}
    return _Names(OWN, names, kept, {label: "" for label in counts if label not in kept})


def _column(scheme: hub.Scheme, column: str) -> int | None:
    """The name that a column is called after, as it is or without "votes", "count" and the like."""
    found = scheme.find(column)
    return scheme.find(_AFFIX.sub("", column)) if found is None else found


def _place(scheme: hub.Scheme, column: str) -> int:
    found = _column(scheme, column)
    return scheme.column(column) if found is None else found


def nearest(scheme: hub.Scheme, unknown: Iterable[str]) -> dict[str, str]:
    """Label that the scheme lacks -> the name whose spelling or synonym is nearest; "" where none is near."""
    made = {}
    for label in unknown:
        near = difflib.get_close_matches(plain(label), scheme.index, n=1, cutoff=0.6)
        made[label] = scheme.names[scheme.index[near[0]]] if near else ""
    return made


def unknown(labels: Counter[str], nearest: Mapping[str, str]) -> str:
    """'hapy' (30 times, nearest joy), 'meh' (2 times) and 5 more."""
    said = []
    for label, n in labels.most_common(_SHOWN):
        near = f", nearest {nearest[label]}" if nearest.get(label) else ""
        said.append(f"{cut(label)!r} ({n:,} time{'s' * (n > 1)}{near})")
    more = len(labels) - len(said)
    return ", ".join(said) + (f" and {more:,} more" if more else "")


def cut(text: str, most_characters: int = 60) -> str:
    """The beginning of a text, in one line."""
    shown = "".join(c if c.isprintable() else " " for c in text[:most_characters])
    return shown if len(text) <= most_characters else shown + "…"
