"""One encoder, one head per task: the form that training, export and bundles share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Scale:
    """Fixed numbers per name that a head's raw output is multiplied by and shifted with, so that heads learn near zero.

    Dimensions: the training targets' deviation and mean. Names: one, and the log odds of the prior.
    """

    factor: tuple[float, ...]
    shift: tuple[float, ...]


class Model(nn.Module):
    """Padded input (n, t, ...) and lengths (n,) to one (n, k) output per task, in their order: logits or dimensions.

    An encoder of several modalities is given the input and the lengths of each, one pair after the other.
    """

    def __init__(
        self, encoder: nn.Module, heads: Sequence[nn.Module], tasks: Sequence[str], scales: Sequence[Scale]
    ) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.encoder = encoder
        self.heads = nn.ModuleList(heads)
        for i, scale in enumerate(scales):
            self.register_buffer(f"factor_{i}", torch.tensor(scale.factor))
            self.register_buffer(f"shift_{i}", torch.tensor(scale.shift))

    def forward(self, padded: Tensor, lengths: Tensor, *more: Tensor) -> tuple[Tensor, ...]:
        return self.of_states(self.encoder(padded, lengths, *more), lengths)

    def of_states(self, states: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        """The outputs of what the encoder made of inputs of these lengths."""
        lengths = stepped(self.encoder, lengths)
        raw = (head(states, lengths) for head in self.heads)
        return tuple(
            y.float() * self.get_buffer(f"factor_{i}") + self.get_buffer(f"shift_{i}") for i, y in enumerate(raw)
        )

    def parts(self) -> Mapping[str, list[nn.Parameter]]:
        """Parameters by part: the encoder's were trained before, the heads' were not, so their rates differ."""
        return {"encoder": list(self.encoder.parameters()), "heads": list(self.heads.parameters())}


def stepped(encoder: nn.Module, lengths: Tensor) -> Tensor:
    """How many states (n,) an encoder makes of inputs of these lengths: as many, unless its `steps` says otherwise."""
    steps = getattr(encoder, "steps", None)
    return lengths if steps is None else steps(lengths)


class Beside(nn.Module):
    """Two networks of the same input and tasks as one: per task, a share of the second and the rest of the first."""

    def __init__(self, first: Model, second: Model, shares: Sequence[float]) -> None:
        super().__init__()
        self.tasks = first.tasks
        self.first, self.second = first, second
        self.shares = tuple(shares)

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        pairs = zip(self.first(padded, lengths), self.second(padded, lengths), self.shares, strict=True)
        return tuple(one * (1 - share) + other * share for one, other, share in pairs)
