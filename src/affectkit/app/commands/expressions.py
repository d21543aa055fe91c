"""Say which expressions are characteristic of the texts that runs detect, and whether they tell anything on test."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ... import corpora, store
from ...analysis.significance import Interval
from ...errors import MissingExtra, UsageError
from .. import show


def command(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="folders of runs of reader_writer_gap")],
    unit: Annotated[str, typer.Option(help="words, or characters for scripts without spaces")] = "words",
    measure: Annotated[str, typer.Option(help="log_odds or chi_square")] = "log_odds",
    share: Annotated[
        float, typer.Option(help="share of texts, of the highest scores, that count as detected; else Youden's J")
    ] = 0.0,
    most: Annotated[int, typer.Option(help="expressions shown of each contrast; the results file has fifty")] = 15,
    results: Annotated[Path, typer.Option(help="where the results file goes")] = Path("results"),
    json_: Annotated[bool, typer.Option("--json", help="print JSON as in the results file, and write none")] = False,
) -> None:
    """Say which expressions are characteristic of the texts that runs detect, and whether they tell anything on test.

    Each text of the training part is judged by a network that has not seen it. Detected texts are held against the
    others and against overt ones, and overt ones against the others; then the number of expressions in a test text is
    tried as a score of its own.
    """
    try:
        from ...train import provenance, run
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit expressions", str(error.name), "train") from error
    opened = [run.open_run(Path(folder)) for folder in runs]
    for one in opened:
        if not hasattr(one.method, "expressions"):
            fix = "train reader_writer_gap"
            raise UsageError("a run of a method that finds expressions", f"{one.folder}, of {one.part}", fix)
    if len({(one.part, one.on) for one in opened}) > 1:
        found = " and ".join(f"{one.part} on {', '.join(one.on)}" for one in opened)
        raise UsageError("runs of one method and corpus", found, "give the others apart")
    rows: list[dict[str, Any]] = []
    for one in opened:
        found = one.method.expressions(one, unit, measure, share)
        rows += _rows(one, found, unit, measure)
        if not json_:
            _print(one.folder.resolve().name, found, most)
    first = opened[0]
    corpus = "+".join(_bare(on) for on in first.on)
    data = {
        "part": first.part,
        "command": " ".join(
            ["affectkit expressions", *runs, "--unit", unit, "--measure", measure, "--share", f"{share:g}"]
        ),
        "commit": provenance.commit(),
        "corpus": corpus,
        "hardware": provenance.hardware(),
        "rows": rows,
    }
    if json_:
        show.as_json(data)
        return
    typer.echo(f"wrote {store.write_json(results / f'{first.part}.{corpus}.expressions.json', data)}")


def _bare(spec: str) -> str:
    """The name of a corpus or table, without which of its samples are taken."""
    asked = corpora.parse(spec)
    return asked.where if asked.path is None else asked.short


def _rows(one: Any, found: Any, unit: str, measure: str) -> list[dict[str, Any]]:
    """A row for the detector on texts it has not seen, and one for its expressions on test."""
    from ...methods.reader_writer_gap import MOST

    config = one.config
    rule = f"writer {config.writer_is}, readers {config.readers_are} in {config.name}"
    common = {
        "claim": None,
        "task": "gap",
        "split": f"our own: {config.split}" if config.split else "the corpus's own",
        "audit": f"hidden: {rule}; {', '.join(f'{n} {what}' for what, n in found.texts.items())}",
        "baseline": None,
        "paper": {},
        "verdict": "own",
        "synthetic": any(corpora.synthetic(corpora.root(on)) for on in one.on),
        "seeds": list(one.seeds),
        "minutes": one.minutes,
    }
    name = one.folder.resolve().name
    by = f" by {config.folds_by}" if config.folds_by else ""
    return [
        common
        | {
            "protocol": f"train, in {config.folds} folds{by}, by networks that have not seen the text",
            "variant": {"system": name, "samples": "train"},
            "metrics": _finite(found.held),
            "detected_from": found.cut,
            "texts": dict(found.texts),
            "means": dict(found.means),
        },
        common
        | {
            "protocol": f"test, by how many of the first {MOST} expressions of detected texts ({measure}, {unit})",
            "variant": {"system": f"{name}, its expressions", "samples": "all test samples"},
            "metrics": _finite({"roc_auc": found.carried}),
            "expressions": {
                contrast: [dataclasses.asdict(e) for e in its[:MOST]] for contrast, its in found.contrasts.items()
            },
            "hold_an_emotion_word": {k: None if math.isnan(v) else v for k, v in found.spoken.items()},
        },
    ]


def _finite(figures: Mapping[str, Interval]) -> dict[str, Any]:
    """Figures as JSON; one that does not exist is left out."""
    return {metric: dataclasses.asdict(v) for metric, v in figures.items() if math.isfinite(v.value)}


def _print(name: str, found: Any, most: int) -> None:
    typer.echo(f"{name}: {', '.join(f'{n:,} {what}' for what, n in found.texts.items())} texts of train")
    typer.echo(f"mean of writers {found.means['writer']:.3f}, of readers {found.means['readers']:.3f}")
    for metric, v in found.held.items():
        typer.echo(f"unseen texts of train: {metric} {v.value:.4f} ({v.low:.4f} to {v.high:.4f}, n {v.n:,})")
    for contrast, its in found.contrasts.items():
        typer.echo(
            f"{contrast}: {len(its):,} expressions" + f", {found.spoken[contrast]:.0%} hold an emotion word" * bool(its)
        )
        if its[:most]:
            show.as_table(
                ["expression", "z", "own texts", "others", "q"],
                [[e.text, f"{e.z:.2f}", f"{e.own:,}", f"{e.others:,}", f"{e.q:.4f}"] for e in its[:most]],
            )
    v = found.carried
    typer.echo(
        f"how many of them a test text holds tells hidden ones: roc_auc {v.value:.4f} ({v.low:.4f} to {v.high:.4f})"
    )
