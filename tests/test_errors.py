"""Errors say what was expected, what was found, what to do; and survive a trip between processes."""

from __future__ import annotations

import copy

import pytest

from affectkit import errors

KINDS = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.AffectError)]


@pytest.mark.parametrize("error", KINDS)
def test_three_parts_in_one_sentence(error: type[errors.AffectError]) -> None:
    made = error("a sentence", "an empty one", "leave it out")
    assert str(made) == made.message == "expected a sentence; found an empty one; leave it out"
    assert (made.expected, made.found, made.fix) == ("a sentence", "an empty one", "leave it out")


@pytest.mark.parametrize("error", KINDS)
def test_an_error_crosses_processes(error: type[errors.AffectError]) -> None:
    back = copy.copy(error("a", "b", "c"))  # by `__reduce__`, as between processes
    assert (type(back), str(back)) == (error, "expected a; found b; c")


def test_kinds_differ_and_exit_codes_are_those_of_the_command_line() -> None:
    assert len({e.kind for e in KINDS}) == len(KINDS)
    codes = {e.__name__: e.exit_code for e in KINDS}
    assert codes == {
        "AffectError": 1,
        "UsageError": 2,
        "UnknownName": 2,
        "InputError": 1,
        "Nothing": 1,
        "DataError": 1,
        "BundleError": 1,
        "MissingExtra": 2,
    }


def test_an_unknown_name_offers_the_nearest() -> None:
    error = errors.UnknownName.among("a corpus", "Emobnk", ["fer", "meld", "emobank"])
    assert str(error) == "expected the name of a corpus; found 'Emobnk'; did you mean emobank?"


def test_an_unknown_name_without_a_near_one_lists_all() -> None:
    error = errors.UnknownName.among("a corpus", "zzz", iter(["meld", "emobank"]))
    assert str(error) == "expected the name of a corpus; found 'zzz'; choose one of emobank, meld"
    assert "choose one of none yet" in str(errors.UnknownName.among("a fusion", "zzz", []))


def test_a_missing_extra_is_an_import_error_that_names_the_extra() -> None:
    error = errors.MissingExtra.of("Predictions.to_frame", "pandas", "analysis")
    assert isinstance(error, ImportError)
    assert str(error) == (
        "expected pandas for Predictions.to_frame; found it is not installed; pip install 'affectkit[analysis]'"
    )
