"""Tables as rows of named cells: CSV, TSV, JSON, JSON lines, Parquet, Arrow, and folders of them as `datasets` writes.

One bad row never ends it: what is wrong with it is kept beside the rows, for the one who reads on to count and name.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .. import find
from ..errors import DataError, InputError, UsageError
from ._cells import parsed

SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("dev", "devel", "development", "val", "valid", "validation"), "dev"),
    **dict.fromkeys(("test", "testing", "eval"), "test"),
}
"""What the parts of a split are called -> what they are called here."""
_SPLIT = re.compile(rf"(?:^|[-_.])({'|'.join(sorted(SPLITS, key=len, reverse=True))})(?=[-_.]|$)")
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its file and number from 1 ("mine.csv#41"), the split its file stands for, column -> cell."""

    file: str
    number: int
    split: str | None
    cells: Mapping[str, Any]

    @property
    def where(self) -> str:
        return f"{self.file}#{self.number}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row: a kind to count it under, and what was found in it."""

    where: str
    kind: str
    found: str


@dataclass
class Table:
    """What lies at a path.

    Args:
        name: of the file or folder.
        folder: what paths in cells are relative to.
        columns: all there are, in the order met.
        rows, faults: the good and the bad rows.
        named: column -> what its whole numbers stand for, where a file tells it (ClassLabel of `datasets`).
        said: what was guessed in reading.
    """

    name: str
    folder: Path
    columns: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def add(self, columns: Iterable[str]) -> None:
        self.columns += [c for c in dict.fromkeys(columns) if c not in self.columns]


def read(path: Path) -> Table:
    """All rows at a path.

    Raises:
        UsageError: nothing there, or a file of another kind.
        DataError: a file that is not what its name says, or no row at all.
    """
    if not path.exists():
        raise UsageError(f"a table or folder at {path}", "none", "correct the path; it is relative to where you are")
    if path.is_file() and not is_table(path):
        raise UsageError(f"a table that ends in {', '.join(sorted(_READERS))}", str(path), "save it as one of these")
    table = Table(path.name or str(path), path if path.is_dir() else path.parent)
    for file, split in _inside(path) if path.is_dir() else [(path, None)]:
        name = file.relative_to(table.folder).as_posix()
        try:
            _READERS[suffix(file)](table, file, name, split)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"a whole gzip file at {file}", str(error), "pack it again") from error
    if not table.rows:
        found = f"{len(table.faults)} bad rows, first {table.faults[0].found}" if table.faults else "none"
        raise DataError(f"rows in {table.name}", found, "check that it is the right file")
    return table


def suffix(path: Path) -> str:
    """The end of a file's name that says what it is, in lower case: ".csv", ".csv.gz"."""
    last = path.suffix.lower()
    return path.with_suffix("").suffix.lower() + last if last == ".gz" else last


def is_table(file: Path) -> bool:
    """Whether the end of a file's name is that of a table."""
    return suffix(file) in _READERS


def _inside(folder: Path) -> list[tuple[Path, str | None]]:
    """The tables in a folder with the split each stands for, told by its own name or that of its folder."""
    files = sorted(
        p
        for p in folder.rglob("*")
        if is_table(p)
        and suffix(p) != _CARDS
        and not p.name.startswith("cache-")  # what `datasets` keeps of its own steps
        and not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )
    kinds = sorted({suffix(p) for p in files})
    if len(kinds) != 1:
        known = [n for n in find.names("corpora") if n == folder.resolve().name]
        fix = f"for the public corpus write --on {known[0]} and set AFFECTKIT_CORPORA" if known else "name one table"
        there = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "an empty folder"
        raise DataError(
            f"one kind of tables in {folder} (.csv, .jsonl, .parquet, .arrow ...)",
            f"{' and '.join(kinds)} side by side" if kinds else there,
            fix,
        )
    splits = [_split_of(p.relative_to(folder)) for p in files]
    if None in splits and any(splits):
        other = files[splits.index(None)].relative_to(folder)
        what = f"train, dev or test in the name of every table in {folder}"
        raise DataError(what, str(other), "rename it or move it")
    return list(zip(files, splits, strict=True))


