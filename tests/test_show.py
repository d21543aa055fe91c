"""Tables for people and for files: where there is no terminal, no cell is cut short."""

from __future__ import annotations

import pytest

from affectkit.app import show


def test_a_table_in_a_file_is_as_wide_as_it_needs_to_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows = [["name " * 20, "+0.123456789", "0.0123 to 0.0456"], ["b", "-1", ""]]
    show.as_table(["task", "gain", "interval"], rows)
    head, first, second = capsys.readouterr().out.splitlines()
    assert first.removeprefix("name " * 20).split() == ["+0.123456789", "0.0123", "to", "0.0456"]
    assert head.endswith("interval") and second.endswith("-1"), "nothing is filled up at the end"
    assert head.index("gain") == first.index("+0.12") == second.index("-1")
