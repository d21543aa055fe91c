"""What a picture makes people feel, told with its attributes: brightness, colour, place, objects, faces, actions.

Reference: Yang et al., EmoSet: A Large-scale Visual Emotion Dataset with Rich Attributes, ICCV 2023.
One encoder, a head per attribute beside those of emotion. What an attribute's head says makes a mean of learnt vectors,
one per name; the vectors of all attributes join the picture's features before the heads of emotion read them
(`joined=false` leaves them apart). The cost is that of emotion and `attribute_weight` times that of each attribute; a
picture of which an attribute is not told costs nothing there, with a gradient of exactly zero, and a batch of such
pictures too. `attributes=` (none) is the plain network on emotion alone. The best epoch is the best at emotion on dev.
Brightness and colourfulness have eleven names, from 0.0 to 1.0. Where a corpus does not tell them, as OASIS, they are
computed of the picture by `features/colour.py`, colourfulness in shares of 109, "extremely colourful".
Differs from the paper, which tells neither the layers of its module nor its weights, nor how it computes colours: the
module, the weight of 1/6 and the formulas are ours; a small network learnt from nothing; the cost of objects is a mean
over their names; a picture of which no object is told is not one without objects.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import corpora, find, settings
from ..errors import UnknownName
from ..features import colour
from ..nn.model import Model, Scale, stepped
from ..task import Kind, Task
from ..train import faces, loop, mixture, reading, supervised
from ..train.mixture import Mixture
from ..train.run import Stage

CARD = {
    "title": "Emotion of pictures with their attributes",
    "reference": "yang2023emoset",
    "takes": "scene",
    "extra": "train",
    "metrics": ["accuracy", "pearson"],
    "claims": [],
    "recipe": [
        "train emoset_attributes --on oasis --set attributes= --seeds 0,1,2,3,4 --out runs/oasis-plain",
        "train emoset_attributes --on oasis --seeds 0,1,2,3,4 --out runs/oasis-attributes",
        "evaluate runs/oasis-attributes runs/oasis-plain --against runs/oasis-plain",
        "colours oasis",
    ],
}
STEPS = 11
"""Names of brightness and colourfulness: "0.0", "0.1" ... "1.0"."""
ATTRIBUTES = ("brightness", "colorfulness", "scene", "object", "facial_expression", "human_action")
"""The targets of a corpus's tasks that are attributes of a picture, as EmoSet calls them."""
COMPUTED: Mapping[str, Callable[[NDArray[np.uint8]], float]] = {
    "brightness": colour.brightness,
    "colorfulness": lambda picture: min(colour.colourfulness(picture) / colour.EXTREME, 1.0),
}
"""Those that can be computed of a picture, from 0 to 1."""


@dataclass(frozen=True)
class Config(faces.Plan):
    """The plan for pictures, and what is done with attributes.

    Args:
        attributes: which are learnt, of `ATTRIBUTES`; () for none.
        attribute_weight: what the cost of each counts beside that of emotion.
        joined: whether what is said of them joins the features that emotion is read from.
        vector: numbers of an attribute's vector.
        names_objective, dimensions_objective: of emotion; "" for each task's default.
    """

    encoder: str = "in_context:of=scene,side=96"
    head: str = "linear:dropout=0.3"
    epochs: int = 40
    batch_size: int = 32
    lr: float = 1e-3
    head_lr: float = 1e-3
    warmup: float = 0.1
    small: int = 80
    degrees: float = 0.0
    scale: float = 0.15
    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 0.0
    attributes: tuple[str, ...] = ATTRIBUTES
    attribute_weight: float = 1 / 6
    joined: bool = True
    vector: int = 16
    names_objective: str = ""
    dimensions_objective: str = ""

    def __post_init__(self) -> None:
        for name in self.attributes:
            if name not in ATTRIBUTES:
                raise UnknownName.among("an attribute", name, ATTRIBUTES)


