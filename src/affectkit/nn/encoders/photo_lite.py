"""EfficientNet-Lite on whole photographs, stretched to a square: what things and places it learnt to tell in ImageNet.

Reference: Tan and Le, EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019.
The network stands in `efficientnet_lite`, where its files of weights are named too.
Differs from the release: a photograph is stretched, not cut to its middle.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import efficientnet_lite

CARD = {
    "title": "EfficientNet-Lite on photographs",
    "reference": "tan2019efficientnet",
    "licence": "Apache-2.0",
    "limits": ["weights began as those of ImageNet, whose pictures may be used for research alone"],
    "takes": "scene",
    "features": "stretched",
    "extra": "train",
    "form": "sRGB pictures (n, square_px, square_px, 3) uint8, lengths (n,) int64 -> (n, 1, width) float32",
}


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        weights, variant, blocks, drop: as in `efficientnet_lite`.
        square_px: pixels of a side that photographs are stretched to.
    """

    weights: str = ""
    variant: int = 0
    square_px: int = 224
    blocks: int = 0
    drop: float = 0.0


def build(config: Config) -> efficientnet_lite.Network:
    """The network, with the weights that were asked for.

    Raises:
        UsageError: there is no such variant, file or package, or sizes that cannot be.
        DataError: the file is broken, or its weights are not of this variant.
    """
    own = efficientnet_lite.Config(
        config.weights, config.variant, config.square_px, blocks=config.blocks, drop=config.drop
    )
    return efficientnet_lite.build(own)


def toy() -> Config:
    return Config(square_px=24, blocks=3)
