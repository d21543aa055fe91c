"""What several people said over time of one stimulus: from a corpus's ratings, or from a table of one's own.

A table has a row per person and moment: columns for the stimulus, the person, the time in seconds, and one for each
dimension. They are known by their names, or told after the path: "mine.csv:person=who,values=valence+arousal".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import corpora
from ..corpora import Spec, _table
from ..corpora._columns import blank, number, plain
from ..errors import DataError, UnknownName, UsageError
from ..sample import Sample, Series
from ..task import Task

_CALLED = {
    "stimulus": ("stimulus", "video", "clip", "item", "film", "song", "trial", "id"),
    "person": ("person", "participant", "subject", "rater", "annotator", "viewer", "user"),
    "time": ("t s", "time s", "t", "time", "seconds", "timestamp", "time (s)"),
}
_VALUES = "values"
_ONE = "all"  # of a table without a column of stimuli


@dataclass(frozen=True, slots=True)
class Rated:
    """Traces of one task.

    Args:
        task: its id, or the table's name.
        names: its dimensions.
        stimuli: id -> person -> trace.
        scale: (low, high) where it is known.
        notes: what was guessed or left out.
    """

    task: str
    names: tuple[str, ...]
    stimuli: Mapping[str, Mapping[str, Series]]
    scale: tuple[float, float] | None
    notes: tuple[str, ...] = ()


def read(spec: str, task: str | None = None) -> Rated:
    """Traces of a corpus's task, the first one that has any unless it is named, or of a table.

    Raises:
        UnknownName: no such corpus, task or column.
        UsageError: a column that must be named, or a task asked of a table.
        DataError: nobody's values over time.
    """
    asked = corpora.parse(spec)
    if asked.path is not None:
        if task is not None:
            raise UsageError("a corpus for --task", f"the table {asked.where}", f"name its columns: {_VALUES}=valence")
        return _of_table(asked, asked.path)
    known = {one.id: one for one in corpora.tasks(spec)}
    if task is not None and task not in known:
        raise UnknownName.among(f"a task of {spec}", task, known)
    samples = list(corpora.samples(spec))
    for one in [known[task]] if task is not None else known.values():
        if found := _of_task(samples, one):
            return Rated(one.id, one.names, found, one.range)
    raise DataError(
        f"several people's values over time in {spec}", "none", "choose a corpus or table that has such traces"
    )


def _of_task(samples: Sequence[Sample], task: Task) -> dict[str, dict[str, Series]]:
    """Stimulus -> person -> trace, where two people or more gave one; samples of one story or stimulus are one."""
    found: defaultdict[str, dict[str, Series]] = defaultdict(dict)
    for sample in samples:
        its = {r.rater: r.value for r in sample.rated(task.id) if isinstance(r.value, Series) and r.rater is not None}
        found[sample.id].update(its)
    return {id: its for id, its in found.items() if len(its) > 1}


def _of_table(asked: Spec, path: Path) -> Rated:
    table = _table.read(path)
    strange = sorted(set(asked.options) - {*_CALLED, _VALUES})
    if strange:
        raise UnknownName.among("an option of a table of traces", strange[0], (*_CALLED, _VALUES))
    of = {option: _column(table, asked, option) for option in _CALLED}
    told = asked.options.get(_VALUES)
    taken = set(of.values())
    first = [row.cells for row in table.rows[:1000]]
    names = (
        told.split("+")
        if told
        else [
            c
            for c in table.columns
            if c not in taken and all(blank(r.get(c)) or number(r.get(c)) is not None for r in first)
        ]
    )
    for name in names:
        if name not in table.columns:
            raise UnknownName.among(f"a column of {table.name}", name, table.columns)
    if not names:
        raise UsageError(f"a column of numbers in {table.name}", ", ".join(table.columns), f"name it: {_VALUES}=COLUMN")
    rows: defaultdict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    left: Counter[str] = Counter(fault.kind for fault in table.faults)
    for row in table.rows:
        numbers = [number(row.cells.get(c)) for c in (of["time"], *names)]
        who = row.cells.get(of["person"])
        what = row.cells.get(of["stimulus"]) if of["stimulus"] else _ONE
        if blank(who) or blank(what) or any(v is None for v in numbers):
            left["no stimulus, person, time or value"] += 1
            continue
        rows[str(what), str(who)].append(tuple(v for v in numbers if v is not None))
    stimuli: defaultdict[str, dict[str, Series]] = defaultdict(dict)
    for (what, who), its in rows.items():
        its.sort(key=lambda one: one[0])
        stimuli[what][who] = Series([one[1:] for one in its], [one[0] for one in its])  # type: ignore[arg-type]
    several = {what: its for what, its in stimuli.items() if len(its) > 1}
    if not several:
        raise DataError(f"two people or more of one stimulus in {table.name}", "none", "check the columns' names")
    read_as = ",".join(f"{option}={column}" for option, column in of.items() if column)
    notes = [f"read as {asked.where}:{read_as},{_VALUES}={'+'.join(names)}"]
    notes += [f"{count:,} rows left out: {kind}" for kind, count in left.items()]
    return Rated(asked.short, tuple(names), several, None, tuple(notes))


def _column(table: _table.Table, asked: Spec, option: str) -> str:
    """The column that is told, else one that is called so; "" for a stimulus that is the only one."""
    told = asked.options.get(option)
    if told is not None:
        if told not in table.columns:
            raise UnknownName.among(f"a column of {table.name}", told, table.columns)
        return told
    for name in _CALLED[option]:
        for column in table.columns:
            if plain(column) == name:
                return column
    if option == "stimulus":
        return ""
    raise UsageError(
        f"a column of the {option} in {table.name}", ", ".join(table.columns), f"write {asked.where}:{option}=COLUMN"
    )
