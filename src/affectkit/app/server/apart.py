"""Files told in a process beside the server: one that hangs in a decoder, or breaks it, costs no more than its answer.

A thread cannot be ended from outside, a process can. There are as many processes as files are read at once; each begins
with its first file and stays for the next ones. It is killed when the request takes too long; the next file has a new
one.
A file that kills its process (a fault in a decoder, out of memory) has an error, and the server goes on.
"""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ...errors import AffectError
from ...runtime.jobs import Job
from ...runtime.options import Item, Options
from ...runtime.routing import Key
from ...runtime.workers import Worker, WorkerError
from .shelf import Shelf, Told


class FaultError(AffectError):
    """A process in which something else went wrong than a file or an option can; it goes into the server's log."""

    kind = "fault"


@dataclass(frozen=True, slots=True)
class Asked(Item):
    """A file, and what is asked of it.

    Args:
        named: the bundles that tell of it; none leaves the choice to the shelf, where several do.
        film: what reads it where several bundles do; None where it is the one that is named.
        strict: refuses options that the bundle has no use for.
    """

    named: tuple[str, ...] = ()
    film: Key | None = None
    options: Options = field(default_factory=Options)
    strict: bool = False


def told(shelf: Shelf, asked: Asked) -> Told:
    """What is said of a file."""
    named = [shelf.named(name) for name in asked.named]
    if asked.film is not None:
        (its,) = shelf.film([asked], named, asked.film, asked.options)
    else:
        (its,) = shelf.told(named[0], [asked], asked.options, asked.strict)
    return its


@dataclass(frozen=True, slots=True)
class Reading(Job):
    """What such a process does: open the bundles of these names, and tell files, each in its own way (`Asked`): of a
    job's other settings none counts.
    """

    names: tuple[str, ...] = ()

    def teller(self, threads: int | None = None) -> Callable[[Iterable[Item]], Iterator[Told]]:
        shelf = Shelf(self.names)

        def tell(items: Iterable[Item]) -> Iterator[Told]:
            for item in items:
                assert isinstance(item, Asked)
                try:
                    yield told(shelf, item)
                except AffectError:
                    raise
                except Exception as error:  # an error of any class need not come through to the server whole
                    raise FaultError("an answer", traceback.format_exc(), "report it") from error

        return tell


class Turn:
    """The turn of one file.

    Args:
        idle: processes that wait for a file; the one that is used comes back to them.
        begin: makes one where none waits.
    """

    def __init__(self, idle: deque[Worker], begin: Callable[[], Worker]) -> None:
        self._idle, self._begin = idle, begin
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._over = False

    def tell(self, asked: Asked) -> Told:
        """What is said of the file.

        Raises:
            WorkerError: it was stopped, or no process can begin.
            AffectError: as it was raised there.
        """
        with self._lock:
            if self._over:
                raise WorkerError("a request that waits", "one that has ended", "send it again")
            try:
                worker = self._idle.pop()
            except IndexError:
                worker = self._begin()
            self._worker = worker
        try:
            (its,) = worker.tell([asked])
        finally:
            with self._lock:
                self._worker = None
                if not self._over:
                    self._idle.append(worker)
        return its

    def stop(self) -> None:
        """End it at once, whatever its process does."""
        with self._lock:
            self._over = True
            if self._worker is not None:
                self._worker.stop()
