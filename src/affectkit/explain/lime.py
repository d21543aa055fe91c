"""LIME: parts are covered by chance, several at once, and a linear model is fitted to what the score does.

Reference: Ribeiro, Singh and Guestrin, "Why Should I Trust You?": Explaining the Predictions of Any Classifier, KDD
2016. Copies count by how near they are to the whole: exp(-(d / width)^2), d the cosine distance of what is left to all
of it. Ridge regression; the effect of a part is its coefficient. Differs from the paper: no choice of few parts, cells
of a grid in the place of segments, blurred and not grey, and a weak ridge, so that a linear model is found as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..sample import Media
from ._covers import cut
from ._values import Bools, Explanation, Floats, Predict

CARD = {
    "title": "LIME",
    "reference": "ribeiro2016lime",
    "takes": ["text", "speech", "music", "face", "body", "scene"],
    "form": "effect (m,) float64 of words, cells or stretches",
    "extra": None,
}


@dataclass(frozen=True, slots=True)
class Config:
    """How closely.

    Args:
        most: parts at most.
        copies: how many are asked about, besides one for each part.
        width: of the kernel, in cosine distance.
        ridge: penalty on squared coefficients, as a share of a part's weighted variance.
        seed: of what is covered.

    Raises:
        DataError: numbers that are no use.
    """

    most: int = 64
    copies: int = 512
    width: float = 0.25
    ridge: float = 1e-4
    seed: int = 0

    def __post_init__(self) -> None:
        if self.most < 1 or self.copies < 1 or not self.width > 0 or not self.ridge > 0:
            found = f"most {self.most}, copies {self.copies}, width {self.width:g}, ridge {self.ridge:g}"
            raise DataError("numbers above zero", found, "leave them as they are")


def explain(config: Config, predict: Predict, media: Media, label: str | None = None) -> Explanation:
    """The coefficients of a linear model of the label's score, or of the highest one, in the parts that are left.

    Raises:
        InputError: there is nothing in the media, or it cannot be read.
        UnknownName: no such label.
    """
    whole = predict([media])[0]
    column = int(whole.argmax()) if label is None else predict.column(label)
    parts = cut(predict.modality, media, config.most)
    covered = _drawn(len(parts.parts), config)
    scores = predict(parts.without(one) for one in covered)[:, column]
    effect = _fitted(~covered, scores, whole[column], config)
    return Explanation(parts.unit, parts.parts, effect, predict.names[column], float(whole[column]))


def _drawn(m: int, config: Config) -> Bools:
    """(n, m) bool: each part alone, then as many by chance as chance says, at least one."""
    rng = np.random.default_rng(config.seed)
    count = rng.integers(1, m + 1, config.copies)
    rank = rng.random((config.copies, m)).argsort(1).argsort(1)
    return np.concatenate([np.eye(m, dtype=bool), rank < count[:, None]])


def _fitted(left: Bools, scores: Floats, whole: float, config: Config) -> Floats:
    """(m,) coefficients; the line goes through the whole input, where nothing is covered."""
    distance = 1 - np.sqrt(left.mean(1))
    weight = np.exp(-((distance / config.width) ** 2))
    gone = (~left).astype(np.float64)
    weighted = gone * weight[:, None]
    square = weighted.T @ gone
    square += config.ridge * np.diag(np.diag(square))
    found: Floats = np.linalg.solve(square, weighted.T @ (whole - scores))
    return found
