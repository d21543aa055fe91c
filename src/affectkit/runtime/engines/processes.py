"""Several processes of this machine, each with its share of the cores; one that dies is begun again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from ...errors import UsageError
from ..jobs import Job, Lot
from ..predict import Told
from ..workers import Worker, cores

CARD = {"title": "Several processes of this machine; one that dies costs no more than the item that kills it"}

_AHEAD = 3  # lots per worker that are read and told before the first of them is taken


def run(
    lots: Iterable[Lot], job: Job, workers: int | None = None, address: str | None = None
) -> Iterator[tuple[int, Told]]:
    """What is said of each item, with its place, lot by lot in their order; see `Worker`. None takes one per core.

    Raises:
        UsageError: an address.
    """
    if address is not None:
        raise UsageError("no address with the engine of this machine", address, "leave the address out")
    count = workers or cores()
    return _told(lots, [Worker(job, max(cores() // count, 1)) for _ in range(count)])


def _told(lots: Iterable[Lot], workers: list[Worker]) -> Iterator[tuple[int, Told]]:
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def tell(lot: Lot) -> list[tuple[int, Told]]:
        worker = free.get()
        try:
            return list(zip(lot.numbers, worker.tell(lot.items), strict=True))
        finally:
            free.put(worker)

    waiting: deque[Future[list[tuple[int, Told]]]] = deque()
    threads = ThreadPoolExecutor(len(workers))  # they only wait for the processes
    try:
        for lot in lots:
            waiting.append(threads.submit(tell, lot))
            if len(waiting) > _AHEAD * len(workers):
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:  # the end, an error, or the user who has had enough
        threads.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.stop()
        threads.shutdown()
