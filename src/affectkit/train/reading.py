"""From media to features, once per training: each modality's `read`, then what the encoder asks of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from .. import find, settings, store
from ..detect import Face, _crop
from ..errors import DataError, UsageError
from ..runtime import bundle, turns
from ..runtime.turns import ALONE, Turns
from ..sample import Media
from . import onnx, vocabulary
from .batch import Features, Ragged, tokenised


class Reader(Protocol):
    """Turns a modality's media into ragged rows; what it learnt from the training part is kept with the weights."""

    @property
    def modality(self) -> str: ...

    def features(self, media: Sequence[Media]) -> Ragged: ...

    def save(self, folder: Path) -> None: ...

    def quantised(self, model: bytes, features: Features) -> bytes:
        """The network in int8, in the way that suits what it reads."""
        ...

    def card(self) -> dict[str, Any]:
        """What a bundle's card must say so that serving reads alike."""
        ...

    def assets(self) -> dict[str, bytes]:
        """What a bundle holds beside the network."""
        ...

    def limits(self) -> list[str]:
        """What is not seen, read in this way."""
        ...


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

    def quantised(self, model: bytes, features: Features) -> bytes:
        return onnx.quantised(model)

    def card(self) -> dict[str, Any]:
        return {"longest": self.longest, "turns": self.turns.to_json()}

    def assets(self) -> dict[str, bytes]:
        return {bundle.TOKENIZER: self.tokenizer.to_str(pretty=False).encode("utf-8")}

    def limits(self) -> list[str]:
        if not self.turns.before:
            return ["irony, quotation and what happened before are not seen"]
        seen = f"{self.turns.before} earlier turns if {self.longest} tokens hold them"
        return [f"irony and quotation are not seen; of a conversation, {seen}"]


@dataclass(frozen=True)
class Arrays:
    """A modality's own arrays (time, channels), as its `read` gives them, or the features made of them.

    Args:
        made: features as "name" or "name:key=value"; "" for the arrays as they are. Kept in the cache by content.
        relative: each number in relation to all that is read of the same speaker at once: less their mean, by their
            deviation.
        side: pixels of a square that every picture is brought to, as `detect` cuts one out; 0 leaves their sizes.
        longest_s: seconds of a sound that are read, from its beginning; no more of it is decoded. 0 reads all.
    """

    modality: str
    made: str = ""
    relative: bool = False
    side: int = 0
    longest_s: float = 0.0

    def features(self, media: Sequence[Media]) -> Ragged:
        rows = [self._row(m) for m in media]
        rows = _relative(rows, [m.speaker for m in media]) if self.relative else rows
        return Ragged(np.concatenate(rows), np.concatenate([[0], np.cumsum([len(r) for r in rows])]))

    def save(self, folder: Path) -> None:
        pass

    def quantised(self, model: bytes, features: Features) -> bytes:
        return onnx.calibrated(model, features)

    def card(self) -> dict[str, Any]:
        told: dict[str, Any] = {"picture": {"side": self.side, "detector": None}} if self.side else {}
        told |= {"window_s": self.longest_s, "hop_s": self.longest_s / 2} if self.longest_s else {}
        if not self.made:
            return told
        _, config = settings.part("features", self.made)
        return told | {"features": {"name": self.made.partition(":")[0], **dataclasses.asdict(config)}}

    def assets(self) -> dict[str, bytes]:
        return {}

    def limits(self) -> list[str]:
        return []

    def _row(self, media: Media) -> NDArray[Any]:
        if not self.made:
            return self._read(media)
        if media.path is None:
            return self._made(media)
        part, config = settings.part("features", self.made)
        cut: list[Any] = [media.start_s, media.end_s, media.stream, media.box, *([self.side] if self.side else [])]
        cut += [f"{self.longest_s:g} s"] if self.longest_s else []
        span = json.dumps([repr(config), *cut])
        code = Path(str(part.__file__))  # other code makes other features
        file = store.cached(
            store.key(Path(media.path), code, span), ".npy", lambda path: _write(path, self._made(media))
        )
        found: NDArray[Any] = np.load(file, allow_pickle=False)
        return found

    def _made(self, media: Media) -> NDArray[Any]:
        part, config = settings.part("features", self.made)
        found: NDArray[Any] = part.extract(config, self._read(media))
        return found

    def _read(self, media: Media) -> NDArray[Any]:
        part = find.load("modalities", self.modality)
        found: NDArray[Any] = _beginning(part, media, self.longest_s) if self.longest_s else part.read(media)
        return square(found, self.side) if self.side else found


@dataclass(frozen=True)
class Several:
    """Several modalities of each sample, each read in its own way."""

    each: tuple[Arrays, ...]

    @property
    def modality(self) -> str:
        return "+".join(reader.modality for reader in self.each)

    def features(self, media: Sequence[Media]) -> Ragged:
        raise self._one("features")

    def save(self, folder: Path) -> None:
        for reader in self.each:
            reader.save(folder)

    def quantised(self, model: bytes, features: Features) -> bytes:
        return onnx.calibrated(model, features)

    def card(self) -> dict[str, Any]:
        raise self._one("a bundle")

    def assets(self) -> dict[str, bytes]:
        return {}

    def limits(self) -> list[str]:
        return []

    def _one(self, what: str) -> UsageError:
        return UsageError(f"one modality for {what}", self.modality, "train on one of them to serve it alone")


