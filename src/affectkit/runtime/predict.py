"""From items to predictions: read, cut in windows, run, calibrate, decide; in the order given, in flat memory.

One bad item becomes a prediction with an error; it never ends a batch. How numbers become words stands in `say`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..errors import AffectError, BundleError, InputError, UsageError
from ..prediction import Failure, Modalities, Prediction, Predictions
from ..sample import Media
from ..task import Task
from . import batch
from . import bundle as bundles
from .say import Head, Say
from .session import Session, named
from .turns import Turns
from .windows import Windows

LONGEST_TEXT = 100_000
"""Characters of one text; longer ones are refused."""
BUFFER = 64
"""Batches held at once, to sort them by length."""
HEAVIEST = 1_000_000
"""Characters held at once, so that long texts keep memory flat too."""
_SHOWN = 200  # characters of a refused text that its prediction repeats
_WRITTEN = "text"  # the modality of a plain str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to predict on.

    Args:
        id: unique in the output ("reviews.csv#41").
        input: the file or text it came from.
        media: what to read, or the error met on the way to it.
    """

    id: str
    input: str
    media: Media | AffectError


Given = str | Media | Item
"""What a predictor takes as one item."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to predict.

    Args:
        top: give only so many scores per task, the highest first; None gives all.
        taxonomy: also say it in this label scheme.
        threshold: decide on names with this score or more in place of the bundle's thresholds, in [0, 1].
        batch_size: windows run at once.

    Raises:
        UsageError: a number outside its range.
        UnknownName: no such taxonomy.
    """

    top: int | None = None
    taxonomy: str | None = None
    threshold: float | None = None
    batch_size: int = 32

    def __post_init__(self) -> None:
        for name, value in (("top", self.top), ("batch size", self.batch_size)):
            if value is not None and value < 1:
                raise UsageError(f"a {name} of at least 1", str(value), "give a higher number or leave it out")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise UsageError("a threshold in [0, 1]", str(self.threshold), "give a share, for example 0.3")
        if self.taxonomy is not None:
            find.path("taxonomies", self.taxonomy)


def load(name_or_path: str | Path, *, threads: int | None = None, commercial_only: bool = False) -> Predictor:
    """A predictor from a shipped bundle's name or the path of a `.affect` file.

    Args:
        threads: threads for the model; None takes one per core.
        commercial_only: refuse a bundle whose weights or data may not be used commercially.

    Raises:
        UsageError: no such bundle or file.
        BundleError: the file is truncated, altered or of a newer form.
        LicenceError: refused under `commercial_only`.
    """
    path = bundles.find(name_or_path)
    if commercial_only:
        bundles.refuse(bundles.read_card(path))
    return Predictor(bundles.open(path), threads)


def predict(
    items: Given | Iterable[Given],
    bundle: str | Path | None = None,
    *,
    top: int | None = None,
    taxonomy: str | None = None,
    threshold: float | None = None,
    batch_size: int = 32,
    threads: int | None = None,
    commercial_only: bool = False,
) -> Predictions:
    """What a bundle says of each item, in their order; without a bundle, the shipped one that reads such items.

    Args:
        items: a text, a Media, or several of them.
        bundle, threads, commercial_only: as in `load`.
        top, taxonomy, threshold, batch_size: as in `Options`.

    Raises:
        AffectError: the bundle or an option cannot be used; what is wrong with an item is said in its prediction.
    """
    options = Options(top, taxonomy, threshold, batch_size)
    return Predictions(stream(items, bundle, options, threads=threads, commercial_only=commercial_only))


def stream(
    items: Given | Iterable[Given],
    bundle: str | Path | None = None,
    options: Options | None = None,
    *,
    threads: int | None = None,
    commercial_only: bool = False,
) -> Iterator[Prediction]:
    """Like `predict`, one by one and in flat memory; a named bundle is loaded at once, a shipped one when needed."""
    options = options or Options()
    if bundle is not None:
        return load(bundle, threads=threads, commercial_only=commercial_only).stream(items, options)
    return _routed(_items(items), options, threads, commercial_only)


