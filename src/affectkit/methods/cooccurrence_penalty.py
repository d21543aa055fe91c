"""Co-occurrence penalty: names that raters seldom chose together cost more.

Reference: Chou & Lee, Revisiting Modeling and Evaluation Approaches in Speech Emotion Recognition: Considering
Subjectivity of Annotators and Ambiguity of Emotions, 2025, chapter 5. Of the votes of the training part, N[a, b] is the
number of items in which both a and b were chosen, W[a, b] = N[a, b] / N[b, b], and P = 1 - W with a diagonal of 0. An
item costs beta L + alpha L P, summed over names, where L is the cross-entropy, binary cross-entropy or KL divergence of
each name (`objective=penalised_ce`, `penalised_bce`, `penalised_kl`, each with alpha, beta, coupled).
Claims of the paper (MSP-Podcast, macro F1): CE .111 to .130 (beta 1, alpha 1), BCE .219 to .247 (beta 0, alpha 1), KL
.283 to .356 (beta 0, alpha 1); the distance between true and predicted co-occurrence falls as well.
Known fault of the paper: summed over the second name, P is a weight for each name, so that no two names are coupled;
names that go with few others count more. That is what is computed unless `coupled=true`, which is ours: the sum of
P[j, z] p[j] p[z], the chance that both are said.
Differs from the paper: any encoder, here of text; CE and KL are of shares of all votes, and so differ by nothing that a
network can change; the best epoch is the best all-inclusive F1 on dev, not the least cost, which the penalty moves; a
name that nobody chose goes with none. `penalised_bce` on a task of several names wants `shares=false`, and is then
measured as any such task: macro F1 with thresholds from dev.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import settings
from ..errors import UsageError
from ..nn.model import Model, Scale
from ..task import Task
from ..train import loop, reading, supervised
from ..train.mixture import Mixture

CARD = {
    "title": "Penalty for names that seldom go together",
    "reference": "chou2025revisiting",
    "takes": "text",
    "extra": "train",
    "metrics": ["all_inclusive_f1", "kl", "all_inclusive_cooccurrence", "macro_f1", "cooccurrence"],
    "claims": [],
    "recipe": [
        "train cooccurrence_penalty --on red_ro:version=v2 --tasks red_ro.votes "
        "--set objective=penalised_kl:beta=1,alpha=0 --seeds 0,1,2 --out runs/penalty-none-red",
        "train cooccurrence_penalty --on red_ro:version=v2 --tasks red_ro.votes "
        "--set objective=penalised_kl:beta=0,alpha=1 --seeds 0,1,2 --out runs/penalty-weights-red",
        "train cooccurrence_penalty --on red_ro:version=v2 --tasks red_ro.votes "
        "--set objective=penalised_kl:beta=1,alpha=1 --seeds 0,1,2 --out runs/penalty-both-red",
        "train cooccurrence_penalty --on red_ro:version=v2 --tasks red_ro.votes "
        "--set objective=penalised_kl:beta=1,alpha=1,coupled=true --seeds 0,1,2 "
        "--out runs/penalty-coupled-red",
        "train cooccurrence_penalty --on 'brighter:language=afr+arq+hin+mar+ron+swe+ukr,also_in!=dev+test' "
        "--tasks brighter.votes --set shares=false --set objective=penalised_bce:beta=1,alpha=0 "
        "--out runs/penalty-none-brighter",
        "train cooccurrence_penalty --on 'brighter:language=afr+arq+hin+mar+ron+swe+ukr,also_in!=dev+test' "
        "--tasks brighter.votes --set shares=false --set objective=penalised_bce:beta=0,alpha=1 "
        "--out runs/penalty-weights-brighter",
        "train cooccurrence_penalty --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set objective=penalised_kl:beta=1,alpha=0 --seeds 0,1,2 --out runs/penalty-none-emobank",
        "train cooccurrence_penalty --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set objective=penalised_kl:beta=0,alpha=1 --seeds 0,1,2 --out runs/penalty-weights-emobank",
        "train cooccurrence_penalty --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set objective=penalised_kl:beta=1,alpha=1 --seeds 0,1,2 --out runs/penalty-both-emobank",
        "train cooccurrence_penalty --on emobank --tasks sentiment.writer,sentiment.reader "
        "--set objective=penalised_kl:beta=1,alpha=1,coupled=true --seeds 0,1,2 --out runs/penalty-coupled-emobank",
        "evaluate runs/penalty-none-red runs/penalty-weights-red runs/penalty-both-red "
        "runs/penalty-coupled-red --against runs/penalty-none-red",
        "compare runs/penalty-weights-red runs/penalty-none-red "
        "--metric all_inclusive_f1,kl,all_inclusive_cooccurrence",
        "compare runs/penalty-both-red runs/penalty-none-red --metric all_inclusive_f1,kl,all_inclusive_cooccurrence",
        "compare runs/penalty-coupled-red runs/penalty-none-red "
        "--metric all_inclusive_f1,kl,all_inclusive_cooccurrence",
        "evaluate runs/penalty-none-brighter runs/penalty-weights-brighter --against runs/penalty-none-brighter",
        "evaluate runs/penalty-none-emobank runs/penalty-weights-emobank runs/penalty-both-emobank "
        "runs/penalty-coupled-emobank --against runs/penalty-none-emobank",
        "compare runs/penalty-weights-emobank runs/penalty-none-emobank "
        "--metric all_inclusive_f1,kl,all_inclusive_cooccurrence",
        "compare runs/penalty-both-emobank runs/penalty-none-emobank "
        "--metric all_inclusive_f1,kl,all_inclusive_cooccurrence",
        "compare runs/penalty-coupled-emobank runs/penalty-none-emobank "
        "--metric all_inclusive_f1,kl,all_inclusive_cooccurrence",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Light):
    """The supervised plan, light, on shares of votes, and the penalised objective.

    Args:
        objective: of names, with its settings; it must take penalties.
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    shares: bool = True
    tempered: bool = False
    objective: str = "penalised_kl:alpha=1,beta=0"
    dimensions_weight: float = 1.0


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def penalties(votes: NDArray[Any], judged: NDArray[np.bool_]) -> NDArray[np.float64]:
    """P (k, k) in [0, 1] of votes or shares (n, k), above 0 where somebody chose the name, and judged (n, k).

    P[a, b] is the share of the items with b, of those in which a could be chosen, that lack a; 0 on the diagonal.
    """
    chosen, could = ((votes > 0) & judged).astype(np.float64), judged.astype(np.float64)
    both, own = chosen.T @ chosen, could.T @ chosen
    found = 1 - both / np.maximum(own, 1)
    np.fill_diagonal(found, 0.0)
    return found


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The penalised objective of tasks of names, beside the others' own.

    Raises:
        UsageError: an objective without penalties, or not for a task's kind.
    """
    part, its = settings.part("objectives", config.objective)
    if not hasattr(its, "penalties"):
        raise UsageError("an objective that takes penalties", repr(config.objective), "for example penalised_kl")
    given = {}
    for task in train.tasks:
        if task.scaled:
            continue
        if task.kind not in part.CARD["kinds"]:
            fix = "--set objective=penalised_bce, or --set shares=true"
            raise UsageError(f"an objective for the {task.kind} task {task.id!r}", repr(config.objective), fix)
        matrix = penalties(train.targets[task.id], train.judged[task.id])
        given[task.id] = {"penalties": tuple(map(tuple, matrix.tolist()))}
    return supervised.objectives(train, config.objective, dimensions_weight=config.dimensions_weight, given=given)


def toy() -> Config:
    """A config that trains in seconds without any weights from outside."""
    return Config(**supervised.TOY)
