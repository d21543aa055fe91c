"""Write one HTML page on a run, or on predictions: figures, errors, calibration, disagreement, limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import corpora
from ...errors import UsageError


def command(
    system: Annotated[
        str, typer.Argument(metavar="RUN|PREDICTIONS", help="the folder of a run, or a file of predictions")
    ],
    truth: Annotated[
        str | None, typer.Option(help="a corpus or table that judges the predictions' items, as in affectkit evaluate")
    ] = None,
    task: Annotated[str, typer.Option(help="tasks of the truth, joined by commas; its main one when left out")] = "",
    out: Annotated[Path, typer.Option(help="the page")] = Path("report.html"),
    pdf: Annotated[bool, typer.Option("--pdf", help="make a PDF beside it, with chromium or weasyprint")] = False,
) -> None:
    """Write one HTML page on a run, or on predictions.

    The page needs no network and holds no script; it reads on a screen, by night and on paper. Of a run it tells the
    figures on test with their intervals, each name and group, the calibration, where people disagree, and the surest
    wrong answers; of predictions what they say, and with --truth the same as of a run.
    """
    from ...report import write
    from .. import report

    write.check(out, pdf)
    if Path(system).is_dir():
        if truth is not None:
            raise UsageError("a file of predictions for --truth", f"the folder {system}", "leave --truth out")
        content = report.of_run(Path(system))
    else:
        if truth is not None and len(corpora.split(truth)) != 1:
            raise UsageError("one corpus or table in --truth", truth, "report on each of them")
        content = report.of_predictions(system, truth, [name for name in task.split(",") if name])
    for file in write.save(content, out, pdf):
        typer.echo(f"wrote {file}")
