"""Fine-tune an encoder with one head per task, on a mixture of corpora: the house baseline.

Reference: Devlin et al., BERT, NAACL 2019 (fine-tuning); Demszky et al., GoEmotions, ACL 2020 (binary cross-entropy on
28 labels). Every sample is scored only on the tasks it has and the names its raters could choose.
It reads what its encoder takes: text, or speech with `encoder=hugging_face_speech:path=FOLDER`. Of a longer sound the
first `longest_s` seconds are read, since what attention needs grows with their square.
Differs from the paper: a small encoder; heads read the mean over tokens, not the first token; heads begin at the
labels' log odds; the token table is cut to the pieces the corpora use and given emoji.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..nn.model import Model, Scale
from ..task import Task
from ..train import loop, reading, supervised
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
        "train finetune --on goemotions,emobank --set dimensions_weight=0.5 --out runs/finetune-0",
        "evaluate runs/finetune-0",
        "train finetune --on meld --set start=runs/finetune-0 --set lr=5e-5 --out runs/meld-alone",
        "train finetune --on meld --set start=runs/finetune-0 --set context=3 --set speakers=true "
        "--set longest=96 --set lr=5e-5 --out runs/meld-context",
        "evaluate runs/meld-context runs/meld-alone --against runs/meld-alone",
        "train finetune --on emorynlp --set start=runs/finetune-0 --set lr=5e-5 --out runs/emorynlp-alone",
        "train finetune --on emorynlp --set start=runs/finetune-0 --set context=3 --set speakers=true "
        "--set longest=96 --set lr=5e-5 --out runs/emorynlp-context",
        "evaluate runs/emorynlp-context runs/emorynlp-alone --against runs/emorynlp-alone",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan as it is, and the objectives.

    Args:
        names_objective, dimensions_objective: "" for each task's default, or a part such as "asymmetric:negative=2".
        balance: rare names' positives count (negatives / positives) ** balance times; 0 counts all alike.
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    longest_s: float = 15.0
    names_objective: str = ""
    dimensions_objective: str = ""
    balance: float = 0.0
    dimensions_weight: float = 1.0


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(
        train, config.names_objective, config.dimensions_objective, config.balance, config.dimensions_weight
    )


def toy() -> Config:
    """A config that trains in seconds without any weights from outside."""
    return Config(**supervised.TOY)
