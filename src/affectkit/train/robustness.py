"""Robustness curves: a bundle's figures on sounds that get worse step by step, beside those on the sounds as they are.

Every augmentation that takes what the bundle reads brings its own curve (`worse` in its CARD). The same items are used
everywhere, and an item meets the same chance at every step. An item that cannot be read any more counts as answered
wrongly with a confidence of 0, and of dimensions as said to be in the middle, so that a system gains nothing by
refusing what is hard. Nothing here needs torch.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .. import augment, corpora, find, settings
from ..analysis.significance import Difference, Interval
from ..augment import KIND
from ..errors import AffectError, DataError, UsageError
from ..prediction import Prediction
from ..runtime.predict import Item
from ..sample import Media
from ..task import Task
from . import alike, figures
from .figures import Groups, Said
from .mixture import Mixture

CLEAN = "as it is"
"""Stands for what nothing was done to."""
WHOLE = "all"
"""Stands for every split."""
_OWN = ("balanced_accuracy", "macro_f1", "ccc")
_SHOWN = (*_OWN, "ece")
_OTHERS, _OTHER_FILES = "others", 50  # a field that takes other sounds gets so many files of the corpus, if any


class Predictor(Protocol):
    """What is measured: `runtime.predict.Predictor`, or anything else that answers."""

    @property
    def spoken(self) -> str: ...

    @property
    def modality(self) -> str: ...

    @property
    def tasks(self) -> tuple[Task, ...]: ...

    def stream(self, items: Iterable[Item]) -> Iterable[Prediction]: ...


@dataclass(frozen=True, slots=True)
class Point:
    """One place on a curve.

    Args:
        curve: the augmentation, with what was set of it: "noise kind=babble"; `CLEAN` for none.
        part: name of the augmentation; "" for none.
        config: its whole config.
        field, value: along which it gets worse, and how far.
    """

    curve: str = CLEAN
    part: str = ""
    config: Any = None
    field: str = ""
    value: float | str | None = None

    def __str__(self) -> str:
        return f"{self.curve} {self.field}={_short(self.value)}" if self.part else self.curve


@dataclass(frozen=True)
class Measured:
    """Figures of one task at one point.

    Args:
        figures: metric -> figure with its interval.
        differences: metric -> figure minus the one on clean sounds, on the same bootstrap folds; empty for those.
        failed: how many items could not be read.
    """

    point: Point
    task: str
    n: int
    failed: int
    figures: Mapping[str, Interval]
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class Curves:
    """All that was measured of a bundle on a corpus; `samples` and `protocol` say of what and how."""

    part: str
    corpus: str
    samples: str
    protocol: str
    split: str
    seed: int
    synthetic: bool
    measured: Sequence[Measured]

    def rows(self) -> list[dict[str, Any]]:
        """Rows as in a results file."""
        return [self._row(one) for one in self.measured]

    def _row(self, one: Measured) -> dict[str, Any]:
        point = one.point
        how = {point.field: point.value} if point.part else {}
        its = [
            {"name": CLEAN, "metric": metric, "difference": d.value, "low": d.low, "high": d.high, "p": d.p}
            for metric, d in one.differences.items()
        ]
        return {
            "claim": None,
            "task": one.task,
            "protocol": self.protocol,
            "split": self.split,
            "audit": "what the bundle learnt from is not looked at here: affectkit evaluate says it",
            "variant": {"system": self.part, "samples": self.samples, "augmentation": point.curve, **how},
            "metrics": {metric: asdict(value) for metric, value in one.figures.items()},
            "baseline": its or None,
            "paper": {},
            "verdict": "own",
            "synthetic": self.synthetic,
            "seeds": [self.seed],
            "minutes": 0.0,
            "failed": one.failed,
        }

    def table(self) -> list[dict[str, Any]]:
        """One row per task, point and metric, for a file of columns."""
        return [
            {
                "part": self.part,
                "corpus": self.corpus,
                "task": one.task,
                "augmentation": one.point.curve,
                "field": one.point.field,
                "value": "" if one.point.value is None else one.point.value,
                "metric": metric,
                **_renamed(v, ("value", "low", "high", "n"), ("figure", "low", "high", "n")),
                "failed": one.failed,
                **_renamed(
                    one.differences.get(metric),
                    ("value", "low", "high", "p"),
                    ("difference", "difference_low", "difference_high", "p"),
                ),
            }
            for one in self.measured
            for metric, v in one.figures.items()
        ]


def points(modality: str, by: str = "") -> list[Point]:
    """The places to measure at: those of all augmentations that take the modality, or of those that are asked for.

    Args:
        by: augmentations joined by commas, with settings if any: "noise:kind=babble,codec:codec=mp3". Of the field
            along which it gets worse, values joined by "+" take the place of the usual ones: "noise:snr_db=10+0".

    Raises:
        UnknownName: no such augmentation or setting.
        UsageError: it takes something else, nothing takes the modality, or a value cannot be read.
        DataError: a value that the augmentation refuses.
    """
    fitting = augment.fitting(modality)
    if not fitting:
        raise UsageError("a bundle that reads what can be made worse", f"one of {modality}", "choose one of speech")
    found: dict[Point, None] = {}
    for spec in corpora.split(by) or fitting:
        asked = corpora.parse(spec)
        name, given = asked.where, dict(asked.options)
        card = find.card(KIND, name)
        if card["takes"] != modality:
            raise UsageError(
                f"an augmentation of {modality}", f"{name} of {card['takes']}", f"use {', '.join(fitting)}"
            )
        field = card["worse"]["field"]
        values = given.pop(field).split("+") if field in given else card["worse"]["values"]
        config = settings.apply(find.load(KIND, name).Config(), given)
        curve = " ".join([name, *(f"{key}={value}" for key, value in given.items())])
        for value in values:
            changed = settings.apply(config, {field: value})
            found[Point(curve, name, changed, field, getattr(changed, field))] = None
    return list(found)  # values that come to the same, such as rates that a codec does not have, are measured once


def measure(
    predictor: Predictor,
    on: str,
    by: str = "",
    split: str = "test",
    limit: int | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = lambda line: None,
) -> Curves:
    """The figures of a predictor at all points.

    Args:
        on: a corpus or table.
        by: as in `points`.
        split: whose samples; `WHOLE` takes all.
        limit: at most so many, drawn at random.
        seed: of what is drawn.
        tell: is told each point when it begins.

    Raises:
        UsageError: no such samples, or as in `points`.
        DataError: not one of them can be read as it is.
    """
    steps = points(predictor.modality, by)
    data = alike.read([on], predictor.tasks)
    part, samples = _chosen(data, on, predictor.modality, split, limit, seed)
    steps = [_with_others(step, data, predictor.modality) for step in steps]
    card = corpora.card(on)
    measured: list[Measured] = []
    clean: dict[str, Said] = {}
    protocols: list[str] = []
    for number, point in enumerate([Point(), *steps]):
        tell(f"{point} ({number + 1} of {len(steps) + 1})")
        answers = list(predictor.stream(_items(part, predictor.modality, point, seed)))
        if [p.id for p in answers] != part.ids.tolist():
            raise DataError(f"one answer for each of {len(part):,} items", f"{len(answers):,}", "mend the predictor")
        if all(not p.ok for p in answers):
            first = answers[0].error
            if not point.part:
                told = first.message if first else "nothing"
                raise DataError(f"a sample of {on} that {predictor.spoken} can read", told, "choose another corpus")
        for task in data.tasks:
            rows = np.flatnonzero(part.judged[task.id].any(1))
            if not len(rows):
                continue
            its = part.take(rows)
            said, failed = _said(task, [answers[i] for i in rows], its.targets[task.id])
            groups = Groups.of(its, card)
            found = figures.figures(task, said, its, groups, _OWN)
            base = clean.setdefault(task.id, said)
            between = figures.difference(task, said, base, its, groups, _OWN) if point.part else {}
            shown = {m: v for m, v in found.items() if m.split(".")[0] in _SHOWN}
            measured.append(Measured(point, task.id, len(rows), failed, shown, between))
            protocols.append(groups.protocol if groups else "")
    drawn = ", ".join(sorted({p.removeprefix(", ") for p in protocols if p})) or "bootstrap of single samples"
    return Curves(
        predictor.spoken,
        on,
        samples,
        f"the bundle as it is; 95 % intervals from {figures.FOLDS} bootstrap folds, {drawn}",
        str(card.get("split", "as given")),
        seed,
        corpora.synthetic(corpora.root(on)),
        measured,
    )


def _chosen(data: Mixture, on: str, modality: str, split: str, limit: int | None, seed: int) -> tuple[Mixture, str]:
    """The samples to measure on, and what they are in words."""
    if limit is not None and limit < 1:
        raise UsageError("a limit of at least 1", str(limit), "leave it out to take all")
    part = data if split == WHOLE else data.part(split)
    rows = np.asarray([i for i, media in enumerate(part.media) if modality in media], np.int64)
    if not len(rows):
        there = [s for s in dict.fromkeys(data.split.tolist()) if s]
        fix = f"give --split {' or '.join([*there, WHOLE])}"
        raise UsageError(f"samples of {modality} in the split {split!r} of {on}", "none", fix)
    told = f"{split}, {len(rows):,}"
    if limit is not None and limit < len(rows):
        kept = np.random.default_rng(seed).choice(len(rows), limit, replace=False)
        told = f"{split}, {limit:,} of {len(rows):,} drawn at random"
        rows = rows[np.sort(kept)]
    return part.take(rows), told


def _with_others(point: Point, data: Mixture, modality: str) -> Point:
    """A point whose augmentation takes other sounds, and was given none, with files of the corpus not of test."""
    if getattr(point.config, _OTHERS, None) != ():
        return point
    media = [m[modality] for m, split in zip(data.media, data.split, strict=True) if modality in m and split == "train"]
    files = list(dict.fromkeys(m.path for m in media if m.path is not None and m.start_s is None))
    some = files[:: max(len(files) // _OTHER_FILES, 1)][:_OTHER_FILES]
    return replace(point, config=replace(point.config, **{_OTHERS: tuple(some)}))


def _items(part: Mixture, modality: str, point: Point, seed: int) -> Iterator[Item]:
    """What is given to the predictor: each sample as it is, or read and changed."""
    for id, media in zip(part.ids.tolist(), part.media, strict=True):
        its = media[modality]
        yield Item(id, id, _changed(its, modality, point, (seed, zlib.crc32(id.encode()))) if point.part else its)


def _changed(media: Media, modality: str, point: Point, seed: tuple[int, int]) -> Media | AffectError:
    try:
        read = find.load("modalities", modality).read(media)
        made = find.load(KIND, point.part).apply(point.config, read, np.random.default_rng(seed))
    except AffectError as error:
        return error
    return replace(media, path=None, text=None, array=made, start_s=None, end_s=None, stream=None)


def _said(task: Task, answers: Sequence[Prediction], truth: NDArray[np.float32]) -> tuple[Said, int]:
    """What is said of n items, and of how many nothing is said: they have a wrong name, or the middle of the scale."""
    there = np.asarray([p.ok and task.id in p.tasks for p in answers])
    n, k = truth.shape
    scores, said, confidence = np.zeros((n, k)), np.zeros((n, k), bool), np.zeros(n)
    if there.any():
        some = figures.told(task, [p.tasks[task.id] for p, yes in zip(answers, there, strict=True) if yes])
        scores[there] = some.scores
        if some.said is not None and some.confidence is not None:
            said[there], confidence[there] = some.said, some.confidence
    if task.scaled:
        return Said(scores), int((~there).sum())
    wrong = truth.argmin(1)
    said[~there, wrong[~there]] = True
    scores[~there, wrong[~there]] = 1.0
    known = there & said.any(1)
    told = None if known.any() and np.isnan(confidence[known]).any() else confidence
    return Said(scores, said, told), int((~there).sum())


def _renamed(value: Any, fields: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """Some fields of a value under other names; empty cells where there is no value."""
    return {n: "" if value is None else getattr(value, f) for f, n in zip(fields, names, strict=True)}


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
