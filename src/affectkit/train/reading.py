"""From media to features, once per training: each modality's `read`, then what the encoder asks of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from tokenizers import Tokenizer

from .. import find, store
from ..errors import UsageError
from ..runtime import turns
from ..runtime.turns import ALONE, Turns
from ..sample import Media
from . import vocabulary
from .batch import Ragged, tokenised


class Reader(Protocol):
    """Turns a modality's media into ragged rows; what it learnt from the training part is kept with the weights."""

    @property
    def modality(self) -> str: ...

    def features(self, media: Sequence[Media]) -> Ragged: ...

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True)
class Tokens:
    """Text as token ids.

    Args:
        rows: for each piece, the ids of the encoder's own table that its embedding starts from.
        turns: what of a conversation is read with a text.
    """

    modality: str
    tokenizer: Tokenizer
    longest: int
    rows: list[list[int]] | None
    turns: Turns = ALONE

    def features(self, media: Sequence[Media]) -> Ragged:
        read = find.load("modalities", self.modality).read
        found = tokenised(self.tokenizer, [self.turns.said(m, read(m)) for m in media], self.longest)
        return self._with_earlier(found, [self.turns.earlier(m, read) for m in media])

    def _with_earlier(self, found: Ragged, earlier: Sequence[Sequence[str]]) -> Ragged:
        """The rows with the earlier turns behind them; a turn that several rows share is cut into tokens once."""
        texts = list(dict.fromkeys(text for row in earlier for text in row))
        if not texts:
            return found
        ids = dict(zip(texts, turns.pieces(self.tokenizer, texts), strict=True))
        own = (found.values[a:b].tolist() for a, b in pairwise(found.start.tolist()))
        rows = [turns.joined(r, [ids[t] for t in e], self.longest) for r, e in zip(own, earlier, strict=True)]
        start = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
        return Ragged(np.concatenate([np.asarray(r, np.int32) for r in rows]), start)

    def save(self, folder: Path) -> None:
        store.write(folder / "rows.json", json.dumps(self.rows))
        store.write(folder / "tokenizer.json", self.tokenizer.to_str(pretty=False))  # last: where it is, all is


@dataclass(frozen=True)
class Arrays:
    """A modality's own arrays (time, channels), as its `read` gives them."""

    modality: str

    def features(self, media: Sequence[Media]) -> Ragged:
        read = find.load("modalities", self.modality).read
        rows = [read(m) for m in media]
        return Ragged(np.concatenate(rows), np.concatenate([[0], np.cumsum([len(r) for r in rows])]))

    def save(self, folder: Path) -> None:
        pass


def learn(
    encoder: ModuleType, config: Any, media: Sequence[Media], longest: int, seen: int, read_with: Turns = ALONE
) -> Reader:
    """The reader an encoder needs: its own tokenizer cut to pieces met `seen` times in the training media (0 keeps
    all), one trained on them, or the modality's arrays.

    Raises:
        UsageError: earlier turns are wanted, and nothing in the tokenizer can stand between them, or it is no text.
    """
    modality = str(encoder.CARD["takes"])
    read = find.load("modalities", modality).read
    if not hasattr(encoder, "train_tokenizer") and not hasattr(encoder, "tokenizer"):
        if read_with.before:
            raise UsageError("an encoder of text, to read earlier turns", modality, "read turns alone: context=0")
        return Arrays(modality)
    rows = None
    if hasattr(encoder, "train_tokenizer"):
        tokenizer = encoder.train_tokenizer(config, [read_with.said(m, read(m)) for m in media])
    else:
        tokenizer = encoder.tokenizer(config)
        if seen:
            tokenizer, rows = vocabulary.adapt(tokenizer, [read_with.said(m, read(m)) for m in media], seen)
    if read_with.before:
        turns.closes(tokenizer)
    return Tokens(modality, tokenizer, longest, rows, read_with)


def restore(encoder: ModuleType, folder: Path, longest: int, read_with: Turns = ALONE) -> Reader:
    """The reader that a run saved."""
    modality = str(encoder.CARD["takes"])
    if not (folder / "tokenizer.json").exists():
        return Arrays(modality)
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    return Tokens(modality, Tokenizer.from_file(str(folder / "tokenizer.json")), longest, rows, read_with)
