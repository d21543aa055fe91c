"""A run: one method trained on a mixture with one or more seeds, as a folder that evaluate and export read.

RUN/run.json                      part, config, corpora, tasks, seeds, command, commit, minutes
RUN/tokenizer.json, rows.json     what the reader learnt (text)
RUN/seed-N/best.safetensors       weights of the best epoch on dev; last.safetensors those at the end of the training
RUN/seed-N/outputs.SPLIT.npz      outputs per task (n, k) float32 with the samples' ids
RUN/seed-N/outputs.held.npz       those of the training part, each by a network that has not seen the sample (`folds`)
RUN/seed-N/outputs.lesson.npz     those of a wider training part, for the student of a run
RUN/seed-N/log.jsonl              monitor and loss per epoch
RUN/seed-N/STAGE/encoder.safetensors  what a stage before the labels made of the encoder (`pretrain` of a method)
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from .. import __version__, corpora, find, settings, store
from ..errors import DataError, UsageError
from ..nn.model import Model, Scale
from ..task import Task
from . import leaks, loop, mixture, provenance, reading, supervised
from .batch import Features
from .mixture import Mixture

Outputs = Mapping[str, NDArray[np.float32]]
"""task id -> (n, k) logits or dimensions, in the order of the mixture's part."""
HELD = "held"
"""The training part where each sample is judged by a network that has not seen it: stands in for a split's name."""
ENCODER = "encoder.safetensors"
"""What a stage leaves when it is over; its tensors' names begin with "encoder."."""


@dataclass(frozen=True)
class Stage:
    """What a method's `pretrain(config, model, stage)` works with, before the labels are learnt, or its own `fit`.

    A `fit` learns the labels in its own way and leaves the best weights as the loop's `keep_best` does.

    Args:
        reader: what turned media into features.
        train, dev: samples with their features.
        seed: of all that chance decides.
        folder: the seed's; a stage keeps its own files in a folder within, its encoder as `ENCODER`.
    """

    reader: reading.Reader
    train: tuple[Mixture, Features]
    dev: tuple[Mixture, Features]
    seed: int
    folder: Path


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
    blank: Mapping[str, int] = field(default_factory=dict)
    """Corpus -> how many samples were left out because nothing is in them."""

    @property
    def method(self) -> ModuleType:
        return find.load("methods", self.part)

    @property
    def apart(self) -> str:
        """The task by whose best name thresholds are tuned apart, such as a text's language; "" for none."""
        return str(getattr(self.config, "language_task", ""))

    @property
    def even(self) -> bool:
        """Whether thresholds lie where precision equals recall, rather than where F1 is best."""
        return bool(getattr(self.config, "even", False))

    @property
    def voices(self) -> str:
        """The kind of group on whose own mean outputs may be centred, such as speaker; "" for none, as with numbers."""
        return "" if all(t.scaled for t in self.tasks) else str(self.method.CARD.get("relative", ""))

    @property
    def decided(self) -> str:
        """The samples that thresholds and calibration are from."""
        folds = self.config.folds
        whole = f"dev and, by networks that have not seen them, train in {folds} folds" if folds else "dev"
        if folds and self.config.split in mixture.NO_DEV:
            whole = f"train in {folds} folds, by networks that have not seen what they judge"
        return whole if self.config.tempered else f"{whole} (no temperature)"

    def seed_folder(self, seed: int) -> Path:
        return self.folder / f"seed-{seed}"

    def reader(self) -> reading.Reader:
        encoder, its = settings.part("encoders", self.config.encoder)
        plan = self.config
        return reading.restore(encoder, its, self.folder, plan.longest, plan.turns, plan.longest_s)

    def mixture(self) -> Mixture:
        """The samples it learnt from, and those to choose and measure by.

        Raises:
            DataError: they are judged otherwise now: a table of one's own may have changed.
        """
        data = read(self.method, self.config, self.on, [t.id for t in self.tasks])
        if data.tasks != self.tasks:
            on = ", ".join(self.on)
            raise DataError(f"the tasks that {self.folder} learnt from {on}", "other names or kinds", "train again")
        return self.resplit(data)

    def resplit(self, data: Mixture) -> Mixture:
        """A mixture in the run's own split, where it has one, and as shares, where it learns these."""
        data = mixture.as_shares(data) if self.config.shares else data
        return mixture.resplit(data, self.config.split) if self.config.split else data


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
        UsageError: the folder holds a run with other settings; a run it begins at or that teaches it is of another
            split or encoder; the split cuts groups that should be whole.
        DataError: no sample to train on, or none to choose the best epoch by.
    """
    _trainable(on)
    began = time.monotonic()
    method = find.load("methods", part)
    config = settings.apply(method.Config(), changes)
    data = read(method, config, on, tasks)
    seeds = tuple(dict.fromkeys(seeds))
    run = Run(folder, part, config, tuple(on), data.tasks, seeds, command, provenance.commit(), 0.0, data.blank)
    for source in sources(run):
        if source.config.split != config.split:  # else what it learnt from may be what is tested here
            its = f"split={source.config.split}"
            raise UsageError(f"the split of {source.folder}, {its}", f"split={config.split}", f"--set {its}")
    data = run.resplit(data)
    if not config.allow_leak:
        leaks.refuse(data)
    for split in ("train",) if _chooses_nothing(method, config) else ("train", "dev"):
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
            begun = started(config)
            reader = _reader_of(begun, run) if begun else method.reader(config, fit_part)
            reader.save(folder)
            reader = run.reader()  # what is read is the config's: a teacher's reader may be of another length
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


def _chooses_nothing(method: ModuleType, config: Any) -> bool:
    """Whether a method can do without dev: its `chooses_nothing`, or what that says of the config."""
    told = getattr(method, "chooses_nothing", False)
    return bool(told(config) if callable(told) else told)


def read(method: ModuleType, config: Any, on: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The corpora's samples, or what a method that has `read(config, on, tasks)` makes of them: tasks of its own."""
    data = method.read(config, on, tasks) if hasattr(method, "read") else mixture.read(on, tasks)
    return mixture.as_shares(data) if config.shares else data


