"""Where predictions go: a table, a format on standard output, files that are whole or absent, and go on after a kill.

While a file is made, FILE.part keeps the predictions as JSON lines and FILE.journal says how many of them stand in how
many bytes, and by which command. What a kill left after the journal's last word is cut off and made again. When all is
there, each file is written from the lines aside and renamed; then part and journal go.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from .. import find, store
from ..errors import UsageError
from ..formats import _spans, jsonl
from ..prediction import Prediction

_FLUSH_S = 1.0
_FLUSH_ITEMS = 4096


@dataclass(frozen=True, slots=True)
class Target:
    """One output: a format, and a file; None is standard output."""

    format: str
    file: Path | None


def targets(to: Iterable[str], plain: Iterable[str]) -> tuple[Target, ...]:
    """The outputs asked for: `to` as FORMAT or FORMAT=FILE, `plain` as formats for standard output.

    Raises:
        UnknownName: no such format; the nearest are offered.
        MissingExtra: a format needs a library that an extra brings.
        UsageError: two formats for standard output, one file twice, or a folder that is not there.
    """
    found = [Target(name, None) for name in plain]
    for one in to:
        name, _, named = one.partition("=")
        card = find.card("formats", name)
        if "needs" in card:
            find.library(card["needs"], f"the format {name}", card["extra"])  # now, not when all work is done
        found.append(Target(name, Path(named) if named else None))
    out = [t.format for t in found if t.file is None]
    if len(out) > 1:
        raise UsageError(
            "one format for standard output", " and ".join(out), "give the others a file: --to FORMAT=FILE"
        )
    files = [t.file for t in found if t.file is not None]
    for file in files:
        if files.count(file) > 1:
            raise UsageError("each output file once", f"{file} twice", "choose another name")
        if not file.parent.is_dir() or file.is_dir():
            what = "a folder" if file.is_dir() else f"no folder {file.parent}"
            raise UsageError(f"a file name for {file}", what, "make the folder or correct the name")
    return tuple(found)


@dataclass(frozen=True)
class Lines:
    """Predictions kept as JSON lines in a file; can be gone through any number of times."""

    file: Path
    most: int | None = None

    def __iter__(self) -> Iterator[Prediction]:
        with self.file.open("rb") as file:
            yield from islice(jsonl.read(file), self.most)


def to_stdout(format: str, predictions: Iterable[Prediction], out: BinaryIO) -> None:
    """Write a format to standard output; one that needs two passes is kept in a temporary file meanwhile."""
    part = find.load("formats", format)
    if part.CARD["passes"] == 1:
        part.write(predictions, out)
    else:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "kept.jsonl"
            with kept.open("wb") as file:
                jsonl.write(predictions, file)
            with (Path(folder) / "made").open("w+b") as made:  # a seekable file: standard output may be none
                part.write(Lines(kept), made)
                made.seek(0)
                shutil.copyfileobj(made, out)
    out.flush()


@dataclass(frozen=True, slots=True)
class Journal:
    """What is safely in FILE.part: so many items, failed ones among them, in so many bytes, by one command."""

    command: str
    items: int = 0
    failed: int = 0
    bytes: int = 0


class Files:
    """Output files that come about together.

    Args:
        targets: those with a file.
        command: stands for what is predicted, how, by which bundle; None when it cannot be repeated (standard input).
    """

    def __init__(self, targets: Iterable[Target], command: str | None) -> None:
        self._targets = [(find.load("formats", t.format), t.file) for t in targets if t.file is not None]
        first = self._targets[0][1]
        self.part = first.with_name(f"{first.name}.part")
        self._journal = first.with_name(f"{first.name}.journal")
        self._command = command or ""
        self.done = Journal(self._command)
        self.note: str | None = None
        """What was found of an earlier run, for the user to know; None when nothing."""
        self._look()

    def _look(self) -> None:
        """Find out what an earlier run of the same command has left."""
        if not self._journal.exists() and not self.part.exists():
            return
        try:
            found = Journal(**json.loads(self._journal.read_text(encoding="utf-8")))
            whole = self.part.stat().st_size >= found.bytes
        except (OSError, ValueError, TypeError):
            self.note = f"what an earlier run left in {self.part} has no readable journal; starting anew"
            return
        if not self._command:
            self.note = f"{self.part} is of an earlier run; standard input cannot be continued; starting anew"
        elif found.command != self._command:
            self.note = f"{self._journal} is of another command, input or bundle; starting anew"
        elif not whole:
            self.note = f"{self.part} is shorter than its journal says; starting anew"
        elif found.items:
            self.done = found
            self.note = f"continuing {self.part}: {found.items:,} items are there"

    def keep(
        self, predictions: Iterable[Prediction], replay: bool = False, whole: Callable[[], bool] = lambda: True
    ) -> Iterator[Prediction]:
        """Write predictions to the part, and pass them on; `replay` gives those of the earlier run first.

        `whole` tells whether the prediction just taken is the last of its item: the journal speaks of whole items.
        """
        for part, _ in self._targets:  # what a format cannot hold is known at once, not when all work is done
            predictions = _spans.passing(predictions, part.CARD)
        with self.part.open("r+b" if self.done.items else "wb") as file:
            file.truncate(self.done.bytes)
        self._note()
        if replay and self.done.items:
            yield from Lines(self.part)
        with self.part.open("ab") as file:
            since, there = time.monotonic(), self.done
            items, failed = there.items, there.failed
            try:
                for prediction in predictions:
                    file.write(jsonl.line(prediction))
                    failed += prediction.failed
                    if whole():
                        items += 1
                        there = Journal(self._command, items, failed, file.tell())
                    if items - self.done.items >= _FLUSH_ITEMS or time.monotonic() - since >= _FLUSH_S:
                        self._flush(file, there)
                        since = time.monotonic()
                    yield prediction
            finally:  # stopped by an error or by the user: what is there stays for the next run
                self._flush(file, there)
                if items == 0:
                    self.part.unlink()
                    self._journal.unlink()

    def _flush(self, file: BinaryIO, there: Journal) -> None:
        # the order matters: the journal never says more than the part holds
        file.flush()
        os.fsync(file.fileno())
        self.done = there
        self._note()

    def _note(self) -> None:
        store.write(self._journal, json.dumps(asdict(self.done)) + "\n")

    def finish(self) -> None:
        """Write each file from the part and rename it; then remove part and journal. Of no items there is no file."""
        if self.done.items == 0:
            return
        for part, file in self._targets:
            # a name that does not change: what a kill leaves is written over by the next run
            aside = file.with_name(f"{file.name}.whole.part")
            self._convert(part, aside)
            aside.replace(file)
        self.part.unlink()
        self._journal.unlink()

    def _convert(self, part: ModuleType, aside: Path) -> None:
        if part.CARD.get("lines"):
            shutil.copyfile(self.part, aside)
            return
        with aside.open("wb") as file:
            part.write(Lines(self.part), file)


class Bar:
    """A progress bar on standard error, for long work only: it appears after a second.

    Args:
        shown: whether there is a terminal to show it on.
        total: bytes to read; None when unknown.
    """

    _AFTER_S = 1.0
    _EVERY_S = 0.2

    def __init__(self, shown: bool, total: int | None) -> None:
        self._shown, self._total = shown, total
        self._stack = ExitStack()
        self._next = time.monotonic() + self._AFTER_S
        self._items = 0
        self._update = self._begin

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def step(self, done: int) -> None:
        """One more item is through; `done` bytes are read."""
        self._items += 1
        if self._shown and time.monotonic() >= self._next:
            self._update(done)
            self._next = time.monotonic() + self._EVERY_S

    def _begin(self, done: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), TextColumn("{task.fields[items]:,} items"), TimeRemainingColumn())
        bar = self._stack.enter_context(Progress(*columns, console=Console(file=sys.stderr), transient=True))
        task = bar.add_task("", total=self._total, items=self._items)

        def update(done: int) -> None:
            bar.update(task, completed=done, items=self._items)

        self._update = update
        update(done)
