"""The loop: a killed training goes on as if nothing had been, the best epoch is kept, a folder tells its settings."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor, nn

from affectkit import find, store, task
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.nn.encoders import transformer
from affectkit.nn.heads import attentive, linear
from affectkit.nn.model import Model, Scale
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import batch, loop, mixture, run, supervised
from affectkit.train.mixture import Mixture

SIZES = transformer.Config(vocabulary=20, width=8, layers=1, heads=2, inner=16, longest=12, dropout=0.2)
TASKS = (
    Task("emotion", "emotion", Kind.MULTI, "toy", ("joy", "anger", "fear")),
    Task("vad", "dimensions", Kind.CONTINUOUS, "toy", ("valence",), range=(-1, 1)),
)
PLAN = loop.Plan(epochs=3, batch_size=8, lr=1e-2, head_lr=2e-2, precision="no", save_every_s=0.0)
PER_EPOCH = 3
Score = Callable[[nn.Module], float]


class Killed(Exception):
    """Stands for the power cut."""


def data() -> tuple[Mixture, batch.Features]:
    """Twenty-four samples in two corpora; the first token gives the label away."""
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, 20, rng.integers(2, 12)) for _ in range(24)]
    samples = []
    for i, row in enumerate(rows):
        said = (
            Rating("emotion", frozenset({TASKS[0].names[row[0] % 3]})) if i % 2 else Rating("vad", (row[0] / 10 - 1,))
        )
        samples.append(("toy", Sample(f"s{i}", {"text": Media(text="x")}, (said,))))
    ragged = batch.Ragged(np.concatenate(rows).astype(np.int32), np.cumsum([0, *map(len, rows)]))
    return mixture.table(samples, TASKS), {"text": ragged}


def network(seed: int) -> Model:
    torch.manual_seed(seed)
    heads = [part.build(part.Config(8, len(t.names), 0.2)) for part, t in zip((linear, attentive), TASKS, strict=True)]
    scales = [Scale((1.0,) * len(t.names), (0.0,) * len(t.names)) for t in TASKS]
    return Model(transformer.build(SIZES), heads, [t.id for t in TASKS], scales)


def fit(
    folder: Path, plan: loop.Plan = PLAN, seed: int = 0, score: Score | None = None, start: int = 0
) -> tuple[nn.Module, loop.Training]:
    """A whole training, from weights drawn with `start`."""
    folder.mkdir(exist_ok=True)
    whole, features = data()
    model = network(start)
    training = loop.start(model, model.parts(), plan, seed, folder, PER_EPOCH)
    loss = supervised.objectives(whole)
    best = loop.fit(training, whole, features, loss, score or supervised.monitor(whole, features))
    return best, training


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {k: v.clone() for k, v in model.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def stop_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the power fail after so many steps."""
    real, taken = loop.step, []

    def step(*arguments: Any) -> None:
        real(*arguments)
        taken.append(1)
        if len(taken) == steps:
            raise Killed

    monkeypatch.setattr(loop, "step", step)


@pytest.mark.parametrize("steps", [1, 3, 4, 8])
def test_a_killed_training_goes_on_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    whole, _ = fit(tmp_path / "whole")
    with monkeypatch.context() as cut:
        stop_after(steps, cut)
        with pytest.raises(Killed):
            fit(tmp_path / "killed")
    assert (tmp_path / "killed" / "resume.safetensors").exists()
    again, training = fit(tmp_path / "killed", start=99)  # other first weights: all comes from the checkpoint
    assert same(weights(whole), weights(again))
    assert training.done == PLAN.epochs * PER_EPOCH
    assert lines(tmp_path / "killed") == lines(tmp_path / "whole")
    assert same(load_file(tmp_path / "killed" / "best.safetensors"), load_file(tmp_path / "whole" / "best.safetensors"))


def test_a_training_killed_while_dev_is_scored_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole, features = data()
    monitor = supervised.monitor(whole, features)
    scored: list[float] = []

    def fails_once(model: nn.Module) -> float:
        scored.append(monitor(model))
        if len(scored) == 2:
            raise Killed
        return scored[-1]

    with pytest.raises(Killed):
        fit(tmp_path / "killed", score=fails_once)
    again, _ = fit(tmp_path / "killed", start=99, score=fails_once)
    assert same(weights(again), weights(fit(tmp_path / "whole")[0]))
    assert lines(tmp_path / "killed") == lines(tmp_path / "whole")


