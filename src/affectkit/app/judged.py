"""Anybody's predictions beside a truth: which item each is of, and the task's figures with intervals.

The truth is a corpus's test part or a table of one's own, of which only the judgements are read. Rows are matched by
id, or by their order where neither side has ids. What has no prediction is counted and named, and never scored as if it
had one. Nothing here needs torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora, find
from ..analysis import coverage, risk, significance
from ..analysis.significance import Interval
from ..analysis.subgroups import Subgroups, subgroups
from ..corpora import _manifest, _table
from ..errors import DataError, UnknownName, UsageError
from ..metrics import flat
from ..task import Task
from ..train import audit, calibrate, figures, mixture, provenance
from ..train.figures import Groups, Said
from ..train.mixture import Mixture
from .answers import Answers, listed

ALL = "all"
"""Stands for every metric of the task's kind."""
_ROW = re.compile(r"(?P<file>.*)#(?P<row>\d+)")


@dataclass(frozen=True, eq=False)
class Truth:
    """What is held to be true of some items.

    Args:
        spec: what it was asked for by; `card` what is known of it.
        part: the items, all judged on at least one of its tasks.
        which: which part of the corpus or table that is.
        rows: number of a table's row -> its id, for a single file; empty for a corpus.
        own_ids: whether items have ids of their own, not those of their rows.
        notes: what was guessed in reading a table.
        whole: all of a corpus with a split of its own; None for a table or a corpus without one.
    """

    spec: str
    card: Mapping[str, Any]
    part: Mixture
    which: str
    rows: Mapping[int, str]
    own_ids: bool
    notes: tuple[str, ...]
    whole: Mixture | None = None

    @property
    def audit(self) -> str:
        """What is known of how clean figures on it can be."""
        unknown = "what these predictions were learnt from is not known"
        return unknown if self.whole is None else f"{unknown}; {self.short}: {audit.stamp(self.whole, self.spec)}"

    @property
    def short(self) -> str:
        return corpora.parse(self.spec).short

    def of(self, task: Task) -> Mixture:
        """The items that somebody judged on a task."""
        return self.part.take(np.flatnonzero(self.part.judged[task.id].any(1)))


def truth(spec: str, tasks: Sequence[str] = ()) -> Truth:
    """The truth that a spec names, on its main task or on those in `tasks`: its test part, or all where it has none.

    Raises:
        UnknownName: no such corpus, task or column; the nearest are offered.
        UsageError: a corpus or table that is not there, or a meaning that must be said.
        DataError: nothing judged.
    """
    asked = corpora.parse(spec)
    notes: tuple[str, ...] = ()
    rows: dict[int, str] = {}
    own_ids = True
    if asked.path is None:
        have, samples, card = corpora.tasks(spec), tuple(corpora.samples(spec)), corpora.card(spec)
    else:
        read = _manifest.read(asked, media=False)
        have, samples, card, notes = read.tasks, read.samples, read.card, read.notices
        id = corpora.parse(read.spec).options.get("id", "")
        own_ids = bool(id)
        if asked.path.is_file():
            table = _table.read(asked.path)
            rows = {row.number: str(row.cells.get(id)) if id else row.where for row in table.rows}
            rows |= {int(fault.where.rpartition("#")[2]): fault.where for fault in table.faults}
    offered = {task.id: task for task in have}
    for name in tasks:
        if name not in offered:
            raise UnknownName.among(f"a task of {spec}", name, offered)
    data = mixture.table([(spec, s) for s in samples], [offered[n] for n in dict.fromkeys(tasks)] or have[:1])
    test = data.part("test")
    part = test if len(test) else data
    which = f"test part of {asked.short}" if len(test) else f"all of {asked.short}"
    whole = data if asked.path is None and 0 < len(test) < len(data) else None
    return Truth(spec, card, part, f"{which} ({len(part):,} items)", rows, own_ids, notes, whole)


