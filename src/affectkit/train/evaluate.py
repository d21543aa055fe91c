"""Measuring a run or a bundle: dev decides all that is decided, every value has its interval.

The systems measured are each seed of a run, the mean output of its seeds, or a bundle exactly as its users get it.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from .. import corpora, find, store
from ..errors import AffectError, DataError, UsageError
from ..runtime import bundle
from ..runtime.predict import Item, Options, Predictor
from ..runtime.say import Head
from ..sample import Sample
from . import alike, audit, calibrate, export, figures, leaks, mixture, provenance, run
from .figures import Facts, Named, Said, Spread
from .mixture import Mixture
from .run import Run


@dataclass(frozen=True)
class Measured:
    """Figures of a run or bundle: `rows` per corpus, as they stand in results/<part>.<corpus>.json."""

    part: str
    on: tuple[str, ...]
    rows: Mapping[str, list[dict[str, Any]]]
    path: Path | None = None

    def joined(self, other: Measured) -> Measured:
        """Rows of two measurements of one part, corpus by corpus."""
        corpora_of_both = dict.fromkeys([*self.rows, *other.rows])
        rows = {c: [*self.rows.get(c, []), *other.rows.get(c, [])] for c in corpora_of_both}
        return Measured(self.part, tuple(corpora_of_both), rows, self.path)

    def write(self, folder: Path, command: str, kept_as: str = "") -> list[Path]:
        """Write one results file per corpus: PART.CORPUS.json, or PART.CORPUS.WORD.json beside it.

        Args:
            kept_as: the word that keeps these figures apart from others of the same part and corpus.
        """
        end = f".{kept_as}.json" if kept_as else ".json"
        head = {"part": self.part, "command": command, "commit": provenance.commit()}
        return [
            store.write_json(
                folder / f"{self.part}.{corpora.parse(corpus).short}{end}",
                {**head, "corpus": corpus, "hardware": provenance.hardware(), "rows": rows},
            )
            for corpus, rows in self.rows.items()
        ]

    def stamp(self) -> None:
        """Write the figures into the bundle's card.

        Raises:
            UsageError: what was measured is no bundle.
        """
        if self.path is None:
            raise UsageError("a bundle to stamp", "a run", "export it, then evaluate the bundle")
        export.stamp(self.path, list(self._figures()))

    def _figures(self) -> Any:
        for corpus, rows in self.rows.items():
            for row in rows:
                if row["variant"]["samples"] == figures.ALL:
                    _, comma, how = row["variant"]["system"].partition(", ")
                    for metric, value in row["metrics"].items():
                        split = f"{'SYNTHETIC ' * row['synthetic']}test{comma}{how}"
                        yield {"task": row["task"], "corpus": corpus, "split": split, "metric": metric, **value}

    def notes(self) -> list[str]:
        """How the figures were made, and how clean the test parts are: one line each."""
        pairs = [(corpora.parse(corpus).short, row) for corpus, rows in self.rows.items() for row in rows]
        made = dict.fromkeys(f"{c} {row['task']}: {row['protocol']}" for c, row in pairs)
        fake = dict.fromkeys(f"{c}: SYNTHETIC, an imitation and not the corpus" for c, row in pairs if row["synthetic"])
        return [*made, *dict.fromkeys(f"{c}: {row['audit']}" for c, row in pairs), *fake]

    def lines(self) -> list[str]:
        """One readable line per figure and per paired difference."""
        made = []
        for corpus, rows in self.rows.items():
            short = corpora.parse(corpus).short
            for row in rows:
                who = f"{short} {row['task']}, {row['variant']['system']}, {row['variant']['samples']}"
                for metric, v in row["metrics"].items():
                    over = f", deviation {v['deviation']:.4f}" if "deviation" in v else ""
                    interval = f"({v['low']:.4f} to {v['high']:.4f}, n {v['n']}{over})"
                    made.append(f"{who}: {metric} {v['value']:.4f} {interval}")
                for name, v in row.get("network", {}).items():
                    made.append(f"{who}: network's {name} {v['value']:.4f}{_within(v)}")
                for d in row["baseline"] or ():
                    made.append(
                        f"{who}: {d['metric']} {d['difference']:+.4f} ({d['low']:+.4f} to {d['high']:+.4f}, "
                        f"p {d['p']:.3f}) against {d['name']}"
                    )
        return made


def measure_run(folder: Path, on: Sequence[str] = (), against: Path | None = None) -> Measured:
    """Measure every seed of a run; where there are several, the mean of their outputs and of their figures too.

    Args:
        against: a run that it is compared with, like with like: seed with seed, mean with mean. A run is not compared
            with itself.
    """
    trained = run.open_run(folder)
    own = trained.mixture()
    data = trained.resplit(alike.read(on, trained.tasks)) if on else own
    name, test = folder.resolve().name, data.part("test")
    seeds: dict[str, tuple[int, ...]] = {f"{name}, seed {s}": (s,) for s in run.finished(trained)}
    single, spread = tuple(seeds), None
    if len(single) > 1:
        seeds[f"{name}, mean output of seeds"] = trained.seeds
    systems = {system: of_run(trained, its, own, test) for system, its in seeds.items()}
    other = None
    if against is not None and against.resolve() != folder.resolve():  # it differs from itself by nothing
        other = _Other.open(against, test, trained.config.split)
    baselines = {} if other is None else {system: other.like(its) for system, its in seeds.items()}
    if len(single) > 1:
        spread = Spread(f"{name}, mean of single seeds", single, None if other is None else other.singles())
    common = facts(trained, own)
    its = {system: replace(common, seeds=these) for system, these in seeds.items()}
    found = rows(systems, data, own.part("train"), on or trained.on, its, baselines, spread)
    if hasattr(trained.method, "network"):
        of_networks = {system: trained.method.network(trained, seeds[system][0]) for system in single}
        for row in chain.from_iterable(found.values()):
            if row["variant"]["system"] in of_networks and row["variant"]["samples"] == figures.ALL:
                row["network"] = of_networks[row["variant"]["system"]]
    return Measured(trained.part, tuple(on or trained.on), found)


def facts(trained: Run, own: Mixture) -> Facts:
    """What is common to all rows of a run, whose samples are `own`."""
    card = trained.method.CARD
    claims = figures.of_arm(card.get("claims", ()), trained.folder.resolve().name)
    told = trained.config.folds or (own.split == "dev").any()
    decided = trained.decided if told else "nothing, since there is no dev"
    common = (trained.minutes, trained.config.split, decided, leak(trained, own))
    return Facts(claims, trained.seeds, *common, card.get("metrics", ()))


def leak(trained: Run, own: Mixture) -> str:
    """What the split of a run that is allowed to leak cuts; "" where it cuts nothing."""
    return "; ".join(map(str, leaks.found(own))) if trained.config.allow_leak else ""


def measure_bundle(name: str, on: Sequence[str], against: Path | None = None) -> Measured:
    """Measure a bundle through the predictor that its users call."""
    path = bundle.find(name)
    opened = bundle.open(path)
    predictor = Predictor(opened)
    data = alike.read(on, predictor.tasks)
    systems = {opened.spoken: of_predictor(predictor, data.part("test"))}
    if any("balance" in entry for entry in opened.card["tasks"]):
        systems[f"{opened.spoken}, balanced"] = of_predictor(predictor, data.part("test"), Options(balanced=True))
    method = find.card("methods", opened.card["part"]) if "part" in opened.card else {}
    own, decided = method.get("metrics", ()), opened.card.get("decided", "dev")
    claims = figures.of_arm(method.get("claims", ()), str(opened.card["name"]))
    its = dict.fromkeys(systems, Facts(claims, (), 0.0, decided=decided, metrics=own))
    other = None if against is None else _Other.open(against, data.part("test"))
    baselines = {} if other is None else dict.fromkeys(systems, other.like(()))
    found = rows(systems, data, _learnt(opened.card, data), on, its, baselines)
    return Measured(str(opened.card["name"]), tuple(on), found, path)


def of_run(trained: Run, seeds: Sequence[int], own: Mixture, test: Mixture) -> dict[str, Said]:
    """task id -> what the mean output of some seeds says of test, everything fitted on dev of the run's own corpora."""
    return {head.task.id: said for head, said in by_head(trained, seeds, own, test)}


