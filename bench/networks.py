"""Networks of published shapes with random weights, for the time they take: nothing they say means anything.

- `mini_xception`: the network in the package `fer` 25.10.3, rebuilt from the layer sizes in its model file: 64 x 64
  grey, four blocks of separable convolutions (Arriaga et al. 2017, Real-time Convolutional Neural Networks for Emotion
  and Gender Classification). The package itself needs TensorFlow and is not installed.
- `efficientnet_b0`: Tan and Le 2019, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, table 1.
- `resnet50`: He et al. 2016, Deep Residual Learning for Image Recognition, table 1, with the
  stride in the 3 x 3 convolution.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn

Act = Callable[[], nn.Module]


def _conv(
    given: int, made: int, kernel: int, stride: int = 1, groups: int = 1, act: Act | None = None, pad: int | None = None
) -> nn.Sequential:
    """A convolution without bias, normalised over the batch."""
    pad = kernel // 2 if pad is None else pad
    layers = [nn.Conv2d(given, made, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(made)]
    return nn.Sequential(*layers, *([act()] if act else []))


class _Pooled(nn.Module):  # type: ignore[misc]
    """Mean over the places, (n, c, h, w) -> (n, c)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


# -- mini-Xception --


def _separable(given: int, made: int) -> nn.Sequential:
    depth = nn.Conv2d(given, given, 3, padding=1, groups=given, bias=False)
    return nn.Sequential(depth, nn.Conv2d(given, made, 1, bias=False), nn.BatchNorm2d(made))


class _Xception(nn.Module):  # type: ignore[misc]
    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        self.beside = _conv(given, made, 1, 2)
        self.inner = nn.Sequential(
            _separable(given, made), nn.ReLU(), _separable(made, made), nn.MaxPool2d(3, 2, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x) + self.beside(x)


def mini_xception(names: int) -> nn.Module:
    """(n, 1, 64, 64) -> (n, names)."""
    widths = (8, 16, 32, 64, 128)
    blocks = [_Xception(a, b) for a, b in pairwise(widths)]
    stem = (_conv(1, 8, 3, act=nn.ReLU, pad=0), _conv(8, 8, 3, act=nn.ReLU, pad=0))
    return nn.Sequential(*stem, *blocks, nn.Conv2d(128, names, 3, padding=1), _Pooled())


# -- EfficientNet-B0 --


class _Squeeze(nn.Module):  # type: ignore[misc]
    """Weighs channels by what they hold on the whole."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(width, inner, 1), nn.Conv2d(inner, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.up(nn.functional.silu(self.down(x.mean((2, 3), keepdim=True)))).sigmoid()


class _Inverted(nn.Module):  # type: ignore[misc]
    def __init__(self, given: int, made: int, kernel: int, stride: int, grow: int) -> None:
        super().__init__()
        wide = given * grow
        first = [_conv(given, wide, 1, act=nn.SiLU)] if grow > 1 else []
        depth = _conv(wide, wide, kernel, stride, wide, nn.SiLU)
        self.inner = nn.Sequential(*first, depth, _Squeeze(wide, max(1, given // 4)), _conv(wide, made, 1))
        self.same = stride == 1 and given == made

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x) if self.same else self.inner(x)


_STAGES = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5),
           (6, 320, 1, 1, 3))  # fmt: skip
"""Growth, channels, blocks, stride of the first one, kernel."""


def efficientnet_b0(names: int) -> nn.Module:
    """(n, 3, 224, 224) -> (n, names)."""
    layers: list[nn.Module] = [_conv(3, 32, 3, 2, act=nn.SiLU)]
    given = 32
    for grow, made, blocks, stride, kernel in _STAGES:
        for i in range(blocks):
            layers.append(_Inverted(given, made, kernel, stride if i == 0 else 1, grow))
            given = made
    return nn.Sequential(*layers, _conv(given, 1280, 1, act=nn.SiLU), _Pooled(), nn.Linear(1280, names))


# -- ResNet-50 --


class _Bottleneck(nn.Module):  # type: ignore[misc]
    def __init__(self, given: int, inner: int, stride: int) -> None:
        super().__init__()
        made = 4 * inner
        self.inner = nn.Sequential(
            _conv(given, inner, 1, act=nn.ReLU), _conv(inner, inner, 3, stride, act=nn.ReLU), _conv(inner, made, 1)
        )
        self.beside = _conv(given, made, 1, stride) if given != made else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.inner(x) + self.beside(x))


def resnet50(names: int) -> nn.Module:
    """(n, 3, 224, 224) -> (n, names)."""
    layers: list[nn.Module] = [_conv(3, 64, 7, 2, act=nn.ReLU), nn.MaxPool2d(3, 2, padding=1)]
    given = 64
    for inner, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for i in range(blocks):
            layers.append(_Bottleneck(given, inner, stride if i == 0 else 1))
            given = 4 * inner
    return nn.Sequential(*layers, _Pooled(), nn.Linear(given, names))


BUILD: dict[str, Callable[[int], nn.Module]] = {
    "mini-xception": mini_xception,
    "efficientnet-b0": efficientnet_b0,
    "resnet-50": resnet50,
}


def export(name: str, names: int, shape: tuple[int, int, int], seed: int, path: Path) -> None:
    """A network as ONNX in float32, for any number of pictures (n, *shape) named `pictures`."""
    torch.manual_seed(seed)
    network = BUILD[name](names).eval()
    with torch.no_grad():
        torch.onnx.export(
            network,
            (torch.zeros(2, *shape),),
            str(path),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("n", min=1, max=4096)},),
            input_names=["pictures"],
            output_names=["logits"],
            external_data=False,
            verbose=False,
        )
