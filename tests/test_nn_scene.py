"""The encoder of whole pictures: its pieces by a plain computation, one by one, what is learnt, and mirror images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from affectkit.features import scene
from affectkit.nn.encoders import scene as encoder

WHOLE = sum(scene.BLOCKS.values())
PIXELS = WHOLE + scene.PATCHES * scene.PATCH
"""Where the picture itself begins."""
Floats = NDArray[np.float32]


def blurred(n: int, seed: int = 0) -> Floats:
    """Pictures (n, h, w, 3) whose neighbouring pixels are alike, from 0 to 255."""
    noise = np.random.default_rng(seed).uniform(0, 255, (n, 12, 15, 3))
    return noise.repeat(4, 1).repeat(4, 2).astype(np.float32) * 0.8 + np.linspace(0, 50, 60)[:, None].astype(np.float32)


def rows_of(pictures: Floats) -> Floats:
    """Rows (n, d) that end in these pictures and are noise before."""
    rows = np.random.default_rng(1).normal(0, 1, (len(pictures), PIXELS))
    return np.concatenate([rows, pictures.reshape(len(pictures), -1)], 1).astype(np.float32)


def told(built: encoder.Encoder, rows: Floats) -> Floats:
    with torch.inference_mode():
        states = built(torch.from_numpy(rows[:, None]), torch.ones(len(rows), dtype=torch.long))
    return np.asarray(states[:, 0])


def plain(picture: Floats, mean: NDArray[np.float64], white: NDArray[np.float64], usual: Floats) -> Floats:
    """How like the pieces of a picture are to the usual ones, piece by piece as the paper has it."""
    found = []
    for y in range(0, 48 - 7, 2):
        for x in range(0, 60 - 7, 2):
            piece = picture[y : y + 8, x : x + 8].astype(np.float64).ravel()
            even = (piece - piece.mean()) / np.sqrt(piece.var() + 10)
            like = usual @ ((even - mean) @ white)
            found.append(np.concatenate([np.maximum(like - 0.5, 0), np.maximum(-like - 0.5, 0)]))
    assert len(found) == 21 * 27
    return np.asarray(np.mean(found, 0), np.float32)


def test_pieces_are_those_of_a_plain_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what `learn` cut, whitening and likeness are worked out anew; only which pieces are usual is taken over."""
    pictures, kept = blurred(12), {}
    real = encoder._directions

    def listening(rows: Floats, many: int, rng: np.random.Generator) -> Floats:
        kept["white"], kept["usual"] = rows, real(rows, many, rng)
        return kept["usual"]

    monkeypatch.setattr(encoder, "_directions", listening)
    monkeypatch.setattr(encoder, "_CUT", 3000)
    monkeypatch.setattr(encoder, "_EACH", 250)
    built = encoder.build(encoder.Config(axes=2, kinds=2, pieces=5))
    built.learn(rows_of(pictures), 3)

    rng = np.random.default_rng(3)
    which, top, left = rng.integers(0, 12, 3000), rng.integers(0, 41, 3000), rng.integers(0, 53, 3000)
    cut = [pictures[i, y : y + 8, x : x + 8].ravel() for i, y, x in zip(which, top, left, strict=True)]
    cut = np.asarray(cut, np.float64)
    even = (cut - cut.mean(1, keepdims=True)) / np.sqrt(cut.var(1, keepdims=True) + 10)
    values, vectors = np.linalg.eigh(np.cov((even - even.mean(0)).T))
    white = (vectors / np.sqrt(values + 0.1)) @ vectors.T
    np.testing.assert_allclose(kept["white"], (even - even.mean(0)) @ white, atol=1e-3)
    new = blurred(3, seed=9)
    found = told(built, rows_of(new))[:, -10:]
    wanted = [
        (plain(p, even.mean(0), white, kept["usual"]) + plain(p[:, ::-1], even.mean(0), white, kept["usual"])) / 2
        for p in new
    ]
    assert np.asarray(wanted).max() > 0.05 and np.ptp(wanted, 0).max() > 0.01
    np.testing.assert_allclose(found, wanted, atol=2e-4)


def test_usual_pieces_are_directions_in_which_pieces_lie() -> None:
    rng = np.random.default_rng(0)
    three = np.linalg.qr(rng.normal(size=(20, 3)))[0].T
    rows = three[rng.integers(0, 3, 900)] * rng.choice([-4, -2, 3], (900, 1)) + rng.normal(0, 0.1, (900, 20))
    found = encoder._directions(rows.astype(np.float32), 12, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert (np.abs(found @ three.T).max(0) > 0.99).all(), "each of the three is found, whichever way it points"


def test_a_mirror_image_has_the_same_pieces_and_one_colour_has_none() -> None:
    built = encoder.build(encoder.Config(axes=2, kinds=2, pieces=6))
    built.learn(rows_of(blurred(12)), 0)
    pictures = blurred(2, seed=5)
    one, other = (told(built, rows_of(p))[:, -12:] for p in (pictures, pictures[:, :, ::-1]))
    np.testing.assert_allclose(one, other, atol=1e-6)
    assert np.abs(one[0] - one[1]).max() > 1e-3
    dark, light = (told(built, rows_of(np.full((1, 48, 60, 3), x, np.float32)))[0, -12:] for x in (0, 255))
    np.testing.assert_allclose(dark, light, atol=1e-3)


def test_what_stands_before_the_pixels_is_as_it_was() -> None:
    rows = rows_of(blurred(12))
    first, second = (encoder.build(encoder.Config(axes=3, kinds=2, pieces=n)) for n in (3, 8))
    for built in (first, second):
        built.learn(rows, 0)
    one, other = told(first, rows), told(second, rows)
    assert first.columns == (*scene.BLOCKS.values(), 12, 6)
    np.testing.assert_array_equal(one[:, :WHOLE], rows[:, :WHOLE])
    np.testing.assert_allclose(one[:, : WHOLE + 12], other[:, : WHOLE + 12], atol=1e-6)
    assert one.shape[1] == first.width and np.isfinite(one).all()
