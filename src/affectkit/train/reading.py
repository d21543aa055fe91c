"""From media to features, once per training: each modality's `read`, then what the encoder asks of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from tokenizers import Tokenizer

from .. import find, store
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
    """Text as token ids. `rows`: for each piece, the ids of the encoder's own table that its embedding starts from."""

    modality: str
    tokenizer: Tokenizer
    longest: int
    rows: list[list[int]] | None

    def features(self, media: Sequence[Media]) -> Ragged:
        read = find.load("modalities", self.modality).read
        return tokenised(self.tokenizer, [read(m) for m in media], self.longest)

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


def learn(encoder: ModuleType, config: Any, media: Sequence[Media], longest: int, seen: int) -> Reader:
    """The reader an encoder needs: its own tokenizer cut to pieces met `seen` times in the training media (0 keeps
    all), one trained on them, or the modality's arrays."""
    modality = str(encoder.CARD["takes"])
    read = find.load("modalities", modality).read
    if hasattr(encoder, "train_tokenizer"):
        return Tokens(modality, encoder.train_tokenizer(config, [read(m) for m in media]), longest, None)
    if not hasattr(encoder, "tokenizer"):
        return Arrays(modality)
    whole = encoder.tokenizer(config)
    if not seen:
        return Tokens(modality, whole, longest, None)
    adapted, rows = vocabulary.adapt(whole, [read(m) for m in media], seen)
    return Tokens(modality, adapted, longest, rows)


def restore(encoder: ModuleType, folder: Path, longest: int) -> Reader:
    """The reader that a run saved."""
    modality = str(encoder.CARD["takes"])
    if not (folder / "tokenizer.json").exists():
        return Arrays(modality)
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    return Tokens(modality, Tokenizer.from_file(str(folder / "tokenizer.json")), longest, rows)
