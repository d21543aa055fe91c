"""What samples hold, compared: between the parts of a split, among samples without one, and with another corpus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from .. import find
from ..errors import AffectError, MissingExtra
from ..modalities.text import SHORTEST
from . import duplicates
from ._findings import OTHER_SAMPLES, Check, Corpus, Severity, Told
from ._sisters import inside
from .duplicates import Content, Form

Known = Mapping[str, Content]
Neighbours = Mapping[str, set[str]]
Keyed = Sequence[tuple[str, str | None, str]]
"""Id, part and key of the content of each sample that has one."""


def compare(modality: str, own: Corpus, other: Corpus | None, near: bool, files: bool, told: Told) -> dict[str, str]:
    """Equal and nearly equal contents of one modality; own id -> the id of a sample of the other corpus that is equal.

    Args:
        near: look for nearly equal ones too.
        files: open files; without it only texts and arrays in memory are compared.
    """
    keyed, known = _read(modality, own, near, files, told)
    theirs, others = ([], {}) if other is None else _read(modality, other, near, files, told)
    known |= others
    form = min((content.form for content in known.values()), default=Form.OTHER)
    neighbours = _neighbours(form, known, told) if near else {}
    if len(own.parts) > 1:
        _across(form, keyed, own, neighbours, told)
    else:
        _again(form, keyed, neighbours, told)
    if other is None:
        return {}
    first = {key: id for id, _, key in reversed(theirs)}
    _common(form, keyed, first, neighbours, (own.name, other.name), told)
    return {id: first[key] for id, _, key in keyed if key in first}


def _read(
    modality: str, corpus: Corpus, near: bool, files: bool, told: Told
) -> tuple[list[tuple[str, str | None, str]], dict[str, Content]]:
    """The contents that can be compared, as `Keyed` and by their key; says what cannot be."""
    total, keyed, known = len(corpus.samples), [], {}
    reasons: Counter[str] = Counter()
    broken: list[str] = []
    try:
        part = find.load("modalities", modality)
    except AffectError as error:
        told.left(f"{modality} of {corpus.name}", str(error))
        return [], {}
    for sample in corpus.samples:
        media = sample.media.get(modality)
        if media is None:
            reasons["not there"] += 1
        elif media.path is not None and not files:
            reasons["files were not to be opened"] += 1
        else:
            try:
                content = duplicates.read(part, media, near)
            except AffectError as error:
                broken.append(f"{sample.id}: {error}")
                continue
            if content.key is None:
                reasons[_SLIGHT[content.form]] += 1
            else:
                known[content.key] = content
                keyed.append((sample.id, sample.split, content.key))
    if broken:
        reasons[f"cannot be read; the first is {min(broken)}"] = len(broken)
    for why, count in sorted(reasons.items()):
        told.left(f"{modality} of {count:,} of {total:,} samples of {corpus.name}", why)
    return keyed, known


_SLIGHT = {
    Form.TEXT: f"fewer than {SHORTEST} letters and digits",
    Form.PICTURE: "one colour throughout",
    Form.SOUND: "silence",
    Form.OTHER: "one value throughout",
}


def _neighbours(form: Form, known: Known, told: Told) -> Neighbours:
    """Key -> keys of contents that are nearly equal, where there is a search for the form."""
    keys = sorted(key for key, content in known.items() if content.form is form)
    try:
        pairs = _SEARCHES[form](keys, known) if form in _SEARCHES else np.empty((0, 2), np.int64)
    except MissingExtra as error:
        told.left(f"nearly equal {form}s", str(error))
        return {}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in pairs.tolist():
        found[keys[a]].add(keys[b])
        found[keys[b]].add(keys[a])
    return found


def _near_texts(keys: Sequence[str], known: Known) -> duplicates.Pairs:
    return duplicates.near_texts(keys)


def _near_pictures(keys: Sequence[str], known: Known) -> duplicates.Pairs:
    looks = [look for key in keys if (look := known[key].look) is not None]
    return duplicates.near_pictures([bits for bits, _ in looks], [small for _, small in looks])


_SEARCHES: Mapping[Form, Callable[[Sequence[str], Known], duplicates.Pairs]] = {
    Form.TEXT: _near_texts,
    Form.PICTURE: _near_pictures,
}


def _across(form: Form, keyed: Keyed, own: Corpus, neighbours: Neighbours, told: Told) -> None:
    """Samples of later parts whose content an earlier part has; each is counted for the first part that has it."""
    keys = {part: {key for _, split, key in keyed if split == part} for part in own.parts}
    left, clean = [one for one in keyed if one[1] is not None], bool(keyed)
    for part, later in own.earlier():
        of = sum(split in later for _, split, _ in keyed)
        late = [one for one in left if one[1] in later]
        same = [one for one in late if one[2] in keys[part]]
        near = [one for one in late if one[2] not in keys[part] and neighbours.get(one[2], set()) & keys[part]]
        for check, hits in ((Check.SAME, same), (Check.NEAR, near)):
            told.found(check, form, part, (id for id, *_ in hits), of, Severity.WARNING, _by_part(hits))
        told_of = {one[2] for one in (*same, *near)}
        left = [one for one in left if one[2] not in told_of]
        clean = clean and not told_of
    if clean:
        told.apart.append(form)


def _again(form: Form, keyed: Keyed, neighbours: Neighbours, told: Told) -> None:
    """Without a split: samples that come again, which a random split would tear apart."""
    counts = Counter(key for *_, key in keyed)
    again = [id for id, _, key in keyed if counts[key] > 1]
    near = [id for id, _, key in keyed if counts[key] == 1 and key in neighbours]
    told.found(Check.SAME, form, OTHER_SAMPLES, again, len(keyed), Severity.NOTE)
    told.found(Check.NEAR, form, OTHER_SAMPLES, near, len(keyed), Severity.NOTE)


def _common(
    form: Form, keyed: Keyed, theirs: Mapping[str, str], neighbours: Neighbours, names: tuple[str, str], told: Told
) -> None:
    """Distinct contents that both corpora have, and how many of our samples hold them in each part."""
    ours = {key: id for id, _, key in reversed(keyed)}
    same = {key for key in ours if key in theirs}
    near = {key for key in ours if key not in same and any(key in theirs for key in neighbours.get(key, ()))}
    for check, hits in ((Check.SAME, same), (Check.NEAR, near)):
        numbers = _by_part(one for one in keyed if one[2] in hits)
        told.found(check, form, names[1], (ours[key] for key in hits), len(ours), Severity.WARNING, numbers)
    inside(form, len(same), (len(ours), len(theirs)), names, told)


def _by_part(hits: Iterable[tuple[str, str | None, str]]) -> dict[str, float]:
    return dict(sorted(Counter(part or "no part" for _, part, _ in hits).items()))
