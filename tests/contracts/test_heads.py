"""What every head keeps, found by scanning: its shape, and that nothing past a row's length is heard."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from affectkit import find

HEADS = find.names("heads")
EACH = pytest.mark.parametrize("name", HEADS)


def head_of(name: str) -> tuple[nn.Module, int, int]:
    """A toy head off its zero start, its width and its outputs."""
    part = find.load("heads", name)
    config = part.toy()
    torch.manual_seed(0)
    head: nn.Module = part.build(config).eval()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return head, config.width, config.outputs


def states_of(lengths: list[int], width: int) -> Tensor:
    return torch.randn(len(lengths), max(lengths), width, generator=torch.Generator().manual_seed(1))


@EACH
def test_the_card_describes_the_head(name: str) -> None:
    card, part = find.card("heads", name), find.load("heads", name)
    assert {"title", "extra", "form"} <= set(card)
    assert {"width", "outputs"} <= set(part.Config.__dataclass_fields__)
    assert part.__doc__


@EACH
def test_one_row_of_outputs_per_sample(name: str) -> None:
    head, width, outputs = head_of(name)
    for lengths in ([5], [1, 1], [7, 3, 1]):
        assert head(states_of(lengths, width), torch.tensor(lengths)).shape == (len(lengths), outputs)


@EACH
def test_a_row_alone_equals_the_same_row_padded(name: str) -> None:
    head, width, _ = head_of(name)
    lengths = [9, 4, 1]
    states = states_of(lengths, width)
    together = head(states, torch.tensor(lengths))
    for i, n in enumerate(lengths):
        torch.testing.assert_close(head(states[i : i + 1, :n], torch.tensor([n]))[0], together[i], atol=1e-5, rtol=0)


@EACH
def test_what_lies_past_the_end_is_neither_heard_nor_taught(name: str) -> None:
    head, width, _ = head_of(name)
    lengths = torch.tensor([6, 2])
    states = states_of(lengths.tolist(), width)
    there = torch.arange(6) < lengths[:, None]
    wild = torch.where(there[:, :, None], states, torch.tensor(1e3)).requires_grad_()
    found = head(wild, lengths)
    torch.testing.assert_close(found, head(states, lengths), atol=1e-5, rtol=0)
    found.sum().backward()
    assert wild.grad is not None
    assert not wild.grad[~there].any()
    assert wild.grad[there].any(1).all()


@EACH
def test_every_parameter_learns(name: str) -> None:
    head, width, _ = head_of(name)
    head(states_of([6, 2], width), torch.tensor([6, 2])).square().sum().backward()
    for parameter_name, parameter in head.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert torch.isfinite(parameter.grad).all()


def test_a_linear_head_is_a_matrix_on_the_mean() -> None:
    head, width, _ = head_of("linear")
    states = states_of([4, 2], width)
    means = torch.stack([states[0].mean(0), states[1, :2].mean(0)])
    weight, bias = head.linear.weight, head.linear.bias
    torch.testing.assert_close(head(states, torch.tensor([4, 2])), means @ weight.T + bias)


def test_an_attentive_head_begins_as_the_mean_and_can_listen_to_one_place() -> None:
    part = find.load("heads", "attentive")
    torch.manual_seed(0)
    head = part.build(part.toy()).eval()
    states = states_of([5, 3], part.toy().width)
    lengths = torch.tensor([5, 3])
    means = torch.stack([states[0].mean(0), states[1, :3].mean(0)])
    torch.testing.assert_close(head(states, lengths), head.linear(means))
    with torch.no_grad():
        head.weigh.weight[0, 0] = 1e4  # the place with the largest first number takes all
    loudest = [states[0, :5, 0].argmax(), states[1, :3, 0].argmax()]
    picked = torch.stack([states[i, place] for i, place in enumerate(loudest)])
    torch.testing.assert_close(head(states, lengths), head.linear(picked))
