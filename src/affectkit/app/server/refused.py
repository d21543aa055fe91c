"""Why a request is not answered: a status, and the three parts of every error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import AffectError, InputError, UsageError

STATUS: Mapping[int, tuple[str, str]] = {
    400: ("request", "The request is broken: no JSON, no whole form."),
    401: ("token", "A token is demanded and missing or wrong."),
    404: ("route", "There is nothing at this path."),
    405: ("method", "The path is there, but not for this method."),
    408: ("time", "It took too long to come or to be answered."),
    413: ("size", "It is larger than the server takes."),
    415: ("form", "Neither JSON nor a form with files."),
    422: ("usage", "An option or a field that cannot be."),
    429: ("busy", "Too many requests wait; try again soon."),
    500: ("fault", "A fault of the server."),
}
"""status -> kind of error, and what it means."""


class Refused(AffectError):
    """A request that is not answered."""

    def __init__(self, status: int, expected: str, found: str, fix: str) -> None:
        super().__init__(expected, found, fix)
        self.status = status
        self.kind = STATUS[status][0]

    def __reduce__(self) -> tuple[type[Refused], tuple[int, str, str, str]]:  # type: ignore[override]
        return type(self), (self.status, self.expected, self.found, self.fix)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body of JSON."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def told(error: AffectError) -> Answer:
    """What is answered for an error."""
    status = _status(error)
    headers = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "1"}, 413: {"connection": "close"}}
    return Answer(status, as_json(as_error(error)), headers.get(status, {}))


def as_error(error: AffectError) -> dict[str, Any]:
    return {"error": {"kind": error.kind, "message": error.message}}


def fault() -> Refused:
    """What is said where the server itself is at fault; what happened stands in its log."""
    return Refused(500, "an answer", "a fault of the server", "report it with what its log says")


def as_json(data: Any) -> bytes:
    """JSON as UTF-8; a lone surrogate, which JSON can hold and UTF-8 cannot, is spelled out."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _status(error: AffectError) -> int:
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, UsageError):
        return 422
    return 400 if isinstance(error, InputError) else 500
