"""Intervals of alpha and ICC: what weights mean, coverage on simulated truth, and other packages' figures."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.analysis import _agreed, agreement
from affectkit.analysis._agreed import Cells
from affectkit.analysis.agreement import Level, alpha, icc, icc_one_way, intervals
from affectkit.errors import DataError
from affectkit.metrics import _votes
from affectkit.metrics._votes import Votes
from affectkit.sample import Rating
from affectkit.task import Kind, Task

SINGLE = Task("t", "emotion", Kind.SINGLE, "", ("joy", "fear", "anger"))
MULTI = Task("t", "emotion", Kind.MULTI, "", ("joy", "fear", "anger"))
SCALED = Task("t", "dimensions", Kind.CONTINUOUS, "", ("valence",), range=(0, 9))


def names(columns: np.ndarray) -> Votes:
    """Votes of items by raters, each a column of `SINGLE`; -1 is no vote."""
    return _votes.read([[Rating("t", SINGLE.names[v]) for v in row if v >= 0] for row in columns], SINGLE)


def numbers(grid: np.ndarray) -> Votes:
    return _votes.read([[Rating("t", (float(x),), rater=f"r{j}") for j, x in enumerate(row)] for row in grid], SCALED)


# ---- weights ---------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), dense=st.booleans())
def test_a_weight_of_two_is_the_item_twice(seed: int, dense: bool) -> None:
    rng = np.random.default_rng(seed)
    n, k = 9, 4
    item = np.concatenate([np.repeat(np.arange(n), 2), rng.integers(0, n, 12)])
    code = np.concatenate([[0, 1, 2, 3], rng.integers(0, k, len(item) - 4)])
    weight = rng.integers(0, 4, n)
    weight[0] = weight[1] = 1  # so that there is something to compare
    rows = [(f"{i}.{copy}", j) for i, j in zip(item, code, strict=True) for copy in range(weight[i])]
    ids, values = [i for i, _ in rows], np.array([j for _, j in rows], float)
    cells = Cells.of(item, code, np.ones(len(item)), k)
    if not dense:
        cells = Cells(cells.item, cells.code, cells.count, k, cells.per, None)
    waiting = {
        Level.NOMINAL: _agreed.nominal(cells),
        Level.ORDINAL: _agreed.ordinal(cells),
        Level.INTERVAL: _agreed.interval(cells, np.arange(k, dtype=float)),
    }
    weights = np.stack([np.ones(n), weight])
    for level, of in waiting.items():
        assert of(weights) == pytest.approx(
            [alpha(item, code.astype(float), level=level), alpha(ids, values, level=level)], nan_ok=True
        )
    one_way = _agreed.one_way(cells, np.arange(k, dtype=float))(weights)
    assert one_way == pytest.approx(
        [icc_one_way(item, code.astype(float)), icc_one_way(ids, values)], nan_ok=True, abs=1e-9
    )
    apart = (np.arange(k)[:, None] != np.arange(k)).astype(float)
    assert _agreed.by_distance(cells, apart)(weights) == pytest.approx(waiting[Level.NOMINAL](weights), nan_ok=True)
    grid = rng.normal(size=(n, 3))
    again = icc(np.repeat(grid, weight, axis=0))
    assert _agreed.icc(grid)(weights)[1] == pytest.approx(list(again.values()), abs=1e-9, nan_ok=True)


def test_figures_without_intervals_are_the_same() -> None:
    rng = np.random.default_rng(0)
    sets = [[Rating("t", frozenset(n for n in MULTI.names if rng.random() < 0.4)) for _ in range(3)] for _ in range(30)]
    for votes in (names(rng.integers(0, 3, (40, 4))), numbers(rng.normal(4, 1, (25, 3))), _votes.read(sets, MULTI)):
        plain, sure = agreement.of_votes(votes), intervals(votes, folds=50)
        assert list(plain) == list(sure)
        for name, its in sure.items():
            assert its.value == pytest.approx(plain[name])
            assert its.low < its.value < its.high and its.n == votes.n
        assert intervals(votes, folds=50) == sure, "the same seed, the same folds"


def test_items_with_one_vote_change_nothing() -> None:
    rng = np.random.default_rng(1)
    table = rng.integers(0, 3, (60, 3))
    single = np.full((20, 3), -1)
    single[:, 0] = rng.integers(0, 3, 20)
    both = intervals(names(np.concatenate([single, table])), folds=100)
    assert both == intervals(names(table), folds=100)


def test_groups_are_drawn_whole() -> None:
    """Fifteen speakers, each understood alike in ten clips: clips drawn one by one look surer than they are."""
    rng = np.random.default_rng(2)
    easy = np.repeat(rng.random(15) < 0.5, 10)
    truth = rng.integers(0, 3, 150)
    votes = np.where(easy[:, None], truth[:, None], rng.integers(0, 3, (150, 4)))
    speaker = [f"s{i // 10}" for i in range(150)]
    alone, whole = (intervals(names(votes), groups)["alpha_nominal"] for groups in (None, speaker))
    assert whole.value == alone.value
    assert whole.high - whole.low > 1.5 * (alone.high - alone.low)


def test_nothing_to_draw_is_nan() -> None:
    for table in (np.array([[0, -1], [1, -1]]), np.zeros((3, 2), int)):
        found = intervals(names(table), folds=20)["alpha_nominal"]
        assert np.isnan([found.value, found.low, found.high]).all() and found.n == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"folds": 0}, "expected at least one fold; found 0; 1000 is usual"),
        ({"level": 1.0}, "expected a level between 0 and 1; found 1.0; 0.95 is usual"),
        ({"groups": ["a"]}, "expected 4 groups; found 1; give the group of every item"),
    ],
)
def test_bad_wishes_are_one_sentence(more: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        intervals(names(np.array([[0, 1]] * 4)), **more)


# ---- coverage --------------------------------------------------------------------------------------------------------


def covered(sims: int, truth: float, draw: Any) -> float:
    """The share of simulations whose 95 % interval holds the truth."""
    hits = 0
    for number in range(sims):
        its = draw(np.random.default_rng(number))
        hits += its.low <= truth <= its.high
    return hits / sims


def test_intervals_of_alpha_cover_the_truth() -> None:
    """Three raters say the true one of three names with chance q, else any: alpha is q squared."""
    q, n, raters = 0.7, 100, 3
    item = np.repeat(np.arange(n), raters)

    def draw(rng: np.random.Generator) -> Any:
        true = np.repeat(rng.integers(0, 3, n), raters)
        said = np.where(rng.random(n * raters) < q, true, rng.integers(0, 3, n * raters))
        values = np.eye(3)[said]
        votes = Votes(SINGLE, n, item, np.full(len(item), -1), np.ones(len(item)), values, values >= 0, ())
        return intervals(votes, folds=500, seed=int(rng.integers(1 << 30)))["alpha_nominal"]

    assert 0.93 <= covered(600, q * q, draw) <= 0.97


def test_intervals_of_the_icc_cover_the_truth_where_speakers_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Items of one speaker share a part of their value: (speaker + item) variance over all, rounding's 1/12 too."""
    speakers, each, raters = 60, 3, 2
    n = speakers * each
    item = np.repeat(np.arange(n), raters)
    speaker = np.repeat(np.arange(speakers), each)

    def draw(rng: np.random.Generator) -> Any:
        level = rng.normal(size=speakers)[speaker] + rng.normal(size=n)
        values = (np.repeat(level, raters) + rng.normal(size=n * raters)).round()[:, None]
        votes = Votes(SCALED, n, item, np.full(len(item), -1), np.ones(len(item)), values, values < np.inf, ())
        return intervals(votes, speaker, folds=500, seed=int(rng.integers(1 << 30)))["icc_1_1.valence"]

    monkeypatch.setattr(_agreed, "ordinal", _agreed.nominal)  # the slowest figure, which is not looked at here
    assert 0.93 <= covered(400, 2 / (3 + 1 / 12), draw) <= 0.97


