"""Settings: text read as the field's type, parts as "name:key=value", and sentences for what does not fit."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectkit import settings
from affectkit.errors import UnknownName, UsageError


@dataclass(frozen=True)
class Toy:
    epochs: int = 3
    lr: float = 0.1
    soup: bool = True
    teacher: str = ""
    seed: int | None = None
    weights: tuple[float, ...] = ()
    names: tuple[str, ...] = ()


@given(st.integers(), st.floats(allow_nan=False), st.booleans(), st.text(), st.lists(st.floats(allow_nan=False)))
def test_a_config_written_as_text_is_read_back(
    epochs: int, lr: float, soup: bool, teacher: str, weights: list[float]
) -> None:
    text = {"epochs": str(epochs), "lr": repr(lr), "soup": str(soup), "teacher": teacher}
    # "+" parts several numbers, so an exponent is written without one
    text["weights"] = "+".join(repr(w).replace("e+", "e") for w in weights)
    assert settings.apply(Toy(), text) == Toy(epochs, lr, soup, teacher, weights=tuple(weights))


def test_values_that_are_not_text_stay_and_lists_become_tuples() -> None:
    made = settings.apply(Toy(), {"epochs": 5, "weights": [1.0, 2.0]})
    assert made == Toy(epochs=5, weights=(1.0, 2.0))
    assert settings.apply(Toy(), dataclasses.asdict(made)) == made


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("1", True), ("0", False)], ids=["true", "False", "1", "0"]
)
def test_yes_and_no_are_read_in_their_usual_spellings(text: str, value: bool) -> None:
    assert settings.apply(Toy(soup=not value), {"soup": text}).soup is value


def test_what_may_be_absent_is_read_as_a_number_or_as_none() -> None:
    assert settings.apply(Toy(), {"seed": "7"}).seed == 7
    assert settings.apply(Toy(seed=7), {"seed": "none"}).seed is None


def test_several_values_are_joined_by_plus() -> None:
    assert settings.apply(Toy(), {"weights": "2", "names": "joy+anger"}) == Toy(weights=(2.0,), names=("joy", "anger"))


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({"epochs": "3.5"}, "expected a value of type int for the setting 'epochs'; found '3.5'; correct it"),
        ({"epochs": ""}, "expected a value of type int for the setting 'epochs'; found ''; correct it"),
        ({"lr": "fast"}, "expected a value of type float for the setting 'lr'; found 'fast'; correct it"),
        ({"soup": "maybe"}, "expected a value of type bool for the setting 'soup'; found 'maybe'; correct it"),
        ({"seed": "x"}, "expected a value of type int for the setting 'seed'; found 'x'; correct it"),
        ({"weights": "1+two"}, "expected a value of type float for the setting 'weights'; found 'two'; correct it"),
    ],
    ids=["int", "empty", "float", "bool", "optional", "tuple"],
)
def test_text_of_another_type_names_the_type(given_: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.apply(Toy(), given_)
    assert str(caught.value) == sentence
    assert caught.value.exit_code == 2


def test_an_unknown_setting_offers_near_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        settings.apply(Toy(), {"epoch": "3"})
    assert str(caught.value) == "expected the name of a setting; found 'epoch'; did you mean epochs or teacher?"
    with pytest.raises(UnknownName, match="choose one of epochs, lr, names, seed, soup, teacher, weights"):
        settings.apply(Toy(), {"zzzz": "3"})


def test_a_part_with_its_settings_in_one_text() -> None:
    module, config = settings.part("objectives", "asymmetric:negative=3,margin=0.1")
    assert (config.negative, config.margin, config.positive) == (3.0, 0.1, 0.0)
    assert callable(module.build(config))
    assert settings.part("objectives", "asymmetric")[1] == module.Config()
    assert settings.part("objectives", "bce:positive=1+2.5")[1].positive == (1.0, 2.5)


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("asymetric", "expected the name of an? objective; found 'asymetric'; did you mean asymmetric"),
        ("asymmetric:negativ=3", "expected the name of a setting; found 'negativ'; did you mean negative"),
        (
            "asymmetric:negative",
            "expected settings of the form name=value; found 'negative'; write name=3, for example",
        ),
        ("asymmetric:negative=x", "expected a value of type float for the setting 'negative'; found 'x'; correct it"),
    ],
    ids=["part", "setting", "form", "type"],
)
def test_a_part_that_cannot_be_read_says_why(spec: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        settings.part("objectives", spec)


def test_pairs_keep_what_follows_the_first_equals_sign() -> None:
    assert settings.pairs(["encoder=minilm:layers=3", "lr=1e-4"]) == {"encoder": "minilm:layers=3", "lr": "1e-4"}
    with pytest.raises(UsageError, match=r"settings of the form name=value; found 'lr'; write name=3, for example"):
        settings.pairs(["lr"])
