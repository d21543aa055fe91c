"""A small network on faces that learns from a teacher, from prototypes over valence and arousal, and from a geometry.

Reference: Li et al., NeuroGaze-Distill: Brain-informed Distillation and Depression-Inspired Geometric Priors for Robust
Facial Emotion Recognition, 2025 (arXiv 2509.11916).
Four losses, each with its weight: cross-entropy of labels (smoothed, rare names counted more), squared error to a
teacher's logits (`kd`), KL from the prototypes that a label's valence and arousal ask for to those that the features
lie near (`proto`), and a geometry of classes that comes late (`geo`). A weight of 0 leaves a loss out. Neither EEG nor
gaze is asked for when the network is used.
Prototypes (`grid`): "" makes them of the teacher's features on dev; a file (.npz) has them, or features with valence
and arousal of anything (see `nn/prototypes.py`); "random" draws directions at right angles, the control that the paper
lacks. A run keeps its prototypes in grid.npz beside its weights. Those of EEG need DREAMER, which is given on request
alone: features of a network on its recordings go in as a file, with `range` 1 and 5.
Differs from the paper: the network is small, sees faces of 48 pixels and is not trained before; prototypes are of a
teacher of faces unless a file has others; valence and arousal of dev and of names are the label algebra's, not rated;
rates fall in a line. What the paper leaves open is ours: the teacher looks at faces unchanged, how an image chooses
prototypes, the geometry's formula with its cap and margin, which classes are of high valence (those above 0), weights
of names. The geometry's weight is fixed, where the paper chose it on its test sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from .. import hub
from ..errors import DataError, UsageError
from ..nn import objectives, prototypes
from ..nn.heads import mean_over_time
from ..nn.model import Model, Scale, stepped
from ..nn.objectives import mse
from ..nn.prototypes import Grid
from ..task import Kind, Task
from ..train import batch as batching
from ..train import faces, loop, reading, sam, supervised, teaching, votes
from ..train import run as runs
from ..train.mixture import Mixture
from ..train.run import Stage

CARD = {
    "title": "Faces learnt with prototypes over valence and arousal",
    "reference": "li2025neurogaze",
    "takes": "face",
    "extra": "train",
    "needs": "teacher",
    "metrics": ["macro_f1", "accuracy", "balanced_accuracy", "present_f1", "present_balanced_accuracy"],
    "claims": [
        {
            "claim": "a student of faces alone: teacher, prototypes and geometry reach 83 % on FER+",
            "corpus": "ferplus_majority",
            "metric": "accuracy",
            "paper": 0.8306,
            "arm": "neurogaze-geometry",
        },
        {
            "claim": "the same, each name counting alike",
            "corpus": "ferplus_majority",
            "metric": "macro_f1",
            "paper": 0.6474,
            "arm": "neurogaze-geometry",
        },
    ],
    "recipe": [
        "train face_votes --on ferplus --set keep=seconded --set label=seconded "
        "--set encoder=se_resnet:channels=32+64+64+160+160 --set epochs=40 --seeds 0 --tasks ferplus "
        "--out runs/face-teacher-0",
        "train neurogaze_distill --on ferplus_majority --tasks ferplus --set kd=0 --set proto=0 --set geo=0 "
        "--seeds 0,1,2,3,4 --out runs/neurogaze-labels",
        "train neurogaze_distill --on ferplus_majority --tasks ferplus --set teacher=runs/face-teacher-0 "
        "--set proto=0 --set geo=0 --seeds 0,1,2,3,4 --out runs/neurogaze-teacher",
        "train neurogaze_distill --on ferplus_majority --tasks ferplus --set teacher=runs/face-teacher-0 "
        "--set geo=0 --seeds 0,1,2,3,4 --out runs/neurogaze-prototypes",
        "train neurogaze_distill --on ferplus_majority --tasks ferplus --set teacher=runs/face-teacher-0 "
        "--set geo=0 --set grid=random --seeds 0,1,2,3,4 --out runs/neurogaze-random",
        "train neurogaze_distill --on ferplus_majority --tasks ferplus --set teacher=runs/face-teacher-0 "
        "--seeds 0,1,2,3,4 --out runs/neurogaze-geometry",
        "evaluate runs/neurogaze-labels runs/neurogaze-teacher runs/neurogaze-prototypes runs/neurogaze-random "
        "runs/neurogaze-geometry --against runs/neurogaze-teacher",
    ],
}


@dataclass(frozen=True)
class Config(faces.Plan):
    """The plan for faces, and what is learnt beside labels.

    Args:
        teacher: folders of runs on faces, joined by "+"; prototypes are of the first seed of the first.
        keep, label: the rules that tell which faces are learnt from, and what of each: one name.
        smoothing: share of each label that all names have alike.
        balance: names count by (others / own) ** balance in the labels' loss.
        kd, proto, geo: weights of the teacher's logits, of prototypes and of the geometry; 0 leaves one out.
        grid: "", "random" or a file, as above.
        cells: of the grid, each way.
        tau: temperature of cosines with prototypes.
        spread: how far around its valence and arousal a label asks for prototypes.
        cap: squared deviation up to which classes of high valence may spread; features are one long.
        margin: 1 - cosine that classes should lie apart.
        geo_from, geo_full: shares of the epochs before which the geometry is 0, and from which it has its full weight.
    """

    encoder: str = "se_resnet:channels=16+32+64,strides=2+2+2"
    epochs: int = 20
    teacher: str = ""
    keep: str = "majority"
    label: str = "all_inclusive:hard=true"
    smoothing: float = 0.055
    balance: float = 0.25
    kd: float = 0.30
    proto: float = 0.12
    geo: float = 0.012
    grid: str = ""
    cells: int = 5
    tau: float = 0.9
    spread: float = 0.4
    cap: float = 0.2
    margin: float = 0.5
    geo_from: float = 0.2
    geo_full: float = 0.6


class Student(Model):
    """A network that gives more while it learns: after its outputs, its features (n, width) and what of them is held
    against prototypes (n, cells), if any.
    """

    def __init__(self, made: Model, scales: Sequence[Scale], cells: int) -> None:
        super().__init__(made.encoder, list(made.heads), made.tasks, scales)
        self.projection = nn.Linear(made.encoder.width, cells, bias=False) if cells else None  # type: ignore[arg-type]

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        states = self.encoder(padded, lengths)
        said = self.of_states(states, lengths)
        if not self.training:
            return said
        features = mean_over_time(states, stepped(self.encoder, lengths))
        return (*said, features) if self.projection is None else (*said, features, self.projection(features))

    def parts(self) -> Mapping[str, list[nn.Parameter]]:
        own = dict(super().parts())
        own["heads"] += [] if self.projection is None else list(self.projection.parameters())
        return own


class Features(nn.Module):
    """A network's features (n, width), the mean of its encoder's states, in place of its outputs."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.encoder = model.encoder

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor]:
        return (mean_over_time(self.encoder(padded, lengths), stepped(self.encoder, lengths)),)


