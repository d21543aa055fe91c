"""`affectkit train`, `export`, `evaluate` and `reproduce`: one after another, and what each says of a wrong call."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import affectkit
from affectkit import corpora, find, store
from affectkit.app import cli
from affectkit.runtime import bundle
from affectkit.train import figures, run, supervised
from conftest import Tiny

TOY = [f"--set={name}={value}" for name, value in {**supervised.TOY, "epochs": 1}.items()]


@pytest.fixture(autouse=True)
def here(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tiny.corpora))
    monkeypatch.setattr(figures, "FOLDS", 50)
    return tmp_path


def call(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


def refused(code: int, *arguments: object) -> str:
    """The one sentence on standard error of a call that leaves with `code`."""
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert result.stderr.startswith("affectkit: expected ") and result.stderr.count("\n") == 1
    return str(result.stderr).removeprefix("affectkit: ").strip()


# ---- one after another -----------------------------------------------------------------------------------------------


def test_train_makes_a_run(tiny: Tiny) -> None:
    code, said = tiny.said["train"]
    assert code == 0
    assert re.fullmatch(
        rf"trained finetune on goemotions,emobank, seeds 0,1, in \d+\.\d minutes: {re.escape(str(tiny.fine))}\n", said
    )
    made = json.loads((tiny.fine / "run.json").read_text(encoding="utf-8"))
    assert (made["part"], made["on"], made["seeds"]) == ("finetune", ["goemotions", "emobank"], [0, 1])
    assert made["config"]["epochs"] == 3 and made["config"]["encoder"] == supervised.TOY["encoder"]
    words = shlex.split(made["command"])
    assert words[:5] == ["affectkit", "train", "finetune", "--on", "goemotions,emobank"]
    assert words[-2:] == ["--seeds", "0,1"] and "epochs=3" in words
    for seed in (0, 1):
        files = {p.name for p in (tiny.fine / f"seed-{seed}").iterdir()}
        assert files >= {"best.safetensors", "outputs.dev.npz", "log.jsonl"}
        assert "resume.safetensors" not in files
    assert run.open_run(tiny.student).config.teacher == str(tiny.fine)


def test_the_same_command_goes_on_and_finds_nothing_to_do(tiny: Tiny, here: Path) -> None:
    shutil.copytree(tiny.student, here / "again")
    before = {p: p.stat().st_mtime_ns for p in (here / "again").rglob("*.safetensors")}
    given = [
        f"--set={n}={v}" for n, v in {**supervised.TOY, "epochs": 2, "teacher": tiny.fine, "start": tiny.fine}.items()
    ]
    result = call("train", "distil_text", "--on", "goemotions,emobank", *given, "--out", here / "again")
    assert result.exit_code == 0 and str(here / "again") in result.stdout
    assert {p: p.stat().st_mtime_ns for p in (here / "again").rglob("*.safetensors")} == before
    says = refused(2, "train", "finetune", "--on", "goemotions,emobank", *TOY, "--out", here / "again")
    assert says == (
        f"expected the settings that {here / 'again'} was begun with; found other settings; "
        "use another --out, or remove the folder"
    )


def test_a_run_has_a_folder_of_its_own_and_chosen_tasks_and_each_seed_once(here: Path) -> None:
    result = call("train", "finetune", "--on", "emobank", "--tasks", "vad.writer", "--seeds", "3,3", *TOY)
    assert result.exit_code == 0, result.output
    (folder,) = (here / "runs").iterdir()
    assert re.fullmatch(r"finetune-\d{8}-\d{6}", folder.name)
    opened = run.open_run(folder)
    assert ([t.id for t in opened.tasks], opened.seeds, opened.on) == (["vad.writer"], (3,), ("emobank",))
    assert opened.command.endswith("--seeds 3,3 --tasks vad.writer")
    assert len((folder / "seed-3" / "log.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_export_writes_a_bundle_into_the_runs_folder(tiny: Tiny) -> None:
    code, said = tiny.said["export"]
    assert code == 0 and tiny.bundle == tiny.student / "tiny.affect"
    number = r"-?\d\.\d{4}"
    assert re.fullmatch(
        rf"{re.escape(str(tiny.bundle))} \(0\.\d MB, (int8|float); goemotions\.macro_f1 on dev {number} float, "
        rf"{number} int8; vad\.pearson on dev {number} float, {number} int8\)\n",
        said,
    )
    assert affectkit.load(tiny.bundle).predict("this is joy")[0].ok


def test_evaluate_a_run_writes_its_results(tiny: Tiny, here: Path) -> None:
    result = call("evaluate", tiny.fine)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-2:] == [f"wrote results/finetune.{corpus}.json" for corpus in ("goemotions", "emobank")]
    over = r"emobank vad, fine, mean of single seeds, .*: ccc\.arousal 0\.\d{4} \(.* to .*, n \d+, deviation 0\.\d{4}\)"
    assert any(re.fullmatch(over, x) for x in lines)
    for corpus in ("goemotions", "emobank"):
        data = json.loads((here / "results" / f"finetune.{corpus}.json").read_text(encoding="utf-8"))
        assert (data["part"], data["corpus"]) == ("finetune", corpus)
        assert data["command"] == f"affectkit evaluate {tiny.fine}"
        assert len(data["rows"]) == 4 * 2
        row = data["rows"][0]
        for metric, v in row["metrics"].items():
            wanted = f"{corpus} {row['task']}, fine, seed 0, all test samples: {metric} {v['value']:.4f}"
            assert any(line.startswith(wanted) for line in lines)


def test_runs_of_one_part_go_into_one_file_and_others_into_their_own(tiny: Tiny, here: Path) -> None:
    shutil.copytree(tiny.fine, here / "second")
    result = call("evaluate", tiny.fine, here / "second", tiny.student, "--on", "emobank", "--against", tiny.fine)
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in (here / "results").iterdir()) == ["distil_text.emobank.json", "finetune.emobank.json"]
    data = json.loads((here / "results" / "finetune.emobank.json").read_text(encoding="utf-8"))
    assert data["command"].endswith(f"{tiny.student} --on emobank --against {tiny.fine}")
    systems = list(dict.fromkeys(r["variant"]["system"] for r in data["rows"]))
    kinds = ("seed 0", "seed 1", "mean output of seeds", "mean of single seeds")
    assert systems == [f"{name}, {kind}" for name in ("fine", "second") for kind in kinds]
    by_system = {r["variant"]["system"]: r for r in data["rows"]}
    assert by_system["fine, seed 0"]["baseline"] is None
    assert {d["difference"] for d in by_system["second, seed 0"]["baseline"]} == {0.0}  # it is a copy


def test_evaluate_a_bundle_and_stamp_it(tiny: Tiny, here: Path) -> None:
    copy = here / "tiny.affect"
    store.write(copy, tiny.bundle.read_bytes())
    given = ["--on", "goemotions,emobank", "--against", str(tiny.fine), "--results", "measured"]
    result = call("evaluate", copy, *given, "--stamp")
    assert result.exit_code == 0, result.output
    assert "against fine, seed 0" in result.stdout
    written = {c: json.loads((here / "measured" / f"tiny.{c}.json").read_text()) for c in ("goemotions", "emobank")}
    shown = json.loads(call("show", copy, "--json").stdout)
    for corpus, data in written.items():
        (row,) = [r for r in data["rows"] if r["variant"] == {"system": "tiny@1", "samples": figures.ALL}]
        stamped = {f["metric"]: f for f in shown["figures"] if f["corpus"] == corpus}
        common = {"task": row["task"], "corpus": corpus, "split": "SYNTHETIC test"}
        assert stamped == {m: {**common, "metric": m, **v} for m, v in row["metrics"].items()}
    assert bundle.read_card(tiny.bundle)["figures"] == []
    result = call("predict", "this is joy", "--bundle", copy, "--json")
    assert json.loads(result.stdout)[0]["bundles"] == ["tiny@1"]


# ---- reproduce -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", find.names("methods"))
def test_a_dry_run_prints_the_recipe_and_does_nothing(part: str, here: Path) -> None:
    result = call("reproduce", part, "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"affectkit {step}" for step in find.card("methods", part)["recipe"]]
    assert list(here.iterdir()) == []


def test_steps_run_in_turn_until_one_fails(monkeypatch: pytest.MonkeyPatch, tiny: Tiny, here: Path) -> None:
    real = find.card
    recipe = [shlex.join(["evaluate", str(tiny.student), "--results", "first"]), "--version"]
    monkeypatch.setattr(find, "card", lambda kind, name: real(kind, name) | {"recipe": recipe})
    result = call("reproduce", "finetune")
    assert result.exit_code == 0, result.output
    first, last = f"affectkit evaluate {tiny.student} --results first", f"affectkit {affectkit.__version__}"
    lines = result.stdout.splitlines()
    assert (lines[0], lines[-2], lines[-1]) == (first, "affectkit --version", last)
    assert (here / "first" / "distil_text.goemotions.json").exists()

    recipe[:] = ["export no-run", shlex.join(["evaluate", str(tiny.student)])]
    result = call("reproduce", "finetune")
    assert (result.exit_code, result.stdout) == (2, "affectkit export no-run\n")
    assert "expected a run's folder with run.json; found no-run" in result.stderr
    assert not (here / "results").exists()

    recipe[:] = ["train finetune --nothing", "--version"]  # what is wrong with the words, not the values
    result = call("reproduce", "finetune")
    assert result.exit_code == 2 and "No such option: --nothing" in result.stderr
    assert affectkit.__version__ not in result.stdout

    recipe[:] = []
    assert refused(2, "reproduce", "finetune") == (
        "expected a recipe in the CARD of finetune; found none; train it with affectkit train"
    )


def test_reproduce_of_an_unknown_part_offers_the_nearest() -> None:
    assert refused(2, "reproduce", "fintune").startswith(
        "expected the name of a method; found 'fintune'; did you mean finetune"
    )


# ---- wrong calls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["fintune", "--on", "goemotions"],
            "expected the name of a method; found 'fintune'; did you mean finetune",
        ),
        (
            ["finetune", "--on", "goemotion"],
            "expected the name of a corpus; found 'goemotion'; did you mean goemotions",
        ),
        (
            ["finetune", "--on", "goemotions", "--tasks", "vad"],
            "expected the name of a task of these corpora; found 'vad'; choose one of goemotions",
        ),
        *(
            (
                ["finetune", "--on", "goemotions", "--seeds", seeds],
                f"expected seeds as whole numbers joined by commas; found {seeds!r}; for example --seeds 0,1,2",
            )
            for seeds in ("one", "", "0,", "1.5", "-1", "0 1", "²")
        ),
        (
            ["finetune", "--on", "goemotions", "--set", "lr"],
            "expected settings of the form name=value; found 'lr'; write name=3, for example",
        ),
        (
            ["finetune", "--on", "goemotions", "--set", "epoch=3"],
            "expected the name of a setting; found 'epoch'; did you mean epochs",
        ),
        (
            ["finetune", "--on", "goemotions", "--set", "lr=fast"],
            "expected a value of type float for the setting 'lr'; found 'fast'; correct it",
        ),
        (
            ["finetune", "--on", "goemotions", "--set", "encoder=minlm"],
            "expected the name of a encoder; found 'minlm'; did you mean minilm",
        ),
        (
            ["distil_text", "--on", "goemotions"],
            "expected the folder of a teacher's run; found none; --set teacher=runs/finetune",
        ),
        (
            ["distil_text", "--on", "goemotions", "--set", "teacher=nowhere"],
            "expected a run's folder with run.json; found nowhere; make one with affectkit train",
        ),
    ],
    ids=lambda given: " ".join(given[-2:]) if isinstance(given, list) else "",
)
def test_a_wrong_training_is_one_sentence(arguments: list[str], says: str) -> None:
    assert refused(2, "train", *arguments, "--out", "new").startswith(says)


def test_a_training_that_never_began_binds_nobody(tiny: Tiny) -> None:
    """Without its teacher the first call fails; with it, the same folder may be used."""
    given = ["--on", "goemotions,emobank", *TOY, "--out", "new"]
    refused(2, "train", "distil_text", *given)
    result = call("train", "distil_text", *given, "--set", f"teacher={tiny.fine}")
    assert result.exit_code == 0, result.output
    assert run.open_run(Path("new")).config.teacher == str(tiny.fine)
    assert (Path("new") / "tokenizer.json").read_bytes() == (tiny.fine / "tokenizer.json").read_bytes()


def test_what_a_failed_training_learnt_is_learnt_anew() -> None:
    """The first call fails once its tokenizer is written; the second asks for another one."""
    given = ["train", "finetune", "--on", "emobank", *TOY, "--out", "new"]
    assert refused(2, *given, "--set", "head=liner").startswith("expected the name of a head; found 'liner'")
    small = supervised.TOY["encoder"].replace("vocabulary=400", "vocabulary=90")
    result = call(*given, "--set", f"encoder={small}")
    assert result.exit_code == 0, result.output
    assert len(json.loads(Path("new/tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]) <= 90


def test_corpora_that_are_not_there(monkeypatch: pytest.MonkeyPatch, here: Path, tiny: Tiny) -> None:
    url = find.card("corpora", "goemotions")["url"]
    (here / "empty").mkdir()
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(here / "empty"))
    for command in (["train", "finetune", "--on", "goemotions"], ["evaluate", tiny.fine], ["export", tiny.fine]):
        assert refused(2, *command) == (
            f"expected text/goemotions or goemotions in AFFECTKIT_CORPORA; found neither in {here / 'empty'}; "
            f"get the corpus from {url}"
        )
    monkeypatch.delenv("AFFECTKIT_CORPORA")
    bundled = ["evaluate", tiny.bundle, "--on", "goemotions"]
    for command in (["train", "finetune", "--on", "goemotions"], ["evaluate", tiny.fine], bundled):
        assert refused(2, *command) == (
            "expected the folder of the corpus 'goemotions'; found AFFECTKIT_CORPORA is not set; "
            f"set it to the folder that holds text/goemotions; the corpus is at {url}"
        )
    assert not (here / "runs").exists() and not (here / "results").exists()


def test_wrong_evaluations(tiny: Tiny, here: Path) -> None:
    bundled = str(tiny.bundle)
    wrong: tuple[tuple[list[str], str], ...] = (
        ([bundled], f"corpora to measure the bundle {bundled} on; found no --on; for example --on goemotions"),
        *(
            (
                ["runs/nowhere", *on],
                "a .affect file at runs/nowhere; found no such file; check the path, or name a shipped bundle",
            )
            for on in ([], ["--on", "goemotions"])
        ),
        ([bundled, "--on", "goemotion"], "the name of a corpus; found 'goemotion'; did you mean goemotions"),
        (
            [bundled, "--on", "meld"],
            "a corpus with a task among goemotions (multi, goemotions), vad (continuous, vad); found meld with meld",
        ),
        (
            [str(tiny.student), "--against", "nowhere"],
            "a run's folder with run.json; found nowhere; make one with affectkit train",
        ),
        ([str(tiny.student), "--stamp"], "a bundle to stamp; found a run; export it, then evaluate the bundle"),
    )
    for arguments, says in wrong:
        assert refused(2, "evaluate", *arguments).startswith(f"expected {says}")
    assert not (here / "results").exists()
    (here / "bad.affect").write_bytes(b"PK")
    assert "expected a whole, unaltered bundle in bad.affect" in refused(
        1, "evaluate", "bad.affect", "--on", "goemotions"
    )


def test_wrong_exports(tiny: Tiny, here: Path) -> None:
    assert refused(2, "export", "nowhere") == (
        "expected a run's folder with run.json; found nowhere; make one with affectkit train"
    )
    assert refused(2, "export", tiny.fine, "--seed", 7) == ("expected a seed among 0, 1; found 7; choose one of them")
    (here / "begun").mkdir()
    shutil.copy(tiny.fine / "run.json", here / "begun")
    assert refused(2, "export", "begun") == (
        "expected a finished seed in begun; found none; give the command that began it again"
    )
    assert not list(here.rglob("*.affect"))


def test_without_torch_each_command_names_the_extra() -> None:
    script = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from typer.testing import CliRunner
from affectkit.app import cli
for call in (["train", "finetune", "--on", "goemotions"], ["evaluate", "run"], ["export", "run"]):
    result = CliRunner().invoke(cli.build(), call)
    print(result.exit_code, result.stderr, end="")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "".join(
        f"2 affectkit: expected torch for affectkit {name}; found it is not installed; pip install 'affectkit[train]'\n"
        for name in ("train", "evaluate", "export")
    )


def test_blank_texts_are_left_out_and_counted_once(here: Path, monkeypatch: pytest.MonkeyPatch, tiny: Tiny) -> None:
    shutil.copytree(tiny.corpora, here / "corpora")
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(here / "corpora"))
    (file,) = (here / "corpora" / "goemotions").glob("*.csv.gz")
    rows = list(corpora.read_csv(file))
    for i, blank in ((3, ""), (20, " \t "), (89, "\x07")):
        rows[i]["text"] = blank
    corpora.write_csv(file, rows)
    result = call("train", "finetune", "--on", "goemotions,emobank", *TOY, "--out", here / "run")
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()
    assert first == "left out 3 blank samples: goemotions 3"
    assert second.startswith("trained finetune")
    assert json.loads((here / "run" / "run.json").read_text(encoding="utf-8"))["blank"] == {"goemotions": 3}
    assert run.open_run(here / "run").blank == {"goemotions": 3}
    result = call("evaluate", here / "run")
    assert result.exit_code == 0, result.output
    said = [line for line in result.stdout.splitlines() if "blank" in line]
    held = sum(r["split"] == "test" for r in rows) - 1
    (line,) = said
    told = (
        f"goemotions: 0 of {held} test texts also occur in train; 3 blank samples of the corpus left out; split audit: "
    )
    assert line.startswith(told)


def test_evaluate_says_how_intervals_were_drawn(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = "thresholds and calibration from dev; 95 % intervals from 50 bootstrap folds"
    lines = call("evaluate", tiny.fine).stdout.splitlines()
    assert f"goemotions goemotions: {protocol}" in lines and f"emobank vad: {protocol}" in lines
    monkeypatch.setattr(figures, "FEWEST_GROUPS", 2)
    lines = call("evaluate", tiny.fine).stdout.splitlines()
    assert f"goemotions goemotions: {protocol}" in lines  # it has no groups
    documents = {s.groups["document"] for s in corpora.samples("emobank") if s.split == "test"}
    assert f"emobank vad: {protocol}, bootstrap by document ({len(documents)})" in lines
