"""The command line as a whole, and its commands list, show, convert and doctor."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import affectkit
import toys
from affectkit import find
from affectkit.app import cli, parts
from affectkit.app.commands import doctor
from affectkit.runtime import bundle

COMMANDS = sorted(Path(cli.__file__).with_name("commands").glob("[!_]*.py"))


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy bundle as the only shipped one."""
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    return toys.pack(tmp_path / "toy.affect")


def test_commands_are_the_files_of_the_folder() -> None:
    shown = run("--help").stdout
    for file in COMMANDS:
        assert f" {file.stem.replace('_', '-')} " in shown
    assert run("--version").stdout == f"affectkit {affectkit.__version__}\n"


@pytest.mark.parametrize("file", COMMANDS, ids=lambda file: file.stem)
def test_the_first_line_of_the_docstring_is_the_help(file: Path) -> None:
    expected = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()[0]
    assert cli.first_line(file) == expected != ""
    assert expected.endswith(".")


@pytest.mark.parametrize("file", COMMANDS, ids=lambda file: file.stem)
def test_every_command_has_help(file: Path) -> None:
    result = run(file.stem.replace("_", "-"), "--help")
    assert result.exit_code == 0 and "Usage:" in result.stdout


def test_an_unknown_command_offers_the_nearest() -> None:
    result = run("predct")
    assert result.exit_code == 2
    assert "No such command 'predct'. Did you mean 'predict'?" in result.stderr


# ---- list ------------------------------------------------------------------------------------------------------------


def test_list_without_a_kind_counts_all(toy: Path) -> None:
    counts = json.loads(run("list", "--json").stdout)
    assert counts == {kind: len(find.names(kind)) for kind in find.kinds()} | {"bundles": 1}
    shown = [line.split() for line in run("list").stdout.splitlines()]
    assert ["bundles", "1"] in shown and ["metrics", str(len(find.names("metrics")))] in shown


@pytest.mark.parametrize("kind", find.kinds())
def test_list_of_a_kind_is_its_cards(kind: str) -> None:
    found = json.loads(run("list", kind, "--json").stdout)
    assert {one["name"]: one for one in found} == {n: {"name": n, **card} for n, card in find.cards(kind).items()}
    shown = run("list", kind).stdout
    assert all(name in shown for name in find.names(kind))
    assert run("list", find.SINGULAR[kind]).stdout == shown


def test_list_of_bundles_and_by_modality(toy: Path) -> None:
    (found,) = json.loads(run("list", "bundles", "--json").stdout)
    assert (found["name"], found["licences"]["weights"]) == ("toy", "CC BY-SA 4.0")
    assert "CC BY-SA 4.0" in run("list", "bundles").stdout
    assert len(json.loads(run("list", "bundles", "--takes", "text", "--json").stdout)) == 1
    assert json.loads(run("list", "bundles", "--takes", "speech", "--json").stdout) == []
    corpora = {one["name"] for one in json.loads(run("list", "corpora", "--takes", "text", "--json").stdout)}
    assert corpora == {name for name, card in find.cards("corpora").items() if "text" in card["modalities"]} != set()


def test_list_of_an_unknown_kind() -> None:
    result = run("list", "metricks")
    assert result.exit_code == 2
    assert "affectkit: expected the name of a kind of part; found 'metricks'; did you mean metrics" in result.stderr


# ---- show ------------------------------------------------------------------------------------------------------------


def test_show_of_a_bundle_by_name_or_path(toy: Path) -> None:
    card = json.loads(run("show", "toy", "--json").stdout)
    assert card == {"id": "bundles/toy"} | toys.card()
    assert json.loads(run("show", toy, "--json").stdout) == card
    shown = run("show", "toy").stdout
    for part in ("weights: CC BY-SA 4.0", "A toy: it knows some forty words.", "macro_f1", "value 0.5, low 0.48"):
        assert part in shown
    assert "slope" not in shown  # the numbers of the calibration are for machines


def test_show_of_a_part() -> None:
    shown = run("show", "metrics/macro_f1").stdout
    assert "2 TP / (2 TP + FP + FN)" in shown and "title: Macro F1" in shown
    assert json.loads(run("show", "macro_f1", "--json").stdout)["title"] == "Macro F1"


