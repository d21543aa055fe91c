"""A Swin on a share of the training part: what is drawn, how flat its minimum is, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from affectkit import find
from affectkit.errors import UsageError
from affectkit.methods import se_swin
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import evaluate, figures, mixture, portion, run
from affectkit.train.mixture import Mixture

NAMES = ("neutral", "happiness", "fear")
TASK = Task("seen", "emotion", Kind.DISTRIBUTION, "", NAMES)


def data() -> Mixture:
    often = {"neutral": 100, "happiness": 43, "fear": 3}
    samples = []
    for split in ("train", "dev"):
        for name, many in often.items():
            other = Rating("seen", NAMES[0], count=1)
            for i in range(many):
                samples.append(Sample(f"{split}{name}{i}", {}, (Rating("seen", name, count=6), other), split=split))
        samples.append(Sample(f"{split}passed", {"face": Media(array=np.eye(4, dtype=np.uint8))}, (), split=split))
    return mixture.table([("own", s) for s in samples], [TASK])


@pytest.mark.parametrize("share", [0.05, 0.2, 1.0])
def test_every_name_keeps_its_share(share: float) -> None:
    whole, made = data(), portion.drawn(data(), share)
    train = made.part("train")
    leads = Counter(np.asarray(NAMES)[train.targets["seen"].argmax(1)][train.judged["seen"].any(1)].tolist())
    assert leads == {
        "neutral": int(100 * share),
        "happiness": int(np.ceil(43 * share)),
        "fear": int(np.ceil(3 * share)),
    }
    assert (~train.judged["seen"].any(1)).sum() == 1, "what nobody named is a name of its own"
    assert made.part("dev").ids.tolist() == whole.part("dev").ids.tolist()
    assert train.ids.tolist() == [i for i in whole.ids.tolist() if i in set(train.ids.tolist())], "in their order"


def test_a_smaller_share_is_a_part_of_a_larger_one_of_the_same_seed() -> None:
    small, large, other = (set(portion.drawn(data(), s, n).ids.tolist()) for s, n in ((0.1, 0), (0.4, 0), (0.1, 1)))
    assert small < large
    assert small != other
    assert len(small) == len(other)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5])
def test_no_share_and_more_than_all_are_refused(share: float) -> None:
    with pytest.raises(UsageError) as caught:
        portion.drawn(data(), share)
    assert str(caught.value) == (
        f"expected a share of the training part above 0, and 1 at most; found {share:g}; for example share=0.05"
    )


def test_folds_of_a_share_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        se_swin.Config(folds=5, share=0.2)
    assert str(caught.value) == (
        "expected folds of the whole training part; found folds=5, share=0.2; --set folds=0, or share=1"
    )


@pytest.fixture
def corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    find.load("corpora", "ferplus").fake(tmp_path / "corpora" / "ferplus", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    return tmp_path


@pytest.mark.parametrize("radius", [0.0, 0.05])
def test_it_learns_from_a_share_and_its_rows_tell_how_flat_its_minimum_is(corpora: Path, radius: float) -> None:
    settings = dataclasses.asdict(se_swin.toy()) | {"epochs": 4, "radius": radius, "share": 0.5}
    made = run.train("se_swin", settings, ("ferplus",), (), (0,), corpora / "run", "the command")
    text = (made.seed_folder(0) / "log.jsonl").read_text(encoding="utf-8")
    losses = [json.loads(line)["loss"] for line in text.splitlines()]
    assert losses[-1] < losses[0]
    measured = evaluate.measure_run(made.folder)
    whole, *others = measured.rows["ferplus"]
    assert whole["variant"]["samples"] == figures.ALL and not any("network" in row for row in others)
    told = whole["network"]
    drawn = portion.drawn(made.mixture(), 0.5).part("train")
    assert 30 < len(drawn) < 50 and {its["n"] for its in told.values()} == {len(drawn)}
    # the loss on the faces that were learnt from, by its formula: cross-entropy against shares of votes
    ((task, logits),) = run.fresh_outputs(made, 0, drawn).items()
    voted = drawn.judged[task].any(1)
    logp = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    wanted = -(drawn.targets[task] * logp).sum(1)[voted].mean()
    assert told["loss"]["value"] == pytest.approx(wanted, rel=1e-4), "of the best epoch's weights"
    assert told["sharpness"]["value"] > 0
    rise = told["rise"]
    # half a 95 % t-interval over 20 directions is 2.093 standard errors wide
    assert (rise["directions"], rise["high"] - rise["value"]) == (20, pytest.approx(rise["value"] - rise["low"]))
    assert rise["high"] > rise["low"]
    assert told == se_swin.network(made, 0), "the same each time"
    (line,) = [line for line in measured.lines() if "network's rise" in line]
    assert line.endswith(f"{told['rise']['value']:.4f} ({told['rise']['low']:.4f} to {told['rise']['high']:.4f})")