class Predictor:
    """A loaded bundle, reusable.

    Args:
        bundle: an opened bundle.
        threads: threads for the model; None takes one per core.

    Raises:
        BundleError: the card and the model do not fit each other.
    """

    def __init__(self, bundle: bundles.Bundle, threads: int | None = None) -> None:
        self.card = bundle.card
        self.spoken = bundle.spoken
        self.modality = str(bundle.card["modality"])
        self._heads = tuple(Head.of(entry) for entry in bundle.card["tasks"])
        self._session = Session(bundle.model, [head.output for head in self._heads], threads)
        self._windows = Windows.of(bundle.tokenizer, int(bundle.card["longest"]))
        self._turns = Turns.of(bundle.card)
        self._read = find.load("modalities", self.modality).read

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is predicted."""
        return tuple(head.task for head in self._heads)

    def predict(
        self,
        items: Given | Iterable[Given],
        *,
        top: int | None = None,
        taxonomy: str | None = None,
        threshold: float | None = None,
        batch_size: int = 32,
    ) -> Predictions:
        """What the bundle says of each item, in their order; arguments as in `Options`."""
        return Predictions(self.stream(items, Options(top, taxonomy, threshold, batch_size)))

    def stream(self, items: Given | Iterable[Given], options: Options | None = None) -> Iterator[Prediction]:
        """Like `predict`, one by one and in flat memory."""
        options = options or Options()
        say = Say(self._heads, options.top, options.taxonomy, options.threshold)
        size = options.batch_size
        held = batch.chunks(_items(items), _weight, first=size, most=BUFFER * size, heaviest=HEAVIEST)
        return (one for chunk in held for one in self._chunk(chunk, size, say))

    def _chunk(self, items: Sequence[Item], size: int, say: Say) -> Iterator[Prediction]:
        read = [self._text(item.media) for item in items]
        texts = [text for text in read if isinstance(text, str)]
        outputs = self._run(texts, self._earlier(items, read), size) if texts else {}
        row = 0
        for item, text in zip(items, read, strict=True):
            if isinstance(text, AffectError):
                yield _without(item, text)
                continue
            tasks = say({name: values[row] for name, values in outputs.items()})
            row += 1
            spoke = Modalities(used=(self.modality,))
            yield Prediction(item.id, item.input, tasks, modalities=spoke, bundles=(self.spoken,))

    def _text(self, media: Media | AffectError) -> str | AffectError:
        """The text to read, or why there is none."""
        if isinstance(media, AffectError):
            return media
        try:
            return self._turns.said(media, self._sound(media))
        except AffectError as error:
            return error

    def _sound(self, media: Media) -> str:
        """The text of a media, if it can be read and is neither too long nor broken."""
        _sound(media.text or "")
        try:
            text: str = self._read(media)
        except OSError as error:
            raise InputError("a file that can be read", str(error.strerror or error), f"check {media.path}") from error
        _sound(text)
        return text

    def _earlier(self, items: Sequence[Item], read: Sequence[str | AffectError]) -> list[list[str]]:
        """The earlier turns of each item that can be read; none at all where the bundle reads no conversations."""
        if not self._turns.before:
            return []
        told = [i.media for i, t in zip(items, read, strict=True) if isinstance(i.media, Media) and isinstance(t, str)]
        return [self._turns.earlier(media, self._sound) for media in told]

    def _run(self, texts: Sequence[str], earlier: Sequence[Sequence[str]], size: int) -> dict[str, NDArray[np.float64]]:
        """Output -> (n, k) float64 of n texts: the mean over a text's windows, weighted by their tokens."""
        rows, owner, tokens_of_text = self._windows.cut(texts, earlier)
        weight = (tokens_of_text / np.bincount(owner, tokens_of_text)[owner])[:, None]
        mean = {head.output: np.zeros((len(texts), len(head.task.names))) for head in self._heads}
        for part in batch.by_length([len(row) for row in rows], size):
            tokens, lengths = batch.pad([rows[i] for i in part])
            for name, values in self._session.run(named(self.modality, tokens, lengths)).items():
                wanted = mean[name].shape[1]
                if values.shape[1] != wanted:
                    raise BundleError(f"{wanted} columns of {name}", str(values.shape[1]), "export the bundle again")
                np.add.at(mean[name], owner[part], values * weight[part])
        return mean


