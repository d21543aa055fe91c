"""The label algebra: every scheme maps to one hub and back, and a conversion says what it lost.

A label's point in the hub has shares of nine coarse names (Plutchik's eight and neutral) and valence, arousal and
dominance in [-1, 1], both with their source. From scheme to scheme, three rules in this order: a table published with
the source scheme (its `DIRECT`); the same name, or a synonym, in the target; the hub. References: Plutchik, Emotion: A
Psychoevolutionary Synthesis, 1980; Russell and Mehrabian 1977.

A scheme is one file in `taxonomies/` with `CARD`, `NAMES`, `SYNONYMS` (other name -> name) and, where its names have
points, `HUB` (name -> Point). CARD["kind"] says what its values are: "names" (scores) or "dimensions" (numbers on
CARD["range"]). What the tables cannot say, a file says with its own `to_hub(scores) -> Points` or `from_hub(points) ->
scores`; CARD["by"] = "item" then tells that an item's point comes from all its values together (dimensions, facial
actions), so that no matrix can stand for the conversion. CARD["reads"] lists the dimensions its `from_hub` looks at,
CARD["tells"] the names its own `to_hub` looks at, where these are not the dimensions of the hub. A `spellings(label)`
of its own gives other spellings to look an unknown label up under. CARD["synonyms"] = "forms" says that its synonyms
are forms of the same word, which may stand for the name in another scheme.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from . import find
from .errors import DataError, UnknownName, UsageError
from .task import Kind
from .taxonomies._rm77 import Vad, rm77

Floats = NDArray[np.float64]
Scores = TypeVar("Scores", bound=Mapping[str, float] | NDArray[np.float64])
Labels = str | Set[str] | Mapping[str, float]
Table = NDArray[Any] | Sequence[Sequence[float]]

COARSE = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation", "neutral")
"""The coarse names of the hub, in the order of its arrays."""
VAD = ("valence", "arousal", "dominance")
"""The dimensions of the hub, in the order of its arrays."""
UNKNOWN = float("nan")
"""A dimension that a label says nothing about: absent, never zero."""
_ROWS = 1 << 14  # rows worked on at once: a million items pass through the processor's cache


@dataclass(frozen=True, slots=True)
class Point:
    """Where a label lies in the hub.

    Args:
        coarse: coarse name -> share; shares sum to 1.
        coarse_source: where the shares come from.
        vad: valence, arousal, dominance, each in [-1, 1] or UNKNOWN.
        vad_source: where these come from ("RM77 joyful", "mean of RM77 anxious, tense").
    """

    coarse: Mapping[str, float]
    coarse_source: str
    vad: Vad
    vad_source: str

    def __post_init__(self) -> None:
        strange = sorted(set(self.coarse) - set(COARSE))
        if strange:
            raise DataError(f"coarse names among {', '.join(COARSE)}", ", ".join(strange), "correct the point")
        total = sum(self.coarse.values())
        if abs(total - 1) > 1e-9 or min(self.coarse.values()) < 0:
            raise DataError("coarse shares of at least 0 that sum to 1", f"{dict(self.coarse)}", "correct the point")
        if any(abs(v) > 1 for v in self.vad):
            raise DataError("valence, arousal and dominance in [-1, 1]", f"{self.vad}", "correct the point")


_ORIGIN = ((0.0, 0.0, 0.0), "the origin of the RM77 scales")
_COARSE_VAD = {
    "joy": rm77("joyful"),
    "trust": rm77("friendly", "respectful", "secure"),
    "fear": rm77("fearful"),
    "surprise": rm77("surprised"),
    "sadness": rm77("sad"),
    "disgust": rm77("disgusted"),
    "anger": rm77("angry"),
    "anticipation": rm77("alert", "interested"),  # Plutchik's strong (vigilance) and mild (interest) anticipation
    "neutral": _ORIGIN,
}


def coarse(name: str) -> Point:
    """The point of a coarse name itself."""
    return Point({name: 1.0}, "itself", *_COARSE_VAD[name])


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of n labels or items: `coarse` (n, 9) float64 shares, `vad` (n, 3) float64 in [-1, 1]; NaN is unknown."""

    coarse: Floats
    vad: Floats


