"""The routes, and the application that holds them.

Annotations here are values, not texts: the framework reads them, and it is imported inside a function, so that
listing and reading this package needs no extra.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ... import __version__, find
from ...errors import AffectError
from ...runtime.options import Options
from . import described, predicting, refused, streaming, uploads
from .counted import Counting, Counts
from .predicting import Desk
from .refused import Refused
from .settings import MOST_STREAMS, Settings
from .shelf import Shelf, Told

if TYPE_CHECKING:
    from fastapi import FastAPI

T = TypeVar("T")

WEB = Path(__file__).parents[1] / "web"
"""Where the page lies."""

_ABOUT = (
    "What emotion texts, recordings, pictures and videos express, as people would label it: perceived affect, "
    "nobody's inner state. European law forbids to infer the emotions of people at work or in education "
    "(AI Act, Article 5(1)(f))."
)
_NEEDED = ("fastapi", "prometheus_client", "python_multipart")
_TOKEN = "Bearer "


def build(settings: Settings) -> "FastAPI":
    """The application; its bundles are opened now, its threads end with it.

    Raises:
        MissingExtra: a library of the extra `serve` is not installed.
        UsageError, BundleError: a bundle cannot be served.
    """
    for name in _NEEDED:
        find.library(name, "affectkit serve", "serve")
    from fastapi import FastAPI

    counts, desk = Counts(), Desk(Shelf(settings.bundles), settings)

    @asynccontextmanager
    async def lifespan(app: "FastAPI") -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="affectkit",
        description=_ABOUT,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.desk = desk
    _refusals(app)
    _predict(app, settings, desk, counts)
    _told(app, settings, desk, counts)
    _stream(app, settings, desk, counts)
    _page(app)
    app.add_middleware(Counting, counts=counts)
    return app


def _allowed(settings: Settings, given: str | None) -> bool:
    """Whether a token is the one that is demanded; it is compared in a time that tells nothing of it."""
    if settings.token is None:
        return True
    return given is not None and hmac.compare_digest(given.encode("utf-8", "replace"), settings.token.encode())


def _bearer(headers: Any) -> str | None:
    said = headers.get("authorization", "")
    return said[len(_TOKEN) :].strip() if said[: len(_TOKEN)].lower() == _TOKEN.lower() else None


def _check(settings: Settings, headers: Any) -> None:
    if not _allowed(settings, _bearer(headers)):
        found = "another" if _bearer(headers) else "none"
        raise Refused(401, "the token of this server", found, "send it as Authorization: Bearer TOKEN")


def _refusals(app: "FastAPI") -> None:
    """Everything that goes wrong is said in three parts."""
    from fastapi import Request, Response
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect

    def answered(error: AffectError) -> Response:
        said = refused.told(error)
        return Response(said.body, said.status, dict(said.headers), media_type="application/json")

    async def ours(request: Request, error: AffectError) -> Response:
        if refused.told(error).status >= 500:
            raise error  # it is logged and answered further out
        return answered(error)

    async def options(request: Request, error: RequestValidationError) -> Response:
        first: Any = next(iter(error.errors()), {})
        where = str((first.get("loc") or ("?",))[-1])[:40]
        return answered(Refused(422, f"another {where}", repr(first.get("input"))[:80], str(first.get("msg"))))

    async def other(request: Request, error: HTTPException) -> Response:
        path = request.url.path[:80]
        if error.status_code == 405:
            found = f"{request.method[:20]} {path}"
            return answered(Refused(405, "a method that this path has", found, "see /docs"))
        if error.status_code == 404:
            return answered(Refused(404, "a path of this server", path, "see /docs"))
        return answered(Refused(400, "a request that can be read", str(error.detail)[:200], "correct it"))

    async def left(request: Request, error: ClientDisconnect) -> Response:
        return answered(Refused(400, "a whole request", "one whose client left", "send it again"))

    app.exception_handler(AffectError)(ours)
    app.exception_handler(RequestValidationError)(options)
    app.exception_handler(HTTPException)(other)
    app.exception_handler(ClientDisconnect)(left)


def _predict(app: "FastAPI", settings: Settings, desk: Desk, counts: Counts) -> None:
    from fastapi import Query, Request, Response

    async def answered(request: Request, bundle: str | None, options: Options) -> list[Told]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", "multipart/form-data"):
            need = "application/json or multipart/form-data"
            raise Refused(415, need, repr(kind[:80]) if kind else "no content type", "set Content-Type")
        if kind == "application/json":
            texts = await _within(settings, "to come", uploads.texts(request, settings.most_bytes))
            return await _within(settings, "to be answered", desk.texts(texts, bundle, options))
        with uploads.folder() as folder:
            form = await _within(settings, "to come", uploads.form(request, folder, settings.most_bytes))
            if form.transcript is not None:
                if len(form.files) > 1:
                    raise Refused(422, "one file with a transcript", f"{len(form.files)}", "send one request for each")
                options = desk.spoken(form.transcript, options)
            return await _within(settings, "to be answered", desk.uploads(form.files, bundle, options))

    @app.post(
        "/v1/predict",
        summary="What emotion texts or files express",
        responses=described.answers(
            {"type": "array", "items": described.PREDICTION}, 400, 401, 408, 413, 415, 422, 429, 500
        ),
        openapi_extra={"requestBody": described.BODY},
    )
    async def predict(
        request: Request,
        bundle: str | None = Query(None, description="a bundle that is served, or several with commas between"),
        top: int | None = Query(None, ge=1, le=1_000, description="only so many scores, the highest first"),
        taxonomy: str | None = Query(None, description="say it in this label scheme too"),
        threshold: float | None = Query(None, ge=0, le=1, description="say a label from this score on"),
        segments: bool = Query(False, description="of each stretch of a recording or video, with start and end"),
        tracks: bool = Query(False, description="with segments of a video: also of each face, voice and turn"),
        plain: bool = Query(False, description="do not tell scores in relation to the speaker's own usual"),
    ) -> Response:
        """Texts as JSON, files as a form; the answer is the list that `affectkit predict --json` prints.

        Of a video, and of a recording with its transcript, all bundles that read something of it are asked, and what
        they say together comes first. An item that cannot be read has its error within the list, and the others are
        answered.
        """
        _check(settings, request.headers)
        options = Options(
            top=top, taxonomy=taxonomy, threshold=threshold, segments=segments, relative=not plain, tracks=tracks
        )
        if bundle is not None:
            desk.shelf.all_named(bundle)  # said before anything is read
        told = await answered(request, bundle, options)
        counts.items(told)
        found = [one.to_json() for its in told for one in its]
        return Response(refused.as_json(found), media_type="application/json", headers={"cache-control": "no-store"})


async def _within(settings: Settings, what: str, work: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(settings.timeout_s):
            return await work
    except TimeoutError as error:
        need = f"a request that takes at most {settings.timeout_s:g} s {what}"
        raise Refused(408, need, "one that takes longer", "send less at once, or raise --timeout-s") from error


def _told(app: "FastAPI", settings: Settings, desk: Desk, counts: Counts) -> None:
    from fastapi import Request, Response

    @app.get("/v1/models", summary="The bundles that are served", responses=described.answers({"type": "array"}, 401))
    async def models(request: Request) -> Response:
        """Name, version, modality, tasks with their names, licences, figures, limits and size of each."""
        _check(settings, request.headers)
        return Response(refused.as_json(predicting.models(desk.shelf)), media_type="application/json")

    @app.get(
        "/v1/taxonomies",
        summary="The label schemes that answers can be told in",
        responses=described.answers({"type": "array", "items": {"type": "string"}}, 401),
    )
    async def taxonomies(request: Request) -> Response:
        """Their names, for the option taxonomy."""
        _check(settings, request.headers)
        return Response(refused.as_json(find.names("taxonomies")), media_type="application/json")

    @app.get("/health", summary="Whether the server answers", responses=described.answers({"type": "object"}))
    async def health() -> Response:
        """No token is needed."""
        said = {"status": "ok", "version": __version__, "models": len(list(desk.shelf))}
        return Response(refused.as_json(said), media_type="application/json")

    @app.get("/metrics", summary="What is measured, for Prometheus", responses={**described.answers({}, 401)})
    async def metrics(request: Request) -> Response:
        """Requests by route and status, items by modality, seconds, requests in flight, open streams."""
        _check(settings, request.headers)
        return Response(counts.text(), headers={"content-type": counts.form})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return Response(described.page(app.openapi()), media_type="text/html")


def _stream(app: "FastAPI", settings: Settings, desk: Desk, counts: Counts) -> None:
    from fastapi import WebSocket

    open_now: set[int] = set()

    @app.websocket("/v1/stream")
    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        bearer = _bearer(socket.headers)
        made = streaming.Stream(
            socket, desk, lambda token: _allowed(settings, token or bearer), settings.timeout_s, counts.items
        )
        if not streaming.same_origin(socket.headers):
            await made.refuse(Refused(401, "a page of this server", "one from elsewhere", "open the server's own page"))
            return
        if len(open_now) >= MOST_STREAMS:
            await made.refuse(Refused(429, f"at most {MOST_STREAMS} streams at once", "one more", "try again later"))
            return
        open_now.add(id(made))
        counts.streams.inc()
        try:
            await made.run()
        finally:
            open_now.discard(id(made))
            counts.streams.dec()


def _page(app: "FastAPI") -> None:
    """The page at /, where it is there."""
    from fastapi import Response
    from fastapi.staticfiles import StaticFiles

    if (WEB / "index.html").is_file():
        app.mount("/", StaticFiles(directory=WEB, html=True), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def none() -> Response:
        return Response(
            "affectkit answers here; the page is not installed. What it answers: /docs\n", media_type="text/plain"
        )
