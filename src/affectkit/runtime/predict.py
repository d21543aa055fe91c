"""From items to predictions: read, cut in windows, run, calibrate, decide; in the order given, in flat memory.

One bad item becomes a prediction with an error; it never ends a batch. How media become numbers stands in `tokens`,
`sounds` and `pictures`, how numbers become words in `say`, how several bundles tell of one video in `film`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from .. import find
from ..errors import AffectError, InputError, UsageError
from ..prediction import Failure, Modalities, Prediction, Predictions
from ..sample import Media
from ..task import Task
from . import bundle as bundles
from . import reading, relative
from .film import Film
from .model import Model
from .options import Given, Item, Options, Spoken
from .routing import WRITTEN, Key, Shelf
from .say import Head, Say
from .tokens import LONGEST_TEXT
from .transcript import Transcript

__all__ = [
    "LONGEST_TEXT",
    "Given",
    "Item",
    "Options",
    "Predictor",
    "by_item",
    "known",
    "load",
    "modality",
    "paths",
    "predict",
    "routed",
    "stream",
    "teller",
]

_SHOWN = 200  # characters of a refused text that its prediction repeats
_SUFFIX = 9  # characters within which the dot of a known suffix stands
_LONGEST_NAME = 4096  # characters of a path

Told = tuple[Prediction, ...]
"""What is said of one item: one prediction, or one per speaker, face or segment."""


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
    segments: bool = False,
    relative: bool = True,
    speakers: Iterable[Spoken] = (),
    balanced: bool = False,
    transcript: Transcript | None = None,
    tracks: bool = False,
    detector: str | None = None,
    threads: int | None = None,
    commercial_only: bool = False,
) -> Predictions:
    """What a bundle says of each item, in their order; without a bundle, the shipped one that reads such items.

    Of a video, and of a recording with a transcript, all bundles that read something of it are asked, the shipped ones
    or those named with commas between ("face,speech,text-en"); what they say together comes first.

    Args:
        items: a text, the path of a file, a Media, an array of numbers such as a picture (h, w, 3) uint8, which needs
            its bundle named, or several of them. A str that is one word and ends as the name of a
            known kind of file does is a path.
        bundle, threads, commercial_only: as in `load`.
        top, taxonomy, threshold, batch_size, segments, relative, speakers, balanced, transcript, tracks, detector: as
            in `Options`.

    Raises:
        AffectError: the bundle or an option cannot be used; what is wrong with an item is said in its prediction.
    """
    turns = tuple(speakers)
    options = Options(
        top, taxonomy, threshold, batch_size, segments, relative, turns, balanced, transcript, tracks, detector=detector
    )
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
    told = by_item(items, bundle, options, threads=threads, commercial_only=commercial_only)
    return (one for its in told for one in its)


def by_item(
    items: Given | Iterable[Given],
    bundle: str | Path | None = None,
    options: Options | None = None,
    *,
    threads: int | None = None,
    commercial_only: bool = False,
) -> Iterator[Told]:
    """Like `stream`, all that is said of an item together."""
    return teller(bundle, options, threads=threads, commercial_only=commercial_only)(items)


def teller(
    bundle: str | Path | None = None,
    options: Options | None = None,
    *,
    threads: int | None = None,
    commercial_only: bool = False,
) -> Callable[[Given | Iterable[Given]], Iterator[Told]]:
    """`by_item` for one lot of items after the other; a bundle is loaded once for all of them."""
    options = options or Options()
    named = [load(path, threads=threads, commercial_only=commercial_only) for path in paths(bundle)]
    if len(named) == 1 and options.transcript is None:
        return partial(named[0].by_item, options=options)
    shelf = Shelf(named, partial(load, threads=threads), options.transcript, commercial_only)
    return lambda items: routed(_items(items), options, shelf)


def paths(bundle: str | Path | None) -> list[Path]:
    """The files of a bundle, or of several with commas between; none of None.

    Raises:
        UsageError: no such bundle or file.
    """
    if bundle is None:
        return []
    several = isinstance(bundle, str) and "," in bundle and not Path(bundle).is_file()
    return [bundles.find(name.strip()) for name in str(bundle).split(",")] if several else [bundles.find(bundle)]


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
        self._model = Model(bundle, threads)
        self._reading = reading.of(bundle)
        self._spoke = Modalities(used=(self.modality,))
        self.say(Options())  # a card that cannot be said of anything is refused now

    @property
    def modality(self) -> str:
        """What it reads."""
        return self._model.modality

    @property
    def heads(self) -> tuple[Head, ...]:
        """How what the model gives is read, task by task."""
        return self._model.heads

    @property
    def leading(self) -> Head:
        """The task that decides where segments end."""
        return self._model.leading

    @property
    def decodes(self) -> str | None:
        """Which streams of a file it reads; see `reading.Reading`."""
        return self._reading.decodes

    @property
    def in_time(self) -> bool:
        """Whether it can tell segments of an item apart."""
        return self._reading.in_time

    @property
    def by_speaker(self) -> bool:
        """Whether it can tell the speakers of an item apart."""
        return self._reading.by_speaker

    @property
    def finds_faces(self) -> bool:
        """Whether it looks for faces, so that a detector can be named."""
        return self._reading.finds_faces

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is predicted."""
        return tuple(head.task for head in self._model.heads)

    def predict(
        self,
        items: Given | Iterable[Given],
        *,
        top: int | None = None,
        taxonomy: str | None = None,
        threshold: float | None = None,
        batch_size: int = 32,
        segments: bool = False,
        relative: bool = True,
        speakers: Iterable[Spoken] = (),
        balanced: bool = False,
        detector: str | None = None,
    ) -> Predictions:
        """What the bundle says of each item, in their order; arguments as in `Options`."""
        turns = tuple(speakers)
        options = Options(top, taxonomy, threshold, batch_size, segments, relative, turns, balanced, detector=detector)
        return Predictions(self.stream(items, options))

    def stream(self, items: Given | Iterable[Given], options: Options | None = None) -> Iterator[Prediction]:
        """Like `predict`, one by one and in flat memory."""
        return (one for its in self.by_item(items, options) for one in its)

    def by_item(self, items: Given | Iterable[Given], options: Options | None = None) -> Iterator[Told]:
        """Like `stream`, all that is said of an item together.

        Raises:
            UsageError: segments or speakers of what is not in time, or a detector where no faces are looked for.
        """
        options = options or Options()
        if options.segments and not self.in_time:
            raise self._unfit("a bundle of what is in time", "--segments")
        if options.speakers and not self.by_speaker:
            raise self._unfit("a bundle that hears who speaks", "--speakers")
        if options.detector is not None and not self.finds_faces:
            raise self._unfit("a bundle that looks for faces", "--detector")
        say = self.say(options)
        return (self._all(item, its, say) for item, its in self.parts(_items(items), options))

    def parts(self, items: Iterable[Item], options: Options) -> Iterator[tuple[Item, reading.Found]]:
        """Each item with what the model gives for its parts, or why there is nothing."""
        return self._reading.parts(items, options, self._model)

    def held(
        self, media: Media, box: tuple[int, int, int, int], detector: str | None = None
    ) -> tuple[Predictor, tuple[int, int, int, int]] | None:
        """This predictor for changed copies of a part of a picture, in which a face is not looked for again, and that
        part; see `pictures.Pictures.held`. None where nothing was looked for."""
        found = self._reading.held(media, box, detector) if isinstance(self._reading, reading.Holding) else None
        if found is None:
            return None
        made = copy(self)
        made._reading, part = found
        return made, part

    def _unfit(self, need: str, asked: str) -> UsageError:
        found = f"{self.spoken}, which reads {self.modality}"
        return UsageError(f"{need}, for {asked}", found, f"leave {asked} out")

    def say(self, options: Options) -> Say:
        """What tells parts in words."""
        derived = self.card.get("dimensions_from")
        return Say(self._model.heads, options.top, options.taxonomy, options.threshold, derived, options.balanced)

    def _all(self, item: Item, found: reading.Found, say: Say) -> Told:
        if isinstance(found, AffectError):
            return (_without(item, found),)
        return tuple(self.told(item, part, say) for part in found)

    def told(self, item: Item, part: reading.Part, say: Say) -> Prediction:
        """What is said of a part."""
        track, start_s = part.track, part.start_s
        id = item.id if track is None else f"{item.id}#{track.kind}-{track.id}"
        return Prediction(
            id if start_s is None else f"{id}@{start_s}",
            item.input,
            say(part.outputs, part.relative),
            start_s=start_s,
            end_s=part.end_s,
            track=track,
            modalities=self._spoke,
            bundles=(self.spoken,),
            relative_to=relative.SPEAKER if part.relative else None,
        )


