"""Several corpora with different tasks as one table: a sample counts only on the tasks and names it was judged on.

Nothing is decoded here; targets are votes' shares or values in [-1, 1], from `sample.target`.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .. import corpora, find
from ..errors import DataError, UnknownName, UsageError
from ..sample import SPLITS, Media, Rating, Sample, target
from ..task import Kind, Task


@dataclass(frozen=True)
class Mixture:
    """N samples of one or more corpora.

    Args:
        tasks: all tasks, each with targets (N, k) float32 and judged (N, k) bool under its id.
        ids, media, split, corpus: (N,) each; `corpus` names where a sample came from.
        weight: (N,) float32.
        groups: kind of group -> (N,) its id for each sample, "" for a sample that is in none.
        blank: corpus -> how many of all its samples were left out, because nothing is in any of their media.
        ratings: (N,) what people said of each sample on these tasks, as the targets were made from it.
    """

    tasks: tuple[Task, ...]
    ids: NDArray[np.str_]
    media: list[Mapping[str, Media]]
    split: NDArray[np.str_]
    corpus: NDArray[np.str_]
    targets: Mapping[str, NDArray[np.float32]]
    judged: Mapping[str, NDArray[np.bool_]]
    weight: NDArray[np.float32]
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    blank: Mapping[str, int] = field(default_factory=dict)
    ratings: Sequence[tuple[Rating, ...]] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.int64]) -> Mixture:
        """The samples at `rows`, in that order."""
        return replace(
            self,
            ids=self.ids[rows],
            media=[self.media[i] for i in rows],
            split=self.split[rows],
            corpus=self.corpus[rows],
            targets={t: v[rows] for t, v in self.targets.items()},
            judged={t: v[rows] for t, v in self.judged.items()},
            weight=self.weight[rows],
            groups={kind: ids[rows] for kind, ids in self.groups.items()},
            ratings=[self.ratings[i] for i in rows] if self.ratings else (),
        )

    def part(self, split: str) -> Mixture:
        """The samples of one split."""
        return self.take(np.flatnonzero(self.split == split))

    def with_targets(self, more: Mapping[str, NDArray[np.float32]]) -> Mixture:
        """The mixture with further targets (such as a teacher's outputs, which judge all), under their own keys."""
        judged = {name: np.ones(values.shape, bool) for name, values in more.items()}
        return replace(self, targets={**self.targets, **more}, judged={**self.judged, **judged})


def read(names: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The corpora's samples on their main tasks, or on those in `tasks`.

    Raises:
        UnknownName: a task that none of the corpora has.
        UsageError: two corpora give one task id to different tasks.
    """
    chosen: dict[str, Task] = {}
    offered: set[str] = set()
    for name in names:
        have = corpora.tasks(name)
        offered |= {t.id for t in have}
        for task in [t for t in have if t.id in tasks] if tasks else have[:1]:
            if chosen.setdefault(task.id, task) != task:
                raise UsageError("one meaning for each task id", f"{task.id!r} twice", "train on fewer corpora")
    for task_id in tasks:
        if task_id not in offered:
            raise UnknownName.among("a task of these corpora", task_id, offered)
    return table([(name, s) for name in names for s in corpora.samples(name)], list(chosen.values()))


def table(samples: Iterable[tuple[str, Sample]], tasks: Sequence[Task]) -> Mixture:
    """Samples (with the name of their corpus) on some tasks, as arrays; blank ones are left out and counted.

    Raises:
        DataError: all are blank, or a sample's context is not among the samples.
    """
    given = list(samples)
    turns = {(name, s.id): _spoken(s) for name, s in given}
    listed, blank = _without_blank(given)
    ids = {t.id for t in tasks}
    rows = {t.id: [target(t, s.ratings) for _, s in listed] for t in tasks}
    kinds = sorted({kind for _, s in listed for kind in s.groups})
    return Mixture(
        tasks=tuple(tasks),
        ids=np.asarray([s.id for _, s in listed]),
        media=[_told(name, s, turns) for name, s in listed],
        split=np.asarray([s.split or "" for _, s in listed]),
        corpus=np.asarray([name for name, _ in listed]),
        targets={t: np.stack([a for a, _ in v]) for t, v in rows.items()},
        judged={t: np.stack([b for _, b in v]) for t, v in rows.items()},
        weight=np.ones(len(listed), np.float32),
        groups={kind: np.asarray([s.groups.get(kind, "") for _, s in listed]) for kind in kinds},
        blank=blank,
        ratings=[tuple(r for r in s.ratings if r.task in ids) for _, s in listed],
    )


def as_shares(mixture: Mixture) -> Mixture:
    """The mixture with tasks of names as distributions: each name's share of all that an item's raters chose.

    An item of which nobody chose any name has no shares, and is not judged. What is shares already stays so.
    """
    tasks = tuple(t if t.scaled or not t.names else replace(t, kind=Kind.DISTRIBUTION) for t in mixture.tasks)
    targets, judged = dict(mixture.targets), dict(mixture.judged)
    for task in tasks:
        if task.kind is Kind.DISTRIBUTION:
            votes = np.where(judged[task.id], targets[task.id], 0).astype(np.float64)
            whole = votes.sum(1, keepdims=True)
            targets[task.id] = (votes / np.where(whole > 0, whole, 1)).astype(np.float32)
            judged[task.id] = judged[task.id] & (whole > 0)
    return replace(mixture, tasks=tasks, targets=targets, judged=judged)


def _spoken(sample: Sample) -> Mapping[str, Media]:
    """A sample's media with who speaks, where that is known."""
    speaker = sample.groups.get("speaker")
    return sample.media if speaker is None else {m: replace(v, speaker=speaker) for m, v in sample.media.items()}


def _told(corpus: str, sample: Sample, turns: Mapping[tuple[str, str], Mapping[str, Media]]) -> Mapping[str, Media]:
    """A sample's media with the earlier turns of its conversation, where it has any."""
    own = turns[corpus, sample.id]
    if not sample.context:
        return own
    missing = [id for id in sample.context if (corpus, id) not in turns]
    if missing:
        raise DataError(f"the turn {missing[0]!r} before {sample.id!r}", f"none in {corpus}", "keep dialogues whole")
    earlier = [turns[corpus, id] for id in sample.context]
    return {m: replace(media, before=tuple(e[m] for e in earlier if m in e)) for m, media in own.items()}


def _without_blank(given: Sequence[tuple[str, Sample]]) -> tuple[list[tuple[str, Sample]], dict[str, int]]:
    """The samples with a medium that its modality does not call blank, and how many others each corpus has."""
    modalities = {m for _, sample in given for m in sample.media}
    blank = {m: getattr(find.load("modalities", m), "blank", lambda media: False) for m in modalities}
    listed = [(n, s) for n, s in given if not s.media or not all(blank[m](media) for m, media in s.media.items())]
    if given and not listed:
        raise DataError("a sample that is not blank", f"{len(given)} blank ones", "look at the columns that are read")
    return listed, dict(Counter(n for n, _ in given) - Counter(n for n, _ in listed))


NO_DEV = ("all", "joined")
"""Splits without dev that a bundle may be made of, if folds tell how good it is."""
SHARES = (0.8, 0.1, 0.1)
"""Of train, dev and test in a split of our own making, as near as groups that stay whole allow."""


def resplit(mixture: Mixture, by: str, seed: int = 0) -> Mixture:
    """The mixture split anew into train, dev and test, each corpus for itself; but for "joined", official splits are
    forgotten.

    Args:
        by: "random": every sample for itself; "group:KIND": groups such as speakers stay whole and are drawn at random;
            "order:KIND": groups such as seasons or episodes stay whole, the first are train and the last are test
            (numbers within their ids count as numbers); "fold3of10" or "fold3of10:KIND": test is one of ten folds of
            equal number of samples or whole groups, counted from 0, and dev a twentieth of the others (an eighth
            where there are fewer than 400 samples); "given3:KIND": test is the fourth group by that kind of each
            corpus (of one with fewer, counting goes on from the first), and the rest is train; "all": everything is
            train; "joined": dev is train too, and the official test stays. These three are for methods that choose
            nothing on dev.
        seed: of what is drawn.

    Raises:
        UnknownName: another word than random, group and order, or a kind of group that no sample has.
        DataError: a sample of no such group, or fewer than three groups in a corpus.
    """
    if by == "all":
        return replace(mixture, split=np.full(len(mixture), "train", "U5"))
    if by == "joined":
        return replace(mixture, split=np.where(mixture.split == "dev", "train", mixture.split))
    how, _, kind = by.partition(":")
    given = re.fullmatch(r"given(\d+)", how)
    if given and kind in mixture.groups:
        return replace(mixture, split=_given(mixture, int(given[1]), kind))
    fold = _fold(how)
    if fold:
        how = "group" if kind else "random"
    if how not in _UNITS or bool(kind) != (how in _KINDS):
        raise UnknownName.among("a split", by, ("random", *(f"{h}:{k}" for h in _KINDS for k in mixture.groups)))
    if kind and kind not in mixture.groups:
        raise UnknownName.among("a kind of group of these corpora", kind, mixture.groups)
    split = np.empty(len(mixture), "U5")
    for corpus in dict.fromkeys(mixture.corpus.tolist()):
        rows = np.flatnonzero(mixture.corpus == corpus)
        ids = mixture.groups[kind][rows] if kind else np.arange(len(rows)).astype(str)
        if (ids == "").any():
            raise DataError(
                f"a {kind} for every sample of {corpus}", f"{(ids == '').sum()} without", "split by another kind"
            )
        names, unit = np.unique(ids, return_inverse=True)
        if len(names) < len(SPLITS):
            raise DataError(
                f"at least {len(SPLITS)} groups of {corpus} to split by {by!r}",
                str(len(names)),
                "split by another kind",
            )
        rng = np.random.default_rng((seed, zlib.crc32(corpus.encode())))  # a corpus is split alike in every mixture
        order = np.asarray(_UNITS[how](names.tolist(), rng))
        split[rows] = _folds(order, unit, *fold) if fold else _parts(order, unit)
    return replace(mixture, split=split)


def _parts(order: NDArray[np.int64], unit: NDArray[np.int64]) -> NDArray[np.str_]:
    """The split of each sample (n,), given the order of the units and the unit of each sample; no part is empty."""
    until = np.bincount(unit)[order].cumsum()
    # where the first part ends and where the second does, in units; at least one unit is left for each later part
    first = 1 + int(np.abs(until[:-2] - SHARES[0] * len(unit)).argmin())
    second = first + 1 + int(np.abs(until[first:-1] - (SHARES[0] + SHARES[1]) * len(unit)).argmin())
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return np.asarray(SPLITS)[np.searchsorted([first, second], place[unit], side="right")]


def _given(mixture: Mixture, which: int, kind: str) -> NDArray[np.str_]:
    """The split of each sample (n,) where corpora have folds of their own, in the order of their names.

    Raises:
        DataError: a sample is in none, or a corpus has one fold only.
    """
    split = np.full(len(mixture), "train", "U5")
    for corpus in dict.fromkeys(mixture.corpus.tolist()):
        rows = np.flatnonzero(mixture.corpus == corpus)
        ids = mixture.groups[kind][rows]
        folds = sorted(set(ids.tolist()))
        if "" in folds or len(folds) < 2:
            found = ", ".join(fold or "none" for fold in folds)
            raise DataError(
                f"each sample of {corpus} in one of several groups by {kind}", found, "split by another kind"
            )
        split[rows[ids == folds[which % len(folds)]]] = "test"
    return split


_FEW, _DEV, _DEV_OF_FEW = 400, 20, 8
"""Where there are few samples, folds give dev an eighth of the rest, not a twentieth."""


def _fold(how: str) -> tuple[int, int] | None:
    """(which, of how many) of "fold3of10"; None for another split.

    Raises:
        UsageError: there is no such fold.
    """
    found = re.fullmatch(r"fold(\d+)of(\d+)", how)
    if found is None:
        return None
    which, many = int(found[1]), int(found[2])
    if not 0 <= which < many or many < 2:
        raise UsageError("a fold such as fold0of10 to fold9of10", how, "folds are counted from 0, and are two or more")
    return which, many


def _folds(order: NDArray[np.int64], unit: NDArray[np.int64], which: int, many: int) -> NDArray[np.str_]:
    """The split of each sample (n,): test is one fold of the units, dev every so many-th unit of each other fold.

    Raises:
        DataError: fewer units than folds.
    """
    if len(order) < many:
        raise DataError(f"at least {many} samples or groups for {many} folds", str(len(order)), "use fewer folds")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    fold, within = place % many, place // many
    every = _DEV_OF_FEW if len(unit) < _FEW else _DEV
    names = np.where(fold == which, "test", np.where(within % every == fold % every, "dev", "train"))
    spare = np.flatnonzero(names == "train")
    if not (names == "dev").any():
        names[spare[0]] = "dev"
    return names[unit]


def _drawn(names: list[str], rng: np.random.Generator) -> list[int]:
    return list(rng.permutation(len(names)).tolist())


def _ordered(names: list[str], rng: np.random.Generator) -> list[int]:
    def natural(i: int) -> list[tuple[int, int, str]]:
        return [(0, int(x), "") if x.isdecimal() else (1, 0, x) for x in re.findall(r"\d+|\D+", names[i])]

    return sorted(range(len(names)), key=natural)


_UNITS = {"random": _drawn, "group": _drawn, "order": _ordered}
_KINDS = ("group", "order")
