"""The bundles that are served, opened once, and what they say of items in the thread that asks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError, UnknownName, UsageError
from ...prediction import Prediction
from ...runtime import bundle as bundles
from ...runtime import predict as runtime
from ...runtime import routing
from ...runtime.options import Item, Options
from ...runtime.routing import Key

Told = tuple[Prediction, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """A bundle that is served.

    Args:
        name: by which it is asked for.
        path: of its file.
        size_bytes: of its file.
    """

    name: str
    path: Path
    bundle: bundles.Bundle
    size_bytes: int

    @property
    def modality(self) -> str:
        return str(self.bundle.card["modality"])

    @property
    def written(self) -> bool:
        """Whether it reads tokens."""
        return bundles.TOKENIZER in self.bundle.assets


class Shelf:
    """The bundles that are served, opened once; a client can name them and no other file.

    Args:
        names: shipped bundles or `.affect` files; none takes all that are shipped.

    Raises:
        UsageError: no such bundle, two of one name, or none at all.
        BundleError: a file that is altered or cut off.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        paths = [bundles.find(name) for name in names] or list(bundles.shipped().values())
        if not paths:
            raise UsageError(
                "a bundle to serve", "none is shipped", f"name one, for example --bundle my{bundles.SUFFIX}"
            )
        self._all: dict[str, Served] = {}
        for path in paths:
            one = bundles.open(path)
            name = str(one.card["name"])
            if name in self._all:
                raise UsageError("bundles of different names", f"{name!r} twice", "leave one of them out")
            self._all[name] = Served(name, path, one, path.stat().st_size)
        self._own = threading.local()
        self._given = bool(names)
        self._defaults = dict(self._by_modality())

    def __iter__(self) -> Iterator[Served]:
        return iter(self._all.values())

    def named(self, name: str) -> Served:
        """The bundle of a name.

        Raises:
            UnknownName: it is not served; the nearest are offered.
        """
        if name not in self._all:
            raise UnknownName.among("a bundle that is served", name, self._all)
        return self._all[name]

    def all_named(self, names: str | None) -> list[Served]:
        """The bundles of names with commas between; none of None."""
        return [] if names is None else [self.named(name.strip()) for name in names.split(",")]

    def reads(self, modality: str) -> Served:
        """The bundle that reads a modality unless another is named.

        Raises:
            InputError: none does.
        """
        if modality not in self._defaults:
            known = ", ".join(sorted(self._defaults))
            raise InputError(f"a bundle that reads {modality}", f"only ones for {known}", "serve one with --bundle")
        return self._defaults[modality]

    def is_default(self, served: Served) -> bool:
        return self._defaults[served.modality] is served

    def predictor(self, served: Served) -> runtime.Predictor:
        """The bundle ready to run in this thread."""
        mine: dict[str, runtime.Predictor] = self._own.__dict__.setdefault("predictors", {})
        if served.name not in mine:
            mine[served.name] = runtime.Predictor(served.bundle, threads=1)
        return mine[served.name]

    def several(self, named: Sequence[Served], key: Key, options: Options) -> routing.Shelf:
        """What is chosen from, in this thread, where several bundles tell of one file.

        Raises:
            UsageError: two of those named read the same, or none of them the transcript.
        """
        chosen = named
        if not named and self._given:
            chosen = [self._defaults[modality] for modality in key.modalities if modality in self._defaults]
        return routing.Shelf(map(self.predictor, chosen), self._loaded, options.transcript)

    def told(self, served: Served, items: Iterable[Item], options: Options, strict: bool) -> list[Told]:
        """What a bundle says of items; `strict` refuses options that it has no use for."""
        predictor = self.predictor(served)
        if not strict:
            options = replace(options, segments=options.segments and predictor.in_time)
        return list(predictor.by_item(items, options))

    def film(self, items: Iterable[Item], named: Sequence[Served], key: Key, options: Options) -> list[Told]:
        """What several bundles say of a video, or of a recording with its transcript."""
        return list(runtime.routed(iter(items), options, self.several(named, key, options)))

    def _loaded(self, path: Path) -> runtime.Predictor:
        return self.predictor(next(one for one in self if one.path == path))

    def _by_modality(self) -> Iterator[tuple[str, Served]]:
        for modality in dict.fromkeys(one.modality for one in self):
            its = [one for one in self if one.modality == modality]
            yield modality, next((one for one in its if not self._given and one.bundle.card.get("default")), its[0])
