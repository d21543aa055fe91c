"""Bundles: written whole and repeatably, refused when anything in them is not as their hashes say."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import toys
from affectkit.errors import BundleError, UnknownName, UsageError
from affectkit.runtime import bundle


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pack(tmp_path_factory.mktemp("bundle") / "toy.affect")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the shipped bundles."""
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    return tmp_path


def test_what_is_packed_is_what_is_opened(toy: Path) -> None:
    found = bundle.open(toy)
    assert (found.model, found.assets) == (toys.model(), toys.assets())
    assert found.card == toys.card()
    assert found.spoken == "toy@3"


def test_the_file_is_a_zip_of_plain_entries_with_the_sha256_of_each(toy: Path) -> None:
    with zipfile.ZipFile(toy) as archive:
        assert sorted(archive.namelist()) == ["card.json", "hashes.json", "model.onnx", "tokenizer.json"]
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
        hashes = json.loads(archive.read("hashes.json"))
        assert hashes == {name: hashlib.sha256(archive.read(name)).hexdigest() for name in hashes}
        assert set(hashes) == {"card.json", "model.onnx", "tokenizer.json"}


def test_the_same_content_gives_the_same_bytes(toy: Path, tmp_path: Path) -> None:
    assert toys.pack(tmp_path / "again.affect").read_bytes() == toy.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["again.affect"]


def test_a_card_without_what_it_must_say_is_not_packed(tmp_path: Path) -> None:
    card = toys.card()
    del card["licences"]
    with pytest.raises(BundleError, match=r"a card\.json without licences"):
        bundle.pack(tmp_path / "x.affect", card, b"", {})
    assert not list(tmp_path.iterdir())


NEWER = toys.dumped(toys.card(form=2))
FORMLESS = toys.dumped({**toys.card(), "form": None})


def hashed(toy: Path, **entries: bytes) -> bytes:
    """A hashes.json that fits other entries, as somebody would write who alters a bundle with care."""
    with zipfile.ZipFile(toy) as archive:
        hashes = json.loads(archive.read("hashes.json"))
    return toys.dumped(hashes | {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()})


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"model": b"other"}, "another content of model.onnx than hashes.json says"),
        ({"tokenizer": b"{}"}, "another content of tokenizer.json"),
        ({"card": toys.dumped(toys.card(name="other"))}, "another content of card.json"),
        ({"model": None}, "no model.onnx"),
        ({"hashes": None}, "no hashes.json"),
        ({"hashes": b"{"}, "a hashes.json that is no JSON"),
        ({"hashes": b"[]"}, "a hashes.json that is no JSON object"),
        ({"hashes": b"{}"}, "another content of card.json"),
    ],
)
def test_an_altered_bundle_is_refused(toy: Path, tmp_path: Path, entries: dict[str, bytes | None], says: str) -> None:
    altered = toys.altered(toy, tmp_path / "altered.affect", **entries)
    with pytest.raises(BundleError, match=says) as caught:
        bundle.open(altered)
    assert caught.value.message.startswith(f"expected a whole, unaltered bundle in {altered}; found ")
    assert caught.value.message.endswith("; get or export it again")


def test_a_newer_form_is_refused_with_the_way_out(toy: Path, tmp_path: Path) -> None:
    newer = toys.altered(toy, tmp_path / "new.affect", card=NEWER, hashes=hashed(toy, **{"card.json": NEWER}))
    with pytest.raises(BundleError, match=r"a bundle of form 1 or lower in .*; found form 2; update affectkit"):
        bundle.open(newer)
    none = toys.altered(toy, tmp_path / "none.affect", card=FORMLESS, hashes=hashed(toy, **{"card.json": FORMLESS}))
    with pytest.raises(BundleError, match=r"a card\.json without its form"):
        bundle.read_card(none)


