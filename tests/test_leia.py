"""LEIA's first stage, which guesses hidden words, and beginning other recipes at what it or a run left."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from affectkit import find
from affectkit.errors import AffectError
from affectkit.methods import leia
from affectkit.nn.encoders import transformer
from affectkit.train import export, loop, masking, run, supervised
from affectkit.train.batch import Ragged

ON = ("goemotions", "emobank")
TOY: dict[str, Any] = {**dataclasses.asdict(leia.toy()), "epochs": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for runs, with imitations of two corpora where AFFECTKIT_CORPORA points, and a toy run."""
    made = tmp_path_factory.mktemp("leia")
    for corpus in ON:
        find.load("corpora", corpus).fake(made / "corpora" / corpus, np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        train(made / "emotion", epochs=2)
        yield made


def train(out: Path, part: str = "leia", on: tuple[str, ...] = ON, **changes: Any) -> run.Run:
    base = TOY if part == "leia" else {**supervised.TOY, "epochs": 1}
    return run.train(part, base | changes, on, (), (0,), out, "the command")


def log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


# ---- the network that guesses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("embedding", [0, 6])
def test_the_cost_is_that_of_guessing_hidden_tokens_only(embedding: int) -> None:
    torch.manual_seed(0)
    guesser = leia.Guesser(transformer.build(dataclasses.replace(transformer.toy(), embedding=embedding)))
    torch.nn.init.normal_(guesser.bias)
    tokens, lengths = torch.randint(0, 50, (3, 7)), torch.tensor([7, 4, 5])
    labels = torch.full((3, 7), masking.SEEN)
    labels[0, 2], labels[0, 5], labels[2, 1] = 11, 12, 13
    (found,) = guesser(tokens, lengths, labels, lengths)
    assert found.shape == (3, 2)
    wanted = torch.zeros(3)
    for row, place in ((0, 2), (0, 5), (2, 1)):
        state = guesser.encoder(tokens[row : row + 1, : lengths[row]], lengths[row : row + 1])[0, place]
        guess = guesser.norm(F.gelu(guesser.dense(state)))
        wanted[row] += F.cross_entropy(guesser.encoder.token.weight @ guess + guesser.bias, labels[row, place])
    torch.testing.assert_close(found[:, 0], wanted)
    assert found[:, 1].tolist() == [2, 0, 1]
    cost = leia.likelihood((found,), {}, {}, torch.ones(3))
    torch.testing.assert_close(cost, wanted.sum() / 3)


def test_a_batch_with_nothing_hidden_costs_nothing_and_moves_nothing() -> None:
    guesser = leia.Guesser(transformer.build(transformer.toy()))
    lengths = torch.tensor([4, 3])
    cost = leia.likelihood(
        guesser(torch.ones(2, 4, dtype=torch.int64), lengths, torch.full((2, 4), masking.SEEN), lengths),
        {},
        {},
        torch.ones(2),
    )
    cost.backward()
    assert float(cost.detach()) == 0.0
    assert all(p.grad is None or not p.grad.any() for p in guesser.parameters())


def test_every_weight_is_learnt_and_the_token_table_with_the_encoder() -> None:
    guesser = leia.Guesser(transformer.build(transformer.toy()))
    parts = guesser.parts()
    assert {id(p) for part in parts.values() for p in part} == {id(p) for p in guesser.parameters()}
    assert any(p is guesser.encoder.table for p in parts["encoder"])
    tokens = torch.randint(0, 50, (4, 9))
    labels = torch.where(torch.arange(9) % 3 == 1, tokens, masking.SEEN)
    lengths = torch.full((4,), 9)
    leia.likelihood(guesser(tokens, lengths, labels, lengths), {}, {}, torch.ones(4)).backward()
    assert all(p.grad is not None and p.grad.any() for p in guesser.parameters())


# ---- the stage -------------------------------------------------------------------------------------------------------


def test_guessing_gets_better_and_the_best_epochs_encoder_is_kept(folder: Path) -> None:
    stage = folder / "emotion" / "seed-0" / "masked"
    lines = log(stage)
    assert [line["epoch"] for line in lines] == list(range(TOY["masked_epochs"]))
    assert lines[-1]["loss"] < 0.8 * lines[0]["loss"]
    assert lines[-1]["monitor"] > lines[0]["monitor"]
    pieces = len(json.loads((folder / "emotion" / "rows.json").read_text()))
    assert 0 < -lines[-1]["monitor"] < math.log(pieces)  # nats: better than any piece alike
    assert sorted(p.name for p in stage.iterdir()) == [
        "best.safetensors",
        "encoder.safetensors",
        "log.jsonl",
        "words.txt",
    ]
    best, kept = load_file(stage / "best.safetensors"), load_file(stage / "encoder.safetensors")
    assert same({k: v for k, v in best.items() if k.startswith("encoder.")}, kept)
    words = (stage / "words.txt").read_text(encoding="utf-8").split()
    assert {"joy", "anger"} <= set(words) and words == sorted(words)


def test_emotion_and_uniform_masking_take_equal_steps_and_differ_only_in_what_is_hidden(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: dict[str, np.ndarray] = {}
    real = masking.Hider.text

    def counted(self: masking.Hider, features: Any, row: int, epoch: int) -> masking.Hidden:
        found = real(self, features, row, epoch)
        counts[kind] = counts.get(kind, 0) + np.asarray([found.hidden, found.hidden_emotional])
        return found

    monkeypatch.setattr(masking.Hider, "text", counted)
    runs = {}
    for kind in ("emotion", "uniform"):
        runs[kind] = train(folder / f"equal-{kind}", masking=kind, masked_epochs=2)
    logs = {kind: log(r.seed_folder(0) / "masked") for kind, r in runs.items()}
    assert [x["steps"] for x in logs["emotion"]] == [x["steps"] for x in logs["uniform"]]
    (emotion, e), (uniform, u) = counts["emotion"], counts["uniform"]
    assert e / emotion > 1.5 * u / uniform
    assert (folder / "equal-emotion" / "tokenizer.json").read_bytes() == (
        folder / "equal-uniform" / "tokenizer.json"
    ).read_bytes()


def test_without_masking_there_is_no_stage_and_the_network_is_that_of_fine_tuning(folder: Path) -> None:
    none = train(folder / "none", masking="none")
    assert not (none.seed_folder(0) / "masked").exists()
    piece = json.loads((none.folder / "rows.json").read_text(encoding="utf-8"))[-1]
    assert piece == [1]  # the hidden piece is there all the same: networks with and without the stage are of one form
    weights = load_file(none.seed_folder(0) / "best.safetensors")
    hidden = load_file(folder / "emotion" / "seed-0" / "best.safetensors")
    assert {k: v.shape for k, v in weights.items()} == {k: v.shape for k, v in hidden.items()}


class Killed(Exception):
    """Stands for the power cut."""


@pytest.mark.parametrize("after", [5, 25])
def test_a_killed_stage_goes_on_bit_for_bit(folder: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """After 5 steps it is in the middle of the first stage, after 25 in the labels' (two epochs of nine steps each)."""
    settings: dict[str, Any] = {"masked_epochs": 2, "epochs": 2, "save_every_s": 0.0}
    real, taken = loop.step, []

    def step(*arguments: Any) -> None:
        real(*arguments)
        taken.append(1)
        if len(taken) == after:
            raise Killed

    whole = train(folder / "whole", **settings)
    with monkeypatch.context() as cut, pytest.raises(Killed):
        cut.setattr(loop, "step", step)
        train(folder / f"killed-{after}", **settings)
    again = train(folder / f"killed-{after}", **settings)
    for file in ("masked/encoder.safetensors", "best.safetensors"):
        assert same(load_file(whole.seed_folder(0) / file), load_file(again.seed_folder(0) / file))
    for stage in ("masked", "."):
        assert log(whole.seed_folder(0) / stage) == log(again.seed_folder(0) / stage)


# ---- beginning at a run or at a stage --------------------------------------------------------------------------------


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, torch.Tensor]]:
    """The weights that the next training begins with, under "now"."""
    found: dict[str, dict[str, torch.Tensor]] = {}
    real = loop.start

    def start(model: torch.nn.Module, *rest: Any) -> loop.Training:
        found["now"] = {k: v.clone() for k, v in model.state_dict().items()}
        return real(model, *rest)

    monkeypatch.setattr(loop, "start", start)
    return found


def test_fine_tuning_begins_at_a_stages_encoder_with_its_tokenizer(folder: Path, begun: dict[str, Any]) -> None:
    stage = folder / "emotion" / "seed-0" / "masked"
    made = train(folder / "at-stage", "finetune", start=str(stage))
    now, kept = begun["now"], load_file(stage / "encoder.safetensors")
    assert same({k: v for k, v in now.items() if k.startswith("encoder.")}, kept)
    trained = load_file(folder / "emotion" / "seed-0" / "best.safetensors")
    assert not torch.equal(now["heads.0.linear.weight"], trained["heads.0.linear.weight"])
    for file in ("tokenizer.json", "rows.json"):
        assert (made.folder / file).read_bytes() == (folder / "emotion" / file).read_bytes()


def test_a_recipe_that_begins_at_a_run_takes_heads_of_the_tasks_that_both_have(
    folder: Path, begun: dict[str, Any]
) -> None:
    train(folder / "at-run", "finetune", on=("emobank",), start=str(folder / "emotion"))
    now = begun["now"]
    trained = load_file(folder / "emotion" / "seed-0" / "best.safetensors")
    assert same({k: v for k, v in now.items() if "encoder" in k}, {k: v for k, v in trained.items() if "encoder" in k})
    # emobank's dimensions are the second head there and the first here
    for name in ("heads.{}.linear.weight", "heads.{}.linear.bias", "factor_{}", "shift_{}"):
        assert torch.equal(now[name.format(0)], trained[name.format(1)])
    train(folder / "other-head", "finetune", start=str(folder / "emotion"), head="attentive")
    assert torch.equal(begun["now"]["encoder.token.weight"], trained["encoder.token.weight"])


def test_a_student_begins_at_the_masked_encoder_too(folder: Path, begun: dict[str, Any]) -> None:
    stage = folder / "emotion" / "seed-0" / "masked"
    student = train(folder / "student", "distil_text", teacher=str(folder / "emotion"), start=str(stage))
    kept = load_file(stage / "encoder.safetensors")
    assert same({k: v for k, v in begun["now"].items() if k.startswith("encoder.")}, kept)
    assert [r.folder for r in run.sources(student)] == [folder / "emotion"] * 2


def test_what_the_run_it_began_at_learnt_from_counts_as_a_source(folder: Path, tmp_path: Path) -> None:
    find.load("corpora", "meld").fake(folder / "corpora" / "meld", np.random.default_rng(0))
    later = train(tmp_path / "later", "finetune", on=("meld",), start=str(folder / "emotion" / "seed-0" / "masked"))
    sources = export.learnt_from(later)
    assert sources.corpora == ("meld", *ON)
    assert {"meld", *ON} <= set(sources.licences)


def test_a_start_that_does_not_fit_is_refused(folder: Path, tmp_path: Path) -> None:
    stage = folder / "emotion" / "seed-0" / "masked"
    toy = TOY["encoder"]
    for other in ("transformer:vocabulary=400,width=16,layers=1,heads=2,inner=64,longest=64", "hugging_face"):
        with pytest.raises(AffectError) as caught:
            train(tmp_path / other[:5], "finetune", start=str(stage), encoder=other)
        assert str(caught.value) == (
            f"expected the encoder {toy!r} of {folder / 'emotion'}; found {other!r}; --set encoder={toy}"
        )
    unfinished = tmp_path / "nothing" / "seed-0" / "masked"
    with pytest.raises(AffectError) as caught:
        train(tmp_path / "new", "finetune", start=str(unfinished))
    assert str(caught.value) == (
        f"expected a run's folder with run.json; found {unfinished}; make one with affectkit train"
    )
    changed = train(tmp_path / "changed", "finetune", start=str(stage))
    (changed.folder / "tokenizer.json").write_bytes(b"{}")
    (changed.seed_folder(0) / "outputs.dev.npz").unlink()
    with pytest.raises(AffectError) as caught:
        run._begin(changed, leia.build(changed.config, changed.tasks, [], run.open_run(folder / "emotion").reader()))
    assert str(caught.value) == (
        f"expected the tokenizer of {folder / 'emotion'}; found another in {changed.folder}; use another --out"
    )


# ---- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"masking": "emotive"},
            "expected the name of a masking; found 'emotive'; did you mean emotion?",
        ),
        (
            {"masked_epochs": 0},
            "expected at least one epoch of hidden words; found 0; --set masking=none",
        ),
        ({"often": 1.5}, "expected a share between 0 and 1 as often; found 1.5; correct it"),
        ({"budget": 0.0}, "expected a share between 0 and 1 as budget; found 0; correct it"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AffectError) as caught:
        leia.Config(**changes)
    assert str(caught.value) == message


def test_an_encoder_without_words_is_refused(tmp_path: Path) -> None:
    plain = torch.nn.Linear(2, 2)

    features = {"text": Ragged(np.zeros(3, np.int32), np.asarray([0, 3]))}
    reader = type("Reader", (), {"modality": "text"})()
    stage = run.Stage(reader, (None, features), (None, features), 0, tmp_path)  # type: ignore[arg-type]
    model = type("Model", (), {"encoder": plain})()
    with pytest.raises(AffectError) as caught:
        leia.pretrain(leia.Config(encoder="toy"), model, stage)
    assert str(caught.value) == ("expected an encoder of text whose words can be hidden; found toy; --set masking=none")
