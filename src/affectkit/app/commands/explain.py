"""Say which words, cells or stretches of an input a score rests on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from ... import find
from ...errors import AffectError, InputError, UsageError
from ...runtime.options import Item
from .. import explained, inputs, show

_SOME_FAILED = 3
_NOTHING_DONE = 1


def command(
    items: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT", help="texts, files, folders, or - for standard input")
    ] = None,
    bundle: Annotated[
        str | None, typer.Option(help="a shipped bundle or a .affect file; affectkit list bundles")
    ] = None,
    label: Annotated[str | None, typer.Option(help="explain this label or dimension; the highest by default")] = None,
    by: Annotated[str, typer.Option(help="the explainer; affectkit list explainers")] = "occlusion",
    parts: Annotated[int, typer.Option(help="words, cells or stretches at most; longer inputs get coarser ones")] = 64,
    text: Annotated[bool, typer.Option("--text", help="take every INPUT as a text, never as a path")] = False,
    column: Annotated[str | None, typer.Option(help="the column or field to read in tables and JSON lines")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="is it right? cover the parts in its order and in random ones")
    ] = False,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="draw a picture's explanation over the picture")
    ] = None,
    transcript: Annotated[
        Path | None, typer.Option(metavar="FILE", help="what is said when in a video or recording: read the words too")
    ] = None,
    detector: Annotated[
        str | None,
        typer.Option(metavar="NAME[:SETTING=VALUE]", help="what looks for faces; as in affectkit predict"),
    ] = None,
    threads: Annotated[int | None, typer.Option(help="threads for the model; one per core by default")] = None,
    commercial_only: Annotated[
        bool, typer.Option("--commercial-only", help="refuse what forbids commercial use")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say which words, cells or stretches of an input a score rests on.

    Each part is covered and the bundle asked again: the effect is how much the score of the label falls. Above zero a
    part speaks for the label, below zero against it. It tells what the bundle went by, not why anybody feels
    something.

    Before it stands what that means in sentences: how the modalities agree, how the voice sounds beside its usual, how
    often a face shows the label, which words carry it. Every number in them was measured (--json says where).

    Exit codes: 0 done, 1 nothing could be done, 2 wrong usage, 3 some items failed and the rest is written.
    """
    find.path("explainers", by)
    given = inputs.gather(items or (), text, column)
    asked_of: Iterable[Item] = given
    if to is not None:
        explained.check_target(to)
        asked_of = list(islice(given, 2))
        if len(asked_of) > 1:
            raise UsageError("one picture for --to", "several inputs", "run the command once for each")
    words = inputs.transcript(transcript, given)
    asked = explained.Asked(by, label, parts, bundle, threads, commercial_only, check, words, detector)
    done: list[explained.Told] = []
    failed = 0
    for item in asked_of:
        try:
            found = explained.told(asked, item)
        except UsageError:
            raise
        except AffectError as error:
            failed += 1
            typer.echo(f"affectkit: {item.id}: {error}", err=True)
            continue
        done.append(found)
        if not (json_ or check):
            explained.tell_all(found)
        if to is not None and found.found is not None:
            explained.draw(found.found, to)
    if not done and not failed:
        raise InputError("at least one item", "none", "look into the input")
    checked = explained.checked([one.found for one in done if one.found is not None]) if check and done else None
    if json_:
        told = [one.to_json() for one in done]
        show.as_json(told if checked is None else {"explanations": told, "check": checked})
    elif checked is not None:
        explained.tell_check(checked)
    if failed:
        raise typer.Exit(_SOME_FAILED if done else _NOTHING_DONE)
