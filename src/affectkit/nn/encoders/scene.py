"""A whole picture as one state: its numbers as they are, and how its patches differ from the usual ones.

Reference: Sánchez, Perronnin, Mensink and Verbeek, Image Classification with the Fisher Vector, International Journal
of Computer Vision 105, 2013; what the numbers and patches are stands in `features/scene.py`.
Patches are turned on their main axes, and a mixture of Gaussians says which kinds of patches are usual. A picture is
told by how the mean and the spread of its patches of each kind differ from the usual ones, as signed square roots.
Differs from the paper: the vector is not made one long, since each of its numbers is standardised behind it. `learn`
fits axes and mixture once; steps of an optimiser leave them alone.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ... import find
from ...features import scene

CARD = {
    "title": "Numbers and Fisher vector of a picture",
    "reference": "sanchez2013fisher",
    "takes": "scene",
    "features": "scene",
    "extra": "train",
    "form": "numbers (n, 1, d) float32, lengths (n,) int64 -> (n, 1, width) float32",
}
_FEWEST = 1e-2  # variance that is added along each axis, and to each Gaussian
_SEEN = 20_000  # patches by which kinds of patches are told apart
_TINY = 1e-12  # a square root has no slope at 0


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        axes: of patches.
        kinds: of patches.
    """

    axes: int = 24
    kinds: int = 16


def build(config: Config) -> Encoder:
    return Encoder(config)


def toy() -> Config:
    return Config(axes=6, kinds=3)


class Encoder(nn.Module):
    """`columns` says how many numbers of a state belong together."""

    turn: Tensor
    shift: Tensor
    mean: Tensor
    variance: Tensor
    share: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.whole = sum(scene.BLOCKS.values())
        self.columns = (*scene.BLOCKS.values(), 2 * config.kinds * config.axes)
        self.width = sum(self.columns)
        chance = torch.Generator().manual_seed(0)
        self.register_buffer("turn", torch.randn(scene.PATCH, config.axes, generator=chance) / scene.PATCH**0.5)
        self.register_buffer("shift", torch.zeros(config.axes))
        self.register_buffer("mean", torch.randn(config.kinds, config.axes, generator=chance))
        self.register_buffer("variance", torch.ones(config.kinds, config.axes))
        self.register_buffer("share", torch.full((config.kinds,), 1 / config.kinds))

    def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
        patches = rows[:, :, self.whole :].unflatten(2, (scene.PATCHES, scene.PATCH))
        return torch.cat([rows[:, :, : self.whole], self.differences(patches)], 2)

    def differences(self, patches: Tensor) -> Tensor:
        """(..., 2 x kinds x axes) the Fisher vector of patches (..., m, 53)."""
        x = patches @ self.turn - self.shift
        far = x.square() @ (1 / self.variance).T - 2 * x @ (self.mean / self.variance).T
        fixed = (self.mean.square() / self.variance + self.variance.log()).sum(1)
        kind = (self.share.log() - 0.5 * (far + fixed)).softmax(-1).transpose(-1, -2)
        many, deviation = kind.sum(-1, keepdim=True), self.variance.sqrt()
        first, second = kind @ x, kind @ x.square()
        means = (first - many * self.mean) / deviation / self.share.sqrt()[:, None]
        spreads = second - 2 * first * self.mean + many * (self.mean.square() - self.variance)
        spreads = spreads / self.variance / (2 * self.share).sqrt()[:, None]
        both = torch.cat([means, spreads], -2).flatten(-2) / patches.shape[-2]
        return both.sign() * (both.abs() + _TINY).sqrt()

    @torch.no_grad()
    def learn(self, rows: NDArray[np.float32], seed: int) -> None:
        """Fit axes and mixture to some of the patches of pictures (n, d)."""
        every = rows[:, self.whole :].reshape(len(rows), -1, scene.PATCH)
        chosen = np.random.default_rng(seed).integers(0, every.shape[:2], (_SEEN, 2))
        patches = every[chosen[:, 0], chosen[:, 1]]
        kinds, axes = self.mean.shape
        mean, spread = patches.mean(0), patches.std(0) + 1e-3
        even = ((patches - mean) / spread).astype(np.float64)
        values, vectors = np.linalg.eigh(np.cov(even.T))
        turn = vectors[:, ::-1][:, :axes] / np.sqrt(values[::-1][:axes] + _FEWEST)
        turn *= np.where(np.take_along_axis(turn, np.abs(turn).argmax(0)[None], 0) < 0, -1, 1)  # either way is an axis
        mixtures = find.library("sklearn.mixture", "the encoder 'scene'", "analysis")
        found = mixtures.GaussianMixture(
            kinds,
            covariance_type="diag",
            reg_covar=_FEWEST,
            max_iter=20,
            tol=0.0,
            init_params="random_from_data",
            random_state=seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it would still change a little: so many rounds are enough
            found.fit(even @ turn)
        turn = turn / spread[:, None]
        its = {"turn": turn, "shift": mean @ turn, "mean": found.means_, "variance": found.covariances_}
        for name, value in (its | {"share": found.weights_}).items():
            getattr(self, name).copy_(torch.from_numpy(np.asarray(value, np.float32)))
