"""Public corpora, one file each, reading the official folder layout and the compact one; and tables of one's own.

A part gives `CARD`, `TASKS` (its first task is the one trained on unless another is asked for), `rows(root)`, and
`fake(root, rng, layout)`, which writes a tiny synthetic imitation of a layout for tests.

What is read is asked for by a spec: the name of a corpus or the path of a table or folder, with options after a colon.
`parse` alone takes specs apart; a path is read by `_manifest`, which makes samples of any table.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import find, store
from ..errors import DataError, UsageError
from ..sample import Sample
from ..task import Task
from ._groups import chosen

if TYPE_CHECKING:
    from ._manifest import Manifest

_MARK = "SYNTHETIC.txt"


@dataclass(frozen=True, slots=True)
class Spec:
    """What is asked for: `where` is a corpus's name or a path, `options` what stands after the colon.

    A public corpus's options are groups to keep (language -> "ron+eng") or to leave out (language! -> "eng"), a
    table's say how it is read (text -> its column); "+" joins several values.
    """

    where: str
    options: Mapping[str, str]

    @property
    def path(self) -> Path | None:
        """The table or folder meant; None for a public corpus, whose name comes first whatever lies beside it."""
        if self.where in find.names("corpora"):
            return None
        path = Path(self.where)
        return path if path.suffix or len(path.parts) > 1 or path.exists() else None

    @property
    def short(self) -> str:
        """A name for file names and task ids: "meld", "brighter-ron+eng", "reviews" for the table reviews.csv."""
        if self.path is None:
            whole = "-".join((self.where, *(f"{'not-' * k.endswith('!')}{v}" for k, v in self.options.items())))
            return re.sub(r"[^\w.+@-]+", "_", whole)
        return self.path.resolve().name.split(".")[0]


def parse(spec: str) -> Spec:
    """Take "meld", "brighter:language=ron+eng" or "mine.csv:text=comment,label=emotion" apart.

    Raises:
        UsageError: no name, or an option that is not key=value or stands there twice.
    """
    where, *rest = re.split(r":(?=\w+!?=)", spec, maxsplit=1)
    pairs = [tuple(option.split("=", 1)) for option in rest[0].split(",")] if rest else []
    keys = [pair[0] for pair in pairs]
    if not where or any(len(pair) < 2 for pair in pairs) or len(set(keys)) < len(keys):
        raise UsageError(
            "a name or path, and options as NAME:key=value,key=value", repr(spec), "write each option once"
        )
    return Spec(where, dict(pairs))


def split(given: str) -> list[str]:
    """The specs in a text that joins them by commas, which join the options of one too: "a.csv:text=t,label=l,meld"."""
    specs: list[str] = []
    for piece in given.split(","):
        if specs and re.match(r"\w+!?=", piece) and parse(specs[-1]).options:
            specs[-1] += f",{piece}"
        elif piece:
            specs.append(piece)
    return specs


def card(spec: str) -> dict[str, Any]:
    """The CARD of a corpus, or what is known of a table: licence, languages, groups, split."""
    asked = parse(spec)
    return find.card("corpora", asked.where) if asked.path is None else _own(asked).card


def notices(spec: str) -> tuple[str, ...]:
    """What was guessed and what was left out in reading a table of one's own, to be printed; nothing for a corpus."""
    asked = parse(spec)
    return () if asked.path is None else _own(asked).notices


def settled(spec: str) -> str:
    """The spec with everything told that was guessed in a table, so that it means the same tomorrow."""
    asked = parse(spec)
    return spec if asked.path is None else _own(asked).spec


def root(spec: str) -> Path:
    """The folder of a corpus below `AFFECTKIT_CORPORA`: the CARD's `folder` ("text/goemotions"), or its bare name.

    A table's folder is the one it lies in.

    Raises:
        UnknownName: no such corpus.
        UsageError: the variable is not set or the folder is not there.
    """
    asked = parse(spec)
    if asked.path is not None:
        return asked.path if asked.path.is_dir() else asked.path.parent
    name, known = asked.where, find.card("corpora", asked.where)
    above = os.environ.get("AFFECTKIT_CORPORA")
    if not above:
        raise UsageError(
            f"the folder of the corpus {name!r}",
            "AFFECTKIT_CORPORA is not set",
            f"set it to the folder that holds {known['folder']}; the corpus is at {known['url']}",
        )
    for folder in (Path(above) / known["folder"], Path(above) / name):
        if folder.is_dir():
            return folder
    raise UsageError(
        f"{known['folder']} or {name} in AFFECTKIT_CORPORA",
        f"neither in {above}",
        f"get the corpus from {known['url']}",
    )


def samples(spec: str, folder: Path | None = None) -> Iterator[Sample]:
    """The samples of a corpus, or those that its options choose (see `_groups`), or of a table, in the source's order.

    Raises:
        UnknownName: no such corpus, kind of group or id; the nearest are offered.
        UsageError: no sample is left.
    """
    asked = parse(spec)
    if asked.path is not None:
        yield from _own(asked).samples
        return
    found = find.load("corpora", asked.where).rows(folder or root(asked.where))
    yield from chosen(found, asked.where, asked.options, card, samples) if asked.options else found


def tasks(spec: str) -> tuple[Task, ...]:
    """The tasks of a corpus or table; the first is its main one."""
    asked = parse(spec)
    return tuple(find.load("corpora", asked.where).TASKS) if asked.path is None else _own(asked).tasks


def _own(asked: Spec) -> Manifest:
    """A table of one's own, read."""
    from . import _manifest

    return _manifest.kept(asked)


def layout(folder: Path, layouts: Mapping[str, Sequence[str]]) -> str:
    """Which of several layouts lies in a folder: the first whose files are all there.

    Raises:
        DataError: none of them; the message names what each needs and what is there.
    """
    for name, files in layouts.items():
        if all((folder / file).exists() for file in files):
            return name
    need = " or ".join(f"{', '.join(files)} ({name} layout)" for name, files in layouts.items())
    there = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) if folder.is_dir() else "no such folder"
    raise DataError(f"{need} in {folder}", there or "an empty folder", "point to the corpus's own folder")


def read_csv(path: Path, need: Iterable[str] = (), delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Rows of a CSV or TSV file with a header line, gzipped or not, UTF-8.

    Raises:
        DataError: one of the columns in `need` is missing.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        missing = [c for c in need if c not in (reader.fieldnames or ())]
        if missing:
            raise DataError(
                f"the column {missing[0]!r} in {path.name}",
                ", ".join(reader.fieldnames or ()) or "an empty file",
                "this may be another version of the corpus",
            )
        yield from reader


def write_csv(path: Path, rows: Sequence[Mapping[str, object]], delimiter: str = ",") -> None:
    """Write a file of an imitation (for `fake`): rows under a header line, gzipped when the name ends in .gz."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8")
    write(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def write(path: Path, content: str | bytes) -> None:
    """Write a file of an imitation (for `fake`), and beside it the mark that tells it from the real corpus."""
    store.write(path, content)
    store.write(path.parent / _MARK, "An imitation written by affectkit's tests: synthetic, not the corpus.\n")


def synthetic(folder: Path) -> bool:
    """Whether a folder holds an imitation: figures measured on it are marked so."""
    return (folder / _MARK).exists()
