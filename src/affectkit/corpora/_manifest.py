"""Anybody's table as a corpus: what its columns mean is said in options, in a card beside it, or guessed and told.

Options stand after the path ("mine.csv:text=comment,label=emotion") and go before those of the card, a JSON object of
the same keys in mine.json beside mine.csv; see `_options.Options`. What is not said is guessed where only one reading
is likely, and every guess is among the notices. A row that cannot be read is left out, counted and named; a table with
more bad rows than good ones is refused.
"""

from __future__ import annotations

import functools
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import find
from ..errors import AffectError, DataError, UsageError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Task
from . import Spec, _judged, _options, _split, _table, parse
from ._columns import Columns, blank, number, plain, shown
from ._groups import text_key
from ._judged import NO_LABEL, NO_NUMBER, Judged
from ._table import Fault, Row

_WRITTEN = "text"  # the modality of what stands in a cell itself
_TEXTS = ("text", "comment", "sentence", "utterance", "tweet", "content", "message", "review", "body")
_GROUPS = ("user", "author", "speaker", "person", "subject", "participant", "dialogue", "conversation", "document")
_TALKS = ("dialogue", "conversation")  # groups whose rows are turns, oldest first
_TURNS = 32  # earlier turns that a row keeps
_IDS = ("id", "sample id")
_PARTS = ("split", "partition", "subset", "fold")
_SHOWN = 3  # examples in a notice
_FOLDS = (3, 20)  # fewest folds from which test and dev can be taken, and most that are guessed to be some
_FEWEST = 10  # groups in a column that is taken for groups unasked
_LARGEST = 1 / 3  # of all rows that one of them may hold

Part = Callable[[Row], str | Fault | None]
"""The split of a row; None where it has none."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table, read: what a corpus's file gives, `notices` on what was guessed and left out, a whole `spec`."""

    card: dict[str, Any]
    tasks: tuple[Task, ...]
    samples: tuple[Sample, ...]
    notices: tuple[str, ...]
    spec: str


def kept(asked: Spec) -> Manifest:
    """As `read`, which is asked for many times in one training, as long as the files stay what they are."""
    path = Path(asked.where).absolute()
    beside = (path, path.with_name(f"{path.name.split('.')[0]}.json"), path.with_name("dataset_info.json"))
    files = sorted(set(path.rglob("*") if path.is_dir() else beside))
    stamps = tuple((str(p), _digest(p)) for p in files if p.is_file() and _table.is_table(p))
    return _once(asked.where, tuple(asked.options.items()), stamps)


@functools.lru_cache(maxsize=4)
def _once(where: str, options: tuple[tuple[str, str], ...], stamps: tuple[tuple[str, str], ...]) -> Manifest:
    return read(Spec(where, dict(options)))


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read(asked: Spec, media: bool = True) -> Manifest:
    """Read the table or folder that a spec names.

    Args:
        media: False reads only what was judged: there need not be anything to read, and no split is drawn.

    Raises:
        UsageError: a path, option or column that is not there, or a meaning that must be said.
        DataError: a file that cannot be read, or more bad rows than good ones.
    """
    told = _options.settled(asked)
    columns = Columns(_table.read(told.path), asked, told.options, told.media)
    if told.card:
        columns.notices.append(f"with the card {told.card}")
    columns.check()
    if media:
        _guess_text(columns)
    columns.guess("id", next((c for c in columns.called(_IDS) if columns.options.rater or columns.distinct(c)), ""))
    if columns.options.rater and not columns.options.id:
        raise columns.fail("a column that says which item a rater judged", "none that is called so", "id=COLUMN")
    columns.guess("split", next((c for c in columns.called(_PARTS) if _parts(columns, c)), ""))
    columns.guess("group", _groups(columns))
    numbers = None if columns.options.named and not columns.options.values else _judged.by_numbers(columns)
    names = _judged.by_names(columns, needed=numbers is None)
    judged = _under_ids(columns, [one for one in (names, numbers) if one is not None])
    found = _rows(columns, judged, media)
    samples, how = _split_up(columns, found) if media else (tuple(found), "as given")
    o = columns.options
    card = {
        "title": o.title or columns.table.name,
        "url": "",
        "folder": "",
        "modalities": sorted({m for sample in samples for m in sample.media}),
        "languages": list(o.languages),
        "licence": o.licence,
        "split": how,
        "groups": [_group(c) for c in o.group],
        "raters": f"single ratings, by {o.rater}" if o.rater else "not told",
        "limits": [],
    }
    notices = (*columns.read_as(), *columns.notices)
    return Manifest(card, tuple(one.task for one in judged), samples, notices, _spec(columns))


