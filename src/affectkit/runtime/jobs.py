"""A long job in lots: cut by the place of items in the input alone, told by an engine, and put in order again.

What a model gives for an item may depend, in the last digits, on the items it is run with. So lots never depend on
where a run begins, on how many workers there are, or on which engine: all give the same, and so does a run that goes on
where an earlier one was stopped. Recordings of one known speaker are told in relation to each other, wherever they
stand, and are never cut apart; earlier turns of a conversation travel with each of its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from .. import find
from ..errors import UsageError
from ..sample import Media
from . import predict
from .options import Item, Options
from .predict import Told

FIRST, MOST = 32, 512
"""Items of the first lot, so that the first answers come soon, and of any; each may hold twice as many as the last."""
HEAVIEST = 100_000
"""What a lot may weigh unless it is a single item, or the recordings of a single speaker."""

ALONE, SEVERAL = "here", "processes"
"""The engine where none is named: without workers, and with."""

_TEXT = 50  # characters that reading any text is worth
_BYTES = 100  # of a file, that are worth one character of a text

Numbered = tuple[int, Item]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be said of every item; arguments as in `predict.by_item`."""

    bundle: str | None = None
    options: Options = field(default_factory=Options)
    threads: int | None = None
    commercial_only: bool = False

    def teller(self, threads: int | None = None) -> Callable[[Iterable[Item]], Iterator[Told]]:
        """Tells one lot after the other; `threads` where the job does not say how many."""
        given = self.threads or threads
        return predict.teller(self.bundle, self.options, threads=given, commercial_only=self.commercial_only)


@dataclass(frozen=True, slots=True)
class Lot:
    """Items that are told together, each with its place in the input."""

    numbers: tuple[int, ...]
    items: tuple[Item, ...]


def told(
    items: Iterable[Item], job: Job, engine: str | None = None, workers: int | None = None, done: int = 0
) -> Generator[Told, None, None]:
    """What is said of each item, in their order, without the first `done` of them.

    Args:
        engine: the name of an engine; `ray://...` also says where it is.
        workers: how many work at once; None leaves it to the engine.

    Raises:
        UnknownName: no such engine.
        UsageError: fewer workers than one, or more than the engine has.
        MissingExtra: the engine needs a library that an extra brings.
    """
    if workers is not None and workers < 1:
        raise UsageError("at least one worker", str(workers), "leave it out for one process")
    name, there, _ = (engine or (ALONE if workers is None else SEVERAL)).partition("://")
    part = find.load("engines", name)
    lots = (lot for lot in cut(items, job.options) if lot.numbers[-1] >= done)
    return in_order(part.run(lots, job, workers, engine if there else None), done)


def cut(items: Iterable[Item], options: Options) -> Iterator[Lot]:
    """Items in lots of similar cost; from the first recording of a known speaker on, all are read before any is told.

    Lots come in the order of their first items.
    """
    lot: list[Numbered] = []
    weighs, most = 0, FIRST
    # turns tell more of who speaks than a name for a file
    for unit in _units(enumerate(items), by_voice=options.relative and not options.speakers):
        weight = sum(_weight(item) for _, item in unit)
        if lot and (len(lot) + len(unit) > most or weighs + weight > HEAVIEST):
            yield _lot(lot)
            lot, weighs, most = [], 0, min(2 * most, MOST)
        lot.extend(unit)
        weighs += weight
        if len(lot) >= most or weighs >= HEAVIEST:
            yield _lot(lot)
            lot, weighs, most = [], 0, min(2 * most, MOST)
    if lot:
        yield _lot(lot)


def in_order(found: Iterable[tuple[int, Told]], start: int) -> Generator[Told, None, None]:
    """What came in any order, in that of the input, from `start` on."""
    waiting: dict[int, Told] = {}
    for number, its in found:
        if number >= start:
            waiting[number] = its
        while start in waiting:
            yield waiting.pop(start)
            start += 1


def _units(numbered: Iterator[Numbered], by_voice: bool) -> Iterator[list[Numbered]]:
    """What must not be cut: an item, or all recordings of a speaker."""
    for one in numbered:
        if by_voice and _voice(one[1]) is not None:
            voices: dict[str | int, list[Numbered]] = {}
            for number, item in chain([one], numbered):
                voices.setdefault(_voice(item) or number, []).append((number, item))
            yield from voices.values()
        else:
            yield [one]


def _voice(item: Item) -> str | None:
    """Who speaks in a recording, where that is known; a text needs nothing but the turns it carries."""
    media = item.media
    return media.speaker or None if isinstance(media, Media) and media.path is not None else None


def _weight(item: Item) -> int:
    """About what an item costs, in characters of a text."""
    media = item.media
    if not isinstance(media, Media):
        return 0
    if media.path is None:
        return _TEXT + len(media.text or "")
    try:
        return Path(media.path).stat().st_size // _BYTES
    except (OSError, ValueError):  # not there, or no name at all: it will fail soon enough
        return 0


def _lot(units: Iterable[Numbered]) -> Lot:
    numbers, items = zip(*sorted(units, key=lambda one: one[0]), strict=True)
    return Lot(numbers, items)
