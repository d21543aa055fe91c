"""What people feel, told by their bodies and by the place they are in: 26 categories, with valence, arousal, dominance.

Reference: Kosti et al., Context Based Emotion Recognition Using EMOTIC Dataset, IEEE Transactions on Pattern Analysis
and Machine Intelligence 42, 2020 (mean average precision of about .274, as its code's users report it).
A network for the body and one for the whole picture, their features side by side through one layer, then a head per
task. The arms of the comparison are `encoder=in_context:of=body`, `of=scene` and `of=body+scene`. Categories cost the
weighed sum of squares, 1 / ln(1.2 + p) for a category that a share p of the training people has: the form in print. The
published code takes their number in place of p (`weights=code`), and `weights=even` none at all. Dimensions cost
squares of tenths of their scale beyond one step of it, nothing within (`distances=margin`), or the smooth L1
(`distances=smooth_l1`), which the later paper and other programs use and which has no dead zone.
In dev and test whatever any rater chose is true, as in the published measure, and thresholds lie where precision equals
recall on dev; `any_rater=false` and `even=false` take what most raters chose, and the best F1. People without one of
the pictures that are read are left out.
Differs from the paper: small networks learnt from nothing where theirs know objects and places; a mean over people
where theirs adds them up, which ties the rate to the batch's size; AdamW; the error of dimensions is told on a scale
from -1 to 1, of which theirs is 4.5 times. On an imitation (`affectkit imitate emotic`) all figures are synthetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import corpora, settings
from ..errors import DataError, UnknownName
from ..nn.model import Model, Scale
from ..nn.objectives import names_sum
from ..task import Kind, Task
from ..train import faces, loop, mixture, reading, supervised
from ..train.mixture import Mixture
from ..train.run import Stage

CARD = {
    "title": "Body and context",
    "reference": "kosti2020emotic",
    "takes": "body",
    "extra": "train",
    "metrics": ["average_precision", "pearson", "mae"],
    "claims": [
        {
            "claim": "body and context, 26 categories; as users of its code report it",
            "corpus": "emotic",
            "metric": "average_precision",
            "paper": 0.274,
            "arm": "emotic",
        }
    ],
    "recipe": [
        "train emotic --on emotic --set encoder=in_context:of=body,side=64 --seeds 0,1,2 --out runs/emotic-body",
        "train emotic --on emotic --set encoder=in_context:of=scene,side=64 --seeds 0,1,2 --out runs/emotic-context",
        "train emotic --on emotic --seeds 0,1,2 --out runs/emotic",
        "train emotic --on emotic --set weights=even --out runs/emotic-even",
        "train emotic --on emotic --set weights=code --out runs/emotic-code",
        "train emotic --on emotic --set distances=smooth_l1 --out runs/emotic-smooth",
        "train emotic --on emotic --tasks emotic --out runs/emotic-categories",
        "evaluate runs/emotic-body runs/emotic-context runs/emotic --against runs/emotic-body",
        "evaluate runs/emotic-even runs/emotic-code runs/emotic-smooth runs/emotic-categories runs/emotic "
        "--against runs/emotic-even --as losses",
    ],
}


class Weights(StrEnum):
    """What a category's squares count: by its share in print, by its number in the code, all alike."""

    PAPER = "paper"
    CODE = "code"
    EVEN = "even"


class Distances(StrEnum):
    """What is learnt of dimensions."""

    MARGIN = "margin"
    SMOOTH_L1 = "smooth_l1"


_SOFT = 1.2  # within the logarithm of a weight
_NEVER = 1e-4  # the code's weight of a category that nobody has


@dataclass(frozen=True)
class Config(faces.Plan):
    """The plan for pictures, changed by mirroring alone, and the two losses.

    Args:
        inner, dropout: of the layer that puts the features together.
        weights: "paper", "code" or "even".
        distances: "margin" or "smooth_l1".
        margin: steps of the corpus's scale within which a dimension costs nothing.
        names_share, dimensions_share: what the two losses count.
        any_rater: in dev and test, what any rater chose is true; else what half of them chose.
        even: thresholds lie where precision equals recall on dev.
    """

    encoder: str = "in_context:of=body+scene,side=64"
    head: str = "linear:dropout=0"
    epochs: int = 15
    batch_size: int = 52
    lr: float = 1e-3
    head_lr: float = 1e-3
    small: int = 0
    degrees: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 0.0
    covered: float = 0.0
    inner: int = 256
    dropout: float = 0.5
    weights: str = Weights.PAPER.value
    distances: str = Distances.MARGIN.value
    margin: float = 1.0
    names_share: float = 0.5
    dimensions_share: float = 0.5
    any_rater: bool = True
    even: bool = True

    def __post_init__(self) -> None:
        for what, name, closed in (("weights", self.weights, Weights), ("distances", self.distances, Distances)):
            if name not in list(closed):
                raise UnknownName.among(what, name, [str(c) for c in closed])


