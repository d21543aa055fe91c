"""Refuses every network call of a Python process; the lean job installs it as `sitecustomize`."""

from __future__ import annotations

import sys

_REFUSED = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise OSError(f"expected no network call; found {event}{arguments[1:]}")


# an audit hook sees calls from C code too, cannot be taken away, and needs no import of socket
sys.addaudithook(_refuse)
