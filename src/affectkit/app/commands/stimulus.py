"""Say what many people felt over time about the same stimuli: mean, spread, who moves with the others and who not."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import corpora, store
from ...errors import DataError, UnknownName, UsageError
from .. import show, traces

if TYPE_CHECKING:
    from ...analysis.stimulus import Course, Stimulus


def command(
    corpus: Annotated[
        str,
        typer.Argument(metavar="CORPUS|TABLE", help="a corpus, or a table of stimulus, person, t_s and dimensions"),
    ],
    stimulus: Annotated[str, typer.Option(help="one or several ids, joined by commas; all by default")] = "",
    task: Annotated[str | None, typer.Option(help="a task of the corpus; the first with values over time")] = None,
    window: Annotated[
        float, typer.Option(help="seconds of a window of synchrony; the next begins half of it later")
    ] = 10.0,
    skip: Annotated[
        float, typer.Option(help="seconds left out at the beginning, where all may rest at one value")
    ] = 0.0,
    delay: Annotated[
        float, typer.Option(help="seconds that people are looked for earlier or later than the rest")
    ] = 5.0,
    draws: Annotated[int, typer.Option(help="circular shifts for p, and people drawn again for intervals")] = 500,
    seed: Annotated[int, typer.Option(help="of the draws")] = 0,
    to: Annotated[
        list[str] | None,
        typer.Option(help="csv=FILE (curves), html=FILE (a page) or svg=FILE (pictures of one stimulus); repeatable"),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say how people felt over time about the same stimuli.

    For each stimulus: the synchrony of its people (the mean correlation of pairs, and of each with the mean of the
    rest) over the whole and in windows, with p by circular shifts; for each person the concordance with the mean of
    the rest, and by how much later they are. A table of one's own has a row per person and moment.
    """
    wanted = [_target(one) for one in to or ()]
    rated = traces.read(corpus, task)
    for note in rated.notes:
        typer.echo(f"affectkit: {note}", err=True)
    chosen = [one for one in stimulus.split(",") if one] or list(rated.stimuli)
    for one in chosen:
        if one not in rated.stimuli:
            raise UnknownName.among(f"a stimulus of {corpora.parse(corpus).where}", one, rated.stimuli)
    if any(form == "svg" for form, _ in wanted) and len(chosen) > 1:
        raise UsageError("one stimulus for svg", f"{len(chosen)}", "name it: --stimulus ID")
    from ...analysis import stimulus as studying

    settings = studying.Settings(
        window_s=window, step_s=window / 2, skip_s=skip, most_delay_s=delay, draws=draws, seed=seed
    )
    found = []
    for one in chosen:
        try:
            found.append(studying.study(one, rated.stimuli[one], rated.names, settings))
        except DataError as error:
            typer.echo(f"affectkit: {one} left out: {error}", err=True)
    if not found:
        raise DataError(f"a stimulus of {corpus} with people to compare", "none", "see above")
    if json_:
        from ...report import stimulus as report

        told = {"corpus": corpus, "task": rated.task, "scale": rated.scale, "draws": draws, "seed": seed}
        show.as_json(told | {"stimuli": [report.plain(one) for one in found]})
    else:
        _print(found)
    for form, file in wanted:
        for written in _FORMS[form](file, corpus, rated, found):
            typer.echo(f"wrote {written}", err=json_)
    if len(found) < len(chosen):
        raise typer.Exit(3)


def _target(given: str) -> tuple[str, Path]:
    form, _, file = given.partition("=")
    if form not in _FORMS:
        raise UnknownName.among("a form for --to", form, _FORMS)
    if not file or not Path(file).parent.is_dir() or Path(file).is_dir():
        raise UsageError(f"a file in a folder that is there, as {form}=FILE", repr(given), "correct the name")
    return form, Path(file)


def _print(found: Sequence[Stimulus]) -> None:
    rows = [
        [
            one.id,
            c.name,
            f"{len(one.traces.people)}",
            f"{c.mean.mean():.2f}",
            f"{c.deviation.mean():.2f}",
            f"{_told(c.pairs.value)} ({_told(c.pairs.low)} to {_told(c.pairs.high)})",
            _told(c.pairs_p, 3),
            f"{_told(c.rest)}",
            _strongest(c),
        ]
        for one in found
        for c in one.courses
    ]
    head = ["stimulus", "dimension", "people", "mean", "spread", "synchrony of pairs", "p", "with rest"]
    show.as_table([*head, "strongest window"], rows)
    for one in found:
        typer.echo()
        names = [c.name for c in one.courses]
        typer.secho(f"{one.id}: each person against the mean of the others ({', '.join(names)})", bold=True)
        head = [f"{what} {name[:8]}" for name in names for what in ("concordance", "higher by", "later by s")]
        show.as_table(
            ["person", *head],
            [
                [its[0].person, *(t for p in its for t in (_told(p.ccc), _told(p.shift), _told(p.delay_s, 1)))]
                for its in zip(*(c.people for c in one.courses), strict=True)
            ],
        )
        for who, why in one.traces.left_out.items():
            typer.echo(f"left out: {who}, {why}")
        for c in one.courses:
            if c.constant:
                typer.echo(f"never move in {c.name}, so that nothing can be told of them: {', '.join(c.constant)}")


def _strongest(course: Course) -> str:
    """The window in which people are most alike; p counts all windows."""
    best = max((w for w in course.windows if not math.isnan(w.pairs)), key=lambda w: w.pairs, default=None)
    if best is None:
        return "-"
    return f"{best.start_s:.0f}-{best.end_s:.0f} s: {best.pairs:.2f}, p {best.p_any:.3f}"


def _told(value: float, digits: int = 2) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _csv(file: Path, corpus: str, rated: traces.Rated, found: Sequence[Stimulus]) -> list[Path]:
    from ...report import stimulus as report

    text = io.StringIO()
    rows = list(report.curves(found))
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return [store.write(file, text.getvalue())]


def _html(file: Path, corpus: str, rated: traces.Rated, found: Sequence[Stimulus]) -> list[Path]:
    from ...report import stimulus as report

    scale = "" if rated.scale is None else f"{rated.scale[0]:g} to {rated.scale[1]:g}"
    facts = {"from": corpus, "task": rated.task, "scale": scale}
    return [store.write(file, report.html("Many people, one stimulus", found, facts))]


def _svg(file: Path, corpus: str, rated: traces.Rated, found: Sequence[Stimulus]) -> list[Path]:
    """A picture per dimension: FILE for the first, FILE-NAME for the others."""
    from ...report import charts
    from ...report import stimulus as report

    written = []
    for number, course in enumerate(found[0].courses):
        name = file if not number else file.with_name(f"{file.stem}-{course.name}{file.suffix}")
        written.append(store.write(name, charts.alone(report.picture(found[0], course, f"t{number}"))))
    return written


_FORMS: dict[str, Callable[[Path, str, traces.Rated, Sequence[Stimulus]], list[Path]]] = {
    "csv": _csv,
    "html": _html,
    "svg": _svg,
}
