"""From media to what a model gives for them: a way for tokens, one for sound, one for pictures; the bundle tells which.

A way of reading cuts media into windows of model input, runs them, and joins what comes out into parts: one for a
whole item, or one per speaker, face or stretch of time. How the numbers of a part become words stands in `say`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..errors import AffectError, BundleError
from ..prediction import Track
from ..sample import Media
from . import bundle as bundles
from .model import Model
from .options import Item, Options
from .say import Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """How what the model gives for a speaker, face or text went in time, made even.

    Args:
        spans: (n, 2) seconds, in order.
        outputs: output -> (n, k).
        relative: the outputs that were centred on the voice they come from.
    """

    spans: Floats
    outputs: Mapping[str, Floats]
    relative: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """What the model gives for an item, or for one speaker, face or stretch of it.

    Args:
        outputs: output -> (k,).
        start_s, end_s: of the stretch; None means all of the item.
        track: whose it is.
        relative: the outputs that were centred on the voice they come from.
        curve: how it went, where the options ask for it.
    """

    outputs: Mapping[str, Floats]
    start_s: float | None = None
    end_s: float | None = None
    track: Track | None = None
    relative: frozenset[str] = frozenset()
    curve: Curve | None = None


Found = Sequence[Part] | AffectError
"""The parts of an item, or why there are none."""


class Reading(Protocol):
    """One way to read."""

    @property
    def in_time(self) -> bool:
        """Whether items can be told apart into segments."""
        ...

    @property
    def by_speaker(self) -> bool:
        """Whether turns of speakers can be told apart."""
        ...

    @property
    def finds_faces(self) -> bool:
        """Whether faces are looked for, so that a detector can be named."""
        ...

    @property
    def decodes(self) -> str | None:
        """Which streams of a file are read, as the file names them: "video", "audio"; None where it is no file of
        streams."""
        ...

    def parts(self, items: Iterable[Item], options: Options, model: Model) -> Iterator[tuple[Item, Found]]:
        """Each item, in their order, with its parts; one bad item never ends the others."""
        ...


@runtime_checkable
class Holding(Reading, Protocol):
    """A way that looks for faces, and can look again where one was."""

    def held(
        self, media: Media, box: tuple[int, int, int, int], detector: str | None = None
    ) -> tuple[Reading, tuple[int, int, int, int]] | None:
        """See `pictures.Pictures.held`."""
        ...


def of(bundle: bundles.Bundle) -> Reading:
    """The way of reading that a bundle is made for: with a tokenizer that of tokens, with windows in seconds that of
    sound, with the form of a picture that of pictures.

    Raises:
        BundleError: it has none of them.
    """
    from .pictures import Pictures
    from .sounds import Sounds
    from .tokens import Tokens

    ways: dict[str, Callable[[bundles.Bundle], Reading]] = {
        bundles.TOKENIZER: Tokens.of,
        "window_s": Sounds.of,
        "picture": Pictures.of,
    }
    for mark, way in ways.items():
        if mark in bundle.assets or mark in bundle.card:
            return way(bundle)
    raise BundleError(f"{' or '.join(ways)} in the bundle {bundle.spoken}", "none of them", "export it again")