def test_no_checkpoint_in_between_means_the_last_epochs_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rare = dataclasses.replace(PLAN, save_every_s=1e9)
    with monkeypatch.context() as cut:
        stop_after(PER_EPOCH + 2, cut)
        with pytest.raises(Killed):
            fit(tmp_path / "killed", rare)
    again, training = fit(tmp_path / "killed", rare, start=99)
    assert training.done == PLAN.epochs * PER_EPOCH
    assert same(weights(again), weights(fit(tmp_path / "whole", rare)[0]))


def test_the_seed_is_all_that_chance_depends_on(tmp_path: Path) -> None:
    one, again, other = (weights(fit(tmp_path / name, seed=seed)[0]) for name, seed in (("a", 5), ("b", 5), ("c", 6)))
    assert same(one, again)
    assert not same(one, other)


def scripted(values: list[float], seen: list[dict[str, Tensor]]) -> Score:
    """A monitor that says these values in turn and notes the weights it was shown."""
    left: Iterator[float] = iter(values)

    def score(model: nn.Module) -> float:
        seen.append(weights(model))
        return next(left)

    return score


def test_the_best_epochs_weights_are_given_back(tmp_path: Path) -> None:
    seen: list[dict[str, Tensor]] = []
    best, training = fit(
        tmp_path / "run", dataclasses.replace(PLAN, epochs=4), score=scripted([0.1, 0.5, 0.3, 0.5], seen)
    )
    assert len(seen) == 4
    assert (training.best, training.best_epoch) == (0.5, 1)  # the first of equals
    assert same(weights(best), seen[1])
    assert not same(seen[1], seen[3])
    assert same(load_file(tmp_path / "run" / "best.safetensors"), seen[1])
    assert [(line["epoch"], line["monitor"]) for line in lines(tmp_path / "run")] == [
        (0, 0.1),
        (1, 0.5),
        (2, 0.3),
        (3, 0.5),
    ]


@pytest.mark.parametrize(("patience", "ran"), [(1, 3), (2, 4), (0, 6)])
def test_it_stops_when_dev_has_not_risen_for_the_patience(tmp_path: Path, patience: int, ran: int) -> None:
    seen: list[dict[str, Tensor]] = []
    plan = dataclasses.replace(PLAN, epochs=6, patience=patience)
    best, _ = fit(tmp_path / "run", plan, score=scripted([0.1, 0.5, 0.4, 0.3, 0.2, 0.1], seen))
    assert len(seen) == ran
    assert same(weights(best), seen[1])


def test_a_monitor_that_is_never_a_number_still_leaves_weights(tmp_path: Path) -> None:
    seen: list[dict[str, Tensor]] = []
    best, _ = fit(tmp_path / "run", score=scripted([math.nan, math.nan, math.nan], seen))
    assert same(weights(best), seen[0])
    assert [line["monitor"] for line in lines(tmp_path / "run")] == [None] * 3
    best, _ = fit(tmp_path / "late", score=scripted([math.nan, 0.2, math.nan], seen))
    assert same(weights(best), seen[4]), "a number is better than none"


def test_the_loss_falls_and_is_what_the_log_says(tmp_path: Path) -> None:
    fit(tmp_path / "run", dataclasses.replace(PLAN, epochs=15, save_every_s=1e9))
    losses = [line["loss"] for line in lines(tmp_path / "run")]
    assert losses[-1] < 0.8 * losses[0]
    assert [line["steps"] for line in lines(tmp_path / "run")] == [PER_EPOCH * (i + 1) for i in range(15)]


def test_the_checkpoint_goes_when_all_is_stored(tmp_path: Path) -> None:
    _, training = fit(tmp_path / "run")
    assert (tmp_path / "run" / "resume.safetensors").exists()
    loop.finish(training)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["best.safetensors", "last.safetensors", "log.jsonl"]


