"""Write PAPERS.md, CORPORA.md, MODELS.md and the README's table of models, or say which of them is stale."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import store
from ...errors import DataError
from ...report import tables
from ...runtime import bundle


def command(
    check: Annotated[bool, typer.Option("--check", help="write nothing; exit with 1 when a file is stale")] = False,
    root: Annotated[Path, typer.Option(help="the root of the repository")] = Path(),
) -> None:
    """Write PAPERS.md, CORPORA.md, MODELS.md and the README's table of models, or say which of them is stale."""
    found = shipped()
    stale = tables.stale(root, found)
    if check:
        refuse(stale)
        return
    made = tables.files(root, found)
    for name in stale:
        store.write(root / name, made[name])
        typer.echo(f"wrote {name}")


def shipped() -> list[tables.Shipped]:
    """The bundles that came with the package, by name."""
    return [tables.Shipped(bundle.read_card(path), path.stat().st_size) for path in bundle.shipped().values()]


def refuse(stale: list[str]) -> None:
    """Do nothing when no generated file is stale.

    Raises:
        DataError: some are; the sentence names them and the command that writes them.
    """
    if stale:
        raise DataError(
            f"{', '.join(stale)} as the parts, results and bundles have it", "a stale text", f"run {tables.COMMAND}"
        )
