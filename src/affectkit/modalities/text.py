"""Written language: normalised strings; tokenising belongs to the encoder, whose tokenizer travels in the bundle.

Normalising repairs what files do to text (Unicode composition, control characters, white space) and leaves what carries
emotion: case, punctuation, emoji.
"""

from __future__ import annotations

import re
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
    "noun": "text",
    "suffixes": [".txt"],
    "tables": [".csv", ".tsv", ".jsonl", ".parquet"],  # files of many texts, which the command line reads by rows
}
_TABLES = frozenset(CARD["tables"] or ())
SHORTEST = 12
"""Characters of `letters` from which a text is told again; shorter ones ("thank you!") come again by chance."""
_SIGNS = "\u0590-\u1aaf\u3099\u309a\ua800-\uabff"
_NO_WORD, _NO_LETTER = re.compile(rf"[^\w{_SIGNS}]+"), re.compile(r"\W")
"""What goes in any case; and what goes unless it is a vowel sign, which is a letter in all but name."""
_ACCENT = 200  # combining class from which a mark stands above or below its letter; vowel signs have a lower one


def open(media: Media) -> Iterator[str]:
    """Yield the one normalised text of a sample.

    Raises:
        InputError: the text is empty or blank, or its file is not UTF-8.
    """
    yield normalise(media.text if media.text is not None else _decode(media))


def read(media: Media) -> str:
    """The whole text, normalised."""
    return "".join(open(media))


def blank(media: Media) -> bool:
    """Whether nothing is left of a text in memory once it is normalised; a file is not opened to find out."""
    return media.text is not None and not (media.text[:1].isalnum() or _clean(media.text))


def letters(text: str, least: int = SHORTEST) -> str | None:
    """What two texts share that differ only in case, accents, spaces and punctuation: by it a text is found again.

    Letters, digits, underscores and vowel signs of the compatibility form (NFKD), in lower case; None where there are
    fewer than `least` of them.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    plain = _NO_WORD.sub("", text)
    if not plain.isascii():
        plain = _NO_LETTER.sub(_sign, plain)
    return plain.lower() if len(plain) >= least else None


def _sign(found: re.Match[str]) -> str:
    mark = found[0]
    return mark if unicodedata.category(mark)[0] == "M" and unicodedata.combining(mark) < _ACCENT else ""


def key(media: Media) -> str | None:
    """What finds a text in memory again, see `letters`; None for a short one and for a file, which is not opened."""
    return None if media.text is None else letters(media.text)


def shown(media: Media) -> str:
    """What a report shows of a text: itself, or the name of its file."""
    return media.text if media.text is not None else _named(media)


def _named(media: Media) -> str:
    from pathlib import PurePath

    return "" if media.path is None else PurePath(media.path).name


def normalise(text: str) -> str:
    """NFC, control characters to spaces, runs of white space to one space.

    Raises:
        InputError: nothing is left.
    """
    text = _clean(text)
    if not text:
        raise InputError("a text with a character that is not white space", "an empty one", "leave the item out")
    return text


def _clean(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        # Cc: control, Cs: lone surrogate, Co/Cn: private or unassigned; Cf (joiners in emoji, direction marks) stays
        text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") else c for c in text)
    return " ".join(text.split())


def toy(rng: np.random.Generator) -> Media:
    """A short synthetic sentence."""
    words = ("I", "am", "so", "happy", "sad", "angry", "today", "!", "🙂")
    return Media(text=" ".join(words[i] for i in rng.integers(0, len(words), size=8)))


def _decode(media: Media) -> str:
    from pathlib import Path

    if media.path is None:
        raise InputError("a text or the path of a text file", "an array", "give a str")
    if Path(media.path).suffix.lower() in _TABLES:
        fix = "give its rows as texts, or name it to the command line: affectkit predict FILE --column NAME"
        raise InputError("a file that is one text", f"the table {media.path}", fix)
    data = Path(media.path).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"UTF-8 in {media.path}", f"byte 0x{data[error.start]:02x} at {error.start}", "save the file as UTF-8"
        ) from error
