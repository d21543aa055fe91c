"""`affectkit predict` on the toy bundle: outputs, exit codes, what it loads, and files that survive a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import affectkit
import toys
from affectkit import find
from affectkit.app import cli, outputs
from affectkit.formats import csv as csv_format
from affectkit.formats import jsonl
from affectkit.prediction import Failure, Prediction, TaskPrediction, Track
from affectkit.runtime import bundle
from affectkit.task import Kind

CALL = "from affectkit.app.cli import main; main()"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pack(tmp_path_factory.mktemp("cli") / "toy.affect")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object, input: bytes | None = None) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments], input=input)


def process(*arguments: object, **given: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CALL, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False, **given)


def written(path: Path, rows: int) -> Path:
    """A CSV with one row in ten that is blank."""
    lines = [f"{i},{'' if i % 10 == 9 else 'we won this joy'}" for i in range(rows)]
    path.write_text("id,text\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


# ---- outputs ---------------------------------------------------------------------------------------------------------


def test_json_is_what_the_library_says(toy: Path) -> None:
    result = run(
        "predict", "joy and gratitude", "sadness", "--bundle", toy, "--taxonomy", "ekman", "--top", 2, "--json"
    )
    assert result.exit_code == 0
    expected = affectkit.predict(["joy and gratitude", "sadness"], toy, taxonomy="ekman", top=2)
    assert json.loads(result.stdout) == expected.to_json()
    assert result.stderr == ""


def test_json_lines_and_options_reach_the_predictor(toy: Path) -> None:
    result = run("predict", "joy", "--bundle", toy, "--jsonl", "--threshold", 0.1, "--batch-size", 1, "--threads", 1)
    assert [json.loads(line) for line in result.stdout.splitlines()] == (
        affectkit.predict("joy", toy, threshold=0.1).to_json()
    )


def test_a_format_of_two_passes_can_go_to_standard_output(toy: Path) -> None:
    result = run("predict", "joy", "", "anger", "--bundle", toy, "--to", "csv")
    assert result.exit_code == 3
    import io

    back = list(csv_format.read(io.BytesIO(result.stdout_bytes)))
    assert [one.id for one in back] == ["text#1", "text#2", "text#3"]
    assert back[0] == affectkit.predict("joy", toy)[0] and not back[1].ok


def test_one_item_is_shown_in_full(toy: Path) -> None:
    shown = run("predict", "joy", "--bundle", toy, "--taxonomy", "ekman").stdout
    for part in ("joy", "goemotions", "confidence 0.", "ekman (from goemotions: ", "bits lost", "90 % within", "toy@3"):
        assert part in shown
    assert "perceived" not in shown and "inner" not in shown  # the note stands in --help, not on every line
    assert "not what anybody feels inside" in " ".join(run("predict", "--help").stdout.split())


def test_several_items_are_shown_as_a_table(toy: Path) -> None:
    shown = run("predict", "joy", "the the a", "", "--bundle", toy).stdout.splitlines()
    assert shown[0].split() == ["id", "sure", "goemotions", "valen", "arous", "domin", "input"]
    assert shown[1].startswith("text#1") and " joy" in shown[1]
    assert shown[2].startswith("text#2") and "not sure" in shown[2]
    assert shown[3].startswith("text#3") and "an empty one" in shown[3]
    long = f"{'deep/' * 9}reviews.csv#123456"
    from affectkit.app import table

    found = list(table.rows([Prediction(long, "x", error=Failure("input", "why"))], 80))
    assert found[1].plain.startswith("…") and "#123456  why" in found[1].plain


def test_a_table_says_where_faces_are_and_when_they_end_where_there_is_room() -> None:
    from affectkit.app import table

    task = TaskPrediction("emotion", "ekman", Kind.SINGLE, scores={"joy": 0.9}, labels=("joy",), confidence=0.8)
    vad = TaskPrediction("dimensions", "vad", Kind.CONTINUOUS, values=dict.fromkeys(("valence", "arousal"), 0.5))
    faces = [
        Prediction(
            f"v.mp4#face-{i}@1.0", "v.mp4", {"e": task, "vad": vad}, 1.0, 2.5, Track("face", i, (1690, 109, 1906, 325))
        )
        for i in (1, 2)
    ]
    whole = Prediction("v.mp4", "v.mp4", {"e": task, "vad": vad})
    head, *rows = (line.plain for line in table.rows([whole, *faces], 80))
    assert head.split()[-3:] == ["box,", "px", "end_s"]
    assert [row.split()[-3:] for row in rows[1:]] == [["1690,109", "216x216", "2.5"]] * 2
    assert max(map(len, [head, *rows])) <= 80
    assert "216x216" not in "".join(line.plain for line in table.rows(faces, 50))
    assert "box" not in next(table.rows([whole, whole], 120)).plain


@pytest.mark.parametrize("width", [80, 120])
def test_a_large_box_keeps_its_gap_and_its_column(width: int) -> None:
    from affectkit.app import table

    joy = TaskPrediction("emotion", "ekman", Kind.SINGLE, scores={"joy": 0.9}, labels=("joy",), confidence=0.8)
    vad = TaskPrediction("dimensions", "vad", Kind.CONTINUOUS, values={"valence": 0.5, "arousal": 0.5})
    boxes = [(1500, 1005, 2600, 2105), (10000, 12000, 11100, 13100), (4, 5, 36, 37)]
    faces = [
        Prediction(f"x.png#face-{i}", "x.png", {"e": joy, "vad": vad}, track=Track("face", i, box))
        for i, box in enumerate(boxes, 1)
    ]
    head, *rows = (line.plain for line in table.rows(faces, width))
    assert [row.split()[-4:] for row in rows] == [
        ["+0.50", "+0.50", "1500,1005", "1100x1100"],
        ["+0.50", "+0.50", "10000,12000", "1100x1100"],
        ["+0.50", "+0.50", "4,5", "32x32"],
    ]
    assert len({len(line) for line in (head.removesuffix("  input"), *rows)}) == 1
    assert max(map(len, [head, *rows])) <= width


def test_a_table_shows_no_control_characters(toy: Path) -> None:
    assert "\x1b[31m" not in run("predict", "joy \x1b[31m red", "--bundle", toy).stdout


def test_files_and_standard_output_at_once(here: Path, toy: Path) -> None:
    names = [name for name, card in find.cards("formats").items() if not card.get("spans")]
    to = [part for name in names for part in ("--to", f"{name}=out.{name}")]
    result = run("predict", "joy", "", "sadness", "--bundle", toy, "--json", *to)
    assert result.exit_code == 3
    printed = json.loads(result.stdout)
    for name in names:
        with (here / f"out.{name}").open("rb") as file:
            assert [one.to_json() for one in find.load("formats", name).read(file)] == printed
    assert sorted(p.name for p in here.iterdir()) == sorted(f"out.{name}" for name in names)
    assert "3 items, 1 of them failed" in result.stderr


def test_every_kind_of_input_together(here: Path, toy: Path) -> None:
    written(here / "a.csv", 3)
    (here / "b.txt").write_text("joy\n", encoding="utf-8")
    result = run("predict", "a.csv", "so good", "b.txt", "-", "--bundle", toy, "--jsonl", input=b"bad\nnot\n")
    ids = [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert ids == ["a.csv#1", "a.csv#2", "a.csv#3", "text#2", "b.txt#1", "-#1", "-#2"]
    assert [json.loads(line)["input"] for line in result.stdout.splitlines()][:4] == ["a.csv"] * 3 + ["so good"]


# ---- exit codes and sentences ----------------------------------------------------------------------------------------


def test_exit_codes_of_items(here: Path, toy: Path) -> None:
    assert run("predict", "joy", "--bundle", toy).exit_code == 0
    assert run("predict", "", "--bundle", toy).exit_code == 1
    assert run("predict", "", " ", "--bundle", toy).exit_code == 1
    some = run("predict", "joy", "", "--bundle", toy, "--json")
    assert some.exit_code == 3 and some.stderr == "affectkit: 1 of 2 items failed; each says why\n"
    (here / "empty.txt").write_bytes(b"")
    nothing = run("predict", "empty.txt", "--bundle", toy, "--to", "csv=o.csv")
    assert nothing.exit_code == 1
    assert nothing.stderr == "affectkit: expected at least one item; found none; look into the input\n"
    assert [p.name for p in here.iterdir()] == ["empty.txt"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["no.csv"], 2, "expected a file or folder at no.csv; found none; correct the path"),
        (["a.csv", "--column", "review"], 2, "expected the column 'review' in a.csv; found id, text; name one"),
        (["joy", "--to", "cvs=o.csv"], 2, "expected the name of a format; found 'cvs'; did you mean csv"),
        (["joy", "--json", "--to", "csv"], 2, "expected one format for standard output; found json and csv"),
        (["joy", "--to", "csv=no/o.csv"], 2, "expected a file name for no/o.csv; found no folder no; make the folder"),
        (["joy", "--to", "csv=o", "--to", "json=o"], 2, "expected each output file once; found o twice"),
        (["a.csv", "--to", "csv=a.csv"], 2, "expected an output beside the input; found a.csv for both"),
        (["joy", "--taxonomy", "ekmann"], 2, "expected the name of a taxonomy; found 'ekmann'; did you mean ekman"),
        (["joy", "--threshold", "2"], 2, "expected a threshold in [0, 1]; found 2.0"),
        (["joy", "--top", "0"], 2, "expected a top of at least 1; found 0"),
        (["joy", "--bundle", "txt-en"], 2, "expected the name of a bundle; found 'txt-en'; "),
        (["joy", "--bundle", "no.affect"], 2, "expected a .affect file at no.affect; found no such file"),
        (
            ["joy", "--bundle", "cut.affect"],
            1,
            "expected a whole, unaltered bundle in cut.affect; found a file that is",
        ),
        (
            ["joy", "--bundle", "nc.affect", "--commercial-only"],
            1,
            "found CC BY-NC 4.0 (weights); choose another bundle",
        ),
    ],
)
def test_each_misuse_gets_one_sentence(here: Path, toy: Path, arguments: list[str], code: int, says: str) -> None:
    written(here / "a.csv", 2)
    (here / "cut.affect").write_bytes(toy.read_bytes()[:1000])
    toys.pack(here / "nc.affect", licences={"weights": "CC BY-NC 4.0", "data": {}}, trained_on=[])
    before = sorted(p.name for p in here.iterdir())
    result = run("predict", *arguments, *([] if "--bundle" in arguments else ["--bundle", toy]))
    assert result.exit_code == code
    assert says in result.stderr
    assert result.stderr.startswith("affectkit: expected ") and result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert sorted(p.name for p in here.iterdir()) == before


def test_a_format_without_its_library_is_refused_before_the_work(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run("predict", "joy", "--bundle", toy, "--to", "parquet=o.parquet")
    assert result.exit_code == 2
    assert result.stderr == (
        "affectkit: expected pyarrow for the format parquet; found it is not installed; "
        "pip install 'affectkit[analysis]'\n"
    )


def test_without_a_bundle_the_shipped_one_answers(toy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bundle, "FOLDER", toy.parent)
    assert json.loads(run("predict", "joy", "--json").stdout) == affectkit.predict("joy", toy).to_json()
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    result = run("predict", "joy")
    assert result.exit_code == 2
    assert "expected a shipped bundle that reads text; found none; name one" in result.stderr


# ---- whole files -----------------------------------------------------------------------------------------------------


def test_a_killed_run_goes_on_with_no_line_lost_or_doubled(here: Path, toy: Path) -> None:
    rows = 20_000
    written(here / "a.csv", rows)
    command = [sys.executable, "-c", CALL, "predict", "a.csv", "--bundle", str(toy), "--to", "jsonl=o.jsonl"]
    journal, kills = here / "o.jsonl.journal", 0
    for _ in range(2):
        before = json.loads(journal.read_text())["items"] if journal.exists() else 0
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
            until = time.monotonic() + 30
            while time.monotonic() < until and running.poll() is None:
                if journal.exists() and json.loads(journal.read_text())["items"] > before:
                    break
                time.sleep(0.005)
            running.send_signal(signal.SIGKILL)
            kills += running.wait() == -signal.SIGKILL
    assert kills == 2 and not (here / "o.jsonl").exists()
    done = json.loads(journal.read_text())["items"]
    assert 0 < done < rows
    with (here / "o.jsonl.part").open("ab") as file:
        file.write(b'{"id": "half a li')  # what a kill in the midst of writing leaves
    last = process(*command[3:])
    assert last.returncode == 3
    assert f"continuing o.jsonl.part: {done:,} items are there" in last.stderr
    assert f"{rows:,} items, {rows // 10:,} of them failed, in o.jsonl" in last.stderr
    lines = (here / "o.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"a.csv#{i + 1}" for i in range(rows)]
    assert sorted(p.name for p in here.iterdir()) == ["a.csv", "o.jsonl"]


def test_what_was_begun_by_another_command_is_begun_anew(here: Path, toy: Path) -> None:
    (here / "a.txt").write_text("joy\nanger\n", encoding="utf-8")
    (here / "o.csv.part").write_bytes(jsonl.line(Prediction("other#1", "other")))
    journal = {"command": "0" * 64, "items": 1, "failed": 0, "bytes": (here / "o.csv.part").stat().st_size}
    (here / "o.csv.journal").write_text(json.dumps(journal), encoding="utf-8")
    result = run("predict", "a.txt", "--bundle", toy, "--to", "csv=o.csv")
    assert result.exit_code == 0
    assert "o.csv.journal is of another command, input or bundle; starting anew" in result.stderr
    with (here / "o.csv").open("rb") as file:
        assert [one.id for one in csv_format.read(file)] == ["a.txt#1", "a.txt#2"]


@pytest.mark.parametrize("journal", [b"", b"{", b"[]", b'{"items": 1}', None])
def test_an_unreadable_journal_is_begun_anew(here: Path, toy: Path, journal: bytes | None) -> None:
    (here / "o.json.part").write_bytes(b"rubbish")
    if journal is not None:
        (here / "o.json.journal").write_bytes(journal)
    result = run("predict", "joy", "--bundle", toy, "--to", "json=o.json")
    assert result.exit_code == 0 and "has no readable journal; starting anew" in result.stderr
    assert len(json.loads((here / "o.json").read_bytes())) == 1


def predictions(start: int, stop: int) -> list[Prediction]:
    return [Prediction(f"x#{i}", "x", error=Failure("input", "e") if i % 3 == 0 else None) for i in range(start, stop)]


def test_what_a_stopped_run_kept_is_continued_and_can_be_replayed(here: Path) -> None:
    wanted = outputs.targets(["csv=o.csv", "jsonl=o.jsonl"], [])

    def stopped() -> Any:
        yield from predictions(0, 5)
        raise KeyboardInterrupt

    first = outputs.Files(wanted, "command")
    with pytest.raises(KeyboardInterrupt):
        list(first.keep(stopped()))
    again = outputs.Files(wanted, "command")
    assert (again.done.items, again.done.failed, again.note) == (5, 2, "continuing o.csv.part: 5 items are there")
    assert list(again.keep(predictions(5, 8), replay=True)) == predictions(0, 8)
    again.finish()
    with (here / "o.csv").open("rb") as one, (here / "o.jsonl").open("rb") as two:
        assert list(csv_format.read(one)) == list(jsonl.read(two)) == predictions(0, 8)
    assert again.done.failed == 3
    assert sorted(p.name for p in here.iterdir()) == ["o.csv", "o.jsonl"]


def test_a_part_shorter_than_its_journal_is_begun_anew(here: Path) -> None:
    wanted = outputs.targets(["jsonl=o.jsonl"], [])
    list(outputs.Files(wanted, "command").keep(predictions(0, 3)))
    with (here / "o.jsonl.part").open("r+b") as file:
        file.truncate(10)
    again = outputs.Files(wanted, "command")
    assert again.done.items == 0 and "is shorter than its journal says; starting anew" in (again.note or "")


def test_standard_input_is_begun_anew(here: Path) -> None:
    wanted = outputs.targets(["jsonl=o.jsonl"], [])
    list(outputs.Files(wanted, None).keep(predictions(0, 3)))
    again = outputs.Files(wanted, None)
    assert again.done.items == 0 and "standard input cannot be continued; starting anew" in (again.note or "")


def test_the_journal_never_says_more_than_the_part_holds(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_FLUSH_ITEMS", 2)
    files = outputs.Files(outputs.targets(["jsonl=o.jsonl"], []), "command")
    for i, _ in enumerate(files.keep(predictions(0, 7)), 1):
        said = json.loads((here / "o.jsonl.journal").read_text())
        held = (here / "o.jsonl.part").read_bytes()[: said["bytes"]]
        assert said["items"] == held.count(b"\n") == i - i % 2
        assert held == b"".join(jsonl.line(one) for one in predictions(0, said["items"]))


def test_the_bar_appears_only_in_long_work_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(outputs.Bar, "_EVERY_S", 0.0)
    for shown, after_s, expected in ((True, 0.0, True), (True, 60.0, False), (False, 0.0, False)):
        monkeypatch.setattr(outputs.Bar, "_AFTER_S", after_s)
        monkeypatch.setenv("TTY_COMPATIBLE", "1")
        monkeypatch.setenv("TTY_INTERACTIVE", "1")
        with outputs.Bar(shown, total=100) as bar:
            for done in (10, 50, 100):
                bar.step(done)
        assert ("3 items" in capsys.readouterr().err) == expected


# ---- what it costs ---------------------------------------------------------------------------------------------------

HEAVY = ["torch", "transformers", "pandas", "scipy", "matplotlib", "cv2", "av", "sklearn", "pyarrow", "onnx"]


def loaded(*arguments: object) -> list[str]:
    """Modules that a command has loaded."""
    code = (
        "import sys\nfrom affectkit.app.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True)
    return found.stderr.split()


def test_predicting_a_text_loads_nothing_heavy(toy: Path) -> None:
    modules = loaded("predict", "we won", "--bundle", toy)
    assert "onnxruntime" in modules
    assert [name for name in HEAVY if name in modules] == []


def test_a_first_answer_costs_less_than_a_second(toy: Path) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process("predict", "we won", "--bundle", toy).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # time on the processor, not on the clock: other work on the machine does not count
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0


def test_help_and_lists_load_neither_the_runtime_nor_other_commands() -> None:
    for arguments in (["--help"], ["list", "metrics"]):
        modules = loaded(*arguments)
        assert [name for name in [*HEAVY, "onnxruntime", "tokenizers", "numpy"] if name in modules] == []
    commands = [name for name in modules if name.startswith("affectkit.app.commands.")]
    assert commands == ["affectkit.app.commands.list"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell a process's peak")
def test_memory_stays_flat_over_a_long_table(here: Path, toy: Path) -> None:
    # VmHWM, not ru_maxrss: the latter begins at what the parent process had when it forked
    code = CALL.replace("main()", "\ntry:\n    main()\nfinally:\n    import pathlib, sys\n") + (
        "    status = pathlib.Path('/proc/self/status').read_text()\n"
        "    print(status.split('VmHWM:')[1].split()[0], file=sys.stderr)"
    )
    peaks = []
    for rows in (1_000, 8_000):
        written(here / "a.csv", rows)
        command = [sys.executable, "-c", code, "predict", "a.csv", "--bundle", str(toy), "--to", f"csv=o{rows}.csv"]
        found = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
        assert found.returncode == 3
        peaks.append(int(found.stderr.split()[-1]) / 1024)
    assert peaks[1] < 300 and peaks[1] - peaks[0] < 60, peaks  # megabytes


def test_a_pipe_closed_early_is_no_error_to_shout_about(here: Path, toy: Path) -> None:
    written(here / "a.csv", 2_000)
    command = [sys.executable, "-c", CALL, "predict", "a.csv", "--bundle", str(toy), "--jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        errors = running.stderr.read().decode()
    assert "Traceback" not in errors


def test_interrupting_leaves_what_is_done_for_the_next_run(here: Path, toy: Path) -> None:
    written(here / "a.csv", 20_000)
    command = [sys.executable, "-c", CALL, "predict", "a.csv", "--bundle", str(toy), "--to", "jsonl=o.jsonl"]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background is born deaf to it
    ) as running:
        assert running.stderr is not None
        until = time.monotonic() + 30
        while time.monotonic() < until and not (
            (here / "o.jsonl.part").exists() and (here / "o.jsonl.part").stat().st_size
        ):
            time.sleep(0.005)
        running.send_signal(signal.SIGINT)
        errors = running.stderr.read().decode()
    assert running.returncode != 0 and "Traceback" not in errors
    said = json.loads((here / "o.jsonl.journal").read_text())
    # what lies behind the journal's bytes was written when the signal came, and is cut off by the next run
    done = (here / "o.jsonl.part").read_bytes()[: said["bytes"]]
    assert len(done) == said["bytes"] and done.endswith(b"\n") and done.count(b"\n") == said["items"] > 0
