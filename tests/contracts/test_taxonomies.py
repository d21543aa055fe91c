"""Every label scheme keeps its contract: names, synonyms, points in the hub, round trips, declared losses."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from affectkit import find, hub
from affectkit.errors import DataError, UnknownName
from affectkit.task import Kind

SCHEMES = find.names("taxonomies")
OF_NAMES = [name for name in SCHEMES if find.card("taxonomies", name)["kind"] == "names"]
OF_DIMENSIONS = [name for name in SCHEMES if find.card("taxonomies", name)["kind"] == "dimensions"]


def scores_of(scheme: hub.Scheme, n: int = 40) -> np.ndarray:
    """Synthetic input (n, k) float64: shares that sum to 1 for names, values in the range for dimensions."""
    rng = np.random.default_rng(7)
    if scheme.dimensional:
        return rng.uniform(*scheme.range, size=(n, len(scheme.names)))
    return rng.dirichlet(np.ones(len(scheme.names)), size=n)


def test_there_are_schemes_of_both_kinds() -> None:
    assert OF_NAMES and OF_DIMENSIONS
    assert sorted(OF_NAMES + OF_DIMENSIONS) == SCHEMES


@pytest.mark.parametrize("name", SCHEMES)
def test_card_and_names(name: str) -> None:
    card, part = find.card("taxonomies", name), find.load("taxonomies", name)
    assert card["title"] and card["reference"]
    assert isinstance(part.NAMES, tuple) and part.NAMES
    plain = [hub._plain(n) for n in part.NAMES]
    assert len(set(plain)) == len(plain)
    assert set(part.SYNONYMS.values()) <= set(part.NAMES)
    assert not {hub._plain(s) for s in part.SYNONYMS} & set(plain), "a synonym must not be a name"
    assert "Reference:" in (part.__doc__ or "")


@pytest.mark.parametrize("name", SCHEMES)
def test_every_spelling_is_found(name: str) -> None:
    scheme = hub.scheme(name)
    for label in scheme.names:
        assert scheme.names[scheme.column(f"  {label.upper()} ")] == label
    for synonym, label in scheme.synonyms.items():
        assert scheme.names[scheme.column(synonym.title().replace(" ", "_"))] == label


@pytest.mark.parametrize("name", SCHEMES)
def test_an_unknown_label_is_refused_with_the_nearest(name: str) -> None:
    scheme = hub.scheme(name)
    longest = max(scheme.names, key=len)
    with pytest.raises(UnknownName) as error:
        scheme.column(longest + "x")
    assert f"a label of {name}" in str(error.value) and longest.lower() in str(error.value)


@pytest.mark.parametrize("name", OF_NAMES)
def test_points_are_whole_and_sourced(name: str) -> None:
    part = find.load("taxonomies", name)
    assert set(part.HUB) == set(part.NAMES)
    for point in part.HUB.values():
        assert set(point.coarse) <= set(hub.COARSE)
        assert sum(point.coarse.values()) == pytest.approx(1)
        assert all(np.isnan(v) or -1 <= v <= 1 for v in point.vad)
        assert point.coarse_source and point.vad_source


@pytest.mark.parametrize("name", OF_NAMES)
def test_published_tables_name_real_labels(name: str) -> None:
    part = find.load("taxonomies", name)
    for target, table in getattr(part, "DIRECT", {}).items():
        assert set(table) <= set(part.NAMES)
        assert set(table.values()) <= set(hub.scheme(target).names)


@pytest.mark.parametrize("name", SCHEMES)
def test_describe_has_a_row_per_name(name: str) -> None:
    rows = hub.describe(name)
    assert [row["name"] for row in rows] == list(hub.scheme(name).names)
    assert all(("range" in row) != ("coarse_source" in row) for row in rows)


@pytest.mark.parametrize("name", OF_NAMES)
def test_to_hub_then_from_hub_keeps_forms(name: str) -> None:
    scheme = hub.scheme(name)
    points = scheme.to_hub(scores_of(scheme))
    assert points.coarse.shape == (40, len(hub.COARSE)) and points.vad.shape == (40, len(hub.VAD))
    assert points.coarse.sum(1) == pytest.approx(1)
    back = scheme.from_hub(points)
    assert back.shape == (40, len(scheme.names))
    assert (back >= 0).all() and (back.sum(1) <= 1 + 1e-9).all()


@pytest.mark.parametrize("name", OF_NAMES)
def test_coarse_names_that_the_scheme_holds_come_back(name: str) -> None:
    scheme = hub.scheme(name)
    held = [c for c in hub.COARSE if c in scheme.names]
    for c in held:
        shares = np.eye(len(hub.COARSE))[[hub.COARSE.index(c)]]
        # valence alone may choose the label (sentiment), so the point of the coarse name goes along
        there = hub.Points(shares, np.array([hub.coarse(c).vad]))
        back = scheme.to_hub(scheme.from_hub(there))
        assert back.coarse[0] == pytest.approx(shares[0]), c


@pytest.mark.parametrize("name", OF_DIMENSIONS)
def test_dimensions_come_back_unchanged(name: str) -> None:
    scheme = hub.scheme(name)
    values = scores_of(scheme)
    held = [scheme.names.index(own) for own in scheme.holds.values()]
    assert scheme.from_hub(scheme.to_hub(values))[:, held] == pytest.approx(values[:, held])


@pytest.mark.parametrize("name", SCHEMES)
def test_to_itself_is_the_identity_and_loses_nothing(name: str) -> None:
    scheme = hub.scheme(name)
    values = scores_of(scheme)
    made = hub.convert(values, name, name)
    if not scheme.dimensional:
        assert made.scores == pytest.approx(values)
        assert made.lost == hub.Lost(merged={}, dropped={}, mass=0.0, bits=0.0)
    else:
        assert made.lost == hub.Lost(merged={}, dropped={}, mass=0.0, bits=None)


@pytest.mark.parametrize(("source", "to"), list(product(OF_NAMES, OF_NAMES)))
def test_shares_are_kept_or_declared_dropped(source: str, to: str) -> None:
    values = scores_of(hub.scheme(source))
    made = hub.convert(values, source, to, Kind.DISTRIBUTION)
    assert (made.scores >= 0).all()
    assert made.scores.sum() / values.sum() + made.lost.mass == pytest.approx(1)
    k = len(values[0])
    assert made.lost.bits is not None and 0 <= made.lost.bits <= np.log2(k) + 1e-9
    assert all(0 < share <= 1 for share in made.lost.dropped.values())
    assert (made.lost.mass > 0) == bool(made.lost.dropped)


@pytest.mark.parametrize(("source", "to"), list(product(OF_NAMES, OF_NAMES)))
def test_several_labels_stay_probabilities(source: str, to: str) -> None:
    rng = np.random.default_rng(3)
    values = rng.random((50, len(hub.scheme(source).names)))
    made = hub.convert(values, source, to, Kind.MULTI).scores
    assert (made >= 0).all() and (made <= 1).all()
    more = hub.convert(np.minimum(values + 0.1, 1), source, to, Kind.MULTI).scores
    assert (more >= made - 1e-12).all(), "raising a score never lowers one"


@pytest.mark.parametrize(("source", "to"), list(product(OF_NAMES, OF_DIMENSIONS)))
def test_expected_values_stay_in_range(source: str, to: str) -> None:
    low, high = hub.scheme(to).range
    made = hub.convert(scores_of(hub.scheme(source)), source, to)
    known = made.scores[~np.isnan(made.scores)]
    assert known.size and (known >= low).all() and (known <= high).all()
    assert made.lost.bits is None


@pytest.mark.parametrize(("source", "to"), list(product(OF_DIMENSIONS, OF_NAMES)))
def test_values_become_at_most_one_name(source: str, to: str) -> None:
    start, reads = hub.scheme(source), set(find.card("taxonomies", to).get("reads", ()))
    made = hub.convert(scores_of(start), source, to).scores
    if not start.tells:  # what has a way to the coarse names of its own gives shares of several names
        assert set(np.unique(made)) <= {0.0, 1.0}
    assert (made >= 0).all() and (made.sum(1) <= 1 + 1e-9).all()
    if reads <= set(start.holds) and not start.tells:
        assert made.sum() > 0


@pytest.mark.parametrize(("source", "to"), list(product(SCHEMES, SCHEMES)))
def test_one_item_is_converted_as_an_array_is(source: str, to: str) -> None:
    values = scores_of(hub.scheme(source), n=1)
    array = hub.convert(values, source, to)
    one = hub.convert(dict(zip(hub.scheme(source).names, values[0], strict=True)), source, to)
    expected = {n: v for n, v in zip(array.names, array.scores[0], strict=True) if not np.isnan(v)}
    assert one.scores == pytest.approx(expected)
    assert one.lost == array.lost


@pytest.mark.parametrize("name", SCHEMES)
def test_an_array_of_another_width_is_refused(name: str) -> None:
    with pytest.raises(
        DataError, match=rf"with a column per name of {name}; found the shape \(2, 99\); give the order"
    ):
        hub.convert(np.zeros((2, 99)), name, name)


def test_no_scheme_is_named_in_a_condition() -> None:
    """What a scheme is, its file says: neither the hub nor a scheme compares against a scheme's name."""
    source = Path(hub.__file__)
    for file in [source, *(source.parent / "taxonomies").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                literals = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
                assert not literals & set(SCHEMES), f"{file.name}:{node.lineno}"
