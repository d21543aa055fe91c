"""What the service is started with, and its bounds."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass

from ...errors import UsageError

MOST_ITEMS = 10_000
"""Texts of one request."""
MOST_FILES = 64
"""Files of one request."""
MOST_JSON_MB = 16
"""Of a body of JSON, which is held in memory; files are not."""
MOST_STREAMS = 16
"""Streams at once."""
MB = 1_000_000

_SHORTEST_TOKEN = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve.

    Args:
        host: the address that is listened at; beyond this machine only with a token.
        token: what must be shown as `Authorization: Bearer TOKEN`; None asks for none.
        most_mb: of one request.
        timeout_s: for a request to come, and again for it to be answered.
        bundles: shipped bundles or `.affect` files to serve, the first of a modality by default; none serves all that
            are shipped.
        workers: threads for files and streams.

    Raises:
        UsageError: an address beyond this machine without a token, a token that cannot be sent, or a bound of nothing.
    """

    host: str = "127.0.0.1"
    token: str | None = None
    most_mb: float = 100.0
    timeout_s: float = 60.0
    bundles: tuple[str, ...] = ()
    workers: int = 0

    def __post_init__(self) -> None:
        if self.token is None and not loopback(self.host):
            found = f"the host {self.host}, which other machines reach, and no token"
            raise UsageError("a token for a host beyond this machine", found, "give --token, or leave --host out")
        if self.token is not None:
            visible = all("!" <= c <= "~" for c in self.token)
            if not visible or len(self.token) < _SHORTEST_TOKEN:
                need = f"a token of at least {_SHORTEST_TOKEN} ASCII letters, digits or signs, without spaces"
                raise UsageError(need, f"one of {len(self.token)} characters", "choose a longer or plainer one")
        for name, value in (("size", self.most_mb), ("time", self.timeout_s)):
            if not 0 < value < float("inf"):
                raise UsageError(f"a {name} above 0", f"{value:g}", "give a higher one, or leave it out")
        if self.workers < 1:
            # a thread is left to texts and to the requests themselves
            object.__setattr__(self, "workers", max(1, (os.cpu_count() or 1) - 1))

    @property
    def most_bytes(self) -> int:
        return round(self.most_mb * MB)


def loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