def _trainable(on: Sequence[str]) -> None:
    """Refuse a corpus whose CARD says that it is a test.

    Raises:
        UsageError: it does.
    """
    for corpus in on:
        if corpora.card(corpus).get("use") == "test":
            raise UsageError(
                "a corpus to train on",
                f"{corpus}, a test that models are measured with",
                "train on another corpus, and evaluate on this one",
            )


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
        data.get("blank", {}),
    )


def model(run: Run, seed: int) -> Model:
    """The network of one seed with its best weights."""
    empty = [Scale((1.0,) * len(t.names), (0.0,) * len(t.names)) for t in run.tasks]
    built: Model = run.method.build(run.config, run.tasks, empty, run.reader())
    built.load_state_dict(load_file(run.seed_folder(seed) / loop.BEST))
    return built.eval()


def started(config: Any) -> Run | None:
    """The run that the setting `start` names, or whose stage it names.

    Raises:
        UsageError: there is none, or its stage is not over.
    """
    if not config.start:
        return None
    folder = Path(config.start)
    over = (folder / ENCODER).exists()
    return open_run(next((p for p in folder.parents if (p / "run.json").exists()), folder) if over else folder)


def sources(run: Run) -> list[Run]:
    """The runs whose knowledge goes into this one's weights: the one it begins at, and those that teach it."""
    begun, teachers = started(run.config), getattr(run.method, "teachers", None)
    return [*([begun] if begun else []), *(teachers(run.config) if teachers else [])]


def _reader_of(begun: Run, run: Run) -> reading.Reader:
    """The reader of the run to begin at: the rows of its token table are what its weights are of."""
    (part, its), (own, _) = (settings.part("encoders", r.config.encoder) for r in (begun, run))
    if part is not own:
        raise _other_encoder(begun, run)
    plan = run.config
    return reading.restore(part, its, begun.folder, plan.longest, plan.turns, plan.longest_s)