def _routed(
    items: Iterator[Item], options: Options, threads: int | None, commercial_only: bool
) -> Iterator[Prediction]:
    """Each run of items of one modality through the shipped bundle that reads it."""
    loaded: dict[str | None, Predictor] = {}
    for modality, run in groupby(_placed(items), key=lambda pair: pair[0]):
        found = (item for _, item in run)
        if modality is None:
            yield from (_without(item, item.media) for item in found if isinstance(item.media, AffectError))
            continue
        if modality not in loaded:
            try:
                bundle = bundles.default(modality, commercial_only)
            except UsageError as error:  # a picture in a folder of texts: it fails, and the texts are read
                if not bundles.shipped():
                    raise
                yield from (_without(i, i.media if isinstance(i.media, AffectError) else error) for i in found)
                continue
            loaded[modality] = Predictor(bundles.open(bundle), threads)
        yield from loaded[modality].stream(found, options)


def _placed(items: Iterator[Item]) -> Iterator[tuple[str | None, Item]]:
    """Items with their modality; a bad one goes with those before it, so that it starts no run of its own."""
    last: str | None = None
    for item in items:
        if isinstance(item.media, Media):
            try:
                last = modality(item.media)
            except AffectError as error:
                item = Item(item.id, item.input, error)
        yield last, item


def modality(media: Media) -> str:
    """The modality whose part reads such a media: by its field, or by the suffix of its file.

    Raises:
        InputError: an array, or a file of an unknown suffix.
    """
    if media.path is None:
        if media.text is None:
            raise InputError("a text or a file, to know what reads it", "an array", "name a bundle")
        return _WRITTEN
    suffix = Path(media.path).suffix.lower()
    for name, card in find.cards("modalities").items():
        if suffix in (*card["suffixes"], *card.get("tables", ())):  # of a table, the part itself says what to do
            return name
    raise InputError("a file of a known kind", f"the suffix {suffix!r}", "name a bundle, or give its text")


def _items(given: Given | Iterable[Given]) -> Iterator[Item]:
    """One item or several, numbered from 1 where they bear no id; what is no item at all becomes a bad one."""
    several: Iterable[Given] = (given,) if isinstance(given, str | Media | Item) else given
    for number, one in enumerate(several, 1):
        if isinstance(one, Item):
            yield one
        elif isinstance(one, str):
            yield Item(f"{_WRITTEN}#{number}", one, Media(text=one))
        elif isinstance(one, Media):
            shown = one.text if one.path is None else one.path
            yield Item(f"{one.path or 'media'}#{number}", shown or "", one)
        else:
            found = f"{type(one).__name__} {one!r}"
            yield Item(f"{_WRITTEN}#{number}", "", InputError("a str or a Media", found, "leave it out or convert it"))


def _weight(item: Item) -> int:
    if not isinstance(item.media, Media):
        return 0
    return len(item.media.text or "") + sum(len(turn.text or "") for turn in item.media.before)


def _sound(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InputError(f"a text of at most {LONGEST_TEXT:,} characters", f"{len(text):,}", "split it")
    if "\0" in text:
        raise InputError("a text without NUL bytes", f"one at character {text.index(chr(0))}", "save it as UTF-8 text")


def _without(item: Item, error: AffectError) -> Prediction:
    # of a text that is no use its beginning is enough
    shown = item.input if len(item.input) <= _SHOWN else item.input[:_SHOWN] + "…"
    return Prediction(item.id, shown, error=Failure.of(error))