def routed(items: Iterator[Item], options: Options, shelf: Shelf) -> Iterator[Told]:
    """Each run of items of one kind through the bundle, or the bundles, that read it."""
    for key, run in groupby(_placed(items, options.transcript is not None), key=lambda pair: pair[0]):
        found = (item for _, item in run)
        if key is None:
            yield from ((_without(item, item.media),) for item in found if isinstance(item.media, AffectError))
            continue
        readers, refused, unfit = shelf.readers(key)
        if not readers:  # a picture in a folder of texts: it fails, and the texts are read
            error: AffectError = unfit or next(iter(refused.values()))
            if not bundles.shipped():
                raise error
            yield from ((_without(i, i.media if isinstance(i.media, AffectError) else error),) for i in found)
        elif len(readers) + len(refused) > 1:
            yield from Film(readers, options, refused).by_item(found)
        else:
            (predictor,) = readers
            # of a text in a folder of recordings there are no segments, and it is read as it is
            speakers = options.speakers if predictor.by_speaker else ()
            detector = options.detector if predictor.finds_faces else None
            segments = options.segments and predictor.in_time
            its = replace(options, segments=segments, speakers=speakers, detector=detector)
            yield from predictor.by_item(found, its)


def _placed(items: Iterator[Item], words: bool) -> Iterator[tuple[Key | None, Item]]:
    """Items with what reads them; a bad one goes with those before it, so that it starts no run of its own."""
    last: Key | None = None
    suffixes: dict[str, str] = {}
    for item in items:
        if isinstance(item.media, Media):
            if item.media.path is not None:
                suffixes = suffixes or known()
            try:
                last = Key.of(item.media, modality(item.media, suffixes), words)
            except AffectError as error:
                item = Item(item.id, item.input, error)
        yield last, item