def _begin(run: Run, model: Model) -> None:
    """Put the weights that the setting `start` names in: the encoder's, and the heads' of tasks that both have."""
    begun = started(run.config)
    if begun is None:
        return
    if pieces(begun) != pieces(run):
        raise UsageError(f"the tokenizer of {begun.folder}", f"another in {run.folder}", "use another --out")
    stage = Path(run.config.start) / ENCODER
    ends = all((begun.seed_folder(s) / loop.LAST).exists() for s in begun.seeds)
    weights = load_file(stage) if stage.exists() else soup(begun, finished(begun), last=ends).state_dict()
    own = model.state_dict()
    parts = {k: v for k, v in weights.items() if k.startswith("encoder.")}
    if hasattr(model.encoder, "narrowed"):
        bare = {k.removeprefix("encoder."): v for k, v in parts.items()}
        parts = {f"encoder.{k}": v for k, v in model.encoder.narrowed(bare).items()}
    if _shapes(parts) != _shapes({k: v for k, v in own.items() if k.startswith("encoder.")}):
        raise _other_encoder(begun, run)
    for i, task in enumerate(run.tasks):
        head = _head(weights, begun.tasks.index(task), i) if task in begun.tasks else {}
        if _shapes(head) == _shapes(_head(own, i, i)):
            parts |= head
    model.load_state_dict(own | parts)


def _head(weights: Mapping[str, Tensor], i: int, to: int) -> dict[str, Tensor]:
    """The tensors of one task's head and scale, under the names of head `to`."""
    whole = {k.replace(f".{i}.", f".{to}.", 1): v for k, v in weights.items() if k.startswith(f"heads.{i}.")}
    return whole | {f"{k}_{to}": weights[f"{k}_{i}"] for k in ("factor", "shift") if f"{k}_{i}" in weights}


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(v.shape) for name, v in weights.items()}


def _other_encoder(begun: Run, run: Run) -> UsageError:
    there = begun.config.encoder
    return UsageError(f"the encoder {there!r} of {begun.folder}", repr(run.config.encoder), f"--set encoder={there}")


def soup(run: Run, seeds: Sequence[int], others: Sequence[Run] = (), last: bool = False) -> Model:
    """The network whose weights are the mean of some seeds' and of all seeds of other runs of the same form.

    Args:
        last: those at the end of each training count too, beside those of its best epoch: names go on being learnt
            when dimensions are learnt by heart already, and one epoch is best for both only in the mean.

    Raises:
        UsageError: another run has other tasks or other pieces of text, so that its weights mean something else.
    """
    for other in others:
        same = other.tasks == run.tasks and pieces(other) == pieces(run)
        if not same:
            raise UsageError(f"runs with the tasks and tokenizer of {run.folder}", str(other.folder), "leave it out")
    mean = model(run, seeds[0])
    pairs = [*((run, s) for s in seeds), *((o, s) for o in others for s in finished(o))]
    files = (loop.BEST, loop.LAST) if last else (loop.BEST,)
    states = [load_file(r.seed_folder(s) / file) for r, s in pairs for file in files]
    whole = {k: v for k, v in states[0].items() if not v.is_floating_point()}  # marks and such: the same in all
    mean.load_state_dict(whole | {k: torch.stack([s[k] for s in states]).mean(0) for k in states[0] if k not in whole})
    return mean


def pieces(run: Run) -> bytes:
    """The tokenizer's file, by which runs that read the same pieces of text are told."""
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
    """One part's features under each modality that is read; of no samples, none."""
    if not len(part):
        return {}
    return {r.modality: r.features([m[r.modality] for m in part.media]) for r in reading.each(reader)}


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
        _store(file, run, made, loop.outputs(model(run, seed), features(run.reader(), made)))
    with np.load(file) as stored:
        if part is not None and not np.array_equal(stored["ids"], part.ids):
            raise DataError(f"the samples of {file.name}", "other ids in the corpus", "train again on this corpus")
        return {t.id: stored[f"task.{t.id}"] for t in run.tasks}


def told(run: Run, seeds: Sequence[int], own: Mixture, dev: Outputs) -> tuple[Mixture, Outputs]:
    """What thresholds and calibration rest on: samples, and what networks that have not seen them say, a mean of seeds.

    That is dev with its outputs and, of a run with folds, the training part: dev alone is often too small to say from
    which score on a name should be said.
    """
    rows = np.flatnonzero(own.split == "dev")
    if not run.config.folds or not seeds:
        return own.take(rows), dev
    held = np.flatnonzero(own.split == "train")
    each = [outputs(run, s, HELD, own.take(held)) for s in seeds]
    both = {t.id: np.concatenate([dev[t.id], np.mean([o[t.id] for o in each], axis=0)]) for t in run.tasks}
    return own.take(np.concatenate([rows, held])), both


