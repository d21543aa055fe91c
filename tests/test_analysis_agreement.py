"""Alpha and the intraclass correlations against published tables, the textbook's loops, and what must not matter."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.analysis import agreement
from affectkit.analysis.agreement import Level, alpha, icc, icc_one_way, masi, set_alpha
from affectkit.errors import DataError
from affectkit.metrics import _votes
from affectkit.sample import Rating
from affectkit.task import Kind, Task

N = np.nan
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ]
)
"""Four observers by twelve units: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section C."""
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
"""Six targets by four judges: Shrout and Fleiss 1979, table 2."""
LEVELS = list(Level)


def flat(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Item and value of every cell of raters by items that is there."""
    rater, item = np.nonzero(~np.isnan(table))
    return item, table[rater, item]


def by_pairs(item: np.ndarray, value: np.ndarray, distance: Callable[[Any, Any], float]) -> float:
    """Alpha by its definition: the mean distance of pairs within items, weighted, over that of all pairs."""
    values = [[v for i, v in zip(item, value, strict=True) if i == one] for one in sorted(set(item))]
    units = [unit for unit in values if len(unit) > 1]
    n = sum(map(len, units))
    within = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / n
    every = [v for unit in units for v in unit]
    between = sum(distance(a, b) for a, b in permutations(every, 2)) / (n * (n - 1))
    return 1 - within / between


def distances(item: np.ndarray, value: np.ndarray) -> dict[str, Callable[[Any, Any], float]]:
    """The squared differences of Krippendorff's text, the ordinal one by its sum over the ranks between."""
    paired = [v for i, v in zip(item, value, strict=True) if (item == i).sum() > 1]

    def ordinal(a: float, b: float) -> float:
        low, high = min(a, b), max(a, b)
        between = sum(paired.count(g) for g in sorted(set(paired)) if low <= g <= high)
        return (between - (paired.count(a) + paired.count(b)) / 2) ** 2

    return {"nominal": lambda a, b: float(a != b), "ordinal": ordinal, "interval": lambda a, b: (a - b) ** 2}


@pytest.mark.parametrize(("level", "wanted"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_that_of_krippendorffs_example(level: str, wanted: float) -> None:
    item, value = flat(KRIPPENDORFF)
    assert round(alpha(item, value, level=level), 3) == wanted
    assert alpha(item, value, level=level) == pytest.approx(by_pairs(item, value, distances(item, value)[level]))


def test_iccs_are_those_of_shrout_and_fleiss() -> None:
    found = {name: round(v, 2) for name, v in icc(SHROUT_FLEISS).items()}
    assert found == {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}


def drawn(seed: int, items: int = 8, values: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """One to five votes on each item, at least two different ones."""
    rng = np.random.default_rng(seed)
    item = np.concatenate([np.repeat(np.arange(items), rng.integers(1, 6, items)), [0, 0, 1, 1]])
    return item, np.concatenate([rng.integers(0, values, len(item) - 4), [0, 1, 1, 2]]).astype(float)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), level=st.sampled_from(LEVELS))
def test_alpha_is_its_definition_in_any_order_of_votes_and_items(seed: int, level: Level) -> None:
    item, value = drawn(seed)
    found = alpha(item, value, level=level)
    assert found == pytest.approx(by_pairs(item, value, distances(item, value)[level]))
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(item)), rng.permutation(100)
    assert alpha(names[item[order]], value[order], level=level) == pytest.approx(found)
    assert -1 <= found <= 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_renaming_changes_no_nominal_order_no_ordinal_and_scale_no_interval_alpha(seed: int) -> None:
    item, value = drawn(seed)
    names = np.array(["joy", "anger", "fear", "neutral"])
    assert alpha(item, names[value.astype(int)]) == pytest.approx(alpha(item, value))
    assert alpha(item, np.exp(value), level="ordinal") == pytest.approx(alpha(item, value, level="ordinal"))
    scaled = alpha(item, 1e6 - 3 * value, level="interval")
    assert scaled == pytest.approx(alpha(item, value, level="interval"))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), level=st.sampled_from(LEVELS))