def test_a_compressed_entry_is_refused_before_it_is_unpacked(toy: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(toy) as old, zipfile.ZipFile(tmp_path / "c.affect", "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(BundleError, match="compressed, where bundles store it plain"):
        bundle.open(tmp_path / "c.affect")


@pytest.mark.parametrize("keep", [0, 10, 0.5, -1])
def test_a_truncated_file_is_refused(toy: Path, tmp_path: Path, keep: float) -> None:
    data = toy.read_bytes()
    cut = tmp_path / "cut.affect"
    cut.write_bytes(data[: int(len(data) * keep) if 0 < keep < 1 else int(keep)])
    with pytest.raises(BundleError, match="truncated or no zip"):
        bundle.open(cut)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_byte_changed_anywhere_is_refused_or_does_not_matter(
    toy: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(toy.read_bytes())
    # the end holds the directory of the zip, where a change does the oddest things
    near_end = data.draw(st.booleans())
    at = data.draw(st.integers(max(0, len(content) - 600) if near_end else 0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    changed = tmp_path / "changed.affect"
    changed.write_bytes(content)
    try:
        found = bundle.open(changed)
    except BundleError:
        return
    assert found == bundle.open(toy)


def test_a_card_is_read_without_the_model(toy: Path, tmp_path: Path) -> None:
    assert bundle.read_card(toys.altered(toy, tmp_path / "no.affect", model=None)) == toys.card()


def test_the_fingerprint_follows_the_content(toy: Path, tmp_path: Path) -> None:
    assert bundle.fingerprint(toy) == bundle.fingerprint(toys.pack(tmp_path / "same.affect"))
    assert bundle.fingerprint(toy) != bundle.fingerprint(toys.pack(tmp_path / "other.affect", version=4))


def test_bundles_are_found_by_name_or_path(shelf: Path) -> None:
    path = toys.pack(shelf / "text-en.affect")
    assert bundle.shipped() == {"text-en": path}
    assert bundle.find("text-en") == bundle.find(path) == path
    with pytest.raises(UnknownName, match=r"found 'text-de'; did you mean text-en\?"):
        bundle.find("text-de")
    with pytest.raises(UsageError, match=r"expected a \.affect file at no\.affect; found no such file"):
        bundle.find("no.affect")


def test_the_default_is_the_first_shipped_bundle_that_reads_the_input(shelf: Path) -> None:
    with pytest.raises(UsageError, match="a shipped bundle that reads text; found none"):
        bundle.default("text")
    closed = {"code": "Apache-2.0", "weights": "CC BY-NC 4.0", "data": {"goemotions": "MIT", "emobank": "MIT"}}
    first = toys.pack(shelf / "a.affect", licences=closed)
    with pytest.raises(bundle.LicenceError, match=r"found CC BY-NC 4\.0 \(weights\)"):
        bundle.default("text", commercial_only=True)
    second = toys.pack(shelf / "b.affect")
    toys.pack(shelf / "0.affect", modality="speech")
    assert bundle.default("text") == first
    assert bundle.default("text", commercial_only=True) == second


@pytest.mark.parametrize(
    "licence",
    [
        "CC0 1.0",
        "CC0-1.0",
        "CC BY 4.0",
        "CC-BY-4.0",
        "CC BY-SA 3.0",
        "cc-by-sa-4.0",
        "CC BY 4.0 International",
        "ODbL 1.0",
        "MIT",
        "MIT License",
        "BSD-3-Clause",
        "BSD 2-Clause",
        "Apache-2.0",
        "Apache License 2.0",
        "MIT OR Apache-2.0",
        "CC BY 4.0, CC BY-SA 4.0",
    ],
)
def test_licences_that_let_pass(licence: str) -> None:
    card = toys.card(trained_on=[], licences={"weights": licence, "data": {}})
    assert bundle.offending(card) == {}
    bundle.refuse(card)


@pytest.mark.parametrize(
    "licence",
    [
        "CC BY-NC 4.0",
        "CC BY-NC-SA 4.0",
        "CC BY-ND 4.0",
        "CC-BY-NC-ND-4.0",
        "GPL-3.0",
        "LGPL-3.0",
        "AGPL-3.0",
        "research only",
        "CC BY 4.0, research use",
        "MIT and GPL-3.0",
        "unknown",
        "",
        "CC BY 4.0 (non-commercial)",
        "proprietary",
        "4.0",
        None,
    ],
)
def test_licences_that_are_refused(licence: str | None) -> None:
    card = toys.card(trained_on=[], licences={"weights": "MIT", "data": {"corpus": licence}})
    assert bundle.offending(card) == {"corpus": licence or "unknown"}
    with pytest.raises(bundle.LicenceError) as caught:
        bundle.refuse(card)
    assert f"found {licence or 'unknown'} (corpus)" in caught.value.message
    assert "allow commercial use of the bundle 'toy'" in caught.value.message


def test_a_corpus_without_a_licence_counts_as_unknown() -> None:
    card = toys.card(
        trained_on=["goemotions", "meld"], licences={"weights": "MIT", "data": {"goemotions": "CC BY 4.0"}}
    )
    assert bundle.offending(card) == {"meld": "unknown"}


@pytest.mark.parametrize("name", sorted(bundle.shipped()))
def test_a_shipped_network_names_no_file_of_the_machine_it_was_made_on(name: str) -> None:
    model = bundle.open(bundle.shipped()[name]).model
    assert b'File "' not in model and b"site-packages" not in model
