"""Measure runs by what their folds say of samples that they have not seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MissingExtra, UsageError
from ...runtime import bundle
from .. import show


def command(
    runs: Annotated[
        list[Path], typer.Argument(help="folders of runs with folds, of one method; the first is compared")
    ],
    by: Annotated[str, typer.Option(help="the kind of group that intervals are over")] = "speaker",
    results: Annotated[Path, typer.Option(help="where the results files go")] = Path("results"),
    as_: Annotated[str, typer.Option("--as", help="write PART.CORPUS.WORD.json, apart from other figures")] = "",
    stamp: Annotated[str, typer.Option(help="a bundle made of the run, into whose card the figures go")] = "",
    within: Annotated[
        str,
        typer.Option(help="instead: print figures by kinds of groups or other tasks' names, joined by commas, or all"),
    ] = "",
) -> None:
    """Measure runs by what their folds say of samples that they have not seen.

    Writes results/METHOD.CORPUS.json. For runs that learn from everything in the end: affectkit train METHOD --set
    split=all --set folds=6 --set folds_by=fold --set folds_given=true.

    With --within position,shout the figures by group are printed instead, for example of emotion where people shout and
    where they do not; "all" takes every kind of group and every task that the corpora have.
    """
    try:
        from ...train import held
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit held", str(error.name), "train") from error
    if within:
        if given := [name for name, value in (("--as", as_), ("--stamp", stamp)) if value]:
            raise UsageError("--within alone, which writes nothing", given[0], "leave it out")
        for folder in runs:
            _print(folder, [] if within == "all" else [kind for kind in within.split(",") if kind], by)
        return
    measured = held.measure(runs, by)
    given = [*(folder.as_posix() for folder in runs), "--by", by, *(["--as", as_] if as_ else [])]
    line = " ".join(["affectkit held", *given])
    if stamp:
        held.stamp(measured, bundle.find(stamp))
    for text in (*measured.lines(), *measured.notes()):
        typer.echo(text)
    for path in measured.write(results, line, as_):
        typer.echo(f"wrote {path}")


def _print(folder: Path, kinds: list[str], people: str) -> None:
    """Figures of a run by group: a table for each task and kind."""
    from ...train import held, run

    trained = run.open_run(folder)
    tasks = {task.id: task for task in trained.tasks}
    for id, by_kind in held.within(folder, kinds, people).items():
        metric, *_ = held.metrics(trained, tasks[id])
        for kind, found in by_kind.items():
            typer.echo(f"{folder.resolve().name}, task {id} by {kind}: {metric}, bootstrap by {people}")
            rows = {**found.each, "mean of groups": found.mean, "all together": found.whole}
            head = [kind, metric, "95 % interval", "n"]
            show.as_table(
                head, [[g, f"{v.value:.4f}", f"{v.low:.4f} to {v.high:.4f}", f"{v.n:,}"] for g, v in rows.items()]
            )
