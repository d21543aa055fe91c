"""Fine-tune an encoder with one head per task, on a mixture of corpora: the house baseline.

Reference: Devlin et al., BERT, NAACL 2019 (fine-tuning); Demszky et al., GoEmotions, ACL 2020 (binary cross-entropy on 28
labels). Every sample is scored only on the tasks it has and the names its raters could choose.
Differs from the paper: a small encoder; heads read the mean over tokens, not the first token; heads begin at the labels'
log odds; the token table is cut to the pieces the corpora use and given emoji.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from .. import find
from ..nn.model import Model, Scale
from ..task import Task
from ..train import loop, reading, settings, supervised
from ..train.mixture import Mixture

CARD = {
    "title": "Fine-tuned encoder, one head per task",
    "reference": "demszky2020goemotions",
    "takes": "text",
    "extra": "train",
    "claims": [
        {
            "claim": "a fine-tuned encoder beats the paper's BERT on GoEmotions",
            "corpus": "goemotions",
            "metric": "macro_f1",
            "paper": 0.46,
        }
    ],
    "recipe": [
        ["train", "finetune", "--on", "goemotions,emobank", "--seeds", "0,1,2", "--out", "runs/finetune"],
        ["evaluate", "runs/finetune"],
    ],
}


@dataclass(frozen=True)
class Config(loop.Plan):
    """The loop's plan, and the parts as "name" or "name:key=value".

    Args:
        encoder, head: parts of those kinds.
        longest: tokens per sample, specials included; longer ones are cut in training (serving reads in windows).
        seen: pieces met less often than this in the training texts leave the token table; 0 keeps the table as it is.
        names_objective, dimensions_objective: "" for each task's default.
        balance: rare names' positives count (negatives / positives) ** balance times; 0 counts all alike.
    """

    encoder: str = "minilm"
    head: str = "linear"
    longest: int = 64
    seen: int = 2
    names_objective: str = ""
    dimensions_objective: str = ""
    balance: float = 0.0


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    encoder, its = settings.part("encoders", config.encoder)
    media = [m[encoder.CARD["takes"]] for m in train.media]
    return reading.learn(encoder, its, media, config.longest, config.seen)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training: the encoder's own weights, heads drawn from torch's generator."""
    part, its = settings.part("encoders", config.encoder)
    encoder = part.build(its)
    rows = getattr(reader, "rows", None)
    if rows is not None:
        encoder.vocabulary(rows)
    return Model(encoder, [head(config.head, encoder.width, len(t.names)) for t in tasks], [t.id for t in tasks], scales)


def head(spec: str, width: int, outputs: int) -> nn.Module:
    """One head of the chosen kind."""
    name, _, rest = spec.partition(":")
    part = find.load("heads", name)
    sizes = part.Config(width=width, outputs=outputs)
    found: nn.Module = part.build(settings.apply(sizes, settings.pairs(rest.split(","))) if rest else sizes)
    return found


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(train, config.names_objective, config.dimensions_objective, config.balance)


def toy() -> Config:
    """A config that trains in seconds without any weights from outside."""
    encoder = "transformer:vocabulary=400,width=32,layers=1,heads=2,inner=64,longest=32"
    return Config(encoder=encoder, epochs=30, batch_size=16, lr=3e-3, head_lr=1e-2, longest=32, precision="no")
