"""Work in lots: how they are cut, that every engine says the same, and what the death of a worker or of all costs."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import benches
import toys
import voices
from affectkit import find
from affectkit.app import cli, inputs
from affectkit.errors import InputError, UsageError
from affectkit.formats import jsonl
from affectkit.prediction import Prediction
from affectkit.runtime import bundle, jobs, predict, workers
from affectkit.runtime.jobs import Job, Lot
from affectkit.runtime.options import Item, Options
from affectkit.sample import Media

CALL = "from affectkit.app.cli import main; main()"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text and a speech bundle, as if shipped."""
    folder = tmp_path_factory.mktemp("shelf")
    toys.pack(folder / "toy.affect")
    voices.pack(folder / "speech.affect")
    return folder


@pytest.fixture
def toy(shelf: Path) -> str:
    return str(shelf / "toy.affect")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def texts(count: int) -> list[Item]:
    return [Item(f"t#{i}", "t", Media(text=f"{'so ' * (i % 9)}joy")) for i in range(count)]


def recordings(speakers: Sequence[str | None]) -> list[Item]:
    return [Item(f"r#{i}", "r", Media(path=f"no/{i}.wav", speaker=who)) for i, who in enumerate(speakers)]


def table(path: Path, rows: int) -> Path:
    """Short and long texts, with a bad row in ten."""
    words = random.Random(7)
    said = ["" if i % 10 == 9 else " ".join(words.choices(toys.WORDS, k=words.randint(1, 12))) for i in range(rows)]
    path.write_text("id,text\n" + "".join(f"{i},{line}\n" for i, line in enumerate(said)), encoding="utf-8")
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


# ---- lots ------------------------------------------------------------------------------------------------------------


def test_lots_grow_and_are_bounded_by_number_and_weight(tmp_path: Path) -> None:
    lots = list(jobs.cut(texts(2000), Options()))
    assert [len(lot.items) for lot in lots] == [32, 64, 128, 256, 512, 512, 496]
    (tmp_path / "large.wav").write_bytes(bytes(jobs.HEAVIEST * 60))
    large = Item("l", "l", Media(path=str(tmp_path / "large.wav")))
    sizes = [len(lot.items) for lot in jobs.cut([*texts(5), large, large, large, *texts(3)], Options())]
    assert sizes == [6, 1, 4]  # 60 % of the most each: never two together
    huge = Item("h", "h", Media(text="x" * 2 * jobs.HEAVIEST))
    assert [len(lot.items) for lot in jobs.cut([huge, huge], Options())] == [1, 1]
    assert list(jobs.cut([], Options())) == []


def test_a_first_lot_needs_no_more_than_its_items() -> None:
    read: list[int] = []

    def items() -> Iterator[Item]:
        for i, item in enumerate(texts(100)):
            read.append(i)
            yield item

    first = next(jobs.cut(items(), Options()))
    assert len(read) == len(first.items) == jobs.FIRST


SPEAKERS = st.lists(st.sampled_from([None, "a", "b", "c", ""]), max_size=120)


@settings(max_examples=50, deadline=None)
@given(SPEAKERS, st.booleans())
def test_every_item_is_in_one_lot_and_no_speaker_in_two(speakers: list[str | None], relative: bool) -> None:
    items = recordings(speakers)
    lots = list(jobs.cut(items, Options(relative=relative)))
    assert sorted(n for lot in lots for n in lot.numbers) == list(range(len(items)))
    for lot in lots:
        assert [items[n] for n in lot.numbers] == list(lot.items) and list(lot.numbers) == sorted(lot.numbers)
    if relative:
        for who in ("a", "b", "c"):
            assert sum(any(i.media.speaker == who for i in lot.items) for lot in lots) == (who in speakers)  # type: ignore[union-attr]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.randoms())
def test_what_comes_in_any_order_is_put_in_order(count: int, start: int, chance: random.Random) -> None:
    pairs = [(i, (Prediction(f"t#{i}", "t"),)) for i in range(count)]
    wanted = [its for _, its in pairs[start:]]
    chance.shuffle(pairs)
    assert list(jobs.in_order(pairs, start)) == wanted


def test_speakers_of_turns_and_given_turns_cut_as_ever() -> None:
    said = [Item(f"t#{i}", "t", Media(text="joy", speaker="ann")) for i in range(100)]
    assert [len(lot.items) for lot in jobs.cut(said, Options())] == [32, 64, 4]
    told = Options(speakers=(("ann", 0.0, 1.0),))
    assert [len(lot.items) for lot in jobs.cut(recordings(["ann"] * 100), told)] == [32, 64, 4]
    assert [len(lot.items) for lot in jobs.cut(recordings(["ann"] * 100), Options())] == [100]


# ---- every engine says the same --------------------------------------------------------------------------------------


