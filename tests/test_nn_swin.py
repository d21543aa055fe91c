"""Swin blocks: which tokens may look at each other by brute force, relative positions, sizes, weights, sentences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from affectkit.errors import DataError, UsageError
from affectkit.nn.encoders import swin

SIZES = [(6, 3, 1), (12, 6, 3), (8, 4, 2), (12, 4, 1)]


def faces(n: int = 3, side: int = 48, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    pixels = np.random.default_rng(seed).integers(60, 180, (n, side, side, 3), np.uint8)
    return torch.from_numpy(pixels), torch.full((n,), side)


def network(**changes: object) -> swin.Network:
    torch.manual_seed(0)
    return swin.build(swin.Config(**changes)).eval()  # type: ignore[arg-type]


# --- windows ---


@pytest.mark.parametrize(("side", "size"), [(6, 3), (4, 4), (8, 2)])
def test_windows_are_the_squares_and_come_together_again(side: int, size: int) -> None:
    x = torch.randn(2, side, side, 5)
    cut = swin.windows(x, size)
    squares = [
        x[n, top : top + size, left : left + size].reshape(size * size, 5)
        for n in range(2)
        for top in range(0, side, size)
        for left in range(0, side, size)
    ]
    torch.testing.assert_close(cut, torch.stack(squares), atol=0, rtol=0)
    torch.testing.assert_close(swin.whole(cut, side, size), x, atol=0, rtol=0)


@pytest.mark.parametrize(("side", "size", "move"), SIZES)
def test_moved_windows_part_what_lay_at_opposite_edges(side: int, size: int, move: int) -> None:
    """By brute force: after a roll, only tokens look at each other that no edge of the picture or a window parts."""

    def window_of(place: int) -> int:
        return (place - move) // size  # in the picture as it was; -1 before the first whole window

    grid = torch.arange(side * side).reshape(1, side, side, 1).roll((-move, -move), (1, 2))
    inside = swin.windows(grid.float(), size)[:, :, 0].long()
    apart = swin.apart(side, size, move)
    for window, tokens in zip(apart, inside.tolist(), strict=True):
        for (i, a), (j, b) in itertools.product(enumerate(tokens), repeat=2):
            one, other = divmod(a, side), divmod(b, side)
            same = all(window_of(p) == window_of(q) for p, q in zip(one, other, strict=True))
            assert bool(window[i, j]) != same


@pytest.mark.parametrize(("side", "size", "move"), [(6, 3, 1), (8, 4, 2), (6, 3, 0)])
def test_a_block_reads_its_own_window_and_nothing_else(side: int, size: int, move: int) -> None:
    torch.manual_seed(0)
    block = swin._Block(8, side, size, move, 2, 2, 0.0).double().eval()
    for row, column in ((0, 0), (side - 1, side - 1), (2, side - 2)):
        x = torch.randn(1, side, side, 8, dtype=torch.float64, requires_grad=True)
        block(x)[0, row, column].square().sum().backward()
        assert x.grad is not None
        read = x.grad[0].abs().sum(-1) > 0
        rows, columns = (torch.tensor([(p - move) // size for p in range(side)]) for _ in range(2))
        own = (rows[:, None] == rows[row]) & (columns[None] == columns[column])
        assert torch.equal(read, own)


@pytest.mark.parametrize("size", [2, 3, 6])
def test_pairs_that_lie_alike_share_a_bias_and_no_others_do(size: int) -> None:
    place = swin.places(size)
    assert place.min() == 0
    assert place.max() == (2 * size - 1) ** 2 - 1
    seen: dict[int, tuple[int, int]] = {}
    for i, j in itertools.product(range(size * size), repeat=2):
        apart = (i // size - j // size, i % size - j % size)
        assert seen.setdefault(int(place[i, j]), apart) == apart
    assert len(set(seen.values())) == len(seen) == (2 * size - 1) ** 2


def test_attention_is_the_formula() -> None:
    torch.manual_seed(0)
    part, x = swin._Attention(8, 6, 3, 1, 2).double(), torch.randn(8, 9, 8, dtype=torch.float64)  # 2 pictures
    w, b = (p.detach().numpy() for p in part.queries_keys_values.parameters())
    q, k, v = np.split(x.numpy() @ w.T + b, 3, axis=2)
    mask, table = swin.apart(6, 3, 1).numpy(), part.table.detach().numpy().reshape(25, 2)
    out = np.zeros((8, 9, 8))
    for window, head in itertools.product(range(8), range(2)):
        own = slice(4 * head, 4 * head + 4)
        scores = q[window, :, own] @ k[window, :, own].T / 2 + table[swin.places(3).numpy(), head]
        shares = np.exp(scores) * ~mask[window % 4]
        out[window, :, own] = shares / shares.sum(1, keepdims=True) @ v[window, :, own]
    w, b = (p.detach().numpy() for p in part.out.parameters())
    np.testing.assert_allclose(part(x).detach().numpy(), out @ w.T + b, atol=1e-10)


def test_merging_takes_two_by_two() -> None:
    torch.manual_seed(0)
    part, x = swin._Merging(4), torch.randn(2, 6, 4, 4)
    made = part(x)
    assert made.shape == (2, 3, 2, 8)
    corners = torch.cat([x[1, 4, 2], x[1, 5, 2], x[1, 4, 3], x[1, 5, 3]])
    torch.testing.assert_close(made[1, 2, 1], part.reduce(part.norm(corners)))


# --- the network ---


def test_weighed_channels_cost_what_the_formula_says() -> None:
    whole, plain = (sum(p.numel() for p in network(reduction=r).parameters()) for r in (16, 0))
    inner = [c // 16 for c in (32, 64, 128)]
    wanted = sum(2 * c * i + i + c for c, i in zip((32, 64, 128), inner, strict=True))
    assert whole - plain == wanted < 0.01 * plain
    assert whole == 570_314


def test_biases_of_positions_are_not_decayed_and_masks_are_not_stored() -> None:
    made = network()
    tables = {k: p for k, p in made.named_parameters() if k.endswith("table")}
    assert [p.numel() for p in tables.values()] == [121 * 2] * 2 + [121 * 4] * 2 + [25 * 8] * 2
    assert all(p.ndim == 1 for p in tables.values())
    assert not [k for k in made.state_dict() if k.endswith(("mask", "place"))]
    moves = [m.move for m in made.modules() if isinstance(m, swin._Block)]
    assert moves == [0, 3, 0, 0, 0, 0], "one window over all does not move"


def test_light_is_evened_out_and_one_colour_is_finite() -> None:
    encoder = network()
    pixels, lengths = faces()
    with torch.inference_mode():
        own = encoder(pixels, lengths)
        torch.testing.assert_close(encoder(pixels + 40, lengths), own, atol=1e-3, rtol=0)
        assert not torch.allclose(encoder(pixels.flip(1), lengths), own, atol=1e-2)
        plain = torch.full((2, 48, 48, 3), 200, dtype=torch.uint8)
        plain[1] = 0
        states = encoder(plain, torch.tensor([48, 48]))
        torch.testing.assert_close(states[0], states[1], atol=1e-3, rtol=0)


def test_a_larger_picture_is_brought_to_the_same_size() -> None:
    encoder = network()
    pixels, lengths = faces()
    blocks = torch.kron(pixels, torch.ones(1, 4, 4, 1)).to(torch.uint8)  # each pixel sixteen times
    with torch.inference_mode():
        torch.testing.assert_close(encoder(blocks, lengths * 4), encoder(pixels, lengths), atol=1e-3, rtol=0)


def test_left_out_blocks_add_nothing_in_training_and_all_otherwise() -> None:
    torch.manual_seed(0)
    block = swin._Block(8, 4, 2, 1, 2, 2, 0.5)
    x = torch.randn(4000, 1, 1, 8)
    kept = block.train()._kept(x)[:, 0, 0, 0] / x[:, 0, 0, 0]
    assert set(kept.round(decimals=4).tolist()) == {0.0, 2.0}
    assert float(kept.mean()) == pytest.approx(1, abs=0.1)
    assert torch.equal(block.eval()._kept(x), x)
    drops = [m.drop for m in network(drop=0.3, depths=(1, 2, 1)).modules() if isinstance(m, swin._Block)]
    np.testing.assert_allclose(drops, [0, 0.1, 0.2, 0.3], atol=1e-6)


def test_every_stage_has_its_gate_behind_its_blocks() -> None:
    made = network(depths=(1, 2, 1))
    kinds = [[type(m).__name__ for m in stage if not isinstance(m, nn.Identity)] for stage in made.stages]
    assert kinds == [
        ["_Block", "Squeeze"],
        ["_Merging", "_Block", "_Block", "Squeeze"],
        ["_Merging", "_Block", "Squeeze"],
    ]


def test_pictures_of_other_heights_are_refused() -> None:
    pixels, _ = faces(2)
    with pytest.raises(DataError) as caught:
        network()(pixels, torch.tensor([48, 30]))
    assert str(caught.value) == (
        "expected pictures of height 48, all alike; found heights from 30 to 48; make them equally large"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"side": 50},
            "expected a side of a multiple of 16 pixels, for patches of 4 in 3 stages; found 50; for example side=64",
        ),
        (
            {"window": 5},
            "expected windows that fill the 12 tokens of a side in stage 1; found window=5; "
            "choose one of 2, 3, 4, 6, 12, or another patch",
        ),
        (
            {"side": 80, "window": 4},
            "expected windows that fill the 10 tokens of a side in stage 2; found window=4; "
            "choose one of 2, 5, 10, or another patch",
        ),
        (
            {"heads": (2, 3, 8)},
            "expected heads that share the 64 channels of stage 2; found 3 heads; "
            "choose a number of heads that divides them",
        ),
        (
            {"heads": (2, 4)},
            "expected as many depths as heads, one per stage; found 3 and 2; for example depths=2+2,heads=2+4",
        ),
    ],
)
def test_sizes_that_do_not_come_out_even_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        network(**changes)
    assert str(caught.value) == sentence
