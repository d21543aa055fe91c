"""The rules of aggregation on cases worked by hand, and Dawid and Skene against their equations in loops."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import aggregate
from affectkit.aggregate import all_inclusive, dawid_skene, majority, smoothed, soft
from affectkit.errors import DataError
from affectkit.sample import Rating, Value
from affectkit.task import Kind, Task

NAMES = ("neutral", "happy", "anger", "sadness")
FIRST = {name[0]: name for name in NAMES}
TASK = Task("t", "emotion", Kind.SINGLE, "", NAMES)
MULTI = Task("t", "emotion", Kind.MULTI, "", NAMES)
SCALED = Task("t", "dimensions", Kind.ORDINAL, "", ("valence", "arousal"), range=(1, 5))


def votes(*items: str) -> list[list[Rating]]:
    """Items such as "nnaas", one letter per rater."""
    return [[Rating("t", FIRST[c], rater=f"r{i}") for i, c in enumerate(its)] for its in items]


def values(rule: str, ratings: list[list[Rating]], task: Task = TASK, config: object = None) -> list[Value]:
    return [None if one is None else one.value for one in aggregate.by(rule, ratings, task, config)]


def shares(*numbers: float) -> object:
    return pytest.approx(dict(zip(NAMES, numbers, strict=True)))


# ---- the examples of Chou's dissertation: N, H, A, S -----------------------------------------------------------------

EXAMPLES = votes("nnaas", "nnhas", "nnnas")


def test_seconded_drops_what_one_chose_alone() -> None:
    assert values("seconded", votes("nnnaas", "nnha", "nhas")) == [shares(3 / 5, 0, 2 / 5, 0), shares(1, 0, 0, 0), None]
    three = aggregate.find.load("aggregations", "seconded").Config(least=3)
    assert values("seconded", votes("nnnaas"), config=three) == [shares(1, 0, 0, 0)]


def test_majority_keeps_what_more_than_half_chose() -> None:
    assert values("majority", EXAMPLES) == [None, None, "neutral"]
    assert values("majority", votes("nnaa", "nnna")) == [None, "neutral"]
    assert values("majority", votes("nnna", "nnnna"), config=majority.Config(0.75)) == [None, "neutral"]


def test_plurality_keeps_a_single_leader() -> None:
    assert values("plurality", EXAMPLES) == [None, "neutral", "neutral"]


def test_all_inclusive_gives_the_shares_of_votes() -> None:
    assert values("all_inclusive", EXAMPLES) == [
        shares(0.4, 0, 0.4, 0.2),
        shares(0.4, 0.2, 0.2, 0.2),
        shares(0.6, 0, 0.2, 0.2),
    ]


def test_all_inclusive_hard_labels_are_one_of_the_leaders() -> None:
    found = values("all_inclusive", EXAMPLES * 200, config=all_inclusive.Config(hard=True))
    assert found[1::3] == found[2::3] == [dict(zip(NAMES, (1, 0, 0, 0), strict=True))] * 200
    tied = Counter(max(one, key=one.get) for one in found[0::3] if isinstance(one, dict))  # type: ignore[arg-type]
    assert set(tied) == {"neutral", "anger"}
    assert abs(tied["neutral"] - 100) < 4 * np.sqrt(200 / 4)
    other = values("all_inclusive", EXAMPLES * 200, config=all_inclusive.Config(hard=True, seed=1))
    assert other != found


def test_soft_labels_have_the_prior() -> None:
    first, *_ = values("soft", EXAMPLES)
    assert first == shares(*((v + 0.75) / (0.75 * 4 + 5) for v in (2, 0, 2, 1)))
    assert values("soft", EXAMPLES, config=soft.Config(0)) == values("all_inclusive", EXAMPLES)
    asked = [[Rating("t", "happy", judged=NAMES[:2])]]  # C counts what could be chosen
    assert values("soft", asked) == [pytest.approx({"neutral": 0.75 / 2.5, "happy": 1.75 / 2.5})]


def test_smoothing_has_the_form_of_emo_superb() -> None:
    third = values("smoothed", EXAMPLES)[2]
    assert isinstance(third, dict)
    assert round(third["neutral"], 6) == 0.576667
    six = Task("t", "emotion", Kind.SINGLE, "", ("a", "b", "c", "d", "e", "f"))
    (found,) = values("smoothed", [[Rating("t", n) for n in "aabbc"]], six)
    assert isinstance(found, dict)
    assert found["a"] == pytest.approx(0.386)
    nine = Task("t", "emotion", Kind.SINGLE, "", tuple("abcdefghi"))
    (found,) = values("smoothed", [[Rating("t", "a")]], nine)
    assert found == pytest.approx({"a": 0.95} | dict.fromkeys("bcdefghi", 0.00625))
    assert values("smoothed", [[Rating("t", "happy", judged=("happy",))]]) == [{"happy": 1}]


@settings(max_examples=50, deadline=None)
@given(items=st.lists(st.text("nhas", max_size=9), min_size=1, max_size=6), amount=st.floats(0, 0.49))
def test_shares_stay_shares_and_keep_their_order(items: list[str], amount: float) -> None:
    plain = values("all_inclusive", votes(*items))
    for rule, config in (("soft", soft.Config(amount)), ("smoothed", smoothed.Config(amount))):
        for its, before, after in zip(items, plain, values(rule, votes(*items), config=config), strict=True):
            assert (after is None) == (not its)
            if isinstance(before, dict) and isinstance(after, dict):
                assert sum(after.values()) == pytest.approx(1)
                assert min(after.values()) >= -1e-12
                order = sorted(NAMES, key=lambda name: before[name])
                assert all(after[a] <= after[b] + 1e-12 for a, b in pairwise(order))


@settings(max_examples=50, deadline=None)
@given(items=st.lists(st.text("nhas", max_size=7), min_size=1, max_size=6))
def test_each_rule_keeps_what_a_stricter_one_keeps(items: list[str]) -> None:
    every, half, top = (values(rule, votes(*items)) for rule in ("intersection", "majority", "plurality"))
    for its, a, m, p, u in zip(items, every, half, top, values("union", votes(*items)), strict=True):
        assert a in (None, m)
        assert m in (None, p)
        assert u == (frozenset(FIRST[c] for c in its) if its else None)
        assert (a is not None) == (len(set(its)) == 1)
        assert p is None or p in u


# ---- sets and numbers ------------------------------------------------------------------------------------------------


def sets(*items: tuple[str, ...]) -> list[list[Rating]]:
    return [[Rating("t", frozenset(FIRST[c] for c in one)) for one in its] for its in items]


def names(letters: str) -> frozenset[str]:
    return frozenset(FIRST[c] for c in letters)


def test_rules_on_sets_of_names() -> None:
    ratings = sets(("ha", "h", "hs"), ("n", "a", "a"), ("h", "a"), ("", ""), ("", "h"))
    assert values("majority", ratings, MULTI) == [names("h"), names("a"), names(""), names(""), names("")]
    assert values("union", ratings, MULTI) == [names("has"), names("na"), names("ha"), names(""), names("h")]
    assert values("intersection", ratings, MULTI) == [names("h"), None, None, names(""), None]
    assert values("all_inclusive", ratings[:1], MULTI) == [shares(0, 1, 1 / 3, 1 / 3)]


def test_a_name_counts_among_those_who_could_choose_it() -> None:
    few = [Rating("t", names("h"), judged=("neutral", "happy"))] * 3
    ratings = [[*few, Rating("t", names("as"))]]
    assert values("all_inclusive", ratings, MULTI) == [shares(0, 0.75, 1, 1)]
    assert values("majority", ratings, MULTI) == [names("has")]
    assert values("intersection", ratings, MULTI) == [names("as")]


def test_the_mean_is_on_the_corpus_scale() -> None:
    ratings = [
        [Rating("t", (4.0, 1.0)), Rating("t", (2.5, 3.0), count=2)],
        [Rating("t", (3.3, 2.0), judged=("valence",))],
        [Rating("t", (3.3, 2.1))] * 3,
    ]
    found = values("mean", ratings, SCALED)
    assert found[0] == pytest.approx((3.0, 7 / 3))
    assert found[1] is None  # nobody judged arousal
    assert found[2] == pytest.approx((3.3, 2.1), rel=1e-12)


@pytest.mark.parametrize(
    ("config", "wrong", "said"),
    [
        (majority.Config, 0.4, "a share from 0.5 to below 1; found 0.4; below half is plurality"),
        (soft.Config, -1.0, "a prior of at least 0 votes; found -1; 0.75 is usual"),
        (smoothed.Config, 0.5, "smoothing from 0 to below 0.5; found 0.5; 0.05 is usual"),
        (dawid_skene.Config, 0, "at least one round; found 0; 100 is usual"),
    ],
)
def test_settings_out_of_range_are_refused(config: type, wrong: float, said: str) -> None:
    with pytest.raises(DataError, match=said):
        config(wrong)


# ---- Dawid and Skene -------------------------------------------------------------------------------------------------


def planted(rng: np.random.Generator, items: int, right: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """True names (n,) and what raters of known reliability say (n, r); -1 where they pass."""
    truth = rng.choice(4, items, p=(0.4, 0.3, 0.2, 0.1))
    said = np.stack([np.where(rng.random(items) < p, truth, rng.integers(0, 4, items)) for p in right], 1)
    return truth, np.where(rng.random(said.shape) < 0.1, -1, said)


def ratings_of(said: np.ndarray) -> list[list[Rating]]:
    return [[Rating("t", NAMES[v], rater=f"r{j}") for j, v in enumerate(row) if v >= 0] for row in said.tolist()]


def by_loops(said: np.ndarray, rounds: int, prior: float) -> np.ndarray:
    """Equations 2.3 to 2.5 of the paper, one vote at a time, begun with the shares of votes (3.1)."""
    n, raters = said.shape
    chance = np.array([[np.mean(row[row >= 0] == j) for j in range(4)] for row in said])
    for _ in range(rounds):
        errors = np.full((raters, 4, 4), prior)
        for i in range(n):
            for r in range(raters):
                for j in range(4):
                    if said[i, r] >= 0:
                        errors[r, j, said[i, r]] += chance[i, j]
        errors /= errors.sum(2, keepdims=True)
        common = (chance.sum(0) + prior) / (chance.sum() + 4 * prior)
        chance = np.ones((n, 4)) * common
        for i in range(n):
            for r in range(raters):
                if said[i, r] >= 0:
                    chance[i] *= errors[r, :, said[i, r]]
        chance /= chance.sum(1, keepdims=True)
    return chance


def test_dawid_and_skene_follow_their_equations() -> None:
    _, said = planted(np.random.default_rng(0), 60, (0.9, 0.7, 0.6, 0.3))
    for rounds in (1, 4):
        config = dawid_skene.Config(rounds, tolerance=0, prior=0.2)
        found = values("dawid_skene", ratings_of(said), config=config)
        table = np.array([list(one.values()) for one in found if isinstance(one, dict)])
        np.testing.assert_allclose(table, by_loops(said, rounds, 0.2), atol=1e-9)


def test_reliable_raters_outweigh_a_careless_many() -> None:
    truth, said = planted(np.random.default_rng(1), 600, (0.95, 0.95, 0.1, 0.1, 0.1, 0.1))
    hits = {}
    for rule in ("all_inclusive", "dawid_skene"):
        found = values(rule, ratings_of(said))
        best = [NAMES.index(max(one, key=one.get)) if isinstance(one, dict) else -1 for one in found]  # type: ignore[arg-type]
        hits[rule] = np.mean(np.array(best) == truth)
    assert hits["dawid_skene"] > 0.9 > 0.85 > hits["all_inclusive"]


def test_dawid_and_skene_of_sets_asks_name_by_name() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random((300, 4)) < 0.4
    said = [np.where(rng.random(truth.shape) < p, truth, rng.random(truth.shape) < 0.4) for p in (0.9, 0.9, 0.1, 0.1)]
    ratings = [
        [
            Rating("t", frozenset(n for n, yes in zip(NAMES, one[i], strict=True) if yes), rater=f"r{j}")
            for j, one in enumerate(said)
        ]
        for i in range(300)
    ]
    found = values("dawid_skene", ratings, MULTI)
    table = np.array([list(one.values()) for one in found if isinstance(one, dict)])
    assert table.shape == truth.shape
    assert ((table > 0.5) == truth).mean() > 0.9 > ((np.mean(said, axis=0) > 0.5) == truth).mean()
    asked = [[Rating("t", names("h"), judged=("happy",), rater="r0")], *ratings]
    first = values("dawid_skene", asked, MULTI)[0]
    assert isinstance(first, dict) and set(first) == {"happy"}


def test_a_vote_for_two_names_is_half_a_vote_for_each() -> None:
    task = Task("t", "emotion", Kind.DISTRIBUTION, "", NAMES)
    both = [[Rating("t", names("nh"), rater="a"), Rating("t", "neutral", rater="b")], *votes("nn", "hh", "aa")]
    assert values("dawid_skene", both, task, dawid_skene.Config(rounds=1, prior=1e9)) == [shares(*[0.25] * 4)] * 4
    found = values("dawid_skene", both, task)[0]
    assert isinstance(found, dict) and max(found, key=lambda name: found[name]) == "neutral"
