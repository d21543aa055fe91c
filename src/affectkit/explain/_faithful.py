"""Whether an explanation names what the score rests on: cover the parts in its order and see how soon the score falls.

Deletion: parts are covered, the one that speaks most for the label first; the area under the score is small where the
order is right. Insertion: all is covered, and parts come back in the same order; the area is large where it is right.
Reference: Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box Models, BMVC 2018;
Samek et al., Evaluating the Visualization of What a Deep Neural Network Has Learned, IEEE TNNLS 2017. Both areas say
little alone, since they depend on how an input answers to being covered at all: they stand beside random orders.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..sample import Media
from ._covers import Cut, cut
from ._values import Explanation, Floats, Predict


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Areas under the label's score, over the share of parts covered (deletion) or there again (insertion), 0 to 1.

    Args:
        deletion, insertion: in the explanation's order.
        random_deletion, random_insertion: the mean over random orders.
    """

    deletion: float
    insertion: float
    random_deletion: float
    random_insertion: float

    @property
    def deletion_gain(self) -> float:
        """How much smaller the area is than in random orders; above 0 the explanation names the right parts."""
        return self.random_deletion - self.deletion

    @property
    def insertion_gain(self) -> float:
        """How much larger the area is than in random orders; above 0 the explanation names the right parts."""
        return self.insertion - self.random_insertion

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"deletion_gain": self.deletion_gain, "insertion_gain": self.insertion_gain}


def faithful(
    explanation: Explanation,
    predict: Predict,
    media: Media,
    rng: np.random.Generator,
    orders: int = 4,
    steps: int = 16,
) -> Faithfulness:
    """Hold an explanation of a media against random orders of the same parts.

    Args:
        orders: random orders; each costs as many predictions as the explanation's own.
        steps: predictions per curve at most, besides its ends.

    Raises:
        DataError: fewer than one order or step, or parts of another media.
        UnknownName: the label is none that is predicted.
    """
    if orders < 1 or steps < 1:
        raise DataError("at least one random order and one step", f"{orders} and {steps}", "4 and 16 are usual")
    column, parts = predict.column(explanation.label), cut(predict.modality, media, parts=explanation.parts)
    m = len(parts.parts)
    if parts.unit is not explanation.unit:
        raise DataError(f"an explanation in {parts.unit}", str(explanation.unit), "give the media that was explained")
    counts = np.unique(np.linspace(0, m, min(m, steps + 1) + 1).round().astype(int))
    asked = [explanation.order, *(rng.permutation(m) for _ in range(orders))]
    deletion = np.array([_area(predict, parts, order, counts, column) for order in asked])
    # what comes back first is what is covered last
    insertion = np.array([_area(predict, parts, order[::-1], counts, column) for order in asked])
    return Faithfulness(
        float(deletion[0]), float(insertion[0]), float(deletion[1:].mean()), float(insertion[1:].mean())
    )


def _area(predict: Predict, parts: Cut, order: NDArray[np.intp], counts: NDArray[Any], column: int) -> float:
    """The mean score while parts are covered in an order, by the trapezoid rule over the share covered."""
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    scores: Floats = predict(parts.without(rank < count) for count in counts)[:, column]
    share = counts / len(order)
    return float(((scores[1:] + scores[:-1]) / 2 * np.diff(share)).sum())