@given(st.floats(0, 0.99), st.floats(0, 1), st.floats(0, 1))
def test_the_rate_rises_then_falls_in_straight_lines(warmup: float, one: float, other: float) -> None:
    early, late = sorted((one, other))
    a, b = loop.rate(early, warmup), loop.rate(late, warmup)
    assert 0 <= a <= 1
    if late < warmup:
        assert a <= b
    if early >= warmup:
        assert a >= b
        assert a - b == pytest.approx((late - early) / (1 - warmup), abs=1e-6)


def test_the_rate_at_its_corners() -> None:
    assert [loop.rate(p, 0.2) for p in (0.0, 0.1, 0.2, 0.6, 1.0)] == pytest.approx([0, 0.5, 1, 0.5, 0])
    assert loop.rate(0.0, 0.0) == 1
    assert loop.rate(1.0, 1.0) == 0


def test_every_step_has_its_rate_and_only_matrices_decay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates, real = [], loop.step

    def step(training: loop.Training, *others: Any) -> None:
        real(training, *others)
        rates.append([group["lr"] for group in training.optimizer.param_groups])

    monkeypatch.setattr(loop, "step", step)
    _, training = fit(tmp_path / "run", dataclasses.replace(PLAN, warmup=0.3))
    wanted = [loop.rate(i / 9, 0.3) for i in range(9)]
    for column, peak in zip(zip(*rates, strict=True), (1e-2, 1e-2, 2e-2, 2e-2), strict=True):
        assert list(column) == pytest.approx([peak * r for r in wanted])
    for group in training.optimizer.param_groups:
        assert {p.ndim > 1 for p in group["params"]} == {group["weight_decay"] > 0}
    grouped = sum(len(g["params"]) for g in training.optimizer.param_groups)
    assert grouped == len(list(training.bare.parameters()))


def test_steps_are_in_half_precision_and_outputs_in_full(tmp_path: Path) -> None:
    whole, features = data()
    plain, model = network(0).eval(), network(0)
    model.load_state_dict(plain.state_dict())
    wanted = loop.outputs(plain, features)
    training = loop.start(model, model.parts(), dataclasses.replace(PLAN, precision="bf16"), 0, tmp_path, PER_EPOCH)
    for found, exact in zip(loop.outputs(training.bare, features), wanted, strict=True):
        assert np.array_equal(found, exact)
    seen: list[Tensor] = []

    def loss(outputs: tuple[Tensor, ...], *others: Any) -> Tensor:
        seen.extend(outputs)
        return outputs[0].square().sum()

    training.bare.eval()  # no dropout, so that only rounding differs
    loop.step(training, loss, batch.make(whole, features, np.arange(24)))
    assert seen[0].dtype == torch.float32
    gap = np.abs(seen[0].detach().numpy() - wanted[0]).max()
    assert 0 < gap < 0.1