def read(config: Config, on: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The corpora's pictures on their main tasks, or on those in `tasks`, and then on the attributes that are learnt.

    A task of an attribute has the id that the corpus gives it, or that of the main task with the attribute's name.
    """
    own = {c: _with_names(c) for c in on}
    told = {c: {t.target: t for t in its[1:] if t.target in ATTRIBUTES} for c, its in own.items()}
    known = {t.id for its in told.values() for t in its.values()}
    known |= {f"{its[0].id}.{name}" for its in own.values() for name in COMPUTED}
    main = [t for c in on for t in own[c] if t.id in tasks and t.id not in known] or [own[c][0] for c in on]
    attributes = [told[c][a] for c in on for a in config.attributes if a in told[c]]
    read = list(dict.fromkeys((*main, *attributes)))
    data = mixture.table([(c, s) for c in on for s in corpora.samples(c)], read)
    for task in attributes:
        data = in_steps(data, task) if task.scaled else data
    modality, *_ = reading.takes(*settings.part("encoders", config.encoder))
    for corpus in on:
        for name in config.attributes:
            if name in COMPUTED and name not in told[corpus]:
                data = _computed(data, corpus, f"{own[corpus][0].id}.{name}", name, modality)
    return data


def _with_names(corpus: str) -> tuple[Task, ...]:
    """A corpus's tasks, with the names of those whose names stand in its own files."""
    asked = corpora.parse(corpus)
    if asked.path is not None:
        return corpora.tasks(corpus)
    part = find.load("corpora", asked.where)
    return tuple(part.tasks(corpora.root(corpus))) if hasattr(part, "tasks") else corpora.tasks(corpus)


def steps(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Numbers (n,) in [0, 1] as one of `STEPS` names each, (n, STEPS): the nearest; halves are rounded up."""
    places = np.floor(values * (STEPS - 1) + 0.5).astype(np.int64)
    return np.eye(STEPS, dtype=np.float32)[places]


def in_steps(data: Mixture, task: Task) -> Mixture:
    """The mixture in which a task of one number has names for its steps; a picture it is not told of stays so."""
    values, judged = data.targets[task.id][:, 0], data.judged[task.id]
    made = steps(np.where(judged[:, 0], (values.astype(np.float64) + 1) / 2, 0.0))
    return _with(data, _of_steps(task.id, task.target), made * judged, judged)


def _computed(data: Mixture, corpus: str, id: str, name: str, modality: str) -> Mixture:
    """The mixture with an attribute of one corpus's pictures that is computed of them."""
    there = np.asarray([c == corpus and modality in m for c, m in zip(data.corpus, data.media, strict=True)], bool)
    read, values = find.load("modalities", modality).read, np.zeros(len(data))
    values[there] = [COMPUTED[name](read(data.media[i][modality])) for i in np.flatnonzero(there)]
    judged = np.repeat(there[:, None], STEPS, 1)
    return _with(data, _of_steps(id, name), steps(values) * judged, judged)


def _of_steps(id: str, target: str) -> Task:
    return Task(id, target, Kind.SINGLE, "", tuple(f"{i / (STEPS - 1):.1f}" for i in range(STEPS)))


def _with(data: Mixture, task: Task, targets: NDArray[np.float32], judged: NDArray[np.bool_]) -> Mixture:
    """The mixture with a task, in the place of one with its id, else as the last."""
    there = [task if t.id == task.id else t for t in data.tasks]
    return replace(
        data,
        tasks=tuple(there if task in there else [*there, task]),
        targets={**data.targets, task.id: targets},
        judged={**data.judged, task.id: np.broadcast_to(judged, targets.shape).copy()},
    )


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into squares of pixels."""
    return supervised.reader(config, train)


def attribute(task: Task) -> bool:
    """Whether a task is one of a picture's attributes."""
    return task.target in ATTRIBUTES


class Attributed(Model):
    """Heads of attributes on an encoder's states, and heads of emotion on these with the attributes' vectors behind.

    Args:
        attributes: place of each attribute's task -> whether several of its names can be right.
        vector: numbers of a vector; 0 leaves the vectors out.
    """

    def __init__(
        self,
        encoder: nn.Module,
        heads: Sequence[nn.Module],
        tasks: Sequence[Task],
        scales: Sequence[Scale],
        attributes: Mapping[int, bool],
        vector: int,
    ) -> None:
        super().__init__(encoder, heads, [t.id for t in tasks], scales)
        self.attributes = dict(attributes)
        sizes = [len(tasks[i].names) for i in attributes] if vector else []
        self.vectors = nn.ModuleList(nn.Linear(k, vector, bias=False) for k in sizes)

    def of_states(self, states: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        lengths = stepped(self.encoder, lengths)
        made = {i: self._scaled(i, self.heads[i](states, lengths)) for i in self.attributes}
        for (i, several), vectors in zip(self.attributes.items(), self.vectors, strict=False):
            shares = made[i].sigmoid() if several else made[i].softmax(1)
            whole = shares.sum(1, keepdim=True).clamp_min(1e-6)  # of several names: how many there seem to be
            joined = vectors(shares / whole)[:, None].to(states.dtype).expand(-1, states.shape[1], -1)
            states = torch.cat([states, joined], 2)
        for i, head in enumerate(self.heads):
            if i not in made:
                made[i] = self._scaled(i, head(states, lengths))
        return tuple(made[i] for i in range(len(self.heads)))

    def _scaled(self, i: int, raw: Tensor) -> Tensor:
        return raw.float() * self.get_buffer(f"factor_{i}") + self.get_buffer(f"shift_{i}")

    def parts(self) -> Mapping[str, list[nn.Parameter]]:
        """Parameters by part; the attributes' vectors are the heads'."""
        found = super().parts()
        return {**found, "heads": [*found["heads"], *self.vectors.parameters()]}


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    part, its = settings.part("encoders", config.encoder)
    encoder = part.build(its)
    attributes = {i: t.kind is Kind.MULTI for i, t in enumerate(tasks) if attribute(t)}
    vector = config.vector if config.joined else 0
    wide = encoder.width + vector * len(attributes)
    heads = [
        supervised.head(config.head, encoder.width if i in attributes else wide, len(t.names))
        for i, t in enumerate(tasks)
    ]
    return Attributed(encoder, heads, tasks, scales, attributes, vector)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The objectives of emotion, and the share of each attribute's."""
    parts = []
    for i, task in enumerate(train.tasks):
        one = replace(train, tasks=(task,))
        if attribute(task):
            many = len(task.names) if task.kind is Kind.MULTI else 1
            parts.append((i, config.attribute_weight / many, supervised.objectives(one)))
        else:
            parts.append((i, 1.0, supervised.objectives(one, config.names_objective, config.dimensions_objective)))

    def cost(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        return loop.total([part(outputs[i : i + 1], targets, judged, weight) * share for i, share, part in parts])

    return cost


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Learn from changed pictures; the epoch that is best at emotion on dev is kept."""
    dev, features = stage.dev
    metrics = [str(m) for m in CARD["metrics"]]

    def score(network: nn.Module) -> float:
        found = zip(dev.tasks, loop.outputs(network, features), strict=True)
        return statistics.fmean(supervised.monitored(t, raw, dev, metrics) for t, raw in found if not attribute(t))

    loop.finish(faces.learn(config, model, stage, loss(config, stage.train[0]), score))


def toy() -> Config:
    """Settings with which it learns drawn skies in seconds."""
    return Config(
        encoder="in_context:of=scene,side=24,channels=8+16,strides=2+2,reduction=4",
        head="linear:dropout=0",
        epochs=25,
        batch_size=16,
        lr=1e-2,
        head_lr=1e-2,
        small=0,
        scale=0.0,
        covered=0.0,
        precision="no",
    )