def modality(media: Media, suffixes: Mapping[str, str]) -> str:
    """The modality whose part reads such a media: by its field, or by the suffix of its file (`known`).

    Raises:
        InputError: an array, or a file of an unknown suffix.
    """
    if media.path is None:
        if media.text is None:
            raise InputError("a text or a file, to know what reads it", "an array", "name a bundle, such as face")
        return WRITTEN
    suffix = Path(media.path).suffix.lower()
    if (name := suffixes.get(suffix)) is not None:
        return name
    raise InputError("a file of a known kind", f"the suffix {suffix!r}", "name a bundle, or give its text")


def known(tried: bool = True) -> dict[str, str]:
    """suffix -> modality: files that tell it, tables of it, and files that it also reads and no other modality owns.

    With `tried` also files that are such media and can hardly be read, so that they are told of and not left out.
    """
    cards = find.cards("modalities")
    found: dict[str, str] = {}
    for field in ("suffixes", "tables", "reads", *["tried"] * tried):
        for name, card in cards.items():
            found |= {suffix: name for suffix in card.get(field, ()) if suffix not in found}
    return found


def _items(given: Given | Iterable[Given]) -> Iterator[Item]:
    """One item or several, numbered from 1 where they bear no id; what is no item at all becomes a bad one."""
    several: Iterable[Given] = (
        (given,) if isinstance(given, str | PathLike | Media | Item) or _numbers(given) else given
    )
    suffixes: dict[str, str] = {}
    for number, one in enumerate(several, 1):
        if isinstance(one, Item):
            yield one
        elif isinstance(one, str):
            if "." in one[-_SUFFIX:]:
                suffixes = suffixes or known()
            yield _file(one) if _is_path(one, suffixes) else Item(f"{WRITTEN}#{number}", one, Media(text=one))
        elif isinstance(one, PathLike):
            yield _file(str(one))
        elif isinstance(one, Media) or _numbers(one):
            one = one if isinstance(one, Media) else Media(array=one)
            shown = one.text if one.path is None else one.path
            yield Item(f"{one.path or 'media'}#{number}", shown or "", one)
        else:
            found = f"{type(one).__name__} {reprlib.repr(one)}"
            yield Item(f"{WRITTEN}#{number}", "", InputError("a str or a Media", found, "leave it out or convert it"))


def _numbers(given: object) -> TypeGuard[NDArray[Any]]:
    """Whether it is an array of numbers, such as a picture; one of texts is several items."""
    return isinstance(given, np.ndarray) and given.dtype.kind in "biuf"


def _is_path(given: str, suffixes: Mapping[str, str]) -> bool:
    """Whether a str is one word that ends in a known suffix; "I read a.txt" is a text."""
    name, dot, suffix = given[-_LONGEST_NAME:].rpartition(".")
    return bool(name) and f"{dot}{suffix}".lower() in suffixes and len(given.split(maxsplit=1)) == 1


def _file(path: str) -> Item:
    try:
        there = Path(path).exists()
    except (OSError, ValueError):  # too long for a name
        there = False
    fix = "correct the path, or give a text as Media(text=...)"
    return Item(path, path, Media(path=path) if there else InputError(f"a file at {path}", "none", fix))


def _without(item: Item, error: AffectError) -> Prediction:
    # of a text that is no use its beginning is enough
    shown = item.input if len(item.input) <= _SHOWN else item.input[:_SHOWN] + "…"
    return Prediction(item.id, shown, error=Failure.of(error))
