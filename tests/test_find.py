"""Parts are found by scanning, described without importing, and asked for by name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from affectkit import find
from affectkit.errors import DataError, MissingExtra, UnknownName

Plant = Callable[[str], Path]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Puts a part named `foreign_part` of some text where a third party's package would."""

    def put(text: str) -> Path:
        file = tmp_path / "foreign_part.py"
        file.write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "foreign_part", raising=False)

        def points(group: str) -> list[EntryPoint]:
            return [EntryPoint("foreign", "foreign_part", group)] if group == "affectkit.metrics" else []

        monkeypatch.setattr("importlib.metadata.entry_points", points)
        return file

    return put


def test_names_are_file_names() -> None:
    folder = Path(find.__file__).parent / "corpora"
    files = {p.stem for p in folder.iterdir() if p.suffix == ".py" and not p.stem.startswith("_")}
    assert files <= set(find.names("corpora"))
    assert find.names("corpora") == sorted(find.names("corpora"))
    assert "__init__" not in find.names("corpora")


def test_every_part_of_every_kind_describes_itself() -> None:
    assert {"corpora", "taxonomies", "metrics", "modalities"} <= set(find.kinds())
    for kind in find.kinds():
        for name, card in find.cards(kind).items():
            assert card["title"], (kind, name)


def test_every_kind_has_a_singular() -> None:
    assert set(find.SINGULAR) == set(find.KINDS)
    assert len(set(find.SINGULAR.values())) == len(find.KINDS)


def test_listing_imports_no_part() -> None:
    code = (
        "import sys; from affectkit import find; before = set(sys.modules)\n"
        "for kind in find.kinds(): find.cards(kind)\n"
        "print([m for m in set(sys.modules) - before if m.startswith('affectkit')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["__init__", "", "../errors", "../taxonomies/vad", "no\0where", "macro_f2"])
def test_what_is_no_part_is_unknown(name: str) -> None:
    with pytest.raises(UnknownName, match="expected the name of a metric; found "):
        find.path("metrics", name)


def test_a_wrong_name_offers_near_ones() -> None:
    with pytest.raises(UnknownName, match="found 'macrof1'; did you mean macro_f1"):
        find.load("metrics", "macrof1")
    with pytest.raises(UnknownName, match="expected the name of a kind of part; found 'corpus'; did you mean corpora"):
        find.names("corpus")


def test_load_imports_the_part() -> None:
    assert find.load("corpora", "emobank").__name__ == "affectkit.corpora.emobank"
    assert find.card("corpora", "emobank") == find.load("corpora", "emobank").CARD


def test_a_third_partys_part_is_found_read_and_loaded(plant: Plant) -> None:
    file = plant('CARD = {"title": "Foreign"}\nWHO = "a third party"\n')
    assert "foreign" in find.names("metrics")
    assert "foreign" not in find.names("corpora")
    assert find.path("metrics", "foreign") == file
    assert find.cards("metrics")["foreign"] == {"title": "Foreign"}
    assert "foreign_part" not in sys.modules
    assert find.load("metrics", "foreign").WHO == "a third party"


def test_a_part_that_lacks_its_extra_says_so(plant: Plant) -> None:
    plant('import no_such_library\nCARD = {"title": "Foreign", "extra": "train"}\n')
    with pytest.raises(MissingExtra) as caught:
        find.load("metrics", "foreign")
    assert str(caught.value) == (
        "expected no_such_library for metric 'foreign'; found it is not installed; pip install 'affectkit[train]'"
    )


def test_a_part_without_an_extra_keeps_its_own_error(plant: Plant) -> None:
    plant('import no_such_library\nCARD = {"title": "Foreign"}\n')
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_library'"):
        find.load("metrics", "foreign")


def test_a_library_is_imported_or_named() -> None:
    import json

    assert find.library("json", "a test", "analysis") is json
    with pytest.raises(MissingExtra) as caught:
        find.library("no_such_library.part", "the audit", "analysis")
    assert str(caught.value) == (
        "expected no_such_library.part for the audit; found it is not installed; pip install 'affectkit[analysis]'"
    )


def test_a_library_that_breaks_inside_is_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_library.py").write_text("import no_such_library")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_library'") as caught:
        find.library("broken_library", "a test", "analysis")
    assert not isinstance(caught.value, MissingExtra)


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ('CARD = {"title": "One line"}\n', {"title": "One line"}),
        ('"""Doc."""\nCARD = {\n    "title": "Lines",\n    "of": [1, {"a": (2, None)}],\n}\nx = 1 +\n', None),
        ('CARD = {"title": "é"}', {"title": "é"}),
    ],
)
def test_only_the_cards_lines_are_parsed(tmp_path: Path, text: str, card: dict[str, Any] | None) -> None:
    file = tmp_path / "part.py"
    file.write_text(text, encoding="utf-8")
    # the second text is no Python after its CARD: nobody looks there
    assert find.read_card(file) == (card or {"title": "Lines", "of": [1, {"a": (2, None)}]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "expected a literal CARD in part.py; found none; begin the part with `CARD = "),
        ('CARD = {"title": name()}\n', "expected a literal CARD in part.py; found malformed node"),
        ('CARD = {\n    "title": "open"\n', "expected a literal CARD in part.py; found "),
        ('CARD = {[]: "a list as a key"}\n', "expected a literal CARD in part.py; found "),
    ],
)
def test_a_card_that_is_not_literal_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "part.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        find.read_card(file)
    assert str(caught.value).startswith(said)
