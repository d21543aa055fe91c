"""Reading tokens: texts cut into windows that are run with others of similar length; one part per text.

A text of several windows gets the mean of what they give, weighted by their tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .. import find
from ..errors import AffectError, InputError
from ..sample import Media
from . import batch
from . import bundle as bundles
from .model import Model
from .options import Item, Options
from .reading import Found, Part
from .say import Floats
from .turns import Turns
from .windows import Windows

LONGEST_TEXT = 100_000
"""Characters of one text; longer ones are refused."""
BUFFER = 64
"""Batches held at once, to sort them by length."""
HEAVIEST = 1_000_000
"""Characters held at once, so that long texts keep memory flat too."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """How a bundle reads texts.

    Args:
        windows: its tokenizer.
        turns: what of a conversation is read with a text.
        read: the modality's.
    """

    windows: Windows
    turns: Turns
    read: Callable[[Media], str]
    in_time: bool = False
    by_speaker: bool = False
    finds_faces: bool = False
    decodes: str | None = None

    @classmethod
    def of(cls, bundle: bundles.Bundle) -> Tokens:
        read = find.load("modalities", str(bundle.card["modality"])).read
        return cls(
            Windows.of(bundle.assets[bundles.TOKENIZER], int(bundle.card["longest"])), Turns.of(bundle.card), read
        )

    def parts(self, items: Iterable[Item], options: Options, model: Model) -> Iterator[tuple[Item, Found]]:
        """Each item with its one part; see `reading.Reading`."""
        size = options.batch_size
        held = batch.chunks(items, _weight, first=size, most=BUFFER * size, heaviest=HEAVIEST)
        return (one for chunk in held for one in self._chunk(chunk, size, model))

    def _chunk(self, items: Sequence[Item], size: int, model: Model) -> Iterator[tuple[Item, Found]]:
        read = [self._text(item.media) for item in items]
        texts = [text for text in read if isinstance(text, str)]
        outputs = self._run(texts, self._earlier(items, read), size, model) if texts else {}
        row = 0
        for item, text in zip(items, read, strict=True):
            if isinstance(text, AffectError):
                yield item, text
                continue
            yield item, (Part({name: values[row] for name, values in outputs.items()}),)
            row += 1

    def _text(self, media: Media | AffectError) -> str | AffectError:
        """The text to read, or why there is none."""
        if isinstance(media, AffectError):
            return media
        try:
            return self.turns.said(media, self._sound(media))
        except AffectError as error:
            return error

    def _sound(self, media: Media) -> str:
        """The text of a media, if it can be read and is neither too long nor broken."""
        _sound(media.text or "")
        try:
            text = self.read(media)
        except OSError as error:
            raise InputError("a file that can be read", str(error.strerror or error), f"check {media.path}") from error
        _sound(text)
        return text

    def _earlier(self, items: Sequence[Item], read: Sequence[str | AffectError]) -> list[list[str]]:
        """The earlier turns of each item that can be read; none at all where the bundle reads no conversations."""
        if not self.turns.before:
            return []
        told = [i.media for i, t in zip(items, read, strict=True) if isinstance(i.media, Media) and isinstance(t, str)]
        return [self.turns.earlier(media, self._sound) for media in told]

    def _run(
        self, texts: Sequence[str], earlier: Sequence[Sequence[str]], size: int, model: Model
    ) -> dict[str, Floats]:
        """Output -> (n, k) float64 of n texts: the mean over a text's windows, weighted by their tokens."""
        rows, owner, tokens_of_text = self.windows.cut(texts, earlier)
        weight = (tokens_of_text / np.bincount(owner, tokens_of_text)[owner])[:, None]
        mean = {head.output: np.zeros((len(texts), len(head.task.names))) for head in model.heads}
        for part in batch.by_length([len(row) for row in rows], size):
            tokens, lengths = batch.pad([rows[i] for i in part])
            for name, values in model.run(tokens, lengths).items():
                np.add.at(mean[name], owner[part], values * weight[part])
        return mean


def _weight(item: Item) -> int:
    if not isinstance(item.media, Media):
        return 0
    return len(item.media.text or "") + sum(len(turn.text or "") for turn in item.media.before)


def _sound(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise InputError(f"a text of at most {LONGEST_TEXT:,} characters", f"{len(text):,}", "split it")
    if "\0" in text:
        raise InputError("a text without NUL bytes", f"one at character {text.index(chr(0))}", "save it as UTF-8 text")