def test_workers_say_what_one_process_says_in_its_order(here: Path, toy: str) -> None:
    table(here / "a.csv", 400)
    alone = run("predict", "a.csv", "--bundle", toy, "--jsonl")
    for more in (["--workers", 2], ["--engine", "processes", "--workers", 3]):
        shared = run("predict", "a.csv", "--bundle", toy, "--jsonl", *more)
        assert (shared.exit_code, shared.stdout) == (3, alone.stdout)
    rows = [json.loads(line) for line in alone.stdout.splitlines()]
    assert [row["id"] for row in rows] == [f"a.csv#{i + 1}" for i in range(400)]
    assert sum(row["error"] is not None for row in rows) == 40


@pytest.mark.parametrize("done", [0, 1, 31, 32, 33, 100, 299, 300])
def test_a_run_that_goes_on_says_the_same(toy: str, done: int) -> None:
    items = texts(300)
    whole = list(jobs.told(items, Job(toy)))
    assert list(jobs.told(items, Job(toy), done=done)) == whole[done:]


def test_a_run_that_goes_on_runs_the_same_lots(monkeypatch: pytest.MonkeyPatch, toy: str) -> None:
    seen: list[tuple[int, ...]] = []

    def keeping(lots: Iterator[Lot], *given: Any) -> Any:
        for lot in lots:
            seen.append(lot.numbers)
        return iter(())

    monkeypatch.setattr(find.load("engines", jobs.ALONE), "run", keeping)
    list(jobs.told(texts(300), Job(toy), done=100))
    assert [(lot[0], lot[-1]) for lot in seen] == [(96, 223), (224, 299)]


