"""This process tells one lot after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...errors import UsageError
from ..jobs import Job, Lot
from ..predict import Told

CARD = {"title": "This process, one lot after the other"}


def run(
    lots: Iterable[Lot], job: Job, workers: int | None = None, address: str | None = None
) -> Iterator[tuple[int, Told]]:
    """What is said of each item, with its place; in order within a lot, and as soon as it is known.

    Raises:
        UsageError: more workers than one, or an address.
    """
    if address is not None or (workers or 1) > 1:
        found = address or f"{workers} workers"
        raise UsageError("one worker and no address with the engine of this process", found, "leave --engine out")
    tell = job.teller()
    return (one for lot in lots for one in zip(lot.numbers, tell(lot.items), strict=True))
