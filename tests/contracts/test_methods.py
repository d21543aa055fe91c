"""What every method keeps, found by scanning: it learns toys, its seed is all its chance, its run reopens."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from affectkit import corpora, find
from affectkit.errors import DataError
from affectkit.train import loop, onnx, run

METHODS = find.names("methods")
ON = {
    "text": ("goemotions", "emobank"),
    "speech": ("ravdess", "nemo"),
    "face": ("ferplus",),
    "scene": ("oasis",),
    "body": ("emotic",),
}
"""What a method that takes a modality learns its toy from."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for runs, with imitations of two corpora where AFFECTKIT_CORPORA points."""
    made = tmp_path_factory.mktemp("methods")
    for corpus in {c for its in ON.values() for c in its}:
        find.load("corpora", corpus).fake(made / "corpora" / corpus, np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        yield made


def train(folder: Path, name: str, out: str, seeds: tuple[int, ...] = (0,), **changes: Any) -> run.Run:
    """Train a method's toy; one that needs a run (CARD "needs": the setting) gets that of its recipe's first step."""
    card, part = find.card("methods", name), find.load("methods", name)
    settings = dataclasses.asdict(part.toy()) | changes
    if "needs" in card:
        earlier = card["recipe"][0].split()[1]
        settings[card["needs"]] = str(train(folder, earlier, f"toy-{earlier}").folder)
    on = ON[card["takes"]]
    return run.train(name, settings, on, (), seeds, folder / out, "the command")


@pytest.fixture(scope="module", params=METHODS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def trained(folder: Path, name: str) -> run.Run:
    return train(folder, name, f"toy-{name}")


def log(run_: run.Run, seed: int = 0) -> list[dict[str, Any]]:
    text = (run_.seed_folder(seed) / "log.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_the_card_describes_the_method(name: str) -> None:
    card, part = find.card("methods", name), find.load("methods", name)
    assert {"title", "reference", "takes", "extra", "claims", "recipe"} <= set(card)
    assert card["takes"] in find.names("modalities")
    for claim in card["claims"]:
        assert {"claim", "corpus", "metric", "paper"} <= set(claim)
        assert claim["corpus"] in find.names("corpora")
        assert claim["metric"].split(".")[0] in find.names("metrics")
    text = " ".join((part.__doc__ or "").split())
    assert "Reference:" in text
    assert "Differs from the paper" in text
    assert {f.name for f in dataclasses.fields(part.Config)} >= {"epochs", "batch_size", card.get("needs", "epochs")}


def test_the_recipe_is_made_of_parts_and_settings_that_exist(name: str) -> None:
    steps = [shlex.split(step) for step in find.card("methods", name)["recipe"]]
    trainings = [step for step in steps if step[0] == "train"]
    assert trainings[-1][1] == name
    for step in trainings:
        assert {corpora.parse(on).where for on in corpora.split(step[step.index("--on") + 1])} <= set(
            find.names("corpora")
        )
        known = {f.name for f in dataclasses.fields(find.load("methods", step[1]).Config)}
        given = [step[i + 1] for i, word in enumerate(step) if word == "--set"]
        assert {setting.split("=")[0] for setting in given} <= known


def test_the_arm_of_a_claim_is_a_run_or_a_bundle_that_the_recipe_makes(name: str) -> None:
    """Where a recipe trains several arms on the claim's corpus, the claim says whose it is."""
    card = find.card("methods", name)
    steps = [shlex.split(step) for step in card["recipe"]]
    runs = {Path(s[s.index("--out") + 1]).name: s for s in steps if s[0] == "train"}
    bundles = {s[s.index("--name") + 1] for s in steps if s[0] == "export"}
    for claim in card["claims"]:
        own = [s for s in runs.values() if s[1] == name and claim["corpus"] in s[s.index("--on") + 1].split(",")]
        assert claim.get("arm") in {*runs, *bundles, *([] if len(own) > 1 else [None])}


def test_the_loss_falls_on_toys(trained: run.Run) -> None:
    lines = log(trained)
    assert [line["epoch"] for line in lines] == list(range(len(lines)))
    losses = [line["loss"] for line in lines]
    assert np.isfinite(losses).all()
    assert np.mean(losses[-3:]) < 0.98 * losses[0]  # one that begins at its teachers' weights has not far to go


def test_the_toy_is_learnt(trained: run.Run) -> None:
    """The best epoch says of dev more than a guess: the fakes' words and pitch give their labels away."""
    best = max(line["monitor"] for line in log(trained))
    assert best > 0.3
    dev = trained.mixture().part("dev")
    stored = run.outputs(trained, 0, "dev", dev)
    for task in (task for task in trained.tasks if task.scaled):
        rows = dev.judged[task.id].any(1)
        for said, true in zip(stored[task.id][rows].T, dev.targets[task.id][rows].T, strict=True):
            assert np.corrcoef(said, true)[0, 1] > 0.3


def test_one_seed_one_network(folder: Path, name: str) -> None:
    runs = [train(folder, name, f"{out}-{name}", seeds, epochs=2) for out, seeds in (("a", (0, 1)), ("b", (0,)))]
    first, again, other = (
        load_file(r.seed_folder(seed) / "best.safetensors") for r, seed in ((runs[0], 0), (runs[1], 0), (runs[0], 1))
    )
    assert all(np.array_equal(first[k], again[k]) for k in first)
    chance = find.card("methods", name).get("chance", True)  # what is solved exactly has no use for a seed
    assert chance == any(not np.array_equal(first[k], other[k]) for k in first)
    for file in ("tokenizer.json", "rows.json"):
        there = [r.folder / file for r in runs if (r.folder / file).exists()]
        assert len({path.read_bytes() for path in there}) == (1 if there else 0) and len(there) in (0, 2)


def test_the_run_reopens_with_the_same_outputs(trained: run.Run) -> None:
    opened = run.open_run(trained.folder)
    # the file rounds the minutes
    assert dataclasses.replace(opened, minutes=0.0) == dataclasses.replace(trained, minutes=0.0)
    assert opened.minutes == pytest.approx(trained.minutes, abs=0.01)
    dev = opened.mixture().part("dev")
    stored = run.outputs(opened, 0, "dev", dev)
    again = loop.outputs(run.model(opened, 0), run.features(opened.reader(), dev))
    assert list(stored) == [t.id for t in trained.tasks]
    for task, made in zip(trained.tasks, again, strict=True):
        assert stored[task.id].shape == (len(dev), len(task.names))
        assert stored[task.id].dtype == np.float32
        np.testing.assert_array_equal(stored[task.id], made)


def test_other_samples_than_the_stored_ones_are_refused(trained: run.Run) -> None:
    dev = trained.mixture().part("dev")
    with pytest.raises(DataError) as caught:
        run.outputs(trained, 0, "dev", dev.take(np.arange(len(dev))[::-1].copy()))
    assert str(caught.value) == (
        "expected the samples of outputs.dev.npz; found other ids in the corpus; train again on this corpus"
    )


def test_the_export_equals_the_network(trained: run.Run) -> None:
    model = run.model(trained, 0)
    features = run.features(trained.reader(), trained.mixture().part("dev"))
    assert onnx.gap(model, onnx.export(model, features), features) < 1e-4
