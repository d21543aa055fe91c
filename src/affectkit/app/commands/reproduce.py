"""Run a method's recipe from its CARD: train, export and evaluate, one command after another."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from ... import find
from ...errors import UsageError


def command(
    part: Annotated[str, typer.Argument(help="a method with a recipe; affectkit list methods")],
    dry_run: Annotated[bool, typer.Option(help="only print the commands")] = False,
) -> None:
    """Run a method's recipe from its CARD: train, export and evaluate, one command after another."""
    recipe = find.card("methods", part).get("recipe")
    if not recipe:
        raise UsageError(f"a recipe in the CARD of {part}", "none", "train it with affectkit train")
    for step in recipe:
        typer.echo(f"affectkit {step}")
        if not dry_run:
            from ..cli import build

            code = build()(shlex.split(step), standalone_mode=False)
            if code:
                raise typer.Exit(code)