def _spec(columns: Columns) -> str:
    """The spec with everything told that was guessed, so that it means the same tomorrow.

    Where a column's name holds what parts options, the spec stays as it was asked: such a table needs a card.
    """
    with suppress(UsageError):
        again = _options.settled(parse(columns.spec))
        if (again.options, again.media) == (columns.options, columns.media):
            return columns.spec
    asked = ",".join(f"{key}={value}" for key, value in columns.asked.options.items())
    return f"{columns.asked.where}:{asked}" if asked else columns.asked.where


def _under_ids(columns: Columns, judged: Sequence[Judged]) -> list[Judged]:
    """The tasks under their ids: the table's own name, and that of a second one's scheme behind it."""
    id = columns.options.task or "_".join(columns.asked.short.split())
    ids = [id, *(f"{id}.{one.task.scheme}" for one in judged[1:])]
    return [replace(one, task=replace(one.task, id=its)) for one, its in zip(judged, ids, strict=False)]


# ---- media -----------------------------------------------------------------------------------------------------------


def _guess_text(columns: Columns) -> None:
    """A column called so, else the only one that looks written."""
    if columns.options.text or columns.options.file or columns.media:
        return
    near = columns.called(_TEXTS) or [c for c in columns.free() if columns.wordy(c)]
    if not near:
        found = ", ".join(columns.table.columns)
        raise columns.fail("a column of texts or of files", found, "text=COLUMN, or file=COLUMN for paths")
    if len(near) > 1 and plain(near[0]) != _TEXTS[0]:
        raise columns.fail("one column of texts", ", ".join(near), f"text={near[0]}")
    columns.guess("text", near[0])


def _media(columns: Columns) -> Callable[[Row], dict[str, Media] | Fault]:
    """What there is to read in a row: files that are there, a text that is not blank."""
    o = columns.options
    paths = [*columns.media.items(), *([("", o.file)] if o.file else [])]
    by_suffix = {suffix: name for name, card in find.cards("modalities").items() for suffix in card["suffixes"]}
    read = find.load("modalities", _WRITTEN).read

    def media(row: Row) -> dict[str, Media] | Fault:
        span: dict[str, Any] = {}
        for end, column in (("start_s", o.start_s), ("end_s", o.end_s)):
            if column and not blank(cell := row.cells.get(column)):
                if (second := number(cell)) is None:
                    return Fault(row.where, f"no seconds in {column}", shown(cell))
                span[end] = second
        found: dict[str, Media] = {}
        for modality, column in paths:
            cell = row.cells.get(column)
            if not isinstance(cell, str) or blank(cell):
                return Fault(row.where, f"no path in {column}", shown(cell))
            file = columns.table.folder / cell.strip()
            if not file.is_file():
                return Fault(row.where, "a file that is not there", cell)
            known = modality or by_suffix.get(file.suffix.lower())
            if known is None:
                return Fault(row.where, "a file of an unknown kind", cell)
            found[known] = Media(path=str(file), **span)
        if o.text:
            cell = row.cells.get(o.text)
            if not isinstance(cell, str):
                return Fault(row.where, "no text", shown(cell))
            found[_WRITTEN] = Media(text=cell)
        if _WRITTEN in found:
            try:
                whole = read(found[_WRITTEN])
            except AffectError as error:
                return Fault(row.where, "no text", error.found)
            if found[_WRITTEN].path is not None:  # what is written is compared between splits, so it is read here
                found[_WRITTEN] = Media(text=whole)
        return found

    return media


# ---- rows ------------------------------------------------------------------------------------------------------------


