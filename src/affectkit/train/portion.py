"""Learning from a share of the training part, in which every name keeps its own share."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from .mixture import Mixture


def drawn(data: Mixture, share: float, seed: int = 0) -> Mixture:
    """The mixture with a share of its training part, drawn name by name; dev and test stay whole.

    A sample goes by the name that leads it in the first task of names, rounded up so that no name is lost; what is
    judged on no name is a name of its own. A smaller share of the same seed is a part of a larger one.

    Raises:
        UsageError: no share, or more than all.
    """
    if not 0 < share <= 1:
        raise UsageError("a share of the training part above 0, and 1 at most", f"{share:g}", "for example share=0.05")
    train = np.flatnonzero(data.split == "train")
    task = next((t for t in data.tasks if not t.scaled), None)
    leads = np.full(len(data), -1, np.int64)
    if task is not None:
        judged = data.judged[task.id]
        leads = np.where(judged.any(1), np.where(judged, data.targets[task.id], -np.inf).argmax(1), -1)
    rng = np.random.default_rng(seed)
    kept = data.split != "train"
    for name in np.unique(leads[train]):
        rows = rng.permutation(train[leads[train] == name])
        kept[rows[: int(np.ceil(share * len(rows) - 1e-9))]] = True
    return data.take(np.flatnonzero(kept))
