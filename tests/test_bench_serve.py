"""The service's benchmark: what a run of malformed requests comes to, and whose memory is counted."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import benches
import toys

FOUND = {"statuses": {"200": 5, "422": 3, "500": 1, "0": 2}, "faults": ["x"], "gained_mb": -0.5, "peak_mb": 90.0}


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return benches.load("serve")


def test_what_was_never_sent_is_not_counted(bench: ModuleType) -> None:
    made = bench.fuzzed(FOUND)
    assert {name: its["value"] for name, its in made.items()} == {
        "faults": 1,
        "gained_mb": -0.5,
        "peak_mb": 90.0,
        "answers.200": 5,
        "answers.422": 3,
        "answers.500": 1,
    }
    assert {its["n"] for its in made.values()} == {9}
    assert "gained_mb" not in bench.fuzzed(FOUND | {"gained_mb": float("nan")})


def test_faults_are_written_and_then_end_the_run(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = str(toys.pack(tmp_path / "toy.affect"))
    options = argparse.Namespace(fuzz=True, requests=11, write=True, results=tmp_path, bundle=[toy])
    monkeypatch.setattr(bench, "fuzz", lambda server, requests: FOUND)
    with pytest.raises(SystemExit, match="1 requests were answered by a fault or not at all"):
        bench.run_fuzz(bench.Server("", 0, 0), options)
    made = json.loads((tmp_path / "bench.serve.fuzz.json").read_text(encoding="utf-8"))
    assert (made["part"], made["corpus"], made["bundle"]) == ("bench", "synthetic", "toy@3")
    assert made["command"] == "python bench/serve.py --fuzz --requests 11 --write"
    (row,) = made["rows"]
    assert (
        row["task"] == "malformed requests" and row["synthetic"] and row["audit"] == "a size for show, not for figures"
    )
    assert row["metrics"]["faults"] == {"value": 1, "low": 1, "high": 1, "n": 9}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not tell of memory in /proc")
def test_memory_is_that_of_the_server_and_of_the_processes_it_began(bench: ModuleType) -> None:
    child = "held = b'x' * 40_000_000; print('ready', flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        server = bench.Server("", 0, process.pid)
        (begun,) = bench._begun_by(process.pid)
        own = bench._kb(process.pid, "VmRSS") * 1024 / 1e6
        assert 40 < server.mb("VmRSS") - own < 100
        assert bench._begun_by(begun) == []
        process.stdin.close()
    assert bench._kb(process.pid, "VmRSS") == 0
