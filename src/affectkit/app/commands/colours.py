"""Say how brightness and colourfulness of a corpus's pictures go with what people felt."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ... import corpora, find, store
from ...errors import DataError, MissingExtra, UsageError
from .. import show

if TYPE_CHECKING:
    from ...analysis.significance import Interval
    from ...train.mixture import Mixture


def command(
    corpus: Annotated[str, typer.Argument(help="a corpus of pictures with valence and arousal, such as oasis")],
    split: Annotated[str, typer.Option(help="whose pictures: train, dev, test, or all")] = "all",
    results: Annotated[Path, typer.Option(help="where the results file goes")] = Path("results"),
    json_: Annotated[bool, typer.Option("--json", help="print JSON as in the results file, and write none")] = False,
) -> None:
    """Say how brightness and colourfulness of a corpus's pictures go with what people felt.

    Pearson's and Spearman's correlation with each dimension of the corpus's main task, with 95 % intervals in which
    whole groups of pictures, such as themes, are drawn together. Nothing is learnt. Writes results/colour.CORPUS.json.
    """
    try:
        from ...train import mixture, provenance
        from ...train.figures import Groups
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit colours", str(error.name), "train") from error
    task, *_ = corpora.tasks(corpus)
    if not task.scaled:
        raise UsageError("a corpus whose main task has dimensions", f"{corpus} with {task.id}", "for example oasis")
    data = mixture.read([corpus])
    data = data if split == "all" else data.part(split)
    if not len(data):
        raise DataError(f"pictures of the split {split!r} in {corpus}", "none", "use --split all")
    groups = Groups.of(data, corpora.card(corpus))
    found = measured(data, groups.ids if groups else None)
    rows: list[dict[str, Any]] = [
        {
            "claim": None,
            "task": task.id,
            "protocol": f"correlation with the mean rating, nothing learnt{groups.protocol if groups else ''}",
            "split": "all pictures" if split == "all" else split,
            "audit": "nothing is learnt",
            "variant": {"system": name, "samples": f"all {split} pictures" if split != "all" else "all pictures"},
            "metrics": {metric: dataclasses.asdict(v) for metric, v in its.items() if math.isfinite(v.value)},
            "baseline": None,
            "paper": {},
            "verdict": "own",
            "synthetic": corpora.synthetic(corpora.root(corpus)),
            "seeds": [],
            "minutes": 0.0,
        }
        for name, its in found.items()
    ]
    short = corpora.parse(corpus).short
    made = {
        "part": "colour",
        "corpus": short,
        "command": f"affectkit colours {corpus} --split {split}",
        "commit": provenance.commit(),
        "hardware": provenance.hardware(),
        "rows": rows,
    }
    if json_:
        show.as_json(made)
        return
    table = [
        [name, metric, f"{v.value:.3f}", f"{v.low:.3f} to {v.high:.3f}", str(v.n)]
        for name, its in found.items()
        for metric, v in its.items()
    ]
    show.as_table(["colour", "figure", "value", "95 % interval", "n"], table)
    typer.echo(f"wrote {store.write_json(results / f'colour.{short}.json', made)}")


def measured(data: Mixture, groups: Any = None) -> dict[str, dict[str, Interval]]:
    """Colour -> metric -> how it goes with each dimension of the first task; groups (n,) are drawn as a whole."""
    import numpy as np

    from ...analysis import significance
    from ...features import colour
    from ...metrics import flat

    (task, *_), read = data.tasks, find.load("modalities", "scene").read
    pictures = [read(media["scene"]) for media in data.media]
    values = {
        "brightness": [colour.brightness(p) for p in pictures],
        "luma": [colour.brightness(p, "luma") for p in pictures],
        "colourfulness": [colour.colourfulness(p) for p in pictures],
        "saturation": [colour.saturation(p) for p in pictures],
    }
    truth, judged = data.targets[task.id], data.judged[task.id]
    found: dict[str, dict[str, Interval]] = {}
    for name, column in values.items():
        scores = np.repeat(np.asarray(column)[:, None], len(task.names), 1)
        found[name] = {}
        for metric in ("pearson", "spearman"):
            found[name] |= flat(metric, significance.bootstrap(metric, truth, scores, judged, task, groups))
    return found