def test_a_name_of_several_kinds_shows_all_of_them() -> None:
    kinds = [kind for kind in find.kinds() if "goemotions" in find.names(kind)]
    assert len(kinds) > 1
    ids = [f"{kind}/goemotions" for kind in kinds]
    assert [one["id"] for one in json.loads(run("show", "goemotions", "--json").stdout)] == ids
    shown = run("show", "goemotions").stdout
    assert all(id in shown for id in ids)
    assert json.loads(run("show", "taxonomy/goemotions", "--json").stdout)["id"] == "taxonomies/goemotions"


def test_show_of_an_unknown_name_offers_the_nearest(toy: Path) -> None:
    result = run("show", "macro_f2")
    assert result.exit_code == 2
    assert "expected the name of a part or bundle; found 'macro_f2'; did you mean macro_f1" in result.stderr
    assert "no.affect; found no such file" in run("show", "no.affect").stderr
    toy.write_bytes(b"PK")
    broken = run("show", toy)
    assert broken.exit_code == 1 and "a whole, unaltered bundle in" in broken.stderr


# ---- convert ---------------------------------------------------------------------------------------------------------


def test_convert_says_where_a_label_goes_and_what_is_lost() -> None:
    result = run("convert", "gratitude", "--from", "goemotions", "--to", "ekman")
    assert result.exit_code == 0 and result.stdout.startswith("joy 1.00\nlost: ")
    data = json.loads(run("convert", "gratitude", "--from", "goemotions", "--to", "ekman", "--json").stdout)
    expected = affectkit.convert("gratitude", "goemotions", "ekman")
    assert data["scores"] == dict(expected.scores) and data["lost"] == expected.lost.to_json()
    assert (data["label"], data["from"], data["to"]) == ("gratitude", "goemotions", "ekman")


def test_convert_to_dimensions_keeps_what_is_below_zero() -> None:
    shown = run("convert", "sadness", "--from", "ekman", "--to", "vad").stdout
    assert "valence -" in shown and "arousal" in shown and "dominance" in shown


def test_convert_says_when_there_is_no_place() -> None:
    shown = run("convert", "neutral", "--from", "goemotions", "--to", "ekman").stdout
    assert "neutral has no place in ekman" in shown


def test_convert_of_unknown_names_offers_the_nearest() -> None:
    label = run("convert", "gratitud", "--from", "goemotions", "--to", "ekman")
    assert label.exit_code == 2 and "found 'gratitud'; did you mean gratitude" in label.stderr
    scheme = run("convert", "joy", "--from", "goemotion", "--to", "ekman")
    assert scheme.exit_code == 2 and "found 'goemotion'; did you mean goemotions" in scheme.stderr


# ---- doctor ----------------------------------------------------------------------------------------------------------


def test_doctor_says_what_is_there(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "goemotions").mkdir()
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    result = run("doctor", "--json")
    data = json.loads(result.stdout)
    assert result.exit_code == 0
    assert data["affectkit"] == affectkit.__version__
    import numpy

    assert data["base"]["numpy"] == numpy.__version__ and None not in data["base"].values()
    assert data["extras"]["analysis"]["libraries"]["pyarrow"]
    assert data["bundles"] == {"toy": {"version": 3, "error": None}}
    assert data["corpora"] == {"folder": str(tmp_path), "found": ["goemotions"]}
    shown = run("doctor").stdout
    assert "bundle toy: verified, version 3" in shown and "goemotions" in shown


def test_doctor_names_the_extra_of_what_is_missing(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "pyarrow" else real(name))
    its = json.loads(run("doctor", "--json").stdout)["extras"]
    assert its["analysis"]["present"] is False and its["analysis"]["libraries"]["pyarrow"] is None
    assert its["train"]["libraries"]["pyarrow"] is None  # an extra that holds another
    assert its["analysis"]["install"] == "pip install 'affectkit[analysis]'"
    shown = run("doctor").stdout
    assert "pyarrow MISSING" in " ".join(shown.split())
    assert "to add what is missing: pip install 'affectkit[analysis]'" in shown


def test_doctor_finds_a_broken_bundle_and_a_missing_base_library(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toys.altered(toy, toy.with_name("bad.affect"), model=b"other")
    result = run("doctor")
    assert result.exit_code == 1
    assert "another content of model.onnx" in " ".join(result.stdout.split())
    toy.with_name("bad.affect").unlink()
    assert run("doctor").exit_code == 0
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "av" else real(name))
    assert run("doctor").exit_code == 1


def test_parts_of_bundles_and_files_share_one_way_of_naming(toy: Path) -> None:
    assert parts.named("toy") == parts.named("bundles/toy") == parts.named("bundle/toy") == parts.named(str(toy))