def taught(run: Run, seed: int, part: Mixture) -> Outputs:
    """What one seed says of a training part, its own or a wider one; stored.

    Of the samples that a run with folds learnt from, it is what a network says that has not seen them.
    """
    own = np.isin(part.corpus, run.on)
    if own.all() and run.config.folds:
        return outputs(run, seed, HELD, part)
    said = outputs(run, seed, "train" if own.all() else "lesson", part)
    if not run.config.folds:
        return said
    held = outputs(run, seed, HELD, part.take(np.flatnonzero(own)))
    whole = {t.id: said[t.id].copy() for t in run.tasks}
    for name, values in whole.items():
        values[own] = held[name]
    return whole


def _fit(
    run: Run, seed: int, reader: reading.Reader, train: tuple[Mixture, Features], dev: tuple[Mixture, Features]
) -> None:
    if run.config.folds:
        _cross_fit(run, seed, reader, train[0], dev)
    folder = run.seed_folder(seed)
    _learn(run, seed, reader, train, dev, dev, folder, folder / "outputs.dev.npz")


def _cross_fit(run: Run, seed: int, reader: reading.Reader, train: Mixture, dev: tuple[Mixture, Features]) -> None:
    """Train once per fold on all other folds, and store what is said of each; finished folds are not trained again."""
    folder, folds = run.seed_folder(seed), range(run.config.folds)
    if (folder / f"outputs.{HELD}.npz").exists():
        return
    kind = f":{run.config.folds_by}" if run.config.folds_by else ""
    how = "given{}" if run.config.folds_given else "fold{}of" + str(len(folds))
    where = [mixture.resplit(train, how.format(k) + kind).split == "test" for k in folds]
    files = [folder / f"fold-{k}" / f"outputs.{HELD}.npz" for k in folds]
    for held, file in zip(where, files, strict=True):
        if not file.exists():
            rest, part = (train.take(np.flatnonzero(rows)) for rows in (~held, held))
            learnt, judged = ((p, features(reader, p)) for p in (rest, part))
            _learn(run, seed, reader, learnt, dev, judged, file.parent, file)
    with loop.first():
        if all(file.exists() for file in files):
            found = [np.zeros((len(train), len(t.names)), np.float32) for t in run.tasks]
            for held, file in zip(where, files, strict=True):
                with np.load(file) as stored:
                    for whole, task in zip(found, run.tasks, strict=True):
                        whole[held] = stored[f"task.{task.id}"]
            _store(folder / f"outputs.{HELD}.npz", run, train, found)
            for file in files:
                shutil.rmtree(file.parent)


def _learn(
    run: Run,
    seed: int,
    reader: reading.Reader,
    train: tuple[Mixture, Features],
    dev: tuple[Mixture, Features],
    judged: tuple[Mixture, Features],
    folder: Path,
    file: Path,
) -> None:
    """Train one network in a folder, and store what its best epoch says of `judged`."""
    method = run.method
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    built: Model = method.build(run.config, run.tasks, supervised.scales(train[0]), reader)
    _begin(run, built)
    stage = Stage(reader, train, dev, seed, folder)
    if hasattr(method, "fit"):
        method.fit(run.config, built, stage)
        built.load_state_dict(load_file(folder / loop.BEST))
        _store(file, run, judged[0], loop.outputs(built, judged[1]))
        return
    if hasattr(method, "pretrain"):
        method.pretrain(run.config, built, stage)
    per_epoch = -(-len(train[0]) // run.config.batch_size)
    training = loop.start(built, built.parts(), run.config, seed, folder, per_epoch)
    score = supervised.monitor(*dev, method.CARD.get("metrics", ()))
    best = loop.fit(training, *train, method.loss(run.config, train[0]), score)
    if training.accelerator.is_main_process:
        _store(file, run, judged[0], loop.outputs(best, judged[1]))
    loop.finish(training)


def _store(file: Path, run: Run, part: Mixture, found: Sequence[NDArray[np.float32]]) -> None:
    found = found or [np.zeros((0, len(t.names)), np.float32) for t in run.tasks]  # of no samples
    named = {f"task.{t.id}": y for t, y in zip(run.tasks, found, strict=True)}
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
            "blank": dict(run.blank),
            "affectkit": __version__,
            "torch": torch.__version__,
        },
    )
