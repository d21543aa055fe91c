"""Measure a run or a bundle on its corpora's test parts and write results/."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MissingExtra, UsageError


def command(
    system: Annotated[str, typer.Argument(help="the folder of a run, a bundle's name, or a .affect file")],
    on: Annotated[str, typer.Option(help="corpora, joined by commas; a run's own when left out")] = "",
    against: Annotated[Path | None, typer.Option(help="a run whose first seed is compared, pair by pair")] = None,
    results: Annotated[Path, typer.Option(help="where the results files go")] = Path("results"),
    stamp: Annotated[bool, typer.Option(help="write the figures into the bundle's card")] = False,
) -> None:
    """Measure a run or a bundle on its corpora's test parts and write results/."""
    try:
        from ...train import evaluate as measuring
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit evaluate", str(error.name), "train") from error
    names = [n for n in on.split(",") if n]
    if (Path(system) / "run.json").exists():
        measured = measuring.measure_run(Path(system), names, against)
    elif names:
        measured = measuring.measure_bundle(system, names, against)
    else:
        raise UsageError("corpora for a bundle", "no --on", "for example --on goemotions,emobank")
    line = " ".join(["affectkit evaluate", system, f"--on {','.join(measured.on)}"])
    line += f" --against {against}" if against else ""
    for text in measured.lines():
        typer.echo(text)
    for name, (mean, deviation) in measuring.over_seeds(measured).items():
        typer.echo(f"{name} over seeds: {mean:.4f}, deviation {deviation:.4f}")
    for path in measured.write(results, line):
        typer.echo(f"wrote {path}")
    if stamp:
        measured.stamp()
