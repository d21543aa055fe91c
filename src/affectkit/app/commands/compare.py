"""Compare two runs, or two files of predictions, on the same test items."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from ...analysis.compare import Compared
from ...errors import MissingExtra, UsageError
from .. import compared, show
from ..specs import told


def command(
    a: Annotated[str, typer.Argument(metavar="A", help="a run's folder, or a file of predictions")],
    b: Annotated[str, typer.Argument(metavar="B", help="another one")],
    on: Annotated[str, typer.Option(help="corpora to measure runs on; their own test parts when left out")] = "",
    truth: Annotated[str, typer.Option(help="of files: a corpus, whose test part is taken, or a table of truth")] = "",
    task: Annotated[str, typer.Option(help="of files: tasks of the truth, joined by commas; else its main one")] = "",
    metric: Annotated[str, typer.Option(help="metrics, joined by commas, or all; else the usual ones of a task")] = "",
    folds: Annotated[int, typer.Option(help="bootstrap folds and ways of swapping")] = 1000,
    seed: Annotated[int, typer.Option(help="of what is drawn")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Compare two runs, or two files of predictions, on the same test items.

    Each metric's difference A - B has a 95 % interval from a paired bootstrap (low to high) and a p-value from a
    paired randomisation test; the last column corrects these for the number of lines (Holm). Systems whose test items
    differ are refused.
    """
    folders = [(Path(one) / "run.json").exists() for one in (a, b)]
    metrics = [m for m in metric.split(",") if m]
    if all(folders):
        if given := [name for name, value in (("--truth", truth), ("--task", task)) if value]:
            raise UsageError(f"two files of predictions for {given[0]}", "two runs", "leave it out; --on for a corpus")
        both = _runs(Path(a), Path(b), told(on), metrics)
    elif any(folders) or not truth:
        kinds = ["a run" if folder else "no run" for folder in folders]
        fix = "give two runs' folders, or two files of predictions with --truth"
        raise UsageError("two runs, or two files of predictions and their truth", " and ".join(kinds), fix)
    elif on:
        raise UsageError("two runs for --on", "two files of predictions", "name the corpus in --truth")
    else:
        both = compared.files(a, b, truth, [t for t in task.split(",") if t], metrics)
    lines = compared.lines(both, folds, seed)
    if json_:
        show.as_json(_json(both, lines, folds))
        return
    for note in both.notes:
        typer.echo(note)
    items = ", ".join(f"{task} {n:,}" for task, n in {one.task: one.a.n for one in lines}.items())
    typer.echo(f"A {both.names[0]}, B {both.names[1]}; items: {items}")
    show.as_table(["task, metric", "A", "B", "A - B", "low", "high", "p", "Holm"], [_line(one) for one in lines])
    for system, figures in both.seeds.items():
        for name, s in figures.items():
            spread = f"deviation {s.deviation:.4f}, 95 % interval of the mean {s.low:.4f} to {s.high:.4f}"
            typer.echo(f"{system} over {s.n} seeds: {name} {s.mean:.4f}, {spread}")


def _runs(a: Path, b: Path, on: list[str], metrics: list[str]) -> compared.Both:
    try:
        return compared.runs(a, b, on, metrics)
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit compare of runs", str(error.name), "train") from error


def _line(one: Compared) -> list[str]:
    d = one.difference
    between = [f"{v:+.3f}" for v in (d.value, d.low, d.high)]
    chances = [f"{p:.4f}" for p in (one.p, one.holm)]
    return [f"{one.task} {one.metric}", f"{one.a.value:.3f}", f"{one.b.value:.3f}", *between, *chances]


def _json(both: compared.Both, lines: list[Compared], folds: int) -> dict[str, Any]:
    return {
        "a": both.names[0],
        "b": both.names[1],
        "folds": folds,
        "rows": [_plain(dataclasses.asdict(one)) for one in lines],
        "seeds": {s: {m: _plain(dataclasses.asdict(v)) for m, v in its.items()} for s, its in both.seeds.items()},
        "notes": list(both.notes),
    }


def _plain(value: Any) -> Any:
    """JSON knows no NaN: what does not exist is null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
