"""`affectkit predict` on sound: outputs, speakers, lists of files, recordings as people have them, and flat memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import toys
import voices
from affectkit import find
from affectkit.app import cli, outputs
from affectkit.formats import csv as csv_format
from affectkit.formats import parquet
from affectkit.modalities import speech
from affectkit.prediction import Prediction, Track
from affectkit.runtime import bundle
from affectkit.sample import Media
from voices import RATE_HZ

CALL = np.concatenate([voices.voice(20, -1, 1), voices.noise(5), voices.voice(20, 1, 2), voices.noise(5)])


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    voices.pack(folder / "speech.affect")
    toys.pack(folder / "text.affect")
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bundle, "FOLDER", shelf)
    return tmp_path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["predict", *(str(a) for a in arguments)])


def said(*arguments: object) -> list[dict[str, Any]]:
    result = run(*arguments, "--jsonl")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


# ---- what is said ----------------------------------------------------------------------------------------------------


def test_a_recording_and_its_segments(here: Path) -> None:
    voices.write(here / "call.wav", CALL)
    (whole,) = said("call.wav")
    assert (whole["id"], whole["start_s"], whole["relative_to"]) == ("call.wav", None, None)
    assert list(whole["tasks"]) == ["speech", "vad"]
    found = said("call.wav", "--segments")
    assert len(found) > 1 and {one["relative_to"] for one in found} == {"speaker"}
    assert [one["id"] for one in found] == [f"call.wav@{one['start_s']}" for one in found]
    assert {one["relative_to"] for one in said("call.wav", "--segments", "--plain")} == {None}
    shown = run("call.wav", "--segments").stdout
    assert "in relation to each speaker's usual" in shown
    assert "in relation to" not in run("call.wav").stdout


def test_every_format_of_spans_holds_the_segments(here: Path) -> None:
    voices.write(here / "call.wav", CALL)
    names = [name for name, card in find.cards("formats").items() if card.get("spans")]
    assert names
    to = [part for name in names for part in ("--to", f"{name}=call.{name}")]
    result = run("call.wav", "--segments", "--json", *to)
    assert result.exit_code == 0
    assert result.stderr.startswith("affectkit: 1 items, 0 of them failed, in ")
    spans = [(one["start_s"], one["end_s"]) for one in json.loads(result.stdout)]
    for name in names:
        with (here / f"call.{name}").open("rb") as file:
            back = sorted({(one.start_s, one.end_s) for one in find.load("formats", name).read(file)})
        assert [s for pair in back for s in pair] == pytest.approx([s for pair in spans for s in pair], abs=0.02)


def test_speakers_come_from_an_rttm(here: Path) -> None:
    voices.write(here / "call.wav", CALL)
    lines = ["SPEAKER call 1 0.0 20.0 <NA> <NA> Ann <NA> <NA>", "SPEAKER call 1 25.0 20.0 <NA> <NA> Bob <NA> <NA>"]
    (here / "turns.rttm").write_text("\n".join(lines), encoding="utf-8")
    found = said("call.wav", "--speakers", "turns.rttm")
    nothing_seen = {"box": None, "quality": None, "detected": None}
    assert [one["track"] for one in found] == [{"kind": "speaker", "id": n} | nothing_seen for n in ("Ann", "Bob")]
    both = "\n".join([*lines, "SPEAKER other 1 0.0 2.0 <NA> <NA> Eve <NA> <NA>"])
    (here / "both.rttm").write_text(both, encoding="utf-8")
    assert said("call.wav", "--speakers", "both.rttm") == found
    voices.write(here / "more.wav", CALL)
    result = run("call.wav", "more.wav", "--speakers", "turns.rttm")
    assert result.exit_code == 2
    assert result.stderr == (
        "affectkit: expected one recording with --speakers; found 2 inputs; run the command once for each\n"
    )
    result = run("more.wav", "--speakers", "both.rttm")
    assert result.exit_code == 2 and "expected the recording more in both.rttm; found call, other" in result.stderr


def test_a_list_of_files_tells_who_speaks_in_them(here: Path) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow
    import pyarrow.parquet

    (here / "in").mkdir()
    rows = [(f"{i}.wav", who) for i, who in enumerate(["Ann", "Ann", "", "Ann", "Bob", "Ann"])]
    for i, (name, _) in enumerate(rows):
        voices.write(here / "in" / name, voices.voice(3, 0.4 * i - 1, i))
    (here / "in" / "list.csv").write_text("path,speaker\n" + "".join(f"{p},{s}\n" for p, s in rows), encoding="utf-8")
    lines = [json.dumps({"path": p, "speaker": s}) for p, s in rows]
    (here / "in" / "list.jsonl").write_text("\n".join(lines), encoding="utf-8")
    table = {"path": [p for p, _ in rows], "speaker": [s for _, s in rows]}
    pyarrow.parquet.write_table(pyarrow.table(table), here / "in" / "list.parquet")
    found = said("in/list.csv")
    assert [one["relative_to"] for one in found] == [None if s != "Ann" else "speaker" for _, s in rows]
    assert [one["id"] for one in found] == [f"in/list.csv#{i + 1}" for i in range(6)]
    for name in ("list.jsonl", "list.parquet"):
        assert [one["tasks"] for one in said(f"in/{name}")] == [one["tasks"] for one in found]
    assert {one["relative_to"] for one in said("in/list.csv", "--plain")} == {None}
    (here / "in" / "bad.csv").write_text("path\n0.wav\n\nno.wav\n  \n", encoding="utf-8")
    result = run("in/bad.csv", "--jsonl")
    assert result.exit_code == 3
    errors = [json.loads(line)["error"] for line in result.stdout.splitlines()]
    assert errors[0] is None
    assert errors[1]["message"] == "expected a sound file at in/no.wav; found none; correct the path"
    assert errors[2]["message"].startswith("expected the path of a file in row 3 of in/bad.csv; found nothing")


def test_a_folder_of_many_kinds_goes_to_the_bundles_that_read_them(here: Path) -> None:
    folder = here / "mixed"
    folder.mkdir()
    voices.write(folder / "a.wav", CALL)
    (folder / "b.txt").write_text("joy\nanger\n", encoding="utf-8")
    (folder / "c.wav").write_bytes(b"")
    result = run("mixed", "--segments", "--jsonl")
    assert result.exit_code == 3
    found = [json.loads(line) for line in result.stdout.splitlines()]
    kinds = {one["input"]: one["bundles"] for one in found}
    assert kinds == {"mixed/a.wav": ["voices@1"], "mixed/b.txt": ["toy@3"], "mixed/c.wav": []}
    assert result.stderr == "affectkit: 1 of 4 items failed; each says why\n"


# ---- recordings as people have them ----------------------------------------------------------------------------------


def video(path: Path, sound: bool) -> None:
    """A second of grey pictures, with a second of sound or without."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=5)
        pictures.width = pictures.height = 64
        heard = container.add_stream("aac", rate=44_100, layout="mono") if sound else None
        for _ in range(5):
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), "rgb24")))
        container.mux(pictures.encode())
        if heard is not None:
            t_s = np.arange(3 * 44_100) / 44_100
            wave = np.interp(t_s, np.arange(3 * RATE_HZ) / RATE_HZ, voices.voice(3, 0))
            frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), "fltp", "mono")
            frame.sample_rate = 44_100
            container.mux(heard.encode(frame))
            container.mux(heard.encode())