@dataclass(frozen=True, eq=False)
class Judged:
    """Predictions of one task beside their truth, row by row.

    Args:
        task: with the names that were said and that the truth never has behind its own.
        part: the items that have a prediction.
        said: what is said of them; `scored` tells whether by scores, not by labels alone.
        low, high: ends of intervals, for dimensions, where they are told.
        missing: ids of items without a prediction -> why, "" where there is no row.
        extra: how many predictions are of other items.
        how: how rows were matched, and what was found in reading.
    """

    name: str
    task: Task
    part: Mixture
    said: Said
    scored: bool
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None
    missing: Mapping[str, str]
    extra: int
    how: tuple[str, ...]


def judged(truth: Truth, task: Task, given: Answers) -> Judged:
    """The predictions beside the truth of their items.

    Raises:
        UsageError: ids on one side only.
        DataError: no item in common, or another number of rows where they are matched by order.
    """
    part = truth.of(task)
    ids, bad, how = _matched(truth, given)
    place = {id: i for i, id in enumerate(part.ids.tolist())}
    known = np.asarray([i for i, id in enumerate(ids) if id in place], np.int64)
    if not len(known):
        found = f"{listed(list(ids), 3)} in {given.name}, {listed(part.ids.tolist(), 3)} in {truth.which}"
        raise DataError("predictions of the truth's items", found, "use the same ids on both sides")
    rows = np.asarray([place[ids[i]] for i in known.tolist()], np.int64)
    order = rows.argsort()
    rows, known = rows[order], known[order]
    there = set(rows.tolist())
    missing = {id: bad.get(id, "") for id, i in place.items() if i not in there}
    notes = [how, *given.notes]
    said = Said(given.scores, given.said, given.confidence).take(known)
    low, high = (None if a is None else a[known] for a in (given.low, given.high))
    wide = task
    if said.said is not None:  # names that nobody says are no names of this truth
        kept = np.flatnonzero(said.said.any(0) | (np.arange(len(given.names)) < len(task.names)))
        wide = replace(task, names=tuple(given.names[c] for c in kept))
        chosen = said.said[:, kept]
        said = replace(said, scores=said.scores[:, kept], said=chosen)
        notes += _others(given.name, wide.names[len(task.names) :], chosen[:, len(task.names) :])
    taken = _widened(part.take(rows), task, wide)
    extra = len(ids) - len(known)
    return Judged(given.name, wide, taken, said, given.scored, low, high, missing, extra, tuple(notes))


def _matched(truth: Truth, given: Answers) -> tuple[Sequence[str], Mapping[str, str], str]:
    """The truth's id of each prediction, what could not be read by the truth's ids, and how that was found."""
    name = corpora.parse(truth.spec).where
    if given.ids is not None:
        if set(given.ids) & set(truth.part.ids.tolist()) or not truth.rows:
            return given.ids, given.bad, f"{given.name}: matched by id"
        named = {id: _ROW.fullmatch(id) for id in (*given.ids, *given.bad)}
        if all(m is not None and _base(m["file"]) == _base(name) for m in named.values()):
            of = {id: truth.rows.get(int(m["row"]), id) for id, m in named.items() if m is not None}
            bad = {of[id]: why for id, why in given.bad.items()}
            return [of[id] for id in given.ids], bad, f"{given.name}: matched by the rows of {_base(name)}"
        if not truth.own_ids:
            fix = "write TRUTH:id=COLUMN, or leave ids out on both sides"
            raise UsageError(f"ids in {name}, as {given.name} has them", "none", fix)
        return given.ids, given.bad, f"{given.name}: matched by id"
    if truth.own_ids or not truth.rows:
        fix = f"write {given.name}:id=COLUMN"
        raise UsageError(f"a column of ids in {given.name}, as the truth has them", "none", fix)
    if given.total != len(truth.rows):
        what = f"one row in {given.name} for each of the {len(truth.rows):,} of {name}, as neither has ids"
        raise DataError(what, f"{given.total:,} rows", "give both a column id")
    ids = [truth.rows[row] for row in given.rows.tolist()]
    bad = {truth.rows.get(int(where.rpartition("#")[2]), where): why for where, why in given.bad.items()}
    return ids, bad, f"{given.name}: matched by the order of rows, as neither side has ids"


