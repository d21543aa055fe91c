"""Kernels on whole pictures: scikit-learn's kernel ridge says the same, output by output; what bytes and half bytes
keep; a bundle serves it, also where dev was learnt from.
"""

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
from affectkit.errors import AffectError, DataError, UnknownName, UsageError
from affectkit.methods import scene_kernels
from affectkit.nn.model import Scale
from affectkit.runtime import bundle
from affectkit.runtime.predict import Predictor
from affectkit.task import Kind, Task
from affectkit.train import evaluate, export, figures, held, reading, run
from affectkit.train.mixture import Mixture

BLOCKS = (3, 5)
NAMES = ("valence", "arousal")
BYTES = 127
"""Steps of a byte."""


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


def alike(
    a: NDArray[np.float64], b: NDArray[np.float64], sharpness: float, counts: tuple[float, ...] = (1.0, 2.0)
) -> NDArray[np.float64]:
    """One Gaussian kernel per block by scikit-learn, of which the last counts twice."""
    edges = np.cumsum([0, *BLOCKS])
    each = [rbf_kernel(a[:, i:j], b[:, i:j], sharpness / (j - i)) for i, j in pairwise(edges)]
    return np.asarray(np.average(each, 0, counts))


def kernels(sharpness: float = 0.6, counts: str = "1+2", steps: int = BYTES) -> scene_kernels.Kernels:
    return scene_kernels.Kernels(BLOCKS, scene_kernels.shares(counts, len(BLOCKS), NAMES), sharpness, steps)


@pytest.mark.parametrize("ridge", [0.1, 1.0])
@pytest.mark.parametrize("sharpness", [0.3, 1.0])
def test_it_says_what_scikit_learn_says(ridge: float, sharpness: float) -> None:
    (rows, targets), (new, _) = cloud(80, 0), cloud(40, 1)
    head = kernels(sharpness)
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


def test_every_output_weighs_the_blocks_in_its_own_way() -> None:
    (rows, targets), (new, _) = cloud(80, 0), cloud(40, 1)
    head = kernels(0.6, "1+3;arousal:1+0")
    head.learn(rows, targets, 0.3)
    mean, spread = rows.astype(np.float64).mean(0), rows.astype(np.float64).std(0)
    even, even_new = (np.clip((x - mean) / spread, -4, 4) for x in (rows.astype(np.float64), new.astype(np.float64)))
    kept = np.round(even * 127 / 4) * 4 / 127
    wanted = []
    for column, counts in enumerate(((1.0, 3.0), (1.0, 0.0))):
        solved = np.linalg.solve(alike(kept, kept, 0.6, counts) + 0.3 * np.eye(80), targets[:, column])
        wanted.append(alike(even_new, kept, 0.6, counts) @ solved)
    np.testing.assert_allclose(said(head, new), np.stack(wanted, 1), atol=2e-3)
    assert np.abs(said(head, new) - np.stack(wanted[::-1], 1)).max() > 0.5
    changed = new + (np.arange(8) > 2) * np.float32(0.5)
    assert (said(head, changed)[:, 1] == said(head, new)[:, 1]).all(), "arousal does not look at the second block"


