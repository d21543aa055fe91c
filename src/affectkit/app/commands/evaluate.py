"""Measure runs, bundles or anybody's predictions; of runs and bundles write results/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import MissingExtra, UsageError
from ...runtime import bundle
from .. import show
from ..specs import told

if TYPE_CHECKING:
    from ..judged import Judged

_SOME_MISSING = 3


def command(
    systems: Annotated[list[str] | None, typer.Argument(help="folders of runs, bundles' names, .affect files")] = None,
    on: Annotated[str, typer.Option(help="corpora or tables, joined by commas; a run's own when left out")] = "",
    against: Annotated[Path | None, typer.Option(help="a run to compare with: seed with seed, mean with mean")] = None,
    results: Annotated[Path, typer.Option(help="where the results files go")] = Path("results"),
    as_: Annotated[str, typer.Option("--as", help="write PART.CORPUS.WORD.json, apart from other figures")] = "",
    stamp: Annotated[bool, typer.Option(help="write the figures into the bundle's card")] = False,
    predictions: Annotated[
        str,
        typer.Option(help="instead of systems: a file of anybody's predictions, FILE or FILE:label=pred,id=utt ..."),
    ] = "",
    truth: Annotated[str, typer.Option(help="of predictions: a corpus (its test part) or a table of truth")] = "",
    task: Annotated[str, typer.Option(help="of predictions: tasks of the truth, joined by commas; else its main")] = "",
    metric: Annotated[str, typer.Option(help="of predictions: metrics, joined by commas, or all of the kind")] = "",
    by: Annotated[str, typer.Option(help="of predictions: also by group, a kind such as speaker or language")] = "",
    json_: Annotated[bool, typer.Option("--json", help="of predictions: print JSON as in a results file")] = False,
) -> None:
    """Measure runs or bundles on their corpora's test parts and write results/PART.CORPUS.json.

    With --predictions FILE --truth CORPUS|TABLE, score anybody's predictions instead: a table with a column of labels,
    of scores per label or of values per dimension, matched by id or, without ids on both sides, by the order of rows.
    Options after the file say what its columns mean: id, label, confidence, prefix, range, task. Exit code 3 when some
    items have no prediction.
    """
    if predictions or truth:
        of_systems = {"SYSTEMS": systems, "--on": on, "--against": against, "--stamp": stamp, "--as": as_}
        if given := [name for name, value in of_systems.items() if value]:
            raise UsageError("predictions and their truth alone", given[0], "leave it out, or measure systems apart")
        if not (predictions and truth):
            raise UsageError("both --predictions and --truth", f"only {predictions or truth}", "name the other too")
        _score(predictions, truth, _listed(task), _listed(metric), by, json_)
        return
    if given := [name for name, v in (("--task", task), ("--metric", metric), ("--by", by), ("--json", json_)) if v]:
        raise UsageError(f"predictions for {given[0]}", "none", "write --predictions FILE --truth CORPUS|TABLE")
    if not systems:
        raise UsageError("a run, a bundle or --predictions", "none", "for example text-en --on goemotions")
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
    given += ["--as", as_] if as_ else []
    line = " ".join(["affectkit evaluate", *given])
    for measured in by_part.values():
        for text in (*measured.lines(), *measured.notes()):
            typer.echo(text)
    for measured in by_part.values():
        for path in measured.write(results, line, as_):
            typer.echo(f"wrote {path}")


def _listed(joined: str) -> list[str]:
    return [one for one in joined.split(",") if one]


def _score(predictions: str, truth: str, tasks: list[str], metrics: list[str], by: str, json_: bool) -> None:
    """Score a file of predictions, and say how its rows were matched and what has none."""
    from .. import answers, judged

    held = judged.truth(truth, tasks)
    rows, missing = [], 0
    for note in held.notes:
        typer.echo(f"affectkit: {note}", err=True)
    for task in held.part.tasks:
        found = judged.judged(held, task, answers.read(predictions, task))
        groups = judged.drawn_by(found, held)
        values = judged.measured(found, groups, metrics, judged.FOLDS)
        made = judged.row(found, held, values, groups, judged.FOLDS)
        parts = judged.by_group(found, by, metrics, judged.FOLDS) if by else {}
        rows.append({**made, **({"groups": judged.plain(parts)} if by else {})})
        missing += len(found.missing)
        for note in found.how:
            typer.echo(f"affectkit: {note}", err=True)
        for note in judged.gaps(found):
            typer.echo(f"affectkit: {note}", err=True)
        if not json_:
            _table(found, held.which, made, parts)
    if json_:
        given = [f"--predictions {predictions}", f"--truth {truth}", *([f"--task {','.join(tasks)}"] if tasks else [])]
        show.as_json(judged.results(rows, predictions, held, " ".join(["affectkit evaluate", *given])))
    if missing:
        raise typer.Exit(_SOME_MISSING)


def _table(found: Judged, which: str, made: dict[str, Any], parts: dict[str, Any]) -> None:
    from ..answers import listed

    typer.echo(f"{found.name}, {which}, task {found.task.id} ({found.task.kind}); {made['protocol']}")
    head = ["metric", "value", "95 % interval", "n"]
    show.as_table(head, [[m, *_interval(v["value"], v["low"], v["high"], v["n"])] for m, v in made["metrics"].items()])
    for metric, its in parts.items():
        show.as_table([metric, *head[1:]], [[g, *_interval(v.value, v.low, v.high, v.n)] for g, v in its.each.items()])
        if its.small:
            typer.echo(f"too few items to compare (--json has their figures): {listed(list(its.small))}")
        if its.gap is not None:
            gap, v = its.gap, its.gap.interval
            told = f"{v.value:.4f} ({v.low:.4f} to {v.high:.4f}) between {gap.best} and {gap.worst}"
            typer.echo(f"gap {told}; by chance {gap.chance:.4f} among groups of these sizes, p {gap.p:.4f}")


def _interval(value: float, low: float, high: float, n: int) -> list[str]:
    return [f"{value:.4f}", f"{low:.4f} to {high:.4f}", f"{n:,}"]
