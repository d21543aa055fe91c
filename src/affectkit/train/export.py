"""From a run to a `.affect` bundle: ONNX with parity, int8 where it costs little, calibration from dev, a card.

Test is not opened here; a bundle's figures are written into its card by `stamp`, from what `evaluate` measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__, find
from ..errors import DataError, UsageError
from ..metrics import flat
from ..nn.model import Model
from ..runtime import bundle
from ..runtime.say import Head
from ..task import Task
from . import calibrate, onnx, provenance, reading, run, settings
from .batch import Features
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
) -> Exported:
    """Write a run's network as a bundle.

    Args:
        seed: which; None takes the first.
        licence: of the weights; None takes the strictest share-alike licence among the training data, else Apache-2.0.

    Raises:
        DataError: the export differs from the network by more than `PARITY`.
        UsageError: the run has no such seed, or is not text.
    """
    chosen = trained.seeds[0] if seed is None else seed
    if chosen not in trained.seeds:
        raise UsageError(f"a seed among {', '.join(map(str, trained.seeds))}", str(chosen), "choose one of them")
    reader = trained.reader()
    if not isinstance(reader, reading.Tokens):
        raise UsageError("a run on text", reader.modality, "bundles of other modalities come with their runtime")
    network, dev = run.model(trained, chosen), trained.mixture().part("dev")
    features = run.features(reader, dev)
    exact = onnx.export(network, features[reader.modality])
    if (gap := onnx.gap(network, exact, features[reader.modality])) > PARITY:
        raise DataError(f"an export within {PARITY:g} of the network", f"{gap:g}", "look at the encoder's operators")
    small = onnx.quantised(exact)
    card = _card(trained, network, reader, dev, features, small)
    costs = _costs(dev, features, exact, small)
    int8 = all(before - after <= COST for before, after in costs.values())
    if not int8:
        card = _card(trained, network, reader, dev, features, exact)
    card |= {"name": name, "version": version, "limits": list(limits) or _LIMITS, "figures": []}
    card["licences"]["weights"] = licence or card["licences"]["weights"]
    tokenizer = reader.tokenizer.to_str(pretty=False).encode("utf-8")
    return Exported(bundle.pack(path, card, small if int8 else exact, tokenizer), int8, costs)


def stamp(path: Path, figures: Sequence[Mapping[str, Any]]) -> None:
    """Write a bundle again with these figures in its card; model and tokenizer stay as they are."""
    there = bundle.open(path)
    bundle.pack(path, {**there.card, "figures": [dict(f) for f in figures]}, there.model, there.tokenizer)


_LIMITS = [
    "scores say which emotion readers would write down for a text, not what its writer feels",
    "trained on English Reddit comments and short published texts; other registers are read less well",
    "irony, quotation and context outside the text are not seen",
    "rare labels (grief, relief, pride, nervousness) rest on few examples",
]


def _card(
    trained: Run, network: Model, reader: reading.Tokens, dev: Mixture, features: Features, model: bytes
) -> dict[str, Any]:
    raw = onnx.outputs(model, features, network.tasks)
    entries = [
        calibrate.entry(task, y, dev.targets[task.id], dev.judged[task.id])
        for task, y in zip(trained.tasks, raw, strict=True)
    ]
    corpora = {name: find.card("corpora", name) for name in trained.on}
    encoder = settings.part("encoders", trained.config.encoder)[0].CARD
    data = {name: card["licence"] for name, card in corpora.items()}
    if "licence" in encoder:
        data["initial weights"] = encoder["licence"]
    shared = sorted(
        licence for licence in data.values() if "SA" in licence.upper().split("-") + licence.upper().split()
    )
    return {
        "affectkit": __version__,
        "title": trained.method.CARD["title"],
        "modality": reader.modality,
        "languages": sorted({lang for card in corpora.values() for lang in card.get("languages", ())}),
        "longest": reader.longest,
        "tasks": entries,
        "trained_on": list(trained.on),
        "part": trained.part,
        "command": trained.command,
        "commit": provenance.commit(),
        "licences": {"code": "Apache-2.0", "weights": shared[0] if shared else "Apache-2.0", "data": data},
    }


def _costs(dev: Mixture, features: Features, exact: bytes, small: bytes) -> dict[str, tuple[float, float]]:
    """Per task's first metric (mean over dimensions): its dev value with the float and with the int8 file."""
    ids = [t.id for t in dev.tasks]
    pair = [onnx.outputs(model, features, ids) for model in (exact, small)]
    return {
        f"{task.id}.{task.defaults.metrics[0]}": tuple(_dev_value(task, raw[i], dev) for raw in pair)  # type: ignore[misc]
        for i, task in enumerate(dev.tasks)
    }


def _dev_value(task: Task, raw: np.ndarray, dev: Mixture) -> float:
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
