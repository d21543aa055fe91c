"""Convert a label from one scheme to another, and say what is lost."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import show


def command(
    label: Annotated[str, typer.Argument(help="a label or a synonym, for example gratitude")],
    source: Annotated[str, typer.Option("--from", help="the label's scheme; affectkit list taxonomies")],
    to: Annotated[str, typer.Option("--to", help="the scheme wanted")],
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Convert a label from one scheme to another, and say what is lost."""
    from ... import hub

    converted = hub.convert(label, source, to)
    scores = dict(converted.scores)  # of one label: a mapping
    if json_:
        show.as_json({"label": label, "from": source, "to": to, "scores": scores, "lost": converted.lost.to_json()})
        return
    said = {name: score for name, score in scores.items() if score} if min(scores.values(), default=0) >= 0 else scores
    for name, score in sorted(said.items(), key=lambda pair: -pair[1]):
        typer.echo(f"{name} {score:.2f}")
    if not said:
        typer.echo(f"{label} has no place in {to}")
    typer.echo(f"lost: {converted.lost}")
