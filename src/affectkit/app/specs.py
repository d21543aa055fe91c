"""What --on names: corpora and tables of one's own; what was guessed of a table goes to standard error, once each."""

from __future__ import annotations

import typer

from .. import corpora
from ..errors import UsageError


def told(on: str) -> list[str]:
    """The specs in --on, after telling how tables of one's own are read."""
    specs = corpora.split(on)
    short = [corpora.parse(spec).short for spec in specs]
    if twice := [name for name in short if short.count(name) > 1]:
        raise UsageError("a name of its own for everything in --on", f"{twice[0]!r} twice", "rename one of the tables")
    for spec in specs:
        for line in corpora.notices(spec):
            typer.echo(f"{corpora.parse(spec).where}: {line}", err=True)
    return specs