def _split_of(path: Path) -> str | None:
    for part in reversed(path.parts):
        if found := _SPLIT.search(part.lower()):
            return SPLITS[found[1]]
    return None


def _text(path: Path) -> IO[str]:
    """A file as text; bytes that are no UTF-8 become lone surrogates, for `_decoded` to find in their row."""
    with path.open("rb") as file:
        start = file.read(2)
    if start in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"UTF-8 in {path.name}", "UTF-16", "save it as UTF-8")
    if path.suffix.lower() == ".gz":
        unpacked = gzip.GzipFile(path)
        return io.TextIOWrapper(unpacked, encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _decoded(text: str, where: str) -> Fault | None:
    if not text.isascii() and (found := _UNDECODED.search(text)):
        return Fault(where, "no UTF-8", f"byte 0x{ord(found[0]) - 0xDC00:02x}")
    return None


# ---- text files ------------------------------------------------------------------------------------------------------


def _csv(table: Table, path: Path, name: str, split: str | None) -> None:
    with _text(path) as file:
        first = file.readline()
    _lines(table, path, name, split, _delimiter(table, first, name))


def _delimiter(table: Table, first: str, name: str) -> str:
    """The comma; where the first line has none, the semicolon or tab that stands there most often."""
    counts = Counter(c for c in first if c in ",;\t")
    if not counts or "," in counts:
        return ","
    found = counts.most_common(1)[0][0]
    table.said.append(f"{name}: cells are parted by {'tabs' if found == chr(9) else 'semicolons'}")
    return found


def _tsv(table: Table, path: Path, name: str, split: str | None) -> None:
    _lines(table, path, name, split, "\t")


def _lines(table: Table, path: Path, name: str, split: str | None, delimiter: str) -> None:
    with _text(path) as file:
        rows = parsed(file, delimiter)
        header = next(rows, None)
        if header is None or isinstance(header, InputError):
            found = "an empty file" if header is None else header.found
            raise DataError(f"a header line in {name}", found, "name the columns in the first line")
        header = [cell.strip() for cell in header]
        twice = [c for c, n in Counter(header).items() if c and n > 1]
        if twice or _decoded("".join(header), name):
            found = f"{twice[0]!r} twice" if twice else "bytes that are no UTF-8"
            raise DataError(f"each column of {name} under a name of its own, in UTF-8", found, "correct the first line")
        table.add(c for c in header if c)  # a nameless column is a row number that another program wrote
        for number, row in enumerate(rows, 1):
            where = f"{name}#{number}"
            if isinstance(row, InputError):
                table.faults.append(Fault(where, "broken", row.found))
            elif len(row) != len(header):
                table.faults.append(Fault(where, f"not {len(header)} cells", str(len(row))))
            elif fault := _decoded("".join(row), where):
                table.faults.append(fault)
            else:
                cells = {c: v for c, v in zip(header, row, strict=True) if c}
                table.rows.append(Row(name, number, split, cells))


def _jsonl(table: Table, path: Path, name: str, split: str | None) -> None:
    def objects() -> Iterator[tuple[int, Any]]:
        with _text(path) as file:
            for number, line in enumerate(file, 1):
                where = f"{name}#{number}"
                if not line.strip():
                    continue
                if fault := _decoded(line, where):
                    table.faults.append(fault)
                    continue
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError) as error:
                    table.faults.append(Fault(where, "no JSON", str(error)))

    _objects(table, objects(), name, split)


def _json(table: Table, path: Path, name: str, split: str | None) -> None:
    with _text(path) as file:
        text = file.read()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"JSON in {name}", str(error), "correct it") from error
    if not isinstance(found, list):
        raise DataError(f"a list of objects in {name}", f"{type(found).__name__}", "write a list of rows")
    _objects(table, enumerate(found, 1), name, split)


