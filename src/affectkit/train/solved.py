"""What recipes share whose heads are solved on a clip's mean state, not learnt step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..errors import UsageError
from ..nn.heads import mean_over_time
from ..nn.model import Model, Scale, stepped
from ..task import Kind, Task
from . import batch as batching
from . import reading, supervised


def build(
    plan: supervised.Plan, tasks: Sequence[Task], reader: reading.Reader, head: Callable[[int, int], nn.Module]
) -> Model:
    """An encoder and one `head(width, names)` per task, before they are solved.

    Raises:
        UsageError: a task without exactly one right name.
    """
    if odd := [t for t in tasks if t.kind is not Kind.SINGLE]:
        raise UsageError("tasks of which one name is right", f"{odd[0].id} ({odd[0].kind})", "leave it out of --tasks")
    encoder = supervised.build(plan, (), (), reader).encoder
    even = [Scale((1.0,) * len(t.names), (0.0,) * len(t.names)) for t in tasks]
    return Model(encoder, [head(encoder.width, len(t.names)) for t in tasks], [t.id for t in tasks], even)


@torch.inference_mode()
def described(encoder: nn.Module, features: batching.Features) -> NDArray[np.float32]:
    """(n, d): the mean of what the encoder makes of each clip."""
    (ragged,) = features.values()
    rows = np.zeros((len(ragged.lengths), int(encoder.width)), np.float32)  # type: ignore[arg-type]
    for part in batching.in_order(ragged.lengths, 64):
        padded, lengths = (torch.from_numpy(a) for a in ragged.padded(part))
        rows[part] = mean_over_time(encoder(padded, lengths), stepped(encoder, lengths)).numpy()
    return rows
