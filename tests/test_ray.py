"""`--engine ray` on a local Ray of two workers: the same rows in the same order; and its sentences."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import toys
from affectkit import find
from affectkit.app import cli


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pack(tmp_path_factory.mktemp("ray") / "toy.affect")


def shared(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, which Ray may not take this one with when it ends."""
    told = {k: v for k, v in os.environ.items() if k != "RAY_ADDRESS"}
    command = [sys.executable, "-m", "affectkit", *map(str, arguments), "--engine", "ray", "--workers", "2"]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=told, timeout=300, check=False)


def test_the_same_rows_in_the_same_order_and_a_run_that_goes_on(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.chdir(tmp_path)
    lines = ["" if i % 10 == 9 else f"{'so ' * (i % 7)}joy" for i in range(300)]
    Path("a.csv").write_text("id,text\n" + "".join(f"{i},{line}\n" for i, line in enumerate(lines)), encoding="utf-8")
    alone = run("predict", "a.csv", "--bundle", toy, "--jsonl")
    many = shared("predict", "a.csv", "--bundle", toy, "--jsonl")
    if "expected Ray at this machine" in many.stderr:
        pytest.skip(f"Ray does not begin here: {many.stderr[:200]}")
    assert (many.returncode, many.stdout) == (3, alone.stdout)
    assert len(alone.stdout.splitlines()) == 300

    # what a kill left of a run of one process is gone on with by Ray
    part = find.load("engines", "here")
    real = part.run

    def stopped(*given: Any) -> Any:
        for i, one in enumerate(real(*given)):
            if i == 123:
                raise KeyboardInterrupt
            yield one

    monkeypatch.setattr(part, "run", stopped)
    assert run("predict", "a.csv", "--bundle", toy, "--to", "jsonl=o.jsonl").exit_code != 0
    result = shared("predict", "a.csv", "--bundle", toy, "--to", "jsonl=o.jsonl")
    assert "continuing o.jsonl.part: 123 items are there" in result.stderr
    assert Path("o.jsonl").read_text(encoding="utf-8") == alone.stdout


def test_without_the_extra_it_is_one_sentence(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    result = run("predict", "joy", "--bundle", toy, "--engine", "ray")
    assert result.exit_code == 2
    assert result.stderr == (
        "affectkit: expected ray for the engine ray; found it is not installed; pip install 'affectkit[ray]'\n"
    )


@pytest.mark.parametrize(
    ("engine", "where", "local"),
    [
        ("ray", None, True),
        ("ray://head", "ray://head:10001", False),
        ("ray://head:777", "ray://head:777", False),
    ],
)
def test_where_ray_is_looked_for(
    toy: Path, monkeypatch: pytest.MonkeyPatch, engine: str, where: str | None, local: bool
) -> None:
    ray = pytest.importorskip("ray")
    asked: list[tuple[str | None, bool]] = []

    def init(address: str | None, **given: Any) -> None:
        asked.append((address, "include_dashboard" in given))
        raise ConnectionError("nobody there\nand more")

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(ray, "init", init)
    result = run("predict", "joy", "--bundle", toy, "--engine", engine)
    assert asked == [(where, local)] and result.exit_code == 1
    assert result.stderr == (
        f"affectkit: expected Ray at {engine if where else 'this machine'}; found nobody there; "
        "check that the cluster runs, or leave --engine out\n"
    )


def test_listing_engines_does_not_load_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    shown = run("list", "engines").stdout
    assert "ray" in shown and "processes" in shown