@dataclass(frozen=True, slots=True)
class Lost:
    """What a conversion lost.

    Args:
        merged: target name -> the source names that can no longer be told apart in it (for dimensions: the first of
            several names with one point -> all of them).
        dropped: source name -> the share of it that has no place in the target (for dimensions: 1 when not looked at).
        mass: share of all the given scores, or of the items, that found no place; all names count alike when no score
            is above 0.
        bits: how much is then unknown of the source name, were all equally likely beforehand: the entropy of the
            source name given the target name, weighted by the scores. None where dimensions take part.
    """

    merged: Mapping[str, tuple[str, ...]]
    dropped: Mapping[str, float]
    mass: float
    bits: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "merged": {name: list(sources) for name, sources in self.merged.items()},
            "dropped": dict(self.dropped),
            "mass": self.mass,
            "bits": self.bits,
        }

    def __str__(self) -> str:
        said = [f"{_few(sources)} became {name}" for name, sources in self.merged.items()]
        shares = [f"{share:.0%} of {name}" for name, share in self.dropped.items()]
        said += [f"{_few(shares)} has no place"] if shares else []
        if self.mass > 0:
            said.append(f"{self.mass:.1%} of the whole was dropped")
        if self.bits:
            said.append(f"{self.bits:.2f} bits lost")
        return "; ".join(said) or "nothing lost"


def _few(names: Sequence[str], most: int = 12) -> str:
    """The names in a row; of very many, the first."""
    told = ", ".join(names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most} more"


@dataclass(frozen=True, slots=True, eq=False)
class Converted(Generic[Scores]):
    """Scores in the target scheme, and what was lost on the way.

    Args:
        scores: name -> score for one label or one mapping (a dimension that stays unknown is left out); else an array
            (n, k) float64 with a column per name (an unknown dimension is NaN).
        lost: see `Lost`.
        names: the target's names, in the order of the columns.
    """

    scores: Scores
    lost: Lost
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scheme:
    """A taxonomy file, ready to use; `to_hub` and `from_hub` are its own or the general ones.

    `holds` says under which name it has a dimension of the hub, `index` in which column a name or synonym stands.
    """

    name: str
    names: tuple[str, ...]
    synonyms: Mapping[str, str]
    dimensional: bool
    by_item: bool
    range: tuple[float, float]
    reads: tuple[str, ...]
    tells: tuple[str, ...]
    points: Mapping[str, Point]
    direct: Mapping[str, Mapping[str, str]]
    holds: Mapping[str, str]
    index: Mapping[str, int]
    to_hub: Callable[[Floats], Points]
    from_hub: Callable[[Points], Floats]
    spellings: Callable[[str], Iterator[str]]
    forms: Mapping[str, tuple[str, ...]]

    def find(self, label: str) -> int | None:
        """The column of a label or a synonym (case, spaces, hyphens and underscores do not matter), or None."""
        found = self.index.get(_plain(label))
        if found is None:
            others = (self.index.get(_plain(other)) for other in self.spellings(label))
            found = next((place for place in others if place is not None), None)
        return found

    def column(self, label: str) -> int:
        """The column of a label or a synonym.

        Raises:
            UnknownName: the scheme has neither; the nearest are offered.
        """
        found = self.find(label)
        if found is None:
            raise UnknownName.among(f"a label of {self.name}", label, self.index)
        return found


def scheme(name: str) -> Scheme:
    """A scheme by the name of its file.

    Raises:
        UnknownName: no such taxonomy; the nearest are offered.
    """
    part = find.load("taxonomies", name)
    dimensional = part.CARD["kind"] == "dimensions"
    holds = _dimensions(part) if dimensional else {}
    to_hub, from_hub = _of_dimensions(part) if dimensional else _of_names(part)
    low, high = part.CARD.get("range", (0.0, 1.0))
    own = {_plain(label): i for i, label in enumerate(part.NAMES)}
    other = {_plain(synonym): own[_plain(label)] for synonym, label in part.SYNONYMS.items()}
    return Scheme(
        name=name,
        names=tuple(part.NAMES),
        synonyms=dict(part.SYNONYMS),
        dimensional=dimensional,
        by_item=dimensional or part.CARD.get("by") == "item",
        range=(float(low), float(high)),
        reads=tuple(part.CARD.get("reads", holds if dimensional else VAD)),
        tells=tuple(part.CARD.get("tells", ())),
        points=getattr(part, "HUB", {}),
        direct=getattr(part, "DIRECT", {}),
        holds=holds,
        index=other | own,
        to_hub=getattr(part, "to_hub", to_hub),
        from_hub=getattr(part, "from_hub", from_hub),
        spellings=getattr(part, "spellings", lambda _: iter(())),
        forms=_forms(part.SYNONYMS) if part.CARD.get("synonyms") == "forms" else {},
    )


