"""Answers: bundles loaded once, short texts of many requests run together, files in a few threads that do not fight.

Texts of all requests go through one thread, which collects for a few milliseconds what comes and runs it as one; a
request with many texts goes through it slice by slice, so that it holds nobody up. Files and streams go through a few
threads of their own, each with its own copy of what is small and belongs to one thread (the finder of faces); a file is
read in a process beside its thread (`apart`). Each network takes one thread: with more, requests that run side by side
would take them from each other.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ...errors import AffectError, InputError, UsageError
from ...prediction import Failure, Prediction
from ...runtime import predict as runtime
from ...runtime import transcript as transcripts
from ...runtime.options import Item, Options
from ...runtime.routing import Key
from ...runtime.workers import Worker
from ...sample import Media
from .apart import Asked, Reading, Turn
from .refused import Refused
from .settings import Settings
from .shelf import Served, Shelf, Told
from .uploads import Upload

T = TypeVar("T")

_COLLECT_S = 0.003
_MOST_AT_ONCE = 64  # texts of one run
_SLICE = 32  # texts, and characters, of a request that go at once
_SLICE_CHARACTERS = 20_000
_MOST_WAITING_TEXTS = 1_024  # slices
_MOST_WAITING_FILES = 32


@dataclass(frozen=True, slots=True)
class _Slice:
    """Some texts of a request; `strict` refuses options that the bundle has no use for."""

    served: Served
    options: Options
    strict: bool
    items: tuple[Item, ...]
    done: Future[list[Told]]

    @property
    def key(self) -> tuple[object, ...]:
        return self.served.name, self.options, self.strict


class Desk:
    """Takes items and gives what is said of them.

    Args:
        shelf: the bundles.
        settings: how many threads there are for files.
    """

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self.shelf = shelf
        self._suffixes = runtime.known()
        self._slices: queue.SimpleQueue[_Slice | None] = queue.SimpleQueue()
        self._files = ThreadPoolExecutor(settings.workers, "affectkit-files")
        self._most_files = settings.workers + _MOST_WAITING_FILES
        self._busy_files = 0
        self._job = Reading(names=settings.bundles)
        self._idle: deque[Worker] = deque()
        self._turns: set[Turn] = set()
        self._texts = threading.Thread(target=self._run, name="affectkit-texts", daemon=True)
        self._texts.start()

    def close(self) -> None:
        """End the threads and processes; what waits is given up."""
        self._slices.put(None)
        for turn in tuple(self._turns):
            turn.stop()
        for worker in tuple(self._idle):
            worker.stop()
        self._files.shutdown(wait=False, cancel_futures=True)
        self._texts.join(timeout=5)

    async def texts(self, texts: Sequence[str], wanted: str | None, options: Options) -> list[Told]:
        """What is said of each text."""
        items = [Item(f"text#{i}", text, _media(text)) for i, text in enumerate(texts, 1)]
        return await self._answered(items, wanted, options)

    async def uploads(self, uploads: Iterable[Upload], wanted: str | None, options: Options) -> list[Told]:
        """What is said of each file; where it lies is told to nobody."""
        told: list[Told] = []
        for one in uploads:
            media: Media | AffectError = Media(path=str(one.path)) if one.error is None else one.error
            (its,) = await self._answered([Item(one.name, one.name, media)], wanted, options)
            told.append(tuple(_unplaced(prediction, one) for prediction in its))
        return told

    def spoken(self, transcript: Upload, options: Options) -> Options:
        """Options with what a transcript says.

        Raises:
            Refused: it is none.
        """
        try:
            if transcript.error is not None:
                raise transcript.error
            return replace(options, transcript=transcripts.read(str(transcript.path)))
        except AffectError as error:
            said = [_named(part, transcript) for part in (error.expected, error.found, error.fix)]
            raise Refused(422, *said) from error

    async def run(self, work: Callable[[], T]) -> T:
        """Something done in a thread for files.

        Raises:
            Refused: too much waits already.
        """
        if self._busy_files >= self._most_files:
            raise _busy()
        self._busy_files += 1
        done = self._files.submit(work)
        # counted until the thread is free again, which after a timeout is later than the answer
        loop = asyncio.get_running_loop()
        done.add_done_callback(lambda _: _soon(loop, self._freed))
        return await asyncio.wrap_future(done)

    def _freed(self) -> None:
        self._busy_files -= 1

    async def _answered(self, items: Sequence[Item], wanted: str | None, options: Options) -> list[Told]:
        named = self.shelf.all_named(wanted)
        told: list[Told] = []
        for its in _sliced(items):
            told.extend(await self._slice(tuple(its), named, options))
        return told

    async def _slice(self, items: tuple[Item, ...], named: Sequence[Served], options: Options) -> list[Told]:
        """What is said of items of one kind; where nothing reads them, why."""
        media = items[0].media
        if isinstance(media, AffectError):
            return _failed(items, media)
        strict = len(named) == 1 and options.transcript is None
        try:
            modality = named[0].modality if strict else runtime.modality(media, self._suffixes)
            key = Key.of(media, modality, options.transcript is not None)
            if key.film and not strict:
                return [await self._file(one, named, options, key) for one in items]
            by = next((one for one in named if one.modality == modality), None) or self.shelf.reads(modality)
        except InputError as error:
            return _failed(items, error)
        if by.written:
            return await self._put(by, items, options, strict)
        return [await self._file(one, [by], options, strict=strict) for one in items]

    async def _file(
        self, item: Item, named: Sequence[Served], options: Options, film: Key | None = None, strict: bool = False
    ) -> Told:
        """What is said of a file, in a process that is killed when the request is given up."""
        asked = Asked(item.id, item.input, item.media, tuple(one.name for one in named), film, options, strict)
        turn = Turn(self._idle, lambda: Worker(self._job, threads=1))
        self._turns.add(turn)
        try:
            return await self.run(lambda: turn.tell(asked))
        except asyncio.CancelledError:
            turn.stop()
            raise
        finally:
            self._turns.discard(turn)

    def _told(self, served: Served, items: Iterable[Item], options: Options, strict: bool) -> list[Told]:
        return self.shelf.told(served, items, options, strict)

    # ---- the thread of texts ----

    async def _put(self, served: Served, items: tuple[Item, ...], options: Options, strict: bool) -> list[Told]:
        if self._slices.qsize() >= _MOST_WAITING_TEXTS:
            raise _busy()
        one = _Slice(served, options, strict, items, Future())
        self._slices.put(one)
        return await asyncio.wrap_future(one.done)

    def _run(self) -> None:
        while (first := self._slices.get()) is not None:
            together: dict[object, list[_Slice]] = {}
            more = True
            for one in self._collected(first):
                if one is None:
                    more = False
                elif one.done.set_running_or_notify_cancel():  # nobody waits for what is cancelled
                    together.setdefault(one.key, []).append(one)
            for slices in together.values():
                self._run_together(slices)
            if not more:
                return

    def _collected(self, first: _Slice) -> Iterator[_Slice | None]:
        """A slice and those that come within a few milliseconds."""
        until_s, count = time.monotonic() + _COLLECT_S, len(first.items)
        yield first
        while count < _MOST_AT_ONCE:
            try:
                one = self._slices.get(timeout=max(until_s - time.monotonic(), 0.0))
            except queue.Empty:
                return
            yield one
            if one is None:
                return
            count += len(one.items)

    def _run_together(self, slices: Sequence[_Slice]) -> None:
        first = slices[0]
        try:
            told = self._told(first.served, [i for one in slices for i in one.items], first.options, first.strict)
        except Exception as error:
            if len(slices) == 1 or isinstance(error, UsageError):  # which holds for all: their options are the same
                for one in slices:
                    one.done.set_exception(error)
                return
            for one in slices:  # no request fails by another one's text
                self._run_together([one])
            return
        at = 0
        for one in slices:
            one.done.set_result(told[at : at + len(one.items)])
            at += len(one.items)


def models(shelf: Shelf) -> list[dict[str, Any]]:
    """What is told of each bundle that is served."""
    return [_model(one, shelf.is_default(one)) for one in shelf]


def _model(served: Served, default: bool) -> dict[str, Any]:
    card: Mapping[str, Any] = served.bundle.card
    tasks = [entry["task"] for entry in card["tasks"]]
    told = ("id", "target", "scheme", "kind", "view", "names")
    return {
        "name": served.name,
        "version": card["version"],
        "title": card.get("title"),
        "modality": served.modality,
        "default": default,
        "languages": card.get("languages"),
        "tasks": [{name: task.get(name) for name in told} for task in tasks],
        "licences": card["licences"],
        "trained_on": card.get("trained_on", []),
        "figures": card.get("figures", []),
        "limits": card.get("limits", []),
        "size_bytes": served.size_bytes,
    }


def _sliced(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Items in order, in slices that are quick to run; what cannot be read stands alone."""
    held: list[Item] = []
    characters = 0
    for item in items:
        media = item.media
        text = (media.text or "") if isinstance(media, Media) else ""
        alone = isinstance(media, AffectError)
        if held and (alone or len(held) >= _SLICE or characters + len(text) > _SLICE_CHARACTERS):
            yield held
            held, characters = [], 0
        if alone:
            yield [item]
            continue
        held.append(item)
        characters += len(text)
    if held:
        yield held


def _media(text: str) -> Media | AffectError:
    """A text to read; one with half a character, which JSON can hold, cannot be."""
    wrong = next((c for c in text if "\ud800" <= c <= "\udfff"), None) if not text.isascii() else None
    if wrong is not None:
        found = f"U+{ord(wrong):04X} at {text.index(wrong)}, which is half of one"
        return InputError("a text of whole characters", found, "send it as UTF-8")
    return Media(text=text)


def _unplaced(prediction: Prediction, upload: Upload) -> Prediction:
    """A prediction whose error names the file as it came."""
    if prediction.error is None:
        return prediction
    return replace(prediction, error=Failure(prediction.error.kind, _named(prediction.error.message, upload)))


def _failed(items: Sequence[Item], error: AffectError) -> list[Told]:
    return [(Prediction(item.id, item.input, error=Failure.of(error)),) for item in items]


def _named(message: str, upload: Upload) -> str:
    """A sentence with the name a file came with in place of where it lies."""
    if upload.path is None:
        return message
    return message.replace(str(upload.path), upload.name).replace(upload.path.name, upload.name)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)


def _busy() -> Refused:
    return Refused(429, "room for one more request", "too many that wait", "try again in a second")
