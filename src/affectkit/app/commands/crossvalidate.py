"""Train a method once per fold of a corpus and measure what the folds say together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import MissingExtra, UsageError
from ..specs import told


def command(
    method: Annotated[str, typer.Argument(help="a method; affectkit list methods")],
    on: Annotated[str, typer.Option(help="a corpus below AFFECTKIT_CORPORA, or a table of your own")],
    set_: Annotated[list[str], typer.Option("--set", help="a setting of the method, name=value; repeatable")] = [],  # noqa: B006
    tasks: Annotated[str, typer.Option(help="task ids, joined by commas; else the corpus's main task")] = "",
    folds: Annotated[int, typer.Option(help="how many folds")] = 10,
    by: Annotated[str, typer.Option(help="random, or a kind of group that stays whole; several joined by commas")] = (
        "random"
    ),
    seed: Annotated[int, typer.Option(help="seed of the trainings; the folds do not depend on it")] = 0,
    results: Annotated[Path, typer.Option(help="where the results file goes")] = Path("results"),
) -> None:
    """Train a method once per fold of a corpus and measure what the folds say together.

    Writes results/METHOD.CORPUS.json.
    """
    try:
        from ... import settings
        from ...train import crossvalidate
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit crossvalidate", str(error.name), "train") from error
    if len(told(on)) != 1:
        raise UsageError("one corpus or table in --on", repr(on), "cross-validate them one by one")
    given = [f"--set {s}" for s in set_] + ([f"--tasks {tasks}"] if tasks else [])
    given += [f"--{name} {value}" for name, value, usual in (("folds", folds, 10), ("seed", seed, 0)) if value != usual]
    line = " ".join(["affectkit crossvalidate", method, "--on", on, *given, "--by", by])
    measured = crossvalidate.crossvalidate(
        method,
        settings.pairs(set_),
        on,
        [t for t in tasks.split(",") if t],
        folds,
        [k for k in by.split(",") if k],
        seed,
        line,
        lambda line: typer.echo(line),
    )
    for text in measured.lines():
        typer.echo(text)
    for path in measured.write(results, line):
        typer.echo(f"wrote {path}")