def test_outputs_do_not_depend_on_how_rows_are_batched() -> None:
    _, features = data()
    model = network(0)
    for one, other in zip(loop.outputs(model, features, 5), loop.outputs(model, features, 24), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert not model.training


def test_a_metric_of_which_less_is_better_is_monitored_as_its_negative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, features = data()
    truth = whole.targets["vad"]
    monkeypatch.setitem(task._DEFAULTS, Kind.CONTINUOUS, task.Defaults("identity", "mse", ("rmse",), "rmse"))
    only = dataclasses.replace(whole, tasks=TASKS[1:])
    off = iter([0.5, 0.25, 0.75])
    monkeypatch.setattr(loop, "outputs", lambda model, features: [truth + next(off)])
    monitor = supervised.monitor(only, features)
    training = fit(tmp_path / "run", score=monitor)[1]
    assert [line["monitor"] for line in lines(tmp_path / "run")] == pytest.approx([-0.5, -0.25, -0.75])
    assert training.best_epoch == 1


def test_a_monitor_that_does_not_exist_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, features = data()
    constant = [np.zeros(whole.targets[t.id].shape, np.float32) for t in TASKS]
    monkeypatch.setattr(loop, "outputs", lambda model, features: constant)
    monitor = supervised.monitor(whole, features)
    assert math.isnan(monitor(network(0)))  # no correlation with what is constant
    none = {t: np.zeros_like(v) for t, v in whole.judged.items()}
    assert math.isnan(supervised.monitor(dataclasses.replace(whole, judged=none), features)(network(0)))


# --- a run's folder ---


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    find.load("corpora", "emobank").fake(tmp_path / "corpora" / "emobank", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    return tmp_path


def train(folder: Path, seeds: tuple[int, ...] = (0,), **changes: Any) -> run.Run:
    toy = {**supervised.TOY, "epochs": 2, "save_every_s": 0.0, **changes}
    return run.train("finetune", toy, ["emobank"], [], seeds, folder, "the command")


SCRIPT = """
import os, sys
from pathlib import Path
from affectkit.train import loop, run, supervised

real, steps = loop.step, []
def step(*arguments):
    real(*arguments)
    steps.append(1)
    if len(steps) == 7:
        os._exit(9)
loop.step = step
plan = {**supervised.TOY, "epochs": 2, "save_every_s": 0.0}
run.train("finetune", plan, ["emobank"], [], (0,), Path(sys.argv[1]), "x")
"""


def test_a_process_that_vanished_is_gone_on_with(fakes: Path) -> None:
    left = subprocess.run([sys.executable, "-c", SCRIPT, str(fakes / "killed")], env=os.environ.copy(), check=False)
    assert left.returncode == 9
    folder = fakes / "killed" / "seed-0"
    assert sorted(p.name for p in folder.iterdir()) == ["best.safetensors", "log.jsonl", "resume.safetensors"]
    train(fakes / "killed")
    train(fakes / "whole")
    assert same(load_file(folder / "best.safetensors"), load_file(fakes / "whole" / "seed-0" / "best.safetensors"))
    assert lines(folder) == lines(fakes / "whole" / "seed-0")
    assert not (folder / "resume.safetensors").exists()


def test_a_whole_run_is_not_trained_again_and_further_seeds_join_it(
    fakes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = train(fakes / "run")
    stored = json.loads((fakes / "run" / "run.json").read_text(encoding="utf-8"))
    store.write_json(fakes / "run" / "run.json", stored | {"minutes": 5.0, "commit": "then"})
    again = train(fakes / "run")
    assert (again.config, again.minutes, again.commit) == (first.config, 5.0, "then")  # nothing was trained now
    more = train(fakes / "run", seeds=(3,))
    assert more.seeds == (0, 3)
    assert 5 < more.minutes < 6
    monkeypatch.setattr(loop, "fit", None)  # nothing is left to train
    assert train(fakes / "run", seeds=(0, 3)).seeds == (0, 3)


def test_a_folder_begun_with_other_settings_is_refused(fakes: Path) -> None:
    train(fakes / "run", epochs=1)
    with pytest.raises(UsageError) as caught:
        train(fakes / "run", epochs=2)
    assert str(caught.value) == (
        f"expected the settings that {fakes / 'run'} was begun with; found other settings; "
        "use another --out, or remove the folder"
    )


def test_a_setting_or_method_that_does_not_exist_offers_near_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="the name of a setting; found 'epoch'; did you mean epochs"):
        run.train("finetune", {"epoch": "3"}, ["emobank"], [], (0,), tmp_path / "run", "x")
    with pytest.raises(UsageError, match="a value of type int for the setting 'epochs'; found 'few'; correct it"):
        run.train("finetune", {"epochs": "few"}, ["emobank"], [], (0,), tmp_path / "run", "x")
    with pytest.raises(UnknownName, match="the name of a method; found 'fintune'; did you mean finetune"):
        run.train("fintune", {}, ["emobank"], [], (0,), tmp_path / "run", "x")
    assert not (tmp_path / "run").exists()


def test_a_corpus_without_a_part_to_train_on_is_refused(fakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = mixture.read
    monkeypatch.setattr(mixture, "read", lambda *a: real(*a).part("train"))
    with pytest.raises(DataError) as caught:
        train(fakes / "run")
    assert str(caught.value) == (
        "expected samples of the split 'dev' in emobank; found none; add a corpus that has some"
    )


def test_a_folder_without_a_run_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        run.open_run(tmp_path)
    assert str(caught.value) == (
        f"expected a run's folder with run.json; found {tmp_path}; make one with affectkit train"
    )
