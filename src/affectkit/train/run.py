"""A run: one method trained on a mixture with one or more seeds, as a folder that evaluate and export read.

RUN/run.json                      part, config, corpora, tasks, seeds, command, commit, minutes
RUN/tokenizer.json, rows.json     what the reader learnt (text)
RUN/seed-N/best.safetensors       weights of the best epoch on dev
RUN/seed-N/outputs.SPLIT.npz      outputs per task (n, k) float32 with the samples' ids
RUN/seed-N/log.jsonl              monitor and loss per epoch
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from .. import __version__, find, store
from ..errors import DataError, UsageError
from ..nn.model import Model, Scale
from ..task import Task
from . import loop, mixture, provenance, reading, settings, supervised
from .batch import Features
from .mixture import Mixture

Outputs = Mapping[str, NDArray[np.float32]]
"""task id -> (n, k) logits or dimensions, in the order of the mixture's part."""


@dataclass(frozen=True)
class Run:
    """A finished (or resumable) training."""

    folder: Path
    part: str
    config: Any
    on: tuple[str, ...]
    tasks: tuple[Task, ...]
    seeds: tuple[int, ...]
    command: str
    commit: str
    minutes: float

    @property
    def method(self) -> ModuleType:
        return find.load("methods", self.part)

    def seed_folder(self, seed: int) -> Path:
        return self.folder / f"seed-{seed}"

    def reader(self) -> reading.Reader:
        encoder, _ = settings.part("encoders", self.config.encoder)
        return reading.restore(encoder, self.folder, self.config.longest)

    def mixture(self) -> Mixture:
        return mixture.read(self.on, [t.id for t in self.tasks])


def train(
    part: str,
    changes: Mapping[str, Any],
    on: Sequence[str],
    tasks: Sequence[str],
    seeds: Sequence[int],
    folder: Path,
    command: str,
) -> Run:
    """Train a method; a folder with an unfinished run of the same settings is gone on with.

    Raises:
        UsageError: the folder holds a run with other settings.
        DataError: no sample to train on, or none to choose the best epoch by.
    """
    began = time.monotonic()
    method = find.load("methods", part)
    config = settings.apply(method.Config(), changes)
    data = mixture.read(on, tasks)
    seeds = tuple(dict.fromkeys(seeds))
    run = Run(folder, part, config, tuple(on), data.tasks, seeds, command, provenance.commit(), 0.0)
    for split in ("train", "dev"):
        if not len(data.part(split)):
            raise DataError(f"samples of the split {split!r} in {', '.join(on)}", "none", "add a corpus that has some")
    with loop.first():
        there = _same_or_new(run)
        if hasattr(method, "enrich"):
            data = method.enrich(config, data)
        fit_part, dev = data.part("train"), data.part("dev")
        if (folder / "tokenizer.json").exists():
            reader = run.reader()
        else:
            reader = method.reader(config, fit_part)
            reader.save(folder)
        missing = [s for s in seeds if not _finished(run.seed_folder(s))]
    if not missing:
        return there  # with the commit that trained it
    fit_features, dev_features = features(reader, fit_part), features(reader, dev)
    for seed in missing:
        _fit(run, seed, reader, (fit_part, fit_features), (dev, dev_features))
    together = tuple(dict.fromkeys((*there.seeds, *seeds)))
    done = dataclasses.replace(run, seeds=together, minutes=there.minutes + (time.monotonic() - began) / 60)
    with loop.first():
        _write(done)
    return done


def open_run(folder: Path) -> Run:
    """Read a run's folder; of the seeds it was begun with, those that are finished.

    Raises:
        UsageError: no run.json there.
    """
    if not (folder / "run.json").exists():
        raise UsageError("a run's folder with run.json", str(folder), "make one with affectkit train")
    data = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    config = settings.apply(find.load("methods", data["part"]).Config(), data["config"])
    return Run(
        folder,
        data["part"],
        config,
        tuple(data["on"]),
        tuple(Task.from_json(t) for t in data["tasks"]),
        tuple(s for s in data["seeds"] if _finished(folder / f"seed-{s}")),
        data["command"],
        data["commit"],
        data["minutes"],
    )


def model(run: Run, seed: int) -> Model:
    """The network of one seed with its best weights."""
    empty = [Scale((1.0,) * len(t.names), (0.0,) * len(t.names)) for t in run.tasks]
    built: Model = run.method.build(run.config, run.tasks, empty, run.reader())
    built.load_state_dict(load_file(run.seed_folder(seed) / "best.safetensors"))
    return built.eval()


