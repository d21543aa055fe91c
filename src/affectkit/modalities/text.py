"""Written language: normalised strings; tokenising belongs to the encoder, whose tokenizer travels in the bundle.

Normalising repairs what files do to text (Unicode composition, control characters, white space) and leaves what carries
emotion: case, punctuation, emoji.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import InputError
from ..sample import Media

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "Text",
    "form": "str, NFC, single spaces",
    "rate": None,
    "unit": "characters",
    "suffixes": [".txt", ".csv", ".tsv", ".jsonl", ".parquet"],
}


def open(media: Media) -> Iterator[str]:
    """Yield the one normalised text of a sample.

    Raises:
        InputError: the text is empty or blank, or its file is not UTF-8.
    """
    yield normalise(media.text if media.text is not None else _decode(media))


def read(media: Media) -> str:
    """The whole text, normalised."""
    return "".join(open(media))


def normalise(text: str) -> str:
    """NFC, control characters to spaces, runs of white space to one space.

    Raises:
        InputError: nothing is left.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        # Cc: control, Cs: lone surrogate, Co/Cn: private or unassigned; Cf (joiners in emoji, direction marks) stays
        text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") else c for c in text)
    text = " ".join(text.split())
    if not text:
        raise InputError("a text with a character that is not white space", "an empty one", "leave the item out")
    return text


def toy(rng: np.random.Generator) -> Media:
    """A short synthetic sentence."""
    words = ("I", "am", "so", "happy", "sad", "angry", "today", "!", "🙂")
    return Media(text=" ".join(words[i] for i in rng.integers(0, len(words), size=8)))


def _decode(media: Media) -> str:
    from pathlib import Path

    if media.path is None:
        raise InputError("a text or the path of a text file", "an array", "give a str")
    data = Path(media.path).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"UTF-8 in {media.path}", f"byte 0x{data[error.start]:02x} at {error.start}", "save the file as UTF-8"
        ) from error
