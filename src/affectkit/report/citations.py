"""The citations of `references.bib`: the keys that parts name as their `reference`, and a work in one line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import DataError

_ENTRY = re.compile(r"@(\w+)\{([^,\s]+),\n(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+) = \{(.*)\},?$", re.MULTILINE)
_ACCENTS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303"}
_ACCENT = re.compile(r"""\\(["'`^~])\{?([A-Za-z])""")
_NEEDED = ("author", "title", "year")


@dataclass(frozen=True, slots=True)
class Work:
    """One cited work.

    Args:
        authors: family names, in order.
        url: where it can be read; "" when nobody said.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    year: int
    url: str = ""

    @property
    def line(self) -> str:
        """Demszky et al. 2020, GoEmotions: A Dataset of Fine-Grained Emotions."""
        named = " and ".join(self.authors) if len(self.authors) < 3 else f"{self.authors[0]} et al."
        return f"{named} {self.year}, {self.title}"


def read(text: str) -> dict[str, Work]:
    """key -> work, from BibTeX with one field per line, values in braces, authors as "Family, Given and Family, Given".

    Raises:
        DataError: a key twice, an entry without author, title or year, or an entry written otherwise.
    """
    found: dict[str, Work] = {}
    entries = _ENTRY.findall(text)
    if len(entries) != text.count("\n@") + text.startswith("@"):
        raise DataError(
            "entries with one field per line in references.bib",
            f"{len(entries)} of {text.count('@')} that can be read",
            "write them as their neighbours are",
        )
    for _, key, body in entries:
        fields = {name: plain(value) for name, value in _FIELD.findall(body)}
        missing = [name for name in _NEEDED if not fields.get(name)]
        if missing:
            raise DataError(f"{', '.join(_NEEDED)} in the entry {key!r}", f"no {missing[0]}", "complete it")
        if key in found:
            raise DataError("each key once in references.bib", f"{key!r} twice", "remove one")
        authors = tuple(name.partition(",")[0] for name in fields["author"].split(" and "))
        found[key] = Work(key, authors, fields["title"], int(fields["year"]), fields.get("url", ""))
    return found


def one(works: Mapping[str, Work], key: str, named_by: str) -> Work:
    """The work that a part names.

    Raises:
        DataError: references.bib has no such entry.
    """
    if key not in works:
        raise DataError(
            f"an entry {key!r} in references.bib, named by {named_by}",
            "none",
            "add it, or correct the part's reference",
        )
    return works[key]


def plain(value: str) -> str:
    """A field as it is read by people: accents on their letters, a dash, no braces that keep capitals."""
    value = _ACCENT.sub(lambda found: unicodedata.normalize("NFC", found[2] + _ACCENTS[found[1]]), value)
    return value.replace("{", "").replace("}", "").replace("--", "–")


def in_order(line: str) -> str:
    """What lines are sorted by: without capitals, accents and what does not belong to the words."""
    return unicodedata.normalize("NFKD", line).encode("ascii", "ignore").decode().lower()
