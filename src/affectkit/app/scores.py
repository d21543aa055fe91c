"""Tables of scores: CSV, TSV, JSON lines and Parquet, read and written in blocks of rows, whatever their length.

A block keeps its columns as they are; a row that cannot be read stands in `bad` and has None in every column. A file is
written aside and takes its name when it is whole.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from .. import find, store
from ..corpora._cells import parsed
from ..errors import DataError, InputError, UsageError

ROWS = 16_384
"""Rows in a block: what is in memory at once."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a table.

    Args:
        first: the number of its first row in the table, counted from 1.
        columns: name -> values, all of one length.
        bad: place in the block -> what is wrong with the row.
    """

    first: int
    columns: Mapping[str, Sequence[Any]]
    bad: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns, and the rows block by block, to be gone through once."""

    header: tuple[str, ...]
    blocks: Iterator[Block]


Write = Callable[[Mapping[str, Sequence[Any]]], None]


def known() -> tuple[str, ...]:
    """The suffixes of files that can be read and written."""
    return tuple(_READ)


def read(path: Path) -> Table:
    """A table of scores.

    Raises:
        UsageError: another suffix.
        DataError: no header, no rows, a column twice, or no Parquet.
    """
    if path.suffix.lower() not in _READ:
        raise UsageError(f"a file that ends in {' or '.join(known())}", path.name, "write the table in one of these")
    table = _READ[path.suffix.lower()](path)
    first = next(table.blocks, None)
    if first is None:
        raise DataError(f"rows in {path}", "none", "check the file")
    twice = sorted({name for name in table.header if table.header.count(name) > 1})
    if twice:
        raise DataError(f"each column of {path.name} once", f"{', '.join(twice)} twice", "rename one of them")
    return Table(table.header, chain([first], table.blocks))


def write(path: Path | None, lines: bool = False) -> AbstractContextManager[Write]:
    """A function that writes block after block: to a file by its suffix, or to standard output as CSV or JSON lines.

    Raises:
        UsageError: another suffix, or no folder to write to.
    """
    if path is None:
        return _to_stdout(_jsonl_rows if lines else partial(_csv_rows, ","))
    if path.suffix.lower() not in _WRITE:
        raise UsageError(f"a file that ends in {' or '.join(_WRITE)}", path.name, "choose one of these")
    if not path.parent.is_dir():
        raise UsageError(f"a file name for {path}", f"no folder {path.parent}", "make the folder or correct the name")
    return _WRITE[path.suffix.lower()](path)


# ---- reading ---------------------------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[str | InputError]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from file


def _csv(delimiter: str, path: Path) -> Table:
    rows = parsed(_lines(path), delimiter)
    header = next(rows, None)
    if header is None or isinstance(header, InputError):
        found = "an empty file" if header is None else header.found
        raise DataError(f"a header line in {path}", found, "write the names of the columns in the first line")
    names = tuple(name.strip() for name in header)

    def blocks() -> Iterator[Block]:
        first = 1
        while taken := list(islice(rows, ROWS)):
            bad, whole = {}, []
            for place, row in enumerate(taken):
                if isinstance(row, InputError):
                    bad[place] = str(row)
                elif len(row) != len(names):
                    bad[place] = str(InputError(f"{len(names)} cells", str(len(row)), "correct the row"))
                whole.append([None] * len(names) if place in bad else row)
            yield Block(first, dict(zip(names, zip(*whole, strict=True), strict=True)), bad)
            first += len(taken)

    return Table(names, blocks())


def _jsonl(path: Path) -> Table:
    def objects() -> Iterator[dict[str, Any] | str]:
        for line in _lines(path):
            if not str(line).strip():
                continue
            try:
                found = json.loads(str(line))
            except (ValueError, RecursionError) as error:
                yield str(InputError("JSON", str(error), "correct the line"))
            else:
                wrong = InputError("an object with a field per column", type(found).__name__, "correct the line")
                yield found if isinstance(found, dict) else str(wrong)

    rows = objects()
    taken = list(islice(rows, ROWS))
    names = tuple(dict.fromkeys(name for row in taken if isinstance(row, dict) for name in row))
    if taken and not names:
        wrong = next((row for row in taken if isinstance(row, str)), "empty objects")
        raise DataError(f"JSON objects in {path}", wrong, "write an object per line")

    def blocks(taken: list[dict[str, Any] | str]) -> Iterator[Block]:
        first = 1
        while taken:
            bad = {place: row for place, row in enumerate(taken) if isinstance(row, str)}
            for place, row in enumerate(taken):
                if isinstance(row, dict) and (new := row.keys() - set(names)):
                    late = f"{min(new)!r}, not among the fields of the lines before"
                    bad[place] = str(InputError("fields of the first lines", late, "give every line the same fields"))
            rows_ = [row if isinstance(row, dict) and place not in bad else {} for place, row in enumerate(taken)]
            yield Block(first, {name: [row.get(name, ABSENT) for row in rows_] for name in names}, bad)
            first += len(taken)
            taken = list(islice(rows, ROWS))

    return Table(names, blocks(taken))


