"""What several runs say of test together: which texts a rule keeps of their votes, and how often it is right there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import aggregate, corpora
from ..analysis import significance
from ..analysis.significance import Difference, Interval
from ..errors import UnknownName, UsageError
from ..task import Kind, Task

if TYPE_CHECKING:
    from ..train.figures import Said
    from ..train.mixture import Mixture
    from ..train.run import Run

Bools = NDArray[np.bool_]

RIGHT = "right"
"""The share of texts whose true name is among those said: the accuracy, where one name is said of each."""


@dataclass(frozen=True)
class Line:
    """One system on the texts that it keeps.

    Args:
        system: a run, a rule, or the best run's surest answers.
        kept: the share of all texts that it keeps.
        names: how many names it says of a text, in the mean.
        figures: metric -> figure; macro F1 only where one name is said of each text.
        beside: its share right minus that of the best run on the same texts; None for the best run itself.
    """

    system: str
    kept: Interval
    names: float
    figures: Mapping[str, Interval]
    beside: Difference | None


@dataclass(frozen=True)
class Voted:
    """All systems on one task of test.

    Args:
        on: the corpora that the runs learnt from.
        task: of one name per text.
        best: the run that is best on dev.
        split: by which test was told apart.
    """

    on: tuple[str, ...]
    task: Task
    best: str
    split: str
    lines: Sequence[Line]
    seeds: tuple[int, ...]
    minutes: float
    synthetic: bool

    def rows(self) -> list[dict[str, Any]]:
        """As they stand in a results file."""
        return [
            {
                "claim": None,
                "task": self.task.id,
                "protocol": "macro_f1 and right on the texts kept; 95 % intervals from bootstrap folds",
                "split": self.split,
                "audit": f"best on dev: {self.best}",
                "variant": {
                    "system": line.system,
                    "samples": "test texts kept",
                    "names_per_text": line.names if line.figures else None,
                },
                "metrics": {"kept": asdict(line.kept), **{m: asdict(v) for m, v in line.figures.items()}},
                "baseline": None if line.beside is None else [_difference(self.best, line.beside)],
                "paper": {},
                "verdict": "own",
                "synthetic": self.synthetic,
                "seeds": list(self.seeds),
                "minutes": self.minutes,
            }
            for line in self.lines
        ]


def vote(folders: Sequence[Path], rules: Sequence[str], task: str = "") -> Voted:
    """Runs alone, the mean of their scores, and each rule on their labels, beside as many of the best run's surest.

    Args:
        folders: of runs on the same corpora and split; each has one vote, the mean output of its seeds.
        rules: parts of `aggregate`, with their settings.
        task: id of a task of one name that all learnt; "" is the first.

    Raises:
        UsageError: fewer than two runs, runs of other corpora or another split, or no such task in common.
        UnknownName: no such rule.
        DataError: a rule does not take the task.
    """
    from ..train import evaluate, run

    opened = [run.open_run(folder) for folder in folders]
    _alike(opened)
    chosen, own = _task(opened, task), opened[0].mixture()
    parts = {s: own.part(s) for s in ("dev", "test")}
    parts = {s: p.take(np.flatnonzero(p.judged[chosen.id].any(1))) for s, p in parts.items()}
    names = [folder.resolve().name for folder in folders]
    names = names if len(set(names)) == len(names) else [str(folder) for folder in folders]
    said = {
        split: {
            n: evaluate.of_run(r, run.finished(r), own, part)[chosen.id] for n, r in zip(names, opened, strict=True)
        }
        for split, part in parts.items()
    }
    best = max(names, key=lambda name: float(_right(said["dev"][name], parts["dev"], chosen).mean()))
    first = opened[0]
    return Voted(
        on=first.on,
        task=chosen,
        best=best,
        split=f"our own: {first.config.split}" if first.config.split else str(corpora.card(first.on[0])["split"]),
        lines=lines(chosen, parts["test"], said["test"], rules, best),
        seeds=tuple(dict.fromkeys(s for one in opened for s in one.seeds)),
        minutes=sum(one.minutes for one in opened),
        synthetic=any(corpora.synthetic(corpora.root(on)) for on in first.on),
    )


def lines(task: Task, test: Mixture, said: Mapping[str, Said], rules: Sequence[str], best: str) -> list[Line]:
    """A line for each run, for the mean of their scores, and for each rule.

    Args:
        task: of one name.
        test: texts that were judged.
        said: what each run says of them.
        rules: parts of `aggregate`, with their settings.
        best: the run that others are held against.
    """
    from ..methods.label_vote import ballots
    from ..train import votes

    everything = np.ones(len(test), bool)
    alone = {name: _one(its.scores) for name, its in said.items()}
    mean = _one(np.mean([its.scores for its in said.values()], axis=0))
    beside = (alone[best], _surest(said[best]))
    made = [_line(name, task, test, names, everything, beside, name == best) for name, names in alone.items()]
    made.append(_line("mean of scores", task, test, mean, everything, beside))
    ratings = ballots(task, alone, test.judged[task.id])
    for rule in rules:
        found = votes.by(rule, ratings, task)
        values = votes.values(found, task)
        several = aggregate.task_of(rule.partition(":")[0], task).kind is Kind.MULTI
        # of a rule that gives shares, the name that leads alone
        names = values > 0 if several else (values == values.max(1, keepdims=True)) & (values > 0)
        kept = np.asarray(names.any(1) if several else names.sum(1) == 1, bool)
        made.append(_line(rule, task, test, names, kept, beside))
        if 0 < kept.sum() < len(kept):
            surest = np.argsort(-beside[1], kind="stable")[: kept.sum()]
            rows = np.isin(np.arange(len(kept)), surest)
            made.append(_line(f"{best}, its surest as many as by {rule}", task, test, alone[best], rows, beside, True))
    return made


def _line(
    system: str,
    task: Task,
    test: Mixture,
    names: Bools,
    kept: Bools,
    beside: tuple[Bools, NDArray[np.float64]],
    is_best: bool = False,
) -> Line:
    from ..train.figures import FOLDS, Groups

    card = corpora.card(str(test.corpus[0]))
    whole, rows = Groups.of(test, card), np.flatnonzero(kept)
    share = _share(kept, None if whole is None else whole.ids)
    if not len(rows):
        return Line(system, share, float("nan"), {}, None)
    part, own = test.take(rows), names[rows]
    groups = Groups.of(part, card)
    drawn = None if groups is None else groups.ids
    truth = part.targets[task.id] >= 0.5
    right, best = (np.asarray((which & truth).any(1), bool) for which in (own, beside[0][rows]))
    figures = {RIGHT: _share(right, drawn)}
    if (own.sum(1) == 1).all():
        f1 = significance.bootstrap("macro_f1", truth, own, part.judged[task.id], task, drawn, FOLDS)
        assert isinstance(f1, Interval)
        figures["macro_f1"] = f1
    ones = np.ones((len(rows), 1))
    d = significance.paired("accuracy", ones, right[:, None], best[:, None], groups=drawn, folds=FOLDS)
    assert isinstance(d, Difference)
    return Line(system, share, float(own.sum(1).mean()), figures, None if is_best else d)


def _share(yes: Bools, groups: NDArray[np.int64] | None) -> Interval:
    """The share of a yes among items, with its interval."""
    from ..train.figures import FOLDS

    found = significance.bootstrap("accuracy", np.ones((len(yes), 1)), yes[:, None], groups=groups, folds=FOLDS)
    assert isinstance(found, Interval)
    return found


def _one(scores: NDArray[np.float64]) -> Bools:
    """The best name of each text, (n, k)."""
    return np.asarray(np.arange(scores.shape[1]) == scores.argmax(1)[:, None])


def _right(said: Said, part: Mixture, task: Task) -> Bools:
    return np.asarray((_one(said.scores) & (part.targets[task.id] >= 0.5)).any(1), bool)


def _surest(said: Said) -> NDArray[np.float64]:
    return said.scores.max(1) if said.confidence is None else np.nan_to_num(said.confidence, nan=-1.0)


def _alike(opened: Sequence[Run]) -> None:
    if len(opened) < 2:
        raise UsageError("two runs or more to vote", str(len(opened)), "name several")
    first = opened[0]
    for other in opened[1:]:
        if (other.on, other.config.split) != (first.on, first.config.split):
            raise UsageError(
                f"runs of one corpus and split, as {first.folder} is of {_of(first)}",
                f"{other.folder} of {_of(other)}",
                "train it on that",
            )


def _of(run: Run) -> str:
    return ", ".join(run.on) + (f" (split {run.config.split})" if run.config.split else "")


def _task(opened: Sequence[Run], asked: str) -> Task:
    """The task to vote on: of one name, and learnt by all."""
    shared = [t for t in opened[0].tasks if all(t.id in {o.id for o in one.tasks} for one in opened)]
    single = {t.id: t for t in shared if t.kind in (Kind.SINGLE, Kind.DISTRIBUTION)}
    if asked and asked not in single:
        raise UnknownName.among("a task of one name that all runs learnt", asked, single)
    if not single:
        raise UsageError("a task of one name that all runs learnt", "none", "train them on one")
    return single[asked] if asked else next(iter(single.values()))


def _difference(best: str, d: Difference) -> dict[str, Any]:
    return {
        "name": f"{best}, same texts",
        "metric": RIGHT,
        "difference": d.value,
        "low": d.low,
        "high": d.high,
        "p": d.p,
    }
