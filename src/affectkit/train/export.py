"""From a run to a `.affect` bundle: ONNX with parity, int8 where it costs little, calibration from dev, a card.

Test is not opened here; a bundle's figures are written into its card by `stamp`, from what `evaluate` measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__, corpora, find, settings
from ..errors import DataError, UsageError
from ..metrics import flat
from ..nn.model import Beside, Model
from ..runtime import bundle
from ..runtime.say import Head
from ..task import Kind
from . import calibrate, ensemble, mixture, onnx, provenance, reading, run
from .mixture import Mixture
from .run import Run

PARITY = 1e-4
"""Largest difference allowed between a network and its float export."""
COST = 0.005
"""Largest loss of a task's first metric on dev for which int8 is taken."""
_SOME = 600
"""Samples on which int8 is compared with float where there is no dev."""
_VOICE = 8
"""Windows that a voice must have for its usual to be taken off."""


@dataclass(frozen=True)
class Exported:
    """What was written, and what int8 cost on dev: metric -> (float, int8)."""

    path: Path
    int8: bool
    dev: Mapping[str, tuple[float, float]]


def export(
    trained: Run,
    name: str,
    path: Path,
    seed: int | None = None,
    version: int = 1,
    limits: Sequence[str] = (),
    licence: str | None = None,
    others: Sequence[Run] = (),
    beside: Run | None = None,
    last: bool = False,
) -> Exported:
    """Write a run's network as a bundle.

    Args:
        seed: which; None takes the first.
        limits: further ones beside those of the corpora.
        others: runs of the same form whose weights are averaged with this one's (Wortsman et al., Model Soups, 2022).
        last: average the weights at the end of each training in too.
        beside: a run with the same tokenizer and tasks that has a share in every task's output, chosen on dev.
        licence: of the weights; None takes the strictest share-alike licence among the training data, else Apache-2.0.

    Raises:
        DataError: the export differs from the network by more than `PARITY`.
        UsageError: the run has no such seed or none that is finished, or has a split of its own (official test samples
            may be among those it learnt from) other than "all" or "joined" with folds, whose calibration is that of
            its folds.
    """
    whole = trained.config.split in mixture.NO_DEV and trained.config.folds > 0
    if trained.config.split and not whole:
        raise UsageError("a run on the official split", f"split={trained.config.split}", "train without it")
    seeds = run.finished(trained)
    chosen = seeds[0] if seed is None else seed
    if chosen not in seeds:
        raise UsageError(f"a seed among {', '.join(map(str, seeds))}", str(chosen), "choose one of them")
    reader = trained.reader()
    network: Model | Beside = run.soup(trained, [chosen], others, last)
    own = trained.mixture()
    # where all was learnt from, int8 is still compared with float on some of it; figures are of the folds
    dev = _some(own.part("train")) if whole else own.part("dev")
    features = run.features(reader, dev)
    if beside is not None:
        network = ensemble.beside(network, trained, beside, dev, features)
    exact = onnx.export(network, features)
    if (gap := onnx.gap(network, exact, features)) > PARITY:
        raise DataError(f"an export within {PARITY:g} of the network", f"{gap:g}", "look at the encoder's operators")
    small = reader.quantised(exact, features)
    raw = {file: onnx.outputs(file, features, network.tasks) for file in (exact, small)}
    costs = _costs(trained, dev, raw[exact], raw[small])
    int8 = all(before - after <= COST for before, after in costs.values())
    chosen_file = small if int8 else exact
    alone = [] if others or beside is not None else [chosen]  # what others said of the training part, nobody knows
    nothing = [np.zeros((0, len(task.names)), np.float32) for task in trained.tasks]
    told = run.told(trained, alone, own, _named(trained, nothing if whole else raw[chosen_file]))
    card = _card(trained, beside, reader, *told) | {"name": name, "version": version, "figures": []}
    card["decided"] = trained.decided if alone else "dev"
    if whole:
        card["split"] = trained.config.split
    card["limits"] += limits
    if beside is not None and isinstance(network, Beside):
        card["beside"] = {"part": beside.part, "shares": dict(zip(network.tasks, network.shares, strict=True))}
    card["licences"]["weights"] = licence or card["licences"]["weights"]
    return Exported(bundle.pack(path, card, chosen_file, reader.assets()), int8, costs)


def stamp(path: Path, figures: Sequence[Mapping[str, Any]]) -> None:
    """Write a bundle again with these figures in its card; model and tokenizer stay as they are."""
    there = bundle.open(path)
    bundle.pack(path, {**there.card, "figures": [dict(f) for f in figures]}, there.model, there.assets)


_LIMITS = [
    "scores say which emotion people would write down for this, not what anybody feels inside",
]
"""What holds for every bundle; each corpus's CARD adds its own."""


@dataclass(frozen=True)
class Sources:
    """What went into the weights: licence by corpus or part, limits and languages."""

    corpora: tuple[str, ...]
    licences: Mapping[str, str]
    limits: tuple[str, ...]
    languages: tuple[str, ...]


