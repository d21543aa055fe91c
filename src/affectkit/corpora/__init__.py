"""Public corpora, one file each, reading the official folder layout and the compact one.

A part gives `CARD`, `TASKS` (its first task is the one trained on unless another is asked for), `rows(root)`, and
`fake(root, rng, layout)`, which writes a tiny synthetic imitation of a layout for tests.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .. import find, store
from ..errors import DataError, UsageError
from ..sample import Sample
from ..task import Task

_MARK = "SYNTHETIC.txt"


def root(name: str) -> Path:
    """The folder of a corpus below `AFFECTKIT_CORPORA`: the CARD's `folder` ("text/goemotions"), or its bare name.

    Raises:
        UnknownName: no such corpus.
        UsageError: the variable is not set or the folder is not there.
    """
    card = find.card("corpora", name)
    above = os.environ.get("AFFECTKIT_CORPORA")
    if not above:
        raise UsageError(
            f"the folder of the corpus {name!r}",
            "AFFECTKIT_CORPORA is not set",
            f"set it to the folder that holds {card['folder']}; the corpus is at {card['url']}",
        )
    for folder in (Path(above) / card["folder"], Path(above) / name):
        if folder.is_dir():
            return folder
    raise UsageError(
        f"{card['folder']} or {name} in AFFECTKIT_CORPORA", f"neither in {above}", f"get the corpus from {card['url']}"
    )


def samples(name: str, folder: Path | None = None) -> Iterator[Sample]:
    """All samples of a corpus, in the source's order."""
    part = find.load("corpora", name)
    yield from part.rows(folder or root(name))


def tasks(name: str) -> tuple[Task, ...]:
    """The tasks of a corpus; the first is its main one."""
    return tuple(find.load("corpora", name).TASKS)


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
