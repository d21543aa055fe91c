"""All-inclusive: every item with votes is learnt from and measured on, with the shares of its votes as its truth.

Reference: Chou & Lee, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition: Considering
Subjectivity of Annotators and Ambiguity of Emotions, 2025, chapter 4. Which items are learnt from is a rule of
`aggregate` (`keep`: majority, plurality, all_inclusive), and so is what is learnt of each (`label`: all_inclusive for
the shares of all votes, all_inclusive:hard=true for one of the names that lead). Dev and test keep every item with the
shares of all its votes, whatever is learnt: a name is true, and said, where its share is above 1 / number of names.
Claims of the paper: soft labels beat hard ones (in 17 of 18 cases), and training on all items beats training on those
with a majority or a plurality, all on the all-inclusive test (CREMA-D, voice, soft: .671, .699, .710).
Differs from the paper: any encoder, here of text, not a frozen wav2vec2; an item that `keep` loses leaves its place in
the batch empty, so that all rules take equally many steps; the best epoch is the best on the all-inclusive dev, for all
rules alike; labels are smoothed only with `label=smoothed`; where raters choose several names a share is that of all
choices, and of an item of which nobody chose any name there is none: it is left out, in measuring too. Ratings that
are numbers have votes where a corpus makes names of them (EmoBank's `sentiment.writer`, `sentiment.reader`). Scores are
not tempered, as a temperature moves them across 1 / number of names; `tempered=true` shows what dev's one mends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..nn.model import Model, Scale
from ..task import Task
from ..train import loop, reading, supervised, votes
from ..train.mixture import Mixture

CARD = {
    "title": "All-inclusive rule: every item, with all its votes",
    "reference": "chou2025revisiting",
    "takes": "text",
    "extra": "train",
    "metrics": ["all_inclusive_f1", "kl", "all_inclusive_cooccurrence"],
    "claims": [
        {
            "claim": "all clips with soft labels, on the all-inclusive test, voice alone",
            "corpus": "crema_d",
            "task": "crema_d.voice",
            "metric": "all_inclusive_f1",
            "paper": 0.710,
        }
    ],
    "recipe": [
        "train all_inclusive --on red_ro:version=v2 --tasks red_ro.votes --set keep=majority "
        "--set label=all_inclusive:hard=true --seeds 0,1,2 --out runs/majority-hard-red",
        "train all_inclusive --on red_ro:version=v2 --tasks red_ro.votes --set keep=majority --seeds 0,1,2 "
        "--out runs/majority-soft-red",
        "train all_inclusive --on red_ro:version=v2 --tasks red_ro.votes --set keep=plurality "
        "--set label=all_inclusive:hard=true --seeds 0,1,2 --out runs/plurality-hard-red",
        "train all_inclusive --on red_ro:version=v2 --tasks red_ro.votes --set keep=plurality "
        "--seeds 0,1,2 --out runs/plurality-soft-red",
        "train all_inclusive --on red_ro:version=v2 --tasks red_ro.votes "
        "--set label=all_inclusive:hard=true --seeds 0,1,2 --out runs/all-hard-red",
        "train all_inclusive --on red_ro:version=v2 --tasks red_ro.votes --seeds 0,1,2 --out runs/all-soft-red",
        "train all_inclusive --on red_ro:version=v2 --tasks red_ro.votes "
        "--set label=all_inclusive:hard=true --set tempered=true --seeds 0,1,2 "
        "--out runs/all-hard-red-tempered",
        "train all_inclusive --on 'brighter:language=afr+arq+hin+mar+ron+swe+ukr,also_in!=dev+test' "
        "--tasks brighter.votes --set keep=majority --out runs/majority-soft-brighter",
        "train all_inclusive --on 'brighter:language=afr+arq+hin+mar+ron+swe+ukr,also_in!=dev+test' "
        "--tasks brighter.votes --set label=all_inclusive:hard=true --out runs/all-hard-brighter",
        "train all_inclusive --on 'brighter:language=afr+arq+hin+mar+ron+swe+ukr,also_in!=dev+test' "
        "--tasks brighter.votes --out runs/all-soft-brighter",
        "train all_inclusive --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set keep=majority --set label=all_inclusive:hard=true --seeds 0,1,2 --out runs/majority-hard-emobank",
        "train all_inclusive --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set keep=majority --seeds 0,1,2 --out runs/majority-soft-emobank",
        "train all_inclusive --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set keep=plurality --set label=all_inclusive:hard=true --seeds 0,1,2 --out runs/plurality-hard-emobank",
        "train all_inclusive --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set keep=plurality --seeds 0,1,2 --out runs/plurality-soft-emobank",
        "train all_inclusive --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set label=all_inclusive:hard=true --seeds 0,1,2 --out runs/all-hard-emobank",
        "train all_inclusive --on emobank --tasks sentiment.writer,sentiment.reader "
        "--seeds 0,1,2 --out runs/all-soft-emobank",
        "train all_inclusive --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set label=all_inclusive:hard=true --set tempered=true --seeds 0,1,2 --out runs/all-hard-emobank-tempered",
        "evaluate runs/majority-hard-red runs/majority-soft-red runs/plurality-hard-red "
        "runs/plurality-soft-red runs/all-hard-red runs/all-soft-red runs/all-hard-red-tempered "
        "--against runs/majority-hard-red",
        "compare runs/all-soft-red runs/all-hard-red --metric all_inclusive_f1,kl",
        "compare runs/all-soft-red runs/majority-soft-red --metric all_inclusive_f1,kl",
        "compare runs/all-soft-red runs/all-hard-red-tempered --metric all_inclusive_f1,kl",
        "evaluate runs/majority-soft-brighter runs/all-hard-brighter runs/all-soft-brighter "
        "--against runs/majority-soft-brighter",
        "evaluate runs/majority-hard-emobank runs/majority-soft-emobank runs/plurality-hard-emobank "
        "runs/plurality-soft-emobank runs/all-hard-emobank runs/all-soft-emobank runs/all-hard-emobank-tempered "
        "--against runs/majority-hard-emobank",
        "compare runs/all-soft-emobank runs/all-hard-emobank --metric all_inclusive_f1,kl",
        "compare runs/all-soft-emobank runs/majority-soft-emobank --metric all_inclusive_f1,kl",
        "compare runs/all-soft-emobank runs/all-hard-emobank-tempered --metric all_inclusive_f1,kl",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Light):
    """The supervised plan, light, on shares of votes, the rules, and the objective.

    Args:
        keep: the rule that tells which items are learnt from, such as "majority"; the items that it loses are not.
        label: the rule that tells what is learnt of each, such as "all_inclusive:hard=true" or "smoothed".
        names_objective: "" for the task's default, soft cross-entropy, or a part such as "kl".
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    shares: bool = True
    tempered: bool = False
    keep: str = "all_inclusive"
    label: str = "all_inclusive"
    names_objective: str = ""
    dimensions_weight: float = 1.0


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    return supervised.reader(config, train)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture whose training part learns what the rules make of its votes."""
    return votes.relabelled(data, np.flatnonzero(data.split == "train"), config.keep, config.label)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(train, config.names_objective, dimensions_weight=config.dimensions_weight)


def toy() -> Config:
    """A config that trains in seconds without any weights from outside."""
    return Config(**supervised.TOY)
