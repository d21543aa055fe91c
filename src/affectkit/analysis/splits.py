"""Split audit: what the parts of a corpus share, what two corpora share, and labels that cannot be what they look like.

A figure on test says something of new people, songs and texts only where train has none of them. `audit` looks for
groups that a split cuts, for texts, pictures and sounds that come again, equal or nearly so, for windows of one
recording that overlap, for one corpus inside another, for features that hold the labels, and for two dimensions that
were exchanged. What it could not look at it says too: nothing found is not the same as nothing there.
Reference: Kapoor and Narayanan, Leakage and the reproducibility crisis in machine-learning-based science, Patterns 4,
2023.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from ..sample import Sample
from ..task import Task
from . import _contents, _read_off, _sisters, duplicates
from ._findings import OTHER_PARTS, Audit, Check, Corpus, Finding, Severity, Told, Unchecked
from ._read_off import Features

__all__ = ["Audit", "Check", "Features", "Finding", "Severity", "Unchecked", "audit"]


def audit(
    samples: Iterable[Sample],
    against: Iterable[Sample] | None = None,
    *,
    tasks: Sequence[Task] = (),
    against_tasks: Sequence[Task] = (),
    disjoint: Sequence[str] = (),
    features: Features | None = None,
    near: bool = True,
    files: bool = True,
    name: str = "the corpus",
    against_name: str = "the other corpus",
) -> Audit:
    """Look for what the parts of a corpus share, and what it shares with another; the order of samples is no matter.

    Args:
        samples, against: the corpus, and another one it is held against.
        tasks, against_tasks: their tasks, for labels in features, equal items and exchanged dimensions.
        disjoint: kinds of groups that the split promises to keep whole: cutting one is a leak.
        features: numbers that a model is to be given.
        near: look for nearly equal texts and pictures too.
        files: open files to compare what they hold; without it only texts and arrays in memory are compared.
        name, against_name: what findings call them.

    Raises:
        DataError: no samples.
    """
    own, told = Corpus.of(samples, name), Told()
    other = None if against is None else Corpus.of(against, against_name)
    both = None if other is None else (own, tasks, other, against_tasks)
    _ids(own, told)
    _parts(own, told)
    if len(own.parts) > 1:
        _groups(own, disjoint, told)
        _windows(own, told)
    pairs = {} if both is None else _sisters.by_name(both, told)
    if not own.modalities:
        told.left("what the samples hold", "they have no media")
    for modality in own.modalities:
        pairs |= _contents.compare(modality, own, other, near, files, told)
    if not near:
        told.left("nearly equal texts and pictures", "they were not to be looked for")
    if both is not None:
        unique = {a: b for a, b in pairs.items() if a in own.alone and b in both[2].alone}
        _sisters.exchanged(both, unique, told)
    if features is not None:
        _read_off.read_off(own, features, tasks, told)
    return told.audit(own, other)


def _ids(own: Corpus, told: Told) -> None:
    """Ids that several samples have; such samples take part in nothing that goes by ids."""
    counts = Counter(sample.id for sample in own.samples)
    twice = [id for id, count in counts.items() if count > 1]
    told.found(Check.TWICE, "id", own.name, twice, len(counts), Severity.WARNING)


def _parts(own: Corpus, told: Told) -> None:
    """What cannot be looked at for want of a split."""
    without = len(own.samples) - sum(own.parts.values())
    if len(own.parts) < 2:
        why = f"all samples are in {next(iter(own.parts))}" if own.parts else "there is no split"
        told.left("what the parts share", why)
    elif without:
        told.left(f"{without:,} of {len(own.samples):,} samples of {own.name}", "they are in no part")


def _groups(own: Corpus, disjoint: Sequence[str], told: Told) -> None:
    """Groups that lie in more than one part; kinds that no group is cut of are apart."""
    if not own.kinds:
        told.left("groups that the split cuts", "the samples name no speaker, dialogue, song or other group")
    for kind in own.kinds:
        parts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for sample in own.samples:
            if sample.split is not None and kind in sample.groups:
                parts[sample.groups[kind]][sample.split] += 1
        cut = {id: its for id, its in parts.items() if len(its) > 1}
        numbers = {part: sum(its[part] for its in cut.values()) for part in own.parts}
        severity = Severity.LEAK if kind in disjoint else Severity.NOTE
        told.found(Check.GROUP, kind, OTHER_PARTS, cut, len(parts), severity, numbers)
        if not cut:
            told.apart.append(kind)
        if without := sum(kind not in sample.groups for sample in own.samples):
            told.left(f"{kind} of {without:,} of {len(own.samples):,} samples of {own.name}", "not given")


def _windows(own: Corpus, told: Told) -> None:
    """Windows of later parts that share time with one of the same recording in an earlier part."""
    for modality in own.modalities:
        recordings: defaultdict[tuple[str, int | None], list[tuple[Sample, float, float]]] = defaultdict(list)
        for sample in own.samples:
            media = sample.media.get(modality)
            if media is not None and media.path is not None:
                end_s = np.inf if media.end_s is None else media.end_s
                recordings[media.path, media.stream].append((sample, media.start_s or 0.0, end_s))
        cut = [its for its in recordings.values() if len({sample.split for sample, *_ in its}) > 1]
        for part, later in own.earlier():
            of = sum(sample.split in later for its in recordings.values() for sample, *_ in its)
            hits: list[str] = []
            for its in cut:
                late = [one for one in its if one[0].split in later]
                there = duplicates.overlapping([w for _, *w in late], [w for s, *w in its if s.split == part])
                hits += [sample.id for (sample, *_), yes in zip(late, there, strict=True) if yes]
            told.found(Check.OVERLAP, f"{modality} window", part, hits, of, Severity.LEAK)
