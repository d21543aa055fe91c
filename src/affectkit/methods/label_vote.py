"""Labels by vote: several annotators' labels become one by a rule, and a network learns what they became.

Reference: Kowtal and Joshi, L3Cube-MahaEmotions: A Marathi Emotion Recognition Dataset with Synthetic Annotations using
CoTR prompting and Large Language Models, arXiv 2506.00863, 2025, which aggregates the labels of GPT-4 and Llama 3 by
union and by intersection. Here the voters are a corpus's own label and runs that were trained on it, each of which
judges every training text by a network that has not seen it (`folds`). The rule is a part of `aggregate`: intersection
keeps the texts on which all agree, union keeps all and lets each name that anybody chose count alike, majority wants
more than half. Dev and test keep people's labels. `affectkit vote RUN RUN ...` tries the rules on test itself: how many
texts each keeps, and how often it is right there.
Differs from the paper: the second and third voters are small models that learnt the first one's labels, since the
labels of the paper's other language model are not published; so they are no independent witnesses, and what they share
with GPT-4 no vote can mend. Which further rules the paper has, and its figures, are not known to us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import aggregate, find
from ..errors import UsageError
from ..nn.model import Model, Scale
from ..runtime.say import Head
from ..sample import Rating
from ..task import Kind, Task
from ..train import calibrate, loop, reading, supervised, votes
from ..train import run as runs
from ..train.mixture import Mixture

CARD = {
    "title": "Labels by vote of several annotators or models",
    "reference": "kowtal2025mahaemotions",
    "takes": "text",
    "extra": "train",
    "needs": "voters",
    "claims": [],
    "recipe": [
        "train finetune --on 'mahaemotions:also_in!=dev+test' "
        "--set encoder=transformer:vocabulary=3000,width=64,layers=1,heads=4,inner=128,longest=96 "
        "--set epochs=4 --set lr=2e-3 --set head_lr=4e-3 --set precision=no --set folds=3 "
        "--out runs/vote-transformer",
        "train finetune --on 'mahaemotions:also_in!=dev+test' "
        "--set encoder=ngrams:width=16,buckets=65536,most=4 --set longest=160 --set epochs=3 "
        "--set batch_size=64 --set lr=1e-2 --set head_lr=1e-2 --set precision=no --set folds=3 "
        "--out runs/vote-ngrams",
        "train linear_text --on 'mahaemotions:also_in!=dev+test' "
        "--set encoder=ngrams:width=0,buckets=262144,most=5 --set epochs=1 --set cost=1 --set folds=3 "
        "--out runs/vote-linear",
        "vote runs/vote-transformer runs/vote-ngrams runs/vote-linear --rules union,intersection,majority,plurality",
        "train label_vote --on 'mahaemotions:also_in!=dev+test' "
        "--set voters=runs/vote-transformer+runs/vote-ngrams+runs/vote-linear --set rule=intersection "
        "--out runs/label_vote-intersection",
        "train label_vote --on 'mahaemotions:also_in!=dev+test' "
        "--set voters=runs/vote-transformer+runs/vote-ngrams+runs/vote-linear --set rule=union "
        "--out runs/label_vote-union",
        "train label_vote --on 'mahaemotions:also_in!=dev+test' "
        "--set voters=runs/vote-transformer+runs/vote-ngrams+runs/vote-linear --set rule=majority "
        "--out runs/label_vote-majority",
        "evaluate runs/label_vote-intersection runs/label_vote-union runs/label_vote-majority "
        "--on mahaemotions --against runs/vote-ngrams",
    ],
}

OWN = "label"
"""The rater that stands for the corpus's own label."""