def _rows(columns: Columns, judged: Sequence[Judged], media: bool) -> list[Sample]:
    """The rows that can be read, as samples; what is wrong with the others is among the notices.

    Args:
        media: False leaves out what there is to read.

    Raises:
        DataError: more bad rows than good ones.
    """
    faults = list(columns.table.faults)
    items: dict[str, tuple[Row, Sample]] = {}  # id -> the row that had it first, and what all its rows say
    read = _sample(columns, judged, _media(columns) if media else lambda row: {})
    rows = 0
    for row in columns.table.rows:
        found = read(row)
        if not isinstance(found, Fault) and found.id in items:
            found = _again(columns, row, found, *items[found.id])
        if isinstance(found, Fault):
            faults.append(found)
        else:
            rows += 1
            items[found.id] = (items.get(found.id, (row,))[0], found)
    lines = list(_told(faults, {label: near for one in judged for label, near in one.unknown.items()}))
    if len(faults) > rows:
        raise DataError(
            f"rows in {columns.table.name} most of which can be read",
            f"{len(faults):,} of {len(faults) + rows:,} that cannot: {'; '.join(lines)}",
            "correct them, or say what the columns mean",
        )
    columns.notices += [f"left out {line}" for line in lines]
    return [sample for _, sample in items.values()]


def _again(columns: Columns, row: Row, sample: Sample, first: Row, there: Sample) -> Sample | Fault:
    """An item that an earlier row has too: with what this row's rater says of it, or why that cannot be."""
    found = f"{sample.id}, as in {first.where}"
    if not columns.options.rater:
        return Fault(row.where, "an id that another row has", found)
    if (sample.media, sample.groups, sample.split) != (there.media, there.groups, there.split):
        return Fault(row.where, "another text, file, group or part than its item", found)
    if {r.rater for r in sample.ratings} & {r.rater for r in there.ratings} - {None}:
        return Fault(row.where, "a rater who had judged the item already", found)
    return replace(there, ratings=(*there.ratings, *sample.ratings))


def _sample(
    columns: Columns, judged: Sequence[Judged], media: Callable[[Row], dict[str, Media] | Fault]
) -> Callable[[Row], Sample | Fault]:
    """How a row becomes a sample, where at least one task judged it."""
    o, part = columns.options, _part(columns)
    kinds = [(column, _group(column)) for column in o.group]

    def sample(row: Row) -> Sample | Fault:
        id = row.where
        if o.id:
            if blank(cell := row.cells.get(o.id)):
                return Fault(row.where, f"no id in {o.id}", "an empty cell")
            id = str(cell)
        given, split = media(row), part(row)
        if isinstance(given, Fault):
            return given
        if isinstance(split, Fault):
            return split
        ratings = _ratings(row, judged)
        if isinstance(ratings, Fault):
            return ratings
        if o.rater:
            who = None if blank(cell := row.cells.get(o.rater)) else str(cell)  # nobody named: an anonymous vote
            ratings = tuple(replace(rating, rater=who, rule=None) for rating in ratings)
        groups = {kind: str(cell) for column, kind in kinds if not blank(cell := row.cells.get(column))}
        return Sample(id, given, ratings, groups, split)

    return sample


def _ratings(row: Row, judged: Sequence[Judged]) -> tuple[Rating, ...] | Fault:
    """What all tasks say of a row; one that says nothing does no harm beside another."""
    ratings: list[Rating] = []
    absent: Fault | None = None
    for one in judged:
        found = one.ratings(row)
        if not isinstance(found, Fault):
            ratings += [replace(rating, task=one.task.id) for rating in found]
        elif found.kind in (NO_LABEL, NO_NUMBER):
            absent = found
        else:
            return found
    return absent if absent is not None and not ratings else tuple(ratings)


def _told(faults: Iterable[Fault], unknown: Mapping[str, str]) -> Iterator[str]:
    """One line per kind of fault: how many rows, and examples; unknown labels are counted, the nearest offered."""
    kinds: defaultdict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        kinds[fault.kind].append(fault)
    for kind, its in sorted(kinds.items(), key=lambda pair: -len(pair[1])):
        said = f"{len(its):,} row{'s' * (len(its) > 1)} with {kind}: "
        labels = Counter(fault.found for fault in its)
        if set(labels) <= set(unknown):
            yield said + _judged.unknown(labels, unknown)
        else:
            more = f" and {len(its) - _SHOWN:,} more" if len(its) > _SHOWN else ""
            yield said + ", ".join(f"{f.where} ({_judged.cut(f.found)})" for f in its[:_SHOWN]) + more


# ---- groups and splits -----------------------------------------------------------------------------------------------


def _groups(columns: Columns) -> tuple[str, ...]:
    """Columns called after persons or conversations, where they hold many groups and none of them many rows."""
    found, rows = [], len(columns.table.rows)
    for column in columns.called([*_GROUPS, *(f"{name} id" for name in _GROUPS)]):
        sizes = Counter(map(str, columns.filled(column)))
        if _FEWEST <= len(sizes) < rows and max(sizes.values()) <= _LARGEST * rows:
            found.append(column)
    return tuple(found)


