"""A worker: a process of its own that tells lots of items, and whose death costs only the item that kills it.

A lot in which a worker dies (killed, out of memory, a fault in a decoder) is tried once more. Dies it again, each of
its items is tried alone; those that kill become errors, and the others are told together once more, so that nothing of
theirs changes. A worker takes no more threads than it is given, hears no Ctrl-C (its master does), and ends when its
master does, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from ..errors import AffectError, InputError

if TYPE_CHECKING:
    from .jobs import Job
    from .options import Item
    from .predict import Told

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""Variables by which libraries are told how many threads to take; they read them when they are loaded."""

_TRIES = 2
_NOT_AGAIN = 3  # a worker that so often dies before any work never lives


class WorkerError(AffectError):
    """Workers die before any work."""

    kind = "worker"


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Worker:
    """A process that tells items; it begins with the first of them, and again after a death.

    Args:
        job: what is said of them.
        threads: for its model and all libraries, where the job does not say how many.
    """

    def __init__(self, job: Job, threads: int) -> None:
        self._job, self._threads = job, threads
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._stopped = False
        self._end = ""

    @property
    def pid(self) -> int | None:
        """The number of its process, while it lives."""
        return None if self._process is None else self._process.pid

    def tell(self, items: Sequence[Item]) -> list[Told]:
        """What is said of each item; an item that kills the worker is an error.

        Raises:
            AffectError: the bundle or an option cannot be used.
        """
        told = self._tried(items)
        if told is not None:
            return told
        alone = [self._tried([item]) if len(items) > 1 else None for item in items]
        left = [
            item if its is not None else replace(item, media=self._killed(item))
            for item, its in zip(items, alone, strict=True)
        ]
        told = self._tried(left)
        if told is not None:
            return told
        return [its[0] if its else _failed(item, self._killed(item)) for item, its in zip(items, alone, strict=True)]

    def stop(self) -> None:
        """End it at once, whatever it does."""
        self._stopped = True
        process = self._process  # another thread may find it dead meanwhile
        if process is not None:
            process.kill()

    def _tried(self, items: Sequence[Item]) -> list[Told] | None:
        """What is said of items; None when the worker dies again and again."""
        for _ in range(_TRIES):
            connection = self._begun()
            try:
                connection.send(items)
                answer = connection.recv()
            except (EOFError, OSError):
                self._died()
                continue
            if isinstance(answer, AffectError):
                raise answer
            return list(answer)
        return None

    def _begun(self) -> Connection:
        """The line to a worker that lives and is ready."""
        for _ in range(_NOT_AGAIN):
            if self._connection is not None:
                return self._connection
            self._begin()
        raise WorkerError("a worker that begins", f"one that {self._end}", "leave --workers out to see why")

    def _begin(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_work, args=(theirs, self._threads), daemon=True)
        try:
            with _no_interrupts():
                process.start()
        except OSError as error:
            raise WorkerError("a process that begins", str(error), "free memory, or let fewer work at once") from error
        theirs.close()
        self._process, self._connection = process, ours
        if self._stopped:  # meanwhile
            process.kill()
        try:
            ours.send(self._job)
            refused = ours.recv()
        except (EOFError, OSError):
            self._died()
            return
        if refused is not None:
            raise refused

    def _died(self) -> None:
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()  # it may only have closed its line
            process.join()
            self._end = _how(process.exitcode)
        if self._stopped:
            raise WorkerError("a worker", "it was stopped", "run the command again")

    def _killed(self, item: Item) -> InputError:
        fix = "it may need more memory than there is: give it alone, or leave it out"
        return InputError(f"a worker that lives through {item.id}", f"one that {self._end}", fix)


def _failed(item: Item, error: AffectError) -> Told:
    from ..prediction import Failure, Prediction

    return (Prediction(item.id, item.input, error=Failure.of(error)),)


def _how(code: int | None) -> str:
    """How a process ended."""
    if code is None or code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """A process that begins in here never hears Ctrl-C; one that is pressed meanwhile is heard by this one after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # or the first process would begin it, which unblocks the signal again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(line: Connection, threads: int) -> None:
    """What a worker does: answer one lot after the other, until its master closes the line or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked from the beginning
    os.environ.update(dict.fromkeys(THREADS, str(threads)))  # before anything loads a library
    threading.Thread(target=_follow_master, daemon=True).start()
    with suppress(EOFError, ConnectionError):  # the master has closed the line, or is gone
        job: Job = line.recv()
        try:
            tell = job.teller(threads)
        except AffectError as error:
            line.send(error)
            return
        line.send(None)
        while True:
            line.send(_answer(tell, line.recv()))


def _answer(tell: Callable[[Iterable[Item]], Iterator[Told]], items: Sequence[Item]) -> list[Told] | AffectError:
    try:
        return list(tell(items))
    except AffectError as error:
        return error


def _follow_master() -> None:
    """End when the master has ended, even in the midst of a long recording."""
    if (master := multiprocessing.parent_process()) is not None:
        master.join()
        os._exit(1)