@dataclass(frozen=True)
class Config(supervised.Light):
    """The supervised plan, light, on shares of names, and who votes by which rule.

    Args:
        voters: folders of runs, joined by "+"; each has one vote, the mean output of its seeds.
        rule: a part of `aggregate`, with its settings; tasks that it does not take keep their labels.
        labels: let the corpus's own label vote too.
        seen: let runs without folds vote, although they have seen what they judge and mostly repeat its label.
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    encoder: str = "ngrams:width=16,buckets=65536,most=4"
    epochs: int = 3
    shares: bool = True
    voters: str = ""
    rule: str = "majority"
    labels: bool = True
    seen: bool = False
    dimensions_weight: float = 1.0


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    return supervised.reader(config, train)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture whose training part learns what the rule makes of the votes; a text that it loses is not learnt from.

    Raises:
        UsageError: fewer than two votes, or a voter that has seen what it judges.
        UnknownName: no such rule.
    """
    rows = np.flatnonzero(data.split == "train")
    part = data.take(rows)
    said = {str(voter.folder): labels(voter, part) for voter in teachers(config)}
    if len(said) + config.labels < 2:
        raise UsageError("two voters or more", str(len(said) + config.labels), "--set voters=runs/one+runs/other")
    takes = find.card(aggregate.KIND, config.rule.partition(":")[0])["gives"]
    targets, judged = dict(data.targets), dict(data.judged)
    for task in data.tasks:
        if task.kind not in takes:
            continue
        own = {OWN: part.targets[task.id] >= 0.5} if config.labels else {}
        each = {**own, **{voter: names[task.id] for voter, names in said.items() if task.id in names}}
        found = votes.by(config.rule, ballots(task, each, part.judged[task.id]), task)
        kept = np.asarray([one is not None for one in found])[:, None]
        targets[task.id], judged[task.id] = targets[task.id].copy(), judged[task.id].copy()
        targets[task.id][rows] = votes.values(found, task) * part.judged[task.id]
        judged[task.id][rows] = part.judged[task.id] & kept
    return replace(data, targets=targets, judged=judged)


def ballots(task: Task, said: Mapping[str, NDArray[np.bool_]], judged: NDArray[np.bool_]) -> list[tuple[Rating, ...]]:
    """Each text's ratings, one per voter that said a name, from names said (n, k); none where nobody judged it."""
    wide = task.kind is Kind.MULTI
    made: list[tuple[Rating, ...]] = []
    for i, told in enumerate(judged):
        its = []
        for voter, names in said.items():
            chosen = [name for name, yes in zip(task.names, names[i] & told, strict=True) if yes]
            value = frozenset(chosen) if wide or len(chosen) != 1 else chosen[0]
            if told.any() and (wide or chosen):
                its.append(Rating(task.id, value, rater=voter))
        made.append(tuple(its))
    return made


def labels(voter: runs.Run, part: Mixture) -> dict[str, NDArray[np.bool_]]:
    """task id -> names (n, k) that a run says of a training part, decided as when it is measured."""
    seeds, own = runs.finished(voter), voter.mixture()
    dev = own.part("dev")
    raw, known = (
        {t.id: np.mean([o[t.id] for o in outputs], axis=0) for t in voter.tasks}
        for outputs in (
            [runs.taught(voter, s, part) for s in seeds],
            [runs.outputs(voter, s, "dev", dev) for s in seeds],
        )
    )
    told = runs.told(voter, seeds, own, known)
    heads = [Head.of(e) for e in calibrate.entries(voter.tasks, *told, voter.apart, voter.config.tempered)]
    return {h.task.id: h.said(h.scores(raw[h.task.id]), outputs=raw) for h in heads if not h.task.scaled}


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(train, dimensions_weight=config.dimensions_weight)


def toy() -> Config:
    """Settings with which it learns a toy corpus in seconds; the voters must be set to runs on toys."""
    return Config(**supervised.TOY, seen=True)


def teachers(config: Config) -> list[runs.Run]:
    """The runs that vote; what they learnt from counts as a source too.

    Raises:
        UsageError: a run has no folds, so that it has seen what it judges.
    """
    found = [runs.open_run(Path(folder)) for folder in config.voters.split("+") if folder]
    for voter in found:
        if not (voter.config.folds or config.seen):
            fix = "train it with --set folds=3, or --set seen=true"
            raise UsageError(f"a voter that has not seen what it judges, {voter.folder}", "a run without folds", fix)
    return found