def _parts(columns: Columns, column: str) -> bool:
    """Whether a column names the parts of a split, or a few folds."""
    met = {plain(str(cell)) for cell in columns.filled(column)}
    return (bool(met) and met <= set(_table.SPLITS)) or (_are_folds(met) and len(met) <= _FOLDS[1])


def _are_folds(met: Set[str]) -> bool:
    return len(met) >= _FOLDS[0] and all(number(fold) is not None for fold in met)


def _part(columns: Columns) -> Part:
    """How a row's split is known: by its file, by one word for all, by a column's words or folds; or not."""
    column = columns.options.split
    if not column:
        return lambda row: row.split
    if column not in columns.table.columns:
        return lambda row: column
    parts = dict(_table.SPLITS)
    met = {plain(str(cell)) for cell in columns.filled(column)}
    if _are_folds(met):
        folds = sorted(met, key=float)
        parts = dict.fromkeys(folds, SPLITS[0]) | {folds[-1]: SPLITS[2], folds[-2]: SPLITS[1]}
        columns.notices.append(f"of the folds in {column}, {folds[-1]} is test and {folds[-2]} is dev")
    if strange := sorted(met - set(parts)):
        raise columns.fail(
            f"train, dev and test, or at least {_FOLDS[0]} folds by number, in the column {column}",
            ", ".join(map(repr, strange[:_SHOWN])),
            "split=COLUMN, or without it for a random split",
        )

    def part(row: Row) -> str | Fault:
        cell = row.cells.get(column)
        return Fault(row.where, f"no split in {column}", shown(cell)) if blank(cell) else parts[plain(str(cell))]

    return part


def _split_up(columns: Columns, samples: Sequence[Sample]) -> tuple[tuple[Sample, ...], str]:
    """The samples with a split, and how it came about: given, or drawn where there is none, or no dev."""
    train, dev, test = SPLITS
    o, splits = columns.options, [sample.split for sample in samples]
    kept = " and ".join([*o.group, "equal texts"])
    where = f"{columns.table.name} by {kept}"
    keys = [_keys(sample) for sample in samples]
    how = "as given"
    if None in splits:  # then in all: a column or the files tell it of every row or of none
        splits = [*_split.draw(keys, (test, dev, train), o.seed, where)]
        how = f"at random, seed {o.seed}, {kept} kept together"
    elif train in splits and dev not in splits:
        rows = [i for i, split in enumerate(splits) if split == train]
        for i, drawn in zip(rows, _split.draw([keys[i] for i in rows], (dev, train), o.seed, where), strict=True):
            splits[i] = drawn
        how = f"as given, dev taken from train at random, seed {o.seed}, {kept} kept together"
    how += f" ({' / '.join(f'{splits.count(split):,} {split}' for split in SPLITS)})"
    columns.notices.append(f"split {how}")
    made = tuple(replace(sample, split=split) for sample, split in zip(samples, splits, strict=True))
    for column in o.group:
        lies: defaultdict[str, set[str | None]] = defaultdict(set)
        for sample in made:
            if (id := sample.groups.get(_group(column))) is not None:
                lies[id].add(sample.split)
        if broken := sum(len(its) > 1 for its in lies.values()):
            columns.notices.append(f"the split cuts {broken:,} of {len(lies):,} groups in {column}")
    return tuple(_in_context(made)), how


def _group(column: str) -> str:
    """The kind of group that a column holds: "Speaker_ID" is speaker."""
    return plain(column).removesuffix(" id").replace(" ", "_")


def _in_context(samples: Iterable[Sample]) -> Iterator[Sample]:
    """Samples with the earlier turns of their dialogue in the same split, in the order of the rows."""
    said: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)
    for sample in samples:
        talk = next((sample.groups[kind] for kind in _TALKS if kind in sample.groups), None)
        if talk is None:
            yield sample
            continue
        earlier = said[talk, sample.split]
        yield replace(sample, context=tuple(earlier[-_TURNS:]))
        earlier.append(sample.id)


def _keys(sample: Sample) -> list[str]:
    """What a sample may share with others of its table: its groups, its words or its files."""
    media = [text_key(m.text) if m.text is not None else str(m.path) for m in sample.media.values()]
    return [*(f"{kind}\0{id}" for kind, id in sample.groups.items()), *media]
