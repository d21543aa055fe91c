"""Ray Data: the same job on many machines, by actors that each have a worker of their own.

Files, and a bundle that is named by its path, must be where all machines see them under the same name; affectkit must
be installed on each. Without an address it is the cluster of RAY_ADDRESS, else this machine.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ... import find
from ...errors import AffectError
from ...prediction import Prediction
from ..jobs import Job, Lot
from ..predict import Told
from ..workers import Worker, WorkerError

CARD = {"title": "Ray Data, on many machines", "extra": "ray", "needs": "ray"}

_LOTS = 1024  # of one data set; what is read ahead, and its answers, stay bounded
_PORT = 10001  # where a Ray cluster listens to clients


def run(
    lots: Iterable[Lot], job: Job, workers: int | None = None, address: str | None = None
) -> Iterator[tuple[int, Told]]:
    """What is said of each item, with its place, as it comes.

    Args:
        workers: actors; None takes as many as the cluster has cores for.
        address: ray://HOST or ray://HOST:PORT.

    Raises:
        MissingExtra: Ray is not installed.
    """
    ray = find.library("ray", "the engine ray", "ray")
    find.library("ray.data", "the engine ray", "ray")
    return _told(ray, lots, job, workers, address)


class Actor:
    """What stands on a machine of the cluster: a worker, with the cores that Ray gives it."""

    def __init__(self, job: Job, threads: int) -> None:
        self._worker = Worker(job, threads)

    def __call__(self, row: dict[str, Any]) -> dict[str, str]:
        """What is said of a lot; an error that ends the whole job is an answer too, for its words not to be lost."""
        lot: Lot = row["lot"]
        try:
            told = self._worker.tell(lot.items)
        except AffectError as error:
            return {"error": json.dumps([error.expected, error.found, error.fix]), "told": ""}
        said = [[one.to_json() for one in its] for its in told]
        return {"error": "", "told": json.dumps([lot.numbers, said])}


def _told(
    ray: Any, lots: Iterable[Lot], job: Job, workers: int | None, address: str | None
) -> Iterator[tuple[int, Told]]:
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if not ray.is_initialized():
        # it ends with this process: shut down earlier, Ray 2.60 may take the process with it, its last rows unwritten
        _begin(ray, address)
    ray.data.DataContext.get_current().enable_progress_bars = False
    threads = job.threads or 1
    there = max(int(ray.cluster_resources().get("CPU", 1)) // threads, 1)
    count = min(workers or there, there)  # Ray would wait for ever for more
    left = iter(lots)
    while some := list(islice(left, _LOTS)):
        rows = ray.data.from_items([{"lot": lot} for lot in some], override_num_blocks=len(some))
        pool = ray.data.ActorPoolStrategy(size=min(count, len(some)))
        made = rows.map(Actor, fn_constructor_args=(job, threads), compute=pool, num_cpus=threads)
        for row in made.iter_rows():
            yield from _answer(row)


def _begin(ray: Any, address: str | None) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody unless its user wants it
    try:
        local = {} if address or os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}
        ray.init(_whole(address), logging_level=logging.ERROR, log_to_driver=False, **local)
    except Exception as error:  # what Ray raises has no common base
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        where = address or os.environ.get("RAY_ADDRESS") or "this machine"
        raise WorkerError(f"Ray at {where}", said, "check that the cluster runs, or leave --engine out") from error


def _answer(row: dict[str, str]) -> Iterator[tuple[int, Told]]:
    if row["error"]:
        raise AffectError(*json.loads(row["error"]))
    for number, its in zip(*json.loads(row["told"]), strict=True):
        yield number, tuple(Prediction.from_json(one) for one in its)


def _whole(address: str | None) -> str | None:
    """An address with its port; None lets Ray look for RAY_ADDRESS."""
    if address is None or ":" in address.partition("://")[2]:
        return address
    return f"{address}:{_PORT}"