def test_files_of_a_speaker_are_told_together_whoever_tells_them(
    here: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FIRST", 1)  # each lot as small as may be
    monkeypatch.setattr(jobs, "MOST", 1)
    lines = ["path,speaker"]
    for i in range(14):
        voices.write(here / f"{i}.wav", voices.voice(1.5, bright=(i % 3 - 1) * 0.8, seed=i))
        lines.append(f"{i}.wav,{('ann', 'bob', 'ann', 'bob', '')[i % 5] if i > 1 else ''}")
    (here / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    speech = str(shelf / "speech.affect")
    wanted = predict.by_item(inputs.gather(["list.csv"], False, None), speech)
    whole = [its[0].to_json() for its in wanted]
    relative = [row["relative_to"] for row in whole]
    assert relative.count("speaker") > 3 and relative.count(None) > 3
    for more in ({}, {"workers": 2}, {"workers": 2, "done": 5}):
        items = inputs.gather(["list.csv"], False, None)
        told = jobs.told(items, Job(speech), **more)  # type: ignore[arg-type]
        assert [its[0].to_json() for its in told] == whole[int(more.get("done", 0)) :]


def test_shipped_bundles_are_loaded_once_for_all_lots(monkeypatch: pytest.MonkeyPatch, shelf: Path) -> None:
    monkeypatch.setattr(bundle, "FOLDER", shelf)
    real, opened = bundle.open, list[str]()

    def counted(path: Path) -> bundle.Bundle:
        opened.append(path.name)
        return real(path)

    monkeypatch.setattr(bundle, "open", counted)
    assert len(list(jobs.told(texts(200), Job()))) == 200
    assert opened == ["toy.affect"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--workers", "0"], 2, "expected at least one worker; found 0; leave it out for one process"),
        (["--engine", "raj"], 2, "found 'raj'; did you mean ray?"),
        (["--engine", "here", "--workers", "2"], 2, "expected one worker and no address with the engine of this pro"),
        (["--engine", "processes://x"], 2, "expected no address with the engine of this machine; found processes://x"),
        (["--workers", "2", "--segments"], 2, "for --segments; found toy@3, which reads text; leave --segments out"),
    ],
)
def test_each_misuse_gets_one_sentence(here: Path, toy: str, arguments: list[str], code: int, says: str) -> None:
    result = run("predict", "joy", "--bundle", toy, "--to", "jsonl=o.jsonl", *arguments)
    assert result.exit_code == code and says in result.stderr and result.stderr.count("\n") == 1
    assert list(here.iterdir()) == []


# ---- death -----------------------------------------------------------------------------------------------------------

DEADLY = "sadness"


class Deadly(Job):
    """A job in which one text kills who reads it; defined here so that a worker can import it."""

    def teller(self, threads: int | None = None) -> Any:
        tell = super().teller(threads)

        def told(items: Sequence[Item]) -> Any:
            for item in items:
                if isinstance(item.media, Media) and item.media.text == DEADLY:
                    os.kill(os.getpid(), signal.SIGKILL)
            return tell(items)

        return told


def test_the_item_that_kills_is_an_error_and_the_others_are_as_ever(toy: str) -> None:
    items = texts(40)
    items[7] = Item("t#7", "t", Media(text=DEADLY))
    marked = [*items[:7], Item("t#7", "t", InputError("a", "b", "c")), *items[8:]]
    wanted = list(jobs.told(marked, Job(toy)))
    found = list(jobs.told(items, Deadly(toy), workers=1))
    assert [its for i, its in enumerate(found) if i != 7] == [its for i, its in enumerate(wanted) if i != 7]
    (killed,) = found[7]
    assert killed.failed and killed.error is not None and killed.error.kind == "input"
    assert killed.error.message == (
        "expected a worker that lives through t#7; found one that was ended by SIGKILL; "
        "it may need more memory than there is: give it alone, or leave it out"
    )
    (alone,) = workers.Worker(Deadly(toy), 1).tell([items[7]])
    assert alone == (killed,)


def test_a_worker_that_is_killed_from_outside_costs_nothing(toy: str) -> None:
    worker = workers.Worker(Job(toy), 1)
    try:
        first = worker.tell(texts(3))
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.tell(texts(3)) == first
    finally:
        worker.stop()


class Unborn(Job):
    def teller(self, threads: int | None = None) -> Any:
        os._exit(3)


def test_workers_that_never_live_end_the_job_with_a_sentence(toy: str) -> None:
    with pytest.raises(workers.WorkerError, match="expected a worker that begins; found one that ended with code 3"):
        list(jobs.told(texts(3), Unborn(toy), workers=1))


def test_what_is_wrong_with_the_job_is_said_by_the_worker(toy: str) -> None:
    with pytest.raises(UsageError, match="expected the name of a bundle; found 'txt-en'"):
        list(jobs.told(texts(3), Job("txt-en"), workers=2))


def test_threads_are_shared_out_before_any_library_is_loaded(toy: str) -> None:
    code = (
        "import sys, affectkit.runtime.workers as w\n"
        "print([m for m in ('numpy', 'onnxruntime', 'tokenizers', 'cv2') if m in sys.modules], w.cores() > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "True"]


# ---- kill -9 and Ctrl-C ----------------------------------------------------------------------------------------------


def started(toy: str, target: str, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CALL, "predict", "a.csv", "--bundle", toy, "--to", target, "--workers", "2", *more]
    return subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background is born deaf to it
    )


def until(there: Any, most_s: float = 60.0) -> None:
    end = time.monotonic() + most_s
    while not there() and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
def test_three_kills_change_nothing(here: Path, toy: str, format: str) -> None:
    rows, chance = 600, random.Random(7)
    table(here / "a.csv", rows)
    part, kills = here / f"o.{format}.part", 0
    for _ in range(3):
        before = part.stat().st_size if part.exists() else 0
        with started(toy, f"{format}=o.{format}") as running:
            until(lambda: running.poll() is not None or (part.exists() and part.stat().st_size > before))  # noqa: B023
            time.sleep(chance.random() * 0.02)
            running.kill()
            kills += running.wait() == -signal.SIGKILL
    assert kills == 3 or (here / f"o.{format}").exists()
    assert run("predict", "a.csv", "--bundle", toy, "--to", f"{format}=o.{format}", "--workers", 2).exit_code == 3
    run("predict", "a.csv", "--bundle", toy, "--to", f"{format}=whole.{format}")
    names = [p.name for p in sorted(here.iterdir())]
    assert names == ["a.csv", f"o.{format}", f"whole.{format}"]
    assert (here / f"o.{format}").read_bytes() == (here / f"whole.{format}").read_bytes()
    with (here / f"o.{format}").open("rb") as file:
        found = list(find.load("formats", format).read(file))
    assert [one.id for one in found] == [f"a.csv#{i + 1}" for i in range(rows)]


def test_the_benchmark_tells_what_a_bad_resume_would_do(here: Path) -> None:
    bench = benches.load("resume")

    def written(name: str, ids: Sequence[str]) -> Path:
        (here / name).write_bytes(b"".join(jsonl.line(Prediction(id, "t")) for id in ids))
        return here / name

    whole = written("whole.jsonl", ["a", "b", "c"])
    fine = {"rows": 3, "rows_lost": 0, "rows_doubled": 0, "rows_that_differ": 0, "same_bytes": 1}
    assert bench.compared(whole, written("same.jsonl", ["a", "b", "c"])) == fine
    worse = {"rows_lost": 1, "rows_doubled": 1, "rows_that_differ": 1, "same_bytes": 0}
    assert bench.compared(whole, written("worse.jsonl", ["a", "b", "b"])) == fine | worse
    assert bench.compared(whole, written("short.jsonl", ["a"]))["rows_that_differ"] == 2


def children(pid: int) -> list[int]:
    return [int(p) for told in Path(f"/proc/{pid}/task").glob("*/children") for p in told.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not tell a process's children")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_master(here: Path, toy: str, sent: signal.Signals) -> None:
    table(here / "a.csv", 20_000)
    with started(toy, "jsonl=o.jsonl") as running:
        part = here / "o.jsonl.part"
        until(lambda: part.exists() and part.stat().st_size > 0)
        theirs = children(running.pid)
        assert len(theirs) >= 2
        os.killpg(running.pid, sent) if sent == signal.SIGINT else running.kill()
        assert running.stderr is not None
        errors = running.stderr.read().decode()  # ends when all that hold it have ended
    assert "Traceback" not in errors and running.returncode != 0
    until(lambda: not any(alive(pid) for pid in theirs))
    assert not any(alive(pid) for pid in theirs)
    said = json.loads((here / "o.jsonl.journal").read_text())
    assert sent == signal.SIGKILL or said["items"] > 0


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
