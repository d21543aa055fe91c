"""Emotion wheels from files: one's own, and the five that MER-UniBench scores open vocabularies with.

A wheel file has the columns level1, level2, level3; an empty cell repeats the one above it. The files of MER-UniBench
stay outside this package (research use only): their folder is given, or found below `AFFECTKIT_CORPORA`.
Reference: Lian et al., AffectGPT, ICML 2025; the folder emotion_wheel of github.com/zeroQiaoba/MERTools, whose wheels
are workbooks (.xlsx, the first sheet is read), or the same sheets as .csv.gz (compact).
Known faults, kept because figures rest on them: a form goes to the alphabetically first word of the wheel that it may
stand for, so surprise is fear on wheel 4 and joy is powerful on wheel 5; embarrassed, disappointed, inferior and
overwhelmed stand in two branches of wheel 2, where the later one counts; no wheel has neutral.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from ..errors import DataError, UsageError
from ..taxonomies._words import Wheel

FOLDER = "text/emotion_wheel"
"""Where the wheels of MER-UniBench lie below `AFFECTKIT_CORPORA`."""

_LEVELS = ("level1", "level2", "level3")
_WHEELS = tuple(f"wheel{k}" for k in range(1, 6))
_RUNS = range(1, 9)
_SUFFIXES = {"format": (".csv.gz", ".csv")} | dict.fromkeys(("synonym", *_WHEELS), (".csv.gz", ".xlsx", ".csv"))
_CELL = re.compile(r"([A-Z]+)\d+")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read(file: Path, forms: Mapping[str, Sequence[str]] | None = None) -> Wheel:
    """One's own wheel from a table (.csv, .csv.gz, .xlsx), named as the file.

    Args:
        forms: other form -> the words of the wheel it may stand for; endings are stripped by rule in any case.

    Raises:
        DataError: no sheet, a column missing, a word below itself, or a word in two branches.
    """
    name = file.name.split(".")[0]
    return Wheel.of(name, _rows(file), {form.lower(): tuple(words) for form, words in (forms or {}).items()})


def mer_unibench(folder: Path | None = None) -> tuple[Wheel, ...]:
    """The five wheels of MER-UniBench, with its forms and synonyms, as its own code reads them.

    Raises:
        UsageError: no folder given and none below `AFFECTKIT_CORPORA`.
        DataError: a file is missing or has other columns, or a synonym is of a word that no wheel holds.
    """
    root = _folder() if folder is None else folder
    wheels = [Wheel.of(name, _rows(_file(root, name)), as_published=True) for name in _WHEELS]
    forms = _forms(root, frozenset(word for wheel in wheels for word in wheel.paths))
    return tuple(Wheel(wheel.name, wheel.paths, forms, rules=False) for wheel in wheels)


def _forms(root: Path, words: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Form -> words of any wheel that it may stand for, sorted: form to base words, base word to words it is near."""
    near: dict[str, set[str]] = defaultdict(set)
    source = _file(root, "synonym")
    for row in _table(source, [f"{column}_run{k}" for k in _RUNS for column in ("word", "synonym")]):
        for k in _RUNS:
            word = row[f"word_run{k}"].strip().lower()
            if word not in words:
                raise DataError(f"words of the wheels in {source.name}", repr(word), "use files of one version")
            for synonym in (word, *_listed(row[f"synonym_run{k}"])):
                near[synonym.lower()].add(word)
    found: dict[str, set[str]] = defaultdict(set)
    for row in _table(_file(root, "format"), ("name", "format")):
        for form in (row["name"], *_listed(row["format"])):
            found[form] |= near.get(row["name"], set())
    return {form: tuple(sorted(w)) for form, w in found.items()}


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _rows(file: Path) -> Iterator[list[str]]:
    return ([row[level] for level in _LEVELS] for row in _table(file, _LEVELS))


def _folder() -> Path:
    above = os.environ.get("AFFECTKIT_CORPORA")
    if not above:
        raise UsageError(
            "the folder of MER-UniBench's wheels",
            "AFFECTKIT_CORPORA is not set",
            f"set it to the folder that holds {FOLDER}, or give the folder",
        )
    folder = Path(above) / FOLDER
    if not folder.is_dir():
        raise UsageError(f"{FOLDER} in AFFECTKIT_CORPORA", f"none in {above}", "get it from MERTools on GitHub")
    return folder


def _file(folder: Path, name: str) -> Path:
    candidates = [folder / f"{name}{suffix}" for suffix in _SUFFIXES[name]]
    found = next((file for file in candidates if file.is_file()), None)
    if found is None:
        there = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) if folder.is_dir() else "no such folder"
        need = " or ".join(file.name for file in candidates)
        raise DataError(f"{need} in {folder}", there or "an empty folder", "point to the folder of the wheels")
    return found


def _table(file: Path, need: Sequence[str]) -> Iterator[dict[str, str]]:
    """Rows under a header line, of a workbook's first sheet or a CSV file, gzipped or not."""
    read = {".xlsx": _sheet}.get(file.suffix, _csv)
    lines = read(file)
    header = next(lines, [])
    missing = [column for column in need if column not in header]
    if missing:
        raise DataError(
            f"the column {missing[0]!r} in {file.name}",
            ", ".join(header) or "an empty table",
            "this may be another version of the file",
        )
    for line in lines:
        if any(cell.strip() for cell in line):
            yield dict(zip(header, [*line, *[""] * (len(header) - len(line))], strict=False))


def _csv(file: Path) -> Iterator[list[str]]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8-sig", newline="") as lines:
        yield from csv.reader(lines)


def _sheet(file: Path) -> Iterator[list[str]]:
    """Lines of a workbook's first sheet; a workbook is a zip of XML files (ECMA-376)."""
    try:
        with zipfile.ZipFile(file) as book:
            links = {e.get("Id"): str(e.get("Target")) for e in _xml(book, "xl/_rels/workbook.xml.rels")}
            sheet = next(_xml(book, "xl/workbook.xml").iter(f"{_MAIN}sheet"))
            target = links[sheet.get(_LINK)].lstrip("/").removeprefix("xl/")
            shared = "xl/sharedStrings.xml"
            texts = [_text(e) for e in _xml(book, shared)] if shared in book.namelist() else []
            lines = [_line(row, texts) for row in _xml(book, f"xl/{target}").iter(f"{_MAIN}row")]
    except (zipfile.BadZipFile, KeyError, StopIteration, ElementTree.ParseError) as error:
        raise DataError(f"a sheet in the workbook {file.name}", "none", "save it again as .xlsx or .csv") from error
    yield from lines


def _line(row: ElementTree.Element, texts: Sequence[str]) -> list[str]:
    cells: dict[int, str] = {}
    for cell in row.iter(f"{_MAIN}c"):
        address = _CELL.fullmatch(cell.get("r", ""))
        column = len(cells) if address is None else _column(address.group(1))
        value = cell.find(f"{_MAIN}v")
        if value is None:
            cells[column] = _text(cell)
        else:
            cells[column] = texts[int(value.text or 0)] if cell.get("t") == "s" else value.text or ""
    return [cells.get(i, "") for i in range(max(cells, default=-1) + 1)]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _text(element: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_MAIN}t"))


def _xml(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(name))
