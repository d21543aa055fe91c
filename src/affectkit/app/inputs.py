"""What the command line is given: texts, files, folders, standard input; read row by row, a bad row being one bad item.

Rows with a `dialogue` (a column or a field) are turns of a conversation: each has the rows above it that have the same
one as its earlier turns, and `speaker` says whose they are. Rows of one dialogue follow each other, oldest first.
A table with a column or field `path` and none of texts is a list of files, told from the table's folder, and `speaker`
says who speaks in each.

An argument that exists as a path is read. One that looks like a path (it ends in a known suffix, or holds a separator
and no white space) and does not exist is an error, so that a slip never becomes a text. Anything else is a text.
"""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from .. import find, store
from ..corpora._cells import parsed
from ..errors import AffectError, DataError, InputError, UsageError
from ..runtime import transcript as transcripts
from ..runtime.predict import LONGEST_TEXT, Item, known
from ..runtime.transcript import Transcript
from ..sample import Media

STDIN = "-"
"""The argument, and the name in ids, of standard input."""
COLUMN = "text"
"""The column or field that is read when none is named."""
PATH = "path"
"""The column or field of a list of files."""

DIALOGUE, SPEAKER = "dialogue", "speaker"
"""Columns or fields that make rows the turns of a conversation, or name who speaks in a file."""
MOST_TURNS = 32
"""Earlier turns that a row keeps."""

_LONGEST_LINE = 4 * LONGEST_TEXT  # bytes; what is longer cannot be a text of fewer characters


@dataclass
class Progress:
    """How far the reading is: `done` of `total` bytes; `total` is None where nobody can know."""

    done: int = 0
    total: int | None = 0


@dataclass
class Talk:
    """The dialogue at hand while rows are read; another one begins anew.

    Args:
        folder: where the files are that the rows name; None when the rows are texts.
    """

    folder: Path | None = None
    dialogue: Any = None
    said: deque[Media] = field(default_factory=lambda: deque(maxlen=MOST_TURNS))

    def turn(self, cell: Any, where: str, dialogue: Any, speaker: Any) -> Media | AffectError:
        """A row's media with its speaker and its earlier turns; a row without a dialogue stands alone."""
        if self.folder is not None:
            return _listed_file(cell, self.folder, where, speaker)
        media = _media(cell, where)
        if dialogue != self.dialogue or dialogue in (None, ""):
            self.dialogue = dialogue
            self.said.clear()
        if dialogue in (None, "") or not isinstance(media, Media):
            return media
        own = replace(media, speaker=str(speaker) if speaker not in (None, "") else None)
        told = replace(own, before=tuple(self.said))
        self.said.append(own)
        return told


@dataclass(frozen=True)
class Inputs:
    """All that is to be read, in order; going through it twice reads twice (but not standard input).

    Args:
        sources: (name, open) pairs: what ids begin with, and the function that gives its (number, media) pairs.
        key: stands for the content of all of them; None where that cannot be known beforehand.
        files: the files among them.
    """

    sources: tuple[tuple[str, Callable[[Progress], Iterator[Item]]], ...]
    key: str | None
    files: tuple[Path, ...]
    progress: Progress = field(default_factory=Progress)

    def __iter__(self) -> Iterator[Item]:
        for _, rows in self.sources:
            yield from rows(self.progress)


def gather(arguments: Sequence[str], as_text: bool, column: str | None, stdin: BinaryIO | None = None) -> Inputs:
    """What the arguments stand for.

    Args:
        arguments: paths, texts, or "-"; none at all means standard input.
        as_text: take every argument as a text.
        column: the column of tables and the field of JSON lines.
        stdin: standard input; the process's own when not given.

    Raises:
        UsageError: nothing to read, a path that is not there, or a table without the column.
    """
    stdin = stdin or sys.stdin.buffer
    if not arguments:
        if stdin.isatty():
            raise UsageError("a text, a file, a folder or standard input", "none", 'for example: predict "We won!"')
        arguments, as_text = (STDIN,), False
    sources: list[tuple[str, Callable[[Progress], Iterator[Item]]]] = []
    files: list[Path] = []
    for number, argument in enumerate(arguments, 1):
        if not as_text and argument == STDIN:
            sources.append((STDIN, partial(_lines, STDIN, lambda: stdin)))
            continue
        found = None if as_text else _paths(argument)
        if found is None:
            sources.append((f"text#{number}", partial(_text, number, argument)))
            continue
        for path in found:
            files.append(path)
            sources.append((str(path), _opened(path, column)))
    total = None if any(name == STDIN for name, _ in sources) else sum(path.stat().st_size for path in files)
    return Inputs(tuple(sources), _key(arguments, files, column, total), tuple(files), Progress(total=total))


