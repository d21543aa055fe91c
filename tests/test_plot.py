"""The picture of a taxonomy: labels apart, the same every time, and what it says of what it cannot draw."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit import find, hub
from affectkit.app import cli
from affectkit.report import plane

DRAWN = pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed")


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["show", *(str(a) for a in arguments)])


def covered(centres: np.ndarray, sizes: np.ndarray) -> int:
    """How many pairs of boxes cover each other, by the textbook test."""
    low, high = centres - sizes / 2, centres + sizes / 2
    n = len(centres)
    return sum(bool((low[i] < high[j]).all() and (low[j] < high[i]).all()) for i in range(n) for j in range(i + 1, n))


def field(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Synthetic dots in a corner of the plane (n, 2), and the sizes of their labels."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.2, 0.9, (n, 2)), np.column_stack([rng.uniform(0.08, 0.3, n), np.full(n, 0.035)])


EDGES = (np.array([-1.04, -1.0]), np.array([1.04, 1.0]))


@pytest.mark.parametrize("n", [1, 5, 15, 30])
def test_labels_are_apart_near_their_dots_and_within_the_field(n: int) -> None:
    anchors, sizes = field(n, n)
    centres = plane.apart(anchors, sizes, 0.03, *EDGES)
    assert covered(centres, sizes) == 0
    assert not (np.abs(centres[:, None] - anchors[None]) < sizes[:, None] / 2).all(2).any(), "nor does one cover a dot"
    assert (centres - sizes / 2 >= EDGES[0]).all() and (centres + sizes / 2 <= EDGES[1]).all()
    gap = np.maximum(np.abs(centres - anchors) - sizes / 2, 0)
    assert np.median(np.hypot(*gap.T)) < 2 * 0.03, "most labels lie beside their dots"


def test_labels_go_to_the_same_places_every_time() -> None:
    anchors, sizes = field(15, 1)
    assert np.array_equal(plane.apart(anchors, sizes, 0.03, *EDGES), plane.apart(anchors, sizes, 0.03, *EDGES))
    assert plane.apart(np.empty((0, 2)), np.empty((0, 2)), 0.03, *EDGES).shape == (0, 2)


def test_a_lone_label_stands_to_the_right_of_its_dot() -> None:
    centre = plane.apart(np.zeros((1, 2)), np.array([[0.2, 0.04]]), 0.03, *EDGES)[0]
    assert centre[0] > 0.1 and abs(centre[1]) < 0.02


@pytest.mark.parametrize("name", [n for n, card in find.cards("taxonomies").items() if card["kind"] == "names"])
def test_every_label_has_a_place_or_is_named_without_one(name: str) -> None:
    scheme = hub.scheme(name)
    placed, without = plane.spots(scheme)
    assert sorted([n for spot in placed for n in spot.names] + without) == sorted(scheme.names)
    for spot in placed:
        assert sum(spot.shares.values()) == pytest.approx(1) and set(spot.shares) <= set(plane.COLOURS)
        assert all(scheme.points[n].vad[:2] == spot.at for n in spot.names)


def test_labels_at_one_point_share_lines() -> None:
    spot = plane.Spot(("a", "b", "c", "d", "e"), {"joy": 1.0}, (0.0, 0.0))
    assert (spot.text(5), spot.text(4), spot.text(1)) == ("a\nb\nc\nd\ne", "a\nb\nc\n+2", "a +4")


def test_every_coarse_name_has_a_colour_of_its_own() -> None:
    assert tuple(plane.COLOURS) == hub.COARSE and len(set(plane.COLOURS.values())) == len(hub.COARSE)


@DRAWN
def test_the_command_draws_svg_and_png_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg", "one.png"):
        result = run("goemotions", "--plot", tmp_path / name)
        assert result.exit_code == 0 and result.stdout == "", result.stderr
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"<svg" in (tmp_path / "one.svg").read_bytes()[:800]
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(tmp_path.iterdir())) == 3, "nothing is left aside"


@DRAWN
@pytest.mark.parametrize("name", ["goemotions", "jamendo", "empathetic", "plutchik_dyads"])
def test_labels_of_a_real_taxonomy_cover_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[tuple[np.ndarray, np.ndarray]] = []
    apart = plane.apart

    def kept(anchors: np.ndarray, sizes: np.ndarray, *rest: Any) -> np.ndarray:
        centres = apart(anchors, sizes, *rest)
        placed.append((centres, sizes))
        return centres

    monkeypatch.setattr(plane, "apart", kept)
    plane.draw(name, tmp_path / "out.png")
    ((centres, sizes),) = placed
    assert covered(centres, sizes) == 0 and len(centres) == len(plane.spots(hub.scheme(name))[0])
    assert (sizes > 0.02).all() and (sizes[:, 0] < 0.5).all(), "measured in units of the plane"


def test_what_cannot_be_drawn_is_a_sentence(tmp_path: Path) -> None:
    def said(*arguments: object) -> str:
        result = run(*arguments)
        assert result.exit_code == 2
        return str(result.stderr)

    assert "expected a picture that ends in .svg, .png, .pdf; found out.gif; choose one of these" in (
        said("ekman", "--plot", tmp_path / "out.gif")
    )
    assert "expected a taxonomy of labels; found vad, whose names are dimensions" in (
        said("taxonomies/vad", "--plot", tmp_path / "out.svg")
    )
    assert "expected labels with valence and arousal; found none in sentiment5; choose another taxonomy" in (
        said("sentiment5", "--plot", tmp_path / "out.svg")
    )
    assert "expected a taxonomy to draw; found metrics/macro_f1" in said("macro_f1", "--plot", tmp_path / "out.svg")
    assert "found no folder" in said("ekman", "--plot", tmp_path / "absent" / "out.svg")


def test_a_missing_library_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run("ekman", "--plot", tmp_path / "out.svg")
    assert result.exit_code == 2 and "expected matplotlib for a picture of a taxonomy" in result.stderr
    assert "pip install 'affectkit[analysis]'" in result.stderr
