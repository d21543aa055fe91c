"""How divided items are, what one rater reaches, and who leans which way; and the arrays all of it is made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score

from affectkit.analysis import raters
from affectkit.errors import DataError
from affectkit.metrics import _votes
from affectkit.sample import Rating, Series
from affectkit.task import Kind, Task

NAMES = ("joy", "fear", "anger")
SINGLE = Task("t", "emotion", Kind.SINGLE, "", NAMES)
SHARES = Task("t", "emotion", Kind.DISTRIBUTION, "", NAMES)
MULTI = Task("t", "emotion", Kind.MULTI, "", NAMES)
SCALED = Task("t", "dimensions", Kind.CONTINUOUS, "", ("valence", "arousal"), range=(1, 5))


def votes_for(*items: str, task: Task = SINGLE) -> _votes.Votes:
    """Items such as "jjf": anonymous votes by their first letters."""
    first = {name[0]: name for name in NAMES}
    ratings = [[Rating("t", first[c], count=its.count(c)) for c in sorted(set(its))] for its in items]
    return _votes.read(ratings, task)


# ---- the arrays ------------------------------------------------------------------------------------------------------


def test_votes_leave_out_what_is_no_vote() -> None:
    ratings = [
        [
            Rating("t", "joy", rater="ann"),
            Rating("t", "fear", rater="bob", judged=("joy", "fear")),
            Rating("t", None, count=3, note="unknown"),
            Rating("t", "joy", rater="consensus", rule="majority"),
            Rating("other", "joy"),
        ],
        [],
        [Rating("t", "anger", count=4)],
    ]
    found = _votes.read(ratings, SINGLE)
    assert found.n == 3
    assert found.raters == ("ann", "bob")
    assert found.per_item.tolist() == [2, 0, 4]
    assert found.sums.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 4]]
    assert found.judges.tolist() == [[2, 2, 1], [0, 0, 0], [4, 4, 4]]
    assert [NAMES[i] for i in found.chosen] == ["joy", "fear", "anger"]
    assert found.rater.tolist() == [0, 1, -1]
    np.testing.assert_array_equal(found.grid(0), [[1, 0], [np.nan, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(found.grid(2), [[0, np.nan], [np.nan, np.nan], [np.nan, np.nan]])


def test_numbers_stay_on_their_scale_and_a_trace_is_its_mean() -> None:
    trace = Series(np.array([[1.0, 2.0], [3.0, 2.0]], np.float32), np.array([0.0, 1.0]))
    found = _votes.read([[Rating("t", (4.3, 1.0), rater="a"), Rating("t", trace, rater="a")]], SCALED)
    assert found.values.tolist() == [[4.3, 1.0], [2.0, 2.0]]
    assert found.grid(0)[0, 0] == pytest.approx((4.3 + 2) / 2)


def test_no_votes_at_all_are_empty_arrays() -> None:
    found = _votes.read([[], []], SINGLE)
    assert found.values.shape == found.judged.shape == (0, 3)
    assert found.per_item.tolist() == [0, 0]
    assert found.per_item.dtype == np.float64
    assert found.chosen.shape == (0,)


def test_a_value_of_another_task_is_refused() -> None:
    with pytest.raises(DataError, match="names of task 't'; found pride; use joy, fear, anger"):
        _votes.read([[Rating("t", "pride")]], SINGLE)


# ---- entropy, deviation ----------------------------------------------------------------------------------------------


def test_entropy_is_scipys_in_bits() -> None:
    found = raters.entropy(votes_for("jjf", "jjj", "", "jfa", task=SHARES))
    wanted = [stats.entropy(p, base=2) for p in ([2, 1, 0], [3, 0, 0], [1, 1, 1])]
    assert found[[0, 1, 3]] == pytest.approx(wanted)
    assert np.isnan(found[2])


def test_entropy_of_sets_is_the_mean_of_yes_and_no() -> None:
    ratings = [[Rating("t", frozenset({"joy"}), count=3), Rating("t", frozenset({"joy", "fear"}), judged=NAMES[:2])]]
    (found,) = raters.entropy(_votes.read(ratings, MULTI))
    wanted = np.mean([stats.entropy([p, 1 - p], base=2) for p in (1.0, 0.25, 0.0)])
    assert found == pytest.approx(wanted)


@settings(max_examples=40, deadline=None)
@given(votes=st.lists(st.text("jfa", max_size=8), min_size=1, max_size=6))
def test_entropy_is_within_bounds_and_zero_when_all_agree(votes: list[str]) -> None:
    found = raters.entropy(votes_for(*votes))
    for its, bits in zip(votes, found, strict=True):
        if not its:
            assert np.isnan(bits)
        else:
            assert -1e-12 <= bits <= np.log2(len(set(its))) + 1e-12
            assert (bits < 1e-12) == (len(set(its)) == 1)


def test_deviation_is_numpys_per_item() -> None:
    values = [[(1.0, 2.0), (4.0, 2.0), (5.0, 3.0)], [(2.0, 2.0)], []]
    found = raters.deviation(_votes.read([[Rating("t", v) for v in its] for its in values], SCALED))
    assert found[0] == pytest.approx(np.std(values[0], axis=0, ddof=1))
    assert np.isnan(found[1:]).all()


def test_numbers_have_no_entropy_and_names_no_deviation() -> None:
    with pytest.raises(DataError, match="votes for names; found the continuous task 't'; numbers have a deviation"):
        raters.entropy(_votes.read([], SCALED))
    with pytest.raises(DataError, match="votes that are numbers; found the single task 't'; names have an entropy"):
        raters.deviation(_votes.read([], SINGLE))


def test_unanimous_counts_items_with_two_votes() -> None:
    assert raters.unanimous(votes_for("jjj", "jf", "ff", "a", "", "jja")) == 2 / 4
    assert np.isnan(raters.unanimous(votes_for("j", "")))


# ---- the ceiling -----------------------------------------------------------------------------------------------------


def test_the_ceiling_scores_each_vote_against_the_others() -> None:
    items = ["jjjf", "fff", "aaj", "jjffa", "a"]
    truth, said = [], []
    for its in items:
        for i, vote in enumerate(its):
            rest = its[:i] + its[i + 1 :]
            if rest:
                said.append(vote)
                truth.append(max("jfa", key=rest.count))
    found = raters.ceiling(votes_for(*items), ("accuracy", "macro_f1"))
    assert found["accuracy"] == pytest.approx(accuracy_score(truth, said))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, said, average="macro"))


def test_the_ceiling_of_numbers_is_on_the_common_scale() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(1, 5, (12, 3, 2))
    ratings = [[Rating("t", tuple(v), rater=f"r{j}") for j, v in enumerate(its)] for its in values.tolist()]
    found = raters.ceiling(_votes.read(ratings, SCALED))
    others = (values.sum(1, keepdims=True) - values) / 2
    for i, name in enumerate(SCALED.names):
        own, rest = values[:, :, i].ravel(), others[:, :, i].ravel()
        assert found[f"pearson.{name}"] == pytest.approx(np.corrcoef(own, rest)[0, 1])
        assert found[f"rmse.{name}"] == pytest.approx(np.sqrt(np.mean(((own - rest) / 2) ** 2)))


def test_raters_who_always_agree_reach_everything() -> None:
    found = raters.ceiling(votes_for("jjj", "ff", "aaaa"))
    assert found == {"macro_f1": 1, "weighted_f1": 1, "accuracy": 1}


def test_one_rater_has_no_ceiling() -> None:
    with pytest.raises(DataError, match="an item with two votes in task 't'; found none; choose a task that several"):
        raters.ceiling(votes_for("j", "f"))


# ---- who leans which way ---------------------------------------------------------------------------------------------


def test_a_planted_lean_is_found() -> None:
    rng = np.random.default_rng(1)
    truth, lean = rng.uniform(2, 4, (200, 1)), np.array([0.5, 0.0, -0.25])
    values = truth + lean + rng.normal(0, 0.05, (200, 3))
    ratings = [[Rating("t", (v, 3.0), rater=r) for r, v in zip("abc", its, strict=True)] for its in values.tolist()]
    ratings.append([Rating("t", (1.0, 1.0), rater="alone")])
    by = {one.rater: one for one in raters.shifts(_votes.read(ratings, SCALED))}
    others = [(lean.sum() - one) / 2 for one in lean]
    for rater, own, rest in zip("abc", lean, others, strict=True):
        assert by[rater].by["valence"] == pytest.approx(own - rest, abs=0.02)
        assert by[rater].by["arousal"] == 0
        assert by[rater].n == 200
    assert by["alone"].n == 0
    assert np.isnan(by["alone"].by["valence"])


def test_a_lean_to_a_name_is_how_much_more_often_it_is_chosen() -> None:
    said = [("joy", "fear", "joy"), ("joy", "fear", "fear"), ("joy", "joy", "anger")]
    ratings = [[Rating("t", n, rater=r) for r, n in zip("abc", its, strict=True)] for its in said]
    first = raters.shifts(_votes.read(ratings, SINGLE))[0]
    assert first.by["joy"] == pytest.approx(np.mean([1 - 1 / 2, 1 - 0, 1 - 1 / 2]))
    assert sum(first.by.values()) == pytest.approx(0)
    assert raters.shifts(votes_for("jjf")) == []


def test_equal_counts_votes_for_what_is_wanted() -> None:
    votes = votes_for("jjf", "aa", "f", "jj")
    assert raters.equal(votes, ["joy", "fear", None, "joy"]) == (2 + 0 + 2) / (3 + 2 + 2)
    assert np.isnan(raters.equal(votes, [None] * 4))
    with pytest.raises(DataError, match="4 names wanted; found 2; give one per item, None where there is none"):
        raters.equal(votes, ["joy", "joy"])
