"""Rules that make one value of an item's ratings, one per file: `aggregate(ratings, task, config) -> [value or None]`.

`ratings` holds the ratings of each item; what is not of the task, a consensus, and a rater who passed are left out.
The list has one value per item, None where the rule loses it. A value is of the task that `task_of` gives: the CARD's
`gives` says for each kind of task that a rule takes, of which kind the values are that it makes. The order of raters
never matters, and an item on which all agree keeps its value. A part also gives `Config`, a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import find
from ..errors import DataError
from ..metrics import Bools, Floats, ratio
from ..metrics._votes import Votes, read
from ..sample import Rating, Value
from ..task import Kind, Task

KIND = "aggregations"


def by(rule: str, ratings: Sequence[Sequence[Rating]], task: Task, config: Any = None) -> list[Rating | None]:
    """A consensus rating per item by a rule, in the task of `task_of`; None where the rule loses the item.

    Raises:
        UnknownName: no such rule.
        DataError: the rule does not take the task's kind, or a value is not of the task.
    """
    part = find.load(KIND, rule)
    values = part.aggregate(ratings, task, part.Config() if config is None else config)
    return [None if v is None else Rating(task.id, v, rater="consensus", rule=rule) for v in values]


def rules(task: Task) -> list[str]:
    """The rules that take a task."""
    return [name for name, card in find.cards(KIND).items() if task.kind in card["gives"]]


def task_of(rule: str, task: Task) -> Task:
    """The task that a rule's values are of.

    Raises:
        UnknownName: no such rule.
        DataError: it does not take the task's kind.
    """
    return replace(task, kind=_given(find.card(KIND, rule), task))


def votes_of(ratings: Iterable[Sequence[Rating]], task: Task, card: Mapping[str, Any]) -> Votes:
    """The votes of each item, for a rule of this CARD.

    Raises:
        DataError: the rule does not take the task's kind, or a value is not of the task.
    """
    _given(card, task)
    return read(ratings, task)


def several(votes: Votes) -> bool:
    """Whether any number of names may be right of an item."""
    return votes.task.kind is Kind.MULTI


def shares(votes: Votes) -> Floats:
    """Votes for each name as shares, (n, k) float64; NaN where nobody voted or could choose the name.

    Shares of an item sum to 1; of a task with several right names each is the share of those who could choose it.
    """
    could = votes.judges
    whole = could if several(votes) else np.where(could > 0, votes.sums.sum(1, keepdims=True), 0.0)
    return ratio(votes.sums, whole)


def one_name(chosen: Bools, task: Task) -> list[Value]:
    """The name of each row of (n, k) that has exactly one, else None."""
    alone, best = chosen.sum(1) == 1, chosen.argmax(1)
    return [task.names[i] if found else None for i, found in zip(best.tolist(), alone.tolist(), strict=True)]


def set_of_names(chosen: Bools, kept: Bools, task: Task) -> list[Value]:
    """The names of each row of (n, k) as a set; None where `kept` (n,) is False."""
    return [
        frozenset(name for name, yes in zip(task.names, row, strict=True) if yes) if keep else None
        for row, keep in zip(chosen.tolist(), kept.tolist(), strict=True)
    ]


def distribution(found: Floats, task: Task) -> list[Value]:
    """Name -> share for each row of (n, k), names of NaN left out; None where all are."""
    known = ~np.isnan(found)
    return [
        {name: share for name, share, yes in zip(task.names, row, there, strict=True) if yes} or None
        for row, there in zip(found.tolist(), known.tolist(), strict=True)
    ]


def _given(card: Mapping[str, Any], task: Task) -> Kind:
    gives: Mapping[str, str] = card["gives"]
    if task.kind not in gives:
        raise DataError(
            f"a task of the kind {' or '.join(gives)} for the rule {card['title']!r}",
            f"the {task.kind} task {task.id!r}",
            "choose another rule: affectkit list aggregations",
        )
    return Kind(gives[task.kind])
