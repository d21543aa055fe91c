"""Say what emotion texts, files or standard input express."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import settings, store
from ...errors import InputError
from .. import inputs, outputs, overlays

if TYPE_CHECKING:
    from ...prediction import Prediction
    from ...runtime.predict import Options, Told

_PIPED_CHARACTERS = 120  # width of a table that goes to no terminal
_SOME_FAILED = 3
_NOTHING_DONE = 1


def command(
    items: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT", help="texts, files, folders, or - for standard input")
    ] = None,
    bundle: Annotated[
        str | None, typer.Option(help="shipped bundles or .affect files, commas between; affectkit list bundles")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="take every INPUT as a text, never as a path")] = False,
    column: Annotated[str | None, typer.Option(help="the column or field to read in tables and JSON lines")] = None,
    top: Annotated[int | None, typer.Option(help="give only so many scores, the highest first")] = None,
    taxonomy: Annotated[
        str | None, typer.Option(help="say it in this label scheme too; affectkit list taxonomies")
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="say a label from this score on, in [0, 1]")] = None,
    batch_size: Annotated[int, typer.Option(help="texts, windows or faces run at once")] = 32,
    threads: Annotated[int | None, typer.Option(help="threads for the model; one per core by default")] = None,
    commercial_only: Annotated[
        bool, typer.Option("--commercial-only", help="refuse what forbids commercial use")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="print a JSON list")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="print a line of JSON per item")] = False,
    segments: Annotated[
        bool, typer.Option("--segments", help="of a recording or video: say it of each stretch, with start and end")
    ] = False,
    balanced: Annotated[
        bool, typer.Option("--balanced", help="lean towards rare names, as far as served best on dev")
    ] = False,
    speakers: Annotated[
        Path | None, typer.Option(metavar="FILE.rttm", help="who speaks when: say it of each speaker")
    ] = None,
    transcript: Annotated[
        Path | None, typer.Option(metavar="FILE", help="what is said when, as .srt, .vtt or .json: read the words too")
    ] = None,
    tracks: Annotated[
        bool, typer.Option("--tracks", help="with --segments of a video: also those of each face, voice and turn")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="do not tell scores in relation to the speaker's own usual")
    ] = False,
    detector: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:SETTING=VALUE]",
            help="what looks for faces, such as yunet:model=FILE or cascade:bound_px=3000",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="share the items out among so many processes; see docs/batch.md")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="who does the work, for example ray or ray://HOST; affectkit list engines")
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(metavar="FILE|FOLDER", help="draw boxes and labels: .png, .jpg, .mp4 or a folder"),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT[=FILE]", help="write a format; affectkit list formats; repeatable"),
    ] = None,
) -> None:
    """Say what emotion texts, files or standard input express.

    An INPUT that exists as a path is read: .txt by lines, .csv and .tsv by --column, .jsonl by field, .parquet, sound
    files and the sound of videos, pictures, a folder with such files; a table with a column path is a list of files.
    Anything else is a text. A FILE is whole or not there; the same command goes on where it was stopped.

    Faces of a picture are told one by one, numbered row by row from left to right. Of a video its faces, followed
    through it and numbered as they appear, its voice and the words of a --transcript are told together first, then one
    by one; with --segments together, in stretches. A --bundle tells of what it reads alone.

    Of one voice with enough speech, segments are told in relation to that voice's own usual where the bundle can;
    files of one speaker (a column speaker beside path) are so together. --plain leaves it out.

    What is predicted is how people would label the emotion expressed, not what anybody feels inside.

    Exit codes: 0 done, 1 nothing could be done, 2 wrong usage, 3 some items failed and the rest is written.
    """
    from ...runtime import jobs, predict

    wanted = outputs.targets(to or (), [name for name, asked in (("json", json_), ("jsonl", jsonl)) if asked])
    given = inputs.gather(items or (), text, column)
    turns, words = tuple(inputs.speakers(speakers, given)), inputs.transcript(transcript, given)
    options = predict.Options(
        top, taxonomy, threshold, batch_size, segments, not plain, turns, balanced, words, tracks, detector=detector
    )
    _apart(given.files, [target.file for target in wanted if target.file is not None])
    drawn = None if overlay is None else overlays.Overlays(overlay, given.files)
    out = next((target for target in wanted if target.file is None), None)
    files = None
    if any(target.file is not None for target in wanted):
        files = outputs.Files(wanted, _command(given.key, options, bundle, commercial_only))
        if files.note:
            typer.echo(f"affectkit: {files.note}", err=True)
    done = files.done.items if files else 0
    told = jobs.told(given, jobs.Job(bundle, options, threads, commercial_only), engine, workers, done)
    found = told if drawn is None else drawn.keep(told)

    shown = sys.stderr.isatty() and (files is not None or not sys.stdout.isatty())
    with closing(told), outputs.Bar(shown, given.progress.total) as bar:
        counted = _Counted(found, bar, given.progress)
        stream: Iterable[Prediction] = counted
        if files is not None:
            stream = files.keep(counted, replay=out is not None, whole=lambda: counted.whole)
        if out is not None:
            outputs.to_stdout(out.format, stream, sys.stdout.buffer)
        elif files is None:
            _table(stream, top)
        for _ in stream:  # what nobody else has gone through
            pass
        if files is not None:
            files.finish()
    all_items = files.done.items if files else counted.items
    failed = files.done.failed if files else counted.failed
    if all_items == 0:
        raise InputError("at least one item", "none", "look into the input")
    if files is not None:
        names = ", ".join(str(target.file) for target in wanted if target.file is not None)
        typer.echo(f"affectkit: {all_items:,} items, {failed:,} of them failed, in {names}", err=True)
    elif failed and (out is not None or all_items > 1):
        typer.echo(f"affectkit: {failed:,} of {all_items:,} items failed; each says why", err=True)
    if failed:
        raise typer.Exit(_NOTHING_DONE if failed == all_items else _SOME_FAILED)


class _Counted:
    """Predictions as they pass, their items counted; `whole` tells whether the last one was the last of its item."""

    def __init__(self, told: Iterable[Told], bar: outputs.Bar, progress: inputs.Progress) -> None:
        self._told, self._bar, self._progress = iter(told), bar, progress
        self.items = self.failed = 0
        self.whole = True

    def __iter__(self) -> Iterator[Prediction]:
        for its in self._told:
            self.items += 1
            self.failed += its[0].failed
            self._bar.step(self._progress.done)
            for left, prediction in zip(range(len(its) - 1, -1, -1), its, strict=True):
                self.whole = not left
                yield prediction


def _table(predictions: Iterable[Prediction], top: int | None) -> None:
    from rich.console import Console

    from .. import table

    apart: list[str] = []
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=_PIPED_CHARACTERS)
    table.show(_told_apart(predictions, apart), console, top)
    for one in apart:
        console.print(one, style="dim")


def _told_apart(predictions: Iterable[Prediction], apart: list[str]) -> Iterator[Prediction]:
    """Predictions as they pass; of each file that several modalities tell of as a whole, how far they differ."""
    from ...language import fused

    first: Prediction | None = None
    rows: list[Prediction] = []

    def end() -> None:
        if first is not None:
            apart.append(f"{first.id}: {fused.told(first, rows)}")

    for one in predictions:
        if first is None or one.input != first.input:
            end()
            first, rows = (one if len(one.modalities.used) > 1 and one.start_s is None else None), []
        else:
            rows.append(one)
        yield one
    end()


def _command(key: str | None, options: Options, name: str | None, commercial_only: bool) -> str | None:
    """Stands for all that decides on the predictions; None when the input cannot be read again."""
    from ...runtime import bundle, predict

    paths = predict.paths(name) or bundle.shipped().values()
    marks = [bundle.fingerprint(path) for path in paths]
    said: list[object] = [key, options.top, options.taxonomy, options.threshold, marks, commercial_only]
    said += [options.segments, options.relative, options.speakers, options.balanced]
    said += [repr(options.transcript), options.tracks, options.detector, _files_of(options.detector)]
    return None if key is None else store.sha256(json.dumps(said).encode())


def _files_of(detector: str | None) -> list[str]:
    """Digests of the files that a detector is given, whose names may come to stand for others."""
    if detector is None:
        return []
    part, config = settings.part("detectors", detector)
    files = [Path(getattr(config, name)) for name in part.CARD.get("needs", ())]
    # of one that is missing the detector says so
    return [store.sha256(file) for file in files if file.is_file()]


def _apart(read: Iterable[Path], written: Iterable[Path]) -> None:
    from ...errors import UsageError

    there = {path.resolve() for path in read}
    for path in written:
        if path.resolve() in there:
            raise UsageError("an output beside the input", f"{path} for both", "choose another name")
