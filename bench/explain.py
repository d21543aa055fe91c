"""Whether explanations name what a score rests on: deletion and insertion beside random orders, on people's own data.

    python bench/explain.py [--modality text,speech,face] [--items 200] [--by occlusion] [--write]

Of each modality a bundle that is shipped explains what it says of items of a corpus's test part, drawn once and for
all. Then the parts of an item are covered in the explanation's order (deletion) and come back in it (insertion), and
the same in four random orders. Printed are the mean areas under the score of the explained label, and what the
explanation gains on the random orders: above zero it names the right parts better than chance. Items of which the
bundle says nothing, such as a picture without a face that is found, are left out and counted.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import common
from affectkit import corpora, explain, find, store
from affectkit.analysis import significance
from affectkit.app import explained
from affectkit.errors import AffectError, DataError, UsageError
from affectkit.runtime import bundle as bundles
from affectkit.runtime.options import Item
from common import SEED

PARTS = 64
AREAS = ("deletion", "random_deletion", "deletion_gain", "insertion", "random_insertion", "insertion_gain")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured of a modality: a shipped bundle, a corpus, and how many items of its test part.

    Args:
        learnt: whether the bundle learnt from that part too.
    """

    bundle: str
    corpus: str
    items: int
    learnt: bool = False


PLANS: Mapping[str, Plan] = {
    "text": Plan("text-en", "goemotions", 200),
    "speech": Plan("speech", "ravdess", 60, learnt=True),
    "face": Plan("face", "ferplus", 200),
}


def drawn(corpus: str, modality: str, n: int) -> list[Item]:
    """Items of the test part, the same ones at every run."""
    found = [s for s in corpora.samples(corpus) if s.split == "test" and modality in s.media]
    return [Item(s.id, s.id, s.media[modality]) for s in random.Random(SEED).sample(found, min(n, len(found)))]


def checked(items: Sequence[Item], bundle: str, by: str) -> tuple[list[explain.Faithfulness], int]:
    """How each item's explanation fares, and how many items could not be explained.

    Raises:
        DataError: none of them can be.
    """
    asked = explained.Asked(by, None, PARTS, bundle, 1, False, True)
    found: list[explain.Faithfulness] = []
    first: AffectError | None = None
    for item in items:
        try:
            check = asked.explain(item).check
        except UsageError:
            raise
        except AffectError as error:
            first = first or error
            continue
        assert check is not None
        found.append(check)
    if not found:
        why = "no item" if first is None else first.message
        raise DataError(f"items that {bundle} says something of", why, "choose another bundle or corpus")
    return found, len(items) - len(found)


def summary(found: Sequence[explain.Faithfulness]) -> dict[str, dict[str, float]]:
    """The mean of each area and gain over items, with its 95 % interval."""
    made = {}
    for area in AREAS:
        values = np.array([getattr(one, area) for one in found])
        its = significance.bootstrap(_mean, np.zeros(len(values)), values)
        assert isinstance(its, significance.Interval)
        made[area] = asdict(its)
    return made


def _mean(truth: Any, scores: Any, judged: Any = None, weight: Any = None, task: Any = None) -> float:
    return float(np.average(scores, weights=weight))


def row(plan: Plan, by: str, metrics: Mapping[str, Any], failed: int, minutes: float) -> dict[str, Any]:
    """A row of a results file."""
    n = metrics[AREAS[0]]["n"]
    protocol = f"{PARTS} parts at most, 16 steps, 4 random orders; 95 % intervals from 1000 bootstrap folds over items"
    split, fake = str(corpora.card(plan.corpus)["split"]), corpora.synthetic(corpora.root(plan.corpus))
    own = common.common_row(protocol, split, fake, minutes, quick=False)
    samples = f"test part, {n + failed} drawn at random" + ("; the bundle learnt from it" if plan.learnt else "")
    own |= {"task": "explanation", "variant": {"system": by, "samples": samples}}
    return own | {"metrics": metrics, "failed": failed}


def tell(modality: str, plan: Plan, row: Mapping[str, Any]) -> None:
    """A table of a row."""
    print(f"{modality}: {row['variant']['system']} of {plan.bundle} on {plan.corpus} ({row['variant']['samples']})")
    for area, its in row["metrics"].items():
        print(f"  {area:<20}{its['value']:>+8.3f}  ({its['low']:+.3f} to {its['high']:+.3f})")
    if row["failed"]:
        print(f"  {row['failed']} could not be explained")


# -- the command --


def main() -> int:
    made = argparse.ArgumentParser(description="Whether explanations name what a score rests on.")
    made.add_argument("--modality", default="", help=f"some of {','.join(PLANS)}; all by default")
    made.add_argument("--items", type=int, help="how many; by default as many as each modality needs")
    made.add_argument("--by", default="occlusion", help="explainers, with commas between")
    made.add_argument("--write", action="store_true", help="write explain.MODALITY.json")
    made.add_argument("--results", type=Path, default=Path("results"), help="the folder it is written to")
    options = made.parse_args()
    return common.guarded("bench/explain.py", lambda: run(options), inside=False)


def run(options: argparse.Namespace) -> None:
    asked = common.among(options.modality, PLANS, "a modality")
    ways = common.among(options.by, find.names("explainers"), "an explainer")
    if options.items is not None and options.items < 1:
        raise UsageError("at least one item in --items", str(options.items), "leave it out for the usual number")
    for modality in asked:
        plan = PLANS[modality]
        n = options.items or plan.items
        items = drawn(plan.corpus, modality, n)
        rows = []
        for by in ways:
            begun_s = time.monotonic()
            found, failed = checked(items, plan.bundle, by)
            rows.append(row(plan, by, summary(found), failed, (time.monotonic() - begun_s) / 60))
            tell(modality, plan, rows[-1])
        if options.write:
            command = f"python bench/explain.py --modality {modality} --items {n} --by {','.join(ways)} --write"
            its = common.result(plan.corpus, command, bundles.find(plan.bundle), rows) | {"part": "explain"}
            store.write_json(options.results / f"explain.{modality}.json", its)


if __name__ == "__main__":
    raise SystemExit(main())
