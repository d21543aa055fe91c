"""Groups: what repeats of a text share, and choosing some of a corpus's samples by their groups.

`brighter:language=ron+eng` keeps two languages, `brighter:also_in!=dev+test` leaves out what later splits repeat, and
`red_ro:text!=@brighter` leaves out the texts that BRIGHTER has too. `red_ro:split=train` keeps one split; samples
without an official split are put there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import UnknownName, UsageError
from ..modalities.text import letters
from ..sample import SPLITS, Sample

_SPLIT = "split"


def text_key(text: str) -> str:
    """What two texts share that differ only in case, accents, spaces and punctuation, as 16 hex digits: group "text".

    A group holds short texts too: "thank you" in train and in test is the same words, whatever brought them there.
    """
    plain = letters(text, least=1) or text.strip()  # an emoji is not the same as another
    return hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def held_out(texts: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Key of each text (given with its split) that lies in dev or test -> that split; test where it lies in both."""
    found: dict[str, str] = {}
    for text, split in texts:
        if split in SPLITS[1:]:
            key = text_key(text)
            found[key] = max(found.get(key, split), split, key=SPLITS.index)
    return found


def text_groups(text: str, split: str, held: Mapping[str, str]) -> dict[str, str]:
    """The group "text", and for a text that a later split repeats the group "also_in" with that split's name."""
    key = text_key(text)
    later = held.get(key, split)
    return {"text": key} if SPLITS.index(later) <= SPLITS.index(split) else {"text": key, "also_in": later}


@dataclass(frozen=True, slots=True)
class _Condition:
    """Samples in (`wanted`) or not in one of several groups of a kind."""

    kind: str
    wanted: bool
    own: frozenset[str]
    """Ids as they were written."""
    ids: frozenset[str]
    """These, and those of other corpora."""

    def id_of(self, sample: Sample) -> str | None:
        return sample.split if self.kind == _SPLIT else sample.groups.get(self.kind)


def chosen(
    found: Iterable[Sample],
    corpus: str,
    options: Mapping[str, str],
    card: Callable[[str], Mapping[str, Any]],
    samples: Callable[[str], Iterable[Sample]],
) -> Iterator[Sample]:
    """The samples that meet every condition; their contexts stay as they are.

    Args:
        found: all samples of `corpus`.
        options: kind of group, or "split", followed by "!" to leave out -> ids joined by "+"; "@other" stands for all
            ids of that kind in the corpus `other`.
        card, samples: how to learn a corpus's CARD and samples.

    Raises:
        UnknownName: a kind of group or an id that the corpus does not have; the nearest are offered.
        UsageError: no sample is left.
    """
    conditions = [_condition(corpus, key, value, card, samples) for key, value in options.items()]
    seen: list[set[str]] = [set() for _ in conditions]
    left = 0
    for given in found:
        sample, keep = given, True
        for condition, known in zip(conditions, seen, strict=True):
            if condition.kind == _SPLIT and sample.split is None and condition.wanted and len(condition.ids) == 1:
                sample = replace(sample, split=next(iter(condition.ids)))
            id = condition.id_of(sample)
            if id is not None:
                known.add(id)
            keep &= (id in condition.ids) == condition.wanted
        if keep:
            left += 1
            yield sample
    for condition, known in zip(conditions, seen, strict=True):
        for strange in sorted(condition.own - known):  # a misspelt id would leave nothing out, and nobody would know
            raise UnknownName.among(f"a {condition.kind} of {corpus}", strange, known)
    if not left:
        asked = ",".join(f"{key}={value}" for key, value in options.items())
        raise UsageError(f"samples of {corpus} with {asked}", "none", "loosen a condition")


def _condition(
    corpus: str,
    key: str,
    value: str,
    card: Callable[[str], Mapping[str, Any]],
    samples: Callable[[str], Iterable[Sample]],
) -> _Condition:
    kind, given = key.removesuffix("!"), value.split("+")
    if not all(given):
        raise UsageError(f"ids joined by + after {corpus}:{key}=", repr(value), "for example language=ron+eng")
    _known(corpus, kind, card)
    own = frozenset(i for i in given if not i.startswith("@"))
    if kind == _SPLIT and (strange := sorted(own - set(SPLITS))):
        raise UnknownName.among("a split", strange[0], SPLITS)
    ids = set(own)
    for other in (i[1:] for i in given if i.startswith("@")):
        _known(other, kind, card)
        ids |= {s.groups[kind] for s in samples(other) if kind in s.groups}
    return _Condition(kind, not key.endswith("!"), own, frozenset(ids))


def _known(corpus: str, kind: str, card: Callable[[str], Mapping[str, Any]]) -> None:
    """Refuse a kind of group that the corpus does not have."""
    kinds = (_SPLIT, *card(corpus)["groups"])
    if kind not in kinds:
        raise UnknownName.among(f"a kind of group of {corpus}", kind, kinds)
