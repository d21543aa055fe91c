"""A whole picture as one state: its numbers as they are, how its patches differ from the usual ones, and its pieces.

Reference: Sánchez, Perronnin, Mensink and Verbeek, Image Classification with the Fisher Vector, International Journal
of Computer Vision 105, 2013; Coates and Ng, Learning Feature Representations with K-Means, in Neural Networks: Tricks
of the Trade, 2012; what the numbers, patches and pixels are stands in `features/scene.py`.
Patches are turned on their main axes, and a mixture of Gaussians says which kinds of patches are usual. A picture is
told by how the mean and the spread of its patches of each kind differ from the usual ones, as signed square roots.
Pieces are 8 x 8 pixels of the small picture, made even and whitened; the picture is also told by how like its pieces
are to each of the usual ones, which spherical k-means found, and to their negatives. All of that is linear but for the
pieces' own deviation, so that one convolution holds it.
Differs from the papers: the vector is not made one long, since each of its numbers is standardised behind it; likeness
to pieces is a mean over the picture and its mirror image, not apart by quarters. `learn` fits axes, mixture and pieces
once; steps of an optimiser leave them alone.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ... import find
from ...features import scene

CARD = {
    "title": "Numbers, Fisher vector and pieces of a picture",
    "reference": "sanchez2013fisher",
    "takes": "scene",
    "features": "scene",
    "extra": "train",
    "form": "numbers (n, 1, d) float32, lengths (n,) int64 -> (n, 1, width) float32",
}
Floats = NDArray[np.float32]

_FEWEST = 1e-2  # variance that is added along each axis, and to each Gaussian
_SEEN = 20_000  # patches by which kinds of patches are told apart
_SIDE, _APART = 8, 2  # pixels of a side of a piece, and from one piece to the next
_EVEN = 10.0  # variance that is added to a piece's, of pixels from 0 to 255: less is noise
_WHITE = 0.1  # variance that is added along each axis of pieces
_LEAST = 0.5  # likeness that counts as none
_CUT = 60_000  # pieces by which the usual ones are found
_EACH = 128  # patches, and pieces, of a picture: a few pictures have no more to tell
_ROUNDS = 10
_TINY = 1e-12  # a square root has no slope at 0


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        axes: of patches.
        kinds: of patches.
        pieces: usual ones.
    """

    axes: int = 24
    kinds: int = 16
    pieces: int = 200


def build(config: Config) -> Encoder:
    return Encoder(config)


def toy() -> Config:
    return Config(axes=6, kinds=3, pieces=4)


