"""What every aggregation rule keeps, found by scanning: its form, no order of raters, and what all raters agree on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from affectkit import aggregate, find
from affectkit.errors import DataError
from affectkit.sample import Rating, Value, target
from affectkit.task import Kind, Task

RULES = find.names("aggregations")
EACH = pytest.mark.parametrize("rule", RULES)
CASES = [(rule, Kind(kind)) for rule in RULES for kind in find.card("aggregations", rule)["gives"]]
EACH_KIND = pytest.mark.parametrize(("rule", "kind"), CASES)
NAMES = ("joy", "fear", "anger", "neutral")
RATERS = ("ann", "bob", "cy", "dee", None)


def task_of(kind: Kind) -> Task:
    scaled = kind in (Kind.CONTINUOUS, Kind.ORDINAL)
    return Task("t", "emotion", kind, "", NAMES, range=(1.0, 9.0) if scaled else None)


def truth(kind: Kind, rng: np.random.Generator) -> Value:
    """A value that a rater could give."""
    if kind in (Kind.CONTINUOUS, Kind.ORDINAL):
        return tuple(rng.integers(1, 10, len(NAMES)).astype(float).tolist())
    if kind is Kind.MULTI:
        return frozenset(name for name in NAMES if rng.random() < 0.4)
    return NAMES[rng.integers(len(NAMES))]


def ratings_of(kind: Kind, items: int = 40, wrong: float = 0.2) -> list[list[Rating]]:
    """Ratings of items by raters who are mostly right, and beside them what is no vote."""
    rng = np.random.default_rng(3)
    made = []
    for _ in range(items):
        true = truth(kind, rng)
        given = [truth(kind, rng) if rng.random() < wrong else true for _ in RATERS]
        made.append([Rating("t", value, rater=rater) for value, rater in zip(given, RATERS, strict=True)])
        made[-1] += [Rating("t", None, note="unknown"), Rating("t", truth(kind, rng), rater="consensus", rule="x")]
        made[-1] += [Rating("other", "surprise")]
    return made


def applied(rule: str, kind: Kind, ratings: list[list[Rating]]) -> list[Value]:
    part = find.load("aggregations", rule)
    found: list[Value] = part.aggregate(ratings, task_of(kind), part.Config())
    return found


def decided(rule: str, kind: Kind, value: Value) -> list[float]:
    """What a value says: numbers as they are, the name with the largest share, or the names with half or more."""
    given = aggregate.task_of(rule, task_of(kind))
    row, judged = target(given, (Rating("t", value),))
    assert judged.all()
    if given.scaled:
        return row.tolist()
    yes = row == row.max() if given.kind in (Kind.SINGLE, Kind.DISTRIBUTION) else row >= 0.5
    return yes.astype(float).tolist()


def close(a: Value, b: Value) -> bool:
    """Whether two values are the same but for rounding."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a == pytest.approx(b)
    return a == pytest.approx(b) if isinstance(a, tuple) else a == b


@EACH
def test_the_card_and_config_describe_the_rule(rule: str) -> None:
    card, part = find.card("aggregations", rule), find.load("aggregations", rule)
    assert card["title"] and card["gives"]
    for takes, gives in card["gives"].items():
        assert task_of(Kind(takes)).scaled == task_of(Kind(gives)).scaled
    assert part.Config.__dataclass_params__.frozen
    assert part.Config() == dataclasses.replace(part.Config())
    assert "reference" not in card or "Reference:" in part.__doc__


@EACH_KIND
def test_one_value_per_item_in_the_form_of_its_task(rule: str, kind: Kind) -> None:
    ratings = ratings_of(kind)
    found = applied(rule, kind, ratings)
    assert len(found) == len(ratings)
    given = aggregate.task_of(rule, task_of(kind))
    for value in found:
        assert value is None or target(given, (Rating("t", value),))[1].all()
    assert [v for v in found if v is not None], "the rule loses everything"


