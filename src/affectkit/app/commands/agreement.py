"""Say how far a corpus's raters agree, what one of them reaches, and which share of items each vote rule loses.

Where one item was judged from several modalities, also how far these judgements agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ... import aggregate, corpora, find
from ...errors import DataError, UnknownName, UsageError
from ...task import Kind, Task, View
from .. import show
from ..specs import told

if TYPE_CHECKING:
    from ...analysis.modalities import Views
    from ...analysis.significance import Difference, Interval
    from ...metrics._votes import Votes
    from ...sample import Sample

_EQUAL, _LOST = "equal", "lost"
_SHOWN_RATERS = 10
_FOLDS = 1000
_FEWEST_GROUPS = 20
"""With fewer groups than this a bootstrap of groups says too little: single items are drawn instead."""


def command(
    corpus: Annotated[str, typer.Argument(help="a corpus, or a table with votes")],
    task: Annotated[str | None, typer.Option(help="one of its tasks; all that several people rated by default")] = None,
    by: Annotated[
        str | None,
        typer.Option(help="groups that belong together, such as speaker; a kind of at least 20 by default"),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say how far a corpus's raters agree, what one of them reaches, and which share of items each vote rule loses.

    Agreement has a 95 % interval, for which items are drawn again, or whole groups of them; a figure that a paper gives
    for the same task stands beside ours. Where one item was judged from several modalities (only heard, only seen, ...)
    it is told how far these judgements agree, and which stands nearest to that of all.
    """
    told(corpus)
    known = {one.id: one for one in corpora.tasks(corpus)}
    if task is not None and task not in known:
        raise UnknownName.among(f"a task of {corpus}", task, known)
    samples = list(corpora.samples(corpus))
    asked = [known[task]] if task is not None else list(known.values())
    kind, groups = _groups(samples, corpus, by)
    found = [_measured(one, samples, known.values(), _claims(corpus, one), groups) for one in asked]
    whole = [one for one in found if one is not None]
    views = _views(samples, asked, groups)
    if not whole and not views:
        raise DataError(
            f"items with two ratings or more in {corpus}",
            "none: labels on which others had agreed already, or one rater",
            "choose a corpus or task whose single ratings are published",
        )
    if json_:
        told_views = [_plain_views(one) for one in views]
        show.as_json({"corpus": corpus, "drawn_by": kind, "tasks": whole, "views": told_views})
        return
    drawn = f"95 % intervals from {_FOLDS} bootstrap folds{f' by {kind}' if kind else ''}"
    for one in whole:
        _print(one, drawn)
    for views_of_one in views:
        _print_views(views_of_one, drawn)


def _groups(samples: Sequence[Sample], corpus: str, by: str | None) -> tuple[str | None, list[str] | None]:
    """The kind of group that is drawn as a whole and each sample's group; a sample in none is one of its own.

    Unless one is asked for, the first kind that holds samples together and has enough groups, those first that the
    corpus's split keeps whole.

    Raises:
        UnknownName: a kind that no sample has.
        UsageError: one asked for that has a single group.
    """
    kinds = list(dict.fromkeys(kind for s in samples for kind in s.groups))
    if by is not None and by not in kinds:
        raise UnknownName.among(f"a kind of group of {corpus}", by, kinds)
    card = corpora.card(corpus)
    order = [by] if by is not None else [*card.get("disjoint", ()), *card.get("groups", ())]
    for kind in dict.fromkeys(k for k in order if k in kinds and (by or k != card.get("mean_over"))):
        ids = [s.groups.get(kind, f"\0{i}") for i, s in enumerate(samples)]
        many = len(set(ids))
        if by is not None and many < 2:
            raise UsageError(f"several groups by {by} in {corpus}", "one", "choose another kind, or leave --by out")
        if by is not None or _FEWEST_GROUPS <= many < len(ids):
            return kind, ids
    return None, None


def _views(samples: Sequence[Sample], tasks: Sequence[Task], groups: Sequence[str] | None) -> list[Views]:
    """Each question that was asked of people who were given different modalities."""
    from ...analysis import modalities

    ratings = [s.ratings for s in samples]
    found = []
    for views in modalities.questions(tasks):
        with suppress(DataError):  # too few items with a value in every view
            found.append(modalities.views(ratings, views, groups, _FOLDS))
    return found


