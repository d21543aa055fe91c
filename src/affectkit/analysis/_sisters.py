"""Two corpora of the same items: which ids are the same items, what lies inside what, and exchanged dimensions.

Every corpus numbers its items anew, so equal ids alone say little: texts decide whether they are the same items, or
else labels that correlate. Two dimensions look exchanged where each goes with the sister's other one, clearly better
than with its own: no annotation is that noisy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..sample import Sample, target
from ..task import Task
from ._findings import Check, Corpus, Severity, Told

Pairs = Mapping[str, str]
"""Own id -> id of the other corpus."""
Both = tuple[Corpus, Sequence[Task], Corpus, Sequence[Task]]
"""A corpus with its tasks, and another with its tasks."""

INSIDE = 0.9
"""Share of a corpus's items that another has, from which it is said to lie inside the other."""
FEWEST = 30
"""Items below which nothing is said of correlations, of features, or of one corpus inside another."""
_CLEARLY, _WELL = 0.1, 0.5  # how much better the wrong dimensions correlate than the right ones, and how well at least
_ID = "id"


def by_name(both: Both, told: Told) -> dict[str, str]:
    """Groups and ids that both corpora name; own id -> the other's, where it can be known that items are the same."""
    own, _, other, _ = both
    pairs: dict[str, str] = {}
    for kind in (_ID, *(kind for kind in own.kinds if kind in other.kinds)):
        ours, theirs = _named(own, kind), _named(other, kind)
        shared = {ours[id]: theirs[id] for id in ours if id in theirs}
        alike = _alike(both, shared)
        if kind != _ID:
            known = {sample.groups[kind] for sample in other.samples if kind in sample.groups}
            all_ids = {sample.groups[kind] for sample in own.samples if kind in sample.groups}
            told.found(Check.GROUP, kind, other.name, all_ids & known, len(all_ids), Severity.NOTE)
        elif alike is not False:
            told.found(Check.ID, kind, other.name, shared, len(ours), Severity.NOTE)
        if alike and not pairs:
            inside(kind, len(shared), (len(ours), len(theirs)), (own.name, other.name), told)
            pairs = shared | pairs
    return pairs


def inside(what: str, shared: int, of: tuple[int, int], names: tuple[str, str], told: Told) -> None:
    """Say which of two corpora lies inside the other, where it has so many items and the other so many of them."""
    own, other = names
    for size, inner, outer in ((of[0], own, other), (of[1], other, own)):
        if shared >= max(FEWEST, INSIDE * size):
            where = f"{inner} lies inside {outer}"
            told.found(Check.INSIDE, what, where, [inner], size, Severity.WARNING, count=shared)
            return


def exchanged(both: Both, pairs: Pairs, told: Told) -> None:
    """Pairs of our dimensions that each go with the other's other one."""
    own, _, other, _ = both
    tables = list(_correlations(both, pairs))
    for one, two, names, n, r in tables:
        for i, j in combinations(range(len(names)), 2):
            straight, crossed = np.asarray([r[i, i], r[j, j]]), np.asarray([r[i, j], r[j, i]])
            if crossed.min() < _WELL or (crossed - straight).min() < _CLEARLY:
                continue
            numbers = {f"{names[x]} with {names[y]}": float(r[x, y]) for x in (i, j) for y in (i, j)}
            examples = [f"r of {which} {value:.4f}" for which, value in numbers.items() if value in crossed]
            what, where = f"{names[i]} and {names[j]} of {one.id}", f"{two.id} of {other.name}"
            told.found(Check.EXCHANGED, what, where, examples, len(own.samples), Severity.WARNING, numbers, n)
    if not any(len(names) > 1 for _, _, names, *_ in tables):
        told.left(
            "whether dimensions were exchanged",
            f"fewer than {FEWEST} items of {own.name} are known to be in {other.name} with two equal dimensions",
        )


def _named(corpus: Corpus, kind: str) -> dict[str, str]:
    """The ids of samples, or of groups of one kind that hold one sample each -> the sample's id."""
    if kind == _ID:
        return {id: id for id in corpus.alone}
    counts = Counter(sample.groups.get(kind) for sample in corpus.samples)
    holding = [sample for sample in corpus.alone.values() if kind in sample.groups]
    return {sample.groups[kind]: sample.id for sample in holding if counts[sample.groups[kind]] == 1}


def _alike(both: Both, pairs: Pairs) -> bool | None:
    """Whether pairs of samples are the same items, by their texts or else their labels; None where nobody can know."""
    own, _, other, _ = both
    texts = [(_text(own.alone[a]), _text(other.alone[b])) for a, b in pairs.items()]
    if told := [a == b for a, b in texts if a is not None and b is not None]:
        return sum(told) * 2 >= len(told)
    tables = [r for *_, r in _correlations(both, pairs)]
    return any(np.abs(r).max() >= _WELL for r in tables) if tables else None


def _text(sample: Sample) -> str | None:
    return next((media.text for media in sample.media.values() if media.text is not None), None)


def _correlations(both: Both, pairs: Pairs) -> Iterator[tuple[Task, Task, tuple[str, ...], int, NDArray[np.float64]]]:
    """Two tasks of one target, the k dimensions both have, the number of items, and (k, k) correlations, ours first."""
    own, tasks, other, others = both
    for one, two in ((a, b) for a in tasks for b in others if a.scaled and b.scaled and a.target == b.target):
        names = tuple(name for name in one.names if name in two.names)
        ours, theirs = [one.names.index(name) for name in names], [two.names.index(name) for name in names]
        rows = []
        for a, b in pairs.items():
            x, judged = target(one, own.alone[a].ratings)
            y, judged_too = target(two, other.alone[b].ratings)
            if judged[ours].all() and judged_too[theirs].all():
                rows.append(np.concatenate([x[ours], y[theirs]]))
        table = np.asarray(rows, np.float64)
        if names and len(table) >= FEWEST and (table.std(0) > 0).all():
            k = len(names)
            yield one, two, names, len(table), np.asarray(np.corrcoef(table.T))[:k, k:]
