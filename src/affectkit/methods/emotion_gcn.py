"""Expressions with valence and arousal, told by classifiers that a graph of how they go together makes.

Reference: Antoniadis, Filntisis and Maragos, Exploiting Emotional Dependencies with Graph Convolutional Networks for
Facial Expression Recognition, FG 2021 (accuracy .6646 on AffectNet's seven expressions).
Each expression and dimension is a node with the vector of its word. Two layers of graph convolution turn the vectors
into classifiers of a face's features. Ties are made of the training labels: Spearman's correlation of each expression,
as one name or not, with valence and arousal; expressions are never tied to each other; a correlation of at least
`threshold` either way is a tie; a node keeps 1 - `spread` of itself and spreads the rest evenly over its ties. Learnt
are the sum of cross-entropy, each expression's faces weighed by the rarest one's number over its own, and of 1 - CCC.
The epoch is the one that is best at the expressions on dev. `heads=multi` has a linear layer for the expressions and
one for the dimensions, `heads=single` the expressions alone. What the nodes are, where their vectors came from, their
correlations and adjacency stand in the seed's folder, in graph.json.
A corpus that has valence and arousal is learnt with them. One that has not, such as FER+, gets SYNTHETIC dimensions:
each name's point on the circumplex in the label algebra, in the mean over the votes. They add nothing that the names
do not say: figures on them tell how well votes are guessed, not feelings.
Differs from the paper: a residual network learnt here in place of ImageNet's DenseNet-121, its mean feature under all
heads alike (theirs have the largest feature under the graph, and the mean behind a ReLU without it); MiniLM's vectors
of the words in place of GloVe's; where that package is missing, random ones, and graph.json says so; a node without
ties keeps itself whole, where theirs is NaN; AdamW, and more ways to change a face.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import corpora, hub, settings, store
from ..errors import MissingExtra, UnknownName, UsageError
from ..metrics import spearman
from ..nn import graph
from ..nn.heads import mean_over_time
from ..nn.model import Model, Scale, stepped
from ..task import Kind, Task
from ..train import faces, loop, mixture, reading, supervised
from ..train.mixture import Mixture
from ..train.run import Stage

CARD = {
    "title": "Expressions and dimensions by a graph of labels",
    "reference": "antoniadis2021exploiting",
    "takes": "face",
    "extra": "train",
    "metrics": ["accuracy", "macro_f1", "ccc"],
    "claims": [
        {
            "claim": "seven expressions of AffectNet, on its validation part",
            "corpus": "affectnet",
            "task": "affectnet.seven",
            "metric": "accuracy",
            "paper": 0.6646,
            "arm": "gcn",
        }
    ],
    "recipe": [
        "train emotion_gcn --on ferplus_majority --set epochs=10 --set balance=0.5 "
        "--set encoder=se_resnet:channels=16+32+64,strides=2+2+2 --set heads=single --out runs/gcn-single",
        "train emotion_gcn --on ferplus_majority --set epochs=10 --set balance=0.5 "
        "--set encoder=se_resnet:channels=16+32+64,strides=2+2+2 --set heads=multi --seeds 0,1,2 --out runs/gcn-multi",
        "train emotion_gcn --on ferplus_majority --set epochs=10 --set balance=0.5 "
        "--set encoder=se_resnet:channels=16+32+64,strides=2+2+2 --seeds 0,1,2 --out runs/gcn",
        "train emotion_gcn --on ferplus_majority --set epochs=10 --set balance=0.5 "
        "--set encoder=se_resnet:channels=16+32+64,strides=2+2+2 --set ties=identity --out runs/gcn-identity",
        "train emotion_gcn --on ferplus_majority --set epochs=10 --set balance=0.5 "
        "--set encoder=se_resnet:channels=16+32+64,strides=2+2+2 --set ties=learnt --out runs/gcn-learnt",
        "train emotion_gcn --on ferplus_majority --set epochs=10 --set balance=0.5 "
        "--set encoder=se_resnet:channels=16+32+64,strides=2+2+2 --set vectors= --out runs/gcn-random",
        "evaluate runs/gcn-single runs/gcn-multi runs/gcn runs/gcn-identity runs/gcn-learnt runs/gcn-random "
        "--against runs/gcn-multi",
        "compare runs/gcn runs/gcn-multi --metric accuracy,macro_f1",
        "compare runs/gcn-multi runs/gcn-single --metric accuracy,macro_f1",
    ],
}
GRAPH = "graph.json"
"""The nodes and their ties, in the seed's folder."""
DIMENSIONS = hub.VAD[:2]
_MADE = ".circumplex"