def _others(name: str, names: Sequence[str], said: NDArray[np.bool_]) -> list[str]:
    """A word on names that are said and that the truth never has."""
    told = [f"{n} ({times:,} time{'s' * (times > 1)})" for n, times in zip(names, said.sum(0).tolist(), strict=True)]
    return [f"{name}: says what the truth never has, which counts as wrong: {', '.join(told)}"] if told else []


def _base(name: str) -> str:
    return re.split(r"[/\\]", name)[-1]


def _widened(part: Mixture, task: Task, wide: Task) -> Mixture:
    """The items with columns for names that the truth never has: judged, and never true."""
    more = len(wide.names) - len(task.names)
    told, seen = part.targets[task.id], part.judged[task.id]
    targets = np.concatenate([told, np.zeros((len(told), more), told.dtype)], 1)
    judged = np.concatenate([seen, np.repeat(seen.any(1, keepdims=True), more, 1)], 1)
    return replace(part, tasks=(wide,), targets={task.id: targets}, judged={task.id: judged})


def metrics(task: Task, scored: bool, asked: Sequence[str] = ()) -> list[str]:
    """The metrics asked for that are of this kind of task, else its own and the Brier score; `ALL` is all of its kind.

    Raises:
        UnknownName: no such metric; the nearest are offered.
        UsageError: a metric of scores where only labels are told.
    """
    cards = {m: card for m, card in find.cards("metrics").items() if str(task.kind) in card["kinds"]}
    usable = [m for m, card in cards.items() if scored or card.get("of") == "decisions"]
    if not asked:
        usual = dict.fromkeys((*task.defaults.metrics, *(() if task.scaled else ("brier",))))
        return [m for m in usual if m in usable]
    found: dict[str, None] = {}
    for name in asked:
        if name == ALL:
            found |= dict.fromkeys(usable)
            continue
        find.path("metrics", name)
        if name in cards and name not in usable:
            raise UsageError(f"scores for the metric {name}", "labels alone", f"choose among {', '.join(usable)}")
        found |= dict.fromkeys([name] if name in cards else [])
    return list(found)


def unfit(asked: Sequence[str], kinds: Sequence[str]) -> UsageError:
    """The error where no metric asked for is of the kind of a task."""
    cards = find.cards("metrics").items()
    offer = [m for m, card in cards if set(kinds) & set(card["kinds"])]
    return UsageError(f"a metric of {' or '.join(kinds)} tasks", ", ".join(asked), f"choose among {', '.join(offer)}")


def measured(found: Judged, groups: Groups | None, asked: Sequence[str] = (), folds: int = 1000) -> dict[str, Interval]:
    """Metric -> figure with its 95 % interval; of a confidence also how far it can be relied on.

    A figure that does not exist, such as the correlation with what is constant, is left out.

    Raises:
        UsageError, UnknownName: metrics that there are not, or not for what is told.
    """
    task, said = found.task, found.said
    told, seen = found.part.targets[task.id], found.part.judged[task.id]
    drawn = None if groups is None else groups.ids
    made: dict[str, Interval] = {}
    chosen = metrics(task, found.scored, asked)
    if asked and not chosen:
        raise unfit(asked, [task.kind])
    for metric in chosen:
        given = told, said.given(metric), seen, task, drawn, folds
        made |= flat(metric, significance.bootstrap(metric, *given))
    if said.said is not None and said.confidence is not None:
        made |= _relied_on(found, drawn, folds)
    if found.low is not None and found.high is not None:
        covered = coverage.covered(told, found.low, found.high, seen, task, drawn, folds=folds)
        made |= {f"covered.{name}": its.share for name, its in covered.items()}
    return {metric: its for metric, its in made.items() if np.isfinite(its.value)}


