"""Export a run, or the mean of several, as a .affect bundle that predicts without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MissingExtra


def command(
    runs: Annotated[list[Path], typer.Argument(help="the folder of a run; several are averaged, weight by weight")],
    name: Annotated[str, typer.Option(help="the bundle's name; else the folder's")] = "",
    seed: Annotated[int | None, typer.Option(help="which of the run's seeds; else the first")] = None,
    version: Annotated[int, typer.Option(help="the bundle's version")] = 1,
    beside: Annotated[
        Path | None, typer.Option(help="a run of the same tasks and tokenizer that has a share in the output")
    ] = None,
    last: Annotated[bool, typer.Option(help="average in the weights at the end of each training, too")] = False,
    out: Annotated[Path | None, typer.Option(help="the file to write; else NAME.affect in the run's folder")] = None,
) -> None:
    """Export a run as a .affect bundle that predicts without torch."""
    try:
        from ...train import export
        from ...train.run import open_run
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit export", str(error.name), "train") from error
    called = name or runs[0].resolve().name
    trained, *others = [open_run(folder) for folder in runs]
    done = export.export(
        trained,
        called,
        out or runs[0] / f"{called}.affect",
        seed,
        version,
        others=others,
        beside=open_run(beside) if beside else None,
        last=last,
    )
    typer.echo(export.describe(done))
