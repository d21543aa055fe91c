"""The speech benchmark's arithmetic by hand, its sound read back, and a quick run of what needs no training library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

import benches
import toys
import voices

FILE = benches.FOLDER / "speech.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return benches.load("speech")


def quick(bundle: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "AFFECTKIT_CORPORA"}
    environment |= {"AFFECTKIT_CACHE": str(folder / "cache")}
    command = [sys.executable, str(FILE), "--quick", "--bundle", str(bundle), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)


def once(wall_s: float) -> dict[str, float]:
    return {"wall_s": wall_s, "processor_s": wall_s / 2, "peak_mb": 100.0, "read_s": 60.0}


def test_a_ratio_is_to_decoding_of_the_same_file_in_the_same_round(bench: ModuleType) -> None:
    # the second round ran on a machine ten times slower, for all
    made = bench.summary(
        {
            ("pyav", "wav", 1): [once(2), once(20), once(2)],
            ("pyav", "mp3", 1): [once(4), once(40), once(4)],
            ("affectkit", "mp3", 1): [once(12), once(120), once(14)],
            ("egemaps", "", 1): [once(50), once(500), once(50)],
        },
        3600,
    )
    assert made["affectkit", "mp3", 1]["times_decoding"] == {"value": 3, "low": 3, "high": 3.5, "n": 3}
    assert made["egemaps", "", 1]["times_decoding"]["value"] == 25  # of the first kind of file
    assert "times_decoding" not in made["pyav", "wav", 1]
    assert made["affectkit", "mp3", 1]["times_real_time"]["value"] == pytest.approx(3600 / 14)
    assert made["affectkit", "mp3", 1]["times_real_time"]["low"] == 30


def test_systems_of_windows_are_measured_once_and_those_of_files_for_each(bench: ModuleType) -> None:
    assert bench.places(["pyav", "egemaps"], ["wav", "mp3"], [1, 2]) == [
        *(("pyav", "wav", 1), ("pyav", "mp3", 1), ("egemaps", "", 1)),
        *(("pyav", "wav", 2), ("pyav", "mp3", 2), ("egemaps", "", 2)),
    ]
    assert set(bench.SAID) == set(bench.SYSTEMS) > set(bench.OF_FILES)


def test_the_sound_is_the_same_each_time_and_goes_round(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AFFECTKIT_CORPORA", raising=False)
    sound = bench.piece(bench.QUICK)
    assert len(sound) == 10 * voices.RATE_HZ
    np.testing.assert_array_equal(sound, bench.piece(bench.QUICK))
    read, rate_hz = soundfile.read(bench.write(tmp_path / "x.wav", "pcm_s16le", sound, 25))
    assert rate_hz == 44_100 and abs(len(read) / rate_hz - 25) < 0.01
    np.testing.assert_allclose(read[44_100:88_200], read[11 * 44_100 : 12 * 44_100], atol=1e-3)
    assert np.sqrt(np.mean(read**2)) == pytest.approx(np.sqrt(np.mean(np.tile(sound, 3)[:400_000] ** 2)), rel=0.02)


def test_decoding_reads_all_of_it_and_a_stretch_its_windows(bench: ModuleType, tmp_path: Path) -> None:
    file = voices.write(tmp_path / "v.wav", voices.voice(12, 0.0))
    job = bench.Job("", str(file), bench.QUICK, 1)
    assert bench.pyav(job)() == pytest.approx(12)
    assert [len(window) for window in bench.stretch(job)] == [80_000, 80_000]
    assert bench.Job.of(json.loads(bench._told(job))) == job


def test_a_quick_run_prints_tables_and_writes_results(tmp_path: Path) -> None:
    bundle = voices.pack(tmp_path / "voices.affect")
    done = quick(bundle, tmp_path, "--systems", "pyav,affectkit", "--write")
    assert done.returncode == 0, done.stderr
    assert "a synthetic voice, because AFFECTKIT_CORPORA is not set" in done.stdout
    assert "the numbers mean nothing" in done.stdout
    made = json.loads((tmp_path / "results" / "bench.speech.json").read_text(encoding="utf-8"))
    assert made["bundle"] == "voices@1"
    systems = [row for row in made["rows"] if "threads" in row["variant"]]
    assert {(row["variant"]["system"][:8], row["variant"]["file"]) for row in systems} >= {
        ("decoding", "wav"),
        ("the bund", "wav"),
    }
    for row in systems:
        assert row["synthetic"] is True and row["metrics"]["wall_s"]["value"] > 0
        assert 20 < row["metrics"]["peak_mb"]["value"] < 2000
    lengths = [row["variant"]["seconds"] for row in made["rows"] if "seconds" in row["variant"]]
    assert lengths == [10, 20]
    assert made["rows"][-1]["metrics"]["features_ms"]["n"] == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--systems", "pyaw"), "expected the name of a system; found 'pyaw'; did you mean pyav"),
        ((), "expected a bundle that reads speech; found"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = quick(toys.pack(tmp_path / "text.affect"), tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
