"""Networks on faces: channels weighed by the formula, a picture's light evened out, sizes as they are told."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from affectkit.errors import DataError
from affectkit.nn.encoders import se_resnet
from affectkit.nn.heads import linear
from affectkit.nn.squeeze import Squeeze


def faces(n: int = 3, side: int = 48, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    pixels = np.random.default_rng(seed).integers(60, 180, (n, side, side, 3), np.uint8)
    return torch.from_numpy(pixels), torch.full((n,), side)


# --- squeeze and excitation ---


def test_channels_are_weighed_as_in_the_paper() -> None:
    torch.manual_seed(0)
    part, x = Squeeze(12, reduction=4), torch.randn(2, 12, 5, 7)
    w1, b1, w2, b2 = (p.detach().numpy() for p in (*part.down.parameters(), *part.up.parameters()))
    z = x.numpy().mean((2, 3))
    s = 1 / (1 + np.exp(-(np.maximum(z @ w1.T + b1, 0) @ w2.T + b2)))
    assert w1.shape == (3, 12)
    np.testing.assert_allclose(part(x).detach().numpy(), x.numpy() * s[:, :, None, None], rtol=1e-5)


def test_without_a_second_layer_every_channel_is_halved() -> None:
    part, x = Squeeze(8), torch.randn(3, 8, 4, 4)
    torch.nn.init.zeros_(part.up.weight)
    torch.nn.init.zeros_(part.up.bias)
    torch.testing.assert_close(part(x), x / 2)


def test_tokens_are_weighed_by_channel_not_by_place() -> None:
    torch.manual_seed(1)
    part = Squeeze(8, reduction=2)
    tokens = Squeeze(8, reduction=2, axis=-1)
    tokens.load_state_dict(part.state_dict())
    x = torch.randn(2, 8, 3, 5)
    torch.testing.assert_close(tokens(x.flatten(2).transpose(1, 2)), part(x).flatten(2).transpose(1, 2))


@pytest.mark.parametrize(("channels", "reduction"), [(768, 16), (24, 8), (4, 16)])
def test_its_weights_are_those_of_the_formula(channels: int, reduction: int) -> None:
    inner = max(1, channels // reduction)
    many = sum(p.numel() for p in Squeeze(channels, reduction).parameters())
    assert many == 2 * channels * inner + inner + channels


# --- the network ---


def test_the_usual_size_is_601_thousand_weights_with_its_head() -> None:
    encoder = se_resnet.build(se_resnet.Config())
    head = linear.build(linear.Config(encoder.width, 8))
    assert sum(p.numel() for part in (encoder, head) for p in part.parameters()) == 600_967
    plain = se_resnet.build(se_resnet.Config(reduction=0))
    weighing = sum(2 * c * (c // 8) + c // 8 + c for c in se_resnet.Config().channels)
    both = [sum(p.numel() for p in part.parameters()) for part in (encoder, plain)]
    assert both[0] - both[1] == weighing < 0.02 * both[1]


@pytest.mark.parametrize("side", [40, 48])
def test_light_and_contrast_are_evened_out_and_grey_is_the_luminance(side: int) -> None:
    torch.manual_seed(0)
    encoder = se_resnet.build(se_resnet.Config()).eval()
    pixels, lengths = faces(side=side)
    # as ITU-R BT.601 weighs red, green and blue
    grey = (pixels.double() @ torch.tensor([0.299, 0.587, 0.114]).double())[..., None].expand(-1, -1, -1, 3)
    with torch.inference_mode():
        own = encoder(pixels, lengths)
        torch.testing.assert_close(encoder(grey, lengths), own, atol=1e-5, rtol=0)
        torch.testing.assert_close(encoder(pixels + 40, lengths), own, atol=1e-4, rtol=0)
        torch.testing.assert_close(encoder(grey / 2, lengths), own, atol=0, rtol=0.1)
        assert not torch.allclose(encoder(pixels.flip(1), lengths), own, atol=1e-3)


def test_one_colour_throughout_is_finite() -> None:
    encoder = se_resnet.build(se_resnet.toy()).eval()
    plain = torch.full((2, 48, 48, 3), 200, dtype=torch.uint8)
    plain[1] = 0
    states = encoder(plain, torch.tensor([48, 48]))
    assert torch.isfinite(states).all()
    torch.testing.assert_close(states[0], states[1], atol=1e-4, rtol=0)


def test_pictures_of_other_heights_are_refused() -> None:
    encoder = se_resnet.build(se_resnet.toy())
    pixels, _ = faces(2)
    with pytest.raises(DataError) as caught:
        encoder(pixels, torch.tensor([48, 30]))
    assert str(caught.value) == (
        "expected pictures of height 48, all alike; found heights from 30 to 48; make them equally large"
    )
