"""Say how far a corpus's raters agree, what one of them reaches, and which share of items each vote rule loses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ... import aggregate, corpora, find
from ...errors import DataError, UnknownName
from ...task import Kind, Task, View
from .. import show
from ..specs import told

if TYPE_CHECKING:
    from ...metrics._votes import Votes
    from ...sample import Sample

_EQUAL, _LOST = "equal", "lost"
_SHOWN_RATERS = 10


def command(
    corpus: Annotated[str, typer.Argument(help="a corpus, or a table with votes")],
    task: Annotated[str | None, typer.Option(help="one of its tasks; all that several people rated by default")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say how far a corpus's raters agree, what one of them reaches, and which share of items each vote rule loses.

    A figure that a paper gives for the same task stands beside ours.
    """
    told(corpus)
    known = {one.id: one for one in corpora.tasks(corpus)}
    if task is not None and task not in known:
        raise UnknownName.among(f"a task of {corpus}", task, known)
    samples = list(corpora.samples(corpus))
    asked = [known[task]] if task is not None else list(known.values())
    found = [_measured(one, samples, known.values(), _claims(corpus, one)) for one in asked]
    whole = [one for one in found if one is not None]
    if not whole:
        raise DataError(
            f"items with two ratings or more in {corpus}",
            "none: labels on which others had agreed already, or one rater",
            "choose a corpus or task whose single ratings are published",
        )
    if json_:
        show.as_json({"corpus": corpus, "tasks": whole})
        return
    for one in whole:
        _print(one)


def _measured(
    task: Task, samples: Sequence[Sample], tasks: Iterable[Task], claims: Mapping[str, float]
) -> dict[str, Any] | None:
    """All figures on one task; None where no item has two votes."""
    from ...analysis import agreement, raters
    from ...metrics import _votes

    if task.kind is Kind.OPEN:
        return None
    ratings = [s.ratings for s in samples]
    votes = _votes.read(ratings, task)
    if not (votes.per_item > 1).any():
        return None
    figures = {"unanimous": raters.unanimous(votes), **_spread(votes)} | agreement.of_votes(votes)
    figures |= {f"ceiling.{name}": value for name, value in raters.ceiling(votes).items()}
    figures |= {f"{_EQUAL}.{other.id}": v for other in tasks for v in _intended(votes, other, samples)}
    return {
        "task": task.id,
        "view": task.view,
        "shown": task.shown,
        "kind": task.kind,
        "items": int((votes.per_item > 0).sum()),
        "votes": int(votes.per_item.sum()),
        "raters": len(votes.raters) or None,
        "figures": {name: _beside(value, claims.get(name)) for name, value in figures.items()},
        "lost": {
            rule: _beside(_lost(rule, ratings, votes), claims.get(f"{_LOST}.{rule}")) for rule in aggregate.rules(task)
        },
        "shifts": {s.rater: {"items": s.n} | {n: _known(v) for n, v in s.by.items()} for s in raters.shifts(votes)},
    }


def _spread(votes: Votes) -> dict[str, float]:
    """How divided items are, on average: bits for names, the standard deviation for numbers."""
    import numpy as np

    from ...analysis import raters

    if not votes.task.scaled:
        return {"entropy_bits": float(np.nanmean(raters.entropy(votes)))}
    each = raters.deviation(votes)
    return {
        f"deviation.{name}": float(np.nanmean(column)) if np.isfinite(column).any() else float("nan")
        for name, column in zip(votes.task.names, each.T, strict=True)
    }


def _intended(votes: Votes, other: Task, samples: Sequence[Sample]) -> Iterator[float]:
    """The share of votes that are for what was meant to be shown, where another task of the same names tells it."""
    from ...analysis import raters

    task = votes.task
    if other.view is View.INTENDED and other.kind is Kind.SINGLE and other.names == task.names and other.id != task.id:
        meant = [s.rated(other.id) for s in samples]
        yield raters.equal(votes, [its[0].value if its else None for its in meant])


def _lost(rule: str, ratings: Sequence[Sequence[Any]], votes: Votes) -> float:
    """The share of the items with a vote that a rule gives no value."""
    made = aggregate.by(rule, ratings, votes.task)
    voted = votes.per_item > 0
    return sum(one is None and bool(there) for one, there in zip(made, voted, strict=True)) / int(voted.sum())


def _claims(corpus: str, task: Task) -> dict[str, float]:
    """What papers say of a task: figure -> value, a rule's share of lost items as "lost.RULE"."""
    name = corpora.parse(corpus).short
    own = find.card("corpora", name).get("claims", ()) if name in find.names("corpora") else ()
    stated = [(claim["metric"], claim) for claim in own]
    for rule in aggregate.rules(task):
        stated += [(f"{c['metric']}.{rule}", c) for c in find.card(aggregate.KIND, rule).get("claims", ())]
    return {metric: c["paper"] for metric, c in stated if (c["corpus"], c.get("task")) == (name, task.id)}


def _beside(value: float, paper: float | None) -> dict[str, float | None]:
    return {"value": _known(value), "paper": paper}


def _known(value: float) -> float | None:
    """The number, None for NaN, which JSON does not have."""
    return None if math.isnan(value) else value


def _print(one: Mapping[str, Any]) -> None:
    shown = f", shown {' and '.join(one['shown'])}" if one["shown"] else ""
    who = f"{one['raters']:,} known raters" if one["raters"] else "anonymous"
    typer.secho(f"{one['task']}{shown}: {one['items']:,} items, {one['votes']:,} votes, {who}", bold=True)
    _print_figures("figure", one["figures"], _decimals)
    if one["lost"]:
        _print_figures("items lost by", one["lost"], _percent)
    if one["shifts"]:
        _print_shifts(one["shifts"])
    typer.echo()


def _print_shifts(shifts: Mapping[str, Mapping[str, Any]]) -> None:
    """The raters who lean furthest from the others."""
    far = {
        rater: max((abs(v), n) for n, v in by.items() if n != "items" and v is not None)
        for rater, by in shifts.items()
        if by["items"]
    }
    most = sorted(far, key=lambda rater: -far[rater][0])[:_SHOWN_RATERS]
    rows = [[r, f"{shifts[r]['items']:,}", far[r][1], f"{shifts[r][far[r][1]]:+.3f}"] for r in most]
    show.as_table(["rater", "items in common", "furthest from the others in", "by"], rows)


def _print_figures(
    head: str, figures: Mapping[str, Mapping[str, float | None]], say: Callable[[str, float | None], str]
) -> None:
    """A figure per line, and what a paper has for it where one says so of any."""
    sides = ["value"] + ["paper"] * any(its["paper"] is not None for its in figures.values())
    rows = [[name, *(say(name, its[side]) for side in sides)] for name, its in figures.items()]
    show.as_table([head, *("ours" if side == "value" else side for side in sides)], rows)


def _decimals(name: str, value: float | None) -> str:
    return _percent(name, value) if name.partition(".")[0] == _EQUAL else "" if value is None else f"{value:.3f}"


def _percent(name: str, value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %"
