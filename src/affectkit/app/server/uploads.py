"""What comes in: JSON within a bound, and forms whose files go to a folder that is gone when the request is.

A file is stored under a random name of our own; of the name it came with, a known suffix is kept, and a short form to
show. What goes over the bound is cut off while it comes. When a request ends before its files are read, they are cut to
nothing, so that whoever still reads them is soon at their end.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ... import find
from ...errors import AffectError, InputError
from ...runtime.predict import known
from .refused import Refused
from .settings import MB, MOST_FILES, MOST_ITEMS, MOST_JSON_MB

FILE, TRANSCRIPT = "file", "transcript"
"""The parts that a form may have."""
TEXT, TEXTS = "text", "texts"
"""The fields of JSON, one of them."""
TRANSCRIPTS = (".srt", ".vtt", ".json")
"""Suffixes of transcripts."""

_SHOWN = 80  # characters of a name before its suffix
_LONGEST_SUFFIX = 12
_NAMELESS = "upload"


@dataclass(slots=True)
class Upload:
    """One file that came.

    Args:
        name: to show, unique in its request; never a path.
        path: where it lies; None where it was not stored, and then `error` says why.
    """

    name: str
    path: Path | None
    error: AffectError | None = None


@dataclass(slots=True)
class Form:
    """The files of a request, in order, and its transcript where there is one."""

    files: list[Upload] = field(default_factory=list)
    transcript: Upload | None = None


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one request that only this user can read; it goes whatever happens."""
    with tempfile.TemporaryDirectory(prefix="affectkit-", ignore_cleanup_errors=True) as made:
        try:
            yield Path(made)
        finally:
            for path in Path(made).iterdir():
                with contextlib.suppress(OSError):
                    os.truncate(path, 0)


