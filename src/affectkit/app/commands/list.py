"""List the parts there are: methods, corpora, taxonomies, metrics, formats, bundles and more."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .. import parts, show


def command(
    kind: Annotated[
        str | None, typer.Argument(help="a kind of part; without it all kinds, with how many there are")
    ] = None,
    takes: Annotated[str | None, typer.Option(help="only parts for this modality, for example text")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List the parts there are; a part is one file, found by its place."""
    if kind is None:
        counts = {one: len(parts.cards(one, takes)) for one in parts.kinds()}
        if json_:
            show.as_json(counts)
        else:
            show.as_table(["kind", "parts"], [[one, str(n)] for one, n in counts.items()])
        return
    kind = parts.kind(kind)
    found = parts.cards(kind, takes)
    if json_:
        show.as_json([{**card, "name": name} for name, card in found.items()])
        return
    show.as_table([kind, "title", ""], [[name, card.get("title", ""), _remark(card)] for name, card in found.items()])


def _remark(card: dict[str, Any]) -> str:
    """What else is worth a word in a list."""
    licence = card.get("licence") or card.get("licences", {}).get("weights")
    extra = card.get("extra")
    said = [", ".join(parts.modalities(card)), licence, f"needs [{extra}]" if extra else None]
    return "; ".join(str(one) for one in said if one)
