"""Answer over HTTP and WebSocket, and show the page."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import Annotated, Any

import typer

from ... import find
from ...errors import UsageError

_WAITING = 2_048  # connections that wait to be taken


def command(
    host: Annotated[str, typer.Option(help="the address to listen at; beyond this machine a token is needed")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="0 takes a free one", min=0, max=65_535)] = 8000,
    token: Annotated[
        str | None, typer.Option(help="what clients must send as a bearer token", envvar="AFFECTKIT_TOKEN")
    ] = None,
    most_mb: Annotated[float, typer.Option(help="the largest request")] = 100.0,
    timeout_s: Annotated[float, typer.Option(help="for a request to come, and again for its answer")] = 60.0,
    bundle: Annotated[
        list[str] | None,
        typer.Option(help="a shipped bundle or a .affect file; repeatable; all shipped ones by default"),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="open the page in the browser")] = False,
) -> None:
    """Answer over HTTP and WebSocket, and show the page.

    Needs the extra `serve`. POST /v1/predict takes texts as JSON and files as a form and answers as predict --json
    does; /v1/stream takes sound or pictures as they come; /docs lists all. Uploads are gone when they are answered.

    What is predicted is how people would label the emotion expressed, not what anybody feels inside. European law
    forbids to infer the emotions of people at work or in education.
    """
    uvicorn = find.library("uvicorn", "affectkit serve", "serve")
    find.library("websockets", "affectkit serve", "serve")
    from ..server import application
    from ..server.settings import Settings
    from ..server.streaming import MOST_MESSAGE

    app = application.build(Settings(host, token, most_mb, timeout_s, tuple(bundle or ())))
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # what clients get wrong is answered, not logged
    listening = _listening(host, port)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        ws_max_size=MOST_MESSAGE,
        ws_max_queue=4,
    )
    where = _address(host, listening)
    typer.echo(f"affectkit: {where} answers, {where}/docs tells what; Ctrl-C ends it", err=True)
    if open_:
        _open_soon(where)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """The socket, so that a port that is taken is said before anything starts."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind)
    except OSError as error:
        raise UsageError("an address of this machine as --host", f"{host}: {error.strerror}", "correct it") from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_WAITING)
    except OSError as error:
        made.close()
        found = f"{error.strerror} at {host}, port {port}"
        raise UsageError(
            "a free port of this machine", found, "choose another with --port; 0 takes a free one"
        ) from error
    return made


def _address(host: str, listening: Any) -> str:
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _open_soon(where: str) -> None:
    import threading
    import webbrowser

    threading.Timer(1.0, webbrowser.open, (where,)).start()
