"""What an audit finds, what it could not look at, and the sentence that stands beside a figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from ..errors import DataError
from ..sample import SPLITS, Sample

SHOWN = 3
"""Examples of a finding."""
OTHER_PARTS = "other parts"
OTHER_SAMPLES = "other samples"


class Check(StrEnum):
    """What was looked for; its phrase stands in `_PHRASES`."""

    TWICE = "twice"
    GROUP = "group"
    ID = "id"
    SAME = "same"
    NEAR = "near"
    OVERLAP = "overlap"
    INSIDE = "inside"
    FEATURES = "features"
    EXCHANGED = "exchanged"


class Severity(StrEnum):
    """A leak breaks what a split promises; a warning makes figures too high; a note is for the reader to weigh."""

    LEAK = "leak"
    WARNING = "warning"
    NOTE = "note"


_PHRASES = {
    Check.TWICE: "{many} that several samples have",
    Check.GROUP: "{many} also in {where}",
    Check.ID: "{many} also in {where}",
    Check.SAME: "{many} also in {where}",
    Check.NEAR: "{many} nearly equal to one in {where}",
    Check.OVERLAP: "{many} that overlap one in {where}",
    Check.INSIDE: "{where}, by its {many}",
    Check.FEATURES: "{what} can be read off the features",
    Check.EXCHANGED: "{what} look exchanged against {where}",
}
_UNCOUNTED = (Check.INSIDE, Check.FEATURES, Check.EXCHANGED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Args:
        check: what was looked for.
        what: of what: a kind of group, "text", "picture", a dimension.
        where: the part, corpus or samples that have it too.
        count, of: how many, of how many.
        severity: see `Severity`.
        examples: a few, for looking them up.
        numbers: samples by part, or the figures behind the finding.
    """

    check: Check
    what: str
    where: str
    count: int
    of: int
    severity: Severity
    examples: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def phrase(self) -> str:
        """What was found, without how many: "texts also in train"."""
        return self._phrase(many(self.what))

    @property
    def short(self) -> str:
        """A few words with the number: "12 texts also in train", "sentences shared"."""
        if self.check in _UNCOUNTED:
            return self.phrase
        if self.where == OTHER_PARTS:
            return f"{many(self.what)} shared" + (f" ({self.count:,} of {self.of:,})" if self.count < self.of else "")
        return f"{self.count:,} {self._phrase(many(self.what) if self.count != 1 else self.what)}"

    def _phrase(self, named: str) -> str:
        return _PHRASES[self.check].format(what=self.what, many=named, where=self.where)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"phrase": self.phrase, "examples": list(self.examples), "numbers": dict(self.numbers)}


@dataclass(frozen=True, slots=True)
class Unchecked:
    """What could not be looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Args:
        name, against: what was audited, and what it was held against (None: nothing).
        samples, parts: how many there are, and in which part of the split.
        findings: leaks first, then warnings, then notes.
        apart: what was looked at and lies in one part each: kinds of groups, "text", "picture" ...
        unchecked: what could not be looked at.
    """

    name: str
    against: str | None
    samples: int
    parts: Mapping[str, int]
    findings: tuple[Finding, ...]
    apart: tuple[str, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def leaks(self) -> tuple[Finding, ...]:
        """The findings that break what the split promises."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.LEAK)

    @property
    def stamp(self) -> str:
        """One short sentence to stand beside a figure: "speakers apart; sentences shared; 12 texts also in train"."""
        said = [f"{many(what)} apart" for what in self.apart] + [finding.short for finding in self.findings]
        if len(self.parts) < 2:
            said.insert(0, "no split to look at")
        return "; ".join(said) or "nothing could be looked at"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "against": self.against,
            "samples": self.samples,
            "parts": dict(self.parts),
            "stamp": self.stamp,
            "findings": [finding.to_json() for finding in self.findings],
            "apart": list(self.apart),
            "unchecked": [asdict(one) for one in self.unchecked],
        }


@dataclass(frozen=True)
class Corpus:
    """Samples in the order of their ids, and how many each part of the split has."""

    name: str
    samples: tuple[Sample, ...]
    parts: Mapping[str, int]

    @classmethod
    def of(cls, samples: Iterable[Sample], name: str) -> Corpus:
        found = tuple(sorted(samples, key=lambda sample: (sample.id, sample.split or "")))
        if not found:
            raise DataError(f"samples in {name}", "none", "check the folder, the path or the options")
        counts = Counter(sample.split for sample in found)
        return cls(name, found, {part: counts[part] for part in SPLITS if counts[part]})

    @cached_property
    def modalities(self) -> list[str]:
        return sorted({modality for sample in self.samples for modality in sample.media})

    @cached_property
    def kinds(self) -> list[str]:
        """Kinds of groups, without those that name parts of the split (`also_in`) or what a medium holds (`text`)."""
        ids: defaultdict[str, set[str]] = defaultdict(set)
        for sample in self.samples:
            for kind, id in sample.groups.items():
                ids[kind].add(id)
        return sorted(kind for kind in ids if not ids[kind] <= set(SPLITS) and kind not in self.modalities)

    @cached_property
    def alone(self) -> dict[str, Sample]:
        """The samples that have their id for themselves."""
        counts = Counter(sample.id for sample in self.samples)
        return {sample.id: sample for sample in self.samples if counts[sample.id] == 1}

    def earlier(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each part but the last, with those that come after it: train with dev and test, dev with test."""
        names = list(self.parts)
        return [(part, tuple(names[place + 1 :])) for place, part in enumerate(names[:-1])]


@dataclass
class Told:
    """What is found while an audit goes on."""

    findings: list[Finding] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    def found(
        self,
        check: Check,
        what: str,
        where: str,
        hits: Iterable[str],
        of: int,
        severity: Severity,
        numbers: Mapping[str, float] | None = None,
        count: int | None = None,
    ) -> None:
        """Keep a finding: so many hits (or `count`) of so many. No hit is no finding."""
        listed = sorted(hits)
        if listed:
            shown = tuple(dict.fromkeys(listed))[:SHOWN]
            number = len(listed) if count is None else count
            self.findings.append(Finding(check, what, where, number, of, severity, shown, dict(numbers or {})))

    def left(self, what: str, why: str) -> None:
        """Keep what could not be looked at."""
        self.unchecked.append(Unchecked(what, why))

    def audit(self, own: Corpus, other: Corpus | None) -> Audit:
        order = list(Severity)
        findings = tuple(sorted(self.findings, key=lambda finding: order.index(finding.severity)))
        against = None if other is None else other.name
        apart = tuple(dict.fromkeys(self.apart))
        return Audit(own.name, against, len(own.samples), own.parts, findings, apart, tuple(self.unchecked))


def many(what: str) -> str:
    """The plural of a kind of group or thing: speakers, series, personalities."""
    if what.endswith("s"):
        return what
    return f"{what[:-1]}ies" if what.endswith("y") and what[-2:-1] not in "aeiou" else f"{what}s"