@EACH_KIND
def test_the_same_ratings_give_the_same_values(rule: str, kind: Kind) -> None:
    ratings = ratings_of(kind)
    assert applied(rule, kind, ratings) == applied(rule, kind, ratings)


@EACH_KIND
def test_the_order_of_raters_does_not_matter(rule: str, kind: Kind) -> None:
    ratings = ratings_of(kind)
    rng = np.random.default_rng(0)
    shuffled = [[its[i] for i in rng.permutation(len(its))] for its in ratings]
    found, other = applied(rule, kind, ratings), applied(rule, kind, shuffled)
    assert all(close(a, b) for a, b in zip(found, other, strict=True))


@EACH_KIND
def test_the_order_of_items_does_not_matter(rule: str, kind: Kind) -> None:
    ratings = ratings_of(kind)
    order = np.random.default_rng(1).permutation(len(ratings))
    found, other = applied(rule, kind, ratings), applied(rule, kind, [ratings[i] for i in order])
    assert all(close(found[i], b) for i, b in zip(order, other, strict=True))


@EACH_KIND
def test_what_all_raters_agree_on_is_kept(rule: str, kind: Kind) -> None:
    rng = np.random.default_rng(2)
    values = [truth(kind, rng) for _ in range(12)]
    agreed = [[Rating("t", value, rater=rater) for rater in RATERS] for value in values]
    found = applied(rule, kind, [*agreed, *ratings_of(kind)])[: len(agreed)]
    for value, made in zip(values, found, strict=True):
        assert made is not None
        wanted = target(task_of(kind), (Rating("t", value),))[0]
        assert decided(rule, kind, made) == pytest.approx(wanted.tolist())


@EACH_KIND
def test_counted_votes_are_as_many_votes(rule: str, kind: Kind) -> None:
    rng = np.random.default_rng(4)
    values = [(truth(kind, rng), truth(kind, rng)) for _ in range(10)]
    counted = [[Rating("t", a, count=3), Rating("t", b, count=2)] for a, b in values]
    single = [[Rating("t", v) for v in (a, a, a, b, b)] for a, b in values]
    found, other = applied(rule, kind, counted), applied(rule, kind, single)
    assert all(close(a, b) for a, b in zip(found, other, strict=True))


@EACH_KIND
def test_an_item_without_votes_is_lost(rule: str, kind: Kind) -> None:
    nothing = [Rating("t", None, note="unknown"), Rating("other", "joy")]
    found = applied(rule, kind, [[], nothing, *ratings_of(kind)])
    assert found[:2] == [None, None]
    assert applied(rule, kind, []) == []


@EACH_KIND
def test_a_consensus_names_its_rule(rule: str, kind: Kind) -> None:
    ratings = ratings_of(kind)
    for value, rating in zip(applied(rule, kind, ratings), aggregate.by(rule, ratings, task_of(kind)), strict=True):
        assert (rating is None) == (value is None)
        if rating is not None:
            assert (rating.task, rating.value, rating.rater, rating.rule) == ("t", value, "consensus", rule)


@EACH
def test_another_kind_of_task_is_a_sentence(rule: str) -> None:
    card = find.card("aggregations", rule)
    wrong = next(kind for kind in Kind if kind not in card["gives"] and kind is not Kind.OPEN)
    with pytest.raises(DataError) as caught:
        applied(rule, wrong, [])
    assert str(caught.value) == (
        f"expected a task of the kind {' or '.join(card['gives'])} for the rule {card['title']!r}; "
        f"found the {wrong} task 't'; choose another rule: affectkit list aggregations"
    )


@EACH_KIND
def test_the_rules_of_a_task_are_those_that_take_it(rule: str, kind: Kind) -> None:
    assert rule in aggregate.rules(task_of(kind))
    assert aggregate.task_of(rule, task_of(kind)).names == NAMES