def by_head(trained: Run, seeds: Sequence[int], own: Mixture, test: Mixture) -> list[tuple[Head, Said]]:
    """What `of_run` says, each with the head that says it: its thresholds, abstain point and intervals."""
    dev = own.part("dev")
    held = own.part("test")  # another corpus may have the same ids
    stored = np.array_equal(test.ids, held.ids) and np.array_equal(test.corpus, held.corpus)
    each = {
        "dev": [run.outputs(trained, s, "dev", dev) for s in seeds],
        "test": [
            run.outputs(trained, s, "test", test) if stored else run.fresh_outputs(trained, s, test) for s in seeds
        ],
    }
    raw = {
        split: {t.id: np.mean([o[t.id] for o in outputs], axis=0) for t in trained.tasks}
        for split, outputs in each.items()
    }
    found = []
    told = run.told(trained, seeds, own, raw["dev"])
    for entry in calibrate.entries(trained.tasks, *told, trained.apart, trained.config.tempered, trained.even):
        head = Head.of(entry)
        task = head.task
        scores = head.scores(raw["test"][task.id].astype(np.float64))
        if task.scaled:
            found.append((head, Said(scores)))
            continue
        said = head.said(scores, outputs=raw["test"])
        top = scores[np.arange(len(scores)), calibrate.first(scores, said)]
        sure = None if head.confidence is None else np.where(said.any(1), head.sure(top), np.nan)
        found.append((head, Said(scores, said, sure)))
    return found