def test_counts_are_votes_and_single_votes_say_nothing(seed: int, level: Level) -> None:
    item, value = drawn(seed)
    cells, count = np.unique(np.stack([item, value]), axis=1, return_counts=True)
    found = alpha(item, value, level=level)
    assert alpha(cells[0], cells[1], count, level) == pytest.approx(found)
    assert alpha([*item, 99], [*value, 3], level=level) == pytest.approx(found)
    zeros = np.concatenate([np.ones(len(item)), [0, 0]])
    assert alpha([*item, 0, 0], [*value, 8, 9], zeros, level) == pytest.approx(found)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), level=st.sampled_from(LEVELS), raters=st.integers(2, 5))
def test_full_agreement_is_one_and_noise_lowers_it(seed: int, level: Level, raters: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.concatenate([[0, 3], rng.integers(0, 4, 8)])
    item = np.repeat(np.arange(10), raters)
    value = truth[item]
    assert alpha(item, value, level=level) == pytest.approx(1)
    value[0] = 3 - value[0]  # one rater says the other end of the first item
    assert alpha(item, value, level=level) < 1 - 1e-6


def test_chance_gives_zero() -> None:
    rng = np.random.default_rng(0)
    item = np.repeat(np.arange(4000), 3)
    for level in LEVELS:
        assert abs(alpha(item, rng.integers(0, 5, 12_000), level=level)) < 0.03


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("item", "value"), [([], []), ([1, 2, 3], [1, 2, 3]), ([1, 1, 2, 2], [4, 4, 4, 4])])
def test_nothing_to_compare_is_nan(item: list[int], value: list[int], level: Level) -> None:
    assert np.isnan(alpha(item, value, level=level))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, 1], [1, 2, 3]), r"an item, a value and a count for each vote; found \(2,\), \(3,\), \(2,\); align them"),
        (([1, 1], [1, 2], [1, -1]), "counts of at least 0; found -1; leave out what nobody voted"),
        (([1, 1], [1, 2], None, "ratio"), "a level among nominal, ordinal, interval; found 'ratio'; correct `level`"),
        (([1, 1], ["joy", "fear"], None, "interval"), "finite numbers for this level; found 'joy'; names have the lev"),
        (([1, 1], [1, N], None, "interval"), "finite numbers for this level; found nan; names have"),
    ],
)
def test_bad_votes_are_one_sentence(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        alpha(*arguments)


# ---- sets ------------------------------------------------------------------------------------------------------------


def test_masi_is_passonneaus() -> None:
    a, ab, bc, none = (frozenset(s) for s in ("a", "ab", "bc", ""))
    assert masi(a, a) == masi(none, none) == 0
    assert masi(a, ab) == pytest.approx(1 - 2 / 3 * 1 / 2)
    assert masi(ab, bc) == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert masi(a, bc) == masi(none, a) == 1
    for one, other in product((a, ab, bc, none), repeat=2):
        assert masi(one, other) == masi(other, one)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_set_alpha_is_its_definition_and_the_nominal_one_of_single_names(seed: int) -> None:
    item, value = drawn(seed)
    kinds = [frozenset(s) for s in ("a", "ab", "bc", "")]
    sets = [kinds[int(v)] for v in value]
    assert set_alpha(item, sets) == pytest.approx(by_pairs(item, np.array(sets, object), masi))
    single = [frozenset([str(v)]) for v in value]
    assert set_alpha(item, single) == pytest.approx(alpha(item, value))
    nominal = set_alpha(item, sets, distance=lambda a, b: float(a != b))
    assert nominal == pytest.approx(alpha(item, value))


def test_too_many_sets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "_LARGEST", 3)
    with pytest.raises(DataError, match=r"sets up to 3; found 2 different sets on 2 items; compare name by name"):
        set_alpha([0, 0, 1, 1], [frozenset("a"), frozenset("b")] * 2)


# ---- intraclass correlations -----------------------------------------------------------------------------------------