def _forms(synonyms: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Name -> its synonyms."""
    return {name: tuple(s for s, n in synonyms.items() if n == name) for name in set(synonyms.values())}


def describe(name: str) -> list[dict[str, Any]]:
    """One row per name of a scheme: name, synonyms, coarse shares, valence, arousal, dominance, and both sources.

    What a scheme does not say is None; the rows of dimensions carry only their names, synonyms and range.
    """
    known = scheme(name)
    rows: list[dict[str, Any]] = []
    for label in known.names:
        row: dict[str, Any] = {"name": label, "synonyms": sorted(s for s, n in known.synonyms.items() if n == label)}
        if known.dimensional:
            row |= {"range": list(known.range)}
        if (point := known.points.get(label)) is not None:
            row |= {"coarse": dict(point.coarse), "coarse_source": point.coarse_source}
            row |= {d: None if np.isnan(v) else v for d, v in zip(VAD, point.vad, strict=True)}
            row |= {"vad_source": point.vad_source}
        rows.append(row)
    return rows


@overload
def convert(
    scores: Labels, source: str, to: str, kind: Kind | str = ..., names: Sequence[str] | None = ...
) -> Converted[Mapping[str, float]]: ...
@overload
def convert(
    scores: Table, source: str, to: str, kind: Kind | str = ..., names: Sequence[str] | None = ...
) -> Converted[Floats]: ...
def convert(
    scores: Labels | Table,
    source: str,
    to: str,
    kind: Kind | str = Kind.SINGLE,
    names: Sequence[str] | None = None,
) -> Converted[Any]:
    """Labels or scores of one scheme in the names of another.

    Args:
        scores: one label; a set of labels; name -> score; or an array (n, k), scores in [0, 1] or values of dimensions.
        source, to: names of taxonomy files.
        kind: how scores add up in a name that several flow into: single and distribution by sum, multi by noisy-or.
        names: the columns of an array, where they are not all the scheme's names in its order.

    Raises:
        UnknownName: an unknown scheme or label; the nearest are offered.
        DataError: an array of another form, or values that cannot be scores.
    """
    return conversion(source, to, kind, names)(scores)


def conversion(source: str, to: str, kind: Kind | str = Kind.SINGLE, names: Sequence[str] | None = None) -> Conversion:
    """A conversion to use many times; arguments as in `convert`.

    Raises:
        UsageError: a kind that has no scores per name.
    """
    start, end = scheme(source), scheme(to)
    try:
        known = Kind(kind)
    except ValueError as error:
        raise UnknownName.among("a kind", str(kind), [str(k) for k in Kind]) from error
    if not start.dimensional and known not in (Kind.SINGLE, Kind.MULTI, Kind.DISTRIBUTION):
        raise UsageError(
            f"the kind single, multi or distribution for scores of {source}", repr(str(known)), "name one of the three"
        )
    columns = tuple(range(len(start.names)) if names is None else map(start.column, names))
    if len(set(columns)) != len(columns):
        raise UsageError(f"each name of {source} once", ", ".join(names or ()), "remove the repeats")
    weights = None if start.by_item else _weights(start, end)[list(columns)]
    return Conversion(start, end, known, columns, weights)


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """From one scheme to another: call it with scores as in `convert`.

    Args:
        source, target: the two schemes.
        kind: how scores add up.
        columns: which of the source's names an array's columns are.
        weights: (k, k_to) float64, the share of each given name that goes to each target name, or the values of the
            target's dimensions; None when items are converted one by one.
    """

    source: Scheme
    target: Scheme
    kind: Kind
    columns: tuple[int, ...]
    weights: Floats | None

    @overload
    def __call__(self, scores: Labels) -> Converted[Mapping[str, float]]: ...
    @overload
    def __call__(self, scores: Table) -> Converted[Floats]: ...
    def __call__(self, scores: Labels | Table) -> Converted[Any]:
        if isinstance(scores, str):
            scores = {scores: 1.0}
        if isinstance(scores, Set):
            scores = dict.fromkeys(scores, 1.0)
        if not isinstance(scores, Mapping):
            return self._array(np.asarray(scores))
        converted = self._array(self._row(scores))
        row = zip(self.target.names, converted.scores[0].tolist(), strict=True)
        # NaN: a dimension the source does not tell is absent from the mapping, never zero
        return Converted({n: v for n, v in row if not np.isnan(v)}, converted.lost, self.target.names)

    @property
    def given(self) -> tuple[str, ...]:
        """The source's names, in the order of an array's columns."""
        return tuple(self.source.names[c] for c in self.columns)

    def _row(self, scores: Mapping[str, float]) -> Floats:
        """One row (1, k) of a mapping; a score not given is 0, a dimension not given is unknown."""
        row = np.full((1, len(self.columns)), UNKNOWN if self.source.dimensional else 0.0)
        seen: set[int] = set()
        for label, score in scores.items():
            column = self.source.column(label)
            if column in seen or column not in self.columns:
                fault = "twice, under two spellings" if column in seen else "not among the names of this conversion"
                raise DataError(f"each of {', '.join(self.given)} at most once", f"{label!r} {fault}", "leave it out")
            seen.add(column)
            row[0, self.columns.index(column)] = score
        return row

    def _array(self, scores: NDArray[Any]) -> Converted[Floats]:
        run = self.running()
        out = run(scores)
        return Converted(out, run.lost, self.target.names)

    def running(self) -> Running:
        """The conversion of arrays that come one after another, with what is lost of all of them together."""
        k = len(self.columns)
        return Running(self, np.zeros(k), np.zeros(k, bool))

    def _check(self, part: Floats) -> None:
        low, high = self.source.range
        if self.source.dimensional or self.kind is Kind.MULTI:
            bad, need = (part < low) | (part > high) | np.isinf(part), f"values in [{low:g}, {high:g}]"
        else:
            bad, need = (part < 0) | np.isinf(part), "scores of at least 0"
        if not self.source.dimensional:
            bad |= np.isnan(part)
        if bad.any():
            raise DataError(
                f"{need} for {self.source.name}", f"{part[bad][0]:g}", "scale the values, or fill those that miss"
            )

    def _scores(self, part: Floats, weights: Floats) -> Floats:
        if self.target.dimensional:
            return _expected(part, weights)
        return _noisy_or(part, weights) if self.kind is Kind.MULTI else part @ weights

    def _items(self, part: Floats) -> Floats:
        whole = np.full((len(part), len(self.source.names)), UNKNOWN if self.source.dimensional else 0.0)
        whole[:, list(self.columns)] = part
        if self.target.name == self.source.name:
            return whole  # what the hub has no place for would not come back
        return self.target.from_hub(self.source.to_hub(whole))

    def _lost(self, total: Floats, weights: Floats) -> Lost:
        """Loss of a conversion by matrix; `total` (k,) are the column sums of the scores."""
        shares = total / total.sum() if total.sum() > 0 else np.full(len(total), 1 / max(len(total), 1))
        if self.target.dimensional:
            told = ~np.isnan(weights)
            leak: Floats = np.array((~told & told.any(0)).any(1), dtype=np.float64)
            # NaN takes a value of its own here: two unknowns are alike, an unknown and a zero are not
            spelt = np.nan_to_num(weights, nan=np.inf)
            alike = [np.flatnonzero((spelt == row).all(1)) for row in spelt]
            merged = {self.given[same[0]]: same for same in alike if len(same) > 1 and shares[same].sum() > 0}
            bits = None
        else:
            leak = np.array(1 - weights.sum(1), dtype=np.float64)
            leak[leak < 1e-12] = 0  # rounding, not a loss
            reached = shares @ weights
            into = [np.flatnonzero(weights[:, t]) for t in range(weights.shape[1])]
            merged = {self.target.names[t]: i for t, i in enumerate(into) if len(i) > 1 and reached[t] > 0}
            bits = _bits(np.column_stack([weights, leak]), shares)
        return Lost(
            merged={name: tuple(self.given[i] for i in sources) for name, sources in merged.items()},
            dropped={self.given[i]: float(leak[i]) for i in np.flatnonzero((leak > 0) & (shares > 0))},
            mass=float(shares @ leak),
            bits=bits,
        )

    def _lost_by_item(self, told: NDArray[np.bool_], nowhere: float) -> Lost:
        """Loss where items are converted one by one: dimensions told but not looked at, and items without a place."""
        read = {own for d, own in self.source.holds.items() if d in self.target.reads} | set(self.source.tells)
        if self.target.name == self.source.name:
            read = set(self.source.names)
        unread = {
            n: 1.0 for n, t in zip(self.given, told, strict=True) if self.source.dimensional and t and n not in read
        }
        return Lost(merged={}, dropped=unread, mass=nowhere, bits=None)


@dataclass(slots=True, eq=False)
class Running:
    """A conversion under way: call it with one array (n, k) after another; `lost` is of all there were so far.

    Args:
        conversion: what it does.
        total: (k,) float64, sums of the columns.
        told: (k,) bool, whether a column had a number.
        items: how many rows there were, and `nowhere`: how many of them found no place.
    """

    conversion: Conversion
    total: Floats
    told: NDArray[np.bool_]
    items: int = 0
    nowhere: int = 0

    def __call__(self, scores: NDArray[Any]) -> Floats:
        """The converted rows (n, k_to) float64."""
        by, end = self.conversion, self.conversion.target
        if scores.ndim != 2 or scores.shape[1] != len(by.columns):
            raise DataError(
                f"an array (n, {len(by.columns)}) with a column per name of {by.source.name}",
                f"the shape {scores.shape}",
                "give the order of the columns in `names`, or a mapping",
            )
        out = np.empty((len(scores), len(end.names)))
        for rows in _blocks(len(scores)):
            part = scores[rows].astype(np.float64)
            by._check(part)
            out[rows] = by._items(part) if by.weights is None else by._scores(part, by.weights)
            self.total += part.sum(0)
            self.told |= (~np.isnan(part)).any(0)
        self.items += len(out)
        if by.weights is None:
            self.nowhere += int((np.isnan(out).all(1) if end.dimensional else out.sum(1) <= 0).sum())
        return out

    @property
    def lost(self) -> Lost:
        """What is lost of all the rows so far."""
        if self.conversion.weights is None:
            return self.conversion._lost_by_item(self.told, self.nowhere / max(self.items, 1))
        return self.conversion._lost(self.total, self.conversion.weights)


def nearest(points: Points, among: Sequence[Point], reads: Sequence[str] = VAD) -> Floats:
    """1 for the nearest of k points by the mean squared difference of the known dimensions, else 0: (n, k) float64.

    A row with no dimension in common with any of the points is all 0.
    """
    use = [VAD.index(d) for d in reads]
    there = np.array([p.vad for p in among])[:, use]
    out = np.zeros((len(points.vad), len(among)))
    b, b_known = np.nan_to_num(there), (~np.isnan(there)).astype(np.float64)
    for rows in _blocks(len(out)):
        here = points.vad[rows][:, use]
        a, a_known = np.nan_to_num(here), (~np.isnan(here)).astype(np.float64)
        shared = a_known @ b_known.T
        apart = (a**2) @ b_known.T - 2 * a @ b.T + a_known @ (b**2).T
        far: Floats = np.where(shared > 0, apart / np.maximum(shared, 1), np.inf)
        # where all are infinitely far, argmin says 0: such a row gets no name
        best = far.argmin(1)
        out[np.arange(rows.start, rows.stop), best] = np.isfinite(far.min(1))
    return out


def names_to_hub(points: Sequence[Point], scores: Floats) -> Points:
    """Points of n items from scores (n, k) of k names: the mean of the names' points, weighted by the scores."""
    shares = np.array([[p.coarse.get(c, 0.0) for c in COARSE] for p in points])
    return Points(_expected(scores, shares), _expected(scores, np.array([p.vad for p in points])))


def names_from_hub(
    names: Sequence[str], points: Sequence[Point], there: Points, synonyms: Mapping[str, str] | None = None
) -> Floats:
    """Shares (n, k) of k names for n points.

    A coarse name goes to the label of that name or synonym; else in equal parts to the labels purest in it; else
    nowhere. A point without coarse shares goes to the label nearest in valence, arousal and dominance.
    """
    own = np.array([[p.coarse.get(c, 0.0) for c in COARSE] for p in points])
    spread = np.zeros((len(COARSE), len(names)))
    called = [{_plain(n)} | {_plain(s) for s, of in (synonyms or {}).items() if of == n} for n in names]
    for c, name in enumerate(COARSE):
        purest = (own[:, c] == own[:, c].max()) & (own[:, c] > 0)
        named = np.array([name in spellings for spellings in called]) & (own[:, c] > 0)
        to = named if named.any() else purest
        spread[c, to] = 1 / max(to.sum(), 1)
    told: NDArray[np.bool_] = ~np.isnan(there.coarse.sum(axis=1))
    out = np.nan_to_num(there.coarse) @ spread
    if not told.all():
        out[~told] = nearest(Points(there.coarse[~told], there.vad[~told]), points)
    return out


def _of_names(part: ModuleType) -> tuple[Callable[[Floats], Points], Callable[[Points], Floats]]:
    points = [part.HUB[name] for name in part.NAMES]
    return (
        lambda scores: names_to_hub(points, scores),
        lambda there: names_from_hub(part.NAMES, points, there, part.SYNONYMS),
    )


def _dimensions(part: ModuleType) -> dict[str, str]:
    """Hub dimension -> the scheme's name for it, for those it has."""
    named = {d: part.SYNONYMS.get(d, d) for d in VAD}
    return {d: name for d, name in named.items() if name in part.NAMES}


def _of_dimensions(part: ModuleType) -> tuple[Callable[[Floats], Points], Callable[[Points], Floats]]:
    """Dimensions on the linear scale CARD["range"]; those that the hub does not have are unknown there."""
    low, high = part.CARD["range"]
    known = {VAD.index(d): part.NAMES.index(name) for d, name in _dimensions(part).items()}

    def to_hub(values: Floats) -> Points:
        vad = np.full((len(values), len(VAD)), UNKNOWN)
        for d, column in known.items():
            vad[:, d] = 2 * (values[:, column] - low) / (high - low) - 1
        return Points(np.full((len(values), len(COARSE)), UNKNOWN), vad)

    def from_hub(there: Points) -> Floats:
        values = np.full((len(there.vad), len(part.NAMES)), UNKNOWN)
        for d, column in known.items():
            values[:, column] = low + (there.vad[:, d] + 1) / 2 * (high - low)
        return values

    return to_hub, from_hub


def _weights(source: Scheme, target: Scheme) -> Floats:
    """(k, k_to) float64: a published table first, then the same name, then the hub."""
    weights = target.from_hub(source.to_hub(np.eye(len(source.names))))
    if target.dimensional:
        return weights
    table = source.direct.get(target.name, {})
    for i, name in enumerate(source.names):
        same = (target.find(form) for form in (name, *source.forms.get(name, ())))
        place = target.column(table[name]) if name in table else next((p for p in same if p is not None), None)
        if place is not None:
            weights[i] = 0.0
            weights[i, place] = 1.0
    return weights


def _expected(scores: Floats, values: Floats) -> Floats:
    """Mean of values (k, d) weighted by scores (n, k), over the names whose value is known; NaN where there is none."""
    weight = scores @ (~np.isnan(values)).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0, scores @ np.nan_to_num(values) / weight, np.nan)


def _noisy_or(scores: Floats, weights: Floats) -> Floats:
    """1 - product over names of (1 - score * weight): the chance that at least one of independent causes holds."""
    by_name = np.ascontiguousarray(scores.T)
    none = np.ones((weights.shape[1], len(scores)))
    for i, t in zip(*np.nonzero(weights), strict=True):
        none[t] *= 1 - by_name[i] * weights[i, t]
    return 1 - none.T


def _bits(weights: Floats, shares: Floats) -> float:
    """Entropy in bits of the source name given the target name under equal priors, weighted by where `shares` go."""
    column = weights.sum(0)
    given = weights / np.where(column > 0, column, 1)
    entropy = -(given * np.log2(np.where(given > 0, given, 1))).sum(0)
    return max(float(shares @ weights @ entropy), 0.0)


def _blocks(n: int) -> Iterator[slice]:
    return (slice(start, min(start + _ROWS, n)) for start in range(0, n, _ROWS))


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip().casefold())
