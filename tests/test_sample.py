"""Samples, ratings and the one row of truth that comes of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.errors import DataError
from affectkit.sample import Link, Media, Rating, Sample, Series, target
from affectkit.task import Kind, Task

NAMES = ("joy", "fear", "anger", "neutral")
VOTES = Task("votes", "emotion", Kind.SINGLE, "s", NAMES)
SETS = Task("sets", "emotion", Kind.MULTI, "s", NAMES)
SHARES = Task("shares", "emotion", Kind.DISTRIBUTION, "s", NAMES)
NUMBERS = Task("numbers", "dimensions", Kind.CONTINUOUS, "vad", ("valence", "arousal"), (1, 5))

SPAN = st.none() | st.floats(0, 1e4)
CHOICE = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)


@st.composite
def series(draw: st.DrawFn) -> Series:
    values = draw(st.lists(st.tuples(*[st.floats(1, 5, width=32)] * 2), min_size=1, max_size=5))
    return Series(np.array(values, np.float32), np.arange(len(values), dtype=np.float64) * draw(st.floats(0.01, 2)))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "votes": st.sampled_from(NAMES),
    "sets": st.frozensets(st.sampled_from(NAMES)),
    "shares": st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1), min_size=1),
    "numbers": st.tuples(*[st.floats(1, 5)] * 2) | series(),
}


@st.composite
def ratings(draw: st.DrawFn) -> Rating:
    task = draw(st.sampled_from(sorted(VALUES)))
    rater = draw(st.none() | st.sampled_from(["anna", "consensus"]))
    return Rating(
        task,
        draw(st.none() | VALUES[task]),
        rater=rater,
        count=draw(st.integers(1, 10)),
        judged=draw(st.none() | CHOICE.map(tuple)),
        rule="majority" if rater == "consensus" else None,
        start_s=draw(SPAN),
        end_s=draw(SPAN),
        note=draw(st.none() | st.text()),
    )


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    path = st.builds(Media, path=st.text(min_size=1), start_s=SPAN, end_s=SPAN, stream=st.none() | st.integers(0, 3))
    box = st.tuples(*[st.integers(0, 9)] * 2, *[st.integers(10, 99)] * 2)
    media = path | st.builds(Media, text=st.text()) | st.builds(Media, path=st.text(min_size=1), box=box)
    names = st.text(min_size=1, max_size=6)
    return Sample(
        draw(names),
        draw(st.dictionaries(names, media, max_size=2)),
        tuple(draw(st.lists(ratings(), max_size=3))),
        draw(st.dictionaries(names, names, max_size=2)),
        draw(st.sampled_from([None, "train", "dev", "test"])),
        tuple(draw(st.lists(names, max_size=3))),
        tuple(draw(st.lists(st.builds(Link, names, names, SPAN, SPAN), max_size=2))),
    )


def one(task: Task, *given: Rating) -> tuple[list[float], list[bool]]:
    values, judged = target(task, given)
    assert values.shape == judged.shape == (len(task.names),)
    assert values.dtype == np.float32
    assert judged.dtype == np.bool_
    return values.tolist(), judged.tolist()


@settings(deadline=None)
@given(samples())
def test_json_and_back(made: Sample) -> None:
    assert Sample.from_json(json.loads(json.dumps(made.to_json()))) == made


@settings(deadline=None)
@given(series())
def test_equal_series_hash_alike(made: Series) -> None:
    zero = Series(np.zeros((1, 1), np.float32), np.zeros(1))
    assert Series(-zero.values, -zero.t_s) == zero  # -0.0 == 0.0
    assert hash(Series(-zero.values, -zero.t_s)) == hash(zero)
    wide = Series(made.values.astype(np.float64), made.t_s)
    assert wide == made
    assert hash(wide) == hash(made)
    assert wide.values.dtype == np.float32
    assert Series(made.values + 1, made.t_s) != made
    assert made != "a series"


@pytest.mark.parametrize(
    ("values", "t_s", "said"),
    [
        (
            [1.0, 2.0],
            [0.0, 1.0],
            "expected values (n, d) and n times in a Series; found (2,) and (2,); correct the shapes",
        ),
        (
            [[1.0]],
            [0.0, 1.0],
            "expected values (n, d) and n times in a Series; found (1, 1) and (2,); correct the shapes",
        ),
        ([[]], [0.0], "expected values (n, d) and n times in a Series; found (1, 0) and (1,); correct the shapes"),
        (
            [[np.nan]],
            [0.0],
            "expected finite numbers in a Series; found NaN or infinity; leave out the times without a value",
        ),
        (
            [[1.0]],
            [np.inf],
            "expected finite numbers in a Series; found NaN or infinity; leave out the times without a value",
        ),
    ],
)
def test_bad_series_are_refused(values: Any, t_s: Any, said: str) -> None:
    with pytest.raises(DataError) as caught:
        Series(np.array(values), np.array(t_s))
    assert str(caught.value) == said


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 9)), min_size=1))
def test_votes_become_shares(votes: list[tuple[str, int]]) -> None:
    expected = [sum(n for name, n in votes if name == which) / sum(n for _, n in votes) for which in NAMES]
    values, judged = one(VOTES, *[Rating("votes", name, count=n) for name, n in votes])
    assert values == pytest.approx(expected, abs=1e-6)
    assert all(judged)


@settings(deadline=None)
@given(st.lists(VALUES["sets"], min_size=1), st.data())
def test_a_count_is_that_many_votes(sets: list[frozenset[str]], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(1, 5), min_size=len(sets), max_size=len(sets)))
    counted = [Rating("sets", s, count=n) for s, n in zip(sets, counts, strict=True)]
    repeated = [Rating("sets", s) for s, n in zip(sets, counts, strict=True) for _ in range(n)]
    assert one(SETS, *counted) == one(SETS, *repeated)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(1, 5), st.floats(1, 5)), min_size=1))
def test_numbers_are_averaged_and_scaled(given: list[tuple[float, float]]) -> None:
    expected = [(sum(column) / len(column) - 3) / 2 for column in zip(*given, strict=True)]
    values, judged = one(NUMBERS, *[Rating("numbers", numbers) for numbers in given])
    assert values == pytest.approx(expected, abs=1e-6)
    assert judged == [True, True]
    assert max(map(abs, values)) <= 1 + 1e-6


def test_the_ends_and_the_middle_of_a_scale() -> None:
    assert one(NUMBERS, Rating("numbers", (1.0, 5.0)))[0] == [-1.0, 1.0]
    assert one(NUMBERS, Rating("numbers", (3.0, 3.0)))[0] == [0.0, 0.0]


def test_a_series_counts_with_its_mean() -> None:
    trace = Series(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 3.0]]), np.array([0.0, 0.5, 1.0]))
    assert one(NUMBERS, Rating("numbers", trace)) == one(NUMBERS, Rating("numbers", (3.0, 3.0)))


def test_who_passed_or_spoke_of_another_task_counts_for_nothing() -> None:
    passed, elsewhere = Rating("votes", None, count=5, note="not a face"), Rating("other", "joy")
    assert one(VOTES, passed, elsewhere) == ([0.0] * 4, [False] * 4)
    assert one(VOTES, passed, elsewhere, Rating("votes", "joy")) == ([1.0, 0.0, 0.0, 0.0], [True] * 4)


def test_only_those_who_could_choose_a_name_are_asked_of_it() -> None:
    narrow = Rating("votes", "joy", count=3, judged=("joy", "fear"))
    wide = Rating("votes", "anger")
    assert one(VOTES, narrow) == ([1.0, 0.0, 0.0, 0.0], [True, True, False, False])
    assert one(VOTES, narrow, wide) == ([0.75, 0.0, 1.0, 0.0], [True] * 4)


def test_an_unjudged_dimension_may_be_absent() -> None:
    rating = Rating("numbers", (5.0, float("nan")), judged=("valence",))
    assert one(NUMBERS, rating) == ([1.0, 0.0], [True, False])


def test_consensus_shares_and_empty_sets() -> None:
    shares = Rating("shares", {"joy": 0.25, "fear": 0.75}, rater="consensus", rule="mean")
    assert one(SHARES, shares) == ([0.25, 0.75, 0.0, 0.0], [True] * 4)
    assert one(SETS, Rating("sets", frozenset())) == ([0.0] * 4, [True] * 4)  # nothing chosen, yet all judged


def test_lists_and_sets_become_the_forms() -> None:
    assert Rating("numbers", [1.0, 2.0]) == Rating("numbers", (1.0, 2.0))  # type: ignore[arg-type]
    assert Rating("sets", {"joy"}, judged=["joy"]) == Rating("sets", frozenset({"joy"}), judged=("joy",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("task", "rating", "said"),
    [
        (VOTES, Rating("votes", "glee"), "expected names of task 'votes'; found glee; use joy, fear, anger, neutral"),
        (
            VOTES,
            Rating("votes", {"joy": 0.5, "fear": 0.5}),
            "expected one name for the single-label task 'votes'; found {'joy': 0.5, 'fear': 0.5}; "
            "use a distribution or multi task",
        ),
        (
            VOTES,
            Rating("votes", (3.0, 3.0)),
            "expected names for the single task 'votes'; found (3.0, 3.0); correct the rating",
        ),
        (
            VOTES,
            Rating("votes", "joy", judged=("joy", "glee")),
            "expected judged names of task 'votes'; found glee; use joy, fear, anger, neutral",
        ),
        (
            SETS,
            Rating("sets", frozenset({"joy", "anger"}), judged=("joy", "fear")),
            "expected a choice among joy, fear; found anger; correct `judged` or the value",
        ),
        (
            SHARES,
            Rating("shares", {"joy": 7.0, "fear": 3.0}),
            "expected shares in [0, 1] for task 'shares'; found {'joy': 7.0, 'fear': 3.0}; divide votes by their sum",
        ),
        (
            NUMBERS,
            Rating("numbers", (3.0,)),
            "expected 2 numbers for task 'numbers'; found (3.0,); give one per dimension",
        ),
        (
            NUMBERS,
            Rating("numbers", "joy"),
            "expected 2 numbers for task 'numbers'; found 'joy'; give one per dimension",
        ),
        (
            NUMBERS,
            Rating("numbers", (3.0, 7.0)),
            "expected numbers in [1, 5] for task 'numbers'; found (3.0, 7.0); correct the rating or `range`",
        ),
        (
            NUMBERS,
            Rating("numbers", (3.0, float("nan"))),
            "expected numbers in [1, 5] for task 'numbers'; found (3.0, nan); correct the rating or `range`",
        ),
        (
            Task("free", "emotion", Kind.OPEN, "s", ()),
            Rating("free", frozenset({"wistful"})),
            "expected a closed set of names in task 'free'; found an open vocabulary; compare its sets of names",
        ),
    ],
)
def test_a_rating_that_does_not_fit_its_task_is_refused(task: Task, rating: Rating, said: str) -> None:
    with pytest.raises(DataError) as caught:
        target(task, [rating])
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: Rating("t", "joy", count=0),
            "expected a count of at least one vote; found 0; leave the rating out instead",
        ),
        (
            lambda: Rating("t", "joy", rater="consensus"),
            'expected a rule with a consensus rating; found none; name it, for example rule="majority"',
        ),
        (
            lambda: Rating("t", "joy", judged="joy"),  # type: ignore[arg-type]
            "expected several judged names; found the text 'joy'; write ('joy',)",
        ),
        (lambda: Media(), "expected exactly one of path, array and text in a Media; found none; give one"),
        (
            lambda: Media(path="a.wav", text="hello"),
            "expected exactly one of path, array and text in a Media; found path and text; give one",
        ),
        (
            lambda: Media(array=np.zeros(3)).to_json(),
            "expected a Media with a path or a text; found an array in memory; write the array to a file first",
        ),
        (
            lambda: Sample("s1", {}, (), split="valid"),
            "expected a split among train, dev, test; found 'valid'; rename the split of 's1'",
        ),
    ],
)
def test_bad_values_are_refused(make: Any, said: str) -> None:
    with pytest.raises(DataError) as caught:
        make()
    assert str(caught.value) == said


def test_rated_gives_one_tasks_ratings() -> None:
    made = Sample("s", {}, (Rating("a", "joy"), Rating("b", "joy"), Rating("a", "fear")))
    assert [r.value for r in made.rated("a")] == ["joy", "fear"]


def test_a_box_has_an_inside() -> None:
    assert Media(path="a.png", box=[1, 2, 3, 4]).box == (1, 2, 3, 4)  # type: ignore[arg-type]
    with pytest.raises(
        DataError,
        match=r"^expected a box \(left, top, right, bottom\) that has an inside; found \(5, 2, 3, 4\); correct its",
    ):
        Media(path="a.png", box=(5, 2, 3, 4))