def transcript(file: Path | None, given: Inputs) -> Transcript | None:
    """What is said in the one recording or video that is given.

    Raises:
        UsageError: several inputs, or a suffix that no reader of transcripts has.
        InputError, DataError: no file, or one that is no transcript.
    """
    if file is None:
        return None
    _one_recording(given, "--transcript")
    return transcripts.read(file)


def speakers(file: Path | None, given: Inputs) -> list[tuple[str, float, float]]:
    """Who speaks when, (speaker, start_s, end_s), of an RTTM file for the one recording that is given.

    Raises:
        UsageError: several inputs, or the file tells of other recordings.
        InputError, DataError: no file, or one that is no RTTM.
    """
    if file is None:
        return []
    _one_recording(given, "--speakers")
    part = find.load("formats", "rttm")
    try:
        turns: list[tuple[str, float, float]] = part.turns(file)
    except UsageError:  # it tells of several recordings
        turns = part.turns(file, given.files[0].stem)
    return turns


def _one_recording(given: Inputs, option: str) -> None:
    if len(given.sources) != 1 or not given.files:
        found = f"{len(given.sources)} inputs" if given.files else "no file"
        raise UsageError(f"one recording with {option}", found, "run the command once for each")


def _paths(argument: str) -> list[Path] | None:
    """The files an argument stands for; None when it is a text."""
    if not argument.strip():
        return None  # as a path it would be the folder one is in
    path = Path(argument)
    try:
        there = path.exists()
    except (OSError, ValueError):  # too long for a name, or a NUL byte in it
        return None
    suffixes = known()
    if not there:
        separated = os.sep in argument or (os.altsep is not None and os.altsep in argument)
        slip = path.suffix.lower() in suffixes or (separated and not any(c.isspace() for c in argument))
        if slip:
            raise UsageError(f"a file or folder at {argument}", "none", "correct the path, or force a text with --text")
        return None
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in suffixes)
        inside = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        if not inside:
            raise UsageError(f"files in {argument} that end in {_or(known(tried=False))}", "none", "name the files")
        return inside
    if path.suffix.lower() not in suffixes:
        fix = f"rename it, or give its lines to standard input: predict - < {argument}"
        raise UsageError(f"a file that ends in {_or(known(tried=False))}", argument, fix)
    return [path]


def _opened(path: Path, column: str | None) -> Callable[[Progress], Iterator[Item]]:
    """The rows of a file, its first line checked at once; a file that is no list of rows is one item."""
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise UsageError(f"a file that can be read at {path}", str(error.strerror), "check its permissions") from error
    suffix = path.suffix.lower()
    if suffix not in _TABLES:
        return partial(_whole, path)
    return _TABLES[suffix](path, column)


def _text(number: int, text: str, progress: Progress) -> Iterator[Item]:
    yield Item(f"text#{number}", _shown(text), _media(text, f"argument {number}"))


def _whole(path: Path, progress: Progress) -> Iterator[Item]:
    yield Item(_shown(str(path)), _shown(str(path)), Media(path=str(path)))
    progress.done += path.stat().st_size


# ---- lines -----------------------------------------------------------------------------------------------------------


def _bounded(file: BinaryIO, progress: Progress) -> Iterator[tuple[bytes, int]]:
    """Lines without their ends and how long each is; of one that is too long, only the beginning is kept in memory."""
    while line := file.readline(_LONGEST_LINE):
        long = len(line)
        progress.done += long
        end = line.endswith(b"\n")
        while not end and long >= _LONGEST_LINE and (more := file.readline(1 << 20)):
            long, end = long + len(more), more.endswith(b"\n")
            progress.done += len(more)
        yield line, long