class Encoder(nn.Module):
    """`columns` says how many numbers of a state belong together."""

    turn: Tensor
    shift: Tensor
    mean: Tensor
    variance: Tensor
    share: Tensor
    piece: Tensor
    usual: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.whole = sum(scene.BLOCKS.values())
        self.columns = (*scene.BLOCKS.values(), 2 * config.kinds * config.axes, 2 * config.pieces)
        self.width = sum(self.columns)
        chance = torch.Generator().manual_seed(0)
        self.register_buffer("turn", torch.randn(scene.PATCH, config.axes, generator=chance) / scene.PATCH**0.5)
        self.register_buffer("shift", torch.zeros(config.axes))
        self.register_buffer("mean", torch.randn(config.kinds, config.axes, generator=chance))
        self.register_buffer("variance", torch.ones(config.kinds, config.axes))
        self.register_buffer("share", torch.full((config.kinds,), 1 / config.kinds))
        size = (config.pieces, 3, _SIDE, _SIDE)
        self.register_buffer("piece", _level(torch.randn(size, generator=chance) / _SIDE))
        self.register_buffer("usual", torch.zeros(config.pieces))

    def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
        whole, patches, pixels = rows.split((self.whole, scene.PATCHES * scene.PATCH, math.prod(scene.PIXELS)), 2)
        differences = self.differences(patches.unflatten(2, (scene.PATCHES, scene.PATCH)))
        return torch.cat([whole, differences, self.likeness(pixels.unflatten(2, scene.PIXELS))], 2)

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

    def likeness(self, pictures: Tensor) -> Tensor:
        """(n, t, 2 x pieces) how like the pieces of pictures (n, t, h, w, 3) are to the usual ones and their negatives.

        A piece less its mean, by its deviation, through whitening and along the usual pieces, is the convolution by
        that deviation: `_level` takes the mean off.
        """
        x = pictures.flatten(0, 1).permute(0, 3, 1, 2)
        both = (self._told(x) + self._told(x.flip(3))) / 2
        return both.unflatten(0, pictures.shape[:2])

    def _told(self, x: Tensor) -> Tensor:
        """(m, 2 x pieces) of pictures (m, 3, h, w) on their own."""
        mean, square = (F.avg_pool2d(y.mean(1, keepdim=True), _SIDE, _APART) for y in (x, x.square()))
        deviation = ((square - mean.square()).clamp_min(0.0) + _EVEN).sqrt()
        like = F.conv2d(x, self.piece, stride=_APART) / deviation - self.usual[:, None, None]
        return torch.cat([F.relu(like - _LEAST).mean((2, 3)), F.relu(-like - _LEAST).mean((2, 3))], 1)

    @torch.no_grad()
    def learn(self, rows: NDArray[np.float32], seed: int) -> None:
        """Fit axes and mixture to some of the patches of pictures (n, d), and pieces to some of theirs."""
        end = self.whole + scene.PATCHES * scene.PATCH
        piece, usual = _usual(rows[:, end:].reshape(-1, *scene.PIXELS), len(self.piece), np.random.default_rng(seed))
        self.piece.copy_(_level(torch.from_numpy(piece)))
        self.usual.copy_(torch.from_numpy(usual))
        every = rows[:, self.whole : end].reshape(len(rows), -1, scene.PATCH)
        chosen = np.random.default_rng(seed).integers(0, every.shape[:2], (min(_SEEN, _EACH * len(every)), 2))
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


def _level(piece: Tensor) -> Tensor:
    """Kernels (k, 3, h, w) that say the same of x as these do of x less its mean."""
    return piece - piece.mean((1, 2, 3), keepdim=True)


def _usual(pictures: Floats, many: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Usual pieces of pictures (n, h, w, 3): kernels (many, 3, 8, 8) that whiten too, and what they say of the mean."""
    n, height, width, _ = pictures.shape
    count = min(_CUT, _EACH * n)
    which, y, x = (rng.integers(0, most, count) for most in (n, height - _SIDE + 1, width - _SIDE + 1))
    across = np.arange(_SIDE)
    cut = pictures[which[:, None, None], y[:, None, None] + across[:, None], x[:, None, None] + across]
    flat = cut.reshape(count, -1)
    flat = (flat - flat.mean(1, keepdims=True)) / np.sqrt(flat.var(1, keepdims=True) + _EVEN)
    mean = flat.mean(0)
    values, vectors = np.linalg.eigh(np.cov((flat - mean).T))
    white = ((vectors / np.sqrt(values + _WHITE)) @ vectors.T).astype(np.float32)
    kernels = white @ _directions((flat - mean) @ white, many, rng).T
    return kernels.T.reshape(many, _SIDE, _SIDE, 3).transpose(0, 3, 1, 2).copy(), mean @ kernels


def _directions(rows: Floats, many: int, rng: np.random.Generator) -> Floats:
    """(many, d) directions of length 1 along or against which rows (n, d) lie: spherical k-means."""
    found = _long(rng.standard_normal((many, rows.shape[1]), np.float32))
    for _ in range(_ROUNDS):
        along = rows @ found.T
        nearest = np.abs(along).argmax(1)
        total = 1e-6 * rng.standard_normal(found.shape, np.float32)  # one that no row is nearest to begins anew
        np.add.at(total, nearest, along[np.arange(len(rows)), nearest][:, None] * rows)
        found = _long(total)
    return found


def _long(rows: Floats) -> Floats:
    """Rows of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
