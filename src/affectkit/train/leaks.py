"""Groups that a split cuts, such as a speaker in train and in test: figures on such a split promise too much.

Kinds of groups that a corpus's CARD says its split keeps whole (`disjoint`), and those that the owner of a table names,
must be whole in every training, unless it is allowed to leak; then its figures say so wherever they are printed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import corpora
from ..errors import UsageError
from .mixture import Mixture


@dataclass(frozen=True)
class Leak:
    """Groups of a kind of a corpus that lie both in train and in another part: `cut` of `number`."""

    corpus: str
    kind: str
    cut: int
    number: int

    def __str__(self) -> str:
        return f"{self.cut} of {self.number} groups by {self.kind} of {self.corpus} are in train and in another part"


def found(data: Mixture) -> list[Leak]:
    """What the split of a mixture cuts of what should be whole."""
    leaks = []
    for corpus in dict.fromkeys(data.corpus.tolist()):
        card, here = corpora.card(corpus), data.corpus == corpus
        for kind in card.get("disjoint", card.get("groups", ())):
            if kind not in data.groups:
                continue
            ids, train = data.groups[kind][here], data.split[here] == "train"
            inside, outside = (set(ids[rows].tolist()) - {""} for rows in (train, ~train))
            if inside & outside:
                leaks.append(Leak(corpora.parse(corpus).short, kind, len(inside & outside), len(inside | outside)))
    return leaks


def refuse(data: Mixture) -> None:
    """Do nothing where all is whole.

    Raises:
        UsageError: it is not.
    """
    if leaks := found(data):
        fix = "--set split=group:KIND keeps one kind whole; --allow-leak trains on it, and all its figures will say so"
        raise UsageError("a split that cuts no group", "; ".join(map(str, leaks)), fix)


def shared(test: Mixture, train: Mixture, corpus: str) -> dict[str, tuple[int, int]]:
    """Kind of group -> how many of a corpus's groups in test are in train too, of how many."""
    short = corpora.parse(corpus).short
    same = [name for name in np.unique(train.corpus) if corpora.parse(name).short == short]
    learnt, here = np.isin(train.corpus, same), test.corpus == corpus
    counts = {}
    for kind in corpora.card(corpus).get("groups", ()):
        if kind in test.groups and kind in train.groups:
            own, others = (set(ids.tolist()) - {""} for ids in (test.groups[kind][here], train.groups[kind][learnt]))
            if own:
                counts[kind] = (len(own & others), len(own))
    return counts