def _relied_on(found: Judged, drawn: NDArray[Any] | None, folds: int) -> dict[str, Interval]:
    """Calibration error, share of right first labels, and the area under risk and coverage, where a confidence is."""
    task, said = found.task, found.said
    told, seen = found.part.targets[task.id], found.part.judged[task.id]
    assert said.said is not None and said.confidence is not None
    first = calibrate.first(said.scores, said.said)
    counted = seen[np.arange(len(first)), first] & said.said.any(1) & np.isfinite(said.confidence)
    if not counted.any():
        return {}
    right = np.atleast_1d(calibrate.right(task, told, first))[counted].astype(np.float64)
    sure, its = said.confidence[counted], None if drawn is None else drawn[counted]
    made: dict[str, Any] = {
        "ece": significance.bootstrap("ece", right[:, None], sure[:, None], groups=its, folds=folds),
        "first_label_accuracy": significance.bootstrap("accuracy", right, np.ones_like(right), groups=its, folds=folds),
        "aurc": risk.area(sure, right, its, folds),
    }
    return made


def by_group(found: Judged, kind: str, asked: Sequence[str] = (), folds: int = 1000) -> dict[str, Subgroups]:
    """Metric -> its figure for each group of a kind (speaker, person, language ...), and the gap between them.

    Raises:
        UnknownName: the truth has no such groups; the nearest are offered.
    """
    task, part = found.task, found.part
    if kind not in part.groups:
        raise UnknownName.among("a kind of group of the truth", kind, part.groups)
    chosen = metrics(task, found.scored, asked)[: None if asked else 1]
    made: dict[str, Subgroups] = {}
    for metric in chosen:
        given = part.targets[task.id], found.said.given(metric), part.groups[kind], part.judged[task.id], task
        made |= flat(metric, subgroups(metric, *given, folds=folds))
    return made


def row(
    found: Judged, truth: Truth, values: Mapping[str, Interval], groups: Groups | None, folds: int
) -> dict[str, Any]:
    """A row of a results file, as those of `affectkit evaluate`."""
    where = f", bootstrap by {groups.kind}" if groups else ""
    return {
        "claim": None,
        "task": found.task.id,
        "protocol": f"predictions as given; 95 % intervals from {folds} bootstrap folds{where}",
        "split": truth.card.get("split", "as given"),
        "audit": truth.audit,
        "variant": {"system": found.name, "samples": truth.which},
        "metrics": {m: _finite(asdict(v)) for m, v in values.items()},
        "baseline": None,
        "paper": {},
        "verdict": "own",
        "synthetic": corpora.synthetic(corpora.root(truth.spec)),
        "seeds": [],
        "minutes": 0.0,
        "missing": len(found.missing),
        "without_prediction": list(found.missing),
        "of_other_items": found.extra,
    }


def results(rows: Sequence[Mapping[str, Any]], part: str, truth: Truth, command: str) -> dict[str, Any]:
    """What `--json` prints: the form of a results file."""
    head = {"part": part, "corpus": truth.spec, "command": command, "commit": provenance.commit()}
    return {**head, "rows": list(rows)}


def gaps(found: Judged) -> list[str]:
    """How many items have no prediction, which, and why; how many predictions are of other items."""
    made = []
    if found.missing:
        named = [f"{id} ({why})" if why else id for id, why in found.missing.items()]
        of = len(found.missing) + len(found.part)
        said = f"{len(found.missing):,} of {of:,} items have no prediction and are left out"
        made.append(f"{found.name}: {said}: {listed(named)}")
    if found.extra:
        made.append(f"{found.name}: {found.extra:,} predictions of items that are not in this truth are left out")
    return made


def plain(parts: Mapping[str, Subgroups]) -> dict[str, Any]:
    """Figures by group as JSON; what does not exist is null."""
    return {metric: _finite(asdict(its)) for metric, its in parts.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value


def drawn_by(found: Judged, truth: Truth) -> Groups | None:
    """The groups that a bootstrap draws whole, where the truth has some."""
    return Groups.of(found.part, truth.card)


FOLDS = figures.FOLDS