def _decoded(file: BinaryIO, progress: Progress) -> Iterator[str | InputError]:
    """Lines as text with their ends; bytes that are no UTF-8 stay in them as lone surrogates, which `_media` finds."""
    start = b"\xef\xbb\xbf"  # a byte order mark
    for line, long in _bounded(file, progress):
        if long > _LONGEST_LINE:
            yield InputError(
                f"a text of at most {LONGEST_TEXT:,} characters", f"a line of {long:,} bytes", "split it into several"
            )
        else:
            yield line.removeprefix(start).decode("utf-8", "surrogateescape")
        start = b""


def _media(text: Any, where: str) -> Media | AffectError:
    """A text to read, or what is wrong with it."""
    if not isinstance(text, str):
        return InputError(f"a text in {where}", "nothing" if text is None else repr(text), "fill it or leave it out")
    if not text.isascii():
        wrong = next((c for c in text if "\udc80" <= c <= "\udcff"), None)
        if wrong is not None:
            return InputError(
                f"UTF-8 in {where}", f"byte 0x{ord(wrong) - 0xDC00:02x} at {text.index(wrong)}", "save it as UTF-8"
            )
    return Media(text=text)


def _listed_file(path: Any, folder: Path, where: str, speaker: Any) -> Media | AffectError:
    """The file that a row names, told from the folder of its table, and who speaks in it."""
    told = _media(path, where)
    if not isinstance(told, Media):
        return told
    if not (told.text or "").strip():
        return InputError(f"the path of a file in {where}", "nothing", "fill it or leave it out")
    who = str(speaker) if speaker not in (None, "") else None
    return Media(path=str(folder / str(told.text)), speaker=who)


def _lines(name: str, opened: Callable[[], BinaryIO], progress: Progress) -> Iterator[Item]:
    """One item per line."""
    for number, line in enumerate(_decoded(opened(), progress), 1):
        media = (
            line if isinstance(line, InputError) else _media(line.rstrip("\r\n"), f"line {number} of {_shown(name)}")
        )
        yield Item(f"{_shown(name)}#{number}", _shown(name), media)


def _txt(path: Path, column: str | None) -> Callable[[Progress], Iterator[Item]]:
    def rows(progress: Progress) -> Iterator[Item]:
        with path.open("rb") as file:
            yield from _lines(str(path), lambda: file, progress)

    return rows


def _jsonl(path: Path, column: str | None) -> Callable[[Progress], Iterator[Item]]:
    with path.open("rb") as file:
        first = next((line for line in _decoded(file, Progress()) if isinstance(line, str) and line.strip()), "")
    found = _object(first)
    fields = found if isinstance(found, dict) else {}
    wanted = column or (PATH if PATH in fields and COLUMN not in fields else COLUMN)
    if fields and wanted not in fields:
        # already in the first line: the field is named wrongly, not a row written badly
        raise UsageError(f"the field {wanted!r} in {path}", _listed(fields), "name one of them with --column")

    def rows(progress: Progress) -> Iterator[Item]:
        name, talk = _shown(str(path)), Talk(path.parent if wanted == PATH else None)
        with path.open("rb") as file:
            for number, line in enumerate(_decoded(file, progress), 1):
                if isinstance(line, InputError):
                    yield Item(f"{name}#{number}", name, line)
                elif line.strip():
                    yield Item(f"{name}#{number}", name, _field(line, wanted, f"line {number} of {name}", talk))

    return rows


def _field(line: str, wanted: str, where: str, talk: Talk) -> Media | AffectError:
    found = _object(line)
    if isinstance(found, InputError):
        return InputError(f"JSON in {where}", found.found, found.fix)
    if not isinstance(found, dict):
        return _media(found, where)
    if wanted not in found:
        return InputError(f"the field {wanted!r} in {where}", _listed(found), "add it or leave the line out")
    said = {key: found.get(key) for key in (DIALOGUE, SPEAKER)}
    if not all(value is None or isinstance(value, str | int) for value in said.values()):
        return InputError(f"a text or number as dialogue and speaker in {where}", repr(said), "write its id")
    return talk.turn(found[wanted], where, said[DIALOGUE], said[SPEAKER])


