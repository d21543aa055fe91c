"""Measure runs or bundles on their corpora's test parts and write results/."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MissingExtra, UsageError
from ...runtime import bundle
from ..specs import told


def command(
    systems: Annotated[list[str], typer.Argument(help="folders of runs, bundles' names, .affect files")],
    on: Annotated[str, typer.Option(help="corpora or tables, joined by commas; a run's own when left out")] = "",
    against: Annotated[Path | None, typer.Option(help="a run whose first seed is compared, pair by pair")] = None,
    results: Annotated[Path, typer.Option(help="where the results files go")] = Path("results"),
    stamp: Annotated[bool, typer.Option(help="write the figures into the bundle's card")] = False,
) -> None:
    """Measure runs or bundles on their corpora's test parts and write results/PART.CORPUS.json."""
    try:
        from ...train import evaluate as measuring
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit evaluate", str(error.name), "train") from error
    names = told(on)
    by_part: dict[str, measuring.Measured] = {}
    for system in systems:
        if (Path(system) / "run.json").exists():
            measured = measuring.measure_run(Path(system), names, against)
        elif names:
            measured = measuring.measure_bundle(system, names, against)
        else:
            bundle.find(system)  # what is not there needs no corpora
            raise UsageError(f"corpora to measure the bundle {system} on", "no --on", "for example --on goemotions")
        if stamp:
            measured.stamp()
        there = by_part.get(measured.part)
        by_part[measured.part] = measured if there is None else there.joined(measured)
    given = [*systems, *(["--on", on] if on else []), *(["--against", str(against)] if against else [])]
    line = " ".join(["affectkit evaluate", *given])
    for measured in by_part.values():
        for text in (*measured.lines(), *measured.notes()):
            typer.echo(text)
        for name, (mean, deviation) in measuring.over_seeds(measured).items():
            typer.echo(f"{name} over seeds: {mean:.4f}, deviation {deviation:.4f}")
        for path in measured.write(results, line):
            typer.echo(f"wrote {path}")
