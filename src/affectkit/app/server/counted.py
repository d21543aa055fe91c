"""What is measured, in the form that Prometheus reads; and the last word on every answer.

Routes are named by their template, so that no path of a client makes a series of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from ... import find
from ...prediction import Prediction
from . import refused

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(self), microphone=(self)"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' blob:; "
        b"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)
"""Of every answer: nothing from elsewhere is loaded, and nobody shows the page within theirs."""
_OTHER = "other"
_NONE = "none"


class Counts:
    """Requests by route and status, seconds, what is in flight, items by modality."""

    def __init__(self) -> None:
        prometheus = find.library("prometheus_client", "affectkit serve", "serve")
        self.registry = prometheus.CollectorRegistry()
        own = {"registry": self.registry}
        self._requests = prometheus.Counter("affectkit_requests", "Requests answered", ["route", "status"], **own)
        self._items = prometheus.Counter("affectkit_items", "Items predicted on", ["modality"], **own)
        self._seconds = prometheus.Histogram(
            "affectkit_seconds", "Seconds until an answer", ["route"], buckets=_BUCKETS_S, **own
        )
        self._in_flight = prometheus.Gauge("affectkit_in_flight", "Requests being answered", **own)
        self.streams = prometheus.Gauge("affectkit_streams", "Streams that are open", **own)
        self._written: Callable[[Any], bytes] = prometheus.generate_latest
        self.form = str(prometheus.CONTENT_TYPE_LATEST)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return self._written(self.registry)

    def items(self, told: Iterable[tuple[Prediction, ...]]) -> None:
        """Count items by what was read of them."""
        for its in told:
            used = its[0].modalities.used if its else ()
            self._items.labels("+".join(used) or _NONE).inc()

    def begun(self) -> None:
        self._in_flight.inc()

    def ended(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or scope.get("page") or _OTHER
        self._in_flight.dec()
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class Counting:
    """Goes around the application: counts, adds the headers of every answer, and turns what nobody caught into one."""

    def __init__(self, app: Asgi, counts: Counts) -> None:
        self._app, self._counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun_s = 0, time.perf_counter()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        self._counts.begun()
        try:
            await self._app(scope, receive, sent)
        except Exception:
            logging.getLogger("affectkit.serve").exception("%s %s", scope["method"], scope["path"])
            if not status:
                answer = refused.told(refused.fault())
                head = [(b"content-type", b"application/json"), (b"content-length", str(len(answer.body)).encode())]
                await sent({"type": "http.response.start", "status": answer.status, "headers": head})
                await sent({"type": "http.response.body", "body": answer.body})
            status = 500
        finally:
            self._counts.ended(scope, status, time.perf_counter() - begun_s)