def of_predictor(predictor: Predictor, test: Mixture, options: Options | None = None) -> dict[str, Said]:
    """task id -> what a bundle says of test, read from its predictions."""
    items = [Item(str(i), str(i), m[predictor.modality]) for i, m in zip(test.ids, test.media, strict=True)]
    predictions = list(predictor.stream(items, options))
    for p in predictions:
        if p.error is not None:
            raise DataError(f"test samples that {predictor.spoken} can read", f"{p.id}: {p.error.message}", "mend it")
    return {task.id: figures.told(task, [p.tasks[task.id] for p in predictions]) for task in predictor.tasks}


def over_seeds(measured: Measured) -> dict[str, tuple[float, float]]:
    """ "corpus.task.metric" -> mean and deviation over the seeds of a run of several, on all test samples."""
    values: dict[str, list[float]] = {}
    for corpus, rows in measured.rows.items():
        for row in rows:
            if len(row["seeds"]) == 1 and row["variant"]["samples"] == figures.ALL:
                for metric, v in row["metrics"].items():
                    values.setdefault(f"{corpora.parse(corpus).short}.{row['task']}.{metric}", []).append(v["value"])
    return {k: (statistics.fmean(v), statistics.stdev(v)) for k, v in values.items() if len(v) > 1}


@dataclass(frozen=True)
class _Other:
    """A run to compare with, and what each of its seeds says of test."""

    name: str
    trained: Run
    test: Mixture
    own: Mixture
    each: dict[int, Mapping[str, Said]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, test: Mixture, split: str = "") -> _Other:
        trained = run.open_run(folder)
        if trained.config.split != split:
            found = repr(trained.config.split)
            raise UsageError(f"a run to compare with of the split {split!r}", found, "train it on that")
        run.finished(trained)
        return cls(folder.resolve().name, trained, test, trained.mixture())

    def one(self, seed: int) -> Mapping[str, Said]:
        """What one of its networks says."""
        if seed not in self.each:
            self.each[seed] = self.of([seed])
        return self.each[seed]

    def of(self, seeds: Sequence[int]) -> dict[str, Said]:
        """What the mean output of its seeds says, on the tasks that are the same there."""
        said = of_run(self.trained, seeds, self.own, self.test)
        same = {t.id for t in self.trained.tasks if t in self.test.tasks}  # an id may stand for shares or for names
        return {id: its for id, its in said.items() if id in same}

    def like(self, seeds: Sequence[int]) -> Named:
        """What is compared with so many seeds: a mean with the mean of the same ones, one network with its like.

        Where it has not all of them, the mean is of all that it has, and the one network its first.
        """
        its = self.trained.seeds
        held = [s for s in seeds if s in its]
        if len(seeds) > 1 and len(its) > 1:
            these = held if len(held) == len(seeds) else its
            return f"{self.name}, mean of {len(these)} seeds", self.of(these)
        first = (held or its)[0]
        return f"{self.name}, seed {first}", self.one(first)

    def singles(self) -> tuple[str, list[Mapping[str, Said]]]:
        """All its networks, each alone."""
        return f"{self.name}, mean of single seeds", [self.one(seed) for seed in self.trained.seeds]


def _within(v: Mapping[str, float]) -> str:
    """An interval in brackets, where there is one."""
    return f" ({v['low']:.4f} to {v['high']:.4f})" if "low" in v else ""


def _learnt(card: Mapping[str, Any], data: Mixture) -> Mixture:
    """What a bundle learnt from of its corpora that can be read here; of none, the training part of the measured ones.

    A card with a `split` tells that it learnt from more than their training parts.
    """
    found: list[tuple[str, Sample]] = []
    for name in card.get("trained_on", ()):
        with suppress(AffectError):
            found += [(name, s) for s in corpora.samples(name)]
    learnt = mixture.table(found, ()) if found else data
    return (mixture.resplit(learnt, card["split"]) if card.get("split") else learnt).part("train")


def rows(
    systems: Mapping[str, Mapping[str, Said]],
    data: Mixture,
    train: Mixture,
    on: Sequence[str],
    facts: Mapping[str, Facts],
    baselines: Mapping[str, Named] | None = None,
    spread: Spread | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each corpus, as `figures.rows` makes them, of what systems say of the test part of `data`."""
    test, seen = data.part("test"), figures.seen(train)
    fake = {corpus: corpora.synthetic(corpora.root(corpus)) for corpus in on}
    taught = {kind: set(ids.tolist()) for kind, ids in train.groups.items()}
    shared = {c: leaks.shared(test, train, c) for c in on}
    stamps = {c: audit.stamp(data, c) for c in on}
    return {
        c: figures.rows(systems, test, seen, c, facts, baselines, fake[c], taught, shared[c], stamps[c], spread=spread)
        for c in on
    }
