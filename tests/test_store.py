"""Files whole or not at all; one hash, one content."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import store


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_sha256_is_the_standard_one(data: bytes) -> None:
    assert store.sha256(data) == hashlib.sha256(data).hexdigest()


def test_sha256_of_a_file_longer_than_a_block(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    (tmp_path / "long").write_bytes(data)
    assert len(data) > 1 << 20
    assert store.sha256(tmp_path / "long") == hashlib.sha256(data).hexdigest()


def test_a_broken_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = store.write(tmp_path / "new" / "a.txt", "old")
    with pytest.raises(RuntimeError, match="power cut"), store.whole(file) as aside:
        aside.write_text("half")
        raise RuntimeError("power cut")
    assert [(p.name, p.read_text()) for p in file.parent.iterdir()] == [("a.txt", "old")]


def test_the_file_appears_only_when_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    with store.whole(file) as aside:
        aside.write_text("first half")
        assert not file.exists()
        assert aside.parent == file.parent  # the same disk, so that taking the place is one step
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_threads_that_write_one_file_do_not_mix(tmp_path: Path) -> None:
    file, together = tmp_path / "a.txt", threading.Barrier(4)
    asides = []

    def write(letter: str) -> None:
        with store.whole(file) as aside:
            asides.append(aside)
            aside.write_text(letter * 1000)
            together.wait()

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(asides)) == 4
    assert file.read_text() in {letter * 1000 for letter in "abcd"}


def test_json_keeps_order_and_letters(tmp_path: Path) -> None:
    file = store.write_json(tmp_path / "a.json", {"z": "é 🙂", "a": [1.5, None]})
    assert json.loads(file.read_text(encoding="utf-8")) == {"z": "é 🙂", "a": [1.5, None]}
    assert file.read_text(encoding="utf-8").startswith('{\n "z": "é 🙂"')
    assert file.read_text(encoding="utf-8").endswith("}\n")


@settings(deadline=None)
@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_keys_are_equal_only_for_equal_parts(a: list[str], b: list[str]) -> None:
    assert (store.key(*a) == store.key(*b)) == (a == b)  # ("ab",) and ("a", "b") differ


def test_a_file_counts_by_its_content(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text("same")
    assert store.key(tmp_path / "one", "x") == store.key(tmp_path / "two", b"x") == store.key("same", "x")


def test_the_cache_makes_once(tmp_path: Path) -> None:
    made = []

    def make(aside: Path) -> None:
        made.append(aside)
        aside.write_text("features")

    key = store.key("clip", "settings")
    first = store.cached(key, ".npy", make, tmp_path)
    assert store.cached(key, ".npy", make, tmp_path) == first
    assert (len(made), first.read_text(), first.suffix) == (1, "features", ".npy")
    assert first.is_relative_to(tmp_path)


def test_the_cache_keeps_nothing_of_a_failure(tmp_path: Path) -> None:
    def fail(aside: Path) -> None:
        aside.write_text("half")
        raise ValueError("no decoder")

    with pytest.raises(ValueError, match="no decoder"):
        store.cached(store.key("x"), ".npy", fail, tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AFFECTKIT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "")  # set but empty counts as not set
    assert store.cache_folder() == tmp_path / ".cache" / "affectkit"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert store.cache_folder() == tmp_path / "xdg" / "affectkit"
    monkeypatch.setenv("AFFECTKIT_CACHE", str(tmp_path / "own"))
    assert store.cache_folder() == tmp_path / "own"
