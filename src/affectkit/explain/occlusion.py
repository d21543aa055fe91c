"""Occlusion: each part is covered alone, and what the label's score loses by it is its effect.

Reference: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014; for words Li, Monroe and
Jurafsky, Understanding Neural Networks through Representation Erasure, 2016. Differs from them: parts do not overlap,
cells are blurred and not grey, sounds are covered as well. What two parts say alike is found in neither, since one is
enough; `lime` covers several at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import DataError
from ..sample import Media
from ._covers import cut
from ._values import Explanation, Predict

CARD = {
    "title": "Occlusion",
    "reference": "zeiler2014visualizing",
    "takes": ["text", "speech", "music", "face", "body", "scene"],
    "form": "effect (m,) float64 of words, cells or stretches",
    "extra": None,
}


@dataclass(frozen=True, slots=True)
class Config:
    """How finely.

    Args:
        most: parts at most; a prediction is made for each.

    Raises:
        DataError: fewer than one.
    """

    most: int = 64

    def __post_init__(self) -> None:
        if self.most < 1:
            raise DataError("at least one part", str(self.most), "64 is usual")


def explain(config: Config, predict: Predict, media: Media, label: str | None = None) -> Explanation:
    """What the score of a label, or of the highest one, loses when each part is covered.

    Raises:
        InputError: there is nothing in the media, or it cannot be read.
        UnknownName: no such label.
    """
    whole = predict([media])[0]
    column = int(whole.argmax()) if label is None else predict.column(label)
    parts = cut(predict.modality, media, config.most)
    left = predict(parts.without(one) for one in np.eye(len(parts.parts), dtype=bool))[:, column]
    return Explanation(parts.unit, parts.parts, whole[column] - left, predict.names[column], float(whole[column]))
