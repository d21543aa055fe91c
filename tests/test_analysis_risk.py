"""Risk against coverage: small cases by hand, and what must hold for any answers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.analysis import calibration, risk
from affectkit.errors import DataError

ANSWERS = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]), st.booleans()), min_size=1, max_size=30)


def by_hand(confidence: list[float], right: list[int]) -> float:
    """The mean of the risks at 1, 2 ... n answers, over all orders of items of equal confidence."""
    rows = list(zip(confidence, right, strict=True))
    areas = []
    for order in itertools.permutations(rows):
        if all(a[0] >= b[0] for a, b in itertools.pairwise(order)):
            wrong = np.cumsum([1 - r for _, r in order])
            areas.append(np.mean(wrong / np.arange(1, len(rows) + 1)))
    return float(np.mean(areas))


def test_a_curve_by_hand() -> None:
    found = risk.curve([0.9, 0.5, 0.9, 0.2], [1, 1, 0, 0])
    assert found.confidence.tolist() == [0.9, 0.5, 0.2]
    assert found.coverage.tolist() == [0.5, 0.75, 1]
    assert found.risk == pytest.approx([1 / 2, 1 / 3, 1 / 2])
    assert ((found.low <= found.risk) & (found.risk <= found.high)).all()


@pytest.mark.parametrize(
    ("confidence", "right"),
    [
        ([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0]),
        ([0.9, 0.8, 0.7, 0.6], [0, 1, 0, 1]),
        ([0.5, 0.5, 0.5, 0.9], [0, 1, 1, 0]),
        ([0.5, 0.5, 0.9, 0.9, 0.1], [0, 1, 1, 0, 1]),
        ([0.3], [0]),
    ],
)
def test_the_area_by_hand(confidence: list[float], right: list[int]) -> None:
    assert risk.aurc(confidence, right) == pytest.approx(by_hand(confidence, right))


@settings(max_examples=80)
@given(ANSWERS, st.integers(0, 2**31))
def test_what_holds_for_any_answers(items: list[tuple[float, bool]], seed: int) -> None:
    c, r = np.array(items, float).T
    area, order = risk.aurc(c, r), np.random.default_rng(seed).permutation(len(c))
    assert risk.aurc(c[order], r[order]) == pytest.approx(area)
    assert risk.aurc(c**3, r) == pytest.approx(area), "only the order counts"
    assert 0 <= area <= 1
    assert risk.aurc(r, r) - 1e-12 <= area <= risk.aurc(1 - r, r) + 1e-12
    assert risk.excess(c, r) >= -1e-12
    curve = risk.curve(c, r)
    assert (np.diff(curve.coverage) > 0).all() and curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx(1 - r.mean())
    assert risk.aurc(np.full(len(c), 0.5), r) == pytest.approx(1 - r.mean()), "no order, no gain"


def test_a_confidence_that_knows_lowers_the_area() -> None:
    rng = np.random.default_rng(0)
    sure = rng.random(3000)
    right = rng.random(3000) < sure
    found, blind = risk.area(sure, right, folds=200), risk.area(rng.random(3000), right, folds=200)
    assert found.low <= found.value <= found.high < blind.low
    assert found.value == pytest.approx(risk.aurc(sure, right))
    # right with chance c: the risk at coverage u is the mean of 1 - c from 1 - u to 1, u / 2, and its mean 1 / 4
    assert found.value == pytest.approx(0.25, abs=0.02)
    assert found.low <= 0.25 <= found.high


def test_the_interval_of_the_area_covers_the_truth() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for i in range(150):
        sure = rng.random(100)
        found = risk.area(sure, rng.random(100) < sure, folds=100, seed=i)
        covered += found.low <= 0.25 <= found.high
    assert 0.89 <= covered / 150 <= 0.99


def test_groups_are_drawn_whole() -> None:
    rng = np.random.default_rng(2)
    speaker = np.repeat(np.arange(20), 20)
    sure = rng.random(400)
    right = rng.random(400) < (rng.random(20) ** 2)[speaker]
    alone, whole = risk.area(sure, right, folds=200), risk.area(sure, right, groups=speaker, folds=200)
    assert whole.high - whole.low > 1.3 * (alone.high - alone.low)


def test_the_point_of_a_bundle_on_new_items() -> None:
    rng = np.random.default_rng(3)
    dev, test = rng.random((2, 20_000))
    point = calibration.abstain_point(dev, rng.random(20_000) < dev, 0.8)
    right = rng.random(20_000) < test
    kept = risk.at(test, right, point)
    assert kept.coverage.value == np.mean(test >= point)
    assert kept.risk.value == pytest.approx(np.mean(~right[test >= point]))
    assert kept.risk.low < 0.2 < kept.risk.high
    assert (kept.coverage.n, kept.risk.n) == (20_000, (test >= point).sum())
    none = risk.at([0.2, 0.3], [1, 0], 0.9)
    assert none.coverage.value == 0 and math.isnan(none.risk.value) and none.risk.n == 0


def test_bad_input_is_one_sentence() -> None:
    with pytest.raises(DataError, match="finite scores and answers; found 1 that are not"):
        risk.curve([0.2, np.nan], [1, 0])
    with pytest.raises(DataError, match="an abstain point between 0 and 1; found 70; take that of the bundle's card"):
        risk.at([0.2], [1], 70)
