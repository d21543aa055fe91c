"""Rows of CSV and TSV, where one broken quote costs its own row and no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator

from ..errors import InputError

_LONGEST_FIELD = 131_072  # characters within quotes, after which the quote is held to be unbalanced
_MOST_LINES = 1_000  # lines within quotes, likewise


def parsed(lines: Iterable[str | InputError], delimiter: str) -> Iterator[list[str] | InputError]:
    """The rows of a CSV or TSV file; blank lines are no rows.

    A quote that is not closed within its cell would swallow the rows after it. It is found when the quoted text runs on
    too long, to the end of the file, or ends where no cell can end; then the row that opened it is one bad row, and
    reading goes on with the line after.
    """
    waiting: deque[str | InputError] = deque()
    source = iter(lines)
    at = 0  # lines taken for good
    while True:
        taken: list[str | InputError] = []
        row = _row(_feed(waiting, source, taken), delimiter, taken)
        if not taken:
            return
        if isinstance(row, _Open):
            row = InputError(
                f"a closing quote for the one opened in line {at + 1}",
                row.found,
                "close it, or double it within the text",
            )
            waiting.extendleft(reversed(taken[1:]))
            taken = taken[:1]
        at += len(taken)
        if isinstance(row, InputError) or row:
            yield row


class _Open(InputError):
    """A quote that was opened and never closed."""

    def __init__(self, found: str) -> None:
        super().__init__("a closing quote", found, "close it")


class _Stop(Exception):
    """Ends the reading of one row from within the lines it is fed."""

    def __init__(self, error: InputError) -> None:
        self.error = error


def _feed(
    waiting: deque[str | InputError], source: Iterator[str | InputError], taken: list[str | InputError]
) -> Iterator[str]:
    """Lines for one row, those put back first; each is kept in `taken`."""
    size = 0
    while (line := waiting.popleft() if waiting else next(source, None)) is not None:
        taken.append(line)
        if isinstance(line, InputError):
            raise _Stop(line if len(taken) == 1 else _Open("none before a line that is too long"))
        size += len(line)
        if len(taken) > _MOST_LINES or (len(taken) > 1 and size > _LONGEST_FIELD):
            raise _Stop(_Open(f"none in the next {len(taken) - 1:,} lines"))
        yield line
    if taken:
        raise _Stop(_Open("none before the end of the file"))  # a row that was closed asks for no more lines


def _row(feed: Iterator[str], delimiter: str, taken: list[str | InputError]) -> list[str] | InputError:
    try:
        return next(csv.reader(feed, delimiter=delimiter, strict=True), [])
    except _Stop as stop:
        return stop.error
    except csv.Error as error:
        if len(taken) > 1:
            return _Open("one where no cell can end")
        try:  # quotes that are odd but do no harm within one line
            return next(csv.reader([str(taken[0])], delimiter=delimiter))
        except csv.Error:
            return InputError("a row of cells", str(error), "correct the row")
