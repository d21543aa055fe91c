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

from .. import __version__, find
from ..errors import DataError, UsageError
from ..metrics import flat
from ..runtime import bundle
from ..runtime.say import Head
from ..task import Task
from . import calibrate, onnx, provenance, reading, run, settings
from .mixture import Mixture
from .run import Run

PARITY = 1e-4
"""Largest difference allowed between a network and its float export."""
COST = 0.005
"""Largest loss of a task's first metric on dev for which int8 is taken."""


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
) -> Exported:
    """Write a run's network as a bundle.

    Args:
        seed: which; None takes the first.
        limits: further ones beside those of the corpora.
        others: runs of the same form whose weights are averaged with this one's (Wortsman et al., Model Soups, 2022).
        licence: of the weights; None takes the strictest share-alike licence among the training data, else Apache-2.0.

    Raises:
        DataError: the export differs from the network by more than `PARITY`.
        UsageError: the run has no such seed or none that is finished, or is not text.
    """
    seeds = run.finished(trained)
    chosen = seeds[0] if seed is None else seed
    if chosen not in seeds:
        raise UsageError(f"a seed among {', '.join(map(str, seeds))}", str(chosen), "choose one of them")
    reader = trained.reader()
    if not isinstance(reader, reading.Tokens):
        raise UsageError("a run on text", reader.modality, "bundles of other modalities come with their runtime")
    network, dev = run.soup(trained, [chosen], others), trained.mixture().part("dev")
    features = run.features(reader, dev)
    exact = onnx.export(network, features)
    if (gap := onnx.gap(network, exact, features)) > PARITY:
        raise DataError(f"an export within {PARITY:g} of the network", f"{gap:g}", "look at the encoder's operators")
    small = onnx.quantised(exact)
    raw = {file: onnx.outputs(file, features, network.tasks) for file in (exact, small)}
    costs = _costs(dev, raw[exact], raw[small])
    int8 = all(before - after <= COST for before, after in costs.values())
    chosen_file = small if int8 else exact
    card = _card(trained, reader, dev, raw[chosen_file]) | {"name": name, "version": version, "figures": []}
    card["limits"] += limits
    card["licences"]["weights"] = licence or card["licences"]["weights"]
    tokenizer = reader.tokenizer.to_str(pretty=False).encode("utf-8")
    return Exported(bundle.pack(path, card, chosen_file, tokenizer), int8, costs)


def stamp(path: Path, figures: Sequence[Mapping[str, Any]]) -> None:
    """Write a bundle again with these figures in its card; model and tokenizer stay as they are."""
    there = bundle.open(path)
    bundle.pack(path, {**there.card, "figures": [dict(f) for f in figures]}, there.model, there.tokenizer)


_LIMITS = [
    "scores say which emotion people would write down for this, not what anybody feels inside",
    "irony, quotation and what happened before are not seen",
]
"""What holds for every bundle; each corpus's CARD adds its own."""


@dataclass(frozen=True)
class _Sources:
    """What went into the weights: licence by corpus or part, limits and languages."""

    corpora: tuple[str, ...]
    licences: Mapping[str, str]
    limits: tuple[str, ...]
    languages: tuple[str, ...]


def _sources(trained: Run) -> _Sources:
    """Of a run, and of the runs that taught it: what a teacher learnt from is in its student too."""
    taught = [_sources(t) for t in getattr(trained.method, "teachers", _nobody)(trained.config)]
    cards = {name: find.card("corpora", name) for name in trained.on}
    licences = {name: str(card["licence"]) for name, card in cards.items()}
    encoder = settings.part("encoders", trained.config.encoder)[0].CARD
    if "licence" in encoder:
        licences[f"initial weights ({encoder['title']})"] = str(encoder["licence"])
    limits = [limit for card in cards.values() for limit in card.get("limits", ())]
    languages = {lang for card in cards.values() for lang in card.get("languages", ())}
    for other in taught:
        licences |= other.licences
        limits += other.limits
        languages |= set(other.languages)
    names = dict.fromkeys([*trained.on, *(n for other in taught for n in other.corpora)])
    return _Sources(tuple(names), licences, tuple(dict.fromkeys(limits)), tuple(sorted(languages)))


def _nobody(config: Any) -> list[Run]:
    return []


def _card(trained: Run, reader: reading.Tokens, dev: Mixture, raw: Sequence[NDArray[np.float32]]) -> dict[str, Any]:
    entries = [
        calibrate.entry(task, y, dev.targets[task.id], dev.judged[task.id])
        for task, y in zip(trained.tasks, raw, strict=True)
    ]
    sources = _sources(trained)
    data = dict(sources.licences)
    shared = sorted(licence for licence in data.values() if "SA" in licence.upper().replace("-", " ").split())
    return {
        "affectkit": __version__,
        "title": trained.method.CARD["title"],
        "modality": reader.modality,
        "languages": list(sources.languages),
        "longest": reader.longest,
        "tasks": entries,
        "trained_on": list(sources.corpora),
        "limits": [*_LIMITS, *sources.limits],
        "part": trained.part,
        "command": trained.command,
        "commit": provenance.commit(),
        "licences": {"code": "Apache-2.0", "weights": shared[0] if shared else "Apache-2.0", "data": data},
    }


def _costs(
    dev: Mixture, exact: Sequence[NDArray[np.float32]], small: Sequence[NDArray[np.float32]]
) -> dict[str, tuple[float, float]]:
    """Per task's first metric (mean over dimensions): its dev value with the float and with the int8 file's outputs."""
    return {
        f"{task.id}.{task.defaults.metrics[0]}": (_dev_value(task, exact[i], dev), _dev_value(task, small[i], dev))
        for i, task in enumerate(dev.tasks)
    }


def _dev_value(task: Task, raw: NDArray[np.float32], dev: Mixture) -> float:
    head = Head.of(calibrate.entry(task, raw, dev.targets[task.id], dev.judged[task.id]))
    scores = head.scores(raw.astype(np.float64))
    given = scores if task.scaled else head.said(scores)
    metric = task.defaults.metrics[0]
    rows = dev.judged[task.id].any(1)
    value = find.load("metrics", metric).score(
        dev.targets[task.id][rows], given[rows], dev.judged[task.id][rows], task=task
    )
    return float(np.mean(list(flat(metric, value).values())))


def describe(exported: Exported) -> str:
    """One sentence on what was written."""
    size = exported.path.stat().st_size / 1e6
    costs = "; ".join(f"{m} on dev {a:.4f} float, {b:.4f} int8" for m, (a, b) in exported.dev.items())
    return f"{exported.path} ({size:.1f} MB, {'int8' if exported.int8 else 'float'}; {costs})"