async def chunks(request: Any, most_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes.

    Raises:
        Refused: more than the bound; what lies beyond it is not read.
    """
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdecimal() and (len(told) > 18 or int(told) > most_bytes):
        raise _too_large(most_bytes, f"{told} bytes" if len(told) > 18 else f"{int(told) / MB:,.1f} MB")
    came = 0
    async for chunk in request.stream():
        came += len(chunk)
        if came > most_bytes:
            raise _too_large(most_bytes, f"more after {came / MB:,.1f} MB")
        yield chunk


async def texts(request: Any, most_bytes: int) -> list[str]:
    """The texts of a body of JSON: {"text": "..."}, {"texts": [...]} or a list of texts.

    Raises:
        Refused: too large, no JSON, or of another form.
    """
    most_bytes = min(most_bytes, MOST_JSON_MB * MB)
    body = bytearray()
    async for chunk in chunks(request, most_bytes):
        body += chunk
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "a body of JSON in UTF-8", str(error), "correct it") from error
    if isinstance(found, dict):
        if len(found) != 1 or not set(found) & {TEXT, TEXTS}:
            raise _no_texts(", ".join(map(repr, list(found)[:5])) or "an empty object")
        found = [found[TEXT]] if TEXT in found else found[TEXTS]
    if not isinstance(found, list):
        raise _no_texts(type(found).__name__)
    wrong = next((i for i, one in enumerate(found, 1) if not isinstance(one, str)), None)
    if wrong is not None:
        raise _no_texts(f"{type(found[wrong - 1]).__name__} as text {wrong}")
    if not found:
        raise _no_texts("an empty list")
    if len(found) > MOST_ITEMS:
        raise Refused(413, f"at most {MOST_ITEMS:,} texts", f"{len(found):,}", "send them in several requests")
    return found


async def form(request: Any, to: Path, most_bytes: int) -> Form:
    """The files of a form, stored as they come.

    Raises:
        Refused: too large, no whole form, or other parts than files.
    """
    multipart = find.library("python_multipart.multipart", "affectkit serve", "serve")
    wrong = find.library("python_multipart.exceptions", "affectkit serve", "serve").FormParserError
    options = multipart.parse_options_header(request.headers["content-type"])[1]
    if b"boundary" not in options:
        raise Refused(400, "a boundary in the content type of a form", "none", "let your client make the form")
    parts = _Parts(to, {*known(), *TRANSCRIPTS}, lambda header: multipart.parse_options_header(header)[1])
    try:
        parser = multipart.MultipartParser(options[b"boundary"], parts.callbacks())
        async for chunk in chunks(request, most_bytes):
            parser.write(chunk)
    except wrong as error:
        raise Refused(400, "a whole form of multipart/form-data", str(error), "send it again") from error
    finally:
        parts.close()
    if not parts.whole:
        raise Refused(400, "a whole form of multipart/form-data", "one that ends early", "send it again")
    if not parts.form.files:
        raise Refused(422, f"at least one part {FILE!r} in the form", "none", f"send a file as {FILE!r}")
    return parts.form


def shown(name: str) -> str:
    """A name as it can be shown: without folders and what cannot be printed, and not too long."""
    bare = re.split(r"[/\\]", name)[-1]
    bare = "".join(c if c.isprintable() else "\ufffd" for c in bare).strip(". ")
    stem, dot, suffix = bare.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, suffix = bare, ""
    cut = stem if len(stem) <= _SHOWN else stem[:_SHOWN] + "…"
    return (f"{cut}.{suffix}" if suffix else cut) or _NAMELESS


class _Parts:
    """Takes the parts of a form as the parser tells of them."""

    def __init__(self, to: Path, suffixes: Collection[str], options: Any) -> None:
        self.form = Form()
        self.whole = False
        self._to, self._suffixes, self._options = to, suffixes, options
        self._field, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._out: BinaryIO | None = None
        self._names: dict[str, int] = {}

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._begin,
            "on_part_data": self._data,
            "on_part_end": self.close,
            "on_end": self._end,
        }

    def close(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None

    def _end(self) -> None:
        self.whole = True

    def _header(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def _begin(self) -> None:
        told: Mapping[bytes, bytes] = self._options(self._headers.get(b"content-disposition"))
        part = told.get(b"name", b"").decode("utf-8", "replace")
        if part == FILE:
            if len(self.form.files) >= MOST_FILES:
                raise Refused(413, f"at most {MOST_FILES} files", "more", "send them in several requests")
            self.form.files.append(self._stored(told))
        elif part == TRANSCRIPT:
            self.form.transcript = self._stored(told)
        else:
            found = repr(shown(part)) if part else "one without a name"
            raise Refused(422, f"parts {FILE!r} and {TRANSCRIPT!r} in the form", found, "leave it out")

    def _stored(self, told: Mapping[bytes, bytes]) -> Upload:
        # parameters come as latin-1, names are written in UTF-8
        given = told.get(b"filename", b"").decode("utf-8", "replace")
        name = shown(given)
        self._names[name] = again = self._names.get(name, 0) + 1
        name = name if again == 1 else f"{name} ({again})"
        suffix = os.path.splitext(shown(given))[1].lower()  # noqa: PTH122, a name is no path
        if suffix not in self._suffixes:
            found = f"the suffix {suffix!r}" if suffix else "no suffix"
            return Upload(name, None, InputError(f"a file of a known kind in {name}", found, "rename or convert it"))
        path = self._to / f"{secrets.token_hex(16)}{suffix}"
        self._out = path.open("xb")
        return Upload(name, path)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._out is not None:
            self._out.write(data[start:end])


def _too_large(most_bytes: int, found: str) -> Refused:
    return Refused(413, f"a request of at most {most_bytes / MB:g} MB", found, "send less at once, or raise --most-mb")


def _no_texts(found: str) -> Refused:
    need = 'JSON of the form {"text": "..."}, {"texts": ["...", "..."]} or a list of texts'
    return Refused(422, need, found, "correct it; files go as a form with the part 'file'")
