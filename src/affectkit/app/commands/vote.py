"""Let several runs vote on test: by each rule how many texts it keeps, and how often it is right there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import corpora, store
from ...analysis.significance import Interval
from ...errors import MissingExtra
from .. import show, voted


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="folders of runs on one corpus and split")],
    rules: Annotated[
        str, typer.Option(help="rules, joined by commas; affectkit list aggregations")
    ] = "union,intersection,majority",
    task: Annotated[str, typer.Option(help="a task of one name that all learnt; the first by default")] = "",
    results: Annotated[Path, typer.Option(help="where the results file goes")] = Path("results"),
    json_: Annotated[bool, typer.Option("--json", help="print JSON as in the results file, and write none")] = False,
) -> None:
    """Let several runs vote on test: by each rule how many texts it keeps, and how often it is right there.

    Each run has one vote, the mean output of its seeds. A rule that says several names is right where the true one is
    among them, which is not to be held against one name. Beside a rule that loses texts stand the surest answers of
    the run that is best on dev, as many as the rule keeps.
    """
    try:
        from ...train import provenance

        found = voted.vote(runs, [one for one in rules.split(",") if one], task)
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit vote", str(error.name), "train") from error
    asked = [corpora.parse(on) for on in found.on]
    corpus = "+".join(one.where if one.path is None else one.short for one in asked)
    data = {
        "part": "vote",
        "command": " ".join(["affectkit vote", *map(str, runs), "--rules", rules]),
        "commit": provenance.commit(),
        "corpus": corpus,
        "hardware": provenance.hardware(),
        "rows": found.rows(),
    }
    if json_:
        show.as_json(data)
        return
    typer.echo(f"task {found.task.id}; best on dev: {found.best}")
    show.as_table(
        ["system", "kept", "names", "right", "low", "high", "macro F1", "right - best's"],
        [
            [
                line.system,
                f"{line.kept.value:.3f}",
                f"{line.names:.2f}",
                *_numbers(line.figures.get(voted.RIGHT)),
                *_numbers(line.figures.get("macro_f1"))[:1],
                f"{line.beside.value:+.3f}" if line.beside else "",
            ]
            for line in found.lines
        ],
    )
    typer.echo(f"wrote {store.write_json(results / f'vote.{corpus}.json', data)}")


def _numbers(v: Interval | None) -> list[str]:
    return [f"{one:.3f}" for one in (v.value, v.low, v.high)] if v else ["", "", ""]