def _object(line: str) -> Any:
    """What a line of JSON holds, or an InputError."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return InputError("JSON", str(error), "correct the line")


# ---- tables ----------------------------------------------------------------------------------------------------------


def _csv(delimiter: str, path: Path, column: str | None) -> Callable[[Progress], Iterator[Item]]:
    name = _shown(str(path))

    def table(progress: Progress) -> Iterator[list[str] | InputError]:
        with path.open("rb") as file:
            yield from parsed(_decoded(file, progress), delimiter)

    header = next(table(Progress()), None)
    if isinstance(header, InputError):
        raise UsageError(f"a header line in {name}", header.found, header.fix)
    place = _place(header or [], column, name)
    wide = len(header or [])
    named = [h.strip() for h in header or []]
    folder = path.parent if named[place] == PATH else None
    beside = [named.index(key) if key in named else wide for key in (DIALOGUE, SPEAKER)]

    def rows(progress: Progress) -> Iterator[Item]:
        found, talk = table(progress), Talk(folder)
        next(found)
        for number, row in enumerate(found, 1):
            media: Media | AffectError
            if isinstance(row, InputError):
                media = row
            elif place >= len(row):
                media = InputError(f"{wide} cells in row {number} of {name}", str(len(row)), "correct the row")
            else:
                own = (row[i] if i < len(row) else None for i in beside)
                media = talk.turn(row[place], f"row {number} of {name}", *own)
            yield Item(f"{name}#{number}", name, media)

    return rows


def _parquet(path: Path, column: str | None) -> Callable[[Progress], Iterator[Item]]:
    parquet = find.library("pyarrow.parquet", f"reading {path.name}", "analysis")
    name = _shown(str(path))
    try:
        with path.open("rb") as file:
            header = parquet.ParquetFile(file).schema_arrow.names
    except ValueError as error:  # what pyarrow raises derives from it
        raise DataError(f"a Parquet file at {name}", str(error), "write it again") from error
    chosen = header[_place(header, column, name)]
    beside = [key for key in (DIALOGUE, SPEAKER) if key in header]

    def rows(progress: Progress) -> Iterator[Item]:
        number, talk = 0, Talk(path.parent if chosen == PATH else None)
        with path.open("rb") as file:
            table = parquet.ParquetFile(file)
            for group in table.iter_batches(4096, columns=list(dict.fromkeys([chosen, *beside]))):
                progress.done += path.stat().st_size * len(group) // table.metadata.num_rows
                said = {key: group.column(key).to_pylist() for key in beside}
                for i, cell in enumerate(group.column(chosen)):
                    number += 1
                    own = (said[key][i] if key in said else None for key in (DIALOGUE, SPEAKER))
                    where = f"row {number} of {name}"
                    yield Item(f"{name}#{number}", name, _cell(cell, where, talk, *own))

    return rows


def _cell(cell: Any, where: str, talk: Talk, dialogue: Any, speaker: Any) -> Media | AffectError:
    try:
        return talk.turn(cell.as_py(), where, dialogue, speaker)
    except UnicodeDecodeError as error:
        return InputError(f"UTF-8 in {where}", f"a fault at byte {error.start}", "save it as UTF-8")


def _place(header: Sequence[str], column: str | None, name: str) -> int:
    """Which column to read: the one named; else "text"; else "path"; else the only one."""
    header = [h.strip() for h in header]
    if not header:
        raise InputError(f"rows in {name}", "an empty file", "leave it out")
    if column is None and COLUMN not in header and len(header) == 1:
        return 0
    wanted = column or (PATH if PATH in header and COLUMN not in header else COLUMN)
    if wanted not in header:
        raise UsageError(f"the column {wanted!r} in {name}", _listed(header), "name one of them with --column")
    return header.index(wanted)


_TABLES: dict[str, Callable[[Path, str | None], Callable[[Progress], Iterator[Item]]]] = {
    ".txt": _txt,
    ".csv": partial(_csv, ","),
    ".tsv": partial(_csv, "\t"),
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
"""Files that hold many items, one per row."""


def _key(arguments: Sequence[str], files: Sequence[Path], column: str | None, total: int | None) -> str | None:
    if total is None:
        return None
    stamps = [(str(p.resolve()), (s := p.stat()).st_size, s.st_mtime_ns) for p in files]
    return store.sha256(json.dumps([list(arguments), stamps, column]).encode())


def _shown(name: str) -> str:
    """A name as it can be printed: bytes that are no UTF-8 are spelled out."""
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(str, list(names)[:20])) or "none"


def _or(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
