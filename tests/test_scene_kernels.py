"""Kernels on whole pictures: scikit-learn's kernel ridge says the same, bytes hardly change it, a bundle serves it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel

from affectkit import find
from affectkit.errors import UsageError
from affectkit.methods import scene_kernels
from affectkit.runtime import bundle
from affectkit.runtime.predict import Predictor
from affectkit.task import Kind, Task
from affectkit.train import export, reading, run

BLOCKS = (3, 5)


def cloud(n: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Rows (n, 8), columns of different size, and two numbers each that bend with them."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(0, 1, (n, 8))
    targets = np.stack([np.sin(rows[:, 0]) + rows[:, 4], np.abs(rows[:, 6])], 1) + rng.normal(0, 0.1, (n, 2))
    return (rows * [1, 1, 1, 1, 1000, 1, 1, 1] + [0, 50, 0, 0, 0, 0, 0, 0]).astype(np.float32), targets


def said(head: scene_kernels.Kernels, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    with torch.inference_mode():
        found: NDArray[np.float32] = head(torch.from_numpy(rows[:, None]), torch.ones(len(rows), dtype=torch.long))
        return np.asarray(found)


def alike(a: NDArray[np.float64], b: NDArray[np.float64], sharpness: float) -> NDArray[np.float64]:
    """One Gaussian kernel per block by scikit-learn, of which the last counts twice."""
    edges = np.cumsum([0, *BLOCKS])
    each = [rbf_kernel(a[:, i:j], b[:, i:j], sharpness / (j - i)) for i, j in pairwise(edges)]
    return np.asarray(np.average(each, 0, [1.0, 2.0]))


@pytest.mark.parametrize("ridge", [0.1, 1.0])
@pytest.mark.parametrize("sharpness", [0.3, 1.0])
def test_it_says_what_scikit_learn_says(ridge: float, sharpness: float) -> None:
    (rows, targets), (new, _) = cloud(80, 0), cloud(40, 1)
    head = scene_kernels.Kernels(BLOCKS, 2, sharpness, 2.0)
    fitted = head.learn(rows, targets, ridge)
    mean, spread = rows.astype(np.float64).mean(0), rows.astype(np.float64).std(0)
    even, even_new = (np.clip((x - mean) / spread, -4, 4) for x in (rows.astype(np.float64), new.astype(np.float64)))
    oracle = KernelRidge(alpha=ridge, kernel="precomputed").fit(alike(even, even, sharpness), targets)
    # what is learnt from is kept in steps of a thirtieth of a deviation
    np.testing.assert_allclose(said(head, new), oracle.predict(alike(even_new, even, sharpness)), atol=0.06)
    np.testing.assert_allclose(fitted, oracle.predict(alike(even, even, sharpness)), atol=0.06)
    kept = np.round(even * 127 / 4) * 4 / 127
    oracle = KernelRidge(alpha=ridge, kernel="precomputed").fit(alike(kept, kept, sharpness), targets)
    np.testing.assert_allclose(said(head, new), oracle.predict(alike(even_new, kept, sharpness)), atol=2e-3)


def test_what_lies_far_out_says_no_more_than_what_lies_far() -> None:
    rows, targets = cloud(60, 0)
    head = scene_kernels.Kernels(BLOCKS, 2, 0.6, 2.0)
    head.learn(rows, targets, 0.3)
    far, further = (np.full((1, 8), x, np.float32) * [1, 1, 1, 1, 1000, 1, 1, 1] for x in (1e3, 1e6))
    np.testing.assert_array_equal(said(head, far.astype(np.float32)), said(head, further.astype(np.float32)))


def test_what_is_loaded_tells_how_much_was_learnt_from() -> None:
    rows, targets = cloud(60, 0)
    head, empty = (scene_kernels.Kernels(BLOCKS, 2, 0.6, 2.0) for _ in range(2))
    head.learn(rows, targets, 0.3)
    assert head.support.dtype == torch.int8 and head.support.shape == (60, 8)
    empty.load_state_dict(head.state_dict())
    np.testing.assert_array_equal(said(empty, rows), said(head, rows))


def test_names_are_refused() -> None:
    tasks = [Task("m", "emotion", Kind.SINGLE, "ekman", ("anger", "joy"))]
    with pytest.raises(UsageError) as caught:
        scene_kernels.build(scene_kernels.Config(), tasks, (), reading.Arrays("scene"))
    assert str(caught.value) == "expected tasks of numbers; found m (single); leave it out of --tasks"


def test_it_learns_of_what_a_network_sees_and_serves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find.load("corpora", "oasis").fake(tmp_path / "corpora" / "oasis", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    changes = {"encoder": "photo_lite:square_px=32,blocks=5", "epochs": 3, "ridge": 1.0, "weaker": 4.0}
    trained = run.train("scene_kernels", changes, ["oasis"], (), [0], tmp_path / "run", "the command")
    path = export.export(trained, "photo", tmp_path / "photo.affect").path
    assert bundle.open(path).card["features"] == {"name": "stretched", "square_px": 32}
    dev = trained.mixture().part("dev")
    told = run.outputs(trained, 0, "dev", dev)["oasis"][:, 0]
    found = Predictor(bundle.open(path), 1).predict([m["scene"] for m in dev.media])
    valence = [(one.tasks["oasis"].values or {})["valence"] for one in found]
    assert np.corrcoef(valence, told)[0, 1] > 0.95, "in eight bits it says the same"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A bundle of kernels that learnt an imitation of OASIS."""
    made = tmp_path_factory.mktemp("scene")
    find.load("corpora", "oasis").fake(made / "corpora" / "oasis", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        changes = {"encoder": "scene:axes=6,kinds=3", "epochs": 3, "ridge": 1.0, "weaker": 4.0}
        trained = run.train("scene_kernels", changes, ["oasis"], (), [0], made / "run", "the command")
        yield export.export(trained, "scene", made / "scene.affect").path


def test_a_bundle_reads_whole_pictures_of_any_size(served: Path, tmp_path: Path) -> None:
    card = bundle.open(served).card
    assert card["modality"] == "scene" and card["features"]["name"] == "scene"
    assert served.stat().st_size < 1e6
    rng = np.random.default_rng(1)
    files = []
    for i, light in enumerate((0.05, 0.5, 0.95)):
        sky = np.full((240, 320, 3), 40.0)
        sky[:160] = 30 + 190 * light * np.array([0.7, 0.8, 1.0])
        files.append(tmp_path / f"{i}.png")
        Image.fromarray((sky + rng.uniform(0, 20, sky.shape)).astype(np.uint8)).save(files[-1])
    Image.open(files[0]).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirrored.png")
    found = Predictor(bundle.open(served), 1).predict([*map(str, files), str(tmp_path / "mirrored.png")])
    [*values, mirrored] = [(one.tasks["oasis"].values or {})["valence"] for one in found]
    assert all(one.track is None and one.modalities.used == ("scene",) for one in found)
    assert values == sorted(values) and values[2] - values[0] > 0.2  # from -1 to 1
    assert mirrored == pytest.approx(values[0], abs=1e-3)
