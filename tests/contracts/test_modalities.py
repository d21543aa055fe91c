"""What every modality keeps, found by scanning: toys of one form, the same each time, clear errors; text's cases."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import find
from affectkit.errors import InputError
from affectkit.modalities import text
from affectkit.sample import Media

EACH_MODALITY = pytest.mark.parametrize("name", find.names("modalities"))


def same(a: Any, b: Any) -> bool:
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


def readable(name: str) -> list[str]:
    """Suffixes that tell the modality, and those of files it reads when it is asked for by name."""
    card = find.card("modalities", name)
    return [*card["suffixes"], *card.get("reads", ())]


@EACH_MODALITY
def test_the_card_is_complete(name: str) -> None:
    card = find.card("modalities", name)
    assert set(card) >= {"title", "form", "rate", "unit", "suffixes"}
    assert readable(name)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in readable(name))


def test_a_suffix_tells_one_modality() -> None:
    told = [suffix for card in find.cards("modalities").values() for suffix in card["suffixes"]]
    assert len(set(told)) == len(told) > 0


@EACH_MODALITY
def test_a_toy_is_a_function_of_its_seed(name: str) -> None:
    part = find.load("modalities", name)
    read = [part.read(part.toy(np.random.default_rng(seed))) for seed in (3, 3, 4)]
    assert same(read[0], read[1])
    assert not same(read[0], read[2])


@EACH_MODALITY
def test_reading_is_the_blocks_in_a_row(name: str) -> None:
    part = find.load("modalities", name)
    media = part.toy(np.random.default_rng(0))
    blocks, whole = list(part.open(media)), part.read(media)
    assert same(whole, "".join(blocks) if isinstance(whole, str) else np.concatenate(blocks))
    assert len(whole)
    said = find.card("modalities", name)["form"].replace(",", " ").split()[0]
    assert said == (type(whole).__name__ if isinstance(whole, str) else str(whole.dtype))
    assert isinstance(whole, str) or np.isfinite(whole).all()


@EACH_MODALITY
def test_a_broken_file_is_a_sentence(name: str, tmp_path: Path) -> None:
    part = find.load("modalities", name)
    file = tmp_path / f"broken{readable(name)[0]}"
    file.write_bytes(b"\xff\x00\xfe broken \x9d" * 9)
    with pytest.raises(InputError) as caught:
        part.read(Media(path=str(file)))
    assert all((caught.value.expected, caught.value.found, caught.value.fix))
    assert str(file) in str(caught.value)


@settings(deadline=None)
@given(st.text())
def test_text_is_normalised_once_and_for_all(given: str) -> None:
    try:
        read = text.normalise(given)
    except InputError:
        # nothing that shows: white space, controls, and what is not assigned
        assert all(c.isspace() or unicodedata.category(c)[0] in "CZ" for c in given)
        return
    assert text.normalise(read) == read
    assert read == " ".join(read.split())
    assert unicodedata.is_normalized("NFC", read)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in read)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("  I\tam \r\n so HAPPY!! ", "I am so HAPPY!!"),
        ("nul\0byte", "nul byte"),
        ("cafe\u0301", "café"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f", "👩\u200d👩\u200d👧 ❤\ufe0f"),  # joiners and emoji forms stay
        ("lone \ud800 surrogate", "lone surrogate"),
        ("two\u2028lines", "two lines"),
    ],
)
def test_text_by_hand(given: str, expected: str) -> None:
    assert text.read(Media(text=given)) == expected


@pytest.mark.parametrize("given", ["", " \t\n", "\0", "\u2003"])
def test_a_blank_text_is_an_error(given: str) -> None:
    with pytest.raises(InputError) as caught:
        text.read(Media(text=given))
    assert str(caught.value) == (
        "expected a text with a character that is not white space; found an empty one; leave the item out"
    )


def test_a_text_file_is_utf_8_with_or_without_its_mark(tmp_path: Path) -> None:
    for content in ("schön".encode(), "schön".encode("utf-8-sig")):
        (tmp_path / "a.txt").write_bytes(content)
        assert text.read(Media(path=str(tmp_path / "a.txt"))) == "schön"
    (tmp_path / "a.txt").write_bytes("schön".encode("cp1252"))
    with pytest.raises(InputError, match=r"a\.txt; found byte 0xf6 at 3; save the file as UTF-8$"):
        text.read(Media(path=str(tmp_path / "a.txt")))


def test_an_array_is_no_text() -> None:
    with pytest.raises(InputError, match="expected a text or the path of a text file; found an array; give a str"):
        text.read(Media(array=np.zeros(3)))


@settings(deadline=None)
@given(st.one_of(st.text(max_size=4), st.text(alphabet=" \t\0\u2003\u200d\ufe0f\ue000a🙂", max_size=4)))
def test_a_text_is_blank_where_reading_it_is_an_error(given: str) -> None:
    try:
        left = bool(text.read(Media(text=given)))
    except InputError:
        left = False
    assert text.blank(Media(text=given)) is not left