def soup(run: Run, seeds: Sequence[int], others: Sequence[Run] = ()) -> Model:
    """The network whose weights are the mean of some seeds' and of all seeds of other runs of the same form.

    Raises:
        UsageError: another run has other tasks or other pieces of text, so that its weights mean something else.
    """
    for other in others:
        same = other.tasks == run.tasks and _text(other) == _text(run)
        if not same:
            raise UsageError(f"runs with the tasks and tokenizer of {run.folder}", str(other.folder), "leave it out")
    mean = model(run, seeds[0])
    pairs = [*((run, s) for s in seeds), *((o, s) for o in others for s in finished(o))]
    states = [model(r, s).state_dict() for r, s in pairs]
    mean.load_state_dict({k: torch.stack([s[k] for s in states]).mean(0) for k in states[0]})
    return mean


def _text(run: Run) -> bytes:
    file = run.folder / "tokenizer.json"
    return file.read_bytes() if file.exists() else b""


def finished(run: Run) -> tuple[int, ...]:
    """The run's finished seeds, at least one.

    Raises:
        UsageError: there is none yet.
    """
    if not run.seeds:
        raise UsageError(f"a finished seed in {run.folder}", "none", "give the command that began it again")
    return run.seeds


def features(reader: reading.Reader, part: Mixture) -> Features:
    """One part's features under its modality."""
    return {reader.modality: reader.features([m[reader.modality] for m in part.media])}


def fresh_outputs(run: Run, seed: int, part: Mixture) -> Outputs:
    """The outputs of one seed on any samples; nothing is stored."""
    found = loop.outputs(model(run, seed), features(run.reader(), part))
    return {t.id: y for t, y in zip(run.tasks, found, strict=True)}


def outputs(run: Run, seed: int, split: str, part: Mixture | None = None) -> Outputs:
    """The stored outputs of one seed on a split, made and stored when they are not there yet.

    Raises:
        DataError: the stored ids are not those of `part`: the corpus changed since.
    """
    file = run.seed_folder(seed) / f"outputs.{split}.npz"
    if not file.exists():
        made = part if part is not None else run.mixture().part(split)
        _store(file, made, loop.outputs(model(run, seed), features(run.reader(), made)))
    with np.load(file) as stored:
        if part is not None and not np.array_equal(stored["ids"], part.ids):
            raise DataError(f"the samples of {file.name}", "other ids in the corpus", "train again on this corpus")
        return {t.id: stored[f"task.{t.id}"] for t in run.tasks}


def _fit(
    run: Run, seed: int, reader: reading.Reader, train: tuple[Mixture, Features], dev: tuple[Mixture, Features]
) -> None:
    method, folder = run.method, run.seed_folder(seed)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    built: Model = method.build(run.config, run.tasks, supervised.scales(train[0]), reader)
    if hasattr(method, "begin"):
        method.begin(run.config, built)
    per_epoch = -(-len(train[0]) // run.config.batch_size)
    training = loop.start(built, built.parts(), run.config, seed, folder, per_epoch)
    best = loop.fit(training, *train, method.loss(run.config, train[0]), supervised.monitor(*dev))
    if training.accelerator.is_main_process:
        _store(folder / "outputs.dev.npz", dev[0], loop.outputs(best, dev[1]))
    loop.finish(training)


def _store(file: Path, part: Mixture, found: Sequence[NDArray[np.float32]]) -> None:
    named = {f"task.{t.id}": y for t, y in zip(part.tasks, found, strict=True)}
    with store.whole(file) as aside, aside.open("wb") as opened:
        np.savez(opened, ids=part.ids, allow_pickle=False, **named)  # type: ignore[arg-type]


def _finished(folder: Path) -> bool:
    """Whether a seed's outputs, the last thing that training makes, are stored."""
    return (folder / "outputs.dev.npz").exists()


def _same_or_new(run: Run) -> Run:
    """The run that an earlier call of the same command left in the folder; a new run's file is begun."""
    if (run.folder / "run.json").exists():
        there = open_run(run.folder)
        if (there.part, there.config, there.on, there.tasks) == (run.part, run.config, run.on, run.tasks):
            return there
        if any(run.folder.glob("seed-*/*")):
            raise UsageError(
                f"the settings that {run.folder} was begun with",
                "other settings",
                "use another --out, or remove the folder",
            )
        (run.folder / "tokenizer.json").unlink(missing_ok=True)  # what failed before its first epoch binds nobody
    _write(run)
    return run


def _write(run: Run) -> None:
    store.write_json(
        run.folder / "run.json",
        {
            "part": run.part,
            "config": dataclasses.asdict(run.config),
            "on": list(run.on),
            "tasks": [t.to_json() for t in run.tasks],
            "seeds": list(run.seeds),
            "command": run.command,
            "commit": run.commit,
            "minutes": round(run.minutes, 2),
            "affectkit": __version__,
            "torch": torch.__version__,
        },
    )