def _parquet(path: Path) -> Table:
    parquet = _arrow(path, "pyarrow.parquet")
    try:
        file = parquet.ParquetFile(path)
    except ValueError as error:  # what pyarrow raises derives from it
        raise DataError(f"a Parquet file at {path}", str(error), "write it again") from error

    def blocks() -> Iterator[Block]:
        first = 1
        for batch in file.iter_batches(ROWS):
            yield Block(first, {name: batch.column(i).to_pylist() for i, name in enumerate(batch.schema.names)})
            first += len(batch)

    return Table(tuple(file.schema_arrow.names), blocks())


class _Absent:
    """What stands in a column for a line of JSON that does not have the field."""

    def __bool__(self) -> bool:
        return False


ABSENT = _Absent()

_READ: dict[str, Callable[[Path], Table]] = {
    ".csv": partial(_csv, ","),
    ".tsv": partial(_csv, "\t"),
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}


# ---- writing ---------------------------------------------------------------------------------------------------------


def _csv_rows(delimiter: str, file: TextIO) -> Write:
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    begun: list[bool] = []

    def cell(value: Any) -> Any:
        if value is ABSENT or value is None:
            return ""
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value

    def rows(columns: Mapping[str, Sequence[Any]]) -> None:
        if not begun:
            writer.writerow(columns)
            begun.append(True)
        writer.writerows(zip(*([cell(v) for v in values] for values in columns.values()), strict=True))

    return rows


def _jsonl_rows(file: TextIO) -> Write:
    def rows(columns: Mapping[str, Sequence[Any]]) -> None:
        for row in zip(*columns.values(), strict=True):
            kept = {name: value for name, value in zip(columns, row, strict=True) if value is not ABSENT}
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")

    return rows


@contextmanager
def _to_stdout(rows: Callable[[TextIO], Write]) -> Iterator[Write]:
    # bytes that are no UTF-8 go out as they came in
    file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="surrogateescape", newline="")
    try:
        yield rows(file)
        file.flush()
    finally:
        file.detach()


@contextmanager
def _to_file(rows: Callable[[TextIO], Write], path: Path) -> Iterator[Write]:
    with store.whole(path) as aside, aside.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        yield rows(file)


@contextmanager
def _to_parquet(path: Path) -> Iterator[Write]:
    arrow, parquet = _arrow(path, "pyarrow"), _arrow(path, "pyarrow.parquet")
    with store.whole(path) as aside:
        writers: list[Any] = []

        def rows(columns: Mapping[str, Sequence[Any]]) -> None:
            plain = {name: [None if v is ABSENT else v for v in values] for name, values in columns.items()}
            try:
                made = arrow.table(plain, schema=writers[0].schema if writers else None)
            except (ValueError, TypeError) as error:
                raise DataError("values of one type in each column", str(error), "write CSV or JSON lines") from error
            if not writers:
                # a column that is empty at first may have words later
                types = [arrow.field(f.name, arrow.string() if f.type == arrow.null() else f.type) for f in made.schema]
                made = made.cast(arrow.schema(types))
                writers.append(parquet.ParquetWriter(aside, made.schema))
            writers[0].write_table(made)

        try:
            yield rows
        finally:
            for writer in writers:
                writer.close()


_WRITE: dict[str, Callable[[Path], AbstractContextManager[Write]]] = {
    ".csv": partial(_to_file, partial(_csv_rows, ",")),
    ".tsv": partial(_to_file, partial(_csv_rows, "\t")),
    ".jsonl": partial(_to_file, _jsonl_rows),
    ".parquet": _to_parquet,
}


def _arrow(path: Path, name: str) -> ModuleType:
    return find.library(name, f"the file {path.name}", "analysis")