def _objects(table: Table, objects: Iterable[tuple[int, Any]], name: str, split: str | None) -> None:
    columns: dict[str, None] = {}
    for number, found in objects:
        if isinstance(found, dict):
            columns |= dict.fromkeys(found)
            table.rows.append(Row(name, number, split, found))
        else:
            table.faults.append(Fault(f"{name}#{number}", "no object", type(found).__name__))
    table.add(columns)


# ---- files that pyarrow reads ----------------------------------------------------------------------------------------


def _parquet(table: Table, path: Path, name: str, split: str | None) -> None:
    parquet = find.library("pyarrow.parquet", f"reading {name}", "analysis")
    try:
        with path.open("rb") as file:
            found = parquet.ParquetFile(file)
            _batches(table, found.schema_arrow, found.iter_batches(4096), path, name, split)
    except ValueError as error:  # what pyarrow raises derives from it
        raise DataError(f"a Parquet file at {path}", str(error), "write it again") from error


def _arrow(table: Table, path: Path, name: str, split: str | None) -> None:
    ipc = find.library("pyarrow.ipc", f"reading {name}", "analysis")
    try:
        with path.open("rb") as file:
            is_file = file.read(6) == b"ARROW1"
            file.seek(0)
            if is_file:
                opened = ipc.open_file(file)
                batches: Iterable[Any] = (opened.get_batch(i) for i in range(opened.num_record_batches))
            else:
                batches = opened = ipc.open_stream(file)
            _batches(table, opened.schema, batches, path, name, split)
    except ValueError as error:
        raise DataError(f"an Arrow file at {path}", str(error), "write it again") from error


def _batches(table: Table, schema: Any, batches: Iterable[Any], path: Path, name: str, split: str | None) -> None:
    table.add(schema.names)
    table.named |= _class_labels(schema.metadata or {}, path.parent)
    number = 0
    for batch in batches:
        try:
            rows = batch.to_pylist()
        except UnicodeDecodeError:
            rows = [_alone(batch, i) for i in range(batch.num_rows)]
        for cells in rows:
            number += 1
            if cells is None:
                table.faults.append(Fault(f"{name}#{number}", "no UTF-8", "a fault in a text"))
            else:
                table.rows.append(Row(name, number, split, cells))


def _alone(batch: Any, row: int) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = batch.slice(row, 1).to_pylist()[0]
    except UnicodeDecodeError:
        return None
    return found


def _class_labels(metadata: Mapping[bytes, bytes], folder: Path) -> dict[str, tuple[str, ...]]:
    """Column -> names of its whole numbers, as `datasets` writes them into a file or a dataset_info.json beside it."""
    infos: list[Any] = []
    info = folder / "dataset_info.json"
    try:
        if b"huggingface" in metadata:
            infos.append(json.loads(metadata[b"huggingface"])["info"])
        if info.is_file():
            infos.append(json.loads(info.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError):  # without it the numbers stay numbers, and are asked about
        pass
    found: dict[str, tuple[str, ...]] = {}
    for one in infos:
        features = one.get("features") if isinstance(one, dict) else None
        for column, feature in (features or {}).items():
            inner = feature[0] if isinstance(feature, list) and feature else feature
            while isinstance(inner, dict) and isinstance(inner.get("feature"), dict):  # a sequence of them
                inner = inner["feature"]
            if isinstance(inner, dict) and isinstance(inner.get("names"), list):
                found.setdefault(column, tuple(map(str, inner["names"])))
    return found


_CARDS = ".json"  # in a folder these tell of the tables, they are none
_READERS: Mapping[str, Callable[[Table, Path, str, str | None], None]] = {
    ".csv": _csv,
    ".csv.gz": _csv,
    ".tsv": _tsv,
    ".tsv.gz": _tsv,
    ".jsonl": _jsonl,
    ".jsonl.gz": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".parquet": _parquet,
    ".arrow": _arrow,
}