# ---- other packages -------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), level=st.sampled_from(list(Level)), gaps=st.floats(0, 0.6))
def test_alpha_is_that_of_the_package_krippendorff(seed: int, level: Level, gaps: float) -> None:
    oracle = pytest.importorskip("krippendorff")
    rng = np.random.default_rng(seed)
    table = rng.integers(1, 6, (4, 12)).astype(float)
    table[rng.random(table.shape) < gaps] = np.nan
    table[:2, :2] = [[1, 2], [2, 2]]  # so that there is something to compare
    rater, item = np.nonzero(~np.isnan(table))
    wanted = oracle.alpha(reliability_data=table, level_of_measurement=str(level))
    assert alpha(item, table[rater, item], level=level) == pytest.approx(wanted)


@pytest.mark.filterwarnings("ignore:The inplace keyword:Warning")  # pandas' word to pingouin
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), items=st.integers(3, 12), raters=st.integers(2, 5))
def test_iccs_are_those_of_the_package_pingouin(seed: int, items: int, raters: int) -> None:
    oracle = pytest.importorskip("pingouin")
    frame = pytest.importorskip("pandas").DataFrame
    rng = np.random.default_rng(seed)
    grid = 3 + rng.normal(size=(items, 1)) + rng.normal(size=raters) / 2 + rng.normal(size=(items, raters))
    item, rater = np.indices(grid.shape)
    long = frame({"item": item.ravel(), "rater": rater.ravel(), "value": grid.ravel()})
    wanted = oracle.intraclass_corr(long, "item", "rater", "value")["ICC"].tolist()
    # its rows stand in Shrout and Fleiss' order: one way, two ways random, two ways fixed; of one rater, then of all
    for own, theirs in zip(icc(grid).values(), wanted, strict=True):
        # where a variance is estimated below zero, the quotient is no correlation; the package gives it all the same
        assert theirs > 1 if np.isnan(own) else own == pytest.approx(theirs, abs=1e-9)
    assert icc_one_way(item.ravel(), grid.ravel()) == pytest.approx(wanted[0], abs=1e-9)
