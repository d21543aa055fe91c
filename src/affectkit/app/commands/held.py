"""Measure runs by what their folds say of samples that they have not seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MissingExtra
from ...runtime import bundle


def command(
    runs: Annotated[
        list[Path], typer.Argument(help="folders of runs with folds, of one method; the first is compared")
    ],
    by: Annotated[str, typer.Option(help="the kind of group that intervals are over")] = "speaker",
    results: Annotated[Path, typer.Option(help="where the results files go")] = Path("results"),
    as_: Annotated[str, typer.Option("--as", help="write PART.CORPUS.WORD.json, apart from other figures")] = "",
    stamp: Annotated[str, typer.Option(help="a bundle made of the run, into whose card the figures go")] = "",
) -> None:
    """Measure runs by what their folds say of samples that they have not seen.

    Writes results/METHOD.CORPUS.json. For runs that learn from everything in the end: affectkit train METHOD --set
    split=all --set folds=6 --set folds_by=fold --set folds_given=true.
    """
    try:
        from ...train import held
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit held", str(error.name), "train") from error
    measured = held.measure(runs, by)
    given = [*(folder.as_posix() for folder in runs), "--by", by, *(["--as", as_] if as_ else [])]
    line = " ".join(["affectkit held", *given])
    if stamp:
        held.stamp(measured, bundle.find(stamp))
    for text in (*measured.lines(), *measured.notes()):
        typer.echo(text)
    for path in measured.write(results, line, as_):
        typer.echo(f"wrote {path}")