def _plain_views(found: Views) -> dict[str, Any]:
    """Views as JSON; what does not exist is null."""
    return {
        "views": {id: list(shown) for id, shown in found.views.items()},
        "items": found.items,
        "pairs": [
            {
                "a": pair.a,
                "b": pair.b,
                "alpha": {name or "names": _ends(its) for name, its in pair.alpha.items()},
                "equal": None if pair.equal is None else _ends(pair.equal),
            }
            for pair in found.pairs
        ],
        "whole": found.whole,
        "nearest": found.nearest,
        "lead": {id: _ends(gap) | {"p": _known(gap.p)} for id, gap in found.lead.items()},
    }


def _ends(its: Interval | Difference) -> dict[str, float | None]:
    return {"value": _known(its.value), "low": _known(its.low), "high": _known(its.high)}


def _print_views(found: Views, drawn: str) -> None:
    names = ", ".join(found.views)
    typer.secho(f"judged from different modalities: {names}; {found.items:,} items; {drawn}", bold=True)
    rows = []
    for pair in found.pairs:
        for name, its in pair.alpha.items():
            equal = ["", ""] if pair.equal is None else [_percent("", pair.equal.value), _between(pair.equal, _percent)]
            label = f"{pair.a} and {pair.b}" + (f", {name}" if name else "")
            rows.append([label, _decimals("", its.value), _between(its, _decimals), *equal])
    show.as_table(["views", "alpha", "95 % interval", "equal", "95 % interval"], rows)
    if found.whole is not None and found.nearest is not None:
        typer.echo(f"nearest to {found.whole}: {found.nearest}")
        for id, gap in found.lead.items():
            typer.echo(f"  its alpha less that of {id}: {gap.value:+.3f} ({_between(gap, _decimals)}, p {gap.p:.3f})")
    typer.echo()


def _between(its: Interval | Difference, say: Callable[[str, float | None], str]) -> str:
    low, high = _known(its.low), _known(its.high)
    return "" if low is None or high is None else f"{say('', low)} to {say('', high)}"


def _measured(
    task: Task,
    samples: Sequence[Sample],
    tasks: Iterable[Task],
    claims: Mapping[str, float],
    groups: Sequence[str] | None,
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
    sure = agreement.intervals(votes, groups, _FOLDS)
    figures = {"unanimous": raters.unanimous(votes), **_spread(votes)}
    figures |= {name: its.value for name, its in sure.items()}
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
        "figures": {name: _beside(value, claims.get(name), sure.get(name)) for name, value in figures.items()},
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


def _beside(value: float, paper: float | None, sure: Interval | None = None) -> dict[str, float | None]:
    ends = {} if sure is None else {"low": _known(sure.low), "high": _known(sure.high)}
    return {"value": _known(value), **ends, "paper": paper}


def _known(value: float) -> float | None:
    """The number, None for NaN, which JSON does not have."""
    return None if math.isnan(value) else value


def _print(one: Mapping[str, Any], drawn: str) -> None:
    shown = f", shown {' and '.join(one['shown'])}" if one["shown"] else ""
    who = f"{one['raters']:,} known raters" if one["raters"] else "anonymous"
    typer.secho(f"{one['task']}{shown}: {one['items']:,} items, {one['votes']:,} votes, {who}; {drawn}", bold=True)
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
    sure = any("low" in its for its in figures.values())
    papers = any(its["paper"] is not None for its in figures.values())
    rows = []
    for name, its in figures.items():
        ends = [say(name, its.get(end)) for end in ("low", "high")]
        row = [name, say(name, its["value"]), *([" to ".join(ends) if all(ends) else ""] * sure)]
        rows.append([*row, *([say(name, its["paper"])] * papers)])
    show.as_table([head, "ours", *(["95 % interval"] * sure), *(["paper"] * papers)], rows)


def _decimals(name: str, value: float | None) -> str:
    return _percent(name, value) if name.partition(".")[0] == _EQUAL else "" if value is None else f"{value:.3f}"


def _percent(name: str, value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f} %"
