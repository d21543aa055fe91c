"""Two networks as one: how much of the second's output each task takes is chosen on dev.

Reference: Cheng et al., Wide & Deep Learning for Recommender Systems, 2016 (a linear model on sparse terms beside a
deep network; there they are trained together, here each by itself, so that they err in different ways).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..nn.model import Beside, Model
from ..task import Task
from . import loop, run, supervised
from .batch import Features
from .mixture import Mixture
from .run import Run

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Of the second network's outputs; tried on dev."""


def beside(network: Model, trained: Run, other: Run, dev: Mixture, features: Features) -> Beside:
    """A run's network with another run's beside it.

    Raises:
        UsageError: the other has other tasks, or another tokenizer.
    """
    if other.tasks != trained.tasks or run.pieces(other) != run.pieces(trained):
        raise UsageError(
            f"a run with the tasks and tokenizer of {trained.folder}",
            str(other.folder),
            f"train it on the same corpora with --set pieces={trained.folder}",
        )
    second = run.soup(other, run.finished(other))
    pairs = zip(trained.tasks, loop.outputs(network, features), loop.outputs(second, features), strict=True)
    return Beside(network, second, [_share(task, one, two, dev) for task, one, two in pairs])


def _share(task: Task, one: NDArray[np.float32], two: NDArray[np.float32], dev: Mixture) -> float:
    """The share at which the task's monitor is best on dev."""

    def reached(share: float) -> float:
        mixed = (one * (1 - share) + two * share).astype(np.float32)
        return float(np.nan_to_num(supervised.monitored(task, mixed, dev)))

    return max(SHARES, key=reached)