@dataclass(frozen=True)
class Priors:
    """What is known before a training.

    Args:
        prototypes: (m, m) directions to lie near; None where they are left out.
        wanted: (k, m) per name the shares of prototypes that it asks for.
        positive: (k,) bool, names of high valence.
    """

    prototypes: Tensor | None
    wanted: Tensor
    positive: Tensor


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into pictures."""
    return supervised.reader(config, train)


def teachers(config: Config) -> list[runs.Run]:
    """The runs that teach, where anything is learnt of them; what they learnt from counts as the student's source."""
    asked = config.kd or (config.proto and not config.grid)
    return teaching.teachers(config.teacher) if asked else []


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture with one name to learn for each face, and with the teachers' logits as target "<task>.teacher".

    Raises:
        UsageError: not one task of one name per face; no teacher where one is needed.
    """
    if len(data.tasks) != 1 or data.tasks[0].kind not in (Kind.SINGLE, Kind.DISTRIBUTION):
        found = ", ".join(f"{t.id} ({t.kind})" for t in data.tasks)
        raise UsageError("one task with one name per face", found, "choose it: --tasks ferplus")
    data = votes.relabelled(data, np.flatnonzero(data.split == "train"), config.keep, config.label)
    return teaching.enriched(data, teachers(config)) if config.kd else data


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The student before training."""
    made = supervised.build(config, tasks, scales, reader)
    return Student(made, scales, config.cells**2 if config.proto else 0)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """Cross-entropy of labels and squared error to the teacher's logits."""
    (task,) = train.tasks
    labels = supervised.objectives(train, f"ce:smoothing={config.smoothing}", balance=config.balance)
    near = mse.build(mse.Config())

    def both(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        cost = labels(outputs, targets, judged, weight)
        if not config.kd:
            return cost
        return cost + config.kd * near(outputs[0], targets[f"{task.id}.teacher"], judged[task.id], weight)

    return both


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Learn from changed faces, the geometry later than the rest; the best epoch on dev is kept."""
    train, features = stage.train
    (task,) = train.tasks
    grid = _grid(config, stage) if config.proto else None
    known, plain = priors(config, task, grid), loss(config, train)
    per_epoch = -(-len(train) // config.batch_size)
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, per_epoch)
    world = training.accelerator
    if grid is not None and world.is_main_process:
        prototypes.write_grid(stage.folder / "grid.npz", grid)
    score = supervised.monitor(*stage.dev, [str(m) for m in CARD["metrics"]])
    for epoch in loop.epochs(training):
        training.model.train()
        cost = whole(config, task, known, plain, geometry(config, epoch))
        rows = batching.plan(batching.lengths(features), config.batch_size, stage.seed, epoch)[training.place :]
        mine = [batching.share(r, world.process_index, world.num_processes) for r in rows]
        for batch in batching.batches(train, features, mine):
            rng = np.random.default_rng((stage.seed, training.done, world.process_index))
            small = config.small if training.done < config.small_share * training.steps else 0
            sam.step(training, cost, faces.changed(config, batch, small, rng), config.radius)
        if not loop.keep_best(training, score(training.bare)):
            break
    loop.finish(training)


def whole(config: Config, task: Task, known: Priors, plain: loop.Loss, geometry: float) -> loop.Loss:
    """The plain loss, that of prototypes, and that of the geometry at its weight of this epoch."""

    def cost(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        told = objectives.shares(targets[task.id], judged[task.id])
        learnt = judged[task.id].any(1) * weight
        costs = [plain(outputs, targets, judged, weight)]
        if known.prototypes is not None:
            asked = told @ known.wanted.to(told)
            costs.append(config.proto * prototypes.proto_kd(outputs[2], known.prototypes, asked, config.tau, learnt))
        if geometry:
            members = F.one_hot(told.argmax(1), told.shape[1]) * (learnt > 0)[:, None]
            costs.append(geometry * prototypes.dgeo(outputs[1], members, known.positive, config.cap, config.margin))
        return loop.total(costs)

    return cost


def geometry(config: Config, epoch: int) -> float:
    """The geometry's weight in an epoch."""
    start, end = config.geo_from * config.epochs, config.geo_full * config.epochs
    return config.geo * prototypes.late_cosine(epoch, start, end)


def priors(config: Config, task: Task, grid: Grid | None) -> Priors:
    """What valence and arousal of the names say, and the prototypes.

    Raises:
        DataError: the label algebra does not know where a name lies.
    """
    va = valence_arousal(task, np.eye(len(task.names)))
    unknown = [name for name, point in zip(task.names, va, strict=True) if np.isnan(point).any()]
    if unknown:
        raise DataError("valence and arousal of each name", f"none of {', '.join(unknown)}", "choose another task")
    return Priors(
        None if grid is None else torch.from_numpy(prototypes.spanned(grid.prototypes)).float(),
        torch.from_numpy(prototypes.shares(va, config.cells, config.spread)).float(),
        torch.from_numpy(va[:, 0] > 0),
    )


def valence_arousal(task: Task, shares: NDArray[Any]) -> NDArray[np.float64]:
    """(n, 2) in [-1, 1]: where the names' shares (n, k) lie by the label algebra; NaN where there are none."""
    conversion = hub.conversion(task.scheme, "vad", Kind.DISTRIBUTION, task.names)
    found = conversion(shares)
    return found.scores[:, [found.names.index(d) for d in hub.VAD[:2]]]


def toy() -> Config:
    """Settings with which it learns toy faces in seconds; the teacher must be set to a run of `face_votes` on toys."""
    return Config(
        encoder="se_resnet:channels=8+16,strides=2+2,reduction=4",
        epochs=25,
        batch_size=16,
        lr=1e-2,
        head_lr=1e-2,
        mirrored=0.0,
        side=0.2,
        precision="no",
    )


_RANDOM = "random"


def _grid(config: Config, stage: Stage) -> Grid:
    if config.grid:
        drawn = config.grid == _RANDOM
        made = prototypes.random_grid(config.cells, stage.seed) if drawn else None
        return made or prototypes.read_grid(Path(config.grid), config.cells)
    teacher, (dev, _) = teachers(config)[0], stage.dev
    network = Features(runs.model(teacher, runs.finished(teacher)[0]))
    (found,) = loop.outputs(network, runs.features(teacher.reader(), dev))
    (task,) = dev.tasks
    va = valence_arousal(task, np.where(dev.judged[task.id], dev.targets[task.id], 0.0))
    rows = np.isfinite(va).all(1)
    return prototypes.build_grid(found[rows], va[rows], config.cells)
