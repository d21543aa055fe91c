"""What every explainer keeps, found by scanning: a linear model is explained as it is, always alike, or a sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from affectkit import find
from affectkit.errors import DataError, InputError, UnknownName
from affectkit.explain import Explanation, Predict, Unit
from affectkit.sample import Media

PARTS = find.names("explainers")
EACH = pytest.mark.parametrize("name", PARTS)
CASES = [(name, modality) for name in PARTS for modality in find.card("explainers", name)["takes"]]
EACH_CASE = pytest.mark.parametrize(("name", "modality"), CASES)
LABELS = ("other", "joy")
WEIGHT = {"I": 0.5, "am": -0.25, "so": 0.0, "happy": 2.0, "sad": -3.0, "angry": 1.0, "today": 0.1, "!": 0.7, "🙂": -1.1}

Known = tuple[Predict, Media, Callable[[Explanation], NDArray[Any]], float]
"""A linear model, an input, what the effects are by the textbook, and how near they come (share of the largest)."""


def read(modality: str) -> Callable[[Media], Any]:
    found: Callable[[Media], Any] = find.load("modalities", modality).read
    return found


def predict_by(modality: str, score: Callable[[Any], float]) -> Predict:
    """The score of "joy" is a function of what is read; the other label is always lower."""
    return Predict(lambda media: np.array([[-1e9, score(read(modality)(one))] for one in media]), modality, LABELS)


def of_text(modality: str) -> Known:
    media = find.load("modalities", modality).toy(np.random.default_rng(0))
    text = read(modality)(media)

    def score(given: str) -> float:
        return 5 + sum(WEIGHT[word] for word in given.split() if word in WEIGHT)

    def effects(told: Explanation) -> NDArray[Any]:
        return np.array([WEIGHT[text[int(start) : int(end)]] for start, end in told.parts])

    return predict_by(modality, score), media, effects, 2e-3


def of_picture(modality: str) -> Known:
    media = find.load("modalities", modality).toy(np.random.default_rng(0))
    picture = read(modality)(media).astype(np.float64)
    weight = np.random.default_rng(1).uniform(-1, 1, picture.shape[:2])[..., None] * np.ones(3)
    weight[: len(weight) // 4] = 0

    def effects(told: Explanation) -> NDArray[Any]:
        wide = max(max(right - left, bottom - top) for left, top, right, bottom in told.parts)
        blurred = ndimage.gaussian_filter(picture, (wide, wide, 0), mode="nearest")
        lost = weight * (picture - blurred)
        cells = [[int(side) for side in cell] for cell in told.parts]
        return np.array([lost[top:bottom, left:right].sum() for left, top, right, bottom in cells])

    return predict_by(modality, lambda given: float((weight * given).sum())), media, effects, 0.03


def of_sound(modality: str) -> Known:
    part = find.load("modalities", modality)
    sound = np.concatenate([part.read(part.toy(np.random.default_rng(seed))) for seed in range(2)])
    rate_hz = part.CARD["rate"]
    since_s = np.arange(len(sound)) / rate_hz % 0.25
    # stretches of 250 ms fade within 5 ms of their ends, where the model does not listen
    weight = np.where((since_s > 0.006) & (since_s < 0.244), sound, 0).astype(np.float64)

    def effects(told: Explanation) -> NDArray[Any]:
        spans = [(round(start_s * rate_hz), round(end_s * rate_hz)) for start_s, end_s in told.parts]
        return np.array([(weight * sound)[start:end].sum() for start, end in spans])

    return predict_by(modality, lambda given: float(given @ weight)), Media(array=sound), effects, 0.02


KNOWN: dict[Unit, Callable[[str], Known]] = {
    Unit.CHARACTERS: of_text,
    Unit.PIXELS: of_picture,
    Unit.SECONDS: of_sound,
}
NOTHING = {
    Unit.CHARACTERS: (Media(text=" \n "), "expected a text with a character that is not white space; found an empty"),
    Unit.PIXELS: (Media(array=np.zeros((0, 5, 3), np.uint8)), "expected a picture (h, w) or (h, w, 3), or the bytes"),
    Unit.SECONDS: (Media(array=np.zeros(0, np.float32)), "expected sound from 0 s on in an array; found none"),
}


def unit_of(modality: str) -> Unit:
    given = read(modality)(find.load("modalities", modality).toy(np.random.default_rng(0)))
    return Unit.CHARACTERS if isinstance(given, str) else Unit.SECONDS if given.ndim == 1 else Unit.PIXELS


def known(modality: str) -> Known:
    return KNOWN[unit_of(modality)](modality)


def explained(name: str, predict: Predict, media: Media, label: str | None = None, **changes: Any) -> Explanation:
    part = find.load("explainers", name)
    found: Explanation = part.explain(part.Config(**changes), predict, media, label)
    return found


@cache
def known_and_explained(name: str, modality: str) -> tuple[Known, Explanation]:
    its = known(modality)
    return its, explained(name, *its[:2])


@EACH
def test_the_card_and_config_describe_the_explainer(name: str) -> None:
    card, part = find.card("explainers", name), find.load("explainers", name)
    assert set(card) >= {"title", "reference", "takes", "form", "extra"}
    assert set(card["takes"]) <= set(find.names("modalities"))
    assert part.Config.__dataclass_params__.frozen
    assert part.Config() == dataclasses.replace(part.Config())
    assert "Reference:" in str(part.__doc__)
    with pytest.raises(DataError, match=r"found .*0"):
        part.Config(most=0)


@EACH_CASE
def test_a_linear_model_is_explained_as_it_is(name: str, modality: str) -> None:
    (predict, media, effects, near), found = known_and_explained(name, modality)
    wanted = effects(found)
    assert found.unit is unit_of(modality)
    assert found.label == "joy"
    assert found.score == predict([media])[0, 1]
    assert len(wanted) > 1
    np.testing.assert_allclose(found.effect, wanted, atol=near * np.abs(wanted).max())


@EACH_CASE
def test_the_other_label_has_no_effects_where_it_never_changes(name: str, modality: str) -> None:
    predict, media, *_ = known(modality)
    found = explained(name, predict, media, "other")
    assert found.label == "other"
    assert found.score == -1e9
    assert not found.effect.any()


@EACH_CASE
def test_the_same_input_is_explained_alike_and_not_changed(name: str, modality: str) -> None:
    (_, media, *_), first = known_and_explained(name, modality)
    predict, same, *_ = known(modality)
    again = explained(name, predict, same)
    assert first.parts == again.parts
    np.testing.assert_array_equal(first.effect, again.effect)
    np.testing.assert_array_equal(read(modality)(media), read(modality)(same))  # explained, and not changed by it


@EACH_CASE
@pytest.mark.parametrize("most", [1, 2, 5])
def test_there_are_no_more_parts_than_asked_for(name: str, modality: str, most: int) -> None:
    predict, media, *_ = known(modality)
    found = explained(name, predict, media, most=most)
    assert 1 <= len(found.parts) <= most
    if len(found.parts[0]) == 2:
        assert all(before[1] <= after[0] for before, after in pairwise(found.parts))


@EACH_CASE
def test_of_nothing_there_is_no_explanation(name: str, modality: str) -> None:
    predict, *_ = known(modality)
    media, said = NOTHING[unit_of(modality)]
    with pytest.raises(InputError) as caught:
        explained(name, predict, media)
    assert str(caught.value).startswith(said)


@EACH_CASE
def test_a_label_that_is_not_there_is_a_sentence(name: str, modality: str) -> None:
    predict, media, *_ = known(modality)
    with pytest.raises(UnknownName) as caught:
        explained(name, predict, media, "joyy")
    assert str(caught.value) == "expected the name of a label; found 'joyy'; did you mean joy?"