def mean_squares(grid: np.ndarray) -> tuple[float, float, float, float]:
    """Between targets, within targets, between judges, residual: sums of squares by loops."""
    n, k = grid.shape
    mean = grid.mean()
    target = k * sum((row.mean() - mean) ** 2 for row in grid) / (n - 1)
    within = sum((x - row.mean()) ** 2 for row in grid for x in row) / (n * (k - 1))
    judge = n * sum((column.mean() - mean) ** 2 for column in grid.T) / (k - 1)
    rest = sum((grid[i, j] - grid[i].mean() - grid[:, j].mean() + mean) ** 2 for i in range(n) for j in range(k)) / (
        (n - 1) * (k - 1)
    )
    return target, within, judge, rest


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(2, 7), k=st.integers(2, 5))
def test_iccs_are_their_formulas_in_any_order(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    grid = rng.normal(size=(n, 1)) + rng.normal(size=k) + rng.normal(size=(n, k))
    b, w, j, e = mean_squares(grid)
    shares = {
        "1,1": (b - w, b + (k - 1) * w),
        "2,1": (b - e, b + (k - 1) * e + k * (j - e) / n),
        "3,1": (b - e, b + (k - 1) * e),
        "1,k": (b - w, b),
        "2,k": (b - e, b + (j - e) / n),
        "3,k": (b - e, b),
    }
    wanted = {name: above / below for name, (above, below) in shares.items() if below > 0}
    sure = {name for name, v in wanted.items() if abs(v) < 50}  # some divide by next to nothing
    found = icc(grid)
    assert all(np.isnan(found[m]) for m in set(shares) - set(wanted)), "a variance below 0 has no shares"
    assert {m: found[m] for m in sure} == pytest.approx({m: wanted[m] for m in sure}, abs=1e-6)
    again = icc(10 + 5 * grid[rng.permutation(n)][:, rng.permutation(k)])
    assert {m: again[m] for m in sure} == pytest.approx({m: found[m] for m in sure}, abs=1e-6)
    # (3,1) does not see how strict each judge is
    assert icc(grid + np.arange(k) * 7)["3,1"] == pytest.approx(found["3,1"], abs=1e-6)
    item, value = np.repeat(np.arange(n), k), grid.ravel()
    assert icc_one_way(item, value) == pytest.approx(found["1,1"], abs=1e-6)


def test_an_unbalanced_one_way_icc_is_that_of_its_variances() -> None:
    values = [[1.0, 2.0], [4.0, 5.0, 6.0], [2.0, 2.0, 3.0, 5.0]]
    sizes = [len(v) for v in values]
    total, mean = sum(sizes), np.mean([x for v in values for x in v])
    between = sum(len(v) * (np.mean(v) - mean) ** 2 for v in values) / 2
    within = sum((x - np.mean(v)) ** 2 for v in values for x in v) / (total - 3)
    size = (total - sum(s * s for s in sizes) / total) / 2
    item = [i for i, v in enumerate(values) for _ in v]
    wanted = (between - within) / (between + (size - 1) * within)
    assert icc_one_way(item, [x for v in values for x in v]) == pytest.approx(wanted)
    assert np.isnan(icc_one_way([1, 1, 2, 2], [3, 3, 3, 3]))
    assert np.isnan(icc_one_way([1, 1], [3, 4]))


def test_full_agreement_constant_ratings_and_gaps() -> None:
    same = np.repeat([[1.0], [2.0], [4.0]], 3, axis=1)
    assert list(icc(same).values()) == pytest.approx([1] * 6)
    assert np.isnan(list(icc(np.full((7, 3), 0.1)).values())).all()
    gap = np.vstack([SHROUT_FLEISS, [1, N, 2, 3]])
    assert icc(gap) == icc(SHROUT_FLEISS)


@pytest.mark.parametrize(
    ("grid", "found"), [(np.ones((3, 1)), "3 by 1"), (np.array([[1, 2], [3, N]]), "1 by 2"), (np.ones(3), "0 by 0")]
)
def test_one_rater_or_one_item_has_no_icc(grid: np.ndarray, found: str) -> None:
    with pytest.raises(DataError, match=f"that two raters or more judged; found {found}; choose raters in common"):
        icc(grid)


# ---- of votes --------------------------------------------------------------------------------------------------------

SINGLE = Task("t", "emotion", Kind.SINGLE, "", ("joy", "fear", "anger"))
MULTI = Task("t", "emotion", Kind.MULTI, "", ("joy", "fear", "anger"))
SCALED = Task("t", "dimensions", Kind.CONTINUOUS, "", ("valence", "arousal"), range=(1, 10))


def test_votes_of_names_with_and_without_raters_agree_alike() -> None:
    known = [[Rating("t", n, rater=r) for r, n in zip("abc", names, strict=True)] for names in ROWS]
    pooled = [[Rating("t", n, count=list(names).count(n)) for n in sorted(set(names))] for names in ROWS]
    item = np.repeat(np.arange(len(ROWS)), 3)
    wanted = by_pairs(item, np.array(ROWS).ravel(), lambda a, b: float(a != b))
    for ratings in (known, pooled):
        assert agreement.of_votes(_votes.read(ratings, SINGLE)) == {"alpha_nominal": pytest.approx(wanted)}


ROWS = [("joy", "joy", "fear"), ("anger", "anger", "anger"), ("fear", "joy", "fear"), ("joy", "joy", "joy")]


def test_votes_of_sets_give_an_alpha_per_name_and_of_the_sets() -> None:
    said = [[{"joy"}, {"joy", "fear"}], [{"anger"}, {"anger"}], [set(), {"fear"}]]
    ratings = [[Rating("t", frozenset(one)) for one in its] for its in said]
    # nobody could choose anger of a fourth item
    ratings.append([Rating("t", frozenset({"joy"}), judged=("joy", "fear"))] * 2)
    found = agreement.of_votes(_votes.read(ratings, MULTI))
    item = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    sets = np.array([frozenset(one) for its in said for one in its] + [frozenset({"joy"})] * 2, object)
    assert found["alpha_masi"] == pytest.approx(by_pairs(item, sets, masi))
    for name in MULTI.names:
        asked = item < (3 if name == "anger" else 4)
        chosen = np.array([name in one for one in sets[asked]])
        wanted = by_pairs(item[asked], chosen, lambda a, b: float(a != b))
        assert found[f"alpha_nominal.{name}"] == pytest.approx(wanted)


def test_votes_of_numbers_give_what_their_raters_allow() -> None:
    known = [[Rating("t", (float(x), 5.0), rater=f"r{j}") for j, x in enumerate(row)] for row in SHROUT_FLEISS]
    found = agreement.of_votes(_votes.read(known, SCALED))
    forms = {f"icc_{a}_{b}": v for (a, _, b), v in icc(SHROUT_FLEISS).items()}
    assert {name: found[f"{name}.valence"] for name in forms} == pytest.approx(forms)
    item, value = np.repeat(np.arange(6), 4), SHROUT_FLEISS.ravel()
    assert found["alpha_interval.valence"] == pytest.approx(alpha(item, value, level="interval"))
    assert found["alpha_ordinal.valence"] == pytest.approx(alpha(item, value, level="ordinal"))
    assert np.isnan(found["alpha_interval.arousal"]) and np.isnan(found["icc_3_1.arousal"])
    nobody = [[Rating("t", r.value) for r in its] for its in known]
    assert set(agreement.of_votes(_votes.read(nobody, SCALED))) == {
        f"{what}.{name}" for what in ("alpha_ordinal", "alpha_interval", "icc_1_1") for name in SCALED.names
    }


def test_a_rater_who_names_several_is_compared_by_sets() -> None:
    said: list[list[Any]] = [["joy", frozenset({"joy", "fear"})], ["anger", "anger"], ["fear", "joy"]]
    ratings = [[Rating("t", one) for one in its] for its in said]
    found = agreement.of_votes(_votes.read(ratings, Task("t", "emotion", Kind.DISTRIBUTION, "", MULTI.names)))
    same = [[Rating("t", frozenset({one}) if isinstance(one, str) else one) for one in its] for its in said]
    assert found == agreement.of_votes(_votes.read(same, MULTI))
    said[0][1] = {"joy": 0.5, "fear": 0.5}
    halves = [[Rating("t", one) for one in its] for its in said]
    assert found == agreement.of_votes(_votes.read(halves, Task("t", "emotion", Kind.DISTRIBUTION, "", MULTI.names)))


def test_shares_are_no_votes_to_compare() -> None:
    task = Task("t", "emotion", Kind.DISTRIBUTION, "", ("joy", "fear"))
    votes = _votes.read([[Rating("t", {"joy": 0.7, "fear": 0.3}), Rating("t", "joy")]], task)
    with pytest.raises(
        DataError, match=r"one name per vote in task 't'; found numbers or unequal shares; choose a task whose votes"
    ):
        agreement.of_votes(votes)
