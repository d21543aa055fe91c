"""Measure a bundle on sounds that get worse: noise, rooms, codecs, levels and others, step by step."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ... import store
from ...analysis.significance import Difference, Interval
from ...errors import UnknownName, UsageError
from ...runtime import predict
from .. import show
from ..specs import told

if TYPE_CHECKING:
    from ...train.robustness import Curves, Measured


def command(
    bundle: Annotated[str, typer.Argument(help="a bundle's name, or a .affect file")],
    on: Annotated[str, typer.Option(help="a corpus below AFFECTKIT_CORPORA, or a table of your own")],
    by: Annotated[
        str, typer.Option(help="augmentations joined by commas, else all that fit: noise:kind=babble,codec:codec=mp3")
    ] = "",
    split: Annotated[str, typer.Option(help="whose samples: test, dev, train or all")] = "test",
    limit: Annotated[int | None, typer.Option(help="at most so many samples, drawn at random")] = None,
    seed: Annotated[int, typer.Option(help="of what is drawn")] = 0,
    to: Annotated[list[str], typer.Option(help="write a file: csv=FILE or json=FILE; repeatable")] = [],  # noqa: B006
    json_: Annotated[bool, typer.Option("--json", help="print JSON as in a results file")] = False,
) -> None:
    """Measure a bundle on sounds that get worse: noise, rooms, codecs, levels and others, step by step.

    Each line has the figure on changed sounds, with its 95 % interval, and its change from the same items as they are;
    a star says that the interval of the change does not hold 0 (--json and --to tell it). Values joined by + take the
    place of the usual steps: noise:snr_db=10+0. An item that can no longer be read counts as wrong.
    affectkit list augmentations says what there is.
    """
    files = _files(to)
    names = told(on)
    if len(names) != 1:
        raise UsageError("one corpus or table in --on", repr(on), "measure on them one by one")
    from ...train import provenance, robustness

    loaded = predict.load(bundle)
    shown = sys.stderr.isatty()
    tell: Callable[[str], None] = (lambda line: typer.echo(line, err=True)) if shown else (lambda line: None)
    curves = robustness.measure(loaded, on, by, split, limit, seed, tell)
    usual = (("by", by, ""), ("split", split, "test"), ("limit", limit, None), ("seed", seed, 0))
    given = [f"--{name} {value}" for name, value, default in usual if value != default]
    head = {
        "part": curves.part,
        "corpus": on,
        "command": " ".join(["affectkit robustness", bundle, "--on", on, *given]),
    }
    data = {**head, "commit": provenance.commit(), "rows": curves.rows()}
    for form, file in files:
        _WRITERS[form](file, curves, data)
    if json_:
        show.as_json(data)
        return
    typer.echo(f"{curves.part} on {on} ({curves.samples}); {curves.protocol}")
    for task in dict.fromkeys(one.task for one in curves.measured):
        _table([one for one in curves.measured if one.task == task])
    for _, file in files:
        typer.echo(f"wrote {file}")


def _table(measured: Sequence[Measured]) -> None:
    """A task's curves: each figure beside its difference from what is as it is."""
    metrics = list(dict.fromkeys(metric for one in measured for metric in one.figures))
    compared = {metric for one in measured for metric in one.differences}
    head = [f"task {measured[0].task}"]
    for metric in metrics:
        head += [metric, *(["change"] if metric in compared else [])]
    rows = []
    for one in measured:
        cells = [str(one.point)]
        for metric in metrics:
            cells.append(_figure(one.figures.get(metric)))
            cells += [_change(one.differences.get(metric))] if metric in compared else []
        rows.append([*cells, str(one.failed)])
    show.as_table([*head, f"failed of {measured[0].n:,}"], rows)


def _figure(v: Interval | None) -> str:
    return "-" if v is None else f"{v.value:.3f} ({v.low:.2f} to {v.high:.2f})"


def _change(d: Difference | None) -> str:
    return "" if d is None else f"{d.value:+.3f}{'*' * (d.low > 0 or d.high < 0)}"


def _files(to: Sequence[str]) -> list[tuple[str, Path]]:
    """Forms and files of --to.

    Raises:
        UnknownName: no such form.
        UsageError: no file, or a folder that is not there.
    """
    found = []
    for one in to:
        form, _, name = one.partition("=")
        if form not in _WRITERS:
            raise UnknownName.among("a form of a file of curves", form, _WRITERS)
        file = Path(name)
        if not name or not file.parent.is_dir() or file.is_dir():
            raise UsageError(f"a file name in --to {form}=FILE", repr(name), "make the folder or correct the name")
        found.append((form, file))
    return found


def _csv(file: Path, curves: Curves, data: dict[str, Any]) -> None:
    rows, text = curves.table(), io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    store.write(file, text.getvalue())


def _json(file: Path, curves: Curves, data: dict[str, Any]) -> None:
    store.write_json(file, data)


_WRITERS: dict[str, Callable[[Path, Curves, dict[str, Any]], None]] = {"csv": _csv, "json": _json}