VOICE = voices.voice(4, 0.2)
GOOD = {
    "plain.wav": lambda path: voices.write(path, VOICE),
    "offset.wav": lambda path: voices.write(path, 0.5 * VOICE + 0.4),
    "clipped.wav": lambda path: voices.write(path, np.clip(8 * VOICE, -1, 1)),
    "quiet.wav": lambda path: voices.write(path, VOICE / 300, subtype="PCM_16"),
    "telephone.wav": lambda path: voices.write(path, VOICE[::2], 8000, subtype="ULAW"),
    "many.wav": lambda path: voices.write(path, np.repeat(np.repeat(VOICE, 6)[:, None], 6, 1), 96_000),
    "music.mp3": lambda path: voices.write(path, VOICE),
    "coded.opus": lambda path: voices.write(path, VOICE, format="OGG", subtype="OPUS"),
    "film.mp4": lambda path: video(path, sound=True),
}


@pytest.mark.parametrize("name", GOOD)
def test_faults_that_do_no_harm(here: Path, name: str) -> None:
    GOOD[name](here / name)
    (found,) = said(name)
    assert found["error"] is None
    assert sum(found["tasks"]["speech"]["scores"].values()) == pytest.approx(1, abs=1e-4)


def nan(path: Path) -> None:
    broken = VOICE.copy()
    broken[20_000] = np.nan
    voices.write(path, broken, subtype="FLOAT")