Floats = NDArray[np.float64]


class Heads(StrEnum):
    """What tells expressions and dimensions of a face's features."""

    GCN = "gcn"
    MULTI = "multi"
    SINGLE = "single"


class Ties(StrEnum):
    """Where ties come from: the training labels, none at all, or these and then learning."""

    LABELS = "labels"
    IDENTITY = "identity"
    LEARNT = "learnt"


@dataclass(frozen=True)
class Config(faces.Plan):
    """The plan for faces, what tells names and dimensions, and the graph.

    Args:
        heads: "gcn", "multi" for independent ones, "single" for the names alone.
        ties: "labels", "identity" for none, or "learnt" from where the labels' begin.
        threshold, spread: how strong a correlation must be to be a tie, and what share a node gives to its ties.
        vectors: the encoder of text whose mean over a label's word is the label's vector; "" for random ones.
        vector_width, inner: numbers of a vector, and of the layer between vectors and classifiers.
        names_objective: the part that is learnt of names; "" for the tasks' default.
        balance: a face of a name counts (the rarest name's number / its own) ** balance, where the objective can weigh.
        dimensions_objective, dimensions_weight: the part that is learnt of dimensions, and what it counts.
    """

    head: str = "linear:dropout=0"
    heads: str = Heads.GCN.value
    ties: str = Ties.LABELS.value
    threshold: float = 0.1
    spread: float = 0.5
    vectors: str = "minilm"
    vector_width: int = 384
    inner: int = 512
    names_objective: str = "ce"
    balance: float = 1.0
    dimensions_objective: str = "ccc"
    dimensions_weight: float = 1.0

    def __post_init__(self) -> None:
        for what, name, closed in (("heads", self.heads, Heads), ("ties", self.ties, Ties)):
            if name not in list(closed):
                raise UnknownName.among(what, name, [str(c) for c in closed])


