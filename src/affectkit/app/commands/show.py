"""Show what a part or bundle says of itself: its card, its tasks or names, its licences and figures."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ... import find
from .. import parts, show


def command(
    part: Annotated[str, typer.Argument(metavar="PART|BUNDLE", help='a name, "kind/name", or a .affect file')],
    json_: Annotated[
        bool, typer.Option("--json", help="print JSON: the card, or a list of them for several parts")
    ] = False,
) -> None:
    """Show what a part or bundle says of itself. A name that several kinds share shows all of them."""
    found = parts.named(part)
    if json_:
        cards = [{"id": f"{kind}/{name}", **card} for kind, name, card in found]
        show.as_json(cards[0] if len(cards) == 1 else cards)
        return
    for number, (kind, name, card) in enumerate(found):
        if number:
            typer.echo()
        typer.secho(f"{kind}/{name}", bold=True)
        if kind == parts.BUNDLES:
            _bundle(card)
        else:
            typer.echo(_docstring(kind, name))
            typer.echo()
            show.as_lines(card)


def _bundle(card: Mapping[str, Any]) -> None:
    """A bundle's card without the numbers of its calibration."""
    tasks = {
        entry["task"]["id"]: {
            "target": entry["task"]["target"],
            "view": entry["task"]["view"],
            "kind": entry["task"]["kind"],
            "names": entry["task"]["names"],
            "not sure below": entry.get("abstain"),
            "90 % interval, half width": entry.get("half_width"),
        }
        for entry in card["tasks"]
    }
    show.as_lines({**card, "tasks": tasks})


def _docstring(kind: str, name: str) -> str:
    return ast.get_docstring(ast.parse(find.path(kind, name).read_text(encoding="utf-8"))) or ""