@pytest.mark.parametrize("columns", [(3, 5), (3, 4), (1,)])
def test_half_a_byte_holds_a_number_in_fifteen_steps(columns: tuple[int, ...]) -> None:
    rows = cloud(60, 0)[0][:, : sum(columns)]
    head = scene_kernels.Kernels(columns, np.full((len(columns), 1), 1 / len(columns)), 0.6, 7)
    head.learn(rows, np.zeros((60, 1)), 0.3)
    assert head.support.dtype == torch.uint8 and head.support.shape == (60, (sum(columns) + 1) // 2)
    even = np.clip((rows.astype(np.float64) - rows.mean(0)) / rows.std(0), -4, 4)
    apart = np.abs(head.kept().numpy() - even)
    assert apart.max() <= 2 / 7 + 1e-4, "no more than half a step"
    assert apart.max() > 0.2


def test_half_bytes_say_nearly_what_bytes_say() -> None:
    (rows, targets), (new, _) = cloud(300, 0), cloud(100, 1)
    fine, coarse = kernels(steps=BYTES), kernels(steps=7)
    for head in (fine, coarse):
        head.learn(rows, targets, 0.3)
    for one, other in zip(said(fine, new).T, said(coarse, new).T, strict=True):
        assert 0.98 < np.corrcoef(one, other)[0, 1] < 1 - 1e-6


def test_counts_are_told_for_all_outputs_and_for_some() -> None:
    told = scene_kernels.shares("1+1+2;arousal: 3+0+1", 3, NAMES)
    np.testing.assert_allclose(told, np.transpose([[0.25, 0.25, 0.5], [0.75, 0, 0.25]]))
    assert scene_kernels.shares("1+1+2", 1, NAMES).tolist() == [[1, 1]], "a block that is alone counts all"
    found = scene_kernels.shares(scene_kernels.Config().counts, 6, ("dominance", "valence"))
    np.testing.assert_allclose(found[:, 0], np.array([1, 1, 1, 0, 2, 0]) / 5)
    np.testing.assert_allclose(found[:, 1], np.array([1, 1, 0, 0.7, 2, 2]) / 6.7)


@pytest.mark.parametrize(
    ("told", "kind", "says"),
    [
        ("1+1", UsageError, "expected 3 counts of 0 or more, one for each block of the encoder; found '1+1'; for"),
        ("1+x+1", UsageError, "expected 3 counts of 0 or more, one for each block of the encoder; found '1+x+1'; for"),
        ("1+-1+1", UsageError, "expected 3 counts of 0 or more, one for each block of the encoder; found '1+-1+1'; "),
        ("1+nan+1", UsageError, "expected 3 counts of 0 or more, one for each block of the encoder; found '1+nan+1'"),
        ("0+0+0", UsageError, "expected 3 counts of 0 or more, one for each block of the encoder; found '0+0+0'; for"),
        ("1+1+1;arousal:", UsageError, "expected 3 counts of 0 or more, one for each block of the encoder; found ''; "),
        ("1+1+1;valense:1+1+2", UnknownName, "expected the name of an output; found 'valense'; did you mean valence"),
    ],
)
def test_counts_that_cannot_be_are_a_sentence(told: str, kind: type[AffectError], says: str) -> None:
    with pytest.raises(kind) as caught:
        scene_kernels.shares(told, 3, NAMES)
    assert str(caught.value).startswith(says)


def test_bytes_are_for_one_block_and_half_bytes_for_several() -> None:
    task = find.load("corpora", "oasis").TASKS[0]
    for config, wide in (
        (scene_kernels.Config(encoder="scene:axes=6,kinds=3,pieces=4"), torch.uint8),
        (scene_kernels.Config(encoder="scene:axes=6,kinds=3,pieces=4", steps=20), torch.int8),
        (scene_kernels.Config(encoder="photo_lite:square_px=32,blocks=5"), torch.int8),
        (scene_kernels.Config(encoder="photo_lite:square_px=32,blocks=5", steps=7), torch.uint8),
    ):
        built = scene_kernels.build(config, [task], [Scale((1.0, 1.0), (0.0, 0.0))], reading.Arrays("scene"))
        assert built.heads[0].support.dtype == wide
    with pytest.raises(UsageError, match="expected steps from 1 to 127, or 0; found 128; --set steps=7"):
        scene_kernels.Config(steps=128)


def test_what_lies_far_out_says_no_more_than_what_lies_far() -> None:
    rows, targets = cloud(60, 0)
    head = kernels()
    head.learn(rows, targets, 0.3)
    far, further = (np.full((1, 8), x, np.float32) * [1, 1, 1, 1, 1000, 1, 1, 1] for x in (1e3, 1e6))
    np.testing.assert_array_equal(said(head, far.astype(np.float32)), said(head, further.astype(np.float32)))


def test_what_is_loaded_tells_how_much_was_learnt_from() -> None:
    rows, targets = cloud(60, 0)
    head, empty = (kernels() for _ in range(2))
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


JOINED = {
    "encoder": "scene:axes=6,kinds=3,pieces=4",
    "split": "joined",
    "epochs": 1,
    "ridge": 0.4,
    "folds": 3,
    "folds_by": "theme",
}


def test_dev_is_learnt_from_and_the_folds_calibrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find.load("corpora", "oasis").fake(tmp_path / "corpora" / "oasis", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    monkeypatch.setattr(figures, "FOLDS", 20)
    with pytest.raises(DataError, match="expected samples of the split 'dev' in oasis; found none"):
        run.train("scene_kernels", JOINED | {"epochs": 2}, ["oasis"], (), [0], tmp_path / "two", "the command")
    trained = run.train("scene_kernels", JOINED, ["oasis"], (), [0], tmp_path / "run", "the command")
    own = trained.mixture()
    learnt, test = own.part("train"), own.part("test")
    assert len(learnt) + len(test) == len(own) and not len(own.part("dev"))
    assert len(run.model(trained, 0).heads[0].support) == len(learnt)

    exported = export.export(trained, "scene", tmp_path / "scene.affect", version=2)
    card = bundle.open(exported.path).card
    assert (card["split"], card["decided"]) == ("joined", trained.decided)
    assert trained.decided == "train in 3 folds, by networks that have not seen what they judge"
    (entry,) = card["tasks"]
    said = run.outputs(trained, 0, run.HELD, learnt)["oasis"].astype(np.float64)
    wide = []
    for column in (0, 1):
        assert entry["slope"][column] > 0
        wide.append(np.abs(said[:, column] * entry["slope"][column] + entry["bias"][column] - truth(learnt)[:, column]))
    inside = np.mean([apart <= half for apart, half in zip(wide, entry["half_width"], strict=True)])
    assert 0.85 < inside <= 1, "intervals are those of the folds"

    for measured in (
        evaluate.measure_run(tmp_path / "run"),
        evaluate.measure_bundle(str(exported.path), ["oasis"]),
        held.measure([tmp_path / "run"], "theme"),
    ):
        assert {row["task"] for row in measured.rows["oasis"]} == {"oasis"}
    with monkeypatch.context() as patch:
        seen = []
        patch.setattr(figures, "seen", lambda train: seen.append(set(train.ids.tolist())) or set())
        evaluate.measure_bundle(str(exported.path), ["oasis"])
        assert seen == [set(learnt.ids.tolist())], "dev counts as learnt from"


def truth(part: Mixture) -> NDArray[np.float32]:
    return part.targets["oasis"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A bundle of kernels that learnt an imitation of OASIS."""
    made = tmp_path_factory.mktemp("scene")
    find.load("corpora", "oasis").fake(made / "corpora" / "oasis", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        changes = {"encoder": "scene:axes=6,kinds=3,pieces=4", "epochs": 3, "ridge": 1.0, "weaker": 4.0}
        trained = run.train("scene_kernels", changes, ["oasis"], (), [0], made / "run", "the command")
        yield export.export(trained, "scene", made / "scene.affect").path


def test_a_bundle_reads_whole_pictures_of_any_size(served: Path, tmp_path: Path) -> None:
    card = bundle.open(served).card
    assert card["modality"] == "scene" and card["features"]["name"] == "scene"
    assert served.stat().st_size < 1e6
    rng = np.random.default_rng(1)
    files = []
    for i, light in enumerate((0.25, 0.55, 0.9)):  # as dark and as bright as what it learnt from
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
