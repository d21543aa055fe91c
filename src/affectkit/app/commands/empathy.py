"""Score predictions of what listeners felt, clip by clip, by the two tracks of OMG-Empathy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import corpora, find
from ...errors import DataError, UsageError
from ...sample import SPLITS, Series
from .. import show

if TYPE_CHECKING:
    from ...analysis.dyads import Clip, Dyads
    from ...metrics import Floats

_CORPUS = "omg_empathy"
_SOME_MISSING = 3


def command(
    predictions: Annotated[
        Path,
        typer.Argument(help="a folder of Subject_1_Story_2.csv ..., each with a column `valence`, a row per frame"),
    ],
    truth: Annotated[
        Path | None, typer.Option(help="a folder of annotations in the same form; the corpus omg_empathy when left out")
    ] = None,
    split: Annotated[str, typer.Option(help="the part of the corpus: train, dev or test")] = "dev",
    hold: Annotated[bool, typer.Option("--hold", help="hold values of another rate for their share of frames")] = False,
    json_: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Score predictions of what listeners felt, clip by clip, by the two tracks of OMG-Empathy.

    Concordance of each clip, then the mean over each listener's stories (personalised track) and over each story's
    listeners (generalised track). Exit code 3 when a clip has no predictions.
    """
    from ...analysis import dyads

    if split not in SPLITS:
        raise UsageError(f"{', '.join(SPLITS)} for --split", repr(split), "choose one")
    true = _read(truth) if truth is not None else _corpus(split)
    said = _read(predictions)
    if hold:
        said = {clip: dyads.held(v, len(true[clip])) if clip in true else v for clip, v in said.items()}
    found = dyads.table(true, said)
    missing = sorted(set(true) - set(said))
    extra = len(set(said) - set(true))
    if json_:
        show.as_json(_plain(found, missing))
    else:
        _print(found)
    if extra:
        typer.echo(f"affectkit: {extra} files of predictions have no truth and were left out", err=True)
    if missing:
        named = ", ".join(_name(clip) for clip in missing[:5]) + (" ..." if len(missing) > 5 else "")
        typer.echo(f"affectkit: {len(missing)} clips have no predictions: {named}", err=True)
        raise typer.Exit(_SOME_MISSING)


def _read(folder: Path) -> dict[Clip, Floats]:
    """Clip -> values, of every CSV file in a folder."""
    import numpy as np

    part = find.load("corpora", _CORPUS)
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    if not files:
        raise UsageError(f"files such as Subject_1_Story_2.csv in {folder}", "none", "correct the folder")
    found: dict[Clip, Floats] = {}
    for file in files:
        found[part.numbers(file)] = np.asarray(part.valence(file), np.float64)
    return found


def _corpus(split: str) -> dict[Clip, Floats]:
    import numpy as np

    part = find.load("corpora", _CORPUS)
    found: dict[Clip, Floats] = {}
    for sample in corpora.samples(_CORPUS):
        if sample.split == split:
            (rating,) = sample.ratings
            if isinstance(rating.value, Series):
                found[part.numbers(Path(sample.id))] = rating.value.values[:, 0].astype(np.float64)
    if not found:
        raise DataError(f"annotations of {split} in {_CORPUS}", "none", "those of test lie in the folder Annotations")
    return found


def _name(clip: Clip) -> str:
    return f"Subject_{clip[0]}_Story_{clip[1]}"


def _plain(found: Dyads, missing: list[Clip]) -> dict[str, object]:
    sure = found.interval()
    cells = [[None if v != v else v for v in row] for row in found.ccc.tolist()]
    return {
        "listeners": list(found.listeners),
        "stories": list(found.stories),
        "ccc": cells,
        "personalised": {
            "by_listener": found.by_listener.tolist(),
            "mean": {"value": sure.value, "low": sure.low, "high": sure.high, "n": sure.n},
        },
        "generalised": {"by_story": found.by_story.tolist(), "mean": {"value": found.generalised}},
        "complete": found.complete,
        "constant": [_name(clip) for clip in found.constant],
        "missing": [_name(clip) for clip in missing],
    }


def _print(found: Dyads) -> None:
    stories = [f"story {story}" for story in found.stories]
    means = found.by_listener
    rows = [
        [f"listener {who}", *("-" if v != v else f"{v:.3f}" for v in row), f"{mean:.3f}"]
        for who, row, mean in zip(found.listeners, found.ccc.tolist(), means.tolist(), strict=True)
    ]
    rows.append(["mean", *(f"{v:.3f}" for v in found.by_story.tolist()), ""])
    show.as_table(["concordance", *stories, "mean"], rows)
    sure = found.interval()
    typer.echo(f"personalised track: {sure.value:.4f} (95 % over listeners: {sure.low:.4f} to {sure.high:.4f})")
    typer.echo(f"generalised track:  {found.generalised:.4f}")
    if not found.complete:
        typer.echo("the tracks differ because some listeners lack some stories")
    if found.constant:
        named = ", ".join(_name(clip) for clip in found.constant[:5]) + (" ..." if len(found.constant) > 5 else "")
        typer.echo(f"{len(found.constant)} clips never move, in truth or predictions, and count as 0: {named}")