def read(config: Config, on: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The people of whom all that is read is there, on their categories and dimensions unless others are asked for.

    Raises:
        DataError: of nobody is everything there.
    """
    given = [t.id for corpus in on for t in corpora.tasks(corpus) if t.kind in (Kind.MULTI, Kind.CONTINUOUS)]
    data = mixture.read(on, tasks or list(dict.fromkeys(given)))
    part, its = settings.part("encoders", config.encoder)
    wanted = reading.takes(part, its)
    rows = np.flatnonzero([all(m in media for m in wanted) for media in data.media])
    if not len(rows):
        raise DataError(f"samples with {' and '.join(wanted)} in {', '.join(on)}", "none", "choose another encoder")
    data = data if len(rows) == len(data) else data.take(rows)
    return _chosen_by_any(data) if config.any_rater else data


def _chosen_by_any(data: Mixture) -> Mixture:
    """The mixture in which a name is true where one rater of several chose it."""
    several = [t.id for t in data.tasks if t.kind is Kind.MULTI]
    return replace(data, targets={**data.targets, **{t: (data.targets[t] > 0).astype(np.float32) for t in several}})


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into squares of pixels."""
    return supervised.reader(config, train)


class Together(nn.Module):
    """What an encoder makes of the pictures of a person, through one layer: (n, t, inner)."""

    def __init__(self, encoder: nn.Module, width: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.encoder, self.width = encoder, inner
        self.linear = nn.Linear(width, inner)
        self.norm = nn.BatchNorm1d(inner)
        self.dropout = nn.Dropout(dropout)

    def steps(self, lengths: Tensor) -> Tensor:
        """One state per person."""
        return torch.ones_like(lengths)

    def forward(self, padded: Tensor, lengths: Tensor, *more: Tensor) -> Tensor:
        x = self.linear(self.encoder(padded, lengths, *more)[:, 0])
        # of a single person there is no spread to learn: what was met so far stands in
        norm = F.batch_norm(
            x,
            self.norm.running_mean,
            self.norm.running_var,
            self.norm.weight,
            self.norm.bias,
            self.training and len(x) > 1,
        )
        states: Tensor = self.dropout(F.relu(norm))[:, None]
        return states


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training; categories begin at their share of the training people, dimensions at their mean."""
    part, its = settings.part("encoders", config.encoder)
    encoder = part.build(its)
    together = Together(encoder, encoder.width, config.inner, config.dropout)
    heads = [supervised.head(config.head, config.inner, len(t.names)) for t in tasks]
    pairs = zip(tasks, scales, strict=True)
    begun = [s if t.scaled else Scale(s.factor, tuple(map(_share, s.shift))) for t, s in pairs]
    return Model(together, heads, [t.id for t in tasks], begun)


def _share(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def loss(config: Config, train: Mixture) -> loop.Loss:
    """Half the loss of categories and half that of dimensions."""
    parts: list[Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = []
    for task in train.tasks:
        if task.range is not None:
            low, high = task.range
            parts.append(continuous(Distances(config.distances), (high - low) / 2, high, config.margin))
        else:
            judged = train.judged[task.id]
            counts = ((train.targets[task.id] >= 0.5) & judged).sum(0)
            parts.append(discrete(weights(Weights(config.weights), counts, int(judged.any(1).sum()))))
    shares = [config.dimensions_share if task.scaled else config.names_share for task in train.tasks]

    def cost(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        each = zip(train.tasks, parts, outputs, shares, strict=True)
        return loop.total([part(y, targets[t.id], judged[t.id], weight) * share for t, part, y, share in each])

    return cost


def weights(form: Weights, counts: Sequence[int] | np.ndarray, people: int) -> tuple[float, ...]:
    """What the squares of each category count.

    Args:
        counts: (k,) how many training people have it.
        people: how many there are.
    """
    if form is Weights.EVEN:
        return (1.0,) * len(counts)
    if form is Weights.CODE:
        return tuple(1 / math.log(_SOFT + n) if n >= 1 else _NEVER for n in counts)
    return tuple(1 / math.log(_SOFT + n / people) for n in counts)


def discrete(weights: Sequence[float]) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    """The mean over people of the weighed sum of squares of their judged categories."""

    def cost(y: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        by = torch.tensor(weights, dtype=torch.float32, device=y.device)
        return names_sum(by * (y.float() - target) ** 2, judged, weight)

    return cost


def continuous(
    form: Distances, half: float, top: float, margin: float
) -> Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]:
    """The mean over people of what their dimensions' errors cost, added up.

    Args:
        form: "margin": 0 within the margin, beyond it the square of the error over the top of the scale; "smooth_l1":
            half the square of up to one step, a half less than the error from there on.
        half: steps of the corpus's scale that 1 is here.
        top: of the corpus's scale.
        margin: steps.
    """

    def cost(y: Tensor, target: Tensor, judged: Tensor, weight: Tensor) -> Tensor:
        steps = (y.float() - target).abs() * half
        if form is Distances.SMOOTH_L1:
            each = torch.where(steps <= 1, steps**2 / 2, steps - 0.5)
        else:
            each = torch.where(steps < margin, torch.zeros_like(steps), (steps / top) ** 2)
        return names_sum(each, judged, weight)

    return cost


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Learn from mirrored and plain pictures; the best epoch on dev is kept."""
    score = supervised.monitor(*stage.dev, [str(m) for m in CARD["metrics"]])
    loop.finish(faces.learn(config, model, stage, loss(config, stage.train[0]), score))


def toy() -> Config:
    """Settings with which it learns drawn people in seconds."""
    return Config(
        encoder="in_context:of=body+scene,side=32,channels=8+16,strides=2+2,reduction=4",
        inner=32,
        dropout=0.0,
        epochs=30,
        batch_size=16,
        lr=1e-2,
        head_lr=1e-2,
        precision="no",
    )