def read(config: Config, on: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The corpora's names with their valence and arousal, or with those of the names' points where they have none.

    Raises:
        UsageError: there are neither.
    """
    given = {t.id: t for corpus in on for t in corpora.tasks(corpus)}
    asked = [t for t in tasks if not t.endswith(_MADE)] or [corpora.tasks(corpus)[0].id for corpus in on]
    if not any(given[t].scaled for t in asked if t in given):
        asked += [t.id for t in given.values() if t.scaled and set(DIMENSIONS) <= set(t.names)]
    data = mixture.read(on, list(dict.fromkeys(asked)))
    names = tuple(t for t in data.tasks if not t.scaled)
    if Heads(config.heads) is Heads.SINGLE:
        return replace(data, tasks=names)
    if len(names) < len(data.tasks):
        return data
    made = [t for t in names if t.scheme]
    if not made:
        found = f"{', '.join(t.id for t in names)}, names without points"
        raise UsageError("valence and arousal, or names that have them", found, "--set heads=single")
    for task in made:
        data = _with_points(data, task)
    return data


def _with_points(data: Mixture, task: Task) -> Mixture:
    """The mixture with valence and arousal of a task's names, in the mean over what is said of each sample."""
    its = Task(task.id + _MADE, "dimensions", Kind.CONTINUOUS, "vad", DIMENSIONS, range=(-1.0, 1.0), view=task.view)
    said = np.where(data.judged[task.id], data.targets[task.id], 0.0).astype(np.float64)
    points = hub.conversion(task.scheme, its.scheme, Kind.DISTRIBUTION, task.names)(said).scores[:, : len(DIMENSIONS)]
    known = np.isfinite(points)
    return replace(
        data,
        tasks=(*data.tasks, its),
        targets={**data.targets, its.id: np.where(known, points, 0.0).astype(np.float32)},
        judged={**data.judged, its.id: known},
    )


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into pictures."""
    return supervised.reader(config, train)


class Network(Model):
    """An encoder under classifiers that a graph of all tasks' names makes."""

    def __init__(
        self, encoder: nn.Module, labels: graph.Classifiers, tasks: Sequence[Task], scales: Sequence[Scale]
    ) -> None:
        super().__init__(encoder, [], [t.id for t in tasks], scales)
        self.labels = labels
        self.sizes = [len(t.names) for t in tasks]

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        features = mean_over_time(self.encoder(padded, lengths), stepped(self.encoder, lengths))
        raw = (features @ self.labels().T).split(self.sizes, 1)
        return tuple(
            y.float() * self.get_buffer(f"factor_{i}") + self.get_buffer(f"shift_{i}") for i, y in enumerate(raw)
        )

    def parts(self) -> dict[str, list[nn.Parameter]]:
        """Parameters by part, as in `Model`."""
        return {"encoder": list(self.encoder.parameters()), "heads": list(self.labels.parameters())}


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training; names begin alike, as rare ones weigh as much as the others."""
    even = [
        s if t.scaled else Scale((1.0,) * len(t.names), (0.0,) * len(t.names))
        for t, s in zip(tasks, scales, strict=True)
    ]
    if Heads(config.heads) is not Heads.GCN:
        return supervised.build(config, tasks, even, reader)
    part, its = settings.part("encoders", config.encoder)
    encoder = part.build(its)
    labels = graph.Classifiers(
        sum(len(t.names) for t in tasks),
        config.vector_width,
        config.inner,
        encoder.width,
        learnt=Ties(config.ties) is Ties.LEARNT,
    )
    return Network(encoder, labels, tasks, even)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives, rare names weighed up."""
    given = {}
    for task in train.tasks:
        _, its = settings.part("objectives", config.names_objective or task.defaults.objective)
        if not task.scaled and hasattr(its, "names"):
            given[task.id] = {"names": weights(train, task, config.balance)}
    return supervised.objectives(
        train,
        config.names_objective,
        config.dimensions_objective,
        dimensions_weight=config.dimensions_weight,
        given=given,
    )


def weights(train: Mixture, task: Task, balance: float) -> tuple[float, ...]:
    """What a face of each name counts: (the rarest name's number of faces / its own) ** balance."""
    rows = train.judged[task.id].any(1)
    counts = _named(task, train.targets[task.id], train.judged[task.id])[rows].sum(0)
    least = counts[counts > 0].min() if counts.any() else 1.0
    return tuple(((least / np.maximum(counts, least)) ** balance).tolist())


def _named(task: Task, targets: NDArray[np.float32], judged: NDArray[np.bool_]) -> Floats:
    """Targets (n, k) with a 1 for the name that leads, where one does; several names and numbers as they are."""
    if task.scaled or task.kind is Kind.MULTI:
        return targets.astype(np.float64)
    return np.eye(len(task.names))[np.where(judged, targets, -np.inf).argmax(1)]


def correlations(train: Mixture) -> Floats:
    """Spearman's correlations (k, k) of all tasks' names and dimensions, 0 between names and where there is none.

    A pair is compared on the samples on which both were judged.
    """
    values = np.concatenate([_named(t, train.targets[t.id], train.judged[t.id]) for t in train.tasks], 1)
    judged = np.concatenate([train.judged[t.id] for t in train.tasks], 1)
    scaled = np.repeat([t.scaled for t in train.tasks], [len(t.names) for t in train.tasks])
    found = np.eye(len(scaled))
    for i in np.flatnonzero(scaled):
        both = judged & judged[:, i : i + 1]
        its = np.broadcast_to(values[:, i : i + 1], values.shape)
        found[i] = np.nan_to_num(list(spearman.score(values, its, both).values()))
        found[:, i] = found[i]
    return found


def adjacency(config: Config, train: Mixture) -> NDArray[np.float32]:
    """The graph's adjacency (k, k) of the training part."""
    if Ties(config.ties) is Ties.IDENTITY:
        return np.eye(sum(len(t.names) for t in train.tasks), dtype=np.float32)
    return graph.adjacency(np.abs(correlations(train)) >= config.threshold, config.spread)


def vectors(config: Config, names: Sequence[str], seed: int) -> tuple[NDArray[np.float32], str]:
    """A vector per name (k, vector_width) of root mean square 1, and where they are from.

    Raises:
        UsageError: the encoder's have another width.
    """
    chance, why = f"random, of seed {seed}", ""
    if config.vectors:
        try:
            made = _of_words(config.vectors, names)
        except MissingExtra as error:
            why = f": no {error.expected}"
        else:
            if made.shape[1] != config.vector_width:
                width = f"vector_width={config.vector_width}"
                raise UsageError(f"vectors of {config.vectors} as wide as {width}", str(made.shape[1]), "correct it")
            return made, f"mean of {config.vectors} over the word"
    drawn = np.random.default_rng(seed).normal(size=(len(names), config.vector_width))
    return _evened(drawn), chance + why


@torch.inference_mode()
def _of_words(spec: str, names: Sequence[str]) -> NDArray[np.float32]:
    part, its = settings.part("encoders", spec)
    tokenizer, encoder = part.tokenizer(its), part.build(its).eval()
    made = []
    for name in names:
        ids = tokenizer.encode(name.replace("_", " ")).ids
        made.append(encoder(torch.tensor([ids]), torch.tensor([len(ids)]))[0].mean(0).double().numpy())
    return _evened(np.stack(made))


def _evened(made: Floats) -> NDArray[np.float32]:
    return (made / np.sqrt((made**2).mean(1, keepdims=True))).astype(np.float32)


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Tie the labels by the training part and learn from changed faces; the epoch best at names on dev is kept."""
    train = stage.train[0]
    if isinstance(model, Network):
        names = [name for t in train.tasks for name in t.names]
        words, source = vectors(config, names, stage.seed)
        ties = adjacency(config, train)
        model.labels.relate(words, ties)
    training = faces.learn(config, model, stage, loss(config, train), _score(stage))
    if isinstance(model, Network) and training.accelerator.is_main_process:
        tables = {"correlations": correlations(train), "adjacency": ties.astype(np.float64)}
        rounded = {name: table.round(4).tolist() for name, table in tables.items()}
        store.write_json(stage.folder / GRAPH, {"labels": names, "vectors": source, "ties": config.ties, **rounded})
    loop.finish(training)


def _score(stage: Stage) -> Callable[[nn.Module], float]:
    """The monitor: names alone, so that all heads are stopped by the same."""
    dev, features = stage.dev
    metrics = [str(m) for m in CARD["metrics"]]

    def score(model: nn.Module) -> float:
        found = zip(dev.tasks, loop.outputs(model, features), strict=True)
        told = [(task, raw) for task, raw in found if dev.judged[task.id].any()]
        named = [(task, raw) for task, raw in told if not task.scaled] or told
        values = [supervised.monitored(task, raw, dev, metrics) for task, raw in named]
        return statistics.fmean(values) if values else float("nan")

    return score


def toy() -> Config:
    """Settings with which it learns toy faces in seconds, without weights from outside."""
    return Config(
        encoder="se_resnet:channels=8+16,strides=2+2,reduction=4",
        vectors="",
        vector_width=16,
        inner=32,
        epochs=30,
        batch_size=8,
        lr=1e-2,
        head_lr=5e-3,
        small=0,
        degrees=0.0,
        scale=0.0,
        shift=0.0,
        mirrored=0.0,
        covered=0.0,
        precision="no",
    )
