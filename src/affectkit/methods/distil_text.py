"""A small text student of fine-tuned teachers: it learns from their stored outputs and from the labels together.

Reference: Hinton et al., Distilling the Knowledge in a Neural Network, 2015; Furlanello et al., Born-Again Neural
Networks, ICML 2018 (a student of the teachers' own shape); Wortsman et al., Model Soups, ICML 2022 (`start`); the idea
of teaching a small affect model from larger ones' outputs: Kounadis-Bastian et al., Wav2Small, 2024.
The teacher of a task is the mean output of the runs and seeds that have it. Every text gets the teacher's word on every
task, so a sentence rated for valence also teaches emotions, and the reverse. Of what a teacher has learnt itself, one
with folds says what it said unseen: words that are no labels learnt by heart.
Differs from the papers: labels keep a share of the loss; several labels at once are distilled name by name; teachers of
names are networks of the student's size, so what is passed on is their agreement; those of dimensions may be machines
on a larger network that is not trained (`hue_empathy` on SmolLM2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..nn.model import Model, Scale
from ..task import Task
from ..train import loop, reading, supervised, teaching
from ..train.mixture import Mixture
from ..train.run import Run

CARD = {
    "title": "Text student of several teachers",
    "reference": "hinton2015distilling",
    "takes": "text",
    "extra": "train",
    "needs": "teacher",
    "claims": [
        {
            "claim": "a small student reaches fine-tuned RoBERTa-base, thresholds tuned per label",
            "corpus": "goemotions",
            "metric": "macro_f1",
            "paper": 0.541,
            "arm": "text-en",
        }
    ],
    "recipe": [
        "train finetune --on goemotions,emobank --set dimensions_weight=0.5 --set clip=1.0 --seeds 0 "
        "--out runs/finetune-0",
        "train finetune --on goemotions,emobank --set dimensions_weight=0.5 --set clip=50 --seeds 1 "
        "--out runs/finetune-1",
        "train linear_text --on goemotions,emobank --set pieces=runs/finetune-0 "
        "--set encoder=ngrams:width=0,buckets=65536,most=2,within=false --set balanced=false "
        "--set longest=64 --set cost=1 --set epochs=3 --set weaker=2 --out runs/linear_text",
        "train hue_empathy --on emobank --set vader=true --set folds=3 --set longest=128 --out runs/hue-emobank",
        "train hue_empathy --on emobank --set encoder=causal_lm:of=16+20,after=30+339+1407 --set vader=true "
        "--set folds=3 --set longest=128 --set networks=2 --set precision=bf16 --out runs/hue-lm",
        "train distil_text --on goemotions,emobank --set teacher=runs/finetune-0+runs/finetune-1 "
        "--set start=runs/finetune-0 --set encoder=minilm:inner=1024 --set epochs=3 "
        "--set dimensions_weight=0.2 --out runs/distil_text",
        "train distil_text --on goemotions,emobank --set start=runs/distil_text --set encoder=minilm:inner=1024 "
        "--set teacher=runs/finetune-0+runs/finetune-1+runs/hue-emobank+runs/hue-emobank --set epochs=2 --set lr=4e-5 "
        "--set head_lr=2e-4 --set labels=0.15 --set dimensions_weight=1.0 --out runs/distil_text-3",
        "train distil_text --on goemotions,emobank --set start=runs/distil_text-3 --set encoder=minilm:inner=1024 "
        "--set teacher=runs/finetune-0+runs/finetune-1+runs/hue-emobank+runs/hue-emobank --set epochs=1 --set lr=8e-5 "
        "--set head_lr=4e-4 --set labels=0.1 --set dimensions_weight=4.0 --out runs/distil_text-4",
        "train distil_text --on goemotions,emobank --set start=runs/distil_text-4 --set encoder=minilm:inner=1024 "
        "--set teacher=runs/finetune-0+runs/finetune-1+runs/distil_text+runs/hue-emobank+runs/hue-emobank"
        "+runs/hue-lm+runs/hue-lm --set epochs=4 --set lr=1e-4 --set head_lr=4e-4 --set labels=0.1 "
        "--set dimensions_weight=3 --out runs/distil_text-5",
        "export runs/distil_text-5 --beside runs/linear_text --name text-en --version 3",
        "evaluate runs/distil_text-5/text-en.affect --on goemotions,emobank --against runs/finetune-0 --stamp",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, longer, since a teacher's word is learnt by heart less easily than labels, and the teacher.

    Args:
        teacher: folders of runs, joined by "+"; the mean output of all seeds that have a task teaches it.
        labels: share of the loss that the labels keep; the teacher has the rest.
        temperature: of the distilled names.
        dimensions_weight: what dimensions count beside names.
        start: as in the plan; "" begins at the encoder's own weights, with the reader of the first teacher.
    """

    teacher: str = ""
    labels: float = 0.3
    temperature: float = 1.0
    dimensions_weight: float = 0.5
    epochs: int = 4


def reader(config: Config, train: Mixture) -> reading.Reader:
    """The reader of the first teacher."""
    return teachers(config)[0].reader()


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The student's network."""
    return supervised.build(config, tasks, scales, reader)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture with the teacher's outputs for the training part, as targets "<task>.teacher".

    Raises:
        UsageError: no teacher has one of the tasks.
    """
    return teaching.enriched(data, teachers(config))


def loss(config: Config, train: Mixture) -> loop.Loss:
    """`labels` of the labels' own objectives, the rest of being as sure as the teacher is."""
    own = supervised.objectives(train, dimensions_weight=config.dimensions_weight)
    return teaching.loss(train, own, config.labels, config.temperature, config.dimensions_weight)


def toy() -> Config:
    """Settings with which it learns a toy corpus in seconds; the teacher must be set to a run of `finetune` on toys."""
    return Config(**supervised.TOY)


def teachers(config: Config) -> list[Run]:
    """The runs that teach; what they learnt from counts as the student's source too."""
    return teaching.teachers(config.teacher)
