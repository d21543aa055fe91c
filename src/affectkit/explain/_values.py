"""What explainers are given and what they give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, UnknownName
from ..sample import Media

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_AT_ONCE = 32  # media asked about at once
_HEAVIEST = 64 << 20  # bytes of their arrays: covered copies of a large picture are not all held in memory


class Unit(StrEnum):
    """What the places of parts are counted in."""

    CHARACTERS = "characters"
    PIXELS = "px"
    SECONDS = "s"


@dataclass(frozen=True, slots=True)
class Predict:
    """What is to be explained, as a function.

    Args:
        scores: media of one modality -> their scores (n, k), in the order of `names`; higher says the name more.
        modality: what reads the media.
        names: the k labels or dimensions.
    """

    scores: Callable[[list[Media]], NDArray[Any]]
    modality: str
    names: tuple[str, ...]

    def __call__(self, media: Iterable[Media]) -> Floats:
        """Scores (n, k) float64 of media, asked for a few at a time.

        Raises:
            DataError: the function gives another form, or a number that is not finite.
        """
        rows = [self._asked(some) for some in _chunks(media)]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.names)))

    def column(self, label: str) -> int:
        """Where a label stands.

        Raises:
            UnknownName: nowhere; the nearest are offered.
        """
        if label not in self.names:
            raise UnknownName.among("a label", label, self.names)
        return self.names.index(label)

    def _asked(self, media: list[Media]) -> Floats:
        found = np.asarray(self.scores(media), np.float64)
        if found.shape != (len(media), len(self.names)):
            need = f"scores ({len(media)}, {len(self.names)}), a row for each input"
            raise DataError(need, str(found.shape), "correct the function that predicts")
        if not np.isfinite(found).all():
            raise DataError("finite scores", "NaN or infinity", "correct the function that predicts")
        return found


def _chunks(media: Iterable[Media]) -> Iterator[list[Media]]:
    held: list[Media] = []
    weight = 0
    for one in media:
        held.append(one)
        weight += 0 if one.array is None else one.array.nbytes
        if len(held) == _AT_ONCE or weight >= _HEAVIEST:
            yield held
            held, weight = [], 0
    if held:
        yield held


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Which parts of an input the score of a label rests on.

    Args:
        unit: what places are counted in.
        parts: m places in the input as it is read: (start, end) of characters of the normalised text or of seconds,
            or (left, top, right, bottom) in pixels of the picture or of its box.
        effect: (m,) float64, how much the score of the label falls when the part is covered.
        label: the name or dimension that is explained.
        score: its score for the whole input.

    Raises:
        DataError: no part, or not one finite effect for each.
    """

    unit: Unit
    parts: tuple[tuple[float, ...], ...]
    effect: Floats
    label: str
    score: float

    def __post_init__(self) -> None:
        effect = np.asarray(self.effect, np.float64)
        if not self.parts or effect.shape != (len(self.parts),) or not np.isfinite(effect).all():
            need = f"a finite effect for each of {len(self.parts)} parts"
            raise DataError(
                need, f"{effect.shape}, {np.isfinite(effect).sum()} of them finite", "correct the explainer"
            )
        object.__setattr__(self, "effect", effect)

    @property
    def order(self) -> NDArray[np.intp]:
        """(m,) parts from the one that speaks most for the label to the one that speaks most against it."""
        found: NDArray[np.intp] = np.argsort(-self.effect, kind="stable")
        return found

    def to_json(self) -> dict[str, Any]:
        pairs = zip(self.parts, self.effect.tolist(), strict=True)
        return {
            "label": self.label,
            "score": self.score,
            "unit": str(self.unit),
            "parts": [{"at": list(at), "effect": effect} for at, effect in pairs],
        }
