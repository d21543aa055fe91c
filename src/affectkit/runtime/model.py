"""A bundle's network and the heads that read what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError
from . import bundle as bundles
from .say import Floats, Head
from .session import Session, named


class Model:
    """A loaded network.

    Args:
        bundle: an opened bundle.
        threads: threads for the network; None takes the card's `threads` (a small network is quickest on one), else one
            per core.

    Raises:
        BundleError: the card and the network do not fit each other.
    """

    def __init__(self, bundle: bundles.Bundle, threads: int | None = None) -> None:
        self.modality = str(bundle.card["modality"])
        self.heads = tuple(Head.of(entry) for entry in bundle.card["tasks"])
        outputs = [head.output for head in self.heads]
        self._session = Session(bundle.model, outputs, bundle.card.get("threads") if threads is None else threads)

    def run(self, padded: NDArray[Any], lengths: NDArray[np.int64]) -> dict[str, Floats]:
        """Output -> (n, k) float64, of inputs (n, t, ...) padded with 0 and their lengths (n,)."""
        found = self._session.run(named(self.modality, padded, lengths))
        for head in self.heads:
            wanted, there = len(head.task.names), found[head.output].shape[1]
            if there != wanted:
                raise BundleError(f"{wanted} columns of {head.output}", str(there), "export the bundle again")
        return {name: values.astype(np.float64) for name, values in found.items()}

    @property
    def leading(self) -> Head:
        """The task that decides where one segment ends and the next begins: the first with names, else the first."""
        return next((head for head in self.heads if not head.task.scaled), self.heads[0])

    def least(self) -> Mapping[str, int]:
        """Output -> windows of one voice that its usual must be taken from, of tasks that can be centred."""
        return {head.output: head.relative.least for head in self.heads if head.relative is not None}