def truncated(path: Path) -> None:
    written = io.BytesIO()
    soundfile.write(written, np.tile(VOICE, 5), RATE_HZ, format="MP3")
    path.write_bytes(written.getvalue()[: len(written.getvalue()) // 2])


BAD = {
    "short.wav": (
        lambda path: voices.write(path, VOICE[:1600]),
        "expected at least 0.3 s of speech in short.wav; found 0.10 s; give a longer recording",
    ),
    "zero.wav": (
        lambda path: path.write_bytes(b""),
        "expected a sound file at zero.wav; found an empty file; get it again, or leave the item out",
    ),
    "words.wav": (lambda path: path.write_text("hello " * 99), "expected a sound file at words.wav; found "),
    "truncated.mp3": (truncated, "expected a whole file at truncated.mp3; found an end after "),
    "silent.mp4": (lambda path: video(path, sound=False), "in silent.mp4; found 0 streams of sound; "),
    "nan.wav": (nan, "expected finite samples in nan.wav; found NaN or infinity at 1.250 s; write it again as PCM"),
}


@pytest.mark.parametrize("name", BAD)
def test_faults_that_are_a_sentence(here: Path, name: str) -> None:
    write, says = BAD[name]
    write(here / name)
    result = run(name, "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    assert says in found["error"]["message"]
    assert found["error"]["message"].startswith("expected ") and found["tasks"] == {}
    assert "Traceback" not in result.output


def test_blocks_of_an_mp3_are_decoded_as_the_whole(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = voices.write(here / "call.mp3", CALL)
    whole, _ = soundfile.read(file, dtype="float32")
    np.testing.assert_allclose(speech.read(Media(path=str(file))), whole, atol=1e-6)
    assert len(whole) > 4 * (1 << 17)  # of several blocks
    assert capfd.readouterr().err == ""  # a coder that lost its thread complains there


NOTHING = {
    "silence.wav": lambda path: voices.write(path, np.zeros(3 * RATE_HZ, np.float32)),
    "noise.wav": lambda path: voices.write(path, voices.noise(3, level=0.05)),
    "offset.wav": lambda path: voices.write(path, np.full(3 * RATE_HZ, 0.5, np.float32)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_no_speech_is_no_failure(here: Path, name: str) -> None:
    NOTHING[name](here / name)
    (found,) = said(name)
    assert found["tasks"] == {}
    assert found["error"] == {
        "kind": "nothing",
        "message": f"expected speech in {name}; found no speech in 3.00 s; listen to it, or leave it out",
    }
    assert said(name, "--segments") == [found]


def test_one_bad_file_in_a_folder_never_stops_the_others(here: Path) -> None:
    folder = here / "all"
    folder.mkdir()
    for name, write in (*GOOD.items(), *((name, write) for name, (write, _) in BAD.items())):
        write(folder / name)
    NOTHING["silence.wav"](folder / "silence.wav")
    result = run("all", "--to", "csv=all.csv")
    assert result.exit_code == 3
    total = len(GOOD) + len(BAD) + 1
    assert result.stderr == f"affectkit: {total} items, {len(BAD)} of them failed, in all.csv\n"
    with (here / "all.csv").open("rb") as file:
        found = {Path(one.input).name: one for one in csv_format.read(file)}
    assert {name for name, one in found.items() if one.failed} == set(BAD)
    assert {name for name, one in found.items() if one.ok} == set(GOOD)


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_track_may_be_a_number_or_a_name_in_tables() -> None:
    pytest.importorskip("pyarrow")
    given = [Prediction(str(i), "x", track=Track("speaker", who)) for i, who in enumerate(["Ann", 7, "7", "07", "0"])]
    assert [one.track.id for one in given if one.track] == ["Ann", 7, 7, "07", 0]
    for part in (csv_format, parquet):
        file = io.BytesIO()
        part.write(given, file)
        file.seek(0)
        assert list(part.read(file)) == given


def test_a_stopped_run_goes_on_with_whole_items(here: Path) -> None:
    each = {"a": 3, "b": 2, "c": 4}
    told = [[Prediction(f"{name}@{i}", name) for i in range(n)] for name, n in each.items()]
    wanted = outputs.targets(["jsonl=o.jsonl"], [])
    last = [True]

    def stream(items: list[list[Prediction]], stop: int | None) -> Any:
        count = 0
        for its in items:
            for i, one in enumerate(its, 1):
                if count == stop:
                    raise KeyboardInterrupt
                last[0] = i == len(its)
                count += 1
                yield one

    for stop in range(1, 9):
        files = outputs.Files(wanted, "command")
        with pytest.raises(KeyboardInterrupt):
            list(files.keep(stream(told, stop), whole=lambda: last[0]))
        again = outputs.Files(wanted, "command")
        done = again.done.items
        assert done == sum(stop >= n for n in (3, 5, 9))
        found = list(again.keep(stream(told[done:], None), replay=True, whole=lambda: last[0]))
        assert found == [one for its in told for one in its]
        again.finish()
        assert len((here / "o.jsonl").read_bytes().splitlines()) == 9


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell a process's peak")
def test_memory_stays_flat_over_a_long_recording(here: Path, shelf: Path) -> None:
    code = (
        "from affectkit.app.cli import main\ntry:\n    main()\nfinally:\n    import pathlib, sys\n"
        "    status = pathlib.Path('/proc/self/status').read_text()\n"
        "    print(status.split('VmHWM:')[1].split()[0], file=sys.stderr)"
    )
    peaks = []
    for minutes in (1, 6):
        with soundfile.SoundFile(here / "long.wav", "w", RATE_HZ, 1) as file:
            for _ in range(minutes):
                file.write(np.tile(CALL, 2)[: 60 * RATE_HZ])
        command = [sys.executable, "-c", code, "predict", "long.wav", "--segments", "--bundle"]
        command += [str(shelf / "speech.affect"), "--to", "csv=o.csv"]
        found = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
        assert found.returncode == 0, found.stderr
        peaks.append(int(found.stderr.split()[-1]) / 1024)
    # the sound of five minutes more is 19 megabytes
    assert peaks[1] - peaks[0] < 8 and peaks[1] < 250, peaks
