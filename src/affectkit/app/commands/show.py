"""Show what a part or bundle says of itself: its card, its tasks or names, its licences and figures."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ... import find
from ...errors import UsageError
from .. import parts, show


def command(
    part: Annotated[str, typer.Argument(metavar="PART|BUNDLE", help='a name, "kind/name", or a .affect file')],
    json_: Annotated[
        bool, typer.Option("--json", help="print JSON: the card, or a list of them for several parts")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(help="draw a taxonomy on the valence-arousal plane into a .svg, .png or .pdf file")
    ] = None,
) -> None:
    """Show what a part or bundle says of itself. A name that several kinds share shows all of them."""
    found = parts.named(part)
    if plot is not None:
        _plot(found, plot)
        return
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


def _plot(found: Sequence[tuple[str, str, Mapping[str, Any]]], file: Path) -> None:
    from ...report import plane

    drawn = [name for kind, name, _ in found if kind == plane.DRAWS]
    if not drawn:
        there = ", ".join(f"{kind}/{name}" for kind, name, _ in found)
        raise UsageError("a taxonomy to draw", there, "name one: affectkit list taxonomies")
    if not file.parent.is_dir():
        raise UsageError(f"a file name for {file}", f"no folder {file.parent}", "make the folder or correct the name")
    plane.draw(drawn[0], file)


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
