"""Prototypes on a grid over valence and arousal: the mean direction of the features met in each cell.

Reference: Li et al., NeuroGaze-Distill: Brain-informed Distillation and Depression-Inspired Geometric Priors for Robust
Facial Emotion Recognition, 2025 (arXiv 2509.11916), whose prototypes are of EEG while people watched films.
A grid comes from any features with valence and arousal, or from a file (.npz) that holds them or a ready grid, so that
who has a gated corpus can bring its prototypes. A cell's number is its place in valence times k plus that in arousal.
Differs from the paper: means are made one long again; what is copied into an empty cell is said (`filled_from`); of
ties the lowest number wins. The network looks for prototypes among the directions that they span, which keeps every
angle between them and makes its form independent of where they come from.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from .. import store
from ..errors import DataError, UsageError

Floats = NDArray[np.float64]
_NOTHING = 1e-12  # a mean shorter than this has no direction


@dataclass(frozen=True)
class Grid:
    """k x k prototypes.

    Args:
        prototypes: (k * k, d) float64, each one long.
        counts: (k * k,) int64, how many items lay in the cell.
        filled_from: (k * k,) int64, the cell that the prototype is of: the cell's own number where something lay in it.
    """

    prototypes: Floats
    counts: NDArray[np.int64]
    filled_from: NDArray[np.int64]


def build_grid(features: NDArray[Any], va: NDArray[Any], k: int = 5) -> Grid:
    """The grid of items: per cell the mean of their features, each made one long before, and the mean after.

    An empty cell takes the prototype of the nearest cell that is not, by the distance of their centres.

    Args:
        features: (n, d) numbers.
        va: (n, 2) valence and arousal in [-1, 1].
        k: cells each way, equally wide.

    Raises:
        DataError: arrays of another form, numbers that are not finite or beyond [-1, 1], or features of a cell whose
            mean has no direction.
    """
    features, va = _items(features, va)
    if k < 1:
        raise DataError("at least one cell each way", str(k), "5 is the paper's")
    place = np.minimum(np.floor((va + 1) * k / 2), k - 1).astype(np.int64)
    cell = place[:, 0] * k + place[:, 1]
    counts = np.bincount(cell, minlength=k * k)
    sums = np.zeros((k * k, features.shape[1]))
    np.add.at(sums, cell, _long_one(features))
    means = sums / np.maximum(counts, 1)[:, None]
    lost = np.flatnonzero((counts > 0) & (np.linalg.norm(means, axis=1) < _NOTHING))
    if len(lost):
        raise DataError("features with a direction in each cell", f"none in cell {lost[0]}", "leave its items out")
    full = np.flatnonzero(counts)
    at = np.stack(np.divmod(np.arange(k * k), k), 1)  # whole numbers, so that ties are exact
    filled_from = full[((at[:, None] - at[None, full]) ** 2).sum(2).argmin(1)]
    return Grid(_long_one(means)[filled_from], counts, filled_from)


def random_grid(k: int, seed: int) -> Grid:
    """k x k directions at right angles to each other, drawn at random: what a prototype says nothing in."""
    drawn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(k * k, k * k)))
    return Grid(drawn, np.zeros(k * k, np.int64), np.arange(k * k))


def rescaled(ratings: NDArray[Any], low: float, high: float) -> Floats:
    """Ratings from `low` to `high` as numbers from -1 to 1: (r - 3) / 2 of a scale from 1 to 5."""
    return (np.asarray(ratings, np.float64) - low) / (high - low) * 2 - 1


def read_grid(file: Path, k: int = 5) -> Grid:
    """The grid in a file: arrays `prototypes` (k * k, d), or `features` (n, d) and `va` (n, 2) to make one of.

    `range` (2,), the ends of the scale of `va`, is -1 and 1 where it is not told; `counts` and `filled_from` may stand
    beside ready prototypes.

    Raises:
        UsageError: there is no such file, or it is none of arrays.
        DataError: arrays that miss, of another form, or not finite.
    """
    held = _arrays(file)
    if "prototypes" not in held:
        if missing := [name for name in ("features", "va") if name not in held]:
            raise DataError(f"prototypes, or features and va, in {file}", f"no {' and no '.join(missing)}", "add them")
        low, high = (float(end) for end in held.get("range", np.asarray([-1.0, 1.0])))
        return build_grid(held["features"], rescaled(held["va"], low, high), k)
    given = held["prototypes"]
    if given.ndim != 2 or len(given) != k * k:
        raise DataError(f"prototypes ({k * k}, d) in {file}", f"{given.shape}", "name its cells each way: --set cells=")
    given = np.asarray(given, np.float64)
    wrong = np.flatnonzero(~np.isfinite(given).all(1) | ~given.any(1))
    if len(wrong):
        found = f"zeros or numbers that are not finite in row {wrong[0]}"
        raise DataError(f"prototypes with a direction in {file}", found, "build the grid again")
    cells = np.arange(k * k)
    return Grid(_long_one(given), held.get("counts", np.zeros_like(cells)), held.get("filled_from", cells))


def write_grid(file: Path, grid: Grid) -> Path:
    """Write a grid that `read_grid` reads again."""
    with store.whole(file) as aside, aside.open("wb") as opened:
        np.savez(opened, prototypes=grid.prototypes, counts=grid.counts, filled_from=grid.filled_from)
    return file


def centres(k: int) -> Floats:
    """(k * k, 2) valence and arousal in the middle of each cell: -0.8, -0.4 ... 0.8 for five each way."""
    one = (2 * np.arange(k) + 1) / k - 1
    return np.stack([np.repeat(one, k), np.tile(one, k)], 1)


def shares(va: NDArray[Any], k: int, spread: float) -> Floats:
    """(n, k * k) how much a point (n, 2) means each cell: softmax of -distance^2 / (2 spread^2)."""
    far = ((np.asarray(va, np.float64)[:, None] - centres(k)) ** 2).sum(2) / (2 * spread**2)
    near = np.exp(far.min(1, keepdims=True) - far)
    return np.asarray(near / near.sum(1, keepdims=True))


def spanned(prototypes: NDArray[Any]) -> Floats:
    """Prototypes (m, d) as (m, m): the same angles and lengths, told in directions that they span."""
    _, upper = np.linalg.qr(np.asarray(prototypes, np.float64).T)  # (least of m and d, m)
    return np.pad(upper.T, ((0, 0), (0, len(prototypes) - len(upper))))


def proto_kd(
    features: Tensor, prototypes: Tensor, wanted: Tensor, tau: float = 0.9, weight: Tensor | None = None
) -> Tensor:
    """KL from the wanted shares of prototypes to those that features have by softmax(cosine / tau): a scalar.

    Args:
        features: (n, d) of a network.
        prototypes: (m, d), not learnt.
        wanted: (n, m), rows sum to 1.
        weight: (n,) per item; None counts all alike.
    """
    cosine = F.normalize(features.float(), dim=1) @ F.normalize(prototypes.to(features.device).float(), dim=1).T
    cost = F.kl_div((cosine / tau).log_softmax(1), wanted, reduction="none").sum(1)
    return cost.mean() if weight is None else (cost * weight).sum() / weight.sum().clamp_min(1e-8)


def dgeo(features: Tensor, members: Tensor, positive: Tensor, cap: float, margin: float) -> Tensor:
    """How far classes of high valence spread beyond a cap, and how much all classes lie too near: a scalar.

    With features one long, V_c = mean |f - mu_c|^2: the sum of relu(V_c - cap) over the positive classes, and the mean
    over pairs of classes of relu(margin - (1 - cos(mu_a, mu_b))). A class of fewer than two items counts in neither.

    Args:
        features: (n, d).
        members: (n, c) 1 where an item is of the class, else 0.
        positive: (c,) bool, the classes of high valence.
    """
    f, members = F.normalize(features.float(), dim=1), members.float()
    counts = members.sum(0)
    enough, n = counts >= 2, counts.clamp_min(1)
    means = members.T @ f / n[:, None]
    spread = (members.T @ f.square().sum(1)) / n - means.square().sum(1)  # mean |f|^2 - |mean|^2
    wide = (F.relu(spread - cap) * (positive.to(f.device) & enough)).sum()
    toward = F.normalize(means, dim=1)
    pair = torch.triu(enough[:, None] & enough[None], 1)
    near = (F.relu(margin - (1 - toward @ toward.T)) * pair).sum() / pair.sum().clamp_min(1)
    return wide + near


def late_cosine(epoch: float, start: float, end: float) -> float:
    """A share that is 0 before `start`, rises in half a cosine, and is 1 from `end` on."""
    if epoch < start or epoch >= end:
        return float(epoch >= end)
    return float(0.5 * (1 - np.cos(np.pi * (epoch - start) / (end - start))))


def _items(features: NDArray[Any], va: NDArray[Any]) -> tuple[Floats, Floats]:
    """Both as float64, once they have the form they should."""
    features, va = np.asarray(features), np.asarray(va)
    if features.ndim != 2 or va.shape != (len(features), 2) or not features.size:
        raise DataError(
            "features (n, d) and valence and arousal (n, 2) of at least one item",
            f"{features.shape} and {va.shape}",
            "align them",
        )
    features, va = features.astype(np.float64), va.astype(np.float64)
    if not np.isfinite(features).all():
        raise DataError("features that are finite", "some that are not", "leave those items out")
    far = np.abs(va)
    if not (far <= 1).all():  # nor is what is no number
        found = f"{va[~(far <= 1)][0]:g}"
        raise DataError("valence and arousal in [-1, 1]", found, "rescale them; in a file, tell their range")
    return features, va


def _arrays(file: Path) -> Mapping[str, NDArray[Any]]:
    """All arrays of a file."""
    if not file.is_file():
        raise UsageError("a grid: random, or a file of arrays (.npz)", f"no file {file}", "correct the setting grid")
    try:
        with np.load(file, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (ValueError, OSError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        found = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"arrays of numbers in {file}", found, "write it with numpy.savez") from error


def _long_one(rows: Floats) -> Floats:
    """Rows (n, d) one long; a row of zeros stays one."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _NOTHING)
