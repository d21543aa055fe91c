"""Train a method on one or more corpora, with one or more seeds."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from ... import corpora
from ...errors import MissingExtra, UsageError
from ..specs import told


def command(
    method: Annotated[str, typer.Argument(help="a method; affectkit list methods")],
    on: Annotated[str, typer.Option(help="corpora below AFFECTKIT_CORPORA, or tables of your own; joined by commas")],
    set_: Annotated[list[str], typer.Option("--set", help="a setting of the method, name=value; repeatable")] = [],  # noqa: B006
    tasks: Annotated[str, typer.Option(help="task ids, joined by commas; else each corpus's main task")] = "",
    seeds: Annotated[str, typer.Option(help="seeds, joined by commas; one training each")] = "0",
    out: Annotated[
        Path | None, typer.Option(help="the run's folder; the same command goes on where it stopped")
    ] = None,
    allow_leak: Annotated[bool, typer.Option(help="train although the split cuts groups; all figures say so")] = False,
) -> None:
    """Train a method on one or more corpora, with one or more seeds."""
    try:
        from ... import settings
        from ...train import run
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit train", str(error.name), "train") from error
    specs = told(on)
    folder = out or Path("runs") / f"{method}-{datetime.datetime.now():%Y%m%d-%H%M%S}"
    if not all(s.isdecimal() for s in seeds.split(",")):
        raise UsageError("seeds as whole numbers joined by commas", repr(seeds), "for example --seeds 0,1,2")
    changes = {**settings.pairs(set_), **({"allow_leak": True} if allow_leak else {})}
    words = ["affectkit train", method, "--on", on, *(f"--set {s}" for s in set_), "--seeds", seeds]
    words += ["--allow-leak"] if allow_leak else []
    line = " ".join(words if not tasks else [*words, "--tasks", tasks])
    done = run.train(
        method,
        changes,
        [corpora.settled(spec) for spec in specs],
        [t for t in tasks.split(",") if t],
        [int(s) for s in seeds.split(",")],
        folder,
        line,
    )
    if done.blank:
        each = ", ".join(f"{corpus} {n}" for corpus, n in done.blank.items())
        typer.echo(f"left out {sum(done.blank.values())} blank samples: {each}")
    typer.echo(f"trained {method} on {on}, seeds {seeds}, in {done.minutes:.1f} minutes: {folder}")