def learnt_from(trained: Run, more: Sequence[Run] = ()) -> Sources:
    """Of a run, of `more` that stand beside it, and of the runs that taught it or that it began at.

    What those learnt from is in its weights too, and so are the corpora that a method's `further(config)` names, and
    the published networks of its `published(config)`.
    """
    taught = [learnt_from(source) for source in (*run.sources(trained), *more)]
    further, published = (
        getattr(trained.method, s, lambda config: ())(trained.config) for s in ("further", "published")
    )
    learnt = tuple(dict.fromkeys((*trained.on, *further, *(one.source.corpus for one in published))))
    cards = {name: corpora.card(name) for name in learnt}
    licences = {name: str(card["licence"]) for name, card in cards.items()}
    part, its = settings.part("encoders", trained.config.encoder)
    encoder = part.CARD
    if "licence" in encoder:
        # one that reads any file knows the licence of its own only
        licence = part.licence(its) if hasattr(part, "licence") else encoder["licence"]
        licences[f"initial weights ({encoder['title']})"] = str(licence)
    limits = [limit for card in (*cards.values(), encoder) for limit in card.get("limits", ())]
    languages = {lang for card in cards.values() for lang in card.get("languages", ())}
    for one in published:
        licences[f"teacher ({one.source.title})"] = one.source.licence
        limits.append(
            f"values are those of a network ({one.source.title}), which nobody has checked on these recordings"
        )
    for other in taught:
        licences |= other.licences
        limits += other.limits
        languages |= set(other.languages)
    names = dict.fromkeys([*learnt, *(n for other in taught for n in other.corpora)])
    return Sources(tuple(names), licences, tuple(dict.fromkeys(limits)), tuple(sorted(languages)))


def _some(part: Mixture) -> Mixture:
    """A part of what was learnt from, evenly taken."""
    return part.take(np.arange(0, len(part), max(1, len(part) // _SOME)))


def _card(
    trained: Run, beside: Run | None, reader: reading.Reader, told: Mixture, raw: Mapping[str, NDArray[np.float32]]
) -> dict[str, Any]:
    entries = calibrate.entries(trained.tasks, told, raw, trained.apart, trained.config.tempered, trained.even)
    if (kind := trained.voices) in told.groups:
        for entry, task in zip(entries, trained.tasks, strict=True):
            if task.kind is not Kind.SINGLE:
                continue  # of several names, or numbers, nothing says what is usual
            its = (raw[task.id], told.targets[task.id], told.judged[task.id])
            entry["relative"] = calibrate.relative(task, *its, told.groups[kind], _VOICE)
    sources = learnt_from(trained, [beside] if beside else [])
    fixed = dict(trained.method.CARD.get("card", {}))
    if fixed.get("dimensions_from", {}).get("task") not in {task.id for task in trained.tasks}:
        fixed.pop("dimensions_from", None)  # it learnt another task, such as the dimensions themselves
    data = dict(sources.licences)
    shared = sorted(licence for licence in data.values() if "SA" in licence.upper().replace("-", " ").split())
    return {
        "affectkit": __version__,
        "title": trained.method.CARD["title"],
        "modality": reader.modality,
        "languages": list(sources.languages),
        **reader.card(),
        **fixed,
        "tasks": entries,
        "trained_on": list(sources.corpora),
        "limits": [*_LIMITS, *reader.limits(), *sources.limits],
        "part": trained.part,
        "command": trained.command,
        "commit": provenance.commit(),
        "licences": {"code": "Apache-2.0", "weights": shared[0] if shared else "Apache-2.0", "data": data},
    }


def _named(trained: Run, raw: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    return {task.id: y for task, y in zip(trained.tasks, raw, strict=True)}


def _costs(
    trained: Run, dev: Mixture, exact: Sequence[NDArray[np.float32]], small: Sequence[NDArray[np.float32]]
) -> dict[str, tuple[float, float]]:
    """Per task's first metric (mean over dimensions): its dev value with the float and with the int8 file's outputs."""
    before, after = (_dev_values(trained, _named(trained, raw), dev) for raw in (exact, small))
    return {metric: (before[metric], after[metric]) for metric in before}


def _dev_values(trained: Run, raw: Mapping[str, NDArray[np.float32]], dev: Mixture) -> dict[str, float]:
    found = {}
    for entry in calibrate.entries(trained.tasks, dev, raw, trained.apart, trained.config.tempered, trained.even):
        head = Head.of(entry)
        task, metric = head.task, head.task.defaults.metrics[0]
        scores = head.scores(raw[task.id].astype(np.float64))
        given = scores if task.scaled else head.said(scores, outputs=raw)
        rows = dev.judged[task.id].any(1)
        value = find.load("metrics", metric).score(
            dev.targets[task.id][rows], given[rows], dev.judged[task.id][rows], task=task
        )
        found[f"{task.id}.{metric}"] = float(np.mean(list(flat(metric, value).values())))
    return found


def describe(exported: Exported) -> str:
    """One sentence on what was written."""
    size = exported.path.stat().st_size / 1e6
    costs = "; ".join(f"{m} on dev {a:.4f} float, {b:.4f} int8" for m, (a, b) in exported.dev.items())
    return f"{exported.path} ({size:.1f} MB, {'int8' if exported.int8 else 'float'}; {costs})"
