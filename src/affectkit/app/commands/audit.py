"""Audit the split of a corpus or table, and what it shares with another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import corpora
from ...errors import UsageError
from .. import show
from ..features import features_of
from ..specs import told


def command(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS|TABLE", help="a corpus or a table of one's own")],
    against: Annotated[str | None, typer.Option(help="another corpus or table that it is held against")] = None,
    features: Annotated[
        Path | None,
        typer.Option(help="a table of numbers per id (.csv .tsv .jsonl .parquet): do they hold the labels?"),
    ] = None,
    near: Annotated[bool, typer.Option("--near/--no-near", help="look for nearly equal texts and pictures")] = True,
    files: Annotated[bool, typer.Option("--files/--no-files", help="open files to compare what they hold")] = True,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Audit the split of a corpus or table, and what it shares with another.

    What is found is no error: the command ends well, and its last line is the stamp that stands beside figures.
    """
    from ...analysis import splits

    if against == corpus:
        raise UsageError(
            "another corpus or table after --against", f"{corpus!r} again", "name one that may share items"
        )
    for spec in (corpus, *([against] if against else [])):
        told(spec)
    card = corpora.card(corpus)
    samples = tuple(corpora.samples(corpus))
    found = splits.audit(
        samples,
        None if against is None else corpora.samples(against),
        tasks=corpora.tasks(corpus),
        against_tasks=() if against is None else corpora.tasks(against),
        disjoint=card.get("disjoint", card["groups"]),  # who names groups of a table wants them whole
        features=None if features is None else features_of(features, samples),
        near=near,
        files=files,
        name=corpora.parse(corpus).short,
        against_name="" if against is None else corpora.parse(against).short,
    )
    if json_:
        show.as_json(found.to_json())
        return
    parts = ", ".join(f"{count:,} {part}" for part, count in found.parts.items())
    typer.echo(f"{found.name}: {found.samples:,} samples" + (f" ({parts})" if parts else ""))
    if found.findings:
        rows = [[str(f.severity), f.phrase, f"{f.count:,}", f"{f.of:,}", "; ".join(f.examples)] for f in found.findings]
        show.as_table(["", "found", "count", "of", "for example"], rows)
    for one in found.unchecked:
        typer.echo(f"not looked at: {one.what}: {one.why}")
    typer.echo(found.stamp)
