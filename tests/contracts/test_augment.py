"""What every augmentation keeps, found by scanning: its form, chance that can be repeated, and what is given unchanged.

The inputs are a synthetic voice, a smooth random spectrogram and a drawn face; silence (black) and a single sample,
frame or row go in as well.
"""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from affectkit import augment, find
from affectkit.errors import InputError
from affectkit.modalities import face, speech

PARTS = find.names("augmentations")
EACH = pytest.mark.parametrize("name", PARTS)
TAKEN = ("speech", "log_mel", "face")


def given(name: str, seed: int = 0) -> NDArray[Any]:
    """Something that the part takes."""
    rng, takes = np.random.default_rng(seed), find.card("augmentations", name)["takes"]
    if takes == "speech":
        return np.tile(speech.read(speech.toy(rng)), 2)
    if takes == "face":
        return face.read(face.toy(rng))
    return np.cumsum(rng.normal(size=(90, 40)), 1).astype(np.float32)


def applied(name: str, what: NDArray[Any], seed: int = 0, config: Any = None) -> NDArray[Any]:
    part = find.load("augmentations", name)
    found: NDArray[Any] = part.apply(part.toy() if config is None else config, what, np.random.default_rng(seed))
    return found


def expected_length(name: str, n: int, config: Any = None) -> int:
    part = find.load("augmentations", name)
    changed = part.CARD.get("length", "kept") != "kept"
    return int(part.length(part.toy() if config is None else config, n)) if changed else n


@EACH
def test_the_card_and_config_describe_the_augmentation(name: str) -> None:
    card, part = find.card("augmentations", name), find.load("augmentations", name)
    assert {"title", "takes", "extra", "worse"} <= set(card)
    assert card["takes"] in TAKEN
    assert name in augment.fitting(card["takes"])
    assert card.get("length", "kept") in ("kept", "changed")
    assert part.Config.__dataclass_params__.frozen
    assert hash(part.Config()) == hash(dataclasses.replace(part.Config()))
    assert "reference" not in card or "Reference:" in part.__doc__


@EACH
def test_the_curve_is_of_a_field_and_each_of_its_values_changes_something(name: str) -> None:
    part, what = find.load("augmentations", name), given(name)
    field, values = part.CARD["worse"]["field"], part.CARD["worse"]["values"]
    assert field in part.Config.__dataclass_fields__
    assert len(set(values)) == len(values) > 2
    made = [applied(name, what, config=dataclasses.replace(part.Config(), **{field: value})) for value in values]
    for value, one in zip(values, made, strict=True):
        config = dataclasses.replace(part.Config(), **{field: value})
        assert len(one) == expected_length(name, len(what), config)
        assert np.isfinite(one).all()
        assert not np.array_equal(one, what), value
    assert all(not np.array_equal(a, b) for a, b in pairwise(made))


@EACH
def test_the_result_has_the_form_of_what_is_given(name: str) -> None:
    what = given(name)
    made = applied(name, what)
    assert made.dtype == what.dtype
    assert made.shape == (expected_length(name, len(what)), *what.shape[1:])
    assert np.isfinite(made).all()
    assert not np.array_equal(made, what)


@EACH
def test_the_same_chance_gives_the_same_numbers(name: str) -> None:
    what = given(name)
    assert np.array_equal(applied(name, what, 3), applied(name, what, 3))


@EACH
def test_what_is_given_is_neither_changed_nor_handed_back(name: str) -> None:
    what = given(name)
    before = what.copy()
    what.flags.writeable = False
    made = applied(name, what)
    assert np.array_equal(what, before)
    assert not np.shares_memory(made, what)


@EACH
def test_silence_stays_finite(name: str) -> None:
    what = np.zeros_like(given(name))
    made = applied(name, what)
    assert np.isfinite(made).all()
    assert len(made) == expected_length(name, len(what))


@EACH
@pytest.mark.parametrize("n", [1, 2, 7])
def test_a_very_short_one_works(name: str, n: int) -> None:
    what = given(name)[200 : 200 + n] if len(given(name)) > 1000 else given(name)[:n]
    assert np.any(what)
    made = applied(name, what)
    assert np.isfinite(made).all()
    assert made.shape == (expected_length(name, n), *what.shape[1:])


@EACH
@pytest.mark.parametrize("fault", ["form", "whole numbers", "empty", "nan"])
def test_what_is_none_is_a_sentence(name: str, fault: str) -> None:
    what = given(name)
    wrong = {
        "form": what[None],
        "whole numbers": (what * np.float32(100)).astype(np.int16),
        "empty": what[:0],
        "nan": np.where(np.arange(what.size).reshape(what.shape) == 5, np.nan, what),
    }[fault]
    with pytest.raises(InputError) as caught:
        applied(name, wrong)
    expected = {
        1: "a sound (n,) of floats, with a sample and no NaN",
        2: "a spectrogram (frames, mels) of floats, with a frame and no NaN",
        3: "a picture (h, w, 3) of uint8, with a pixel",
    }[what.ndim]
    told = f"{wrong.dtype} {wrong.shape}; read it with its modality"
    told = "1 numbers that are not finite; leave the item out" if fault == "nan" and what.ndim < 3 else told
    assert str(caught.value) == f"expected {expected}; found {told}"
