"""Write an imitation of a corpus, drawn or made up by our own code, to try commands on."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer

from ... import find
from ...errors import UnknownName, UsageError


def command(
    corpus: Annotated[str, typer.Argument(help="affectkit list corpora")],
    to: Annotated[Path, typer.Option(help="the folder to set AFFECTKIT_CORPORA to")],
    seed: Annotated[int, typer.Option(help="of what is drawn")] = 0,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="how it is made, such as layout=official or pictures=2000")
    ] = None,
) -> None:
    """Write an imitation of a corpus, drawn or made up by our own code, to try commands on.

    It has the corpus's files and none of its content. Everything measured on it is marked as synthetic.
    """
    import numpy as np

    part = find.load("corpora", corpus)
    folder = to / str(part.CARD["folder"])
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"an empty folder {folder}", "files in it", "choose another --to")
    part.fake(folder, np.random.default_rng(seed), **_given(corpus, part.fake, set_ or []))
    typer.echo(f"wrote {folder}; read it with AFFECTKIT_CORPORA={to}")


def _given(corpus: str, fake: Any, texts: list[str]) -> dict[str, Any]:
    """Settings of an imitation as numbers or words, as it has them."""
    known = {n: p.default for n, p in inspect.signature(fake).parameters.items() if p.default is not p.empty}
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError("settings of the form name=value", repr(text), "for example --set layout=official")
        if name not in known:
            raise UnknownName.among(f"a setting of the imitation of {corpus}", name, known)
        whole = isinstance(known[name], int)
        if whole and not value.isdecimal():
            raise UsageError(f"a whole number for {name}", repr(value), "correct it")
        found[name] = int(value) if whole else value
    return found