def each(reader: Reader) -> tuple[Reader, ...]:
    """The readers of a sample's modalities: one, or those of several."""
    return reader.each if isinstance(reader, Several) else (reader,)


def square(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A whole picture (h, w, 3) uint8 as (side, side, 3), its shorter sides filled up with the pixels of its edge."""
    height, width = picture.shape[:2]
    return _crop.cut(picture, Face((0.0, 0.0, float(width), float(height))), side)


def _beginning(part: ModuleType, media: Media, longest_s: float) -> NDArray[Any]:
    """The first seconds of a sound (n, ...), decoded no further."""
    most, blocks, had = round(longest_s * part.CARD["rate"]), [], 0
    for block in part.open(media):
        blocks.append(block)
        had += len(block)
        if had >= most:
            break
    return np.concatenate(blocks)[:most]


def _relative(rows: Sequence[NDArray[Any]], speakers: Sequence[str | None]) -> list[NDArray[Any]]:
    """Rows (t, d) in relation to those of the same speaker.

    Raises:
        DataError: a row whose speaker is not known.
    """
    if None in speakers:
        found = f"{speakers.count(None)} of {len(speakers)} without"
        raise DataError("the speaker of every sample, to read it in relation to the others", found, "read it as it is")
    made = list(rows)
    for speaker in set(speakers):
        own = [i for i, other in enumerate(speakers) if other == speaker]
        mean, spread = standard(np.concatenate([rows[i] for i in own]))
        for i in own:
            made[i] = ((rows[i] - mean) / spread).astype(rows[i].dtype)
    return made


def standard(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mean and deviation (d,) of rows (n, d); that of what hardly varies is 1, so that one can divide."""
    mean, spread = rows.mean(0), rows.std(0)
    return mean, np.where(spread > 1e-6 * np.maximum(np.abs(mean), 1e-6), spread, 1.0)


def _write(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as opened:
        np.save(opened, array, allow_pickle=False)


def _made_for(encoder: ModuleType, config: Any) -> str:
    """The features that an encoder reads, with those of its settings that are theirs too (mels)."""
    name = encoder.CARD.get("features", "")
    if not name:
        return ""
    own = find.load("features", name).Config()
    shared = {f.name: getattr(config, f.name) for f in dataclasses.fields(own) if hasattr(config, f.name)}
    return name + (":" + ",".join(f"{k}={v}" for k, v in shared.items()) if shared else "")


def takes(encoder: ModuleType, config: Any) -> tuple[str, ...]:
    """The modalities that an encoder reads: those its settings choose, else that of its CARD."""
    return tuple(encoder.takes(config)) if hasattr(encoder, "takes") else (str(encoder.CARD["takes"]),)


def _arrays(encoder: ModuleType, config: Any, longest_s: float) -> Reader:
    """The reader of one modality's arrays, or of those of several; what has no rate, as a picture, has no length."""
    made, relative, side = _made_for(encoder, config), getattr(config, "relative", False), getattr(config, "side", 0)
    most = {m: longest_s if find.card("modalities", m).get("rate") else 0.0 for m in takes(encoder, config)}
    own = tuple(Arrays(m, made, relative, side, longest) for m, longest in most.items())
    return Several(own) if len(own) > 1 else own[0]


def learn(
    encoder: ModuleType,
    config: Any,
    media: Sequence[Media],
    longest: int,
    seen: int,
    read_with: Turns = ALONE,
    longest_s: float = 0.0,
) -> Reader:
    """The reader an encoder needs: its own tokenizer cut to pieces met `seen` times in the training media (0 keeps
    all), one trained on them, or the modality's arrays.

    Raises:
        UsageError: earlier turns are wanted, and nothing in the tokenizer can stand between them, or it is no text.
    """
    modality, *_ = takes(encoder, config)
    read = find.load("modalities", modality).read
    if not hasattr(encoder, "train_tokenizer") and not hasattr(encoder, "tokenizer"):
        if read_with.before:
            raise UsageError("an encoder of text, to read earlier turns", modality, "read turns alone: context=0")
        return _arrays(encoder, config, longest_s)
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


def restore(
    encoder: ModuleType, config: Any, folder: Path, longest: int, read_with: Turns = ALONE, longest_s: float = 0.0
) -> Reader:
    """The reader that a run saved."""
    if not (folder / "tokenizer.json").exists():
        return _arrays(encoder, config, longest_s)
    modality, *_ = takes(encoder, config)
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    return Tokens(modality, Tokenizer.from_file(str(folder / "tokenizer.json")), longest, rows, read_with)
