"""Convert a label, a file of scores or a whole corpus from one scheme to another, and say what is lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import InputError, UsageError
from .. import scores, show

if TYPE_CHECKING:
    from .. import convert


def command(
    what: Annotated[str, typer.Argument(help="a label, a .csv, .tsv, .jsonl or .parquet file, or a corpus")],
    to: Annotated[str, typer.Option("--to", help="the scheme wanted")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from", help="the scheme of the label or file (affectkit list taxonomies); a corpus has its own"
        ),
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="a file's column of labels (several joined by |); else a column per label")
    ] = None,
    prefix: Annotated[str, typer.Option(help="what stands before the label in the names of a file's columns")] = "",
    kind: Annotated[
        str | None,
        typer.Option(help="single, distribution (scores are shares) or multi (each a probability of its own)"),
    ] = None,
    task: Annotated[str | None, typer.Option(help="the task of a corpus; its first by default")] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="write the highest label (several joined by |), not a score per label")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="the file to write (.csv .tsv .jsonl .parquet), not standard output")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON; JSON lines for a file or corpus")] = False,
) -> None:
    """Convert a label, a file of scores or a whole corpus from one scheme to another, and say what is lost.

    A file keeps its other columns; its columns of scores are replaced by those of the scheme wanted. A corpus gives id,
    split and the scores of its task. What is lost is said once, on standard error.
    """
    from .. import convert

    asked = convert.Asked(to, column, prefix, kind, labels)
    path = Path(what)
    if path.suffix.lower() in scores.known():
        if not path.is_file():
            raise UsageError(f"a file at {what}", "none", "correct the path")
        if source is None:
            raise UsageError(f"the scheme of the scores in {what}", "none", "name it with --from")
        _write(convert.of_file(path, source, asked), out, json_)
    elif source is None:
        _write(convert.of_corpus(what, task, asked), out, json_)
    else:
        of_many = {"--column": column, "--prefix": prefix, "--kind": kind, "--task": task, "--labels": labels}
        if given := [option for option, value in {**of_many, "--out": out}.items() if value]:
            raise UsageError(f"a file or corpus for {given[0]}", f"the label {what!r}", "leave it out")
        _label(what, source, to, json_)


def _write(work: convert.Work, out: Path | None, json_: bool) -> None:
    """Write all rows; then say once what is lost, what was guessed, and which rows could not be read."""
    with scores.write(out, json_) as write:
        for columns in work.blocks:
            write(columns)
        if work.failed == work.items > 0:
            raise InputError(
                "rows that can be converted", f"{work.failed:,} that cannot, {work.first}", "see the first"
            )
    if work.blank:
        work.notes.append(f"{work.blank:,} of {work.items:,} rows have nothing to convert")
    for said in (*work.notes, f"lost: {work.running.lost}"):
        typer.echo(f"affectkit: {said}", err=True)
    if work.failed:
        typer.echo(f"affectkit: {work.failed:,} of {work.items:,} rows could not be read; {work.first}", err=True)
        raise typer.Exit(3)


def _label(label: str, source: str, to: str, json_: bool) -> None:
    from ... import hub

    converted = hub.convert(label, source, to)
    found = dict(converted.scores)  # of one label: a mapping
    if json_:
        show.as_json({"label": label, "from": source, "to": to, "scores": found, "lost": converted.lost.to_json()})
        return
    said = {name: score for name, score in found.items() if score} if min(found.values(), default=0) >= 0 else found
    for name, score in sorted(said.items(), key=lambda pair: -pair[1]):
        typer.echo(f"{name} {score:.2f}")
    if not said:
        typer.echo(f"{label} has no place in {to}")
    typer.echo(f"lost: {converted.lost}")
